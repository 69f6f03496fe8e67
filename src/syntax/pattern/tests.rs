#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::*;
use crate::model::CodePattern;
use crate::syntax::{KindSet, Parser};

const MANY: u32 = 1 << 20;

/// The pieces of `code` that `pattern` matches, each with what its metavariables stand for.
fn found(language: Language, pattern: &str, code: &str) -> Vec<(String, String)> {
    let pattern = Pattern::new(language, &CodePattern { text: pattern.to_owned(), at: 0 }).unwrap();
    let kinds = pattern.walked_kinds().into_iter().map(str::to_owned).collect();
    let kinds = KindSet::new(BTreeMap::from([(language, kinds)]));
    let tree = Parser::default().parse(language, code, Duration::from_secs(5)).unwrap();
    let syntax = tree.index(code, &kinds);
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for node in syntax.listed().chain(syntax.queried.iter().copied()) {
        let fits = match pattern.anchor() {
            Anchor::Kinds(kinds) => kinds.contains(&node.kind()),
            Anchor::Call(_) => syntax.calls.iter().any(|call| call.node.id() == node.id()),
        };
        if !fits || seen.contains(&node.id()) {
            continue;
        }
        seen.push(node.id());
        assert!(
            pattern.may_match(code)
                || pattern.matches(&syntax, node, &Bindings::new(), None, &Steps::new(MANY)).is_empty()
        );
        for one in pattern.matches(&syntax, node, &Bindings::new(), None, &Steps::new(MANY)).into_iter().take(1) {
            let bound = one.bindings.iter().map(|(name, nodes)| {
                let texts: Vec<&str> = nodes.iter().map(|node| syntax.text_of(*node)).collect();
                format!("{name}={}", texts.join("|"))
            });
            let bound: Vec<String> = bound.collect();
            found.push((one.span.start, code[one.span].to_owned(), bound.join(" ")));
        }
    }
    found.sort();
    found.into_iter().map(|(_, text, bound)| (text, bound)).collect()
}

#[track_caller]
fn finds(language: Language, pattern: &str, code: &str, texts: &[&str]) {
    let found: Vec<String> = found(language, pattern, code).into_iter().map(|(text, _)| text).collect();
    assert_eq!(found, texts, "{language}: {pattern}\n{code}");
}

#[track_caller]
fn binds(language: Language, pattern: &str, code: &str, bound: &str) {
    let found: Vec<String> = found(language, pattern, code).into_iter().map(|(_, bound)| bound).collect();
    assert_eq!(found, [bound], "{language}: {pattern}\n{code}");
}

use Language::{JavaScript, Python, Rust, Tsx, TypeScript};

#[test]
fn arguments_of_a_call() {
    let shell = "subprocess.run($CMD, ..., shell=True, ...)";
    let code = |call: &str| format!("import subprocess\nON = True\n{call}\n");
    for call in [
        "subprocess.run(c, shell=True)",
        "subprocess.run(c, check=False, shell=True, env={})",
        "subprocess.run(c, 0, shell=True)",
        "subprocess.run((c), # why\n  shell = (True))",
        "subprocess.run(c, shell=ON)",
    ] {
        finds(Python, shell, &code(call), &[call]);
    }
    for call in [
        "subprocess.run(c)",
        "subprocess.run(shell=True)",
        "subprocess.run(c, shell=False)",
        "subprocess.run(*c, shell=True)",
        "subprocess.call(c, shell=True)",
        "x = 'subprocess.run(c, shell=True)'",
    ] {
        finds(Python, shell, &code(call), &[]);
    }
    binds(Python, shell, &code("subprocess.run(a + b, shell=True)"), "CMD=a + b");
    binds(Python, "f($A, $...REST)", "f(1, 2, k=3)", "A=1 REST=2|k=3");
    binds(Python, "f($...REST, k=3)", "f(1, k=3, l=4)", "REST=1|l=4");
    finds(Python, "f($X, k=1)", "f(a, k=1)\nf(a, k=1, l=2)\n", &["f(a, k=1)"]);
    finds(Python, "f()", "f()\nf(1)\n", &["f()"]);
    finds(Python, "f(..., $X, ..., $X, ...)", "f(a, b, c)\nf(a, b, 'x', \"x\", b)\n", &["f(a, b, 'x', \"x\", b)"]);
}

#[test]
fn names_are_what_imports_say() {
    let run = "subprocess.run(...)";
    finds(Python, run, "import subprocess as sp\nsp.run(x)\n", &["sp.run(x)"]);
    finds(Python, run, "from subprocess import run as go\ngo(x)\n", &["go(x)"]);
    finds(Python, run, "from own import subprocess\nsubprocess.run(x)\n", &[]);
    finds(Python, run, "from subprocess import run\nrun(x)\n", &["run(x)"]);
    finds(Python, run, "def run(x): ...\nrun(x)\n", &[]);
    finds(Python, "eval($X)", "eval(x)\n", &["eval(x)"]);
    finds(Python, "eval($X)", "def eval(x): ...\neval(x)\n", &[]);
    finds(Python, "eval($X)", "from safe import eval\neval(x)\n", &[]);
    finds(Python, "eval($X)", "model.eval(x)\n", &[]);
    finds(Python, "app.run(..., debug=True)", "app = Flask(__name__)\napp.run(debug=True)\n", &["app.run(debug=True)"]);
    binds(Python, "requests.$METHOD($URL)", "from requests import get as fetch\nfetch(u)\n", "METHOD=fetch URL=u");
    binds(Python, "requests.$METHOD($URL)", "import requests as r\nr.post(u)\n", "METHOD=post URL=u");
    finds(
        JavaScript,
        "child_process.exec($C, ...)",
        "import { exec as e } from 'child_process';\ne(c, () => 1);\n",
        &["e(c, () => 1)"],
    );
    finds(
        JavaScript,
        "child_process.exec($C)",
        "const cp = require(\"child_process\");\ncp.exec(c);\n",
        &["cp.exec(c)"],
    );
    finds(JavaScript, "child_process.exec($C)", "function exec(c) {}\nexec(c);\nregex.exec(c);\n", &[]);
    finds(
        Rust,
        "std::process::Command::new($X)",
        "use std::process::Command;\nfn f() { Command::new(x); }",
        &["Command::new(x)"],
    );
    finds(
        Rust,
        "Command::new($X)",
        "use std::process::Command;\nfn f() { Command::new(x); Other::new(x); }",
        &["Command::new(x)"],
    );
    finds(
        Python,
        "os.environ",
        "from os import environ\nimport os\nx = os.environ['A']\ny = environ\nz.environ\n",
        &["os.environ", "environ"],
    );
}

#[test]
fn methods_and_metavariables_as_names() {
    binds(Python, "$DB.execute($SQL, ...)", "self.db.execute(q, a)\n", "DB=self.db SQL=q");
    binds(Python, "$F($X).close()", "open(p).close()\n", "F=open X=p");
    binds(JavaScript, "$X.$M($Y)", "a.b?.c(d);\n", "M=c X=a.b Y=d");
    binds(Rust, "$X.unwrap()", "fn f() { g(1)?.unwrap(); }", "X=g(1)?");
    binds(TypeScript, "$X.innerHTML = $Y", "el.innerHTML = a + b;\n", "X=el Y=a + b");
    binds(Python, "def $F(...): ...", "async def get(a, *b, c=1) -> int:\n    return 1\n", "F=get");
    binds(Python, "def $F(..., $P=[], ...): ...", "def f(a, b: list = [], *c):\n    pass\n", "F=f P=b");
    finds(Python, "def $F($P): ...", "def f(): pass\ndef g(a, b): pass\n", &[]);
    binds(
        TypeScript,
        "function $F($A, ...) { ... }",
        "export async function f(a: string, b = 1): void { g(); }\n",
        "A=a F=f",
    );
    binds(Rust, "fn $F($X: $T) { ... }", "pub async fn go(mut a: &str) -> u8 { 1 }", "F=go T=&str X=a");
}

#[test]
fn statements_and_declarations() {
    finds(
        Python,
        "if $X == $X: ...",
        "if a.b == a.b:\n    pass\nelse:\n    x\nif a == b: pass\n",
        &["if a.b == a.b:\n    pass\nelse:\n    x"],
    );
    finds(Python, "$X == $X", "y = f(a == a, a == b, (g(1) == (g( 1 ))))\n", &["a == a", "g(1) == (g( 1 ))"]);
    binds(Python, "$X = open($F)\n...\n$X.close()", "a = 1\nf = open(p)\nread(f)\nf.close()\n", "F=p X=f");
    finds(Python, "$X = open($F)\n...\n$X.close()", "f = open(p)\ng.close()\n", &[]);
    finds(Python, "$X = open($F)\n...\n$X.close()", "h(open(p), 1)\n", &[]);
    finds(
        Python,
        "try: ...\nexcept: pass",
        "try:\n    f()\nexcept ValueError:\n    g()\nexcept:\n    pass\n",
        &["try:\n    f()\nexcept ValueError:\n    g()\nexcept:\n    pass"],
    );
    finds(Python, "except $E: pass", "try:\n    f()\nexcept E:\n    pass\n", &["except E:\n    pass"]);
    finds(
        JavaScript,
        "try { ... } catch ($E) { }",
        "try { f(); g(); } catch (e) { /* no */ } finally { h(); }\n",
        &["try { f(); g(); } catch (e) { /* no */ } finally { h(); }"],
    );
    finds(JavaScript, "try { ... } catch ($E) { }", "try { f(); } catch (e) { g(); }\n", &[]);
    finds(Rust, "let $X = $Y", "fn f() { let a = 1; }", &["let a = 1;"]);
    finds(Python, "x = 1\n# a remark\ny = 2", "x = 1\ny = 2\n", &["x = 1\ny = 2"]);
    binds(Rust, "let $X = $Y.unwrap();", "fn f() { let mut a: u8 = b.c().unwrap(); }", "X=a Y=b.c()");
    finds(Rust, "let $X = $Y.unwrap();", "fn f() { let a = b.unwrap_or(1); }", &[]);
    binds(JavaScript, "for (const $K in $O) { ... }", "for (const k in o) { f(k); g(); }\n", "K=k O=o");
    finds(
        JavaScript,
        "if (...) { ... foo(); ... bar(); }",
        "if (a) { x(); foo(); y(); z(); bar(); }\n",
        &["if (a) { x(); foo(); y(); z(); bar(); }"],
    );
    finds(Rust, "unsafe { ... }", "fn f() { unsafe { g(); h() } }", &["unsafe { g(); h() }"]);
    finds(
        Rust,
        "if let Some($X) = $Y { ... }",
        "fn f() { if let Some(a) = b() { c(a); } }",
        &["if let Some(a) = b() { c(a); }"],
    );
    finds(Python, "return $X", "def f():\n    return a, b\n    return 1\n", &["return a, b", "return 1"]);
    finds(Python, "with open($F) as $H: ...", "with open('a') as f:\n    pass\n", &["with open('a') as f:\n    pass"]);
    finds(
        Python,
        "class $C(Exception): ...",
        "class A(Exception):\n    x = 1\nclass B: pass\n",
        &["class A(Exception):\n    x = 1"],
    );
    finds(
        JavaScript,
        "class $C extends $B { ... }",
        "class A extends B { x = 1; f() {} }\nclass D {}\n",
        &["class A extends B { x = 1; f() {} }"],
    );
    finds(Rust, "match $X { ... }", "fn f() { match a { 1 => 2, _ => 3 } }", &["match a { 1 => 2, _ => 3 }"]);
    finds(
        Rust,
        "impl $T { ... }",
        "impl A { fn f() {} const X: u8 = 1; }\nimpl B for A { }",
        &["impl A { fn f() {} const X: u8 = 1; }"],
    );
    finds(Rust, "struct $S { ... }", "pub struct A { a: u8, b: u8 }", &["pub struct A { a: u8, b: u8 }"]);
}

#[test]
fn decorators_and_attributes() {
    finds(
        Python,
        "@$APP.route(...)\ndef $F(...): ...",
        "@login\n@app.route('/')\ndef f(): pass\n@login\ndef g(): pass\n",
        &["@login\n@app.route('/')\ndef f(): pass"],
    );
    finds(Python, "@app.route(...)", "@app.route('/')\ndef f(): pass\n", &["@app.route('/')"]);
    finds(
        Rust,
        "#[test]\nfn $F() { ... }",
        "#[test]\n#[ignore]\nfn a() { b(); }\nfn c() {}",
        &["#[test]\n#[ignore]\nfn a() { b(); }"],
    );
    finds(Rust, "#[allow(...)]", "#[allow(dead_code, unused)]\nfn a() {}", &["#[allow(dead_code, unused)]"]);
    finds(
        TypeScript,
        "@Injectable() class $C { ... }",
        "@Injectable()\nclass A { x = 1; }\n",
        &["@Injectable()\nclass A { x = 1; }"],
    );
}

#[test]
fn literals_are_equal_by_value() {
    finds(
        Python,
        "f('a')",
        "f(\"a\")\nf('''a''')\nf('b')\nf('a' 'b')\nX = 'a'\nf(X)\n",
        &["f(\"a\")", "f('''a''')", "f(X)"],
    );
    finds(Python, "f(\"...\")", "f('x')\nf(x)\nf(f'{x}')\nf(1)\n", &["f('x')"]);
    finds(
        JavaScript,
        "f('a', 1, null)",
        "f(`a`, 1, null);\nf('a', 1, undefined);\nf('a', 2, null);\n",
        &["f(`a`, 1, null)"],
    );
    finds(JavaScript, "f('it\\'s')", "f(\"it's\");\n", &["f(\"it's\")"]);
    finds(
        Rust,
        "f(\"a\", true, -1)",
        "fn g() { f(r#\"a\"#, true, -1); f(\"a\", false, -1); }",
        &["f(r#\"a\"#, true, -1)"],
    );
    binds(Python, "f\"...{$X}...\"", "y = f'a {b} c'\n", "X=b");
    binds(JavaScript, "`...${$X}...`", "y = `a ${b} c`;\n", "X=b");
    finds(Python, "f(-1)", "f(-1)\nf(1)\n", &["f(-1)"]);
}

#[test]
fn objects_lists_and_elements() {
    let cookie = "$R.cookie($N, $V, { ..., httpOnly: false, ... })";
    finds(
        JavaScript,
        cookie,
        "res.cookie('a', b, { 'httpOnly': false, secure: true });\nres.cookie('a', b, { httpOnly: true });\n",
        &["res.cookie('a', b, { 'httpOnly': false, secure: true })"],
    );
    finds(JavaScript, "{ a: $X }", "f({ a: 1 }, { a: 1, b: 2 });\n", &["{ a: 1 }"]);
    finds(
        Python,
        "{..., 'debug': True, ...}",
        "x = {'a': 1, \"debug\": True}\ny = {'debug': False}\n",
        &["{'a': 1, \"debug\": True}"],
    );
    finds(Python, "[$X]", "f([1], [1, 2], [])\n", &["[1]"]);
    finds(Python, "$X[1:]", "f(a[1:], a[:1], a[1])\n", &["a[1:]"]);
    binds(
        Tsx,
        "<$EL ... dangerouslySetInnerHTML={{ __html: $X }} ... />",
        "const a = <div id=\"b\" dangerouslySetInnerHTML={{ __html: c }} />;\n",
        "EL=div X=c",
    );
    finds(
        Tsx,
        "<a ... target=\"_blank\" ...>...</a>",
        "const a = <a target='_blank' href={x}>b <i>c</i></a>;\n",
        &["<a target='_blank' href={x}>b <i>c</i></a>"],
    );
    finds(
        Rust,
        "Config { verify: false, ... }",
        "fn f() { Config { a: 1, verify: false } }",
        &["Config { a: 1, verify: false }"],
    );
    finds(JavaScript, "($A, ...) => { ... }", "f((a, b) => { c(); });\nf(() => {});\n", &["(a, b) => { c(); }"]);
    finds(JavaScript, "await $X", "async function f() { await g(); }\n", &["await g()"]);
}

#[test]
fn macros_are_tokens() {
    finds(
        Rust,
        "println!(\"...\", ...)",
        "fn f() { println!(\"a\"); println!(\"{}\", b + 1); println!(c); }",
        &["println!(\"a\")", "println!(\"{}\", b + 1)"],
    );
    binds(Rust, "assert_eq!($X, $Y)", "fn f() { assert_eq!(a.b(1), c + 1); }", "X=a|b|(1) Y=c|+|1");
    finds(
        Rust,
        "assert_eq!($X, $X)",
        "fn f() { assert_eq!(a.b, a.b); assert_eq!(a.b, a.c); }",
        &["assert_eq!(a.b, a.b)"],
    );
    finds(Rust, "vec![...]", "fn f() { vec![1, 2]; }", &["vec![1, 2]"]);
    finds(Rust, "todo!()", "fn f() { todo!(); todo!(\"x\"); }", &["todo!()"]);
}

#[test]
fn patterns_that_mean_nothing_are_refused_with_their_place() {
    let fault =
        |language, text: &str| Pattern::new(language, &CodePattern { text: text.to_owned(), at: 0 }).unwrap_err();
    let error = fault(Python, "subprocess.run($CMD, shell=");
    assert!(error.message.contains("`(` has no counterpart") && error.at == 14, "{error:?}");
    assert!(fault(JavaScript, "def f(): pass").message.contains("no valid JavaScript"));
    assert!(fault(TypeScript, "<div />").message.contains("no valid TypeScript"));
    assert!(fault(Rust, "f(\"$X\")").message.contains("stands in a text"));
    for (language, part) in
        [(JavaScript, "x ="), (JavaScript, "export default"), (Python, "@"), (Rust, "let"), (Rust, "a +")]
    {
        assert!(Pattern::new(language, &CodePattern { text: part.to_owned(), at: 0 }).is_err(), "{part}");
    }
    let deep = format!("{}a{}", "f(".repeat(300), ")".repeat(300));
    assert!(fault(Python, &deep).message.contains("nested"));
    let error = fault(Python, "é = f($X)\né = = 1");
    assert_eq!(error.at, "é = f($X)\né ".len() + 2, "{error:?}");
}

/// Patterns with many holes on code that nearly fits: the work is limited, and what is simple stays fast.
#[test]
fn many_holes_are_not_exponential() {
    let code = format!("f({})\n", (0..300).map(|n| format!("a{n}")).collect::<Vec<_>>().join(", "));
    let start = Instant::now();
    finds(Python, &format!("f({}, zz)", vec!["..."; 30].join(", ")), &code, &[]);
    finds(Python, &format!("f({}a299)", "..., $_, ".repeat(20)), &code, &[code.trim()]);
    let same = format!("f({}, $X, $X)", (0..12).map(|n| format!("..., $A{n}")).collect::<Vec<_>>().join(", "));
    finds(Python, &same, &code, &[]);
    let nested = format!("f({}g{})\n", "f(".repeat(200), ")".repeat(200));
    finds(Python, "f(..., f(..., f(..., f(..., h, ...), ...), ...), ...)", &nested, &[]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// A generator that is the same in every run.
fn random(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) as usize) % below
}

/// Whatever is written, it is refused or it works; nothing panics.
#[test]
fn random_patterns_do_no_harm() {
    const PARTS: &[&str] = &[
        "$X", "$_", "...", "$...A", "$", "(", ")", "[", "]", "{", "}", ",", ";", ":", "=", "==", "f", "x", ".", "\n",
        "    ", " ", "\"...\"", "'", "\"", "`", "${", "def ", "fn ", "let ", "if ", "try ", "catch ", "class ", "@",
        "#[", "=>", "->", "é", "🦀", "async ", "1", "True", "null", "<", "/>", "return ", "match ", "!", "&", "*", "|",
        "import ", "::", "?", "case ",
    ];
    const CODES: &[(Language, &str)] = &[
        (
            Python,
            "@d\ndef f(a, b=1):\n    try:\n        x = g(a, *b, k=\"é\")\n    except E as e:\n        return [x, {'a': f'{x}'}]\n",
        ),
        (Rust, "#[a]\nfn f(a: u8) -> u8 { let x = g(a)?; m!(a, b + 1); match x { 1 => { 2 } _ => S { a, b: 1 }.c } }"),
        (JavaScript, "class A { f(a = 1) { try { g(`a${b}`, ...c); } catch { } return { a, b: [1] }; } }"),
        (Tsx, "const f = async (a: string) => <B c={a} d=\"e\">x {await g(a!)} </B>;"),
    ];
    let mut state = 1;
    let mut valid = 0;
    for round in 0..3_000 {
        let length = 1 + random(&mut state, 9);
        let text: String = (0..length).map(|_| PARTS[random(&mut state, PARTS.len())]).collect();
        let (language, code) = CODES[round % CODES.len()];
        let Ok(pattern) = Pattern::new(language, &CodePattern { text: text.clone(), at: 0 }) else { continue };
        valid += 1;
        let kinds = pattern.walked_kinds().into_iter().map(str::to_owned).collect();
        let kinds = KindSet::new(BTreeMap::from([(language, kinds)]));
        let tree = Parser::default().parse(language, code, Duration::from_secs(5)).unwrap();
        let syntax = tree.index(code, &kinds);
        for node in syntax.listed().chain(syntax.queried.iter().copied()) {
            for one in pattern.matches(&syntax, node, &Bindings::new(), None, &Steps::new(MANY)) {
                assert!(code.get(one.span).is_some(), "{text}");
            }
        }
    }
    assert!(valid > 100, "{valid}");
}
