//! Environment hygiene: secrets that are committed in `.env` files or shown in examples, what deployments set, and variables
//! that code and example file do not agree on. Defaults that stand in code are found with the other secrets.

mod credential;
mod deployment;
mod dockerfile;
mod dotenv;
mod names;
mod production;
mod reads;
mod services;
mod setting;
mod variables;

use std::sync::Arc;

use self::deployment::Deployment;
use self::dotenv::{Assignment, Kind};
use self::names::{is_placeholder, is_secret, is_value, looks_random, password};
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{Analysis, Confidence, Level, Rule, SourceFile, Target, TargetRole};

pub use self::variables::Variables;

pub struct Environment {
    committed: Option<Arc<Rule>>,
    example: Option<Arc<Rule>>,
    deployment: Deployment,
}

impl Environment {
    pub fn new(context: &Context<'_>) -> Environment {
        let rule = |id: &str| context.rules.get(id).cloned();
        Environment {
            committed: rule("env/committed-env"),
            example: rule("env/example-value"),
            deployment: Deployment::new(context),
        }
    }

    fn committed(&self, source: &SourceFile, kind: Kind, sink: &mut Sink) {
        let Some(rule) = &self.committed else { return };
        let assignments = dotenv::assignments(&source.text);
        let has_value = |one: &&Assignment<'_>| is_value(one.value) || password(one.value).is_some();
        let with_value: Vec<&Assignment<'_>> = assignments.iter().filter(has_value).collect();
        let secrets = || with_value.iter().filter(|one| is_secret(one.name) || password(one.value).is_some());
        let is_dummy = |one: &Assignment<'_>| is_placeholder(password(one.value).unwrap_or(one.value));
        let secret = secrets().find(|one| !is_dummy(one)).or_else(|| secrets().next());
        let (state, sure) = match source.target.tracked {
            Some(true) => ("is committed", Confidence::High),
            Some(false) => ("is not ignored by git, so the next `git add` commits it", Confidence::High),
            None => ("would be committed with the folder", Confidence::Medium),
        };
        // A file for direnv is a script, which is committed on purpose; a secret in it is not.
        let is_told = source.target.tracked == Some(true) && kind != Kind::Shell;
        let Some(one) = secret.or_else(|| with_value.first().filter(|_| is_told)) else {
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
            let in_url = password(one.value).filter(|password| looks_random(password));
            if (is_secret(one.name) && is_value(one.value) && looks_random(one.value)) || in_url.is_some() {
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
        let has_rules = self.committed.is_some() || self.example.is_some();
        matches!(target.role, TargetRole::Source | TargetRole::Script)
            && (has_rules && dotenv::kind(target.path.file_name()).is_some() || self.deployment.wants(target))
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        match dotenv::kind(file.source.target.path.file_name()) {
            Some(Kind::Example) => self.example(file.source, sink),
            Some(kind) => self.committed(file.source, kind, sink),
            None => {}
        }
        if self.deployment.wants(&file.source.target) {
            self.deployment.judge(file.source, sink);
        }
    }
}
