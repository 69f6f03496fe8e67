//! Node kinds that patterns treat in a manner of their own.

use super::super::Node;

/// Signs that say nothing which the kind of their node does not.
const SIGNS: &[&str] = &["(", ")", "[", "]", "{", "}", "\"", "'", "`", "."];

/// What parts the elements of a list.
const SEPARATORS: &[&str] = &[",", ";"];

/// What a target may have though the pattern does not mention it: further clauses, types and modifiers.
const UNSAID: &[&str] = &[
    "else_clause",
    "elif_clause",
    "except_clause",
    "except_group_clause",
    "finally_clause",
    "catch_clause",
    "async",
    "function_modifiers",
    "visibility_modifier",
    "accessibility_modifier",
    "override_modifier",
    "readonly",
    "static",
    "abstract",
    "mutable_specifier",
    "decorator",
    "attribute_item",
    "type_annotation",
    "type_parameters",
    "type_arguments",
    "type_predicate_annotation",
    "where_clause",
    "class_heritage",
    "optional_chain",
    ":",
    "->",
];

/// The same, by the field that it stands in.
const UNSAID_FIELDS: &[&str] = &["type", "return_type", "superclasses"];

/// What is no expression of its own.
const NOT_ONE: &[&str] = &["keyword_argument", "list_splat", "dictionary_splat", "spread_element"];

/// What may stand around a hole without a meaning of its own.
const WRAPPERS: &[&str] = &[
    "expression_statement",
    "required_parameter",
    "type",
    "dotted_name",
    "match_pattern",
    "case_pattern",
    "as_pattern_target",
    "jsx_text",
    "jsx_attribute",
    "import_specifier",
];

/// The same around `...`, which is spelt so that it can stand where it does.
const WRAPPERS_OF_MANY: &[&str] = &[
    "switch_case",
    "macro_invocation",
    "match_arm",
    "field_declaration",
    "enum_variant",
    "dictionary_splat",
    "field_definition",
    "public_field_definition",
    "shorthand_field_initializer",
    "parameter",
];

/// Kinds that a pattern does not tell apart.
const ALIKE: &[&[&str]] =
    &[&["default_parameter", "typed_default_parameter"], &["required_parameter", "optional_parameter"]];

/// What holds statements or members one after another.
const BLOCKS: &[&str] = &[
    "module",
    "program",
    "source_file",
    "block",
    "statement_block",
    "class_body",
    "declaration_list",
    "switch_case",
    "switch_default",
    "field_declaration_list",
];

/// Literals of one value.
const LITERALS: &[&str] = &[
    "string",
    "concatenated_string",
    "template_string",
    "string_literal",
    "raw_string_literal",
    "integer",
    "integer_literal",
    "number",
    "true",
    "false",
    "boolean_literal",
    "none",
    "null",
    "undefined",
    "unary_operator",
    "unary_expression",
];

/// Parameters with a default or a type, by the field of their name.
const PARAMETERS: &[(&str, &str)] = &[
    ("default_parameter", "name"),
    ("typed_default_parameter", "name"),
    ("required_parameter", "pattern"),
    ("optional_parameter", "pattern"),
    ("assignment_pattern", "left"),
    ("parameter", "pattern"),
];

/// Whether a pattern passes over `node`; commas mean something among the tokens of a macro.
pub fn is_dropped(node: Node<'_>, in_tokens: bool) -> bool {
    let kind = node.kind();
    node.is_extra()
        || matches!(kind, "string_start" | "string_end" | "empty_statement")
        || !node.is_named() && (SIGNS.contains(&kind) || !in_tokens && SEPARATORS.contains(&kind))
}

pub fn is_separator(node: Node<'_>) -> bool {
    SEPARATORS.contains(&node.kind())
}

pub fn is_unsaid(node: Node<'_>, field: Option<&str>) -> bool {
    UNSAID.contains(&node.kind()) || field.is_some_and(|field| UNSAID_FIELDS.contains(&field))
}

/// Whether a metavariable may stand for `node`.
pub fn is_one(node: Node<'_>) -> bool {
    node.is_named() && !NOT_ONE.contains(&node.kind()) && !UNSAID.contains(&node.kind())
}

pub fn wraps_hole(node: Node<'_>, is_many: bool) -> bool {
    WRAPPERS.contains(&node.kind()) || is_many && WRAPPERS_OF_MANY.contains(&node.kind())
}

/// `kind` and those that are the same to a pattern.
pub fn alike(kind: &'static str) -> Vec<&'static str> {
    ALIKE.iter().find(|kinds| kinds.contains(&kind)).map_or_else(|| vec![kind], |kinds| kinds.to_vec())
}

pub fn are_alike(one: &str, other: &str) -> bool {
    one == other || ALIKE.iter().any(|kinds| kinds.contains(&one) && kinds.contains(&other))
}

pub fn is_block(node: Node<'_>) -> bool {
    BLOCKS.contains(&node.kind())
}

/// Whether `node` is a whole file.
pub fn is_file(node: Node<'_>) -> bool {
    matches!(node.kind(), "module" | "program" | "source_file")
}

pub fn is_literal(node: Node<'_>) -> bool {
    LITERALS.contains(&node.kind())
}

pub fn is_tokens(node: Node<'_>) -> bool {
    matches!(node.kind(), "token_tree" | "token_repetition")
}

/// The expression in brackets, in the braces of JSX, or in a statement that is nothing else.
pub fn strip(mut node: Node<'_>) -> Node<'_> {
    while matches!(node.kind(), "parenthesized_expression" | "expression_statement" | "jsx_expression") {
        let mut cursor = node.walk();
        let mut children = node.named_children(&mut cursor).filter(|child| !child.is_extra());
        match (children.next(), children.next()) {
            (Some(inner), None) => node = inner,
            _ => break,
        }
    }
    node
}

/// The name of a parameter; any other node as it is.
pub fn parameter_name(node: Node<'_>) -> Node<'_> {
    let name = match PARAMETERS.iter().find(|(kind, _)| *kind == node.kind()) {
        Some((_, field)) => node.child_by_field_name(field),
        None if node.kind() == "typed_parameter" => node.named_child(0),
        None => None,
    };
    name.unwrap_or(node)
}
