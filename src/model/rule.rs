use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Analysis, Language, Matcher};

/// `<group>/<slug>`, for example `python/sql-injection`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(Box<str>);

impl RuleId {
    pub fn new(id: impl Into<Box<str>>) -> RuleId {
        RuleId(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn group(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(group, _)| group)
    }

    pub fn slug(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, slug)| slug)
    }
}

impl Borrow<str> for RuleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SARIF's levels, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    None,
    Note,
    Warning,
    Error,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often a finding of the rule is right: high at least four in five, measured on the corpora.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// GitHub's scale from 0.1 to 10.0, in tenths so that it compares exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecuritySeverity(u8);

impl SecuritySeverity {
    /// `None` outside 0.1 to 10.0.
    pub fn from_score(score: f64) -> Option<SecuritySeverity> {
        let tenths = (score * 10.0).round();
        (1.0..=100.0).contains(&tenths).then_some(SecuritySeverity(tenths as u8))
    }

    pub fn score(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl fmt::Display for SecuritySeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// The value of a rule's option: a threshold, a switch or a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OptionValue {
    Integer(i64),
    Bool(bool),
    Text(String),
    List(Vec<String>),
}

/// SARIF's reportingDescriptor, with what finds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    pub id: RuleId,
    pub name: String,
    pub level: Level,
    pub security_severity: Option<SecuritySeverity>,
    pub confidence: Confidence,
    pub cwe: Vec<u32>,
    pub owasp: Vec<String>,
    pub since: String,
    /// With `{placeholders}` that the analyzer fills.
    pub message: String,
    pub why: String,
    pub fix: String,
    pub references: Vec<String>,
    /// Where a leaked secret of this kind is revoked.
    pub revoke: Option<String>,
    /// Ids that it had before; suppressions that name them go on working.
    pub formerly: Vec<RuleId>,
    /// Rules that stay silent where this one reports.
    pub replaces: Vec<RuleId>,
    /// Languages that it looks at; empty for all files.
    pub languages: Vec<Language>,
    pub options: BTreeMap<String, OptionValue>,
    pub matcher: Matcher,
}

impl Rule {
    pub fn analysis(&self) -> Option<Analysis> {
        Analysis::of_group(self.id.group())
    }

    /// The integer option `name`; rule files are validated, so a missing one is a fault of the caller and reads as 0.
    pub fn integer(&self, name: &str) -> i64 {
        match self.options.get(name) {
            Some(OptionValue::Integer(value)) => *value,
            _ => 0,
        }
    }

    pub fn list(&self, name: &str) -> &[String] {
        match self.options.get(name) {
            Some(OptionValue::List(values)) => values,
            _ => &[],
        }
    }

    pub fn flag(&self, name: &str) -> bool {
        matches!(self.options.get(name), Some(OptionValue::Bool(true)))
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.id == other.id
    }
}
