//! The markers that people have in their code for other tools, end to end; and what identifies a secret from run to run.

use std::fs;
use std::path::Path;
use std::process::Command;

use gate::rulebook::fixture;
use serde_json::Value;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, fixture::expand(text).unwrap().text).unwrap();
    }
    folder
}

fn told(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    let output = command.current_dir(folder).arg("scan").args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, format: &str, only: &str) -> Value {
    serde_json::from_str(&told(folder, &["--format", format, "--only", only])).unwrap()
}

/// Rule, line, and by what it is accepted, of every finding.
fn findings(folder: &Path, only: &str) -> Vec<(String, u64, Option<String>)> {
    let report = json(folder, "json", only);
    let of = |finding: &Value| {
        let reason = finding["suppressions"][0]["justification"].as_str().map(str::to_owned);
        (finding["rule"].as_str().unwrap().to_owned(), finding["line"].as_u64().unwrap(), reason)
    };
    report["findings"].as_array().unwrap().iter().map(of).collect()
}

const TOKEN: &str = "ghp_{{alnum:30}}{{crc32-base62-6}}";

/// `lines` as one text, each `TOKEN` another token.
fn text(lines: &[&str]) -> String {
    lines.iter().map(|line| line.replace("TOKEN", TOKEN) + "\n").collect()
}

#[test]
fn the_markers_of_other_secret_scanners_accept_secrets_on_their_line() {
    let python = text(&[
        "a = 'TOKEN'  # gitleaks:allow",
        "b = 'TOKEN'  # pragma: allowlist secret",
        "# pragma: allowlist nextline secret",
        "c = 'TOKEN'",
        "d = 'TOKEN'",
        "e = 'TOKEN'  # trufflehog:ignore",
        "f = 'TOKEN gitleaks:allow'",
        "g = 'TOKEN'  # nosec B105",
        "h = 'TOKEN'  # noqa: S105",
        "i = 'TOKEN'  # nosec B602",
    ]);
    let json = text(&["{\"a\": \"TOKEN\", \"_\": \"gitleaks:allow\"}"]);
    let folder = folder(&[("a.py", &python), ("b.json", &json)]);
    let found = findings(folder.path(), "secrets");
    let reasons: Vec<(u64, Option<&str>)> = found.iter().map(|(_, line, reason)| (*line, reason.as_deref())).collect();
    let expected = [
        (1, Some("gitleaks:allow")),
        (2, Some("pragma: allowlist secret")),
        (4, Some("pragma: allowlist nextline secret")),
        (5, None),
        (6, Some("trufflehog:ignore")),
        (7, None),
        (8, Some("B105 S105")),
        (9, Some("B105 S105")),
        (10, None),
        (1, Some("gitleaks:allow")),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn a_marker_at_the_end_of_a_secret_of_several_lines_counts() {
    let folder = folder(&[("a.py", "KEY = \"\"\"{{pem:PRIVATE KEY}}\"\"\"  # gitleaks:allow\n")]);
    let found = findings(folder.path(), "secrets");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].2.as_deref(), Some("gitleaks:allow"));
}

#[test]
fn markers_for_code_accept_the_rules_of_the_same_meaning() {
    let python = "import subprocess, yaml\n\
        def run(name):\n    subprocess.run('ls ' + name, shell=True)  # nosec\n    \
        subprocess.run('ls ' + name, shell=True)  # nosec B602\n    \
        subprocess.run('ls ' + name, shell=True)  # nosec B105\n    \
        subprocess.run('ls ' + name, shell=True)  # nosemgrep\n    \
        subprocess.run('ls ' + name, shell=True)  # gitleaks:allow\n    \
        subprocess.run('ls ' + name, shell=True)\n    # nosemgrep\n    \
        yaml.load(name, Loader=yaml.Loader)\n";
    let javascript = "export function run(code) {\n  eval(code); // eslint-disable-line no-eval\n  \
        // eslint-disable-next-line no-eval\n  eval(code);\n  eval(code); // eslint-disable-line no-undef\n}\n";
    let folder = folder(&[("src/a.py", python), ("src/b.js", javascript)]);
    let found = findings(folder.path(), "code");
    let of = |rule: &str| -> Vec<(u64, Option<&str>)> {
        let here = found.iter().filter(|(id, ..)| id.starts_with(rule));
        here.map(|(_, line, reason)| (*line, reason.as_deref())).collect()
    };
    let shell = [(3, Some("nosec")), (4, Some("B602 S602")), (5, None), (6, Some("nosemgrep")), (7, None), (8, None)];
    assert_eq!(of("python/shell"), shell);
    assert_eq!(of("python/yaml-load"), [(10, Some("nosemgrep"))]);
    assert_eq!(of("javascript/eval"), [(2, Some("no-eval")), (4, Some("no-eval")), (5, None)]);
}

#[test]
fn markers_are_counted_and_reported_and_never_stale() {
    let python = text(&[
        "a = 'TOKEN'  # gitleaks:allow",
        "b = 'TOKEN'  # gate:allow secret/github-personal-access-token it was revoked",
        "c = 'TOKEN'  # gate:allow secret/github-personal-access-token it was revoked, gitleaks:allow",
        "d = 1  # gitleaks:allow",
    ]);
    let folder = folder(&[("a.py", &python)]);
    let summary = told(folder.path(), &["--only", "secrets"]);
    assert!(summary.contains("3 accepted (1 by other tools' markers)"), "{summary}");
    assert!(summary.starts_with("passed: no findings"), "{summary}");
    let listed = told(folder.path(), &["--only", "secrets", "-v"]);
    assert!(listed.contains("accepted: gitleaks:allow") && listed.contains("accepted: it was revoked"), "{listed}");
    let report = json(folder.path(), "json", "secrets");
    assert_eq!(report["summary"]["findings"]["suppressed_by_foreign_markers"], 1);
    let sarif = json(folder.path(), "sarif", "secrets");
    let suppression = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!((&suppression["kind"], &suppression["justification"]), (&"inSource".into(), &"gitleaks:allow".into()));

    fs::write(folder.path().join("gate.toml"), "[policy]\nforeign-markers = false\n").unwrap();
    let summary = told(folder.path(), &["--only", "secrets"]);
    assert!(summary.contains("failed: 1 error") && summary.contains("2 accepted ·"), "{summary}");
}

/// The fingerprints of the secrets in one text.
fn fingerprints(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join("a.py"), text).unwrap();
    let report = json(folder.path(), "json", "secrets");
    let of = |finding: &Value| finding["fingerprint"].as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn another_secret_is_another_finding_and_a_moved_one_is_the_same() {
    let of = |line: &str, template: &str| fixture::expand(&format!("{line}{template}")).unwrap().text;
    let tokens = of("", &format!("{TOKEN}\n{TOKEN}\n"));
    let (first, second) = tokens.trim_end().split_once('\n').unwrap();
    assert_ne!(first, second);
    let before = fingerprints(&format!("token = '{first}'\n"));
    assert_eq!(before.len(), 1);
    assert_eq!(fingerprints(&format!("import os\n\n\nclass A:\n    key = \"{first}\"  # moved\n")), before);
    assert_ne!(fingerprints(&format!("token = '{second}'\n")), before);
    let both = fingerprints(&format!("token = '{second}'\ntoken = '{first}'\ntoken = '{first}'\n"));
    assert_eq!(both[1], before[0], "a secret before it changes nothing");
    assert_ne!(both[1], both[2], "the same one twice is two findings");
    // A password is told by its value as well, where nothing but the name gives it away.
    let password = |value: &str| fingerprints(&format!("db_password = '{value}'\n"));
    let values = of("", "{{alnum:18}}\n{{alnum:18}}\n");
    let (first, second) = values.trim_end().split_once('\n').unwrap();
    assert_eq!(password(first).len(), 1);
    assert_eq!(password(first), password(first));
    assert_ne!(password(first), password(second));
}

#[test]
fn a_pair_is_one_finding_that_points_at_both_halves() {
    let text = "[default]\naws_access_key_id = AKIAQ{{base32:15}}\naws_secret_access_key = {{base64:40}}\n";
    let folder = folder(&[("credentials", text)]);
    let report = json(folder.path(), "json", "secrets");
    let found = report["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["rule"], &found[0]["line"]), (&"secret/aws-key-pair".into(), &3.into()));
    assert_eq!(found[0]["related"][0]["message"], "its key id");
    assert_eq!(found[0]["related"][0]["line"], 2);
    let id = text.lines().nth(1).unwrap();
    let written = fs::read_to_string(folder.path().join("credentials")).unwrap();
    let id = written.lines().nth(1).unwrap().strip_prefix(&id[..20]).unwrap();
    assert!(!report.to_string().contains(&id[4..12]), "the id is masked as well");
}
