//! What a change brings in, and what only moved with it.

use std::process::Command;

use serde_json::Value;

use super::{Repo, Told, line};

/// A scan of the range with all analyses but what `args` leave out.
fn scan(repo: &Repo, args: &[&str]) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(repo.path()).env("GATE_CACHE_DIR", repo.path().join(".git/cache"));
    command.args([
        "scan",
        "--format",
        "json",
        "--db",
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lockfiles/rustsec"),
    ]);
    Told::of(command.args(args).output().unwrap())
}

/// What the last commit brings in, as `rule path:line`, and worse things with a mark.
fn last(repo: &Repo) -> Vec<String> {
    told(&scan(repo, &["--diff", "HEAD~1"]))
}

fn told(told: &Told) -> Vec<String> {
    assert!(told.findings().iter().all(|finding| finding["baseline"].is_string()), "{:#}", told.report);
    let one = |finding: &&Value| {
        let mark = if finding["baseline"] == "updated" { " worse" } else { "" };
        let (rule, path) = (finding["rule"].as_str().unwrap(), finding["path"].as_str().unwrap());
        format!("{rule} {path}:{}{mark}", finding["line"])
    };
    told.brought().iter().map(one).collect()
}

const SHELL: &str =
    "import os\n\n\ndef run(name):\n    command = 'ls ' + name\n    os.system(command)\n    return command\n";

#[test]
fn a_file_that_moves_takes_its_findings_along() {
    let repo = Repo::new();
    repo.write("a/tool.py", SHELL.to_owned() + &line(1));
    repo.commit("Tool");
    repo.write("b/other.py", format!("# Moved.\nimport sys\n\n{SHELL}{}", line(1)));
    repo.git(&["rm", "-q", "a/tool.py"]);
    repo.commit("Move and edit");
    let told = scan(&repo, &["--diff", "HEAD~1"]);
    assert_eq!((told.code, told.brought().len()), (0, 0), "{:#}", told.report);
    assert_eq!(told.report["summary"]["findings"]["unchanged"], told.findings().len(), "{:#}", told.report["summary"]);
    assert!(told.findings().len() >= 2);
    // What is added while it moves is new, and a copy is new as a whole.
    repo.git(&["mv", "b/other.py", "c.py"]);
    repo.write("c.py", format!("# Moved.\nimport sys\n\n{SHELL}{}{}", line(1), line(2)));
    repo.commit("Move and add");
    assert_eq!(last(&repo), ["secret/stripe-secret-key c.py:12"]);
    repo.write("d.py", SHELL);
    repo.commit("Copy");
    assert_eq!(last(&repo), ["python/shell-injection d.py:6"]);
}

#[test]
fn code_that_moves_between_files_brings_nothing_in() {
    let repo = Repo::new();
    let other = "import sys\n\n\ndef other():\n    return sys.argv\n";
    repo.write("one.py", format!("{SHELL}\n\ndef stays():\n    return eval(input())\n"));
    repo.write("two.py", other);
    repo.write("gone.py", format!("x = 1\n{}", line(1)));
    repo.commit("Two files");
    // A function and a secret go to a file that was there before, in a class and so indented; one file is emptied of findings.
    let indented = SHELL.lines().skip(3).map(|line| format!("    {line}\n")).collect::<String>();
    repo.write("one.py", "def stays():\n    return eval(input())\n");
    repo.write("two.py", format!("import os\n{other}\n\nclass Runner:\n{indented}\n{}", line(1)));
    repo.git(&["rm", "-q", "gone.py"]);
    repo.commit("Move code");
    let told = scan(&repo, &["--diff", "HEAD~1"]);
    assert_eq!((told.code, told.brought().len()), (0, 0), "{:#}", told.report);
    // The same call in another surrounding is another finding.
    repo.write("one.py", "def stays():\n    return 1\n");
    repo.write("two.py", format!("{other}\n\ndef other_one(x):\n    y = 1\n    return eval(input())\n\nz = 1\n"));
    repo.commit("Rewrite");
    assert_eq!(last(&repo), ["python/eval-from-input two.py:10"]);
}

#[test]
fn of_two_that_look_alike_the_added_one_is_new() {
    let repo = Repo::new();
    repo.write("a.py", "a = 1\neval(input())\nb = 2\n");
    repo.commit("One");
    repo.write("a.py", "c = 3\neval(input())\nd = 4\na = 1\neval(input())\nb = 2\n");
    repo.commit("Another before it");
    assert_eq!(last(&repo), ["python/eval-from-input a.py:2"]);
}

/// A function with so many paths, nested so that it is hard to follow.
fn maze(name: &str, decisions: usize) -> String {
    let mut text =
        format!("def {name}(a, b):\n    total = 0\n    for x in a:\n        for y in b:\n            if x:\n");
    for index in 0..decisions {
        text += &format!("                if y == {index} and x > {index}:\n                    total += {index}\n");
    }
    text + "    return total\n"
}

#[test]
fn a_function_is_held_against_itself() {
    let repo = Repo::new();
    repo.write("m.py", maze("maze", 14));
    repo.commit("A maze");
    let full = scan(&repo, &["--only", "code"]);
    assert!(full.findings().iter().any(|it| it["rule"] == "quality/cyclomatic-complexity"), "{:#}", full.report);
    // Moved, and edited without a new path.
    repo.write("m.py", format!("import re\n\n\n{}", maze("maze", 14).replace("total = 0", "total = 7")));
    repo.commit("No worse");
    assert_eq!(last(&repo), [""; 0]);
    repo.write("m.py", maze("maze", 15));
    repo.commit("One more path");
    assert_eq!(last(&repo), ["quality/cyclomatic-complexity m.py:1 worse"]);
    repo.write("m.py", maze("maze", 13));
    repo.commit("Better");
    assert_eq!(last(&repo), [""; 0]);
    // Another name, another file, both at once: still the same function.
    repo.write("m.py", maze("labyrinth", 13));
    repo.commit("Renamed");
    assert_eq!(last(&repo), [""; 0]);
    repo.write("m.py", "x = 1\n");
    repo.write("n.py", format!("y = 2\n\n\n{}", maze("minotaur", 13)));
    repo.commit("Elsewhere");
    assert_eq!(last(&repo), [""; 0]);
    // Renamed and worse; and one that is new.
    repo.write("n.py", format!("y = 2\n\n\n{}", maze("theseus", 16)));
    repo.commit("Renamed and worse");
    assert_eq!(last(&repo), ["quality/cyclomatic-complexity n.py:4 worse"]);
    repo.write("o.py", maze("second", 20).replace("total", "count").replace("x", "u").replace("y", "v"));
    repo.commit("A second one");
    assert_eq!(last(&repo), ["quality/cyclomatic-complexity o.py:1"]);
    repo.write("o.py", maze("small", 2));
    repo.commit("Small");
    repo.write("o.py", maze("small", 17));
    repo.commit("Grown over the limit");
    assert_eq!(last(&repo), ["quality/cyclomatic-complexity o.py:1"]);
}

fn lock(packages: &[(&str, &str)]) -> String {
    let package = |(name, version): &(&str, &str)| {
        format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        )
    };
    format!("version = 4\n{}", packages.iter().map(package).collect::<String>())
}

#[test]
fn an_advisory_is_new_where_the_change_brings_the_package() {
    let repo = Repo::new();
    let (known, fine) = (("fourth-score", "0.3.1"), ("harmless", "1.0.0"));
    repo.write("app/Cargo.lock", lock(&[known]));
    repo.commit("A lockfile");
    repo.write("app/Cargo.lock", lock(&[known, fine]));
    repo.commit("A harmless package");
    let told = scan(&repo, &["--diff", "HEAD~1"]);
    assert_eq!((told.code, told.brought().len(), told.findings().len()), (0, 0, 1), "{:#}", told.report);
    repo.write("app/Cargo.lock", lock(&[("fourth-score", "0.3.0"), fine]));
    repo.commit("Another version with the same flaw");
    assert_eq!(last(&repo), [""; 0]);
    repo.git(&["mv", "app/Cargo.lock", "Cargo.lock"]);
    repo.commit("Moved");
    assert_eq!(last(&repo), [""; 0]);
    repo.write("Cargo.lock", lock(&[("fourth-score", "0.3.0"), fine, ("leaky-parser", "1.2.8")]));
    repo.commit("A second flaw");
    let told = scan(&repo, &["--diff", "HEAD~1"]);
    let found: Vec<&str> = told.brought().iter().map(|it| it["properties"]["package"].as_str().unwrap()).collect();
    assert_eq!((told.code, found), (1, vec!["leaky-parser"]), "{:#}", told.report);
}

#[test]
fn what_a_change_makes_of_the_project_is_new_wherever_it_shows() {
    let repo = Repo::empty(&[]);
    let manifest = "[package]\nname = \"x\"\nversion = \"1.0.0\"\nlicense = \"MIT\"\n";
    repo.write("Cargo.toml", manifest);
    repo.write("LICENSE", include_str!("../../LICENSE-MIT"));
    repo.commit("A project");
    assert_eq!(scan(&repo, &["--only", "compliance"]).findings().len(), 0);
    repo.git(&["rm", "-q", "LICENSE"]);
    repo.commit("No licence any more");
    let brought = last(&repo);
    assert!(brought.iter().any(|it| it.starts_with("license/missing Cargo.toml")), "{brought:?}");
    repo.write("notes.md", "Nothing about licences.\n");
    repo.commit("Something else");
    assert_eq!(last(&repo), [""; 0]);
    repo.write("Cargo.toml", manifest.replace("1.0.0", "1.0.1"));
    repo.commit("The manifest, still without its licence");
    assert_eq!(last(&repo), [""; 0]);
    repo.write(".env", "DATABASE_PASSWORD=hunter2hunter2\n");
    repo.commit("An environment");
    assert!(last(&repo).iter().any(|it| it.starts_with("env/")), "{:?}", last(&repo));
}

#[test]
fn a_comment_that_accepts_what_the_change_brings_is_told() {
    let repo = Repo::new();
    let allow = "# gate:allow python/*, gate/* we know\neval(input())\n";
    repo.write("a.py", allow);
    repo.commit("Accepted");
    let told = scan(&repo, &["--diff", "HEAD~1"]);
    let note = told.brought().into_iter().find(|it| it["rule"] == "gate/new-suppression").unwrap();
    assert_eq!((note["line"].as_u64(), note["level"].as_str(), told.code), (Some(1), Some("note"), 0), "{note:#}");
    assert!(note["message"].as_str().unwrap().ends_with("`python/*, gate/*` here: we know"), "{note:#}");
    assert!(note["suppressions"].as_array().is_none_or(Vec::is_empty), "{note:#}");
    // It was there before, elsewhere; what it speaks of is the same.
    repo.git(&["rm", "-q", "a.py"]);
    repo.write("b.py", format!("import sys\n\nprint(sys.path)\nprint(sys.argv)\n{allow}"));
    repo.commit("Moved");
    assert!(!last(&repo).iter().any(|it| it.contains("suppression")), "{:?}", last(&repo));
    // Now it speaks of another line; and a marker of another tool.
    repo.write(
        "b.py",
        format!("import sys\n\n{}{}", allow.replace("input()", "sys.argv[1]"), "exec(input())  # nosec\n"),
    );
    repo.commit("Others");
    let brought = last(&repo);
    let new: Vec<&String> = brought.iter().filter(|it| it.contains("suppression")).collect();
    assert_eq!(new, ["gate/new-suppression b.py:3", "gate/new-suppression b.py:5"], "{brought:?}");
    repo.write("gate.toml", "[rules.\"gate/new-suppression\"]\nlevel = \"error\"\n");
    assert_eq!(scan(&repo, &["--diff", "HEAD~1"]).code, 1, "it may be refused");
}

#[test]
fn an_archive_is_compared_with_what_it_held() {
    let repo = Repo::new();
    let pack = |text: &str| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    repo.write("dump.txt.gz", pack(&line(1)));
    repo.commit("Packed");
    repo.write("dump.txt.gz", pack(&format!("x = 1\n{}", line(1))));
    repo.commit("Packed again");
    assert_eq!(repo.scan(&["--archives", "--diff", "HEAD~1"]).brought().len(), 0);
    repo.write("dump.txt.gz", pack(&format!("{}{}", line(2), line(1))));
    repo.commit("With another");
    let told = repo.scan(&["--archives", "--diff", "HEAD~1"]);
    assert_eq!((told.code, told.brought().len()), (1, 1), "{:#}", told.report);
    told.one(2);
}

#[test]
fn sarif_says_of_each_result_how_it_stands() {
    let repo = Repo::new();
    repo.write("a.py", format!("eval(input())\n{}", line(1)));
    repo.commit("Two");
    repo.write("a.py", format!("eval(input())\n{}{}", line(1), line(2)));
    repo.commit("Three");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(repo.path()).args(["scan", "--skip", "dependencies", "--diff", "HEAD~1", "--format", "sarif"]);
    let output = command.output().unwrap();
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut states: Vec<&str> = results.iter().map(|it| it["baselineState"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["new", "unchanged", "unchanged"], "{sarif:#}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("compared with"), "the reader learns the base");
}
