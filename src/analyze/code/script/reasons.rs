//! Checks switched off, and errors replaced, without a word on why.

use memchr::memmem;

use super::{Checks, Found, walk_own};
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Scope, Syntax};

pub struct Reasons {
    ignored: Checks,
    all_off: Checks,
    lost_cause: Checks,
}

/// Directives of the TypeScript compiler that hide its errors.
const DIRECTIVES: &[&str] = &["@ts-ignore", "@ts-nocheck", "@ts-expect-error"];

/// A reason has at least so many letters.
const SHORTEST_REASON: usize = 8;

/// And a comment of its own so many words, so that directives of other tools are none.
const FEWEST_WORDS: usize = 3;

impl Reasons {
    pub fn new(rules: &RuleSet) -> Reasons {
        Reasons {
            ignored: Checks::new(rules, "script-type-check-off"),
            all_off: Checks::new(rules, "script-lint-off"),
            lost_cause: Checks::new(rules, "script-lost-cause"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        self.comments(scene, sink);
        if !self.lost_cause.is_empty() {
            self.lost_causes(scene, sink);
        }
    }

    fn comments<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let mut before: Option<&std::ops::Range<usize>> = None;
        for comment in &syntax.comments {
            let text = syntax.text.get(comment.clone()).unwrap_or_default();
            let said = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '*' | '{' | '}'));
            let found = || Found { node: syntax.root, scope: Scope::default(), span: comment.clone() };
            if let Some(directive) = DIRECTIVES.iter().find(|directive| said.starts_with(**directive)) {
                let rest = said.get(directive.len()..).unwrap_or_default();
                if !is_reason(rest) && !explained_above(syntax, before, comment.start) {
                    self.ignored.report(scene, found(), directive, sink);
                }
            } else if said == "eslint-disable" || said == "tslint:disable" || said == "biome-ignore-all" {
                self.all_off.report(scene, found(), said, sink);
            }
            before = Some(comment);
        }
    }

    /// `catch (error) { throw new Other("…") }`: nobody learns any more what went wrong.
    fn lost_causes<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let bytes = syntax.text.as_bytes();
        for at in memmem::find_iter(bytes, "catch") {
            // `promise.catch` is none.
            if at.checked_sub(1).is_some_and(|before| bytes.get(before) == Some(&b'.')) || syntax.in_comment(at) {
                continue;
            }
            let Some(word) = syntax.root.descendant_for_byte_range(at, at + "catch".len()) else { continue };
            let clause = if word.kind() == "catch" { syntax.around(word).next() } else { None };
            let Some(clause) = clause.filter(|node| node.kind() == "catch_clause") else { continue };
            if let Some((thrown, name)) = replaced(syntax, clause) {
                let found = Found::line(syntax, thrown, syntax.scope_of(thrown));
                self.lost_cause.report(scene, found, name, sink);
            }
        }
    }
}

fn is_reason(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST_REASON
}

/// Whether the line above is a comment of its own, which then says why.
fn explained_above(syntax: &Syntax<'_>, before: Option<&std::ops::Range<usize>>, start: usize) -> bool {
    let Some(before) = before else { return false };
    let between = syntax.text.get(before.end..start).unwrap_or("x");
    let text = syntax.text.get(before.clone()).unwrap_or_default();
    between.trim().is_empty()
        && between.matches('\n').count() <= 1
        && text.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count() >= FEWEST_WORDS
}

/// Errors that say what was wrong with a value: how it was found out is of no interest.
const OF_INPUT: &[&str] = &[
    "Validation",
    "BadRequest",
    "Invalid",
    "NotFound",
    "Unauthorized",
    "Forbidden",
    "IncorrectUsage",
    "Syntax",
    "Range",
];

/// The `throw new …` of a handler that never uses the error, with the error's name.
fn replaced<'a>(syntax: &Syntax<'a>, clause: Node<'a>) -> Option<(Node<'a>, &'a str)> {
    let parameter = clause.child_by_field_name("parameter").filter(|one| one.kind() == "identifier")?;
    let (name, body) = (syntax.text_of(parameter), clause.child_by_field_name("body")?);
    let mut thrown = None;
    let mut is_used = false;
    walk_own(body, |node| {
        is_used |=
            matches!(node.kind(), "identifier" | "shorthand_property_identifier") && syntax.text_of(node) == name;
        if node.kind() == "throw_statement" && node.named_child(0).is_some_and(|new| new.kind() == "new_expression") {
            thrown = Some(node);
        }
        !is_used
    });
    let is_telling = |thrown: &Node<'a>| {
        let made = thrown.named_child(0).and_then(|new| new.child_by_field_name("constructor"));
        made.is_some_and(|made| OF_INPUT.iter().any(|mark| syntax.text_of(made).contains(mark)))
    };
    thrown.filter(|thrown| !is_used && !is_telling(thrown)).map(|thrown| (thrown, name))
}
