//! Findings as results of SARIF.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde_json::{Value, json};
use serde_sarif::sarif;

use super::{filled, message};
use crate::model::{BaselineEntry, BaselineState, Finding, Fix, Level, Location, Origin, RelPath, Suppression};

/// The name of our own fingerprint, and of the way in which it is made.
const FINGERPRINT: &str = "gate/v1";

/// With at most so many of its related locations.
pub fn result(finding: &Finding, rule_indices: &HashMap<&str, i64>, most_locations: usize) -> sarif::Result {
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
        let related = finding.related.iter().take(most_locations).zip(1..).map(|(related, id)| {
            let mut place = location(&related.location, None);
            place.id = Some(id);
            place.message = Some(message(&related.message));
            place
        });
        result.related_locations = Some(related.collect());
    }
    result.fixes = finding.fix.as_ref().map(|fix| vec![fixed(finding, fix)]);
    if !finding.suppressions.is_empty() {
        result.suppressions = Some(finding.suppressions.iter().map(suppression).collect());
    }
    result.baseline_state = finding.baseline.map(|state| json!(state.name()));
    result
}

/// What was known before and is gone. Where it stood nobody knows any more: the place is the file alone.
pub fn absent(entry: &BaselineEntry, rule_indices: &HashMap<&str, i64>) -> sarif::Result {
    let mut result = sarif::Result::builder()
        .rule_id(entry.rule.as_str())
        .message(message(&format!("gone: {}", filled(&entry.context))))
        .locations(vec![physical(&RelPath::new(entry.path.as_str()), None)])
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), entry.fingerprint.clone())]))
        .build();
    result.rule_index = rule_indices.get(entry.rule.as_str()).copied();
    result.baseline_state = Some(json!(BaselineState::Absent.name()));
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

/// The finding's own region, written anew.
fn fixed(finding: &Finding, fix: &Fix) -> sarif::Fix {
    let content = sarif::ArtifactContent::builder().text(fix.text.as_str()).build();
    let replacement =
        sarif::Replacement::builder().deleted_region(area(&finding.location)).inserted_content(content).build();
    let change = sarif::ArtifactChange::builder()
        .artifact_location(sarif::ArtifactLocation::builder().uri(uri(&finding.location.path)).build())
        .replacements(vec![replacement])
        .build();
    sarif::Fix::builder().artifact_changes(vec![change]).build()
}

fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let known = [("primaryLocationLineHash", &finding.fingerprint.line_hash), (FINGERPRINT, &finding.fingerprint.gate)];
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
    let mut area = area(location);
    area.snippet =
        snippet.filter(|line| !line.is_empty()).map(|line| sarif::ArtifactContent::builder().text(line).build());
    physical(&location.path, Some(area))
}

fn area(location: &Location) -> sarif::Region {
    // A finding about a whole file, or about none of its lines, still needs a place that is valid: its start.
    let region = &location.region;
    let start = (region.start_line.max(1), region.start_column.max(1));
    let end = (region.end_line, region.end_column.max(1)).max(start);
    sarif::Region::builder()
        .start_line(i64::from(start.0))
        .start_column(i64::from(start.1))
        .end_line(i64::from(end.0))
        .end_column(i64::from(end.1))
        .build()
}

pub fn physical(path: &RelPath, region: Option<sarif::Region>) -> sarif::Location {
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
