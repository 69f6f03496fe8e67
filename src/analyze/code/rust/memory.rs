//! Memory that the compiler no longer watches: values made of nothing, pointers to what is gone.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::{RustFile, root_of, span_of, visit};
use crate::analyze::{Hit, Sink};
use crate::model::{Confidence, Level, Rule};
use crate::syntax::{Call, Node, Role};

/// Types for which not all bits, or not zero, are a value.
static NEVER_ZERO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:&|Box<|Rc<|Arc<|String$|Vec<|NonNull<|NonZero|(?:unsafe )?(?:extern [^ ]+ )?fn\b)").ok()
});

pub(super) fn uninitialized<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    if file.scene.in_test(call.scope) {
        return None;
    }
    let name = syntax.last_name(call.callee)?;
    let hit = || Hit::new(rule, span_of(syntax, call)).with("callee", name);
    let in_mem = |name: &str| {
        let path = syntax.resolve_call(call).path;
        path.strip_suffix(name).is_some_and(|module| matches!(module, "std.mem." | "core.mem."))
    };
    match name {
        "uninitialized" => in_mem(name).then(hit),
        "zeroed" => {
            let kind = wanted_type(file, call, 0)?;
            (NEVER_ZERO.as_ref().is_some_and(|never| never.is_match(kind)) && in_mem(name)).then(hit)
        }
        "assume_init" => {
            let receiver = syntax.unwrap(file.receiver(call)?);
            let made = syntax.child(receiver, Role::Callee)?;
            let text = syntax.text_of(made);
            if syntax.last_name(made) != Some("uninit") || !text.contains("MaybeUninit") {
                return None;
            }
            let kind = text.split_once("::<").map(|(_, kind)| kind);
            match kind.or_else(|| wanted_type(file, call, 0)) {
                // An array of parts that may each be empty is the one thing that needs no value.
                Some(kind) if kind.contains("MaybeUninit") => None,
                Some(_) => Some(hit()),
                None => Some(hit().at_most(Confidence::Low)),
            }
        }
        "set_len" => follows_reservation(file, call).then(hit),
        _ => None,
    }
}

/// The type argument at `index` of the call, or the type of the variable that gets its value.
fn wanted_type<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, index: u32) -> Option<&'a str> {
    let arguments = call.callee.child_by_field_name("type_arguments");
    let argument = arguments.and_then(|arguments| arguments.named_child(index));
    let kind = argument.or_else(|| file.let_of(call.node)?.child_by_field_name("type"))?;
    Some(file.syntax.text_of(kind)).filter(|kind| *kind != "_")
}

/// `let mut v = Vec::with_capacity(n); unsafe { v.set_len(n) };`: nothing was written in between.
fn follows_reservation<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>) -> bool {
    const OWN: &[&str] = &["expression_statement", "unsafe_block", "block"];
    let syntax = file.syntax;
    let Some(receiver) = file.receiver(call) else { return false };
    let name = syntax.text_of(receiver);
    let statements = syntax.around(call.node).take_while(|node| OWN.contains(&node.kind()));
    let before = statements.filter(|node| node.kind() != "block").find_map(|node| {
        let mut before = node.prev_named_sibling();
        while let Some(comment) = before.filter(|node| node.kind().ends_with("_comment")) {
            before = comment.prev_named_sibling();
        }
        before
    });
    let Some(before) = before.map(|before| syntax.text_of(before)) else { return false };
    let declared = before.trim_start_matches("let ").trim_start_matches("mut ");
    let is_own = declared.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', ':', '.']));
    // Of elements that need no value the length may be set.
    let known = if before.contains("::with_capacity(") { before } else { syntax.text };
    let reserves = before.contains("::with_capacity(") || before.contains(&format!("{name}.reserve"));
    is_own && reserves && !known.contains("MaybeUninit")
}

/// Says what a `transmute` does where its types tell.
pub(super) fn transmute<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let path = syntax.resolve_call(call).path;
    let is_transmute = ["std.mem.", "core.mem.", "std.intrinsics."].iter().any(|module| path.starts_with(module));
    if !is_transmute || file.scene.in_test(call.scope) {
        return None;
    }
    let arguments = call.callee.child_by_field_name("type_arguments");
    let from = arguments.and_then(|types| types.named_child(0)).map_or("_", |node| syntax.text_of(node));
    let to = match arguments.and_then(|types| types.named_child(1)) {
        Some(node) => syntax.text_of(node),
        None => wanted_type(file, call, 1).unwrap_or("_"),
    };
    let (kind, level) = kind_of(from, to);
    let callee = syntax.text_of(call.callee).split("::<").next().unwrap_or_default();
    let hit = Hit::new(rule, call.callee.byte_range()).with("callee", callee).with("kind", kind);
    Some(hit.level(level.unwrap_or(rule.level)))
}

/// What is done, and a level of its own where that is never right.
fn kind_of(from: &str, to: &str) -> (&'static str, Option<Level>) {
    let is_number = |name: &str| {
        let digits = name.strip_prefix(['u', 'i', 'f']).unwrap_or_default();
        matches!(digits, "8" | "16" | "32" | "64" | "128" | "size")
    };
    let is_shared = |name: &str| name.starts_with('&') && !name.contains("mut ");
    if is_shared(from) && to.starts_with('&') && to.contains("mut ") {
        return ("makes a shared reference mutable, which is undefined behaviour", Some(Level::Warning));
    }
    if to.contains("'static") {
        return ("makes something live as long as the program that may not", None);
    }
    if matches!(to, "bool" | "char") {
        return ("takes a number for a value that not every number is", None);
    }
    if is_number(from) && (is_number(to) || to.starts_with('[')) || is_number(to) && from.starts_with('[') {
        return ("turns numbers into others, as `to_bits`, `from_ne_bytes` and their like do without it", None);
    }
    if to.contains("fn(") || to.contains("fn (") {
        return ("takes an address for a function of this signature", None);
    }
    ("takes the bits of one type for another", None)
}

/// Calls that make a value which is dropped at the end of the statement.
const TEMPORARIES: &[&str] = &["to_string", "to_owned", "to_vec", "into_bytes"];

/// `let pointer = CString::new(text)?.as_ptr();`
pub(super) fn dangling_pointer<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let bound = file.parent(call.node).filter(|parent| parent.kind() == "let_declaration")?;
    let mut made = syntax.unwrap(file.receiver(call)?);
    for _ in 0..2 {
        let Some(callee) = syntax.child(made, Role::Callee) else { break };
        match syntax.member(callee) {
            Some((receiver, "unwrap" | "expect")) => made = syntax.unwrap(receiver),
            _ => break,
        }
    }
    let is_temporary = if made.kind() == "macro_invocation" {
        ["format!", "vec!"].iter().any(|name| syntax.text_of(made).starts_with(name))
    } else {
        let callee = syntax.child(made, Role::Callee)?;
        let path = syntax.resolve(callee).path;
        matches!(path.as_str(), "std.ffi.CString.new" | "alloc.ffi.CString.new" | "CString.new" | "String.from")
            || (callee.kind() == "field_expression"
                && syntax.last_name(callee).is_some_and(|name| TEMPORARIES.contains(&name)))
    };
    let name = bound.child_by_field_name("pattern").map_or("_", |pattern| syntax.text_of(pattern));
    is_temporary.then(|| Hit::new(rule, span_of(syntax, call)).with("name", name))
}

/// Methods of pointers, and methods that give one.
const POINTER_METHODS: &[&str] =
    &["add", "sub", "offset", "wrapping_add", "wrapping_sub", "byte_add", "as_ptr", "as_mut_ptr", "cast", "cast_mut"];

/// The first dereference of a raw pointer in each `unsafe` block, where it is plain that it is one.
pub(super) fn raw_pointer<'a>(file: &RustFile<'_, 'a>, rule: &Arc<Rule>, sink: &mut Sink) {
    const KEYWORD: &str = "unsafe";
    let syntax = file.syntax;
    let mut seen = 0;
    for (at, _) in syntax.text.match_indices(KEYWORD) {
        if at < seen {
            continue;
        }
        let Some(word) = syntax.root.descendant_for_byte_range(at, at + KEYWORD.len()) else { continue };
        let Some(block) = file.parent(word).filter(|parent| parent.kind() == "unsafe_block") else { continue };
        seen = block.end_byte();
        let scope = syntax.function_at(at).map(|function| function.inner).unwrap_or_default();
        if file.scene.in_test(scope) {
            continue;
        }
        let mut found = None;
        visit(block, |node| {
            if found.is_none() && is_raw_dereference(file, node) {
                found = Some(node);
            }
            found.is_none()
        });
        if let Some(node) = found {
            sink.report(Hit::new(rule, node.byte_range()).with("name", first_line(syntax.text_of(node))));
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn is_raw_dereference<'a>(file: &RustFile<'_, 'a>, node: Node<'a>) -> bool {
    let syntax = file.syntax;
    if node.kind() != "unary_expression" || !syntax.text_of(node).starts_with('*') {
        return false;
    }
    let Some(operand) = node.named_child(0).map(|operand| syntax.unwrap(operand)) else { return false };
    let is_pointer_type = |kind: &str| kind.starts_with("*const") || kind.starts_with("*mut");
    match operand.kind() {
        "type_cast_expression" => {
            operand.child_by_field_name("type").is_some_and(|kind| is_pointer_type(syntax.text_of(kind)))
        }
        "call_expression" => {
            let callee = syntax.child(operand, Role::Callee);
            callee
                .filter(|callee| callee.kind() == "field_expression" || callee.kind() == "generic_function")
                .is_some_and(|callee| syntax.last_name(callee).is_some_and(|name| POINTER_METHODS.contains(&name)))
        }
        "identifier" => is_pointer_name(file, operand, &is_pointer_type),
        _ => false,
    }
}

/// Whether `name` is a parameter or a variable whose type or value is a raw pointer.
fn is_pointer_name<'a>(file: &RustFile<'_, 'a>, name: Node<'a>, is_pointer_type: &dyn Fn(&str) -> bool) -> bool {
    let syntax = file.syntax;
    let text = syntax.text_of(name);
    let typed = |node: Node<'a>| {
        let pattern = node.child_by_field_name("pattern").map(|pattern| syntax.text_of(pattern));
        let is_own = pattern.is_some_and(|pattern| pattern.trim_start_matches("mut ") == text);
        is_own && node.child_by_field_name("type").is_some_and(|kind| is_pointer_type(syntax.text_of(kind)))
    };
    let function = syntax.function_at(name.start_byte());
    let parameters = function.and_then(|function| function.node.child_by_field_name("parameters"));
    if let Some(parameters) = parameters {
        let mut cursor = parameters.walk();
        if parameters.named_children(&mut cursor).any(typed) {
            return true;
        }
    }
    let Some(value) = syntax.bound_value(name) else { return false };
    let cast = Some(value).filter(|value| value.kind() == "type_cast_expression");
    let is_cast = cast.and_then(|cast| cast.child_by_field_name("type")).map(|kind| syntax.text_of(kind));
    let by_type = is_cast.is_some_and(is_pointer_type) || file.parent(value).is_some_and(typed);
    let written = syntax.text_of(value);
    by_type || (root_of(written) != text && (written.ends_with(".as_ptr()") || written.ends_with(".as_mut_ptr()")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transmute_is_named_after_what_it_does() {
        for (from, to, word) in [
            ("&T", "&mut T", "mutable"),
            ("&'a str", "&'static str", "live"),
            ("u8", "bool", "not every"),
            ("u32", "f32", "to_bits"),
            ("*const ()", "extern \"C\" fn(u32)", "function"),
            ("_", "_", "bits of one type"),
        ] {
            assert!(kind_of(from, to).0.contains(word), "{from} {to}");
        }
        assert_eq!(kind_of("&T", "&mut T").1, Some(Level::Warning));
        assert_eq!(kind_of("&mut T", "&mut U").1, None);
    }
}
