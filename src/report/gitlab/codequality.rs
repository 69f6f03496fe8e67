//! GitLab's Code Quality report: a list of all open findings, whatever they are about.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::super::rank::{self, Severity};
use super::super::{Format, Omitted, Options, clean};
use crate::model::{Finding, Run};

pub struct CodeQuality;

impl Format for CodeQuality {
    fn name(&self) -> &'static str {
        "gitlab-codequality"
    }

    fn describe(&self) -> &'static str {
        "GitLab's Code Quality report: all open findings"
    }

    fn write(&self, run: &Run, _options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        serde_json::to_writer_pretty(&mut *out, &Issues(&run.findings))?;
        writeln!(out)?;
        Ok(None)
    }
}

struct Issues<'a>(&'a [Finding]);

impl Serialize for Issues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().filter(|finding| rank::is_open(finding)).map(Issue::of))
    }
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Place<'a>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

impl<'a> Issue<'a> {
    fn of(finding: &'a Finding) -> Issue<'a> {
        let region = &finding.location.region;
        let begin = region.start_line.max(1);
        let history = finding.origin.as_ref().map(|origin| format!(" (in the history: {})", origin.describe()));
        Issue {
            description: clean::one_line(&format!("{}{}", finding.message, history.unwrap_or_default())),
            check_name: finding.rule.id.as_str(),
            fingerprint: &finding.fingerprint.gate,
            severity: match Severity::of(finding) {
                Severity::Critical => "blocker",
                Severity::High => "critical",
                Severity::Medium => "major",
                Severity::Low => "minor",
                Severity::Info => "info",
            },
            location: Place {
                path: finding.location.path.as_str(),
                lines: Lines { begin, end: region.end_line.max(begin) },
            },
        }
    }
}
