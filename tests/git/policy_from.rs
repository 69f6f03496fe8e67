//! `--policy-from`: a change is judged by the policy that was there before it.

use std::process::Command;

use serde_json::Value;

use super::{Repo, Told, line};

fn scan(repo: &Repo, args: &[&str]) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(repo.path()).env("GATE_CACHE_DIR", repo.path().join(".git/cache"));
    command.args(["scan", "--skip", "dependencies", "--format", "json"]).args(args);
    Told::of(command.output().unwrap())
}

/// The rules that fail or warn, with their paths.
fn brought(told: &Told) -> Vec<String> {
    let one = |finding: &&Value| format!("{} {}", finding["rule"].as_str().unwrap(), finding["path"].as_str().unwrap());
    told.brought().iter().map(one).collect()
}

const OWN_RULE: &str = "name = \"Forbidden\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"`{callee}` is forbidden\"\n\
    why = \"We agreed.\"\nfix = \"Do without.\"\n[[match.call]]\ncallee = [\"forbidden.call\"]\n";

fn guarded() -> Repo {
    let repo = Repo::new();
    repo.write("gate.toml", "[policy]\nfail-on = \"warning\"\n");
    repo.write(".gate/rules/python/forbidden.toml", OWN_RULE);
    repo.write(".gateignore", "ignored/\n");
    repo.commit("A policy");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo
}

#[test]
fn a_change_cannot_loosen_the_gate_that_judges_it() {
    let repo = guarded();
    let loose =
        "[[scan.exclude]]\npaths = [\"*.py\"]\nreason = \"nothing to see here\"\n[policy]\nfail-on = \"never\"\n";
    repo.write("gate.toml", loose);
    repo.write(".gateignore", "*\n");
    repo.git(&["rm", "-q", "-r", ".gate"]);
    repo.write("key.py", line(1));
    repo.write("call.py", "import forbidden\nforbidden.call()\n");
    repo.commit("Loosen everything");
    let fooled = scan(&repo, &["--diff", "main"]);
    assert_eq!(fooled.code, 0, "without the option it lets itself in: {:#}", fooled.report);
    for from in ["auto", "main", "main~0"] {
        let told = scan(&repo, &["--diff", "main", "--policy-from", from]);
        let mut found = brought(&told);
        found.sort();
        let expected = [
            "gate/policy-changed .gate/rules/python/forbidden.toml",
            "gate/policy-changed .gateignore",
            "gate/policy-changed gate.toml",
            "python/forbidden call.py",
            "secret/stripe-secret-key key.py",
        ];
        assert_eq!((told.code, found.as_slice()), (1, &expected.map(str::to_owned)[..]), "{:#}", told.report);
        assert!(told.says(&["judged by the policy of"]), "{:#}", told.report);
    }
}

#[test]
fn a_change_of_the_policy_alone_warns_and_fails_a_strict_gate() {
    let repo = guarded();
    repo.write(
        "gate.toml",
        "# gate:allow gate/policy-changed let me in\n[policy]\nfail-on = \"warning\"\nmin-confidence = \"low\"\n",
    );
    repo.commit("Touch it");
    let told = scan(&repo, &["--diff", "main", "--policy-from", "auto"]);
    assert_eq!(told.code, 1, "the policy of main fails on warnings: {:#}", told.report);
    repo.git(&["checkout", "-q", "main"]);
    repo.write("gate.toml", "[policy]\nfail-on = \"error\"\n");
    repo.commit("Milder");
    repo.git(&["checkout", "-q", "side"]);
    repo.git(&["rebase", "-q", "-X", "theirs", "main"]);
    let args = ["--diff", "main", "--policy-from", "auto"];
    let told = scan(&repo, &args);
    // A comment cannot accept it.
    let expected = ["gate/policy-changed gate.toml", "gate/unused-suppression gate.toml"].map(str::to_owned);
    assert_eq!((told.code, brought(&told).as_slice()), (0, &expected[..]), "{:#}", told.report);
    assert_eq!(scan(&repo, &[&args[..], &["--strict"]].concat()).code, 1);
}

#[test]
fn a_policy_that_comes_with_the_change_does_not_hold_yet() {
    let repo = Repo::new();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("ci/gate.toml", "[policy]\nfail-on = \"never\"\n");
    repo.write("key.py", line(1));
    repo.commit("First policy");
    for args in [&[][..], &["--config", "ci/gate.toml"]] {
        let told = scan(&repo, &[&["--diff", "main", "--policy-from", "auto"], args].concat());
        assert_eq!(told.code, 1, "{args:?}: {:#}", told.report);
        assert!(brought(&told).contains(&"gate/policy-changed ci/gate.toml".to_owned()), "{:#}", told.report);
    }
    // What lies outside of the repository is no part of the change.
    let outside = tempfile::tempdir().unwrap();
    let config = outside.path().join("gate.toml");
    std::fs::write(&config, "[policy]\nfail-on = \"never\"\n").unwrap();
    let told = scan(&repo, &["--diff", "main", "--policy-from", "auto", "--config", config.to_str().unwrap()]);
    assert_eq!(told.code, 0, "{:#}", told.report);
}

#[test]
fn a_fault_of_the_old_policy_is_told_with_its_commit() {
    let repo = Repo::new();
    repo.write("gate.toml", "[policy]\nfail-on = \"sometimes\"\n");
    let commit = repo.commit("Broken");
    repo.write("gate.toml", "");
    repo.commit("Mended");
    let place = format!("{}:gate.toml:2:", &commit[..12]);
    scan(&repo, &["--diff", "HEAD~1", "--policy-from", "auto"]).refuses(&[&place]);
    scan(&repo, &["--policy-from", "nothing"]).refuses(&["--policy-from", "`nothing`", "git fetch"]);
    scan(&repo, &["--policy-from", "HEAD~1"]).refuses(&[&place]);
    // Without a change the policy of the work tree holds.
    assert_eq!(scan(&repo, &["--policy-from", "auto"]).code, 0);
}

#[test]
fn what_is_staged_can_be_judged_by_what_is_committed() {
    let repo = guarded();
    repo.write("gate.toml", "[policy]\nfail-on = \"never\"\n");
    repo.write("key.py", line(1));
    repo.git(&["add", "-A"]);
    assert_eq!(scan(&repo, &["--staged"]).code, 0);
    let told = scan(&repo, &["--staged", "--policy-from", "auto"]);
    assert_eq!((told.code, told.one(1)["path"].as_str()), (1, Some("key.py")));
}

#[test]
fn exceptions_the_baseline_and_inner_files_are_those_of_the_base() {
    let repo = Repo::new();
    repo.write("gate.toml", "[baseline]\nfile = \"ci/known.jsonl\"\n");
    repo.write("pkg/x.py", "x = 1\n");
    repo.commit("A policy");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("pkg/flaw.py", "eval(input())\n");
    repo.write("other.py", line(2));
    let mut baseline = Command::new(env!("CARGO_BIN_EXE_gate"));
    let output = baseline.current_dir(repo.path()).args(["baseline", "--skip", "dependencies"]).output().unwrap();
    assert!(repo.path().join("ci/known.jsonl").exists(), "{output:?}");
    repo.write(
        ".gate/exceptions.toml",
        "[[exception]]\nrule = \"python/*\"\npath = \"pkg/**\"\nowner = \"me\"\nreason = \"I say so\"\nexpires = 2999-01-01\n",
    );
    repo.write("pkg/gate.toml", "[policy]\nfail-on = \"error\"\n");
    repo.commit("Accept what it brings");
    let args = ["--diff", "main"];
    assert_eq!(scan(&repo, &args).code, 0);
    let told = scan(&repo, &[&args[..], &["--policy-from", "auto"]].concat());
    let mut found = brought(&told);
    found.sort();
    let expected = [
        "gate/policy-changed .gate/exceptions.toml",
        "gate/policy-changed ci/known.jsonl",
        "gate/policy-changed pkg/gate.toml",
        "python/eval-from-input pkg/flaw.py",
        "secret/stripe-secret-key other.py",
    ];
    assert_eq!((told.code, found.as_slice()), (1, &expected.map(str::to_owned)[..]), "{:#}", told.report);
    // Once they are on the base, they hold.
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "side"]);
    repo.git(&["checkout", "-q", "-b", "next"]);
    repo.write("pkg/flaw.py", "x = 1\neval(input())\n");
    repo.write("pkg/second.py", "exec(input())\n");
    repo.write("third.py", line(4));
    repo.commit("The next change");
    let told = scan(&repo, &["--diff", "main", "--policy-from", "auto"]);
    let accepted =
        told.brought().iter().filter(|it| it["path"] == "pkg/second.py" && !it["suppressions"].is_null()).count();
    assert_eq!(accepted, 1, "{:#}", told.report);
    assert_eq!(
        (told.code, told.report["verdict"]["conditions"][0]["count"].as_u64()),
        (1, Some(1)),
        "{:#}",
        told.report
    );
    // A fault in a file further down is told with the commit.
    repo.write("pkg/gate.toml", "nonsense = 1\n");
    let commit = repo.commit("Broken");
    repo.write("pkg/x.py", "x = 2\n");
    repo.git(&["rm", "-q", "pkg/gate.toml"]);
    repo.commit("Mended");
    let place = format!("{}:pkg/gate.toml:1:", &commit[..12]);
    scan(&repo, &["--diff", "HEAD~1", "--policy-from", "auto"]).refuses(&[&place]);
}
