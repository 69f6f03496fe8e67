//! Checks of Rust that need more than a name: what stands around a call, what a guard lives across, what a macro is given.
//! Each is a function, found by the last name of a call where it is about calls, so that another one costs nothing.

mod calls;
mod comparisons;
mod functions;
mod memory;
mod tasks;
mod text;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::calls::pattern_option;
use super::predicate::Pattern;
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Function, Node, Scope, Syntax};

/// Looks at one call; a hit of `rule` where it is wrong.
type CallCheck = for<'a> fn(&RustFile<'_, 'a>, &Call<'a>, &Arc<Rule>) -> Option<Hit>;

/// Looks at the whole file.
type FileCheck = for<'a> fn(&RustFile<'_, 'a>, &Arc<Rule>, &mut Sink);

/// Builtin checks of calls, with the last names of the calls that they look at.
const CALL_CHECKS: &[(&str, &[&str], CallCheck)] = &[
    ("rust-unwrap", &["unwrap", "expect"], calls::unwrap),
    ("rust-panic", &["panic"], calls::panic),
    ("rust-print", &["println", "print", "eprintln", "eprint"], calls::print),
    ("rust-process-exit", &["exit"], calls::process_exit),
    ("rust-error-discarded", calls::MUST_HANDLE, calls::error_discarded),
    ("rust-length-cast", &["len"], calls::length_cast),
    ("rust-collect-to-count", &["len", "is_empty"], calls::collect_to_count),
    ("rust-borrowed-clone", &["clone"], calls::borrowed_clone),
    ("rust-list-search-in-loop", &["contains"], calls::list_search_in_loop),
    ("rust-regex-per-call", &["new"], calls::regex_per_call),
    ("rust-lock-across-await", &["lock", "read", "write"], tasks::lock_across_await),
    ("rust-spawned-error-lost", &["spawn"], tasks::spawned_error_lost),
    ("rust-uninitialized", &["uninitialized", "assume_init", "zeroed", "set_len"], memory::uninitialized),
    ("rust-transmute", &["transmute", "transmute_copy"], memory::transmute),
    ("rust-dangling-pointer", &["as_ptr", "as_mut_ptr"], memory::dangling_pointer),
    ("rust-secret-in-log", text::LOG_MACROS, text::secret_in_log),
    ("rust-debug-assert-effect", &["debug_assert", "debug_assert_eq", "debug_assert_ne"], text::debug_assert_effect),
];

/// Builtin checks of files.
const FILE_CHECKS: &[(&str, FileCheck)] = &[
    ("rust-timing-comparison", comparisons::timing),
    ("rust-nan-comparison", comparisons::nan),
    ("rust-owned-comparison", comparisons::owned),
    ("rust-raw-pointer", memory::raw_pointer),
    ("rust-error-swallowed", text::error_swallowed),
    ("rust-drop-panic", functions::drop_panic),
    ("rust-empty-verifier", functions::empty_verifier),
    ("rust-future-not-awaited", functions::future_not_awaited),
    ("rust-length-underflow", functions::length_underflow),
];

pub struct RustRules {
    calls: Vec<(CallCheck, Arc<Rule>)>,
    by_name: HashMap<&'static str, Vec<usize>>,
    files: Vec<(FileCheck, Arc<Rule>)>,
    /// Option `harmless` of `rust-unwrap`: receivers that are not reported.
    harmless: Option<Pattern>,
}

impl RustRules {
    pub fn new(rules: &RuleSet) -> RustRules {
        let harmless = rules.with_builtin("rust-unwrap").find_map(|rule| pattern_option(rule, "harmless"));
        let mut found = RustRules { calls: Vec::new(), by_name: HashMap::new(), files: Vec::new(), harmless };
        for (builtin, names, check) in CALL_CHECKS {
            for rule in rules.with_builtin(builtin) {
                names.iter().for_each(|name| found.by_name.entry(name).or_default().push(found.calls.len()));
                found.calls.push((*check, Arc::clone(rule)));
            }
        }
        for (builtin, check) in FILE_CHECKS {
            found.files.extend(rules.with_builtin(builtin).map(|rule| (*check, Arc::clone(rule))));
        }
        found
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        if syntax.language != Language::Rust {
            return;
        }
        let file = RustFile { scene, syntax, harmless: self.harmless.as_ref(), is_library: OnceCell::new() };
        for call in &syntax.calls {
            let Some(name) = syntax.last_name(call.callee) else { continue };
            for index in self.by_name.get(name).into_iter().flatten() {
                let Some((check, rule)) = self.calls.get(*index) else { continue };
                if let Some(hit) = check(&file, call, rule) {
                    sink.report(hit);
                }
            }
        }
        for (check, rule) in &self.files {
            check(&file, rule, sink);
        }
    }
}

/// One Rust file, with what several checks ask of it.
struct RustFile<'s, 'a> {
    scene: &'s Scene<'a>,
    syntax: &'a Syntax<'a>,
    harmless: Option<&'s Pattern>,
    is_library: OnceCell<bool>,
}

impl<'a> RustFile<'_, 'a> {
    /// Whether others call what stands here: no test, no script, and no file with a `main`.
    fn in_library(&self, scope: Scope) -> bool {
        let is_library = *self.is_library.get_or_init(|| {
            !self.scene.is_script() && !self.syntax.functions.iter().any(|function| function.name == "main")
        });
        is_library && !self.scene.in_test(scope)
    }

    fn function(&self, scope: Scope) -> Option<&'a Function<'a>> {
        scope.function.and_then(|index| self.syntax.functions.get(index as usize))
    }

    /// The text of the function around, from its start up to `at`.
    fn before(&self, scope: Scope, at: usize) -> &'a str {
        let start = self.function(scope).map_or(at, |function| function.start);
        self.syntax.text.get(start..at).unwrap_or_default()
    }

    fn parent(&self, node: Node<'a>) -> Option<Node<'a>> {
        self.syntax.around(node).next()
    }

    /// The receiver of a method call.
    fn receiver(&self, call: &Call<'a>) -> Option<Node<'a>> {
        self.syntax.member(call.callee).map(|(receiver, _)| receiver)
    }

    /// What is bound by the `let` whose value `node` is: its pattern and its type.
    fn let_of(&self, node: Node<'a>) -> Option<Node<'a>> {
        let mut value = node;
        for parent in self.syntax.around(node) {
            match parent.kind() {
                "let_declaration" => return (parent.child_by_field_name("value") == Some(value)).then_some(parent),
                // `let x = unsafe { … };`
                "unsafe_block" | "block" | "parenthesized_expression" | "try_expression" => value = parent,
                _ => return None,
            }
        }
        None
    }
}

/// From the last name of a call over several lines on, else all of it.
fn span_of(syntax: &Syntax<'_>, call: &Call<'_>) -> Range<usize> {
    let callee = call.callee;
    let name = syntax.text_of(callee).rsplit(['.', ':']).next().unwrap_or_default();
    let is_long = callee.start_position().row != callee.end_position().row;
    let start = if is_long { callee.end_byte() - name.len() } else { call.node.start_byte() };
    start..call.node.end_byte()
}

/// The plain names in front of a chain: `self.list` of `self.list.iter().next()`.
fn root_of(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(text.len());
    let root = &text[..end];
    // The last name before a bracket is that of a method.
    match (text[end..].starts_with(['(', ':']), root.rfind('.')) {
        (true, Some(dot)) => &root[..dot],
        _ => root,
    }
}

/// Goes through `node` and what stands in it, in order; `visit` tells whether to look below.
fn visit<'a>(node: Node<'a>, mut visit: impl FnMut(Node<'a>) -> bool) {
    let mut cursor = node.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_a_chain_has_no_methods() {
        for (chain, root) in [
            ("x", "x"),
            ("self.list.iter().next()", "self.list"),
            ("map.get(&key)", "map"),
            ("list[0].name", "list"),
            ("f(x).g()", "f"),
        ] {
            assert_eq!(root_of(chain), root, "{chain}");
        }
    }

    #[test]
    fn each_check_has_a_name_of_its_own() {
        let mut names: Vec<&str> = CALL_CHECKS.iter().map(|(name, ..)| *name).collect();
        names.extend(FILE_CHECKS.iter().map(|(name, _)| *name));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
