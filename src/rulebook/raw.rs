//! A rule file as it is written. Everything here mirrors `docs/rule-format.md`; an unknown key is an error.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::raw_flow::RawFlow;
use super::raw_pattern::{RawConditions, RawFormulas};
use crate::model::{Confidence, Level, Place, Predicate};

/// A file holds either one rule, whose id is its path, or a list of them under `[[rule]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawFile {
    pub rule: Vec<Spanned<RawRule>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRule {
    pub id: Option<Spanned<String>>,
    pub name: String,
    pub level: Level,
    pub security_severity: Option<Spanned<f64>>,
    pub confidence: Confidence,
    #[serde(default)]
    pub cwe: Vec<u32>,
    #[serde(default)]
    pub owasp: Vec<String>,
    #[serde(default = "first_version")]
    pub since: String,
    pub message: Spanned<String>,
    pub why: Option<String>,
    pub fix: Option<String>,
    #[serde(default)]
    pub references: Vec<String>,
    pub revoke: Option<String>,
    #[serde(default)]
    pub formerly: Vec<String>,
    #[serde(default)]
    pub replaces: Vec<String>,
    pub languages: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub options: BTreeMap<String, toml::Value>,
    pub r#match: Spanned<RawMatch>,
}

fn first_version() -> String {
    "0.1.0".to_owned()
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawMatch {
    pub call: Option<Vec<RawCall>>,
    pub assign: Option<Vec<RawAssign>>,
    pub regex: Option<RawRegex>,
    pub query: Option<Spanned<String>>,
    pub builtin: Option<Spanned<String>>,
    pub flow: Option<Spanned<RawFlow>>,
    pub pattern: Option<Spanned<String>>,
    // What goes with a pattern, or stands for one.
    pub all: Option<Spanned<RawFormulas>>,
    pub any: Option<Spanned<RawFormulas>>,
    pub not: Option<Spanned<RawFormulas>>,
    pub inside: Option<Spanned<RawFormulas>>,
    pub not_inside: Option<Spanned<RawFormulas>>,
    pub r#where: Option<RawConditions>,
    pub focus: Option<Spanned<String>>,
    pub replacement: Option<Spanned<String>>,
}

impl RawMatch {
    /// Whether it has any of the keys of a pattern.
    pub fn is_pattern(&self) -> bool {
        let parts = [&self.all, &self.any, &self.not, &self.inside, &self.not_inside];
        let texts = [&self.pattern, &self.focus, &self.replacement];
        parts.iter().any(|part| part.is_some()) || texts.iter().any(|text| text.is_some()) || self.r#where.is_some()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawCall {
    pub callee: Vec<Spanned<String>>,
    #[serde(default)]
    pub arg: BTreeMap<Spanned<String>, RawPredicate>,
    #[serde(default)]
    pub keyword: BTreeMap<String, RawPredicate>,
    pub any_arg: Option<RawPredicate>,
    #[serde(default)]
    pub inside: Vec<Place>,
    #[serde(default)]
    pub not_inside: Vec<Place>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawAssign {
    pub property: Vec<String>,
    pub value: Option<RawPredicate>,
    #[serde(default)]
    pub inside: Vec<Place>,
    #[serde(default)]
    pub not_inside: Vec<Place>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawRegex {
    pub keywords: Vec<Spanned<String>>,
    pub pattern: Spanned<String>,
    pub verify: Option<Spanned<String>>,
    #[serde(default)]
    pub not: Vec<Spanned<String>>,
    pub entropy: Option<f64>,
    #[serde(default)]
    pub paths: Vec<String>,
    pub near: Option<RawNear>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawNear {
    pub pattern: Spanned<String>,
    pub lines: Spanned<u8>,
    pub label: Option<String>,
}

/// `"dynamic"`, `"not dynamic"`, or a table with one key: `{ matches = "…" }`, `{ built-matches = "…" }`, `{ text = "…" }`,
/// `{ one-of = […] }`, `{ at-least = n }`, `{ at-most = n }`, `{ not = … }`, `{ any = […] }`.
#[derive(Debug)]
pub struct RawPredicate(pub Predicate);

const WORDS: &[(&str, Predicate)] = &[
    ("true", Predicate::True),
    ("false", Predicate::False),
    ("none", Predicate::None),
    ("constant", Predicate::Constant),
    ("dynamic", Predicate::Dynamic),
    ("built", Predicate::Built),
    ("string", Predicate::String),
    ("number", Predicate::Number),
    ("missing", Predicate::Missing),
    ("present", Predicate::Present),
];

impl<'de> Deserialize<'de> for RawPredicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawPredicate, D::Error> {
        struct PredicateVisitor;

        impl<'de> Visitor<'de> for PredicateVisitor {
            type Value = RawPredicate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a predicate: a word such as \"dynamic\", or a table such as { matches = \"…\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RawPredicate, E> {
                let (negated, word) = match text.strip_prefix("not ") {
                    Some(rest) => (true, rest),
                    None => (false, text),
                };
                let Some((_, predicate)) = WORDS.iter().find(|(name, _)| *name == word) else {
                    let known: Vec<&str> = WORDS.iter().map(|(name, _)| *name).collect();
                    return Err(E::custom(format!("unknown predicate `{word}`; known are {}", known.join(", "))));
                };
                let predicate = predicate.clone();
                Ok(RawPredicate(if negated { Predicate::Not(Box::new(predicate)) } else { predicate }))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawPredicate, A::Error> {
                let Some(key) = map.next_key::<String>()? else {
                    return Err(de::Error::custom("an empty predicate"));
                };
                let predicate = match key.as_str() {
                    "matches" => Predicate::Matches(regex_text(map.next_value()?)?),
                    "built-matches" => Predicate::BuiltMatches(regex_text(map.next_value()?)?),
                    "text" => Predicate::Text(regex_text(map.next_value()?)?),
                    "one-of" => Predicate::OneOf(map.next_value()?),
                    "at-least" => Predicate::AtLeast(map.next_value()?),
                    "at-most" => Predicate::AtMost(map.next_value()?),
                    "not" => Predicate::Not(Box::new(map.next_value::<RawPredicate>()?.0)),
                    "any" => {
                        Predicate::Any(map.next_value::<Vec<RawPredicate>>()?.into_iter().map(|raw| raw.0).collect())
                    }
                    other => {
                        return Err(de::Error::custom(format!(
                            "unknown predicate `{other}`; known are matches, built-matches, text, one-of, at-least, at-most, not, any"
                        )));
                    }
                };
                if let Some(second) = map.next_key::<String>()? {
                    return Err(de::Error::custom(format!(
                        "`{second}` beside `{key}`: a predicate has one key; use {{ any = [ … ] }} for alternatives"
                    )));
                }
                Ok(RawPredicate(predicate))
            }
        }

        deserializer.deserialize_any(PredicateVisitor)
    }
}

fn regex_text<E: de::Error>(pattern: String) -> Result<String, E> {
    match regex_syntax::parse(&pattern) {
        Ok(_) => Ok(pattern),
        Err(error) => Err(E::custom(format!("bad regex: {error}"))),
    }
}
