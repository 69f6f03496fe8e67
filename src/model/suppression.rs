use serde::Serialize;

/// SARIF's suppression: a finding that someone has accepted, with the reason given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    pub kind: SuppressionKind,
    pub justification: String,
    /// Whether a marker of another tool said so.
    pub is_foreign: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SuppressionKind {
    /// A comment beside the code.
    InSource,
    /// An entry of the configuration.
    External,
}
