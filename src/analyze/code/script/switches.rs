//! `switch`: cases that are there twice, that run on into the next, or that are missing.

use std::collections::BTreeSet;

use memchr::memmem;

use super::unions::cases_of;
use super::{Checks, Found};
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Syntax};

pub struct Switches {
    double: Checks,
    fallthrough: Checks,
    missing: Checks,
}

/// How many of the cases that are missing a message names.
const MAX_NAMED: usize = 3;

impl Switches {
    pub fn new(rules: &RuleSet) -> Switches {
        Switches {
            double: Checks::new(rules, "script-duplicate-case"),
            fallthrough: Checks::new(rules, "script-fallthrough"),
            missing: Checks::new(rules, "script-missing-case"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if self.double.is_empty() && self.fallthrough.is_empty() && self.missing.is_empty() {
            return;
        }
        let syntax = scene.syntax;
        for at in memmem::find_iter(syntax.text.as_bytes(), "switch") {
            if syntax.in_comment(at) {
                continue;
            }
            let Some(word) = syntax.root.descendant_for_byte_range(at, at + "switch".len()) else { continue };
            let node = if word.kind() == "switch" { syntax.around(word).next() } else { None };
            if let Some(node) = node.filter(|node| node.kind() == "switch_statement") {
                self.judge(scene, node, sink);
            }
        }
    }

    fn judge<'a>(&self, scene: &Scene<'a>, node: Node<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let Some(body) = node.child_by_field_name("body") else { return };
        let scope = syntax.scope_of(node);
        let mut cursor = body.walk();
        let cases: Vec<Node<'a>> =
            body.named_children(&mut cursor).filter(|node| node.kind().starts_with("switch_")).collect();
        let mut values = BTreeSet::new();
        for (index, case) in cases.iter().enumerate() {
            let value = case.child_by_field_name("value").map(|value| syntax.text_of(value));
            if let Some(value) = value
                && !values.insert(value)
            {
                self.double.report(scene, Found::line(syntax, *case, scope), value, sink);
            }
            if let Some(next) = cases.get(index + 1)
                && runs_on(syntax, *case, *next)
            {
                let name = value.unwrap_or("default");
                self.fallthrough.report(scene, Found::line(syntax, *case, scope), name, sink);
            }
        }
        if !self.missing.is_empty() && !cases.iter().any(|case| case.kind() == "switch_default") {
            self.missing(scene, node, &values, sink);
        }
    }

    fn missing<'a>(&self, scene: &Scene<'a>, node: Node<'a>, values: &BTreeSet<&str>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let Some(asked) = node.child_by_field_name("value").map(|value| syntax.unwrap(value)) else { return };
        let Some(all) = cases_of(syntax, asked) else { return };
        let same = |case: &str, value: &str| case.trim_matches(['"', '\'']) == value.trim_matches(['"', '\'']);
        let missing: Vec<&str> =
            all.iter().copied().filter(|case| !values.iter().any(|value| same(case, value))).collect();
        if answers_rest(syntax, node) {
            return;
        }
        // Cases that the type does not have: another type is meant, and the compiler has seen more than we have.
        if missing.is_empty() || !values.iter().all(|value| all.iter().any(|case| same(case, value))) {
            return;
        }
        let more = if missing.len() > MAX_NAMED { ", …" } else { "" };
        let named = missing.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ") + more;
        self.missing.report(scene, Found::line(syntax, node, syntax.scope_of(node)), &named, sink);
    }
}

/// Whether every case leaves the function and something stands behind the `switch`: that is what the rest comes to.
fn answers_rest<'a>(syntax: &Syntax<'a>, node: Node<'a>) -> bool {
    let Some(block) = syntax.around(node).next() else { return false };
    let mut cursor = block.walk();
    let mut behind = block.named_children(&mut cursor).filter(|other| other.start_byte() >= node.end_byte());
    let body = node.child_by_field_name("body").map(|body| syntax.text_of(body)).unwrap_or_default();
    behind.any(|other| other.kind() != "comment") && !body.contains("break")
}

/// Whether `case` does something and then goes on with `next`, and no comment says that it is meant.
fn runs_on<'a>(syntax: &Syntax<'a>, case: Node<'a>, next: Node<'a>) -> bool {
    let mut cursor = case.walk();
    let value = case.child_by_field_name("value").map(|node| node.id());
    let statements: Vec<Node<'a>> =
        case.named_children(&mut cursor).filter(|node| node.kind() != "comment" && Some(node.id()) != value).collect();
    let Some(last) = statements.last() else { return false };
    let between = syntax.text.get(last.start_byte()..next.start_byte()).unwrap_or_default().to_ascii_lowercase();
    let is_meant = ["fall", "through", "no break", "no-break", "break omitted", "continue to"]
        .iter()
        .any(|mark| between.contains(mark));
    !is_meant && !ends(syntax, *last)
}

/// Functions that do not come back.
const FINAL: &[&str] = &["exit", "abort", "fail", "assertNever", "assertUnreachable", "unreachable", "exhaustive"];

/// Whether what comes behind the statement is not reached.
fn ends<'a>(syntax: &Syntax<'a>, statement: Node<'a>) -> bool {
    let last_of = |block: Node<'a>| {
        let mut cursor = block.walk();
        block.named_children(&mut cursor).filter(|node| node.kind() != "comment").last()
    };
    match statement.kind() {
        "break_statement" | "return_statement" | "throw_statement" | "continue_statement" => true,
        "statement_block" => last_of(statement).is_some_and(|last| ends(syntax, last)),
        "else_clause" => last_of(statement).is_some_and(|last| ends(syntax, last)),
        "if_statement" => {
            let both = (statement.child_by_field_name("consequence"), statement.child_by_field_name("alternative"));
            matches!(both, (Some(one), Some(other)) if ends(syntax, one) && ends(syntax, other))
        }
        "try_statement" => {
            let part = |field: &str| statement.child_by_field_name(field);
            let body_of = |part: Option<Node<'a>>| part.and_then(|part| part.child_by_field_name("body"));
            body_of(part("finalizer")).is_some_and(|block| ends(syntax, block))
                || part("body").is_some_and(|block| ends(syntax, block))
                    && part("handler").is_none_or(|_| body_of(part("handler")).is_some_and(|block| ends(syntax, block)))
        }
        // All its own ways out are looked at where it is judged itself.
        "switch_statement" | "while_statement" | "for_statement" | "labeled_statement" | "do_statement" => true,
        "expression_statement" => {
            let call = statement.named_child(0).map(|node| syntax.unwrap(node));
            let callee = call.and_then(|call| call.child_by_field_name("function"));
            callee.and_then(|callee| syntax.last_name(callee)).is_some_and(|name| FINAL.contains(&name))
        }
        _ => false,
    }
}
