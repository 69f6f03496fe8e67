//! `gate hook`: installed into repositories made here, and run by git itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use gate::rulebook::fixture;
use tempfile::TempDir;

struct Repo {
    folder: TempDir,
    home: TempDir,
}

impl Repo {
    fn new() -> Repo {
        let repo = Repo { folder: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        repo.works("git", &["init", "-q", "-b", "main"]);
        repo.write("app.py", "x = 1\n");
        repo.write("LICENSE", "");
        repo.works("git", &["add", "-A"]);
        repo.works("git", &["commit", "-q", "-m", "Start"]);
        repo
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn run_in(&self, folder: &Path, program: &str, args: &[&str]) -> Output {
        let program = if program == "gate" { env!("CARGO_BIN_EXE_gate") } else { program };
        let mut command = Command::new(program);
        command.current_dir(folder).args(args).env("HOME", self.home.path()).env("XDG_CONFIG_HOME", self.home.path());
        command.env("GATE_CACHE_DIR", self.home.path().join("cache"));
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PRE_COMMIT_TO_REF", "PRE_COMMIT_FROM_REF"] {
            command.env_remove(name);
        }
        command.envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com")]);
        command.envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.com")]);
        command.output().unwrap()
    }

    fn run(&self, program: &str, args: &[&str]) -> (bool, String) {
        let output = self.run_in(self.path(), program, args);
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    fn works(&self, program: &str, args: &[&str]) -> String {
        let (is_done, told) = self.run(program, args);
        assert!(is_done, "{program} {args:?}: {told}");
        told
    }

    fn fails(&self, program: &str, args: &[&str]) -> String {
        let (is_done, told) = self.run(program, args);
        assert!(!is_done, "{program} {args:?}: {told}");
        assert!(!told.contains("panicked") && !told.contains("internal error"), "{told}");
        told
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }
}

fn secret() -> String {
    format!("KEY = \"{}\"\n", fixture::expand("ghp_{{alnum:30}}{{crc32-base62-6}}").unwrap().text)
}

#[cfg(unix)]
fn executable(file: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[cfg(unix)]
fn git_asks_the_hook_before_a_commit() {
    let repo = Repo::new();
    assert!(repo.works("gate", &["hook", "install"]).contains("pre-commit"));
    repo.write("app.py", &secret());
    repo.works("git", &["add", "-A"]);
    let told = repo.fails("git", &["commit", "-q", "-m", "A secret"]);
    assert!(told.contains("secret/github-personal-access-token"), "{told}");
    // In a linked work tree it is the same hook, and the index of that tree.
    repo.works("git", &["worktree", "add", "-q", "tree"]);
    let tree = repo.path().join("tree");
    fs::write(tree.join("b.py"), secret()).unwrap();
    assert!(repo.run_in(&tree, "git", &["add", "-A"]).status.success());
    assert!(!repo.run_in(&tree, "git", &["commit", "-q", "-m", "A secret"]).status.success());
    assert!(repo.run_in(&tree, "gate", &["hook", "install"]).status.success(), "it is replaced by itself");
    assert_eq!(fs::read_dir(repo.path().join(".git/hooks")).unwrap().flatten().filter(is_hook).count(), 1);
    repo.write("app.py", "x = 2\n");
    repo.works("git", &["add", "app.py"]);
    repo.works("git", &["commit", "-q", "-m", "Clean"]);
    assert!(repo.works("gate", &["hook", "uninstall"]).contains("removed"));
    assert!(repo.works("gate", &["hook", "uninstall"]).contains("there is no"));
    assert!(!repo.path().join(".git/hooks/pre-commit").exists());
}

fn is_hook(entry: &fs::DirEntry) -> bool {
    !entry.file_name().to_string_lossy().ends_with(".sample")
}

#[test]
#[cfg(unix)]
fn a_hook_that_is_there_stays_or_runs_first() {
    let repo = Repo::new();
    let hook = repo.path().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let own = "#!/bin/sh\necho first >> ran\ntest ! -e refused\n";
    executable(&hook, own);
    let told = repo.fails("gate", &["hook", "install"]);
    assert!(told.contains("stays as it is") && told.contains("--chain"), "{told}");
    assert_eq!(repo.read(".git/hooks/pre-commit"), own);
    assert!(repo.fails("gate", &["hook", "uninstall"]).contains("none of ours"));

    repo.works("gate", &["hook", "install", "--chain", "--", "--only", "secrets"]);
    repo.works("gate", &["hook", "install", "--chain", "--", "--only", "secrets"]);
    repo.write("app.py", "y = 1\n");
    repo.works("git", &["add", "app.py"]);
    repo.works("git", &["commit", "-q", "-m", "Both agree"]);
    assert_eq!(repo.read("ran"), "first\n");
    repo.write("app.py", &secret());
    repo.works("git", &["add", "app.py"]);
    assert!(repo.fails("git", &["commit", "-q", "-m", "A secret"]).contains("secret/"));
    repo.write("app.py", "y = 2\n");
    repo.write("refused", "");
    repo.works("git", &["add", "app.py"]);
    repo.fails("git", &["commit", "-q", "-m", "The first one refuses"]);
    // A second one in the place of the first is not lost either.
    executable(&hook, "#!/bin/sh\n");
    assert!(repo.fails("gate", &["hook", "install", "--chain"]).contains("before-gate"));
    fs::remove_file(&hook).unwrap();
    repo.works("gate", &["hook", "install"]);
    assert!(repo.works("gate", &["hook", "uninstall"]).contains("back in its place"));
    assert_eq!(repo.read(".git/hooks/pre-commit"), own);
}

#[test]
#[cfg(unix)]
fn hooks_go_where_git_looks_for_them() {
    let repo = Repo::new();
    repo.works("git", &["config", "core.hooksPath", ".githooks"]);
    repo.works("gate", &["hook", "install"]);
    assert!(repo.path().join(".githooks/pre-commit").exists() && !repo.path().join(".git/hooks/pre-commit").exists());
    repo.write("app.py", &secret());
    repo.works("git", &["add", "app.py"]);
    repo.fails("git", &["commit", "-q", "-m", "A secret"]);
    // A folder that all repositories of a user share is none of this one's.
    repo.works("git", &["config", "--unset", "core.hooksPath"]);
    let shared = repo.home.path().join("hooks");
    repo.works("git", &["config", "--global", "core.hooksPath", shared.to_str().unwrap()]);
    let told = repo.fails("gate", &["hook", "install"]);
    assert!(told.contains("core.hooksPath") && told.contains("--local"), "{told}");
    assert!(!shared.exists());
    let bare = tempfile::tempdir().unwrap();
    assert!(repo.run_in(bare.path(), "git", &["init", "-q", "--bare"]).status.success());
    assert!(!repo.run_in(bare.path(), "gate", &["hook", "install"]).status.success());
    let nowhere = tempfile::tempdir().unwrap();
    let output = repo.run_in(nowhere.path(), "gate", &["hook", "install"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no git repository"), "{output:?}");
}

#[test]
#[cfg(unix)]
fn git_asks_the_hook_before_a_push() {
    let repo = Repo::new();
    let remote = tempfile::tempdir().unwrap();
    assert!(repo.run_in(remote.path(), "git", &["init", "-q", "--bare"]).status.success());
    repo.works("git", &["remote", "add", "origin", remote.path().to_str().unwrap()]);
    let hook = repo.path().join(".git/hooks/pre-push");
    executable(&hook, "#!/bin/sh\ncat >> .git/pushed\n");
    repo.works("gate", &["hook", "install", "--type", "pre-push", "--chain", "--", "--skip", "dependencies"]);
    // The first push of all: the work tree is looked at.
    repo.write("old.py", &secret());
    repo.fails("git", &["push", "-q", "origin", "main"]);
    repo.works("git", &["add", "-A"]);
    repo.works("git", &["commit", "-q", "-m", "An old secret"]);
    repo.works("git", &["push", "-q", "--no-verify", "origin", "main"]);
    repo.write("app.py", "x = 3\n");
    repo.works("git", &["commit", "-q", "-a", "-m", "Clean"]);
    repo.works("git", &["push", "-q", "origin", "main"]);
    repo.works("git", &["checkout", "-q", "-b", "side"]);
    repo.write("new.py", &secret());
    repo.works("git", &["add", "-A"]);
    repo.works("git", &["commit", "-q", "-m", "A secret"]);
    // A new branch counts from what the remote has.
    let told = repo.fails("git", &["push", "-q", "origin", "side"]);
    assert!(told.contains("new.py") && !told.contains("old.py:"), "{told}");
    repo.works("git", &["push", "-q", "origin", "main:refs/heads/other"]);
    repo.works("git", &["push", "-q", "origin", ":refs/heads/other"]);
    assert!(repo.read(".git/pushed").lines().count() >= 5, "the hook before ours was asked each time");
}

#[test]
fn a_program_that_is_gone_and_options_that_are_none_are_told() {
    let repo = Repo::new();
    assert!(repo.fails("gate", &["hook", "install", "--", "--no-such-option"]).contains("--no-such-option"));
    assert!(!repo.path().join(".git/hooks/pre-commit").exists());
    repo.works("gate", &["hook", "install", "--", "--only", "secrets"]);
    let script = repo.read(".git/hooks/pre-commit");
    assert!(script.starts_with("#!/bin/sh\n") && !script.contains('\r') && script.contains("'--only' 'secrets'"));
    let (start, rest) = script.split_once("gate='").unwrap();
    let (_, end) = rest.split_once("'\n").unwrap();
    let moved = format!("{start}gate='/nowhere/gate'\n{end}");
    fs::write(repo.path().join(".git/hooks/pre-commit"), moved).unwrap();
    let mut shell = Command::new("sh");
    let output =
        shell.current_dir(repo.path()).arg(".git/hooks/pre-commit").env("PATH", "/usr/bin:/bin").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains("gate is not there any more"), "{output:?}");
}
