//! Where values come from, by small functions that end in `sink(…)`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::lists::Lists;
use super::trace::{Origin, Tracer};
use crate::model::{Language, Matcher};
use crate::rulebook::RuleSet;
use crate::syntax::{KindSet, Parser, Syntax};

/// What the argument of each `sink(…)` in `text` is: `constant`, `unknown`, or the kind of input.
fn origins(language: Language, danger: &str, text: &str) -> Vec<String> {
    let lists = Lists::new(RuleSet::embedded().flow_lists());
    let kinds = KindSet::new(BTreeMap::new());
    let Ok(tree) = Parser::default().parse(language, text, Duration::from_secs(20)) else {
        panic!("not parsed in time");
    };
    let syntax: Syntax<'_> = tree.index(text, &kinds);
    let tracer = Tracer::new(&syntax, &lists);
    let danger = lists.danger_number(danger).expect("a known danger");
    let sinks = syntax.calls.iter().filter(|call| syntax.last_name(call.callee) == Some("sink"));
    sinks
        .map(|call| match tracer.origin(syntax.arguments(call).positional[0], danger) {
            Origin::Constant => "constant".to_owned(),
            Origin::Unknown => "unknown".to_owned(),
            Origin::Input(input) => lists.origin_name(input.origin).to_owned(),
        })
        .collect()
}

fn python(body: &str) -> Vec<String> {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    origins(Language::Python, "sql", &format!("from flask import request\n\ndef f(a, b, n: int):\n{body}"))
}

fn javascript(body: &str) -> Vec<String> {
    origins(Language::JavaScript, "sql", &format!("const A = [1];\nfunction f(req, res, a) {{\n{body}\n}}\n"))
}

fn rust(body: &str) -> Vec<String> {
    let head = "use axum::extract::{Path, Query};\nfn f(Path(p): Path<String>, Query(q): Query<Q>, Path(n): Path<u32>, a: &str)";
    origins(Language::Rust, "sql", &format!("{head} {{\n{body}\n}}\n"))
}

#[test]
fn text_is_as_bad_as_its_worst_part() {
    assert_eq!(
        python("sink('a' + 'b')\nsink(f'{a} b')\nsink('%s' % request.args['x'])"),
        ["constant", "unknown", "request"]
    );
    assert_eq!(python("sink('{}'.format(request.args.get('x')))\nsink(','.join([a, 'b']))"), ["request", "unknown"]);
    assert_eq!(
        javascript("sink('a' + 1);\nsink(`${a}`);\nsink(`a ${req.query.x}`);"),
        ["constant", "unknown", "request"]
    );
    assert_eq!(
        rust("sink(format!(\"a {n}\"));\nsink(format!(\"{} {p}\", a));\nsink(a);"),
        ["constant", "request", "unknown"]
    );
}

#[test]
fn the_last_value_counts() {
    assert_eq!(python("x = request.args['x']\nsink(x)\nx = 'b'\nsink(x)"), ["request", "constant"]);
    assert_eq!(python("x = 'a'\nif a:\n    x = request.args['x']\nsink(x)"), ["request"]);
    assert_eq!(python("x = request.args['x']\nif a:\n    x = 'a'\nelse:\n    x = 'b'\nsink(x)"), ["constant"]);
    assert_eq!(python("x = 'a'\nif a:\n    x = request.args['x']\n    return x\nsink(x)"), ["constant"]);
    assert_eq!(python("if a:\n    x = request.args['x']\nelse:\n    x = 'b'\n    sink(x)"), ["constant"]);
    assert_eq!(python("x = 'a'\nx += request.args['x']\nsink(x)"), ["request"]);
    assert_eq!(javascript("let x = req.query.x;\nx = 'a';\nsink(x);"), ["constant"]);
    assert_eq!(rust("let mut s = String::new();\ns.push_str(&q.name);\nsink(&s);"), ["request"]);
}

#[test]
fn what_is_taken_apart_stays_input() {
    assert_eq!(python("x, y = request.args['x'], 'b'\nsink(x)\nsink(y)"), ["request", "constant"]);
    assert_eq!(python("for x in request.args.getlist('x'):\n    sink(x.strip())"), ["request"]);
    assert_eq!(python("sink([x for x in request.form.values()])"), ["request"]);
    assert_eq!(python("d = {}\nd['x'] = request.args['x']\nsink(d['y'])"), ["request"]);
    assert_eq!(javascript("const { x, y: { z } } = req.body;\nsink(x);\nsink(z);"), ["request", "request"]);
    assert_eq!(javascript("const { query } = req;\nsink(query.x);"), ["request"]);
    assert_eq!(javascript("req.body.list.forEach((x) => sink(x.name));"), ["request"]);
    assert_eq!(rust("if let Some(x) = q.name.as_deref() { sink(x); }"), ["request"]);
}

#[test]
fn numbers_and_sanitized_values_are_harmless() {
    assert_eq!(python("sink(int(request.args['x']))\nsink(n)\nsink(len(request.args))"), ["constant"; 3]);
    assert_eq!(javascript("sink(Number(req.query.x));\nsink(req.query.x.length);"), ["constant"; 2]);
    assert_eq!(rust("sink(p.parse::<u32>().unwrap());\nsink(n);\nsink(p.len());"), ["constant"; 3]);
    // A sanitizer removes one kind of danger.
    let text = "import shlex\nfrom flask import request\ndef f():\n    sink(shlex.quote(request.args['x']))\n";
    assert_eq!(origins(Language::Python, "shell", text), ["constant"]);
    assert_eq!(origins(Language::Python, "path", text), ["unknown"]);
}

#[test]
fn conditions_make_values_harmless() {
    assert_eq!(python("x = request.args['x']\nif x not in ('a', 'b'):\n    return\nsink(x)"), ["constant"]);
    assert_eq!(python("x = request.args['x']\nif x in ('a', 'b'):\n    sink(x)\nsink(x)"), ["constant", "request"]);
    assert_eq!(python("x = request.args['x']\nif not x:\n    return\nsink(x)"), ["request"]);
    assert_eq!(python("x = request.args['x']\nif x == 'a':\n    sink(x)"), ["constant"]);
    assert_eq!(python("x = request.args['x']\ncheck_name(x)\nsink(x)"), ["unknown"]);
    assert_eq!(python("x = request.args['x']\nif is_bad(x):\n    x = 'a'\nsink(x)"), ["unknown"]);
    assert_eq!(python("x = request.args['x']\nsink(x if x in ALLOWED else 'a')"), ["constant"]);
    assert_eq!(javascript("const x = req.query.x;\nif (!A.includes(x)) return;\nsink(x);"), ["constant"]);
    assert_eq!(javascript("const x = req.query.x;\nif (A.includes(x)) return;\nsink(x);"), ["unknown"]);
    assert_eq!(
        javascript("A.includes(req.query.x) && sink(req.query.x);\nsink(req.query.x);"),
        ["constant", "request"]
    );
    // What is asked about one part says nothing about the others.
    assert_eq!(
        python("d = request.get_json()\nif d['x'] not in ALLOWED:\n    return\nsink(d['x'])\nsink(d['y'])"),
        ["constant", "request"]
    );
    assert_eq!(rust("if !A.contains(&p.as_str()) { return; }\nsink(&p);"), ["constant"]);
    assert_eq!(rust("let x = match p.as_str() { \"a\" => \"b\", _ => return };\nsink(x);"), ["constant"]);
}

#[test]
fn own_functions_are_followed_one_step() {
    let text = "from flask import request\ndef clean(x):\n    return 'a'\ndef wrap(x):\n    return '<' + x + '>'\n\
                def f(a):\n    sink(wrap(request.args['x']))\n    sink(wrap('b'))\n    sink(clean(request.args['x']))\n";
    assert_eq!(origins(Language::Python, "sql", text), ["request", "constant", "constant"]);
}

#[test]
fn names_that_only_look_alike_are_none() {
    let text = "from shop import request\ndef f(a):\n    sink(request.args['x'])\n";
    assert_eq!(origins(Language::Python, "sql", text), ["unknown"]);
    let text = "from flask import request\ndef g():\n    x = request.args['x']\n    return x\ndef f(x):\n    sink(x)\n";
    assert_eq!(origins(Language::Python, "sql", text), ["unknown"]);
    let text = "const http = require('http');\nfunction f(a) { const req = http.request(a); sink(req.query.x); }\n";
    assert_eq!(origins(Language::JavaScript, "sql", text), ["unknown"]);
    let text = "from flask import request as asked\ndef f():\n    sink(asked.args['x'])\n";
    assert_eq!(origins(Language::Python, "sql", text), ["request"]);
}

#[test]
fn the_beginning_of_an_address_decides() {
    let of = |value: &str| {
        let text = format!("const B = 'https://example.com';\nfunction f(req, res, base) {{ sink({value}); }}\n");
        origins(Language::JavaScript, "url", &text).remove(0)
    };
    assert_eq!(of("'https://example.com/' + req.query.x"), "constant");
    assert_eq!(of("`https://${req.query.x}/a`"), "request");
    assert_eq!(of("`${B}/a/${req.query.x}`"), "constant");
    assert_eq!(of("`${base}/a/${req.query.x}`"), "unknown");
    assert_eq!(of("'https://example.com' + req.query.x"), "request");
    assert_eq!(of("'/a/' + req.query.x"), "constant");
    assert_eq!(of("'/' + req.query.x"), "request");
}

/// Long functions, long chains and a great many sinks cost what they are long, and no square of it.
#[test]
fn large_files_are_done_in_time() {
    let mut chain = String::from("from flask import request\ndef f():\n    x0 = request.args['x']\n");
    for i in 1..4000 {
        chain.push_str(&format!("    x{i} = x{} + 'a'\n    sink(x{i})\n", i - 1));
    }
    let mut same = String::from("from flask import request\ndef f(a):\n    x = 'a'\n");
    for i in 0..4000 {
        same.push_str(&format!("    if a == {i}:\n        x = x + request.args['x']\n    sink(x)\n"));
    }
    let nested = format!("def f(a):\n    sink({}a{})\n", "(a + ".repeat(2000), ")".repeat(2000));
    for text in [chain, same, nested] {
        let start = Instant::now();
        origins(Language::Python, "sql", &text);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?} for {} bytes", start.elapsed(), text.len());
    }
}

/// A rule without a sink finds nothing, and a sink without a rule is looked for in vain.
#[test]
fn every_rule_has_sinks_and_every_sink_a_rule() {
    let rules = RuleSet::embedded();
    let dangers = |language: Language| {
        let flows = rules.iter().filter(|rule| rule.languages.contains(&language));
        let flows = flows.filter_map(|rule| match &rule.matcher {
            Matcher::Flow(flow) => Some(flow.danger.clone()),
            _ => None,
        });
        flows.collect::<BTreeSet<String>>()
    };
    let lists = rules.flow_lists();
    for language in [Language::Python, Language::JavaScript, Language::TypeScript, Language::Rust] {
        let of_language = lists.iter().filter(|list| list.languages.contains(&language));
        let sinks: BTreeSet<String> =
            of_language.flat_map(|list| list.sinks.iter().map(|sink| sink.danger.clone())).collect();
        assert!(sinks.len() > 5);
        assert_eq!(sinks, dangers(language), "{language}");
    }
}
