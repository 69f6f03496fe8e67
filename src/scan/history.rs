//! Secrets and data about persons in the history of a repository. Every blob is searched once, without knowing where it was
//! ([`super::search`]); only for the few with something in them the commits are asked for paths, and the whole analysis
//! judges them there.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::gathered::Gathered;
use super::pool::on_threads;
use super::search::{Search, Worth};
use super::worker::{Scanner, crash, looks_into};
use super::{Progress, Request, exclusions};
use crate::analyze::{Context, without_secrets};
use crate::model::{Analysis, Encoding, Finding, Notification, NotificationKind, OriginKind, Rule, SourceFile, Target};
use crate::policy::apply_suppressions;
use crate::rulebook::RuleSet;
use crate::source::{
    Appearance, ArchiveLimits, Commit, Contents as _, Given, History as Source, Met, ObjectKind, Oid, Seen, Sweep, Tag,
    Visit, is_archive, looks_packed, searchable,
};
use crate::syntax::Parser;

/// The history to search.
pub struct History {
    pub source: Source,
    /// Where to remember which blobs are clean; `None` to remember nothing.
    pub cache: Option<PathBuf>,
}

/// Work that is interrupted loses no more than this.
const SAVED_EVERY: Duration = Duration::from_secs(20);
/// Fewer blobs are searched again faster than they are remembered.
const WORTH_SAVING: usize = 2_000;

/// What the search of all objects gave.
#[derive(Default)]
struct Swept {
    /// What is to be judged where it was.
    suspects: Vec<(Oid, OriginKind)>,
    /// Those of them that are only to be told of: [`Worth::Partial`].
    partial: HashSet<Oid>,
    met: Met,
    notifications: Vec<Notification>,
    objects: u64,
}

/// Adds to `gathered` what the history holds and the files of today do not.
pub fn search(
    request: &Request<'_>,
    context: &Context<'_>,
    history: &History,
    progress: &dyn Progress,
    gathered: &mut Gathered,
) {
    // A repository may be damaged in ways that nobody thought of.
    let safely = AssertUnwindSafe(|| searched(request, context, history, progress, gathered));
    if catch_unwind(safely).is_err() {
        gathered.notifications.push(crash("history", Some(Analysis::Secrets), None));
    }
}

fn searched(
    request: &Request<'_>,
    context: &Context<'_>,
    history: &History,
    progress: &dyn Progress,
    gathered: &mut Gathered,
) {
    let mut seen = history.cache.as_deref().map_or_else(Seen::default, |folder| {
        Seen::load(folder, &key(request, context.rules, history), history.source.hash_kind())
    });
    let sweep = match history.source.sweep(&seen.known, &mut gathered.notifications) {
        Ok(sweep) => sweep,
        Err(error) => return gathered.notifications.push(not_run(format!("the history was not searched: {error}"))),
    };
    let mut swept = all(request, context, &sweep, &mut seen, progress);
    gathered.coverage.objects += sweep.remembered() + swept.objects;
    gathered.notifications.append(&mut swept.notifications);
    swept.suspects.sort_unstable();
    swept.suspects.dedup();
    let mut located = history.source.locate(&sweep, swept.met, &swept.suspects);
    gathered.notifications.append(&mut located.notifications);
    located.elsewhere.retain(|id| !swept.partial.contains(id));
    if !located.elsewhere.is_empty() {
        let count = located.elsewhere.len();
        let what = if request.analyses.contains(&Analysis::Pii) { "secrets or personal data" } else { "secrets" };
        let message =
            format!("{count} objects that HEAD does not reach look as if they hold {what}; --all-refs judges them");
        let kind = NotificationKind::Note;
        let analysis = Some(Analysis::Secrets);
        gathered.notifications.push(Notification { kind, path: None, line: None, analysis, message });
    }
    Judge::new(request, context, &history.source, gathered).all(&located.appearances, gathered);
}

/// Searches every object of the sweep.
fn all(request: &Request<'_>, context: &Context<'_>, sweep: &Sweep, seen: &mut Seen, progress: &dyn Progress) -> Swept {
    let search = Search::new(context, &request.config.scan);
    let max_archive = request.config.scan.archives.then_some(ArchiveLimits::NESTED_BYTES);
    let limits = (request.config.scan.max_file_size, max_archive);
    progress.start(sweep.count(), "objects");
    let next = AtomicUsize::new(0);
    let remembered = Mutex::new(Remembered { seen, clean: Vec::new(), saved: Instant::now() });
    let parts = on_threads(request.threads, || {
        let mut swept = Swept::default();
        loop {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            if unit >= sweep.units() {
                return swept;
            }
            let mut clean = Vec::new();
            let before = swept.objects;
            let one = || swept.unit(sweep, unit, &search, limits, &mut clean);
            if catch_unwind(AssertUnwindSafe(one)).is_err() {
                swept.notifications.push(crash("history", Some(Analysis::Secrets), None));
            }
            progress.advance(swept.objects - before);
            remembered.lock().unwrap_or_else(PoisonError::into_inner).add(clean);
        }
    });
    remembered.into_inner().unwrap_or_else(PoisonError::into_inner).save();
    let mut sum = Swept::default();
    for mut part in parts {
        sum.suspects.append(&mut part.suspects);
        sum.partial.extend(part.partial);
        sum.met.commits.append(&mut part.met.commits);
        sum.met.tags.append(&mut part.met.tags);
        sum.notifications.append(&mut part.notifications);
        sum.objects += part.objects;
    }
    sum
}

impl Swept {
    /// Searches the objects of one unit. `limits` are the most bytes that a blob may have, and an archive if those are opened.
    fn unit(&mut self, sweep: &Sweep, unit: usize, search: &Search, limits: (u64, Option<u64>), clean: &mut Vec<Oid>) {
        let Swept { suspects, partial, met, objects, .. } = self;
        let mut take = |id: Oid, kind: ObjectKind, bytes: &[u8]| {
            *objects += 1;
            let (kind, bytes) = match kind {
                ObjectKind::Blob => (OriginKind::File, bytes),
                ObjectKind::Commit => {
                    let Some((commit, message)) = Commit::read(id, bytes) else { return };
                    met.commits.push(commit);
                    (OriginKind::CommitMessage, message)
                }
                ObjectKind::Tag => {
                    let Some((tag, message)) = Tag::read(id, bytes) else { return };
                    met.tags.push(tag);
                    (OriginKind::TagMessage, message)
                }
                ObjectKind::Tree => return,
            };
            match search.worth(kind, bytes) {
                Worth::Clean if kind == OriginKind::File => clean.push(id),
                Worth::Clean => {}
                Worth::Suspect => suspects.push((id, kind)),
                Worth::Partial => {
                    suspects.push((id, kind));
                    partial.insert(id);
                }
            }
        };
        let mut visit = Visit { max_size: limits.0, max_archive: limits.1, take: &mut take, notifications: Vec::new() };
        sweep.run(unit, &mut visit);
        let mut notifications = visit.notifications;
        self.notifications.append(&mut notifications);
    }
}

/// What is known to be clean, written down from time to time.
struct Remembered<'a> {
    seen: &'a mut Seen,
    clean: Vec<Oid>,
    saved: Instant,
}

impl Remembered<'_> {
    fn add(&mut self, mut clean: Vec<Oid>) {
        self.clean.append(&mut clean);
        if self.saved.elapsed() > SAVED_EVERY {
            self.save();
        }
    }

    fn save(&mut self) {
        if self.clean.len() >= WORTH_SAVING {
            // Without it the next run takes longer, and that is all.
            let _ = self.seen.save(self.clean.drain(..));
        }
        self.saved = Instant::now();
    }
}

/// Names what a clean blob is clean of: the rules, and how they are read.
fn key(request: &Request<'_>, rules: &RuleSet, history: &History) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(history.source.name().to_string_lossy().as_bytes());
    // What is over the limit was not searched.
    hasher.update(&request.config.scan.max_file_size.to_le_bytes());
    hasher.update(format!("{:?}", request.config.scan.min_confidence).as_bytes());
    hasher.update(&[u8::from(request.config.scan.archives)]);
    for rule in rules.iter().filter(|rule| rule.analysis().is_some_and(looks_into)) {
        hasher.update(format!("{rule:?}").as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Judges what was found where it was found: the oldest version first, and each secret once for each path.
struct Judge<'a> {
    request: &'a Request<'a>,
    source: &'a Source,
    scanner: Scanner<'a>,
    rules: Vec<Arc<Rule>>,
    parser: Parser,
    /// The fingerprints of what was told already.
    known: HashSet<String>,
}

impl<'a> Judge<'a> {
    fn new(request: &'a Request<'_>, context: &Context<'_>, source: &'a Source, gathered: &Gathered) -> Judge<'a> {
        let analyses = request.analyses.iter().copied().filter(|analysis| looks_into(*analysis)).collect();
        let told = gathered.findings.iter().chain(&gathered.unshown);
        Judge {
            request,
            source,
            scanner: Scanner::new(request, &analyses, context, &[]),
            rules: context.rules.iter().cloned().collect(),
            parser: Parser::default(),
            known: told.map(|finding| finding.fingerprint.gate.clone()).collect(),
        }
    }

    fn all(&mut self, appearances: &[Appearance], gathered: &mut Gathered) {
        let exclude = exclusions(&self.request.config.scan);
        let mut ignored = self.source.ignored();
        for appearance in appearances {
            if exclude.is_match(appearance.path.as_str()) || ignored.leaves_out(&appearance.path) {
                continue;
            }
            if let Some(bytes) = self.source.bytes(appearance) {
                self.object(appearance, bytes, gathered);
            }
        }
    }

    fn object(&mut self, appearance: &Appearance, bytes: Vec<u8>, gathered: &mut Gathered) {
        let settings = &self.request.config.scan;
        let target = Target { tracked: Some(true), ..Target::at(appearance.path.as_str()) };
        // What no commit reaches has no name to tell it by.
        let is_file = appearance.kind == OriginKind::File;
        let is_packed = is_archive(&target.path) || (appearance.commit.is_none() && looks_packed(&bytes));
        if settings.archives && is_file && is_packed {
            let limits = ArchiveLimits::new(settings.max_file_size);
            let mut each = |file: SourceFile| self.text(appearance, &file, gathered);
            let left_out = Given(bytes).unpack(&target, &limits, &mut each);
            gathered.notifications.extend(left_out.into_iter().filter(|one| one.kind != NotificationKind::Binary));
            return;
        }
        if bytes.len() as u64 > settings.max_file_size && is_file {
            // It looked like an archive, and is not called one.
            let message = format!("{} bytes, over the limit of {}", bytes.len(), settings.max_file_size);
            let (kind, path) = (NotificationKind::TooLarge, Some(target.path));
            gathered.notifications.push(Notification { kind, path, line: None, analysis: None, message });
            return;
        }
        let text = searchable(&bytes, settings.max_file_size).into_owned();
        self.text(appearance, &SourceFile::new(target, text, Encoding::Utf8), gathered);
    }

    /// One text: a version of a file, a member of an archive, a message.
    fn text(&mut self, appearance: &Appearance, file: &SourceFile, gathered: &mut Gathered) {
        let is_message = matches!(appearance.kind, OriginKind::CommitMessage | OriginKind::TagMessage);
        let asked = |analysis| analysis != Analysis::Pii || !is_message;
        let mut outcome = self.scanner.text_for(&mut self.parser, file, asked);
        gathered.notifications.append(&mut outcome.notifications);
        let directives: Vec<_> = outcome.directives.into_iter().map(|(directive, _)| directive).collect();
        apply_suppressions(&mut outcome.findings, &directives, &self.rules);
        let mut new: Vec<Finding> = outcome.findings;
        new.retain(|finding| self.known.insert(finding.fingerprint.gate.clone()));
        if new.is_empty() {
            return;
        }
        let mut origin = self.source.origin(appearance);
        let masked = |file: &SourceFile, text: &str| {
            without_secrets(file, &self.scanner.secrets.spans(&file.text, &file.target, None), text)
        };
        origin.author = origin.author.map(|author| {
            let own = SourceFile::new(Target::at("author"), author.clone(), Encoding::Utf8);
            masked(&own, &masked(file, &author))
        });
        for mut finding in new {
            finding.origin = Some(origin.clone());
            gathered.findings.push(finding);
        }
    }
}

fn not_run(message: String) -> Notification {
    let kind = NotificationKind::AnalysisNotRun;
    Notification { kind, path: None, line: None, analysis: Some(Analysis::Secrets), message }
}
