//! Work that grows faster than the data: what a loop goes through, and what depends on it.

use std::sync::Arc;

use super::nesting;
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Assign, Call, Loop, Node, Role, Syntax};

/// Builtin checks of loops, with the rules that report them.
pub struct LoopRules {
    nested: Vec<Arc<Rule>>,
    strings: Vec<Arc<Rule>>,
}

impl LoopRules {
    pub fn new(rules: &RuleSet) -> LoopRules {
        LoopRules {
            nested: rules.with_builtin("nested-loop").cloned().collect(),
            strings: rules.with_builtin("string-building-in-loop").cloned().collect(),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if scene.syntax.loops.is_empty() || !scene.is_written_by_people() {
            return;
        }
        if !self.nested.is_empty() {
            nesting::run(scene, &self.nested, sink);
        }
        if !self.strings.is_empty() {
            self.string_building(scene, sink);
        }
    }

    /// Text that is put together anew in each round copies all that was there before. Only where the name is known to
    /// hold text: numbers and lists are added to in the same way.
    fn string_building(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for assign in &syntax.assigns {
            let Some(around) = assign.scope.in_loop.and_then(|index| syntax.loops.get(index as usize)) else {
                continue;
            };
            if !grows(syntax, assign) {
                continue;
            }
            let inside = around.node.byte_range();
            let starts_as_text = syntax
                .bound_values(assign.target)
                .into_iter()
                .any(|value| !inside.contains(&value.start_byte()) && (is_text(syntax, value)));
            if starts_as_text {
                for rule in &self.strings {
                    let name = syntax.text_of(assign.target);
                    sink.report(Hit::new(rule, assign.node.byte_range()).with("name", name));
                }
            }
        }
    }
}

/// Whether the assignment copies its target and adds to it: `s += x`, `s = s + x` where that copies, `s = format!("{s}…")`.
fn grows<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> bool {
    let name = syntax.text_of(assign.target);
    if assign.target.kind() != "identifier" {
        return false;
    }
    let operator = assign.node.child_by_field_name("operator").map(|node| syntax.text_of(node));
    let Some(value) = assign.value else { return false };
    match (syntax.language, assign.node.kind()) {
        (Language::Python, "augmented_assignment") => operator == Some("+="),
        (Language::Python, _) => {
            value.kind() == "binary_operator"
                && value.child_by_field_name("left").is_some_and(|left| syntax.text_of(left) == name)
                && value.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "+")
        }
        // `s + &x` reuses the buffer of `s`; `format!` never does.
        (Language::Rust, "assignment_expression") => {
            value.kind() == "macro_invocation"
                && syntax.text_of(value).starts_with("format!")
                && (mentions(syntax, value, &[name]) || syntax.text_of(value).contains(&format!("{{{name}}}")))
        }
        _ => false,
    }
}

fn is_text<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> bool {
    matches!(value.kind(), "string" | "string_literal" | "raw_string_literal")
        || (syntax.language == Language::Rust
            && ["String::new(", "String::from(", "String::with_capacity("]
                .iter()
                .any(|start| syntax.text_of(value).starts_with(start)))
        || (value.kind() == "macro_invocation" && syntax.text_of(value).starts_with("format!"))
}

/// How many loops around a call are looked at.
const MAX_LOOPS: usize = 6;

/// Whether the loop around `call` goes through data of unknown size, and the call depends on what it goes through.
pub fn depends_on_data_loop<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>) -> bool {
    let mut index = call.scope.in_loop;
    for _ in 0..MAX_LOOPS {
        let Some(around) = index.and_then(|index| syntax.loops.get(index as usize)) else { break };
        if let Some(target) = around.target
            && is_over_data(syntax, around)
        {
            let names = names_in(syntax, target);
            let derived = derived_names(syntax, around, &names);
            let given = whole_chain(syntax, call.node);
            if !is_asked_of(syntax, call, &names)
                && (mentions(syntax, given, &names) || mentions(syntax, given, &derived))
            {
                return true;
            }
        }
        index = around.scope.in_loop;
    }
    false
}

/// `for model in models: model.objects.filter(…)`: each element is another one to ask, so no single call asks for all.
fn is_asked_of<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>, names: &[&str]) -> bool {
    let mut root = call.callee;
    while let Some((receiver, _)) = syntax.member(root) {
        root = receiver;
    }
    root.id() != call.callee.id() && names.contains(&syntax.text_of(root))
}

/// `query(…).bind(id).fetch(db)` for the call of `query`: what it is given may come later in the chain.
fn whole_chain<'a>(syntax: &'a Syntax<'a>, call: Node<'a>) -> Node<'a> {
    const LINKS: &[&str] = &["call", "call_expression", "attribute", "member_expression", "field_expression"];
    syntax.around(call).take_while(|node| LINKS.contains(&node.kind())).last().unwrap_or(call)
}

/// Names that get a value in the body of `around` from one of `names`.
pub fn derived_names<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, names: &[&str]) -> Vec<&'a str> {
    let Some(body) = around.body.map(|body| body.byte_range()) else { return Vec::new() };
    let within = syntax.bindings_within(body);
    let derived = within.filter(|(_, value)| value.is_some_and(|value| mentions(syntax, value, names)));
    derived.filter(|(target, _)| target.kind() == "identifier").map(|(target, _)| syntax.text_of(target)).collect()
}

/// Whether a loop goes through a collection, rather than a number of tries, a literal or a constant.
pub fn is_over_data<'a>(syntax: &'a Syntax<'a>, one: &Loop<'a>) -> bool {
    let Some(value) = one.value else { return false };
    let value = syntax.unwrap(value);
    let is_fixed_list = matches!(
        value.kind(),
        "list" | "tuple" | "set" | "dictionary" | "array" | "array_expression" | "tuple_expression" | "string"
    );
    !is_fixed_list
        && !syntax.value(value).is_constant()
        && !is_fixed_range(syntax, value)
        && !is_constant_name(syntax, value)
}

/// `range(3)`, `0..8`, `range(RETRIES)`: a number of rounds that data does not decide.
fn is_fixed_range<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> bool {
    if value.kind() == "range_expression" {
        return !syntax.text_of(value).contains("len()");
    }
    let Some(callee) = syntax.child(value, Role::Callee) else { return false };
    syntax.text_of(callee) == "range" && !syntax.text_of(value).contains("len(")
}

/// `NAMES`, `Self::KINDS`, `config.NAMES`: by convention a constant, and small.
fn is_constant_name<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> bool {
    let mut root = value;
    while let Some(callee) = syntax.child(root, Role::Callee) {
        root = syntax.member(callee).map_or(callee, |(receiver, _)| receiver);
    }
    let name = syntax.last_name(root).unwrap_or_default();
    name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The plain names in an expression or pattern.
pub fn names_in<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut cursor = node.walk();
    loop {
        let here = cursor.node();
        if matches!(
            here.kind(),
            "identifier" | "shorthand_property_identifier_pattern" | "shorthand_property_identifier" | "self" | "this"
        ) {
            names.push(syntax.text_of(here));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return names;
            }
        }
    }
}

/// Whether one of `names` stands in the expression.
pub fn mentions<'a>(syntax: &'a Syntax<'a>, node: Node<'a>, names: &[&str]) -> bool {
    names_in(syntax, node).iter().any(|name| names.contains(name))
}
