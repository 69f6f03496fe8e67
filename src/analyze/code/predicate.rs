//! Conditions on values: a rule's predicate made ready to be asked, regexes compiled when first needed.

use std::cell::OnceCell;
use std::sync::OnceLock;

use regex::Regex;

use crate::model::Predicate;
use crate::syntax::{Node, Syntax, Value};

/// An expression that conditions are asked about; evaluated once, and only when one needs it.
pub struct Subject<'a> {
    syntax: &'a Syntax<'a>,
    pub node: Node<'a>,
    value: OnceCell<Value>,
    path: OnceCell<String>,
}

impl<'a> Subject<'a> {
    pub fn new(syntax: &'a Syntax<'a>, node: Node<'a>) -> Subject<'a> {
        Subject { syntax, node, value: OnceCell::new(), path: OnceCell::new() }
    }

    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| self.syntax.value(self.node))
    }

    /// The name of a constant that another module defines: `yaml.SafeLoader`.
    fn path(&self) -> &str {
        self.path.get_or_init(|| self.syntax.resolve(self.node).path)
    }
}

/// A predicate, ready.
#[derive(Debug)]
pub enum Condition {
    Plain(Predicate),
    Matches(Pattern),
    BuiltMatches(Pattern),
    Text(Pattern),
    Not(Box<Condition>),
    Any(Vec<Condition>),
}

/// A regex that is compiled when it is first asked; rule files are checked, so it compiles.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub fn new(text: &str) -> Pattern {
        Pattern { text: text.to_owned(), regex: OnceLock::new() }
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.get_or_init(|| Regex::new(&self.text).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl Condition {
    pub fn new(predicate: &Predicate) -> Condition {
        match predicate {
            Predicate::Matches(text) => Condition::Matches(Pattern::new(text)),
            Predicate::BuiltMatches(text) => Condition::BuiltMatches(Pattern::new(text)),
            Predicate::Text(text) => Condition::Text(Pattern::new(text)),
            Predicate::Not(inner) => Condition::Not(Box::new(Condition::new(inner))),
            Predicate::Any(several) => Condition::Any(several.iter().map(Condition::new).collect()),
            plain => Condition::Plain(plain.clone()),
        }
    }

    /// Whether it holds of an argument that is not given; `sure` is false where one may come from a spread value.
    pub fn holds_of_missing(&self, sure: bool) -> bool {
        match self {
            Condition::Plain(Predicate::Missing) => sure,
            Condition::Any(several) => several.iter().any(|one| one.holds_of_missing(sure)),
            // `not present` is `missing`; every other condition is about a value, and there is none.
            Condition::Not(inner) => sure && matches!(**inner, Condition::Plain(Predicate::Present)),
            _ => false,
        }
    }

    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Condition::Plain(predicate) => plain_holds(predicate, subject),
            Condition::Matches(pattern) => matches!(subject.value(), Value::Text(text) if pattern.is_match(text)),
            Condition::BuiltMatches(pattern) => {
                matches!(subject.value(), Value::Built(_))
                    && subject.value().known_text().is_some_and(|text| pattern.is_match(&text))
            }
            Condition::Text(pattern) => pattern.is_match(subject.syntax.text_of(subject.node)),
            Condition::Not(inner) => !inner.holds(subject),
            Condition::Any(several) => several.iter().any(|one| one.holds(subject)),
        }
    }
}

impl Condition {
    /// Whether it holds of a name that has no value, or of several pieces of code.
    pub fn holds_of_text(&self, text: &str) -> bool {
        match self {
            Condition::Matches(pattern) | Condition::Text(pattern) => pattern.is_match(text),
            Condition::Plain(Predicate::OneOf(known)) => known.iter().any(|one| one == text),
            Condition::Plain(Predicate::Present) => true,
            Condition::Not(inner) => !inner.holds_of_text(text),
            Condition::Any(several) => several.iter().any(|one| one.holds_of_text(text)),
            Condition::Plain(_) | Condition::BuiltMatches(_) => false,
        }
    }
}

fn plain_holds(predicate: &Predicate, subject: &Subject<'_>) -> bool {
    let value = subject.value();
    match predicate {
        Predicate::True => *value == Value::True,
        Predicate::False => *value == Value::False,
        Predicate::None => *value == Value::None,
        Predicate::Constant => value.is_constant(),
        Predicate::Dynamic => !value.is_constant(),
        Predicate::Built => matches!(value, Value::Built(_)),
        Predicate::String => matches!(value, Value::Text(_) | Value::Built(_)),
        Predicate::Number => matches!(value, Value::Integer(_)),
        Predicate::Missing => false,
        Predicate::Present => true,
        Predicate::OneOf(known) => match value {
            Value::Text(text) => known.iter().any(|one| one == text),
            Value::Integer(number) => known.iter().any(|one| *one == number.to_string()),
            // Octal and hexadecimal numbers are written in many ways; a rule gives those that it means.
            Value::Constant => known.iter().any(|one| one == subject.syntax.text_of(subject.node)),
            Value::Dynamic => known.iter().any(|one| one == subject.path()),
            _ => false,
        },
        Predicate::AtLeast(least) => matches!(value, Value::Integer(number) if number >= least),
        Predicate::AtMost(most) => matches!(value, Value::Integer(number) if number <= most),
        // These are conditions of their own.
        Predicate::Matches(_)
        | Predicate::BuiltMatches(_)
        | Predicate::Text(_)
        | Predicate::Not(_)
        | Predicate::Any(_) => false,
    }
}
