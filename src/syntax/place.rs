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
                let name = self.facts.child(around, Role::Name).map(|name| self.text_of(name)).unwrap_or_default();
                scope.in_class = true;
                scope.in_test |= self.dialect.is_test_class(name, &[], self.text);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use crate::model::Language;
    use crate::syntax::{KindSet, Parser};

    #[test]
    fn the_scope_of_a_node_is_that_of_the_walk() {
        let python = "f(0)\nfor x in f(1):\n    f(2)\n    try:\n        f(3)\n    except f(4):\n        f(5)\n    \
                      def g(a=f(6)):\n        f(7)\n        while f(8): f(9)\nclass TestA(f(10)):\n    x = f(11)\n    \
                      @f(12)\n    def get(self, request):\n        return [f(13) for y in f(14)]\n";
        let script = "for (const a of f(0)) { f(1); g(() => { f(2); do { f(3); } while (f(4)); }); }\n\
                      class A { x = f(5); m(req, res) { try { f(6); } catch { f(7); } finally { f(8); } } }\n";
        let rust = "impl A { fn a() { loop { f(0); let c = || f(1); while f(2) { f(3); } } } }\n\
                    mod tests { const X: u8 = f(4); fn b(State(s): State<u8>) { f(5); } }\n";
        for (language, code) in [(Language::Python, python), (Language::TypeScript, script), (Language::Rust, rust)] {
            let tree = Parser::default().parse(language, code, Duration::from_secs(5)).unwrap();
            let kinds = KindSet::default();
            let syntax = tree.index(code, &kinds);
            assert!(syntax.calls.len() > 5);
            for call in &syntax.calls {
                assert_eq!(syntax.scope_of(call.node), call.scope, "{language}: {}", syntax.text_of(call.node));
            }
        }
    }
}
