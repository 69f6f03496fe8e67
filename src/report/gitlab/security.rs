//! GitLab's security reports, version 15.2.1 of their schemas. Each kind has the findings that it is about; GitLab has no word
//! for one that was accepted, so only open ones are in them.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::super::rank::{self, Severity};
use super::super::{Format, Omitted, Options, clean, property, uuid, words};
use crate::model::{Analysis, Finding, NotificationKind, Run};

/// One kind of security report.
pub struct Security {
    name: &'static str,
    description: &'static str,
    /// As `scan.type` names it.
    kind: &'static str,
    holds: fn(&Finding) -> bool,
    location: fn(&Finding) -> Value,
}

pub const SAST: Security = Security {
    name: "gitlab-sast",
    description: "GitLab's SAST report: what of code and configuration is a risk",
    kind: "sast",
    holds: |finding| {
        let is_code = matches!(finding.rule.analysis(), Some(Analysis::Code | Analysis::Compliance));
        is_code && (finding.rule.security_severity.is_some() || !finding.rule.cwe.is_empty())
    },
    location: lines,
};

pub const SECRET_DETECTION: Security = Security {
    name: "gitlab-secret-detection",
    description: "GitLab's secret detection report",
    kind: "secret_detection",
    holds: |finding| finding.rule.analysis() == Some(Analysis::Secrets),
    location: |finding| {
        let origin = finding.origin.as_ref();
        // What GitLab's own analyzer writes for the files of today.
        let sha = origin.map_or("0000000", |origin| origin.commit.as_deref().unwrap_or(&origin.object));
        let mut commit = json!({ "sha": sha });
        if let Some(origin) = origin {
            let facts = [("author", &origin.author), ("date", &origin.date)];
            for (name, fact) in facts.into_iter().filter_map(|(name, fact)| Some((name, fact.as_ref()?))) {
                commit[name] = json!(clean::one_line(fact));
            }
        }
        let mut location = lines(finding);
        location["commit"] = commit;
        location
    },
};

pub const DEPENDENCY_SCANNING: Security = Security {
    name: "gitlab-dependency-scanning",
    description: "GitLab's dependency scanning report",
    kind: "dependency_scanning",
    holds: |finding| finding.rule.analysis() == Some(Analysis::Dependencies) && text(finding, "package").is_some(),
    location: |finding| {
        json!({
            "file": finding.location.path,
            "dependency": {
                "package": { "name": text(finding, "package").unwrap_or_default() },
                "version": text(finding, "version").unwrap_or_default(),
            },
        })
    },
};

const VERSION: &str = "15.2.1";
/// The schemas' own limits, in characters.
const LONGEST_NAME: usize = 250;
const LONGEST_SOLUTION: usize = 6_900;
/// What GitLab shows of a scan's messages; the rest is counted.
const MOST_MESSAGES: usize = 50;
/// Where nobody says when it was: a report of the same tree is the same report.
const NO_TIME: &str = "1970-01-01T00:00:00";

impl Format for Security {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> &'static str {
        self.description
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        let report = Report {
            version: VERSION,
            schema: format!(
                "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v{VERSION}/dist/{}-report-format.json",
                self.kind.replace('_', "-")
            ),
            scan: scan(self.kind, run, options.time.unwrap_or(NO_TIME)),
            vulnerabilities: Vulnerabilities { format: self, findings: &run.findings },
        };
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        Ok(None)
    }
}

#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    schema: String,
    scan: Value,
    vulnerabilities: Vulnerabilities<'a>,
}

struct Vulnerabilities<'a> {
    format: &'a Security,
    findings: &'a [Finding],
}

impl Serialize for Vulnerabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let held = self.findings.iter().filter(|finding| rank::is_open(finding) && (self.format.holds)(finding));
        serializer.collect_seq(held.map(|finding| vulnerability(finding, (self.format.location)(finding))))
    }
}

/// `time` is RFC 3339 without an offset.
fn scan(kind: &str, run: &Run, time: &str) -> Value {
    let program = json!({
        "id": "gate",
        "name": "gate",
        "version": env!("CARGO_PKG_VERSION"),
        "vendor": { "name": "gate" },
    });
    let told: Vec<_> = run.notifications.iter().filter(|told| told.kind != NotificationKind::Note).collect();
    let facts = words::facts(run, "").join(" · ");
    let mut messages = vec![message(false, &format!("{}: {facts}", words::verdict(&run.verdict)))];
    messages.extend(told.iter().take(MOST_MESSAGES).map(|told| {
        let place = told.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        message(told.kind.is_incomplete(), &format!("{}: {place}{}", told.kind.describe(), told.message))
    }));
    if told.len() > MOST_MESSAGES {
        messages.push(message(false, &format!("and {} more", told.len() - MOST_MESSAGES)));
    }
    json!({
        "analyzer": program,
        "scanner": program,
        "type": kind,
        "start_time": time,
        "end_time": time,
        "status": if run.verdict.exit_code() == 2 { "failure" } else { "success" },
        "messages": messages,
    })
}

fn message(is_warning: bool, text: &str) -> Value {
    json!({ "level": if is_warning { "warn" } else { "info" }, "value": clean::one_line(text) })
}

fn vulnerability(finding: &Finding, location: Value) -> Value {
    let rule = &finding.rule;
    let solution = match (&rule.revoke, text(finding, "fixed")) {
        (Some(place), _) => format!("Revoke it at {place}. {}", rule.fix),
        (None, Some(version)) => format!("Update to {version}. {}", rule.fix),
        (None, None) => rule.fix.clone(),
    };
    let links = rule.references.iter().filter(|address| address.starts_with("http"));
    let links: Vec<Value> = links.map(|address| json!({ "url": address })).collect();
    json!({
        "id": uuid("gate 2026 gitlab", &finding.fingerprint.gate),
        "name": clean::cut(&rule.name, LONGEST_NAME),
        "description": format!("{}\n\n{}", clean::printable(&finding.message), rule.why),
        "severity": match Severity::of(finding) {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Info => "Info",
        },
        "solution": clean::cut(&solution, LONGEST_SOLUTION),
        "identifiers": identifiers(finding),
        "links": links,
        "location": location,
    })
}

/// The first one is what GitLab knows it by: the advisory, or else the rule.
fn identifiers(finding: &Finding) -> Vec<Value> {
    let rule = finding.rule.id.as_str();
    let mut identifiers = Vec::new();
    if let Some(advisory) = text(finding, "advisory") {
        let mut identifier = of_advisory(advisory);
        if let Some(url) = text(finding, "url").filter(|url| url.starts_with("http")) {
            identifier["url"] = json!(url);
        }
        identifiers.push(identifier);
        let aliases = property(finding, "aliases").and_then(Value::as_array);
        identifiers.extend(aliases.into_iter().flatten().filter_map(Value::as_str).map(of_advisory));
    }
    identifiers.push(json!({ "type": "gate_rule_id", "name": format!("gate {rule}"), "value": rule }));
    identifiers.extend(finding.rule.cwe.iter().map(|number| {
        let url = format!("https://cwe.mitre.org/data/definitions/{number}.html");
        json!({ "type": "cwe", "name": format!("CWE-{number}"), "value": number.to_string(), "url": url })
    }));
    identifiers
}

/// `CVE-2024-1` is of the type `cve`.
fn of_advisory(id: &str) -> Value {
    let kind = id.split('-').next().unwrap_or_default().to_ascii_lowercase();
    json!({ "type": if kind.is_empty() { "advisory" } else { kind.as_str() }, "name": id, "value": id })
}

fn lines(finding: &Finding) -> Value {
    let region = &finding.location.region;
    let start = region.start_line.max(1);
    json!({ "file": finding.location.path, "start_line": start, "end_line": region.end_line.max(start) })
}

fn text<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    property(finding, name).and_then(Value::as_str)
}
