//! From what is written to what is used: every reference checked, every default filled in.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;

use globset::Glob;
use toml::{Spanned, Value};

use super::error::did_you_mean;
use super::preset::{self, PRESETS};
use super::raw::{RawBaseline, RawConfidence, RawConfig, RawExclude, RawIncomplete, RawKnown, RawPolicy, RawScan};
use super::{BaselineSettings, Config, ConfigError, Exclude, File, RuleSettings, ScanSettings};
use crate::model::{Analysis, Confidence, ConfigPlace, Level, LineIndex, OptionValue, RelPath, Rule};
use crate::policy::{Settings, with_contents};

const LEVELS: &[(&str, Level)] =
    &[("off", Level::None), ("note", Level::Note), ("warning", Level::Warning), ("error", Level::Error)];

/// Collects every fault before it gives up.
pub(super) struct Checker<'a> {
    path: &'a Path,
    shown: RelPath,
    /// Of the file, below the root.
    pub folder: &'a str,
    text: &'a str,
    pub rules: &'a [Arc<Rule>],
    pub errors: Vec<ConfigError>,
}

impl<'a> Checker<'a> {
    pub fn new(file: File<'a>, text: &'a str, rules: &'a [Arc<Rule>]) -> Checker<'a> {
        Checker { path: file.path, shown: file.shown, folder: file.folder, text, rules, errors: Vec::new() }
    }

    /// `value`, or all that is wrong, in the order of the file.
    pub fn finish<T>(mut self, value: T) -> Result<T, Vec<ConfigError>> {
        self.errors.sort_by_key(|error| (error.line, error.column));
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }

    pub fn config(mut self, raw: RawConfig) -> Result<Config, Vec<ConfigError>> {
        let scan = self.scan(raw.scan);
        let allow_override = self.allowed(raw.policy.allow_override.as_ref());
        let start = self.preset(raw.policy.preset.as_ref());
        let mut policy = self.policy(raw.policy, start);
        policy.exceptions = self.exceptions(raw.exception);
        let baseline = self.baseline(raw.baseline);
        let mut rules = BTreeMap::new();
        for (id, settings) in raw.rules {
            self.rule(&id, settings, &mut rules);
        }
        let (licenses, dependencies) = (raw.licenses, raw.dependencies);
        let pii = raw.pii.enabled.unwrap_or_default();
        self.finish(Config { scan, policy, allow_override, baseline, rules, licenses, dependencies, pii })
    }

    pub fn fail(&mut self, offset: usize, message: impl Into<String>, help: Option<String>) {
        self.errors.push(ConfigError::at(self.path, self.text, offset, message).help(help));
    }

    /// As reports name it.
    pub fn place(&self, offset: usize) -> ConfigPlace {
        ConfigPlace { file: self.shown.clone(), line: LineIndex::new(self.text).line_of(offset) }
    }

    pub fn find_rule(&self, id: &str) -> Option<&'a Rule> {
        let is_called =
            |rule: &&Arc<Rule>| rule.id.as_str() == id || rule.formerly.iter().any(|former| former.as_str() == id);
        self.rules.iter().find(is_called).map(|rule| &**rule)
    }

    pub fn no_such_rule(&mut self, offset: usize, id: &str) {
        let help = did_you_mean(id, self.rules.iter().map(|rule| rule.id.as_str()))
            .or_else(|| Some("`gate rules` lists all".to_owned()));
        self.fail(offset, format!("there is no rule `{id}`"), help);
    }

    fn preset(&mut self, name: Option<&Spanned<String>>) -> Settings {
        let Some(name) = name else { return Settings::default() };
        let Some(found) = PRESETS.iter().find(|preset| preset.name == name.as_ref()) else {
            let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            let help = did_you_mean(name.as_ref(), names.iter().copied())
                .or_else(|| Some(format!("possible are `{}`", names.join("`, `"))));
            self.fail(name.span().start, format!("there is no preset `{}`", name.as_ref()), help);
            return Settings::default();
        };
        preset::settings(found, self.rules).unwrap_or_else(|errors| {
            self.errors.extend(errors);
            Settings::default()
        })
    }

    /// What is written, on top of `settings`.
    pub fn policy(&mut self, raw: RawPolicy, mut settings: Settings) -> Settings {
        if let Some(fail_on) = raw.fail_on {
            settings.fail_on = fail_on.level();
        }
        if let Some(least) = raw.min_confidence {
            settings.min_confidence = confidence(least);
        }
        if let Some(incomplete) = raw.incomplete {
            settings.incomplete_fails = incomplete == RawIncomplete::Fail;
        }
        settings.strict = raw.strict.unwrap_or(settings.strict);
        settings.foreign_markers = raw.foreign_markers.unwrap_or(settings.foreign_markers);
        if let Some(known) = raw.known_findings {
            settings.judge_known = known == RawKnown::Judge;
        }
        if let Some(days) = raw.expiry_warning_days {
            match u32::try_from(*days.as_ref()) {
                Ok(days @ 0..=366) => settings.expiry_warning_days = days,
                _ => self.fail(days.span().start, "`expiry-warning-days` goes from 0 to 366", None),
            }
        }
        for (analysis, own) in [
            (Analysis::Secrets, &raw.secrets),
            (Analysis::Code, &raw.code),
            (Analysis::Compliance, &raw.compliance),
            (Analysis::Dependencies, &raw.dependencies),
            (Analysis::Pii, &raw.pii),
        ] {
            if let Some(fail_on) = own.fail_on {
                settings.per_analysis.insert(analysis, fail_on.level());
            }
        }
        settings.clauses.extend(self.clauses(raw.condition));
        settings.limits.extend(self.limits(raw.limit));
        settings
    }

    fn baseline(&mut self, raw: RawBaseline) -> BaselineSettings {
        let mut settings = BaselineSettings::default();
        settings.enabled = raw.enabled.unwrap_or(settings.enabled);
        if let Some(file) = raw.file {
            let is_below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
            if file.as_ref().is_empty() || !Path::new(file.as_ref()).components().all(is_below) {
                self.fail(file.span().start, "the baseline is a file below the root", None);
            }
            settings.file = file.into_inner();
        }
        settings
    }

    fn scan(&mut self, raw: RawScan) -> ScanSettings {
        let exclude = raw.exclude.into_iter().filter_map(|exclude| self.exclude(exclude)).collect();
        let mut scan = ScanSettings { exclude, ..ScanSettings::default() };
        if let Some(size) = raw.max_file_size {
            if size.as_ref().0 == 0 {
                self.fail(size.span().start, "with a size limit of 0 nothing would be scanned", None);
            }
            scan.max_file_size = size.as_ref().0;
        }
        if let Some(timeout) = raw.parse_timeout_ms {
            match u64::try_from(*timeout.as_ref()) {
                Ok(milliseconds @ 1..=600_000) => scan.parse_timeout = Duration::from_millis(milliseconds),
                _ => self.fail(timeout.span().start, "the time limit goes from 1 to 600000 milliseconds", None),
            }
        }
        if let Some(least) = raw.min_confidence {
            scan.min_confidence = confidence(least);
        }
        scan.archives = raw.archives.unwrap_or_default();
        scan
    }

    fn exclude(&mut self, raw: Spanned<RawExclude>) -> Option<Exclude> {
        let at = raw.span().start;
        let raw = raw.into_inner();
        if raw.paths.is_empty() {
            self.fail(at, "an exclude without `paths` excludes nothing", None);
        }
        for path in &raw.paths {
            let start = path.span().start;
            match Glob::new(path.as_ref()) {
                Err(error) => self.fail(start, format!("`{}` is no glob: {}", path.as_ref(), error.kind()), None),
                Ok(_) if path.as_ref().trim_matches(['/', '*', '.']).is_empty() => {
                    self.fail(start, format!("`{}` would exclude everything", path.as_ref()), None);
                }
                Ok(_) => {}
            }
        }
        match raw.reason {
            Some(reason) if !reason.as_ref().trim().is_empty() => {
                let paths = raw.paths.into_iter().flat_map(|path| with_contents(path.as_ref())).collect();
                Some(Exclude { paths, reason: reason.into_inner() })
            }
            given => {
                let help = Some("write `reason = \"…\"`: those who come after will want to know".to_owned());
                self.fail(given.map_or(at, |reason| reason.span().start), "an exclude needs a reason", help);
                None
            }
        }
    }

    fn rule(
        &mut self,
        id: &Spanned<String>,
        settings: BTreeMap<Spanned<String>, Spanned<Value>>,
        valid: &mut BTreeMap<String, RuleSettings>,
    ) {
        let Some(rule) = self.find_rule(id.as_ref()) else {
            return self.no_such_rule(id.span().start, id.as_ref());
        };
        let mut checked = RuleSettings::default();
        for (name, value) in settings {
            if name.as_ref() == "level" {
                checked.level = self.level(&value);
            } else if let Some(value) = self.option(rule, &name, &value) {
                checked.options.insert(name.into_inner(), value);
            }
        }
        if valid.insert(rule.id.as_str().to_owned(), checked).is_some() {
            self.fail(id.span().start, format!("`{}` is set twice, here by its former name", rule.id), None);
        }
    }

    fn level(&mut self, value: &Spanned<Value>) -> Option<Level> {
        let text = value.as_ref().as_str().unwrap_or_default();
        let found = LEVELS.iter().find(|(name, _)| *name == text).map(|(_, level)| *level);
        if found.is_none() {
            let help = did_you_mean(text, LEVELS.iter().map(|(name, _)| *name))
                .or_else(|| Some("possible are `off`, `note`, `warning`, `error`".to_owned()));
            self.fail(value.span().start, format!("impossible level {}", value.as_ref()), help);
        }
        found
    }

    fn option(&mut self, rule: &Rule, name: &Spanned<String>, value: &Spanned<Value>) -> Option<OptionValue> {
        let Some(default) = rule.options.get(name.as_ref()) else {
            let known: Vec<&str> = rule.options.keys().map(String::as_str).chain(["level"]).collect();
            let list = || Some(format!("it has {}", known.join(", ")));
            let help = did_you_mean(name.as_ref(), known.iter().copied()).or_else(list);
            let message = format!("the rule `{}` has no option `{}`", rule.id, name.as_ref());
            self.fail(name.span().start, message, help);
            return None;
        };
        let checked = match (default, value.as_ref()) {
            (OptionValue::Integer(_), Value::Integer(number)) if *number >= 0 => Some(OptionValue::Integer(*number)),
            (OptionValue::Bool(_), Value::Boolean(flag)) => Some(OptionValue::Bool(*flag)),
            (OptionValue::Text(_), Value::String(text)) => Some(OptionValue::Text(text.clone())),
            (OptionValue::List(_), Value::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
                texts.map(OptionValue::List)
            }
            _ => None,
        };
        if checked.is_none() {
            let wanted = match default {
                OptionValue::Integer(number) => format!("a whole number from 0 on, such as {number}"),
                OptionValue::Bool(_) => "true or false".to_owned(),
                OptionValue::Text(text) => format!("a text, such as \"{text}\""),
                OptionValue::List(_) => "a list of texts".to_owned(),
            };
            self.fail(value.span().start, format!("`{}` is {wanted}", name.as_ref()), None);
        }
        checked
    }
}

pub(super) fn confidence(raw: RawConfidence) -> Confidence {
    match raw {
        RawConfidence::Low => Confidence::Low,
        RawConfidence::Medium => Confidence::Medium,
        RawConfidence::High => Confidence::High,
    }
}
