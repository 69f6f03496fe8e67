//! How much there is in each function: statements, operators and operands. A walk of its own, for those who ask; a scan does not.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::Syntax;
use super::facts::Fact;
use crate::model::Halstead;

/// What one function holds; what stands in a function within it counts there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub statements: u32,
    pub halstead: Halstead,
}

/// A function while the walk is in it.
struct Counter<'t> {
    index: usize,
    depth: u32,
    operators: BTreeSet<&'t str>,
    operands: BTreeSet<&'t str>,
}

/// The second of a pair says nothing that the first did not.
const CLOSING: &[&str] = &[")", "]", "}", "\"", "'", "`", "</", "|"];

impl<'t> Syntax<'t> {
    /// One for each of `functions`.
    pub fn volumes(&self) -> Vec<Volume> {
        let mut volumes = vec![Volume::default(); self.functions.len()];
        let mut open: Vec<Counter<'t>> = Vec::new();
        // Functions start in the order in which the walk meets them.
        let mut next = 0;
        let mut ancestors: Vec<Node<'t>> = Vec::new();
        let mut cursor = self.root.walk();
        loop {
            let node = cursor.node();
            let depth = ancestors.len() as u32;
            if let Some(counter) = open.last_mut() {
                self.count(node, ancestors.last().copied(), counter, &mut volumes[counter.index]);
            }
            if self.functions.get(next).is_some_and(|function| function.node.id() == node.id()) {
                volumes[next].statements = u32::from(is_expression_body(node));
                open.push(Counter { index: next, depth, operators: BTreeSet::new(), operands: BTreeSet::new() });
                next += 1;
            }
            if !self.is_token(node) && cursor.goto_first_child() {
                ancestors.push(node);
                continue;
            }
            loop {
                let depth = ancestors.len() as u32;
                if let Some(counter) = open.pop_if(|counter| counter.depth == depth) {
                    let halstead = &mut volumes[counter.index].halstead;
                    halstead.distinct_operators = counter.operators.len() as u32;
                    halstead.distinct_operands = counter.operands.len() as u32;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return volumes;
                }
                ancestors.pop();
            }
        }
    }

    /// A comment, or a literal without code in it: nothing is counted within.
    fn is_token(&self, node: Node<'t>) -> bool {
        let fact = self.facts.fact(node.kind_id());
        fact.has(Fact::COMMENT) || (fact.has(Fact::STRING) && node.named_child_count() <= 1)
    }

    fn count(&self, node: Node<'t>, parent: Option<Node<'t>>, counter: &mut Counter<'t>, volume: &mut Volume) {
        if self.facts.fact(node.kind_id()).has(Fact::COMMENT) {
            return;
        }
        volume.statements += u32::from(parent.is_some_and(|parent| is_statement(node, parent)));
        let text = self.text_of(node);
        if text.is_empty() || !(self.is_token(node) || node.child_count() == 0) {
            return;
        }
        if node.is_named() {
            volume.halstead.operands += 1;
            counter.operands.insert(text);
        } else if !CLOSING.contains(&node.kind()) {
            volume.halstead.operators += 1;
            counter.operators.insert(text);
        }
    }
}

fn is_statement(node: Node<'_>, parent: Node<'_>) -> bool {
    let kind = node.kind();
    match parent.kind() {
        // Python and Rust: what a block is made of, the value at its end too.
        "block" => node.is_named() && !matches!(kind, "empty_statement" | "attribute_item" | "label"),
        // JavaScript: the head of a loop is a part of the loop.
        "for_statement" if parent.child_by_field_name("body").is_none_or(|body| body.id() != node.id()) => false,
        "export_statement" => false,
        _ => (kind.ends_with("_statement") || kind.ends_with("_declaration")) && kind != "empty_statement",
    }
}

/// `(x) => x + 1`
fn is_expression_body(function: Node<'_>) -> bool {
    function.kind() == "arrow_function"
        && function.child_by_field_name("body").is_some_and(|body| body.kind() != "statement_block")
}
