//! The repository is held to what it asks of others.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Exit code, report and what was said besides it.
fn scan(args: &[&str]) -> (Option<i32>, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["scan", ".", "--offline", "--format", "json"]).args(args);
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}")),
        told,
    )
}

fn list<'a>(report: &'a Value, key: &str) -> &'a Vec<Value> {
    report[key].as_array().unwrap()
}

fn of_rule<'a>(report: &'a Value, rule: &str) -> Vec<&'a Value> {
    list(report, "findings").iter().filter(|finding| finding["rule"] == rule).collect()
}

#[test]
fn the_gate_lets_itself_in() {
    let (code, report, told) = scan(&["--skip", "dependencies"]);
    let errors: Vec<&Value> = list(&report, "findings").iter().filter(|finding| finding["level"] == "error").collect();
    assert_eq!(code, Some(0), "{told} {errors:#?}");
    assert!(report["coverage"]["files"].as_u64().unwrap() > 100, "{}", report["coverage"]);
    assert!(report["coverage"]["parsed_files"].as_u64().unwrap() > 100, "{}", report["coverage"]);
    assert_eq!(list(&report, "notifications"), &Vec::<Value>::new(), "every file was looked at");
    assert!(of_rule(&report, "gate/unused-suppression").is_empty());
}

#[test]
fn with_a_database_all_four_analyses_let_it_in() {
    let (code, report, told) = scan(&["--db", "fixtures/lockfiles/rustsec"]);
    assert_eq!(code, Some(0), "{told} {:#}", report["verdict"]);
    assert_eq!(list(&report, "analyses").len(), 4);
    assert!(report["coverage"]["packages"].as_u64().unwrap() > 100, "{}", report["coverage"]);
}

#[test]
fn nothing_is_excluded_but_what_is_wrong_on_purpose() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("gate.toml")).unwrap();
    let config: toml::Table = toml::from_str(&text).unwrap();
    let excludes = config["scan"]["exclude"].as_array().unwrap();
    for exclude in excludes {
        assert!(exclude["reason"].as_str().unwrap().len() > 20, "{exclude}");
        for path in exclude["paths"].as_array().unwrap() {
            let path = path.as_str().unwrap();
            assert!(path.starts_with("fixtures/") || path.starts_with("tests/data/"), "{path} is ours to keep clean");
        }
    }
    assert!(!config.contains_key("rules") && !config.contains_key("policy"), "the defaults are good enough for us");
}
