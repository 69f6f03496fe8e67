//! The ways in which a pattern matches at a node: goals, and choices to come back to. Nothing recurses, no state is gone
//! through twice, and the number of steps is limited.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use super::super::facts::Fact;
use super::super::{Node, Syntax, Value};
use super::children::{Child, children};
use super::kinds::{are_alike, is_block, is_one, is_separator, parameter_name, strip};
use super::{Bindings, Found, Pattern, Piece, PieceId, Shape, Steps};

/// How many ways to match at one node are told at the most.
const MAX_FOUND: usize = 32;

impl Pattern {
    /// The ways in which the pattern matches at `node`, `given` being what is bound already. `keep` is a part that must not
    /// be left out, such as the match that this pattern is to stand around.
    pub fn matches<'t>(
        &self,
        syntax: &Syntax<'t>,
        node: Node<'t>,
        given: &Bindings<'t>,
        keep: Option<&Range<usize>>,
        steps: &Steps,
    ) -> Vec<Found<'t>> {
        let Some((first, last)) = self.root.first().zip(self.root.last()) else { return Vec::new() };
        if let Some(Piece::Node(shape)) = self.pieces.get(*first)
            && !are_alike(shape.kind, strip(node).kind())
        {
            return Vec::new();
        }
        if matches!(self.pieces.get(*first), Some(Piece::Path { .. })) && !syntax.is_expression(node) {
            return Vec::new();
        }
        let mut search = Search::new(self, syntax, given, keep, steps);
        let found = search.run(Goal::Match { piece: *first, node }, node.byte_range(), given);
        if first == last || found.is_empty() {
            return found;
        }
        // What begins like the whole: its siblings are worth a look.
        let Some(siblings) = siblings_from(syntax, node) else { return Vec::new() };
        let start = siblings.first().map_or(node.start_byte(), |first| first.node.start_byte());
        let mut search = Search::new(self, syntax, given, keep, steps);
        search.lists.push(List { children: siblings, keyed: Vec::new() });
        let rest = Rest { shape: None, at: 0, list: 0, index: 0, from: 0 };
        search.run(Goal::Rest(rest), start..node.end_byte(), given)
    }
}

/// `node`, or the statement that it is, and what follows in its block.
fn siblings_from<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<Vec<Child<'t>>> {
    let mut statement = node;
    for parent in syntax.around(node) {
        if is_block(parent) {
            let all = children(parent);
            let first = all.iter().position(|child| child.node.id() == statement.id())?;
            return all.get(first..).map(<[Child<'t>]>::to_vec);
        }
        if strip(parent).id() != strip(statement).id() {
            return None;
        }
        statement = parent;
    }
    None
}

/// The children of a node, without those that were asked for by their key.
#[derive(Debug, Default)]
struct List<'t> {
    children: Vec<Child<'t>>,
    keyed: Vec<(PieceId, Node<'t>)>,
}

#[derive(Clone, Copy, Debug)]
enum Goal<'t> {
    Match { piece: PieceId, node: Node<'t> },
    Rest(Rest),
}

/// The elements of a shape (or of the root) from `at` on, to be found among the children of a list from `index` on; a run
/// of them that belongs to the element began at `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Rest {
    shape: Option<PieceId>,
    at: usize,
    list: usize,
    index: usize,
    from: usize,
}

/// Where to go on: an index among the goals; `None` when all is found.
type Next = Option<usize>;

struct Choice {
    goal: Next,
    bound: usize,
    hash: u64,
}

struct Search<'s, 't> {
    pattern: &'s Pattern,
    syntax: &'s Syntax<'t>,
    keep: Option<&'s Range<usize>>,
    steps: &'s Steps,
    /// Each with what comes after it.
    goals: Vec<(Goal<'t>, Next)>,
    lists: Vec<List<'t>>,
    known: HashMap<(PieceId, usize), usize>,
    /// What was bound, in order, and a hash of it.
    trail: Vec<(usize, Vec<Node<'t>>)>,
    hash: u64,
    choices: Vec<Choice>,
    visited: HashSet<(Rest, Next, u64)>,
    /// Where the last sibling of the root ends.
    end: usize,
}

impl<'s, 't> Search<'s, 't> {
    fn new(
        pattern: &'s Pattern,
        syntax: &'s Syntax<'t>,
        given: &Bindings<'t>,
        keep: Option<&'s Range<usize>>,
        steps: &'s Steps,
    ) -> Search<'s, 't> {
        let mut search = Search {
            pattern,
            syntax,
            keep,
            steps,
            goals: Vec::new(),
            lists: Vec::new(),
            known: HashMap::new(),
            trail: Vec::new(),
            hash: 0,
            choices: Vec::new(),
            visited: HashSet::new(),
            end: 0,
        };
        for (variable, name) in pattern.variables.iter().enumerate() {
            if let Some(nodes) = given.get(name) {
                search.push_binding(variable, nodes.clone());
            }
        }
        search
    }

    /// The ways to reach `goal`; `span` is that of the first node.
    fn run(&mut self, goal: Goal<'t>, span: Range<usize>, given: &Bindings<'t>) -> Vec<Found<'t>> {
        self.end = span.end;
        let start = span.start;
        let mut found = Vec::new();
        let goal = self.goal(goal, None);
        self.choose(goal);
        while let Some(choice) = self.choices.pop() {
            self.trail.truncate(choice.bound);
            self.hash = choice.hash;
            let mut next = Some(choice.goal);
            while let Some(Some(goal)) = next {
                if !self.steps.take() {
                    return found;
                }
                next = self.step(goal);
            }
            if next.is_some() {
                let mut bindings = given.clone();
                for (variable, nodes) in &self.trail {
                    if let Some(name) = self.pattern.variables.get(*variable) {
                        bindings.insert(name.clone(), nodes.clone());
                    }
                }
                found.push(Found { span: start..self.end, bindings });
                if found.len() == MAX_FOUND {
                    return found;
                }
            }
        }
        found
    }

    fn goal(&mut self, goal: Goal<'t>, next: Next) -> Next {
        self.goals.push((goal, next));
        Some(self.goals.len() - 1)
    }

    /// Remembers a way that may be tried later.
    fn choose(&mut self, goal: Next) {
        self.choices.push(Choice { goal, bound: self.trail.len(), hash: self.hash });
    }

    /// What is left to do after a goal; `None` where it cannot be reached.
    fn step(&mut self, goal: usize) -> Option<Next> {
        let (goal, next) = *self.goals.get(goal)?;
        match goal {
            Goal::Rest(rest) => self.rest(rest, next),
            Goal::Match { piece, node } => self.piece(piece, strip(node), next),
        }
    }

    fn piece(&mut self, id: PieceId, node: Node<'t>, next: Next) -> Option<Next> {
        let pattern = self.pattern;
        let named = || parameter_name(node);
        let holds = match pattern.pieces.get(id)? {
            Piece::Anything => is_one(node),
            Piece::Variable(variable) => is_one(node) && self.bind(*variable, vec![named()]),
            // Alone it stands for whatever is there.
            Piece::Many { variable, .. } => variable.is_none_or(|variable| self.bind(variable, vec![node])),
            Piece::Literal(value, text) => self.is_literal(node, value, text),
            Piece::AnyText => node.is_named() && matches!(self.syntax.value(node), Value::Text(_)),
            Piece::Path { path, is_callee } => self.is_path(named(), path, *is_callee),
            Piece::Leaf(text) => {
                let node = named();
                node.child_count() == 0 && self.syntax.text_of(node) == &**text
            }
            Piece::Node(shape) => return self.shape(id, shape, node, next),
        };
        holds.then_some(next)
    }

    fn shape(&mut self, id: PieceId, shape: &Shape, node: Node<'t>, next: Next) -> Option<Next> {
        if !are_alike(shape.kind, node.kind()) {
            return self.imported_member(shape, node)?.then_some(next);
        }
        let list = match self.known.get(&(id, node.id())) {
            Some(list) => *list,
            None => {
                let list = self.list(shape, node)?;
                self.lists.push(list);
                self.known.insert((id, node.id()), self.lists.len() - 1);
                self.lists.len() - 1
            }
        };
        let mut next = self.goal(Goal::Rest(Rest { shape: Some(id), at: 0, list, index: 0, from: 0 }), next);
        for index in 0..self.lists.get(list)?.keyed.len() {
            let (piece, node) = *self.lists.get(list)?.keyed.get(index)?;
            next = self.goal(Goal::Match { piece, node }, next);
        }
        Some(next)
    }

    /// The children of `node`, those apart that `shape` asks for by their keys; `None` if one is not there.
    fn list(&self, shape: &Shape, node: Node<'t>) -> Option<List<'t>> {
        let mut list = List { children: children(node), keyed: Vec::new() };
        for (key, piece) in &shape.keyed {
            // The last one counts where a key is given twice.
            let of_key = |child: &Child<'t>| self.syntax.key_and_value(child.node).filter(|(name, _)| *name == &**key);
            let at = list.children.iter().rposition(|child| child.is_keyed && of_key(child).is_some())?;
            let value = of_key(&list.children.remove(at)).and_then(|(_, value)| value);
            match (piece, value) {
                (Some(piece), Some(value)) => list.keyed.push((*piece, value)),
                (None, None) => {}
                _ => return None,
            }
        }
        Some(list)
    }

    /// `requests.$METHOD` for `get` after `from requests import get`.
    fn imported_member(&mut self, shape: &Shape, node: Node<'t>) -> Option<bool> {
        let kind = super::super::grammar::grammar(self.pattern.language).language.id_for_node_kind(shape.kind, true);
        if !self.syntax.facts.fact(kind).has(Fact::MEMBER) || !self.syntax.is_name(node) {
            return None;
        }
        let [first, .., last] = shape.elements.as_slice() else { return None };
        let (before, _) = self.syntax.imports.path_of(self.syntax.text_of(node))?.rsplit_once('.')?;
        let Some(Piece::Path { path, .. }) = self.pattern.pieces.get(*first) else { return None };
        if **path != *before {
            return None;
        }
        match self.pattern.pieces.get(*last)? {
            Piece::Variable(variable) => Some(self.bind(*variable, vec![node])),
            Piece::Anything => Some(true),
            _ => None,
        }
    }

    fn rest(&mut self, rest: Rest, next: Next) -> Option<Next> {
        if !self.visited.insert((rest, next, self.hash)) {
            return None;
        }
        let (elements, has_many) = self.elements(rest.shape)?;
        let children = &self.lists.get(rest.list)?.children;
        let Some(element) = elements.get(rest.at) else {
            if rest.shape.is_none() {
                self.end = children.get(..rest.index)?.last()?.node.end_byte();
                return Some(next);
            }
            let all = children.get(rest.index..)?.iter().all(|child| self.may_leave_out(child, has_many));
            return all.then_some(next);
        };
        if let Some(Piece::Many { variable, one_expression }) = self.pattern.pieces.get(*element) {
            let is_last = rest.at + 1 == elements.len() && rest.shape.is_some();
            return self.run_of(rest, *variable, *one_expression, is_last, next);
        }
        let child = *children.get(rest.index)?;
        let behind = rest.index + 1;
        if self.may_leave_out(&child, has_many) {
            let without = self.goal(Goal::Rest(Rest { index: behind, from: behind, ..rest }), next);
            self.choose(without);
        }
        let after = Rest { at: rest.at + 1, index: behind, from: behind, ..rest };
        let next = self.goal(Goal::Rest(after), next);
        Some(self.goal(Goal::Match { piece: *element, node: child.node }, next))
    }

    /// The elements of a shape, or of the root, and whether more may be there.
    fn elements(&self, shape: Option<PieceId>) -> Option<(&'s [PieceId], bool)> {
        let Some(id) = shape else { return Some((&self.pattern.root, false)) };
        match self.pattern.pieces.get(id)? {
            Piece::Node(shape) => Some((&shape.elements, shape.has_many)),
            _ => None,
        }
    }

    /// The shortest run first, one that is longer by one as another way; the last takes what is left.
    fn run_of(
        &mut self,
        rest: Rest,
        variable: Option<usize>,
        one_expression: bool,
        is_last: bool,
        next: Next,
    ) -> Option<Next> {
        let children = &self.lists.get(rest.list)?.children;
        let takes_all = is_last && !one_expression;
        let end = if takes_all { children.len() } else { rest.index };
        let child = children.get(rest.index).filter(|child| !one_expression || !is_separator(child.node));
        if !takes_all && child.is_some() {
            let grown = self.goal(Goal::Rest(Rest { index: rest.index + 1, ..rest }), next);
            self.choose(grown);
        }
        if one_expression && rest.index == rest.from {
            return None;
        }
        if let Some(variable) = variable {
            let run = self.lists.get(rest.list)?.children.get(rest.from..end)?.iter().map(|child| child.node).collect();
            if !self.bind(variable, run) {
                return None;
            }
        }
        Some(self.goal(Goal::Rest(Rest { at: rest.at + 1, index: end, from: end, ..rest }), next))
    }

    fn may_leave_out(&self, child: &Child<'t>, has_many: bool) -> bool {
        let range = child.node.byte_range();
        let is_kept = self.keep.is_some_and(|keep| range.start <= keep.start && keep.end <= range.end);
        !is_kept && (child.is_unsaid || has_many && child.is_keyed)
    }

    fn is_literal(&self, node: Node<'t>, value: &Value, text: &str) -> bool {
        if !node.is_named() {
            return false;
        }
        match (value, self.syntax.value(node)) {
            (Value::Text(one), Value::Text(other)) => {
                *one == other || one.contains('\\') | other.contains('\\') && unescaped(one) == unescaped(&other)
            }
            (Value::None, Value::None) => {
                !self.pattern.language.is_javascript_like() || self.syntax.text_of(node) == text
            }
            (one, other) => *one == other,
        }
    }

    /// Whether `node` is the name `path`: what is imported under it, or a name that nothing says to be another.
    fn is_path(&self, node: Node<'t>, path: &str, is_callee: bool) -> bool {
        let syntax = self.syntax;
        let Some(written) = syntax.written_path(node) else { return false };
        let resolved = syntax.resolve(node);
        if !resolved.local && resolved.path == path {
            return true;
        }
        // Types are used by their own names in Rust, wherever they come from.
        if self.pattern.language == crate::model::Language::Rust
            && path.contains('.')
            && resolved.path.strip_suffix(path).is_some_and(|before| before.ends_with('.'))
        {
            return true;
        }
        let first = written.split('.').next().unwrap_or_default();
        let is_own = is_callee && first == written && syntax.is_bound(first);
        written == path && !is_own && syntax.imports.path_of(first).is_none()
    }

    fn bind(&mut self, variable: usize, nodes: Vec<Node<'t>>) -> bool {
        if let Some((_, bound)) = self.trail.iter().find(|(known, _)| *known == variable) {
            return bound.len() == nodes.len()
                && bound.iter().zip(&nodes).all(|(one, other)| self.syntax.is_same(*one, *other, self.steps));
        }
        self.push_binding(variable, nodes);
        true
    }

    fn push_binding(&mut self, variable: usize, nodes: Vec<Node<'t>>) {
        let mut hasher = DefaultHasher::new();
        (self.hash, variable, nodes.len()).hash(&mut hasher);
        [nodes.first(), nodes.last()].into_iter().flatten().for_each(|node| node.id().hash(&mut hasher));
        self.hash = hasher.finish();
        self.trail.push((variable, nodes));
    }
}

/// The text between quotes without the signs that only the quotes ask for.
fn unescaped(text: &str) -> String {
    text.replace("\\'", "'").replace("\\\"", "\"")
}
