//! The whole pipeline on one page: walk, then read, parse and analyse each file once, in parallel, then judge the project,
//! sort, mark and decide. Workers return values; nothing is printed here.

mod gathered;
mod pool;
mod project;
mod worker;

use std::collections::BTreeSet;
use std::path::PathBuf;

use globset::{Glob, GlobSet, GlobSetBuilder};

use self::gathered::Gathered;
use self::pool::in_parallel;
use self::worker::Scanner;
use crate::advisory::AdvisorySource;
use crate::analyze::{Context, PROJECT_ANALYZERS};
use crate::config::{Config, RuleSettings, ScanSettings};
use crate::model::{Analysis, Encoding, Finding, Level, Notification, NotificationKind, Run, SourceFile, Target};
use crate::rulebook::RuleSet;
use crate::source::walk;
use crate::syntax::Parser;

/// What to scan, and how.
pub struct Request<'a> {
    /// Files and folders; all below `root`.
    pub paths: Vec<PathBuf>,
    /// What reported paths are relative to.
    pub root: PathBuf,
    pub config: Config,
    /// Embedded and user rules, before the configuration is applied.
    pub rules: RuleSet,
    pub analyses: BTreeSet<Analysis>,
    /// The advisory database, or why there is none and what to do about it.
    pub advisories: Result<&'a dyn AdvisorySource, String>,
    /// `None` for one thread a core.
    pub threads: Option<usize>,
    /// Whether a report wants GitHub's line hashes.
    pub line_hashes: bool,
    /// Whether [`Run::functions`] is wanted.
    pub functions: bool,
}

/// Told how far the work has come, from any thread.
pub trait Progress: Sync {
    /// The number of files is known.
    fn start(&self, files: u64);
    /// `files` more are done.
    fn advance(&self, files: u64);
}

/// For when nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _files: u64) {}
    fn advance(&self, _files: u64) {}
}

/// Scans; every failure is a notification of the run.
pub fn scan(request: &Request<'_>, progress: &dyn Progress) -> Run {
    let rules = effective_rules(request);
    let context = Context {
        rules: &rules,
        licenses: &request.config.licenses,
        dependencies: &request.config.dependencies,
        advisories: request.advisories.clone(),
    };
    let walked = walk(&request.root, &request.paths, &exclusions(&request.config.scan));
    progress.start(walked.targets.len() as u64);
    let project: Vec<_> = PROJECT_ANALYZERS.iter().map(|make| make(&context)).collect();
    let project: Vec<_> = project.into_iter().filter(|one| request.analyses.contains(&one.analysis())).collect();
    let scanner = Scanner::new(request, &context, &project);
    let outcomes = in_parallel(request.threads, &walked.targets, |parser, target| {
        let outcome = scanner.safely(parser, target);
        progress.advance(1);
        outcome
    });
    let mut gathered = Gathered { notifications: walked.notifications, ..Gathered::default() };
    gathered.coverage.excluded = walked.excluded;
    outcomes.into_iter().for_each(|outcome| gathered.add(outcome));
    scanner.project(&project, &walked.targets, &mut gathered);
    if gathered.coverage.files == 0 {
        gathered.notifications.push(no_input(request, gathered.coverage.excluded));
    }
    gathered.into_run(request, &rules)
}

/// The findings of one text, as if it were the file `path`; for fixtures.
pub fn scan_text(request: &Request<'_>, path: &str, text: &str) -> (Vec<Finding>, Vec<Notification>) {
    let rules = effective_rules(request);
    let context = Context {
        rules: &rules,
        licenses: &request.config.licenses,
        dependencies: &request.config.dependencies,
        advisories: request.advisories.clone(),
    };
    let scanner = Scanner::new(request, &context, &[]);
    let file = SourceFile::new(Target::at(path), text.to_owned(), Encoding::Utf8);
    let outcome = scanner.text(&mut Parser::default(), &file);
    (outcome.findings, outcome.notifications)
}

/// The rules of the run: of the selected analyses, as the configuration adjusts them, without those that are off.
fn effective_rules(request: &Request<'_>) -> RuleSet {
    let mut rules = request.rules.clone();
    for (id, RuleSettings { level, options }) in &request.config.rules {
        if let Some(rule) = rules.resolve(id).map(|rule| rule.id.clone()) {
            rules.adjust(rule.as_str(), *level, options);
        }
    }
    rules.retain(|rule| {
        rule.level > Level::None && rule.analysis().is_none_or(|analysis| request.analyses.contains(&analysis))
    });
    rules
}

/// What the configuration leaves out. It was checked when it was read; a glob that fails here excludes nothing.
pub fn exclusions(settings: &ScanSettings) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in settings.exclude.iter().flat_map(|exclude| &exclude.paths).filter_map(|path| Glob::new(path).ok()) {
        builder.add(glob);
    }
    builder.build().unwrap_or_default()
}

fn no_input(request: &Request<'_>, excluded: u64) -> Notification {
    let paths: Vec<String> = request.paths.iter().map(|path| path.display().to_string()).collect();
    let message = format!(
        "no file was scanned in {} ({excluded} excluded by the configuration); check the path, .gitignore and `exclude`",
        paths.join(", ")
    );
    Notification { kind: NotificationKind::NoInput, path: None, line: None, analysis: None, message }
}
