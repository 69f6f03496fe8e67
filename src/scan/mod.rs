//! The whole pipeline on one page: walk, then read, parse and analyse each file once, in parallel, then judge the project,
//! sort, mark and decide. Workers return values; nothing is printed here.

mod clones;
mod compare;
mod found;
mod gathered;
mod history;
mod looked;
mod pool;
mod project;
mod search;
mod worker;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use globset::{Glob, GlobSet, GlobSetBuilder};
use tracing::trace_span;

pub use self::found::Found;
use self::gathered::{Gathered, settle};
pub use self::history::History;
use self::pool::in_parallel;
use self::worker::Scanner;
use crate::advisory::AdvisorySource;
use crate::analyze::{Context, Hit, PROJECT_ANALYZERS, SecretMask, finish_rootless};
use crate::config::{Config, RuleSettings, ScanSettings};
use crate::model::{
    Analysis, BaselineState, Coverage, Encoding, Finding, Level, Notification, NotificationKind, RelPath, Run,
    SourceFile, Target,
};
use crate::policy::{self, Baseline};
use crate::rulebook::RuleSet;
use crate::source::{Changed, Given};
use crate::syntax::Parser;

/// What is looked at with all analyses.
pub enum Input {
    /// Files and folders of the disk; all below the root.
    Paths(Vec<PathBuf>),
    /// What is staged, or what a range of revisions changes.
    Changed(Box<Changed>),
    /// One text, as if it were the file at `path`.
    Text { path: RelPath, text: Given },
    /// No file: a bare repository has only its history.
    Nothing,
}

/// What to scan, and how.
pub struct Request<'a> {
    pub input: Input,
    /// What else of a repository to search for secrets.
    pub history: Option<History>,
    /// What reported paths are relative to.
    pub root: PathBuf,
    pub config: Config,
    /// Embedded and user rules, before the configuration is applied.
    pub rules: RuleSet,
    pub analyses: BTreeSet<Analysis>,
    /// What was known before; every finding is then compared with it.
    pub baseline: Option<Baseline>,
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
    /// There are so many of `what` to do.
    fn start(&self, count: u64, what: &'static str);
    /// So many more are done.
    fn advance(&self, count: u64);
}

/// For when nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _count: u64, _what: &'static str) {}
    fn advance(&self, _count: u64) {}
}

/// Scans; every failure is a notification of the run.
pub fn scan(request: &Request<'_>, progress: &dyn Progress) -> Run {
    scan_found(request, Found::of(request), &request.config.policy, progress)
}

/// Scans the files that were found for the request, and judges by a policy that may know more about their folders.
pub fn scan_found(request: &Request<'_>, found: Found<'_>, policy: &policy::Settings, progress: &dyn Progress) -> Run {
    let rules = effective_rules(request);
    let context = context(request, &rules);
    progress.start(found.targets.len() as u64, "files");
    let project: Vec<_> = PROJECT_ANALYZERS.iter().map(|make| make(&context)).collect();
    let project: Vec<_> = project.into_iter().filter(|one| request.analyses.contains(&one.analysis())).collect();
    let mut scanner = Scanner::new(request, &request.analyses, &context, &project);
    scanner.wants_functions |= !policy.limits.is_empty();
    scanner.keeps_unshown |= !policy.exceptions.is_empty();
    let outcomes = in_parallel(request.threads, &found.targets, |parser, target| {
        let outcome = scanner.safely(parser, target, found.contents);
        progress.advance(1);
        outcome
    });
    let mut gathered = Gathered { notifications: found.notifications, ..Gathered::default() };
    gathered.coverage.excluded = found.excluded;
    outcomes.into_iter().for_each(|outcome| gathered.add(outcome));
    match &request.input {
        Input::Changed(changed) => {
            scanner.moved(changed, &mut gathered);
            scanner.changed_project(changed, &mut gathered);
            scanner.changed_clones(changed, found.contents, &mut gathered);
            gathered.told.extend(policy_changes(&rules, changed));
        }
        _ => {
            scanner.project(&found.targets, found.contents, true, &mut gathered);
            scanner.clones(&found.targets, found.contents, &mut gathered);
        }
    }
    if let Some(history) = &request.history {
        trace_span!("history").in_scope(|| history::search(request, &context, history, progress, &mut gathered));
    }
    gathered.notifications.extend(no_input(request, &gathered.coverage));
    trace_span!("judge").in_scope(|| gathered.into_run(request, policy, &rules, &found.targets))
}

/// The findings of one text, as if it were the file `path` and the whole project; for fixtures.
pub fn scan_text(request: &Request<'_>, path: &str, text: &str) -> (Vec<Finding>, Vec<Notification>) {
    let rules = effective_rules(request);
    let context = context(request, &rules);
    let project: Vec<_> = PROJECT_ANALYZERS.iter().map(|make| make(&context)).collect();
    let project: Vec<_> = project.into_iter().filter(|one| request.analyses.contains(&one.analysis())).collect();
    let scanner = Scanner::new(request, &request.analyses, &context, &project);
    let file = SourceFile::new(Target::at(path), text.to_owned(), Encoding::Utf8);
    let mut gathered = Gathered::default();
    let mut outcome = scanner.text(&mut Parser::default(), &file);
    scanner.clones_within(&file, &mut outcome);
    gathered.add(outcome);
    let target = file.target.clone();
    gathered.kept = Some(file).filter(|_| project.iter().any(|one| one.wants(&target))).into_iter().collect();
    scanner.project(&[target], &Given(text.as_bytes().to_vec()), false, &mut gathered);
    settle(&mut gathered.notifications);
    (gathered.findings, gathered.notifications)
}

fn context<'a>(request: &'a Request<'_>, rules: &'a RuleSet) -> Context<'a> {
    Context {
        rules,
        licenses: &request.config.licenses,
        dependencies: &request.config.dependencies,
        mask: Arc::new(SecretMask::new(&request.rules)),
        advisories: request.advisories.clone(),
    }
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

/// The files that `changed` touches and that decide what it is judged by.
fn policy_changes(rules: &RuleSet, changed: &Changed) -> Vec<Finding> {
    let Some(rule) = rules.with_builtin("policy-changed").next().filter(|_| changed.compares()) else {
        return Vec::new();
    };
    let told = |path: &RelPath| {
        let hit = Hit::new(rule, 0..0).with("file", path.as_str()).identity(path.as_str());
        Finding { baseline: Some(BaselineState::New), ..finish_rootless(hit, path.clone()) }
    };
    changed.policy.iter().map(told).collect()
}

/// What the configuration leaves out. It was checked when it was read; a glob that fails here excludes nothing.
pub fn exclusions(settings: &ScanSettings) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in settings.exclude.iter().flat_map(|exclude| &exclude.paths).filter_map(|path| Glob::new(path).ok()) {
        builder.add(glob);
    }
    builder.build().unwrap_or_default()
}

/// What to say where nothing was there to be scanned.
fn no_input(request: &Request<'_>, coverage: &Coverage) -> Option<Notification> {
    if coverage.files + coverage.objects > 0 {
        return None;
    }
    let (kind, message) = match &request.input {
        // A commit may do nothing but remove files.
        Input::Changed(_) => (NotificationKind::Note, "the change brings in no file with a new content".to_owned()),
        Input::Text { path, .. } => (NotificationKind::NoInput, format!("{path}, from standard input, is no text")),
        Input::Nothing => (NotificationKind::NoInput, "the repository holds no object to search".to_owned()),
        Input::Paths(paths) => {
            let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let message = format!(
                "no file was scanned in {} ({} excluded by the configuration); check the path, .gitignore and `exclude`",
                paths.join(", "),
                coverage.excluded
            );
            (NotificationKind::NoInput, message)
        }
    };
    Some(Notification { kind, path: None, line: None, analysis: None, message })
}
