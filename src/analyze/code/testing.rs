//! Tests that test nothing: without an assertion, or switched off without a word why.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::scene::Scene;
use super::shapes::says_something;
use crate::analyze::{Hit, Sink};
use crate::model::{Confidence, Language, Rule, TargetRole};
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Function, Role, Syntax};

pub struct Testing {
    idle: Vec<Arc<Rule>>,
    disabled: Vec<Arc<Rule>>,
}

/// A word that says that something is compared or may fail, in any part of a name: `assert_eq!`, `self.failUnless`,
/// `expectType`, `checkInvariants`, `t.is`, `pytest.raises`, a snapshot, a benchmark; `?` and `unwrap` fail where they should.
static ASSERTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)assert|expect|should|raise|throw|reject|verif|check|ensure|fail|must|valid|compare|match|snapshot|panic|unwrap|unreachable|\bt\.(?:is|deep|like|true|false|not|pass|plan)|\btest_|bench|skip|todo|abort|\berror|stopTest|timeout|warn|doctest|run_?test|assume|require|compil|prove|lint|crash|regress|does(?:n.t| not)|no exception|smoke|\bcase|returnvalue|equal|conform|roundtrip|round_trip|type_?of|satisfies|@ts-",
    )
    .ok()
});

impl Testing {
    pub fn new(rules: &RuleSet) -> Testing {
        let with = |name: &'static str| rules.with_builtin(name).cloned().collect();
        Testing { idle: with("test-without-assertion"), disabled: with("disabled-test") }
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        // In a file of one line to look at the line before each function would take for ever.
        if !scene.is_written_by_people() {
            return;
        }
        // Files of types are checked by the compiler.
        if !self.idle.is_empty() && !scene.source.target.path.as_str().contains(".test-d.") {
            self.without_assertion(scene, sink);
        }
        if !self.disabled.is_empty() {
            self.disabled(scene, sink);
        }
    }

    fn without_assertion<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let (syntax, Some(asserts)) = (scene.syntax, ASSERTS.as_ref()) else { return };
        for (index, function) in syntax.functions.iter().enumerate() {
            if !is_test(scene, function) {
                continue;
            }
            let text = syntax.text.get(function.start..function.node.end_byte()).unwrap_or_default();
            let body = syntax.child(function.node, Role::Body).map_or(text, |body| syntax.text_of(body));
            // `?` in Rust: an error of what is tested is an error of the test.
            let may_fail = asserts.is_match(body) || syntax.language == Language::Rust && body.contains('?');
            let own = function.name.rsplit('.').next().unwrap_or_default();
            // What it is called may say that nothing is to go wrong.
            let says_so = own.to_ascii_lowercase();
            let says_so =
                ["assert", "crash", "smoke", "import", "error", "not", "dont", "nothing", "panic", "deprecat"]
                    .iter()
                    .any(|word| says_so.contains(word));
            if may_fail
                || says_so
                || asks_elsewhere(scene, function, index)
                || attributes(syntax, function).contains("should_panic")
            {
                continue;
            }
            for rule in &self.idle {
                let name = syntax
                    .child(function.node, Role::Name)
                    .map_or(function.start..function.start + first_line(text), |name| name.byte_range());
                let hit = Hit::new(rule, name).with("name", own).identity(function.name.as_str());
                // In Rust that it compiles and does not panic is often what is asked.
                sink.report(if syntax.language == Language::Rust { hit.at_most(Confidence::Low) } else { hit });
            }
        }
    }

    fn disabled<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let report = |span: Range<usize>, what: &str, sink: &mut Sink| {
            if !is_explained(scene, span.start) {
                for rule in &self.disabled {
                    sink.report(Hit::new(rule, span.clone()).with("what", what));
                }
            }
        };
        if syntax.language.is_javascript_like() {
            for call in &syntax.calls {
                if let Some(span) = skipped_call(syntax, call) {
                    let what = syntax.text_of(call.callee);
                    report(span, what, sink);
                }
            }
            return;
        }
        let marks: &[&str] = if syntax.language == Language::Rust {
            &["#[ignore]"]
        } else {
            &["@pytest.mark.skip", "@pytest.mark.skip()", "@unittest.skip", "@unittest.skip()", "@mark.skip"]
        };
        let needle: &[u8] = if syntax.language == Language::Rust { b"#[ignore]" } else { b".skip" };
        for at in memchr::memmem::find_iter(syntax.text.as_bytes(), needle) {
            let line = scene.source.lines().line_of(at);
            let span = scene.source.lines().line_span(syntax.text, line);
            let text = syntax.text.get(span.clone()).unwrap_or_default();
            let mark = text.trim();
            if marks.contains(&mark) && !syntax.in_comment(at) {
                let start = span.start + (text.len() - text.trim_start().len());
                report(start..start + mark.len(), mark, sink);
            }
        }
    }
}

/// `it.skip("…", () => …)`, `xit(…)`: with a name and a body, so that it is no condition for the tests to come.
fn skipped_call<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>) -> Option<Range<usize>> {
    const SKIPPED: &[&str] = &[
        "it.skip",
        "test.skip",
        "describe.skip",
        "context.skip",
        "suite.skip",
        "xit",
        "xtest",
        "xdescribe",
        "xcontext",
    ];
    let last = syntax.last_name(call.callee)?;
    if !matches!(last, "skip" | "xit" | "xtest" | "xdescribe" | "xcontext")
        || !SKIPPED.contains(&syntax.text_of(call.callee))
    {
        return None;
    }
    let given = syntax.arguments(call).positional;
    let has_name = given.first().is_some_and(|name| matches!(name.kind(), "string" | "template_string"));
    let has_body = given.iter().skip(1).any(|body| matches!(body.kind(), "arrow_function" | "function_expression"));
    (has_name && has_body).then(|| call.callee.byte_range())
}

/// Whether a comment on the line, or on the one above, says why.
fn is_explained(scene: &Scene<'_>, at: usize) -> bool {
    let lines = scene.source.lines();
    let line = lines.line_of(at);
    let comments = &scene.syntax.comments;
    let near = |comment: &Range<usize>| {
        (line.saturating_sub(1)..=line).contains(&lines.line_of(comment.end.saturating_sub(1)))
            || lines.line_of(comment.start) == line
    };
    let first = comments.partition_point(|comment| comment.end + 400 < at);
    comments
        .iter()
        .skip(first)
        .take_while(|comment| comment.start < at + 400)
        .any(|comment| near(comment) && says_something(scene.syntax, comment))
}

fn first_line(text: &str) -> usize {
    text.lines().next().map_or(0, str::len)
}

/// Whether the function itself is a test, rather than a helper of tests.
fn is_test<'a>(scene: &Scene<'a>, function: &Function<'a>) -> bool {
    let syntax = scene.syntax;
    let own = function.name.rsplit('.').next().unwrap_or_default();
    match syntax.language {
        Language::Python => {
            own.starts_with("test_")
                && (scene.source.target.role == TargetRole::Test || function.scope.in_test)
                && function.scope.function.is_none()
                && !decorators(syntax, function).contains("fixture")
        }
        Language::Rust => {
            let attributes = attributes(syntax, function);
            attributes.contains("#[test]") || attributes.contains("#[tokio::test")
        }
        // The callback of `it` and `test`; that of `describe` holds tests.
        _ => {
            let before = syntax.text.get(..function.start).unwrap_or_default();
            let line = before.lines().last().unwrap_or_default();
            let line = line.trim_start();
            function.inner.in_test
                && ["it(", "test("].iter().any(|start| line.starts_with(start))
                && line.trim_end().trim_end_matches("async").trim_end().ends_with(',')
                && line.matches('(').count() == line.matches(')').count() + 1
        }
    }
}

/// The attributes of a Rust function: the lines above it that begin with `#`.
fn attributes<'a>(syntax: &Syntax<'a>, function: &Function<'a>) -> &'a str {
    above(syntax, function, "#")
}

fn decorators<'a>(syntax: &Syntax<'a>, function: &Function<'a>) -> &'a str {
    above(syntax, function, "@")
}

/// The lines right above the function that begin with `mark`, or are comments.
fn above<'a>(syntax: &Syntax<'a>, function: &Function<'a>, mark: &str) -> &'a str {
    let before = syntax.text.get(..function.start).unwrap_or_default();
    let end = before.rfind('\n').map_or(0, |at| at + 1);
    let mut start = end;
    while let Some(text) = before.get(..start.saturating_sub(1)).filter(|_| start > 0) {
        let line = text.rfind('\n').map_or(0, |at| at + 1);
        let is_mark =
            text.get(line..).map(str::trim_start).is_some_and(|line| line.starts_with(mark) || line.starts_with("//"));
        if !is_mark {
            break;
        }
        start = line;
    }
    syntax.text.get(start..function.start).unwrap_or_default()
}

/// Whether it calls something that may assert in its place: a function of this file, a method of the test's class, or a
/// plain function from elsewhere, of which nothing is known.
fn asks_elsewhere<'a>(scene: &Scene<'a>, function: &Function<'a>, index: usize) -> bool {
    let syntax = scene.syntax;
    let range = function.start..function.node.end_byte();
    let first = syntax.calls.partition_point(|call| call.node.start_byte() < range.start);
    let within = syntax.calls.iter().skip(first).take_while(|call| call.node.start_byte() < range.end);
    let own: HashSet<&str> = syntax
        .functions
        .iter()
        .enumerate()
        .filter(|(other, one)| *other != index && !range.contains(&one.start))
        .filter_map(|(_, one)| one.name.rsplit('.').next())
        .collect();
    within.into_iter().any(|call| {
        let Some(name) = syntax.last_name(call.callee) else { return true };
        own.contains(name.trim_end_matches('!')) || may_be_helper(syntax, call)
    })
}

/// `run(…)` of another file, `self.run(…)`, `tester.run(…)`, a macro.
fn may_be_helper<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>) -> bool {
    let text = syntax.text_of(call.callee);
    let is_plain = !text.contains('.') && !text.contains("::");
    let is_made = text.starts_with(|c: char| c.is_uppercase());
    syntax.is_macro(call) && !matches!(text, "println" | "eprintln" | "dbg" | "vec" | "format")
        || text.starts_with("self.")
        || text.starts_with("this.")
        || text.starts_with("cls.")
        || text.to_ascii_lowercase().contains("test")
        || is_plain
            && !is_made
            && !matches!(text, "print" | "len" | "str" | "list" | "dict" | "set" | "int" | "repr" | "range")
}
