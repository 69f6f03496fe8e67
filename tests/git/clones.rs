//! Copied code in a repository: of all its files, of what a change copies, and in the limits of the policy.

use serde_json::Value;

use super::{Repo, Told, command_for};

const BODY: &str = "    rows = []
    for line in read(path):
        name, value = line.split('=')
        if not name:
            continue
        rows.append((name.strip(), value.strip()))
    rows.sort(key=lambda row: row[0])
    return rows
";

fn function(name: &str) -> String {
    format!("def {name}(path):\n{BODY}")
}

fn scan(repo: &Repo, args: &[&str]) -> Told {
    Told::of(command_for(repo.path(), "code").args(args).output().unwrap())
}

/// Path and line of each copy, and the paths of its other places.
fn copies(told: &Told) -> Vec<String> {
    let of_rule = |finding: &&Value| finding["rule"] == "quality/duplicate-block";
    let findings = told.report["findings"].as_array().unwrap();
    let one = |finding: &Value| {
        let related: Vec<&str> =
            finding["related"].as_array().unwrap().iter().map(|place| place["path"].as_str().unwrap()).collect();
        format!("{}:{} {}", finding["path"].as_str().unwrap(), finding["line"], related.join(" "))
    };
    findings.iter().filter(of_rule).map(one).collect()
}

fn fingerprints(told: &Told) -> Vec<String> {
    told.report["findings"].as_array().unwrap().iter().map(|finding| finding["fingerprint"].to_string()).collect()
}

#[test]
fn a_copy_is_new_where_a_change_makes_it_and_is_known_where_it_moves() {
    let repo = Repo::new();
    repo.write("old.py", function("load"));
    repo.commit("Old");
    repo.write("app.py", format!("x = 1\n\n\n{}", function("again")));
    repo.commit("Copy");
    assert_eq!(copies(&scan(&repo, &["--diff", "HEAD~1"])), [""; 0], "the other file is not read");
    repo.write("gate.toml", "[rules.\"quality/duplicate-block\"]\nwhole-tree = true\n");
    let told = scan(&repo, &["--diff", "HEAD~1"]);
    assert_eq!(copies(&told), ["app.py:5 old.py"], "{:#}", told.report);
    assert_eq!(told.report["findings"][0]["baseline"], "new", "{:#}", told.report);
    // Neither copy grows in number when one moves, or when something else in its file changes.
    repo.git(&["mv", "app.py", "moved.py"]);
    repo.write("old.py", format!("y = 2\n\n\n{}", function("load")));
    repo.commit("Move");
    assert_eq!(copies(&scan(&repo, &["--diff", "HEAD~1"])), [""; 0]);
    // What is staged is compared with what is not.
    repo.write("third.py", function("third"));
    repo.git(&["add", "third.py"]);
    assert_eq!(copies(&scan(&repo, &["--staged"])), ["third.py:2 moved.py old.py"]);
    assert_eq!(copies(&scan(&repo, &["."])), ["moved.py:5 old.py third.py"]);
}

#[test]
fn a_copy_is_the_same_wherever_it_stands_and_whoever_looks() {
    let repo = Repo::new();
    for name in ["a.py", "b.py", "c.py"] {
        repo.write(name, function("load"));
    }
    let first = scan(&repo, &["--threads", "1", "."]);
    assert_eq!(copies(&first), ["a.py:1 b.py c.py"]);
    assert_eq!(first.report["findings"], scan(&repo, &["--threads", "3", "."]).report["findings"]);
    repo.write("a.py", format!("# Further down.\n\n\nx = 1\n\n\n{}", function("load")));
    let second = scan(&repo, &["."]);
    assert_eq!(copies(&second), ["a.py:7 b.py c.py"]);
    assert_eq!(fingerprints(&first), fingerprints(&second));
    // A comment accepts it at its first place.
    repo.write("a.py", format!("# gate:allow quality/duplicate-block it will go its own way\n{}", function("load")));
    let told = scan(&repo, &["."]);
    assert_eq!(told.report["summary"]["findings"]["suppressed"], 1, "{:#}", told.report["summary"]);
}

#[test]
fn copied_lines_are_measured_and_can_be_limited() {
    let repo = Repo::new();
    repo.write("a.py", function("load"));
    repo.write("b.py", format!("{}{}", function("load"), "x = 1\n".repeat(9)));
    repo.write("gate.toml", "[[policy.limit]]\nmeasure = \"duplication\"\naverage = 10\n");
    let told = scan(&repo, &["."]);
    assert_eq!(told.code, 1, "{:#}", told.report);
    let condition = told.report["verdict"]["conditions"][0].to_string();
    assert!(condition.contains("duplication average"), "{condition}");
    repo.write("gate.toml", "[[policy.limit]]\nmeasure = \"duplication\"\naverage = 70\n");
    assert_eq!(scan(&repo, &["."]).code, 0);
    let metrics = std::process::Command::new(env!("CARGO_BIN_EXE_gate"))
        .current_dir(repo.path())
        .args(["metrics", "--format", "json"])
        .output()
        .unwrap();
    let metrics: Value = serde_json::from_slice(&metrics.stdout).unwrap();
    let duplicated = |file: &str| {
        let files = metrics["files"].as_array().unwrap();
        files.iter().find(|one| one["file"] == file).unwrap()["duplicated"].as_u64().unwrap()
    };
    assert_eq!((duplicated("a.py"), duplicated("b.py"), duplicated("app.py")), (9, 9, 0), "{metrics:#}");
    assert_eq!(metrics["summary"]["lines"]["duplicated"], 18);
}
