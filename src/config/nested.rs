//! A `gate.toml` in a folder below the root's: it speaks of its folder. It may always tighten, and loosen only what the root allows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::conditions::{RawCondition, RawLimit};
use super::exceptions::RawException;
use super::raw::{RawConfidence, RawFailOn};
use super::texts::Texts;
use super::valid::{Checker, confidence};
use super::{ConfigError, File};
use crate::model::{Analysis, Confidence, Level, Outcome, Rule};
use crate::policy::{Clause, FolderThresholds, RulePattern, Selector, Settings};

/// Something that the root lets other files loosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    Rule(RulePattern),
    Analysis(Analysis),
    Exceptions,
}

/// The whole of such a file. Whatever holds for a run as a whole is the root's to say.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawNested {
    policy: RawNestedPolicy,
    exception: Vec<Spanned<RawException>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawNestedPolicy {
    fail_on: Option<Spanned<RawFailOn>>,
    min_confidence: Option<Spanned<RawConfidence>>,
    secrets: RawNestedAnalysis,
    code: RawNestedAnalysis,
    compliance: RawNestedAnalysis,
    dependencies: RawNestedAnalysis,
    pii: RawNestedAnalysis,
    condition: Vec<Spanned<RawCondition>>,
    limit: Vec<Spanned<RawLimit>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawNestedAnalysis {
    fail_on: Option<Spanned<RawFailOn>>,
}

/// Adds what `text` says about its folder to `settings`; `allowed` is what the root lets it loosen. Files of outer folders come first.
pub fn add_nested(
    file: File<'_>,
    text: &str,
    rules: &[Arc<Rule>],
    allowed: &[Allowed],
    settings: &mut Settings,
) -> Result<(), Vec<ConfigError>> {
    let raw: RawNested = toml::from_str(text).map_err(|error| vec![ConfigError::of_toml(file.path, text, &error)])?;
    let mut checker = Checker::new(file, text, rules);
    let loosening = Loosening { allowed, settings };
    let thresholds = checker.thresholds(&raw.policy, &loosening);
    let places: Vec<usize> = raw.policy.condition.iter().map(|condition| condition.span().start).collect();
    let clauses = checker.clauses(raw.policy.condition);
    for (at, clause) in places.into_iter().zip(&clauses) {
        checker.may_loosen(at, clause, &loosening);
    }
    let limits = checker.limits(raw.policy.limit);
    if let Some(first) = raw.exception.first()
        && !allowed.contains(&Allowed::Exceptions)
    {
        checker.loosens(first.span().start, "an exception", "exceptions");
    }
    let exceptions = checker.exceptions(raw.exception);
    checker.finish(())?;
    settings.folders.extend(thresholds);
    settings.clauses.extend(clauses);
    settings.limits.extend(limits);
    settings.exceptions.extend(exceptions);
    Ok(())
}

/// What may be loosened, of which policy.
struct Loosening<'a> {
    allowed: &'a [Allowed],
    settings: &'a Settings,
}

impl Loosening<'_> {
    fn analysis(&self, analysis: Analysis) -> bool {
        self.allowed.contains(&Allowed::Analysis(analysis))
    }

    fn pattern(&self, pattern: &RulePattern) -> bool {
        let group = match pattern {
            RulePattern::Group(group) => group.as_str(),
            RulePattern::Id(id) => id.split('/').next().unwrap_or_default(),
        };
        let is_named = |allowed: &Allowed| match allowed {
            Allowed::Rule(RulePattern::Group(named)) => named == group,
            Allowed::Rule(named) => named == pattern,
            Allowed::Analysis(analysis) => Analysis::of_group(group) == Some(*analysis),
            Allowed::Exceptions => false,
        };
        self.allowed.iter().any(is_named)
    }

    /// The first of `analyses` that may not be loosened, and for which these thresholds are looser than those of the folder so far.
    fn by(
        &self,
        analyses: impl IntoIterator<Item = Analysis>,
        folder: &str,
        level: Level,
        least: Confidence,
        is_looser: impl Fn((Level, Confidence), (Level, Confidence)) -> bool,
    ) -> Option<Analysis> {
        let new = self.settings.strictly(level, least);
        let file = format!("{folder}/file");
        let loosened = |analysis: &Analysis| is_looser(new, self.settings.thresholds(Some(*analysis), &file));
        analyses.into_iter().find(|analysis| !self.analysis(*analysis) && loosened(analysis))
    }

    /// Whether all that the condition may mean is allowed.
    fn clause(&self, clause: &Clause) -> bool {
        let (rules, analyses) = (&clause.selector.rules, &clause.selector.analyses);
        let by_rule = !rules.is_empty() && rules.iter().all(|pattern| self.pattern(pattern));
        let by_analysis = !analyses.is_empty() && analyses.iter().all(|analysis| self.analysis(*analysis));
        by_rule || by_analysis
    }
}

/// Whether `new` lets pass what `old` does not.
fn is_looser(new: Level, old: Level) -> bool {
    old != Level::None && (new == Level::None || new > old)
}

impl Checker<'_> {
    /// What the root says that other files may loosen.
    pub(super) fn allowed(&mut self, raw: Option<&Spanned<Texts>>) -> Vec<Allowed> {
        let Some(raw) = raw else { return Vec::new() };
        let mut allowed = Vec::new();
        for name in &raw.as_ref().0 {
            if name == "exceptions" {
                allowed.push(Allowed::Exceptions);
            } else if let Some(analysis) = Analysis::ALL.into_iter().find(|analysis| analysis.name() == name) {
                allowed.push(Allowed::Analysis(analysis));
            } else if let Some(pattern) = self.rule_pattern(name, raw.span().start) {
                allowed.push(Allowed::Rule(pattern));
            }
        }
        allowed
    }

    fn loosens(&mut self, at: usize, what: &str, key: &str) {
        let help = format!("the `gate.toml` of the root can allow it: `[policy] allow-override = [\"{key}\"]`");
        self.fail(at, format!("{what} here would loosen what the root demands"), Some(help));
    }

    fn thresholds(&mut self, raw: &RawNestedPolicy, loosening: &Loosening<'_>) -> Option<FolderThresholds> {
        if let Some(fail_on) = &raw.fail_on {
            self.may_set(fail_on, Analysis::ALL, loosening);
        }
        let min_confidence = raw.min_confidence.as_ref().map(|least| {
            let value = confidence(*least.as_ref());
            if let Some(analysis) =
                loosening.by(Analysis::ALL, self.folder, Level::None, value, |new, old| new.1 > old.1)
            {
                self.loosens(least.span().start, &format!("this confidence for {analysis}"), analysis.name());
            }
            value
        });
        let mut per_analysis = BTreeMap::new();
        for (analysis, own) in [
            (Analysis::Secrets, &raw.secrets),
            (Analysis::Code, &raw.code),
            (Analysis::Compliance, &raw.compliance),
            (Analysis::Dependencies, &raw.dependencies),
            (Analysis::Pii, &raw.pii),
        ] {
            if let Some(fail_on) = &own.fail_on {
                self.may_set(fail_on, [analysis], loosening);
                per_analysis.insert(analysis, fail_on.as_ref().level());
            }
        }
        let fail_on = raw.fail_on.as_ref().map(|fail_on| fail_on.as_ref().level());
        let says_something = fail_on.is_some() || min_confidence.is_some() || !per_analysis.is_empty();
        let folder = self.folder.to_owned();
        says_something.then_some(FolderThresholds { folder, fail_on, min_confidence, per_analysis })
    }

    /// Checks that a level does not let pass what fails without it.
    fn may_set(
        &mut self,
        raw: &Spanned<RawFailOn>,
        analyses: impl IntoIterator<Item = Analysis>,
        loosening: &Loosening<'_>,
    ) {
        let level = raw.as_ref().level();
        let least = Confidence::Low;
        if let Some(analysis) = loosening.by(analyses, self.folder, level, least, |new, old| is_looser(new.0, old.0)) {
            self.loosens(raw.span().start, &format!("this level for {analysis}"), analysis.name());
        }
    }

    /// A condition that can only make findings fail tightens; any other may loosen.
    fn may_loosen(&mut self, at: usize, clause: &Clause, allowed: &Loosening<'_>) {
        let tightens = clause.outcome == Outcome::Fail && clause.max.is_none();
        if !tightens && !allowed.clause(clause) {
            let Selector { rules, analyses, .. } = &clause.selector;
            let named = rules.iter().map(ToString::to_string).chain(analyses.iter().map(ToString::to_string));
            let named: Vec<String> = named.collect();
            if named.is_empty() {
                self.loosens(at, "a condition that names no rule", "RULE");
            } else {
                self.loosens(at, "this condition", &named.join("\", \""));
            }
        }
    }
}
