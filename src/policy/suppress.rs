use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::foreign::Scope;
use crate::model::{Analysis, Finding, RelPath, Rule, Suppression};

/// A comment `gate:allow RULE[,RULE] reason`: accepts findings of these rules on its own line or, when the comment has
/// the line for itself, on the next line of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub path: RelPath,
    /// The line of the comment, and the line that it speaks of.
    pub line: u32,
    pub target_line: u32,
    /// Ids as written; a group such as `python/*` is allowed, `*` alone is not.
    pub rules: Vec<String>,
    /// Empty where none was given: such a directive accepts nothing.
    pub reason: String,
    /// Bytes of the directive in the file's text.
    pub span: Range<usize>,
    /// What it accepts where it is a marker of another tool, whose `rules` are empty and whose reason is the marker.
    pub foreign: Option<Scope>,
}

impl Directive {
    /// What to say of a rule id that [`apply_suppressions`] returned for it; `is_known` where there is such a rule or group.
    pub fn complaint(&self, rule: &str, is_known: bool) -> String {
        // What has upper-case letters is no id, and may be anything.
        let rule = if rule.chars().any(|c| c.is_ascii_uppercase()) { "…" } else { rule };
        if self.reason.is_empty() {
            format!("`gate:allow {rule}` has no reason and so suppresses nothing: write why after the rule")
        } else if !is_known {
            format!("`gate:allow {rule}` suppresses nothing: there is no such rule, `gate rules` lists all")
        } else {
            format!("`gate:allow {rule}` suppresses nothing here")
        }
    }
}

/// Marks the findings that a directive accepts. Returns, for every directive that accepted nothing, its index and the
/// rule ids that were in vain; a directive without a reason accepts nothing. `rules` are all rules of the run; a directive
/// for a rule of an analysis that did not run is not stale. A secret of several lines may have its directive on the first or on
/// the last one.
pub fn apply_suppressions(
    findings: &mut [Finding],
    directives: &[Directive],
    rules: &[Arc<Rule>],
) -> Vec<(usize, String)> {
    let mut by_line: HashMap<(&str, u32), Vec<usize>> = HashMap::new();
    for (index, directive) in directives.iter().enumerate() {
        by_line.entry((directive.path.as_str(), directive.line)).or_default().push(index);
        if directive.target_line != directive.line {
            by_line.entry((directive.path.as_str(), directive.target_line)).or_default().push(index);
        }
    }
    let mut used: Vec<Vec<bool>> = directives.iter().map(|directive| vec![false; directive.rules.len()]).collect();
    for finding in findings {
        let (path, region) = (finding.location.path.as_str(), &finding.location.region);
        let last = Some(region.end_line).filter(|&line| finding.secret.is_some() && line != region.start_line);
        let mut accepted = None;
        let lines = [region.start_line].into_iter().chain(last);
        for &index in lines.filter_map(|line| by_line.get(&(path, line))).flatten() {
            let directive = &directives[index];
            if directive.foreign.is_some_and(|scope| scope.covers(&finding.rule)) {
                accepted.get_or_insert(index);
            }
            for (name, used) in directive.rules.iter().zip(&mut used[index]) {
                if !directive.reason.is_empty() && names(name, &finding.rule) {
                    *used = true;
                    accepted.get_or_insert(index);
                }
            }
        }
        if let Some(index) = accepted {
            let Directive { reason, foreign, .. } = &directives[index];
            finding.suppressions.push(Suppression { is_foreign: foreign.is_some(), ..Suppression::in_source(reason) });
        }
    }
    let mut in_vain = Vec::new();
    for (index, (directive, used)) in directives.iter().zip(used).enumerate() {
        let unused = directive.rules.iter().zip(used).filter(|(name, used)| !used && could_fire(name, rules));
        in_vain.extend(unused.map(|(name, _)| (index, name.clone())));
    }
    in_vain
}

/// Whether `name`, as written in a directive, means `rule`: its id, a former id, or its group.
fn names(name: &str, rule: &Rule) -> bool {
    match name.strip_suffix("/*") {
        Some(group) => group == rule.id.group(),
        None => name == rule.id.as_str() || rule.formerly.iter().any(|former| former.as_str() == name),
    }
}

/// Whether a finding of `name` was possible in this run. An id that no rule has counts as possible when other rules of
/// its analysis were there: then it is a misspelling and not a rule that was left out.
fn could_fire(name: &str, rules: &[Arc<Rule>]) -> bool {
    let group = name.split_once('/').map_or(name, |(group, _)| group);
    match Analysis::of_group(group) {
        Some(analysis) => rules.iter().any(|rule| rule.analysis() == Some(analysis)),
        None => true,
    }
}
