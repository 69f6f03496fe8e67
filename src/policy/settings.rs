use std::collections::BTreeMap;

use jiff::civil::Date;

use super::clause::{Clause, Facts, is_below};
use super::{Exception, MeasureLimit, Vex};
use crate::model::{Analysis, BaselineState, Confidence, Level, Notification, NotificationKind, Outcome};

/// The policy of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Findings at or above it fail the gate…
    pub fail_on: Level,
    /// …if their confidence is at least this.
    pub min_confidence: Confidence,
    /// Per analysis, instead of `fail_on`; `Level::None` for an analysis that never fails the gate.
    pub per_analysis: BTreeMap<Analysis, Level>,
    /// Stricter or, where the root allows it, milder thresholds of folders, outer folders first.
    pub folders: Vec<FolderThresholds>,
    /// What overrules the thresholds: the last one that speaks of a finding decides.
    pub clauses: Vec<Clause>,
    pub limits: Vec<MeasureLimit>,
    /// Whether notifications of an incomplete look leave the verdict Incomplete.
    pub incomplete_fails: bool,
    /// Every notification counts, also those of files that were too large or binary or did not parse; findings count
    /// from warning and from medium confidence on.
    pub strict: bool,
    /// Whether the markers of other tools accept findings.
    pub foreign_markers: bool,
    /// Whether findings that were known before are judged like new ones; otherwise they do not fail.
    pub judge_known: bool,
    pub exceptions: Vec<Exception>,
    /// What makers of products say of advisories about their parts.
    pub vex: Vec<Vex>,
    /// So many days before its end an exception is told.
    pub expiry_warning_days: u32,
    /// The day of the run, for the end of exceptions. Where nobody says which it is, none of them holds.
    pub today: Option<Date>,
}

/// Thresholds for what lies below a folder, instead of those of the root.
#[derive(Clone, Debug, PartialEq)]
pub struct FolderThresholds {
    pub folder: String,
    pub fail_on: Option<Level>,
    pub min_confidence: Option<Confidence>,
    pub per_analysis: BTreeMap<Analysis, Level>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            fail_on: Level::Error,
            min_confidence: Confidence::High,
            per_analysis: BTreeMap::new(),
            folders: Vec::new(),
            clauses: Vec::new(),
            limits: Vec::new(),
            incomplete_fails: true,
            strict: false,
            foreign_markers: true,
            judge_known: false,
            exceptions: Vec::new(),
            vex: Vec::new(),
            expiry_warning_days: 14,
            today: None,
        }
    }
}

/// What the policy makes of a finding, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub outcome: Outcome,
    /// The condition that decided; `None` where it was the thresholds.
    pub clause: Option<usize>,
    /// Whether it would fail if it were new.
    pub is_spared: bool,
}

impl Settings {
    /// What is made of a finding, limits on the number of findings apart.
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        let clause = self.clauses.iter().rposition(|clause| clause.selector.means(facts));
        let chosen = clause.and_then(|index| self.clauses.get(index));
        let outcome = match chosen {
            Some(clause) => clause.outcome,
            None if self.reaches_thresholds(facts) => Outcome::Fail,
            None => Outcome::Warn,
        };
        // Who names what was known before means it.
        let names_known = |clause: &Clause| {
            let selector = &clause.selector;
            clause.outcome == Outcome::Fail
                && selector.baseline.contains(&BaselineState::Unchanged)
                && selector.means(facts)
        };
        let is_spared =
            outcome == Outcome::Fail && facts.is_known() && !self.judge_known && !self.clauses.iter().any(names_known);
        Decision { outcome: if is_spared { Outcome::Warn } else { outcome }, clause, is_spared }
    }

    /// The least level that fails the gate for findings of `analysis` (`None` for the tool's own) in a file, `Level::None` for never;
    /// and the least confidence.
    pub fn thresholds(&self, analysis: Option<Analysis>, path: &str) -> (Level, Confidence) {
        let mut fail_on =
            analysis.and_then(|analysis| self.per_analysis.get(&analysis)).copied().unwrap_or(self.fail_on);
        let mut min_confidence = self.min_confidence;
        for folder in self.folders.iter().filter(|folder| is_below(&folder.folder, path)) {
            let own = analysis.and_then(|analysis| folder.per_analysis.get(&analysis)).copied();
            fail_on = own.or(folder.fail_on).unwrap_or(fail_on);
            min_confidence = folder.min_confidence.unwrap_or(min_confidence);
        }
        self.strictly(fail_on, min_confidence)
    }

    /// What becomes of thresholds where everything counts. `never` was written on purpose: strictness does not overrule it.
    pub fn strictly(&self, fail_on: Level, min_confidence: Confidence) -> (Level, Confidence) {
        if self.strict {
            (fail_on.min(Level::Warning), min_confidence.min(Confidence::Medium))
        } else {
            (fail_on, min_confidence)
        }
    }

    fn reaches_thresholds(&self, facts: &Facts<'_>) -> bool {
        let (fail_on, min_confidence) = self.thresholds(facts.rule.analysis(), facts.path);
        fail_on > Level::None && facts.level >= fail_on && facts.confidence >= min_confidence
    }

    /// Whether a notification leaves a doubt that the verdict has to tell.
    pub(super) fn doubts(&self, notification: &Notification) -> bool {
        if self.strict {
            notification.kind != NotificationKind::Note
        } else {
            self.incomplete_fails && notification.kind.is_incomplete()
        }
    }
}
