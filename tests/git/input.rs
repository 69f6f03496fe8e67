//! Standard input, options that do not go together, and what reports say of the history.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Repo, Told, command, key, line};

fn stdin(folder: &Path, text: &[u8], args: &[&str]) -> Told {
    let mut child =
        command(folder).arg("--stdin").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text).unwrap();
    Told::of(child.wait_with_output().unwrap())
}

#[test]
fn standard_input_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let told = stdin(folder.path(), line(1).as_bytes(), &[]);
    assert_eq!((told.code, told.one(1)["path"].as_str()), (1, Some("stdin")));
    let told = stdin(folder.path(), line(1).as_bytes(), &["--stdin-path", "../tests/app_test.py"]);
    assert_eq!(told.one(1)["path"], "tests/app_test.py");
    assert_eq!(told.one(1)["confidence"], "medium");
    assert_eq!(stdin(folder.path(), b"x = 1\n", &["--stdin-path", ".env"]).code, 0);
    let told = stdin(folder.path(), b"\0\x01\x02", &[]);
    assert_eq!((told.code, told.kinds()), (2, vec!["no-input", "binary"]));
    let told = stdin(folder.path(), b"", &[]);
    assert_eq!((told.code, told.report["coverage"]["files"].as_u64()), (0, Some(1)));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let repo = Repo::new();
    for args in [
        &["--staged", "--diff", "main"][..],
        &["--staged", "--history"],
        &["--stdin", "."],
        &["--stdin", "--staged"],
        &["--since", "HEAD"],
        &["--all-refs"],
        &["--stdin-path", "x.py"],
        &["--history", "--diff", "main"],
    ] {
        repo.scan(args).refuses(&["Usage", "--help"]);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(repo.path()).args(["scan", "--only", "code", "--history"]);
    Told::of(command.output().unwrap()).refuses(&["--history looks for secrets"]);
}

#[test]
fn every_report_tells_the_origin_and_none_the_secret() {
    let repo = Repo::new();
    let commit = repo.passing("config.py", line(1));
    repo.commit(&format!("Message with {}", key(2)));
    for format in ["text", "json", "sarif"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command.current_dir(repo.path()).env("GATE_CACHE_DIR", repo.path().join(".git/cache"));
        let output =
            command.args(["scan", "--only", "secrets", "--history", "-v", "--format", format]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&commit[..12]) && text.contains("Ada Example"), "{format}: {text}");
        for seed in [1, 2] {
            assert!(!text.contains(&key(seed)[8..16]), "{format}");
        }
    }
}
