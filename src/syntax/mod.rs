//! Parsing, and the one walk of each tree that turns it into lists of facts: functions with their measures, calls,
//! assignments, loops, comments. Analyzers read the lists; none walks the tree again.

mod facts;
mod grammar;
mod javascript;
mod parser;
mod pattern;
mod place;
mod plain;
mod python;
mod query;
mod resolve;
mod rust;
mod value;
mod volume;
mod walk;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::ops::Range;

pub use facts::Role;
pub use parser::{ParseTimeout, Parser, Tree};
pub use pattern::{Anchor, Bindings, Found, Pattern, PatternError, Steps};
pub use query::{CompiledQuery, QueryError};
pub use resolve::{Imports, Resolved};
pub use tree_sitter::Node;
pub use value::Value;
pub use volume::Volume;
pub use walk::KindSet;

use crate::model::Language;
use facts::{Fact, FactTable};
use grammar::Dialect;

/// The facts of one file.
pub struct Syntax<'t> {
    pub language: Language,
    pub text: &'t str,
    pub root: Node<'t>,
    /// In the order in which they start, so that an outer one comes before what it holds.
    pub functions: Vec<Function<'t>>,
    pub calls: Vec<Call<'t>>,
    /// Assignments whose target may be a property, and JSX attributes.
    pub assigns: Vec<Assign<'t>>,
    pub loops: Vec<Loop<'t>>,
    /// Byte ranges, in order.
    pub comments: Vec<Range<usize>>,
    /// Choices, handlers and jumps, in order.
    pub shapes: Vec<Shape<'t>>,
    /// Regex literals.
    pub regexes: Vec<Node<'t>>,
    /// Nodes of the kinds that were asked for.
    pub queried: Vec<Node<'t>>,
    pub imports: Imports,
    /// Bytes inside regions that did not parse.
    pub error_bytes: usize,
    bindings: Vec<Binding<'t>>,
    by_name: OnceCell<resolve::Bindings<'t>>,
    facts: &'t FactTable,
    dialect: &'static dyn Dialect,
}

/// Where something stands: indices of the innermost function and loop around it. A loop does not reach into a
/// function that is defined in its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub function: Option<u32>,
    pub in_loop: Option<u32>,
    pub in_try: bool,
    pub in_class: bool,
    /// In a function that answers requests.
    pub in_handler: bool,
    /// In a function, class or module of tests.
    pub in_test: bool,
}

#[derive(Clone, Debug)]
pub struct Function<'t> {
    /// The whole; the body alone where the function is written in a macro.
    pub node: Node<'t>,
    /// Where it starts, in bytes.
    pub start: usize,
    /// What it stands in; `scope.function` is the function around it.
    pub scope: Scope,
    /// What stands in it has this scope.
    pub inner: Scope,
    /// With the classes and functions around it, joined by dots; `(anonymous)` where there is no name.
    pub name: String,
    pub cyclomatic: u32,
    pub cognitive: u32,
    pub nesting: u32,
    pub parameters: u32,
    pub is_async: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Call<'t> {
    pub node: Node<'t>,
    pub callee: Node<'t>,
    /// `None` for a Rust macro, whose arguments are tokens.
    pub arguments: Option<Node<'t>>,
    pub scope: Scope,
}

#[derive(Clone, Copy, Debug)]
pub struct Assign<'t> {
    pub node: Node<'t>,
    pub target: Node<'t>,
    pub value: Option<Node<'t>>,
    pub scope: Scope,
}

#[derive(Clone, Copy, Debug)]
pub struct Loop<'t> {
    pub node: Node<'t>,
    /// The loop variable or pattern; `None` for `while`.
    pub target: Option<Node<'t>>,
    /// What is iterated over.
    pub value: Option<Node<'t>>,
    pub body: Option<Node<'t>>,
    pub scope: Scope,
}

/// A choice, a handler or a jump, and what it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'t> {
    pub node: Node<'t>,
    pub parent: Option<Node<'t>>,
    pub grandparent: Option<Node<'t>>,
    pub scope: Scope,
}

/// A name that gets a value.
#[derive(Clone, Copy, Debug)]
struct Binding<'t> {
    node: Node<'t>,
    target: Option<Node<'t>>,
    value: Option<Node<'t>>,
    function: Option<u32>,
}

/// What a call is given.
#[derive(Clone, Debug, Default)]
pub struct Arguments<'t> {
    pub positional: Vec<Node<'t>>,
    /// Keyword arguments, or the keys of the object literals among the arguments.
    pub named: Vec<(String, Node<'t>)>,
    /// Some arguments are spread from a value that is not known: a missing one may be there.
    pub spread: bool,
}

/// How many nodes around a match a rule looks at.
const MAX_AROUND: usize = 64;

impl<'t> Syntax<'t> {
    /// The text of a node.
    pub fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The last name of a callee or of any dotted expression: `run` of `sp.run`. Rust macros end in `!`.
    pub fn last_name(&self, node: Node<'t>) -> Option<&'t str> {
        if self.is_name(node) {
            return Some(self.text_of(node));
        }
        if let Some((_, name)) = self.member_nodes(node) {
            return Some(self.text_of(name));
        }
        // `decode::<Claims>(token)`
        let inner = self.dialect.unwrap(node);
        self.is_name(inner).then(|| self.text_of(inner))
    }

    /// Whether `node` is a name that stands alone.
    fn is_name(&self, node: Node<'t>) -> bool {
        self.facts.fact(node.kind_id()).has(Fact::IDENTIFIER)
    }

    /// The receiver and the name of a dotted expression, type arguments left aside.
    fn member_nodes(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        if !self.facts.fact(node.kind_id()).has(Fact::MEMBER) {
            let inner = self.dialect.without_type_arguments(node)?;
            return self.member_nodes(inner);
        }
        Some((self.facts.child(node, Role::Receiver)?, self.facts.child(node, Role::Name)?))
    }

    /// The receiver and last name of a dotted expression.
    pub fn member(&self, node: Node<'t>) -> Option<(Node<'t>, &'t str)> {
        self.member_nodes(node).map(|(receiver, name)| (receiver, self.text_of(name)))
    }

    pub fn arguments(&self, call: &Call<'t>) -> Arguments<'t> {
        call.arguments.map(|node| self.dialect.arguments(self, node)).unwrap_or_default()
    }

    /// The expression without parentheses, references, casts and `await`.
    pub fn unwrap(&self, node: Node<'t>) -> Node<'t> {
        self.dialect.unwrap(node)
    }

    /// The expression without the brackets or the statement that it alone makes up.
    pub fn bare(&self, node: Node<'t>) -> Node<'t> {
        pattern::strip(node)
    }

    /// Functions, loops, calls, bindings and attributes: what is listed whatever the rules ask for.
    pub fn listed(&self) -> impl Iterator<Item = Node<'t>> {
        let functions = self.functions.iter().map(|one| one.node);
        let loops = self.loops.iter().map(|one| one.node);
        let calls = self.calls.iter().map(|one| one.node);
        let bindings = self.bindings.iter().map(|one| one.node);
        let is_attribute = |one: &&Assign<'t>| self.facts.fact(one.node.kind_id()).has(Fact::ATTRIBUTE);
        let attributes = self.assigns.iter().filter(is_attribute).map(|one| one.node);
        functions.chain(loops).chain(calls).chain(bindings).chain(attributes)
    }

    /// The nodes around `node`, innermost first, as far as a rule may look.
    pub fn around(&self, node: Node<'t>) -> impl Iterator<Item = Node<'t>> + use<'t> {
        // From the root down once: asking for one parent after the other starts at the root each time.
        let mut above = Vec::new();
        let mut next = Some(self.root);
        while let Some(ancestor) = next.filter(|ancestor| ancestor.id() != node.id()) {
            above.push(ancestor);
            next = ancestor.child_with_descendant(node);
        }
        above.into_iter().rev().take(MAX_AROUND)
    }

    /// The child of `node` that plays `role`.
    pub fn child(&self, node: Node<'t>, role: Role) -> Option<Node<'t>> {
        self.facts.child(node, role)
    }

    /// Whether the innermost function is async.
    pub fn in_async(&self, scope: Scope) -> bool {
        scope.function.and_then(|index| self.functions.get(index as usize)).is_some_and(|function| function.is_async)
    }

    /// Whether byte `offset` lies in a comment.
    pub fn in_comment(&self, offset: usize) -> bool {
        let after = self.comments.partition_point(|comment| comment.start <= offset);
        after > 0 && self.comments.get(after - 1).is_some_and(|comment| offset < comment.end)
    }
}
