//! Users' patterns through the command line: what is wrong in a rule file, what reports carry, and `gate rules new`.

use std::fs;

use gate::rulebook::fixture;
use serde_json::Value;

use crate::cli::Case;

const RULE: &str = ".gate/rules/python/mine.toml";

/// A rule with this message and these lines under `match`, which begins on line 7.
fn rule(message: &str, lines: &str) -> String {
    format!(
        "name = \"Mine\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"{message}\"\nwhy = \"W\"\nfix = \"F\"\n[match]\n{lines}\n"
    )
}

#[test]
fn faults_of_patterns_are_told_with_line_and_column() {
    for (message, lines, words) in [
        ("M", "pattern = \"f($X\"", &["mine.toml:8:13", "`(` has no counterpart"][..]),
        ("M", "pattern = '''\ng(1)\nf($X) = = 2\n'''", &["mine.toml:10:1", "no valid Python: see `f($X)"]),
        ("M", "pattern = \"\"", &["mine.toml:8:11", "empty"]),
        ("M", "pattern = \"$X\"", &["mine.toml:8:11", "matches everything"]),
        ("M", "pattern = \" ...\\n$_ ; \"", &["mine.toml:8:11", "matches everything"]),
        ("M", "not = \"f()\"", &["mine.toml:7:1", "nothing says what to find"]),
        ("M", "any = [\"f()\", { not = \"g()\" }]", &["mine.toml:7:1", "nothing says what to find"]),
        ("M", "any = []", &["mine.toml:8:7", "empty"]),
        ("M", "all = [\"f()\", {}]", &["mine.toml:8:15", "match everything"]),
        ("has {Y}", "pattern = \"f($X)\"", &["mine.toml:4:16", "`{Y}`", "it has `$X`"]),
        ("has {callee}", "pattern = \"f()\"", &["mine.toml:4:16", "has no metavariable"]),
        ("has $X", "pattern = \"f($X)\"", &["mine.toml:4:16", "write `{X}`"]),
        ("M", "pattern = \"f($X)\"\nwhere.Y = \"dynamic\"", &["mine.toml:9:7", "`$Y`"]),
        ("M", "pattern = \"f($...X)\"\nwhere.X = \"dynamic\"", &["mine.toml:9:7", "stands for several"]),
        ("M", "pattern = \"f($X)\"\nwhere.X = \"dynamc\"", &["mine.toml:9:11", "unknown predicate `dynamc`"]),
        ("M", "pattern = \"f($X)\"\nwhere.X = { text = \"(\" }", &["mine.toml:9:", "bad regex"]),
        ("M", "pattern = \"f($X)\"\nfocus = \"$Y\"", &["mine.toml:9:9", "`focus` is `$Y`"]),
        ("M", "pattern = \"f($X)\"\nreplacement = \"g($Y)\"", &["mine.toml:9:15", "the replacement has `$Y`"]),
        ("M", "pattern = \"f($X)\"\nreplacement = \"g(...)\"", &["mine.toml:9:15", "has no text to write"]),
        ("M", "pattern = \"f($X, $...X)\"", &["mine.toml:8:11", "use two names"]),
        ("M", "pattern = \"f('$X')\"", &["mine.toml:8:12", "stands in a text"]),
        ("M", "pattern = \"f($X)\"\ninside = { pattern = \"g()\" }", &["mine.toml:9:10", "no tables"]),
        ("M", "pattern = \"f($X)\"\nnot-inside = [\"loop\", \"if $C\"]", &["mine.toml:9:24", "no valid Python"]),
        ("M", "pattern = \"f($X)\"\ninside = \"handlr\"", &["mine.toml:9:10", "`handlr` is no place"]),
        ("M", "pattern = \"f($X)\"\nwithin = \"loop\"", &["mine.toml:9:1", "unknown field `within`"]),
        ("M", "pattern = \"f($X)\"\nnot = { patern = \"g()\" }", &["mine.toml:9:9", "unknown field `patern`"]),
        ("M", "pattern = 1", &["mine.toml:8:11", "string"]),
        ("M", "query = \"(call) @match\"\nnot = \"f()\"", &["mine.toml:7:1", "exactly one of"]),
        ("M", "builtin = \"todo-comment\"\nfocus = \"$X\"", &["mine.toml:7:1", "exactly one of"]),
    ] {
        let case = Case::new(&[(RULE, &rule(message, lines)), ("app.py", "f(1)\n")]);
        case.run(&["rules", "test"]).refuses(words);
        case.run(&["scan"]).refuses(words);
    }
    // One language of several.
    let both = rule("M", "pattern = \"<a />\"");
    Case::new(&[(".gate/rules/javascript/mine.toml", &both)])
        .run(&["rules"])
        .refuses(&["mine.toml:8:", "no valid TypeScript"]);
    Case::new(&[(".gate/rules/secret/mine.toml", &rule("M", "pattern = \"f()\""))])
        .run(&["rules"])
        .refuses(&["needs `languages`"]);
    let deep = format!("all = {}\"f()\"{}", "[{ all = ".repeat(20), " }]".repeat(20));
    Case::new(&[(RULE, &rule("M", &deep))]).run(&["rules"]).refuses(&["more than 8 deep"]);
}

#[test]
fn reports_carry_the_fix_unless_it_would_carry_a_secret() {
    let text = rule("`{A}`", "pattern = \"connect($A, $...REST)\"\nreplacement = \"open($A, $...REST)\"");
    let secret = fixture::expand("ghp_{{alnum:30}}{{crc32-base62-6}}\n").unwrap().text;
    let token = secret.trim();
    let code = format!("connect(a, b=1)\nconnect(\"{token}\")\n");
    let case = Case::new(&[(RULE, &text), ("app.py", &code)]);
    let sarif: Value = serde_json::from_str(&case.run(&["scan", "app.py", "--format", "sarif"]).out).unwrap();
    let results: Vec<&Value> =
        sarif["runs"][0]["results"].as_array().unwrap().iter().filter(|one| one["ruleId"] == "python/mine").collect();
    assert_eq!(results.len(), 2, "{sarif:#}");
    let replacement = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "open(a, b=1)");
    assert_eq!(replacement["deletedRegion"]["startLine"], 1);
    assert_eq!(replacement["deletedRegion"]["endColumn"], 16);
    let json = case.run(&["scan", "app.py", "--format", "json"]).out;
    assert!(json.contains("\"fix\": \"open(a, b=1)\"") && !json.contains(token), "{json}");
    let report: Value = serde_json::from_str(&json).unwrap();
    let masked =
        report["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "python/mine" && one["line"] == 2);
    let masked = masked.unwrap();
    assert!(masked["message"].as_str().unwrap().contains("•••"), "{masked}");
    assert!(masked.get("fix").is_none() && results[1].get("fixes").is_none(), "{masked}");
}

#[test]
fn a_new_rule_works_at_once_and_overwrites_nothing() {
    for (language, extension) in
        [("python", "py"), ("rust", "rs"), ("javascript", "js"), ("typescript", "ts"), ("tsx", "tsx")]
    {
        let case = Case::new(&[]);
        let told = case.run(&["rules", "new", "security/no-legacy", "--language", language]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let file = format!(".gate/rules/security/no-legacy.{extension}");
        assert!(told.out.contains(&file) && case.path().join(&file).exists(), "{told:?}");
        assert_eq!(case.run(&["rules", "new", "plain-name", "--language", language]).code, Some(0));
        let told = case.run(&["rules", "test"]);
        assert_eq!(
            (told.code, told.out.as_str()),
            (Some(0), "passed · 2 rules in .gate/rules\n"),
            "{language}: {told:?}"
        );
        assert!(case.run(&["rules"]).out.contains("security/no-legacy"));
        let rule = case.path().join(".gate/rules/security/no-legacy.toml");
        fs::write(&rule, "mine").unwrap();
        case.run(&["rules", "new", "security/no-legacy", "--language", language])
            .refuses(&["no-legacy.toml is there already"]);
        assert_eq!(fs::read_to_string(&rule).unwrap(), "mine");
        fs::remove_file(&rule).unwrap();
        case.run(&["rules", "new", "security/no-legacy", "--language", language]).refuses(&[&file, "there already"]);
        assert!(!rule.exists());
    }
}

#[test]
fn a_new_rule_needs_a_name_that_can_be_one() {
    let case = Case::new(&[]);
    for (name, words) in [
        ("Not A Name", "lower-case"),
        ("../up", "<group>/<slug>"),
        ("python/a/b", "lower-case"),
        ("cobol/x", "<group>/<slug>"),
        ("python/mutable-default", "comes with gate"),
        ("", "may hold"),
    ] {
        case.run(&["rules", "new", name, "--language", "python"]).refuses(&[words]);
    }
    case.run(&["rules", "new", "x"]).refuses(&["--language"]);
    case.run(&["rules", "new", "x", "--language", "cobol"]).refuses(&["python", "tsx"]);
    assert!(!case.path().join(".gate").exists());
    let told = case.run(&["rules", "new", "mine", "--language", "python", "--rules", "house"]);
    assert!(told.code == Some(0) && case.path().join("house/python/mine.py").exists(), "{told:?}");
    let told = case.run(&["rules", "test", "house"]);
    assert_eq!(told.out, "passed · 1 rule in house\n");
}
