//! Calls of a coroutine that nobody waits for: they make an object and run nothing.

use std::collections::HashMap;

use super::Check;
use crate::analyze::Sink;
use crate::analyze::code::calls::is_statement;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Function, Node, Syntax};

pub struct Coroutines {
    unawaited: Check,
}

impl Coroutines {
    pub fn new(rules: &RuleSet) -> Coroutines {
        Coroutines { unawaited: Check::new(rules, "python-unawaited-coroutine") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        if self.unawaited.0.is_empty() || !syntax.functions.iter().any(|function| function.is_async) {
            return;
        }
        // By qualified name; one that is defined twice, or decorated into something else, is not known.
        let mut known: HashMap<&str, bool> = HashMap::new();
        for function in &syntax.functions {
            let is_coroutine = function.is_async && !is_decorated(syntax, function);
            known.entry(&function.name).and_modify(|known| *known = false).or_insert(is_coroutine);
        }
        for call in &syntax.calls {
            let Some(name) = qualified_callee(syntax, call) else { continue };
            if known.get(name.as_str()) == Some(&true) && is_statement(syntax, call.node) {
                self.unawaited.report_name(&call.node.byte_range(), syntax.text_of(call.callee), sink);
            }
        }
    }
}

fn is_decorated<'a>(syntax: &'a Syntax<'a>, function: &Function<'a>) -> bool {
    syntax.around(function.node).next().is_some_and(|parent| parent.kind() == "decorated_definition")
}

/// The function of this file that is called: `work()` of the module, `self.work()` of the class around.
fn qualified_callee<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>) -> Option<String> {
    let callee: Node<'a> = call.callee;
    if callee.kind() == "identifier" {
        let name = syntax.text_of(callee);
        let local = call.scope.function.is_some() && syntax.bound_value(callee).is_some();
        return (!local && syntax.imports.path_of(name).is_none()).then(|| name.to_owned());
    }
    let (receiver, name) = syntax.member(callee)?;
    if syntax.text_of(receiver) != "self" {
        return None;
    }
    let around = syntax.functions.get(call.scope.function? as usize)?;
    let (class, _) = around.name.rsplit_once('.')?;
    Some(format!("{class}.{name}"))
}
