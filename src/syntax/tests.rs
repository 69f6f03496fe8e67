//! What the walk makes of small texts, in each language.

use std::time::Duration;

use super::{KindSet, Parser, Syntax, Value};
use crate::model::Language;

fn with<T>(language: Language, text: &str, look: impl FnOnce(&Syntax<'_>) -> T) -> T {
    let kinds = KindSet::default();
    let Ok(tree) = Parser::default().parse(language, text, Duration::from_secs(20)) else {
        panic!("not parsed in time");
    };
    look(&tree.index(text, &kinds))
}

fn callees(language: Language, text: &str) -> Vec<String> {
    with(language, text, |syntax| {
        syntax
            .calls
            .iter()
            .map(|call| syntax.resolve_call(call))
            .map(|resolved| if resolved.local { format!("local {}", resolved.path) } else { resolved.path })
            .collect()
    })
}

/// The values of the first arguments of calls of `f`.
fn values(language: Language, text: &str) -> Vec<Value> {
    with(language, text, |syntax| {
        syntax
            .calls
            .iter()
            .filter(|call| syntax.last_name(call.callee) == Some("f"))
            .filter_map(|call| syntax.arguments(call).positional.first().map(|node| syntax.value(*node)))
            .collect()
    })
}

fn measures(language: Language, text: &str) -> Vec<(String, u32, u32, u32, u32)> {
    with(language, text, |syntax| {
        let functions = syntax.functions.iter();
        functions.map(|f| (f.name.clone(), f.cyclomatic, f.cognitive, f.nesting, f.parameters)).collect()
    })
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn built(parts: &[Option<&str>]) -> Value {
    Value::Built(parts.iter().map(|part| part.map(str::to_owned)).collect())
}

#[test]
fn python_names_resolve_through_imports_aliases_and_bindings() {
    let found = callees(
        Language::Python,
        "import subprocess as sp\nfrom os import system as s\nimport os.path\nsp.run(x)\ns(x)\nos.path.join(a)\n\
         eval(x)\ndef run(c): ...\nrun(1)\nc = sp.Popen(x)\nc.wait()\n",
    );
    let expected = [
        "subprocess.run",
        "os.system",
        "os.path.join",
        "eval",
        "local run",
        "subprocess.Popen",
        "subprocess.Popen().wait",
    ];
    assert_eq!(found, expected);
}

#[test]
fn javascript_names_resolve_through_every_kind_of_import() {
    let found = callees(
        Language::TypeScript,
        "import cp from 'node:child_process';\nimport { exec as e } from \"child_process\";\nimport * as fs from 'fs';\n\
         const { readFileSync: r, writeFileSync } = require('fs');\nconst app = express();\n\
         cp.exec(1); e(2); fs.readFile(3); r(4); writeFileSync(5); app.use(6); require('vm').runInNewContext(7); new Function(x);\n\
         function setTimeout() {}\nsetTimeout(1);",
    );
    let expected = [
        "require",
        "express",
        "child_process.exec",
        "child_process.exec",
        "fs.readFile",
        "fs.readFileSync",
        "fs.writeFileSync",
        "express().use",
        "vm.runInNewContext",
        "require",
        "Function",
        "local setTimeout",
    ];
    assert_eq!(found, expected);
}

#[test]
fn rust_names_resolve_through_use_trees() {
    let found = callees(
        Language::Rust,
        "use std::{fs, process::{self, Command as C}};\nfn main() { C::new(\"sh\").arg(\"-c\"); fs::read(x); process::exit(1); \
         dbg!(x); let c = C::new(\"a\"); c.spawn(); String::from_utf8::<u8>(x); }",
    );
    let mut found = found;
    found.sort();
    let mut expected = [
        "std.process.Command.new().arg",
        "std.process.Command.new",
        "std.fs.read",
        "std.process.exit",
        "dbg!",
        "std.process.Command.new",
        "std.process.Command.new().spawn",
        "String.from_utf8",
    ];
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn python_values_fold() {
    let found = values(
        Language::Python,
        "A = 'x'\nf('a' 'b')\nf(A + 'y')\nf(f'a{A}b')\nf(f'a{u}b')\nf('a%s' % u)\nf('a{}'.format(u))\nf('a%s' % A)\nf(u)\n\
         f(None)\nf(-1)\nf([1, 'a'])\nf([u])\nf(a + b)\n",
    );
    let expected = vec![
        text("ab"),
        text("xy"),
        text("axb"),
        built(&[Some(""), Some("a"), None, Some("b")]),
        built(&[Some("a"), None, Some("")]),
        built(&[Some("a"), None, Some("")]),
        text("ax"),
        Value::Dynamic,
        Value::None,
        Value::Integer(-1),
        Value::Constant,
        Value::Dynamic,
        Value::Dynamic,
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_name_that_is_bound_twice_has_no_value() {
    let found = values(Language::Python, "q = 'a'\nq += u\nf(q)\ndef g():\n    w = 'b'\n    f(w)\n    f(z)\nz = 'c'\n");
    assert_eq!(found, [Value::Dynamic, text("b"), text("c")]);
}

#[test]
fn javascript_and_rust_values_fold() {
    let found = values(
        Language::JavaScript,
        "const A = 'x'; f(`a${A}`); f(`a${u}`); f('a' + u); f(!0); f(undefined); f('a'.concat(u)); f({a: 1});",
    );
    let expected = vec![
        text("ax"),
        built(&[Some(""), Some("a"), None]),
        built(&[Some("a"), None]),
        Value::True,
        Value::None,
        built(&[Some("a"), None]),
        Value::Constant,
    ];
    assert_eq!(found, expected);
    let found = values(
        Language::Rust,
        "const A: &str = \"x\"; fn main() { f(A); f(format!(\"a{}b\", u)); f(&format!(\"a{u}\")); f(\"x\".to_string()); f(String::from(\"y\") + u); f(format!(\"z\")); f(r#\"q\"#); }",
    );
    let expected = vec![
        text("x"),
        built(&[Some("a"), None, Some("b")]),
        built(&[Some("a"), None, Some("")]),
        text("x"),
        built(&[Some("y"), None]),
        text("z"),
        text("q"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn python_functions_are_measured() {
    let source = "class A:\n    def m(self, a, b=1, *c):\n        for x in a:\n            if x and b and c or a:\n                return 1\n            elif b:\n                pass\n            else:\n                pass\n        def inner():\n            while True: pass\n        return [y for y in a if y]\n";
    // m: for, if, and ×2, or, elif, for_in, if → 9; cognitive: for 1, if 2, and 1, or 1, elif 1, else 1.
    assert_eq!(
        measures(Language::Python, source),
        [("A.m".to_owned(), 9, 7, 2, 3), ("A.m.inner".to_owned(), 2, 1, 1, 0)]
    );
}

#[test]
fn rust_functions_are_measured() {
    let source = "impl A { fn f(&self, x: u8) -> R { if a && b { } else if c { } else { }  match x { 1 => {} 2 if q => {} _ => {} } let Some(y) = z else { return }; g()?; xs.iter().map(|v| if v { 1 } else { 2 }); loop { } } }";
    // if, &&, else if, three arms less one, a guard, let-else, ?, closure's if = 9 + 1.
    // Cognitive: if 1, && 1, else if 1, else 1, match 1, let-else 1, the closure's if 2 and else 1, loop 1.
    assert_eq!(measures(Language::Rust, source), [("A.f".to_owned(), 10, 10, 2, 1)]);
}

#[test]
fn javascript_functions_are_measured_and_named() {
    let source = "class K { m(a, b) { if (a) { } else if (b) { } else { } } }\nconst g = async (x) => { for (const y of x) { while (y) { } } };\nmodule.exports.h = function () { return a ? b : c ?? d; };\nfoo(() => 1);";
    assert_eq!(
        measures(Language::Tsx, source),
        [
            ("K.m".to_owned(), 3, 3, 1, 2),
            ("g".to_owned(), 3, 3, 2, 1),
            ("h".to_owned(), 3, 1, 1, 0),
            ("(anonymous)".to_owned(), 1, 0, 0, 0),
        ]
    );
}

#[test]
fn functions_and_decisions_in_macros_are_measured() {
    let source = "cfg_rt! { trait T { fn no(&self) -> [u8; 2]; fn yes(&self, a: u8) -> [u8; 2] { if a && b { } } struct S { } } \
         pub async fn g<T: ?Sized>(x: T) where T: for<'a> F<'a> { match x { A => b?, B if c => 1, _ => f(|| 2, &&d) } } }\n\
         fn h() { let t = quote! { if a || b { fn i() { } } }; vec![fn(u8) -> u8, move || 1]; Token![if]; assert!(a || b || c && d) }\n\
         macro_rules! m { ($n:ident) => { fn $n() { $( if $x { } )* match y { $( $x => 1, )* _ => 2 } } } }";
    assert_eq!(
        measures(Language::Rust, source),
        [
            ("yes".to_owned(), 3, 2, 0, 1),
            // Two of three arms, a guard, `?`.
            ("g".to_owned(), 5, 1, 0, 1),
            ("h".to_owned(), 4, 2, 0, 0),
            ("$n".to_owned(), 3, 2, 0, 0),
        ]
    );
}

#[test]
fn many_functions_and_brackets_in_a_macro_take_no_longer_than_they_are_long() {
    let source = format!("m! {{ {} {} }}", "fn a(x: u8) { if x && y { } } ".repeat(20_000), "fn b( (".repeat(20_000));
    let started = std::time::Instant::now();
    let functions = with(Language::Rust, &source, |syntax| syntax.functions.len());
    assert!(functions <= 20_000 && started.elapsed() < Duration::from_secs(60));
}

#[test]
fn scopes_know_loops_handlers_tests_and_async() {
    let found = with(
        Language::Python,
        "@app.get('/x')\nasync def h(q):\n    for i in f0(q):\n        f1()\n    try:\n        f2()\n    except E:\n        f3()\ndef test_a():\n    f4()\n",
        |syntax| {
            let calls = syntax.calls.iter().filter(|call| syntax.text_of(call.callee).starts_with('f'));
            calls
                .map(|call| {
                    let scope = call.scope;
                    (scope.in_loop.is_some(), scope.in_try, scope.in_handler, scope.in_test, syntax.in_async(scope))
                })
                .collect::<Vec<_>>()
        },
    );
    assert_eq!(
        found,
        [
            (false, false, true, false, true),
            (true, false, true, false, true),
            (false, true, true, false, true),
            (false, false, true, false, true),
            (false, false, false, true, false),
        ]
    );
    let in_test = with(
        Language::Rust,
        "fn a() { g(); }\n#[cfg(test)]\nmod tests { fn b() { g(); } }\n#[test]\nfn c() { g(); }\nfn d() { g(); }",
        |syntax| syntax.calls.iter().map(|call| call.scope.in_test).collect::<Vec<_>>(),
    );
    assert_eq!(in_test, [false, true, true, false]);
    let handlers = with(
        Language::JavaScript,
        "app.get('/a', async (req, res) => { g(); }); router.post('/b', (ctx) => { g(); }); xs.map((x) => { g(); }); it('x', () => { g(); });",
        |syntax| {
            let calls = syntax.calls.iter().filter(|call| syntax.text_of(call.callee) == "g");
            calls
                .map(|call| (call.scope.in_handler, call.scope.in_test, syntax.in_async(call.scope)))
                .collect::<Vec<_>>()
        },
    );
    assert_eq!(handlers, [(true, false, true), (true, false, false), (false, false, false), (false, true, false)]);
}

#[test]
fn what_did_not_parse_is_counted_once() {
    let bytes = with(Language::Python, "def f(:\n    x = = 1\n\ny = 2\n", |syntax| syntax.error_bytes);
    assert!(bytes > 0 && bytes <= 26, "{bytes}");
    assert_eq!(with(Language::Python, "x = 1\n", |syntax| syntax.error_bytes), 0);
}

#[test]
fn a_hundred_thousand_brackets_neither_overflow_nor_take_long() {
    let started = std::time::Instant::now();
    for language in Language::ALL {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("if (a) {", "}"), ("a && (", ")"), ("!", "")]
        {
            let text = format!("x = {}1{}", open.repeat(100_000), close.repeat(100_000));
            let kinds = KindSet::default();
            if let Ok(tree) = Parser::default().parse(language, &text, Duration::from_secs(2)) {
                let syntax = tree.index(&text, &kinds);
                let _ = syntax.calls.first().map(|call| syntax.resolve_call(call));
                let _ = syntax
                    .calls
                    .last()
                    .map(|call| syntax.arguments(call).positional.first().map(|node| syntax.value(*node)));
            }
        }
    }
    // Not a measure of speed: what is quadratic in the depth takes hours here.
    assert!(started.elapsed() < Duration::from_secs(300));
}

#[test]
fn a_query_that_starts_at_a_kind_which_is_passed_over_is_tried_everywhere() {
    let text = "import a\nx.y(a.b, (c), 'd')\n";
    let count = |kind: &str| {
        let kinds = KindSet::new([(Language::Python, vec![kind.to_owned()])].into());
        let tree = Parser::default().parse(Language::Python, text, Duration::from_secs(20));
        tree.map(|tree| tree.index(text, &kinds).queried.len()).unwrap_or_default()
    };
    assert_eq!(count("identifier"), 6);
    assert_eq!(count("string_content"), 1);
    assert_eq!(count("expression_statement"), 1);
}
