//! JavaScript, TypeScript and their JSX forms: one dialect, three grammars.

use super::grammar::{Dialect, Names, Surroundings};
use super::resolve::Imports;
use super::{Arguments, Node, Syntax, Value};

pub struct JavaScript;

/// Methods of routers that are given handlers.
const ROUTES: &[&str] = &["get", "post", "put", "patch", "delete", "all", "use", "head", "options", "route"];

/// Functions of test runners that are given a test.
const TESTS: &[&str] = &[
    "it",
    "test",
    "describe",
    "beforeEach",
    "afterEach",
    "beforeAll",
    "afterAll",
    "before",
    "after",
    "suite",
    "bench",
];

fn text_of<'s>(node: Node<'_>, text: &'s str) -> &'s str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The module that a string names, without `node:`; `/` and `.` stay as they are.
fn module_name(node: Node<'_>, text: &str) -> String {
    let raw = text_of(node, text).trim_matches(['"', '\'', '`']);
    raw.strip_prefix("node:").unwrap_or(raw).to_owned()
}

/// The receiver and the name of a dotted expression, where there are no facts at hand.
fn member<'t>(node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    if node.kind() != "member_expression" {
        return None;
    }
    Some((node.child_by_field_name("object")?, node.child_by_field_name("property")?))
}

/// The module of `require("x")` or `import("x")`, awaited or not.
fn required(node: Node<'_>, text: &str) -> Option<String> {
    let node = JavaScript.unwrap(node);
    if node.kind() != "call_expression" {
        return None;
    }
    let function = node.child_by_field_name("function")?;
    if !(function.kind() == "import" || (function.kind() == "identifier" && text_of(function, text) == "require")) {
        return None;
    }
    let argument = node.child_by_field_name("arguments")?.named_child(0)?;
    (argument.kind() == "string").then(|| module_name(argument, text))
}

/// The text between the quotes of a literal; it may begin or end with the other quote.
fn within_quotes(literal: &str) -> &str {
    let end = literal.len().saturating_sub(1);
    literal.get(1..end).unwrap_or_default()
}

impl Dialect for JavaScript {
    fn imports(&self, node: Node<'_>, text: &str, imports: &mut Imports) {
        let Some(source) = node.child_by_field_name("source") else {
            // `import x = require("y")` of TypeScript.
            if let Some(clause) = node.named_child(0).filter(|child| child.kind() == "import_require_clause")
                && let (Some(name), Some(source)) = (clause.named_child(0), clause.child_by_field_name("source"))
            {
                imports.add(text_of(name, text), module_name(source, text));
            }
            return;
        };
        let module = module_name(source, text);
        imports.add_module(module.as_str());
        let Some(clause) = node.named_child(0).filter(|child| child.kind() == "import_clause") else { return };
        let mut cursor = clause.walk();
        for part in clause.named_children(&mut cursor) {
            match part.kind() {
                "identifier" => imports.add(text_of(part, text), module.as_str()),
                "namespace_import" => {
                    if let Some(name) = part.named_child(0) {
                        imports.add(text_of(name, text), module.as_str());
                    }
                }
                "named_imports" => {
                    let mut inner = part.walk();
                    for specifier in part.named_children(&mut inner) {
                        let Some(name) = specifier.child_by_field_name("name") else { continue };
                        let local = specifier.child_by_field_name("alias").unwrap_or(name);
                        let path = match text_of(name, text) {
                            "default" => module.clone(),
                            name => format!("{module}.{name}"),
                        };
                        imports.add(text_of(local, text), path);
                    }
                }
                _ => {}
            }
        }
    }

    fn may_import(&self, bytes: &[u8]) -> bool {
        ["require", "await", "import", "("].iter().any(|start| bytes.starts_with(start.as_bytes()))
    }

    fn binding_imports(&self, node: Node<'_>, text: &str, imports: &mut Imports) {
        if node.kind() == "variable_declarator" {
            require_binding(node, text, imports);
        }
    }

    fn bindings<'t>(&self, node: Node<'t>, target: Node<'t>, value: Option<Node<'t>>, found: &mut Names<'t>) {
        match target.kind() {
            "identifier" if matches!(node.kind(), "augmented_assignment_expression" | "update_expression") => {
                found.push((target, None));
            }
            "identifier" | "shorthand_property_identifier_pattern" => found.push((target, value)),
            "object_pattern" | "array_pattern" | "rest_pattern" => {
                let mut cursor = target.walk();
                for part in target.named_children(&mut cursor) {
                    self.bindings(node, part, None, found);
                }
            }
            "pair_pattern" => {
                if let Some(inner) = target.child_by_field_name("value") {
                    self.bindings(node, inner, None, found);
                }
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                if let Some(inner) = target.child_by_field_name("left") {
                    self.bindings(node, inner, None, found);
                }
            }
            _ => {}
        }
    }

    fn parameters<'t>(&self, parameters: Node<'t>, found: &mut Names<'t>) {
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            let pattern = match parameter.kind() {
                "required_parameter" | "optional_parameter" => parameter.child_by_field_name("pattern"),
                _ => Some(parameter),
            };
            if let Some(pattern) = pattern {
                self.bindings(parameter, pattern, None, found);
            }
        }
    }

    fn unwrap<'t>(&self, mut node: Node<'t>) -> Node<'t> {
        while matches!(
            node.kind(),
            "parenthesized_expression"
                | "await_expression"
                | "as_expression"
                | "satisfies_expression"
                | "non_null_expression"
                | "type_assertion"
        ) {
            let inner = if node.kind() == "type_assertion" { 1 } else { 0 };
            match node.named_child(inner) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    fn value<'t>(&self, syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string" => Value::Text(within_quotes(syntax.text_of(node)).to_owned()),
            "template_string" => template(syntax, node, depth),
            "number" => syntax.text_of(node).replace('_', "").parse().map_or(Value::Constant, Value::Integer),
            "true" => Value::True,
            "false" => Value::False,
            "null" | "undefined" => Value::None,
            "identifier" if syntax.text_of(node) == "undefined" => Value::None,
            "regex" => Value::Constant,
            "unary_expression" => match (field("operator").map(|node| node.kind()), field("argument")) {
                (Some("!"), Some(argument)) => match syntax.value_at(argument, depth) {
                    Value::Integer(0) | Value::False => Value::True,
                    Value::Integer(_) | Value::True => Value::False,
                    _ => Value::Dynamic,
                },
                (Some("-"), Some(argument)) => match syntax.value_at(argument, depth) {
                    Value::Integer(number) => Value::Integer(-number),
                    Value::Constant => Value::Constant,
                    _ => Value::Dynamic,
                },
                _ => Value::Dynamic,
            },
            "binary_expression" => match (field("left"), field("operator"), field("right")) {
                (Some(left), Some(operator), Some(right)) if operator.kind() == "+" => {
                    Value::concat([syntax.value_at(left, depth), syntax.value_at(right, depth)])
                }
                _ => Value::Dynamic,
            },
            "array" | "object" => {
                let mut cursor = node.walk();
                let constant = node.named_children(&mut cursor).all(|item| match item.kind() {
                    "comment" => true,
                    "pair" => item
                        .child_by_field_name("value")
                        .is_some_and(|value| syntax.value_at(value, depth).is_constant()),
                    _ => syntax.value_at(item, depth).is_constant(),
                });
                if constant { Value::Constant } else { Value::Dynamic }
            }
            "call_expression" => match field("function").and_then(|function| syntax.member(function)) {
                Some((receiver, "concat")) => {
                    let first = syntax.value_at(receiver, depth);
                    let arguments = field("arguments").map(|node| self.arguments(syntax, node)).unwrap_or_default();
                    let rest = arguments.positional.iter().map(|argument| syntax.value_at(*argument, depth));
                    Value::concat(std::iter::once(first).chain(rest))
                }
                Some((receiver, "trim" | "toString")) => syntax.value_at(receiver, depth),
                // The bytes of a text that is written down are as fixed as the text.
                Some((receiver, "from")) if syntax.text_of(receiver) == "Buffer" => {
                    let first = field("arguments").and_then(|arguments| arguments.named_child(0));
                    match first.map(|first| syntax.value_at(first, depth)) {
                        Some(Value::Text(text)) => Value::Text(text),
                        _ => Value::Dynamic,
                    }
                }
                _ => Value::Dynamic,
            },
            _ => Value::Dynamic,
        }
    }

    fn arguments<'t>(&self, syntax: &Syntax<'t>, arguments: Node<'t>) -> Arguments<'t> {
        let mut found = Arguments::default();
        if arguments.kind() != "arguments" {
            // A tagged template: what is put in is given to the tag apart from the text.
            return found;
        }
        let mut cursor = arguments.walk();
        for argument in arguments.named_children(&mut cursor) {
            match argument.kind() {
                "comment" => continue,
                "spread_element" => {
                    found.spread = true;
                    continue;
                }
                "object" => object_keys(syntax, argument, &mut found),
                // Options that were put together before.
                "identifier" => {
                    if let Some(value) = syntax.bound_value(argument).filter(|value| value.kind() == "object") {
                        object_keys(syntax, value, &mut found);
                    }
                }
                _ => {}
            }
            found.positional.push(argument);
        }
        found
    }

    fn is_async(&self, function: Node<'_>, _text: &str) -> bool {
        let mut cursor = function.walk();
        // `async` stands before the name; methods may have `static` before it.
        function.children(&mut cursor).take(4).any(|child| child.kind() == "async")
    }

    fn bound_name<'t>(&self, function: &Surroundings<'t>) -> Option<Node<'t>> {
        let parent = function.parent?;
        match parent.kind() {
            "variable_declarator" | "public_field_definition" => parent.child_by_field_name("name"),
            "field_definition" => parent.child_by_field_name("property"),
            "pair" => parent.child_by_field_name("key"),
            "assignment_expression" => {
                let left = parent.child_by_field_name("left")?;
                member(left).map(|(_, name)| name).or(Some(left))
            }
            _ => None,
        }
    }

    fn is_handler(&self, function: &Surroundings<'_>, parameters: Option<Node<'_>>) -> bool {
        let Some(parameters) = parameters else { return false };
        let text = function.text_of(parameters).trim_start_matches('(');
        let mut names = text.split(',').map(|name| name.split([':', ')', '=']).next().unwrap_or_default().trim());
        let first = names.next().unwrap_or_default();
        let second = names.next().unwrap_or_default();
        if matches!(first, "req" | "request" | "_req") && matches!(second, "res" | "response" | "reply" | "h" | "_res")
        {
            return true;
        }
        // `router.get("/x", async (c) => …)`
        let call = function.grandparent.filter(|node| node.kind() == "call_expression");
        let callee = call.and_then(|call| call.child_by_field_name("function"));
        let Some((_, method)) = callee.and_then(|callee| member(callee)) else { return false };
        let path = function.parent.and_then(|arguments| arguments.named_child(0)).map(|node| function.text_of(node));
        ROUTES.contains(&function.text_of(method))
            && matches!(first, "ctx" | "c" | "req" | "request" | "context" | "{ req" | "event")
            && path.is_some_and(|path| path.starts_with("\"/") || path.starts_with("'/") || path.starts_with("`/"))
    }

    fn is_test(&self, _name: &str, function: &Surroundings<'_>) -> bool {
        let call = function.grandparent.filter(|node| node.kind() == "call_expression");
        let Some(callee) = call.and_then(|call| call.child_by_field_name("function")) else { return false };
        let callee = function.text_of(callee);
        TESTS.contains(&callee.split(['.', '(']).next().unwrap_or(callee))
    }

    fn parameter_count(&self, parameters: Node<'_>, text: &str) -> u32 {
        let mut cursor = parameters.walk();
        // TypeScript gives `this` a type in the place of a parameter.
        let is_one =
            |parameter: &Node<'_>| parameter.kind() != "comment" && !text_of(*parameter, text).starts_with("this:");
        parameters.named_children(&mut cursor).filter(is_one).count() as u32
    }

    fn decisions(&self, node: Node<'_>, _text: &str) -> u32 {
        // In TypeScript each parameter is one node, whether it has a default or not.
        u32::from(node.kind() != "required_parameter" || node.child_by_field_name("value").is_some())
    }

    fn is_else_if(&self, _node: Node<'_>, parent: Node<'_>) -> bool {
        parent.kind() == "else_clause"
    }

    fn module(&self, node: Node<'_>, text: &str) -> Option<String> {
        required(node, text)
    }
}

/// Names bound by `const x = require("y")` and `const { a, b: c } = require("y")`.
fn require_binding(node: Node<'_>, text: &str, imports: &mut Imports) {
    let (Some(target), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value")) else {
        return;
    };
    let value = JavaScript.unwrap(value);
    let (module, member) = match required(value, text) {
        Some(module) => (module, None),
        None => {
            let Some((object, property)) = member(value) else { return };
            let Some(module) = required(object, text) else { return };
            (module, Some(text_of(property, text)))
        }
    };
    imports.add_module(module.as_str());
    let base = member.map_or(module.clone(), |member| format!("{module}.{member}"));
    match target.kind() {
        "identifier" => imports.add(text_of(target, text), base),
        "object_pattern" => {
            let mut cursor = target.walk();
            for part in target.named_children(&mut cursor) {
                match part.kind() {
                    "shorthand_property_identifier_pattern" => {
                        let name = text_of(part, text);
                        imports.add(name, format!("{base}.{name}"));
                    }
                    "pair_pattern" => {
                        let key = part.child_by_field_name("key").map(|key| text_of(key, text));
                        let local = part.child_by_field_name("value").filter(|value| value.kind() == "identifier");
                        if let (Some(key), Some(local)) = (key, local) {
                            imports.add(text_of(local, text), format!("{base}.{key}"));
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn object_keys<'t>(syntax: &Syntax<'t>, object: Node<'t>, found: &mut Arguments<'t>) {
    let mut cursor = object.walk();
    for property in object.named_children(&mut cursor) {
        match property.kind() {
            "pair" => {
                let key = property.child_by_field_name("key");
                if let (Some(key), Some(value)) = (key, property.child_by_field_name("value")) {
                    found.named.push((syntax.text_of(key).trim_matches(['"', '\'']).to_owned(), value));
                }
            }
            "shorthand_property_identifier" => found.named.push((syntax.text_of(property).to_owned(), property)),
            "spread_element" => found.spread = true,
            _ => {}
        }
    }
}

fn template<'t>(syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
    let mut cursor = node.walk();
    let parts: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
    let mut values = vec![Value::Text(String::new())];
    for part in parts {
        values.push(match part.kind() {
            "template_substitution" => {
                part.named_child(0).map_or(Value::Dynamic, |inner| syntax.value_at(inner, depth))
            }
            _ => Value::Text(syntax.text_of(part).to_owned()),
        });
    }
    Value::concat(values)
}
