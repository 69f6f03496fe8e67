//! Parameters that are input as such: what a framework puts into a handler's, known by name, type or decorator.

use super::rust::NUMBERS;
use super::trace::{Origin, Tracer, input};
use crate::model::Language;
use crate::syntax::{Function, Node, Role, Syntax};

/// Where the parameter `node` of `function` comes from; `None` if the lists say nothing about it.
pub fn origin<'a>(
    tracer: &Tracer<'a, '_>,
    node: Node<'a>,
    keys: &[&str],
    function: &Function<'a>,
) -> Option<Origin<'a>> {
    let syntax = tracer.syntax;
    let annotation = node.child_by_field_name("type");
    if annotation.is_some_and(|annotation| is_number(syntax, annotation)) {
        return Some(Origin::Constant);
    }
    let name = name_of(syntax, node);
    let default = node.child_by_field_name("value").map(|value| syntax.text_of(value)).unwrap_or_default();
    if default.starts_with("Depends(") || default.starts_with("Security(") {
        return None;
    }
    let last_name = function.name.rsplit('.').next().unwrap_or_default();
    let decorated = if syntax.language.is_javascript_like() { node } else { function.node };
    let decorators = decorators_of(syntax, decorated);
    for (source, entry) in tracer.lists.parameters(syntax) {
        let has = |list: &[String], word: &str| list.is_empty() || list.iter().any(|one| one == word);
        if !has(&entry.parameter, name) || !has(&entry.function, last_name) {
            continue;
        }
        // Without a type it is text.
        let is_of_type = annotation.map_or_else(
            || entry.types.iter().any(|one| one == "str"),
            |annotation| is_one_of(syntax, annotation, &entry.types),
        );
        if !entry.types.is_empty() && !is_of_type {
            continue;
        }
        if entry.decorator.is_empty() {
            return Some(input(source, node, keys.is_empty()));
        }
        let decorator = decorators.iter().find(|(last, _)| entry.decorator.iter().any(|one| one == last));
        match decorator.map(|(_, text)| in_route(text, name)) {
            Some(Some(true)) => return Some(input(source, node, keys.is_empty())),
            Some(Some(false)) => return Some(Origin::Constant),
            Some(None) | None => {}
        }
    }
    None
}

/// Whether the parameter is text of the route; `Some(false)` where the route lets only numbers through.
fn in_route(decorator: &str, name: &str) -> Option<bool> {
    if !decorator.contains('<') {
        return Some(true);
    }
    let part = decorator.split('<').skip(1).filter_map(|part| part.split('>').next());
    let mut part = part.filter_map(|part| {
        let (kind, own) = part.rsplit_once(':').unwrap_or(("", part));
        (own.trim_end_matches("..") == name).then_some(kind)
    });
    part.next().map(|kind| !matches!(kind, "int" | "float" | "uuid"))
}

fn name_of<'a>(syntax: &Syntax<'a>, node: Node<'a>) -> &'a str {
    let inner = ["name", "pattern"].iter().find_map(|field| node.child_by_field_name(field));
    let inner = inner.or_else(|| node.named_child(0).filter(|_| node.kind() == "typed_parameter")).unwrap_or(node);
    syntax.text_of(inner).trim_start_matches("mut ")
}

/// The decorators or attributes of a function, in JavaScript of a parameter: last name and text.
pub fn decorators_of<'a>(syntax: &Syntax<'a>, node: Node<'a>) -> Vec<(&'a str, &'a str)> {
    let mut nodes: Vec<Node<'a>> = Vec::new();
    match syntax.language {
        Language::Python => {
            if let Some(whole) = syntax.around(node).next().filter(|parent| parent.kind() == "decorated_definition") {
                let mut cursor = whole.walk();
                nodes.extend(whole.named_children(&mut cursor).filter(|child| child.kind() == "decorator"));
            }
        }
        Language::Rust => {
            let mut before = node.prev_sibling();
            while let Some(attribute) = before.filter(|before| before.kind() == "attribute_item") {
                nodes.push(attribute);
                before = attribute.prev_sibling();
            }
        }
        _ => {
            let mut cursor = node.walk();
            nodes.extend(node.children_by_field_name("decorator", &mut cursor));
        }
    }
    let last_name = |text: &'a str| {
        let path = text.trim_start_matches(['@', '#', '[']).split(['(', ']']).next().unwrap_or_default().trim();
        path.rsplit(['.', ':']).next().unwrap_or(path)
    };
    nodes.into_iter().map(|node| syntax.text_of(node)).map(|text| (last_name(text), text)).collect()
}

/// What the method works on that the function is given to, if its parameter `index` is an element of that.
pub fn worked_on<'a>(syntax: &Syntax<'a>, function: &Function<'a>, index: usize) -> Option<Node<'a>> {
    const METHODS: &[&str] = &["map", "forEach", "filter", "flatMap", "some", "every", "find", "then"];
    let mut around = syntax.around(function.node);
    let is_given = around.next().is_some_and(|parent| parent.kind() == "arguments") && index == 0;
    let callee = syntax.child(around.next().filter(|_| is_given)?, Role::Callee)?;
    let (receiver, name) = syntax.member(callee)?;
    METHODS.contains(&name).then_some(receiver)
}

/// Words around a type that say nothing about what it holds.
const WRAPPERS: &[&str] = &[
    "Optional",
    "Option",
    "Union",
    "None",
    "null",
    "undefined",
    "Annotated",
    "Path",
    "Query",
    "web",
    "List",
    "list",
    "Vec",
    "Array",
    "axum",
    "extract",
    "actix_web",
    "std",
    "num",
    "uuid",
    "datetime",
    "typing",
    "decimal",
];

/// Types that hold no text, beside Rust's.
const OTHER_NUMBERS: &[&str] =
    &["int", "float", "bool", "UUID", "date", "datetime", "Decimal", "number", "boolean", "Date", "bigint"];

fn words<'a>(syntax: &Syntax<'a>, annotation: Node<'a>) -> impl Iterator<Item = &'a str> {
    let text = syntax.text_of(annotation);
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn is_number<'a>(syntax: &Syntax<'a>, annotation: Node<'a>) -> bool {
    let mut any = false;
    words(syntax, annotation).all(|word| {
        let is_number = NUMBERS.contains(&word) || OTHER_NUMBERS.contains(&word);
        any |= is_number;
        is_number || WRAPPERS.contains(&word)
    }) && any
}

fn is_one_of<'a>(syntax: &Syntax<'a>, annotation: Node<'a>, types: &[String]) -> bool {
    let path = syntax.resolve(annotation).path;
    types
        .iter()
        .any(|one| if one.contains('.') { *one == path } else { words(syntax, annotation).any(|word| word == one) })
}
