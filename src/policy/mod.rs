//! What findings and notifications mean for the verdict. Pure: marks findings, drops none.

mod directive;
mod foreign;
mod suppress;
mod vex;

pub use directive::{directives, looks_like_comment};
pub use foreign::{Scope, foreign_directives, may_hold_marker};
pub use suppress::{Directive, apply_suppressions};
pub use vex::Vex;

use std::collections::BTreeMap;

use crate::model::{Analysis, Condition, Confidence, Finding, Level, Notification, NotificationKind, Verdict};

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Findings at or above it fail the gate…
    pub fail_on: Level,
    /// …if their confidence is at least this.
    pub min_confidence: Confidence,
    /// Per analysis, instead of `fail_on`; `Level::None` for an analysis that never fails the gate.
    pub per_analysis: BTreeMap<Analysis, Level>,
    /// Whether notifications of an incomplete look leave the verdict Incomplete.
    pub incomplete_fails: bool,
    /// Every notification counts, also those of files that were too large or binary or did not parse; findings count
    /// from warning and from medium confidence on.
    pub strict: bool,
    /// Whether the markers of other tools accept findings.
    pub foreign_markers: bool,
    /// What makers of products say of advisories about their parts.
    pub vex: Vec<Vex>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            fail_on: Level::Error,
            min_confidence: Confidence::High,
            per_analysis: BTreeMap::new(),
            incomplete_fails: true,
            strict: false,
            foreign_markers: true,
            vex: Vec::new(),
        }
    }
}

impl Settings {
    /// The least level that fails the gate for findings of `analysis` (`None` for the tool's own); `Level::None`: never.
    pub fn fail_on(&self, analysis: Option<Analysis>) -> Level {
        let level = analysis.and_then(|analysis| self.per_analysis.get(&analysis)).copied().unwrap_or(self.fail_on);
        // `never` was written on purpose: strictness does not overrule it.
        if self.strict { level.min(Level::Warning) } else { level }
    }

    /// Whether a finding that is not suppressed fails the gate.
    fn fails(&self, finding: &Finding) -> bool {
        let min_confidence =
            if self.strict { self.min_confidence.min(Confidence::Medium) } else { self.min_confidence };
        let fail_on = self.fail_on(finding.rule.analysis());
        fail_on > Level::None && finding.level >= fail_on && finding.confidence >= min_confidence
    }

    /// Whether a notification leaves a doubt that the verdict has to tell.
    fn doubts(&self, notification: &Notification) -> bool {
        if self.strict {
            notification.kind != NotificationKind::Note
        } else {
            self.incomplete_fails && notification.kind.is_incomplete()
        }
    }
}

/// The answer. Suppressed findings do not count; a failed gate stays failed when the look was also incomplete.
pub fn judge(findings: &[Finding], notifications: &[Notification], settings: &Settings) -> Verdict {
    let mut failing: BTreeMap<Option<Analysis>, usize> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !finding.is_suppressed() && settings.fails(finding)) {
        *failing.entry(finding.rule.analysis()).or_default() += 1;
    }
    if !failing.is_empty() {
        let condition = |(analysis, count)| Condition { analysis, fail_on: settings.fail_on(analysis), count };
        return Verdict::Failed(failing.into_iter().map(condition).collect());
    }
    match notifications.iter().filter(|notification| settings.doubts(notification)).count() {
        0 => Verdict::Passed,
        doubts => Verdict::Incomplete(doubts),
    }
}
