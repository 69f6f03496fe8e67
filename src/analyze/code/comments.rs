//! Comments that say the work is not done.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::Rule;
use crate::rulebook::RuleSet;

pub struct Comments {
    rules: Vec<Arc<Rule>>,
}

/// A marker that starts a comment or a line of one, or that is followed by a colon or its owner in brackets.
/// `None` only if the pattern were wrong, which a test would show.
static MARKER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:TODO|FIXME|HACK|XXX)\b").ok());

/// A ticket: `#123`, `ABC-123`, or the address of one.
static TICKET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"#[0-9]+|\b[A-Z][A-Z0-9]+-[0-9]+|https?://").ok());

impl Comments {
    pub fn new(rules: &RuleSet) -> Comments {
        Comments { rules: rules.with_builtin("todo-comment").cloned().collect() }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let (Some(marker), Some(ticket)) = (MARKER.as_ref(), TICKET.as_ref()) else { return };
        if self.rules.is_empty() || scene.syntax.comments.is_empty() {
            return;
        }
        let text = scene.syntax.text;
        let mut last_line = 0;
        for found in marker.find_iter(text) {
            if !scene.syntax.in_comment(found.start()) || !is_marker(text, found.range()) {
                continue;
            }
            let line = scene.source.lines().line_of(found.start());
            if line == last_line {
                continue;
            }
            last_line = line;
            let rest = text[found.end()..].lines().next().unwrap_or_default();
            for rule in &self.rules {
                if rule.flag("require-ticket") && ticket.is_match(rest) {
                    continue;
                }
                let end = found.end() + rest.trim_end().len();
                sink.report(Hit::new(rule, found.start()..end).with("marker", found.as_str()));
            }
        }
    }
}

/// Whether the word is a note to oneself rather than a part of a sentence or of a name.
fn is_marker(text: &str, found: std::ops::Range<usize>) -> bool {
    let line_start = text[..found.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..found.start];
    let after = text[found.end..].chars().next().unwrap_or('\n');
    let opens = before.trim_end_matches(|c: char| c.is_whitespace() || "#/*!-@<".contains(c));
    // Code may stand before a comment on its line.
    let starts_comment = opens.len() < before.len() && {
        let mark = &before[opens.len()..];
        mark.contains(['#', '/', '*']) || opens.is_empty()
    };
    match after {
        ':' => !text[found.end..].starts_with("::"),
        '(' | '[' => true,
        c if c.is_whitespace() => starts_comment,
        '-' | '.' | ',' | '!' => starts_comment && after != '-',
        _ => false,
    }
}
