//! `docs/adopt.md` is run: its commands in their order, in a repository made here, compared with what the page shows.
//!
//! A comment `<!-- prepare: NAME -->` in the page is where the test does what people do between the commands; what a `toml` block shows
//! is put at the end of `gate.toml`; the lines of an `sh` block that start with `$ ` are run.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::dependencies::fixture;
use crate::git::{git, key, line};
use crate::support::verify_generated;

const PAGE: &str = "docs/adopt.md";

/// 2026-11-23, a Monday, and the first day after the exception of the page.
const MONDAY: &str = "1795424400";
const AFTER_THE_END: &str = "1801440000";

const JUDGED: &[&str] = &["--diff", "main", "--policy-from", "main"];
const ADDED: [&str; 3] = ["dependency/vulnerable", "python/sql-injection", "secret/stripe-secret-key"];

#[test]
fn the_page_about_adoption_shows_what_happens() {
    let shop = Shop::new();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap();
    let mut shown = String::new();
    let mut phases: Vec<&str> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        shown += &format!("{line}\n");
        if let Some(phase) = line.strip_prefix("<!-- prepare: ").and_then(|rest| rest.strip_suffix(" -->")) {
            phases.last().inspect(|before| shop.check(before));
            shop.prepare(phase);
            phases.push(phase);
        } else if line == "```toml" {
            let text = block(&mut lines);
            shop.append("gate.toml", &text);
            shown += &format!("{text}```\n");
        } else if line == "```sh" {
            shown += &format!("{}```\n", shop.transcript(&block(&mut lines)));
        }
    }
    phases.last().inspect(|before| shop.check(before));
    assert_eq!(phases, ["shop", "clean", "bad", "hiding", "exception", "mended", "later"]);
    let secret = key(SEED).split_off("sk_live_".len());
    assert!(secret.as_bytes().windows(6).all(|part| !shown.contains(std::str::from_utf8(part).unwrap())));
    verify_generated(PAGE, &shown);
}

/// The lines up to the end of the block.
fn block<'a>(lines: &mut impl Iterator<Item = &'a str>) -> String {
    lines.take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect()
}

const SEED: u64 = 7;

/// A folder of someone's: the repository in it, the advisories beside it.
struct Shop {
    home: TempDir,
}

impl Shop {
    fn new() -> Shop {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(fixture("lockfiles/rustsec"), home.path().join("advisory-db")).unwrap();
        fs::create_dir(home.path().join("shop")).unwrap();
        Shop { home }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("shop")
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.path(), args)
    }

    fn append(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let before = fs::read_to_string(&file).map(|text| format!("{text}\n")).unwrap_or_default();
        fs::write(file, before + text).unwrap();
    }

    fn write(&self, name: &str, text: &str) {
        let _ = fs::remove_file(self.path().join(name));
        self.append(name, text);
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// With nothing of whoever runs the tests: no configuration, no build system, no colours.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let own = Path::new(env!("CARGO_BIN_EXE_gate")).parent().unwrap().to_path_buf();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).unwrap();
        command.current_dir(self.path()).env_clear().env("PATH", path).env("HOME", self.home.path());
        command.env("GATE_CACHE_DIR", self.home.path().join(".cache/gate")).env("SOURCE_DATE_EPOCH", MONDAY);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ben").env(format!("GIT_{who}_EMAIL"), "ben@example.com");
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command
    }

    /// The commands of a block, each with what it prints, run by one shell.
    fn transcript(&self, block: &str) -> String {
        let commands: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
        assert!(block.starts_with("$ "), "{block}");
        let mut script = "exec 2>&1\ncode=0\n".to_owned();
        for command in &commands {
            script += &format!("(exit $code)\n{command}\ncode=$?\nprintf '\\036'\n");
        }
        let output = self.command("sh").args(["-c", &script]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed: Vec<&str> = printed.split_terminator('\u{1e}').collect();
        assert_eq!(printed.len(), commands.len(), "{printed:#?}");
        commands.iter().zip(printed).map(|(command, text)| format!("$ {command}\n{}", self.settled(text))).collect()
    }

    /// `text` without what is another in every run: the home folder, the moment of a download, and the commit compared with, which
    /// is another whenever a fingerprint in the baseline is.
    fn settled(&self, text: &str) -> String {
        let home = self.home.path();
        let mut text = text.to_owned();
        for path in [home.canonicalize().unwrap(), home.to_path_buf()] {
            text = text.replace(path.to_str().unwrap(), "~");
        }
        if text.contains("compared with") {
            text = text.replace(&self.git(&["rev-parse", "main"])[..12], "1a2b3c4d5e6f");
        }
        let moment = |line: &str| {
            if line.starts_with("fetched ") { "fetched 2026-11-23T09:00:00Z (today)" } else { line }.to_owned()
        };
        text.lines().map(|line| moment(line) + "\n").collect()
    }

    fn scan(&self, day: &str, args: &[&str]) -> (i32, Value) {
        let mut command = self.command(env!("CARGO_BIN_EXE_gate"));
        let output =
            command.args(["scan", "--format", "json"]).args(args).env("SOURCE_DATE_EPOCH", day).output().unwrap();
        (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
    }

    /// Verdict, exit code, and the rules of the findings that are neither known nor accepted, by outcome.
    fn judged(&self, day: &str, args: &[&str]) -> (String, i32, BTreeMap<String, Vec<String>>) {
        let (code, report) = self.scan(day, args);
        let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for finding in report["findings"].as_array().unwrap() {
            if finding["baseline"] != "unchanged" && finding["suppressions"].is_null() {
                let text = |key: &str| finding[key].as_str().unwrap().to_owned();
                open.entry(text("outcome")).or_default().push(text("rule"));
            }
        }
        open.values_mut().for_each(|rules| rules.sort());
        (report["verdict"]["name"].as_str().unwrap().to_owned(), code, open)
    }

    /// What people do before the commands that follow in the page.
    fn prepare(&self, phase: &str) {
        match phase {
            "shop" => self.old_shop(),
            "clean" => {
                self.git(&["switch", "-q", "-c", "names"]);
                self.write("shop/names.py", "def shown(name):\n    return name.strip().title()\n");
                self.write("shop/orders.py", &format!("\"\"\"The orders of a customer.\"\"\"\n\n{ORDERS}"));
                self.commit("Show names as people write them");
            }
            "bad" => {
                self.git(&["switch", "-q", "-c", "search", "main"]);
                self.write("shop/search.py", &SEARCH.replace("QUERY", SQL_BUILT));
                self.write("shop/payment.py", &line(SEED));
                self.write("parser/Cargo.toml", &format!("{MANIFEST}leaky-parser = \"1.2\"\n"));
                self.write("parser/Cargo.lock", &lockfile(&[("leaky-parser", "1.2.8"), ("slow-regexp", "0.4.9")]));
                self.commit("Search, payments, and headers");
            }
            "hiding" => {
                self.git(&["switch", "-q", "-c", "hurry"]);
                self.append("gate.toml", LOOSE);
                self.write(".gate/exceptions.toml", HASTY);
            }
            "exception" => {
                self.git(&["switch", "-q", "-c", "accept", "main"]);
            }
            "mended" => {
                self.git(&["switch", "-q", "main"]);
                self.git(&["merge", "-q", "--ff-only", "accept"]);
                self.git(&["switch", "-q", "search"]);
                self.git(&["rebase", "-q", "main"]);
                self.write("shop/search.py", &SEARCH.replace("QUERY", SQL_WITH_PLACEHOLDER));
                self.write("shop/payment.py", "import os\n\nSTRIPE = os.environ[\"STRIPE\"]\n");
                self.commit("Leave a placeholder, and read the key from the environment");
            }
            "later" => {}
            _ => panic!("nobody knows how to prepare {phase}"),
        }
    }

    fn old_shop(&self) {
        self.git(&["init", "-q", "-b", "main"]);
        self.write("LICENSE", include_str!("../LICENSE-MIT"));
        self.write("shop/orders.py", ORDERS);
        self.write("shop/backup.py", BACKUP);
        self.write("parser/Cargo.toml", MANIFEST);
        self.write("parser/Cargo.lock", &lockfile(&[("slow-regexp", "0.4.9")]));
        self.write("parser/src/lib.rs", "//! Headers of orders.\n");
        self.commit("The shop as it is");
    }

    /// What must hold when the commands of the phase have been run, whatever the page shows.
    fn check(&self, phase: &str) {
        let open = |outcome: &str, rules: &[&str]| {
            let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
            (outcome.to_owned(), rules)
        };
        let (day, args, expected) = match phase {
            "shop" => (MONDAY, &[][..], ("passed", 0, vec![])),
            "clean" => (MONDAY, JUDGED, ("passed", 0, vec![])),
            "bad" => (MONDAY, JUDGED, ("failed", 1, vec![open("fail", &ADDED)])),
            "hiding" => {
                assert_eq!(
                    self.judged(MONDAY, &["--diff", "main"]).0,
                    "passed",
                    "or there is nothing to guard against"
                );
                (MONDAY, JUDGED, ("failed", 1, vec![open("fail", &ADDED), open("warn", &["gate/policy-changed"; 3])]))
            }
            "exception" => (MONDAY, JUDGED, ("passed", 0, vec![open("warn", &["gate/policy-changed"])])),
            "mended" => (MONDAY, JUDGED, ("exception", 0, vec![])),
            _ => {
                let ended = open("fail", &["dependency/vulnerable", "gate/expired-exception"]);
                (AFTER_THE_END, JUDGED, ("failed", 1, vec![ended]))
            }
        };
        let (verdict, code, found) = self.judged(day, args);
        assert_eq!(
            (verdict.as_str(), code, found),
            (expected.0, expected.1, expected.2.into_iter().collect()),
            "{phase}"
        );
    }
}

const ORDERS: &str = "\
import hashlib


def find(connection, request):
    cursor = connection.cursor()
    cursor.execute(\"SELECT * FROM orders WHERE customer = '\" + request.GET['customer'] + \"'\")
    return cursor.fetchall()


def key(order):
    return hashlib.md5(order.encode()).hexdigest()
";

const BACKUP: &str = "\
import os
import sys


def backup():
    os.system(\"tar czf backup.tgz \" + sys.argv[1])


if __name__ == \"__main__\":
    backup()
";

const SEARCH: &str = "\
def search(connection, request):
    cursor = connection.cursor()
    cursor.execute(QUERY)
    return cursor.fetchall()
";
const SQL_BUILT: &str = "\"SELECT * FROM goods WHERE name = '\" + request.GET['text'] + \"'\"";
const SQL_WITH_PLACEHOLDER: &str = "\"SELECT id FROM goods WHERE name = ?\", (request.GET['text'],)";

const MANIFEST: &str = "\
[package]
name = \"parser\"
version = \"0.1.0\"
edition = \"2024\"
license = \"MIT\"

[dependencies]
slow-regexp = \"0.4\"
";

fn lockfile(packages: &[(&str, &str)]) -> String {
    let names: Vec<String> = packages.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let names = names.join(", ");
    let mut text =
        format!("version = 4\n\n[[package]]\nname = \"parser\"\nversion = \"0.1.0\"\ndependencies = [{names}]\n");
    for (name, version) in packages {
        text += &format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        text += "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    }
    text
}

const LOOSE: &str = "\
fail-on = \"never\"

[[scan.exclude]]
paths = [\"shop/payment.py\"]
reason = \"generated\"
";

const HASTY: &str = "\
[[exception]]
advisory = \"RUSTSEC-2021-9001\"
owner = \"ben\"
reason = \"later\"
expires = 2099-12-31
";
