//! Secrets in git repositories, each made here with git: staged, brought in by a range, anywhere in the history; and
//! repositories that are not whole.

mod archives;
mod change;
mod clones;
mod history;
mod input;
mod policy_from;
mod proposal;
mod range;
mod staged;
mod unsound;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A key that was never issued; made here so that no file of ours holds one.
pub fn key(seed: u64) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
    };
    format!("sk_live_{}", (0..28).map(|_| next()).collect::<String>())
}

pub fn line(seed: u64) -> String {
    format!("STRIPE = \"{}\"\n", key(seed))
}

pub struct Repo {
    folder: TempDir,
}

impl Repo {
    /// A repository with one commit and nothing to find in it.
    pub fn new() -> Repo {
        let repo = Repo::empty(&[]);
        repo.write("app.py", "x = 1\n");
        repo.write("LICENSE", "");
        repo.commit("Start");
        repo
    }

    fn empty(options: &[&str]) -> Repo {
        let repo = Repo { folder: tempfile::tempdir().unwrap() };
        repo.git(&[&["init", "-q", "-b", "main"], options].concat());
        repo
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn git(&self, args: &[&str]) -> String {
        git(self.path(), args)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A", "--force"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes the file, commits it, removes it and commits that.
    fn passing(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(name, bytes);
        let commit = self.commit("Add");
        self.git(&["rm", "-q", name]);
        self.commit("Remove");
        commit
    }

    fn scan(&self, args: &[&str]) -> Told {
        scan(self.path(), args)
    }

    fn history(&self) -> Told {
        self.scan(&["--history"])
    }

    fn all(&self) -> Told {
        self.scan(&["--history", "--all-refs"])
    }
}

pub fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false", "-c", "gc.auto=0"])
        .args(args)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
        .envs([("GIT_AUTHOR_NAME", "Ada Example"), ("GIT_AUTHOR_EMAIL", "ada@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ada Example"), ("GIT_COMMITTER_EMAIL", "ada@example.com")])
        .envs([("GIT_AUTHOR_DATE", "2024-02-03T04:05:06+01:00"), ("GIT_COMMITTER_DATE", "2024-02-03T04:05:06+01:00")])
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

struct Told {
    code: i32,
    report: Value,
    errors: String,
}

fn command(folder: &Path) -> Command {
    command_for(folder, "secrets")
}

fn command_for(folder: &Path, analyses: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(folder).env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE");
    // No identity, no configuration of a user, and a cache that is not theirs.
    command.env("HOME", folder.join("no-home")).env("GATE_CACHE_DIR", folder.join(".git/cache"));
    command.args(["scan", "--only", analyses, "--format", "json"]);
    command
}

fn scan(folder: &Path, args: &[&str]) -> Told {
    Told::of(command(folder).args(args).output().unwrap())
}

impl Told {
    fn of(output: Output) -> Told {
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!errors.contains("panicked") && !errors.contains("internal error"), "{errors}");
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Told { code: output.status.code().unwrap(), report, errors }
    }

    /// The findings with the key of `seed`, known by its last characters, that were not there before.
    fn of_key(&self, seed: u64) -> Vec<&Value> {
        let tail = &key(seed)[32..];
        let shown = |finding: &&Value| {
            finding["baseline"] != "unchanged" && finding["secret"].as_str().is_some_and(|shown| shown.ends_with(tail))
        };
        self.findings().iter().filter(shown).collect()
    }

    /// The one finding with the key of `seed`.
    fn one(&self, seed: u64) -> &Value {
        let found = self.of_key(seed);
        assert_eq!(found.len(), 1, "{:#}\n{}", self.report, self.errors);
        found[0]
    }

    fn findings(&self) -> &[Value] {
        self.report["findings"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The findings that were not there before.
    fn brought(&self) -> Vec<&Value> {
        self.findings().iter().filter(|finding| finding["baseline"] != "unchanged").collect()
    }

    fn kinds(&self) -> Vec<&str> {
        let told = self.report["notifications"].as_array().map_or(&[][..], Vec::as_slice);
        told.iter().map(|one| one["kind"].as_str().unwrap()).collect()
    }

    /// Whether a notification holds all of `words`.
    fn says(&self, words: &[&str]) -> bool {
        let told = self.report["notifications"].as_array().map_or(&[][..], Vec::as_slice);
        told.iter().any(|one| words.iter().all(|word| one["message"].as_str().unwrap().contains(word)))
    }

    /// It could not run, and says why on standard error.
    fn refuses(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{}", self.errors);
        assert!(words.iter().all(|word| self.errors.contains(word)), "{words:?}: {}", self.errors);
    }
}
