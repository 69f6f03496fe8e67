//! What surrounds a scan: completions, manual pages, the doctor, watching, the log and the timings.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use gate::report::FORMATS;
use serde_json::Value;
use tempfile::TempDir;

const CI_VARIABLES: &[&str] = &[
    "GITHUB_RUN_ID",
    "CI_PIPELINE_ID",
    "BUILD_TAG",
    "BITBUCKET_PIPELINE_UUID",
    "BUILD_BUILDID",
    "CIRCLE_WORKFLOW_JOB_ID",
];

/// `gate` in a folder, with a cache of its own and no CI around it.
fn gate(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(folder).args(args).env("GATE_CACHE_DIR", folder.join(".git/gate-cache")).env_remove("NO_COLOR");
    for name in CI_VARIABLES {
        command.env_remove(name);
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn out(output: &Output) -> String {
    text(&output.stdout)
}

fn err(output: &Output) -> String {
    text(&output.stderr)
}

fn git(folder: &Path, args: &[&str]) {
    let status =
        Command::new("git").current_dir(folder).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("git runs").success(), "git {args:?}");
}

/// A repository with one file that has a finding.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    fs::write(
        folder.path().join("app.py"),
        "import subprocess\ndef f():\n    subprocess.run(\"ls \" + input(), shell=True)\n",
    )
    .unwrap();
    folder
}

#[test]
fn completions_know_every_command_and_format() {
    let folder = repository();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = gate(folder.path(), &["completions", shell]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let script = out(&output);
        for word in ["scan", "doctor", "completions", "--staged", "--log-format"] {
            // PowerShell and elvish have the long options with both dashes too.
            assert!(script.contains(word.trim_start_matches("--")), "{shell} lacks {word}");
        }
    }
    let script = out(&gate(folder.path(), &["completions", "bash"]).output().unwrap());
    for format in FORMATS {
        assert!(script.contains(format.name()), "{}", format.name());
    }
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let checked = bash.wait_with_output().unwrap();
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
    assert_eq!(gate(folder.path(), &["completions", "tcsh"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = repository();
    let page = out(&gate(folder.path(), &["man", "scan"]).output().unwrap());
    for part in [".TH gate-scan 1", "gate 0.1.0", "\\-\\-watch", "markdown\\-comment", "Exit codes"] {
        assert!(page.contains(part), "{part}");
    }
    let wrong = gate(folder.path(), &["man", "db", "upgrade"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("there is update, status"), "{wrong:?}");
    fs::create_dir(folder.path().join("man1")).unwrap();
    assert_eq!(gate(folder.path(), &["man", "--output", "man1"]).output().unwrap().status.code(), Some(0));
    let mut pages: Vec<String> = fs::read_dir(folder.path().join("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for page in ["gate.1", "gate-scan.1", "gate-db-update.1", "gate-doctor.1", "gate-rules-test.1"] {
        assert!(pages.iter().any(|known| known == page), "{page} in {pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("help")), "{pages:?}");
    let nowhere = gate(folder.path(), &["man", "--output", "no/folder"]).output().unwrap();
    assert!(nowhere.status.code() == Some(2) && err(&nowhere).contains("no/folder"), "{nowhere:?}");
}

/// State and help of each check.
fn checks(output: &Output) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(report["schema_version"], 1);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let check = |check: &Value| {
        (text(&check["name"]), text(&check["state"]), format!("{} {}", check["message"], check["help"]))
    };
    report["checks"].as_array().unwrap().iter().map(check).collect()
}

fn state<'a>(checks: &'a [(String, String, String)], name: &str) -> (&'a str, &'a str) {
    checks.iter().find(|check| check.0 == name).map(|check| (check.1.as_str(), check.2.as_str())).expect("it is there")
}

#[test]
fn the_doctor_tells_what_is_well_and_what_is_not_there() {
    let folder = repository();
    let output = gate(folder.path(), &["doctor", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found = checks(&output);
    let names: Vec<&str> = found.iter().map(|check| check.0.as_str()).collect();
    assert_eq!(names, ["gate", "terminal", "git", "config", "rules", "database", "cache"]);
    for (name, expected) in [("git", "ok"), ("config", "ok"), ("rules", "ok"), ("database", "warn"), ("cache", "ok")] {
        assert_eq!(state(&found, name).0, expected, "{name} in {found:?}");
    }
    assert!(state(&found, "database").1.contains("gate db update"));
    let page = gate(folder.path(), &["doctor"]).output().unwrap();
    assert!(
        out(&page).contains("\nwarn  database  there is none") && out(&page).contains("→ `gate db update`"),
        "{page:?}"
    );
}

#[test]
fn the_doctor_fails_where_a_scan_would() {
    let folder = repository();
    fs::write(folder.path().join("gate.toml"), "[policy]\nfail-on = \"sometimes\"\n").unwrap();
    fs::create_dir_all(folder.path().join(".gate/rules/python")).unwrap();
    fs::write(folder.path().join(".gate/rules/python/mine.toml"), "name = 1\n").unwrap();
    fs::create_dir_all(folder.path().join(".git/gate-cache")).unwrap();
    let output = gate(folder.path(), &["doctor", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let found = checks(&output);
    assert_eq!(state(&found, "config").0, "fail");
    assert!(state(&found, "config").1.contains("gate.toml:2"), "{found:?}");
    assert_eq!(state(&found, "rules").0, "fail");
    assert!(state(&found, "rules").1.contains("gate rules test"), "{found:?}");
    assert_eq!(gate(folder.path(), &["scan"]).output().unwrap().status.code(), Some(2), "so does the scan");
}

#[test]
fn the_doctor_sees_a_shallow_clone_and_a_cache_that_cannot_be_written() {
    let folder = repository();
    let path = folder.path();
    git(path, &["add", "app.py"]);
    for message in ["one", "two"] {
        let author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        git(path, &[&author[..], &["commit", "-q", "--allow-empty", "-m", message]].concat());
    }
    let clones = tempfile::tempdir().unwrap();
    let address = format!("file://{}", path.display());
    git(clones.path(), &["clone", "-q", "--depth", "1", &address, "shallow"]);
    let shallow = clones.path().join("shallow");
    // A file where the folder should be.
    let output =
        gate(&shallow, &["doctor", "--format", "json"]).env("GATE_CACHE_DIR", shallow.join("app.py")).output().unwrap();
    let found = checks(&output);
    assert_eq!(state(&found, "git").0, "warn");
    assert!(state(&found, "git").1.contains("git fetch --unshallow"), "{found:?}");
    assert_eq!(state(&found, "cache").0, "warn", "{found:?}");
    let outside = tempfile::tempdir().unwrap();
    let output = gate(outside.path(), &["doctor", "--format", "json"]).output().unwrap();
    assert_eq!(state(&checks(&output), "git").0, "warn");
    let missing = gate(outside.path(), &["doctor", "nowhere"]).output().unwrap();
    assert!(missing.status.code() == Some(2) && err(&missing).contains("nowhere"), "{missing:?}");
}

#[test]
fn the_log_is_off_unless_asked_for() {
    let folder = repository();
    let output = gate(folder.path(), &["scan", "--skip", "dependencies"]).output().unwrap();
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(1), ""), "{output:?}");
}

fn log_of(output: &Output) -> Vec<Value> {
    err(output).lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[test]
fn every_line_of_the_log_has_the_id_of_the_run() {
    let folder = repository();
    let args = ["scan", "--skip", "dependencies", "--log-format", "json", "-vvv", "--timings"];
    let output = gate(folder.path(), &args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let log = log_of(&output);
    let id = log[0]["run_id"].as_str().expect("there is an id").to_owned();
    assert!(id.len() == 16 && log.iter().all(|line| line["run_id"] == *id), "{log:?}");
    let messages: Vec<&str> = log.iter().filter_map(|line| line["message"].as_str()).collect();
    for message in ["run started", "walked", "file", "scanned", "report written", "timing", "run ended"] {
        assert!(messages.contains(&message), "{message} in {messages:?}");
    }
    let last = log.last().expect("there is a last line");
    assert_eq!((&last["verdict"], &last["exit_code"]), (&"failed".into(), &1.into()));
    let phases: Vec<&str> = log.iter().filter_map(|line| line["phase"].as_str()).collect();
    for phase in ["walk", "read", "parse", "index", "secrets", "code", "finish", "judge", "report", "wall"] {
        assert!(phases.contains(&phase), "{phase} in {phases:?}");
    }
    let again = log_of(&gate(folder.path(), &args).output().unwrap());
    assert_ne!(again[0]["run_id"], *id, "another run has another one");
}

#[test]
fn a_run_is_called_what_the_caller_or_the_ci_job_calls_it() {
    let folder = repository();
    let args = ["scan", "--skip", "dependencies", "--log-format", "json", "--format", "json"];
    let ci = gate(folder.path(), &args).env("GITHUB_RUN_ID", "123").env("GITHUB_RUN_ATTEMPT", "2").output().unwrap();
    assert!(log_of(&ci).iter().all(|line| line["run_id"] == "123-2"), "{ci:?}");
    assert!(!out(&ci).contains("run_id"), "reports have the name only where it was given to them");
    let named =
        gate(folder.path(), &[&args[..], &["--run-id", "mine"]].concat()).env("GITHUB_RUN_ID", "123").output().unwrap();
    assert!(log_of(&named).iter().all(|line| line["run_id"] == "mine"), "{named:?}");
    let report: Value = serde_json::from_slice(&named.stdout).unwrap();
    assert_eq!(report["run_id"], "mine");
    let bad = gate(folder.path(), &["scan", "--run-id", "a b"]).output().unwrap();
    assert!(bad.status.code() == Some(2) && err(&bad).contains("1 to 128"), "{bad:?}");
}

#[test]
fn the_log_as_text_is_one_line_an_event() {
    let folder = repository();
    let name = "odd\nINFO forged.py";
    fs::write(folder.path().join(name), "x = 1\n").unwrap();
    let output =
        gate(folder.path(), &["scan", "--skip", "dependencies", "--log-format", "text", "-vvv", "--run-id", "r"])
            .output()
            .unwrap();
    let log = err(&output);
    assert!(
        log.lines().all(|line| line
            .split(' ')
            .nth(1)
            .is_some_and(|level| ["INFO", "DEBUG", "TRACE", "WARN"].contains(&level))),
        "{log}"
    );
    assert!(log.lines().all(|line| line.starts_with("20") && line.contains(" r ")), "{log}");
    assert!(log.contains("path=\"odd\\nINFO forged.py\""), "{log}");
}

#[test]
fn errors_go_to_the_log_where_there_is_one() {
    let folder = repository();
    let output = gate(folder.path(), &["scan", "--config", "none.toml", "--log-format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let log = log_of(&output);
    let error = log.iter().find(|line| line["level"] == "error").expect("there is an error");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("none.toml")), "{error}");
}

#[test]
fn timings_are_a_table_on_standard_error() {
    let folder = repository();
    let output = gate(folder.path(), &["scan", "-q", "--skip", "dependencies", "--timings"]).output().unwrap();
    let table = err(&output);
    assert!(table.starts_with("phase "), "{table}");
    for phase in ["walk", "read", "parse", "secrets", "code", "licenses", "judge", "wall"] {
        assert!(table.lines().any(|line| line.starts_with(&format!("{phase} "))), "{phase} in {table}");
    }
    assert_eq!(out(&output).lines().count(), 1, "the report is as it would be without");
}

#[test]
fn reports_with_and_without_log_and_timings_are_the_same_for_any_number_of_threads() {
    let folder = repository();
    let scan = |args: &[&str]| {
        let common = ["scan", "--skip", "dependencies", "--format"];
        out(&gate(folder.path(), &[&common[..], args].concat()).output().unwrap())
    };
    for format in FORMATS.iter().map(|format| format.name()) {
        let plain = scan(&[format, "--threads", "1"]);
        assert_eq!(plain, scan(&[format, "--threads", "2", "--timings", "--log-format", "json"]), "{format}");
        assert!(!plain.is_empty());
    }
}

#[test]
fn the_time_of_a_report_is_that_of_the_build_or_the_job() {
    let folder = repository();
    let scan = |variables: &[(&str, &str)]| -> Value {
        let mut command = gate(folder.path(), &["scan", "--skip", "dependencies", "--format", "gitlab-sast"]);
        command.env_remove("SOURCE_DATE_EPOCH").env_remove("CI_JOB_STARTED_AT").envs(variables.iter().copied());
        serde_json::from_slice(&command.output().unwrap().stdout).expect("the report is JSON")
    };
    let start = |variables: &[(&str, &str)]| scan(variables)["scan"]["start_time"].clone();
    assert_eq!(start(&[]), "1970-01-01T00:00:00");
    assert_eq!(start(&[("CI_JOB_STARTED_AT", "2026-01-31T16:47:55Z")]), "2026-01-31T16:47:55");
    assert_eq!(start(&[("CI_JOB_STARTED_AT", "2026-01-31T16:47:55+02:00")]), "2026-01-31T14:47:55");
    assert_eq!(
        start(&[("SOURCE_DATE_EPOCH", "86400"), ("CI_JOB_STARTED_AT", "2026-01-31T16:47:55Z")]),
        "1970-01-02T00:00:00"
    );
    assert_eq!(start(&[("CI_JOB_STARTED_AT", "yesterday")]), "1970-01-01T00:00:00");
}

#[test]
fn what_a_report_leaves_out_is_said_on_standard_error() {
    let folder = repository();
    let line = "    subprocess.run(\"ls \" + input(), shell=True)\n";
    fs::write(folder.path().join("app.py"), format!("import subprocess\ndef f(x):\n{}", line.repeat(1_000))).unwrap();
    let output =
        gate(folder.path(), &["scan", "--only", "code", "--format", "markdown-comment=comment.md"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("markdown-comment: ") && err(&output).contains("did not fit"), "{output:?}");
    let comment = fs::read_to_string(folder.path().join("comment.md")).unwrap();
    assert!(comment.len() <= 65_536 && comment.contains("more left out"));
}

/// A scan that watches, killed when the test is over.
struct Watching {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Watching {
    fn new(folder: &Path) -> Watching {
        let mut child = gate(folder, &["scan", "--watch", "-q", "--only", "code"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        Watching { child, out, err }
    }

    /// The summary of the next scan, once it waits for the next change.
    fn next(&mut self) -> String {
        let summary = self.out.next().expect("there is a report").unwrap();
        while !self.err.next().expect("it says that it waits").unwrap().starts_with("watching ") {}
        summary
    }

    fn interrupt(mut self) -> Option<i32> {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn watching_scans_again_on_a_change_and_ends_with_the_last_exit_code() {
    let folder = repository();
    let mut watching = Watching::new(folder.path());
    assert!(watching.next().starts_with("failed: 1 error"));
    fs::write(folder.path().join("app.py"), "def f(x):\n    return x\n").unwrap();
    assert!(watching.next().starts_with("passed: no findings"));
    fs::write(folder.path().join("more.py"), "import os\ndef f():\n    os.system(\"ls \" + input())\n").unwrap();
    assert!(watching.next().starts_with("failed: 1 error"));
    assert_eq!(watching.interrupt(), Some(1));
    let mut watching = Watching::new(folder.path());
    watching.next();
    fs::remove_file(folder.path().join("more.py")).unwrap();
    assert!(watching.next().starts_with("passed"));
    assert_eq!(watching.interrupt(), Some(0));
}
