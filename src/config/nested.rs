//! A `gate.toml` in a folder below the root's: it speaks of its folder. It may always tighten, and loosen only what the root allows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::conditions::{RawCondition, RawLimit};
use super::exceptions::RawException;
use super::raw::{RawConfidence, RawFailOn};
use super::texts::Texts;
use super::valid::{Checker, confidence};
use super::{ConfigError, File};
use crate::model::{Analysis, Level, Outcome, Rule};
use crate::policy::{Clause, FolderThresholds, RulePattern, Settings};

/// Something that the root lets other files loosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    Rule(RulePattern),
    Analysis(Analysis),
    Exceptions,
}

/// The whole of such a file. Whatever holds for a run as a whole is the root's to say.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawNested {
    policy: RawNestedPolicy,
    exception: Vec<Spanned<RawException>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawNestedPolicy {
    fail_on: Option<Spanned<RawFailOn>>,
    min_confidence: Option<Spanned<RawConfidence>>,
    secrets: RawNestedAnalysis,
    code: RawNestedAnalysis,
    compliance: RawNestedAnalysis,
    dependencies: RawNestedAnalysis,
    pii: RawNestedAnalysis,
    condition: Vec<Spanned<RawCondition>>,
    limit: Vec<Spanned<RawLimit>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawNestedAnalysis {
    fail_on: Option<Spanned<RawFailOn>>,
}

/// Adds what `text` says about its folder to `settings`; `allowed` is what the root lets it loosen. Files of outer folders come first.
pub fn add_nested(
    file: File<'_>,
    text: &str,
    rules: &[Arc<Rule>],
    allowed: &[Allowed],
    settings: &mut Settings,
) -> Result<(), Vec<ConfigError>> {
    let raw: RawNested = toml::from_str(text).map_err(|error| vec![ConfigError::of_toml(file.path, text, &error)])?;
    let mut checker = Checker::new(file, text, rules);
    let loosening = Loosening { allowed, settings };
    let thresholds = checker.thresholds(&raw.policy, &loosening);
    let places: Vec<usize> = raw.policy.condition.iter().map(|condition| condition.span().start).collect();
    let clauses = checker.clauses(raw.policy.condition);
    for (at, clause) in places.into_iter().zip(&clauses) {
        checker.may_loosen(at, clause, &loosening);
    }
    let limits = checker.limits(raw.policy.limit);
    if let Some(first) = raw.exception.first()
        && !allowed.contains(&Allowed::Exceptions)
    {
        checker.loosens(first.span().start, "an exception", "exceptions");
    }
    let exceptions = checker.exceptions(raw.exception);
    checker.finish(())?;
    settings.folders.extend(thresholds);
    settings.clauses.extend(clauses);
    settings.limits.extend(limits);
    settings.exceptions.extend(exceptions);
    Ok(())
}

/// What may be loosened, of which policy.
struct Loosening<'a> {
    allowed: &'a [Allowed],
    settings: &'a Settings,
}

impl Loosening<'_> {
    fn analysis(&self, analysis: Analysis) -> bool {
        self.allowed.contains(&Allowed::Analysis(analysis))
    }

    fn pattern(&self, pattern: &RulePattern) -> bool {
        let group = match pattern {
            RulePattern::Group(group) => group.as_str(),
            RulePattern::Id(id) => id.split('/').next().unwrap_or_default(),
        };
        let is_named = |allowed: &Allowed| match allowed {
            Allowed::Rule(RulePattern::Group(named)) => named == group,
            Allowed::Rule(named) => named == pattern,
            Allowed::Analysis(analysis) => Analysis::of_group(group) == Some(*analysis),
            Allowed::Exceptions => false,
        };
        self.allowed.iter().any(is_named)
    }

    /// Whether all that the condition may mean is allowed.
    fn clause(&self, clause: &Clause) -> bool {
        let (rules, analyses) = (&clause.selector.rules, &clause.selector.analyses);
        let by_rule = !rules.is_empty() && rules.iter().all(|pattern| self.pattern(pattern));
        let by_analysis = !analyses.is_empty() && analyses.iter().all(|analysis| self.analysis(*analysis));
        by_rule || by_analysis
    }
}

/// Whether `new` lets pass what `old` does not.
fn is_looser(new: Level, old: Level) -> bool {
    old != Level::None && (new == Level::None || new > old)
}

impl Checker<'_> {
    /// What the root says that other files may loosen.
    pub(super) fn allowed(&mut self, raw: Option<&Spanned<Texts>>) -> Vec<Allowed> {
        let Some(raw) = raw else { return Vec::new() };
        let mut allowed = Vec::new();
        for name in &raw.as_ref().0 {
            if name == "exceptions" {
                allowed.push(Allowed::Exceptions);
            } else if let Some(analysis) = Analysis::ALL.into_iter().find(|analysis| analysis.name() == name) {
                allowed.push(Allowed::Analysis(analysis));
            } else if let Some(pattern) = self.rule_pattern(name, raw.span().start) {
                allowed.push(Allowed::Rule(pattern));
            }
        }
        allowed
    }

    fn loosens(&mut self, at: usize, what: &str, key: &str) {
        let help = format!("the `gate.toml` of the root can allow it: `[policy] allow-override = [\"{key}\"]`");
        self.fail(at, format!("{what} here would loosen what the root demands"), Some(help));
    }

    fn thresholds(&mut self, raw: &RawNestedPolicy, allowed: &Loosening<'_>) -> Option<FolderThresholds> {
        let here = format!("{}/x", self.folder);
        let mut thresholds = FolderThresholds {
            folder: self.folder.to_owned(),
            fail_on: None,
            min_confidence: None,
            per_analysis: BTreeMap::new(),
        };
        let of = |analysis| allowed.settings.thresholds(Some(analysis), &here);
        if let Some(raw) = &raw.fail_on {
            let level = raw.as_ref().level();
            for analysis in Analysis::ALL {
                if is_looser(level, of(analysis).0) && !allowed.analysis(analysis) {
                    self.loosens(raw.span().start, &format!("this level for {analysis}"), analysis.name());
                    break;
                }
            }
            thresholds.fail_on = Some(level);
        }
        if let Some(raw) = &raw.min_confidence {
            let least = confidence(*raw.as_ref());
            for analysis in Analysis::ALL {
                if least > of(analysis).1 && !allowed.analysis(analysis) {
                    self.loosens(raw.span().start, &format!("this confidence for {analysis}"), analysis.name());
                    break;
                }
            }
            thresholds.min_confidence = Some(least);
        }
        for (analysis, own) in [
            (Analysis::Secrets, &raw.secrets),
            (Analysis::Code, &raw.code),
            (Analysis::Compliance, &raw.compliance),
            (Analysis::Dependencies, &raw.dependencies),
            (Analysis::Pii, &raw.pii),
        ] {
            let Some(raw) = &own.fail_on else { continue };
            let level = raw.as_ref().level();
            if is_looser(level, of(analysis).0) && !allowed.analysis(analysis) {
                self.loosens(raw.span().start, &format!("this level for {analysis}"), analysis.name());
            }
            thresholds.per_analysis.insert(analysis, level);
        }
        let says_something =
            thresholds.fail_on.is_some() || thresholds.min_confidence.is_some() || !thresholds.per_analysis.is_empty();
        says_something.then_some(thresholds)
    }

    /// A condition that can only make findings fail tightens; any other may loosen.
    fn may_loosen(&mut self, at: usize, clause: &Clause, allowed: &Loosening<'_>) {
        let tightens = clause.outcome == Outcome::Fail && clause.max.is_none();
        if !tightens && !allowed.clause(clause) {
            self.loosens(at, "this condition", "…");
        }
    }
}
