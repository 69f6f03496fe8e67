//! Listing and explaining rules, and testing one's own.

use crate::cli::{Case, RULE, with_rule};

#[test]
fn broken_rules_are_told_with_their_line() {
    let case =
        Case::new(&[(".gate/rules/python/mine.toml", "name = \"Mine\"\nlevel = \"fatal\"\n"), ("app.py", "x = 1\n")]);
    case.run(&["scan"]).refuses(&[".gate/rules/python/mine.toml:2:"]);
    case.run(&["rules", "test"]).refuses(&[".gate/rules/python/mine.toml:2:"]);
}

#[test]
fn rules_are_listed_and_explained() {
    let case = Case::new(&[]);
    let list = case.run(&["rules"]);
    assert_eq!(list.code, Some(0));
    assert!(list.out.lines().any(|line| line.starts_with("quality/cyclomatic-complexity ")), "{list:?}");
    let json: serde_json::Value = serde_json::from_str(&case.run(&["rules", "--format", "json"]).out).unwrap();
    assert!(
        json["rules"].as_array().is_some_and(|rules| rules.iter().any(|rule| rule["id"] == "gate/unused-suppression"))
    );
    let page = case.run(&["explain", "quality/cyclomatic-complexity"]);
    assert_eq!(page.code, Some(0));
    assert!(page.out.contains("How to fix it") && page.out.contains("max = "), "{page:?}");
    assert!(!page.out.contains('\u{1b}'), "no colour in a pipe");
    case.run(&["explain", "cyclomatic-complexty"]).refuses(&["did you mean `quality/cyclomatic-complexity`"]);
}

#[test]
fn rules_of_ones_own_are_tested_on_their_fixtures() {
    let fixture = "# ruleid: secret/mine\nx = mine_12345678\n# ruleid: secret/mine\ny = mine_87654321\n\
                   # ok: secret/mine\nz = mine_1234567\n# ok: secret/mine\nz = mine_name\n";
    let told = with_rule(&[(".gate/rules/secret/mine.txt", fixture)]).run(&["rules", "test"]);
    assert_eq!((told.code, told.out.as_str()), (Some(0), "passed · 1 rule in .gate/rules\n"));
    let told =
        with_rule(&[(".gate/rules/secret/mine.txt", "# ok: secret/mine\nx = mine_12345678\n")]).run(&["rules", "test"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("line 2: `secret/mine` must not find this"), "{told:?}");
    assert!(told.out.contains("it needs 2 lines below a comment `ruleid: secret/mine`, and has 0"), "{told:?}");
    Case::new(&[]).run(&["rules", "test"]).refuses(&["there are no rules to test"]);
}

#[test]
fn a_rule_that_is_there_already_is_refused() {
    let text = RULE.1.to_owned();
    let case = Case::new(&[(".gate/rules/secret/private-key.toml", &text), ("app.py", "")]);
    case.run(&["scan"]).refuses(&["secret/private-key", "taken by a rule that comes with gate"]);
}

const OWN_RULE: &str = "name = \"Sleep in a request\"\nlevel = \"error\"\nconfidence = \"high\"\nmessage = \"`{callee}` blocks\"\n\
    why = \"It serves nobody.\"\nfix = \"Schedule the work.\"\n[[match.call]]\ncallee = [\"time.sleep\"]\n";

const OWN_FIXTURE: &str = "import time, asyncio\n# ruleid: python/no-sleep\ntime.sleep(1)\n# ok: python/no-sleep\nasyncio.sleep(1)\n\
    # ruleid: python/no-sleep\ntime.sleep(2)\n# ok: python/no-sleep\nx = \"time.sleep(1)\"\n";

/// The rule above with another matcher.
fn queried(query: &str) -> String {
    let head = OWN_RULE.split("[[match").next().unwrap();
    format!("{head}[match]\nquery = '''\n{query}\n'''\n").replace("`{callee}` blocks", "It blocks")
}

#[test]
fn own_rules_are_written_as_the_help_says() {
    let rule = ".gate/rules/python/no-sleep.toml";
    let fixture = ".gate/rules/python/no-sleep.py";
    let app = ("app.py", "import time\ntime.sleep(3)\n");
    let case = Case::new(&[(rule, OWN_RULE), (fixture, OWN_FIXTURE), app]);
    let told = case.run(&["rules", "test"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("passed") && told.out.contains("1 rule in .gate/rules"), "{told:?}");
    let told = case.run(&["scan", "app.py", "--only", "code"]);
    assert!(told.code == Some(1) && told.out.contains("app.py:2:1  python/no-sleep"), "{told:?}");

    let query = queried("((call function: (attribute) @f) @match (#eq? @f \"time.sleep\"))");
    let case = Case::new(&[(rule, &query), (fixture, OWN_FIXTURE), app]);
    assert_eq!(case.run(&["rules", "test"]).code, Some(0), "{:?}", case.run(&["rules", "test"]));
    let case = Case::new(&[(rule, OWN_RULE), app]);
    let told = case.run(&["rules", "test"]);
    assert!(told.code == Some(1) && told.out.contains("ruleid: python/no-sleep"), "{told:?}");
}

#[test]
fn a_rule_that_could_never_work_is_refused_with_its_line() {
    let rule = ".gate/rules/python/no-sleep.toml";
    for (text, words) in [
        (queried("(call function: (identifer)) @match"), &["no-sleep.toml:9:1", "identifer", "python"][..]),
        (queried("((call) @match (#foo? @match \"x\"))"), &["no-sleep.toml:", "no predicate `#foo?`"]),
        (queried("(call) @other"), &["no-sleep.toml:", "@match"]),
        (queried("(call"), &["no-sleep.toml:", "balanced"]),
        (OWN_RULE.replace("level", "lvel"), &["no-sleep.toml:2:1", "unknown field `lvel`"]),
        (OWN_RULE.replace("[[match.call]]", "[[match.calls]]"), &["no-sleep.toml:7:9", "unknown field `calls`"]),
        (OWN_RULE.replace("\"error\"", "\"fatal\""), &["no-sleep.toml:2:9", "fatal"]),
    ] {
        let case = Case::new(&[(rule, &text), ("app.py", "x = 1\n")]);
        case.run(&["rules", "test"]).refuses(words);
        case.run(&["scan"]).refuses(words);
    }
    let twice = [
        (rule, OWN_RULE),
        (
            ".gate/rules/list.toml",
            &format!("[[rule]]\nid = \"python/no-sleep\"\n{}", OWN_RULE.replace("match", "rule.match")),
        ),
    ];
    Case::new(&twice).run(&["rules", "test"]).refuses(&["python/no-sleep` is already taken by"]);
}

/// A rule about input, with a list of its own: a sink that no list of `gate` has.
const OWN_FLOW: &str = "name = \"Input in a job\"\nlevel = \"error\"\nconfidence = \"high\"\n\
    message = \"`{callee}` is given what comes from {source}\"\nwhy = \"It runs it.\"\nfix = \"Check it.\"\n\
    [match.flow]\ndanger = \"code\"\n";

const OWN_LIST: &str =
    "[[sink]]\ndanger = \"code\"\ncallee = [\"jobs.run\"]\nat = [0]\n[[sanitizer]]\ncallee = [\"jobs.known\"]\n";

const OWN_FLOW_FIXTURE: &str = "import jobs\nfrom flask import request\ndef f(name):\n    # ruleid: python/job\n    \
    jobs.run(request.args['job'])\n    job = request.form['job']\n    # ruleid: python/job\n    jobs.run(job)\n    \
    # ok: python/job\n    jobs.run(jobs.known(job))\n    # ok: python/job\n    jobs.run(name)\n";

#[test]
fn own_lists_add_sources_and_sinks() {
    let (rule, list) = (".gate/rules/python/job.toml", ".gate/rules/flow/python/jobs.toml");
    let fixture = (".gate/rules/python/job.py", OWN_FLOW_FIXTURE);
    let case = Case::new(&[(rule, OWN_FLOW), (list, OWN_LIST), fixture, ("app.py", OWN_FLOW_FIXTURE)]);
    let told = case.run(&["rules", "test"]);
    assert!(told.code == Some(0) && told.out.contains("1 rule in .gate/rules"), "{told:?}");
    let told = case.run(&["scan", "app.py", "--only", "code"]);
    assert!(told.code == Some(1) && told.out.contains("`jobs.run` is given what comes from the request"), "{told:?}");
    for (text, words) in [
        (OWN_LIST.replacen("callee", "calee", 1), &["flow/python/jobs.toml:3:1", "unknown field `calee`"][..]),
        (OWN_LIST.replacen("\"code\"", "\"cod\"", 1), &["flow/python/jobs.toml:2:10", "unknown danger `cod`"]),
    ] {
        let case = Case::new(&[(rule, OWN_FLOW), (list, &text), ("app.py", "x = 1\n")]);
        case.run(&["scan"]).refuses(words);
        case.run(&["rules", "test"]).refuses(words);
    }
}
