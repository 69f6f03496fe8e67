//! Collections that are copied anew in each round of a loop.

use super::{Checks, Found};
use crate::analyze::Sink;
use crate::analyze::code::loops::is_over_data;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Assign, Syntax};

pub struct Loops {
    copies: Checks,
}

impl Loops {
    pub fn new(rules: &RuleSet) -> Loops {
        Loops { copies: Checks::new(rules, "script-copy-in-loop") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if self.copies.is_empty() {
            return;
        }
        let syntax = scene.syntax;
        for assign in &syntax.assigns {
            let Some(around) = assign.scope.in_loop.and_then(|index| syntax.loops.get(index as usize)) else {
                continue;
            };
            if !copies(syntax, assign) || !(around.target.is_none() || is_over_data(syntax, around)) {
                continue;
            }
            let inside = around.node.byte_range();
            let bound = syntax.bound_values(assign.target);
            // It is made before the loop and grows in it.
            if bound.iter().any(|value| !inside.contains(&value.start_byte())) {
                let found = Found::line(syntax, assign.node, assign.scope);
                self.copies.report(scene, found, syntax.text_of(assign.target), sink);
            }
        }
    }
}

/// `x = [...x, y]`, `x = { ...x, k: y }`, `x = x.concat(y)`: all of `x` is copied for each `y`.
fn copies<'a>(syntax: &Syntax<'a>, assign: &Assign<'a>) -> bool {
    let Some(value) = assign.value.filter(|_| assign.target.kind() == "identifier") else { return false };
    let name = syntax.text_of(assign.target);
    match value.kind() {
        "array" | "object" => {
            let first =
                value.named_child(0).filter(|first| first.kind() == "spread_element" && value.named_child_count() > 1);
            first.and_then(|first| first.named_child(0)).is_some_and(|inner| syntax.text_of(inner) == name)
        }
        "call_expression" => {
            let member = value.child_by_field_name("function").and_then(|callee| syntax.member(callee));
            member.is_some_and(|(receiver, method)| method == "concat" && syntax.text_of(receiver) == name)
        }
        _ => false,
    }
}
