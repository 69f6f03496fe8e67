use super::grammar::{Dialect, Names, Surroundings};
use super::resolve::Imports;
use super::value::split_braces;
use super::{Arguments, Node, Syntax, Value};

pub struct Rust;

/// Attributes of routes in actix-web and Rocket.
const ROUTES: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "route"];

/// Methods that give the same text in another type.
const SAME_TEXT: &[&str] =
    &["to_string", "to_owned", "into", "as_str", "as_ref", "as_bytes", "clone", "to_vec", "borrow"];

fn text_of<'s>(node: Node<'_>, text: &'s str) -> &'s str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// A path with `.` between its parts.
fn dotted(path: &str) -> String {
    path.split("::").map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

impl Dialect for Rust {
    fn imports(&self, node: Node<'_>, text: &str, imports: &mut Imports) {
        if let Some(argument) = node.child_by_field_name("argument") {
            use_tree(argument, "", text, imports, 0);
        }
    }

    fn bindings<'t>(&self, node: Node<'t>, target: Node<'t>, value: Option<Node<'t>>, found: &mut Names<'t>) {
        match target.kind() {
            "identifier" if node.kind() == "compound_assignment_expr" => found.push((target, None)),
            "identifier" => found.push((target, value)),
            "mut_pattern" | "ref_pattern" | "captured_pattern" | "reference_pattern" => {
                if let Some(inner) = target.named_child(target.named_child_count().saturating_sub(1) as u32) {
                    self.bindings(node, inner, value, found);
                }
            }
            "tuple_pattern" | "slice_pattern" | "tuple_struct_pattern" | "struct_pattern" | "field_pattern" => {
                let mut cursor = target.walk();
                for part in target.named_children(&mut cursor) {
                    self.bindings(node, part, None, found);
                }
            }
            "shorthand_field_identifier" => found.push((target, None)),
            _ => {}
        }
    }

    fn parameters<'t>(&self, parameters: Node<'t>, found: &mut Names<'t>) {
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            let pattern = parameter.child_by_field_name("pattern").unwrap_or(parameter);
            self.bindings(parameter, pattern, None, found);
        }
    }

    fn without_type_arguments<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "generic_function" => node.child_by_field_name("function"),
            "generic_type" => node.child_by_field_name("type"),
            _ => None,
        }
    }

    fn unwrap<'t>(&self, mut node: Node<'t>) -> Node<'t> {
        loop {
            let inner = match node.kind() {
                "parenthesized_expression" | "await_expression" | "try_expression" => node.named_child(0),
                "reference_expression" => node.child_by_field_name("value"),
                "generic_function" => node.child_by_field_name("function"),
                "generic_type" => node.child_by_field_name("type"),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => return node,
            }
        }
    }

    fn value<'t>(&self, syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string_literal" | "raw_string_literal" => Value::Text(literal_text(syntax.text_of(node)).to_owned()),
            "char_literal" | "float_literal" => Value::Constant,
            "integer_literal" => {
                let digits = syntax.text_of(node).replace('_', "");
                let digits = digits.trim_end_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
                digits.parse().map_or(Value::Constant, Value::Integer)
            }
            "boolean_literal" if syntax.text_of(node) == "true" => Value::True,
            "boolean_literal" => Value::False,
            "identifier" if syntax.text_of(node) == "None" => Value::None,
            "binary_expression" => match (field("left"), field("operator"), field("right")) {
                (Some(left), Some(operator), Some(right)) if operator.kind() == "+" => {
                    Value::concat([syntax.value_at(left, depth), syntax.value_at(right, depth)])
                }
                _ => Value::Dynamic,
            },
            "unary_expression" => match node.named_child(0).map(|inner| syntax.value_at(inner, depth)) {
                Some(Value::Integer(number)) if syntax.text_of(node).starts_with('-') => Value::Integer(-number),
                Some(value @ (Value::Text(_) | Value::Built(_))) => value,
                Some(value) if value.is_constant() => Value::Constant,
                _ => Value::Dynamic,
            },
            "array_expression" | "tuple_expression" => {
                let mut cursor = node.walk();
                let constant = node.named_children(&mut cursor).all(|item| syntax.value_at(item, depth).is_constant());
                if constant { Value::Constant } else { Value::Dynamic }
            }
            "call_expression" => {
                let (Some(function), Some(arguments)) = (field("function"), field("arguments")) else {
                    return Value::Dynamic;
                };
                match syntax.member(function) {
                    Some((receiver, name)) if function.kind() == "field_expression" && SAME_TEXT.contains(&name) => {
                        syntax.value_at(receiver, depth)
                    }
                    Some((_, "from" | "new")) if arguments.named_child_count() == 1 => {
                        match arguments.named_child(0).map(|argument| syntax.value_at(argument, depth)) {
                            Some(value @ (Value::Text(_) | Value::Built(_))) => value,
                            _ => Value::Dynamic,
                        }
                    }
                    _ => Value::Dynamic,
                }
            }
            "macro_invocation" => format_macro(syntax, node, depth),
            _ => Value::Dynamic,
        }
    }

    fn may_change(&self, value: Node<'_>, text: &str) -> bool {
        // `let mut key = [0; 32]; fill(&mut key);`
        let before = || text.get(..value.start_byte()).unwrap_or_default();
        value.kind() == "array_expression"
            && before().rsplit(['\n', ';']).next().is_some_and(|bound| bound.trim_start().starts_with("let mut "))
    }

    fn arguments<'t>(&self, _syntax: &Syntax<'t>, arguments: Node<'t>) -> Arguments<'t> {
        let mut cursor = arguments.walk();
        let positional = arguments
            .named_children(&mut cursor)
            .filter(|argument| !matches!(argument.kind(), "line_comment" | "block_comment" | "attribute_item"))
            .collect();
        Arguments { positional, named: Vec::new(), spread: false }
    }

    fn is_async(&self, function: Node<'_>, text: &str) -> bool {
        let mut cursor = function.walk();
        function
            .children(&mut cursor)
            .take(3)
            .any(|child| child.kind() == "function_modifiers" && text_of(child, text).contains("async"))
    }

    fn is_handler(&self, function: &Surroundings<'_>, parameters: Option<Node<'_>>) -> bool {
        let routed = function.decorators.iter().any(|attribute| {
            let inner = function.text_of(*attribute).trim_start_matches("#[");
            let path = inner.split(['(', ']', ' ']).next().unwrap_or(inner);
            ROUTES.contains(&path.rsplit("::").next().unwrap_or(path)) && inner.contains('"')
        });
        // axum's extractors are destructured in the parameter list.
        routed
            || parameters.is_some_and(|parameters| {
                let text = function.text_of(parameters);
                ["State(", "Path(", "Json(", "Query(", "Extension(", "web::Path", "web::Json", "web::Data"]
                    .iter()
                    .any(|extractor| text.contains(extractor))
            })
    }

    fn is_test(&self, _name: &str, function: &Surroundings<'_>) -> bool {
        function.decorators.iter().any(|attribute| {
            let text = function.text_of(*attribute);
            text.contains("test") && (text.ends_with("test]") || text.contains("test(") || text.contains("cfg(test"))
        })
    }

    fn is_test_class(&self, name: &str, decorators: &[Node<'_>], text: &str) -> bool {
        matches!(name, "tests" | "test")
            || decorators.iter().any(|attribute| text_of(*attribute, text).replace(' ', "").contains("cfg(test"))
    }

    fn parameter_count(&self, parameters: Node<'_>, _text: &str) -> u32 {
        let mut cursor = parameters.walk();
        parameters.named_children(&mut cursor).filter(|child| child.kind() == "parameter").count() as u32
    }

    fn decisions(&self, node: Node<'_>, _text: &str) -> u32 {
        if node.kind() != "match_arm" {
            return 1;
        }
        // A match takes one of its arms: the last one, which the grammar has a kind of its own for, is what is left.
        let arm = u32::from(node.grammar_id() == node.kind_id());
        let pattern = node.child_by_field_name("pattern");
        arm + u32::from(pattern.is_some_and(|pattern| pattern.child_by_field_name("condition").is_some()))
    }

    fn is_else_if(&self, _node: Node<'_>, parent: Node<'_>) -> bool {
        parent.kind() == "else_clause"
    }
}

/// Nested `use` groups deeper than this are left out.
const MAX_USE_DEPTH: u32 = 32;

fn use_tree(node: Node<'_>, prefix: &str, text: &str, imports: &mut Imports, depth: u32) {
    if depth > MAX_USE_DEPTH {
        return;
    }
    let join = |path: &str| if prefix.is_empty() { dotted(path) } else { format!("{prefix}.{}", dotted(path)) };
    let mut add = |name: &str, path: String| {
        imports.add_module(path.as_str());
        imports.add(name, path);
    };
    match node.kind() {
        "identifier" | "crate" | "super" => add(text_of(node, text), join(text_of(node, text))),
        "self" => add(prefix.rsplit('.').next().unwrap_or(prefix), prefix.to_owned()),
        "scoped_identifier" => {
            let name = node.child_by_field_name("name").map(|name| text_of(name, text)).unwrap_or_default();
            if name == "self" {
                let path = node.child_by_field_name("path").map(|path| join(text_of(path, text))).unwrap_or_default();
                add(path.rsplit('.').next().unwrap_or(&path), path.clone());
            } else {
                add(name, join(text_of(node, text)));
            }
        }
        "use_as_clause" => {
            let path = node.child_by_field_name("path").map(|path| join(text_of(path, text)));
            if let (Some(path), Some(alias)) = (path, node.child_by_field_name("alias")) {
                let path = path.strip_suffix(".self").unwrap_or(&path).to_owned();
                add(text_of(alias, text), path);
            }
        }
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").map(|path| join(text_of(path, text)));
            if let (Some(path), Some(list)) = (path, node.child_by_field_name("list")) {
                use_tree(list, &path, text, imports, depth + 1);
            }
        }
        "use_list" => {
            let mut cursor = node.walk();
            for item in node.named_children(&mut cursor) {
                use_tree(item, prefix, text, imports, depth + 1);
            }
        }
        "use_wildcard" => imports.add_module(dotted(text_of(node, text).trim_end_matches('*'))),
        _ => {}
    }
}

/// The text between the quotes of `"…"`, `r#"…"#`, `b"…"`.
fn literal_text(literal: &str) -> &str {
    let Some(open) = literal.find('"') else { return literal };
    let hashes = literal[..open].bytes().filter(|&byte| byte == b'#').count();
    let end = literal.len().saturating_sub(hashes + 1);
    literal.get(open + 1..end).unwrap_or_default()
}

/// `format!("…{}…", x)` and `concat!`; other macros are dynamic.
fn format_macro<'t>(syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
    let name = node.child_by_field_name("macro").map(|name| syntax.text_of(name)).unwrap_or_default();
    if !matches!(name, "format" | "concat" | "format_args" | "formatcp") {
        return Value::Dynamic;
    }
    let mut cursor = node.walk();
    let Some(tokens) = node.named_children(&mut cursor).find(|child| child.kind() == "token_tree") else {
        return Value::Dynamic;
    };
    let mut cursor = tokens.walk();
    let mut arguments = tokens.named_children(&mut cursor);
    let first = arguments.next().filter(|first| matches!(first.kind(), "string_literal" | "raw_string_literal"));
    let Some(first) = first else { return Value::Dynamic };
    let template = literal_text(syntax.text_of(first));
    if name == "concat" {
        return Value::Text(template.to_owned());
    }
    let rest: Vec<Node<'t>> = arguments.collect();
    let names = names_in_braces(template);
    // An argument is a run of tokens; where each is a single one they can be told apart.
    let one_each = rest.len() == names.iter().filter(|name| name.is_empty()).count();
    let mut given = rest.into_iter();
    let values: Vec<Value> = names
        .iter()
        .map(|name| {
            let value = match (name.is_empty(), one_each) {
                (true, true) => given.next(),
                (true, false) => None,
                (false, _) => syntax.bound_to(name, first.start_byte()),
            };
            value.map_or(Value::Dynamic, |value| syntax.value_at(value, depth))
        })
        .collect();
    Value::filled(split_braces(template).iter().map(String::as_str), |index| {
        values.get(index).cloned().unwrap_or(Value::Dynamic)
    })
}

/// What stands between the braces of each placeholder, without its format.
fn names_in_braces(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let after = &rest[at + 1..];
        if let Some(escaped) = after.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let Some(end) = after.find('}') else { break };
        names.push(after[..end].split(':').next().unwrap_or_default().trim());
        rest = &after[end + 1..];
    }
    names
}
