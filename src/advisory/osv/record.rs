//! An advisory as OSV writes it (<https://ossf.github.io/osv-schema/>, 1.7), cut down to what is judged and reported.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::score;
use crate::model::{AdvisoryKind, SecuritySeverity};

/// What a record says of one package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub id: String,
    pub aliases: Vec<String>,
    pub title: String,
    pub description: String,
    /// When it was published, `YYYY-MM-DD`.
    pub date: String,
    pub kind: AdvisoryKind,
    /// By the newest CVSS among its vectors.
    pub severity: Option<SecuritySeverity>,
    /// `12` of the ecosystem `Debian:12`.
    pub release: Option<String>,
    /// Without those of commits, which no lockfile tells.
    pub ranges: Vec<Range>,
    /// Affected versions, as the ecosystem writes them.
    pub versions: Vec<String>,
    pub functions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Range {
    /// By Semantic Versioning, whatever the ecosystem's own order is.
    pub is_semver: bool,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Event {
    Introduced(String),
    Fixed(String),
    LastAffected(String),
    Limit(String),
}

/// A record taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Parsed {
    pub id: String,
    /// As it is written: RFC 3339.
    pub modified: String,
    /// Empty for one that was withdrawn. The ecosystem without its release, the name as the record has it.
    pub packages: Vec<(String, String, Entry)>,
}

/// Reads a record; the message of an error says what is wrong and quotes none of it.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, String> {
    let raw: Raw = serde_json::from_slice(bytes)
        .map_err(|error| format!("not an OSV record: {} at line {}", category(&error), error.line()))?;
    if raw.id.is_empty() {
        return Err("not an OSV record: it has no id".to_owned());
    }
    let packages = match raw.withdrawn {
        Some(_) => Vec::new(),
        None => raw.affected.iter().filter_map(|affected| entry(&raw, affected)).collect(),
    };
    Ok(Parsed { id: raw.id, modified: raw.modified, packages })
}

fn category(error: &serde_json::Error) -> &'static str {
    use serde_json::error::Category;
    match error.classify() {
        Category::Io | Category::Eof => "it ends too early",
        Category::Syntax => "a syntax error",
        Category::Data => "a value of the wrong type",
    }
}

fn entry(raw: &Raw, affected: &Affected) -> Option<(String, String, Entry)> {
    let package = affected.package.as_ref()?;
    let (ecosystem, release) = match package.ecosystem.split_once(':') {
        Some((ecosystem, release)) => (ecosystem, Some(release.to_owned())),
        None => (package.ecosystem.as_str(), None),
    };
    let details = raw.details.trim();
    let title = match raw.summary.trim() {
        "" => first_sentence(details),
        summary => summary.to_owned(),
    };
    let vectors = if raw.severity.is_empty() { &affected.severity } else { &raw.severity };
    let entry = Entry {
        id: raw.id.clone(),
        aliases: raw.aliases.clone(),
        title,
        description: details.to_owned(),
        date: raw.published.as_deref().unwrap_or(&raw.modified).get(..10).unwrap_or_default().to_owned(),
        kind: kind(affected),
        severity: score::newest(vectors.iter().map(|one| (one.kind.as_str(), one.score.as_str())))
            .and_then(SecuritySeverity::from_score),
        release,
        ranges: affected.ranges.iter().filter_map(range).collect(),
        versions: affected.versions.clone(),
        functions: functions(&affected.ecosystem_specific),
    };
    Some((ecosystem.to_owned(), package.name.clone(), entry))
}

/// What stands for a title where there is none.
fn first_sentence(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = text.lines().next().unwrap_or_default().trim();
    let sentence = line.split_inclusive(". ").next().unwrap_or(line).trim_end().trim_end_matches('.');
    match sentence.char_indices().nth(LONGEST).and_then(|(end, _)| sentence.get(..end)) {
        Some(start) => format!("{}…", start.rsplit_once(' ').map_or(start, |(words, _)| words)),
        None => sentence.to_owned(),
    }
}

/// RustSec says in its OSV records too which of them are no vulnerabilities.
fn kind(affected: &Affected) -> AdvisoryKind {
    match affected.database_specific.get("informational").and_then(Value::as_str) {
        None => AdvisoryKind::Vulnerability,
        Some("unmaintained") => AdvisoryKind::Unmaintained,
        Some("unsound") => AdvisoryKind::Unsound,
        // An unknown kind is shown rather than lost.
        Some(_) => AdvisoryKind::Notice,
    }
}

fn range(raw: &RawRange) -> Option<Range> {
    let is_semver = match raw.kind.as_str() {
        "SEMVER" => true,
        "ECOSYSTEM" => false,
        _ => return None,
    };
    let event = |event: &RawEvent| match event {
        RawEvent { introduced: Some(version), .. } => Some(Event::Introduced(version.clone())),
        RawEvent { fixed: Some(version), .. } => Some(Event::Fixed(version.clone())),
        RawEvent { last_affected: Some(version), .. } => Some(Event::LastAffected(version.clone())),
        RawEvent { limit: Some(version), .. } => Some(Event::Limit(version.clone())),
        _ => None,
    };
    Some(Range { is_semver, events: raw.events.iter().filter_map(event).collect() })
}

/// As RustSec (`affects.functions`), GitHub (`affected_functions`) and Go (`imports[].symbols`) name them.
fn functions(specific: &Value) -> Vec<String> {
    let texts = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut functions = texts(specific.pointer("/affects/functions"));
    functions.extend(texts(specific.get("affected_functions")));
    for import in specific.get("imports").and_then(Value::as_array).into_iter().flatten() {
        let path = import.get("path").and_then(Value::as_str).unwrap_or_default();
        functions.extend(texts(import.get("symbols")).into_iter().map(|symbol| format!("{path}.{symbol}")));
    }
    functions.sort();
    functions.dedup();
    functions
}

#[derive(Deserialize)]
struct Raw {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    modified: String,
    published: Option<String>,
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    summary: String,
    #[serde(default, deserialize_with = "or_default")]
    details: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<Severity>,
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<Affected>,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Package>,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<Severity>,
    #[serde(default, deserialize_with = "or_default")]
    ranges: Vec<RawRange>,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
    #[serde(default)]
    ecosystem_specific: Value,
    #[serde(default)]
    database_specific: Value,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct Severity {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

#[derive(Deserialize)]
struct RawRange {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct RawEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

/// Some databases write `null` for a list that is empty.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parsed(record: &Value) -> Parsed {
        parse(&serde_json::to_vec(record).unwrap()).unwrap()
    }

    #[test]
    fn a_record_is_cut_down_to_what_is_used() {
        let record = serde_json::json!({
            "schema_version": "1.7.0", "id": "GHSA-1", "modified": "2024-05-06T07:08:09Z", "published": "2024-01-02T00:00:00Z",
            "aliases": ["CVE-1"], "related": null, "summary": "  Short  ", "details": "Long\n\ntext\n",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
            "affected": [
                {
                    "package": {"ecosystem": "Debian:12", "name": "a"},
                    "ranges": [
                        {"type": "GIT", "repo": "https://example.com/a.git", "events": [{"introduced": "0"}]},
                        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"limit": "9"}, {"odd": "1"}]},
                    ],
                    "versions": null,
                    "ecosystem_specific": {"affects": {"functions": ["b", "a"]}, "imports": [{"path": "p", "symbols": ["S"]}]},
                },
                {"ranges": [{"type": "GIT", "events": []}]},
                {"package": {"ecosystem": "crates.io", "name": "c"}, "database_specific": {"informational": "unsound"}},
            ],
        });
        let found = parsed(&record);
        assert_eq!(
            (found.id.as_str(), found.modified.as_str(), found.packages.len()),
            ("GHSA-1", "2024-05-06T07:08:09Z", 2)
        );
        let (ecosystem, name, entry) = &found.packages[0];
        assert_eq!((ecosystem.as_str(), name.as_str(), entry.release.as_deref()), ("Debian", "a", Some("12")));
        assert_eq!((entry.title.as_str(), entry.description.as_str()), ("Short", "Long\n\ntext"));
        assert_eq!((entry.date.as_str(), entry.severity), ("2024-01-02", SecuritySeverity::from_score(7.5)));
        assert_eq!(entry.functions, ["a", "b", "p.S"]);
        let events = vec![Event::Introduced("0".to_owned()), Event::Limit("9".to_owned())];
        assert_eq!(entry.ranges, [Range { is_semver: false, events }]);
        assert_eq!(found.packages[1].2.kind, AdvisoryKind::Unsound);
    }

    #[test]
    fn a_withdrawn_record_says_nothing_of_any_package() {
        let record = serde_json::json!({
            "id": "X-1", "modified": "2024-01-01T00:00:00Z", "withdrawn": "2024-01-01T00:00:00Z",
            "affected": [{"package": {"ecosystem": "npm", "name": "a"}, "versions": ["1.0.0"]}],
        });
        assert!(parsed(&record).packages.is_empty());
    }

    #[test]
    fn details_stand_in_for_a_title() {
        assert_eq!(first_sentence("One thing. Another thing.\nMore"), "One thing");
        assert_eq!(first_sentence("Version 1.2 of it"), "Version 1.2 of it");
        let cut = first_sentence(&"wörd ".repeat(50));
        assert!(cut.ends_with("wörd…") && cut.chars().count() <= 121, "{cut}");
        assert_eq!(first_sentence(""), "");
    }

    #[test]
    fn what_is_no_record_is_an_error_without_its_text() {
        for (text, said) in [
            ("", "too early"),
            ("{\"id\": \"X", "too early"),
            ("[]", "wrong type"),
            ("{\"id\": 5}", "wrong type"),
            ("{}", "wrong type"),
            ("{\"id\": \"\"}", "no id"),
            ("{\"id\": \"X\", \"affected\": {}}", "wrong type"),
            ("<html>", "syntax error at line 1"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
