#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::analyze::wanted_kinds;
use crate::model::{Encoding, NotificationKind, SourceFile, Target};
use crate::rulebook::read_rules;
use crate::syntax::{KindSet, Parser};

const HEAD: &str = "name = \"N\"\nlevel = \"error\"\nconfidence = \"high\"\nwhy = \"W\"\nfix = \"F\"\n";

fn rules(group: &str, text: &str) -> RuleSet {
    let message = if text.contains("message =") { "" } else { "message = \"M\"\n" };
    let text = format!("{HEAD}{message}{text}");
    RuleSet::of(read_rules([(format!("{group}/mine.toml").as_str(), text.as_str())]).unwrap())
}

/// Text, message, replacement.
type Told = (String, String, Option<String>);

/// What the rule finds in `code`, in order.
fn hits(path: &str, rule: &str, code: &str) -> (Vec<Told>, Vec<NotificationKind>) {
    let target = Target::at(path);
    let language = target.language.unwrap();
    let group = match language {
        Language::Python => "python",
        Language::Rust => "rust",
        _ => "javascript",
    };
    let rules = rules(group, rule);
    assert!(rules.iter().all(|rule| pattern_fault(rule).is_none() || !rule.languages.contains(&language)));
    let kinds = KindSet::new(wanted_kinds(&rules));
    let tree = Parser::default().parse(language, code, Duration::from_secs(5)).unwrap();
    let syntax = tree.index(code, &kinds);
    let source = SourceFile::new(target, code.to_owned(), Encoding::Utf8);
    let mut sink = Sink::default();
    PatternIndex::new(&rules).run(&Scene::new(&source, &syntax), &mut sink);
    sink.hits.sort_by_key(|hit| hit.span.start);
    let kinds = sink.notifications.iter().map(|one| one.kind).collect();
    (sink.hits.into_iter().map(|hit| (code[hit.span].to_owned(), hit.message, hit.replacement)).collect(), kinds)
}

#[track_caller]
fn finds(path: &str, rule: &str, code: &str, texts: &[&str]) {
    let (found, told) = hits(path, rule, code);
    let found: Vec<&str> = found.iter().map(|(text, ..)| text.as_str()).collect();
    assert_eq!(found, texts, "{rule}\n{code}");
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn conditions_on_metavariables() {
    let code = "import os\nA = 'x'\nos.system('ls')\nos.system(A)\nos.system(b)\nos.system('ls ' + b)\n";
    let rule = |condition: &str| format!("[match]\npattern = \"os.system($C)\"\nwhere.C = {condition}\n");
    finds("a.py", &rule("\"dynamic\""), code, &["os.system(b)", "os.system('ls ' + b)"]);
    finds("a.py", &rule("\"built\""), code, &["os.system('ls ' + b)"]);
    finds("a.py", &rule("{ matches = \"^ls$\" }"), code, &["os.system('ls')"]);
    finds("a.py", &rule("{ one-of = [\"x\"] }"), code, &["os.system(A)"]);
    finds("a.py", &rule("{ text = \"^b$\" }"), code, &["os.system(b)"]);
    finds("a.py", "[match]\npattern = \"f($N)\"\nwhere.N = { at-least = 3 }\n", "f(2)\nf(3)\n", &["f(3)"]);
    let named = "[match]\npattern = \"def $F(...): ...\"\nwhere.F = { matches = \"^get_\" }\nfocus = \"$F\"\n";
    finds("a.py", named, "def get_x(): pass\ndef set_x(): pass\n", &["get_x"]);
    // Every way to match is asked, not only the first.
    let any = "[match]\npattern = \"f(..., $X, ...)\"\nwhere.X = \"dynamic\"\n";
    finds("a.py", any, "f(1, 2, a)\nf(1, 2)\n", &["f(1, 2, a)"]);
    let focused = format!("{any}focus = \"$X\"\n");
    finds("a.py", &focused, "f(1, a, 2, b)\n", &["a", "b"]);
}

#[test]
fn and_or_not() {
    let code = "f(a, k=1)\nf(a)\ng(a)\nh(a)\n";
    finds("a.py", "[match]\npattern = \"f(...)\"\nnot = \"f(..., k=1)\"\n", code, &["f(a)"]);
    finds("a.py", "[match]\nany = [\"f(...)\", \"g(...)\"]\n", code, &["f(a, k=1)", "f(a)", "g(a)"]);
    finds("a.py", "[match]\nall = [\"$F($X)\", { not = [\"f(...)\", \"g(...)\"] }]\n", code, &["h(a)"]);
    finds(
        "a.py",
        "[match]\nall = [\"f(a, ...)\", \"f(..., k=$K)\"]\nwhere.K = { at-most = 1 }\n",
        code,
        &["f(a, k=1)"],
    );
    let nested =
        "[match]\npattern = \"$F($X)\"\nany = [{ where.F = { text = \"^g$\" } }, { where.F = { text = \"^h$\" } }]\n";
    finds("a.py", nested, code, &["g(a)", "h(a)"]);
    // What is bound outside means the same within `not`.
    finds("a.py", "[match]\npattern = \"$X.add($Y)\"\nnot = \"$X.add($X)\"\n", "a.add(b)\na.add(a)\n", &["a.add(b)"]);
}

#[test]
fn inside_code_and_places() {
    let code = "def safe(x):\n    f(x)\n\nfor y in z:\n    f(y)\n\ntry:\n    f(1)\nexcept E:\n    f(2)\n\nwith lock():\n    if a:\n        f(3)\n    else:\n        f(4)\n";
    let rule = |lines: &str| format!("[match]\npattern = \"f($X)\"\n{lines}\n");
    finds("a.py", &rule("inside = \"def safe(...): ...\""), code, &["f(x)"]);
    finds("a.py", &rule("inside = [\"loop\", \"function\"]"), code, &["f(x)", "f(y)"]);
    finds("a.py", &rule("inside = \"try\""), code, &["f(1)"]);
    finds("a.py", &rule("inside = \"with lock(): ...\"\nnot-inside = \"if $C: ...\""), code, &["f(4)"]);
    finds("a.py", &rule("inside = \"for $X in ...: ...\""), code, &["f(y)"]);
    finds("a.py", &rule("not-inside = [\"loop\", \"function\", \"try\", \"with lock(): ...\"]"), code, &["f(2)"]);
    let own = "[match]\npattern = \"return $X\"\ninside = \"def $F(..., $X, ...): ...\"\n";
    finds("a.py", own, "def g(a, b):\n    return b\n\ndef h(a):\n    return c\n", &["return b"]);
    // A call is not inside of itself.
    finds("a.py", &rule("inside = \"f(...)\""), "f(1)\nf(f(2))\n", &["f(2)"]);
}

#[test]
fn messages_and_replacements_are_filled_in() {
    let rule = "message = \"`{X}` and {REST}, {Y}\"\n[match]\npattern = \"f($X, $...REST, y=$Y)\"\nreplacement = \"g($...REST, x=$X)\"\n";
    let (found, _) = hits("a.py", rule, "f('{Y}', 1, 2, y=a)\nf(b, y=c)\n");
    assert_eq!(found[0].1, "`'{Y}'` and 1, 2, a");
    assert_eq!(found[0].2.as_deref(), Some("g(1, 2, x='{Y}')"));
    assert_eq!(found[1].2.as_deref(), Some("g(x=b)"));
    let (found, _) =
        hits("a.rs", "[match]\npattern = \"f($X, $...R)\"\nreplacement = \"g($X, $...R)\"\n", "fn h() { f(a.b); }");
    assert_eq!(found[0].2.as_deref(), Some("g(a.b)"));
}

#[test]
fn every_language_has_its_patterns() {
    let rule = "[match]\npattern = \"$X.innerHTML = $Y\"\nwhere.Y = \"dynamic\"\n";
    for path in ["a.js", "a.ts", "a.tsx"] {
        finds(path, rule, "el.innerHTML = text;\nel.innerHTML = '';\n", &["el.innerHTML = text"]);
    }
    finds(
        "a.rs",
        "[match]\npattern = \"let $X = $Y.unwrap();\"\nnot-inside = \"test\"\n",
        "fn f() { let a = b().unwrap(); }\n#[test]\nfn t() { let a = b().unwrap(); }",
        &["let a = b().unwrap();"],
    );
    let jsx = "languages = [\"javascript\", \"tsx\"]\n[match]\npattern = \"<a ... target={$T} ...>...</a>\"\n";
    finds("a.tsx", jsx, "const x = <a href=\"b\" target={c}>d</a>;", &["<a href=\"b\" target={c}>d</a>"]);
}

#[test]
fn a_name_under_another_name_is_found() {
    let rule = "[match]\npattern = \"subprocess.run(..., shell=True, ...)\"\n";
    finds(
        "a.py",
        rule,
        "from subprocess import run as go\ngo(x, shell=True)\ndef run(*a, **b): ...\nrun(x, shell=True)\n",
        &["go(x, shell=True)"],
    );
}

#[test]
fn what_costs_too_much_is_given_up_and_told() {
    let holes: Vec<String> = (0..14).map(|n| format!("..., $A{n}")).collect();
    let rule = format!("[match]\npattern = \"f({}, ..., $Z, $Z)\"\n", holes.join(", "));
    let names: Vec<String> = (0..200).map(|n| format!("a{n}")).collect();
    let (found, told) = hits("a.py", &rule, &format!("f({})\n", names.join(", ")));
    assert!(found.is_empty());
    assert_eq!(told, [NotificationKind::AnalysisNotRun]);
}

#[test]
fn only_what_needs_it_sends_the_walk_everywhere() {
    for (rule, exhaustive) in [
        ("pattern = \"os.system($X)\"", false),
        ("pattern = \"$F($X)\"", false),
        ("pattern = \"$X.y = $Z\"", false),
        ("pattern = \"if $X == $X: ...\"", false),
        ("pattern = \"def $F(...): ...\"", false),
        ("any = [\"f(...)\", \"try: ...\\nexcept: pass\"]", false),
        ("all = [\"$X + $Y\", \"f(...)\"]", false),
        ("pattern = \"$X == $X\"", true),
    ] {
        let kinds = wanted_kinds(&rules("python", &format!("[match]\n{rule}\n")));
        assert_eq!(KindSet::new(kinds.clone()).is_exhaustive(Language::Python), exhaustive, "{rule}: {kinds:?}");
    }
    let kinds = wanted_kinds(&rules("javascript", "[match]\npattern = \"const $X = require($Y)\"\n"));
    assert!(!KindSet::new(kinds).is_exhaustive(Language::JavaScript));
    assert_eq!(wanted_kinds(&RuleSet::default()), BTreeMap::new());
}
