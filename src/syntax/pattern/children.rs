//! The children of a node as a pattern sees them.

use super::super::{Node, Syntax};
use super::kinds::{is_dropped, is_tokens, is_unsaid};

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
}
