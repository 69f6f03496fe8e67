//! Where a node stands that no list of the walk holds.

use super::facts::Fact;
use super::{Node, Role, Scope, Syntax};

impl<'t> Syntax<'t> {
    /// The scope of any node, as the walk would give it.
    pub fn scope_of(&self, node: Node<'t>) -> Scope {
        // A function stands in what is around it.
        let inner = |function: &super::Function<'t>| {
            if function.node.id() == node.id() { function.scope } else { function.inner }
        };
        let mut scope = self.function_at(node.start_byte()).map(inner).unwrap_or_default();
        let within = |part: Option<Node<'t>>| {
            part.is_some_and(|part| part.start_byte() <= node.start_byte() && node.end_byte() <= part.end_byte())
        };
        for around in self.around(node) {
            let fact = self.facts.fact(around.kind_id());
            if fact.has(Fact::CLASS) {
                scope.in_class = true;
            }
            if fact.has(Fact::FUNCTION) {
                break;
            }
            let is_in_body = || within(self.facts.child(around, Role::Body));
            if fact.has(Fact::LOOP) && scope.in_loop.is_none() && is_in_body() {
                let index = self.loops.iter().position(|one| one.node.id() == around.id());
                scope.in_loop = index.map(|index| index as u32);
            }
            scope.in_try |= fact.has(Fact::TRY) && is_in_body();
        }
        scope
    }
}
