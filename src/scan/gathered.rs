//! What all files gave, added up and judged.

use std::collections::HashSet;
use std::sync::Arc;

use super::compare::{Acceptance, Change};
use super::looked::LookedAt;
use super::worker::Outcome;
use super::{Input, Request};
use crate::analyze::{FileLicense, Hit, Prints, finish_rootless};
use crate::model::{
    Analysis, BaselineEntry, BaselineState, Condition, Coverage, FileMetrics, Finding, FunctionMetrics, Inventory,
    Notification, NotificationKind, RelPath, Rule, Run, SourceFile, Target,
};
use crate::policy::{
    Complaint, Directive, Settings, apply_exceptions, apply_suppressions, broken_limits, compare, judge,
};
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
    pub licenses: Vec<FileLicense>,
    pub prints: Vec<(RelPath, Prints)>,
    pub change: Change,
    /// About the change itself; no comment accepts them.
    pub told: Vec<Finding>,
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
        self.licenses.extend(outcome.licenses);
        self.prints.extend(outcome.prints);
        self.change.add(outcome.change);
    }

    pub fn into_run(mut self, request: &Request<'_>, policy: &Settings, rules: &RuleSet, targets: &[Target]) -> Run {
        let told = self.notifications.clone();
        let looked = LookedAt::new(request, rules, targets, &told);
        let complaints = self.mark(request, policy, rules, &looked);
        let absent = self.compare(request, rules, &looked, complaints);
        self.coverage.packages += self.inventories.iter().map(|one| one.packages.len() as u64).sum::<u64>();
        self.findings.sort_by(|a, b| (&a.location, &a.rule.id, &a.message).cmp(&(&b.location, &b.rule.id, &b.message)));
        self.functions.sort();
        self.files.sort();
        self.inventories.sort_by(|a, b| a.lockfile.cmp(&b.lockfile));
        let broken = self.limits(request, policy);
        settle(&mut self.notifications);
        let verdict = judge(&mut self.findings, &self.notifications, broken, policy);
        Run {
            root: request.root.clone(),
            analyses: request.analyses.iter().copied().collect(),
            rules: rules.iter().cloned().collect(),
            findings: self.findings,
            absent,
            notifications: self.notifications,
            coverage: self.coverage,
            functions: self.functions,
            files: self.files,
            inventories: self.inventories,
            verdict,
        }
    }

    /// Marks what comments and exceptions accept. Returns what is to be said of the exceptions.
    fn mark(
        &mut self,
        request: &Request<'_>,
        policy: &Settings,
        rules: &RuleSet,
        looked: &LookedAt<'_>,
    ) -> Vec<Complaint> {
        let rules: Vec<Arc<Rule>> = rules.iter().cloned().collect();
        let directives = std::mem::take(&mut self.directives);
        let (directives, mut stale): (Vec<Directive>, Vec<Option<Finding>>) = directives.into_iter().unzip();
        // A directive that accepts what is not even shown is not stale.
        let shown = self.findings.len();
        self.findings.append(&mut self.unshown);
        let in_vain = apply_suppressions(&mut self.findings, &directives, &rules);
        policy.vex.iter().for_each(|vex| vex.apply(&mut self.findings));
        let complaints = looked.with(|looked| {
            let (today, days) = (policy.today, policy.expiry_warning_days);
            apply_exceptions(&mut self.findings, &policy.exceptions, today, days, looked)
        });
        self.unshown = self.findings.split_off(shown);
        for (index, rule) in in_vain {
            if let Some(mut finding) = stale[index].take() {
                finding.message = directives[index].complaint(&rule, is_known(&request.rules, &rule));
                self.findings.push(finding);
            }
        }
        self.told.extend(accepting(&self.findings, std::mem::take(&mut self.change.accepting)));
        self.findings.append(&mut self.told);
        complaints
    }

    /// Compares with the baseline, if there is one, and says what is to be said of it and of the exceptions. Returns what is gone.
    fn compare(
        &mut self,
        request: &Request<'_>,
        rules: &RuleSet,
        looked: &LookedAt<'_>,
        mut complaints: Vec<Complaint>,
    ) -> Vec<BaselineEntry> {
        let mut absent = Vec::new();
        if let Some(baseline) = &request.baseline {
            let compared = looked.with(|looked| compare(&mut self.findings, baseline, &self.unshown, looked));
            absent = compared.absent;
            complaints.extend(compared.complaint);
        }
        let mut said: Vec<Finding> = complaints.into_iter().filter_map(|one| complaint(one, rules)).collect();
        if request.baseline.is_some() || self.findings.iter().any(|finding| finding.baseline.is_some()) {
            said.iter_mut().for_each(|finding| finding.baseline = Some(BaselineState::New));
        }
        self.findings.append(&mut said);
        absent
    }

    /// The limits on measures that fail the gate; what else there is to say of them is a notification. Of a change only some functions
    /// are known, which says nothing about an average.
    fn limits(&mut self, request: &Request<'_>, policy: &Settings) -> Vec<Condition> {
        let note = |message: String| Notification {
            kind: NotificationKind::Note,
            path: None,
            line: None,
            analysis: None,
            message,
        };
        if policy.limits.is_empty() || !request.analyses.contains(&Analysis::Code) {
            return Vec::new();
        }
        if !matches!(request.input, Input::Paths(_)) {
            self.notifications
                .push(note("limits on measures are judged in a scan of files, not of a change".to_owned()));
            return Vec::new();
        }
        let (failing, warning) = broken_limits(&self.functions, &self.files, policy);
        self.notifications.extend(warning.iter().map(|condition| note(condition.describe_limit())));
        failing
    }
}

/// The finding that says it; `None` where its rule is off.
fn complaint(complaint: Complaint, rules: &RuleSet) -> Option<Finding> {
    let rule = rules.with_builtin(complaint.builtin).next()?;
    let hit = Hit::new(rule, 0..0).identity(complaint.identity);
    let hit = complaint.parts.iter().fold(hit, |hit, (name, value)| hit.with(name, value));
    let mut finding = finish_rootless(hit, complaint.place.file);
    let region = &mut finding.location.region;
    (region.start_line, region.end_line) = (complaint.place.line, complaint.place.line);
    Some(finding)
}

/// What to tell of the comments of `new` that accept one of `findings`.
fn accepting(findings: &[Finding], new: Vec<Acceptance>) -> impl Iterator<Item = Finding> {
    let mut lines = HashSet::new();
    for finding in findings.iter().filter(|finding| !new.is_empty() && finding.is_suppressed()) {
        let region = &finding.location.region;
        lines.extend([region.start_line, region.end_line].map(|line| (finding.location.path.clone(), line)));
    }
    let told = new.into_iter().filter(move |one| one.is_among(&lines));
    told.map(|one| Finding { baseline: Some(BaselineState::New), ..one.finding })
}

/// Whether a directive's `name` means a rule, or a group that has some.
fn is_known(rules: &RuleSet, name: &str) -> bool {
    match name.strip_suffix("/*") {
        Some(group) => rules.iter().any(|rule| rule.id.group() == group),
        None => rules.resolve(name).is_some(),
    }
}

/// Sorts what is to be told. Several analyzers may read a file with a fault; one of them is enough to say so.
pub fn settle(notifications: &mut Vec<Notification>) {
    notifications.sort();
    notifications.dedup();
    notifications.dedup_by(|one, first| {
        let place = |one: &Notification| (one.path.clone(), one.line, one.analysis);
        one.kind == NotificationKind::Malformed && first.kind == one.kind && place(one) == place(first)
    });
}
