//! The shapes of what `model` serializes by itself, for the schemas; a test compares the two.
#![allow(dead_code, reason = "shapes for the schemas")]

use schemars::JsonSchema;

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
pub enum AnalysisSchema {
    Secrets,
    Code,
    Compliance,
    Dependencies,
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
pub enum LevelSchema {
    None,
    Note,
    Warning,
    Error,
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
pub enum ConfidenceSchema {
    Low,
    Medium,
    High,
}

/// What was looked at, in numbers.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct CoverageSchema {
    /// Files read as text.
    files: u64,
    bytes: u64,
    lines: u64,
    /// Files that a grammar parsed.
    parsed_files: u64,
    parsed_bytes: u64,
    /// Bytes in regions that did not parse.
    unparsed_bytes: u64,
    /// Packages read from lockfiles.
    packages: u64,
    /// Findings below the confidence that is reported.
    below_confidence: u64,
    /// Files that the configuration leaves out.
    excluded: u64,
    /// Objects of the history that were searched.
    objects: u64,
}

/// Where in a repository's history a finding was first seen.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct OriginSchema {
    /// What of the repository holds it.
    #[schemars(extend("enum" = ["file", "commit-message", "tag-message", "note"]))]
    kind: String,
    /// The object that holds it, in hexadecimal.
    object: String,
    /// The oldest commit with it; absent for an object that no commit reaches.
    #[schemars(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// Who wrote that commit or tag: name and address.
    #[schemars(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    /// When, as RFC 3339.
    #[schemars(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
}

/// A line of a file that configures `gate`.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct PlaceSchema {
    /// Relative to the root of the scan where it lies below it.
    file: String,
    /// From 1.
    line: u32,
}

/// What was too many or too much.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct LimitSchema {
    /// What is counted or measured: `findings`, or a measure such as `cyclomatic average`.
    of: String,
    /// The most that the policy allows.
    max: f64,
    /// What it is.
    actual: f64,
}

/// Something that was not looked at, in whole or in part.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct NotificationSchema {
    /// What kind of thing happened, such as `unreadable` or `too-large`.
    kind: String,
    #[schemars(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    analysis: Option<AnalysisSchema>,
    /// What was tried, on what, and what to do next.
    message: String,
}
