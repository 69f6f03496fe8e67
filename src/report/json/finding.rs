//! What a finding and its rule look like in the JSON formats.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::shapes::{ConfidenceSchema, LevelSchema, OriginSchema, PlaceSchema};
use crate::model::{BaselineEntry, ConfigPlace, Finding, Location, Origin, Rule, Suppression};

/// What a rule says of itself.
#[derive(Serialize, JsonSchema)]
pub struct ReportRule<'a> {
    /// For people; the id is the key.
    name: &'a str,
    /// As configured for this run: `none`, `note`, `warning` or `error`.
    #[schemars(with = "LevelSchema")]
    level: &'static str,
    /// The most that its findings have: `low`, `medium` or `high`.
    #[schemars(with = "ConfidenceSchema")]
    confidence: &'static str,
    /// Numbers of the Common Weakness Enumeration.
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    cwe: &'a [u32],
    /// Categories of the OWASP Top Ten, such as `A03:2021`.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    owasp: &'a [String],
    /// From 0.1 to 10.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    security_severity: Option<f64>,
    /// What goes wrong, and when it does not apply. Markdown.
    why: &'a str,
    /// What to do. Markdown.
    fix: &'a str,
    /// Where a leaked secret of this kind is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoke: Option<&'a str>,
    /// Where to read on.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    references: &'a [String],
}

/// One place where one rule holds. Lines and columns count from 1; columns count Unicode code points; the end column is one
/// past the last character.
#[derive(Serialize, JsonSchema)]
pub struct ReportFinding<'a> {
    /// The id; a key of `rules`.
    rule: &'a str,
    /// `note`, `warning` or `error`.
    #[schemars(with = "LevelSchema")]
    level: &'static str,
    /// How sure it is: `low`, `medium` or `high`.
    #[schemars(with = "ConfidenceSchema")]
    confidence: &'static str,
    /// What is wrong here, secrets masked.
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    /// The line where it starts, cut to a readable length, secrets masked.
    snippet: &'a str,
    /// The same from one run to the next while the code stays what it is, wherever it moves in its file.
    fingerprint: &'a str,
    /// Numbers of the Common Weakness Enumeration.
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    cwe: &'a [u32],
    /// From 0.1 to 10.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    security_severity: Option<f64>,
    /// The secret, masked but for a few characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// What the rule would write in its place, from its first character to its last.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    /// Where in the history it first appeared; absent for what stands in the files of today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OriginSchema>")]
    origin: Option<&'a Origin>,
    /// Other places that explain it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<ReportRelated<'a>>,
    /// What the policy makes of it as long as nobody accepts it: `fail`, `warn` or `off`.
    #[schemars(extend("enum" = ["fail", "warn", "off"]))]
    outcome: &'static str,
    /// How it stands to the baseline, or to the merge base: `new`, `unchanged`, or `updated` where it grew worse. All findings
    /// have it, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["new", "unchanged", "updated", null]))]
    baseline: Option<&'static str>,
    /// Who accepted it, and why. A finding with an entry here does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<ReportSuppression<'a>>,
    /// Facts about it that depend on the rule: a package, a version, the value of a metric.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<&'static str, &'a Value>,
}

#[derive(Serialize, JsonSchema)]
pub struct Place<'a> {
    /// Relative to the root of the scan, parted by `/`.
    path: &'a str,
    /// From 1.
    line: u32,
    /// From 1, in Unicode code points.
    column: u32,
    /// The line that it ends on.
    end_line: u32,
    /// One past the last character.
    end_column: u32,
}

#[derive(Serialize, JsonSchema)]
pub struct ReportRelated<'a> {
    /// What this place has to do with it.
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize, JsonSchema)]
pub struct ReportSuppression<'a> {
    /// `inSource` for a comment, `external` for the configuration.
    #[schemars(extend("enum" = ["inSource", "external"]))]
    kind: &'static str,
    /// The reason that was given.
    justification: &'a str,
    /// Who answers for the exception; absent for a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    /// The last day on which the exception holds, `YYYY-MM-DD`; absent for a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    /// Where the exception is written; absent for a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<PlaceSchema>")]
    place: Option<&'a ConfigPlace>,
}

/// A finding that is gone, as it was remembered.
#[derive(Serialize, JsonSchema)]
pub struct ReportFixed<'a> {
    /// The id of its rule.
    rule: &'a str,
    /// The file that it was in.
    path: &'a str,
    /// As findings have it.
    fingerprint: &'a str,
    /// A piece of what was there.
    context: &'a str,
}

impl<'a> ReportRule<'a> {
    pub fn of(rule: &'a Rule) -> ReportRule<'a> {
        ReportRule {
            name: &rule.name,
            level: rule.level.name(),
            confidence: rule.confidence.name(),
            cwe: &rule.cwe,
            owasp: &rule.owasp,
            security_severity: rule.security_severity.map(|severity| severity.score()),
            why: &rule.why,
            fix: &rule.fix,
            revoke: rule.revoke.as_deref(),
            references: &rule.references,
        }
    }
}

impl<'a> ReportFinding<'a> {
    pub fn of(finding: &'a Finding) -> ReportFinding<'a> {
        let related = finding
            .related
            .iter()
            .map(|related| ReportRelated { message: &related.message, place: Place::of(&related.location) });
        ReportFinding {
            rule: finding.rule.id.as_str(),
            level: finding.level.name(),
            confidence: finding.confidence.name(),
            message: &finding.message,
            place: Place::of(&finding.location),
            snippet: &finding.snippet.line,
            fingerprint: &finding.fingerprint.gate,
            cwe: &finding.rule.cwe,
            security_severity: finding.rule.security_severity.map(|severity| severity.score()),
            secret: finding.secret.as_ref().map(ToString::to_string),
            fix: finding.fix.as_ref().map(|fix| fix.text.as_str()),
            origin: finding.origin.as_ref(),
            related: related.collect(),
            outcome: finding.outcome.name(),
            baseline: finding.baseline.map(|state| state.name()),
            suppressions: finding.suppressions.iter().map(ReportSuppression::of).collect(),
            properties: finding.properties.iter().map(|(name, value)| (*name, value)).collect(),
        }
    }
}

impl<'a> Place<'a> {
    pub fn of(location: &'a Location) -> Place<'a> {
        let region = &location.region;
        Place {
            path: location.path.as_str(),
            line: region.start_line,
            column: region.start_column,
            end_line: region.end_line,
            end_column: region.end_column,
        }
    }
}

impl<'a> ReportSuppression<'a> {
    pub fn of(suppression: &'a Suppression) -> ReportSuppression<'a> {
        let exception = suppression.exception.as_ref();
        ReportSuppression {
            kind: suppression.kind.id(),
            justification: &suppression.justification,
            owner: exception.map(|exception| exception.owner.as_str()),
            expires: exception.map(|exception| exception.expires.to_string()),
            place: exception.map(|exception| &exception.place),
        }
    }
}

impl<'a> ReportFixed<'a> {
    pub fn of(entry: &'a BaselineEntry) -> ReportFixed<'a> {
        let BaselineEntry { rule, path, fingerprint, context, .. } = entry;
        ReportFixed { rule, path, fingerprint, context }
    }
}
