//! The events of a run, one JSON object a line, for programs that read along: the run, its findings, what is gone, its
//! notifications, and last the verdict. Lines that end before it are those of a run that broke off.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::finding::{ReportFinding, ReportFixed};
use super::shapes::{AnalysisSchema, CoverageSchema, NotificationSchema};
use super::{ReportVerdict, Summary, TOOL, Tool, schema_of};
use crate::model::{Coverage, Notification, Run};
use crate::report::{Format, Omitted, Options};

pub struct Events;

/// Changes when a reader of the former version would misread the new one.
const VERSION: u32 = 1;
const SCHEMA: &str = "urn:gate:events:1";

impl Format for Events {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn describe(&self) -> &'static str {
        "the same line by line: docs/schemas/gate-events.schema.json"
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        let mut line = |event: &Event<'_>| -> io::Result<()> {
            serde_json::to_writer(&mut *out, event)?;
            writeln!(out)
        };
        line(&Event::RunStarted(Started {
            schema: SCHEMA,
            schema_version: VERSION,
            tool: TOOL,
            run_id: options.run_id,
            analyses: run.analyses.iter().map(|analysis| analysis.name()).collect(),
        }))?;
        run.findings.iter().try_for_each(|finding| line(&Event::Finding(Box::new(ReportFinding::of(finding)))))?;
        run.absent.iter().try_for_each(|entry| line(&Event::Fixed(ReportFixed::of(entry))))?;
        run.notifications.iter().try_for_each(|told| line(&Event::Notification(told)))?;
        line(&Event::Verdict(Ended {
            verdict: ReportVerdict::of(run),
            summary: Summary::of(run),
            coverage: &run.coverage,
        }))?;
        Ok(None)
    }
}

/// The JSON Schema of a line.
pub fn schema() -> Value {
    schema_of::<Event<'_>>(SCHEMA)
}

/// One line.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[schemars(title = "gate event")]
enum Event<'a> {
    /// The first line: what runs, and what for.
    RunStarted(Started<'a>),
    /// As in the JSON report, where the rules are described.
    Finding(Box<ReportFinding<'a>>),
    /// What was not looked at, in whole or in part, and why.
    Notification(#[schemars(with = "NotificationSchema")] &'a Notification),
    /// What the baseline, or the merge base, holds and this run did not find any more.
    Fixed(ReportFixed<'a>),
    /// The last line.
    Verdict(Ended<'a>),
}

#[derive(Serialize, JsonSchema)]
struct Started<'a> {
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
}

#[derive(Serialize, JsonSchema)]
struct Ended<'a> {
    verdict: ReportVerdict<'a>,
    /// Findings and notifications, counted.
    summary: Summary,
    #[schemars(with = "CoverageSchema")]
    coverage: &'a Coverage,
}
