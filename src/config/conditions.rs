//! `[[policy.condition]]` and `[[policy.limit]]`: as written, and as checked.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::error::did_you_mean;
use super::raw::RawConfidence;
use super::texts::{Texts, TextsSchema};
use super::valid::{Checker, confidence};
use crate::model::{Analysis, BaselineState, Level, Measure, Outcome};
use crate::policy::{Clause, MeasureLimit, Measured, Paths, RulePattern, Selector, Statistic};

/// What is made of some findings: those of which all that is given holds. Of the conditions that speak of a finding the last
/// one decides; where none does, `fail-on` and `min-confidence` do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(extend("required" = ["outcome"]))]
pub struct RawCondition {
    /// `fail`: the gate fails. `warn`: they are told, and it passes. `off`: they are only in the reports for programs, and in the
    /// text with `-v`.
    #[schemars(with = "RawOutcome")]
    pub outcome: Option<RawOutcome>,
    /// Findings of this analysis, or of one of these.
    #[schemars(with = "TextsSchema")]
    pub analysis: Option<Spanned<Texts>>,
    /// Findings of this rule, or of one of these: an id, or a group such as `python/*`.
    #[schemars(with = "TextsSchema")]
    pub rule: Option<Spanned<Texts>>,
    /// Findings in these files: globs below the root (of a nested file: below its folder); a folder means all that it holds.
    #[schemars(with = "TextsSchema")]
    pub path: Option<Spanned<Texts>>,
    /// Findings of this level or above.
    #[schemars(with = "RawLevel")]
    pub level: Option<RawLevel>,
    /// Findings of this confidence or above.
    #[schemars(with = "RawConfidence")]
    pub confidence: Option<RawConfidence>,
    /// Findings with this score or above, from 0.1 to 10; one without a score is not meant.
    #[schemars(with = "f64", range(min = 0.1, max = 10.0))]
    pub security_severity: Option<Spanned<f64>>,
    /// Whether there is a score: `false` means advisories that nobody scored, and rules that are not about security.
    #[schemars(with = "bool")]
    pub scored: Option<bool>,
    /// Vulnerabilities that are (or are not) in the catalogue of known exploited ones.
    #[schemars(with = "bool")]
    pub kev: Option<bool>,
    /// Vulnerabilities with this probability of exploitation (EPSS) or above, from 0 to 1.
    #[schemars(with = "f64", range(min = 0.0, max = 1.0))]
    pub epss: Option<Spanned<f64>>,
    /// How they stand to the baseline: `new`, `unchanged`, `updated` (known, and worse now), or several of these. Without a baseline
    /// everything is new.
    #[schemars(with = "TextsSchema")]
    pub baseline: Option<Spanned<Texts>>,
    /// So many of them may be: only with more they fail.
    #[schemars(with = "u64")]
    pub max: Option<Spanned<i64>>,
    /// Why, for those who come after.
    #[schemars(with = "String")]
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawOutcome {
    Fail,
    Warn,
    Off,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawLevel {
    Note,
    Warning,
    Error,
}

/// A limit on a measure of functions; exactly one of `average`, `maximum` and `over` is given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(extend("required" = ["measure"]))]
pub struct RawLimit {
    /// What is measured, as `gate metrics` does.
    #[schemars(extend("enum" = ["cyclomatic", "cognitive", "length", "parameters", "nesting", "statements", "volume", "difficulty", "duplication"]), with = "String")]
    pub measure: Option<Spanned<String>>,
    /// The average of all functions is at most this.
    #[schemars(with = "f64")]
    pub average: Option<Spanned<f64>>,
    /// No function has more than this.
    #[schemars(with = "f64")]
    pub maximum: Option<Spanned<f64>>,
    /// At most `max` functions have more than this.
    #[schemars(with = "f64")]
    pub over: Option<Spanned<f64>>,
    /// How many functions may be over `over`.
    #[schemars(default = "default_max", with = "u64")]
    pub max: Option<Spanned<i64>>,
    /// Only functions in these files.
    #[schemars(with = "TextsSchema")]
    pub path: Option<Spanned<Texts>>,
    /// `fail`: the gate fails where the limit does not hold. `warn`: that is told.
    #[schemars(default = "default_outcome", with = "RawLimitOutcome")]
    pub outcome: Option<RawLimitOutcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawLimitOutcome {
    Fail,
    Warn,
}

fn default_max() -> u64 {
    0
}

fn default_outcome() -> &'static str {
    "fail"
}

const STATES: [BaselineState; 3] = [BaselineState::New, BaselineState::Unchanged, BaselineState::Updated];

impl Checker<'_> {
    pub(super) fn clauses(&mut self, raw: Vec<Spanned<RawCondition>>) -> Vec<Clause> {
        raw.into_iter().filter_map(|one| self.clause(one)).collect()
    }

    fn clause(&mut self, raw: Spanned<RawCondition>) -> Option<Clause> {
        let at = raw.span().start;
        let raw = raw.into_inner();
        let selector = self.selector(&raw);
        let max = raw.max.as_ref().and_then(|max| self.count(max));
        let outcome = match raw.outcome {
            Some(RawOutcome::Fail) => Outcome::Fail,
            Some(RawOutcome::Warn) => Outcome::Warn,
            Some(RawOutcome::Off) => Outcome::Off,
            None => {
                let help = Some("write `outcome = \"fail\"`, `\"warn\"` or `\"off\"`".to_owned());
                self.fail(at, "a condition needs an outcome", help);
                return None;
            }
        };
        if let Some(max) = raw.max.filter(|_| outcome != Outcome::Fail) {
            self.fail(max.span().start, "`max` goes with `outcome = \"fail\"` alone", None);
        }
        let everything = Selector { folder: self.folder.to_owned(), ..Selector::default() };
        if outcome != Outcome::Fail && selector == everything && self.errors.is_empty() {
            let help = Some("say which findings it is about: `rule`, `path`, `analysis`, `level`, …".to_owned());
            self.fail(at, "a condition about every finding would switch the gate off", help);
        }
        Some(Clause { selector, outcome, max, place: self.place(at) })
    }

    fn selector(&mut self, raw: &RawCondition) -> Selector {
        Selector {
            analyses: self.analyses(raw.analysis.as_ref()),
            rules: self.rule_patterns(raw.rule.as_ref()),
            paths: raw.path.as_ref().and_then(|paths| self.paths(paths)),
            level: raw.level.map(|level| match level {
                RawLevel::Note => Level::Note,
                RawLevel::Warning => Level::Warning,
                RawLevel::Error => Level::Error,
            }),
            confidence: raw.confidence.map(confidence),
            security_severity: raw
                .security_severity
                .as_ref()
                .and_then(|score| self.within(score, (0.1, 10.0), "a score goes from 0.1 to 10")),
            scored: raw.scored,
            kev: raw.kev,
            epss: raw.epss.as_ref().and_then(|share| self.within(share, (0.0, 1.0), "a probability goes from 0 to 1")),
            baseline: self.named(raw.baseline.as_ref(), &STATES.map(|state| (state.name(), state)), "state"),
            folder: self.folder.to_owned(),
        }
    }

    pub(super) fn limits(&mut self, raw: Vec<Spanned<RawLimit>>) -> Vec<MeasureLimit> {
        raw.into_iter().filter_map(|one| self.limit(one)).collect()
    }

    fn limit(&mut self, raw: Spanned<RawLimit>) -> Option<MeasureLimit> {
        let at = raw.span().start;
        let raw = raw.into_inner();
        let measure = self.measure(at, raw.measure);
        let paths = raw.path.as_ref().and_then(|paths| self.paths(paths));
        let count = raw.max.as_ref().and_then(|max| self.count(max));
        for value in [&raw.average, &raw.maximum, &raw.over].into_iter().flatten() {
            self.within(value, (0.0, f64::MAX), "a limit is not negative");
        }
        let (statistic, max) = match (&raw.average, &raw.maximum, &raw.over) {
            (Some(most), None, None) => (Statistic::Average, *most.as_ref()),
            (None, Some(most), None) => (Statistic::Maximum, *most.as_ref()),
            (None, None, Some(over)) => (Statistic::Over(*over.as_ref()), count.unwrap_or_default() as f64),
            _ => {
                self.fail(at, "a limit has exactly one of `average`, `maximum` and `over`", None);
                return None;
            }
        };
        if let Some(max) = raw.max.filter(|_| !matches!(statistic, Statistic::Over(_))) {
            self.fail(max.span().start, "`max` goes with `over` alone", None);
        }
        let outcome = if raw.outcome == Some(RawLimitOutcome::Warn) { Outcome::Warn } else { Outcome::Fail };
        let folder = self.folder.to_owned();
        Some(MeasureLimit { measure: measure?, statistic, max, paths, folder, outcome, place: self.place(at) })
    }

    fn measure(&mut self, at: usize, raw: Option<Spanned<String>>) -> Option<Measured> {
        let of_functions = Measure::ALL.into_iter().filter(|one| *one != Measure::Maintainability);
        let known: Vec<Measured> = of_functions.map(Measured::Function).chain([Measured::Duplication]).collect();
        let names: Vec<&str> = known.iter().map(|measure| measure.name()).collect();
        let Some(raw) = raw else {
            self.fail(at, "a limit needs a measure", Some(format!("possible are `{}`", names.join("`, `"))));
            return None;
        };
        let found = known.into_iter().find(|measure| measure.name() == raw.as_ref());
        if found.is_none() {
            let help = did_you_mean(raw.as_ref(), names.iter().copied())
                .or_else(|| Some(format!("possible are `{}`", names.join("`, `"))));
            self.fail(raw.span().start, format!("there is no limit on a measure `{}`", raw.as_ref()), help);
        }
        found
    }

    pub(super) fn analyses(&mut self, raw: Option<&Spanned<Texts>>) -> Vec<Analysis> {
        self.named(raw, &Analysis::ALL.map(|analysis| (analysis.name(), analysis)), "analysis")
    }

    /// What the names in `raw` stand for; empty where none is given.
    fn named<T: Copy>(&mut self, raw: Option<&Spanned<Texts>>, known: &[(&str, T)], kind: &str) -> Vec<T> {
        let Some(raw) = raw else { return Vec::new() };
        self.some(raw);
        let mut found = Vec::new();
        for name in &raw.as_ref().0 {
            match known.iter().find(|(known, _)| known == name) {
                Some((_, value)) => found.push(*value),
                None => {
                    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                    let help = did_you_mean(name, names.iter().copied())
                        .or_else(|| Some(format!("possible are `{}`", names.join("`, `"))));
                    self.fail(raw.span().start, format!("there is no {kind} `{name}`"), help);
                }
            }
        }
        found
    }

    /// Rules and groups, each of which there is.
    pub(super) fn rule_patterns(&mut self, raw: Option<&Spanned<Texts>>) -> Vec<RulePattern> {
        let Some(raw) = raw else { return Vec::new() };
        self.some(raw);
        raw.as_ref().0.iter().filter_map(|name| self.rule_pattern(name, raw.span().start)).collect()
    }

    pub(super) fn rule_pattern(&mut self, name: &str, at: usize) -> Option<RulePattern> {
        let rules = self.rules;
        if let Some(group) = name.strip_suffix("/*") {
            let is_known = rules.iter().any(|rule| rule.id.group() == group);
            if !is_known {
                let help = did_you_mean(group, rules.iter().map(|rule| rule.id.group()));
                self.fail(at, format!("there is no group of rules `{name}`"), help);
            }
            return is_known.then(|| RulePattern::Group(group.to_owned()));
        }
        let found = self.find_rule(name);
        if found.is_none() {
            self.no_such_rule(at, name);
        }
        found.map(|rule| RulePattern::Id(rule.id.as_str().to_owned()))
    }

    /// Globs, put below the folder of the file.
    pub(super) fn paths(&mut self, raw: &Spanned<Texts>) -> Option<Paths> {
        self.some(raw);
        let at = raw.span().start;
        let below = |glob: &String| {
            let glob = glob.trim_start_matches("./").trim_start_matches('/');
            if self.folder.is_empty() { glob.to_owned() } else { format!("{}/{glob}", globset::escape(self.folder)) }
        };
        match Paths::new(raw.as_ref().0.iter().map(below)) {
            Ok(paths) => Some(paths),
            Err(error) => {
                let glob = error.glob().unwrap_or_default().to_owned();
                self.fail(at, format!("`{glob}` is no glob: {}", error.kind()), None);
                None
            }
        }
    }

    fn some(&mut self, raw: &Spanned<Texts>) {
        if raw.as_ref().0.is_empty() {
            self.fail(raw.span().start, "an empty list would mean nothing; leave the key out to mean all", None);
        }
    }

    fn count(&mut self, raw: &Spanned<i64>) -> Option<usize> {
        let count = usize::try_from(*raw.as_ref()).ok();
        if count.is_none() {
            self.fail(raw.span().start, "`max` is a whole number from 0 on", None);
        }
        count
    }

    fn within(&mut self, raw: &Spanned<f64>, (least, most): (f64, f64), message: &str) -> Option<f64> {
        let value = *raw.as_ref();
        let is_within = (least..=most).contains(&value);
        if !is_within {
            self.fail(raw.span().start, message, None);
        }
        is_within.then_some(value)
    }
}
