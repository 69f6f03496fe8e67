//! The JSON report: everything the run knows, in a versioned shape. The doc comments are its documentation: they become the
//! descriptions of `docs/schemas/gate-report.schema.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Counts, Format, Options};
use crate::model::{Condition, Coverage, Finding, Location, Notification, Origin, Rule, Run};

pub struct Json;

/// Changes when a reader of the former version would misread the new one.
const VERSION: u32 = 1;
const SCHEMA: &str = "urn:gate:report:1";

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn describe(&self) -> &'static str {
        "everything, for programs; see docs/schemas/gate-report.schema.json"
    }

    fn write(&self, run: &Run, _options: Options, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &Report::of(run))?;
        writeln!(out)
    }
}

/// The JSON Schema of the report.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Report<'_>>();
    schema.insert("$id".to_owned(), SCHEMA.into());
    schema.to_value()
}

/// What one run of `gate scan` found.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "gate report")]
struct Report<'a> {
    /// Names this shape.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// The number at its end.
    #[schemars(extend("const" = VERSION))]
    schema_version: u32,
    /// The program that wrote it.
    tool: Tool,
    /// The analyses that were asked for.
    #[schemars(with = "Vec<AnalysisSchema>")]
    analyses: Vec<&'static str>,
    /// May this change go in? The same in every format.
    verdict: ReportVerdict,
    /// Findings and notifications, counted.
    summary: Summary,
    #[schemars(with = "CoverageSchema")]
    coverage: &'a Coverage,
    /// The rules that have findings below, by id.
    #[serde(serialize_with = "each_rule")]
    #[schemars(with = "BTreeMap<String, ReportRule>")]
    rules: BTreeMap<&'a str, &'a Rule>,
    /// Sorted by path, place and rule.
    #[serde(serialize_with = "each_finding")]
    #[schemars(with = "Vec<ReportFinding>")]
    findings: &'a [Finding],
    /// What was not looked at, in whole or in part, and why.
    #[schemars(with = "Vec<NotificationSchema>")]
    notifications: &'a [Notification],
}

#[derive(Serialize, JsonSchema)]
struct Tool {
    /// `gate`.
    name: &'static str,
    /// As `gate --version` prints it.
    version: &'static str,
}

/// May this change go in?
#[derive(Serialize, JsonSchema)]
struct ReportVerdict {
    /// `passed`, `failed` or `incomplete`.
    #[schemars(extend("enum" = ["passed", "failed", "incomplete"]))]
    name: &'static str,
    /// The exit code of the run: 0 passed, 1 failed, 2 incomplete.
    exit_code: u8,
    /// Why it failed; empty otherwise.
    conditions: Vec<ReportCondition>,
    /// How many notifications leave it incomplete; 0 otherwise.
    doubts: usize,
}

/// Findings that fail the gate, counted.
#[derive(Serialize, JsonSchema)]
struct ReportCondition {
    /// The analysis that they belong to; absent for findings about the use of the tool itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnalysisSchema>")]
    analysis: Option<&'static str>,
    /// The least level that fails the gate.
    #[schemars(with = "LevelSchema")]
    fail_on: &'static str,
    /// Findings at this level or above that count.
    count: usize,
}

#[derive(Serialize, JsonSchema)]
struct Summary {
    /// By level; accepted ones apart.
    findings: Counts,
    /// By kind.
    notifications: BTreeMap<&'static str, usize>,
}

/// What a rule says of itself.
#[derive(Serialize, JsonSchema)]
struct ReportRule<'a> {
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
struct ReportFinding<'a> {
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
    /// Where in the history it first appeared; absent for what stands in the files of today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OriginSchema>")]
    origin: Option<&'a Origin>,
    /// Other places that explain it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<ReportRelated<'a>>,
    /// Who accepted it, and why. A finding with an entry here does not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<ReportSuppression<'a>>,
    /// Facts about it that depend on the rule: a package, a version, the value of a metric.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<&'static str, &'a Value>,
}

#[derive(Serialize, JsonSchema)]
struct Place<'a> {
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
struct ReportRelated<'a> {
    /// What this place has to do with it.
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize, JsonSchema)]
struct ReportSuppression<'a> {
    /// `inSource` for a comment, `external` for the configuration.
    #[schemars(extend("enum" = ["inSource", "external"]))]
    kind: Value,
    /// The reason that was given.
    justification: &'a str,
}

impl<'a> Report<'a> {
    fn of(run: &'a Run) -> Report<'a> {
        let mut notifications = BTreeMap::new();
        for notification in &run.notifications {
            *notifications.entry(notification.kind.id()).or_default() += 1;
        }
        Report {
            schema: SCHEMA,
            schema_version: VERSION,
            tool: Tool { name: "gate", version: env!("CARGO_PKG_VERSION") },
            analyses: run.analyses.iter().map(|analysis| analysis.name()).collect(),
            verdict: ReportVerdict {
                name: run.verdict.name(),
                exit_code: run.verdict.exit_code(),
                conditions: run.verdict.conditions().iter().map(ReportCondition::of).collect(),
                doubts: run.verdict.doubts(),
            },
            summary: Summary { findings: Counts::of(run), notifications },
            coverage: &run.coverage,
            rules: run.findings.iter().map(|finding| (finding.rule.id.as_str(), &*finding.rule)).collect(),
            findings: &run.findings,
            notifications: &run.notifications,
        }
    }
}

impl ReportCondition {
    fn of(condition: &Condition) -> ReportCondition {
        ReportCondition {
            analysis: condition.analysis.map(|analysis| analysis.name()),
            fail_on: condition.fail_on.name(),
            count: condition.count,
        }
    }
}

impl<'a> ReportRule<'a> {
    fn of(rule: &'a Rule) -> ReportRule<'a> {
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
    fn of(finding: &'a Finding) -> ReportFinding<'a> {
        let related = finding
            .related
            .iter()
            .map(|related| ReportRelated { message: &related.message, place: Place::of(&related.location) });
        let suppressions = finding.suppressions.iter().map(|suppression| ReportSuppression {
            kind: serde_json::to_value(suppression.kind).unwrap_or_default(),
            justification: &suppression.justification,
        });
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
            origin: finding.origin.as_ref(),
            related: related.collect(),
            suppressions: suppressions.collect(),
            properties: finding.properties.iter().map(|(name, value)| (*name, value)).collect(),
        }
    }
}

impl<'a> Place<'a> {
    fn of(location: &'a Location) -> Place<'a> {
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

/// One at a time: a hundred thousand findings need no second copy in memory.
fn each_finding<S: Serializer>(findings: &&[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(ReportFinding::of))
}

fn each_rule<S: Serializer>(rules: &BTreeMap<&str, &Rule>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rules.iter().map(|(id, rule)| (id, ReportRule::of(rule))))
}

/// The shapes of what `model` serializes by itself, for the schema; a test compares the two.
mod shapes {
    use schemars::JsonSchema;

    #[derive(JsonSchema)]
    #[schemars(inline, rename_all = "lowercase")]
    #[allow(dead_code, reason = "a shape for the schema")]
    pub enum AnalysisSchema {
        Secrets,
        Code,
        Compliance,
        Dependencies,
    }

    #[derive(JsonSchema)]
    #[schemars(inline, rename_all = "lowercase")]
    #[allow(dead_code, reason = "a shape for the schema")]
    pub enum LevelSchema {
        None,
        Note,
        Warning,
        Error,
    }

    #[derive(JsonSchema)]
    #[schemars(inline, rename_all = "lowercase")]
    #[allow(dead_code, reason = "a shape for the schema")]
    pub enum ConfidenceSchema {
        Low,
        Medium,
        High,
    }

    /// What was looked at, in numbers.
    #[derive(JsonSchema)]
    #[schemars(inline)]
    #[allow(dead_code, reason = "a shape for the schema")]
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
    #[allow(dead_code, reason = "a shape for the schema")]
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

    /// Something that was not looked at, in whole or in part.
    #[derive(JsonSchema)]
    #[schemars(inline)]
    #[allow(dead_code, reason = "a shape for the schema")]
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
}
use shapes::{AnalysisSchema, ConfidenceSchema, CoverageSchema, LevelSchema, NotificationSchema, OriginSchema};
