//! Every format tells the same run, which has a bit of everything.

use std::io::Write;

use gate::model::{
    Analysis, BaselineEntry, BaselineState, Condition, Confidence, ConfigPlace, Coverage, ExceptionNote, Finding, Fix,
    Level, Limit, Location, Notification, NotificationKind, Origin, OriginKind, Outcome, Redacted, Region, RelPath,
    RelatedLocation, Run, Snippet, Suppression, Verdict,
};
use gate::report::{Detail, FORMATS, Options};
use serde_json::{Value, json};

use crate::support::{finding, rule, verify_generated, with};

fn place(path: &str, line: u32, columns: (u32, u32)) -> Location {
    Location {
        path: RelPath::new(path),
        region: Region {
            start_line: line,
            start_column: columns.0,
            end_line: line,
            end_column: columns.1,
            start_byte: 0,
            end_byte: 0,
        },
    }
}

fn quoted(mut finding: Finding, line: &str, marked: &str) -> Finding {
    let start = line.find(marked).expect("the marked part is in the line");
    finding.snippet = Snippet { line: line.to_owned(), highlight: (start, start + marked.len()) };
    let column = line[..start].chars().count() as u32 + 1;
    finding.location = place(
        finding.location.path.as_str(),
        finding.location.region.start_line,
        (column, column + marked.chars().count() as u32),
    );
    finding
}

/// A run with every feature that a report has to tell.
pub fn sample() -> Run {
    let shell = rule(
        "python/subprocess-shell",
        "security-severity = 8.1\ncwe = [78]\nowasp = [\"A03:2021\"]\nreferences = [\"https://docs.python.org/3/library/subprocess.html\"]\n\
         formerly = [\"python/shell\"]",
    );
    let token = rule(
        "secret/example-token",
        "security-severity = 8.8\ncwe = [798]\nrevoke = \"https://example.com/settings/tokens\"",
    );
    let todo = rule("quality/todo-comment", "level = \"note\"");
    let license = rule("license/missing", "level = \"warning\"");
    let never_fired = rule("dependency/vulnerable", "security-severity = 7.5\ncwe = [1395]");

    let mut leaked = finding(&token, "deploy/settings für alle.py", 7);
    leaked = quoted(leaked, "TOKEN = \"exm_…5f2a\"  # naïve", "exm_…5f2a");
    leaked.secret = Some(Redacted::new("not-a-real-secret-but-long-enough-for-a-shadow"));
    leaked.message = "An Example token (not-…adow)".to_owned();
    leaked.origin = Some(Origin {
        kind: OriginKind::File,
        object: "b".repeat(40),
        commit: Some("c".repeat(40)),
        author: Some("Ada Example \u{1b}[1m<ada@example.com>".to_owned()),
        date: Some("2024-02-03T04:05:06+01:00".to_owned()),
    });

    let mut missing = finding(&license, "Cargo.toml", 1);
    missing.snippet = Snippet::default();
    missing.location = place("Cargo.toml", 1, (1, 1));
    missing.fingerprint.line_hash = String::new();

    let mut command = finding(&shell, "src/app.py", 12);
    command = quoted(
        command,
        "\t    subprocess.run(\"ls \" + path,\tshell=True)  ",
        "subprocess.run(\"ls \" + path,\tshell=True)",
    );
    command.message = "`subprocess.run` runs a command through a shell".to_owned();
    command.fix = Some(Fix { text: "subprocess.run([\"ls\", path])".to_owned() });
    command.related = vec![RelatedLocation {
        location: place("src/app.py", 3, (1, 5)),
        message: "`path` comes from here".to_owned(),
    }];
    command.properties = vec![("callee", json!("subprocess.run"))];

    let mut hidden = with(finding(&todo, "src/app.py", 40), Level::Note, Confidence::Medium);
    hidden = quoted(hidden, "# TODO \u{1b}[31mred\u{202e}", "TODO");
    hidden.message = "TODO left behind \u{1b}[0m".to_owned();

    let mut accepted = finding(&shell, "src/tool.py", 3);
    accepted.suppressions = vec![Suppression::in_source("the command is a constant")];

    let mut excepted = finding(&shell, "src/tool.py", 9);
    let place_of = ConfigPlace { file: RelPath::new(".gate/exceptions.toml"), line: 12 };
    let note = ExceptionNote {
        owner: "ada@example.com".to_owned(),
        expires: "2027-01-31".parse().expect("a date"),
        place: place_of,
    };
    excepted.suppressions = vec![Suppression::external("replaced by the end of January", note)];

    let mut known = with(finding(&todo, "src/tool.py", 20), Level::Note, Confidence::High);
    known.baseline = Some(BaselineState::Unchanged);

    let told = |kind, path: Option<&str>, message: &str| Notification {
        kind,
        path: path.map(RelPath::new),
        line: None,
        analysis: None,
        message: message.to_owned(),
    };
    let mut findings = vec![missing, leaked, command, hidden, accepted, excepted, known];
    for finding in &mut findings {
        finding.baseline.get_or_insert(BaselineState::New);
    }
    for failing in [1, 2, 5] {
        findings[failing].outcome = Outcome::Fail;
    }
    Run {
        root: "/somewhere/else".into(),
        analyses: Analysis::ALL.into_iter().filter(|analysis| analysis.is_default()).collect(),
        rules: vec![never_fired, license, shell, todo, token],
        findings,
        absent: vec![BaselineEntry {
            fingerprint: "0123456789abcdef0123456789abcdef".to_owned(),
            rule: "quality/todo-comment".to_owned(),
            path: "src/gone.py".to_owned(),
            context: "# TODO remove".to_owned(),
            count: 1,
            value: None,
            in_history: false,
        }],
        notifications: vec![
            Notification {
                kind: NotificationKind::AnalysisNotRun,
                path: None,
                line: None,
                analysis: Some(Analysis::Dependencies),
                message: "there is no advisory database; `gate db update` downloads it".to_owned(),
            },
            told(NotificationKind::Unreadable, Some("private"), "the folder could not be read: permission denied"),
            Notification { line: Some(9), ..told(NotificationKind::Malformed, Some("Cargo.lock"), "expected `=`") },
            told(NotificationKind::TooLarge, Some("data/dump.sql"), "62 MB; `max-file-size` is 10 MiB"),
            told(NotificationKind::Binary, Some("logo.png"), "not text"),
            told(NotificationKind::Note, None, "RustSec, 1225 advisories, 2026-08-21"),
        ],
        coverage: Coverage {
            files: 214,
            bytes: 1_402_113,
            lines: 41_202,
            parsed_files: 180,
            parsed_bytes: 1_100_000,
            unparsed_bytes: 120,
            packages: 567,
            below_confidence: 4,
            excluded: 31,
            objects: 0,
        },
        functions: Vec::new(),
        files: Vec::new(),
        inventories: Vec::new(),
        verdict: Verdict::Failed(vec![
            by_level(Analysis::Secrets),
            by_level(Analysis::Code),
            Condition {
                analysis: None,
                fail_on: None,
                count: 3,
                place: Some(ConfigPlace { file: RelPath::new("gate.toml"), line: 14 }),
                limit: Some(Limit { of: "cyclomatic average".to_owned(), max: 5.0, actual: 6.254 }),
            },
        ]),
    }
}

fn by_level(analysis: Analysis) -> Condition {
    Condition { analysis: Some(analysis), fail_on: Some(Level::Error), count: 1, place: None, limit: None }
}

pub fn empty() -> Run {
    Run {
        root: "/nowhere".into(),
        analyses: vec![Analysis::Secrets],
        rules: Vec::new(),
        findings: Vec::new(),
        absent: Vec::new(),
        notifications: Vec::new(),
        coverage: Coverage::default(),
        functions: Vec::new(),
        files: Vec::new(),
        inventories: Vec::new(),
        verdict: Verdict::Passed,
    }
}

pub fn written(name: &str, run: &Run, options: Options<'_>) -> String {
    let format = FORMATS.iter().find(|format| format.name() == name).expect("the format is listed");
    let mut bytes = Vec::new();
    format.write(run, options, &mut bytes).expect("memory can be written");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

pub fn plain(name: &str, run: &Run) -> String {
    written(name, run, Options::default())
}

pub fn parsed(name: &str, run: &Run) -> Value {
    serde_json::from_str(&plain(name, run)).expect("the report is JSON")
}

pub fn assert_valid(schema: &Value, report: &Value) {
    let validator = jsonschema::validator_for(schema).expect("the schema is valid");
    let faults: Vec<String> =
        validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn each_format_tells_the_sample_as_before() {
    verify_generated("fixtures/reports/sample.txt", &plain("text", &sample()));
    verify_generated("fixtures/reports/sample.json", &plain("json", &sample()));
    let sarif = serde_json::to_string_pretty(&parsed("sarif", &sample())).expect("JSON can be written");
    verify_generated("fixtures/reports/sample.sarif", &sarif);
    let detail = Options { detail: Detail::Everything, ..Options::default() };
    verify_generated("fixtures/reports/sample-verbose.txt", &written("text", &sample(), detail));
}

#[test]
fn the_quiet_text_is_one_line() {
    let text = written("text", &sample(), Options { detail: Detail::Summary, ..Options::default() });
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("failed: 2 errors, 1 warning, 1 note"), "{text}");
}

#[test]
fn text_is_styled_only_when_asked_and_never_by_what_was_scanned() {
    let text = plain("text", &sample());
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    let styled = written("text", &sample(), Options { color: true, detail: Detail::Everything, ..Options::default() });
    assert!(styled.contains("\u{1b}["));
    assert!(!styled.contains("\u{1b}[31mred"), "an escape sequence of the scanned file came through");
}

#[test]
fn text_underlines_what_is_meant() {
    let text = plain("text", &sample());
    let lines: Vec<&str> = text.lines().collect();
    for marked in ["subprocess.run(\"ls \" + path,    shell=True)", "exm_…5f2a"] {
        let at = lines.iter().position(|line| line.contains('│') && line.contains(marked)).expect("the line is quoted");
        let before = lines[at].find(marked).map(|byte| lines[at][..byte].chars().count());
        assert_eq!(lines[at + 1].chars().position(|c| c == '^'), before, "{text}");
        assert_eq!(lines[at + 1].matches('^').count(), marked.chars().count(), "{text}");
    }
}

#[test]
fn the_json_report_is_as_its_schema_says() {
    let mut schema = serde_json::to_string_pretty(&gate::report::json_schema()).expect("JSON can be written");
    schema.push('\n');
    verify_generated("docs/schemas/gate-report.schema.json", &schema);
    let schema = gate::report::json_schema();
    for run in [sample(), by_exception(), empty()] {
        assert_valid(&closed(schema.clone()), &parsed("json", &run));
    }
}

/// The schema with no room for keys that it does not describe: so that it describes all. Readers must stay open for more.
pub fn closed(mut schema: Value) -> Value {
    fn close(value: &mut Value) {
        if let Value::Object(map) = value {
            if map.contains_key("properties") && !map.contains_key("additionalProperties") {
                map.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
            map.values_mut().for_each(close);
        } else if let Value::Array(items) = value {
            items.iter_mut().for_each(close);
        }
    }
    close(&mut schema);
    schema
}

#[test]
fn the_json_report_counts_and_judges() {
    let report = parsed("json", &sample());
    assert_eq!(report["verdict"]["name"], "failed");
    assert_eq!(report["verdict"]["exit_code"], 1);
    assert_eq!(
        report["summary"]["findings"],
        json!({"error": 2, "warning": 1, "note": 1, "suppressed": 2, "suppressed_by_foreign_markers": 0, "excepted": 1,
            "unchanged": 1, "off": 0, "fixed": 1})
    );
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(7));
    assert_eq!(report["findings"][4]["suppressions"][0]["kind"], "inSource");
    let exception = json!({"kind": "external", "justification": "replaced by the end of January", "owner": "ada@example.com",
        "expires": "2027-01-31", "place": {"file": ".gate/exceptions.toml", "line": 12}});
    assert_eq!(report["findings"][5]["suppressions"][0], exception);
    assert_eq!(report["findings"][6]["baseline"], "unchanged");
    assert_eq!(report["fixed"][0]["path"], "src/gone.py");
    assert_eq!(report["verdict"]["conditions"][2]["limit"]["of"], "cyclomatic average");
    assert_eq!(report["notifications"].as_array().map(Vec::len), Some(6));
}

/// A run that passes only because an exception accepts what would have failed it.
pub fn by_exception() -> Run {
    let mut run = sample();
    run.findings.retain(|finding| finding.is_suppressed());
    run.verdict = Verdict::Excepted(1);
    run
}

#[test]
fn pass_fail_and_exception_are_told_apart_in_every_format() {
    let mut passed = by_exception();
    passed.verdict = Verdict::Passed;
    // These are lists of findings and have no place for a verdict.
    let lists = ["gitlab-codequality", "sonar", "csv", "openvex"];
    for format in FORMATS.iter().filter(|format| !lists.contains(&format.name())) {
        let reports =
            [plain(format.name(), &passed), plain(format.name(), &by_exception()), plain(format.name(), &sample())];
        assert!(reports[0] != reports[1] && reports[1] != reports[2], "{}", format.name());
        assert!(reports[1].contains("exception"), "{}", format.name());
    }
    assert!(
        plain("text", &by_exception())
            .contains("passed by exception: no findings · 2 accepted (1 by exceptions, 1 of them failing)")
    );
    assert_eq!(parsed("json", &by_exception())["verdict"]["name"], "exception");
    let sarif = parsed("sarif", &by_exception());
    assert_eq!(sarif["runs"][0]["properties"]["verdict"], "exception");
    assert_eq!(sarif["runs"][0]["results"][1]["suppressions"][0]["kind"], "external");
    assert_eq!(sarif["runs"][0]["results"][1]["suppressions"][0]["properties"]["expires"], "2027-01-31");
    assert_eq!(sarif["runs"][0]["results"][1]["baselineState"], "new");
}

#[test]
fn sarif_is_valid_against_the_oasis_schema() {
    // The standard's own pattern for languages has a stray bracket that only lenient engines accept; we never write one.
    let text = include_str!("data/sarif-schema-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    for run in [sample(), by_exception(), empty()] {
        assert_valid(&schema, &parsed("sarif", &run));
        assert_valid(&schema, &parsed("sarif-github", &run));
    }
}

#[test]
fn sarif_has_all_that_github_asks_for() {
    let log = parsed("sarif-github", &sample());
    assert!(log["$schema"].is_string());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("there are rules");
    assert_eq!(rules.len(), 5, "those that could have fired too");
    for rule in rules {
        for pointer in ["/id", "/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!(rule.pointer(pointer).is_some_and(Value::is_string), "{rule} lacks {pointer}");
        }
        let tags = rule["properties"]["tags"].as_array().expect("there are tags");
        assert!((1..=10).contains(&tags.len()));
    }
    let shell = &rules[2];
    assert_eq!(shell["id"], "python/subprocess-shell");
    assert_eq!(shell["properties"]["security-severity"], "8.1");
    assert!(shell["properties"]["tags"].as_array().is_some_and(|tags| tags.contains(&json!("external/cwe/cwe-078"))));
    for result in run["results"].as_array().expect("there are results") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let physical = &result["locations"][0]["physicalLocation"];
        assert!(physical["artifactLocation"]["uri"].as_str().is_some_and(|uri| !uri.contains(' ') && uri.is_ascii()));
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(physical["region"][field].as_u64().is_some_and(|number| number > 0), "{result} lacks {field}");
        }
        assert!(result["partialFingerprints"]["gate/v1"].is_string());
    }
    assert_eq!(run["results"][1]["partialFingerprints"]["primaryLocationLineHash"], "1f:1");
    assert_eq!(run["automationDetails"]["id"], "gate/");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["exitCode"], 1);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_no_empty_text(&log, "");
}

fn assert_no_empty_text(value: &Value, path: &str) {
    match value {
        Value::String(text) => assert!(!text.is_empty(), "{path} is empty"),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| assert_no_empty_text(item, &format!("{path}/{index}")));
        }
        Value::Object(map) => map.iter().for_each(|(key, item)| assert_no_empty_text(item, &format!("{path}/{key}"))),
        _ => {}
    }
}

#[test]
fn no_format_tells_where_the_scan_ran() {
    for format in FORMATS {
        let report = plain(format.name(), &sample());
        assert!(!report.contains("/somewhere/else"), "{}", format.name());
    }
}

#[test]
fn a_writer_that_fails_is_an_error_and_no_panic() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in FORMATS {
        assert!(format.write(&sample(), Options::default(), &mut Full).is_err(), "{}", format.name());
    }
}
