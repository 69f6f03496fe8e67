//! Conditions, limits and presets: what they decide.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gate::config::{self, Config, File};
use gate::model::{
    Analysis, BaselineState, Condition, Confidence, ConfigPlace, ExceptionNote, Finding, FunctionMetrics, Halstead,
    Level, Outcome, RelPath, Rule, Suppression, Verdict,
};
use gate::policy::{Facts, Settings, broken_limits, judge};
use gate::rulebook::RuleSet;
use serde_json::{Value, json};

use crate::cli::Case;
use crate::support::{finding, rule, with};

fn rules() -> Vec<Arc<Rule>> {
    RuleSet::embedded().iter().cloned().collect()
}

fn parse(text: &str) -> Result<Config, String> {
    config::parse(File::new(Path::new("gate.toml"), "gate.toml"), text, &rules())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn policy(text: &str) -> Settings {
    parse(text).unwrap().policy
}

/// A finding of a rule that comes with the program, of its own level and confidence.
fn found(id: &str, path: &str) -> Finding {
    let rules = RuleSet::embedded();
    finding(rules.get(id).unwrap(), path, 1)
}

fn property(mut finding: Finding, name: &'static str, value: Value) -> Finding {
    finding.properties.push((name, value));
    finding
}

fn known(mut finding: Finding) -> Finding {
    finding.baseline = Some(BaselineState::Unchanged);
    finding
}

fn outcome(policy: &Settings, finding: &Finding) -> Outcome {
    policy.decide(&Facts::of(finding)).outcome
}

fn vulnerable() -> Finding {
    found("dependency/vulnerable", "Cargo.lock")
}

#[test]
fn every_key_of_a_condition_selects() {
    let eval = with(found("python/eval", "src/app.py"), Level::Warning, Confidence::Medium);
    let scored = |score: &str| property(vulnerable(), "security-severity", json!(score));
    for (keys, meant, not_meant) in [
        ("rule = \"python/eval\"", eval.clone(), found("python/bare-except", "src/app.py")),
        ("rule = [\"rust/*\", \"python/*\"]", eval.clone(), found("javascript/eval", "src/app.js")),
        ("analysis = \"code\"", eval.clone(), vulnerable()),
        ("analysis = [\"code\", \"secrets\"]", eval.clone(), vulnerable()),
        ("path = \"src\"", eval.clone(), found("python/eval", "lib/src.py")),
        ("path = [\"*.js\", \"./src/*.py\"]", eval.clone(), found("python/eval", "lib/app.py")),
        ("level = \"warning\"", eval.clone(), with(eval.clone(), Level::Note, Confidence::High)),
        ("confidence = \"medium\"", eval.clone(), with(eval.clone(), Level::Error, Confidence::Low)),
        ("security-severity = 7.5", scored("7.5"), scored("7.4")),
        ("security-severity = 1", scored("9.8"), property(vulnerable(), "severity", json!("unscored"))),
        ("scored = false", property(vulnerable(), "severity", json!("unscored")), scored("0.1")),
        ("scored = true", eval.clone(), found("quality/todo-comment", "a.py")),
        ("kev = true", property(vulnerable(), "kev", json!(true)), vulnerable()),
        ("kev = false", vulnerable(), property(vulnerable(), "kev", json!(true))),
        ("epss = 0.1", property(vulnerable(), "epss", json!(0.1)), property(vulnerable(), "epss", json!(0.0999))),
        ("epss = 0", property(vulnerable(), "epss", json!(0.0)), vulnerable()),
        ("baseline = \"new\"", eval.clone(), known(eval.clone())),
        ("baseline = [\"unchanged\", \"updated\"]", known(eval.clone()), eval.clone()),
        ("rule = \"python/eval\"\npath = \"src\"", eval.clone(), found("python/eval", "lib/app.py")),
    ] {
        let policy = policy(&format!("[[policy.condition]]\noutcome = \"off\"\n{keys}\n"));
        assert_eq!(outcome(&policy, &meant), Outcome::Off, "{keys} means it");
        assert_ne!(outcome(&policy, &not_meant), Outcome::Off, "{keys} does not mean it");
    }
}

#[test]
fn the_last_condition_that_speaks_of_a_finding_decides_and_thresholds_come_after_all() {
    let policy = policy(
        "[[policy.condition]]\npath = \"tests\"\noutcome = \"warn\"\n\
         [[policy.condition]]\nrule = \"python/*\"\nconfidence = \"low\"\noutcome = \"fail\"\n\
         [[policy.condition]]\npath = \"tests/data\"\noutcome = \"off\"\n",
    );
    for (path, outcome_there) in
        [("src/a.py", Outcome::Fail), ("tests/a.py", Outcome::Fail), ("tests/data/a.py", Outcome::Off)]
    {
        assert_eq!(outcome(&policy, &found("python/eval", path)), outcome_there, "{path}");
    }
    let shell = with(found("javascript/eval", "tests/a.js"), Level::Error, Confidence::High);
    assert_eq!(outcome(&policy, &shell), Outcome::Warn);
    let elsewhere = with(found("javascript/eval", "src/a.js"), Level::Error, Confidence::High);
    assert_eq!(outcome(&policy, &elsewhere), Outcome::Fail, "no condition speaks of it: the thresholds do");
}

#[test]
fn a_condition_that_decides_is_told_as_the_reason() {
    let settings = policy("[policy]\n\n[[policy.condition]]\nrule = \"python/*\"\noutcome = \"fail\"\n");
    let mut findings =
        [found("python/eval", "a.py"), found("quality/todo-comment", "a.py"), found("python/eval", "b.py")];
    let verdict = judge(&mut findings, &[], Vec::new(), &settings);
    let place = ConfigPlace { file: RelPath::new("gate.toml"), line: 3 };
    let reason = Condition { analysis: Some(Analysis::Code), fail_on: None, count: 2, place: Some(place), limit: None };
    assert_eq!(verdict, Verdict::Failed(vec![reason]));
    assert_eq!(findings.map(|finding| finding.outcome), [Outcome::Fail, Outcome::Warn, Outcome::Fail]);
}

#[test]
fn so_many_may_be_and_one_more_fails_all() {
    let settings = policy("[[policy.condition]]\nrule = \"python/*\"\nmax = 2\noutcome = \"fail\"\n");
    let of = |count: usize| vec![found("python/eval", "a.py"); count];
    let mut two = of(2);
    assert_eq!(judge(&mut two, &[], Vec::new(), &settings), Verdict::Passed);
    assert!(two.iter().all(|finding| finding.outcome == Outcome::Warn));
    let mut three = of(3);
    let verdict = judge(&mut three, &[], Vec::new(), &settings);
    assert!(three.iter().all(|finding| finding.outcome == Outcome::Fail));
    let [reason] = verdict.conditions() else { panic!("{verdict:?}") };
    assert_eq!(reason.describe_limit(), "gate.toml:1: findings is 3, at most 2 allowed");
    // Those that were known before do not count.
    let mut some_known = [of(2), vec![known(found("python/eval", "b.py"))]].concat();
    assert_eq!(judge(&mut some_known, &[], Vec::new(), &settings), Verdict::Passed);
    // Neither do accepted ones; and that it passes by an exception alone is told.
    let mut accepted = of(3);
    accepted[0].suppressions.push(Suppression::in_source("fine"));
    assert_eq!(judge(&mut accepted, &[], Vec::new(), &settings), Verdict::Passed);
    let place = ConfigPlace { file: RelPath::new("gate.toml"), line: 9 };
    let note = ExceptionNote { owner: "ada".to_owned(), expires: "2030-01-01".parse().unwrap(), place };
    let mut excepted = of(3);
    excepted[0].suppressions.push(Suppression::external("fine", note));
    assert_eq!(judge(&mut excepted, &[], Vec::new(), &settings), Verdict::Excepted(1));
}

#[test]
fn what_was_known_fails_only_where_that_is_said() {
    let old = known(with(found("python/eval", "a.py"), Level::Error, Confidence::High));
    let fail = "[[policy.condition]]\nrule = \"python/*\"\noutcome = \"fail\"\n";
    let decision = policy(fail).decide(&Facts::of(&old));
    assert_eq!((decision.outcome, decision.is_spared), (Outcome::Warn, true));
    assert_eq!(outcome(&policy(&format!("{fail}baseline = [\"new\", \"unchanged\"]\n")), &old), Outcome::Fail);
    assert_eq!(outcome(&policy(&format!("[policy]\nknown-findings = \"judge\"\n{fail}")), &old), Outcome::Fail);
    // A later condition that demands failure as well does not spare what an earlier one names.
    assert_eq!(outcome(&policy(&format!("{fail}baseline = \"unchanged\"\n{fail}")), &old), Outcome::Fail);
}

#[test]
fn every_fault_names_its_place_and_the_way_out() {
    let condition = "[[policy.condition]]\n";
    let limit = "[[policy.limit]]\n";
    for (text, expected) in [
        (
            format!("{condition}rule = \"python/eval\""),
            "gate.toml:1:1: a condition needs an outcome\n  write `outcome = \"fail\"`, `\"warn\"` or `\"off\"`",
        ),
        (
            format!("{condition}outcome = \"pass\""),
            "gate.toml:2:11: impossible value `pass`\n  possible are `fail`, `warn`, `off`",
        ),
        (
            format!("{condition}outcome = \"off\""),
            "gate.toml:1:1: a condition about every finding would switch the gate off\n  say which findings it is about: `rule`, `path`, `analysis`, `level`, …",
        ),
        (
            format!("{condition}outcome = \"warn\"\nreason = \"we are busy\""),
            "gate.toml:1:1: a condition about every finding would switch the gate off\n  say which findings it is about: `rule`, `path`, `analysis`, `level`, …",
        ),
        (
            format!("{condition}outcome = \"fail\"\nrule = \"python/evl\""),
            "gate.toml:3:8: there is no rule `python/evl`\n  did you mean `python/eval`?",
        ),
        (
            format!("{condition}outcome = \"fail\"\nrule = [\"pythn/*\"]"),
            "gate.toml:3:8: there is no group of rules `pythn/*`\n  did you mean `python`?",
        ),
        (
            format!("{condition}outcome = \"fail\"\nrule = []"),
            "gate.toml:3:8: an empty list would mean nothing; leave the key out to mean all",
        ),
        (
            format!("{condition}outcome = \"fail\"\nrule = 3"),
            "gate.toml:3:8: invalid type: integer `3`, expected a text or a list of texts",
        ),
        (
            format!("{condition}outcome = \"fail\"\nanalysis = \"secret\""),
            "gate.toml:3:12: there is no analysis `secret`\n  did you mean `secrets`?",
        ),
        (
            format!("{condition}outcome = \"fail\"\npath = \"a[\""),
            "gate.toml:3:8: `a[` is no glob: unclosed character class; missing ']'",
        ),
        (
            format!("{condition}outcome = \"fail\"\nlevel = \"warn\""),
            "gate.toml:3:9: impossible value `warn`\n  did you mean `warning`?",
        ),
        (
            format!("{condition}outcome = \"fail\"\nsecurity-severity = 11"),
            "gate.toml:3:21: a score goes from 0.1 to 10",
        ),
        (format!("{condition}outcome = \"fail\"\nepss = 1.5"), "gate.toml:3:8: a probability goes from 0 to 1"),
        (format!("{condition}outcome = \"fail\"\nepss = nan"), "gate.toml:3:8: a probability goes from 0 to 1"),
        (
            format!("{condition}outcome = \"fail\"\nbaseline = \"old\""),
            "gate.toml:3:12: there is no state `old`\n  possible are `new`, `unchanged`, `updated`",
        ),
        (format!("{condition}outcome = \"fail\"\nmax = -1"), "gate.toml:3:7: `max` is a whole number from 0 on"),
        (
            format!("{condition}outcome = \"warn\"\nrule = \"python/*\"\nmax = 1"),
            "gate.toml:4:7: `max` goes with `outcome = \"fail\"` alone",
        ),
        (
            format!("{condition}outcome = \"fail\"\nfile = \"a\""),
            "gate.toml:3:1: unknown key `file`\n  possible are `outcome`, `analysis`, `rule`, `path`, `level`, `confidence`, `security-severity`, `scored`, `kev`, `epss`, `baseline`, `max`, `reason`",
        ),
        (
            format!("{limit}average = 3"),
            "gate.toml:1:1: a limit needs a measure\n  possible are `cyclomatic`, `cognitive`, `length`, `parameters`, `nesting`, `statements`, `volume`, `difficulty`, `duplication`",
        ),
        (
            format!("{limit}measure = \"cyclomatik\"\naverage = 3"),
            "gate.toml:2:11: there is no limit on a measure `cyclomatik`\n  did you mean `cyclomatic`?",
        ),
        (
            format!("{limit}measure = \"maintainability\"\naverage = 3"),
            "gate.toml:2:11: there is no limit on a measure `maintainability`\n  possible are `cyclomatic`, `cognitive`, `length`, `parameters`, `nesting`, `statements`, `volume`, `difficulty`, `duplication`",
        ),
        (
            format!("{limit}measure = \"length\""),
            "gate.toml:1:1: a limit has exactly one of `average`, `maximum` and `over`",
        ),
        (
            format!("{limit}measure = \"length\"\naverage = 3\nover = 4"),
            "gate.toml:1:1: a limit has exactly one of `average`, `maximum` and `over`",
        ),
        (format!("{limit}measure = \"length\"\naverage = 3\nmax = 4"), "gate.toml:4:7: `max` goes with `over` alone"),
        (format!("{limit}measure = \"length\"\nmaximum = -3"), "gate.toml:3:11: a limit is not negative"),
        (
            "[policy]\npreset = \"stricter\"".to_owned(),
            "gate.toml:2:10: there is no preset `stricter`\n  did you mean `strict`?",
        ),
        (
            "[policy]\nallow-override = [\"python/evl\"]".to_owned(),
            "gate.toml:2:18: there is no rule `python/evl`\n  did you mean `python/eval`?",
        ),
        (
            "[policy]\nknown-findings = \"fail\"".to_owned(),
            "gate.toml:2:18: impossible value `fail`\n  possible are `pass`, `judge`",
        ),
    ] {
        assert_eq!(parse(&text).expect_err(&text), expected, "{text}");
    }
}

#[test]
fn the_schema_accepts_what_the_parser_accepts() {
    let validator = jsonschema::validator_for(&config::schema()).unwrap();
    for (text, valid) in [
        ("[[policy.condition]]\noutcome = \"fail\"\nrule = \"python/*\"\nmax = 3\nepss = 0.5", true),
        ("[[policy.condition]]\noutcome = \"off\"\nrule = [\"python/*\"]\nbaseline = [\"new\"]", true),
        ("[[policy.condition]]\nrule = \"python/*\"", false),
        ("[[policy.condition]]\noutcome = \"fail\"\nepss = 2", false),
        ("[[policy.limit]]\nmeasure = \"length\"\nmaximum = 100", true),
        ("[[policy.limit]]\nmeasure = \"maintainability\"\nmaximum = 100", false),
        (
            "[[exception]]\nrule = \"python/eval\"\npath = \"a\"\nowner = \"a\"\nreason = \"b\"\nexpires = \"2030-01-01\"",
            true,
        ),
        ("[[exception]]\nrule = \"python/eval\"\npath = \"a\"", false),
        ("[baseline]\nfile = \"known.jsonl\"\nenabled = false", true),
        ("[policy]\npreset = \"adopt\"\nallow-override = \"quality/*\"", true),
        ("[policy]\npreset = \"lax\"", false),
    ] {
        let value: Value = toml::from_str(text).unwrap();
        assert_eq!(validator.is_valid(&value), valid, "{text}");
        assert_eq!(parse(text).is_ok(), valid, "{text}");
    }
}

fn function(file: &str, cyclomatic: u32) -> FunctionMetrics {
    FunctionMetrics {
        file: RelPath::new(file),
        line: 1,
        end_line: 2,
        name: "f".to_owned(),
        cyclomatic,
        cognitive: 0,
        length: 2,
        parameters: 0,
        nesting: 0,
        statements: 0,
        halstead: Halstead::default(),
    }
}

#[test]
fn limits_hold_up_to_their_number() {
    let functions = [function("a/x.py", 1), function("a/y.py", 4), function("b/z.py", 10)];
    for (keys, broken) in [
        ("average = 5", None),
        ("average = 4.99", Some(("cyclomatic average", 5.0, 1))),
        ("maximum = 10", None),
        ("maximum = 9", Some(("cyclomatic maximum", 10.0, 1))),
        ("over = 3\nmax = 2", None),
        ("over = 3\nmax = 1", Some(("cyclomatic over 3", 2.0, 2))),
        ("over = 10", None),
        ("average = 2.5\npath = \"a\"", None),
        ("maximum = 4\npath = [\"a\", \"c\"]", None),
        ("maximum = 0\npath = \"c\"", None),
    ] {
        let settings = policy(&format!("[[policy.limit]]\nmeasure = \"cyclomatic\"\n{keys}\n"));
        let (failing, warning) = broken_limits(&functions, &[], &settings);
        let told = failing.first().map(|one| (one.limit.clone().unwrap(), one.count));
        let told = told.as_ref().map(|(limit, count)| (limit.of.as_str(), limit.actual, *count));
        assert_eq!((told, warning.len()), (broken, 0), "{keys}");
    }
    let settings = policy("[[policy.limit]]\nmeasure = \"cyclomatic\"\nmaximum = 9\noutcome = \"warn\"\n");
    assert_eq!(
        (broken_limits(&functions, &[], &settings).0.len(), broken_limits(&functions, &[], &settings).1.len()),
        (0, 1)
    );
}

pub fn report(case: &Case, args: &[&str]) -> (Option<i32>, Value) {
    let told = case.run(&[&["scan", "--only", "code", "--format", "json"], args].concat());
    (told.code, serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}")))
}

#[test]
fn a_limit_fails_the_gate_and_says_by_how_much() {
    let limit = "[[policy.limit]]\nmeasure = \"cyclomatic\"\nmaximum = 1\n";
    let branch = "def run(x):\n    if x:\n        return 1\n    return 2\n";
    let case = Case::new(&[("app.py", branch), ("gate.toml", limit)]);
    let (code, told) = report(&case, &[]);
    assert_eq!((code, told["findings"].as_array().unwrap().len()), (Some(1), 0));
    let reason = json!({"count": 1, "place": {"file": "gate.toml", "line": 1},
        "limit": {"of": "cyclomatic maximum", "max": 1.0, "actual": 2.0}});
    assert_eq!(told["verdict"]["conditions"], json!([reason]));
    let text = case.run(&["scan", "--only", "code"]).out;
    assert!(text.contains("gate.toml:1: cyclomatic maximum is 2, at most 1 allowed"), "{text}");
    assert!(text.contains("failed: no findings (failing: cyclomatic maximum 2 > 1)"), "{text}");
    assert_eq!(report(&case, &["--only", "secrets"]).0, Some(1), "code is still among them");
    assert_eq!(case.run(&["scan", "--only", "secrets"]).code, Some(0), "without code nothing is measured");
    fs::write(case.path().join("gate.toml"), format!("{limit}outcome = \"warn\"\n")).unwrap();
    let (code, told) = report(&case, &[]);
    assert_eq!((code, told["notifications"][0]["kind"].as_str()), (Some(0), Some("note")));
    assert!(told["notifications"][0]["message"].as_str().unwrap().contains("at most 1 allowed"));
}

#[test]
fn off_is_out_of_sight_and_in_the_report() {
    let off = "[[policy.condition]]\nrule = \"python/eval\"\noutcome = \"off\"\n";
    let case = Case::new(&[("app.py", "eval(text)\n"), ("gate.toml", off)]);
    let (_, told) = report(&case, &[]);
    assert_eq!((&told["findings"][0]["outcome"], &told["summary"]["findings"]["off"]), (&json!("off"), &json!(1)));
    let text = case.run(&["scan", "--only", "code"]).out;
    assert!(!text.contains("app.py:1") && text.contains("passed: no findings · 1 off by the policy"), "{text}");
    assert!(case.run(&["scan", "--only", "code", "-v"]).out.contains("app.py:1"));
}

#[test]
fn presets_are_policies_that_can_be_read_and_written_over() {
    let grave = with(found("python/shell-injection", "a.py"), Level::Error, Confidence::High);
    let style = with(found("quality/todo-comment", "a.py"), Level::Error, Confidence::High);
    let unscored = property(vulnerable(), "severity", json!("unscored"));
    let mild = property(with(vulnerable(), Level::Warning, Confidence::High), "security-severity", json!("5.0"));
    let exploited = property(mild.clone(), "kev", json!(true));
    let likely = property(mild.clone(), "epss", json!(0.4));
    let secret = with(finding(&rule("secret/x-key", ""), "a", 1), Level::Error, Confidence::High);
    let warning = with(found("python/eval", "a.py"), Level::Warning, Confidence::Medium);
    use Outcome::{Fail, Off, Warn};
    for (what, finding, expected) in [
        ("grave", grave.clone(), [Fail, Fail, Fail, Fail]),
        ("style", style, [Fail, Fail, Warn, Warn]),
        ("unscored", unscored, [Fail, Fail, Fail, Fail]),
        ("mild", mild, [Warn, Fail, Warn, Warn]),
        ("exploited", exploited, [Warn, Fail, Fail, Warn]),
        ("likely", likely, [Warn, Fail, Fail, Warn]),
        ("secret", secret, [Fail, Fail, Fail, Fail]),
        ("warning", warning, [Warn, Fail, Warn, Warn]),
        ("known", known(grave), [Warn, Fail, Warn, Off]),
    ] {
        let outcomes = ["default", "strict", "security", "adopt"]
            .map(|name| outcome(&policy(&format!("[policy]\npreset = \"{name}\"\n")), &finding));
        assert_eq!(outcomes, expected, "{what}");
    }
    assert_eq!(policy("[policy]\npreset = \"default\"\n"), Settings::default());
    let milder = policy("[policy]\npreset = \"strict\"\nforeign-markers = true\nsecrets.fail-on = \"never\"\n");
    assert!(milder.strict && milder.foreign_markers && milder.judge_known);
    assert_eq!(milder.thresholds(Some(Analysis::Secrets), "a").0, Level::None);
    // What a preset says is in the documentation, word for word.
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md")).unwrap();
    let case = Case::new(&[]);
    let list = case.run(&["policy", "preset"]).out;
    for preset in config::PRESETS {
        assert!(page.contains(preset.text.trim()), "docs/policy.md does not hold the preset {}", preset.name);
        assert_eq!(case.run(&["policy", "preset", preset.name]).out, preset.text);
        assert!(list.contains(preset.name));
    }
    case.run(&["policy", "preset", "lax"]).refuses(&["no preset `lax`", "`adopt`"]);
}

#[test]
fn the_command_line_has_the_last_word() {
    let case = Case::new(&[
        ("app.py", "eval(text)\n"),
        ("gate.toml", "[[policy.condition]]\nrule = \"python/*\"\noutcome = \"fail\"\n"),
    ]);
    assert_eq!(report(&case, &[]).0, Some(1));
    assert_eq!(report(&case, &["--fail-on", "error"]).0, Some(0));
}

#[test]
fn what_the_pages_show_is_valid() {
    for page in ["policy", "exceptions"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{page}.md"));
        let text = fs::read_to_string(file).unwrap();
        let blocks: Vec<&str> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!blocks.is_empty());
        for block in blocks {
            parse(block).unwrap_or_else(|fault| panic!("docs/{page}.md: {fault}\n{block}"));
        }
    }
}
