//! Secrets in the history of a repository. Every blob is searched once, without knowing where it was; only for the few
//! with something in them the commits are asked for paths, and the whole analysis judges them there.

use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::gathered::Gathered;
use super::pool::on_threads;
use super::worker::{Scanner, crash};
use super::{Progress, Request, exclusions};
use crate::analyze::{Context, SecretSearch, without_secrets};
use crate::model::{Analysis, Encoding, Finding, Notification, NotificationKind, OriginKind, SourceFile, Target};
use crate::policy::apply_suppressions;
use crate::rulebook::RuleSet;
use crate::source::{Appearance, Commit, History as Source, Met, ObjectKind, Oid, Seen, Sweep, Tag, Visit, searchable};
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
    suspects: Vec<(Oid, OriginKind)>,
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
    if located.elsewhere > 0 {
        let count = located.elsewhere;
        let message =
            format!("{count} objects that HEAD does not reach look as if they hold secrets; --all-refs judges them");
        let kind = NotificationKind::Note;
        let analysis = Some(Analysis::Secrets);
        gathered.notifications.push(Notification { kind, path: None, line: None, analysis, message });
    }
    judge(request, context, history, &located.appearances, gathered);
}

/// Searches every object of the sweep.
fn all(request: &Request<'_>, context: &Context<'_>, sweep: &Sweep, seen: &mut Seen, progress: &dyn Progress) -> Swept {
    let search = SecretSearch::new(context.rules, request.config.scan.min_confidence);
    let limit = request.config.scan.max_file_size;
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
            let one = || swept.unit(sweep, unit, &search, limit, &mut clean);
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
        sum.met.commits.append(&mut part.met.commits);
        sum.met.tags.append(&mut part.met.tags);
        sum.notifications.append(&mut part.notifications);
        sum.objects += part.objects;
    }
    sum
}

impl Swept {
    fn unit(&mut self, sweep: &Sweep, unit: usize, search: &SecretSearch, limit: u64, clean: &mut Vec<Oid>) {
        let Swept { suspects, met, objects, .. } = self;
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
            if search.suspects(&searchable(bytes, limit)) {
                suspects.push((id, kind));
            } else if kind == OriginKind::File {
                clean.push(id);
            }
        };
        let mut visit = Visit { max_size: limit, take: &mut take, notifications: Vec::new() };
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
    for rule in rules.iter().filter(|rule| rule.analysis() == Some(Analysis::Secrets)) {
        hasher.update(format!("{rule:?}").as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Judges what was found where it was found: the oldest version first, and each secret once for each path.
fn judge(
    request: &Request<'_>,
    context: &Context<'_>,
    history: &History,
    appearances: &[Appearance],
    gathered: &mut Gathered,
) {
    let scanner = Scanner::new(request, &BTreeSet::from([Analysis::Secrets]), context, &[]);
    let rules: Vec<_> = context.rules.iter().cloned().collect();
    let exclude = exclusions(&request.config.scan);
    let mut parser = Parser::default();
    let known = gathered.findings.iter().chain(&gathered.unshown).map(|finding| finding.fingerprint.gate.clone());
    let mut known: HashSet<String> = known.collect();
    let mut ignored = history.source.ignored();
    for appearance in appearances {
        if exclude.is_match(appearance.path.as_str()) || ignored.leaves_out(&appearance.path) {
            continue;
        }
        let Some(bytes) = history.source.bytes(appearance) else { continue };
        let text = searchable(&bytes, request.config.scan.max_file_size).into_owned();
        let target = Target { tracked: Some(true), ..Target::at(appearance.path.as_str()) };
        let file = SourceFile::new(target, text, Encoding::Utf8);
        let mut outcome = scanner.text(&mut parser, &file);
        let directives: Vec<_> = outcome.directives.into_iter().map(|(directive, _)| directive).collect();
        apply_suppressions(&mut outcome.findings, &directives, &rules);
        let mut new: Vec<Finding> = outcome.findings;
        new.retain(|finding| known.insert(finding.fingerprint.gate.clone()));
        if new.is_empty() {
            continue;
        }
        let mut origin = history.source.origin(appearance);
        let masked = |file: &SourceFile, text: &str| {
            without_secrets(file, &scanner.secrets.spans(&file.text, &file.target, None), text)
        };
        origin.author = origin.author.map(|author| {
            let own = SourceFile::new(Target::at("author"), author.clone(), Encoding::Utf8);
            masked(&own, &masked(&file, &author))
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
