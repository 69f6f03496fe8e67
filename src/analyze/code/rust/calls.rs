//! Calls that are right in one place and wrong in another.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::{RustFile, root_of, span_of};
use crate::analyze::Hit;
use crate::analyze::code::loops;
use crate::analyze::code::predicate::{Pattern, Subject};
use crate::model::{Confidence, Place, Rule};
use crate::syntax::{Call, Node, Role, Scope};

/// Option `methods`: which of `unwrap` and `expect` are reported.
pub(super) fn unwrap<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let (receiver, name) = syntax.member(call.callee)?;
    if !rule.list("methods").iter().any(|method| method == name) || !file.in_library(call.scope) {
        return None;
    }
    // A method of somebody's own that is called the same: `syntax.unwrap(node)`.
    let has_argument = call.arguments.is_some_and(|arguments| arguments.named_child_count() > 0);
    if has_argument != name.starts_with("expect") {
        return None;
    }
    let receiver = syntax.unwrap(receiver);
    let text = syntax.text_of(receiver);
    let is_harmless = || file.harmless.is_some_and(|pattern| pattern.is_match(text));
    if is_certain(file, receiver) || was_checked(file, call, text) || is_explained(file, call) || is_harmless() {
        return None;
    }
    let hit = Hit::new(rule, span_of(syntax, call)).with("method", name);
    // What `expect` says is a reason of a kind.
    Some(if name == "expect" { hit.at_most(Confidence::Low) } else { hit })
}

/// What is worked out from literals alone is the same each time: a test would have shown that it fails.
fn is_certain<'a>(file: &RustFile<'_, 'a>, receiver: Node<'a>) -> bool {
    let syntax = file.syntax;
    if receiver.kind() == "macro_invocation" {
        // Writing to a `String` does not fail.
        let text = syntax.text_of(receiver);
        return text.starts_with("write!(") || text.starts_with("writeln!(");
    }
    let Some(callee) = syntax.child(receiver, Role::Callee) else { return false };
    let mut given: Vec<Node<'a>> = Vec::new();
    if callee.kind() == "field_expression" {
        given.extend(syntax.child(callee, Role::Receiver));
    }
    if let Some(arguments) = syntax.child(receiver, Role::Arguments) {
        let mut cursor = arguments.walk();
        given.extend(arguments.named_children(&mut cursor));
    }
    !given.is_empty() && given.iter().all(|node| syntax.value(*node).is_constant())
}

/// Whether the function asked before: `x.is_some()`, `list.is_empty()`, `map.contains_key(…)`.
fn was_checked<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, receiver: &str) -> bool {
    const QUESTIONS: &[&str] =
        &["is_some(", "is_none(", "is_ok(", "is_err(", "is_empty(", "contains_key(", "contains(", "len(", "peek("];
    let root = root_of(receiver);
    let before = file.before(call.scope, call.node.start_byte());
    !root.is_empty()
        && before.match_indices(root).any(|(at, _)| {
            let asked = before[at + root.len()..].strip_prefix('.').unwrap_or_default();
            QUESTIONS.iter().any(|question| asked.starts_with(question))
        })
}

/// A comment beside it, or `# Panics` in the documentation of the function.
fn is_explained<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>) -> bool {
    static WORDS: LazyLock<Pattern> = LazyLock::new(|| Pattern::new("^//[^/!]|^/\\*[^*!]"));
    static PANICS: LazyLock<Pattern> = LazyLock::new(|| Pattern::new("# Panics"));
    file.scene.has_comment(call.node, &WORDS)
        || file.function(call.scope).is_some_and(|function| file.scene.has_comment(function.node, &PANICS))
}

pub(super) fn panic<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let is_const = || {
        let function = file.function(call.scope).map(|function| file.syntax.text_of(function.node));
        function.is_some_and(|text| text.split('(').next().is_some_and(|head| head.contains("const fn")))
    };
    let wrong = file.syntax.is_macro(call) && file.in_library(call.scope) && !is_const() && !is_explained(file, call);
    wrong.then(|| Hit::new(rule, call.node.byte_range()))
}

/// Modules of programs that talk to a person.
const TERMINAL: &[&str] = &[
    "clap",
    "structopt",
    "argh",
    "pico_args",
    "lexopt",
    "bpaf",
    "gumdrop",
    "indicatif",
    "dialoguer",
    "inquire",
    "console",
    "crossterm",
    "termcolor",
    "termion",
    "colored",
    "owo_colors",
    "yansi",
    "anstream",
    "anstyle",
    "comfy_table",
    "rustyline",
    "proc_macro",
    "std.env.args",
];

pub(super) fn print<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    static ASKED: LazyLock<Pattern> = LazyLock::new(|| Pattern::new("(?i)verbose|debug|quiet|print|trace"));
    let is_meant = || {
        TERMINAL.iter().any(|module| syntax.imports.has_module(module))
            || file.scene.is_guarded(call.node, &ASKED)
            || is_explained(file, call)
            || file.function(call.scope).is_some_and(|function| function.name.to_ascii_lowercase().contains("print"))
    };
    (syntax.is_macro(call) && file.in_library(call.scope) && !is_meant())
        .then(|| Hit::new(rule, call.node.byte_range()).with("callee", syntax.text_of(call.callee)))
}

pub(super) fn process_exit<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let is_exit = || syntax.resolve_call(call).path == "std.process.exit";
    let is_meant = || TERMINAL.iter().any(|module| syntax.imports.has_module(module));
    (file.in_library(call.scope) && is_exit() && !is_meant() && !is_explained(file, call))
        .then(|| Hit::new(rule, span_of(syntax, call)).with("callee", syntax.text_of(call.callee)))
}

/// Calls whose failure means that data is lost.
pub(super) const MUST_HANDLE: &[&str] =
    &["write_all", "sync_all", "sync_data", "commit", "persist", "rename", "set_permissions", "copy", "write"];

/// Those of the above that have other meanings as methods.
const ONLY_AS_FUNCTION: &[&str] = &["std.fs.rename", "std.fs.set_permissions", "std.fs.copy", "std.fs.write"];

/// `let _ = file.sync_all();` and `file.sync_all().ok();`
pub(super) fn error_discarded<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    if file.scene.in_test(call.scope) || file.scene.is_script() || is_explained(file, call) {
        return None;
    }
    let name = syntax.last_name(call.callee)?;
    if matches!(name, "rename" | "set_permissions" | "copy" | "write")
        && !ONLY_AS_FUNCTION.contains(&syntax.resolve_call(call).path.as_str())
    {
        return None;
    }
    // At the end of a life nobody is there to be told.
    let function = file.function(call.scope).map_or("", |function| function.name.as_str());
    if function.ends_with(".drop") {
        return None;
    }
    let to_terminal = file.receiver(call).is_some_and(|receiver| {
        let receiver = syntax.text_of(receiver);
        receiver.contains("stderr") || receiver.contains("stdout")
    });
    if to_terminal {
        return None;
    }
    let statement = discarding(file, call.node)?;
    Some(Hit::new(rule, statement).with("callee", name))
}

/// The statement that throws the value of `node` away.
fn discarding<'a>(file: &RustFile<'_, 'a>, node: Node<'a>) -> Option<Range<usize>> {
    let syntax = file.syntax;
    let mut is_ok = false;
    for parent in syntax.around(node) {
        match parent.kind() {
            "await_expression" => {}
            "field_expression" => is_ok = syntax.last_name(parent) == Some("ok"),
            "call_expression" if is_ok => {}
            "expression_statement" if is_ok => return Some(parent.byte_range()),
            "let_declaration" if !is_ok => {
                let pattern = parent.child_by_field_name("pattern")?;
                return (syntax.text_of(pattern) == "_").then(|| parent.byte_range());
            }
            _ => return None,
        }
    }
    None
}

/// `data.len() as u16`: what does not fit is cut off.
pub(super) fn length_cast<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let behind = syntax.text.get(call.node.end_byte()..)?.trim_start().strip_prefix("as ")?;
    let number = behind.trim_start().split(|c: char| !c.is_alphanumeric()).next()?;
    if !matches!(number, "u8" | "u16" | "u32" | "i8" | "i16" | "i32") || file.scene.in_test(call.scope) {
        return None;
    }
    let cast = file.parent(call.node).filter(|parent| parent.kind() == "type_cast_expression")?;
    let receiver = file.receiver(call)?;
    let root = root_of(syntax.text_of(receiver));
    let before = file.before(call.scope, call.node.start_byte());
    let was_compared = || {
        ["::MAX", "try_from(", "MAX_", "_MAX", "assert!(", "LIMIT"].iter().any(|word| before.contains(word))
            || before.contains(&format!("{root}.len() <"))
            || before.contains(&format!("{root}.len() >"))
    };
    // Upper-case names are constants: their length is known.
    let is_fixed = syntax.value(receiver).is_constant() || root.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let hit = || {
        let hit = Hit::new(rule, cast.byte_range()).with("type", number);
        // Few lists have four thousand million elements.
        if number.ends_with("32") { hit.at_most(Confidence::Low) } else { hit }
    };
    (!is_fixed && !was_compared()).then(hit)
}

/// `iter.collect::<Vec<_>>().len()`
pub(super) fn collect_to_count<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let receiver = file.receiver(call)?;
    let callee = syntax.child(receiver, Role::Callee).filter(|callee| callee.kind() == "generic_function")?;
    let generic = callee.child_by_field_name("type_arguments").map(|node| syntax.text_of(node))?;
    (syntax.last_name(callee) == Some("collect") && generic.starts_with("<Vec<") && !file.scene.in_test(call.scope))
        .then(|| Hit::new(rule, span_of(syntax, call)))
}

/// `f(&x.clone())` in a loop: what is only lent need not be copied.
pub(super) fn borrowed_clone<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    call.scope.in_loop?;
    let before = syntax.text.get(..call.node.start_byte())?;
    if !before.ends_with('&') || file.scene.in_test(call.scope) {
        return None;
    }
    let lent = file.parent(call.node).filter(|parent| parent.kind() == "reference_expression")?;
    let taker = syntax.around(lent).nth(1).filter(|node| node.kind() == "call_expression")?;
    let root = |text: &'a str| text.trim_start_matches(['&', '*']).split(['.', '(', '[', ':']).next().unwrap_or(text);
    let own = root(syntax.text_of(call.node));
    // `self.change(&self.name.clone())` copies because `self` is borrowed for the change.
    let is_needed = own == "self" || root(syntax.text_of(taker)) == own;
    (!is_needed).then(|| Hit::new(rule, lent.byte_range()).with("name", own))
}

/// `list.contains(x)` for each element of another collection, where `list` is known to be a `Vec` or a slice.
pub(super) fn list_search_in_loop<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let around = call.scope.in_loop.and_then(|index| syntax.loops.get(index as usize))?;
    let receiver = file.receiver(call).filter(|node| node.kind() == "identifier")?;
    // A constant is short.
    if syntax.text_of(receiver).starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    if file.scene.in_test(call.scope) || !is_list(file, receiver, around.node.byte_range(), call.scope) {
        return None;
    }
    loops::depends_on_data_loop(syntax, call)
        .then(|| Hit::new(rule, span_of(syntax, call)).with("name", syntax.text_of(receiver)))
}

/// Whether `name` is a parameter or a variable of a list type that gets its value outside of the loop.
fn is_list<'a>(file: &RustFile<'_, 'a>, name: Node<'a>, inside: Range<usize>, scope: Scope) -> bool {
    let syntax = file.syntax;
    let text = syntax.text_of(name);
    let is_list_type = |kind: &str| {
        let kind = kind.trim_start_matches(['&', ' ']).trim_start_matches("mut ");
        kind.starts_with("Vec<") || (kind.starts_with('[') && !kind.contains(';'))
    };
    let parameters = file.function(scope).and_then(|function| function.node.child_by_field_name("parameters"));
    if let Some(parameters) = parameters {
        let mut cursor = parameters.walk();
        let own = parameters.named_children(&mut cursor).find(|parameter| {
            parameter.child_by_field_name("pattern").is_some_and(|pattern| syntax.text_of(pattern) == text)
        });
        if let Some(kind) = own.and_then(|parameter| parameter.child_by_field_name("type")) {
            return is_list_type(syntax.text_of(kind));
        }
    }
    let Some(value) = syntax.bound_value(name).filter(|value| !inside.contains(&value.start_byte())) else {
        return false;
    };
    let kind = file.parent(value).and_then(|parent| parent.child_by_field_name("type"));
    match kind {
        Some(kind) => is_list_type(syntax.text_of(kind)),
        None => {
            let value = syntax.text_of(value);
            value.starts_with("Vec::") || value == "vec![]" || value.ends_with(".collect::<Vec<_>>()")
        }
    }
}

const REGEXES: &[&str] = &["regex.Regex.new", "regex.bytes.Regex.new", "fancy_regex.Regex.new", "regex.RegexSet.new"];

/// A constant regex that a function compiles each time that it is called.
pub(super) fn regex_per_call<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    // A program has to compile it once, and a type may do so when it is made.
    static ONCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|\.)(?:main|run|new|default|init|build|compile|setup|from|regex|get)\w*$|_re$|regex$").ok()
    });
    const CACHES: &[&str] =
        &["LazyLock", "Lazy::", "OnceLock", "OnceCell", "get_or_init", "lazy_static", "thread_local"];
    let syntax = file.syntax;
    let function = file.function(call.scope)?;
    let is_constant = || {
        let given = syntax.arguments(call);
        given.positional.first().is_some_and(|pattern| Subject::new(syntax, *pattern).value().is_constant())
    };
    if call.scope.in_loop.is_some()
        || !REGEXES.contains(&syntax.resolve_call(call).path.as_str())
        || file.scene.fits(&[Place::Test, Place::Script], &[], call.node, call.scope)
        || ONCE.as_ref().is_none_or(|once| once.is_match(&function.name))
        || CACHES.iter().any(|cache| syntax.text_of(function.node).contains(cache))
        || !is_constant()
    {
        return None;
    }
    Some(Hit::new(rule, span_of(syntax, call)).with("callee", syntax.text_of(call.callee)))
}
