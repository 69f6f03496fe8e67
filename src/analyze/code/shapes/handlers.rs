//! Handlers that hide what went wrong, and assertions that do more than ask.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::{first_line, has_comment};
use crate::analyze::Hit;
use crate::analyze::code::scene::Scene;
use crate::model::{Confidence, Language, Rule};
use crate::syntax::{Call, Node, Shape};

/// What a handler may do that says nothing of the error: go on, or give a value that stands for nothing.
static NOTHING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?:continue|break|return(?:\s+(?:None|False|True|null|undefined|false|true|-?[0-9]+|""|''|\[\]|\{\}|\(\)))?);?$"#).ok()
});

/// A handler of everything that goes on as if nothing had been. In Python only `Exception` and wider; in JavaScript every
/// `catch` is that wide, and the usual way to ask whether something can be done, so that it is of low confidence.
pub fn swallowed<'a>(scene: &Scene<'a>, shape: &Shape<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let (syntax, node) = (scene.syntax, shape.node);
    let is_python = syntax.language == Language::Python;
    let body = if is_python { last_block(node) } else { node.child_by_field_name("body") }?;
    let text = syntax.text_of(body).trim().trim_start_matches('{').trim_end_matches('}').trim();
    if !NOTHING.as_ref()?.is_match(text) || scene.in_test(shape.scope) || has_comment(syntax, &node.byte_range()) {
        return None;
    }
    let head = syntax.text.get(node.start_byte()..body.start_byte())?;
    let caught = head.trim().trim_start_matches("except").trim().trim_end_matches(':');
    let caught = caught.split(" as ").next().unwrap_or_default().trim();
    // Of a bare `except` there is a rule that says more.
    if is_python && !matches!(caught, "Exception" | "BaseException") {
        return None;
    }
    let does = if text.starts_with("return") { "returns" } else { "goes on" };
    let hit = Hit::new(rule, first_line(syntax, node)).with("does", does);
    Some(if is_python { hit } else { hit.at_most(Confidence::Low) })
}

fn last_block(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() == "block").last()
}

/// Methods that change what they are called on, in any collection of the standard libraries. An iterator that is asked for
/// one more is mostly at its end, and nobody asks it again.
static CHANGES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let methods = "pop|popitem|popleft|append|appendleft|extend|insert|remove|discard|clear|push|pop_front|pop_back|push_back|push_front|setdefault";
    Regex::new(&format!(r"\.(?:{methods})\(|\b\w+ :=")).ok()
});

/// `assert stack.pop() == x` in Python, which `-O` leaves out.
pub fn assert_side_effect<'a>(scene: &Scene<'a>, shape: &Shape<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let what = changes(scene, shape.node.named_child(0)?).filter(|_| !scene.in_test(shape.scope))?;
    let hit = Hit::new(rule, first_line(scene.syntax, shape.node));
    Some(hit.with("what", what).with("left", "`python -O` leaves it out"))
}

/// `debug_assert!(seen.insert(x))` in Rust, which a release build leaves out.
pub fn debug_assert<'a>(scene: &Scene<'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = scene.syntax;
    let is_one = syntax.language == Language::Rust && syntax.text_of(call.callee).starts_with("debug_assert");
    if !is_one || scene.in_test(call.scope) {
        return None;
    }
    let what = changes(scene, call.node)?;
    let hit = Hit::new(rule, first_line(syntax, call.node));
    Some(hit.with("what", what).with("left", "a release build leaves it out"))
}

/// What in the node changes something, as it is written; what stands in text, what is done to a copy and a name that is used in
/// the assertion alone left aside.
fn changes<'a>(scene: &Scene<'a>, node: Node<'a>) -> Option<String> {
    let syntax = scene.syntax;
    let text = syntax.text_of(node);
    let behind = syntax.text.get(node.end_byte()..).unwrap_or_default();
    let found = CHANGES.as_ref()?.find_iter(text).find(|found| {
        let before = text.get(..found.start()).unwrap_or_default();
        let quotes = before.matches('"').count() + before.matches('\'').count();
        let is_copy = ["clone()", "copy()", "iter()", "to_vec()"].iter().any(|copy| before.ends_with(copy));
        let is_unused = found.as_str().strip_suffix(" :=").is_some_and(|name| !behind.contains(name));
        quotes % 2 == 0 && !is_copy && !is_unused && !text.contains("let ")
    })?;
    Some(found.as_str().trim_matches(['.', '(']).to_owned())
}
