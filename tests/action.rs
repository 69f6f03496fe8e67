//! The GitHub Action: the steps of action.yml are run as a runner would, on repositories as it checks them out. What other actions
//! do (cache, upload) is written down and not done; cargo, curl and gh are stand-ins that say how they were called.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::git::{Repo, git, line};

fn value(yaml: &Yaml<'_>) -> Value {
    if let Some(text) = yaml.as_str() {
        return text.into();
    }
    if let Some(items) = yaml.as_sequence() {
        return items.iter().map(value).collect();
    }
    if let Some(entries) = yaml.as_mapping() {
        let entry = |(name, entry): (&Yaml<'_>, &Yaml<'_>)| (name.as_str().unwrap().to_owned(), value(entry));
        return Value::Object(entries.iter().map(entry).collect::<Map<_, _>>());
    }
    yaml.as_bool().map_or(Value::Null, Value::Bool)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn action() -> Value {
    let text = fs::read_to_string(root().join("action.yml")).unwrap();
    value(&Yaml::load_from_str(&text).unwrap()[0])
}

/// A runner: what it tells the steps, and what they told it.
struct Runner {
    temporary: TempDir,
    /// Where the action lies.
    action: PathBuf,
    inputs: BTreeMap<String, String>,
    event: Value,
    variables: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

/// What became of the job.
struct Job {
    code: i32,
    outputs: BTreeMap<String, String>,
    /// `uses` and `with` of the actions that were called.
    called: Vec<(String, Value)>,
    summary: String,
    log: String,
}

const CARGO: &str = r#"#!/bin/sh
echo "cargo $*" >> "$RUNNER_TEMP/calls"
while [ $# -gt 0 ]; do [ "$1" = --root ] && root=$2; shift; done
mkdir -p "$root/bin" && cp "$RUNNER_TEMP/shims/gate-shim" "$root/bin/gate"
"#;

/// The database of the real one is not for tests.
const GATE: &str = r#"#!/bin/sh
printf '%s\n' "gate $*" >> "$RUNNER_TEMP/calls"
if [ "$1" = db ]; then test -z "$NO_DATABASE"; exit; fi
exec "$GATE_UNDER_TEST" "$@"
"#;

const CURL: &str = r#"#!/bin/sh
echo "curl $*" >> "$RUNNER_TEMP/calls"
while [ $# -gt 0 ]; do [ "$1" = --output ] && file=$2; shift; done
cp "$RUNNER_TEMP/release.tar.gz" "$file"
"#;

const GH: &str = r#"#!/bin/sh
echo "gh $*" >> "$RUNNER_TEMP/calls"
test -z "$NOT_ATTESTED"
"#;

fn executable(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Runner {
    fn new(name: &str, event: Value) -> Runner {
        let temporary = tempfile::tempdir().unwrap();
        for (name, text) in [("cargo", CARGO), ("gate-shim", GATE), ("curl", CURL), ("gh", GH)] {
            executable(&temporary.path().join("shims").join(name), text);
        }
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", temporary.path().join("shims").display());
        let mut variables = BTreeMap::from([("PATH".to_owned(), path)]);
        let told = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_REPOSITORY", "octo/app"),
            ("GITHUB_SERVER_URL", "https://github.example.org"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("GATE_UNDER_TEST", env!("CARGO_BIN_EXE_gate")),
        ];
        variables.extend(told.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for name in ["EVENT_PATH", "OUTPUT", "ENV", "PATH", "STEP_SUMMARY"] {
            let file = temporary.path().join(format!("file-{name}"));
            fs::write(&file, "").unwrap();
            variables.insert(format!("GITHUB_{name}"), file.display().to_string());
        }
        fs::write(temporary.path().join("file-EVENT_PATH"), event.to_string()).unwrap();
        variables.insert("RUNNER_TEMP".to_owned(), temporary.path().display().to_string());
        let inputs = BTreeMap::from([("args".to_owned(), "--skip\ndependencies\n".to_owned())]);
        let (action, outputs) = (root().to_owned(), BTreeMap::new());
        Runner { temporary, action, inputs, event, variables, outputs }
    }

    fn with(mut self, input: &str, value: &str) -> Runner {
        self.inputs.insert(input.to_owned(), value.to_owned());
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Runner {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// As the action of a release: the runner has downloaded it to where it keeps them.
    fn released(mut self) -> Runner {
        self.action = self.temporary.path().join("_actions/octo/gate/v0.1.0");
        fs::create_dir_all(self.action.join(".github/action")).unwrap();
        fs::copy(root().join(".github/action/run.sh"), self.action.join(".github/action/run.sh")).unwrap();
        let folder = self.temporary.path().join("shims");
        executable(&folder.join("gate"), GATE);
        let packed =
            Command::new("tar").current_dir(&folder).args(["-czf", "../release.tar.gz", "gate"]).status().unwrap();
        assert!(packed.success());
        self
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.temporary.path().join("calls")).unwrap_or_default()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.temporary.path().join(format!("file-{name}"))).unwrap()
    }

    /// `text` with its expressions filled in.
    fn filled(&self, text: &str, defaults: &Value) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once("${{") {
            let (expression, after) = tail.split_once("}}").unwrap();
            out += before;
            out += &self.value(expression.trim(), defaults);
            rest = after;
        }
        out + rest
    }

    fn value(&self, expression: &str, defaults: &Value) -> String {
        let text = |value: &Value| value.as_str().map_or_else(String::new, str::to_owned);
        if let Some(name) = expression.strip_prefix("inputs.") {
            let default = &defaults[name]["default"];
            assert!(default.is_string(), "there is no input {name}, or its default is no text");
            return self.inputs.get(name).cloned().unwrap_or_else(|| text(default));
        }
        if let Some(path) = expression.strip_prefix("github.event.") {
            return text(self.event.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null));
        }
        if expression == "github.token" {
            return "a-token".to_owned();
        }
        assert!(expression.starts_with("steps."), "{expression}");
        self.outputs.get(expression).cloned().unwrap_or_default()
    }

    fn is_due(&self, condition: &Value) -> bool {
        let Some(condition) = condition.as_str() else { return true };
        let (name, wanted) = condition.split_once(" == ").unwrap();
        self.value(name, &Value::Null) == wanted.trim_matches('\'')
    }

    /// Runs the action with `folder` as the work space.
    fn run(&mut self, folder: &Path) -> Job {
        let action = action();
        let (mut log, mut called, mut code) = (String::new(), Vec::new(), 0);
        for step in action["runs"]["steps"].as_array().unwrap() {
            if code != 0 || !self.is_due(&step["if"]) {
                continue;
            }
            if let Some(other) = step["uses"].as_str() {
                let with = step["with"].as_object().unwrap();
                let filled = |(name, value): (&String, &Value)| {
                    (name.clone(), self.filled(value.as_str().unwrap(), &action["inputs"]).into())
                };
                called.push((other.to_owned(), Value::Object(with.iter().map(filled).collect())));
                continue;
            }
            code = self.step(folder, step, &action["inputs"], &mut log);
        }
        let outputs = action["outputs"].as_object().unwrap();
        let outputs = outputs
            .iter()
            .map(|(name, output)| (name.clone(), self.filled(output["value"].as_str().unwrap(), &action["inputs"])));
        Job { code, outputs: outputs.collect(), called, summary: self.file("STEP_SUMMARY"), log }
    }

    fn step(&mut self, folder: &Path, step: &Value, inputs: &Value, log: &mut String) -> i32 {
        assert_eq!(step["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "nothing is pasted into a script: {script}");
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder);
        command.env_clear().envs(&self.variables).env("GITHUB_ACTION_PATH", &self.action);
        for (name, value) in step["env"].as_object().unwrap() {
            command.env(name, self.filled(value.as_str().unwrap(), inputs));
        }
        let output = command.output().unwrap();
        *log += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
        if let Some(id) = step["id"].as_str() {
            let told = self.file("OUTPUT");
            for (name, value) in told.lines().map(|line| line.split_once('=').unwrap()) {
                self.outputs.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
        }
        fs::write(self.temporary.path().join("file-OUTPUT"), "").unwrap();
        let variables = self.file("ENV");
        self.variables.extend(
            variables
                .lines()
                .filter_map(|line| line.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        output.status.code().unwrap()
    }
}

impl Job {
    fn outputs<const N: usize>(&self, names: [&str; N]) -> [&str; N] {
        names.map(|name| self.outputs[name].as_str())
    }

    fn uploads(&self) -> Vec<&Value> {
        self.called.iter().filter(|(name, _)| name.contains("upload-sarif")).map(|(_, with)| with).collect()
    }
}

/// A pull request as it is checked out: a trial merge, and the base as its first parent. `main` has an old secret (1), the pull
/// request adds one (2).
fn pull_request() -> (Repo, Value) {
    let repo = Repo::new();
    repo.write("old.py", line(1));
    let base = repo.commit("Old");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("old.py", format!("x = 1\n{}", line(1)));
    repo.write("new.py", line(2));
    let head = repo.commit("Side");
    repo.git(&["checkout", "-q", "--detach", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Trial", "side"]);
    let event = json!({"number": 7, "pull_request": {
        "base": {"ref": "main", "sha": base}, "head": {"sha": head, "repo": {"full_name": "octo/app"}},
    }});
    (repo, event)
}

#[test]
fn a_pull_request_is_judged_by_what_it_brings_in() {
    let (repo, event) = pull_request();
    let mut runner = Runner::new("pull_request", event).with("upload-sarif", "true").with("sarif-category", "app");
    let job = runner.run(repo.path());
    assert_eq!(job.code, 1, "{}", job.log);
    let told = job.outputs(["verdict", "exit-code", "errors", "warnings", "notes", "unchanged"]);
    assert_eq!(told, ["failed", "1", "1", "0", "0", "1"], "{}", job.log);
    assert!(job.log.contains("::error file=new.py,line=1"), "{}", job.log);
    assert!(!job.log.contains("file=old.py"), "{}", job.log);
    assert!(job.summary.contains("secret/stripe-secret-key") && job.summary.contains("new.py"), "{}", job.summary);
    assert!(runner.calls().contains("--diff auto --policy-from auto"), "{}", runner.calls());
    let [upload] = job.uploads()[..] else { panic!("{:?}", job.called) };
    assert_eq!(upload["category"], "app");
    let sarif: Value = serde_json::from_slice(&fs::read(upload["sarif_file"].as_str().unwrap()).unwrap()).unwrap();
    assert!(!sarif["runs"][0]["results"].as_array().unwrap().is_empty());
    // Only told, if that is what is asked for; and without annotations, summary or upload.
    let (repo, event) = pull_request();
    let quiet = ["fail", "annotations", "summary", "cache"];
    let mut runner =
        quiet.into_iter().fold(Runner::new("pull_request", event), |runner, input| runner.with(input, "false"));
    let job = runner.run(repo.path());
    assert_eq!((job.code, job.outputs["verdict"].as_str(), job.summary.as_str()), (0, "failed", ""), "{}", job.log);
    assert!(!job.log.contains("::error") && job.called.is_empty(), "{}", job.log);
}

#[test]
fn a_fork_is_judged_the_same_and_nothing_is_uploaded() {
    let (repo, mut event) = pull_request();
    event["pull_request"]["head"]["repo"]["full_name"] = "someone/app".into();
    let job = Runner::new("pull_request", event).with("upload-sarif", "true").run(repo.path());
    assert_eq!((job.code, job.outputs["errors"].as_str()), (1, "1"), "{}", job.log);
    assert!(job.uploads().is_empty() && !job.outputs["sarif"].is_empty());
}

#[test]
fn a_pull_request_cannot_loosen_its_gate() {
    let (repo, _) = pull_request();
    repo.git(&["checkout", "-q", "side"]);
    repo.write("gate.toml", "[policy]\nfail-on = \"never\"\n");
    let head = repo.commit("Loosen");
    let base = repo.git(&["rev-parse", "main"]);
    let event = json!({"number": 7, "pull_request": {"base": {"ref": "main", "sha": base}, "head": {"sha": head}}});
    let job = Runner::new("pull_request", event.clone()).run(repo.path());
    assert_eq!((job.code, job.outputs["warnings"].as_str()), (1, "1"), "{}", job.log);
    assert!(job.summary.contains("gate/policy-changed"), "{}", job.summary);
    let job = Runner::new("pull_request", event).with("policy-from-base", "false").run(repo.path());
    assert_eq!(job.code, 0, "{}", job.log);
}

#[test]
fn pushes_and_schedules_judge_everything_unless_asked_otherwise() {
    let (repo, _) = pull_request();
    let before = repo.git(&["rev-parse", "main"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.write("clean.py", "x = 1\n");
    repo.commit("Clean");
    let event = json!({"ref": "refs/heads/main", "before": before, "repository": {"default_branch": "main"}});
    for (name, event) in [("push", event.clone()), ("schedule", json!({}))] {
        let job = Runner::new(name, event).with("upload-sarif", "true").run(repo.path());
        assert_eq!((job.code, job.outputs["errors"].as_str(), job.uploads().len()), (1, "1", 1), "{name}: {}", job.log);
    }
    let job = Runner::new("push", event).with("scope", "change").with("upload-sarif", "true").run(repo.path());
    // An upload in part would close what it is silent about.
    assert_eq!((job.code, job.outputs["verdict"].as_str(), job.uploads().len()), (0, "passed", 0), "{}", job.log);
}

#[test]
fn a_merge_group_is_judged_by_what_it_brings_in() {
    let (repo, _) = pull_request();
    let (base, head) = (repo.git(&["rev-parse", "main"]), repo.git(&["rev-parse", "HEAD"]));
    let event = json!({"merge_group": {"base_sha": base, "head_sha": head}});
    let job = Runner::new("merge_group", event).run(repo.path());
    assert_eq!((job.code, job.outputs["errors"].as_str()), (1, "1"), "{}", job.log);
}

#[test]
fn a_base_that_is_not_there_is_told_with_the_way_out() {
    let (repo, event) = pull_request();
    repo.git(&["update-ref", "refs/pull/7/merge", "HEAD"]);
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(clone.path(), &["init", "-q"]);
    git(clone.path(), &["fetch", "-q", "--depth=1", &url, "refs/pull/7/merge"]);
    git(clone.path(), &["checkout", "-q", "--detach", "FETCH_HEAD"]);
    let job = Runner::new("pull_request", event).with("upload-sarif", "true").run(clone.path());
    assert_eq!(job.outputs(["verdict", "exit-code", "sarif", "errors"]), ["incomplete", "2", "", ""], "{}", job.log);
    assert_eq!((job.code, job.uploads().len()), (2, 0));
    assert!(job.summary.contains("git fetch --no-tags --depth=2 origin"), "{}", job.summary);
    assert!(job.log.contains("::error title=gate could not run::"), "{}", job.log);
}

#[test]
fn inputs_are_words_and_never_code() {
    let repo = Repo::new();
    repo.write("a folder/key.py", line(1));
    repo.write("other.py", line(2));
    repo.commit("Two");
    let paths = "  a folder \r\n\n$(touch pwned)\n; touch pwned\n`touch pwned`\n";
    let mut runner = Runner::new("schedule", json!({})).with("paths", paths);
    let job = runner.run(repo.path());
    assert_eq!(job.code, 2, "there are no such files: {}", job.log);
    assert!(!repo.path().join("pwned").exists());
    let mut runner =
        Runner::new("schedule", json!({})).with("paths", " a folder \r\n").with("args", "--only\n secrets\n");
    let job = runner.run(repo.path());
    assert_eq!((job.code, job.outputs["errors"].as_str()), (1, "1"), "{}", job.log);
    for (input, wrong) in [("scope", "some"), ("version", "$(touch pwned)"), ("version", "v1;x"), ("args", "--no-such")]
    {
        let job = Runner::new("schedule", json!({})).with(input, wrong).run(repo.path());
        assert_eq!(job.code, 2, "{input}: {}", job.log);
        assert!(job.log.contains("::error") && !repo.path().join("pwned").exists(), "{input}: {}", job.log);
    }
}

#[test]
fn without_a_release_the_action_builds_itself_once() {
    let repo = Repo::new();
    let mut runner = Runner::new("schedule", json!({}));
    let job = runner.run(repo.path());
    assert_eq!(job.code, 0, "{}", job.log);
    let built = format!(
        "cargo install --locked --quiet --root {}/gate --path {}",
        runner.variables["RUNNER_TEMP"],
        root().display()
    );
    assert!(runner.calls().lines().any(|call| call == built), "{}", runner.calls());
    assert!(runner.file("PATH").contains("/gate/bin"), "later steps find it");
    let (cache, with) = &job.called[0];
    assert!(
        cache.starts_with("actions/cache@")
            && with["key"].as_str().unwrap().starts_with("gate-x86_64-unknown-linux-musl-source-"),
        "{with}"
    );
    let again = runner.variable("NO_DATABASE", "yes").run(repo.path());
    assert_eq!(again.code, 0, "{}", again.log);
    assert!(again.log.contains("::warning title=gate::the advisory database"), "{}", again.log);
}

#[test]
fn a_release_is_used_only_if_it_is_the_right_one() {
    let repo = Repo::new();
    let mut runner = Runner::new("schedule", json!({})).released();
    let job = runner.run(repo.path());
    assert_eq!(job.code, 0, "{}", job.log);
    let calls = runner.calls();
    let url = "https://github.example.org/octo/gate/releases/download/v0.1.0/gate-x86_64-unknown-linux-musl.tar.gz";
    assert!(calls.contains(url) && calls.contains("gh attestation verify") && !calls.contains("cargo"), "{calls}");
    let refused = |runner: Runner, why: &str| {
        let mut runner = runner;
        let job = runner.run(repo.path());
        assert!(job.code == 2 && job.log.contains(why), "{why}: {}", job.log);
        assert!(!runner.calls().contains("gate "), "it was not run: {}", runner.calls());
    };
    let new = || Runner::new("schedule", json!({})).released();
    refused(new().variable("NOT_ATTESTED", "yes"), "nothing attests");
    refused(new().with("checksum", &"0".repeat(64)), "has the checksum");
    refused(new().variable("RUNNER_ARCH", "RISCV"), "there is no release for");
    let runner = Runner::new("schedule", json!({})).with("version", "v0.1.0");
    refused(runner, "used from a folder");
    let runner = new();
    let archive = fs::read(runner.temporary.path().join("release.tar.gz")).unwrap();
    let file = runner.temporary.path().join("copy");
    fs::write(&file, archive).unwrap();
    let sum = Command::new("sha256sum").arg(&file).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap().split(' ').next().unwrap().to_owned();
    let mut runner = runner.with("checksum", &sum).variable("NOT_ATTESTED", "yes");
    let job = runner.run(repo.path());
    assert_eq!(job.code, 0, "its bytes are known: {}", job.log);
}

#[test]
fn every_action_that_is_used_is_pinned() {
    let mut files = vec![root().join("action.yml")];
    files.extend(fs::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path()));
    let mut pinned = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for used in text.lines().filter_map(|line| line.split_once("uses: ").map(|(_, used)| used)) {
            let (_, rest) = used.split_once('@').unwrap();
            let (hash, comment) = rest.split_once(' ').unwrap();
            assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{used}");
            assert!(comment.starts_with("# v"), "{used}");
            pinned += 1;
        }
    }
    assert!(pinned >= 6, "{pinned}");
}
