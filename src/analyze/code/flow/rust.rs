//! How Rust gives values to names, and what its expressions are made of.

use super::collect::{Collector, Run};
use super::names::Given;
use super::shape::{Piece, Shape, children, summands};
use crate::syntax::{Node, Syntax};

pub fn parameters<'t>(collector: &mut Collector<'t>, function: Node<'t>) {
    let list = function.child_by_field_name("parameters").map(children).unwrap_or_default();
    let (receivers, list): (Vec<_>, Vec<_>) = list.into_iter().partition(|one| one.kind() == "self_parameter");
    for receiver in receivers {
        let what = Given::Parameter { node: receiver, index: usize::MAX, keys: Vec::new() };
        let name = receiver.named_child(receiver.named_child_count().saturating_sub(1) as u32).unwrap_or(receiver);
        collector.give(name, what, 0);
    }
    for (index, node) in list.into_iter().filter(|one| one.kind() == "parameter").enumerate() {
        if let Some(pattern) = node.child_by_field_name("pattern") {
            bind(collector, pattern, &mut |_| Given::Parameter { node, index, keys: Vec::new() }, 0);
        }
    }
    if let Some(body) = function.child_by_field_name("body") {
        collector.names.returns.extend(tail(body));
    }
}

pub fn note<'t>(collector: &mut Collector<'t>, node: Node<'t>) {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "let_declaration" => {
            give(collector, field("pattern"), field("value"), node.end_byte());
            collector.body(field("alternative"), Run::Perhaps);
        }
        "const_item" | "static_item" => give(collector, field("name"), field("value"), node.end_byte()),
        // `if let` and `while let` hold in the body.
        "let_condition" => give(collector, field("pattern"), field("value"), node.end_byte()),
        "match_arm" => {
            let matched = collector.ancestors.iter().rev().find(|node| node.kind() == "match_expression");
            let value = matched.and_then(|node| node.child_by_field_name("value"));
            give(collector, field("pattern").and_then(|pattern| pattern.named_child(0)), value, node.start_byte());
        }
        "match_block" => {
            let arms = children(node);
            let owner = collector.owner(node, arms.len(), true);
            arms.iter().for_each(|arm| collector.body(Some(*arm), Run::Branch(owner)));
        }
        "assignment_expression" => give(collector, field("left"), field("right"), node.end_byte()),
        "compound_assignment_expr" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                collector.give(left, Given::Added(right), node.end_byte());
            }
        }
        "for_expression" => {
            let end = field("value").map_or(node.end_byte(), |value| value.end_byte());
            if let (Some(pattern), Some(value)) = (field("pattern"), field("value")) {
                bind(collector, pattern, &mut |_| Given::Value { value, keys: Vec::new(), part: true }, end);
            }
            collector.body(field("body"), Run::Perhaps);
        }
        "while_expression" => collector.body(field("body"), Run::Perhaps),
        "closure_expression" => closure(collector, node),
        "if_expression" => {
            let otherwise = field("alternative").and_then(|clause| clause.named_child(0));
            let owner = collector.owner(node, 2, otherwise.is_some());
            collector.body(field("consequence"), Run::Branch(owner));
            collector.body(otherwise, Run::Branch(owner));
            if let Some(condition) = field("condition") {
                collector.test(node, condition, field("consequence"), otherwise);
            }
        }
        "return_expression" => collector.names.returns.extend(node.named_child(0)),
        _ => {}
    }
}

/// The parameters of a closure are what the method that it is given to works on.
fn closure<'t>(collector: &mut Collector<'t>, node: Node<'t>) {
    let call = collector.ancestors.iter().rev().nth(1).filter(|node| node.kind() == "call_expression");
    let callee = call.and_then(|call| call.child_by_field_name("function"));
    let receiver = callee.and_then(|callee| collector.syntax.member(callee)).map(|(receiver, _)| receiver);
    for parameter in node.child_by_field_name("parameters").map(children).unwrap_or_default() {
        let pattern = parameter.child_by_field_name("pattern").unwrap_or(parameter);
        let from = node.start_byte();
        bind(
            collector,
            pattern,
            &mut |_| match receiver {
                Some(value) => Given::Value { value, keys: Vec::new(), part: true },
                None => Given::Unknown,
            },
            from,
        );
    }
}

fn give<'t>(collector: &mut Collector<'t>, pattern: Option<Node<'t>>, value: Option<Node<'t>>, from: usize) {
    if let (Some(pattern), Some(value)) = (pattern, value) {
        bind(collector, pattern, &mut |part| Given::Value { value, keys: Vec::new(), part }, from);
    }
}

/// Gives each name of a pattern the value; `true` for those that get a part of it.
fn bind<'t>(collector: &mut Collector<'t>, pattern: Node<'t>, given: &mut dyn FnMut(bool) -> Given<'t>, from: usize) {
    match pattern.kind() {
        "identifier" | "field_expression" | "shorthand_field_identifier" => {
            let what = given(pattern.kind() == "shorthand_field_identifier");
            collector.give(pattern, what, from);
        }
        "mut_pattern" | "ref_pattern" | "reference_pattern" | "captured_pattern" | "match_pattern" => {
            if let Some(inner) = children(pattern).last() {
                bind(collector, *inner, given, from);
            }
        }
        "tuple_pattern" | "slice_pattern" | "struct_pattern" | "or_pattern" => {
            children(pattern).into_iter().for_each(|part| bind(collector, part, given, from));
        }
        // The first child is the name of the type.
        "tuple_struct_pattern" => {
            children(pattern).into_iter().skip(1).for_each(|part| bind(collector, part, given, from));
        }
        "field_pattern" => {
            let inner = pattern.child_by_field_name("pattern").or_else(|| pattern.child_by_field_name("name"));
            if let Some(inner) = inner {
                bind(collector, inner, given, from);
            }
        }
        _ => {}
    }
}

/// The value of a block: its last expression.
fn tail(block: Node<'_>) -> Option<Node<'_>> {
    children(block).last().copied().filter(|last| {
        last.kind() != "expression_statement" && last.kind() != "let_declaration" && !last.kind().ends_with("_item")
    })
}

/// Types of numbers and truths.
pub const NUMBERS: &[&str] = &[
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "bool",
    "char",
    "Uuid",
    "NonZeroU32",
    "NonZeroU64",
];

pub fn shape<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    let field = |name: &str| node.child_by_field_name(name);
    match node.kind() {
        "string_literal" | "raw_string_literal" | "integer_literal" | "float_literal" | "boolean_literal"
        | "char_literal" | "range_expression" | "unit_expression" => Shape::Constant,
        "identifier" | "self" | "shorthand_field_initializer" => Shape::Name,
        "binary_expression" => match field("operator").map(|operator| operator.kind()) {
            Some("+") => summands(node),
            _ => Shape::Constant,
        },
        "unary_expression" => match syntax.text_of(node).starts_with('*') {
            true => Shape::one_of(node.named_child(0).into_iter().collect()),
            false => Shape::Constant,
        },
        "type_cast_expression" => {
            let is_number = field("type").is_some_and(|kind| NUMBERS.contains(&syntax.text_of(kind)));
            if is_number { Shape::Constant } else { Shape::one_of(field("value").into_iter().collect()) }
        }
        "array_expression" | "tuple_expression" | "arguments" => Shape::holding(children(node)),
        "struct_expression" => Shape::holding(field("body").map(children).unwrap_or_default()),
        "field_initializer" => Shape::holding(field("value").into_iter().collect()),
        "if_expression" => {
            let otherwise = field("alternative").and_then(|clause| clause.named_child(0));
            Shape::one_of([field("consequence"), otherwise].into_iter().flatten().collect())
        }
        "block" | "unsafe_block" => Shape::one_of(tail(node).into_iter().collect()),
        "match_expression" => {
            let arms = field("body").map(children).unwrap_or_default();
            Shape::one_of(arms.into_iter().filter_map(|arm| arm.child_by_field_name("value")).collect())
        }
        // They have no value here.
        "return_expression" | "continue_expression" | "break_expression" => Shape::Constant,
        "field_expression" => field("value").map_or(Shape::Unknown, Shape::Member),
        "index_expression" => node.named_child(0).map_or(Shape::Unknown, Shape::Element),
        "call_expression" => {
            field("function").map_or(Shape::Unknown, |callee| Shape::Call { callee, arguments: field("arguments") })
        }
        "macro_invocation" => in_macro(syntax, node),
        _ => Shape::Unknown,
    }
}

/// Macros that put text together, or make a list.
const TEXTS: &[&str] = &["format", "format_args", "concat", "vec", "json", "write", "writeln"];

fn in_macro<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    let name = node.child_by_field_name("macro").map(|name| syntax.text_of(name)).unwrap_or_default();
    match name.rsplit("::").next().unwrap_or(name) {
        name if TEXTS.contains(&name) => Shape::Text(pieces(syntax, node)),
        "matches" | "include_str" | "env" | "stringify" | "line" | "file" => Shape::Constant,
        // They do not come back with a value.
        "panic" | "unreachable" | "todo" | "unimplemented" | "bail" => Shape::Constant,
        _ => Shape::Unknown,
    }
}

/// The text of a format string and the values that are written into it, as far as tokens tell.
pub fn pieces<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Vec<Piece<'t>> {
    let Some(tokens) = children(node).into_iter().find(|child| child.kind() == "token_tree") else {
        return Vec::new();
    };
    let mut cursor = tokens.walk();
    let mut arguments: Vec<Vec<Node<'t>>> = vec![Vec::new()];
    for token in tokens.children(&mut cursor) {
        match token.kind() {
            "," => arguments.push(Vec::new()),
            "(" | ")" | "[" | "]" | "{" | "}" => {}
            _ => {
                if let Some(last) = arguments.last_mut() {
                    last.push(token);
                }
            }
        }
    }
    let mut pieces = Vec::new();
    let mut values: Vec<Option<Piece<'t>>> = Vec::new();
    let mut template = None;
    for argument in arguments.into_iter().filter(|argument| !argument.is_empty()) {
        match argument[..] {
            [text] if template.is_none() && matches!(text.kind(), "string_literal" | "raw_string_literal") => {
                template = Some(text);
            }
            _ => values.push(value_of(syntax, &argument)),
        }
    }
    let Some(template) = template else { return values.into_iter().flatten().collect() };
    let mut values = values.into_iter();
    let text = syntax.text_of(template).trim_start_matches(['r', 'b', '#']).trim_matches(['#', '"']);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        if let Some(escaped) = after.strip_prefix('{') {
            pieces.push(Piece::Text(format!("{before}{{")));
            rest = escaped;
            continue;
        }
        pieces.push(Piece::Text(before.to_owned()));
        let Some(end) = after.find('}') else { break };
        let name = after[..end].split(':').next().unwrap_or_default().trim();
        if name.is_empty() {
            pieces.extend(values.next().flatten());
        } else if name.parse::<usize>().is_err() {
            pieces.push(Piece::Name(name, template.start_byte()));
        }
        rest = &after[end + 1..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    // Named and numbered ones.
    pieces.extend(values.flatten());
    pieces
}

/// What a run of tokens is about: its first name. A number that is made of it is none.
fn value_of<'t>(syntax: &Syntax<'t>, tokens: &[Node<'t>]) -> Option<Piece<'t>> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let text = syntax.text.get(first.start_byte()..last.end_byte()).unwrap_or_default();
    if [".len()", " as u", " as i", "parse::<u", "parse::<i"].iter().any(|number| text.contains(number)) {
        return None;
    }
    let name = match tokens {
        // `name = value`
        [_, equals, value, ..] if equals.kind() == "=" => *value,
        _ => *tokens.iter().find(|token| matches!(token.kind(), "identifier" | "self" | "string_literal"))?,
    };
    Some(Piece::Value(name))
}
