//! SARIF 2.1.0, in the shape that GitHub code scanning accepts: every rule with its help, every result with all four region
//! fields and both fingerprints, no text empty. The full profile has everything; the one for GitHub what GitHub makes good use
//! of, within its limits.

mod limits;
mod result;
mod rule;

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use serde_sarif::sarif;

use self::limits::{Limits, Selection};
use self::result::physical;
use super::{Counts, Format, Omitted, Options};
use crate::model::{BaselineEntry, Condition, Finding, Notification, NotificationKind, Run};

/// SARIF with or without the limits of a reader.
pub struct Sarif {
    name: &'static str,
    description: &'static str,
    limits: Option<Limits>,
}

/// Everything: accepted findings with their suppressions, baseline states, what is gone.
pub const FULL: Sarif =
    Sarif { name: "sarif", description: "SARIF 2.1.0 with everything, for editors and archives", limits: None };

/// GitHub opens an alert for a suppressed result and refuses files over its limits.
pub const GITHUB: Sarif = Sarif {
    name: "sarif-github",
    description: "SARIF for GitHub code scanning: open findings, within its limits",
    limits: Some(limits::GITHUB),
};

/// The kind of notification that tells of a trimmed report.
const TRIMMED: &str = "report-trimmed";

impl Format for Sarif {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> &'static str {
        self.description
    }

    fn needs_line_hashes(&self) -> bool {
        true
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        let tags = self.limits.as_ref().map_or(limits::TAGS, |limits| limits.tags);
        let (rules, indices) = rule::rules(run, tags);
        let selection = match &self.limits {
            None => Selection::everything(run),
            Some(limits) => limits.select(run, &indices)?,
        };
        serde_json::to_writer(&mut *out, &Log::of(run, rules, indices, &selection, options))?;
        writeln!(out)?;
        Ok(selection.omitted)
    }
}

/// The envelope is written by hand so that results are made one at a time: a whole tree of them would need half a
/// gigabyte for a hundred thousand.
#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [RunLog<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunLog<'a> {
    tool: sarif::Tool,
    automation_details: sarif::RunAutomationDetails,
    invocations: [sarif::Invocation; 1],
    column_kind: &'static str,
    #[serde(serialize_with = "each_result")]
    results: Results<'a>,
    properties: Value,
}

struct Results<'a> {
    findings: &'a [&'a Finding],
    absent: &'a [BaselineEntry],
    rule_indices: HashMap<&'a str, i64>,
    most_locations: usize,
}

impl<'a> Log<'a> {
    fn of(
        run: &'a Run,
        rules: Vec<sarif::ReportingDescriptor>,
        rule_indices: HashMap<&'a str, i64>,
        selection: &'a Selection<'a>,
        options: Options<'_>,
    ) -> Log<'a> {
        let kinds = NotificationKind::ALL.iter().map(|kind| (kind.id(), kind.describe()));
        let kinds = kinds.chain(selection.omitted.is_some().then_some((TRIMMED, "results that the report leaves out")));
        let notifications = kinds.map(|(id, description)| {
            sarif::ReportingDescriptor::builder().id(id).short_description(multiformat(description)).build()
        });
        let driver = sarif::ToolComponent::builder()
            .name("gate")
            .version(env!("CARGO_PKG_VERSION"))
            .semantic_version(env!("CARGO_PKG_VERSION"))
            .rules(rules)
            .notifications(notifications.collect::<Vec<_>>())
            .build();
        Log {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [RunLog {
                tool: sarif::Tool::builder().driver(driver).build(),
                automation_details: sarif::RunAutomationDetails::builder().id("gate/").build(),
                invocations: [invocation(run, &selection.omitted)],
                column_kind: "unicodeCodePoints",
                results: Results {
                    findings: &selection.findings,
                    absent: selection.absent,
                    rule_indices,
                    most_locations: selection.most_locations,
                },
                properties: run_properties(run, options),
            }],
        }
    }
}

fn each_result<S: Serializer>(results: &Results<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let Results { findings, absent, rule_indices, most_locations } = results;
    let findings = findings.iter().map(|finding| result::result(finding, rule_indices, *most_locations));
    serializer.collect_seq(findings.chain(absent.iter().map(|entry| result::absent(entry, rule_indices))))
}

fn invocation(run: &Run, omitted: &Omitted) -> sarif::Invocation {
    let mut notifications: Vec<sarif::Notification> = run.notifications.iter().map(notification).collect();
    notifications.extend(omitted.as_ref().map(|omitted| told(TRIMMED, "warning", omitted)));
    sarif::Invocation::builder()
        .execution_successful(run.verdict.exit_code() != 2)
        .exit_code(i64::from(run.verdict.exit_code()))
        .exit_code_description(run.verdict.name())
        .tool_execution_notifications(notifications)
        .build()
}

fn notification(notification: &Notification) -> sarif::Notification {
    let level = match notification.kind {
        NotificationKind::Note => "note",
        kind if kind.is_incomplete() => "error",
        _ => "warning",
    };
    let mut told = told(notification.kind.id(), level, &notification.message);
    told.locations = notification.path.as_ref().map(|path| {
        let region = notification.line.map(|line| sarif::Region::builder().start_line(i64::from(line.max(1))).build());
        vec![physical(path, region)]
    });
    told
}

fn told(kind: &str, level: &str, text: &str) -> sarif::Notification {
    let descriptor = sarif::ReportingDescriptorReference::builder().id(kind).build();
    sarif::Notification::builder().level(level).descriptor(descriptor).message(message(text)).build()
}

fn run_properties(run: &Run, options: Options<'_>) -> Value {
    let conditions: Vec<Value> = run.verdict.conditions().iter().map(condition).collect();
    let mut properties = json!({
        "verdict": run.verdict.name(),
        "exitCode": run.verdict.exit_code(),
        "conditions": conditions,
        "excepted": run.verdict.excepted(),
        "analyses": run.analyses,
        "findings": Counts::of(run),
        "coverage": run.coverage,
    });
    if let Some(id) = options.run_id {
        properties["runId"] = json!(id);
    }
    properties
}

fn condition(condition: &Condition) -> Value {
    json!({
        "analysis": condition.analysis,
        "failOn": condition.fail_on,
        "count": condition.count,
        "place": condition.place,
        "limit": condition.limit,
    })
}

fn message(text: &str) -> sarif::Message {
    sarif::Message::builder().text(filled(text)).build()
}

fn multiformat(text: &str) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(filled(text)).build()
}

/// GitHub refuses empty texts.
fn filled(text: &str) -> &str {
    if text.trim().is_empty() { "(no text)" } else { text }
}
