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

pub const CLEAN: &[(&str, &str)] = &[("app.py", "def add(one, other):\n    return one + other\n"), ("LICENSE", "")];

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
fn init_writes_a_configuration_once() {
    let case = Case::new(&[]);
    let told = case.run(&["init"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(fs::read_to_string(case.path().join("gate.toml")).unwrap(), gate::config::TEMPLATE);
    case.run(&["init"]).refuses(&["there already"]);
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
pub const RULE: (&str, &str) = (
    ".gate/rules/secret/mine.toml",
    "name = \"My token\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"A token of mine\"\n\
     [match.regex]\nkeywords = [\"mine_\"]\npattern = 'mine_[0-9]{8}'\n",
);

pub fn with_rule(files: &[(&str, &str)]) -> Case {
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
fn a_comment_that_accepts_what_is_not_shown_is_not_stale() {
    let code = "# gate:allow secret/generic-assignment a word that is no password\npassword = \"letmein\"\n";
    let case = Case::new(&[("app.py", code), ("LICENSE", "")]);
    let told = case.run(&["scan", "--only", "secrets", "-v"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("1 below the confidence shown"), "{told:?}");
    assert!(!told.out.contains("suppresses nothing"), "{told:?}");
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
