//! `gate.toml`: what is valid, and how it is told what is not.

use std::path::Path;
use std::time::Duration;

use gate::config::{self, Config, File};
use gate::model::{Analysis, Confidence, Level, OptionValue};

use crate::support::{rule, verify_generated};

fn parse(text: &str) -> Result<Config, String> {
    let rules = [
        rule(
            "quality/cyclomatic-complexity",
            "formerly = [\"quality/mccabe\"]\n[options]\nmax = 15\nnames = [\"a\"]\ndeep = true\nword = \"x\"",
        ),
        rule("python/eval", ""),
    ];
    config::parse(File::new(Path::new("gate.toml"), "gate.toml"), text, &rules)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_empty_file_is_the_default() {
    let config = parse("").unwrap();
    assert_eq!(config.policy, gate::policy::Settings::default());
    assert_eq!(config.scan.max_file_size, 10 << 20);
}

#[test]
fn every_key_is_read() {
    let config = parse(
        r#"
[scan]
exclude = [{ paths = ["vendor/**", "a.min.js"], reason = "not ours" }]
max-file-size = "2 MB"
parse-timeout-ms = 250
min-confidence = "low"

[policy]
fail-on = "warning"
min-confidence = "medium"
incomplete = "warn"
strict = true
secrets.fail-on = "note"
dependencies.fail-on = "never"

[rules."quality/mccabe"]
level = "note"
max = 20
names = ["b", "c"]
deep = false
word = "y"

[rules."python/eval"]
level = "off"
"#,
    )
    .unwrap();
    assert_eq!(config.scan.exclude[0].paths, ["vendor/**", "a.min.js", "a.min.js/**"]);
    assert_eq!(config.scan.exclude[0].reason, "not ours");
    assert_eq!(config.scan.max_file_size, 2_000_000);
    assert_eq!(config.scan.parse_timeout, Duration::from_millis(250));
    assert_eq!(config.scan.min_confidence, Confidence::Low);
    assert_eq!((config.policy.fail_on, config.policy.min_confidence), (Level::Warning, Confidence::Medium));
    assert!(config.policy.strict && !config.policy.incomplete_fails);
    assert_eq!(config.policy.per_analysis[&Analysis::Secrets], Level::Note);
    assert_eq!(config.policy.per_analysis[&Analysis::Dependencies], Level::None);
    assert_eq!(config.rules["python/eval"].level, Some(Level::None));
    let complexity = &config.rules["quality/cyclomatic-complexity"];
    assert_eq!(complexity.level, Some(Level::Note));
    assert_eq!(complexity.options["max"], OptionValue::Integer(20));
    assert_eq!(complexity.options["names"], OptionValue::List(vec!["b".to_owned(), "c".to_owned()]));
}

#[test]
fn sizes_have_units() {
    for (text, bytes) in [("12", 12), ("\"12\"", 12), ("\"3 KiB\"", 3072), ("\"3kb\"", 3000), ("\"1GiB\"", 1 << 30)] {
        assert_eq!(parse(&format!("scan.max-file-size = {text}")).unwrap().scan.max_file_size, bytes, "{text}");
    }
}

#[test]
fn every_fault_names_its_place_and_the_way_out() {
    for (text, expected) in [
        ("[policy]\nfail_on = \"error\"", "gate.toml:2:1: unknown key `fail_on`\n  did you mean `fail-on`?"),
        ("[polcy]\n", "gate.toml:1:2: unknown key `polcy`\n  did you mean `policy`?"),
        (
            "zebra = 1",
            "gate.toml:1:1: unknown key `zebra`\n  possible are `scan`, `policy`, `exception`, `baseline`, `rules`, `licenses`, `dependencies`, `pii`",
        ),
        ("[policy]\nfail-on = \"eror\"", "gate.toml:2:11: impossible value `eror`\n  did you mean `error`?"),
        ("[policy]\nstrict = \"yes\"", "gate.toml:2:10: invalid type: string \"yes\", expected a boolean"),
        ("[policy.secret]\nfail-on = \"note\"", "gate.toml:1:9: unknown key `secret`\n  did you mean `secrets`?"),
        ("[scan]\nparse-timeout-ms = 0", "gate.toml:2:20: the time limit goes from 1 to 600000 milliseconds"),
        ("[scan]\nparse-timeout-ms = -4", "gate.toml:2:20: the time limit goes from 1 to 600000 milliseconds"),
        ("[scan]\nmax-file-size = 0", "gate.toml:2:17: with a size limit of 0 nothing would be scanned"),
        (
            "[scan]\nmax-file-size = \"big\"",
            "gate.toml:2:17: `big` is no size; write a whole number with B, kB, KiB, MB, MiB, GB or GiB",
        ),
        (
            "[[scan.exclude]]\npaths = [\"a\"]",
            "gate.toml:1:1: an exclude needs a reason\n  write `reason = \"…\"`: those who come after will want to know",
        ),
        (
            "[[scan.exclude]]\npaths = [\"a\"]\nreason = \" \"",
            "gate.toml:3:10: an exclude needs a reason\n  write `reason = \"…\"`: those who come after will want to know",
        ),
        ("[[scan.exclude]]\nreason = \"x\"", "gate.toml:1:1: an exclude without `paths` excludes nothing"),
        (
            "[[scan.exclude]]\npaths = [\"a[\"]\nreason = \"x\"",
            "gate.toml:2:10: `a[` is no glob: unclosed character class; missing ']'",
        ),
        ("[[scan.exclude]]\npaths = [\"**\"]\nreason = \"x\"", "gate.toml:2:10: `**` would exclude everything"),
        (
            "[rules.\"python/evl\"]\nlevel = \"off\"",
            "gate.toml:1:8: there is no rule `python/evl`\n  did you mean `python/eval`?",
        ),
        ("[rules.zzz]\n", "gate.toml:1:8: there is no rule `zzz`\n  `gate rules` lists all"),
        (
            "[rules.\"python/eval\"]\nlevel = \"warn\"",
            "gate.toml:2:9: impossible level \"warn\"\n  did you mean `warning`?",
        ),
        (
            "[rules.\"quality/cyclomatic-complexity\"]\nmaxi = 3",
            "gate.toml:2:1: the rule `quality/cyclomatic-complexity` has no option `maxi`\n  did you mean `max`?",
        ),
        (
            "[rules.\"quality/cyclomatic-complexity\"]\nmax = \"3\"",
            "gate.toml:2:7: `max` is a whole number from 0 on, such as 15",
        ),
        (
            "[rules.\"quality/mccabe\"]\nmax = 3\n[rules.\"quality/cyclomatic-complexity\"]\nmax = 4",
            "gate.toml:1:8: `quality/cyclomatic-complexity` is set twice, here by its former name",
        ),
    ] {
        assert_eq!(parse(text).expect_err(text), expected, "{text}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = parse("[scan]\nmax-file-size = 0\nparse-timeout-ms = 0\n[rules.zzz]").unwrap_err();
    assert_eq!(faults.matches("gate.toml:").count(), 3, "{faults}");
}

#[test]
fn broken_toml_is_told_with_its_place() {
    let fault = parse("[policy\nstrict = true").unwrap_err();
    assert!(fault.starts_with("gate.toml:1:8:"), "{fault}");
}

#[test]
fn what_init_writes_is_valid_and_shows_the_defaults() {
    let config = parse(config::TEMPLATE).unwrap();
    assert_eq!(config.policy, gate::policy::Settings::default());
    // Every commented key is valid too.
    let uncommented: Vec<&str> = config::TEMPLATE
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_toml(rest)).unwrap_or(line))
        .collect();
    let all = parse(&uncommented.join("\n")).unwrap();
    assert_eq!(all.scan.exclude.len(), 1);
    assert_eq!(all.rules.len(), 1);
    assert_eq!((all.policy.clauses.len(), all.policy.limits.len(), all.policy.exceptions.len()), (1, 1, 1));
    assert_eq!(all.baseline, config::BaselineSettings::default());
}

fn is_toml(line: &str) -> bool {
    line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
}

#[test]
fn the_outermost_file_of_the_repository_counts_and_elsewhere_the_nearest() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path();
    std::fs::create_dir_all(root.join("repo/.git")).unwrap();
    std::fs::create_dir_all(root.join("repo/a/b")).unwrap();
    std::fs::write(root.join("gate.toml"), "").unwrap();
    assert_eq!(config::find(&root.join("repo/a/b")), None);
    std::fs::write(root.join("repo/gate.toml"), "").unwrap();
    assert_eq!(config::find(&root.join("repo/a/b")), Some(root.join("repo/gate.toml")));
    std::fs::write(root.join("repo/a/gate.toml"), "").unwrap();
    assert_eq!(config::find(&root.join("repo/a/b")), Some(root.join("repo/gate.toml")));
    std::fs::remove_file(root.join("repo/gate.toml")).unwrap();
    assert_eq!(config::find(&root.join("repo/a/b")), Some(root.join("repo/a/gate.toml")));
    std::fs::create_dir_all(root.join("plain/a")).unwrap();
    std::fs::write(root.join("plain/a/gate.toml"), "").unwrap();
    assert_eq!(config::find(&root.join("plain/a")), Some(root.join("plain/a/gate.toml")));
}

#[test]
fn schema_and_reference_are_fresh() {
    let mut schema = serde_json::to_string_pretty(&config::schema()).unwrap();
    schema.push('\n');
    verify_generated("docs/schemas/gate-config.schema.json", &schema);
    verify_generated("docs/configuration.md", &config::reference());
}

#[test]
fn the_schema_accepts_what_the_parser_accepts() {
    let validator = jsonschema::validator_for(&config::schema()).unwrap();
    let json = |text: &str| serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap();
    for text in ["", config::TEMPLATE, "scan.max-file-size = 3", "[rules.x]\nlevel = \"off\"\nmax = 3"] {
        assert!(validator.is_valid(&json(text)), "{text}");
    }
    for text in
        ["x = 1", "[policy]\nfail-on = \"eror\"", "[[scan.exclude]]\npaths = [\"a\"]", "[rules.x]\nlevel = \"of\""]
    {
        assert!(!validator.is_valid(&json(text)), "{text}");
    }
}
