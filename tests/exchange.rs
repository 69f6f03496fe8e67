//! The formats that other systems define: each is as its schema or its documentation says.

use std::collections::BTreeMap;

use gate::report::{Options, events_schema};
use serde_json::{Value, json};

use crate::formats::wide;
use crate::reports::{assert_valid, by_exception, closed, empty, parsed, plain, written};
use crate::support::verify_generated;

#[test]
fn gitlab_security_reports_are_as_their_schemas_say() {
    let text = include_str!("data/gitlab-security-15.2.1.json");
    for (format, kind, held) in [
        ("gitlab-sast", "sast", 1),
        ("gitlab-secret-detection", "secret_detection", 1),
        ("gitlab-dependency-scanning", "dependency_scanning", 1),
    ] {
        let mut schema: Value = serde_json::from_str(text).expect("the schema is JSON");
        let kinds = schema.as_object_mut().and_then(|schema| schema.remove("definitions")).expect("there are kinds");
        let of_kind = kinds[kind].clone();
        schema["properties"]["vulnerabilities"]["items"]["properties"]["location"] = of_kind;
        schema["properties"]["scan"]["properties"]["type"] = json!({ "const": kind });
        for run in [wide(), by_exception(), empty()] {
            assert_valid(&schema, &parsed(format, &run));
        }
        let report = parsed(format, &wide());
        assert_eq!(report["vulnerabilities"].as_array().map(Vec::len), Some(held), "{format}");
        assert_eq!(report["scan"]["start_time"], "1970-01-01T00:00:00");
    }
    let at = Options { time: Some("2026-03-04T05:06:07"), ..Options::default() };
    let report: Value = serde_json::from_str(&written("gitlab-sast", &wide(), at)).expect("the report is JSON");
    assert_eq!(report["scan"]["end_time"], "2026-03-04T05:06:07");
    let package = &parsed("gitlab-dependency-scanning", &wide())["vulnerabilities"][0];
    assert_eq!(package["severity"], "Critical", "by the advisory's score");
    assert_eq!(package["identifiers"][1], json!({"type": "cve", "name": "CVE-2020-26235", "value": "CVE-2020-26235"}));
    let secret = &parsed("gitlab-secret-detection", &wide())["vulnerabilities"][0];
    assert_eq!(secret["location"]["commit"]["sha"], "c".repeat(40));
}

/// Its documentation, "Code Quality report format".
#[test]
fn gitlab_code_quality_is_as_documented() {
    let report = parsed("gitlab-codequality", &wide());
    let issues = report.as_array().expect("a list");
    assert_eq!(issues.len(), 7, "all but the accepted ones");
    for issue in issues {
        assert!(issue["description"].as_str().is_some_and(|text| !text.is_empty() && !text.contains('\n')));
        assert!(["check_name", "fingerprint"].iter().all(|key| issue[key].is_string()));
        let severities = ["info", "minor", "major", "critical", "blocker"];
        assert!(issue["severity"].as_str().is_some_and(|severity| severities.contains(&severity)));
        assert!(issue["location"]["path"].as_str().is_some_and(|path| !path.starts_with(['.', '/'])));
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
    }
    assert_eq!(parsed("gitlab-codequality", &empty()), json!([]));
}

/// The fields and values of "Generic issue import format" in SonarQube's documentation.
#[test]
fn sonar_issues_are_as_documented() {
    let report = parsed("sonar", &wide());
    let rules = report["rules"].as_array().expect("there are rules");
    for rule in rules {
        for key in ["id", "name", "description", "engineId"] {
            assert!(rule[key].as_str().is_some_and(|text| !text.is_empty()), "{rule} lacks {key}");
        }
        assert!(["TRUSTWORTHY", "CONVENTIONAL"].iter().any(|name| rule["cleanCodeAttribute"] == *name));
        assert!(["SECURITY", "MAINTAINABILITY"].iter().any(|name| rule["impacts"][0]["softwareQuality"] == *name));
        assert!(["HIGH", "MEDIUM", "LOW"].iter().any(|name| rule["impacts"][0]["severity"] == *name));
        assert!(["VULNERABILITY", "CODE_SMELL"].iter().any(|name| rule["type"] == *name));
        assert!(["BLOCKER", "CRITICAL", "MAJOR", "MINOR", "INFO"].iter().any(|name| rule["severity"] == *name));
    }
    let issues = report["issues"].as_array().expect("there are issues");
    assert_eq!(issues.len(), 7);
    for issue in issues {
        assert!(rules.iter().any(|rule| rule["id"] == issue["ruleId"]), "{issue}");
        assert!(issue.get("severity").is_none() && issue.get("engineId").is_none(), "that was the form before 10.3");
        for place in issue["secondaryLocations"].as_array().into_iter().flatten().chain([&issue["primaryLocation"]]) {
            assert!(place["message"].as_str().is_some_and(|text| !text.is_empty()) && place["filePath"].is_string());
            let range = &place["textRange"];
            assert!(range["startLine"].as_u64().is_some_and(|line| line > 0), "{issue}");
            assert!(
                range["startColumn"].is_null() || range["startColumn"].as_u64() < range["endColumn"].as_u64(),
                "{issue}"
            );
        }
    }
    let shell = issues.iter().find(|issue| issue["ruleId"] == "python/subprocess-shell").expect("it is there");
    assert_eq!(shell["primaryLocation"]["textRange"], json!({"startLine": 12, "startColumn": 5, "endColumn": 45}));
}

/// Like [`closed`]; what an event refers to leaves room for the name of the event, and the event itself none.
fn closed_events(schema: Value) -> Value {
    let mut schema = closed(schema);
    let events = schema["oneOf"].as_array().cloned().expect("there are events");
    for name in events.iter().filter_map(|event| event["$ref"].as_str()?.strip_prefix("#/$defs/")) {
        schema["$defs"][name].as_object_mut().expect("it is described").remove("unevaluatedProperties");
    }
    schema
}

#[test]
fn events_are_as_their_schema_says() {
    let schema = events_schema();
    let text = serde_json::to_string_pretty(&schema).expect("JSON can be written");
    verify_generated("docs/schemas/gate-events.schema.json", &format!("{text}\n"));
    let schema = closed_events(schema);
    for run in [wide(), by_exception(), empty()] {
        let report = plain("jsonl", &run);
        let events: Vec<Value> =
            report.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
        events.iter().for_each(|event| assert_valid(&schema, event));
        let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
        let findings = std::iter::repeat_n("finding", run.findings.len());
        let fixed = std::iter::repeat_n("fixed", run.absent.len());
        let notifications = std::iter::repeat_n("notification", run.notifications.len());
        let expected: Vec<&str> = std::iter::once("run-started")
            .chain(findings)
            .chain(fixed)
            .chain(notifications)
            .chain(["verdict"])
            .collect();
        assert_eq!(kinds, expected);
    }
    // What a line of another shape is: not valid.
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
    assert!(!validator.is_valid(&json!({"event": "finding"})));
    assert!(!validator.is_valid(&json!({"event": "other"})));
}

/// The fields of RFC 4180.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![Vec::new()];
    let (mut field, mut quoted) = (String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => records.last_mut().expect("there is one").push(std::mem::take(&mut field)),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'), "a line ends with CRLF");
                records.last_mut().expect("there is one").push(std::mem::take(&mut field));
                records.push(Vec::new());
            }
            c => field.push(c),
        }
    }
    assert_eq!(records.pop(), Some(Vec::new()), "the last line ends too");
    records
}

#[test]
fn csv_has_a_record_of_the_same_fields_for_each_finding() {
    let run = wide();
    let records = records(&plain("csv", &run));
    assert_eq!(records.len(), run.findings.len() + 1);
    assert!(records.iter().all(|record| record.len() == records[0].len()));
    let column = |name: &str| records[0].iter().position(|field| field == name).expect("a column");
    let statuses: Vec<&str> = records[1..].iter().map(|record| record[column("status")].as_str()).collect();
    assert_eq!(statuses, ["open", "fails", "fails", "open", "accepted", "exception", "known", "open", "fails"]);
    assert_eq!(records[8][column("path")], "web/=a,b|c:%0A::error::@octocat <img src=x>`.py");
    for field in records.iter().flatten() {
        assert!(!field.starts_with(['=', '+', '-', '@']), "{field} is a formula");
    }
}

/// Elements of Jenkins' `junit-10.xsd`: the attributes that each must and may have.
const JUNIT: &[(&str, &[&str], &[&str])] = &[
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["skipped", "time", "timestamp", "hostname", "id", "package"],
    ),
    ("testcase", &["name"], &["classname", "time", "group"]),
    ("failure", &[], &["type", "message"]),
    ("error", &[], &["type", "message"]),
    ("skipped", &[], &["type", "message"]),
    ("system-out", &[], &[]),
];

/// The elements of a document in their order, with depth and attributes. Fails where it is not well-formed.
fn elements(xml: &str) -> Vec<(usize, String, BTreeMap<String, String>)> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(allowed), "there are characters that XML does not have");
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("there is a declaration");
    let (mut open, mut found) = (Vec::<String>::new(), Vec::new());
    while let Some((text, after)) = rest.split_once('<') {
        assert_text(text);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut known = BTreeMap::new();
        while !attributes.is_empty() {
            let (key, value) = attributes.split_once("=\"").expect("an attribute has a value");
            let (value, more) = value.split_once('"').expect("a value ends");
            assert_text(value);
            assert!(known.insert(key.to_owned(), value.to_owned()).is_none(), "{key} is there twice");
            attributes = more.trim_start();
        }
        found.push((open.len(), name.to_owned(), known));
        open.push(name.to_owned());
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    found
}

fn assert_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#58;"];
        assert!(entities.iter().any(|entity| text[at..].starts_with(entity)), "{text}");
    }
}

#[test]
fn junit_is_well_formed_and_as_jenkins_reads_it() {
    for run in [wide(), by_exception(), empty()] {
        let elements = elements(&plain("junit", &run));
        for (depth, name, attributes) in &elements {
            let (_, required, optional) = JUNIT.iter().find(|(known, ..)| known == name).expect("a known element");
            assert!(required.iter().all(|key| attributes.contains_key(*key)), "{name} {attributes:?}");
            assert!(attributes.keys().all(|key| required.contains(&key.as_str()) || optional.contains(&key.as_str())));
            let expected = match name.as_str() {
                "testsuites" => 0,
                "testsuite" => 1,
                "testcase" => 2,
                _ => 3,
            };
            assert_eq!(*depth, expected, "{name}");
        }
        let count = |wanted: &str| elements.iter().filter(|(_, name, _)| name == wanted).count().to_string();
        let all = &elements[0].2;
        assert_eq!(all["tests"], count("testcase"));
        assert_eq!(all["failures"], count("failure"));
        assert_eq!(all["errors"], count("error"));
        let mut names: Vec<_> =
            elements.iter().filter(|(_, name, _)| name == "testcase").map(|(.., attributes)| attributes).collect();
        names.dedup();
        assert_eq!(names.len().to_string(), count("testcase"), "no two neighbours have one name");
    }
    let report = plain("junit", &wide());
    assert_eq!(report.matches("<failure").count(), 4, "three findings and the verdict");
    assert_eq!(report.matches("message=\"exception: replaced by the end of January\"").count(), 1);
    assert_eq!(plain("junit", &empty()).matches("<testcase").count(), 1, "the verdict alone");
}
