//! What comes out of a call: of a sanitizer nothing bad, of a source input, of what passes its arguments on the worst of
//! them, and of a function of the same file what it returns.

use super::lists::Pass;
use super::shape::{Piece, children};
use super::trace::{Ask, Frame, Input, Origin, Tracer, input};
use crate::syntax::Node;

/// To look for a name among so many functions is as dear as a step.
const FUNCTIONS_FOR_A_STEP: usize = 32;

impl<'a> Tracer<'a, '_> {
    pub(super) fn of_call(
        &self,
        node: Node<'a>,
        callee: Node<'a>,
        arguments: Option<Node<'a>>,
        ask: Ask<'_, 'a>,
    ) -> Origin<'a> {
        let (syntax, lists) = (self.syntax, self.lists);
        if lists.is_sanitizer(syntax, callee, ask.danger) {
            return Origin::Constant;
        }
        let given = arguments.map(children).unwrap_or_default();
        if let Some(source) = lists.source_of_call(syntax, callee) {
            return input(source, node, given.is_empty());
        }
        if let Some(Origin::Input(found)) = self.source_at(callee) {
            let whole = found.whole && given.is_empty();
            return Origin::Input(Input { whole, ..found });
        }
        if let Some(pass) = lists.pass(syntax, callee) {
            let receiver = syntax.member(callee).map(|(receiver, _)| receiver);
            return self.passed(receiver, given, pass, ask);
        }
        match self.own_function(callee) {
            Some(function) if ask.frame.is_none() => self.returned(function, given, ask),
            _ => Origin::Unknown,
        }
    }

    /// What comes out of a call that lets its input through.
    fn passed(&self, receiver: Option<Node<'a>>, given: Vec<Node<'a>>, pass: Pass, ask: Ask<'_, 'a>) -> Origin<'a> {
        // A module is no value: `os.path.join(…)`.
        let receiver = receiver.filter(|receiver| {
            let resolved = self.syntax.resolve(*receiver);
            let is_module = !resolved.local && !resolved.path.contains(['?', '(']);
            !is_module || matches!(self.of(*receiver, ask), Origin::Input(_))
        });
        let mut pieces: Vec<Piece<'a>> = receiver.into_iter().map(Piece::Value).collect();
        if !pass.part {
            pieces.extend(given.into_iter().map(Piece::Value));
        }
        if pass.text {
            return self.of_text(&pieces, ask);
        }
        let nodes = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Value(node) => Some(node),
            Piece::Text(_) | Piece::Name(..) => None,
        });
        let origin = self.worst(nodes.collect(), ask);
        if pass.part { origin.part() } else { origin }
    }

    /// The function of this file that is called by its bare name, or on `self`.
    pub(super) fn own_function(&self, callee: Node<'a>) -> Option<u32> {
        let name = self.syntax.last_name(callee)?;
        let on_itself = match self.syntax.member(callee) {
            Some((receiver, _)) if matches!(self.syntax.text_of(receiver), "self" | "this" | "Self") => true,
            Some(_) => return None,
            None => false,
        };
        self.charge(self.syntax.functions.len() / FUNCTIONS_FOR_A_STEP);
        let is_it = |qualified: &str| match qualified.rsplit_once('.') {
            Some((_, last)) => on_itself && last == name,
            None => !on_itself && qualified == name,
        };
        let mut found = self.syntax.functions.iter().enumerate().filter(|(_, function)| is_it(&function.name));
        let (index, _) = found.next()?;
        found.next().is_none().then_some(index as u32)
    }

    fn returned(&self, function: u32, given: Vec<Node<'a>>, ask: Ask<'_, 'a>) -> Origin<'a> {
        let arguments = given.into_iter().map(|node| self.of(node, ask)).collect();
        let frame = Frame { function, arguments };
        let names = self.names(Some(function));
        if names.returns.is_empty() {
            return Origin::Unknown;
        }
        self.worst(names.returns.clone(), Ask { frame: Some(&frame), ..ask })
    }
}
