//! What the policy says of single findings: conditions, of which the last one that speaks of a finding decides. So what is
//! written further down, or nearer to the file, is the exception to what is written before, as in `.gitignore`.

use std::fmt;

use serde_json::Value;

use super::Paths;
use crate::model::{Analysis, BaselineState, Confidence, ConfigPlace, Finding, Level, Outcome, Rule};

/// One condition of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    pub selector: Selector,
    pub outcome: Outcome,
    /// Of the findings that it decides about so many may be; only then they fail.
    pub max: Option<usize>,
    pub place: ConfigPlace,
}

/// Which findings are meant: those of which all that is given holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// Empty: any.
    pub analyses: Vec<Analysis>,
    /// Empty: any.
    pub rules: Vec<RulePattern>,
    pub paths: Option<Paths>,
    /// At this level or above.
    pub level: Option<Level>,
    /// Of this confidence or above.
    pub confidence: Option<Confidence>,
    /// With this score or above; a finding without one is not meant.
    pub security_severity: Option<f64>,
    /// Whether there is a score at all.
    pub scored: Option<bool>,
    /// Whether it is in the catalogue of known exploited vulnerabilities.
    pub kev: Option<bool>,
    /// With this probability of exploitation or above.
    pub epss: Option<f64>,
    /// Empty: any.
    pub baseline: Vec<BaselineState>,
    /// The folder of the file that says so, where that is not the root.
    pub folder: String,
}

/// A rule, or a group of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulePattern {
    /// The id of today.
    Id(String),
    /// `python` of `python/*`.
    Group(String),
}

impl RulePattern {
    pub fn covers(&self, rule: &Rule) -> bool {
        match self {
            RulePattern::Id(id) => id == rule.id.as_str(),
            RulePattern::Group(group) => group == rule.id.group(),
        }
    }
}

impl fmt::Display for RulePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RulePattern::Id(id) => f.write_str(id),
            RulePattern::Group(group) => write!(f, "{group}/*"),
        }
    }
}

/// What conditions ask about a finding.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub rule: &'a Rule,
    pub path: &'a str,
    pub level: Level,
    pub confidence: Confidence,
    /// From 0.1 to 10.
    pub security_severity: Option<f64>,
    pub kev: bool,
    pub epss: Option<f64>,
    pub baseline: Option<BaselineState>,
}

impl<'a> Facts<'a> {
    pub fn of(finding: &'a Finding) -> Facts<'a> {
        Facts {
            rule: &finding.rule,
            path: finding.location.path.as_str(),
            level: finding.level,
            confidence: finding.confidence,
            security_severity: severity(finding),
            kev: property(finding, "kev").and_then(Value::as_bool).unwrap_or_default(),
            epss: property(finding, "epss").and_then(Value::as_f64),
            baseline: finding.baseline,
        }
    }

    pub fn is_known(&self) -> bool {
        self.baseline == Some(BaselineState::Unchanged)
    }
}

/// What an analyzer noted about the finding under `name`.
pub fn property<'a>(finding: &'a Finding, name: &str) -> Option<&'a Value> {
    finding.properties.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The score of the advisory, or else of the rule; an advisory that nobody scored has none.
fn severity(finding: &Finding) -> Option<f64> {
    if let Some(own) = property(finding, "security-severity") {
        return own.as_f64().or_else(|| own.as_str()?.parse().ok());
    }
    let is_unscored = property(finding, "severity").and_then(Value::as_str) == Some("unscored");
    finding.rule.security_severity.filter(|_| !is_unscored).map(|severity| severity.score())
}

impl Selector {
    /// The first key of the condition that does not hold; `None` where the finding is meant.
    pub fn misses(&self, facts: &Facts<'_>) -> Option<&'static str> {
        let any = |is_empty: bool, holds: bool| is_empty || holds;
        let reaches = |least: Option<f64>, value: Option<f64>| least.is_none_or(|least| value >= Some(least));
        let analysis = facts.rule.analysis();
        let asked = [
            ("folder", is_below(&self.folder, facts.path)),
            ("analysis", any(self.analyses.is_empty(), analysis.is_some_and(|one| self.analyses.contains(&one)))),
            ("rule", any(self.rules.is_empty(), self.rules.iter().any(|pattern| pattern.covers(facts.rule)))),
            ("path", self.paths.as_ref().is_none_or(|paths| paths.holds(facts.path))),
            ("level", self.level.is_none_or(|least| facts.level >= least)),
            ("confidence", self.confidence.is_none_or(|least| facts.confidence >= least)),
            ("security-severity", reaches(self.security_severity, facts.security_severity)),
            ("scored", self.scored.is_none_or(|scored| scored == facts.security_severity.is_some())),
            ("kev", self.kev.is_none_or(|kev| kev == facts.kev)),
            ("epss", reaches(self.epss, facts.epss)),
            // Where there is no baseline everything is new.
            ("baseline", {
                let state = facts.baseline.unwrap_or(BaselineState::New);
                any(self.baseline.is_empty(), self.baseline.contains(&state))
            }),
        ];
        asked.into_iter().find(|(_, holds)| !holds).map(|(key, _)| key)
    }

    pub fn means(&self, facts: &Facts<'_>) -> bool {
        self.misses(facts).is_none()
    }
}

/// Whether `path` lies in `folder`, which is empty for the root.
pub fn is_below(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
