//! The one walk of a tree.

mod macros;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use tree_sitter::{Node, TreeCursor};

use super::facts::{Fact, FactTable, Role};
use super::grammar::{Dialect, Surroundings, grammar};
use super::plain::{Reading, is_plain};
use super::resolve::Imports;
use super::{Assign, Binding, Call, Function, Loop, Scope, Shape, Syntax};
use crate::model::Language;

/// The fact tables of a run: each language's facts, with the kinds marked that query rules start with.
#[derive(Debug, Default)]
pub struct KindSet {
    roots: BTreeMap<Language, Vec<String>>,
    /// Made when a file first needs one, whichever thread that is.
    tables: [OnceLock<FactTable>; 5],
}

impl KindSet {
    /// With the node kinds that each language's query rules start with.
    pub fn new(roots: BTreeMap<Language, Vec<String>>) -> KindSet {
        KindSet { roots, tables: Default::default() }
    }

    fn table(&self, language: Language) -> &FactTable {
        self.tables[language as usize].get_or_init(|| {
            let spec = grammar(language);
            let mut table = spec.facts.clone();
            for kind in self.roots.get(&language).into_iter().flatten() {
                table.mark_queried(&spec.language, kind);
            }
            table
        })
    }
}

#[cfg(test)]
impl KindSet {
    pub fn is_exhaustive(&self, language: Language) -> bool {
        self.table(language).is_exhaustive()
    }
}

/// Nothing is looked for below such a node where its text is plain.
const PLAIN: Fact = Fact::PLAIN_LEAF.with(Fact::PLAIN_PAIRS);

/// The kind of a node that did not parse.
const ERROR: u16 = u16::MAX;

/// What to undo when the walk leaves a node.
enum Leave {
    Scope(Scope),
    Nesting,
    /// A function ends: back to the scope around it.
    Function(Scope),
    Closure,
    Boolean,
    /// The brackets of a match in a macro.
    Arms,
    ClassName(Scope),
}

/// The measures of a function that is still open.
struct Open {
    index: usize,
    nesting: u32,
}

struct Walker<'t> {
    syntax: Syntax<'t>,
    facts: &'t FactTable,
    dialect: &'static dyn Dialect,
    scope: Scope,
    /// Names of classes and functions around, for qualified names.
    names: Vec<String>,
    open: Vec<Open>,
    leaves: Vec<(u32, Leave)>,
    /// A loop or a guarded region starts at its body, not at its node.
    bodies: Vec<(usize, Entering)>,
    /// From the root to the parent; asking a node for its parent costs a walk from the root.
    ancestors: Vec<Node<'t>>,
    /// Decorators and attributes seen at a depth, waiting for what they decorate.
    decorators: Vec<(u32, Node<'t>)>,
    /// Depth and operator of the boolean operators around.
    booleans: Vec<(u32, u16)>,
    /// Of macros, whose tokens have no tree.
    pending: macros::Pending<'t>,
    /// End of the last region that did not parse.
    error_end: usize,
    /// A node still to come that is not plain.
    not_plain: usize,
    passes_over_end: bool,
}

/// What starts when a certain body node is reached.
enum Entering {
    Loop(u32),
    Try,
}

pub(super) fn walk<'t>(
    tree: &'t tree_sitter::Tree,
    language: Language,
    text: &'t str,
    kinds: &'t KindSet,
) -> Syntax<'t> {
    let facts = kinds.table(language);
    let dialect = grammar(language).dialect;
    let syntax = Syntax {
        language,
        text,
        root: tree.root_node(),
        functions: Vec::new(),
        calls: Vec::new(),
        assigns: Vec::new(),
        loops: Vec::new(),
        comments: Vec::new(),
        shapes: Vec::new(),
        regexes: Vec::new(),
        queried: Vec::new(),
        imports: Imports::default(),
        error_bytes: 0,
        bindings: Vec::new(),
        by_name: OnceCell::new(),
        facts,
        dialect,
    };
    let mut walker = Walker {
        syntax,
        facts,
        dialect,
        scope: Scope::default(),
        names: Vec::new(),
        open: Vec::new(),
        leaves: Vec::new(),
        bodies: Vec::new(),
        ancestors: Vec::new(),
        decorators: Vec::new(),
        booleans: Vec::new(),
        pending: macros::Pending::default(),
        error_end: 0,
        not_plain: 0,
        passes_over_end: facts.passes_over_end() && !tree.root_node().has_error(),
    };
    walker.run(tree.walk());
    walker.syntax
}

impl<'t> Walker<'t> {
    fn run(&mut self, mut cursor: TreeCursor<'t>) {
        let mut depth = 0u32;
        loop {
            let node = cursor.node();
            let kind = node.kind_id();
            let fact = self.facts.fact(kind);
            if !self.bodies.is_empty() {
                self.enter_body(node, depth);
            }
            if kind == ERROR {
                self.count_error(node);
            }
            let mut descend = !(fact.has(Fact::LEAF) || fact.has(PLAIN) && self.is_plain_leaf(node, fact));
            if !fact.is_silent() {
                descend &= self.enter(node, fact, depth);
            } else if descend && !self.decorators.is_empty() && node.is_named() {
                self.decorators.retain(|(at, _)| *at < depth);
            }
            if descend && cursor.goto_first_child() {
                self.ancestors.push(node);
                depth += 1;
                continue;
            }
            let mut last = node;
            loop {
                self.leave(depth);
                if !self.is_last(last) && cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
                let Some(parent) = self.ancestors.pop() else { return };
                last = parent;
                depth -= 1;
            }
        }
    }

    /// Whether nothing comes behind `node` in its parent that is worth a visit; to ask the cursor for a sibling is dear.
    fn is_last(&self, node: Node<'t>) -> bool {
        let Some(parent) = self.ancestors.last() else { return false };
        let (end, parent_end) = (node.end_byte(), parent.end_byte());
        if end == parent_end {
            return true;
        }
        // Mostly one sign ends the parent. Where something did not parse, it may be what did not.
        let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b')' | b'}' | b']' | b';'));
        let text = self.syntax.text.as_bytes();
        self.passes_over_end
            && is_end(text.get(parent_end - 1))
            && text.get(end..parent_end - 1).is_some_and(|between| between.iter().all(u8::is_ascii_whitespace))
    }

    fn is_plain_leaf(&self, node: Node<'t>, fact: Fact) -> bool {
        node.id() != self.not_plain
            && self.reads_plain(node.byte_range(), fact.has(Fact::PLAIN_PAIRS))
            && !node.has_error()
    }

    /// Whether nothing is looked for below `node`, which is `one` and `other` with a sign or a type between them.
    fn is_plain_pair(&mut self, node: Node<'t>, one: Node<'t>, other: Node<'t>) -> bool {
        if self.facts.is_exhaustive() {
            return false;
        }
        let pairs = self.facts.fact(other.kind_id()).has(Fact::PLAIN_PAIRS);
        if !self.reads_plain(other.byte_range(), pairs) {
            self.not_plain = other.id();
            return false;
        }
        let behind = self.syntax.text.as_bytes().get(other.end_byte()..node.end_byte());
        matches!(behind, Some(b"" | b";"))
            && self.reads_plain(one.byte_range(), false)
            && self.reads_plain(one.end_byte()..other.start_byte(), true)
            // What did not parse is counted.
            && !node.has_error()
    }

    fn reads_plain(&self, range: Range<usize>, pairs: bool) -> bool {
        let reading = Reading { quotes_singly: self.facts.quotes_singly, pairs };
        self.syntax.text.as_bytes().get(range).is_some_and(|text| is_plain(text, reading))
    }

    fn count_error(&mut self, node: Node<'t>) {
        let start = node.start_byte().max(self.error_end);
        self.error_end = self.error_end.max(node.end_byte());
        self.syntax.error_bytes += self.error_end.saturating_sub(start);
    }

    /// Records what `node` is; whether its children are to be visited.
    fn enter(&mut self, node: Node<'t>, fact: Fact, depth: u32) -> bool {
        if fact.has(Fact::QUERIED) {
            self.syntax.queried.push(node);
        }
        if fact.has(Fact::COMMENT) {
            self.syntax.comments.push(node.byte_range());
            return false;
        }
        if fact.has(Fact::IN_MACRO) {
            return self.in_macro(node, fact, depth);
        }
        if fact.has(Fact::DECORATOR) {
            self.decorators.push((depth, node));
            return true;
        }
        if fact.has(Fact::SHAPE) {
            let mut around = self.ancestors.iter().rev().copied();
            let (parent, grandparent) = (around.next(), around.next());
            self.syntax.shapes.push(Shape { node, parent, grandparent, scope: self.scope });
        }
        if fact.has(Fact::REGEX) {
            self.syntax.regexes.push(node);
            return self.facts.is_exhaustive();
        }
        if fact.has(Fact::STRING) {
            // Only an interpolated string has children worth a visit.
            let text = self.syntax.text.as_bytes().get(node.byte_range()).unwrap_or_default();
            return self.facts.is_exhaustive() || memchr::memchr(b'{', text).is_some();
        }
        let mut descend = true;
        if fact.has(Fact::CALL)
            && let Some(callee) = self.facts.child(node, Role::Callee)
        {
            let arguments = self.facts.child(node, Role::Arguments);
            self.syntax.calls.push(Call { node, callee, arguments, scope: self.scope });
            descend = !arguments.is_some_and(|arguments| self.is_plain_pair(node, callee, arguments));
        }
        if fact.has(Fact::BINDING) || fact.has(Fact::ATTRIBUTE) {
            descend &= self.binding(node, fact);
        }
        if fact.has(Fact::IMPORT) {
            self.dialect.imports(node, self.syntax.text, &mut self.syntax.imports);
        }
        self.measure(node, fact, depth);
        if fact.has(Fact::LOOP) {
            self.open_loop(node);
        }
        if fact.has(Fact::TRY)
            && let Some(body) = self.facts.child(node, Role::Body)
        {
            self.bodies.push((body.id(), Entering::Try));
        }
        if fact.has(Fact::FUNCTION) {
            self.open_function(node, depth);
        } else if fact.has(Fact::CLOSURE) {
            if let Some(open) = self.open.last_mut() {
                open.nesting += 1;
                self.leaves.push((depth, Leave::Closure));
            }
        } else if fact.has(Fact::CLASS) {
            let name = self.facts.child(node, Role::Name).map(|name| self.syntax.text_of(name)).unwrap_or_default();
            self.names.push(name.to_owned());
            self.leaves.push((depth, Leave::ClassName(self.scope)));
            let decorators = self.take_decorators(depth);
            self.scope.in_class = true;
            self.scope.in_test |= self.dialect.is_test_class(name, &decorators, self.syntax.text);
        }
        descend
    }

    /// Whether the children are to be visited.
    fn binding(&mut self, node: Node<'t>, fact: Fact) -> bool {
        let value = self.facts.child(node, Role::Value);
        if let Some(value) = value
            && self.dialect.may_import(self.syntax.text.as_bytes().get(value.start_byte()..).unwrap_or_default())
        {
            self.dialect.binding_imports(node, self.syntax.text, &mut self.syntax.imports);
        }
        let target = self.facts.child(node, Role::Target);
        self.syntax.bindings.push(Binding { node, target, value, function: self.scope.function });
        if fact.has(Fact::ASSIGN)
            && let Some(target) = target
        {
            self.syntax.assigns.push(Assign { node, target, value, scope: self.scope });
        } else if fact.has(Fact::ATTRIBUTE)
            && let Some(target) = node.named_child(0)
        {
            self.syntax.bindings.pop();
            self.syntax.assigns.push(Assign { node, target, value: node.named_child(1), scope: self.scope });
        }
        !matches!((target, value), (Some(target), Some(value)) if self.is_plain_pair(node, target, value))
    }

    fn open_loop(&mut self, node: Node<'t>) {
        let body = self.facts.child(node, Role::Body);
        let index = self.syntax.loops.len() as u32;
        self.syntax.loops.push(Loop {
            node,
            target: self.facts.child(node, Role::Target),
            value: self.facts.child(node, Role::Value),
            body,
            scope: self.scope,
        });
        if let Some(body) = body {
            self.bodies.push((body.id(), Entering::Loop(index)));
        }
    }

    fn enter_body(&mut self, node: Node<'t>, depth: u32) {
        let Some(at) = self.bodies.iter().rposition(|(id, _)| *id == node.id()) else { return };
        let (_, entering) = self.bodies.swap_remove(at);
        self.leaves.push((depth, Leave::Scope(self.scope)));
        match entering {
            Entering::Loop(index) => self.scope.in_loop = Some(index),
            Entering::Try => self.scope.in_try = true,
        }
    }

    fn take_decorators(&mut self, depth: u32) -> Vec<Node<'t>> {
        let first = self.decorators.partition_point(|(at, _)| *at < depth);
        self.decorators.drain(first..).map(|(_, node)| node).collect()
    }

    /// `name` with the classes and functions around it.
    fn qualified(&self, name: &str) -> String {
        let around = self.names.iter().map(String::as_str);
        around.chain([name]).collect::<Vec<_>>().join(".")
    }

    fn open_function(&mut self, node: Node<'t>, depth: u32) {
        let decorators = self.take_decorators(depth);
        let text = self.syntax.text;
        let mut around = self.ancestors.iter().rev().copied();
        let surroundings = Surroundings { parent: around.next(), grandparent: around.next(), decorators, text };
        let name = self.facts.child(node, Role::Name).or_else(|| self.dialect.bound_name(&surroundings));
        let name = name.map_or("(anonymous)", |name| self.syntax.text_of(name)).to_owned();
        let parameters = self.facts.child(node, Role::Parameters);
        let qualified = self.qualified(&name);
        let index = self.syntax.functions.len();
        let outer = self.scope;
        self.scope = Scope {
            function: Some(index as u32),
            in_loop: None,
            in_try: false,
            in_class: outer.in_class,
            in_handler: outer.in_handler || self.dialect.is_handler(&surroundings, parameters),
            in_test: outer.in_test || self.dialect.is_test(&name, &surroundings),
        };
        self.syntax.functions.push(Function {
            node,
            start: node.start_byte(),
            scope: outer,
            inner: self.scope,
            name: qualified,
            cyclomatic: 1,
            cognitive: 0,
            nesting: 0,
            parameters: parameters.map_or(0, |node| self.dialect.parameter_count(node, text)),
            is_async: self.dialect.is_async(node, text),
        });
        self.names.push(name);
        self.open.push(Open { index, nesting: 0 });
        self.leaves.push((depth, Leave::Function(outer)));
    }

    /// Adds `node` to the measures of the innermost function.
    fn measure(&mut self, node: Node<'t>, fact: Fact, depth: u32) {
        let Some(open) = self.open.last_mut() else { return };
        let Some(function) = self.syntax.functions.get_mut(open.index) else { return };
        if fact.has(Fact::BOOLEAN) {
            if let Some(operator) = self.facts.boolean_operator(node) {
                function.cyclomatic += 1;
                // A run of the same operator is one step for a reader.
                let goes_on = self.booleans.last() == Some(&(depth.wrapping_sub(1), operator));
                if !goes_on && !self.facts.is_shorthand(operator) {
                    function.cognitive += 1;
                }
                self.booleans.push((depth, operator));
                self.leaves.push((depth, Leave::Boolean));
            }
            return;
        }
        let text = self.syntax.text;
        if fact.has(Fact::BRANCH) {
            function.cyclomatic += self.dialect.decisions(node, text);
        }
        if fact.has(Fact::BRANCH_IF_ALTERNATIVE) && self.facts.child(node, Role::Alternative).is_some() {
            function.cyclomatic += 1;
            function.cognitive = function.cognitive.saturating_add(1 + open.nesting);
        }
        if fact.has(Fact::NEST) {
            if self.ancestors.last().is_some_and(|parent| self.dialect.is_else_if(node, *parent)) {
                // The `else` before it counted already, and what is inside nests no deeper than the first `if` did.
                return;
            }
            function.cognitive = function.cognitive.saturating_add(1 + open.nesting);
            open.nesting += 1;
            function.nesting = function.nesting.max(open.nesting);
            self.leaves.push((depth, Leave::Nesting));
        } else if fact.has(Fact::FLAT) {
            function.cognitive += 1;
        }
    }

    /// Undoes what the nodes at `depth` began.
    fn leave(&mut self, depth: u32) {
        while let Some((_, leave)) = self.leaves.pop_if(|(at, _)| *at == depth) {
            match leave {
                Leave::Scope(scope) => self.scope = scope,
                Leave::Nesting | Leave::Closure => {
                    if let Some(open) = self.open.last_mut() {
                        open.nesting = open.nesting.saturating_sub(1);
                    }
                }
                Leave::Arms => {
                    self.pending.matches.pop();
                }
                Leave::Boolean => {
                    self.booleans.pop();
                }
                Leave::Function(scope) => {
                    self.scope = scope;
                    self.open.pop();
                    self.names.pop();
                }
                Leave::ClassName(scope) => {
                    self.scope = scope;
                    self.names.pop();
                }
            }
        }
    }
}
