//! The JSON report: everything the run knows, in a versioned shape. The doc comments are its documentation: they become the
//! descriptions of `docs/schemas/gate-report.schema.json`.

mod events;
mod finding;
mod shapes;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};
use serde_json::Value;

use self::finding::{ReportFinding, ReportFixed, ReportRule};
use self::shapes::{AnalysisSchema, CoverageSchema, LevelSchema, LimitSchema, NotificationSchema, PlaceSchema};
use super::{Counts, Format, Omitted, Options};
use crate::model::{Condition, ConfigPlace, Coverage, Finding, Limit, Notification, Rule, Run};

pub use self::events::{Events, schema as events_schema};

pub struct Json;

/// Changes when a reader of the former version would misread the new one.
const VERSION: u32 = 1;
const SCHEMA: &str = "urn:gate:report:1";

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn describe(&self) -> &'static str {
        "everything, for programs: docs/schemas/gate-report.schema.json"
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        serde_json::to_writer_pretty(&mut *out, &Report::of(run, options))?;
        writeln!(out)?;
        Ok(None)
    }
}

/// The JSON Schema of the report.
pub fn schema() -> Value {
    schema_of::<Report<'_>>(SCHEMA)
}

fn schema_of<T: JsonSchema>(id: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), id.into());
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
    /// What `--run-id` called this run; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
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

impl<'a> Report<'a> {
    fn of(run: &'a Run, options: Options<'a>) -> Report<'a> {
        Report {
            schema: SCHEMA,
            schema_version: VERSION,
            tool: TOOL,
            run_id: options.run_id,
            analyses: run.analyses.iter().map(|analysis| analysis.name()).collect(),
            verdict: ReportVerdict::of(run),
            summary: Summary::of(run),
            coverage: &run.coverage,
            rules: run.findings.iter().map(|finding| (finding.rule.id.as_str(), &*finding.rule)).collect(),
            findings: &run.findings,
            fixed: run.absent.iter().map(ReportFixed::of).collect(),
            notifications: &run.notifications,
        }
    }
}

const TOOL: Tool = Tool { name: "gate", version: env!("CARGO_PKG_VERSION") };

impl<'a> ReportVerdict<'a> {
    fn of(run: &'a Run) -> ReportVerdict<'a> {
        ReportVerdict {
            name: run.verdict.name(),
            exit_code: run.verdict.exit_code(),
            conditions: run.verdict.conditions().iter().map(ReportCondition::of).collect(),
            doubts: run.verdict.doubts(),
            excepted: run.verdict.excepted(),
        }
    }
}

impl Summary {
    fn of(run: &Run) -> Summary {
        let mut notifications = BTreeMap::new();
        for notification in &run.notifications {
            *notifications.entry(notification.kind.id()).or_default() += 1;
        }
        Summary { findings: Counts::of(run), notifications }
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

/// One at a time: a hundred thousand findings need no second copy in memory.
fn each_finding<S: Serializer>(findings: &&[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(ReportFinding::of))
}

fn each_rule<S: Serializer>(rules: &BTreeMap<&str, &Rule>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rules.iter().map(|(id, rule)| (id, ReportRule::of(rule))))
}
