//! How JavaScript and TypeScript give values to names, and what their expressions are made of.

use super::collect::{Collector, Run};
use super::names::Given;
use super::shape::{Piece, Shape, children, summands};
use crate::syntax::{Node, Syntax};

pub fn parameters<'t>(collector: &mut Collector<'t>, function: Node<'t>) {
    // `x => …` has a single one, without brackets.
    let alone = function.child_by_field_name("parameter");
    let list = function.child_by_field_name("parameters").map(children).unwrap_or_default();
    for (index, node) in alone.into_iter().chain(list).enumerate() {
        let pattern = match node.kind() {
            "required_parameter" | "optional_parameter" => node.child_by_field_name("pattern"),
            _ => Some(node),
        };
        if let Some(pattern) = pattern {
            destructure(collector, pattern, &mut Vec::new(), &mut |keys| Given::Parameter { node, index, keys }, 0);
        }
    }
    if let Some(body) = function.child_by_field_name("body").filter(|body| body.kind() != "statement_block") {
        collector.names.returns.push(body);
    }
}

pub fn note<'t>(collector: &mut Collector<'t>, node: Node<'t>) {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "variable_declarator" => assign(collector, field("name"), field("value"), false, node.end_byte()),
        "assignment_expression" => assign(collector, field("left"), field("right"), false, node.end_byte()),
        "augmented_assignment_expression" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                collector.give(left, Given::Added(right), node.end_byte());
            }
        }
        "for_in_statement" => {
            // `in` goes through the keys, which of a list are numbers.
            let end = field("right").map_or(node.end_byte(), |right| right.end_byte());
            assign(collector, field("left"), field("right"), true, end);
            collector.body(field("body"), Run::Perhaps);
        }
        "for_statement" | "while_statement" | "do_statement" => collector.body(field("body"), Run::Perhaps),
        "catch_clause" => {
            if let Some(parameter) = field("parameter") {
                collector.give(parameter, Given::Unknown, node.start_byte());
            }
            collector.body(field("body"), Run::Perhaps);
        }
        "if_statement" => {
            let otherwise = field("alternative").and_then(|clause| clause.named_child(0));
            let owner = collector.owner(node, 2, otherwise.is_some());
            collector.body(field("consequence"), Run::Branch(owner));
            collector.body(otherwise, Run::Branch(owner));
            if let Some(condition) = field("condition") {
                collector.test(node, condition, field("consequence"), otherwise);
            }
        }
        "switch_body" => {
            let cases = children(node);
            let is_complete = cases.iter().any(|case| case.kind() == "switch_default");
            let owner = collector.owner(node, cases.len(), is_complete);
            cases.into_iter().for_each(|case| collector.body(Some(case), Run::Branch(owner)));
        }
        "ternary_expression" => {
            if let Some(condition) = field("condition") {
                collector.test(node, condition, field("consequence"), field("alternative"));
            }
        }
        "binary_expression" => {
            if let (Some(left), Some(right), Some(operator)) = (field("left"), field("right"), field("operator")) {
                match operator.kind() {
                    "&&" => collector.holds_in(left, right.byte_range()),
                    "||" => collector.fails_in(left, right.byte_range()),
                    _ => {}
                }
            }
        }
        "return_statement" => collector.names.returns.extend(node.named_child(0)),
        _ => {}
    }
}

fn assign<'t>(
    collector: &mut Collector<'t>,
    target: Option<Node<'t>>,
    value: Option<Node<'t>>,
    part: bool,
    from: usize,
) {
    let (Some(target), Some(value)) = (target, value) else { return };
    // What is put into an object or list is in it.
    if target.kind() == "subscript_expression" {
        if let Some(holder) = target.child_by_field_name("object") {
            collector.give(holder, Given::Added(value), from);
        }
        return;
    }
    destructure(collector, target, &mut Vec::new(), &mut |keys| Given::Value { value, keys, part }, from);
}

/// Gives each name of a pattern what lies below its keys.
fn destructure<'t>(
    collector: &mut Collector<'t>,
    pattern: Node<'t>,
    keys: &mut Vec<&'t str>,
    given: &mut dyn FnMut(Vec<&'t str>) -> Given<'t>,
    from: usize,
) {
    let text_of = |node: Node<'t>| collector.syntax.text_of(node).trim_matches(['"', '\'']);
    let (inner, key) = match pattern.kind() {
        "identifier" | "member_expression" => {
            let what = given(keys.clone());
            collector.give(pattern, what, from);
            return;
        }
        "shorthand_property_identifier_pattern" => {
            keys.push(text_of(pattern));
            let what = given(keys.clone());
            keys.pop();
            collector.give(pattern, what, from);
            return;
        }
        "object_pattern" | "array_pattern" => {
            for part in children(pattern) {
                let is_element = pattern.kind() == "array_pattern";
                keys.extend(is_element.then_some("0"));
                destructure(collector, part, keys, given, from);
                if is_element {
                    keys.pop();
                }
            }
            return;
        }
        "pair_pattern" => (pattern.child_by_field_name("value"), pattern.child_by_field_name("key").map(text_of)),
        "assignment_pattern" | "object_assignment_pattern" => (pattern.child_by_field_name("left"), None),
        "rest_pattern" => (pattern.named_child(0), None),
        _ => (None, None),
    };
    let Some(inner) = inner else { return };
    keys.extend(key);
    destructure(collector, inner, keys, given, from);
    if key.is_some() {
        keys.pop();
    }
}

pub fn shape<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "string" | "number" | "true" | "false" | "null" | "undefined" | "regex" | "unary_expression"
        | "update_expression" => Shape::Constant,
        "identifier" | "shorthand_property_identifier" => Shape::Name,
        "template_string" => template(syntax, node),
        "binary_expression" => match field("operator").map(|operator| operator.kind()) {
            Some("+") => summands(node),
            Some("||" | "??") => Shape::one_of([field("left"), field("right")].into_iter().flatten().collect()),
            Some("&&") => Shape::one_of(field("right").into_iter().collect()),
            _ => Shape::Constant,
        },
        "ternary_expression" => {
            Shape::one_of([field("consequence"), field("alternative")].into_iter().flatten().collect())
        }
        "array" | "arguments" => Shape::holding(children(node)),
        "object" => {
            let (spread, others): (Vec<_>, Vec<_>) =
                children(node).into_iter().partition(|child| child.kind() == "spread_element");
            Shape::Any { same: spread, inside: others }
        }
        "pair" => {
            // `{ $eq: x }` compares with whatever x is.
            let is_compared =
                field("key").is_some_and(|key| matches!(syntax.text_of(key), "$eq" | "\"$eq\"" | "'$eq'"));
            if is_compared { Shape::Constant } else { Shape::holding(field("value").into_iter().collect()) }
        }
        "spread_element" => Shape::one_of(node.named_child(0).into_iter().collect()),
        "assignment_expression" => Shape::one_of(field("right").into_iter().collect()),
        "sequence_expression" => Shape::one_of(children(node).last().copied().into_iter().collect()),
        "jsx_expression" => Shape::one_of(node.named_child(0).into_iter().collect()),
        "member_expression" => field("object").map_or(Shape::Unknown, Shape::Member),
        "subscript_expression" => field("object").map_or(Shape::Unknown, Shape::Element),
        "call_expression" => match (field("function"), field("arguments")) {
            // A tag gets the values apart from the text.
            (Some(tag), Some(text)) if text.kind() == "template_string" => {
                if syntax.text_of(tag) == "String.raw" {
                    template(syntax, text)
                } else {
                    Shape::Constant
                }
            }
            (Some(callee), arguments) => Shape::Call { callee, arguments },
            _ => Shape::Unknown,
        },
        "new_expression" => {
            field("constructor").map_or(Shape::Unknown, |callee| Shape::Call { callee, arguments: field("arguments") })
        }
        _ => Shape::Unknown,
    }
}

fn template<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    let piece = |part: Node<'t>| match part.kind() {
        "template_substitution" => part.named_child(0).map(Piece::Value),
        _ => Some(Piece::Text(syntax.text_of(part).to_owned())),
    };
    Shape::Text(children(node).into_iter().filter_map(piece).collect())
}
