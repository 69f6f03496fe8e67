//! What other programs say of our output, and make of our exit codes. `GATE_PEERS` names a folder with
//! `node_modules/.bin/sarif-multitool` and `python/bin/pre-commit`; `.ci/run` puts them there and asks for these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gate::rulebook::fixture;

fn peer(path: &str) -> PathBuf {
    let folder = std::env::var_os("GATE_PEERS").expect("GATE_PEERS names the folder with the peers");
    let tool = Path::new(&folder).join(path);
    assert!(tool.exists(), "{} is missing: .ci/run tells how it is installed", tool.display());
    tool
}

/// Copies our fixtures, their templates filled in: there is a finding of nearly every rule.
fn copy_fixtures(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_fixtures(&path, &target);
        } else {
            let text = fs::read_to_string(&path).unwrap_or_default();
            fs::write(target, fixture::expand(&text).map_or(text, |fixture| fixture.text)).unwrap();
        }
    }
}

/// Every analysis, every kind of place, what was accepted, and what could not be looked at.
fn everything(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(folder.join(".git")).unwrap();
    copy_fixtures(&root.join("fixtures"), &folder.join("src"));
    let cases: &[(&str, &[u8])] = &[
        ("Cargo.lock", &fs::read(root.join("fixtures/dependency/vulnerable.lock")).unwrap()),
        ("with blank/é#%.py", b"eval(input())  # gate:allow python/* known, \"quoted\" \xe2\x9c\x93\nexec(input())\n"),
        ("stale.py", b"# gate:allow python/eval for nothing\nx = 1\n"),
        ("unparsable.py", b"def f(:\n  eval(x\n"),
        ("binary.bin", b"\0\x01\x02"),
        ("broken/Cargo.toml", b"[package\n"),
        ("broken/Cargo.lock", b"[[package\n"),
        ("wide.js", "\u{feff}// é\r\nlet é = 1; eval(é + location.hash)\r\n".as_bytes()),
        ("last-line.py", b"eval(input())"),
    ];
    for (name, bytes) in cases {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

#[test]
#[ignore = "needs GATE_PEERS"]
fn sarif_multitool_finds_no_error() {
    let tool = peer("node_modules/.bin/sarif-multitool");
    let folder = tempfile::tempdir().unwrap();
    everything(folder.path());
    let report = folder.path().join("report.sarif");
    let mut scan = Command::new(env!("CARGO_BIN_EXE_gate"));
    scan.current_dir(folder.path()).args(["scan", ".", "--format", "sarif=report.sarif", "--db"]);
    let status = scan.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lockfiles/rustsec")).output().unwrap().status;
    assert_eq!(status.code(), Some(1));
    let sarif: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 100, "{}", results.len());
    assert!(results.iter().any(|result| !result["suppressions"].is_null()));
    for group in ["secret/", "python/", "javascript/", "rust/", "headers/", "dependency/", "quality/", "gate/"] {
        assert!(results.iter().any(|result| result["ruleId"].as_str().unwrap().starts_with(group)), "{group}");
    }
    assert!(!sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().is_empty());

    let output = Command::new(tool).arg("validate").arg(&report).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Analysis completed successfully"), "{said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.contains(": error ")).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// A repository in which pre-commit runs hooks of ours before each commit and push.
struct Guarded {
    folder: tempfile::TempDir,
    /// Has our `.pre-commit-hooks.yaml`, the program named by its path: nothing is built.
    _hooks: tempfile::TempDir,
    pre_commit: PathBuf,
}

impl Guarded {
    fn new(hooks: &[&str]) -> Guarded {
        let (folder, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ours = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
        assert_eq!(ours.matches("\n  language: rust\n").count(), 3);
        let program = format!("entry: {} ", env!("CARGO_BIN_EXE_gate"));
        let ours = ours.replace("language: rust", "language: system").replace("entry: gate ", &program);
        fs::write(source.path().join(".pre-commit-hooks.yaml"), ours).unwrap();
        let url = source.path().display().to_string();
        let repository = Guarded { folder, _hooks: source, pre_commit: peer("python/bin/pre-commit") };
        let revision = ["init -q", "add -A", "commit -q -m Hooks"].map(|line| repository.git_in(&url, line));
        assert!(revision.iter().all(|output| output.status.success()), "{revision:?}");
        let head = String::from_utf8(repository.git_in(&url, "rev-parse HEAD").stdout).unwrap();
        repository.git(&["init", "-q", "-b", "main"]);
        let ids: String = hooks.iter().map(|id| format!("  - id: {id}\n    args: [--skip, dependencies]\n")).collect();
        let config = format!("repos:\n- repo: {url}\n  rev: {}\n  hooks:\n{ids}", head.trim());
        fs::write(repository.folder.path().join(".pre-commit-config.yaml"), config).unwrap();
        let mut install = Command::new(&repository.pre_commit);
        let installed = repository.run(install.args(["install", "-t", "pre-commit", "-t", "pre-push"]));
        assert!(installed.status.success(), "{installed:?}");
        repository
    }

    fn git_in(&self, folder: &str, line: &str) -> std::process::Output {
        self.git(&[&["-C", folder], line.split(' ').collect::<Vec<_>>().as_slice()].concat())
    }

    fn run(&self, command: &mut Command) -> std::process::Output {
        let home = self.folder.path().join(".git/home");
        fs::create_dir_all(&home).unwrap();
        command.current_dir(self.folder.path()).env("HOME", &home).env("PRE_COMMIT_HOME", home.join("pre-commit"));
        command.output().unwrap()
    }

    fn git(&self, arguments: &[&str]) -> std::process::Output {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        self.run(Command::new("git").args(identity).args(arguments))
    }

    /// Stages `text` as the file `name` and commits; whether it was let in, and what was said.
    fn commit(&self, name: &str, text: &str) -> (bool, String) {
        fs::write(self.folder.path().join(name), text).unwrap();
        assert!(self.git(&["add", "-A"]).status.success());
        let output = self.git(&["commit", "-q", "-m", "A change"]);
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }
}

#[test]
#[ignore = "needs GATE_PEERS"]
fn pre_commit_blocks_a_secret_and_lets_a_clean_commit_in() {
    let repository = Guarded::new(&["gate-staged"]);
    let (is_in, said) = repository.commit("app.py", "import os\n\nKEY = os.environ[\"KEY\"]\n");
    assert!(is_in, "{said}");

    let token = fixture::expand("ghp_{{alnum:30}}{{crc32-base62-6}}").unwrap().text;
    let (is_in, said) = repository.commit("app.py", &format!("KEY = \"{token}\"\n"));
    assert!(!is_in, "{said}");
    assert!(said.contains("secret/github-personal-access-token") && !said.contains(&token), "{said}");

    // What is staged counts, not what is in the work tree.
    fs::write(repository.folder.path().join("app.py"), "KEY = None\n").unwrap();
    let output = repository.git(&["commit", "-q", "-m", "The index still has it"]);
    assert!(!output.status.success());

    let (is_in, said) = repository.commit("app.py", "KEY = None\n");
    assert!(is_in, "{said}");
    let log = repository.git(&["rev-list", "--count", "HEAD"]);
    assert_eq!(String::from_utf8_lossy(&log.stdout).trim(), "2");
}

#[test]
#[ignore = "needs GATE_PEERS"]
fn the_hooks_for_pre_commit_do_what_they_say() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let checked = Command::new(peer("python/bin/pre-commit")).arg("validate-manifest").arg(manifest).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");

    let repository = Guarded::new(&["gate-secrets", "gate-push"]);
    let remote = tempfile::tempdir().unwrap();
    let url = remote.path().display().to_string();
    assert!(repository.git(&["init", "-q", "--bare", &url]).status.success());
    assert!(repository.git(&["remote", "add", "origin", &url]).status.success());
    // For secrets alone a flaw is none; the push is asked about everything.
    let (is_in, said) = repository.commit("app.py", "x = 1\n");
    assert!(is_in, "{said}");
    assert!(repository.git(&["push", "-q", "origin", "main"]).status.success());
    let (is_in, said) = repository.commit("flaw.py", "import os\nos.system('ls ' + input())\n");
    assert!(is_in, "{said}");
    let pushed = repository.git(&["push", "-q", "origin", "main"]);
    let said = String::from_utf8_lossy(&[pushed.stdout, pushed.stderr].concat()).into_owned();
    assert!(!pushed.status.success() && said.contains("python/shell-injection"), "{said}");
    let token = fixture::expand("ghp_{{alnum:30}}{{crc32-base62-6}}").unwrap().text;
    let (is_in, said) = repository.commit("key.py", &format!("KEY = \"{token}\"\n"));
    assert!(!is_in && said.contains("secret/"), "{said}");
    assert!(repository.git(&["reset", "-q", "--hard"]).status.success());
    let (is_in, said) = repository.commit("flaw.py", "x = 2\n");
    assert!(is_in, "{said}");
    let pushed = repository.git(&["push", "-q", "origin", "main"]);
    assert!(pushed.status.success(), "{pushed:?}");
}

/// As many files as the tree that docs/benchmarks.md measures.
const MANY: usize = 18_000;

#[test]
#[ignore = "needs GATE_PEERS"]
fn the_hook_takes_no_time_in_a_large_tree() {
    let repository = Guarded::new(&["gate-staged"]);
    for index in 0..MANY {
        let folder = repository.folder.path().join(format!("pkg{}", index / 50));
        if index % 50 == 0 {
            fs::create_dir_all(&folder).unwrap();
        }
        fs::write(folder.join(format!("file{index}.py")), format!("def function{index}(x):\n    return x + {index}\n"))
            .unwrap();
    }
    assert!(repository.git(&["add", "-A"]).status.success());
    assert!(repository.git(&["commit", "-q", "--no-verify", "-m", "Many"]).status.success());
    fs::write(repository.folder.path().join("pkg1/file50.py"), "x = 1\n").unwrap();
    assert!(repository.git(&["add", "-A"]).status.success());
    let mut times = Vec::new();
    for _ in 0..4 {
        let start = std::time::Instant::now();
        let mut hook = Command::new(env!("CARGO_BIN_EXE_gate"));
        let output = repository.run(hook.args(["hook", "run", "pre-commit"]));
        times.push(start.elapsed());
        assert!(output.status.success(), "{output:?}");
    }
    let warm = times.iter().skip(1).min().unwrap();
    assert!(warm.as_millis() < 300, "{times:?}");
}

#[test]
#[ignore = "needs GATE_PEERS"]
fn the_action_and_the_workflows_pass_their_linters() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = |tool: &str, args: &[&str]| {
        let output = Command::new(peer(tool)).current_dir(root).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{tool} {args:?}: {said}");
    };
    check(
        "python/bin/zizmor",
        &["--offline", "--persona", "auditor", "--min-severity", "low", "action.yml", ".github/workflows"],
    );
    let workflows = [".github/workflows/ci.yml", ".github/workflows/release.yml"];
    let schema = |name: &'static str| ["--builtin-schema", name];
    check("python/bin/check-jsonschema", &[&schema("vendor.github-actions")[..], &["action.yml"]].concat());
    check("python/bin/check-jsonschema", &[&schema("vendor.github-workflows")[..], &workflows].concat());
}
