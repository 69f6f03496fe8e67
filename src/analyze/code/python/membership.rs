//! `x in names` where `names` is a list: each look goes through all of it.

use std::sync::LazyLock;

use regex::Regex;

use super::{Check, MOST, comparison_at, loop_at};
use crate::analyze::Sink;
use crate::analyze::code::loops::{is_over_data, mentions, names_in};
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Loop, Node, Role, Syntax};

pub struct Membership {
    in_loop: Check,
    temporary: Check,
}

/// `None` only if the pattern were wrong, which a test would show.
static MEMBER_OF: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bin\s+([A-Za-z_]\w*)").ok());

impl Membership {
    pub fn new(rules: &RuleSet) -> Membership {
        Membership {
            in_loop: Check::new(rules, "python-list-membership-in-loop"),
            temporary: Check::new(rules, "python-temporary-membership"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let (Some(pattern), false) = (MEMBER_OF.as_ref(), syntax.loops.is_empty()) else { return };
        for found in pattern.captures_iter(syntax.text).take(MOST) {
            let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else { continue };
            let at = whole.start();
            if matches!(name.as_str(), "list" | "sorted") && syntax.text.as_bytes().get(name.end()) == Some(&b'(') {
                if let Some(node) = comparison_at(syntax, at..at + 2)
                    && loop_at(syntax, at).is_some_and(|around| is_made_anew(syntax, around, node))
                {
                    self.temporary.report(&node.byte_range(), sink);
                }
                continue;
            }
            // The names that loops go through are looked up here too: first what costs least.
            if !syntax.is_bound(name.as_str()) {
                continue;
            }
            let Some(around) = loop_at(syntax, at) else { continue };
            let Some(node) = comparison_at(syntax, at..at + 2) else { continue };
            let Some(right) = node.named_child(1).filter(|right| right.kind() == "identifier") else { continue };
            if let Some(outer) = loop_over_data(syntax, around)
                && is_list_of_data(syntax, outer, right)
            {
                self.in_loop.report_name(&node.byte_range(), name.as_str(), sink);
            }
        }
    }
}

/// The innermost loop from `one` outwards that goes through data.
fn loop_over_data<'a>(syntax: &'a Syntax<'a>, one: &'a Loop<'a>) -> Option<&'a Loop<'a>> {
    let mut next = Some(one);
    while let Some(one) = next {
        if is_over_data(syntax, one) {
            return Some(one);
        }
        next = one.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
    }
    None
}

/// Whether `name` is bound once, before the loop, to a list that is as long as data makes it.
fn is_list_of_data<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, name: Node<'a>) -> bool {
    let Some(value) = syntax.bound_value(name) else { return false };
    if value.start_byte() >= around.node.start_byte() {
        return false;
    }
    match value.kind() {
        "list_comprehension" => true,
        // What starts empty and is added to in the same loop: the usual way to leave out what was seen.
        "list" => {
            let body = around.body.map(|body| syntax.text_of(body)).unwrap_or_default();
            value.named_child_count() == 0 && body.contains(&format!("{}.append(", syntax.text_of(name)))
        }
        "call" => {
            let callee = syntax.child(value, Role::Callee);
            let called = callee.map(|callee| (syntax.member(callee).is_some(), syntax.last_name(callee)));
            matches!(
                called,
                Some(
                    (false, Some("list" | "sorted"))
                        | (true, Some("readlines" | "splitlines" | "listdir" | "fetchall"))
                )
            )
        }
        _ => false,
    }
}

/// Whether a list is made only to look into it, of something that does not change with each round.
fn is_made_anew<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, comparison: Node<'a>) -> bool {
    let Some(made) = comparison.named_child(1).filter(|made| made.kind() == "call") else { return false };
    let targets = around.target.map(|target| names_in(syntax, target)).unwrap_or_default();
    !mentions(syntax, made, &targets)
}
