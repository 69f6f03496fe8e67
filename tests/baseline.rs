//! The baseline: what it spares, what it must not spare, and what it says of what is gone.

use std::fs;

use gate::rulebook::fixture;
use serde_json::{Value, json};

use crate::cli::{Case, Told};
use crate::git::{git, key, line};

const APP: &str = "def run(text):\n    eval(text)\n    exec(text)\n";
pub const FILE: &str = ".gate/baseline.jsonl";

/// Everything fails, so that what is spared is seen.
const STRICT: &str = "[policy]\nfail-on = \"note\"\nmin-confidence = \"low\"\n[scan]\nmin-confidence = \"low\"\n";

fn case(files: &[(&str, &str)]) -> Case {
    Case::new(&[&[("gate.toml", STRICT), ("LICENSE", "")], files].concat())
}

fn write(case: &Case, name: &str, text: impl AsRef<[u8]>) {
    let file = case.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn read(case: &Case, name: &str) -> String {
    fs::read_to_string(case.path().join(name)).unwrap()
}

/// `gate baseline` for code, which must work.
fn baseline(case: &Case, args: &[&str]) -> Told {
    let told = case.run(&[&["baseline", "--only", "code"], args].concat());
    assert_eq!(told.code, Some(0), "{told:?}");
    told
}

/// The exit code and the report of a scan for code.
fn scan(case: &Case, args: &[&str]) -> (Option<i32>, Value) {
    let told = case.run(&[&["scan", "--only", "code", "--format", "json"], args].concat());
    (told.code, serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}")))
}

fn entries(case: &Case) -> Vec<Value> {
    read(case, FILE).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_rule<'a>(report: &'a Value, rule: &str) -> Vec<&'a Value> {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule).collect()
}

fn states(report: &Value) -> Vec<(&str, &str)> {
    let state = |finding: &'_ Value| {
        let finding = finding.as_object().unwrap();
        (finding["rule"].as_str().unwrap().to_owned(), finding["baseline"].as_str().unwrap().to_owned())
    };
    let mut states: Vec<(String, String)> = report["findings"].as_array().unwrap().iter().map(state).collect();
    states.sort();
    states.into_iter().map(|(rule, state)| (&*rule.leak(), &*state.leak())).collect()
}

#[test]
fn what_is_in_it_does_not_fail_and_what_is_not_does() {
    let case = case(&[("app.py", APP)]);
    assert_eq!(scan(&case, &[]).0, Some(1));
    assert!(scan(&case, &[]).1["findings"][0].get("baseline").is_none(), "without a baseline there is no state");
    let told = baseline(&case, &[]);
    assert!(told.out.contains("2 entries (2 new)"), "{told:?}");
    let (code, report) = scan(&case, &[]);
    assert_eq!((code, report["verdict"]["name"].as_str()), (Some(0), Some("passed")));
    assert_eq!(report["summary"]["findings"]["unchanged"], 2);
    assert_eq!(states(&report), [("python/eval", "unchanged"), ("python/eval", "unchanged")]);

    write(&case, "app.py", format!("import os\n\n\n{APP}    eval(other)\n"));
    let (code, report) = scan(&case, &[]);
    assert_eq!(code, Some(1), "moved lines are known, the new one is not");
    let new: Vec<&Value> = of_rule(&report, "python/eval").into_iter().filter(|one| one["baseline"] == "new").collect();
    assert_eq!(new.len(), 1);
    assert_eq!((&new[0]["snippet"], &new[0]["outcome"]), (&json!("eval(other)"), &json!("fail")));

    let sarif = case.run(&["scan", "--only", "code", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif.out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["baselineState"].is_string()), "on all or on none");
    let text = case.run(&["scan", "--only", "code"]);
    assert!(text.out.contains("eval(other)") && !text.out.contains("exec(text)"), "{text:?}");
    assert!(text.out.contains("2 known before"), "{text:?}");
    assert!(case.run(&["scan", "--only", "code", "-v"]).out.contains("exec(text)"));
}

#[test]
fn one_more_of_the_same_is_new() {
    let case = case(&[("app.py", "eval(text)\n")]);
    baseline(&case, &[]);
    write(&case, "app.py", "eval(text)\nx = 1\neval(text)\n");
    let (code, report) = scan(&case, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(states(&report), [("python/eval", "new"), ("python/eval", "unchanged")]);
    write(&case, "other.py", "eval(text)\n");
    assert_eq!(
        of_rule(&scan(&case, &[]).1, "python/eval").len(),
        3,
        "the same line in another file is another finding"
    );
    let elsewhere = scan(&case, &[]).1;
    let other = of_rule(&elsewhere, "python/eval").into_iter().find(|one| one["path"] == "other.py").unwrap();
    assert_eq!(other["baseline"], "new");
}

#[test]
fn an_entry_stands_for_as_many_as_it_counts() {
    let case = case(&[("app.py", "eval(text)\n")]);
    baseline(&case, &[]);
    let once = read(&case, FILE);
    write(&case, FILE, once.repeat(2));
    assert_eq!(scan(&case, &[]).0, Some(0), "a merge may leave a line twice");
    write(&case, "app.py", "eval(text)\neval(text)\n");
    assert_eq!(scan(&case, &[]).0, Some(1), "and that does not make it count twice");
}

#[test]
fn the_file_is_sorted_and_holds_neither_lines_nor_time() {
    let case = case(&[("app.py", APP), ("src/b.py", "exec(text)\n"), ("src/a.py", "exec(text)\n")]);
    baseline(&case, &[]);
    let text = read(&case, FILE);
    let mut sorted: Vec<&str> = text.lines().collect();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(text, sorted.iter().map(|line| format!("{line}\n")).collect::<String>());
    for entry in entries(&case) {
        let keys: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["v", "fingerprint", "rule", "path", "context"]);
    }
    assert!(text.contains(r#""rule":"python/eval","path":"app.py","context":"eval(text)""#), "{text}");
    write(&case, "app.py", format!("\n# moved\n\n{APP}"));
    baseline(&case, &[]);
    assert_eq!(read(&case, FILE), text);
}

#[test]
fn what_is_gone_is_told_and_pruned_and_nothing_is_added_then() {
    let case = case(&[("app.py", APP), ("gone.py", "eval(gone)\n")]);
    baseline(&case, &[]);
    let before = entries(&case);
    write(&case, "app.py", "def run(text):\n    exec(text)\n    eval(fresh)\n");
    fs::remove_file(case.path().join("gone.py")).unwrap();
    let (code, report) = scan(&case, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(report["summary"]["findings"]["fixed"], 2);
    let paths: Vec<&Value> = report["fixed"].as_array().unwrap().iter().map(|one| &one["path"]).collect();
    assert!(paths.contains(&&json!("app.py")) && paths.contains(&&json!("gone.py")), "{paths:?}");
    let stale = of_rule(&report, "gate/stale-baseline");
    assert_eq!(stale.len(), 1);
    assert_eq!((&stale[0]["path"], &stale[0]["level"]), (&json!(FILE), &json!("note")));
    let first = before.iter().position(|entry| {
        report["fixed"].as_array().unwrap().iter().any(|one| one["fingerprint"] == entry["fingerprint"])
    });
    assert_eq!(
        stale[0]["line"].as_u64().map(|line| line as usize),
        first.map(|at| at + 1),
        "it points at the first of them"
    );
    assert!(stale[0]["message"].as_str().unwrap().starts_with("2 entries of the baseline are gone"), "{stale:?}");

    let told = baseline(&case, &["--prune"]);
    assert!(told.out.contains("1 entry, 2 gone; not added: 1 finding that the gate fails on"), "{told:?}");
    assert_eq!(entries(&case).len(), 1);
    let (code, report) = scan(&case, &[]);
    assert_eq!((code, of_rule(&report, "gate/stale-baseline").len()), (Some(1), 0));
    baseline(&case, &[]);
    assert_eq!((entries(&case).len(), scan(&case, &[]).0), (2, Some(0)));
}

#[test]
fn only_what_was_looked_at_is_gone() {
    let rules = "\n[rules.\"python/eval\"]\nlevel = \"off\"\n";
    let case = case(&[("a/app.py", "eval(a)\n"), ("b/app.py", "eval(b)\n"), ("b/key.py", &line(1))]);
    assert_eq!(case.run(&["baseline", "--only", "code,secrets"]).code, Some(0));
    assert_eq!(entries(&case).len(), 3);
    fs::remove_dir_all(case.path().join("b")).unwrap();
    let gone = |args: &[&str]| {
        let told = case.run(&[&["scan", "--format", "json"], args].concat());
        let report: Value = serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"));
        report["fixed"].as_array().unwrap().len()
    };
    assert_eq!(gone(&["--only", "code,secrets"]), 2);
    assert_eq!(gone(&["--only", "code"]), 1, "secrets were not looked for");
    assert_eq!(gone(&["a"]), 0, "the other folder was not looked at");
    write(&case, "gate.toml", format!("{STRICT}{rules}"));
    assert_eq!(gone(&["--only", "code"]), 0, "the rule is off");
    let exclude = "\n[[scan.exclude]]\npaths = [\"b\"]\nreason = \"a test\"\n";
    write(&case, "gate.toml", format!("{STRICT}{exclude}"));
    assert_eq!(gone(&["--only", "code,secrets"]), 0, "the folder is excluded");
    write(&case, "gate.toml", STRICT);
    write(&case, ".gitignore", "b/\n");
    write(&case, "b/app.py", "x = 1\n");
    assert_eq!(gone(&["--only", "code"]), 0, "the file is there, and ignored");
    write(&case, ".gitignore", "");
    assert_eq!(gone(&["--only", "code"]), 1);
    write(&case, "b/app.py", "def (:\n");
    assert_eq!(gone(&["--only", "code"]), 0, "a part of it was not understood");
    write(&case, "gate.toml", format!("{STRICT}max-file-size = 10\n"));
    write(&case, "b/app.py", "# longer than ten bytes\n");
    assert_eq!(gone(&["--only", "code"]), 0, "it is too large");
    write(&case, "gate.toml", STRICT);
    let stdin = case.command(&["scan", "--stdin", "--format", "json"]).stdin(std::process::Stdio::null()).output();
    let report: Value = serde_json::from_slice(&stdin.unwrap().stdout).unwrap();
    assert_eq!(report["fixed"], json!([]));
}

#[test]
fn what_is_hidden_is_not_gone() {
    let case = case(&[("app.py", "eval(text)\n")]);
    baseline(&case, &[]);
    write(&case, "gate.toml", "[scan]\nmin-confidence = \"high\"\n");
    let (code, report) = scan(&case, &[]);
    assert_eq!((code, report["summary"]["findings"]["fixed"].as_u64()), (Some(0), Some(0)), "{report:#}");
    assert_eq!(report["coverage"]["below_confidence"], 1);
}

#[test]
fn what_is_not_looked_at_stays_when_it_is_written_again() {
    let case = case(&[("a/app.py", "eval(a)\n"), ("b/app.py", "eval(b)\n"), ("key.py", &line(1))]);
    assert_eq!(case.run(&["baseline", "--only", "code,secrets"]).code, Some(0));
    let all = read(&case, FILE);
    baseline(&case, &[]);
    baseline(&case, &["a"]);
    baseline(&case, &["--prune", "a"]);
    assert_eq!(case.run(&["baseline", "--only", "secrets", "b"]).code, Some(0));
    assert_eq!(read(&case, FILE), all);
}

#[test]
fn a_change_is_compared_with_it_and_calls_nothing_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let gate = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gate"));
        let output = command.current_dir(path).args(args).env_remove("GIT_INDEX_FILE").output().unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default())
    };
    git(path, &["init", "-q", "-b", "main"]);
    for (name, text) in [("gate.toml", STRICT), ("a.py", "eval(a)\n"), ("b.py", "eval(b)\n")] {
        fs::write(path.join(name), text).unwrap();
    }
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "Start"]);
    assert_eq!(gate(&["baseline", "--only", "code"]).0, Some(0));
    fs::write(path.join("a.py"), "x = 1\neval(a)\n").unwrap();
    fs::write(path.join("b.py"), "x = 1\n").unwrap();
    git(path, &["add", "-A"]);
    let (code, report) = gate(&["scan", "--staged", "--only", "code", "--format", "json"]);
    assert_eq!((code, &report["fixed"]), (Some(0), &json!([])), "{report:#}");
    fs::write(path.join("a.py"), "eval(c)\n").unwrap();
    git(path, &["add", "-A"]);
    let (code, report) = gate(&["scan", "--staged", "--only", "code", "--format", "json"]);
    assert_eq!((code, of_rule(&report, "python/eval")[0]["baseline"].as_str()), (Some(1), Some("new")));
}

#[test]
fn a_measure_that_grew_is_another_finding() {
    let function = |branches: usize| {
        let body: String = (0..branches).map(|n| format!("    if x == {n}:\n        y = {n}\n")).collect();
        format!("def run(x):\n{body}    return y\n")
    };
    let case = case(&[("app.py", &function(20))]);
    baseline(&case, &[]);
    assert!(entries(&case).iter().any(|entry| entry["value"] == 21), "{:?}", entries(&case));
    write(&case, "app.py", function(18));
    assert_eq!(scan(&case, &[]).0, Some(0), "less is not worse");
    write(&case, "app.py", function(22));
    let (code, report) = scan(&case, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(of_rule(&report, "quality/cyclomatic-complexity")[0]["baseline"], "updated");
    write(&case, "app.py", function(18));
    baseline(&case, &["--prune"]);
    assert!(entries(&case).iter().any(|entry| entry["value"] == 19), "what got better stays better");
    write(&case, "app.py", function(20));
    assert_eq!(scan(&case, &[]).0, Some(1));
}

#[test]
fn what_is_accepted_and_what_the_tool_says_of_its_use_are_not_recorded() {
    let exception = "[[exception]]\nrule = \"python/eval\"\npath = \"b.py\"\nowner = \"ada\"\nreason = \"a test\"\nexpires = 2020-01-01\n";
    let case =
        case(&[("a.py", "eval(a)  # gate:allow python/eval a test\nexec(a)\n"), (".gate/exceptions.toml", exception)]);
    baseline(&case, &[]);
    let entries = entries(&case);
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0]["context"], "exec(a)");
    let (code, report) = scan(&case, &[]);
    assert_eq!(code, Some(1));
    let expired = of_rule(&report, "gate/expired-exception");
    assert_eq!((expired.len(), &expired[0]["baseline"]), (1, &json!("new")), "it cannot be put in the baseline");
}

#[test]
fn it_can_be_named_and_left_aside() {
    let case = case(&[("app.py", APP)]);
    baseline(&case, &["--file", "known.jsonl"]);
    assert!(!case.path().join(FILE).exists());
    assert_eq!(scan(&case, &[]).0, Some(1));
    assert_eq!(scan(&case, &["--baseline", "known.jsonl"]).0, Some(0));
    case.run(&["scan", "--baseline", "none.jsonl"]).refuses(&["there is no baseline none.jsonl", "`gate baseline`"]);
    case.run(&["scan", "--baseline", "known.jsonl", "--no-baseline"]).refuses(&["cannot be used with"]);
    write(&case, "gate.toml", format!("{STRICT}[baseline]\nfile = \"known.jsonl\"\n"));
    assert_eq!(scan(&case, &[]).0, Some(0));
    assert_eq!(scan(&case, &["--no-baseline"]).0, Some(1));
    write(&case, "gate.toml", format!("{STRICT}[baseline]\nfile = \"known.jsonl\"\nenabled = false\n"));
    assert_eq!(scan(&case, &[]).0, Some(1));
    write(
        &case,
        "gate.toml",
        "[policy]\nknown-findings = \"judge\"\nfail-on = \"note\"\nmin-confidence = \"low\"\n[baseline]\nfile = \"known.jsonl\"\n",
    );
    assert_eq!(scan(&case, &[]).0, Some(1), "the policy may judge what is known");
}

#[test]
fn nothing_scanned_leaves_it_as_it_is() {
    let case = case(&[("app.py", APP)]);
    baseline(&case, &[]);
    let before = read(&case, FILE);
    fs::create_dir(case.path().join("empty")).unwrap();
    case.run(&["baseline", "empty"]).refuses(&["the baseline stays as it is", "no file was scanned"]);
    assert_eq!(read(&case, FILE), before);
}

#[test]
fn what_cannot_be_read_is_an_error_and_no_empty_baseline() {
    let good = r#"{"v":1,"fingerprint":"00","rule":"python/eval","path":"a.py","context":"x"}"#;
    let case = case(&[("app.py", APP)]);
    for (text, words) in [
        (
            format!("{good}\n<<<<<<< HEAD\n{good}\n"),
            &["baseline.jsonl:2:1:", "a merge conflict was left", "--prune"][..],
        ),
        (format!("{good}\n=======\n"), &["baseline.jsonl:2:1:", "a merge conflict was left"]),
        (format!(">>>>>>> theirs\n{good}\n"), &["baseline.jsonl:1:1:", "a merge conflict was left"]),
        (format!("{good}\n{{\"v\":2,\"other\":true}}\n"), &["baseline.jsonl:2:1:", "version 2", "gate baseline"]),
        (format!("{good}\n\nnonsense\n"), &["baseline.jsonl:3:", "this is no baseline record"]),
        ("{\"v\":1,\"fingerprint\":\"00\"}\n".to_owned(), &["baseline.jsonl:1:", "missing field `rule`"]),
        (good.replace("}", ",\"more\":1}"), &["baseline.jsonl:1:", "unknown field `more`"]),
        (good.replace("\"00\"", "\"\""), &["baseline.jsonl:1:1:", "without a fingerprint"]),
        (good.replace("}", ",\"count\":0}"), &["baseline.jsonl:1:1:", "counts nothing"]),
        (good.replace("}", ",\"value\":-1}"), &["baseline.jsonl:1:", "no baseline record"]),
        (good[..40].to_owned(), &["baseline.jsonl:1:", "no baseline record", "restore the file from git"]),
        ("[]\n".to_owned(), &["baseline.jsonl:1:"]),
        (format!("{good}{good}\n"), &["baseline.jsonl:1:", "trailing characters"]),
    ] {
        write(&case, FILE, &text);
        case.run(&["scan", "--only", "code"]).refuses(words);
        case.run(&["baseline", "--only", "code"]).refuses(words);
        assert_eq!(read(&case, FILE), text, "a file that cannot be read is not written over");
    }
    write(&case, FILE, [0xff, 0xfe, b'\n']);
    case.run(&["scan", "--only", "code"]).refuses(&["baseline.jsonl", "the baseline could not be read"]);
    fs::remove_file(case.path().join(FILE)).unwrap();
    fs::create_dir(case.path().join(FILE)).unwrap();
    case.run(&["scan", "--only", "code"]).refuses(&["the baseline could not be read"]);
    write(&case, "gate.toml", "[baseline]\nfile = \"../other.jsonl\"\n");
    case.run(&["scan", "--only", "code"]).refuses(&["gate.toml:2:8:", "a file below the root"]);
}

#[test]
fn crlf_and_blank_lines_are_no_fault() {
    let case = case(&[("app.py", APP)]);
    baseline(&case, &[]);
    write(&case, FILE, format!("\r\n{}", read(&case, FILE).replace('\n', "\r\n")));
    assert_eq!(scan(&case, &[]).0, Some(0));
}

#[test]
fn a_secret_is_known_by_its_hash_and_another_one_is_new() {
    let case = case(&[("key.py", &line(1))]);
    assert_eq!(case.run(&["baseline", "--only", "secrets"]).code, Some(0));
    let text = read(&case, FILE);
    let secret = key(1);
    assert!(entries(&case)[0]["rule"].as_str().unwrap().starts_with("secret/"));
    // Not eight characters of it, but for the part that every key of its kind starts with.
    let random = secret.strip_prefix("sk_live_").unwrap();
    for at in 0..=random.len() - 8 {
        assert!(!text.contains(&random[at..at + 8]), "{text}");
    }
    let scan = |case: &Case| case.run(&["scan", "--only", "secrets", "-q"]);
    assert_eq!(scan(&case).code, Some(0));
    write(&case, "key.py", format!("# moved\n{}", line(1)));
    assert_eq!(scan(&case).code, Some(0));
    write(&case, "key.py", line(2));
    assert_eq!(scan(&case).code, Some(1), "another secret in the same place is another finding");
}

#[test]
fn no_kind_of_secret_reaches_it() {
    let template = "\
token = '{{alnum:36}}'
import os
os.system('curl -H \"Authorization: Bearer {{alnum:40}}\" ' + url)
eval('ghp_{{alnum:30}}{{crc32-base62-6}}' + text)
# TODO remove AKIAQ{{base32:15}} and {{base64:40}}
DATABASE = 'postgres://app:{{alnum:22}}@db.example.com/x'
JWT = '{{jwt}}'
card = '4111 1111 1111 1111'
";
    let code = fixture::expand(template).unwrap().text;
    // What the templates made: all that is not in the text around them.
    let words = |text: &str| -> Vec<String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+/_-.".contains(c);
        text.split(|c| !is_part(c)).map(str::to_owned).collect()
    };
    let known = words(template);
    let secrets: Vec<String> =
        words(&code).into_iter().filter(|word| word.len() >= 20 && !known.contains(word)).collect();
    assert!(secrets.len() >= 6, "{secrets:?}");
    let case = case(&[("app.py", &code), (".env", &format!("KEY={}\n", secrets[0]))]);
    let told = case.run(&["baseline", "--only", "secrets,code,compliance,pii"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let text = read(&case, FILE);
    assert!(text.contains("secret/") && text.contains("python/") && text.contains("quality/todo-comment"), "{text}");
    for secret in &secrets {
        for at in 0..=secret.len() - 8 {
            assert!(!text.contains(&secret[at..at + 8]), "{} of {secret} is in {text}", &secret[at..at + 8]);
        }
    }
    assert!(!text.contains("1111 1111"), "{text}");
}

#[test]
fn its_own_text_holds_nothing_to_find() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join(".gate")).unwrap();
    let noise = |seed: u64| digits(seed);
    let text: String = (0..400)
        .map(|n| {
            let (rule, name) = (format!("secret/token-{n}"), format!("src/password_{n}.py"));
            let record =
                json!({"v": 1, "fingerprint": noise(n), "rule": rule, "path": name, "context": "password = \"•••\""});
            format!("{record}\n")
        })
        .collect();
    fs::write(path.join(FILE), text).unwrap();
    fs::write(path.join("app.py"), "x = 1\n").unwrap();
    fs::create_dir_all(path.join(".git")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gate"));
    let args = ["scan", "--no-baseline", "--only", "secrets,pii", "--format", "json"];
    let output = command.current_dir(path).args(args).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"], json!([]), "{report:#}");
}

/// Thirty-two hexadecimal digits, as a fingerprint has them.
pub fn digits(seed: u64) -> String {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    format!("{:08x}{:08x}{:08x}{:08x}", next(), next(), next(), next())
}

#[test]
fn what_the_history_holds_is_known_too_and_not_called_gone_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    fs::write(path.join("app.py"), "x = 1\n").unwrap();
    fs::write(path.join("old.py"), line(5)).unwrap();
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "Start"]);
    git(path, &["rm", "-q", "old.py"]);
    git(path, &["commit", "-q", "-m", "Remove"]);
    let gate = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gate"));
        command.env("GATE_CACHE_DIR", path.join(".git/cache"));
        let output = command.current_dir(path).args(args).output().unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default())
    };
    let history = ["scan", "--history", "--only", "secrets", "--format", "json"];
    assert_eq!(gate(&history).0, Some(1));
    assert_eq!(gate(&["baseline", "--history", "--only", "secrets"]).0, Some(0));
    let (code, report) = gate(&history);
    assert_eq!((code, &report["findings"][0]["baseline"]), (Some(0), &json!("unchanged")), "{report:#}");
    let (code, report) = gate(&["scan", "--only", "secrets", "--format", "json"]);
    assert_eq!((code, &report["fixed"]), (Some(0), &json!([])));
    assert_eq!(gate(&["baseline", "--prune", "--only", "secrets"]).0, Some(0));
    assert_eq!(gate(&history).0, Some(0), "pruning without the history leaves what is in it");
}

#[test]
fn the_attribute_is_written_once_and_only_beside_the_usual_file() {
    let case = case(&[("app.py", APP)]);
    baseline(&case, &[]);
    assert_eq!(read(&case, ".gate/.gitattributes"), "baseline.jsonl merge=union\n");
    write(&case, ".gate/.gitattributes", "# mine\n");
    baseline(&case, &[]);
    assert_eq!(read(&case, ".gate/.gitattributes"), "# mine\n");
    baseline(&case, &["--file", "elsewhere/known.jsonl"]);
    assert!(!case.path().join("elsewhere/.gitattributes").exists());
}
