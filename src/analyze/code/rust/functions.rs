//! What whole functions do: destructors that panic, checks that check nothing, futures that nobody waits for.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::{RustFile, span_of};
use crate::analyze::{Hit, Sink};
use crate::model::Rule;
use crate::syntax::Function;

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// `unwrap`, `expect` and `panic!` in a destructor.
pub(super) fn drop_panic<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    let syntax = file.syntax;
    for (index, function) in syntax.functions.iter().enumerate() {
        if last(&function.name) != "drop" || !is_destructor(file, function) || file.scene.in_test(function.inner) {
            continue;
        }
        let calls = syntax.calls.iter().filter(|call| call.scope.function == Some(index as u32));
        for call in calls {
            let panics = match syntax.last_name(call.callee) {
                Some("unwrap" | "expect") => !syntax.is_macro(call),
                Some("panic") => syntax.is_macro(call),
                _ => false,
            };
            if panics {
                let callee = syntax.last_name(call.callee).unwrap_or_default();
                sink.report(Hit::new(rule, span_of(syntax, call)).with("callee", callee));
            }
        }
    }
}

/// Whether it is the `drop` of an `impl Drop` and does not look whether a panic is under way.
fn is_destructor<'a>(file: &RustFile<'_, 'a>, function: &Function<'a>) -> bool {
    let syntax = file.syntax;
    let mut around = syntax.around(function.node).filter(|node| node.kind() == "impl_item");
    let implemented = around.next().and_then(|item| item.child_by_field_name("trait"));
    implemented.is_some_and(|name| last(&syntax.text_of(name).replace("::", ".")) == "Drop")
        && !syntax.text_of(function.node).contains("panicking()")
}

/// A certificate verifier that finds every certificate good.
pub(super) fn empty_verifier<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    static GOOD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\{\s*(?:return\s+)?Ok\(\s*(?:\w+::)*(?:Server|Client)CertVerified::assertion\(\)\s*\);?\s*\}$")
            .ok()
    });
    let Some(good) = GOOD.as_ref() else { return };
    for function in &file.syntax.functions {
        let name = last(&function.name);
        if !matches!(name, "verify_server_cert" | "verify_client_cert") || file.scene.in_test(function.inner) {
            continue;
        }
        let Some(body) = function.node.child_by_field_name("body") else { continue };
        let code: Vec<&str> =
            file.syntax.text_of(body).lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        if good.is_match(code.join("\n").trim())
            && let Some(shown) = function.node.child_by_field_name("name")
        {
            sink.report(Hit::new(rule, shown.byte_range()).with("name", name));
        }
    }
}

/// A statement that calls an async function of this file and does nothing with the future.
pub(super) fn future_not_awaited<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    let syntax = file.syntax;
    let mut is_async: HashMap<&str, bool> = HashMap::new();
    for function in &syntax.functions {
        let all = is_async.entry(last(&function.name)).or_insert(true);
        *all &= function.is_async && !is_made_plain(file, function);
    }
    is_async.retain(|_, all| *all);
    if is_async.is_empty() {
        return;
    }
    for call in &syntax.calls {
        let Some(name) = syntax.last_name(call.callee).filter(|name| is_async.contains_key(name)) else { continue };
        let is_own = match syntax.member(call.callee) {
            None => call.arguments.is_some() && syntax.imports.path_of(name).is_none(),
            Some((receiver, _)) => matches!(syntax.text_of(receiver), "self" | "Self"),
        };
        let behind = syntax.text.get(call.node.end_byte()..).unwrap_or_default();
        if !is_own || !behind.starts_with(';') || file.scene.in_test(call.scope) {
            continue;
        }
        if file.parent(call.node).is_some_and(|parent| parent.kind() == "expression_statement") {
            sink.report(Hit::new(rule, call.node.byte_range()).with("callee", name));
        }
    }
}

/// Whether an attribute such as `#[tokio::main]` makes an async function one that waits by itself.
fn is_made_plain<'a>(file: &RustFile<'_, 'a>, function: &Function<'a>) -> bool {
    let mut before = function.node.prev_named_sibling();
    while let Some(attribute) = before.filter(|node| matches!(node.kind(), "attribute_item" | "line_comment")) {
        let text = file.syntax.text_of(attribute);
        if text.starts_with("#[") && (text.contains("main") || text.contains("test")) {
            return true;
        }
        before = attribute.prev_named_sibling();
    }
    false
}

/// `for i in 0..list.len() - 1`, which for an empty list is a loop up to `usize::MAX` or a panic.
pub(super) fn length_underflow<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    static END: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\.\.\s*\(?([\w.]+)\.len\(\)\s*-\s*[0-9]+\)?$").ok());
    let Some(end) = END.as_ref() else { return };
    let syntax = file.syntax;
    for one in &syntax.loops {
        let Some(value) = one.value.filter(|value| value.kind() == "range_expression") else { continue };
        let text = syntax.text_of(value);
        let Some(list) = end.captures(text).and_then(|found| found.get(1)).map(|list| list.as_str()) else { continue };
        if file.scene.in_test(one.scope) {
            continue;
        }
        let before = file.before(one.scope, one.node.start_byte());
        let was_asked = ["is_empty()", "len() <", "len() >", "len() =", "len() !", "push(", "last()", "first()"]
            .iter()
            .any(|question| before.contains(&format!("{list}.{question}")));
        if !was_asked && !before.contains(&format!("match {list}.len()")) {
            sink.report(Hit::new(rule, value.byte_range()).with("name", list));
        }
    }
}
