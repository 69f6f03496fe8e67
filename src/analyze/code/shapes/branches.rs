//! Choices that choose nothing.

use std::sync::Arc;

use super::{first_line, has_comment, is_same};
use crate::analyze::Hit;
use crate::analyze::code::scene::Scene;
use crate::model::{Confidence, Level, Rule};
use crate::syntax::{Node, Role, Shape, Syntax};

/// One way of an `if`; the last may have no condition.
pub struct Way<'a> {
    condition: Option<Node<'a>>,
    body: Node<'a>,
}

/// A longer chain is a table.
const MOST_WAYS: usize = 64;

/// The ways of a whole `if`; none where the node is an `else if`, or has no `else`.
pub fn ways<'a>(syntax: &Syntax<'a>, shape: &Shape<'a>) -> Vec<Way<'a>> {
    let node = shape.node;
    let Some(mut alternative) = syntax.child(node, Role::Alternative) else { return Vec::new() };
    if shape.parent.is_some_and(|parent| parent.kind() == "else_clause") {
        return Vec::new();
    }
    let Some(body) = node.child_by_field_name("consequence") else { return Vec::new() };
    let mut ways = vec![Way { condition: node.child_by_field_name("condition"), body }];
    // Python's stand side by side, those of the others in each other.
    if alternative.kind() == "elif_clause" || alternative.child_by_field_name("body").is_some() {
        let mut cursor = node.walk();
        for clause in node.children_by_field_name("alternative", &mut cursor).take(MOST_WAYS) {
            let body = clause.child_by_field_name("consequence").or_else(|| clause.child_by_field_name("body"));
            ways.extend(body.map(|body| Way { condition: clause.child_by_field_name("condition"), body }));
        }
        return ways;
    }
    while ways.len() < MOST_WAYS {
        let Some(next) = code_within(alternative) else { break };
        if !matches!(next.kind(), "if_statement" | "if_expression") {
            ways.push(Way { condition: None, body: next });
            break;
        }
        let Some(body) = next.child_by_field_name("consequence") else { break };
        ways.push(Way { condition: next.child_by_field_name("condition"), body });
        let Some(following) = next.child_by_field_name("alternative") else { break };
        alternative = following;
    }
    ways
}

/// What stands in an `else`.
fn code_within(clause: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = clause.walk();
    clause.named_children(&mut cursor).find(|child| !child.is_extra())
}

/// The statements of a body, without its braces, and without the comments behind them, which are about what comes next.
fn inner<'a>(syntax: &Syntax<'a>, body: Node<'a>) -> &'a str {
    let mut text = syntax.text_of(body).trim();
    while let Some((before, _)) = text.rsplit_once('\n').filter(|(_, last)| last.trim_start().starts_with('#')) {
        text = before.trim_end();
    }
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text).trim()
}

/// Whichever way is taken, the same happens. Of neighbours in a longer chain one condition would do, which is a note.
pub fn identical<'a>(syntax: &Syntax<'a>, shape: &Shape<'a>, ways: &[Way<'a>], rule: &Arc<Rule>) -> Vec<Hit> {
    let (Some(first), Some(last)) = (ways.first(), ways.last()) else { return Vec::new() };
    let is_explained =
        |from: &Way<'a>, to: &Way<'a>| has_comment(syntax, &(from.body.start_byte()..to.body.end_byte()));
    let same = |one: &Way<'a>, other: &Way<'a>| {
        let (one, other) = (inner(syntax, one.body), inner(syntax, other.body));
        !one.is_empty() && one != "pass" && is_same(one, other)
    };
    if last.condition.is_none() && ways.iter().skip(1).all(|way| same(first, way)) {
        let hit = Hit::new(rule, first_line(syntax, shape.node)).with("what", "all branches");
        let hit = hit.related(first_line(syntax, last.body), "the same again");
        return if is_explained(first, last) { Vec::new() } else { vec![hit] };
    }
    // What an `else` does, and what a pattern binds, has a reason of its own.
    let is_plain = |way: &Way<'a>| way.condition.is_some_and(|condition| !condition.kind().starts_with("let"));
    let pairs = ways.iter().zip(ways.iter().skip(1)).filter(|(one, other)| {
        is_plain(one)
            && is_plain(other)
            && lines(inner(syntax, one.body)) >= LEAST_LINES
            && same(one, other)
            && !is_explained(one, other)
    });
    pairs.map(|(one, other)| neighbours(rule, syntax, one.body, other.condition.unwrap_or(other.body))).collect()
}

/// A shorter text may be the same by chance.
const LEAST_LINES: usize = 2;

fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

fn neighbours<'a>(rule: &Arc<Rule>, syntax: &Syntax<'a>, one: Node<'a>, other: Node<'a>) -> Hit {
    let hit = Hit::new(rule, first_line(syntax, other)).with("what", "this branch and the one before it");
    hit.level(rule.level.min(Level::Note)).at_most(Confidence::Medium).related(first_line(syntax, one), "the same code")
}

/// Two cases after each other that do the same.
pub fn identical_cases<'a>(syntax: &Syntax<'a>, shape: &Shape<'a>, rule: &Arc<Rule>) -> Vec<Hit> {
    let Some(body) = shape.node.child_by_field_name("body") else { return Vec::new() };
    let mut cursor = body.walk();
    let cases: Vec<Node<'a>> = body.named_children(&mut cursor).filter(|child| child.kind() == "switch_case").collect();
    let code = |case: Node<'a>| {
        let start = case.child_by_field_name("body")?.start_byte();
        syntax.text.get(start..case.end_byte())
    };
    let is_done = |text: &str| ["break", "return", "throw"].iter().any(|word| text.contains(word));
    let pairs = cases.iter().zip(cases.iter().skip(1)).filter(|(one, other)| {
        let (Some(first), Some(second)) = (code(**one), code(**other)) else { return false };
        let range = one.start_byte()..other.end_byte();
        lines(first) > LEAST_LINES && is_same(first, second) && is_done(first) && !has_comment(syntax, &range)
    });
    pairs.map(|(one, other)| neighbours(rule, syntax, *one, *other)).collect()
}

/// What was asked before and was not so, is not so now. Only conditions without a call, which could answer in another way.
pub fn repeated_condition<'a>(syntax: &Syntax<'a>, ways: &[Way<'a>], rule: &Arc<Rule>) -> Vec<Hit> {
    let conditions: Vec<Node<'a>> = ways.iter().filter_map(|way| way.condition).collect();
    let mut found = Vec::new();
    for (index, condition) in conditions.iter().enumerate().skip(1) {
        let text = syntax.text_of(*condition);
        let before = conditions.iter().take(index).find(|other| is_same(syntax.text_of(**other), text));
        if let Some(before) = before.filter(|_| !may_change(text)) {
            let hit = Hit::new(rule, condition.byte_range()).with("condition", text.lines().next().unwrap_or_default());
            found.push(hit.related(before.byte_range(), "asked here before"));
        }
    }
    found
}

/// Whether asking the same again may give another answer: a call, an assignment, a step, a pattern that takes.
fn may_change(text: &str) -> bool {
    const PURE: &[&str] =
        &["isinstance", "issubclass", "len", "callable", "hasattr", "typeof", "not", "and", "or", "in"];
    let calls = text.match_indices('(').any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '!')).next().unwrap_or_default();
        !name.is_empty() && !PURE.contains(&name) || before.ends_with([')', ']'])
    });
    let assigns = text.match_indices('=').any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.bytes().last()).unwrap_or_default();
        let after = text.as_bytes().get(at + 1).copied().unwrap_or_default();
        !matches!(before, b'=' | b'!' | b'<' | b'>') && after != b'='
    });
    calls || assigns || text.contains("++") || text.contains("--") || text.contains("await ") || text.contains(".next")
}

/// A condition that is a literal. The text is enough to know: it begins with the literal, and the body comes next.
pub fn constant_condition<'a>(scene: &Scene<'a>, shape: &Shape<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let text = scene.syntax.text_of(shape.node);
    let is_loop = text.starts_with("while");
    let rest = text.strip_prefix(if is_loop { "while" } else { "if" })?.trim_start_matches([' ', '(']);
    let length = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '"' | '\''))?;
    let (value, behind) = rest.split_at_checked(length)?;
    let is_false = matches!(value, "false" | "False" | "0" | "null" | "None" | "undefined" | "\"\"" | "''");
    let is_true = matches!(value, "true" | "True" | "1");
    if !is_false && (!is_true || is_loop) || scene.in_test(shape.scope) {
        return None;
    }
    // Not `0 < x` and `(true && x)`: in Python a colon follows, in Rust a brace, in JavaScript the bracket closes.
    let is_whole = behind.trim_start().starts_with([':', '{', ')']);
    let always = if is_true { "always" } else { "never" };
    let hit = Hit::new(rule, first_line(scene.syntax, shape.node)).with("value", value).with("always", always);
    is_whole.then_some(hit)
}
