//! Packages that a lockfile pins, held against an advisory database. Every package that could not be judged is said to
//! be so: by a malformed or unread lockfile, a source that no advisory speaks of, a missing or an old database.

mod coverage;
mod finding;

use super::{Context, ProjectAnalyzer, ProjectSink, Tree};
use crate::advisory::AdvisorySource;
use crate::lockfile::{self, Files};
use crate::model::{Analysis, Inventory, Notification, NotificationKind, Package, SourceFile, Target};

pub struct Dependencies<'a> {
    context: &'a Context<'a>,
}

impl<'a> Dependencies<'a> {
    pub fn new(context: &'a Context<'a>) -> Dependencies<'a> {
        Dependencies { context }
    }
}

impl ProjectAnalyzer for Dependencies<'_> {
    fn name(&self) -> &'static str {
        "dependencies"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Dependencies
    }

    /// The lockfile of a vendored package says nothing about what is built here.
    fn wants(&self, target: &Target) -> bool {
        lockfile::is_needed(target)
    }

    fn analyze(&self, tree: &Tree<'_>, sink: &mut ProjectSink) {
        let Tree { files, targets, .. } = *tree;
        for target in targets.iter().filter(|target| lockfile::is_lockfile(target)) {
            if !files.iter().any(|file| file.target.path == target.path) {
                sink.notify(about(target, "the lockfile was not read, so none of its packages was checked".to_owned()));
            }
        }
        coverage::unsupported(targets, sink);
        let others = Files::new(files.iter().copied());
        let mut inventories = Vec::new();
        for file in files {
            inventories.extend(parse(file, &others, sink).map(|inventory| (*file, inventory)));
        }
        let read: Vec<&Inventory> = inventories.iter().map(|(_, inventory)| inventory).collect();
        coverage::unpinned(&inventories, sink);
        match &self.context.advisories {
            Err(why) => coverage::without_database(&read, why, sink),
            Ok(source) => {
                coverage::unaudited(&read, *source, sink);
                self.judge(&inventories, *source, sink);
            }
        }
        sink.inventories.extend(inventories.into_iter().map(|(_, inventory)| inventory));
    }
}

impl Dependencies<'_> {
    fn judge(&self, inventories: &[(&SourceFile, Inventory)], source: &dyn AdvisorySource, sink: &mut ProjectSink) {
        let packages: Vec<&Package> = inventories.iter().flat_map(|(_, inventory)| &inventory.packages).collect();
        if packages.is_empty() {
            return;
        }
        source.prepare(&packages);
        for (file, inventory) in inventories {
            coverage::uncovered(inventory, source, sink);
            finding::report(self.context.rules, inventory, source, &file.target.path, sink);
        }
        for problem in source.problems() {
            let message = format!("left out of the advisory database: {problem}");
            sink.notify(Notification {
                analysis: Some(Analysis::Dependencies),
                ..plain(NotificationKind::Unsupported, message)
            });
        }
        for failure in source.failures() {
            sink.notify(not_run(failure));
        }
        let inventories: Vec<&Inventory> = inventories.iter().map(|(_, inventory)| inventory).collect();
        coverage::age(&inventories, source, self.context.dependencies.max_age_days, sink);
    }
}

fn parse(file: &SourceFile, others: &Files<'_>, sink: &mut ProjectSink) -> Option<Inventory> {
    match lockfile::parse(file, others)? {
        Ok(inventory) => Some(inventory),
        Err(error) => {
            sink.notify(Notification {
                path: Some(file.target.path.clone()),
                line: Some(file.lines().line_of(error.offset)),
                analysis: Some(Analysis::Dependencies),
                ..plain(NotificationKind::Malformed, format!("none of its packages was checked: {error}"))
            });
            None
        }
    }
}

fn plain(kind: NotificationKind, message: String) -> Notification {
    Notification { kind, path: None, line: None, analysis: None, message }
}

fn not_run(message: String) -> Notification {
    Notification { analysis: Some(Analysis::Dependencies), ..plain(NotificationKind::AnalysisNotRun, message) }
}

fn about(target: &Target, message: String) -> Notification {
    Notification { path: Some(target.path.clone()), ..not_run(message) }
}

/// `[dependencies]` of `gate.toml`.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// How many days the newest advisory of the database may be old. With an older one the analysis still runs, and
    /// the verdict is incomplete. Without this key a database older than 180 days is only noted.
    pub max_age_days: Option<u32>,
}
