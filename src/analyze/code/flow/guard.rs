//! Conditions that make input harmless: a comparison with fixed values, a look into a list of what is allowed, a check.

use super::lists::Lists;
use super::names::{Names, mentions};
use crate::syntax::{Node, Role, Syntax};

/// What the conditions around a place say about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    None,
    /// Something was asked about it that may rule out harm.
    Weak,
    /// It is one of known values, or of a harmless form.
    Strong,
}

/// Methods that look a value up in a collection, or match it against a pattern.
const LOOKUPS: &[&str] = &[
    "includes",
    "has",
    "hasOwn",
    "hasOwnProperty",
    "contains",
    "contains_key",
    "indexOf",
    "get",
    "some",
    "find",
    "every",
    "match",
    "fullmatch",
    "test",
    "search",
    "is_match",
    "isdigit",
    "isalnum",
    "isnumeric",
    "isdecimal",
    "isidentifier",
    "isInteger",
    "isFinite",
    "isNaN",
];

/// Questions whose answer says nothing about harm.
const IDLE: &[&str] = &[
    "len",
    "bool",
    "isinstance",
    "exists",
    "isfile",
    "isdir",
    "existsSync",
    "print",
    "hasattr",
    "callable",
    "isArray",
    "is_empty",
    "is_some",
    "is_none",
    "is_ok",
    "is_err",
    "exists",
    "is_file",
    "is_dir",
    "String",
    "Boolean",
    "typeof",
    "type",
    "issubclass",
    "trim",
    "strip",
    "lower",
    "toLowerCase",
    "is_none_or",
    "stat",
    "lstat",
    "log",
    "info",
    "debug",
];

/// Names of functions that check what they are given.
const CHECKS: &[&str] =
    &["valid", "check", "ensure", "assert", "verif", "safe", "guard", "sanit", "allow", "authori", "secure", "protect"];

/// How many nodes of a condition are looked at.
const MAX_NODES: usize = 160;

/// What is known at byte `offset` about the value that is written as `subject`. Where it is `whole` input, what is asked
/// about a part of it says nothing about the others.
pub fn guard_of<'t>(
    syntax: &Syntax<'t>,
    lists: &Lists,
    names: &Names<'t>,
    (subject, offset, whole): (&str, usize, bool),
    danger: u8,
) -> Guard {
    let mut best = Guard::None;
    let mut derived: Option<Vec<&'t str>> = None;
    for (condition, holds) in names.known_at(offset, subject) {
        let asked = Asked { syntax, lists, danger, holds, whole };
        best = best.max(asked.about(condition, subject));
        if best < Guard::Weak {
            let derived = derived.get_or_insert_with(|| names.derived_from(subject));
            let weaker = derived.iter().any(|name| asked.about(condition, name) > Guard::None);
            best = best.max(if weaker { Guard::Weak } else { Guard::None });
        }
    }
    if best == Guard::None && names.checks_before(offset).any(|call| is_check(syntax, call, subject)) {
        best = Guard::Weak;
    }
    best
}

/// Whether `call` checks the value: its name says so, and it is given it.
fn is_check<'t>(syntax: &Syntax<'t>, call: Node<'t>, subject: &str) -> bool {
    let name = syntax.child(call, Role::Callee).and_then(|callee| syntax.last_name(callee)).unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let arguments = syntax.child(call, Role::Arguments).map(|node| syntax.text_of(node)).unwrap_or_default();
    CHECKS.iter().any(|word| name.contains(word)) && mentions(arguments, subject)
}

struct Asked<'a, 't> {
    syntax: &'a Syntax<'t>,
    lists: &'a Lists,
    danger: u8,
    /// Whether the condition holds at the place.
    holds: bool,
    whole: bool,
}

impl<'t> Asked<'_, 't> {
    /// What `condition` says about `subject`.
    fn about(&self, condition: Node<'t>, subject: &str) -> Guard {
        if !mentions(self.syntax.text_of(condition), subject) {
            return Guard::None;
        }
        let mut best = Guard::None;
        let mut waiting = vec![(condition, self.holds)];
        let mut left = MAX_NODES;
        while let Some((node, holds)) = waiting.pop() {
            left = left.saturating_sub(1);
            if left == 0 {
                break;
            }
            best = best.max(self.part(node, subject, holds));
            let negates = matches!(node.kind(), "not_operator" | "unary_expression")
                && self.syntax.text_of(node).starts_with(['n', '!']);
            let mut cursor = node.walk();
            waiting.extend(node.named_children(&mut cursor).map(|child| (child, holds != negates)));
        }
        best
    }

    /// What one part of a condition says, which holds or does not.
    fn part(&self, node: Node<'t>, subject: &str, holds: bool) -> Guard {
        match node.kind() {
            "comparison_operator" | "binary_expression" => self.comparison(node, subject, holds),
            "call" | "call_expression" => self.call(node, subject, holds),
            // `x instanceof Known` and the like are no statement about text.
            _ => Guard::None,
        }
    }

    /// `x in ALLOWED`, `x == "fixed"`.
    fn comparison(&self, node: Node<'t>, subject: &str, holds: bool) -> Guard {
        let (Some(left), Some(right)) =
            (node.named_child(0), node.named_child(node.named_child_count().saturating_sub(1) as u32))
        else {
            return Guard::None;
        };
        let text = self.syntax.text_of(node);
        let operator = text
            .get(left.end_byte() - node.start_byte()..right.start_byte().saturating_sub(node.start_byte()))
            .unwrap_or_default()
            .trim();
        // Text is no object.
        let is_type = |side: Node<'t>| {
            self.syntax.text_of(side).strip_prefix("typeof ") == Some(subject)
                && matches!(self.lists.danger_name(self.danger), "nosql" | "mass-assignment" | "prototype")
        };
        let is = |side: Node<'t>| self.syntax.text_of(self.syntax.unwrap(side)) == subject || is_type(side);
        let is_fixed = |side: Node<'t>| {
            let text = self.syntax.text_of(side);
            let is_empty = matches!(text, "''" | "\"\"" | "null" | "None" | "undefined" | "0");
            !is_empty && self.syntax.value(side).is_constant()
        };
        match operator {
            // What is in the list of what is forbidden is no better for being elsewhere not.
            "in" if is(left) => {
                if holds {
                    Guard::Strong
                } else {
                    Guard::Weak
                }
            }
            "not in" if is(left) => {
                if holds {
                    Guard::Weak
                } else {
                    Guard::Strong
                }
            }
            "==" | "===" if is(left) && is_fixed(right) || is(right) && is_fixed(left) => {
                if holds {
                    Guard::Strong
                } else {
                    Guard::None
                }
            }
            "!=" | "!==" if is(left) && is_fixed(right) || is(right) && is_fixed(left) => {
                if holds {
                    Guard::None
                } else {
                    Guard::Strong
                }
            }
            _ => Guard::None,
        }
    }

    fn call(&self, node: Node<'t>, subject: &str, holds: bool) -> Guard {
        let Some(callee) = self.syntax.child(node, Role::Callee) else { return Guard::None };
        let name = self.syntax.last_name(callee).unwrap_or_default();
        let arguments =
            self.syntax.child(node, Role::Arguments).map(|node| self.syntax.text_of(node)).unwrap_or_default();
        let receiver =
            self.syntax.member(callee).map(|(receiver, _)| self.syntax.text_of(receiver)).unwrap_or_default();
        let (in_arguments, in_receiver) = (mentions(arguments, subject), mentions(receiver, subject));
        if !in_arguments && !in_receiver {
            return Guard::None;
        }
        if ![arguments, receiver].iter().any(|text| mentions_itself(text, subject)) {
            return if self.whole || IDLE.contains(&name) { Guard::None } else { Guard::Weak };
        }
        if self.lists.is_guard(self.syntax, callee, self.danger) {
            return Guard::Strong;
        }
        if LOOKUPS.contains(&name) {
            // `-1` and `!` are not followed: what is asked of a list of what is allowed is mostly meant well.
            return if holds || !in_arguments { Guard::Strong } else { Guard::Weak };
        }
        // `x.strip()` only makes it ready to be asked about.
        let says_nothing = IDLE.contains(&name) || self.lists.pass(self.syntax, callee).is_some();
        if says_nothing { Guard::None } else { Guard::Weak }
    }
}

/// Methods that give the same text again.
const SAME_TEXT: &[&str] =
    &[".as_str()", ".as_ref()", ".clone()", ".to_string()", ".trim()", ".strip()", ".lower()", ".toLowerCase()"];

/// Whether `subject` stands in `text` as such, and not only a part of it.
fn mentions_itself(text: &str, subject: &str) -> bool {
    text.match_indices(subject).any(|(at, _)| {
        let after = text.get(at + subject.len()..).unwrap_or_default();
        let after = SAME_TEXT.iter().find_map(|same| after.strip_prefix(same)).unwrap_or(after);
        !after.starts_with(['.', '[', '?', '_']) && !after.starts_with(char::is_alphanumeric)
    })
}
