//! The formats that other systems read: the shape that each of them asks for, and the limits that it has.

use std::collections::BTreeMap;
use std::io::Write;

use gate::model::{
    BaselineState, Condition, Finding, Level, Limit, Notification, Outcome, Region, RelPath, Run, Suppression, Verdict,
};
use gate::report::{Detail, FORMATS, Options};
use serde_json::{Value, json};

use crate::reports::{by_exception, empty, parsed, plain, sample, written};
use crate::support::{finding, rule, verify_generated};

/// The sample with a vulnerable package, and with what a repository might hold to mislead its readers.
pub fn wide() -> Run {
    let mut run = sample();
    let vulnerable = rule("dependency/vulnerable", "security-severity = 7.5\ncwe = [1395]");
    let mut package = finding(&vulnerable, "web/Cargo.lock", 31);
    package.message = "time 0.1.43 has RUSTSEC-2020-0071: update to 0.2.23".to_owned();
    package.outcome = Outcome::Fail;
    package.properties = vec![
        ("advisory", json!("RUSTSEC-2020-0071")),
        ("aliases", json!(["CVE-2020-26235", "GHSA-wcg3-cvx6-7396"])),
        ("fixed", json!("0.2.23")),
        ("package", json!("time")),
        ("purl", json!("pkg:cargo/time@0.1.43")),
        ("security-severity", json!("9.1")),
        ("url", json!("https://rustsec.org/advisories/RUSTSEC-2020-0071")),
        ("version", json!("0.1.43")),
    ];
    let todo = rule("quality/todo-comment", "level = \"note\"");
    let mut hostile = finding(&todo, "web/=a,b|c:%0A::error::@octocat <img src=x>`.py", 2);
    hostile.message =
        "TODO |@octocat| [x](https://example.com) <img src=x onerror=y> `x`, #12\n::error::50%\u{1b}[31m".to_owned();
    hostile.snippet.line = "x = '```\u{202e}<b>|@octocat|</b>' # TODO, \"why\"".to_owned();
    hostile.snippet.highlight = (0, 1);
    for finding in [&mut package, &mut hostile] {
        finding.baseline = Some(BaselineState::New);
    }
    run.findings.extend([hostile, package]);
    run
}

#[test]
fn each_format_tells_the_wide_sample_as_before() {
    for (format, file) in [
        ("sarif-github", "sample.github.sarif"),
        ("jsonl", "sample.jsonl"),
        ("github", "sample.github.txt"),
        ("markdown", "sample.md"),
        ("gitlab-codequality", "gl-code-quality-report.json"),
        ("gitlab-sast", "gl-sast-report.json"),
        ("gitlab-secret-detection", "gl-secret-detection-report.json"),
        ("gitlab-dependency-scanning", "gl-dependency-scanning-report.json"),
        ("junit", "sample.junit.xml"),
        ("sonar", "sample.sonar.json"),
        ("csv", "sample.csv"),
        ("openvex", "sample.openvex.json"),
    ] {
        let mut report = plain(format, &wide());
        if file.ends_with(".sarif") {
            report = serde_json::to_string_pretty(&parsed(format, &wide())).expect("JSON can be written");
        }
        verify_generated(&format!("fixtures/reports/{file}"), &report);
    }
    assert_eq!(plain("markdown-comment", &wide()), plain("markdown", &wide()), "where there is room they say the same");
}

#[test]
fn annotations_are_within_the_limits_and_what_fails_comes_first() {
    let mut run = empty();
    let rules = [Level::Error, Level::Warning, Level::Note]
        .map(|level| rule(&format!("python/{}", level.name()), &format!("level = \"{}\"", level.name())));
    for line in 1..=14 {
        run.findings.extend(rules.iter().map(|rule| finding(rule, "a.py", line)));
    }
    // The last ones fail the gate, so they are the first to be shown.
    let [.., error, warning, _] = run.findings.as_mut_slice() else { panic!("there are findings") };
    error.outcome = Outcome::Fail;
    warning.outcome = Outcome::Fail;
    let report = plain("github", &run);
    let lines: Vec<&str> = report.lines().collect();
    for kind in ["::error ", "::warning ", "::notice "] {
        assert_eq!(lines.iter().filter(|line| line.starts_with(kind)).count(), 10, "{kind}");
    }
    assert!(
        lines[0].starts_with("::error file=a.py,line=14,endLine=14,col=1,endColumn=15,title=python/error::"),
        "{report}"
    );
    assert!(lines[1].starts_with("::warning file=a.py,line=14,"), "{report}");
    assert_eq!(lines.len(), 31);
    assert!(lines[30].ends_with("10 of each kind: 4 errors, 4 warnings, 4 notices more"), "{report}");
}

#[test]
fn annotations_cannot_be_forged_or_broken() {
    let report = plain("github", &wide());
    let commands = report.lines().filter(|line| line.starts_with("::")).count();
    assert_eq!(report.lines().count(), commands + 1, "one line for each, and the last one:\n{report}");
    let hostile = report.lines().find(|line| line.contains("octocat")).expect("it is shown");
    assert!(
        hostile.starts_with("::notice file=web/=a%2Cb|c%3A%250A%3A%3Aerror%3A%3A@octocat <img src=x>`.py,line=2,"),
        "{hostile}"
    );
    assert!(hostile.contains("#12%0A::error::50%25\u{fffd}[31m"), "{hostile}");
    assert!(!report.contains('\u{1b}'));
}

#[test]
fn a_doubt_is_an_error_where_it_decides() {
    let mut run = sample();
    run.findings.clear();
    run.verdict = Verdict::Incomplete(3);
    let report = plain("github", &run);
    assert!(report.starts_with("::error title=gate%3A analysis not run::there is no advisory database"), "{report}");
    assert!(report.contains("\n::error file=Cargo.lock,line=9,title=gate%3A malformed::expected `=`\n"), "{report}");
    run.verdict = Verdict::Passed;
    assert!(plain("github", &run).starts_with("::warning title=gate%3A analysis not run::"));
}

#[test]
fn markdown_holds_nothing_of_the_repository_but_text() {
    let report = plain("markdown", &wide());
    for raw in ["@octocat", "<img", " [x]", "`x`", "```", " #12", "|@", "\u{202e}", "\u{1b}", "https://example.com)"] {
        assert!(!report.contains(raw), "{raw:?} in\n{report}");
    }
    // Every row of a table has the cells of its header.
    let mut cells = 0;
    for line in report.lines() {
        match line.starts_with('|') {
            true if cells == 0 => cells = line.matches('|').count(),
            true => assert_eq!(line.matches('|').count(), cells, "{line}"),
            false => cells = 0,
        }
    }
}

#[test]
fn markdown_tells_verdict_reasons_counts_exceptions_and_gaps() {
    let report = plain("markdown", &sample());
    for part in [
        "## gate: failed",
        "- secrets: 1 finding at error or above",
        "- gate.toml:14: cyclomatic average is 6.25, at most 5 allowed",
        "Against the baseline: **4** new, **1** known before, **1** fixed.",
        "<code>subprocess.run(\"ls \" + path, shell=True)</code>",
        "replaced by the end of January (ada@\u{2060}example.com, until 2027-01-31, .gate/exceptions.toml:12)",
        "### Not looked at",
        "Cargo.lock:9",
    ] {
        assert!(report.contains(part), "{part} in\n{report}");
    }
    assert!(plain("markdown", &by_exception()).contains("## gate: passed by exception"));
    assert!(!plain("markdown", &empty()).contains('|'), "no table without a row");
    let everything = Options { detail: Detail::Everything, run_id: Some("42"), ..Options::default() };
    let verbose = written("markdown", &sample(), everything);
    assert!(verbose.contains(", known") && !report.contains(", known"));
    assert!(verbose.contains("run 42</sub>"));
}

/// A run of so many findings, the last of which fails the gate.
fn many(count: usize, message: impl Fn(usize) -> String) -> Run {
    let mut run = empty();
    let rules = ["python/subprocess-shell", "secret/example-token", "quality/todo-comment", "dependency/vulnerable"];
    let levels = ["error", "warning", "note", "warning"];
    let rules: Vec<_> =
        rules.iter().zip(levels).map(|(id, level)| rule(id, &format!("level = \"{level}\"\ncwe = [78]"))).collect();
    run.findings = (0..count)
        .map(|index| {
            let mut finding =
                finding(&rules[index % rules.len()], &format!("src/file{:05}.py", index / 10), index as u32 % 10 + 1);
            finding.message = message(index);
            if finding.rule.id.group() == "dependency" {
                finding.properties = vec![("package", json!("time")), ("version", json!("0.1.43"))];
            }
            finding
        })
        .collect();
    if let Some(last) = run.findings.last_mut() {
        last.outcome = Outcome::Fail;
    }
    run
}

/// Takes what it is given and keeps the count.
#[derive(Default)]
struct Sink(usize);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_hundred_thousand_findings_go_through_every_format() {
    let run = many(100_000, |_| "Something about it".to_owned());
    let limits = BTreeMap::from([("github", 20_000), ("markdown", 1_000 * 1024), ("markdown-comment", 65_536)]);
    for format in FORMATS {
        let mut sink = Sink::default();
        let omitted = format.write(&run, Options::default(), &mut sink).expect("it can be written");
        if format.name() == "openvex" {
            assert!(sink.0 < 1_000, "none of them is about a package");
            continue;
        }
        match limits.get(format.name()) {
            Some(limit) => assert!(sink.0 <= *limit && sink.0 > 4_000, "{}: {} bytes", format.name(), sink.0),
            None => assert!(sink.0 > 1_000_000, "{}: {} bytes", format.name(), sink.0),
        }
        let is_trimmed = ["markdown", "markdown-comment", "sarif-github"].contains(&format.name());
        assert_eq!(omitted.is_some(), is_trimmed, "{}", format.name());
    }
}

#[test]
fn a_comment_over_the_limit_keeps_the_gravest_and_says_so() {
    let run = many(3_000, |index| format!("message {index}"));
    let report = plain("markdown-comment", &run);
    assert!(report.len() <= 65_536 && report.len() > 60_000);
    assert!(
        report.contains("| **warning**, fails | src/file00299.py:10 |"),
        "what fails is there, though it came last"
    );
    assert!(report.contains("| error |") && !report.contains("| note |"));
    assert!(report.contains("more left out: there is no more room here"), "{report}");
    assert!(report.ends_with("</sub>\n"), "the end is there");
}

#[test]
fn a_comment_is_within_the_limit_whatever_is_long() {
    let long = "|&$@x".repeat(2_000);
    let mut run = many(300, |_| long.clone());
    for finding in &mut run.findings {
        finding.location.path = RelPath::new(long.as_str());
        finding.snippet.line.clone_from(&long);
    }
    let accepted = run.findings[..100].iter_mut();
    accepted.for_each(|finding| finding.suppressions = vec![Suppression::in_source(long.as_str())]);
    let told = &sample().notifications[1];
    run.notifications = (0..100)
        .map(|_| Notification { message: long.clone(), path: Some(RelPath::new(long.as_str())), ..told.clone() })
        .collect();
    let limit = Limit { of: long.clone(), max: 1.0, actual: 2.0 };
    let condition = Condition { analysis: None, fail_on: None, count: 1, place: None, limit: Some(limit) };
    run.verdict = Verdict::Failed(vec![condition; 300]);
    let report = plain("markdown-comment", &run);
    assert!(report.len() <= 65_536, "{}", report.len());
    for part in
        ["## gate: failed", "- and ", "### Findings", "### Accepted", "### Not looked at", "more left out", "<sub>gate"]
    {
        assert!(report.contains(part), "{part} in {report}");
    }
}

#[test]
fn sarif_for_github_has_open_findings_alone() {
    let mut run = wide();
    run.findings[0].outcome = Outcome::Off;
    let log = parsed("sarif-github", &run);
    let results = log["runs"][0]["results"].as_array().expect("there are results");
    let rules: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    assert_eq!(
        rules,
        [
            "secret/example-token",
            "python/subprocess-shell",
            "quality/todo-comment",
            "quality/todo-comment",
            "quality/todo-comment",
            "dependency/vulnerable",
        ]
    );
    assert!(results.iter().all(|result| result["suppressions"].is_null() && result["baselineState"] != "absent"));
    let full = parsed("sarif", &run);
    let results = full["runs"][0]["results"].as_array().expect("there are results");
    assert_eq!(results.len(), run.findings.len() + 1);
    assert_eq!(results.last().map(|last| &last["baselineState"]), Some(&json!("absent")));
    assert!(results.iter().all(|result| result["baselineState"].is_string()), "all have one or none has");
}

#[test]
fn sarif_for_github_is_trimmed_to_its_limits_and_says_so() {
    let run = many(30_000, |_| "Something".to_owned());
    let log = parsed("sarif-github", &run);
    let results = log["runs"][0]["results"].as_array().expect("there are results");
    assert_eq!(results.len(), 25_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 7_500, "every error is there");
    let notifications = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array();
    let told = notifications.and_then(|all| all.last()).expect("there is a notification");
    assert_eq!(told["descriptor"]["id"], "report-trimmed");
    assert!(
        told["message"]["text"].as_str().is_some_and(|text| text.starts_with("5,000 of 30,000 results are left out"))
    );
    let kinds = log["runs"][0]["tool"]["driver"]["notifications"].as_array().expect("kinds are described");
    assert!(kinds.iter().any(|kind| kind["id"] == "report-trimmed"));
}

#[test]
fn sarif_for_github_is_trimmed_where_it_would_not_compress() {
    // Noise that no compression makes smaller: a thousand and some hundred letters each.
    let noise = |index: usize| {
        let mut state = index as u64 + 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + ((state >> 33) % 26) as u8)
        };
        (0..1_800).map(|_| next()).collect::<String>()
    };
    let run = many(20_000, noise);
    let report = plain("sarif-github", &run);
    let mut packed = flate2::write::GzEncoder::new(Sink::default(), flate2::Compression::default());
    packed.write_all(report.as_bytes()).expect("memory can be written");
    let size = packed.finish().expect("memory can be written").0;
    assert!((7_000_000..10_000_000).contains(&size), "{size} bytes");
    let log: Value = serde_json::from_str(&report).expect("the report is JSON");
    assert!(log["runs"][0]["results"].as_array().is_some_and(|results| results.len() < 10_000));
}

#[test]
fn a_run_has_a_name_only_where_it_was_given_one() {
    let named = Options { run_id: Some("build-77"), ..Options::default() };
    for format in ["json", "jsonl", "sarif", "sarif-github", "markdown"] {
        assert!(written(format, &sample(), named).contains("build-77"), "{format}");
        assert!(!plain(format, &sample()).contains("run_id"), "{format}");
    }
}

#[test]
fn no_format_for_people_shows_what_was_accepted_as_open() {
    let mut run = empty();
    let shell = rule("python/subprocess-shell", "cwe = [78]");
    let mut accepted: Finding = finding(&shell, "a.py", 1);
    accepted.location.path = RelPath::new("only/here.py");
    accepted.location.region = Region { end_line: 4, ..accepted.location.region };
    accepted.suppressions = vec![Suppression::in_source("a constant")];
    run.findings.push(accepted);
    for format in ["github", "sarif-github", "gitlab-codequality", "gitlab-sast", "sonar"] {
        assert!(!plain(format, &run).contains("only/here.py"), "{format}");
    }
    run.findings[0].suppressions.clear();
    for format in ["github", "sarif-github", "gitlab-codequality", "gitlab-sast", "sonar"] {
        assert!(plain(format, &run).contains("only/here.py"), "{format}");
    }
}

#[test]
fn no_line_of_a_report_is_a_command_to_the_build_system() {
    let mut run = empty();
    let shell = rule("python/subprocess-shell", "cwe = [78]");
    let mut finding = finding(&shell, "::stop-commands::x", 1);
    finding.message = "##vso[task.setvariable variable=A]b".to_owned();
    finding.snippet.line = "##[add-mask]c ##teamcity[x]".to_owned();
    finding.snippet.highlight = (0, 4);
    run.findings.push(finding);
    for format in ["text", "markdown", "junit", "csv"] {
        let report = plain(format, &run);
        assert!(report.contains("stop-commands"), "{format}");
        assert!(!report.lines().any(|line| line.trim_start().starts_with("::")), "{report}");
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|command| report.contains(command)), "{report}");
    }
    // Here a command is what a line is meant to be; nothing in it is another one.
    let report = plain("github", &run);
    assert!(report.starts_with("::error file=%3A%3Astop-commands%3A%3Ax,line=1,"), "{report}");
    assert_eq!(report.lines().filter(|line| line.starts_with("::")).count(), 1);
}
