//! Exceptions: what they accept, for how long, and what is said of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use gate::config::{self, File};
use gate::policy::{Exception, PackagePattern, Validity};
use serde_json::{Value, json};

use crate::cli::{Case, Told};
use crate::dependencies::fixture;
use crate::git::line;
use crate::support::rule;

const FILE: &str = ".gate/exceptions.toml";

/// A lockfile with two vulnerable packages of the small database.
const LOCK: &str = r#"version = 4

[[package]]
name = "leaky-parser"
version = "1.2.8"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "slow-regexp"
version = "0.4.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

fn exception(what: &str, expires: &str) -> String {
    format!("[[exception]]\n{what}\nowner = \"team-a\"\nreason = \"a mitigation is in place\"\nexpires = {expires}\n")
}

fn seconds(day: &str) -> String {
    let day: jiff::civil::Date = day.parse().unwrap();
    day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second().to_string()
}

/// `gate` with these arguments on this day.
fn on(case: &Case, day: &str, args: &[&str]) -> Told {
    let mut command: Command = case.command(args);
    Told::from(command.env("SOURCE_DATE_EPOCH", seconds(day)).output().unwrap())
}

fn scan(case: &Case, day: &str, args: &[&str]) -> (Option<i32>, Value) {
    let told = on(case, day, &[&["scan", "--format", "json"], args].concat());
    (told.code, serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}")))
}

fn audit(case: &Case, day: &str) -> (Option<i32>, Value) {
    let database = fixture("lockfiles/rustsec");
    scan(case, day, &["--only", "dependencies", "--db", database.to_str().unwrap()])
}

fn of_rule<'a>(report: &'a Value, rule: &str) -> Vec<&'a Value> {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule).collect()
}

/// The findings that no exception accepts, by rule.
fn open(report: &Value) -> Vec<&str> {
    let is_open = |finding: &&Value| finding.get("suppressions").is_none();
    report["findings"].as_array().unwrap().iter().filter(is_open).map(|one| one["rule"].as_str().unwrap()).collect()
}

#[test]
fn the_end_of_an_exception_flips_the_verdict() {
    let text = exception("rule = \"python/shell-injection\"\npath = \"old\"", "2030-06-30");
    let code = "import os\nimport flask\n\n\ndef run():\n    os.system('ls ' + flask.request.args['x'])\n";
    let case = Case::new(&[("old/app.py", code), (FILE, &text)]);
    let only = ["--only", "code"];
    let (code, report) = scan(&case, "2030-01-01", &only);
    assert_eq!((code, report["verdict"]["name"].as_str()), (Some(0), Some("exception")), "{report:#}");
    assert_eq!((&report["verdict"]["excepted"], &report["summary"]["findings"]["excepted"]), (&json!(1), &json!(1)));
    let accepted = of_rule(&report, "python/shell-injection")[0];
    let note = json!({"kind": "external", "justification": "a mitigation is in place", "owner": "team-a",
        "expires": "2030-06-30", "place": {"file": FILE, "line": 1}});
    assert_eq!((&accepted["suppressions"][0], &accepted["outcome"]), (&note, &json!("fail")));
    let text = on(&case, "2030-01-01", &["scan", "--only", "code"]).out;
    assert!(
        text.contains("passed by exception: no findings · 1 accepted (1 by exceptions, 1 of them failing)"),
        "{text}"
    );

    assert_eq!(scan(&case, "2030-06-15", &only).1["findings"].as_array().unwrap().len(), 1, "fifteen days are enough");
    for (day, when) in [("2030-06-16", "in 14 days"), ("2030-06-29", "tomorrow"), ("2030-06-30", "today")] {
        let (code, report) = scan(&case, day, &only);
        assert_eq!((code, report["verdict"]["name"].as_str()), (Some(0), Some("exception")), "{day}");
        let told = of_rule(&report, "gate/expiring-exception");
        let message =
            format!("The exception for python/shell-injection expires {when}, on 2030-06-30 (team-a answers for it)");
        assert_eq!((&told[0]["message"], &told[0]["level"]), (&json!(message), &json!("warning")));
    }
    let (code, report) = scan(&case, "2030-07-01", &only);
    assert_eq!((code, report["verdict"]["name"].as_str()), (Some(1), Some("failed")));
    assert_eq!(open(&report), ["gate/expired-exception", "python/shell-injection"]);
    let told = of_rule(&report, "gate/expired-exception")[0];
    assert_eq!((&told["path"], &told["line"], &told["outcome"]), (&json!(FILE), &json!(1), &json!("fail")));
}

#[test]
fn how_early_the_end_is_told_can_be_set() {
    let case = Case::new(&[
        ("app.py", "eval(text)\n"),
        (FILE, &exception("rule = \"python/eval\"\npath = \"**\"", "2030-06-30")),
    ]);
    let told = |days: &str, day: &str| {
        fs::write(case.path().join("gate.toml"), format!("[policy]\nexpiry-warning-days = {days}\n")).unwrap();
        of_rule(&scan(&case, day, &["--only", "code"]).1, "gate/expiring-exception").len()
    };
    assert_eq!(
        [told("30", "2030-06-01"), told("30", "2030-05-30"), told("0", "2030-06-29"), told("0", "2030-06-30")],
        [1, 0, 0, 1]
    );
    fs::write(case.path().join("gate.toml"), "[policy]\nexpiry-warning-days = 400\n").unwrap();
    case.run(&["scan"]).refuses(&["gate.toml:2:23:", "from 0 to 366"]);
}

#[test]
fn an_advisory_has_many_names_and_a_package_a_version() {
    let later = "2030-06-30";
    let both = ["dependency/vulnerable", "dependency/vulnerable"];
    for (what, left) in [
        ("advisory = \"RUSTSEC-2021-9001\"", 1),
        ("advisory = \"CVE-2021-99001\"", 1),
        ("advisory = \"ghsa-AAAA-bbbb-cccc\"", 1),
        ("advisory = [\"CVE-2021-99001\", \"RUSTSEC-2022-9002\"]", 0),
        ("advisory = \"CVE-2021-99001\"\npackage = \"leaky-parser\"", 1),
        ("advisory = \"CVE-2021-99001\"\npackage = \"leaky-parser@1.2.8\"", 1),
        ("advisory = \"CVE-2021-99001\"\npackage = \"pkg:cargo/leaky-parser@1.2.8\"", 1),
        ("rule = \"dependency/vulnerable\"\npackage = [\"slow-regexp\", \"pkg:cargo/leaky-parser\"]", 0),
        ("rule = \"dependency/*\"\npath = \"Cargo.lock\"", 0),
        ("rule = \"dependency/*\"\npath = \"**\"\nanalysis = \"dependencies\"", 0),
        ("advisory = \"CVE-2021-99001\"\npackage = \"leaky-parser@1.2.7\"", 2),
        ("advisory = \"CVE-2021-99001\"\npackage = \"leaky\"", 2),
        ("advisory = \"CVE-2021-99001\"\npath = \"sub/**\"", 2),
        ("advisory = \"CVE-2021-9900\"", 2),
        ("advisory = \"CVE-2021-99001\"\nanalysis = \"code\"", 2),
        ("rule = \"dependency/unsound\"\npath = \"**\"", 2),
    ] {
        let case = Case::new(&[("Cargo.lock", LOCK), ("gate.toml", &exception(what, later))]);
        let (_, report) = audit(&case, "2030-01-01");
        let open: Vec<&str> = open(&report).into_iter().filter(|rule| rule.starts_with("dependency/")).collect();
        assert_eq!(open, both[..left], "{what}");
        // One that accepts nothing is told, but not that of an analysis that did not run.
        let is_idle = left == 2 && !what.contains("\"code\"");
        assert_eq!(of_rule(&report, "gate/unused-exception").len(), usize::from(is_idle), "{what}");
    }
}

#[test]
fn a_secret_is_excepted_by_its_fingerprint_and_no_other() {
    let case = Case::new(&[("key.py", &format!("{}{}", line(1), line(2)))]);
    let only = ["--only", "secrets"];
    let found = scan(&case, "2030-01-01", &only).1;
    let prints: Vec<&str> =
        found["findings"].as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), 2);
    let text = exception(&format!("fingerprint = \"{}\"", prints[0].to_uppercase()), "2030-06-30");
    fs::create_dir(case.path().join(".gate")).unwrap();
    fs::write(case.path().join(FILE), text).unwrap();
    let (code, report) = scan(&case, "2030-01-01", &only);
    assert_eq!((code, open(&report).len()), (Some(1), 1));
    fs::write(case.path().join("key.py"), format!("# moved\n\n{}", line(1))).unwrap();
    assert_eq!(scan(&case, "2030-01-01", &only).1["verdict"]["name"], "exception");
    fs::write(case.path().join("key.py"), line(3)).unwrap();
    assert_eq!(scan(&case, "2030-01-01", &only).0, Some(1), "another secret in its place is not excepted");
}

#[test]
fn what_accepts_nothing_is_told_only_where_that_can_be_known() {
    let text = exception("rule = \"python/eval\"\npath = \"app.py\"", "2030-06-30");
    let case = Case::new(&[("app.py", "x = 1\n"), ("other/b.py", "x = 1\n"), (FILE, &text)]);
    let unused = |day: &str, args: &[&str]| of_rule(&scan(&case, day, args).1, "gate/unused-exception").len();
    assert_eq!(unused("2030-01-01", &["--only", "code"]), 1);
    assert_eq!(unused("2030-01-01", &["--only", "secrets"]), 0, "the analysis did not run");
    assert_eq!(unused("2030-01-01", &["other", "--only", "code"]), 0, "not all was looked at");
    // The same for one that is over: a scan of something else does not fail on it.
    let expired = |args: &[&str]| of_rule(&scan(&case, "2031-01-01", args).1, "gate/expired-exception").len();
    assert_eq!(
        [expired(&["--only", "code"]), expired(&["--only", "secrets"]), expired(&["other", "--only", "code"])],
        [1, 0, 0]
    );
    fs::write(case.path().join("app.py"), "def (:\n").unwrap();
    assert_eq!(unused("2030-01-01", &["--only", "code"]), 0, "its file was not understood");
    // What it accepts is not shown, and it is needed all the same.
    fs::write(case.path().join("app.py"), "eval(text)\n").unwrap();
    fs::write(case.path().join("gate.toml"), "[scan]\nmin-confidence = \"high\"\n").unwrap();
    assert_eq!(unused("2030-01-01", &["--only", "code"]), 0);
    fs::write(case.path().join("gate.toml"), "[rules.\"python/eval\"]\nlevel = \"off\"\n").unwrap();
    assert_eq!(unused("2030-01-01", &["--only", "code"]), 0, "the rule is off");
}

#[test]
fn an_advisory_is_not_unused_without_a_database() {
    let text = exception("advisory = \"CVE-2021-99001\"", "2030-06-30");
    let case = Case::new(&[("Cargo.lock", LOCK), (FILE, &text)]);
    let mut command = case.command(&["scan", "--format", "json"]);
    command.env("SOURCE_DATE_EPOCH", seconds("2030-01-01")).env("GATE_CACHE_DIR", case.path().join(".git/none"));
    let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!(report["verdict"]["name"], "incomplete");
    assert!(of_rule(&report, "gate/unused-exception").is_empty(), "{report:#}");
}

#[test]
fn both_files_are_read_and_faults_have_their_place() {
    let good = exception("rule = \"python/eval\"\npath = \"a.py\"", "2030-06-30");
    for (text, words) in [
        ("[[exception]]\n", &["exceptions.toml:1:1:", "needs an owner", "needs a reason", "needs an end"][..]),
        (&good.replace("owner = \"team-a\"", "owner = \" \""), &["exceptions.toml:4:9:", "needs an owner"]),
        (&good.replace("reason = \"a mitigation is in place\"\n", ""), &["exceptions.toml:1:1:", "needs a reason"]),
        (&good.replace("2030-06-30", "\"soon\""), &["exceptions.toml:6:11:", "a day of the calendar", "2027-01-31"]),
        (&good.replace("2030-06-30", "2030-02-30"), &["exceptions.toml:6:"]),
        (&good.replace("2030-06-30", "2030-06-30T10:00:00"), &["exceptions.toml:6:11:", "a day of the calendar"]),
        (&good.replace("2030-06-30", "20300630"), &["exceptions.toml:6:11:", "a day of the calendar"]),
        (&good.replace("path = \"a.py\"\n", ""), &["exceptions.toml:1:1:", "says where it holds"]),
        (&good.replace("rule = \"python/eval\"\n", ""), &["exceptions.toml:1:1:", "says what it accepts"]),
        (&good.replace("python/eval", "python/evil"), &["exceptions.toml:2:8:", "did you mean `python/eval`?"]),
        (
            &good.replace("python/eval", "pyton/*"),
            &["exceptions.toml:2:8:", "no group of rules", "did you mean `python`?"],
        ),
        (&good.replace("\"a.py\"", "\"a[\""), &["exceptions.toml:3:8:", "is no glob"]),
        (&good.replace("\"a.py\"", "[]"), &["exceptions.toml:3:8:", "an empty list"]),
        (
            &good.replace("rule = \"python/eval\"", "fingerprint = \"12ab\""),
            &["exceptions.toml:2:15:", "32 hexadecimal digits"],
        ),
        (&good.replace("rule = \"python/eval\"", "advisory = \"\""), &["exceptions.toml:2:12:", "`advisory` is empty"]),
        (&good.replace("owner", "ower"), &["exceptions.toml:4:1:", "unknown key `ower`", "did you mean `owner`?"]),
        (&good.replace("[[exception]]", "[[exceptions]]"), &["exceptions.toml:1:3:", "unknown key `exceptions`"]),
        (&format!("version = 2\n{good}"), &["exceptions.toml:1:11:", "version 2", "version 1"]),
        (&format!("{good}<<<<<<< HEAD\n"), &["exceptions.toml:7:9:"]),
        ("exception = 3\n", &["exceptions.toml:1:13:"]),
    ] {
        let case = Case::new(&[("a.py", "eval(text)\n"), (FILE, text)]);
        case.run(&["scan", "--only", "code"]).refuses(words);
        case.run(&["exceptions", "list"]).refuses(words);
    }
    let case = Case::new(&[("a.py", "eval(text)\n"), ("gate.toml", &good.replace("team-a", "")), (FILE, &good)]);
    case.run(&["scan", "--only", "code"]).refuses(&["gate.toml:4:9:", "needs an owner"]);
    fs::write(case.path().join("gate.toml"), good.replace("a.py", "b.py")).unwrap();
    let listed = on(&case, "2030-01-01", &["exceptions", "list"]);
    assert!(listed.out.contains("gate.toml:1:") && listed.out.contains(".gate/exceptions.toml:1:"), "{listed:?}");
    fs::remove_file(case.path().join(FILE)).unwrap();
    fs::create_dir(case.path().join(FILE)).unwrap();
    case.run(&["scan", "--only", "code"]).refuses(&["exceptions.toml", "the exceptions could not be read"]);
    let case = Case::new(&[]);
    let mut command = case.command(&["exceptions", "list"]);
    Told::from(command.env("SOURCE_DATE_EPOCH", "soon").output().unwrap()).refuses(&["SOURCE_DATE_EPOCH"]);
}

fn parsed(text: &str) -> Exception {
    let rules = [rule("python/eval", "")];
    config::parse_exceptions(File::new(Path::new("e"), "e"), text, &rules).unwrap().remove(0)
}

#[test]
fn the_last_day_still_counts() {
    let exception = parsed(&exception("rule = \"python/eval\"\npath = \"a\"", "2028-02-29"));
    let on = |day: &str| exception.validity(Some(day.parse().unwrap()), 14);
    assert_eq!(on("2028-02-01"), Validity::Holds);
    assert_eq!(on("2028-02-15"), Validity::Ends(14));
    assert_eq!(on("2028-02-29"), Validity::Ends(0));
    assert_eq!(on("2028-03-01"), Validity::Expired);
    assert_eq!(exception.validity(None, 14), Validity::Expired, "without a day nothing holds");
}

#[test]
fn packages_have_scopes_and_urls() {
    for (text, name, version) in [
        ("openssl", "openssl", None),
        ("openssl@1.0.2", "openssl", Some("1.0.2")),
        ("@scope/name", "@scope/name", None),
        ("@scope/name@1.0.0", "@scope/name", Some("1.0.0")),
        ("pkg:npm/%40scope/name@1.0.0", "pkg:npm/%40scope/name", Some("1.0.0")),
        ("name@", "name", None),
    ] {
        let expected = PackagePattern { name: name.to_owned(), version: version.map(str::to_owned) };
        assert_eq!(PackagePattern::parse(text), expected, "{text}");
    }
}

/// Exceptions of every kind: two for advisories, and others that another tool cannot say as narrowly.
fn many() -> String {
    [
        exception("advisory = [\"RUSTSEC-2021-9001\", \"CVE-2021-99001\"]", "2030-06-30")
            .replace("in place", "in \\\"place\\\"\\n# now"),
        exception("advisory = \"rustsec-2022-9002\"\npackage = \"slow-regexp\"", "2031-12-31"),
        exception("advisory = \"RUSTSEC-2023-9003\"", "2020-01-01"),
        exception("advisory = \"RUSTSEC-2024-9004\"\npath = \"sub/Cargo.lock\"", "2030-06-30"),
        exception("advisory = \"RUSTSEC-2024-9006\"\npackage = \"sleepy-log@0.1.0\"", "2030-06-30"),
        exception("rule = \"python/eval\"\npath = \"a.py\"", "2030-06-30"),
    ]
    .concat()
}

/// What `gate exceptions export` writes for a tool, and what it leaves out.
fn exported(format: &str) -> (String, String) {
    let case = Case::new(&[(FILE, &many())]);
    let told = on(&case, "2030-01-01", &["exceptions", "export", "--format", format]);
    assert_eq!(told.code, Some(0), "{told:?}");
    (told.out, told.err)
}

fn array<'a>(value: &'a toml::Value, keys: &[&str]) -> &'a Vec<toml::Value> {
    keys.iter().fold(value, |value, key| &value[key]).as_array().unwrap()
}

#[test]
fn other_tools_get_what_they_can_say_and_no_more() {
    let (deny, left_out) = exported("deny");
    let deny: toml::Value = toml::from_str(&deny).unwrap();
    let ids: Vec<&str> =
        array(&deny, &["advisories", "ignore"]).iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["RUSTSEC-2021-9001", "RUSTSEC-2022-9002"]);
    let reason = array(&deny, &["advisories", "ignore"])[0]["reason"].as_str().unwrap();
    assert_eq!(reason, "a mitigation is in \"place\" # now (team-a, until 2030-06-30)");
    for words in [
        "CVE-2021-99001 is left out: only RUSTSEC ids",
        "it has expired",
        "for some files",
        "for one version",
        "names no advisory",
    ] {
        assert!(left_out.contains(words), "{words}: {left_out}");
    }

    let audit: toml::Value = toml::from_str(&exported("audit").0).unwrap();
    let ids: Vec<&str> = array(&audit, &["advisories", "ignore"]).iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(ids, ["RUSTSEC-2021-9001", "RUSTSEC-2022-9002"]);

    let osv: toml::Value = toml::from_str(&exported("osv-scanner").0).unwrap();
    let entries = array(&osv, &["IgnoredVulns"]);
    let ids: Vec<&str> = entries.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["CVE-2021-99001", "RUSTSEC-2021-9001", "rustsec-2022-9002"]);
    // There it ends with the start of the day.
    assert_eq!(entries[0]["ignoreUntil"].as_datetime().unwrap().to_string(), "2030-07-01");
    assert!(entries[0]["reason"].is_str());

    let (trivy, _) = exported("trivyignore");
    let lines: Vec<&str> = trivy.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(
        lines,
        ["CVE-2021-99001 exp:2030-07-01", "RUSTSEC-2021-9001 exp:2030-07-01", "rustsec-2022-9002 exp:2032-01-01"]
    );
}

#[test]
fn an_empty_list_is_a_valid_file_too() {
    let case = Case::new(&[("a.py", "")]);
    for format in ["deny", "audit", "osv-scanner"] {
        let told = case.run(&["exceptions", "export", "--format", format]);
        assert_eq!((told.code, toml::from_str::<toml::Value>(&told.out).is_ok()), (Some(0), true), "{told:?}");
    }
    assert_eq!(case.run(&["exceptions", "list"]).out, "0 exceptions\n");
    case.run(&["exceptions", "export", "--format", "deny", "-o", "deny.toml"]);
    assert!(fs::read_to_string(case.path().join("deny.toml")).unwrap().contains("[advisories]"));
}

#[test]
fn they_are_listed_with_their_state() {
    let case = Case::new(&[(FILE, &many())]);
    let told = on(&case, "2030-06-20", &["exceptions", "list"]);
    assert!(told.out.starts_with("expiring  until 2030-06-30  RUSTSEC-2021-9001, CVE-2021-99001\n"), "{told:?}");
    assert!(
        told.out.contains("expired   until 2020-01-01") && told.out.ends_with("6 exceptions, 1 expired\n"),
        "{told:?}"
    );
    let told = on(&case, "2030-06-20", &["exceptions", "list", "--format", "json"]);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(report["exceptions"][1]["state"], "holds");
    assert_eq!(report["exceptions"][1]["packages"], json!(["slow-regexp"]));
    assert_eq!(report["exceptions"][1]["place"]["file"], FILE);
}
