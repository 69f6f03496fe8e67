//! The whole pipeline on one page: walk, then read, parse and analyse each file once, in parallel, then judge the project,
//! sort, mark and decide. Workers return values; nothing is printed here.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::advisory::AdvisorySource;
use crate::analyze::{
    ANALYZERS, Analyzer, Context, File, Hit, PROJECT_ANALYZERS, ProjectAnalyzer, ProjectSink, SecretMask, Sink,
    finding_at, finish, finish_rootless, without_secrets,
};
use crate::config::{Config, RuleSettings, ScanSettings};
use crate::model::{
    Analysis, Coverage, Finding, FunctionMetrics, Language, Level, Matcher, Notification, NotificationKind, RelPath,
    Rule, Run, SourceFile, Target, line_hashes,
};
use crate::policy::{Directive, apply_suppressions, directives, foreign_directives, judge, looks_like_comment};
use crate::rulebook::RuleSet;
use crate::source::{Read, read, walk};
use crate::syntax::{KindSet, Parser, Syntax, Tree};

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
    let file = SourceFile::new(Target::at(path), text.to_owned(), crate::model::Encoding::Utf8);
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

/// Does `work` for every target on `threads` threads, the largest files first, and gives the results in the order of the
/// targets whatever the number of threads.
fn in_parallel<R: Send>(
    threads: Option<usize>,
    targets: &[Target],
    work: impl Fn(&mut Parser, &Target) -> R + Sync,
) -> Vec<R> {
    let mut order: Vec<usize> = (0..targets.len()).collect();
    order.sort_by_key(|&index| {
        let target = &targets[index];
        // One grammar after the other: its tables stay in the processor's cache. What could keep a thread busy at the end comes first.
        let group = if target.size > LARGE { None } else { Some(target.language) };
        (group, std::cmp::Reverse(target.size), index)
    });
    let next = AtomicUsize::new(0);
    let one_worker = || {
        let mut parser = Parser::default();
        let mut done = Vec::new();
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((index, work(&mut parser, &targets[index])));
        }
        done
    };
    // Threads cost more than a handful of small files.
    let small = targets.len() <= 16 && targets.iter().map(|target| target.size).sum::<u64>() < 1 << 20;
    let mut builder = rayon::ThreadPoolBuilder::new().stack_size(STACK_SIZE);
    if let Some(threads) = threads.or(small.then_some(1)) {
        builder = builder.num_threads(threads.max(1));
    }
    let mut done: Vec<(usize, R)> = match builder.build() {
        Ok(pool) => pool.broadcast(|_| one_worker()).into_iter().flatten().collect(),
        // No thread can be had: do it here.
        Err(_) => one_worker(),
    };
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// In bytes; a file of this size takes a hundredth of a second.
const LARGE: u64 = 128 << 10;

/// Nothing recurses deeply on purpose; a grammar's scanner might.
const STACK_SIZE: usize = 16 << 20;

/// What is fixed for a run and shared by its workers.
struct Scanner<'a> {
    request: &'a Request<'a>,
    analyzers: Vec<Box<dyn Analyzer>>,
    project: &'a [Box<dyn ProjectAnalyzer + 'a>],
    secrets: SecretMask,
    kinds: KindSet,
    stale: Option<Arc<Rule>>,
}

/// What one file gave.
#[derive(Default)]
struct Outcome {
    findings: Vec<Finding>,
    /// Below the confidence that is reported, where a directive may speak of them.
    unshown: Vec<Finding>,
    notifications: Vec<Notification>,
    /// With the finding to report should the directive accept nothing.
    directives: Vec<(Directive, Option<Finding>)>,
    functions: Vec<FunctionMetrics>,
    coverage: Coverage,
    /// The file itself, for the project's analyzers.
    kept: Option<SourceFile>,
}

impl<'a> Scanner<'a> {
    fn new(
        request: &'a Request<'a>,
        context: &Context<'_>,
        project: &'a [Box<dyn ProjectAnalyzer + 'a>],
    ) -> Scanner<'a> {
        let analyzers = ANALYZERS.iter().map(|make| make(context));
        let analyzers = analyzers.filter(|one| request.analyses.contains(&one.analysis())).collect();
        let mut roots: BTreeMap<Language, Vec<String>> = BTreeMap::new();
        for rule in context.rules.iter() {
            if let Matcher::Query(query) = &rule.matcher {
                for language in &rule.languages {
                    roots.entry(*language).or_default().extend(query.roots.iter().cloned());
                }
            }
        }
        Scanner {
            request,
            analyzers,
            project,
            secrets: SecretMask::new(&request.rules),
            kinds: KindSet::new(roots),
            stale: context.rules.with_builtin("unused-suppression").next().cloned(),
        }
    }

    /// Reads and analyses one file; whatever goes wrong in it is lost alone.
    fn safely(&self, parser: &mut Parser, target: &Target) -> Outcome {
        catch_unwind(AssertUnwindSafe(|| self.file(parser, target))).unwrap_or_else(|_| {
            // It may have been left in the middle of something.
            *parser = Parser::default();
            Outcome { notifications: vec![crash("file", None, Some(&target.path))], ..Outcome::default() }
        })
    }

    /// Reads and analyses one file.
    fn file(&self, parser: &mut Parser, target: &Target) -> Outcome {
        let settings = &self.request.config.scan;
        let mut outcome = Outcome::default();
        let mut left_out = |kind, message| {
            let path = Some(target.path.clone());
            outcome.notifications.push(Notification { kind, path, line: None, analysis: None, message });
        };
        match read(target, settings.max_file_size) {
            Read::Text(file) => {
                let mut outcome = self.text(parser, &file);
                if self.project.iter().any(|analyzer| analyzer.wants(&file.target)) {
                    outcome.kept = Some(file);
                }
                return outcome;
            }
            Read::Binary => left_out(NotificationKind::Binary, "not text, so not scanned".to_owned()),
            Read::TooLarge(size) => {
                let limit = settings.max_file_size;
                let message =
                    format!("{size} bytes, over the limit of {limit}; raise `[scan] max-file-size` to scan it");
                left_out(NotificationKind::TooLarge, message);
            }
            Read::Failed(error) => left_out(NotificationKind::Unreadable, format!("not read: {error}")),
        }
        outcome
    }

    /// Analyses one text that was read.
    fn text(&self, parser: &mut Parser, file: &SourceFile) -> Outcome {
        let mut outcome = Outcome::default();
        let wanted: Vec<&dyn Analyzer> =
            self.analyzers.iter().filter(|one| one.wants(&file.target)).map(|one| &**one).collect();
        let tree = self.parse(parser, file, &wanted, &mut outcome);
        let syntax = tree.as_ref().map(|tree| tree.index(&file.text, &self.kinds));
        if let Some(syntax) = &syntax {
            count_syntax(file, syntax, &mut outcome);
        }
        let mut sink = Sink { wants_functions: self.request.functions, ..Sink::default() };
        let view = File { source: file, syntax: syntax.as_ref() };
        for analyzer in wanted {
            let before = (sink.hits.len(), sink.functions.len());
            if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&view, &mut sink))).is_err() {
                sink.hits.truncate(before.0);
                sink.functions.truncate(before.1);
                sink.notify(crash(analyzer.name(), Some(analyzer.analysis()), Some(&file.target.path)));
            }
        }
        outcome.coverage.files = 1;
        outcome.coverage.bytes = file.text.len() as u64;
        outcome.coverage.lines = memchr::memchr_iter(b'\n', file.text.as_bytes()).count() as u64;
        outcome.notifications.append(&mut sink.notifications);
        outcome.functions = sink.functions;
        let mut found = directives(&file.target.path, &file.text, |span| match &syntax {
            Some(syntax) => syntax.in_comment(span.start),
            None => looks_like_comment(&file.text, span),
        });
        if self.request.config.policy.foreign_markers && !sink.hits.is_empty() {
            found.extend(foreign_directives(&file.target.path, &file.text, |span| match &syntax {
                Some(syntax) => syntax.in_comment(span.start),
                // Formats without comments have the marker where they can.
                None => file.target.language.is_none() || looks_like_comment(&file.text, span),
            }));
        }
        self.finish_file(file, sink.hits, found, &mut outcome);
        outcome
    }

    fn finish_file(&self, file: &SourceFile, hits: Vec<Hit>, found: Vec<Directive>, outcome: &mut Outcome) {
        let least = self.request.config.scan.min_confidence;
        let mut secrets: Vec<_> = hits.iter().filter_map(|hit| hit.secret.clone()).collect();
        let (hits, unshown): (Vec<_>, Vec<_>) = hits.into_iter().partition(|hit| hit.confidence >= least);
        outcome.coverage.below_confidence += unshown.len() as u64;
        if hits.is_empty() && found.is_empty() {
            return;
        }
        secrets.extend(self.secrets.spans(&file.text, &file.target));
        let hashes = if self.request.line_hashes { line_hashes(&file.text) } else { Vec::new() };
        outcome.findings.extend(finish(file, hits, &secrets, &hashes));
        if !found.is_empty() {
            outcome.unshown = finish(file, unshown, &secrets, &[]);
        }
        for mut directive in found {
            directive.reason = without_secrets(file, &secrets, &directive.reason);
            let stale =
                self.stale.as_ref().and_then(|rule| finding_at(file, rule, directive.span.clone(), &secrets, &hashes));
            outcome.directives.push((directive, stale));
        }
    }

    fn parse(
        &self,
        parser: &mut Parser,
        file: &SourceFile,
        wanted: &[&dyn Analyzer],
        outcome: &mut Outcome,
    ) -> Option<Tree> {
        let language = file.target.language?;
        if !wanted.iter().any(|analyzer| analyzer.needs_syntax()) {
            return None;
        }
        match parser.parse(language, &file.text, self.request.config.scan.parse_timeout) {
            Ok(tree) => Some(tree),
            Err(timeout) => {
                let path = Some(file.target.path.clone());
                let message =
                    format!("{timeout}: only searched as text; raise `[scan] parse-timeout-ms`, or exclude it");
                let kind = NotificationKind::ParseTimeout;
                outcome.notifications.push(Notification {
                    kind,
                    path,
                    line: None,
                    analysis: Some(Analysis::Code),
                    message,
                });
                None
            }
        }
    }

    /// Runs the analyzers of the project over the files that they asked for.
    fn project(&self, project: &[Box<dyn ProjectAnalyzer + '_>], targets: &[Target], gathered: &mut Gathered) {
        let kept = std::mem::take(&mut gathered.kept);
        let mut sink = ProjectSink::default();
        for analyzer in project {
            let files: Vec<&SourceFile> = kept.iter().filter(|file| analyzer.wants(&file.target)).collect();
            if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&files, targets, &mut sink))).is_err() {
                sink.notify(crash(analyzer.name(), Some(analyzer.analysis()), None));
            }
        }
        let mut by_path: BTreeMap<RelPath, Vec<Hit>> = BTreeMap::new();
        for (path, hit) in sink.hits {
            by_path.entry(path).or_default().push(hit);
        }
        for file in &kept {
            if let Some(hits) = by_path.remove(&file.target.path) {
                let mut outcome = Outcome::default();
                self.finish_file(file, hits, Vec::new(), &mut outcome);
                gathered.add(outcome);
            }
        }
        let root = kept.first().map(|file| file.target.path.clone());
        let root = root.or_else(|| targets.first().map(|target| target.path.clone()));
        let root = root.unwrap_or_else(|| RelPath::new("."));
        gathered.findings.extend(sink.rootless.into_iter().map(|hit| finish_rootless(hit, root.clone())));
        gathered.notifications.append(&mut sink.notifications);
        gathered.coverage.packages += sink.inventories.iter().map(|one| one.packages.len() as u64).sum::<u64>();
        gathered.inventories.append(&mut sink.inventories);
    }
}

/// Whether a directive's `name` means a rule, or a group that has some.
fn is_known(rules: &RuleSet, name: &str) -> bool {
    match name.strip_suffix("/*") {
        Some(group) => rules.iter().any(|rule| rule.id.group() == group),
        None => rules.resolve(name).is_some(),
    }
}

fn count_syntax(file: &SourceFile, syntax: &Syntax<'_>, outcome: &mut Outcome) {
    let coverage = &mut outcome.coverage;
    coverage.parsed_files = 1;
    coverage.parsed_bytes = file.text.len() as u64;
    coverage.unparsed_bytes = syntax.error_bytes as u64;
    if syntax.error_bytes > 0 {
        let share = 100.0 * syntax.error_bytes as f64 / file.text.len().max(1) as f64;
        let message = format!("{} of {} bytes ({share:.1} %) did not parse", syntax.error_bytes, file.text.len());
        let path = Some(file.target.path.clone());
        let kind = NotificationKind::ParseError;
        outcome.notifications.push(Notification { kind, path, line: None, analysis: Some(Analysis::Code), message });
    }
}

fn crash(name: &str, analysis: Option<Analysis>, path: Option<&RelPath>) -> Notification {
    let message = format!("the {name} analyzer crashed here and gave nothing; please report it");
    Notification { kind: NotificationKind::Crash, path: path.cloned(), line: None, analysis, message }
}

/// The outcomes of all files, added up.
#[derive(Default)]
struct Gathered {
    findings: Vec<Finding>,
    unshown: Vec<Finding>,
    notifications: Vec<Notification>,
    directives: Vec<(Directive, Option<Finding>)>,
    functions: Vec<FunctionMetrics>,
    inventories: Vec<crate::model::Inventory>,
    coverage: Coverage,
    kept: Vec<SourceFile>,
}

impl Gathered {
    fn add(&mut self, outcome: Outcome) {
        self.findings.extend(outcome.findings);
        self.unshown.extend(outcome.unshown);
        self.notifications.extend(outcome.notifications);
        self.directives.extend(outcome.directives);
        self.functions.extend(outcome.functions);
        self.coverage.add(&outcome.coverage);
        self.kept.extend(outcome.kept);
    }

    fn into_run(mut self, request: &Request<'_>, rules: &RuleSet) -> Run {
        let rules: Vec<Arc<Rule>> = rules.iter().cloned().collect();
        let (directives, mut stale): (Vec<Directive>, Vec<Option<Finding>>) = self.directives.into_iter().unzip();
        // A directive that accepts what is not even shown is not stale.
        let shown = self.findings.len();
        self.findings.append(&mut self.unshown);
        let in_vain = apply_suppressions(&mut self.findings, &directives, &rules);
        self.findings.truncate(shown);
        for (index, rule) in in_vain {
            if let Some(mut finding) = stale[index].take() {
                finding.message = directives[index].complaint(&rule, is_known(&request.rules, &rule));
                self.findings.push(finding);
            }
        }
        self.findings.sort_by(|a, b| (&a.location, &a.rule.id, &a.message).cmp(&(&b.location, &b.rule.id, &b.message)));
        self.notifications.sort();
        self.notifications.dedup();
        self.functions.sort();
        self.inventories.sort_by(|a, b| a.lockfile.cmp(&b.lockfile));
        let verdict = judge(&self.findings, &self.notifications, &request.config.policy);
        Run {
            root: request.root.clone(),
            analyses: request.analyses.iter().copied().collect(),
            rules,
            findings: self.findings,
            notifications: self.notifications,
            coverage: self.coverage,
            functions: self.functions,
            inventories: self.inventories,
            verdict,
        }
    }
}

/// The root of a scan of `path`, which reported paths are relative to: the repository around it, or else the folder.
pub fn root_of(path: &Path) -> PathBuf {
    crate::source::repository_root(path).unwrap_or_else(|| {
        if path.is_dir() { path.to_owned() } else { path.parent().map_or_else(PathBuf::new, Path::to_owned) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::judge;

    struct Panics;

    impl Analyzer for Panics {
        fn name(&self) -> &'static str {
            "panicking"
        }

        fn analysis(&self) -> Analysis {
            Analysis::Code
        }

        fn wants(&self, _target: &Target) -> bool {
            true
        }

        fn analyze(&self, file: &File<'_>, _sink: &mut Sink) {
            panic!("{}", file.source.text);
        }
    }

    #[test]
    fn an_analyzer_that_panics_is_named_and_nothing_else_is_lost() {
        let request = Request {
            paths: Vec::new(),
            root: PathBuf::new(),
            config: Config::default(),
            rules: RuleSet::embedded(),
            analyses: BTreeSet::from([Analysis::Code]),
            advisories: Err("not asked for".to_owned()),
            threads: None,
            line_hashes: false,
            functions: false,
        };
        let rules = effective_rules(&request);
        let context = Context {
            rules: &rules,
            licenses: &request.config.licenses,
            dependencies: &request.config.dependencies,
            advisories: request.advisories.clone(),
        };
        let mut scanner = Scanner::new(&request, &context, &[]);
        let text = "# TODO later\nimport os\nos.system('ls ' + name)\n";
        let file = SourceFile::new(Target::at("src/a.py"), text.to_owned(), crate::model::Encoding::Utf8);
        let before = scanner.text(&mut Parser::default(), &file).findings.len();
        scanner.analyzers.insert(0, Box::new(Panics));
        let outcome = scanner.text(&mut Parser::default(), &file);
        assert!(before >= 2);
        assert_eq!(outcome.findings.len(), before);
        let crash = outcome.notifications.iter().find(|one| one.kind == NotificationKind::Crash);
        assert!(crash.is_some_and(|one| one.message.contains("panicking") && !one.message.contains("TODO")));
        let verdict = judge(&[], &outcome.notifications, &request.config.policy);
        assert_eq!(verdict.exit_code(), 2);
    }
}
