use std::sync::Arc;

use serde::Serialize;

use super::{BaselineState, Confidence, Level, Location, Origin, Outcome, Redacted, Rule, Suppression};

/// SARIF's result: one place where one rule holds.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: Arc<Rule>,
    pub level: Level,
    pub confidence: Confidence,
    pub message: String,
    pub location: Location,
    pub snippet: Snippet,
    pub related: Vec<RelatedLocation>,
    /// Machine-readable facts about it (package, fixed version, value of a metric), sorted by key.
    pub properties: Vec<(&'static str, serde_json::Value)>,
    pub secret: Option<Redacted>,
    pub fix: Option<Fix>,
    /// Only for what stands in the history of a repository and not in the files of today.
    pub origin: Option<Origin>,
    pub fingerprint: Fingerprint,
    pub suppressions: Vec<Suppression>,
    /// On all findings of a run or on none; never [`BaselineState::Absent`], for which there is [`super::Run::absent`].
    pub baseline: Option<BaselineState>,
    /// What the policy makes of it as long as nobody accepts it.
    pub outcome: Outcome,
}

impl Finding {
    pub fn is_suppressed(&self) -> bool {
        !self.suppressions.is_empty()
    }

    /// Whether an exception accepts it, and not a comment.
    pub fn is_excepted(&self) -> bool {
        self.is_suppressed() && self.suppressions.iter().all(|suppression| suppression.exception.is_some())
    }

    /// Whether it was there before: in the baseline, or at the merge base.
    pub fn is_known(&self) -> bool {
        self.baseline == Some(BaselineState::Unchanged)
    }

    /// Whether it makes the gate fail.
    pub fn fails(&self) -> bool {
        self.outcome == Outcome::Fail && !self.is_suppressed()
    }
}

/// SARIF's fix with its one replacement: what the rule would write in the place of the finding's region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelatedLocation {
    pub location: Location,
    pub message: String,
}

/// The source line of a finding, cut to a readable length, secrets masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    pub line: String,
    /// The part of `line` that the finding is about, as byte offsets.
    pub highlight: (usize, usize),
}

impl Snippet {
    /// The part that the finding is about; `None` where the offsets do not lie in the line.
    pub fn marked(&self) -> Option<&str> {
        self.line.get(self.highlight.0..self.highlight.1)
    }
}

/// What identifies a finding from one run to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// Ours: rule, path, normalised matched text and occurrence; a secret's is keyed on the hash of the secret.
    pub gate: String,
    /// GitHub's `primaryLocationLineHash`; empty where the location is no line of a file.
    pub line_hash: String,
    /// Rule and matched text alone: the same wherever it stands, for what moves.
    #[serde(skip)]
    pub content: u128,
    /// Of the lines of text before and after it, white space folded: tells occurrences apart.
    #[serde(skip)]
    pub around: [u64; 2],
}
