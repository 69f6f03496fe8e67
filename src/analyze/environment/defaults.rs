//! Defaults for secrets in code: what a program falls back to when a variable is not set.

use std::ops::Range;

use super::names::secret_kind;
use crate::model::Language;
use crate::syntax::{Call, Node, Syntax, Value};

/// A variable that is read with a constant to fall back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Default {
    pub name: String,
    pub value: String,
    /// The expression that gives the value.
    pub span: Range<usize>,
}

/// The defaults in a file that was parsed.
pub fn in_code<'t>(syntax: &Syntax<'t>) -> Vec<Default> {
    let reads_environment = match syntax.language {
        Language::Python => ["environ", "getenv", "decouple"].iter().any(|word| syntax.text.contains(word)),
        Language::Rust => syntax.text.contains("var("),
        _ => false,
    };
    if syntax.language.is_javascript_like() {
        return in_javascript(syntax);
    }
    if !reads_environment {
        return Vec::new();
    }
    let found = |call: &Call<'t>| match syntax.language {
        Language::Python => in_python(syntax, call),
        _ => in_rust(syntax, call),
    };
    syntax.calls.iter().filter_map(found).collect()
}

/// `os.environ.get("X", "y")`, `os.getenv("X", default="y")`, `config("X", default="y")`, and `… or "y"` after any of them.
fn in_python<'t>(syntax: &Syntax<'t>, call: &Call<'t>) -> Option<Default> {
    let last = syntax.last_name(call.callee)?;
    if !matches!(last, "get" | "getenv" | "config") {
        return None;
    }
    let callee = syntax.resolve_call(call);
    if !matches!(callee.path.as_str(), "os.environ.get" | "os.getenv" | "decouple.config") {
        return None;
    }
    let arguments = syntax.arguments(call);
    let name = text(syntax, *arguments.positional.first()?)?;
    let named = arguments.named.iter().find(|(name, _)| name == "default").map(|(_, node)| *node);
    let default = arguments.positional.get(1).copied().or(named).or_else(|| {
        let around = Around::of(syntax, call.node)?;
        let parent = around.parent(0).filter(|parent| parent.kind() == "boolean_operator")?;
        let is_or = parent.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "or");
        (is_or && parent.child_by_field_name("left") == Some(call.node)).then(|| parent.child_by_field_name("right"))?
    })?;
    Some(Default { name, value: text(syntax, default)?, span: default.byte_range() })
}

/// `std::env::var("X").unwrap_or("y".into())`, `…unwrap_or_else(|_| "y".to_string())`.
fn in_rust<'t>(syntax: &Syntax<'t>, call: &Call<'t>) -> Option<Default> {
    if !matches!(syntax.last_name(call.callee)?, "unwrap_or" | "unwrap_or_else") {
        return None;
    }
    let (receiver, _) = syntax.member(call.callee)?;
    let read = syntax.calls.iter().find(|inner| inner.node == receiver)?;
    if !matches!(syntax.resolve_call(read).path.as_str(), "std.env.var" | "env.var") {
        return None;
    }
    let name = text(syntax, *syntax.arguments(read).positional.first()?)?;
    let default = *syntax.arguments(call).positional.first()?;
    let literal = only_string(default)?;
    Some(Default { name, value: text(syntax, literal)?, span: literal.byte_range() })
}

/// The one string literal within `node`, which may wrap it in a closure and conversions.
fn only_string(node: Node<'_>) -> Option<Node<'_>> {
    let mut pending = vec![node];
    let mut found = None;
    // A default that needs more nodes than these is computed.
    for _ in 0..40 {
        let Some(node) = pending.pop() else { break };
        if node.kind() == "string_literal" {
            if found.is_some() {
                return None;
            }
            found = Some(node);
            continue;
        }
        if node.kind() == "macro_invocation" {
            return None;
        }
        let mut cursor = node.walk();
        pending.extend(node.named_children(&mut cursor));
    }
    if pending.is_empty() { found } else { None }
}

/// Reads of the environment that are looked at in one file: finding what stands around one takes a walk from the root.
const MOST_READS: usize = 200;

/// `process.env.X || "y"`, `process.env["X"] ?? "y"`, `import.meta.env.X || "y"`.
fn in_javascript(syntax: &Syntax<'_>) -> Vec<Default> {
    let markers = ["process.env", "import.meta.env", "Bun.env"];
    let reads = markers.iter().flat_map(|marker| {
        let places = syntax.text.match_indices(marker).map(|(at, _)| at..at + marker.len());
        places.filter(|place| names_secret(syntax.text.get(place.end..).unwrap_or_default()))
    });
    let mut found: Vec<Default> = reads.take(MOST_READS).filter_map(|marker| after_read(syntax, marker)).collect();
    found.sort_by_key(|default| default.span.start);
    found
}

/// Whether what follows a read of the environment, `.X` or `["X"]`, names a secret.
fn names_secret(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['?', '.', '[', '"', '\'', '`']);
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    rest.get(..length).is_some_and(|name| secret_kind(name).is_some())
}

fn after_read(syntax: &Syntax<'_>, marker: Range<usize>) -> Option<Default> {
    let environment = syntax.root.descendant_for_byte_range(marker.start, marker.end)?;
    if environment.kind() != "member_expression" || environment.byte_range() != marker {
        return None;
    }
    let around = Around::of(syntax, environment)?;
    let read = around.parent(0)?;
    let name = match read.kind() {
        "member_expression" => read.child_by_field_name("property").map(|node| text_of(syntax, node).to_owned())?,
        "subscript_expression" => {
            let index = text_of(syntax, read.child_by_field_name("index")?);
            index.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?.to_owned()
        }
        _ => return None,
    };
    let (height, operand) = around.alternative(syntax, 1, read)?;
    let operation = around.parent(height)?;
    // In `a || process.env.X || "y"` the variable stands on the right of the inner operation.
    let outer = if operation.child_by_field_name("right") == Some(operand) {
        let (height, inner) = around.alternative(syntax, height + 1, operation)?;
        around.parent(height).filter(|outer| outer.child_by_field_name("left") == Some(inner))?
    } else {
        operation
    };
    let right = outer.child_by_field_name("right")?;
    let value = literal(syntax, right)?;
    Some(Default { name, value, span: right.byte_range() })
}

/// A node and what it stands in. A node that is asked for its parent walks down from the root each time; this walks once.
struct Around<'t> {
    /// The nearest first.
    above: Vec<Node<'t>>,
}

impl<'t> Around<'t> {
    fn of(syntax: &Syntax<'t>, node: Node<'_>) -> Option<Around<'t>> {
        let mut cursor = syntax.root.walk();
        let mut above = Vec::new();
        while cursor.node() != node {
            above.push(cursor.node());
            cursor.goto_first_child_for_byte(node.start_byte())?;
        }
        above.reverse();
        Some(Around { above })
    }

    /// The parent at 0, its parent at 1.
    fn parent(&self, height: usize) -> Option<Node<'t>> {
        self.above.get(height).copied()
    }

    /// The height of the `||` or `??` operation that `node` is an operand of, whatever parentheses and casts stand
    /// around it, and that operand. `height` is that of the parent of `node`.
    fn alternative(&self, syntax: &Syntax<'_>, height: usize, node: Node<'t>) -> Option<(usize, Node<'t>)> {
        let (mut operand, mut height) = (node, height);
        let mut parent = self.parent(height)?;
        while matches!(parent.kind(), "parenthesized_expression" | "non_null_expression" | "as_expression") {
            operand = parent;
            height += 1;
            parent = self.parent(height)?;
        }
        let operator = parent.child_by_field_name("operator").map(|node| text_of(syntax, node));
        (parent.kind() == "binary_expression" && matches!(operator, Some("||" | "??"))).then_some((height, operand))
    }
}

/// The text of a string literal, or of a template without parts to fill in.
fn literal(syntax: &Syntax<'_>, node: Node<'_>) -> Option<String> {
    let text = text_of(syntax, node);
    match node.kind() {
        "string" => Some(text.get(1..text.len().checked_sub(1)?)?.to_owned()),
        "template_string" if !text.contains("${") => Some(text.get(1..text.len().checked_sub(1)?)?.to_owned()),
        _ => None,
    }
}

fn text_of<'t>(syntax: &Syntax<'t>, node: Node<'_>) -> &'t str {
    syntax.text.get(node.byte_range()).unwrap_or_default()
}

fn text<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<String> {
    match syntax.value(node) {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The defaults of shells and compose files: `${X:-y}`, `${X-y}`.
pub fn in_shell(text: &str) -> Vec<Default> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("${") {
        let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let before = text.get(line_start..at).unwrap_or_default();
        if before.trim_start().starts_with('#') || before.contains(" #") || before.ends_with(['\\', '$']) {
            continue;
        }
        let rest = text.get(at + 2..).unwrap_or_default();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(length);
        let Some(value) = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')) else { continue };
        let Some(end) = value.find(['}', '\n']) else { continue };
        let start = at + 2 + name.len() + (rest.len() - value.len());
        let Some(value) = value.get(..end) else { continue };
        let quoted = value.trim_matches(['"', '\'']);
        found.push(Default { name: name.to_owned(), value: quoted.to_owned(), span: start..start + value.len() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_defaults_are_found_outside_of_comments() {
        let text = "A=${DB_PASSWORD:-postgres}\n# ${X:-y}\nB=${Y-\"z\"} ${W} ${V:=u}\n";
        let found = in_shell(text);
        let pairs: Vec<(&str, &str)> = found.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        assert_eq!(pairs, [("DB_PASSWORD", "postgres"), ("Y", "z")]);
        assert_eq!(&text[found[0].span.clone()], "postgres");
        assert_eq!(&text[found[1].span.clone()], "\"z\"");
    }
}
