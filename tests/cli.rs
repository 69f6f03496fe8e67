//! The real binary on small folders: what it prints, and its exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub struct Case {
    folder: TempDir,
}

impl Case {
    /// A folder outside any repository that holds these files.
    pub fn new(files: &[(&str, &str)]) -> Case {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        // A repository of its own: nothing above it is looked at.
        fs::create_dir_all(folder.path().join(".git")).unwrap();
        Case { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command.current_dir(self.path()).args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    pub fn run(&self, args: &[&str]) -> Told {
        Told::from(self.command(args).output().unwrap())
    }
}

#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Told {
    fn from(output: Output) -> Told {
        Told {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Told {
    /// It could not run, says all of `words` on standard error, and nothing on standard output.
    pub fn refuses(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{self:?}");
        assert!(self.out.is_empty(), "{self:?}");
        assert!(words.iter().all(|word| self.err.contains(word)), "{words:?} in {self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
    }
}

const CLEAN: &[(&str, &str)] = &[("app.py", "def add(one, other):\n    return one + other\n"), ("LICENSE", "")];

#[test]
fn usage_errors_say_what_is_possible() {
    let case = Case::new(CLEAN);
    case.run(&["scan", "--frmat", "json"]).refuses(&["--format"]);
    case.run(&["scan", "--format", "xml"]).refuses(&["possible formats are text, json, sarif"]);
    case.run(&["scan", "--format", "json="]).refuses(&["no file name"]);
    case.run(&["scan", "--only", "secret"]).refuses(&["secrets, code, compliance, dependencies"]);
    case.run(&["scan", "--only", "code", "--skip", "code"]).refuses(&["no analysis"]);
    case.run(&["scan", "--fail-on", "fatal"]).refuses(&["never", "note", "warning", "error"]);
    case.run(&["scan", "--threads", "0"]).refuses(&["threads"]);
    case.run(&["scan", "-q", "-v"]).refuses(&["cannot be used with"]);
    case.run(&["scna"]).refuses(&["scan"]);
    case.run(&[]).refuses(&["Usage"]);
}

#[test]
fn help_and_version_are_no_errors() {
    let case = Case::new(CLEAN);
    let help = case.run(&["scan", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(
        help.out.contains("\n  text                        for people\n") && help.out.contains("Exit codes"),
        "{help:?}"
    );
    let version = case.run(&["--version"]);
    assert_eq!((version.code, version.out), (Some(0), format!("gate {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn reports_cannot_collide() {
    let case = Case::new(CLEAN);
    case.run(&["scan", "--format", "json", "--format", "sarif"]).refuses(&["json and sarif", "standard output"]);
    case.run(&["scan", "--format", "json=a", "--format", "sarif=a"]).refuses(&["two reports"]);
    case.run(&["scan", "--format", "json=a", "--output", "b"]).refuses(&["--output takes one report"]);
}

#[test]
fn a_path_that_is_not_there_is_told_with_its_neighbour() {
    let case = Case::new(CLEAN);
    case.run(&["scan", "apq.py"]).refuses(&["apq.py", "did you mean `app.py`?"]);
    case.run(&["scan", "nothing/like/it"]).refuses(&["nothing/like/it"]);
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_work() {
    let case = Case::new(CLEAN);
    case.run(&["scan", "--output", "no/such/report.json"]).refuses(&["no/such"]);
    case.run(&["scan", "--format", "sarif=."]).refuses(&["that is a folder"]);
    case.run(&["scan", "--config", "none.toml"]).refuses(&["none.toml", "could not be read"]);
    case.run(&["scan", "--rules", "none"]).refuses(&["there is no folder none"]);
    case.run(&["scan", "--db", "none"]).refuses(&["advisory database in none", "no such folder"]);
}

#[test]
fn a_broken_configuration_is_told_with_its_line() {
    let case = Case::new(&[("gate.toml", "[policy]\nfail_on = \"error\"\n"), ("sub/app.py", "x = 1\n")]);
    case.run(&["scan", "sub"]).refuses(&["gate.toml:2:1: unknown key `fail_on`", "did you mean `fail-on`?"]);
    let case =
        Case::new(&[("gate.toml", "[rules.\"quality/cyclomatic-complexty\"]\nmax = 3\n"), ("app.py", "x = 1\n")]);
    case.run(&["scan"]).refuses(&["gate.toml:1:8", "did you mean `quality/cyclomatic-complexity`?"]);
}

#[test]
fn broken_rules_are_told_with_their_line() {
    let case =
        Case::new(&[(".gate/rules/python/mine.toml", "name = \"Mine\"\nlevel = \"fatal\"\n"), ("app.py", "x = 1\n")]);
    case.run(&["scan"]).refuses(&[".gate/rules/python/mine.toml:2:"]);
    case.run(&["rules", "test"]).refuses(&[".gate/rules/python/mine.toml:2:"]);
}

#[test]
fn init_writes_a_configuration_once() {
    let case = Case::new(&[]);
    let told = case.run(&["init"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(fs::read_to_string(case.path().join("gate.toml")).unwrap(), gate::config::TEMPLATE);
    case.run(&["init"]).refuses(&["there already"]);
}

#[test]
fn rules_are_listed_and_explained() {
    let case = Case::new(&[]);
    let list = case.run(&["rules"]);
    assert_eq!(list.code, Some(0));
    assert!(list.out.lines().any(|line| line.starts_with("quality/cyclomatic-complexity ")), "{list:?}");
    let json: serde_json::Value = serde_json::from_str(&case.run(&["rules", "--format", "json"]).out).unwrap();
    assert!(
        json["rules"].as_array().is_some_and(|rules| rules.iter().any(|rule| rule["id"] == "gate/unused-suppression"))
    );
    let page = case.run(&["explain", "quality/cyclomatic-complexity"]);
    assert_eq!(page.code, Some(0));
    assert!(page.out.contains("How to fix it") && page.out.contains("max = "), "{page:?}");
    assert!(!page.out.contains('\u{1b}'), "no colour in a pipe");
    case.run(&["explain", "cyclomatic-complexty"]).refuses(&["did you mean `quality/cyclomatic-complexity`"]);
}

#[test]
fn a_reader_that_leaves_is_no_fault() {
    let case = Case::new(&[]);
    let mut child =
        case.command(&["rules", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A rule of the user's own, so that these tests do not depend on any that comes with the program.
const RULE: (&str, &str) = (
    ".gate/rules/secret/mine.toml",
    "name = \"My token\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"A token of mine\"\n\
     [match.regex]\nkeywords = [\"mine_\"]\npattern = 'mine_[0-9]{8}'\n",
);

fn with_rule(files: &[(&str, &str)]) -> Case {
    Case::new(&[&[RULE], files].concat())
}

const FORMATS: [&str; 3] = ["text", "json", "sarif"];

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let clean = with_rule(&[("app.py", "x = 1\n")]);
    let leaking = with_rule(&[("app.py", "x = 'mine_12345678'\n")]);
    let empty = tempfile::tempdir().unwrap();
    fs::create_dir(empty.path().join(".git")).unwrap();
    let empty = Case { folder: empty };
    for format in FORMATS {
        for (case, code) in [(&clean, 0), (&leaking, 1), (&empty, 2)] {
            let told = case.run(&["scan", "--only", "secrets", "--format", format]);
            assert_eq!(told.code, Some(code), "{format}: {told:?}");
            assert!(told.err.is_empty(), "{told:?}");
        }
    }
    let told = empty.run(&["scan"]);
    assert!(told.out.contains("no file was scanned") && told.out.contains("incomplete: "), "{told:?}");
}

#[test]
fn findings_are_shown_with_their_line_below_the_repository() {
    let case = with_rule(&[("sub/dir/app.py", "y = 0\nx = 'mine_12345678'\n")]);
    let told = case.run(&["scan", "sub/dir", "--only", "secrets"]);
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("sub/dir/app.py:2:6  secret/mine"), "{told:?}");
    assert!(told.out.ends_with("1 file, 2 lines\n"), "{told:?}");
    assert!(!told.out.contains("mine_12345678"), "the secret is masked: {told:?}");
    let quiet = case.run(&["scan", "-q", "--only", "secrets"]);
    assert_eq!((quiet.code, quiet.out.lines().count()), (Some(1), 1), "{quiet:?}");
}

#[test]
fn thresholds_come_from_the_configuration_and_the_command_line_has_the_last_word() {
    let case =
        with_rule(&[("app.py", "x = 'mine_12345678'\n"), ("gate.toml", "[policy.secrets]\nfail-on = \"never\"\n")]);
    assert_eq!(case.run(&["scan", "--only", "secrets"]).code, Some(0));
    assert_eq!(case.run(&["scan", "--only", "secrets", "--fail-on", "error"]).code, Some(1));
    assert_eq!(case.run(&["scan", "--only", "secrets", "--fail-on", "never"]).code, Some(0));
    let case = with_rule(&[
        ("app.py", "x = 'mine_12345678'\n"),
        ("gate.toml", "[rules.\"secret/mine\"]\nlevel = \"warning\"\n"),
    ]);
    assert_eq!(case.run(&["scan", "--only", "secrets"]).code, Some(0));
    assert_eq!(case.run(&["scan", "--only", "secrets", "--strict"]).code, Some(1));
}

#[test]
fn comments_accept_findings_and_are_told_when_they_are_in_vain() {
    let case = with_rule(&[
        ("app.py", "# gate:allow secret/mine a test account\nx = 'mine_12345678'\n"),
        ("old.py", "# gate:allow secret/mine it was here once\nx = 1\n"),
        ("bare.py", "x = 'mine_12345678' # gate:allow secret/mine\n"),
    ]);
    let told = case.run(&["scan", "app.py", "old.py", "--only", "secrets"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("1 accepted") && !told.out.contains("A token of mine"), "{told:?}");
    assert!(told.out.contains("old.py:1:3  gate/unused-suppression"), "{told:?}");
    let told = case.run(&["scan", "app.py", "--only", "secrets", "-v"]);
    assert!(told.out.contains("accepted: a test account"), "{told:?}");
    let told = case.run(&["scan", "bare.py", "--only", "secrets"]);
    assert_eq!(told.code, Some(1), "without a reason it does not count: {told:?}");
    assert!(told.out.contains("has no reason"), "{told:?}");
}

#[test]
fn what_is_excluded_is_counted_and_never_clean() {
    let exclude = "[[scan.exclude]]\npaths = [\"vendor\"]\nreason = \"not ours\"\n";
    let case =
        with_rule(&[("vendor/a/app.py", "x = 'mine_12345678'\n"), ("app.py", "x = 1\n"), ("gate.toml", exclude)]);
    let told = case.run(&["scan", "--only", "secrets"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("1 excluded"), "{told:?}");
    let told = case.run(&["scan", "vendor", "--only", "secrets"]);
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.out.contains("1 excluded by the configuration"), "{told:?}");
}

#[test]
fn several_reports_are_written_at_once_and_whole() {
    let case = with_rule(&[("app.py", "x = 'mine_12345678'\n"), ("out/report.json", "old")]);
    let args = [
        "scan",
        "app.py",
        "--only",
        "secrets",
        "--format",
        "json=out/report.json",
        "--format=sarif=out/x.sarif",
        "--format",
        "text",
    ];
    let told = case.run(&args);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.starts_with("app.py\n"), "{told:?}");
    for file in ["out/report.json", "out/x.sarif"] {
        let text = fs::read_to_string(case.path().join(file)).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value.is_object());
    }
    let left: Vec<_> =
        fs::read_dir(case.path().join("out")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left beside the reports: {left:?}");
    assert_eq!(case.run(&["scan", "app.py", "--only", "secrets", "--format", "json", "--output", "o.json"]).out, "");
    assert!(case.path().join("o.json").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let case = with_rule(&[("app.py", "x = 1\n")]);
    case.run(&["scan", "app.py", "--only", "secrets", "--output", "/dev/full"])
        .refuses(&["/dev/full", "No space left"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let told = Told::from(case.command(&["scan", "app.py", "--only", "secrets"]).stdout(full).output().unwrap());
    told.refuses(&["standard output", "No space left"]);
}

#[test]
fn reports_are_the_same_for_any_number_of_threads() {
    let files: Vec<(String, String)> =
        (0..40).map(|n| (format!("src/f{n}.py"), format!("x = 'mine_123456{:02}'\n", n % 3))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let case = with_rule(&files);
    for format in FORMATS {
        let one = case.run(&["scan", "--only", "secrets", "--format", format, "--threads", "1"]);
        let four = case.run(&["scan", "--only", "secrets", "--format", format, "--threads", "4"]);
        assert_eq!(one.out, four.out);
        assert!(one.out.len() > 1000, "{one:?}");
    }
}

#[test]
fn colours_are_for_those_who_can_see_them() {
    let case = with_rule(&[("app.py", "x = 'mine_12345678'\n")]);
    let colored = |name: &str| {
        let output = case.command(&["scan", "--only", "secrets"]).env(name, "1").output().unwrap();
        Told::from(output).out.contains('\u{1b}')
    };
    assert!(colored("CLICOLOR_FORCE"));
    assert!(!colored("NO_COLOR"));
    assert!(!case.run(&["scan", "--only", "secrets"]).out.contains('\u{1b}'), "a pipe is no terminal");
    let file = case.command(&["scan", "app.py", "--output", "o.txt"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(file.stdout.is_empty());
    assert!(!fs::read_to_string(case.path().join("o.txt")).unwrap().contains('\u{1b}'), "a file is no terminal");
}

#[test]
fn rules_of_ones_own_are_tested_on_their_fixtures() {
    let fixture = "# ruleid: secret/mine\nx = mine_12345678\n# ruleid: secret/mine\ny = mine_87654321\n\
                   # ok: secret/mine\nz = mine_1234567\n# ok: secret/mine\nz = mine_name\n";
    let told = with_rule(&[(".gate/rules/secret/mine.txt", fixture)]).run(&["rules", "test"]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), "passed · 1 rule in .gate/rules\n"));
    let told =
        with_rule(&[(".gate/rules/secret/mine.txt", "# ok: secret/mine\nx = mine_12345678\n")]).run(&["rules", "test"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("line 2: `secret/mine` must not find this"), "{told:?}");
    assert!(told.out.contains("it needs 2 lines below a comment `ruleid: secret/mine`, and has 0"), "{told:?}");
    Case::new(&[]).run(&["rules", "test"]).refuses(&["there are no rules to test"]);
}

#[test]
fn a_rule_that_is_there_already_is_refused() {
    let text = RULE.1.to_owned();
    let case = Case::new(&[(".gate/rules/secret/private-key.toml", &text), ("app.py", "")]);
    case.run(&["scan"]).refuses(&["secret/private-key", "taken by a rule that comes with gate"]);
}

const LOCKFILE: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"left\"]\n\n\
                        [[package]]\nname = \"left\"\nversion = \"1.2.3\"\n\
                        source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

#[test]
fn bills_of_materials_tell_what_is_locked() {
    let case = Case::new(&[("Cargo.lock", LOCKFILE)]);
    for (format, key) in [("cyclonedx", "bomFormat"), ("spdx", "spdxVersion")] {
        let told = case.run(&["sbom", "--format", format]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let value: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert!(value[key].is_string());
        assert!(told.out.contains("pkg:cargo/left@1.2.3"), "{told:?}");
        assert_eq!(told.out, case.run(&["sbom", "--format", format]).out);
    }
    Case::new(CLEAN).run(&["sbom"]).refuses(&["no lockfile"]);
    let broken = Case::new(&[("Cargo.lock", "version = 4\n[[package]\n")]).run(&["sbom"]);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    assert!(broken.err.contains("Cargo.lock:2"), "{broken:?}");
}

#[test]
fn licences_are_shown() {
    let case = Case::new(&[("Cargo.toml", "[package]\nname = \"x\"\nlicense = \"MIT\"\n"), ("Cargo.lock", LOCKFILE)]);
    let told = case.run(&["licenses"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.starts_with("Cargo.toml  MIT\n"), "{told:?}");
    let value: serde_json::Value = serde_json::from_str(&case.run(&["licenses", "--format", "json"]).out).unwrap();
    assert_eq!(value["manifests"][0]["expression"], "MIT");
    assert_eq!(value["packages"][0]["purl"], "pkg:cargo/left@1.2.3");
}

#[test]
fn a_missing_advisory_database_is_no_pass() {
    let case = Case::new(&[("Cargo.lock", LOCKFILE)]);
    let cache = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| Told::from(case.command(args).env("XDG_CACHE_HOME", cache.path()).output().unwrap());
    let told = run(&["scan", "--only", "dependencies"]);
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.out.contains("gate db update"), "{told:?}");
    run(&["db", "status"]).refuses(&["gate db update"]);
    run(&["db", "update", "--offline"]).refuses(&["--offline"]);
    run(&["db", "update", "--source", "none"]).refuses(&["none"]);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lockfiles/rustsec");
    let told = run(&["db", "update", "--offline", "--source", source]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(run(&["db", "status"]).code, Some(0));
    let status: serde_json::Value = serde_json::from_str(&run(&["db", "status", "--format", "json"]).out).unwrap();
    assert!(status["advisories"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(run(&["scan", "--only", "dependencies"]).code, Some(0));
    assert_eq!(run(&["scan", "--only", "dependencies", "--db", source]).code, Some(0));
}

#[test]
fn metrics_come_in_three_formats() {
    let case = Case::new(&[("a,b.py", "def f(a):\n    if a:\n        return 1\n    return 2\n")]);
    let text = case.run(&["metrics"]);
    assert_eq!(text.code, Some(0), "{text:?}");
    let csv = case.run(&["metrics", "--format", "csv"]);
    assert!(
        csv.out.starts_with("file,name,line,end_line,cyclomatic,cognitive,length,parameters,nesting,statements,"),
        "{csv:?}"
    );
    let json: serde_json::Value = serde_json::from_str(&case.run(&["metrics", ".", "--format", "json"]).out).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert!(json["functions"].is_array() && json["summary"]["average"]["cyclomatic"].is_number());
    let told = case.run(&["metrics", "--format", "json", "--output", "m.json"]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), ""));
    assert!(case.path().join("m.json").is_file());
}

#[test]
fn metrics_are_sorted_and_filtered_and_know_lines_and_volume() {
    let python = "# What it is.\n\ndef f(a):\n    if a and a > 1:  # why\n        return a\n    return 2\n\ndef g():\n    pass\n";
    let rust = "fn h(x: u8) -> u8 {\n    /* one\n       two */ let y = x;\n    if x > 1 { loop { if y > 2 { break; } } }\n    y\n}\n";
    let case = Case::new(&[("a.py", python), ("b.rs", rust), ("c.js", "const k = (a) => a + 1;\n")]);
    let json = |arguments: &[&str]| -> serde_json::Value {
        let told = case.run(&[&["metrics", "--format", "json"], arguments].concat());
        assert_eq!(told.code, Some(0), "{told:?}");
        serde_json::from_str(&told.out).unwrap()
    };
    let names = |value: &serde_json::Value| -> Vec<String> {
        value["functions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = json(&[]);
    assert_eq!(names(&all), ["f", "g", "h", "k"]);
    assert_eq!(names(&json(&["--sort", "statements"])), ["h", "f", "g", "k"]);
    assert_eq!(names(&json(&["--sort", "cognitive", "--top", "1"])), ["h"]);
    assert_eq!(names(&json(&["--over", "cyclomatic=1", "--over", "cognitive=2"])), ["h"]);
    // if, return, return; pass; let, if, loop, if, break, y; the value of an arrow function.
    let statements: Vec<u64> =
        all["functions"].as_array().unwrap().iter().map(|one| one["statements"].as_u64().unwrap()).collect();
    assert_eq!(statements, [3, 1, 6, 1]);
    // Without brackets that close: `(`, `=>`, `+` and `a`, `a`, `1`.
    let halstead =
        serde_json::json!({ "distinct_operators": 3, "distinct_operands": 2, "operators": 3, "operands": 3 });
    assert_eq!(all["functions"][3]["halstead"], halstead);
    // Six tokens of five kinds: 6 × log2(5); 3 / 2 × 3 / 2.
    assert_eq!(
        (all["functions"][3]["volume"].as_f64(), all["functions"][3]["difficulty"].as_f64()),
        (Some(13.93), Some(2.25))
    );
    // (171 − 5.2 ln 13.93 − 0.23 − 16.2 ln 1) × 100 / 171
    assert_eq!(all["functions"][3]["maintainability"].as_f64(), Some(91.86));
    let files: Vec<[u64; 4]> = all["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| ["lines", "code", "comment", "blank"].map(|name| file[name].as_u64().unwrap()))
        .collect();
    assert_eq!(files, [[9, 6, 1, 2], [6, 5, 1, 0], [1, 1, 0, 0]]);
    assert_eq!(all["files"][0]["comment_share"], 0.14);
    assert_eq!(
        all["summary"]["lines"],
        serde_json::json!({ "total": 16, "code": 12, "comment": 2, "blank": 2, "comment_share": 0.14 })
    );
    assert_eq!(all["summary"]["maximum"]["cyclomatic"], 3);
    let text = case.run(&["metrics", "--top", "1"]);
    assert!(text.out.contains("b.rs:1 h\nand 3 more;") || text.out.contains("a.py:3 f\nand 3 more;"), "{text:?}");
    assert!(text.out.ends_with("16 lines in 3 files: 12 of code, 2 of comments (14 %), 2 blank\n"), "{text:?}");
    for wrong in ["cyclomatic", "cyclomatic=many", "beauty=1"] {
        assert_eq!(case.run(&["metrics", "--over", wrong]).code, Some(2));
    }
}

#[test]
fn a_comment_that_accepts_what_is_not_shown_is_not_stale() {
    let code = "# gate:allow secret/generic-assignment a word that is no password\npassword = \"letmein\"\n";
    let case = Case::new(&[("app.py", code), ("LICENSE", "")]);
    let told = case.run(&["scan", "--only", "secrets", "-v"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("1 below the confidence shown"), "{told:?}");
    assert!(!told.out.contains("suppresses nothing"), "{told:?}");
}

const OWN_RULE: &str = "name = \"Sleep in a request\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"`{callee}` blocks\"\n\
    why = \"It serves nobody.\"\nfix = \"Schedule the work.\"\n[[match.call]]\ncallee = [\"time.sleep\"]\n";
const OWN_FIXTURE: &str = "import time, asyncio\n# ruleid: python/no-sleep\ntime.sleep(1)\n# ok: python/no-sleep\nasyncio.sleep(1)\n\
    # ruleid: python/no-sleep\ntime.sleep(2)\n# ok: python/no-sleep\nx = \"time.sleep(1)\"\n";

/// The rule above with another matcher.
fn queried(query: &str) -> String {
    let head = OWN_RULE.split("[[match").next().unwrap();
    format!("{head}[match]\nquery = '''\n{query}\n'''\n").replace("`{callee}` blocks", "It blocks")
}

#[test]
fn own_rules_are_written_as_the_help_says() {
    let rule = ".gate/rules/python/no-sleep.toml";
    let fixture = ".gate/rules/python/no-sleep.py";
    let app = ("app.py", "import time\ntime.sleep(3)\n");
    let case = Case::new(&[(rule, OWN_RULE), (fixture, OWN_FIXTURE), app]);
    let told = case.run(&["rules", "test"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("passed") && told.out.contains("1 rule in .gate/rules"), "{told:?}");
    let told = case.run(&["scan", "app.py", "--only", "code"]);
    assert!(told.code == Some(1) && told.out.contains("app.py:2:1  python/no-sleep"), "{told:?}");

    let query = queried("((call function: (attribute) @f) @match (#eq? @f \"time.sleep\"))");
    let case = Case::new(&[(rule, &query), (fixture, OWN_FIXTURE), app]);
    assert_eq!(case.run(&["rules", "test"]).code, Some(0), "{:?}", case.run(&["rules", "test"]));
    let case = Case::new(&[(rule, OWN_RULE), app]);
    let told = case.run(&["rules", "test"]);
    assert!(told.code == Some(1) && told.out.contains("ruleid: python/no-sleep"), "{told:?}");
}

#[test]
fn a_rule_that_could_never_work_is_refused_with_its_line() {
    let rule = ".gate/rules/python/no-sleep.toml";
    for (text, words) in [
        (queried("(call function: (identifer)) @match"), &["no-sleep.toml:9:1", "identifer", "python"][..]),
        (queried("((call) @match (#foo? @match \"x\"))"), &["no-sleep.toml:", "no predicate `#foo?`"]),
        (queried("(call) @other"), &["no-sleep.toml:", "@match"]),
        (queried("(call"), &["no-sleep.toml:", "balanced"]),
        (OWN_RULE.replace("level", "lvel"), &["no-sleep.toml:2:1", "unknown field `lvel`"]),
        (OWN_RULE.replace("[[match.call]]", "[[match.calls]]"), &["no-sleep.toml:7:9", "unknown field `calls`"]),
        (OWN_RULE.replace("\"error\"", "\"fatal\""), &["no-sleep.toml:2:9", "fatal"]),
    ] {
        let case = Case::new(&[(rule, &text), ("app.py", "x = 1\n")]);
        case.run(&["rules", "test"]).refuses(words);
        case.run(&["scan"]).refuses(words);
    }
    let twice = [
        (rule, OWN_RULE),
        (
            ".gate/rules/list.toml",
            &format!("[[rule]]\nid = \"python/no-sleep\"\n{}", OWN_RULE.replace("match", "rule.match")),
        ),
    ];
    Case::new(&twice).run(&["rules", "test"]).refuses(&["python/no-sleep` is already taken by"]);
}

#[test]
fn a_file_name_cannot_write_lines_of_its_own() {
    let case = Case::new(&[("a\npassed: no findings\u{1b}[2J.py", "eval(input())\n")]);
    let told = case.run(&["scan", "--only", "code"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(!told.out.lines().any(|line| line.starts_with("passed")) && !told.out.contains('\u{1b}'), "{told:?}");
}

/// A shell would say 130; what was to be written is not there in part.
#[cfg(unix)]
#[test]
fn an_interrupted_scan_leaves_no_report() {
    use std::os::unix::process::ExitStatusExt;
    let text = "x = eval(input())\n".repeat(40_000);
    let files: Vec<(String, &str)> = (0..12).map(|index| (format!("f{index}.py"), text.as_str())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let case = Case::new(&files);
    let mut child = case.command(&["scan", "--only", "code", "--format", "json=out.json"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(150));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(2), "{status}");
    let left: Vec<_> = fs::read_dir(case.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name == "out.json"), "{left:?}");
}

#[test]
fn it_runs_without_a_home_and_where_nothing_can_be_written() {
    let case = Case::new(CLEAN);
    let mut command = case.command(&["scan", "--skip", "dependencies", "-q"]);
    command.env_remove("HOME").env_remove("XDG_CACHE_HOME").env_remove("GATE_CACHE_DIR");
    let told = Told::from(command.output().unwrap());
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[test]
fn what_could_not_be_measured_is_told() {
    let broken = "def f(:\n    return (\n";
    let case = Case::new(&[("bad.py", broken), ("good.py", "def g(x):\n    return x\n")]);
    for format in ["text", "json", "csv"] {
        let told = case.run(&["metrics", "--format", format]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(told.err.contains("with syntax errors: bad.py:"), "{told:?}");
    }
    let told = case.run(&["metrics", "bad.py"]);
    assert_eq!(told.out, "no functions were found\n", "{told:?}");
    let case = Case::new(&[("good.py", "def g(x):\n    return x\n"), ("data.bin", "\0\0")]);
    assert_eq!(case.run(&["metrics"]).err, "", "what has no functions is not missed");
}

#[test]
fn packages_of_unknown_licence_are_listed_and_not_guessed() {
    let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
        source = \"registry+https://user:open-sesame1@registry.example.org/index\"\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
    let case = Case::new(&[("Cargo.lock", lock)]);
    let told = case.run(&["licenses"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("pkg:cargo/a@1.0.0") && told.out.contains("  unknown\n"), "{told:?}");
    assert!(told.out.contains("1 locked package of unknown licence"), "{told:?}");
    assert!(!told.out.contains("own@") && !told.out.contains("sesame"), "{told:?}");
    assert!(!case.run(&["sbom"]).out.contains("sesame"));
}

#[test]
fn a_comment_for_a_rule_that_is_none_says_so() {
    let code = "x = 1  # gate:allow python/no-such-thing because\ny = 2  # gate:allow python/eval because\n";
    let case = Case::new(&[("app.py", code)]);
    let told = case.run(&["scan", "--only", "code"]);
    assert!(
        told.out.contains("`gate:allow python/no-such-thing` suppresses nothing: there is no such rule"),
        "{told:?}"
    );
    assert!(told.out.contains("`gate:allow python/eval` suppresses nothing here"), "{told:?}");
}

#[test]
fn advice_is_given_once_a_file() {
    let case = Case::new(&[("a.py", "eval(input())\neval(input())\n"), ("b.py", "eval(input())\n")]);
    let told = case.run(&["scan", "--only", "code"]);
    assert_eq!((told.out.matches("  error  ").count(), told.out.matches("    fix: ").count()), (3, 2), "{told:?}");
}
