//! What all files gave, added up and judged.

use std::sync::Arc;

use super::Request;
use super::worker::Outcome;
use crate::model::{Coverage, FileMetrics, Finding, FunctionMetrics, Inventory, Notification, Rule, Run, SourceFile};
use crate::policy::{Directive, apply_suppressions, judge};
use crate::rulebook::RuleSet;

/// The outcomes of all files, added up.
#[derive(Default)]
pub struct Gathered {
    pub findings: Vec<Finding>,
    pub unshown: Vec<Finding>,
    pub notifications: Vec<Notification>,
    pub directives: Vec<(Directive, Option<Finding>)>,
    pub functions: Vec<FunctionMetrics>,
    pub files: Vec<FileMetrics>,
    pub inventories: Vec<Inventory>,
    pub coverage: Coverage,
    pub kept: Vec<SourceFile>,
}

impl Gathered {
    pub fn add(&mut self, outcome: Outcome) {
        self.findings.extend(outcome.findings);
        self.unshown.extend(outcome.unshown);
        self.notifications.extend(outcome.notifications);
        self.directives.extend(outcome.directives);
        self.functions.extend(outcome.functions);
        self.files.extend(outcome.files);
        self.coverage.add(&outcome.coverage);
        self.kept.extend(outcome.kept);
    }

    pub fn into_run(mut self, request: &Request<'_>, rules: &RuleSet) -> Run {
        let rules: Vec<Arc<Rule>> = rules.iter().cloned().collect();
        let (directives, mut stale): (Vec<Directive>, Vec<Option<Finding>>) = self.directives.into_iter().unzip();
        // A directive that accepts what is not even shown is not stale.
        let shown = self.findings.len();
        self.findings.append(&mut self.unshown);
        let in_vain = apply_suppressions(&mut self.findings, &directives, &rules);
        self.findings.truncate(shown);
        request.config.policy.vex.iter().for_each(|vex| vex.apply(&mut self.findings));
        for (index, rule) in in_vain {
            if let Some(mut finding) = stale[index].take() {
                finding.message = directives[index].complaint(&rule, is_known(&request.rules, &rule));
                self.findings.push(finding);
            }
        }
        self.coverage.packages += self.inventories.iter().map(|one| one.packages.len() as u64).sum::<u64>();
        self.findings.sort_by(|a, b| (&a.location, &a.rule.id, &a.message).cmp(&(&b.location, &b.rule.id, &b.message)));
        self.notifications.sort();
        self.notifications.dedup();
        self.functions.sort();
        self.files.sort();
        self.inventories.sort_by(|a, b| a.lockfile.cmp(&b.lockfile));
        let verdict = judge(&self.findings, &self.notifications, &request.config.policy);
        Run {
            root: request.root.clone(),
            analyses: request.analyses.iter().copied().collect(),
            rules,
            findings: self.findings,
            notifications: self.notifications,
            coverage: self.coverage,
            functions: self.functions,
            files: self.files,
            inventories: self.inventories,
            verdict,
        }
    }
}

/// Whether a directive's `name` means a rule, or a group that has some.
fn is_known(rules: &RuleSet, name: &str) -> bool {
    match name.strip_suffix("/*") {
        Some(group) => rules.iter().any(|rule| rule.id.group() == group),
        None => rules.resolve(name).is_some(),
    }
}
