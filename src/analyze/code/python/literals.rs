//! Literals that do not hold what they seem to: a key given twice, one list under many indices.

use std::collections::HashSet;

use super::Check;
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Syntax};

pub struct Literals {
    duplicate_key: Check,
    repeated_element: Check,
}

/// How deep dictionaries in dictionaries are looked into.
const MAX_DEPTH: u32 = 12;

/// With more keys given twice it is a table, meant to be read so.
const MOST_SLIPS: usize = 3;

impl Literals {
    pub fn new(rules: &RuleSet) -> Literals {
        Literals {
            duplicate_key: Check::new(rules, "python-duplicate-key"),
            repeated_element: Check::new(rules, "python-repeated-element"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for value in syntax.assigns.iter().filter_map(|assign| assign.value) {
            match value.kind() {
                "dictionary" => self.keys(syntax, value, MAX_DEPTH, sink),
                "binary_operator" if repeats_mutable(syntax, value) => {
                    self.repeated_element.report(&value.byte_range(), sink);
                }
                _ => {}
            }
        }
    }

    fn keys<'a>(&self, syntax: &'a Syntax<'a>, dictionary: Node<'a>, depth: u32, sink: &mut Sink) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let (mut seen, mut again) = (HashSet::new(), Vec::new());
        let mut cursor = dictionary.walk();
        for pair in dictionary.named_children(&mut cursor).filter(|child| child.kind() == "pair") {
            let (Some(key), Some(value)) = (pair.child_by_field_name("key"), pair.child_by_field_name("value")) else {
                continue;
            };
            if let Some(text) = literal_key(syntax, key)
                && !seen.insert(text)
            {
                again.push(key);
            }
            if value.kind() == "dictionary" {
                self.keys(syntax, value, depth, sink);
            }
        }
        if again.len() <= MOST_SLIPS {
            for key in again {
                self.duplicate_key.report_name(&key.byte_range(), syntax.text_of(key), sink);
            }
        }
    }
}

/// A key that is the same wherever it is written the same: a plain string or a whole number. Only of plain text it does not
/// matter how it is quoted.
fn literal_key<'a>(syntax: &'a Syntax<'a>, key: Node<'a>) -> Option<(bool, &'a str)> {
    let text = syntax.text_of(key);
    match key.kind() {
        "integer" => Some((false, text)),
        "string" if text.starts_with(['"', '\'']) => {
            let inner = text.get(1..text.len() - 1).filter(|inner| !inner.contains(['"', '\'', '\\']));
            Some((true, inner.unwrap_or(text)))
        }
        _ => None,
    }
}

/// `[[]] * n`, `[{}] * n`.
fn repeats_mutable<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> bool {
    let field = |name: &str| value.child_by_field_name(name);
    let (Some(left), Some(operator)) = (field("left"), field("operator")) else { return false };
    let element = left.named_child(0).filter(|_| left.kind() == "list" && left.named_child_count() == 1);
    operator.kind() == "*"
        && element.is_some_and(|element| {
            matches!(element.kind(), "list" | "dictionary" | "set" | "list_comprehension")
                || matches!(syntax.text_of(element), "list()" | "dict()" | "set()")
                || is_repeated_list(element)
        })
}

/// `[0] * width`, which is a list itself.
fn is_repeated_list(element: Node<'_>) -> bool {
    element.kind() == "binary_operator"
        && element.child_by_field_name("left").is_some_and(|left| left.kind() == "list")
        && element.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "*")
}
