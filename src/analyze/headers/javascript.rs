//! What the readers of JavaScript share: objects, texts that are put together, and headers that code sets by itself.

use super::code::{bound, plain};
use super::model::{Sent, Spot, UNKNOWN};
use crate::syntax::{Node, Syntax, Value};

/// Key, value and the pair itself of an object literal, or of the one that a name stands for; none for any other node.
pub fn pairs<'t>(syntax: &Syntax<'t>, object: Node<'t>) -> Vec<(String, Node<'t>, Node<'t>)> {
    let object = bound(syntax, object);
    if object.kind() != "object" {
        return Vec::new();
    }
    let mut cursor = object.walk();
    let pairs = object.named_children(&mut cursor).filter(|child| child.kind() == "pair");
    pairs
        .filter_map(|pair| {
            let key = syntax.text_of(pair.child_by_field_name("key")?).trim_matches(['"', '\'']).to_owned();
            Some((key, syntax.unwrap(pair.child_by_field_name("value")?), pair))
        })
        .collect()
}

pub fn is_false(syntax: &Syntax<'_>, node: Node<'_>) -> bool {
    syntax.text_of(node) == "false"
}

/// The items of an array literal, or of the one that a name stands for.
pub fn items<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<Vec<Node<'t>>> {
    let array = bound(syntax, node);
    let mut cursor = array.walk();
    (array.kind() == "array")
        .then(|| array.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect())
}

/// A text as far as it is known: literals, what is put together of them, and `[…].join(…)`; with calls that only tidy it.
pub fn text<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> String {
    let node = bound(syntax, node);
    if let Some(known) = syntax.value(node).known_text() {
        return plain(&known);
    }
    let callee = node.child_by_field_name("function").and_then(|callee| syntax.member(callee));
    match callee {
        Some((receiver, "trim" | "replace" | "replaceAll" | "toString")) => text(syntax, receiver),
        Some((receiver, "join")) => {
            let separator = node.child_by_field_name("arguments").and_then(|it| it.named_child(0));
            let separator = separator.and_then(|it| syntax.value(it).known_text()).unwrap_or_else(|| ",".to_owned());
            let parts = items(syntax, receiver);
            parts.map_or(UNKNOWN.to_string(), |parts| {
                parts.iter().map(|part| text(syntax, *part)).collect::<Vec<_>>().join(&separator)
            })
        }
        _ => UNKNOWN.to_string(),
    }
}

/// The headers that calls in the code set: `res.setHeader(name, value)`, `res.set({ … })` and their like.
pub fn set_by_calls(syntax: &Syntax<'_>) -> Vec<Sent> {
    let mut sent = Vec::new();
    for call in syntax.calls.iter().filter(|call| !call.scope.in_test) {
        let Some(name) = syntax.last_name(call.callee) else { continue };
        if !matches!(
            name,
            "setHeader" | "set" | "header" | "headers" | "append" | "writeHead" | "Headers" | "setHeaders" | "Response"
        ) {
            continue;
        }
        let arguments = syntax.arguments(call).positional;
        if let [name, value, ..] = arguments.as_slice()
            && let Value::Text(name) = syntax.value(*name)
        {
            sent.extend(Sent::named(&name, text(syntax, *value), Spot::new(0, call.node.byte_range())));
            continue;
        }
        for object in arguments.iter().filter(|argument| argument.kind() == "object") {
            sent.extend(of_object(syntax, *object));
            let nested = pairs(syntax, *object).into_iter().filter(|(key, ..)| key == "headers");
            nested.for_each(|(_, inner, _)| sent.extend(of_object(syntax, inner)));
        }
    }
    sent
}

/// The headers of `{ "X-Frame-Options": "DENY" }`.
pub fn of_object<'t>(syntax: &Syntax<'t>, object: Node<'t>) -> Vec<Sent> {
    let one = |(key, value, pair): (String, Node<'t>, Node<'t>)| {
        Sent::named(&key, text(syntax, value), Spot::new(0, pair.byte_range()))
    };
    pairs(syntax, object).into_iter().filter_map(one).collect()
}

/// `scriptSrc` is `script-src` in the header; quoted keys may already be.
pub fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

/// The sources that an array of strings lists, as they stand in a policy.
fn sources<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> String {
    match items(syntax, node) {
        Some(items) => items.iter().map(|item| text(syntax, *item)).collect::<Vec<_>>().join(" "),
        None => text(syntax, node),
    }
}

/// `{ scriptSrc: ["'self'"] }` as the policy that is made of it, completed with `defaults`; and where its scripts are said.
pub fn policy<'t>(syntax: &Syntax<'t>, directives: Node<'t>, defaults: &[(&str, &str)]) -> (String, Node<'t>) {
    let object = bound(syntax, directives);
    let mut place = directives;
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value, pair) in pairs(syntax, directives) {
        let name = kebab(&key);
        if name == "script-src" {
            place = pair;
        }
        // `null` and `false` take a default away.
        if !matches!(syntax.text_of(value), "null" | "false") {
            parts.push((name, sources(syntax, value)));
        } else {
            parts.push((format!("without-{name}"), String::new()));
        }
    }
    let has = |parts: &[(String, String)], name: &str| {
        parts.iter().any(|(known, _)| known == name || known.strip_prefix("without-") == Some(name))
    };
    for (name, sources) in defaults {
        if !has(&parts, name) {
            parts.push(((*name).to_owned(), (*sources).to_owned()));
        }
    }
    // What is spread into it, or not written here at all, may say anything.
    let mut cursor = object.walk();
    let is_open = object.kind() != "object"
        || object.named_children(&mut cursor).any(|child| !matches!(child.kind(), "pair" | "comment"));
    let parts = parts.into_iter().filter(|(name, _)| !name.starts_with("without-"));
    let mut policy: Vec<String> = parts.map(|(name, sources)| format!("{name} {sources}")).collect();
    policy.extend(is_open.then(|| UNKNOWN.to_string()));
    (policy.join("; "), place)
}
