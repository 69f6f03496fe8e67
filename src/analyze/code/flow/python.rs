//! How Python gives values to names, and what its expressions are made of.

use super::collect::{Collector, Run};
use super::names::Given;
use super::shape::{Piece, Shape, children, summands};
use crate::syntax::{Node, Syntax};

pub fn parameters<'t>(collector: &mut Collector<'t>, function: Node<'t>) {
    let Some(parameters) = function.child_by_field_name("parameters") else { return };
    let mut index = 0;
    for (at, node) in children(parameters).into_iter().enumerate() {
        let name = match node.kind() {
            "identifier" => Some(node),
            "typed_parameter" => node.named_child(0),
            "default_parameter" | "typed_default_parameter" => node.child_by_field_name("name"),
            "list_splat_pattern" | "dictionary_splat_pattern" => node.named_child(0),
            _ => None,
        };
        let Some(name) = name else { continue };
        let is_receiver = at == 0 && matches!(collector.syntax.text_of(name), "self" | "cls");
        let index_of = if is_receiver { usize::MAX } else { index };
        index += usize::from(!is_receiver);
        collector.give(name, Given::Parameter { node, index: index_of, keys: Vec::new() }, 0);
    }
}

pub fn note<'t>(collector: &mut Collector<'t>, node: Node<'t>) {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "assignment" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                assign(collector, left, right, false, node.end_byte());
            }
        }
        "named_expression" => {
            if let (Some(name), Some(value)) = (field("name"), field("value")) {
                assign(collector, name, value, false, node.end_byte());
            }
        }
        "augmented_assignment" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                collector.give(left, Given::Added(right), node.end_byte());
            }
        }
        "for_statement" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                assign(collector, left, right, true, right.end_byte());
            }
            collector.body(field("body"), Run::Perhaps);
        }
        "for_in_clause" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                let whole = collector.ancestors.last().copied().unwrap_or(node);
                assign(collector, left, right, true, whole.start_byte());
            }
        }
        "as_pattern" => {
            let target = field("alias").and_then(|alias| alias.named_child(0));
            if let (Some(target), Some(value)) = (target, node.named_child(0)) {
                assign(collector, target, value, false, node.end_byte());
            }
        }
        "while_statement" => collector.body(field("body"), Run::Perhaps),
        "except_clause" | "except_group_clause" => {
            collector.body(children(node).into_iter().rfind(|child| child.kind() == "block"), Run::Perhaps);
        }
        "if_statement" => conditional(collector, node),
        "match_statement" => {
            let cases = field("body").map(children).unwrap_or_default();
            let owner = collector.owner(node, cases.len(), false);
            cases.iter().for_each(|case| {
                collector.body(case.child_by_field_name("consequence"), Run::Branch(owner));
            });
        }
        "conditional_expression" => {
            if let [then, condition, otherwise] = children(node)[..] {
                collector.test(node, condition, Some(then), Some(otherwise));
            }
        }
        "boolean_operator" => {
            if let (Some(left), Some(right), Some(operator)) = (field("left"), field("right"), field("operator")) {
                match operator.kind() {
                    "and" => collector.holds_in(left, right.byte_range()),
                    _ => collector.fails_in(left, right.byte_range()),
                }
            }
        }
        "assert_statement" => {
            if let Some(condition) = node.named_child(0) {
                collector.asserted(node, condition);
            }
        }
        "if_clause" => {
            if let (Some(condition), Some(whole)) = (node.named_child(0), collector.ancestors.last().copied()) {
                collector.holds_in(condition, whole.byte_range());
            }
        }
        "return_statement" => collector.names.returns.extend(node.named_child(0)),
        _ => {}
    }
}

/// `if`, its `elif`s and its `else`.
fn conditional<'t>(collector: &mut Collector<'t>, node: Node<'t>) {
    let mut cursor = node.walk();
    let others: Vec<Node<'t>> = node.children_by_field_name("alternative", &mut cursor).collect();
    let is_complete = others.last().is_some_and(|last| last.kind() == "else_clause");
    let owner = collector.owner(node, others.len() + 1, is_complete);
    for part in [node].into_iter().chain(others.iter().copied()) {
        let body = part.child_by_field_name("consequence").or_else(|| part.child_by_field_name("body"));
        collector.body(body, Run::Branch(owner));
        if let Some(condition) = part.child_by_field_name("condition") {
            let otherwise = others.last().filter(|last| others.len() == 1 && last.kind() == "else_clause");
            let otherwise = otherwise.and_then(|last| last.child_by_field_name("body"));
            collector.test(node, condition, body, otherwise);
        }
    }
}

fn assign<'t>(collector: &mut Collector<'t>, target: Node<'t>, value: Node<'t>, part: bool, from: usize) {
    match target.kind() {
        "identifier" | "attribute" => collector.give(target, Given::Value { value, keys: Vec::new(), part }, from),
        // What is put into a list or dictionary is in it.
        "subscript" => {
            if let Some(holder) = target.child_by_field_name("value") {
                collector.give(holder, Given::Added(value), from);
            }
        }
        "pattern_list" | "tuple_pattern" | "list_pattern" => {
            let targets = children(target);
            let values = if matches!(value.kind(), "expression_list" | "tuple" | "list") && !part {
                children(value)
            } else {
                Vec::new()
            };
            for (index, one) in targets.iter().enumerate() {
                match values.get(index).filter(|_| values.len() == targets.len()) {
                    Some(own) => assign(collector, *one, *own, part, from),
                    None => assign(collector, *one, value, true, from),
                }
            }
        }
        "list_splat_pattern" => {
            if let Some(inner) = target.named_child(0) {
                assign(collector, inner, value, true, from);
            }
        }
        _ => {}
    }
}

pub fn shape<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "integer"
        | "float"
        | "true"
        | "false"
        | "none"
        | "ellipsis"
        | "comparison_operator"
        | "not_operator"
        | "unary_operator" => Shape::Constant,
        "identifier" => Shape::Name,
        "string" => string(syntax, node),
        "concatenated_string" => Shape::text_of(children(node).into_iter().map(Some)),
        "binary_operator" => match field("operator").map(|operator| operator.kind()) {
            Some("+") => summands(node),
            Some("%") => percent(field("left"), field("right")),
            Some("/" | "|") => Shape::one_of([field("left"), field("right")].into_iter().flatten().collect()),
            Some("*") => Shape::one_of(field("left").into_iter().collect()),
            _ => Shape::Constant,
        },
        "boolean_operator" => Shape::one_of([field("left"), field("right")].into_iter().flatten().collect()),
        "conditional_expression" => match children(node)[..] {
            [then, _, otherwise] => Shape::one_of(vec![then, otherwise]),
            _ => Shape::Unknown,
        },
        "list" | "tuple" | "set" | "expression_list" | "argument_list" => Shape::holding(children(node)),
        "keyword_argument" | "pair" => Shape::holding(field("value").into_iter().collect()),
        "dictionary" => {
            let (spread, pairs) = children(node).into_iter().partition(|child| child.kind() == "dictionary_splat");
            Shape::Any { same: spread, inside: pairs }
        }
        "list_splat" | "dictionary_splat" => Shape::one_of(node.named_child(0).into_iter().collect()),
        "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
            Shape::holding(field("body").into_iter().collect())
        }
        "named_expression" => Shape::one_of(field("value").into_iter().collect()),
        "attribute" => field("object").map_or(Shape::Unknown, Shape::Member),
        "subscript" => field("value").map_or(Shape::Unknown, Shape::Element),
        "call" => {
            field("function").map_or(Shape::Unknown, |callee| Shape::Call { callee, arguments: field("arguments") })
        }
        _ => Shape::Unknown,
    }
}

fn string<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    let mut pieces = Vec::new();
    for part in children(node) {
        match part.kind() {
            "string_content" => pieces.push(Piece::Text(syntax.text_of(part).to_owned())),
            // `{count:d}` takes numbers only.
            "interpolation" => {
                let is_number = part
                    .child_by_field_name("format_specifier")
                    .is_some_and(|format| syntax.text_of(format).ends_with(['d', 'f', 'x', 'X', 'e', 'g', 'b', 'o']));
                let inner = part.child_by_field_name("expression").or_else(|| part.named_child(0));
                pieces.push(match inner.filter(|_| !is_number) {
                    Some(inner) => Piece::Value(inner),
                    None => Piece::Text("0".to_owned()),
                });
            }
            _ => {}
        }
    }
    Shape::Text(pieces)
}

/// `template % values`.
fn percent<'t>(template: Option<Node<'t>>, values: Option<Node<'t>>) -> Shape<'t> {
    let values = match values {
        Some(values) if values.kind() == "tuple" => children(values),
        values => values.into_iter().collect(),
    };
    Shape::text_of(template.into_iter().chain(values).map(Some))
}
