//! Promises that nobody waits for, and those that are waited for one after another.

use std::collections::HashMap;

use super::{Checks, Found, walk_own};
use crate::analyze::Sink;
use crate::analyze::code::loops::{derived_names, is_over_data, mentions, names_in};
use crate::analyze::code::predicate::Pattern;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Function, Loop, Node, Syntax};

pub struct Promises {
    floating: Checks,
    mapped: Checks,
    serial: Checks,
    /// What by its name only reads, so that the order does not matter.
    reading: Pattern,
    /// What by its name wants to be done in order, or one at a time.
    ordered: Pattern,
}

const ORDERED: &str = r"(?i)sleep|delay|wait|timeout|retry|lock|transaction|\btrx|\btx\b|begin|commit|rollback|\bpage\b|browser|locator|click|prompt|question|confirm|write|append|send|next|migrat|seed|exec|spawn|\brun|emit|hook|middleware|handler|plugin|step|deploy|publish|install|pipe|stream|flush|drain|limit|throttle|queue|interceptor|log|visit|walk|travers|mkdir|rmdir|\brm\b|callback|\bfn\b|\bcb\b";

const READING: &str = r"(?i)(?:^|[._#])(?:get|load|fetch|find|read|resolve|look_?up|list|count|download|compute|calculate|hash|compile|transform|render|convert|translate|stat|access|exists|parse|encrypt|decrypt|check|verify|validate|build|generate|describe|query|search)\w*$";

/// Functions of Node that only do something: what they give is nothing but the end of it.
const FILE_ACTIONS: &[&str] = &[
    "writeFile",
    "appendFile",
    "mkdir",
    "rm",
    "rmdir",
    "unlink",
    "rename",
    "copyFile",
    "cp",
    "chmod",
    "truncate",
    "utimes",
];

impl Promises {
    pub fn new(rules: &RuleSet) -> Promises {
        Promises {
            floating: Checks::new(rules, "script-floating-promise"),
            mapped: Checks::new(rules, "script-mapped-promises"),
            serial: Checks::new(rules, "script-await-in-loop"),
            reading: Pattern::new(READING),
            ordered: Pattern::new(ORDERED),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if !self.floating.is_empty() {
            self.floating(scene, sink);
        }
        if !self.mapped.is_empty() {
            self.mapped(scene, sink);
        }
        if !self.serial.is_empty() {
            self.serial(scene, sink);
        }
    }

    /// A call of an async function that stands as a statement of its own. At the top of a module its errors end the process.
    fn floating<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let known = Asyncs::new(syntax);
        for call in &syntax.calls {
            let Some(caller) = call.scope.function.and_then(|index| syntax.functions.get(index as usize)) else {
                continue;
            };
            if known.holds(syntax, call, caller) && is_statement(syntax, call) {
                let found = Found { node: call.node, scope: call.scope, span: call.node.byte_range() };
                self.floating.report(scene, found, syntax.last_name(call.callee).unwrap_or_default(), sink);
            }
        }
    }

    /// `await items.map(async …)`: an array is no promise, so nothing is waited for.
    fn mapped<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for call in &syntax.calls {
            let Some((receiver, "map")) = syntax.member(call.callee) else { continue };
            let given = call.arguments.map(|node| syntax.text_of(node)).unwrap_or_default();
            let first = given.trim_start_matches('(').trim_start();
            if !first.starts_with("async ") && !first.starts_with("async(") {
                continue;
            }
            let mut around = syntax.around(call.node);
            let is_awaited = around.next().is_some_and(|parent| parent.kind() == "await_expression")
                // `Promise.all(await items.map(…))` waits all the same.
                && around.next().is_none_or(|outer| outer.kind() != "arguments");
            if is_awaited {
                let found = Found::line(syntax, call.node, call.scope);
                self.mapped.report(scene, found, syntax.text_of(receiver).lines().next().unwrap_or_default(), sink);
            }
        }
    }

    fn serial<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for one in &syntax.loops {
            if let Some(awaited) = self.independent(syntax, one) {
                let found = Found::line(syntax, awaited, one.scope);
                let text = syntax.text_of(awaited).lines().next().unwrap_or_default();
                self.serial.report(scene, found, text.get(..60).unwrap_or(text), sink);
            }
        }
    }

    /// The one `await` of a loop over data whose rounds have nothing to do with each other: it depends on the element,
    /// no round ends the loop, and none leaves anything behind but what it collects.
    fn independent<'a>(&self, syntax: &'a Syntax<'a>, one: &Loop<'a>) -> Option<Node<'a>> {
        let (target, body) = (one.target?, one.body?);
        let header = syntax.text.get(one.node.start_byte()..body.start_byte())?;
        if header.contains("await") || !header.contains(" of ") || !is_over_data(syntax, one) {
            return None;
        }
        let mut awaits = Vec::new();
        let mut is_plain = true;
        walk_own(body, |node| {
            match node.kind() {
                "await_expression" => awaits.push(node),
                "break_statement"
                | "return_statement"
                | "throw_statement"
                | "yield_expression"
                | "continue_statement"
                | "for_in_statement"
                | "for_statement"
                | "while_statement"
                | "do_statement"
                | "try_statement"
                | "update_expression"
                | "augmented_assignment_expression"
                | "assignment_expression" => is_plain = false,
                _ => {}
            }
            is_plain && awaits.len() < 2
        });
        let [awaited] = awaits.as_slice() else { return None };
        if !is_plain {
            return None;
        }
        let call = syntax.unwrap(*awaited);
        let callee = call.child_by_field_name("function")?;
        let names = names_in(syntax, target);
        let derived = derived_names(syntax, one, &names);
        let arguments = call.child_by_field_name("arguments")?;
        let depends = mentions(syntax, arguments, &names) || mentions(syntax, arguments, &derived);
        let callee = syntax.text_of(callee);
        (depends && self.reading.is_match(callee) && !self.ordered.is_match(callee)).then_some(*awaited)
    }
}

/// The async functions of a file whose errors somebody has to look at.
struct Asyncs<'a> {
    /// By name; `false` where a function of that name is not one of them.
    plain: HashMap<&'a str, bool>,
    methods: HashMap<&'a str, bool>,
}

impl<'a> Asyncs<'a> {
    fn new(syntax: &'a Syntax<'a>) -> Asyncs<'a> {
        let mut known = Asyncs { plain: HashMap::new(), methods: HashMap::new() };
        for function in &syntax.functions {
            let may_fail = function.is_async && !is_all_tried(function.node);
            let (names, name) = if function.node.kind() == "method_definition" {
                (&mut known.methods, function.name.as_str())
            } else {
                (&mut known.plain, function.name.rsplit('.').next().unwrap_or_default())
            };
            names.entry(name).and_modify(|all| *all &= may_fail).or_insert(may_fail);
        }
        known
    }

    fn holds(&self, syntax: &'a Syntax<'a>, call: &Call<'a>, caller: &Function<'a>) -> bool {
        let Some(name) = syntax.last_name(call.callee) else { return false };
        let is_known = match syntax.member(call.callee) {
            None => self.plain.get(name) == Some(&true) && call.callee.kind() == "identifier",
            Some((receiver, _)) if receiver.kind() == "this" => {
                let class = caller.name.split('.').next().unwrap_or_default();
                self.methods.get(format!("{class}.{name}").as_str()) == Some(&true)
            }
            Some(_) => false,
        };
        is_known
            || FILE_ACTIONS.contains(&name) && {
                let path = syntax.resolve(call.callee).path;
                path.starts_with("fs.promises.") || path.starts_with("fs/promises.")
            }
    }
}

/// Whether the body ends in a `try` with a `catch`: such a function deals with its errors itself.
fn is_all_tried(function: Node<'_>) -> bool {
    let Some(body) = function.child_by_field_name("body").filter(|body| body.kind() == "statement_block") else {
        return false;
    };
    let mut cursor = body.walk();
    let last = body.named_children(&mut cursor).filter(|node| node.kind() != "comment").last();
    last.is_some_and(|last| last.kind() == "try_statement" && last.child_by_field_name("handler").is_some())
}

/// Whether nobody takes what the call gives.
fn is_statement<'a>(syntax: &Syntax<'a>, call: &Call<'a>) -> bool {
    call.node.kind() == "call_expression"
        && syntax.around(call.node).next().is_some_and(|parent| parent.kind() == "expression_statement")
}
