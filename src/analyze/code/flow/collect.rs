//! The one walk through a function that finds what its names are given.

use std::ops::Range;

use super::names::{Block, Given, Giving, Names, Owner, Test};
use super::{javascript, python, rust};
use crate::model::Language;
use crate::syntax::{Node, Role, Syntax};

/// How a body is run.
#[derive(Clone, Copy)]
pub enum Run {
    /// As a branch of this owner.
    Branch(usize),
    /// Perhaps, or several times.
    Perhaps,
}

/// Fills [`Names`] while it goes through a function.
pub struct Collector<'t> {
    pub syntax: &'t Syntax<'t>,
    pub names: Names<'t>,
    /// Blocks that were entered, with their depths.
    open: Vec<(u32, usize)>,
    /// Bodies still to come, by node.
    bodies: Vec<(usize, Run)>,
    pub ancestors: Vec<Node<'t>>,
}

/// Functions have names of their own.
const FUNCTIONS: &[&str] = &[
    "function_definition",
    "function_declaration",
    "function_expression",
    "generator_function_declaration",
    "generator_function",
    "arrow_function",
    "method_definition",
    "function_item",
];

/// Methods that put their arguments into what they are called on.
const ADDING: &[&str] =
    &["append", "extend", "insert", "add", "update", "push", "push_str", "unshift", "set", "write", "arg", "args"];

/// Calls that do not come back.
const LEAVING: &[&str] =
    &["abort", "exit", "_exit", "quit", "panic!", "bail!", "unreachable!", "fail", "die", "notFound", "redirect"];

/// The names of the function with this index; `None` for what stands outside of functions.
pub fn names_of<'t>(syntax: &'t Syntax<'t>, function: Option<u32>) -> Names<'t> {
    let node = function.and_then(|index| syntax.functions.get(index as usize)).map_or(syntax.root, |one| one.node);
    let names = Names { text: syntax.text, length: node.byte_range().len(), ..Names::default() };
    let mut collector = Collector { syntax, names, open: Vec::new(), bodies: Vec::new(), ancestors: Vec::new() };
    collector.names.blocks.push(Block { range: 0..usize::MAX, parent: 0, owner: None, leaves: false });
    if function.is_some() {
        match syntax.language {
            Language::Python => python::parameters(&mut collector, node),
            Language::Rust => rust::parameters(&mut collector, node),
            _ => javascript::parameters(&mut collector, node),
        }
    }
    collector.walk(node);
    collector.names
}

impl<'t> Collector<'t> {
    fn walk(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        let mut depth = 0u32;
        loop {
            let node = cursor.node();
            let is_inner = depth > 0 && FUNCTIONS.contains(&node.kind());
            if is_inner {
                if let Some(name) = node.child_by_field_name("name") {
                    self.give(name, Given::Unknown, 0);
                }
            } else if node.is_named() {
                self.enter(node, depth);
            }
            if !is_inner && cursor.goto_first_child() {
                self.ancestors.push(node);
                depth += 1;
                continue;
            }
            loop {
                while self.open.pop_if(|(at, _)| *at == depth).is_some() {}
                if depth == 0 {
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
                self.ancestors.pop();
                depth -= 1;
            }
        }
    }

    fn enter(&mut self, node: Node<'t>, depth: u32) {
        if let Some(at) = self.bodies.iter().rposition(|(id, _)| *id == node.id()) {
            let (_, run) = self.bodies.swap_remove(at);
            self.open_block(node, run, depth);
        }
        if node.kind() == "expression_statement"
            && let Some(call) = node.named_child(0).map(|inner| self.syntax.unwrap(inner))
        {
            self.standing_alone(call);
        }
        match self.syntax.language {
            Language::Python => python::note(self, node),
            Language::Rust => rust::note(self, node),
            _ => javascript::note(self, node),
        }
    }

    fn open_block(&mut self, node: Node<'t>, run: Run, depth: u32) {
        let owner = match run {
            Run::Branch(owner) => Some(owner),
            Run::Perhaps => None,
        };
        let leaves = self.end_of(node) == End::Leaves;
        if let Some(owner) = owner.and_then(|owner| self.names.owners.get_mut(owner)) {
            owner.leaving += usize::from(leaves);
        }
        let parent = self.block();
        self.names.blocks.push(Block { range: node.byte_range(), parent, owner, leaves });
        self.open.push((depth, self.names.blocks.len() - 1));
    }

    /// A call that is a statement: it may add to what it is called on, or check its arguments.
    fn standing_alone(&mut self, call: Node<'t>) {
        let Some(callee) = self.syntax.child(call, Role::Callee) else { return };
        let block = self.block();
        self.names.checks.push((call, block));
        let Some((receiver, name)) = self.syntax.member(callee) else { return };
        if ADDING.contains(&name)
            && let Some(arguments) = self.syntax.child(call, Role::Arguments)
        {
            self.give(receiver, Given::Added(arguments), call.end_byte());
        }
    }

    /// The innermost block.
    pub fn block(&self) -> usize {
        self.open.last().map_or(0, |(_, block)| *block)
    }

    /// `target`, a name or a dotted one, is given something from byte `from` on.
    pub fn give(&mut self, target: Node<'t>, what: Given<'t>, from: usize) {
        let block = self.block();
        let name = self.syntax.text_of(target);
        self.names.given.entry(name).or_default().push(Giving { from, block, what });
    }

    /// A new `if` or `match`; `is_complete` if one of its branches is always taken.
    pub fn owner(&mut self, node: Node<'t>, branches: usize, is_complete: bool) -> usize {
        self.names.owners.push(Owner { range: node.byte_range(), branches, leaving: 0, is_complete });
        self.names.owners.len() - 1
    }

    /// `body`, which is still to come, is run like this.
    pub fn body(&mut self, body: Option<Node<'t>>, run: Run) {
        self.bodies.extend(body.map(|body| (body.id(), run)));
    }

    /// The condition of `whole`, and what is run where it holds and where not.
    pub fn test(&mut self, whole: Node<'t>, condition: Node<'t>, holds: Option<Node<'t>>, fails: Option<Node<'t>>) {
        let goes_on = |body: Option<Node<'t>>| body.is_none_or(|body| self.end_of(body) == End::GoesOn);
        let after = match (goes_on(holds), goes_on(fails)) {
            (false, true) => Some(false),
            (true, false) => Some(true),
            _ => None,
        };
        let range = |body: Option<Node<'t>>| body.map(|body| body.byte_range());
        self.add_test(whole, condition, range(holds), range(fails), after);
    }

    /// From here on `condition` holds: an assertion.
    pub fn asserted(&mut self, whole: Node<'t>, condition: Node<'t>) {
        self.add_test(whole, condition, None, None, Some(true));
    }

    fn add_test(
        &mut self,
        whole: Node<'t>,
        condition: Node<'t>,
        holds: Option<Range<usize>>,
        fails: Option<Range<usize>>,
        after: Option<bool>,
    ) {
        let (end, block) = (whole.end_byte(), self.block());
        self.names.tests.push(Test { condition, holds, fails, end, block, after });
    }

    /// `condition` holds in `range`.
    pub fn holds_in(&mut self, condition: Node<'t>, range: Range<usize>) {
        self.add_test(condition, condition, Some(range), None, None);
    }

    pub fn fails_in(&mut self, condition: Node<'t>, range: Range<usize>) {
        self.add_test(condition, condition, None, Some(range), None);
    }

    /// How a body ends, by its last statement.
    fn end_of(&self, body: Node<'t>) -> End {
        let is_block = matches!(body.kind(), "block" | "statement_block" | "else_clause");
        let mut last = Some(body);
        if is_block {
            let mut cursor = body.walk();
            last = body.named_children(&mut cursor).filter(|child| !child.kind().contains("comment")).last();
        }
        let Some(last) = last else { return End::GoesOn };
        let last = if last.kind() == "expression_statement" { last.named_child(0).unwrap_or(last) } else { last };
        match last.kind() {
            "return_statement" | "raise_statement" | "throw_statement" | "return_expression" => End::Leaves,
            "continue_statement" | "break_statement" | "continue_expression" | "break_expression" => End::Jumps,
            "statement_block" if is_block => self.end_of(last),
            _ => {
                let callee = self.syntax.child(self.syntax.unwrap(last), Role::Callee);
                let name = callee.and_then(|callee| self.syntax.last_name(callee)).unwrap_or_default();
                let is_macro = last.kind() == "macro_invocation";
                let leaves = LEAVING.iter().any(|known| match known.strip_suffix('!') {
                    Some(known) => is_macro && known == name,
                    None => !is_macro && *known == name,
                });
                if leaves { End::Leaves } else { End::GoesOn }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    GoesOn,
    /// The function ends.
    Leaves,
    /// The loop goes on, or ends.
    Jumps,
}
