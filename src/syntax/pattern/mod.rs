//! Code-like patterns: a piece of code with holes, parsed by the language's own grammar, and the nodes that look like it.
//!
//! What two programmers would call the same code is the same: comments, brackets around an expression, quotes, the order of
//! keyword arguments, types and modifiers that the pattern does not mention, an import under another name.

mod children;
mod compile;
mod kinds;
mod notation;
mod search;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) use self::kinds::strip;
use super::{Node, Value};
use crate::model::Language;

/// A pattern, compiled for one language.
#[derive(Debug)]
pub struct Pattern {
    language: Language,
    pieces: Vec<Piece>,
    /// One node, or siblings that follow one another.
    root: Vec<PieceId>,
    /// Names of metavariables.
    variables: Vec<Box<str>>,
    anchor: Anchor,
    /// Names without which no file has a match.
    required: Vec<Box<str>>,
}

/// Where a match of the whole may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Calls with this last name.
    Call(Box<str>),
    /// Nodes of these kinds.
    Kinds(Vec<&'static str>),
}

/// A pattern that a grammar does not accept, or that could not mean anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// In bytes, within the pattern.
    pub at: usize,
    pub message: String,
}

/// Metavariables with what each stands for: one node; several, or none, for a sequence and in macros.
pub type Bindings<'t> = BTreeMap<Box<str>, Vec<Node<'t>>>;

/// One way in which a pattern matches.
#[derive(Clone, Debug)]
pub struct Found<'t> {
    pub span: Range<usize>,
    pub bindings: Bindings<'t>,
}

/// How much work may still be done: patterns with many holes have many ways to match.
#[derive(Debug)]
pub struct Steps(Cell<u32>);

impl Steps {
    pub fn new(most: u32) -> Steps {
        Steps(Cell::new(most))
    }

    pub fn are_used_up(&self) -> bool {
        self.0.get() == 0
    }

    fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

type PieceId = usize;

#[derive(Debug)]
enum Piece {
    /// `$_`
    Anything,
    /// `$X`: index of the variable.
    Variable(usize),
    /// Any number of neighbours; in the tokens of a macro also one expression, which is at least one token and no comma.
    Many {
        variable: Option<usize>,
        one_expression: bool,
    },
    /// A literal, by its value; the text tells `null` from `undefined`.
    Literal(Value, Box<str>),
    /// `"..."`
    AnyText,
    /// A name or dotted name, imports resolved.
    Path {
        path: Box<str>,
        is_callee: bool,
    },
    /// A keyword, an operator, or a name where it means nothing but itself.
    Leaf(Box<str>),
    Node(Shape),
}

/// A node with children.
#[derive(Debug)]
struct Shape {
    kind: &'static str,
    /// In their order.
    elements: Vec<PieceId>,
    /// Keyword arguments, keys of an object, attributes: in any order.
    keyed: Vec<(Box<str>, Option<PieceId>)>,
    /// Whether more may be there than is said.
    has_many: bool,
}

impl Pattern {
    pub fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// Whether every name is in the `text` that a match needs.
    pub fn may_match(&self, text: &str) -> bool {
        self.required.iter().all(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
    }
}
