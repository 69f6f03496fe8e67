//! Names: what an import binds, what the file binds itself, and the full path of a dotted expression.

use std::collections::HashMap;
use std::ops::Range;

use super::facts::Role;
use super::{Call, Function, Node, Syntax};

/// The names that imports bind, with the full path of each, `.` between the parts in every language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    names: HashMap<Box<str>, Box<str>>,
    modules: Vec<Box<str>>,
}

impl Imports {
    pub fn add(&mut self, name: &str, path: impl Into<Box<str>>) {
        self.names.insert(name.into(), path.into());
    }

    pub fn add_module(&mut self, module: impl Into<Box<str>>) {
        self.modules.push(module.into());
    }

    pub fn path_of(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(|path| &**path)
    }

    /// Names bound, with their paths, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|(name, path)| (&**name, &**path))
    }

    /// Whether `module`, or something in it, is imported.
    pub fn has_module(&self, module: &str) -> bool {
        let within =
            |path: &str| path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']));
        self.modules.iter().any(|path| within(path)) || self.names.values().any(|path| within(path))
    }
}

/// The full path of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// `subprocess.run`; a call in the chain shows as `()`: `std.process.Command.new().arg`; an unknown receiver as `?`.
    pub path: String,
    /// It starts at a name that the file binds itself, so a global of that name is not meant.
    pub local: bool,
}

/// What the file binds, by name and by the function that binds it: the values in order, `None` where one is not plain.
#[derive(Debug, Default)]
pub(super) struct Bindings<'t>(HashMap<&'t str, HashMap<Option<u32>, Vec<Option<Node<'t>>>>>);

impl<'t> Bindings<'t> {
    fn add(&mut self, name: &'t str, function: Option<u32>, value: Option<Node<'t>>) {
        self.0.entry(name).or_default().entry(function).or_default().push(value);
    }
}

/// How many steps a chain such as `a.b().c` may have, and how often a name is replaced by what it is bound to.
const MAX_CHAIN: usize = 24;
const MAX_HOPS: usize = 3;

/// How many bindings of one name are looked at where all of them count.
const MAX_BOUND: usize = 64;

impl<'t> Syntax<'t> {
    /// The full path of a call's callee; a Rust macro ends in `!`.
    pub fn resolve_call(&self, call: &Call<'t>) -> Resolved {
        let mut resolved = self.resolve(call.callee);
        if self.is_macro(call) {
            resolved.path.push('!');
        }
        resolved
    }

    pub fn is_macro(&self, call: &Call<'t>) -> bool {
        call.arguments.is_none() && self.language == crate::model::Language::Rust
    }

    /// The full path of a name or dotted expression: imports and aliases replaced, and a name that is bound once to
    /// `f(…)` by `f()`.
    pub fn resolve(&self, node: Node<'t>) -> Resolved {
        self.resolve_hop(node, 0)
    }

    fn resolve_hop(&self, node: Node<'t>, hops: usize) -> Resolved {
        let mut tail: Vec<&str> = Vec::new();
        let mut node = self.dialect.unwrap(node);
        let mut base = Resolved { path: "?".to_owned(), local: false };
        for _ in 0..MAX_CHAIN {
            if self.is_name(node) {
                base = self.resolve_name(node, hops);
                break;
            } else if let Some(module) = self.dialect.module(node, self.text) {
                base.path = module;
                break;
            } else if let Some((receiver, name)) = self.member_nodes(node) {
                tail.push(self.text_of(name));
                node = self.dialect.unwrap(receiver);
            } else if let Some(callee) = self.facts.child(node, Role::Callee) {
                tail.push("()");
                node = self.dialect.unwrap(callee);
            } else {
                break;
            }
        }
        for part in tail.iter().rev() {
            if *part != "()" {
                base.path.push('.');
            }
            base.path.push_str(part);
        }
        base
    }

    fn resolve_name(&self, node: Node<'t>, hops: usize) -> Resolved {
        let name = self.text_of(node);
        if let Some(path) = self.imports.path_of(name) {
            return Resolved { path: path.to_owned(), local: false };
        }
        if hops < MAX_HOPS
            && let Some(value) = self.bound_value(node)
        {
            let value = self.dialect.unwrap(value);
            if self.facts.child(value, Role::Callee).is_some() || self.member_nodes(value).is_some() {
                let resolved = self.resolve_hop(value, hops + 1);
                if resolved.path != "?" {
                    return resolved;
                }
            }
        }
        Resolved { path: name.to_owned(), local: self.is_bound(name) }
    }

    /// Whether the file itself binds `name`: by assignment, as a parameter, function or class.
    pub fn is_bound(&self, name: &str) -> bool {
        self.bindings_by_name().0.contains_key(name)
    }

    /// The one value that a name is bound to where `node` stands: in the same function, or else for the whole file.
    /// `None` when there is none, or more than one.
    pub fn bound_value(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.bound_to(self.text_of(node), node.start_byte())
    }

    /// What [`Syntax::bound_value`] gives for a `name` that stands at byte `offset`, in a format string for one.
    pub(super) fn bound_to(&self, name: &str, offset: usize) -> Option<Node<'t>> {
        match self.bound_here(name, offset) {
            // A binding does not reach what stands before it, such as `x = x + 1` itself.
            [value] => value.filter(|value| !value.byte_range().contains(&offset)),
            _ => None,
        }
    }

    /// The plain values (of the first bindings, where there are very many) that the name is bound to where `node` stands:
    /// in the same function, or else for the whole file.
    pub fn bound_values(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let bound = self.bound_here(self.text_of(node), node.start_byte());
        bound.iter().take(MAX_BOUND).flatten().copied().collect()
    }

    fn bound_here(&self, name: &str, offset: usize) -> &[Option<Node<'t>>] {
        let Some(bindings) = self.bindings_by_name().0.get(name) else { return &[] };
        let bound = bindings.get(&self.function_index_at(offset)).or_else(|| bindings.get(&None));
        bound.map_or(&[], Vec::as_slice)
    }

    /// What gets a value within `range`, in order: the name or pattern, and the value if there is one.
    pub fn bindings_within(&self, range: Range<usize>) -> impl Iterator<Item = (Node<'t>, Option<Node<'t>>)> + '_ {
        let first = self.bindings.partition_point(|binding| binding.node.start_byte() < range.start);
        let within = self.bindings.iter().skip(first).take_while(move |binding| binding.node.start_byte() < range.end);
        within.filter_map(|binding| Some((binding.target?, binding.value)))
    }

    /// The innermost function around byte `offset`.
    pub fn function_at(&self, offset: usize) -> Option<&Function<'t>> {
        self.function_index_at(offset).and_then(|index| self.functions.get(index as usize))
    }

    /// The index of the innermost function around byte `offset`.
    pub fn function_index_at(&self, offset: usize) -> Option<u32> {
        let before = self.functions.partition_point(|function| function.node.start_byte() <= offset);
        let mut index = (before as u32).checked_sub(1);
        while let Some(candidate) = index {
            let function = self.functions.get(candidate as usize)?;
            if offset < function.node.end_byte() {
                return Some(candidate);
            }
            // The next one outwards, or the one before.
            index = function.scope.function;
        }
        None
    }

    fn bindings_by_name(&self) -> &Bindings<'t> {
        self.by_name.get_or_init(|| {
            let mut bindings = Bindings::default();
            let mut found = Vec::new();
            for binding in &self.bindings {
                let Some(target) = binding.target else { continue };
                self.dialect.bindings(binding.node, target, binding.value, &mut found);
                found.drain(..).for_each(|(name, value)| bindings.add(self.text_of(name), binding.function, value));
            }
            for (index, function) in self.functions.iter().enumerate() {
                if let Some(name) = self.facts.child(function.node, Role::Name) {
                    bindings.add(self.text_of(name), function.scope.function, None);
                }
                if let Some(parameters) = self.facts.child(function.node, Role::Parameters) {
                    self.dialect.parameters(parameters, &mut found);
                }
                found.drain(..).for_each(|(name, _)| bindings.add(self.text_of(name), Some(index as u32), None));
            }
            for one in &self.loops {
                if let Some(target) = one.target {
                    self.dialect.bindings(one.node, target, None, &mut found);
                    found.drain(..).for_each(|(name, _)| bindings.add(self.text_of(name), one.scope.function, None));
                }
            }
            bindings
        })
    }
}
