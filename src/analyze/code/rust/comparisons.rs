//! `==` and `!=`, which no list of the walk holds: found in the text, judged in the tree.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::RustFile;
use crate::analyze::{Hit, Sink};
use crate::model::Rule;
use crate::syntax::{Node, Role};

/// One comparison.
struct Comparison<'a> {
    node: Node<'a>,
    left: Node<'a>,
    right: Node<'a>,
}

/// In bytes: how far from the operator a word must stand for the comparison to be worth a look.
const NEAR: usize = 80;

/// The comparisons outside of tests that have one of `words` nearby.
fn comparisons<'a>(file: &RustFile<'_, 'a>, words: &'static Regex) -> Vec<Comparison<'a>> {
    let syntax = file.syntax;
    let bytes = syntax.text.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr_iter(b'=', bytes) {
        let is_comparison = at > 0 && matches!(bytes.get(at - 1), Some(b'=' | b'!'));
        if !is_comparison {
            continue;
        }
        let boundary = |at: usize| (0..=at).rev().find(|at| syntax.text.is_char_boundary(*at)).unwrap_or(0);
        let window = boundary(at.saturating_sub(NEAR))..boundary((at + NEAR).min(bytes.len()));
        if !syntax.text.get(window).is_some_and(|window| words.is_match(window)) {
            continue;
        }
        let Some(operator) = syntax.root.descendant_for_byte_range(at - 1, at + 1) else { continue };
        let Some(node) = file.parent(operator).filter(|node| node.kind() == "binary_expression") else { continue };
        let scope = syntax.function_at(at).map(|function| function.inner).unwrap_or_default();
        let sides = node.child_by_field_name("left").zip(node.child_by_field_name("right"));
        if let Some((left, right)) = sides.filter(|_| !file.scene.in_test(scope)) {
            found.push(Comparison { node, left: syntax.unwrap(left), right: syntax.unwrap(right) });
        }
    }
    found
}

/// Names of values that someone may try to guess byte by byte.
static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(?:^|_)(?: password | passwd | secret | hmac | api_?key | secret_?key
        | (?:access|auth|session|csrf|xsrf|bearer|refresh|reset|api|admin)_?token )$",
    )
    .ok()
});

/// Those that mean it only where keys are at work, or requests.
const SIGNATURES: (&[&str], &[&str]) =
    (&["signature", "mac", "tag", "expected_signature"], &["hmac", "ring", "hex", "sha2"]);
const TOKENS: (&[&str], &[&str]) = (&["token"], &["axum", "actix_web", "rocket", "warp", "poem", "tide", "salvo"]);

/// Names of what a person typed twice.
const TYPED: &[&str] = &["confirm", "repeat", "again", "new_", "old_", "verify_", "previous", "second"];

pub(super) fn timing<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    static WORDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?i)token|secret|hmac|passw|api_?key|signature|mac|tag").ok());
    let Some(words) = WORDS.as_ref() else { return };
    for one in comparisons(file, words) {
        let (left, right) = (name_of(file, one.left), name_of(file, one.right));
        let secret = [left, right].into_iter().flatten().find(|name| is_secret(file, name));
        let Some(name) = secret else { continue };
        let is_typed = [left, right].into_iter().flatten().any(|name| {
            let name = name.to_ascii_lowercase();
            name.ends_with('2') || TYPED.iter().any(|word| name.contains(word))
        });
        let is_plain = [one.left, one.right].into_iter().any(|side| {
            file.syntax.value(side).is_constant()
                || matches!(side.kind(), "scoped_identifier" | "struct_expression" | "tuple_expression")
                || file.syntax.last_name(side) == Some("None")
                || file.syntax.text_of(side).starts_with(|c: char| c.is_ascii_uppercase())
        });
        let in_equality = file.syntax.function_at(one.node.start_byte()).is_some_and(|function| {
            function.name == "eq" || function.name.ends_with(".eq") || function.name.contains("constant")
        });
        if !is_typed && !is_plain && !in_equality {
            sink.report(Hit::new(rule, one.node.byte_range()).with("name", name));
        }
    }
}

fn is_secret(file: &RustFile<'_, '_>, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let only_with = |(names, modules): (&[&str], &[&str])| {
        names.contains(&lower.as_str()) && modules.iter().any(|module| file.syntax.imports.has_module(module))
    };
    SECRET.as_ref().is_some_and(|secret| secret.is_match(name)) || only_with(SIGNATURES) || only_with(TOKENS)
}

/// The name of a value, without what only changes its type.
fn name_of<'a>(file: &RustFile<'_, 'a>, node: Node<'a>) -> Option<&'a str> {
    const SAME: &[&str] =
        &["as_bytes", "as_str", "as_ref", "as_slice", "to_string", "to_owned", "clone", "trim", "unwrap", "into_bytes"];
    let syntax = file.syntax;
    let mut node = node;
    for _ in 0..4 {
        if node.kind() == "unary_expression" {
            node = syntax.unwrap(node.named_child(0)?);
            continue;
        }
        let Some(callee) = syntax.child(node, Role::Callee) else { break };
        match syntax.member(callee) {
            Some((receiver, name)) if SAME.contains(&name) => node = syntax.unwrap(receiver),
            _ => return None,
        }
    }
    syntax.last_name(node)
}

/// `x == f64::NAN`, which never holds.
pub(super) fn nan<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bNAN\b").ok());
    let Some(words) = WORDS.as_ref().filter(|_| file.syntax.text.contains("NAN")) else { return };
    for one in comparisons(file, words) {
        let is_nan = |node: Node<'a>| {
            let text = file.syntax.text_of(node);
            matches!(text.rsplit("::").next(), Some("NAN"))
                && (text.starts_with("f32") || text.starts_with("f64") || text.contains("::f"))
        };
        if is_nan(one.left) || is_nan(one.right) {
            let is_equal = file.syntax.text_of(one.node).contains("==");
            let always = if is_equal { "never" } else { "always" };
            sink.report(Hit::new(rule, one.node.byte_range()).with("always", always));
        }
    }
}

/// `name == "x".to_string()`, which allocates to compare.
pub(super) fn owned<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    static WORDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#""\.(?:to_string|to_owned|into)\(\)|String::from\("#).ok());
    let Some(words) = WORDS.as_ref() else { return };
    for one in comparisons(file, words) {
        let is_copy = |node: Node<'a>| {
            let Some(callee) = file.syntax.child(node, Role::Callee) else { return false };
            let literal = |node: Option<Node<'a>>| node.is_some_and(|node| node.kind().ends_with("string_literal"));
            match file.syntax.member(callee) {
                Some((receiver, "to_string" | "to_owned")) => literal(Some(receiver)),
                Some((receiver, "from")) => {
                    let given = file.syntax.child(node, Role::Arguments).and_then(|given| given.named_child(0));
                    file.syntax.text_of(receiver) == "String" && literal(given)
                }
                _ => false,
            }
        };
        if is_copy(one.left) || is_copy(one.right) {
            sink.report(Hit::new(rule, one.node.byte_range()));
        }
    }
}
