//! What an expression is made of, in words that hold for every language.

use super::{javascript, python, rust};
use crate::model::Language;
use crate::syntax::{Node, Syntax};

/// What an expression is made of.
pub enum Shape<'t> {
    /// Nothing from outside can be in it: a literal, a number, a truth.
    Constant,
    Name,
    /// A property of this.
    Member(Node<'t>),
    /// An element of this, or a part of a text.
    Element(Node<'t>),
    Call {
        callee: Node<'t>,
        arguments: Option<Node<'t>>,
    },
    /// One of `same`; or something that holds what is `inside`.
    Any {
        same: Vec<Node<'t>>,
        inside: Vec<Node<'t>>,
    },
    /// Text, put together of these in order.
    Text(Vec<Piece<'t>>),
    Unknown,
}

/// A piece of text.
pub enum Piece<'t> {
    Text(String),
    Value(Node<'t>),
    /// A name that stands in a format string, at this byte.
    Name(&'t str, usize),
}

impl<'t> Shape<'t> {
    pub fn one_of(same: Vec<Node<'t>>) -> Shape<'t> {
        Shape::Any { same, inside: Vec::new() }
    }

    pub fn holding(inside: Vec<Node<'t>>) -> Shape<'t> {
        Shape::Any { same: Vec::new(), inside }
    }

    /// Text of these values in order.
    pub fn text_of(values: impl IntoIterator<Item = Option<Node<'t>>>) -> Shape<'t> {
        Shape::Text(values.into_iter().flatten().map(Piece::Value).collect())
    }
}

/// The shape of `node`, which is unwrapped.
pub fn shape_of<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Shape<'t> {
    match syntax.language {
        Language::Python => python::shape(syntax, node),
        Language::Rust => rust::shape(syntax, node),
        _ => javascript::shape(syntax, node),
    }
}

/// How many values that are joined by `+` are looked at.
const MAX_SUMMANDS: usize = 128;

/// The values that `node`, a sum, joins in order: of `a + b + c` all three.
pub fn summands<'t>(node: Node<'t>) -> Shape<'t> {
    let mut values = Vec::new();
    let mut next = Some(node);
    while let Some(sum) = next.filter(|_| values.len() < MAX_SUMMANDS) {
        let is_sum = sum.kind() == node.kind()
            && sum.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "+");
        if is_sum {
            values.extend(sum.child_by_field_name("right"));
            next = sum.child_by_field_name("left");
        } else {
            values.push(sum);
            next = None;
        }
    }
    Shape::text_of(values.into_iter().rev().map(Some))
}

/// The named children, comments left aside.
pub fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.kind().contains("comment")).collect()
}
