//! Callbacks of arrays that give nothing back, `for … in` over an array, and searches of an array for each element of
//! another.

use super::{Checks, FUNCTIONS, Found, parameter_of, walk_own};
use crate::analyze::Sink;
use crate::analyze::code::loops::depends_on_data_loop;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Node, Syntax};

pub struct Arrays {
    without_return: Checks,
    for_in: Checks,
    membership: Checks,
}

/// Methods that use what their callback gives.
const ASKING: &[&str] = &[
    "filter",
    "find",
    "findIndex",
    "findLast",
    "some",
    "every",
    "map",
    "flatMap",
    "reduce",
    "reduceRight",
    "toSorted",
];

/// Calls that give an array.
const GIVES_ARRAY: &[&str] = &[
    "split", "map", "filter", "slice", "concat", "keys", "values", "entries", "from", "of", "flat", "flatMap", "sort",
];

impl Arrays {
    pub fn new(rules: &RuleSet) -> Arrays {
        Arrays {
            without_return: Checks::new(rules, "script-callback-without-return"),
            for_in: Checks::new(rules, "script-for-in-array"),
            membership: Checks::new(rules, "script-membership-in-loop"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for call in &syntax.calls {
            let Some((receiver, name)) = syntax.member(call.callee) else { continue };
            if !self.without_return.is_empty()
                && ASKING.contains(&name)
                && !is_namespace(syntax, receiver)
                && forgets_return(syntax, call, name)
            {
                let found = Found::line(syntax, call.node, call.scope);
                self.without_return.report(scene, found, name, sink);
            }
            if !self.membership.is_empty()
                && call.scope.in_loop.is_some()
                && matches!(name, "includes" | "indexOf")
                && is_array(syntax, receiver)
                && !is_of_loop(syntax, call, receiver)
                && depends_on_data_loop(syntax, call)
            {
                let found = Found::line(syntax, call.node, call.scope);
                self.membership.report(scene, found, syntax.text_of(receiver), sink);
            }
        }
        if !self.for_in.is_empty() {
            self.for_in(scene, sink);
        }
    }

    fn for_in<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for one in &syntax.loops {
            let is_in = one.node.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "in");
            if let Some(value) = one.value.filter(|_| is_in)
                && is_array(syntax, value)
            {
                let found = Found::line(syntax, one.node, one.scope);
                self.for_in.report(scene, found, syntax.text_of(value), sink);
            }
        }
    }
}

/// `Arr.map(…)`: a module of functions, whose `map` gives a function.
fn is_namespace(syntax: &Syntax<'_>, receiver: Node<'_>) -> bool {
    receiver.kind() == "identifier" && syntax.text_of(receiver).starts_with(|c: char| c.is_ascii_uppercase())
}

/// Whether the callback is written here, has a block for a body, and never gives anything back, though the result is used.
fn forgets_return<'a>(syntax: &Syntax<'a>, call: &Call<'a>, name: &str) -> bool {
    let arguments = call.arguments.filter(|arguments| arguments.kind() == "arguments");
    let Some(callback) = arguments.and_then(|arguments| arguments.named_child(0)) else { return false };
    // An async one gives a promise in any case.
    let is_other = callback.kind().starts_with("generator") || syntax.text_of(callback).starts_with("async");
    if !FUNCTIONS.contains(&callback.kind()) || is_other {
        return false;
    }
    let Some(body) = callback.child_by_field_name("body").filter(|body| body.kind() == "statement_block") else {
        return false;
    };
    let mut gives = false;
    walk_own(body, |node| {
        gives |= match node.kind() {
            "return_statement" => node.named_child_count() > 0,
            // It never comes back, or stands for something that is not written yet.
            "throw_statement" => true,
            _ => false,
        };
        !gives
    });
    let is_empty = body.named_child_count() == 0;
    // `map` for its side effects alone reads badly, but nothing is lost; other things than arrays have a `map` as well.
    let is_used = || syntax.around(call.node).next().is_none_or(|parent| parent.kind() != "expression_statement");
    !gives && !is_empty && (name != "map" || is_used())
}

/// Whether the expression is an array by what the file says: a literal, what a method of arrays gives, or its type.
fn is_array<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    let node = syntax.unwrap(node);
    if node.kind() == "identifier" {
        let bound = syntax.bound_values(node);
        return match bound.as_slice() {
            [] => has_array_type(syntax, node),
            [value] => value.kind() != "identifier" && is_array(syntax, *value),
            _ => false,
        };
    }
    match node.kind() {
        "array" => true,
        "call_expression" => {
            let callee = node.child_by_field_name("function");
            callee.and_then(|callee| syntax.member(callee)).is_some_and(|(receiver, name)| {
                let of_map = matches!(name, "keys" | "values" | "entries" | "from" | "of");
                let is_static = matches!(syntax.text_of(receiver), "Object" | "Array");
                // A slice or a joined text is text, where the receiver is.
                let is_unclear = matches!(name, "slice" | "concat" | "filter" | "sort");
                GIVES_ARRAY.contains(&name) && (!of_map || is_static) && (!is_unclear || is_array(syntax, receiver))
            })
        }
        "new_expression" => {
            node.child_by_field_name("constructor").is_some_and(|callee| syntax.text_of(callee) == "Array")
        }
        _ => false,
    }
}

/// Whether a parameter of this name, in a function around, is an array by its type.
fn has_array_type<'a>(syntax: &Syntax<'a>, name: Node<'a>) -> bool {
    let annotation = parameter_of(syntax, name).and_then(|parameter| parameter.child_by_field_name("type"));
    annotation.and_then(|annotation| annotation.named_child(0)).is_some_and(|kind| {
        let starts = ["Array<", "ReadonlyArray<", "readonly "];
        kind.kind() == "array_type" || starts.iter().any(|start| syntax.text_of(kind).starts_with(start))
    })
}

/// Whether the array that is searched is made, or filled, in the loop, or is the one that it goes through, or is fixed.
fn is_of_loop<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>, receiver: Node<'a>) -> bool {
    let Some(around) = call.scope.in_loop.and_then(|index| syntax.loops.get(index as usize)) else { return true };
    let name = syntax.text_of(receiver);
    let bound = syntax.bound_values(receiver);
    let inside = around.node.byte_range();
    bound.iter().any(|value| inside.contains(&value.start_byte()))
        || around.value.is_some_and(|value| syntax.text_of(value) == name)
        || syntax.value(receiver).is_constant()
}
