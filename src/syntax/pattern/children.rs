//! A node as a pattern sees it: its children, its key, its name, and what says the same.

use super::super::facts::Fact;
use super::super::{Node, Role, Syntax, Value};
use super::Steps;
use super::kinds::{is_dropped, is_tokens, is_unsaid, strip};

/// How far below an import the names stand that it binds.
const MAX_IMPORT: usize = 4;

/// A child of a node.
#[derive(Clone, Copy, Debug)]
pub struct Child<'t> {
    pub node: Node<'t>,
    /// Whether a match may leave it out.
    pub is_unsaid: bool,
    /// Whether it has a key, and so no place of its own.
    pub is_keyed: bool,
}

/// The children of `node` that mean something, in order.
pub fn children<'t>(node: Node<'t>) -> Vec<Child<'t>> {
    let in_tokens = is_tokens(node);
    let mut found = Vec::new();
    let mut cursor = node.walk();
    if !cursor.goto_first_child() {
        return found;
    }
    loop {
        let child = cursor.node();
        if !is_dropped(child, in_tokens) {
            let is_unsaid = is_unsaid(child, cursor.field_name());
            found.push(Child { node: child, is_unsaid, is_keyed: has_key(child) });
        }
        if !cursor.goto_next_sibling() {
            return found;
        }
    }
}

fn has_key(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "keyword_argument"
            | "pair"
            | "jsx_attribute"
            | "field_initializer"
            | "shorthand_property_identifier"
            | "shorthand_field_initializer"
    )
}

impl<'t> Syntax<'t> {
    /// The key of a keyword argument, an entry or an attribute, and its value where it has one.
    pub(super) fn key_and_value(&self, node: Node<'t>) -> Option<(&'t str, Option<Node<'t>>)> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "keyword_argument" => Some((self.text_of(field("name")?), field("value"))),
            "pair" => {
                let key = field("key")?;
                let is_plain = matches!(key.kind(), "string" | "property_identifier" | "number" | "integer")
                    && (key.kind() != "string" || self.value(key).is_constant());
                let text = self.text_of(key).trim_matches(['"', '\'']);
                is_plain.then_some((text, field("value")))
            }
            "field_initializer" => Some((self.text_of(field("field")?), field("value"))),
            "shorthand_property_identifier" => Some((self.text_of(node), Some(node))),
            "shorthand_field_initializer" => Some((self.text_of(node), node.named_child(0))),
            "jsx_attribute" => Some((self.text_of(node.named_child(0)?), node.named_child(1))),
            _ => None,
        }
    }

    /// `a.b.c` as it is written, `.` between the parts in every language, a required module by its name.
    pub(super) fn written_path(&self, node: Node<'t>) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut node = node;
        loop {
            if self.is_name(node) {
                parts.push(self.text_of(node).to_owned());
                break;
            }
            if let Some(module) = self.dialect.module(node, self.text) {
                parts.push(module);
                break;
            }
            let (receiver, name) = self.member_nodes(node)?;
            parts.push(self.text_of(name).to_owned());
            node = receiver;
        }
        parts.reverse();
        Some(parts.join("."))
    }

    /// Whether two pieces of code say the same.
    pub(super) fn is_same(&self, one: Node<'t>, other: Node<'t>, steps: &Steps) -> bool {
        let (one, other) = (strip(one), strip(other));
        self.text_of(one) == self.text_of(other)
            || one.kind_id() == other.kind_id() && self.words(one, steps) == self.words(other, steps)
    }

    /// Names, signs and literals, quotes and comments left aside.
    fn words(&self, node: Node<'t>, steps: &Steps) -> Vec<String> {
        let mut words = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if !steps.take() {
                // Nothing is the same as what was not read to its end.
                words.push(node.id().to_string());
                break;
            }
            let is_text = self.facts.fact(node.kind_id()).has(Fact::STRING);
            match is_text.then(|| self.dialect.value(self, node, 0)) {
                Some(Value::Text(text)) => words.push(text),
                _ if node.child_count() == 0 => words.push(self.text_of(node).to_owned()),
                _ => open.extend(children(node).iter().rev().map(|child| strip(child.node))),
            }
        }
        words
    }

    /// Whether a name stands for a value, and not for a part of something.
    pub fn is_expression(&self, node: Node<'t>) -> bool {
        let around: Vec<Node<'t>> = self.around(node).take(MAX_IMPORT).collect();
        let Some(parent) = around.first().copied() else { return true };
        let is_name = self.facts.child(parent, Role::Name).is_some_and(|name| name.id() == node.id());
        let value_of = |(_, value): (&str, Option<Node<'t>>)| value.is_none_or(|value| value.id() != node.id());
        let is_key = self.key_and_value(parent).is_some_and(value_of);
        let is_import = around.iter().any(|around| self.facts.fact(around.kind_id()).has(Fact::IMPORT));
        !is_name && !is_key && !is_import
    }
}
