//! A loop in a loop that compares every element of one collection with every element of another.

use std::sync::Arc;

use super::loops::{derived_names, is_over_data, mentions, names_in};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::Rule;
use crate::syntax::{Loop, Node, Syntax};

/// The longest name of a collection that the estimate quotes.
const MAX_NAME: usize = 24;

/// A longer loop, in bytes, is not looked into: loops nested a thousand deep would cost the square of their text.
const MAX_LOOP: usize = 20_000;

pub fn run(scene: &Scene<'_>, rules: &[Arc<Rule>], sink: &mut Sink) {
    let syntax = scene.syntax;
    for inner in &syntax.loops {
        let Some(outer) = inner.scope.in_loop.and_then(|index| syntax.loops.get(index as usize)) else { continue };
        if scene.in_test(inner.scope) || !is_search(syntax, outer, inner) {
            continue;
        }
        let estimate = estimate(syntax, outer, inner);
        for rule in rules {
            let headline = first_line(syntax, inner.node);
            let hit = Hit::new(rule, headline).with("estimate", &estimate);
            sink.report(hit.related(first_line(syntax, outer.node), "the outer loop"));
        }
    }
}

/// Both go through data, the inner one through something that the outer one does not lead to, and the body looks for
/// elements that are equal: the shape that a map or a set makes linear. Two loops over rows and cells, or over a grid,
/// do as much work as there is data.
fn is_search<'a>(syntax: &'a Syntax<'a>, outer: &Loop<'a>, inner: &Loop<'a>) -> bool {
    let (Some(outer_target), Some(inner_target)) = (outer.target, inner.target) else { return false };
    let Some(inner_value) = inner.value else { return false };
    if outer.node.byte_range().len() > MAX_LOOP || !is_over_data(syntax, outer) || !is_over_data(syntax, inner) {
        return false;
    }
    let mut of_outer = names_in(syntax, outer_target);
    for _ in 0..2 {
        let derived = derived_names(syntax, outer, &of_outer);
        of_outer.extend(derived);
    }
    let of_inner = names_in(syntax, inner_target);
    let bound_within = names_in(syntax, inner_value).iter().any(|name| is_bound_within(syntax, outer, name));
    !mentions(syntax, inner_value, &of_outer) && !bound_within && compares(syntax, inner, &of_outer, &of_inner)
}

/// Whether the body of `outer` gives `name` a value: then the inner collection is made anew for each element.
fn is_bound_within(syntax: &Syntax<'_>, outer: &Loop<'_>, name: &str) -> bool {
    let Some(body) = outer.body.map(|body| body.byte_range()) else { return true };
    syntax
        .assigns
        .iter()
        .any(|assign| body.contains(&assign.node.start_byte()) && syntax.text_of(assign.target) == name)
        || binds_by_declaration(syntax, &body, name)
}

/// `let name = …` and `const name = …` in the body.
fn binds_by_declaration(syntax: &Syntax<'_>, body: &std::ops::Range<usize>, name: &str) -> bool {
    let Some(text) = syntax.text.get(body.clone()) else { return false };
    ["let ", "let mut ", "const ", "var "].iter().any(|keyword| {
        text.match_indices(keyword).any(|(at, _)| {
            text.get(at + keyword.len()..)
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    })
}

/// Whether an equality in the inner body has something of both loops on its sides.
fn compares<'a>(syntax: &'a Syntax<'a>, inner: &Loop<'a>, of_outer: &[&str], of_inner: &[&str]) -> bool {
    let Some(body) = inner.body else { return false };
    let mut cursor = body.walk();
    loop {
        let node = cursor.node();
        if is_equality(syntax, node)
            && let (Some(left), Some(right)) = (node.named_child(0), node.named_child(1))
            && ((mentions(syntax, left, of_outer) && mentions(syntax, right, of_inner))
                || (mentions(syntax, left, of_inner) && mentions(syntax, right, of_outer)))
        {
            return true;
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}

fn is_equality(syntax: &Syntax<'_>, node: Node<'_>) -> bool {
    let field = match node.kind() {
        "comparison_operator" => "operators",
        "binary_expression" => "operator",
        _ => return false,
    };
    node.child_by_field_name(field).is_some_and(|operator| matches!(syntax.text_of(operator), "==" | "==="))
}

/// `O(orders × customers)`.
fn estimate<'a>(syntax: &'a Syntax<'a>, outer: &Loop<'a>, inner: &Loop<'a>) -> String {
    let name = |one: &Loop<'a>, unknown: &str| {
        let text = one.value.map(|value| syntax.text_of(value)).unwrap_or_default();
        if text.len() <= MAX_NAME && !text.is_empty() && !text.contains('\n') {
            text.to_owned()
        } else {
            unknown.to_owned()
        }
    };
    let (outer, inner) = (name(outer, "n"), name(inner, "m"));
    if outer == inner { format!("O({outer}²)") } else { format!("O({outer} × {inner})") }
}

fn first_line(syntax: &Syntax<'_>, node: Node<'_>) -> std::ops::Range<usize> {
    let range = node.byte_range();
    let length = syntax.text_of(node).lines().next().map_or(0, str::len);
    range.start..range.start + length
}
