//! From the notation of patterns to text that a grammar accepts: names that cannot clash for the holes, in a context that
//! the code can stand in.

use std::ops::Range;
use std::time::Duration;

use super::super::{Node, Parser, Tree};
use super::PatternError;
use super::kinds::is_file;
use crate::model::{CodePattern, Hole, Language};

/// A pattern is a few lines.
const LIMIT: Duration = Duration::from_secs(1);

/// A pattern in the form that was parsed.
pub struct Parsed<'p> {
    attempt: Attempt,
    holes: Vec<Hole<'p>>,
}

/// What may stand for `...`, the likeliest first.
fn spellings(language: Language) -> &'static [&'static str] {
    match language {
        Language::Python => &["{}", "**{}"],
        Language::Rust => &["{}", "{};", "{}!();", "{} => {},", "{}: {}"],
        _ => &["{}", "{};", "case {}:"],
    }
}

/// What a pattern may stand in, the likeliest first.
fn contexts(language: Language, text: &str) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Python => &[("", ""), ("", "\ndef __gate_f__(): pass"), ("try: pass\n", "")],
        Language::Rust => &[
            ("", ""),
            ("", ";"),
            ("fn __gate_f__() { ", " }"),
            ("fn __gate_f__() { ", "; }"),
            ("impl __gate_c__ { ", " }"),
        ],
        // At the start of a statement a brace opens a block.
        _ if text.starts_with('{') => &[("(", ")"), ("", "")],
        _ => &[
            ("", ""),
            ("(", ")"),
            ("class __gate_c__ { ", " }"),
            ("", " class __gate_c__ {}"),
            ("try {} ", ""),
            ("switch (0) { ", " }"),
        ],
    }
}

/// The name that stands for hole `index`.
fn placeholder(index: usize) -> String {
    format!("__gate_{index}__")
}

impl<'p> Parsed<'p> {
    /// # Errors
    /// When no context makes the pattern valid in `language`.
    pub fn new(pattern: &'p CodePattern, language: Language) -> Result<Parsed<'p>, PatternError> {
        let mut parser = Parser::default();
        let contexts = contexts(language, pattern.text.trim_start());
        let mut writing = Writing::new(pattern);
        let plain = vec![0; writing.holes.len()];
        let mut best: Option<Attempt> = None;
        for improved in [false, true] {
            for context in contexts {
                let mut attempt = writing.attempt(&mut parser, language, *context, plain.clone())?;
                if improved {
                    attempt = writing.improve(&mut parser, language, *context, attempt)?;
                }
                if attempt.faults == 0 && !attempt.roots().is_empty() {
                    let holes = writing.holes.into_iter().map(|(_, hole)| hole).collect();
                    return Ok(Parsed { attempt, holes });
                }
                if best.as_ref().is_none_or(|best| attempt.faults < best.faults) {
                    best = Some(attempt);
                }
            }
        }
        if let Some(at) = unclosed(&pattern.text) {
            let bracket = pattern.text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('(');
            return Err(PatternError { at, message: format!("the pattern's `{bracket}` has no counterpart") });
        }
        let at = best.map_or(0, |best| best.first_fault());
        let rest = pattern.text.get(at..).unwrap_or_default().trim_start();
        let near: String = rest.lines().next().unwrap_or_default().chars().take(20).collect();
        let near = if near.is_empty() { "its end".to_owned() } else { format!("`{near}`") };
        Err(PatternError { at, message: format!("the pattern is no valid {}: see {near}", name_of(language)) })
    }

    pub fn tree(&self) -> &Tree {
        &self.attempt.tree
    }

    /// The pattern as it was parsed, and what it was put into.
    pub fn text(&self) -> &str {
        &self.attempt.text
    }

    /// The nodes that the pattern is made of.
    pub fn roots(&self) -> Vec<Node<'_>> {
        self.attempt.roots()
    }

    /// The hole that a name stands for.
    pub fn hole(&self, name: &str) -> Option<Hole<'p>> {
        let index: usize = name.strip_prefix("__gate_")?.strip_suffix("__")?.parse().ok()?;
        self.holes.get(index).copied()
    }

    /// `text`, the holes in it as they were written.
    pub fn restored(&self, text: &str) -> String {
        let mut restored = text.to_owned();
        for (index, hole) in self.holes.iter().enumerate() {
            let name = placeholder(index);
            if restored.contains(&name) {
                restored = restored.replace(&name, &hole.to_string());
            }
        }
        restored
    }
}

pub fn name_of(language: Language) -> &'static str {
    match language {
        Language::Python => "Python",
        Language::Rust => "Rust",
        Language::JavaScript => "JavaScript",
        Language::TypeScript => "TypeScript",
        Language::Tsx => "TSX",
    }
}

struct Writing<'p> {
    text: &'p str,
    holes: Vec<(Range<usize>, Hole<'p>)>,
    /// What all lines are indented by.
    indent: usize,
}

struct Attempt {
    tree: Tree,
    text: String,
    /// The part of `text` that is the pattern.
    range: Range<usize>,
    spelling: Vec<usize>,
    faults: usize,
    /// For each byte of `text`, where it comes from.
    origins: Vec<usize>,
}

impl<'p> Writing<'p> {
    fn new(pattern: &'p CodePattern) -> Writing<'p> {
        let lines = pattern.text.lines().filter(|line| !line.trim().is_empty());
        let indent = lines.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
        Writing { text: &pattern.text, holes: pattern.holes(), indent }
    }

    fn attempt(
        &mut self,
        parser: &mut Parser,
        language: Language,
        (before, after): (&str, &str),
        spelling: Vec<usize>,
    ) -> Result<Attempt, PatternError> {
        let mut text = before.to_owned();
        let mut origins = vec![0; before.len()];
        let mut column = 0;
        let mut at = 0;
        while let Some(c) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            let hole = self.holes.binary_search_by_key(&at, |(range, _)| range.start).ok();
            if let Some(index) = hole {
                let choice = spelling.get(index).copied().unwrap_or_default();
                let is_many = matches!(self.holes[index].1, Hole::Many(_));
                let template = spellings(language).get(choice).filter(|_| is_many).copied().unwrap_or("{}");
                text.push_str(&template.replace("{}", &placeholder(index)));
                at = self.holes[index].0.end;
            } else {
                if !(c == ' ' && column < self.indent) {
                    text.push(c);
                }
                at += c.len_utf8();
            }
            column = if c == '\n' { 0 } else { column + 1 };
            let from = hole.map_or(at - c.len_utf8(), |index| self.holes[index].0.start);
            origins.resize(text.len(), from);
        }
        let leading = text[before.len()..].len() - text[before.len()..].trim_start().len();
        let range = before.len() + leading..text.trim_end().len();
        text.push_str(after);
        origins.resize(text.len(), self.text.len());
        let tree = parser
            .parse(language, &text, LIMIT)
            .map_err(|_| PatternError { at: 0, message: "the pattern takes too long to parse".to_owned() })?;
        let faults = faults(tree.root()).map(|node| 1 + node.byte_range().len()).sum();
        Ok(Attempt { tree, text, range, spelling, faults, origins })
    }

    /// Spells each `...` in the way that leaves the least to complain about.
    fn improve(
        &mut self,
        parser: &mut Parser,
        language: Language,
        context: (&str, &str),
        mut best: Attempt,
    ) -> Result<Attempt, PatternError> {
        let several: Vec<usize> =
            (0..self.holes.len()).filter(|index| matches!(self.holes[*index].1, Hole::Many(_))).collect();
        // One after the other; where that leads nowhere, from all of them in another way.
        for first in 0..spellings(language).len() {
            if first > 0 {
                best = self.attempt(parser, language, context, vec![first; self.holes.len()])?;
            }
            for index in &several {
                for choice in 0..spellings(language).len() {
                    if best.faults == 0 {
                        return Ok(best);
                    }
                    let mut spelling = best.spelling.clone();
                    spelling[*index] = choice;
                    let attempt = self.attempt(parser, language, context, spelling)?;
                    if attempt.faults < best.faults {
                        best = attempt;
                    }
                }
            }
        }
        Ok(best)
    }
}

impl Attempt {
    /// The nodes that the pattern is made of, without what it was put into; none where it is only a part of them.
    fn roots(&self) -> Vec<Node<'_>> {
        let range = &self.range;
        let Some(cover) = self.tree.root().descendant_for_byte_range(range.start, range.end) else { return Vec::new() };
        let is_blank = |from: usize, to: usize| {
            let between = self.text.get(from..to).unwrap_or_default();
            between.chars().all(|c| c.is_whitespace() || c == ';')
        };
        // The semicolon may be of the context.
        let is_within = |node: &Node<'_>| {
            node.start_byte() >= range.start && (node.end_byte() <= range.end || is_blank(range.end, node.end_byte()))
        };
        if is_within(&cover) && !is_file(cover) {
            return vec![cover];
        }
        let mut cursor = cover.walk();
        let nodes: Vec<Node<'_>> = cover.named_children(&mut cursor).filter(is_within).collect();
        let mut end = range.start;
        let mut follows = |node: &Node<'_>| is_blank(std::mem::replace(&mut end, node.end_byte()), node.start_byte());
        if !nodes.iter().all(&mut follows) || !is_blank(end, range.end) {
            return Vec::new();
        }
        nodes.into_iter().filter(|node| !node.is_extra()).collect()
    }

    /// Where the first thing stands that is wrong, in the pattern as it was written.
    fn first_fault(&self) -> usize {
        let first = faults(self.tree.root()).map(|node| node.start_byte()).min().unwrap_or_default();
        self.origins.get(first.max(self.range.start)).or(self.origins.last()).copied().unwrap_or_default()
    }
}

/// A bracket without its other half: of text that does not parse, the likeliest reason.
fn unclosed(text: &str) -> Option<usize> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(end), _) => quote = Some(end).filter(|end| *end != c),
            (None, '"' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => open.push((at, c)),
            (None, ')' | ']' | '}') => {
                let other = open.pop().map(|(_, c)| c);
                if !matches!((other, c), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}')) {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    open.pop().map(|(at, _)| at)
}

/// What did not parse below `root`, and what the parser had to make up.
fn faults(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut open = vec![root];
    std::iter::from_fn(move || {
        while let Some(node) = open.pop() {
            if !node.has_error() {
                continue;
            }
            if node.is_error() || node.is_missing() {
                return Some(node);
            }
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor));
        }
        None
    })
}
