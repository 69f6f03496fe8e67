//! The real binary on small folders: what it prints, and its exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

struct Case {
    folder: TempDir,
}

impl Case {
    /// A folder outside any repository that holds these files.
    fn new(files: &[(&str, &str)]) -> Case {
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

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command.current_dir(self.path()).args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    fn run(&self, args: &[&str]) -> Told {
        Told::from(self.command(args).output().unwrap())
    }
}

#[derive(Debug)]
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
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
    fn refuses(&self, words: &[&str]) {
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
    assert!(help.out.contains("text (for people)") && help.out.contains("Exit codes"), "{help:?}");
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
    case.run(&["scan", "--db", "none"]).refuses(&["no such folder"]);
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
