//! A code-like pattern: text in the language of a rule with holes in it. Here the notation; what it means is in `syntax`.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Place, Predicate};

/// A piece of code with metavariables, as it is written in a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePattern {
    pub text: String,
    /// Where its value starts in the rule file, in bytes, for messages about it; 0 in a packed rule.
    #[serde(skip)]
    pub at: usize,
}

/// What a pattern leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole<'p> {
    /// `$_`: one expression, whatever it is.
    Any,
    /// `$X`: one expression, the same wherever the name stands.
    One(&'p str),
    /// `...` or `$...ARGS`: any number of arguments, statements, parameters or elements.
    Many(Option<&'p str>),
}

/// What has to hold of one node and what is around it, all at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    pub pattern: Option<CodePattern>,
    /// All of these match the node too.
    pub all: Vec<Formula>,
    /// One of these does.
    pub any: Vec<Formula>,
    /// None of these does.
    pub not: Vec<Formula>,
    /// The node stands in one of these.
    pub inside: Vec<Around>,
    /// It stands in none of these.
    pub not_inside: Vec<Around>,
    /// By the metavariable's name, without `$`.
    pub conditions: Vec<(String, Predicate)>,
}

/// What a match may stand in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Around {
    Place(Place),
    Code(CodePattern),
}

impl fmt::Display for Hole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hole::Any => f.write_str("$_"),
            Hole::One(name) => write!(f, "${name}"),
            Hole::Many(None) => f.write_str("..."),
            Hole::Many(Some(name)) => write!(f, "$...{name}"),
        }
    }
}

impl CodePattern {
    /// The holes with the bytes that each takes up, in order.
    ///
    /// Metavariables are in capitals, since `$name` is a name in JavaScript and a macro's variable in Rust; `...` right before
    /// a name or a bracket is the language's own.
    pub fn holes(&self) -> Vec<(Range<usize>, Hole<'_>)> {
        let text = self.text.as_str();
        let mut holes = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            match hole_at(text.get(..at).unwrap_or_default(), rest) {
                Some((length, hole)) => {
                    holes.push((at..at + length, hole));
                    at += length;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        holes
    }
}

impl Formula {
    /// All patterns in it, those of its parts too.
    pub fn patterns(&self) -> Vec<&CodePattern> {
        let mut found: Vec<&CodePattern> = self.pattern.iter().collect();
        for part in self.all.iter().chain(&self.any).chain(&self.not) {
            found.extend(part.patterns());
        }
        let around = self.inside.iter().chain(&self.not_inside);
        found.extend(around.filter_map(|one| if let Around::Code(pattern) = one { Some(pattern) } else { None }));
        found
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The hole that `rest` begins with, and its length.
fn hole_at<'p>(before: &str, rest: &'p str) -> Option<(usize, Hole<'p>)> {
    if before.ends_with(is_word) {
        return None;
    }
    if let Some(after) = rest.strip_prefix("$...") {
        let name = &after[..name_length(after)?];
        return Some((4 + name.len(), Hole::Many(Some(name))));
    }
    if let Some(after) = rest.strip_prefix('$') {
        if let Some(length) = name_length(after) {
            return Some((1 + length, Hole::One(&after[..length])));
        }
        return (after.starts_with('_') && !after[1..].starts_with(is_word)).then_some((2, Hole::Any));
    }
    let after = rest.strip_prefix("...")?;
    let is_spread = after.starts_with(|c: char| is_word(c) || "[({.\"'`".contains(c));
    (!is_spread && !before.ends_with('.')).then_some((3, Hole::Many(None)))
}

/// The length of the metavariable's name that `text` begins with: capitals, digits and `_`.
fn name_length(text: &str) -> Option<usize> {
    let length = text.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(text.len());
    let is_name = text.starts_with(|c: char| c.is_ascii_uppercase()) && !text[length..].starts_with(is_word);
    is_name.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_told_from_what_the_languages_write() {
        let holes = |text: &str| {
            let pattern = CodePattern { text: text.to_owned(), at: 0 };
            pattern.holes().into_iter().map(|(range, hole)| format!("{}={hole:?}", &text[range])).collect::<Vec<_>>()
        };
        assert_eq!(
            holes("f($X, ..., $_, $...ARGS)"),
            ["$X=One(\"X\")", "...=Many(None)", "$_=Any", "$...ARGS=Many(Some(\"ARGS\"))"]
        );
        assert_eq!(holes("$A1_B"), ["$A1_B=One(\"A1_B\")"]);
        for text in
            ["$(x)", "$name", "$Xy", "a$X", "f(...args)", "[...a, ...[b]]", "\"...\"", "${X}", "1....", "$", "é$"]
        {
            assert!(holes(text).is_empty(), "{text}: {:?}", holes(text));
        }
        assert_eq!(holes("é($É, $X)…"), ["$X=One(\"X\")"]);
    }
}
