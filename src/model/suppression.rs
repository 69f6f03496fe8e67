use jiff::civil::Date;
use serde::Serialize;

use super::RelPath;

/// SARIF's suppression: a finding that someone has accepted, with the reason given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub kind: SuppressionKind,
    pub justification: String,
    /// Whether a marker of another tool said so.
    pub is_foreign: bool,
    /// The entry that accepts it, where it is [`SuppressionKind::External`].
    pub exception: Option<ExceptionNote>,
}

impl Suppression {
    /// By a comment `gate:allow`.
    pub fn in_source(justification: impl Into<String>) -> Suppression {
        let justification = justification.into();
        Suppression { kind: SuppressionKind::InSource, justification, is_foreign: false, exception: None }
    }

    /// By an entry of the configuration.
    pub fn external(justification: impl Into<String>, exception: ExceptionNote) -> Suppression {
        let justification = justification.into();
        Suppression { kind: SuppressionKind::External, justification, is_foreign: false, exception: Some(exception) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SuppressionKind {
    /// A comment beside the code.
    InSource,
    /// An entry of the configuration.
    External,
}

impl SuppressionKind {
    pub fn id(self) -> &'static str {
        match self {
            SuppressionKind::InSource => "inSource",
            SuppressionKind::External => "external",
        }
    }
}

/// What reports tell of an exception: who answers for it, until when, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionNote {
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Date,
    pub place: ConfigPlace,
}

/// A line of a file that configures `gate`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConfigPlace {
    /// Relative to the root of the scan where it lies below it.
    pub file: RelPath,
    /// From 1.
    pub line: u32,
}

impl std::fmt::Display for ConfigPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
