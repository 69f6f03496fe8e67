//! The JSON report: everything the run knows, in a versioned shape. The doc comments are its documentation: they become the
//! descriptions of `docs/schemas/gate-report.schema.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Counts, Format, Options};
use crate::model::{
    BaselineEntry, Condition, ConfigPlace, Coverage, Finding, Limit, Location, Notification, Origin, Rule, Run,
    Suppression,
};

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
    verdict: ReportVerdict<'a>,
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
    /// Findings of the baseline, or of the merge base, that are gone. Only what this run looked for can be missing.
    fixed: Vec<ReportFixed<'a>>,
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
struct ReportVerdict<'a> {
    /// `passed`, `exception` (passed, and only because exceptions accept what would have failed), `failed` or `incomplete`.
    #[schemars(extend("enum" = ["passed", "exception", "failed", "incomplete"]))]
    name: &'static str,
    /// The exit code of the run: 0 passed, with or without exceptions, 1 failed, 2 incomplete.
    exit_code: u8,
    /// Why it failed; empty otherwise.
    conditions: Vec<ReportCondition<'a>>,
    /// How many notifications leave it incomplete; 0 otherwise.
    doubts: usize,
    /// How many findings would have failed the gate without an exception; 0 unless that decided.
    excepted: usize,
}

/// Findings that fail the gate, or a limit that does not hold.
#[derive(Serialize, JsonSchema)]
struct ReportCondition<'a> {
    /// The analysis that they belong to; absent for findings about the use of the tool itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnalysisSchema>")]
    analysis: Option<&'static str>,
    /// The least level that fails the gate; absent where an entry of the policy decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<LevelSchema>")]
    fail_on: Option<&'static str>,
    /// Findings that count; of a limit on a measure, the functions or files beyond it.
    count: usize,
    /// The entry of the policy that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<PlaceSchema>")]
    place: Option<&'a ConfigPlace>,
    /// The limit of that entry, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<LimitSchema>")]
    limit: Option<&'a Limit>,
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
struct ReportFixed<'a> {
    /// The id of its rule.
    rule: &'a str,
    /// The file that it was in.
    path: &'a str,
    /// As findings have it.
    fingerprint: &'a str,
    /// A piece of what was there.
    context: &'a str,
}

impl<'a> ReportFixed<'a> {
    fn of(entry: &'a BaselineEntry) -> ReportFixed<'a> {
        let BaselineEntry { rule, path, fingerprint, context, .. } = entry;
        ReportFixed { rule, path, fingerprint, context }
    }
}

impl<'a> ReportSuppression<'a> {
    fn of(suppression: &'a Suppression) -> ReportSuppression<'a> {
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
                excepted: run.verdict.excepted(),
            },
            summary: Summary { findings: Counts::of(run), notifications },
            coverage: &run.coverage,
            rules: run.findings.iter().map(|finding| (finding.rule.id.as_str(), &*finding.rule)).collect(),
            findings: &run.findings,
            fixed: run.absent.iter().map(ReportFixed::of).collect(),
            notifications: &run.notifications,
        }
    }
}

impl<'a> ReportCondition<'a> {
    fn of(condition: &'a Condition) -> ReportCondition<'a> {
        ReportCondition {
            analysis: condition.analysis.map(|analysis| analysis.name()),
            fail_on: condition.fail_on.map(|level| level.name()),
            count: condition.count,
            place: condition.place.as_ref(),
            limit: condition.limit.as_ref(),
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
            outcome: finding.outcome.name(),
            baseline: finding.baseline.map(|state| state.name()),
            suppressions: finding.suppressions.iter().map(ReportSuppression::of).collect(),
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

    /// A line of a file that configures `gate`.
    #[derive(JsonSchema)]
    #[schemars(inline)]
    #[allow(dead_code, reason = "a shape for the schema")]
    pub struct PlaceSchema {
        /// Relative to the root of the scan where it lies below it.
        file: String,
        /// From 1.
        line: u32,
    }

    /// What was too many or too much.
    #[derive(JsonSchema)]
    #[schemars(inline)]
    #[allow(dead_code, reason = "a shape for the schema")]
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
use shapes::{
    AnalysisSchema, ConfidenceSchema, CoverageSchema, LevelSchema, LimitSchema, NotificationSchema, OriginSchema,
    PlaceSchema,
};
