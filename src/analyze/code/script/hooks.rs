//! React's hooks, which have to be called in the same order at each rendering.

use super::{Checks, FUNCTIONS, Found};
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Syntax};

pub struct Hooks {
    conditional: Checks,
}

impl Hooks {
    pub fn new(rules: &RuleSet) -> Hooks {
        Hooks { conditional: Checks::new(rules, "script-conditional-hook") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        if self.conditional.is_empty() || !syntax.imports.has_module("react") {
            return;
        }
        for call in &syntax.calls {
            let Some(name) = syntax.last_name(call.callee) else { continue };
            let known = syntax.imports.path_of(name).and_then(|path| path.strip_prefix("react."));
            if !is_hook(known.unwrap_or(name)) {
                continue;
            }
            if syntax.resolve(call.callee).path.starts_with("react.") && is_conditional(syntax, call.node) {
                self.conditional.report(scene, Found::line(syntax, call.node, call.scope), name, sink);
            }
        }
    }
}

/// `useState`: hooks are known by their names.
fn is_hook(name: &str) -> bool {
    name.strip_prefix("use").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Whether something between the node and the function around it decides if, or how often, it runs.
fn is_conditional<'a>(syntax: &Syntax<'a>, node: Node<'a>) -> bool {
    let mut inner = node;
    for outer in syntax.around(node) {
        if FUNCTIONS.contains(&outer.kind()) {
            return false;
        }
        let is_part = |field: &str| outer.child_by_field_name(field).is_some_and(|part| part.id() == inner.id());
        let decides = match outer.kind() {
            "if_statement" | "ternary_expression" | "while_statement" => !is_part("condition"),
            "for_statement" | "for_in_statement" | "do_statement" => is_part("body"),
            "switch_statement" => is_part("body"),
            "binary_expression" => {
                let operator = outer.child_by_field_name("operator").map(|operator| operator.kind());
                is_part("right") && matches!(operator, Some("&&" | "||" | "??"))
            }
            _ => false,
        };
        if decides {
            return true;
        }
        inner = outer;
    }
    false
}
