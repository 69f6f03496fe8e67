//! SonarQube's generic issue format, in the form since 10.3: rules, and the open findings as issues of them. Type and severity
//! of the older kind are there too, for servers in the standard mode.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::rank::{self, Severity};
use super::{Format, Omitted, Options, clean};
use crate::model::{Finding, Location, Rule, Run};

pub struct Sonar;

impl Format for Sonar {
    fn name(&self) -> &'static str {
        "sonar"
    }

    fn describe(&self) -> &'static str {
        "SonarQube's generic issues: all open findings"
    }

    fn write(&self, run: &Run, _options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        // A rule has one severity there: that of its gravest finding.
        let mut rules: BTreeMap<&str, (&Rule, Severity)> = BTreeMap::new();
        for finding in run.findings.iter().filter(|finding| rank::is_open(finding)) {
            let severity = Severity::of(finding);
            let known = rules.entry(finding.rule.id.as_str()).or_insert((&finding.rule, severity));
            known.1 = known.1.min(severity);
        }
        let rules = rules.into_values().map(|(rule, severity)| told(rule, severity)).collect();
        serde_json::to_writer_pretty(&mut *out, &Report { rules, issues: Issues(&run.findings) })?;
        writeln!(out)?;
        Ok(None)
    }
}

#[derive(Serialize)]
struct Report<'a> {
    rules: Vec<Value>,
    issues: Issues<'a>,
}

struct Issues<'a>(&'a [Finding]);

impl Serialize for Issues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().filter(|finding| rank::is_open(finding)).map(issue))
    }
}

fn told(rule: &Rule, severity: Severity) -> Value {
    let is_security = rule.security_severity.is_some() || !rule.cwe.is_empty();
    // 10.3 knows three severities of an impact, and a report with a fourth is refused.
    let impact = match severity {
        Severity::Critical | Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low | Severity::Info => "LOW",
    };
    json!({
        "id": rule.id.as_str(),
        "name": rule.name,
        "description": format!("{}\n\n{}", rule.why, rule.fix),
        "engineId": "gate",
        "cleanCodeAttribute": if is_security { "TRUSTWORTHY" } else { "CONVENTIONAL" },
        "type": if is_security { "VULNERABILITY" } else { "CODE_SMELL" },
        "severity": match severity {
            Severity::Critical => "BLOCKER",
            Severity::High => "CRITICAL",
            Severity::Medium => "MAJOR",
            Severity::Low => "MINOR",
            Severity::Info => "INFO",
        },
        "impacts": [{ "softwareQuality": if is_security { "SECURITY" } else { "MAINTAINABILITY" }, "severity": impact }],
    })
}

fn issue(finding: &Finding) -> Value {
    let mut message = clean::one_line(&finding.message);
    let mut primary = place(&finding.location);
    if let Some(origin) = &finding.origin {
        // Sonar refuses a report that names a line which today's file does not have.
        primary["textRange"] = json!({ "startLine": 1 });
        message += &format!(" (in the history: {})", clean::one_line(&origin.describe()));
    }
    primary["message"] = json!(message);
    let mut issue = json!({ "ruleId": finding.rule.id.as_str(), "primaryLocation": primary });
    if !finding.related.is_empty() {
        let related = finding.related.iter().map(|related| {
            let mut place = place(&related.location);
            place["message"] = json!(clean::one_line(&related.message));
            place
        });
        issue["secondaryLocations"] = related.collect();
    }
    issue
}

/// Columns count from 0 there. Ours count code points and Sonar's UTF-16 units: never past the end of the line.
fn place(location: &Location) -> Value {
    let region = &location.region;
    let start = region.start_line.max(1);
    let mut range = json!({ "startLine": start });
    if region.end_line > start {
        range["endLine"] = json!(region.end_line);
    } else if region.start_column < region.end_column {
        range["startColumn"] = json!(region.start_column.saturating_sub(1));
        range["endColumn"] = json!(region.end_column.saturating_sub(1));
    }
    json!({ "filePath": location.path, "textRange": range })
}
