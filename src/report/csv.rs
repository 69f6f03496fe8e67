//! Comma-separated values after RFC 4180: a line for each finding, whatever became of it. A value that a spreadsheet would take
//! for a formula starts with an apostrophe.

use std::io::{self, Write};

use super::rank::Severity;
use super::{Format, Omitted, Options, clean, property};
use crate::model::{Finding, Outcome, Run};

pub struct Csv;

const HEADER: &[&str] = &[
    "status",
    "level",
    "severity",
    "confidence",
    "rule",
    "name",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "message",
    "cwe",
    "package",
    "version",
    "advisory",
    "baseline",
    "reason",
    "owner",
    "expires",
    "commit",
    "fingerprint",
];

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn describe(&self) -> &'static str {
        "a line for each finding, for spreadsheets"
    }

    fn write(&self, run: &Run, _options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        write!(out, "{}\r\n", HEADER.join(","))?;
        for finding in &run.findings {
            let fields = fields(finding).map(|value| field(&value));
            write!(out, "{}\r\n", fields.join(","))?;
        }
        Ok(None)
    }
}

/// In the order of [`HEADER`].
fn fields(finding: &Finding) -> [String; HEADER.len()] {
    let (rule, region) = (&finding.rule, &finding.location.region);
    let fact = |name| property(finding, name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let of_suppression = |tell: &dyn Fn(&crate::model::Suppression) -> Option<String>| {
        finding.suppressions.iter().filter_map(tell).collect::<Vec<_>>().join("; ")
    };
    let cwe: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let commit = finding.origin.as_ref().and_then(|origin| origin.commit.clone());
    [
        status(finding).to_owned(),
        finding.level.to_string(),
        severity(finding).to_owned(),
        finding.confidence.to_string(),
        rule.id.to_string(),
        rule.name.clone(),
        finding.location.path.to_string(),
        region.start_line.to_string(),
        region.start_column.to_string(),
        region.end_line.to_string(),
        region.end_column.to_string(),
        finding.message.clone(),
        cwe.join(" "),
        fact("package"),
        fact("version"),
        fact("advisory"),
        finding.baseline.map(|state| state.name().to_owned()).unwrap_or_default(),
        of_suppression(&|suppression| Some(suppression.justification.clone())),
        of_suppression(&|suppression| suppression.exception.as_ref().map(|note| note.owner.clone())),
        of_suppression(&|suppression| suppression.exception.as_ref().map(|note| note.expires.to_string())),
        commit.unwrap_or_default(),
        finding.fingerprint.gate.clone(),
    ]
}

fn status(finding: &Finding) -> &'static str {
    match finding {
        _ if finding.fails() => "fails",
        _ if finding.is_excepted() => "exception",
        _ if finding.is_suppressed() => "accepted",
        _ if finding.outcome == Outcome::Off => "off",
        _ if finding.is_known() => "known",
        _ => "open",
    }
}

fn severity(finding: &Finding) -> &'static str {
    match Severity::of(finding) {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// Quoted where it must be. Spreadsheets take what starts with one of these for a formula (OWASP, "CSV Injection").
fn field(value: &str) -> String {
    let value = clean::one_line(value);
    let value = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{value}") } else { value };
    if value.contains(['"', ',', '\n', ';']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_no_formula() {
        for (value, written) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=HYPERLINK(\"a\")", "\"'=HYPERLINK(\"\"a\"\")\""),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" \t=1", "'=1"),
            ("-1", "'-1"),
            ("two\r\nlines", "two lines"),
        ] {
            assert_eq!(field(value), written);
        }
    }
}
