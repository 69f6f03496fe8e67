//! Request handlers that go on after they have answered.

use super::{Checks, Found};
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Node, Syntax};

pub struct Handlers {
    twice: Checks,
}

/// Methods of a response that end it.
const ANSWERS: &[&str] = &["send", "json", "end", "redirect", "render", "sendStatus", "sendFile"];

const RESPONSES: &[&str] = &["res", "response", "reply"];

impl Handlers {
    pub fn new(rules: &RuleSet) -> Handlers {
        Handlers { twice: Checks::new(rules, "script-answer-twice") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if self.twice.is_empty() {
            return;
        }
        let syntax = scene.syntax;
        for call in syntax.calls.iter().filter(|call| call.scope.in_handler) {
            let Some(root) = answers(syntax, call.callee) else { continue };
            if goes_on(syntax, call, root) {
                let found = Found::line(syntax, call.node, call.scope);
                self.twice.report(scene, found, root, sink);
            }
        }
    }
}

/// The response that a callee such as `res.status(400).json` ends.
fn answers<'a>(syntax: &Syntax<'a>, callee: Node<'a>) -> Option<&'a str> {
    let (mut receiver, name) = syntax.member(callee)?;
    if !ANSWERS.contains(&name) {
        return None;
    }
    // `res.status(400)`: no method gives anything but the response itself.
    while receiver.kind() == "call_expression" {
        let (inner, method) = syntax.member(receiver.child_by_field_name("function")?)?;
        if !matches!(method, "status" | "code" | "type" | "set" | "header") {
            return None;
        }
        receiver = inner;
    }
    let name = syntax.text_of(receiver);
    RESPONSES.contains(&name).then_some(name)
}

/// Whether the answer is the last statement of an `if` without an `else`, and a later statement beside that `if` answers
/// as well.
fn goes_on<'a>(syntax: &Syntax<'a>, call: &Call<'a>, root: &str) -> bool {
    let mut around = syntax.around(call.node);
    let Some(statement) = around.next().filter(|node| node.kind() == "expression_statement") else { return false };
    let Some(mut branch) = around.next() else { return false };
    if branch.kind() == "statement_block" {
        let after = syntax.text.get(statement.end_byte()..branch.end_byte()).unwrap_or_default();
        if !after.trim_start_matches(|c: char| c.is_whitespace() || c == ';').starts_with('}') {
            return false;
        }
        let Some(outer) = around.next() else { return false };
        branch = outer;
    }
    if branch.kind() != "if_statement" || branch.child_by_field_name("alternative").is_some() {
        return false;
    }
    let Some(block) = around.next().filter(|node| node.kind() == "statement_block") else { return false };
    let mut cursor = block.walk();
    let mut later = block.named_children(&mut cursor).filter(|node| node.start_byte() >= branch.end_byte());
    later.any(|statement| {
        let text = syntax.text_of(statement);
        let text = text.strip_prefix("return ").unwrap_or(text);
        let is_call = matches!(statement.kind(), "expression_statement" | "return_statement");
        is_call
            && text.strip_prefix(root).is_some_and(|rest| {
                let first = rest.lines().next().unwrap_or_default();
                ANSWERS.iter().any(|answer| first.contains(&format!(".{answer}(")))
            })
    })
}
