//! Environment hygiene: secrets that are committed in `.env` files, shown in examples, or stand in code as defaults.

mod defaults;
mod dotenv;
mod names;

use std::sync::Arc;

use self::dotenv::{Assignment, Kind};
use self::names::{is_placeholder, is_value, looks_random, password, secret_kind};
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{Analysis, Confidence, Level, Rule, SourceFile, Target, TargetRole};

pub struct Environment {
    default_secret: Option<Arc<Rule>>,
    committed: Option<Arc<Rule>>,
    example: Option<Arc<Rule>>,
}

impl Environment {
    pub fn new(context: &Context<'_>) -> Environment {
        let rule = |id: &str| context.rules.get(id).cloned();
        Environment {
            default_secret: rule("env/default-secret"),
            committed: rule("env/committed-env"),
            example: rule("env/example-value"),
        }
    }

    fn defaults(&self, file: &File<'_>, sink: &mut Sink) {
        let Some(rule) = &self.default_secret else { return };
        let found = match file.syntax {
            Some(syntax) => defaults::in_code(syntax),
            None if is_shell(&file.source.target) => defaults::in_shell(&file.source.text),
            None => return,
        };
        let in_shell = file.syntax.is_none();
        for default in found {
            let Some(kind) = secret_kind(&default.name).filter(|_| is_value(&default.value)) else { continue };
            let is_dummy = is_placeholder(&default.value);
            // A dummy key for someone else's service opens nothing.
            if kind == names::Kind::Credential && (is_dummy || !looks_random(&default.value)) {
                continue;
            }
            let hit = Hit::new(rule, default.span.clone()).with("name", &default.name).secret(default.span);
            // What starts a development stack on one's own machine is a weaker sign than the program's own code.
            let is_weak = in_shell || file.source.target.role == TargetRole::Script;
            let level = if is_weak { hit.level.min(Level::Warning) } else { hit.level };
            let most = if is_weak { Confidence::Medium } else { Confidence::High };
            sink.report(hit.level(level).at_most(most));
        }
    }

    fn committed(&self, source: &SourceFile, kind: Kind, sink: &mut Sink) {
        let Some(rule) = &self.committed else { return };
        let assignments = dotenv::assignments(&source.text);
        let has_value = |one: &&Assignment<'_>| is_value(one.value) || password(one.value).is_some();
        let with_value: Vec<&Assignment<'_>> = assignments.iter().filter(has_value).collect();
        let secrets =
            || with_value.iter().filter(|one| secret_kind(one.name).is_some() || password(one.value).is_some());
        let is_dummy = |one: &Assignment<'_>| is_placeholder(password(one.value).unwrap_or(one.value));
        let secret = secrets().find(|one| !is_dummy(one)).or_else(|| secrets().next());
        let (state, sure) = match source.target.tracked {
            Some(true) => ("is committed", Confidence::High),
            Some(false) => ("is not ignored by git, so the next `git add` commits it", Confidence::High),
            None => ("would be committed with the folder", Confidence::Medium),
        };
        let Some(one) = secret.or_else(|| with_value.first().filter(|_| source.target.tracked == Some(true))) else {
            return;
        };
        let what = if secret.is_some() { format!("a value for {}", one.name) } else { "values".to_owned() };
        let hit = Hit::new(rule, one.span.clone()).with("state", state).with("what", what).at_most(sure);
        let level = match (source.target.tracked, secret, kind) {
            (_, None, _) | (_, _, Kind::Test) | (Some(false), ..) => hit.level.min(Level::Note),
            (None, ..) => hit.level.min(Level::Warning),
            (Some(true), Some(one), _) if is_dummy(one) => hit.level.min(Level::Warning),
            (Some(true), ..) => hit.level,
        };
        let hit = if secret.is_some() { hit.secret(one.span.clone()) } else { hit };
        sink.report(hit.level(level).identity(one.name));
    }

    fn example(&self, source: &SourceFile, sink: &mut Sink) {
        let Some(rule) = &self.example else { return };
        for one in dotenv::assignments(&source.text) {
            if secret_kind(one.name).is_some() && is_value(one.value) && looks_random(one.value) {
                sink.report(Hit::new(rule, one.span.clone()).with("name", one.name).secret(one.span));
            }
        }
    }
}

impl Analyzer for Environment {
    fn name(&self) -> &'static str {
        "environment"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, target: &Target) -> bool {
        let has_rules = self.default_secret.is_some() || self.committed.is_some() || self.example.is_some();
        has_rules
            && matches!(target.role, TargetRole::Source | TargetRole::Script)
            && (target.language.is_some() || is_shell(target) || dotenv::kind(target.path.file_name()).is_some())
    }

    fn needs_syntax(&self) -> bool {
        self.default_secret.is_some()
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        match dotenv::kind(file.source.target.path.file_name()) {
            Some(Kind::Example) => self.example(file.source, sink),
            Some(kind) => self.committed(file.source, kind, sink),
            None => self.defaults(file, sink),
        }
    }
}

/// Shell scripts, and compose files, which have the shell's defaults.
fn is_shell(target: &Target) -> bool {
    let name = target.path.file_name().to_ascii_lowercase();
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    matches!(target.path.extension(), Some("sh" | "bash"))
        || (is_yaml && (name.starts_with("docker-compose") || name.starts_with("compose") || name.contains("stack")))
}
