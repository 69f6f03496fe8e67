//! Functions made in a loop that look at the loop's variable when they run, which is after the loop.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Check, MOST, has_word, loop_at, node_at};
use crate::analyze::Sink;
use crate::analyze::code::loops::names_in;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Function, Loop, Node, Role, Syntax};

pub struct Closures {
    late: Check,
}

static LAMBDA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("lambda"));

/// Methods that keep the function they are given for later.
const KEEPERS: &[&str] = &[
    "append",
    "insert",
    "add",
    "setdefault",
    "connect",
    "after",
    "bind",
    "add_callback",
    "add_done_callback",
    "call_later",
    "call_soon",
    "register",
    "subscribe",
    "submit",
    "addCleanup",
    "apply_async",
];

/// Parameters that take a function to be called later.
const CALLBACKS: &[&str] = &["command", "callback", "on_click", "handler"];

impl Closures {
    pub fn new(rules: &RuleSet) -> Closures {
        Closures { late: Check::new(rules, "python-late-binding") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        if self.late.0.is_empty() || syntax.loops.is_empty() {
            return;
        }
        for at in LAMBDA.find_iter(syntax.text.as_bytes()).take(MOST) {
            let Some(around) = loop_at(syntax, at) else { continue };
            let keyword = node_at(syntax, at..at + LAMBDA.needle().len());
            let Some(lambda) = keyword.and_then(|keyword| syntax.around(keyword).next()) else { continue };
            if lambda.kind() == "lambda"
                && !scene.in_test(around.scope)
                && let Some(name) = late_name(syntax, around, lambda)
                && is_kept(syntax, lambda)
            {
                self.late.report_name(&lambda.byte_range(), name, sink);
            }
        }
        for function in &syntax.functions {
            let around = function.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
            if let Some(around) = around
                && !scene.in_test(around.scope)
                && let Some(name) = late_name(syntax, around, function.node)
                && is_function_kept(syntax, around, function)
                && let Some(shown) = syntax.child(function.node, Role::Name)
            {
                self.late.report_name(&shown.byte_range(), name, sink);
            }
        }
    }
}

/// The loop's variable that `function` looks up when it runs.
fn late_name<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, function: Node<'a>) -> Option<&'a str> {
    let names = names_in(syntax, around.target?);
    let body = syntax.text_of(function.child_by_field_name("body")?);
    let parameters = function.child_by_field_name("parameters").map(|node| syntax.text_of(node)).unwrap_or_default();
    // `lambda x=x: …` takes the value of now; `x = …` in the body makes a name of its own.
    let is_late =
        |name: &&str| has_word(body, name) && !has_word(parameters, name) && !body.contains(&format!("{name} = "));
    names.into_iter().find(is_late)
}

/// Whether a lambda is put where it outlives the round: into a container, a property or a callback.
fn is_kept<'a>(syntax: &'a Syntax<'a>, lambda: Node<'a>) -> bool {
    let mut around = syntax.around(lambda);
    let Some(parent) = around.next() else { return false };
    match parent.kind() {
        "assignment" => {
            parent.child_by_field_name("left").is_some_and(|left| matches!(left.kind(), "subscript" | "attribute"))
        }
        "keyword_argument" => {
            parent.child_by_field_name("name").is_some_and(|name| CALLBACKS.contains(&syntax.text_of(name)))
        }
        "argument_list" => around.next().is_some_and(|call| is_keeper(syntax, call)),
        _ => false,
    }
}

fn is_keeper<'a>(syntax: &'a Syntax<'a>, call: Node<'a>) -> bool {
    let callee = syntax.child(call, Role::Callee).and_then(|callee| syntax.member(callee));
    callee.is_some_and(|(_, name)| KEEPERS.contains(&name))
}

/// The same for a function with a name: the loop puts the name somewhere.
fn is_function_kept<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, function: &Function<'a>) -> bool {
    let (Some(body), Some(name)) = (around.body, syntax.child(function.node, Role::Name)) else { return false };
    let (name, body) = (syntax.text_of(name), body.byte_range());
    let is_it = |node: Node<'a>| node.kind() == "identifier" && syntax.text_of(node) == name;
    let assigned = syntax.assigns.iter().any(|assign| {
        body.contains(&assign.node.start_byte())
            && matches!(assign.target.kind(), "subscript" | "attribute")
            && assign.value.is_some_and(is_it)
    });
    assigned
        || syntax.calls.iter().any(|call| {
            body.contains(&call.node.start_byte())
                && is_keeper(syntax, call.node)
                && syntax.arguments(call).positional.into_iter().any(is_it)
        })
}
