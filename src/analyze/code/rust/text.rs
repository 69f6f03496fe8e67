//! What the grammar has as tokens only, and what is quicker found as text.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::RustFile;
use crate::analyze::code::predicate::Pattern;
use crate::analyze::{Hit, Sink};
use crate::model::Rule;
use crate::syntax::{Call, Node};

/// Macros that write for people to read.
pub(super) const LOG_MACROS: &[&str] =
    &["trace", "debug", "info", "warn", "error", "log", "event", "println", "eprintln", "print", "eprint"];

static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^(?:\w+_)?(?: password | passwd | passphrase | client_secret | secret_key | private_key | api_?key
        | (?:access|auth|session|bearer|refresh|api)_token | jwt_secret | secret_access_key )$",
    )
    .ok()
});

fn is_secret(name: &str) -> bool {
    // What is said about a secret is none.
    const ABOUT: &[&str] = &["no_", "has_", "is_", "need", "invalid", "missing", "wrong", "public", "reset_password"];
    SECRET.as_ref().is_some_and(|secret| secret.is_match(name)) && !ABOUT.iter().any(|word| name.starts_with(word))
}

/// A secret among the arguments of a log macro, whole.
pub(super) fn secret_in_log<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    if !file.syntax.is_macro(call) || file.scene.in_test(call.scope) {
        return None;
    }
    let mut cursor = call.node.walk();
    let tokens = call.node.children(&mut cursor).find(|child| child.kind() == "token_tree")?;
    let mut cursor = tokens.walk();
    let children: Vec<Node<'a>> = tokens.children(&mut cursor).collect();
    let text = |node: Option<&Node<'a>>| node.map_or("", |node| file.syntax.text_of(*node));
    for (at, token) in children.iter().enumerate() {
        let found = match token.kind() {
            // The name of a field of a record stands before `=`, a method or path goes on.
            "identifier" => {
                let next = text(children.get(at + 1));
                let is_value = matches!(next, "," | ")" | "]" | "}" | "");
                let name = text(Some(token));
                (is_value && is_secret(name)).then_some(name)
            }
            "string_literal" => written_names(text(Some(token))).find(|name| is_secret(name)),
            _ => None,
        };
        if let Some(name) = found {
            let callee = file.syntax.text_of(call.callee);
            return Some(Hit::new(rule, call.node.byte_range()).with("callee", callee).with("name", name));
        }
    }
    None
}

/// `name` of each `{name}` and `{name:?}` in a format string.
fn written_names(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next()).map(str::trim)
}

/// An assertion that only debug builds evaluate changes something.
pub(super) fn debug_assert_effect<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    static EFFECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x)\.(insert|remove|push|pop|push_back|push_front|pop_back|pop_front|send|recv|swap_remove|append
            |drain|retain|clear|truncate|fetch_add|fetch_sub|compare_exchange|write_all|read_exact|flush)\s*\(",
        )
        .ok()
    });
    if !file.syntax.is_macro(call) || file.scene.in_test(call.scope) {
        return None;
    }
    let text = file.syntax.text_of(call.node);
    let effect = EFFECT.as_ref()?.captures(text)?.get(1)?;
    // What is made on the spot may be used up.
    const FRESH: &[&str] = &["clone()", "iter()", "::new()", "into_iter()", "to_vec()", "to_owned()"];
    let before = text.get(..effect.start())?;
    (!FRESH.iter().any(|made| before.contains(made)))
        .then(|| Hit::new(rule, call.node.byte_range()).with("method", effect.as_str()))
}

/// `Err(_) => {}`: an arm that does nothing and says nothing.
pub(super) fn error_swallowed<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    static ARM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\bErr\(_(?:e|err|error|ignored)?\)\s*=>\s*(?:\{\s*\}|\(\))[ \t]*,?[ \t]*(?:\n|\}|$)").ok()
    });
    static ANY: LazyLock<Pattern> = LazyLock::new(|| Pattern::new("^//[^/!]|^/\\*"));
    let Some(arm) = ARM.as_ref().filter(|_| file.syntax.text.contains("Err(_")) else { return };
    for found in arm.find_iter(file.syntax.text) {
        let start = found.start();
        let Some(name) = file.syntax.root.descendant_for_byte_range(start, start + 3) else { continue };
        let Some(node) = file.syntax.around(name).take(4).find(|node| node.kind() == "match_arm") else { continue };
        // Other errors were looked at before.
        let mut before = node.prev_named_sibling();
        while let Some(comment) = before.filter(|node| node.kind().ends_with("_comment")) {
            before = comment.prev_named_sibling();
        }
        let before = before.map_or("", |arm| file.syntax.text_of(arm));
        if before.starts_with("Err(") || before.starts_with("Ok(Err(") {
            continue;
        }
        let scope = file.syntax.function_at(start).map(|function| function.inner).unwrap_or_default();
        if !file.scene.in_test(scope) && !file.scene.has_comment(node, &ANY) {
            sink.report(Hit::new(rule, node.byte_range()));
        }
    }
}
