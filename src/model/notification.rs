use serde::Serialize;

use super::{Analysis, RelPath};

/// SARIF's toolExecutionNotification: something that was not looked at, in whole or in part, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notification {
    pub kind: NotificationKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<RelPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Analysis>,
    /// What was tried, on what, and what to do next.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationKind {
    /// There was nothing to scan.
    NoInput,
    /// An analysis could not run at all (no advisory database, say).
    AnalysisNotRun,
    /// The file could not be opened or read.
    Unreadable,
    /// An analyzer panicked on the file.
    Crash,
    /// The parser gave up after the time limit.
    ParseTimeout,
    /// A file in a structured format (lockfile, manifest) that is not valid in it.
    Malformed,
    /// Larger than the size limit.
    TooLarge,
    /// Not text.
    Binary,
    /// Parts did not parse and were only partly analysed.
    ParseError,
    /// Nothing here can look at it yet: a lockfile of an ecosystem without a reader, a package without advisories.
    Unsupported,
    /// Said for information; nothing was left out.
    Note,
}

impl NotificationKind {
    pub const ALL: [NotificationKind; 11] = [
        NotificationKind::NoInput,
        NotificationKind::AnalysisNotRun,
        NotificationKind::Unreadable,
        NotificationKind::Crash,
        NotificationKind::ParseTimeout,
        NotificationKind::Malformed,
        NotificationKind::TooLarge,
        NotificationKind::Binary,
        NotificationKind::ParseError,
        NotificationKind::Unsupported,
        NotificationKind::Note,
    ];

    /// Whether it makes the verdict Incomplete by default: something that should have been looked at was not.
    pub fn is_incomplete(self) -> bool {
        use NotificationKind::*;
        matches!(self, NoInput | AnalysisNotRun | Unreadable | Crash | ParseTimeout | Malformed)
    }

    pub fn id(self) -> &'static str {
        use NotificationKind::*;
        match self {
            NoInput => "no-input",
            AnalysisNotRun => "analysis-not-run",
            Unreadable => "unreadable",
            Crash => "crash",
            ParseTimeout => "parse-timeout",
            Malformed => "malformed",
            TooLarge => "too-large",
            Binary => "binary",
            ParseError => "parse-error",
            Unsupported => "unsupported",
            Note => "note",
        }
    }

    /// What it is, for a person.
    pub fn describe(self) -> &'static str {
        use NotificationKind::*;
        match self {
            NoInput => "no input",
            AnalysisNotRun => "analysis not run",
            Unreadable => "unreadable",
            Crash => "crashed an analyzer",
            ParseTimeout => "took too long to parse",
            Malformed => "malformed",
            TooLarge => "over the size limit",
            Binary => "binary",
            ParseError => "with syntax errors",
            Unsupported => "not supported yet",
            Note => "note",
        }
    }
}
