//! Patterns and their conditions as they are written under `match`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::raw::RawPredicate;

/// By metavariable, with `$` or without.
pub type RawConditions = BTreeMap<Spanned<String>, RawPredicate>;

/// One pattern, a table of conditions, or a list of such.
#[derive(Debug)]
pub enum RawFormulas {
    One(Box<RawFormula>),
    Many(Vec<Spanned<RawFormula>>),
}

#[derive(Debug)]
pub enum RawFormula {
    Pattern(String),
    Table(Box<RawFormulaTable>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawFormulaTable {
    pub pattern: Option<Spanned<String>>,
    pub all: Option<Spanned<RawFormulas>>,
    pub any: Option<Spanned<RawFormulas>>,
    pub not: Option<Spanned<RawFormulas>>,
    pub inside: Option<Spanned<RawFormulas>>,
    pub not_inside: Option<Spanned<RawFormulas>>,
    pub r#where: Option<RawConditions>,
}

const EXPECTED: &str = "a pattern, a table with pattern, all, any, not, inside, not-inside, where, or a list of such";

struct FormulaVisitor;

impl<'de> Visitor<'de> for FormulaVisitor {
    type Value = RawFormula;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawFormula, E> {
        Ok(RawFormula::Pattern(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawFormula, A::Error> {
        let table = RawFormulaTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(RawFormula::Table(Box::new(table)))
    }
}

struct FormulasVisitor;

impl<'de> Visitor<'de> for FormulasVisitor {
    type Value = RawFormulas;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<RawFormulas, E> {
        FormulaVisitor.visit_str(text).map(|one| RawFormulas::One(Box::new(one)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawFormulas, A::Error> {
        FormulaVisitor.visit_map(map).map(|one| RawFormulas::One(Box::new(one)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<RawFormulas, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = sequence.next_element()? {
            all.push(one);
        }
        Ok(RawFormulas::Many(all))
    }
}

impl<'de> Deserialize<'de> for RawFormula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawFormula, D::Error> {
        deserializer.deserialize_any(FormulaVisitor)
    }
}

impl<'de> Deserialize<'de> for RawFormulas {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawFormulas, D::Error> {
        deserializer.deserialize_any(FormulasVisitor)
    }
}

impl RawFormulas {
    /// Each with the offset where it starts; `at` is that of the whole.
    pub fn each(self, at: usize) -> Vec<(RawFormula, usize)> {
        match self {
            RawFormulas::One(one) => vec![(*one, at)],
            RawFormulas::Many(all) => {
                all.into_iter().map(|one| (one.span().start, one)).map(|(at, one)| (one.into_inner(), at)).collect()
            }
        }
    }
}
