//! The lists of sources and sinks, and the matcher that uses them, as they are written. An unknown key is an error.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::raw::RawPredicate;
use crate::model::{Confidence, Place};

/// `match.flow` of a rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawFlow {
    pub danger: Spanned<String>,
    #[serde(default)]
    pub from: Vec<Spanned<String>>,
    pub unknown: Option<Confidence>,
    pub unknown_value: Option<RawPredicate>,
    #[serde(default)]
    pub inside: Vec<Place>,
    #[serde(default)]
    pub not_inside: Vec<Place>,
}

/// A file below `flow/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawList {
    #[serde(default)]
    pub source: Vec<RawSource>,
    #[serde(default)]
    pub sink: Vec<RawSink>,
    #[serde(default)]
    pub sanitizer: Vec<RawFilter>,
    #[serde(default)]
    pub guard: Vec<RawFilter>,
    #[serde(default)]
    pub pass: Vec<RawPass>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawSource {
    pub origin: Spanned<String>,
    #[serde(default)]
    pub path: Vec<Spanned<String>>,
    #[serde(default)]
    pub call: Vec<Spanned<String>>,
    #[serde(default)]
    pub parameter: Vec<String>,
    #[serde(default)]
    pub attribute: Vec<String>,
    #[serde(default)]
    pub function: Vec<String>,
    #[serde(default)]
    pub decorator: Vec<String>,
    #[serde(default)]
    pub types: Vec<String>,
    pub receiver: Option<Spanned<String>>,
    #[serde(default)]
    pub imports: Vec<String>,
    #[serde(default)]
    pub data: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawSink {
    pub danger: Spanned<String>,
    #[serde(default)]
    pub callee: Vec<Spanned<String>>,
    #[serde(default)]
    pub property: Vec<String>,
    #[serde(default)]
    pub key: bool,
    #[serde(default)]
    pub returned: Vec<String>,
    #[serde(default)]
    pub at: Vec<Spanned<RawArgument>>,
    #[serde(default)]
    pub first: bool,
    pub value: Option<RawPredicate>,
    #[serde(default)]
    pub arg: BTreeMap<Spanned<String>, RawPredicate>,
    #[serde(default)]
    pub keyword: BTreeMap<String, RawPredicate>,
    pub receiver: Option<Spanned<String>>,
    #[serde(default)]
    pub imports: Vec<String>,
    #[serde(default)]
    pub data: bool,
    pub whole: Option<bool>,
}

/// A position, the name of a keyword, or one of `*`, `**` and `self`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawArgument {
    Position(u8),
    Name(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawFilter {
    #[serde(default)]
    pub removes: Vec<Spanned<String>>,
    pub callee: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPass {
    pub callee: Vec<Spanned<String>>,
    #[serde(default)]
    pub part: bool,
    #[serde(default)]
    pub text: bool,
}
