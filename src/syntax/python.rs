use super::grammar::{Dialect, Names, Surroundings};
use super::resolve::Imports;
use super::value::split_braces;
use super::{Arguments, Node, Syntax, Value};

pub struct Python;

/// Decorators of routes, by their last name.
const ROUTES: &[&str] =
    &["route", "get", "post", "put", "delete", "patch", "head", "options", "websocket", "api_view", "api_route"];

/// The number of parameters where they are nothing but names, plain types and plain defaults between commas: what the tree
/// says, for a fraction of the cost.
fn simple_parameter_count(written: &str) -> Option<u32> {
    let inner = written.strip_prefix('(')?.strip_suffix(')')?;
    let is_simple = |byte: u8| byte.is_ascii_alphanumeric() || b"_., \t\r\n:=*/".contains(&byte);
    // The commas of a `lambda` are its own.
    if !inner.bytes().all(is_simple) || inner.contains("lambda") {
        return None;
    }
    let parameters = inner.split(',').map(str::trim).enumerate();
    let counts = |(index, name): &(usize, &str)| match *name {
        "" | "*" | "/" => false,
        "self" | "cls" => *index > 0,
        _ => true,
    };
    Some(parameters.filter(counts).count() as u32)
}

impl Dialect for Python {
    fn imports(&self, node: Node<'_>, text: &str, imports: &mut Imports) {
        let text_of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        let module = node.child_by_field_name("module_name").map(text_of);
        if let Some(module) = module {
            imports.add_module(module);
        }
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor) {
            let (path, alias) = match name.kind() {
                "aliased_import" => {
                    let path = name.child_by_field_name("name").map(text_of).unwrap_or_default();
                    (path, name.child_by_field_name("alias").map(text_of))
                }
                _ => (text_of(name), None),
            };
            match (module, alias) {
                (Some(module), alias) => imports.add(alias.unwrap_or(path), format!("{module}.{path}")),
                (None, Some(alias)) => imports.add(alias, path),
                // `import a.b` binds `a`.
                (None, None) => {
                    let first = path.split('.').next().unwrap_or(path);
                    imports.add(first, first);
                }
            }
            if module.is_none() {
                imports.add_module(path);
            }
        }
    }

    fn bindings<'t>(&self, node: Node<'t>, target: Node<'t>, value: Option<Node<'t>>, found: &mut Names<'t>) {
        match target.kind() {
            // `x += 1` is a binding of its own, and what it binds is not the right side.
            "identifier" if node.kind() == "augmented_assignment" => found.push((target, None)),
            "identifier" => found.push((target, value)),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "list_splat_pattern" => {
                let mut cursor = target.walk();
                for part in target.named_children(&mut cursor) {
                    self.bindings(node, part, None, found);
                }
            }
            _ => {}
        }
    }

    fn parameters<'t>(&self, parameters: Node<'t>, found: &mut Names<'t>) {
        let mut cursor = parameters.walk();
        for parameter in parameters.named_children(&mut cursor) {
            let name = match parameter.kind() {
                "identifier" => Some(parameter),
                "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => parameter.named_child(0),
                _ => parameter.child_by_field_name("name"),
            };
            found.extend(name.map(|name| (name, None)));
        }
    }

    fn unwrap<'t>(&self, mut node: Node<'t>) -> Node<'t> {
        while matches!(node.kind(), "parenthesized_expression" | "await") {
            match node.named_child(0) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    fn value<'t>(&self, syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string" => string(syntax, node, depth),
            "concatenated_string" => {
                let mut cursor = node.walk();
                let parts: Vec<Node<'t>> =
                    node.named_children(&mut cursor).filter(|part| part.kind() == "string").collect();
                Value::concat(parts.into_iter().map(|part| string(syntax, part, depth)))
            }
            "integer" => syntax.text_of(node).parse().map_or(Value::Constant, Value::Integer),
            "float" | "ellipsis" => Value::Constant,
            "true" => Value::True,
            "false" => Value::False,
            "none" => Value::None,
            "unary_operator" => match field("argument").map(|inner| syntax.value_at(inner, depth)) {
                Some(Value::Integer(number)) if syntax.text_of(node).starts_with('-') => Value::Integer(-number),
                Some(value) if value.is_constant() => Value::Constant,
                _ => Value::Dynamic,
            },
            "binary_operator" => {
                let (Some(left), Some(right), Some(operator)) = (field("left"), field("right"), field("operator"))
                else {
                    return Value::Dynamic;
                };
                match operator.kind() {
                    "+" => Value::concat([syntax.value_at(left, depth), syntax.value_at(right, depth)]),
                    "%" => match syntax.value_at(left, depth) {
                        Value::Text(template) => percent(syntax, &template, right, depth),
                        Value::Built(parts) => Value::Built(parts),
                        _ => Value::Dynamic,
                    },
                    "*" => product(syntax.value_at(left, depth), syntax.value_at(right, depth)),
                    _ => Value::Dynamic,
                }
            }
            "list" | "tuple" | "set" | "dictionary" => {
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
            "call" => format_call(syntax, node, depth),
            _ => Value::Dynamic,
        }
    }

    fn arguments<'t>(&self, syntax: &Syntax<'t>, arguments: Node<'t>) -> Arguments<'t> {
        let mut found = Arguments::default();
        if arguments.kind() != "argument_list" {
            found.positional.push(arguments);
            return found;
        }
        let mut cursor = arguments.walk();
        for argument in arguments.named_children(&mut cursor) {
            match argument.kind() {
                "comment" => {}
                "keyword_argument" => {
                    let name = argument.child_by_field_name("name");
                    if let (Some(name), Some(value)) = (name, argument.child_by_field_name("value")) {
                        found.named.push((syntax.text_of(name).to_owned(), value));
                    }
                }
                "list_splat" | "dictionary_splat" => found.spread = true,
                _ => found.positional.push(argument),
            }
        }
        found
    }

    fn is_async(&self, function: Node<'_>, _text: &str) -> bool {
        function.child(0).is_some_and(|first| first.kind() == "async")
    }

    fn is_handler(&self, function: &Surroundings<'_>, parameters: Option<Node<'_>>) -> bool {
        let routed = function.decorators.iter().any(|decorator| {
            let text = function.text_of(*decorator).trim_start_matches('@');
            let name = text.split('(').next().unwrap_or(text).trim();
            name.rsplit_once('.').is_some_and(|(_, last)| ROUTES.contains(&last)) || name == "api_view"
        });
        routed
            || parameters.is_some_and(|parameters| {
                let first = function.text_of(parameters).trim_start_matches('(').trim_start();
                let first = first.strip_prefix("self,").map_or(first, str::trim_start);
                first.strip_prefix("request").is_some_and(|rest| rest.starts_with([',', ')', ':', ' ']))
            })
    }

    fn is_test(&self, name: &str, _function: &Surroundings<'_>) -> bool {
        name.starts_with("test_")
    }

    fn is_test_class(&self, name: &str, _decorators: &[Node<'_>], _text: &str) -> bool {
        name.starts_with("Test") || name.ends_with("TestCase") || name.ends_with("Tests")
    }

    fn parameter_count(&self, parameters: Node<'_>, text: &str) -> u32 {
        let written = text.get(parameters.byte_range()).unwrap_or_default();
        if let Some(count) = simple_parameter_count(written) {
            return count;
        }
        let mut cursor = parameters.walk();
        let mut count = 0;
        for (index, parameter) in parameters.named_children(&mut cursor).enumerate() {
            let name = text.get(parameter.byte_range()).unwrap_or_default();
            let is_receiver = index == 0 && matches!(name, "self" | "cls");
            let is_mark = matches!(parameter.kind(), "comment" | "keyword_separator" | "positional_separator");
            if !is_receiver && !is_mark {
                count += 1;
            }
        }
        count
    }

    fn decisions(&self, node: Node<'_>, text: &str) -> u32 {
        if node.kind() != "case_clause" {
            return 1;
        }
        // The guard counts for itself.
        if node.child_by_field_name("guard").is_some() {
            return 1;
        }
        let pattern = node.named_child(0).and_then(|pattern| text.get(pattern.byte_range())).unwrap_or_default().trim();
        let is_name =
            pattern.chars().all(|c| c == '_' || c.is_alphanumeric()) && !pattern.starts_with(char::is_numeric);
        // `_` and a bare name take whatever is left.
        u32::from(!is_name || matches!(pattern, "None" | "True" | "False"))
    }
}

/// `2 * 1024`, `b"\0" * 16`.
fn product(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => {
            left.checked_mul(right).map_or(Value::Constant, Value::Integer)
        }
        (left, right) if left.is_constant() && right.is_constant() => Value::Constant,
        _ => Value::Dynamic,
    }
}

/// A string literal; an f-string is built when a part of it is not constant.
fn string<'t>(syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
    let mut cursor = node.walk();
    let parts: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
    let mut values = vec![Value::Text(String::new())];
    for part in parts {
        match part.kind() {
            "string_content" => values.push(Value::Text(syntax.text_of(part).to_owned())),
            "interpolation" => {
                let inner = part.child_by_field_name("expression").or_else(|| part.named_child(0));
                values.push(inner.map_or(Value::Dynamic, |inner| syntax.value_at(inner, depth)));
            }
            _ => {}
        }
    }
    Value::concat(values)
}

/// `template % right`.
fn percent<'t>(syntax: &Syntax<'t>, template: &str, right: Node<'t>, depth: u32) -> Value {
    let right = syntax.unwrap(right);
    let items: Vec<Node<'t>> = if right.kind() == "tuple" {
        let mut cursor = right.walk();
        right.named_children(&mut cursor).collect()
    } else {
        vec![right]
    };
    Value::filled(split_percent(template).iter().map(String::as_str), |index| {
        items.get(index).map_or(Value::Dynamic, |item| syntax.value_at(*item, depth))
    })
}

/// The texts around `%s`, `%(name)d` and the like; `%%` is a percent sign.
fn split_percent(template: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut current = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            current.push(c);
        } else if chars.peek() == Some(&'%') {
            chars.next();
            current.push('%');
        } else {
            if chars.peek() == Some(&'(') {
                while chars.next().is_some_and(|inner| inner != ')') {}
            }
            while chars.next().is_some_and(|flag| !flag.is_ascii_alphabetic()) {}
            parts.push(std::mem::take(&mut current));
        }
    }
    parts.push(current);
    parts
}

/// `"…".format(…)`, `str(x)`; other calls are dynamic.
fn format_call<'t>(syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value {
    let Some((receiver, "format")) = node.child_by_field_name("function").and_then(|function| syntax.member(function))
    else {
        return Value::Dynamic;
    };
    match syntax.value_at(receiver, depth) {
        Value::Text(template) => {
            let arguments = node.child_by_field_name("arguments");
            let arguments = arguments.map(|node| Python.arguments(syntax, node)).unwrap_or_default();
            let values: Vec<Value> =
                arguments.positional.iter().map(|argument| syntax.value_at(*argument, depth)).collect();
            let all_constant = !arguments.spread
                && values.iter().all(Value::is_constant)
                && arguments.named.iter().all(|(_, value)| syntax.value_at(*value, depth).is_constant());
            Value::filled(split_braces(&template).iter().map(String::as_str), |index| {
                if all_constant { values.get(index).cloned().unwrap_or(Value::Constant) } else { Value::Dynamic }
            })
        }
        Value::Built(parts) => Value::Built(parts),
        _ => Value::Dynamic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_count_the_same_in_the_text_as_in_the_tree() {
        let lists = [
            ("()", 0),
            ("(self)", 0),
            ("(a, self)", 2),
            ("(cls, a: int = 1, *args, **kwargs)", 3),
            ("(a, /, b, *, c=None,)", 3),
            ("(\n    self,\n    a: str,\n)", 1),
            ("(a=1 if x else 2, b=x.y)", 2),
        ];
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&tree_sitter_python::LANGUAGE.into()).unwrap();
        for (list, count) in lists {
            assert_eq!(simple_parameter_count(list), Some(count), "{list}");
            // A comment sends the count through the tree.
            let text = format!("def f{}# why\n): pass\n", list.trim_end_matches(')'));
            let tree = parser.parse(&text, None).unwrap();
            let parameters = tree.root_node().named_child(0).and_then(|node| node.child_by_field_name("parameters"));
            assert_eq!(Python.parameter_count(parameters.unwrap(), &text), count, "{list}");
        }
        for list in ["(a, b=(1, 2))", "(a, b=[1, 2])", "(a=lambda x, y: 1)", "(a='x,y')", "(a,  # why\n b)"] {
            assert_eq!(simple_parameter_count(list), None, "{list}");
        }
    }
}
