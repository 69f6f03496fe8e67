//! What a scan finds where one does not look: in encoded text, in archives, and data about persons.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use gate::rulebook::{base64_encode, crc32_base62};
use serde_json::Value;
use tempfile::TempDir;

fn token() -> String {
    let random = "q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op";
    format!("ghp_{random}{}", crc32_base62(random.as_bytes()))
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    for (name, bytes) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    folder
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The exit code and the report of `gate scan` in `folder`.
fn scan(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    let output = command.current_dir(folder).args(["scan", "--format", "json"]).args(args).output().unwrap();
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

/// Rule and path of each finding.
fn findings(report: &Value) -> Vec<(&str, &str)> {
    let all = report["findings"].as_array().unwrap();
    all.iter().map(|one| (one["rule"].as_str().unwrap(), one["path"].as_str().unwrap())).collect()
}

/// Kind and path of each notification.
fn notifications(report: &Value) -> Vec<(&str, &str)> {
    let all = report["notifications"].as_array().unwrap();
    all.iter().map(|one| (one["kind"].as_str().unwrap(), one["path"].as_str().unwrap_or_default())).collect()
}

#[test]
fn an_encoded_token_is_the_same_finding_as_the_plain_one() {
    let encoded = base64_encode(format!("token={}\n", token()).as_bytes(), false);
    let plain = folder(&[("a.txt", format!("x {}\n", token()).as_bytes())]);
    let hidden = folder(&[("a.txt", format!("x {encoded}\n").as_bytes())]);
    let (_, plain) = scan(plain.path(), &["--only", "secrets"]);
    let (code, hidden) = scan(hidden.path(), &["--only", "secrets"]);
    assert_eq!(code, Some(1));
    assert_eq!(plain["findings"][0]["fingerprint"], hidden["findings"][0]["fingerprint"]);
    assert_eq!(plain["findings"][0]["message"], hidden["findings"][0]["message"]);
    assert!(hidden["findings"][0].to_string().contains("\"encoding\":\"base64\""), "{hidden}");
}

#[test]
fn archives_are_opened_when_asked_for() {
    let text = format!("x={}\n", token());
    let inner = zip_of(&[("deep/app.properties", text.as_bytes())]);
    let jar = zip_of(&[("com/x/app.properties", text.as_bytes()), ("lib/in.jar", &inner), ("X.class", &[0, 1, 2])]);
    let case = folder(&[("lib/a.jar", &jar), ("src/a.txt", b"nothing\n")]);
    let (code, closed) = scan(case.path(), &["--only", "secrets"]);
    assert_eq!((code, findings(&closed).len()), (Some(0), 0));
    assert_eq!(notifications(&closed), [("binary", "lib/a.jar")]);
    let rule = "secret/github-personal-access-token";
    let wanted = [(rule, "lib/a.jar!/com/x/app.properties"), (rule, "lib/a.jar!/lib/in.jar!/deep/app.properties")];
    let (code, open) = scan(case.path(), &["--only", "secrets", "--archives"]);
    assert_eq!((code, findings(&open)), (Some(1), wanted.to_vec()));
    assert_eq!(notifications(&open), [("binary", "lib/a.jar")]);
    fs::write(case.path().join("gate.toml"), "[scan]\narchives = true\n").unwrap();
    assert_eq!(findings(&scan(case.path(), &["--only", "secrets"]).1), wanted);
    // Only what can be a secret is looked for in them.
    assert_eq!(notifications(&scan(case.path(), &["--only", "code"]).1), [("binary", "lib/a.jar")]);
}

#[test]
fn a_staged_archive_is_opened_as_it_is_in_the_index() {
    let text = format!("x={}\n", token());
    let case = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"];
        let output = Command::new("git").current_dir(case.path()).args(identity).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q"]);
    fs::write(case.path().join("a.zip"), zip_of(&[("a.txt", text.as_bytes())])).unwrap();
    git(&["add", "a.zip"]);
    fs::write(case.path().join("a.zip"), b"something else").unwrap();
    let (code, report) = scan(case.path(), &["--only", "secrets", "--archives", "--staged"]);
    assert_eq!((code, findings(&report)), (Some(1), vec![("secret/github-personal-access-token", "a.zip!/a.txt")]));
}

#[test]
fn a_broken_archive_is_no_pass() {
    let jar = zip_of(&[("a.txt", b"text")]);
    let case = folder(&[("a.jar", &jar[..jar.len() / 2]), ("b.txt", b"b\n")]);
    let (code, report) = scan(case.path(), &["--only", "secrets", "--archives"]);
    assert_eq!((code, notifications(&report)), (Some(2), vec![("unreadable", "a.jar")]));
}

#[test]
fn a_bomb_is_told_with_the_limit_that_it_broke() {
    let zeros = vec![b'0'; 9 << 20];
    let bomb = zip_of(&[("1", &zeros), ("2", &zeros), ("3", &zeros)]);
    let case = folder(&[("a.zip", &bomb), ("b.txt", b"b\n")]);
    let (code, report) = scan(case.path(), &["--only", "secrets", "--archives"]);
    assert_eq!((code, notifications(&report)), (Some(0), vec![("too-large", "a.zip")]));
    assert!(report["notifications"][0]["message"].as_str().unwrap().contains("200 unpacked bytes for each packed one"));
    assert_eq!(scan(case.path(), &["--only", "secrets", "--archives", "--strict"]).0, Some(2));
}

#[test]
fn utf_16_is_read_without_a_mark() {
    let text: Vec<u8> = format!("$x = '{}'\r\n", token()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let case = folder(&[("a.ps1", &text)]);
    assert_eq!(findings(&scan(case.path(), &["--only", "secrets"]).1).len(), 1);
}

#[test]
fn persons_are_looked_for_when_asked_for() {
    let case = folder(&[("a.csv", b"name,ssn,card\nKari,536-22-8714,4531 4159 2653 5899\n")]);
    let (code, report) = scan(case.path(), &["--skip", "dependencies"]);
    assert_eq!((code, findings(&report).len()), (Some(0), 0));
    assert!(!report["analyses"].as_array().unwrap().contains(&"pii".into()));
    let wanted = [("pii/us-ssn", "a.csv"), ("pii/payment-card", "a.csv")];
    let (code, report) = scan(case.path(), &["--only", "pii"]);
    assert_eq!((code, findings(&report)), (Some(1), wanted.to_vec()));
    fs::write(case.path().join("gate.toml"), "[pii]\nenabled = true\n").unwrap();
    assert_eq!(findings(&scan(case.path(), &["--skip", "dependencies"]).1), wanted);
    assert_eq!(findings(&scan(case.path(), &["--skip", "dependencies,pii"]).1), []);
}
