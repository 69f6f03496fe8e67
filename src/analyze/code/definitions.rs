//! Names that are given twice, and names of the language that are given away.

use std::collections::HashMap;
use std::sync::Arc;

use super::scene::Scene;
use super::shapes::has_comment;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Function, Node, Role, Syntax};

pub struct Definitions {
    duplicates: Vec<Arc<Rule>>,
    shadows: Vec<Arc<Rule>>,
    itself: Vec<Arc<Rule>>,
}

/// Built-in functions and types of Python that code goes on to use, so that a variable of the name is a trap. Names that
/// are hardly used as functions (`id`, `type`, `input`, `format`, `filter`) are left out: there the name is the better one.
const BUILTINS: &[&str] = &[
    "list",
    "dict",
    "set",
    "tuple",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "len",
    "print",
    "open",
    "range",
    "sorted",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "zip",
    "map",
    "isinstance",
    "super",
    "object",
    "property",
    "enumerate",
    "repr",
];

impl Definitions {
    pub fn new(rules: &RuleSet) -> Definitions {
        let with = |name: &'static str| rules.with_builtin(name).cloned().collect();
        Definitions {
            duplicates: with("duplicate-definition"),
            shadows: with("shadowed-builtin"),
            itself: with("self-assignment"),
        }
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        if !scene.is_written_by_people() {
            return;
        }
        if !self.duplicates.is_empty() && scene.syntax.language != Language::Rust {
            self.duplicates(scene, sink);
        }
        if !self.shadows.is_empty() && scene.syntax.language == Language::Python {
            self.shadows(scene, sink);
        }
        if !self.itself.is_empty() {
            self.self_assignments(scene, sink);
        }
    }

    /// Of two functions of one name in one block only the last is left.
    fn duplicates<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let mut before: HashMap<(Option<u32>, &str), &Function<'a>> = HashMap::new();
        for function in &syntax.functions {
            let own = function.name.rsplit('.').next().unwrap_or_default();
            if own.starts_with('(') || own.starts_with('_') && own.trim_matches('_').is_empty() {
                continue;
            }
            let key = (function.scope.function, function.name.as_str());
            let Some(first) = before.insert(key, function) else { continue };
            if is_replaced(syntax, first, function, own) {
                for rule in &self.duplicates {
                    let name = |function: &Function<'a>| {
                        syntax.child(function.node, Role::Name).unwrap_or(function.node).byte_range()
                    };
                    let hit = Hit::new(rule, name(function)).with("name", own).identity(function.name.as_str());
                    sink.report(hit.related(name(first), "the one that is lost"));
                }
            }
        }
    }

    fn shadows<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for assign in &syntax.assigns {
            let name = syntax.text_of(assign.target);
            // What is given to a class is an attribute.
            let is_attribute = assign.scope.in_class && assign.scope.function.is_none();
            if assign.target.kind() != "identifier"
                || is_attribute
                || !BUILTINS.contains(&name)
                || scene.in_test(assign.scope)
            {
                continue;
            }
            // `str = str`, `range = xrange`: made to be the same on two versions.
            let value = assign.value.map(|value| syntax.text_of(value)).unwrap_or_default();
            if syntax.around(assign.node).any(|node| node.kind() == "try_statement")
                || value == name
                || assign.scope.function.is_none()
            {
                continue;
            }
            for rule in &self.shadows {
                sink.report(Hit::new(rule, assign.target.byte_range()).with("name", name));
            }
        }
    }

    fn self_assignments<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for assign in &syntax.assigns {
            let Some(value) = assign.value else { continue };
            if assign.target.byte_range().len() != value.byte_range().len() {
                continue;
            }
            let (target, value) = (syntax.text_of(assign.target), syntax.text_of(value));
            let is_plain =
                target.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '[' | ']' | '\'' | '"'));
            // In the body of a class, and at the top of a module, it makes a name of outside one of its own.
            let copies_name = !target.contains('.')
                && (assign.scope.function.is_none() || assign.scope.in_class && is_in_class_body(syntax, assign.node));
            let operator = assign.node.child_by_field_name("operator").map(|operator| syntax.text_of(operator));
            if target != value
                || !is_plain
                || copies_name
                || operator.is_some_and(|operator| operator != "=")
                || scene.in_test(assign.scope)
                || is_remarked(scene, assign.node)
            {
                continue;
            }
            for rule in &self.itself {
                sink.report(Hit::new(rule, assign.node.byte_range()).with("name", target));
            }
        }
    }
}

/// Whether a comment on the line or the one above tells of it: to set a property may do something.
fn is_remarked(scene: &Scene<'_>, node: Node<'_>) -> bool {
    let lines = scene.source.lines();
    let line = lines.line_of(node.start_byte());
    let first = lines.line_span(scene.syntax.text, line.saturating_sub(1).max(1)).start;
    has_comment(scene.syntax, &(first..lines.line_span(scene.syntax.text, line).end))
}

fn is_in_class_body<'a>(syntax: &Syntax<'a>, node: Node<'a>) -> bool {
    let around = syntax.around(node).take(3).collect::<Vec<_>>();
    around.iter().any(|node| matches!(node.kind(), "class_definition" | "class_body"))
}

/// Whether `second` takes the place of `first` without anyone having used it: both are plain, in the same block, and
/// nothing between them names it.
fn is_replaced<'a>(syntax: &'a Syntax<'a>, first: &Function<'a>, second: &Function<'a>, name: &str) -> bool {
    let kinds = ["function_definition", "function_declaration", "method_definition"];
    if first.node.kind() != second.node.kind() || !kinds.contains(&first.node.kind()) {
        return false;
    }
    // A decorator may keep the first: a property's setter, an overload, a registry.
    let around = |function: &Function<'a>| syntax.around(function.node).next();
    let (Some(one), Some(other)) = (around(first), around(second)) else { return false };
    if one.id() != other.id() || one.kind() == "decorated_definition" {
        return false;
    }
    if first.node.kind() == "method_definition" && marks(syntax, first) != marks(syntax, second) {
        return false;
    }
    let between = syntax.text.get(first.node.end_byte()..second.node.start_byte()).unwrap_or_default();
    let is_named = between.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).any(|word| word == name);
    let is_decorated = between.trim_end().lines().last().is_some_and(|line| line.trim_start().starts_with('@'));
    !is_named && !is_decorated
}

/// `static`, `get`, `set` before a method's name.
fn marks<'a>(syntax: &Syntax<'a>, function: &Function<'a>) -> &'a str {
    let name = syntax.child(function.node, Role::Name).map_or(function.start, |name| name.start_byte());
    syntax.text.get(function.start..name).unwrap_or_default()
}
