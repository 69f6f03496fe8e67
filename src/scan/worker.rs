//! What happens to one file: read, parsed, handed to each analyzer; and what that gave.

use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::trace_span;

use super::compare::{Acceptance, Change, Lost, Unread, compare};
use super::{Input, Request};
use crate::analyze::{
    ANALYZERS, Analyzer, Clones, Context, File, FileLicense, Hit, Prints, ProjectAnalyzer, SecretKeywords, SecretMask,
    Sink, finding_at, finish, wanted_kinds, without_secrets,
};
use crate::model::{
    Analysis, Coverage, FileMetrics, Finding, FunctionMetrics, Notification, NotificationKind, RelPath, Rule,
    SourceFile, Target,
};
use crate::policy::{Directive, directives, foreign_directives, looks_like_comment, may_hold_marker};
use crate::source::{ArchiveLimits, Contents, Read, is_archive};
use crate::syntax::{KindSet, Parser, Syntax, Tree};

/// What is fixed for a run and shared by its workers.
pub struct Scanner<'a> {
    pub request: &'a Request<'a>,
    analyzers: Vec<Box<dyn Analyzer>>,
    pub project: &'a [Box<dyn ProjectAnalyzer + 'a>],
    pub secrets: Arc<SecretMask>,
    pub clones: Clones,
    /// Whether the measures of functions are wanted.
    pub wants_functions: bool,
    /// Whether findings that are not reported are wanted, to know what is gone.
    pub keeps_unshown: bool,
    kinds: KindSet,
    stale: Option<Arc<Rule>>,
    /// Where a change is looked at, the rule that tells of comments that it adds.
    accepting: Option<Arc<Rule>>,
    /// Whether findings are held against those before a change.
    compares: bool,
}

/// What one file gave.
#[derive(Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    /// Below the confidence that is reported, where a directive may speak of them.
    pub unshown: Vec<Finding>,
    pub notifications: Vec<Notification>,
    /// With the finding to report should the directive accept nothing.
    pub directives: Vec<(Directive, Option<Finding>)>,
    pub functions: Vec<FunctionMetrics>,
    pub files: Vec<FileMetrics>,
    pub coverage: Coverage,
    /// The licence that the file states of itself.
    pub licenses: Option<FileLicense>,
    /// To find copies of its code.
    pub prints: Vec<(RelPath, Prints)>,
    /// The file itself, for the project's analyzers.
    pub kept: Option<SourceFile>,
    /// Where the file is compared with what it was.
    pub change: Change,
}

impl Outcome {
    /// Takes in what another file gave that belongs to the same archive.
    fn add(&mut self, other: Outcome) {
        self.findings.extend(other.findings);
        self.unshown.extend(other.unshown);
        self.notifications.extend(other.notifications);
        self.directives.extend(other.directives);
        self.functions.extend(other.functions);
        self.coverage.add(&other.coverage);
        self.change.add(other.change);
    }

    fn is_silent(&self) -> bool {
        self.findings.is_empty() && self.directives.is_empty()
    }
}

/// What archives are opened for: code in them is judged where it is written.
pub fn looks_into(analysis: Analysis) -> bool {
    matches!(analysis, Analysis::Secrets | Analysis::Pii)
}

impl<'a> Scanner<'a> {
    pub fn new(
        request: &'a Request<'a>,
        analyses: &BTreeSet<Analysis>,
        context: &Context<'_>,
        project: &'a [Box<dyn ProjectAnalyzer + 'a>],
    ) -> Scanner<'a> {
        let analyzers = ANALYZERS.iter().map(|make| make(context));
        let analyzers = analyzers.filter(|one| analyses.contains(&one.analysis())).collect();
        let compares = matches!(&request.input, Input::Changed(changed) if changed.compares());
        let builtin = |name| context.rules.with_builtin(name).next().cloned();
        Scanner {
            request,
            analyzers,
            project,
            secrets: Arc::clone(&context.mask),
            clones: Clones::new(context),
            wants_functions: request.functions,
            keeps_unshown: request.baseline.is_some(),
            kinds: KindSet::new(wanted_kinds(context.rules)),
            stale: builtin("unused-suppression"),
            accepting: builtin("new-suppression").filter(|_| compares),
            compares,
        }
    }

    /// Reads and analyses one file; whatever goes wrong in it is lost alone.
    pub fn safely(&self, parser: &mut Parser, target: &Target, contents: &dyn Contents) -> Outcome {
        catch_unwind(AssertUnwindSafe(|| self.file(parser, target, contents))).unwrap_or_else(|_| {
            // It may have been left in the middle of something.
            *parser = Parser::default();
            Outcome { notifications: vec![crash("file", None, Some(&target.path))], ..Outcome::default() }
        })
    }

    /// Reads and analyses one file, and what it was before the change.
    fn file(&self, parser: &mut Parser, target: &Target, contents: &dyn Contents) -> Outcome {
        let (mut outcome, file) = self.version(parser, target, contents);
        if let Some(former) = contents.former() {
            if !former.has(target) {
                compare(&mut outcome, file.as_ref(), Outcome::default(), None);
            } else if outcome.is_silent() {
                let functions = outcome.functions.iter().map(|function| function.name.clone()).collect();
                outcome.change.unread.push(Unread { target: target.clone(), functions });
            } else {
                let (before, former) = self.version(parser, target, former);
                compare(&mut outcome, file.as_ref(), before, former.as_ref());
            }
        }
        if !self.wants_functions {
            outcome.functions.clear();
            outcome.files.clear();
        }
        let is_wanted = |file: &SourceFile| self.project.iter().any(|analyzer| analyzer.wants(&file.target));
        outcome.kept = file.filter(is_wanted);
        outcome
    }

    /// What the former version of a file had in which nothing is found now; it still has functions of the names `kept`.
    pub fn lost(
        &self,
        parser: &mut Parser,
        target: &Target,
        kept: Option<&HashSet<String>>,
        former: &dyn Contents,
    ) -> Lost {
        let lost = AssertUnwindSafe(|| {
            let (outcome, file) = self.version(parser, target, former);
            Lost::of(outcome, file.as_ref(), kept)
        });
        // What is not known to have been there before is new, no less.
        catch_unwind(lost).unwrap_or_else(|_| {
            *parser = Parser::default();
            Lost::default()
        })
    }

    /// Reads and analyses one version of a file; the file itself, if it is one text.
    fn version(&self, parser: &mut Parser, target: &Target, contents: &dyn Contents) -> (Outcome, Option<SourceFile>) {
        let settings = &self.request.config.scan;
        if settings.archives && is_archive(&target.path) && self.analyzers.iter().any(|one| looks_into(one.analysis()))
        {
            return (self.archive(parser, target, contents), None);
        }
        let mut outcome = Outcome::default();
        let mut left_out = |kind, message| {
            let path = Some(target.path.clone());
            outcome.notifications.push(Notification { kind, path, line: None, analysis: None, message });
        };
        tracing::trace!(path = target.path.as_str(), bytes = target.size, "file");
        match trace_span!("read").in_scope(|| contents.read(target, settings.max_file_size)) {
            Read::Text(file) => return (self.text(parser, &file), Some(file)),
            Read::Binary => left_out(NotificationKind::Binary, "not text, so not scanned".to_owned()),
            Read::TooLarge(size) => {
                let limit = settings.max_file_size;
                let message =
                    format!("{size} bytes, over the limit of {limit}; raise `[scan] max-file-size` to scan it");
                left_out(NotificationKind::TooLarge, message);
            }
            Read::Failed(error) => left_out(NotificationKind::Unreadable, format!("not read: {error}")),
        }
        (outcome, None)
    }

    /// Opens an archive and searches what it holds.
    fn archive(&self, parser: &mut Parser, target: &Target, contents: &dyn Contents) -> Outcome {
        let limits = ArchiveLimits::new(self.request.config.scan.max_file_size);
        let mut whole = Outcome::default();
        let mut each = |file: SourceFile| whole.add(self.text_for(parser, &file, looks_into));
        let left_out = contents.unpack(target, &limits, &mut each);
        whole.notifications.extend(left_out);
        whole
    }

    /// Analyses one text that was read.
    pub fn text(&self, parser: &mut Parser, file: &SourceFile) -> Outcome {
        self.text_for(parser, file, |_| true)
    }

    /// Analyses one text for the analyses that `asked` chooses.
    pub fn text_for(&self, parser: &mut Parser, file: &SourceFile, asked: impl Fn(Analysis) -> bool) -> Outcome {
        let mut outcome = Outcome::default();
        let wanted: Vec<&dyn Analyzer> = self
            .analyzers
            .iter()
            .filter(|one| asked(one.analysis()) && one.wants(&file.target))
            .map(|one| &**one)
            .collect();
        let tree = trace_span!("parse").in_scope(|| self.parse(parser, file, &wanted, &mut outcome));
        let syntax = trace_span!("index").in_scope(|| tree.as_ref().map(|tree| tree.index(&file.text, &self.kinds)));
        if let Some(syntax) = &syntax {
            count_syntax(file, syntax, &mut outcome);
        }
        let mut sink = Sink { wants_functions: self.wants_functions || self.compares, ..Sink::default() };
        let view = File { source: file, syntax: syntax.as_ref() };
        for analyzer in wanted {
            let before = (sink.hits.len(), sink.functions.len());
            let _span = trace_span!("analyzer", name = analyzer.name()).entered();
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
        outcome.files = sink.files;
        outcome.licenses = sink.licenses;
        outcome.prints.extend(sink.prints.map(|prints| (file.target.path.clone(), prints)));
        let mut found = directives(&file.target.path, &file.text, |span| match &syntax {
            Some(syntax) => syntax.in_comment(span.start),
            None => looks_like_comment(&file.text, span),
        });
        // Comments are a small part of the text.
        let may_be_marked = || match &syntax {
            Some(syntax) => syntax.comments.iter().filter_map(|span| file.text.get(span.clone())).any(may_hold_marker),
            None => true,
        };
        if self.request.config.policy.foreign_markers && !sink.hits.is_empty() && may_be_marked() {
            found.extend(foreign_directives(&file.target.path, &file.text, |span| match &syntax {
                Some(syntax) => syntax.in_comment(span.start),
                // Formats without comments have the marker where they can.
                None => file.target.language.is_none() || looks_like_comment(&file.text, span),
            }));
        }
        let keywords = sink.keywords.as_ref();
        trace_span!("finish").in_scope(|| self.finish_file(file, sink.hits, keywords, found, &mut outcome));
        outcome
    }

    /// `keywords` are those that the secrets analysis met in the file.
    pub fn finish_file(
        &self,
        file: &SourceFile,
        hits: Vec<Hit>,
        keywords: Option<&SecretKeywords>,
        found: Vec<Directive>,
        outcome: &mut Outcome,
    ) {
        let least = self.request.config.scan.min_confidence;
        let mut secrets: Vec<_> = hits.iter().filter_map(|hit| hit.secret.clone()).collect();
        let (hits, unshown): (Vec<_>, Vec<_>) = hits.into_iter().partition(|hit| hit.confidence >= least);
        outcome.coverage.below_confidence += unshown.len() as u64;
        // What is hidden may still be what a comment, an exception or the baseline speaks of.
        let keeps_unshown = !found.is_empty() || self.keeps_unshown && !unshown.is_empty();
        if hits.is_empty() && !keeps_unshown {
            return;
        }
        secrets.extend(self.secrets.spans(&file.text, &file.target, keywords));
        let hashes = self.request.line_hashes;
        outcome.findings.extend(finish(file, hits, &secrets, hashes));
        if keeps_unshown {
            outcome.unshown.extend(finish(file, unshown, &secrets, false));
        }
        for mut directive in found {
            directive.reason = without_secrets(file, &secrets, &directive.reason);
            let stale =
                self.stale.as_ref().and_then(|rule| finding_at(file, rule, directive.span.clone(), &secrets, hashes));
            let told = |rule| finding_at(file, rule, directive.span.clone(), &secrets, hashes);
            let told = self.accepting.as_ref().and_then(told);
            outcome.change.accepting.extend(told.map(|finding| Acceptance::new(&directive, file, finding)));
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

pub fn crash(name: &str, analysis: Option<Analysis>, path: Option<&RelPath>) -> Notification {
    let message = format!("the {name} analyzer crashed here and gave nothing; please report it");
    Notification { kind: NotificationKind::Crash, path: path.cloned(), line: None, analysis, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::Language;
    use crate::policy::judge;
    use crate::rulebook::RuleSet;
    use crate::scan::{Input, context, effective_rules};
    use std::path::PathBuf;

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

    fn request() -> Request<'static> {
        Request {
            input: Input::Nothing,
            history: None,
            root: PathBuf::new(),
            config: Config::default(),
            rules: RuleSet::embedded(),
            analyses: BTreeSet::from([Analysis::Code]),
            baseline: None,
            advisories: Err("not asked for".to_owned()),
            threads: None,
            line_hashes: false,
            functions: false,
        }
    }

    #[test]
    fn no_rule_of_ours_sends_the_walk_everywhere() {
        let request = request();
        let context = context(&request, &request.rules);
        let scanner = Scanner::new(&request, &request.analyses, &context, &[]);
        for language in Language::ALL {
            assert!(
                !scanner.kinds.is_exhaustive(language),
                "{language}: a query starts at a kind that the walk passes over"
            );
        }
    }

    #[test]
    fn an_analyzer_that_panics_is_named_and_nothing_else_is_lost() {
        let request = request();
        let rules = effective_rules(&request);
        let context = context(&request, &rules);
        let mut scanner = Scanner::new(&request, &request.analyses, &context, &[]);
        let text = "# TODO later\nimport os\nos.system('ls ' + input())\n";
        let file = SourceFile::new(Target::at("src/a.py"), text.to_owned(), crate::model::Encoding::Utf8);
        let before = scanner.text(&mut Parser::default(), &file).findings.len();
        scanner.analyzers.insert(0, Box::new(Panics));
        let outcome = scanner.text(&mut Parser::default(), &file);
        assert!(before >= 2);
        assert_eq!(outcome.findings.len(), before);
        let crash = outcome.notifications.iter().find(|one| one.kind == NotificationKind::Crash);
        assert!(crash.is_some_and(|one| one.message.contains("panicking") && !one.message.contains("TODO")));
        let verdict = judge(&mut [], &outcome.notifications, Vec::new(), &request.config.policy);
        assert_eq!(verdict.exit_code(), 2);
    }
}
