//! The files of folders, and how the policy is explained.

use std::fs;

use serde_json::{Value, json};

use crate::cli::Case;
use crate::policy_conditions::report;

/// A project with a nested file, whose text is given; and what its scan says.
fn nested(root: &str, inner: &str) -> Case {
    let code = "eval(text)\n";
    Case::new(&[
        ("gate.toml", root),
        ("a/gate.toml", inner),
        ("a/app.py", code),
        ("b/app.py", code),
        ("ab/app.py", code),
    ])
}

fn failing(report: &Value) -> Vec<&str> {
    let is_failing = |finding: &&Value| finding["outcome"] == "fail" && finding.get("suppressions").is_none();
    let paths = report["findings"].as_array().unwrap().iter().filter(is_failing);
    paths.map(|finding| finding["path"].as_str().unwrap()).collect()
}

#[test]
fn a_file_further_down_tightens_for_its_folder() {
    let case = nested("", "[policy]\nfail-on = \"note\"\nmin-confidence = \"low\"\n");
    assert_eq!(
        report(&case, &[]).1["verdict"]["conditions"],
        json!([{"analysis": "code", "fail_on": "note", "count": 1}])
    );
    for inner in [
        "[policy]\nfail-on = \"note\"\nmin-confidence = \"low\"\n",
        "[policy]\ncode.fail-on = \"note\"\nmin-confidence = \"low\"\n",
        "[[policy.condition]]\nrule = \"python/eval\"\noutcome = \"fail\"\n",
        "[[policy.condition]]\nrule = \"python/eval\"\npath = \"*.py\"\noutcome = \"fail\"\n",
    ] {
        let case = nested("", inner);
        let (code, told) = report(&case, &[]);
        assert_eq!((code, failing(&told)), (Some(1), vec!["a/app.py"]), "{inner}");
        assert_eq!(failing(&report(&case, &["a"]).1), ["a/app.py"], "the same where the folder alone is scanned");
        assert_eq!(report(&case, &["b"]).0, Some(0));
    }
    let case = nested("", "[[policy.limit]]\nmeasure = \"length\"\nmaximum = 1\n");
    for folder in ["a", "b"] {
        fs::write(case.path().join(folder).join("long.py"), "def f():\n    x = 1\n    return x\n").unwrap();
    }
    let (code, told) = report(&case, &[]);
    assert_eq!((code, &told["verdict"]["conditions"][0]["place"]["file"]), (Some(1), &json!("a/gate.toml")));
    assert_eq!(told["verdict"]["conditions"][0]["count"], 1, "only functions of its folder");
}

#[test]
fn a_file_further_down_loosens_only_what_the_root_allows() {
    let root = "[policy]\nfail-on = \"note\"\nmin-confidence = \"low\"\n";
    let exception = "[[exception]]\nrule = \"python/eval\"\npath = \"app.py\"\nowner = \"a\"\nreason = \"b\"\nexpires = 2999-01-01\n";
    for (inner, place, what, allow) in [
        (
            "[policy]\nfail-on = \"error\"\n",
            "a/gate.toml:2:11:",
            "this level for secrets",
            "\"secrets\", \"code\", \"compliance\", \"dependencies\", \"pii\"",
        ),
        ("[policy]\ncode.fail-on = \"never\"\n", "a/gate.toml:2:16:", "this level for code", "\"code\""),
        (
            "[policy]\nmin-confidence = \"high\"\n",
            "a/gate.toml:2:18:",
            "this confidence for secrets",
            "\"secrets\", \"code\", \"compliance\", \"dependencies\", \"pii\"",
        ),
        (
            "\n[[policy.condition]]\nrule = \"python/eval\"\noutcome = \"warn\"\n",
            "a/gate.toml:2:1:",
            "this condition",
            "\"python/*\"",
        ),
        (
            "[[policy.condition]]\nrule = [\"python/eval\"]\noutcome = \"off\"\n",
            "a/gate.toml:1:1:",
            "this condition",
            "\"python/eval\"",
        ),
        (
            "[[policy.condition]]\nrule = [\"python/eval\"]\noutcome = \"off\"\n",
            "a/gate.toml:1:1:",
            "this condition",
            "\"code\"",
        ),
        (
            "[[policy.condition]]\nanalysis = \"code\"\noutcome = \"off\"\n",
            "a/gate.toml:1:1:",
            "this condition",
            "\"code\"",
        ),
        (
            "[[policy.condition]]\nrule = \"python/*\"\nmax = 5\noutcome = \"fail\"\n",
            "a/gate.toml:1:1:",
            "this condition",
            "\"python/*\"",
        ),
        (exception, "a/gate.toml:1:1:", "an exception", "\"exceptions\""),
    ] {
        let case = nested(root, inner);
        case.run(&["scan", "--only", "code"]).refuses(&[
            place,
            what,
            "would loosen what the root demands",
            "allow-override",
        ]);
        case.run(&["scan", "a", "--only", "code"]).refuses(&[place]);
        fs::write(case.path().join("gate.toml"), format!("{root}allow-override = [{allow}]\n")).unwrap();
        let (code, told) = report(&case, &[]);
        assert_eq!((code, failing(&told)), (Some(1), vec!["ab/app.py", "b/app.py"]), "{inner}");
    }
    let case = nested(root, "[[policy.condition]]\nrule = [\"python/eval\", \"rust/*\"]\noutcome = \"warn\"\n");
    case.run(&["scan", "--only", "code"]).refuses(&["allow-override = [\"python/eval\", \"rust/*\"]"]);
    let case = nested(root, "[[policy.condition]]\npath = \"old\"\noutcome = \"warn\"\n");
    case.run(&["scan", "--only", "code"])
        .refuses(&["a condition that names no rule here would loosen", "allow-override = [\"RULE\"]"]);
    // What is allowed for one rule is not for another, nor for all.
    for inner in [
        "rule = [\"python/eval\", \"python/bare-except\"]",
        "rule = \"python/*\"",
        "path = \"x\"",
        "analysis = \"code\"",
    ] {
        let case = nested(
            "[policy]\nallow-override = \"python/eval\"\n",
            &format!("[[policy.condition]]\n{inner}\noutcome = \"warn\"\n"),
        );
        case.run(&["scan", "--only", "code"]).refuses(&["a/gate.toml:1:1:", "here would loosen what the root demands"]);
    }
}

#[test]
fn a_file_further_down_says_nothing_of_the_whole() {
    for inner in [
        "[scan]\nmax-file-size = 1\n",
        "[policy]\nincomplete = \"warn\"\n",
        "[policy]\npreset = \"adopt\"\n",
        "[rules]\n",
        "[baseline]\nenabled = false\n",
        "[policy]\nallow-override = \"code\"\n",
    ] {
        nested("", inner).run(&["scan", "--only", "code"]).refuses(&["a/gate.toml:", "unknown key"]);
    }
    let case = nested("", "not toml");
    case.run(&["scan", "--only", "code"]).refuses(&["a/gate.toml:1:"]);
    fs::write(case.path().join("gate.toml"), "[[scan.exclude]]\npaths = [\"a\"]\nreason = \"a test\"\n").unwrap();
    assert_eq!(report(&case, &[]).0, Some(0), "of an excluded folder nothing is read");
    fs::remove_file(case.path().join("gate.toml")).unwrap();
    assert_eq!(report(&case, &[]).0, Some(0), "without a file of the root others are files like any");
    // Nearer files come after outer ones, and may not loosen them either.
    let case = nested("", "[policy]\nfail-on = \"note\"\nmin-confidence = \"low\"\n");
    fs::create_dir_all(case.path().join("a/b")).unwrap();
    fs::write(case.path().join("a/b/gate.toml"), "[policy]\nfail-on = \"error\"\n").unwrap();
    fs::write(case.path().join("a/b/app.py"), "eval(text)\n").unwrap();
    case.run(&["scan", "--only", "code"]).refuses(&["a/b/gate.toml:2:11:", "would loosen"]);
}

#[test]
fn explain_says_which_line_decided() {
    let root = "[policy]\nallow-override = [\"python/eval\"]\n\n[[policy.condition]]\nanalysis = \"code\"\noutcome = \"fail\"\n\n\
                [[policy.condition]]\npath = \"vendor\"\noutcome = \"off\"\n";
    let inner = "[[policy.condition]]\nrule = \"python/eval\"\noutcome = \"warn\"\n";
    let case = nested(root, inner);
    let explain = |args: &[&str]| {
        let told = case.run(&[&["policy", "explain"], args].concat());
        assert_eq!(told.code, Some(0), "{told:?}");
        told.out
    };
    let text = explain(&["a/app.py", "python/eval"]);
    assert!(text.contains("  gate.toml:4  fail: speaks of it, overruled further down\n"), "{text}");
    assert!(text.contains("  a/gate.toml:1  warn: decides: the last that speaks of it\n"), "{text}");
    assert!(text.contains("  thresholds  error or above fails, of high confidence or above: overruled\n"), "{text}");
    assert!(text.ends_with("warn: it is told, and the gate passes\n") && !text.contains("gate.toml:8"), "{text}");
    assert!(explain(&["a/app.py", "python/eval", "-v"]).contains("  gate.toml:8  off: does not speak of it: path\n"));
    assert!(explain(&["b/app.py", "python/eval"]).ends_with("fail: the gate fails, unless someone accepts it\n"));
    assert!(explain(&["vendor/not/there.py", "python/eval"]).contains("off: it is in the reports for programs"));
    let text = explain(&["key.py", "secret/stripe-secret-key", "--level", "warning"]);
    assert!(text.contains("thresholds  error or above fails, of high confidence or above: decides"), "{text}");
    assert!(text.ends_with("warn: it is told, and the gate passes\n"), "{text}");
    let text = explain(&["b/app.py", "python/eval", "--baseline", "unchanged"]);
    assert!(text.contains("known before, so it does not fail"), "{text}");
    case.run(&["policy", "explain", "a.py", "python/evl"])
        .refuses(&["no rule `python/evl`", "did you mean `python/eval`"]);
    case.run(&["policy", "explain", "../../a.py", "python/eval"]).refuses(&["does not lie below the root"]);
    case.run(&["policy", "explain", "a.py", "python/eval", "--security-severity", "12"]).refuses(&["from 0.1 to 10"]);
}

#[test]
fn explain_tells_exceptions_too() {
    let entry = |what: &str, expires: &str| {
        format!("[[exception]]\n{what}\nowner = \"ada\"\nreason = \"b\"\nexpires = {expires}\n")
    };
    let text = [
        entry("rule = \"python/eval\"\npath = \"old\"", "2999-01-01"),
        entry("rule = \"python/eval\"\npath = \"old\"", "2001-01-01"),
        entry("advisory = \"CVE-2024-0001\"", "2999-01-01"),
    ];
    let case = Case::new(&[("gate.toml", &text.concat())]);
    let explain = |file: &str, rule: &str| case.run(&["policy", "explain", file, rule]).out;
    let told = explain("old/app.py", "python/eval");
    assert!(told.contains("  gate.toml:1  exception: accepts such findings until 2999-01-01 (ada)\n"), "{told}");
    assert!(told.contains("  gate.toml:7  exception: accepted such findings until 2001-01-01 (ada)\n"), "{told}");
    assert!(!told.contains("gate.toml:13"), "{told}");
    assert!(!explain("new/app.py", "python/eval").contains("exception"));
    let told = explain("Cargo.lock", "dependency/vulnerable");
    assert!(told.contains("  gate.toml:13  exception: accepts those that it names until 2999-01-01 (ada)\n"), "{told}");
}

#[test]
fn explain_knows_presets_and_limits_on_counts() {
    let case = Case::new(&[(
        "gate.toml",
        "[policy]\npreset = \"security\"\n[[policy.condition]]\nrule = \"quality/*\"\nmax = 3\noutcome = \"fail\"\n",
    )]);
    let explain = |args: &[&str]| case.run(&[&["policy", "explain", "a"], args].concat()).out;
    let text = explain(&["dependency/vulnerable", "--kev", "--security-severity", "3"]);
    assert!(text.contains("preset security:") && text.contains("known to be exploited"), "{text}");
    assert!(text.ends_with("fail: the gate fails, unless someone accepts it\n"), "{text}");
    assert!(
        explain(&["dependency/vulnerable", "--security-severity", "3"])
            .ends_with("warn: it is told, and the gate passes\n")
    );
    assert!(explain(&["dependency/vulnerable", "--security-severity", "3", "--epss", "0.2"]).contains("EPSS 0.2"));
    let text = explain(&["quality/todo-comment"]);
    assert!(text.ends_with("fail: the gate fails where there are more than 3 such findings\n"), "{text}");
}

#[test]
fn strictness_makes_no_file_further_down_loosen() {
    let case = nested("", "[policy]\nfail-on = \"error\"\nmin-confidence = \"high\"\n");
    assert_eq!(report(&case, &["--strict"]).0, Some(0));
    assert_eq!(report(&case, &["--fail-on", "note", "--strict"]).0, Some(1), "the command line has the last word");
    fs::write(case.path().join("gate.toml"), "[policy]\npreset = \"strict\"\n").unwrap();
    assert_eq!(report(&case, &[]).0, Some(0), "it asks for more than the file, and goes on asking");
    fs::write(case.path().join("a/gate.toml"), "[policy]\nfail-on = \"never\"\n").unwrap();
    case.run(&["scan", "--only", "code"]).refuses(&["a/gate.toml:2:11:", "would loosen"]);
}
