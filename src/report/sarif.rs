//! SARIF 2.1.0, in the shape that GitHub code scanning accepts: every rule with its help, every result with all four region
//! fields and both fingerprints, no text empty.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use serde_sarif::sarif;

use super::{Counts, Format, Options};
use crate::model::{
    Condition, Finding, Level, Location, Notification, NotificationKind, Origin, RelPath, Rule, Run, Suppression,
};

pub struct Sarif;

/// GitHub reads at most so many tags of a rule.
const MAX_TAGS: usize = 20;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn describe(&self) -> &'static str {
        "SARIF 2.1.0, for code scanning and editors"
    }

    fn needs_line_hashes(&self) -> bool {
        true
    }

    fn write(&self, run: &Run, _options: Options, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &Log::of(run))?;
        writeln!(out)
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
    findings: &'a [Finding],
    rule_indices: HashMap<&'a str, i64>,
}

impl<'a> Log<'a> {
    fn of(run: &'a Run) -> Log<'a> {
        let (rules, rule_indices) = rules(run);
        let notifications = NotificationKind::ALL.iter().map(|kind| {
            sarif::ReportingDescriptor::builder().id(kind.id()).short_description(multiformat(kind.describe())).build()
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
                invocations: [invocation(run)],
                column_kind: "unicodeCodePoints",
                results: Results { findings: &run.findings, rule_indices },
                properties: run_properties(run),
            }],
        }
    }
}

fn each_result<S: Serializer>(results: &Results<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(results.findings.iter().map(|finding| result(finding, &results.rule_indices)))
}

/// All rules of the run and any other that has a finding, sorted by id, and where each of them stands.
fn rules(run: &Run) -> (Vec<sarif::ReportingDescriptor>, HashMap<&str, i64>) {
    let mut rules: BTreeMap<&str, &Rule> = run.rules.iter().map(|rule| (rule.id.as_str(), &**rule)).collect();
    for finding in &run.findings {
        rules.entry(finding.rule.id.as_str()).or_insert(&finding.rule);
    }
    let indices = rules.keys().zip(0..).map(|(id, index)| (*id, index)).collect();
    (rules.into_values().map(descriptor).collect(), indices)
}

fn descriptor(rule: &Rule) -> sarif::ReportingDescriptor {
    let mut properties = BTreeMap::from([("precision".to_owned(), json!(rule.confidence.name()))]);
    if let Some(severity) = rule.security_severity {
        properties.insert("security-severity".to_owned(), json!(severity.to_string()));
    }
    let bag = sarif::PropertyBag::builder().tags(tags(rule)).additional_properties(properties).build();
    let configuration = sarif::ReportingConfiguration::builder().level(json!(rule.level.name())).build();
    let mut descriptor = sarif::ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(identifier(&rule.name))
        .short_description(multiformat(&rule.name))
        .full_description(multiformat(&rule.why))
        .help(help(rule))
        .default_configuration(configuration)
        .properties(bag)
        .build();
    descriptor.help_uri = rule.references.first().filter(|address| address.starts_with("http")).cloned();
    if !rule.formerly.is_empty() {
        descriptor.deprecated_ids = Some(rule.formerly.iter().map(ToString::to_string).collect());
    }
    descriptor
}

/// GitHub groups by CWE where the tag has this form.
fn tags(rule: &Rule) -> Vec<String> {
    let is_security = rule.security_severity.is_some() || !rule.cwe.is_empty();
    let mut tags = vec![rule.id.group().to_owned()];
    tags.extend(is_security.then(|| "security".to_owned()));
    tags.extend(rule.analysis().map(|analysis| analysis.name().to_owned()).filter(|name| *name != tags[0]));
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    tags.extend(rule.owasp.iter().map(|category| format!("external/owasp/{}", category.to_lowercase())));
    tags.dedup();
    tags.truncate(MAX_TAGS);
    tags
}

/// `Command run through a shell` as `CommandRunThroughAShell`: SARIF wants a stable identifier beside the id.
fn identifier(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect::<String>())
    };
    words.map(capital).collect()
}

fn help(rule: &Rule) -> sarif::MultiformatMessageString {
    let mut text = format!("{}\n\nHow to fix it: {}", rule.why, rule.fix);
    let mut markdown = format!("{}\n\n## How to fix it\n\n{}", rule.why, rule.fix);
    // Writing to a text cannot fail.
    if let Some(place) = &rule.revoke {
        let _ = write!(text, "\n\nRevoke it at {place}");
        let _ = write!(markdown, "\n\nRevoke it at <{place}>.");
    }
    if !rule.references.is_empty() {
        let _ = write!(text, "\n\nSee {}", rule.references.join(", "));
        let _ = write!(markdown, "\n\n## References\n");
        for reference in &rule.references {
            let _ = write!(markdown, "\n- <{reference}>");
        }
    }
    sarif::MultiformatMessageString::builder().text(text).markdown(markdown).build()
}

fn result(finding: &Finding, rule_indices: &HashMap<&str, i64>) -> sarif::Result {
    let mut properties: BTreeMap<String, Value> =
        finding.properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    properties.insert("confidence".to_owned(), json!(finding.confidence.name()));
    properties.insert("outcome".to_owned(), json!(finding.outcome.name()));
    if let Some(secret) = &finding.secret {
        properties.insert("secret".to_owned(), json!(secret.to_string()));
    }
    let mut place = location(&finding.location, finding.snippet.marked());
    let mut text = finding.message.clone();
    if let Some(origin) = &finding.origin {
        properties.insert("origin".to_owned(), serde_json::to_value(origin).unwrap_or_default());
        place.logical_locations = Some(vec![logical(origin)]);
        // A viewer shows today's file of that name, if there is one: only the message can say better.
        text += &format!(" (in the history: {})", origin.describe());
    }
    let mut result = sarif::Result::builder()
        .rule_id(finding.rule.id.as_str())
        .level(result_level(finding.level))
        .message(message(&text))
        .locations(vec![place])
        .partial_fingerprints(fingerprints(finding))
        .properties(sarif::PropertyBag::builder().additional_properties(properties).build())
        .build();
    result.rule_index = rule_indices.get(finding.rule.id.as_str()).copied();
    if !finding.related.is_empty() {
        let related = finding.related.iter().zip(1..).map(|(related, id)| {
            let mut place = location(&related.location, None);
            place.id = Some(id);
            place.message = Some(message(&related.message));
            place
        });
        result.related_locations = Some(related.collect());
    }
    if !finding.suppressions.is_empty() {
        result.suppressions = Some(finding.suppressions.iter().map(suppression).collect());
    }
    result.baseline_state = finding.baseline.map(|state| json!(state.name()));
    result
}

/// SARIF 2.1.0 has no field for an expiry or an owner: they go to the properties.
fn suppression(suppression: &Suppression) -> sarif::Suppression {
    let mut told = sarif::Suppression::builder()
        .kind(suppression.kind.id())
        .justification(filled(&suppression.justification))
        .build();
    if let Some(exception) = &suppression.exception {
        let facts = BTreeMap::from([
            ("owner".to_owned(), json!(exception.owner)),
            ("expires".to_owned(), json!(exception.expires.to_string())),
        ]);
        told.properties = Some(sarif::PropertyBag::builder().additional_properties(facts).build());
        let region = sarif::Region::builder().start_line(i64::from(exception.place.line.max(1))).build();
        told.location = Some(physical(&exception.place.file, Some(region)));
    }
    told
}

fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let known = [("primaryLocationLineHash", &finding.fingerprint.line_hash), ("gate/v1", &finding.fingerprint.gate)];
    let given = known.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn result_level(level: Level) -> sarif::ResultLevel {
    match level {
        Level::None => sarif::ResultLevel::None,
        Level::Note => sarif::ResultLevel::Note,
        Level::Warning => sarif::ResultLevel::Warning,
        Level::Error => sarif::ResultLevel::Error,
    }
}

fn location(location: &Location, snippet: Option<&str>) -> sarif::Location {
    // A finding about a whole file, or about none of its lines, still needs a place that is valid: its start.
    let region = &location.region;
    let start = (region.start_line.max(1), region.start_column.max(1));
    let end = (region.end_line, region.end_column.max(1)).max(start);
    let mut area = sarif::Region::builder()
        .start_line(i64::from(start.0))
        .start_column(i64::from(start.1))
        .end_line(i64::from(end.0))
        .end_column(i64::from(end.1))
        .build();
    area.snippet =
        snippet.filter(|line| !line.is_empty()).map(|line| sarif::ArtifactContent::builder().text(line).build());
    physical(&location.path, Some(area))
}

fn physical(path: &RelPath, region: Option<sarif::Region>) -> sarif::Location {
    let mut physical = sarif::PhysicalLocation::builder()
        .artifact_location(sarif::ArtifactLocation::builder().uri(uri(path)).build())
        .build();
    physical.region = region;
    sarif::Location::builder().physical_location(physical).build()
}

/// The object of the repository that a finding stands in.
fn logical(origin: &Origin) -> sarif::LogicalLocation {
    let name = origin.commit.as_ref().unwrap_or(&origin.object);
    sarif::LogicalLocation::builder().fully_qualified_name(name.as_str()).kind(origin.kind.id()).build()
}

/// A relative path as a URI reference: what is not unreserved is percent-encoded.
fn uri(path: &RelPath) -> String {
    if path.as_str().is_empty() {
        return ".".to_owned();
    }
    let mut uri = String::with_capacity(path.as_str().len());
    for byte in path.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@+,=()!$'*;".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

fn invocation(run: &Run) -> sarif::Invocation {
    let notifications: Vec<sarif::Notification> = run.notifications.iter().map(notification).collect();
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
    let descriptor = sarif::ReportingDescriptorReference::builder().id(notification.kind.id()).build();
    let mut told = sarif::Notification::builder()
        .level(level)
        .descriptor(descriptor)
        .message(message(&notification.message))
        .build();
    told.locations = notification.path.as_ref().map(|path| {
        let region = notification.line.map(|line| sarif::Region::builder().start_line(i64::from(line.max(1))).build());
        vec![physical(path, region)]
    });
    told
}

fn run_properties(run: &Run) -> Value {
    let conditions: Vec<Value> = run.verdict.conditions().iter().map(condition).collect();
    json!({
        "verdict": run.verdict.name(),
        "exitCode": run.verdict.exit_code(),
        "conditions": conditions,
        "excepted": run.verdict.excepted(),
        "analyses": run.analyses,
        "findings": Counts::of(run),
        "coverage": run.coverage,
    })
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
