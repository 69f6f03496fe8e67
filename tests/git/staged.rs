//! What is staged.

use std::fs;
use std::process::Command;

use super::{Repo, Told, line, scan};

#[test]
fn the_index_is_judged_and_not_the_work_tree() {
    let repo = Repo::new();
    repo.write("sub/staged.py", line(1));
    repo.git(&["add", "."]);
    repo.write("sub/staged.py", "x = 1\n");
    repo.write("sub/unstaged.py", line(2));
    repo.write("app.py", line(3));
    let told = repo.scan(&["--staged"]);
    assert_eq!(told.one(1)["path"], "sub/staged.py");
    assert_eq!((told.code, told.findings().len()), (1, 1));
    assert_eq!(told.report["coverage"]["files"], 1);
    // From a folder within, and limited to another.
    assert_eq!(scan(&repo.path().join("sub"), &["--staged"]).one(1)["path"], "sub/staged.py");
    fs::create_dir(repo.path().join("else")).unwrap();
    assert!(repo.scan(&["--staged", "else"]).findings().is_empty());
    assert_eq!(repo.scan(&["--staged", "sub"]).findings().len(), 1);
}

#[test]
fn before_the_first_commit_all_of_the_index_is_staged() {
    let repo = Repo::empty(&[]);
    repo.write("a/config.py", line(1));
    repo.write("b.py", "x = 1\n");
    repo.git(&["add", "."]);
    let told = repo.scan(&["--staged"]);
    told.one(1);
    assert_eq!(told.report["coverage"]["files"], 2);
}

#[test]
fn staged_changes_of_every_kind() {
    let repo = Repo::new();
    for index in 0..30 {
        repo.write(&format!("d{}/e{}/f{index}.py", index % 3, index % 5), format!("v = {index}\n"));
    }
    repo.write("was-file", "x\n");
    repo.write("was-folder/inner.py", "x = 1\n");
    repo.commit("Many");
    let none = repo.scan(&["--staged"]);
    assert_eq!((none.code, none.kinds()), (0, vec!["note"]), "nothing staged is no failure");
    repo.write("d1/e1/f1.py", line(1));
    repo.write("d2/new/deep/er.py", line(2));
    repo.git(&["rm", "-q", "was-file"]);
    repo.git(&["rm", "-q", "-r", "was-folder"]);
    repo.write("was-file/now-folder.py", line(3));
    repo.write("was-folder", line(4));
    repo.git(&["mv", "d0/e0/f0.py", "d0/e0/moved.py"]);
    repo.git(&["rm", "-q", "d0/e3/f3.py"]);
    repo.git(&["update-index", "--chmod=+x", "d0/e1/f6.py"]);
    repo.git(&["add", "-A"]);
    repo.write("intended.py", line(5));
    repo.git(&["add", "--intent-to-add", "intended.py"]);
    let told = repo.scan(&["--staged"]);
    for seed in 1..=4 {
        told.one(seed);
    }
    assert!(told.of_key(5).is_empty());
    // A move is no news about the content, but the path is new.
    assert_eq!(told.report["coverage"]["files"], 5, "{:#}", told.report["coverage"]);
    // The same without what git remembers of the index's trees.
    repo.git(&["read-tree", "--reset", "HEAD"]);
    repo.git(&["add", "-A"]);
    assert_eq!(repo.scan(&["--staged"]).report["coverage"]["files"], 6);
}

#[test]
fn a_conflict_has_no_staged_version() {
    let repo = Repo::new();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("app.py", "x = 2\n");
    repo.commit("Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("app.py", "x = 3\n");
    repo.commit("Main");
    let merge = Command::new("git").current_dir(repo.path()).args(["merge", "-q", "side"]).output().unwrap();
    assert!(!merge.status.success());
    let told = repo.scan(&["--staged"]);
    assert_eq!(told.code, 2);
    assert!(told.says(&["conflicts"]), "{:#}", told.report);
}

#[test]
fn the_index_that_git_gives_its_hooks() {
    let repo = Repo::new();
    let hook = repo.path().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let gate = env!("CARGO_BIN_EXE_gate");
    fs::write(&hook, format!("#!/bin/sh\nexec '{gate}' scan --staged --only secrets -q\n")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let commit = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(repo.path()).args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "commit",
            "-m",
            "x",
        ]);
        command.args(args).env("GATE_CACHE_DIR", repo.path().join(".git/cache")).output().unwrap().status.success()
    };
    // `git commit -a` and `git commit FILE` commit from an index of their own.
    repo.write("app.py", line(1));
    assert!(!commit(&["-a"]));
    assert!(!commit(&["app.py"]));
    repo.git(&["add", "app.py"]);
    assert!(!commit(&[]));
    repo.write("other.py", "y = 1\n");
    repo.git(&["add", "other.py"]);
    assert!(commit(&["other.py"]), "only what is committed is judged");
    repo.write("app.py", "x = 2\n");
    assert!(commit(&["-a"]));
}

#[test]
fn a_work_tree_somewhere_else() {
    let repo = Repo::new();
    let tree = tempfile::tempdir().unwrap();
    repo.git(&["config", "core.worktree", &tree.path().display().to_string()]);
    fs::write(tree.path().join("app.py"), line(1)).unwrap();
    let output = Command::new("git")
        .current_dir(tree.path())
        .args(["--git-dir", &repo.path().join(".git").display().to_string(), "add", "app.py"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(repo.scan(&["--staged"]).one(1)["path"], "app.py");
}

#[test]
fn all_analyses_see_what_is_staged() {
    let repo = Repo::new();
    repo.write("Cargo.toml", "[package]\nname = \"x\"\nversion = \"1.0.0\"\n");
    repo.commit("Manifest");
    repo.write("run.py", "import os\nos.system('ls ' + input())\n");
    repo.git(&["add", "run.py"]);
    let rules =
        |told: &Told| told.brought().iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let scan = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
        command.current_dir(repo.path()).args(["scan", "--skip", "dependencies", "--format", "json"]).args(args);
        Told::of(command.output().unwrap())
    };
    let told = scan(&["--staged"]);
    assert_eq!(rules(&told), ["python/shell-injection"], "{:#}", told.report);
    assert!(rules(&scan(&[])).iter().any(|rule| rule.starts_with("license/")));
    // The manifest is judged once it is touched.
    repo.write("Cargo.toml", "[package]\nname = \"x\"\nversion = \"1.0.1\"\n");
    repo.git(&["add", "Cargo.toml"]);
    let told = rules(&scan(&["--staged"]));
    assert!(told.iter().any(|rule| rule.starts_with("license/")), "{told:?}");
    repo.commit("Touched");
    // It has no licence before and after, so the change brings none of that in.
    assert_eq!(rules(&scan(&["--diff", "HEAD~1"])), ["python/shell-injection"]);
}
