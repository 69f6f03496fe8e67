use std::fmt::Write;
use std::path::{Component, Path};

use anstyle::Style;

use super::args::{FindingConfidence, FindingLevel, FindingState, PolicyArgs, PolicyCommand, PolicyExplainArgs};
use super::explain::unknown;
use super::output::{Failure, emit_text, stdout_has_color};
use super::policy_files;
use super::project::Place;
use crate::config::PRESETS;
use crate::model::{BaselineState, Confidence, Level, Outcome, Rule, Target};
use crate::policy::{Clause, Decision, Exception, Facts, Settings, Validity};

pub fn run(args: &PolicyArgs) -> Result<u8, Failure> {
    match &args.command {
        PolicyCommand::Explain(args) => explain(args),
        PolicyCommand::Preset(args) => preset(args.name.as_deref()),
    }
}

fn preset(name: Option<&str>) -> Result<u8, Failure> {
    let Some(name) = name else {
        let list: Vec<String> = PRESETS
            .iter()
            .map(|preset| {
                let about = preset.text.lines().next().unwrap_or_default().trim_start_matches("# ");
                format!("{:8}  {about}\n", preset.name)
            })
            .collect();
        emit_text(None, &list.concat())?;
        return Ok(0);
    };
    let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        return Err(Failure::new(format!("there is no preset `{name}`\n  possible are `{}`", names.join("`, `"))));
    };
    emit_text(None, preset.text)?;
    Ok(0)
}

fn explain(args: &PolicyExplainArgs) -> Result<u8, Failure> {
    let place = Place::of(&[])?;
    let rules = place.rules(args.rules.as_deref())?;
    let Some(rule) = rules.resolve(&args.rule) else { return Err(unknown(&args.rule, &rules)) };
    let mut config = place.config(args.config.as_deref(), &rules)?;
    let path = below(&place, &args.file)?;
    let mut rule = Rule::clone(rule);
    if let Some(level) = config.rules.get(rule.id.as_str()).and_then(|settings| settings.level) {
        rule.level = level;
    }
    config.policy.exceptions.extend(policy_files::exceptions(&place, &rules)?);
    config.policy.today = Some(policy_files::today()?);
    let top = place.config_folder(args.config.as_deref());
    let policy = policy_files::nested(&place, top.as_deref(), &config, &rules, &[Target::at(&path)])?;
    let text = Page { facts: facts(args, &rule, &path), policy: &policy, all: args.verbose }.text();
    emit_text(None, &text)?;
    Ok(0)
}

/// The file as the scan names it; it need not be there.
fn below(place: &Place, file: &Path) -> Result<String, Failure> {
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let here = here.map_err(|error| Failure::new(format!("the working directory cannot be read: {error}")))?;
    let mut whole = here;
    for part in file.components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    let below = whole.strip_prefix(&place.root).map_err(|_| {
        Failure::new(format!("{} does not lie below the root {}", file.display(), place.root.display()))
    })?;
    Ok(below.to_string_lossy().replace('\\', "/"))
}

fn facts<'a>(args: &PolicyExplainArgs, rule: &'a Rule, path: &'a str) -> Facts<'a> {
    let own = rule.security_severity.map(|severity| severity.score());
    Facts {
        rule,
        path,
        level: args.level.map_or(rule.level, |level| match level {
            FindingLevel::Note => Level::Note,
            FindingLevel::Warning => Level::Warning,
            FindingLevel::Error => Level::Error,
        }),
        confidence: args.confidence.map_or(rule.confidence, |confidence| match confidence {
            FindingConfidence::Low => Confidence::Low,
            FindingConfidence::Medium => Confidence::Medium,
            FindingConfidence::High => Confidence::High,
        }),
        security_severity: args.security_severity.map_or(own, |score| score.0),
        kev: args.kev,
        epss: args.epss,
        baseline: Some(match args.baseline {
            FindingState::New => BaselineState::New,
            FindingState::Unchanged => BaselineState::Unchanged,
            FindingState::Updated => BaselineState::Updated,
        }),
    }
}

/// What is told of one finding.
struct Page<'a> {
    facts: Facts<'a>,
    policy: &'a Settings,
    /// Whether conditions that do not speak of it are told too.
    all: bool,
}

impl Page<'_> {
    fn text(&self) -> String {
        let bold = if stdout_has_color() { Style::new().bold() } else { Style::new() };
        let decision = self.policy.decide(&self.facts);
        let mut text = format!("{bold}{} in {}{bold:#}\n{}\n\n", self.facts.rule.id, self.facts.path, self.finding());
        // Writing to a text cannot fail.
        if self.facts.level == Level::None {
            let _ = writeln!(text, "the configuration switches the rule off: there is no such finding");
            return text;
        }
        for (index, clause) in self.policy.clauses.iter().enumerate() {
            self.clause(&mut text, index, clause, decision);
        }
        let (fail_on, least) = self.policy.thresholds(self.facts.rule.analysis(), self.facts.path);
        let thresholds = match fail_on {
            Level::None => "no level fails the gate".to_owned(),
            level => format!("{level} or above fails, of {least} confidence or above"),
        };
        let role = if decision.clause.is_none() { "decides" } else { "overruled" };
        let _ = writeln!(text, "  thresholds  {thresholds}: {role}");
        if decision.is_spared {
            let _ = writeln!(text, "  baseline  known before, so it does not fail (`known-findings = \"pass\"`)");
        }
        for exception in self.policy.exceptions.iter().filter(|one| one.speaks_of(self.facts.rule, self.facts.path)) {
            let _ = writeln!(text, "  {}  exception: {}", exception.place, self.exception(exception));
        }
        let _ = writeln!(text, "\n{bold}{}{bold:#}: {}", decision.outcome.name(), self.result(decision));
        text
    }

    /// What the finding is taken to be.
    fn finding(&self) -> String {
        let Facts { level, confidence, security_severity, kev, epss, baseline, .. } = &self.facts;
        let score = security_severity.map_or("no score".to_owned(), |score| format!("score {score}"));
        let mut parts = vec![format!("level {level}"), format!("{confidence} confidence"), score];
        parts.extend(kev.then(|| "known to be exploited".to_owned()));
        parts.extend(epss.map(|share| format!("EPSS {share}")));
        parts.extend(baseline.map(|state| state.name().to_owned()));
        parts.join(", ")
    }

    fn clause(&self, text: &mut String, index: usize, clause: &Clause, decision: Decision) {
        let outcome = match clause.max {
            Some(max) => format!("{}, beyond {max} such findings", clause.outcome.name()),
            None => clause.outcome.name().to_owned(),
        };
        let said = match clause.selector.misses(&self.facts) {
            None if decision.clause == Some(index) => "decides: the last that speaks of it".to_owned(),
            None => "speaks of it, overruled further down".to_owned(),
            Some(key) if self.all => format!("does not speak of it: {key}"),
            Some(_) => return,
        };
        let _ = writeln!(text, "  {}  {outcome}: {said}", clause.place);
    }

    fn exception(&self, exception: &Exception) -> String {
        let whom = format!("{} ({})", exception.expires, exception.owner);
        match exception.validity(self.policy.today, self.policy.expiry_warning_days) {
            Validity::Expired => format!("accepted such findings until {whom}"),
            _ if exception.is_partial() => format!("accepts those that it names until {whom}"),
            _ => format!("accepts such findings until {whom}"),
        }
    }

    fn result(&self, decision: Decision) -> String {
        let max = decision.clause.and_then(|index| self.policy.clauses.get(index)).and_then(|clause| clause.max);
        match (decision.outcome, max) {
            (Outcome::Fail, Some(max)) => format!("the gate fails where there are more than {max} such findings"),
            (Outcome::Fail, None) => "the gate fails, unless someone accepts it".to_owned(),
            (Outcome::Warn, _) => "it is told, and the gate passes".to_owned(),
            (Outcome::Off, _) => "it is in the reports for programs, and told to people only with -v".to_owned(),
        }
    }
}
