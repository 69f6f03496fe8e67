//! Advisories as OSV records: one index for each ecosystem, opened when a package of it is first asked about.

mod bucket;
mod evaluate;
mod gather;
mod index;
mod online;
mod record;
mod score;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use self::evaluate::Asked;
use self::index::{Index, Unusable};
use self::record::Entry;
use self::shelf::Shelf;
use super::{AdvisoryError, Fresh, Limits, groups};
use crate::model::{Advisory, Ecosystem, Package};
use crate::version::Scheme;

pub use self::bucket::{DEFAULT_BUCKET, EcosystemStatus};
pub use self::online::DEFAULT_API;

pub(super) use self::bucket::{refresh, statuses};

/// Open indexes.
pub(super) struct Osv {
    shelf: Box<dyn Shelf>,
    open: Mutex<BTreeMap<Ecosystem, Option<Arc<Index>>>>,
    problems: Mutex<BTreeSet<String>>,
    failures: Mutex<BTreeSet<String>>,
}

impl Osv {
    /// A folder with a folder for each ecosystem; `None` when it has none.
    pub(super) fn of_folder(root: &Path, cache: &Path) -> Option<Osv> {
        Some(Osv::new(Box::new(shelf::Records::open(root, cache)?)))
    }

    /// What was downloaded; `None` when nothing was.
    pub(super) fn of_cache(cache: &Path) -> Option<Osv> {
        Some(Osv::new(Box::new(shelf::Downloaded::open(cache)?)))
    }

    /// What was downloaded since `since` (RFC 3339, UTC), and all else downloaded when it is needed.
    pub(super) fn fresh(cache: &Path, since: String, request: Fresh<'_>) -> Osv {
        Osv::new(Box::new(shelf::Downloading::new(cache, since, request)))
    }

    /// What the service at `api` tells of `packages`, and nothing about others.
    pub(super) fn online(api: &str, packages: &[&Package], limits: &Limits) -> Result<Osv, AdvisoryError> {
        Ok(Osv::new(Box::new(online::Answers::ask(api, packages, limits)?)))
    }

    fn new(shelf: Box<dyn Shelf>) -> Osv {
        Osv { shelf, open: Mutex::default(), problems: Mutex::default(), failures: Mutex::default() }
    }

    pub(super) fn ecosystems(&self) -> Vec<Ecosystem> {
        self.shelf.ecosystems()
    }

    /// `OSV PyPI, 2661 advisories, newest of 2024-10-10`, of every ecosystem that was opened.
    pub(super) fn describe(&self) -> Vec<String> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let described = open.values().flatten().map(|index| {
            let header = &index.header;
            let newest = header.newest.as_deref().and_then(|date| date.get(..10));
            let newest = newest.map(|date| format!(", newest of {date}")).unwrap_or_default();
            format!("OSV {}, {} advisories{newest}", header.ecosystem, header.advisories)
        });
        described.collect()
    }

    /// When the newest record of `ecosystem` changed, `YYYY-MM-DD`.
    pub(super) fn newest(&self, ecosystem: Ecosystem) -> Option<String> {
        Some(self.index(ecosystem)?.header.newest.as_deref()?.get(..10)?.to_owned())
    }

    /// Records and versions that could not be read.
    pub(super) fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Ecosystems that could not be asked.
    pub(super) fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// What affects `package`, one for each group of aliases.
    pub(super) fn affecting(&self, package: &Package) -> Vec<Advisory> {
        let Some(index) = self.index(package.ecosystem) else { return Vec::new() };
        match index.of(&package.ecosystem.normalized(&package.name)) {
            Ok(entries) if entries.is_empty() => Vec::new(),
            Ok(entries) => judge(&entries, package, &|problem| self.problem(problem)),
            Err(error) => {
                self.failure(unusable(package.ecosystem, &error));
                Vec::new()
            }
        }
    }

    /// The index of `ecosystem`, opened at most once; why it could not be is told by `failures`.
    fn index(&self, ecosystem: Ecosystem) -> Option<Arc<Index>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = open.get(&ecosystem) {
            return found.clone();
        }
        let mut opened = None;
        if self.shelf.ecosystems().contains(&ecosystem) {
            let found = self.shelf.open(ecosystem);
            found.failure.into_iter().for_each(|failure| self.failure(failure));
            found.index.iter().for_each(|index| self.told(index));
            opened = found.index.map(Arc::new);
        }
        open.insert(ecosystem, opened.clone());
        opened
    }

    /// What its header says of records that could not be read: any of them might have been about a package here.
    fn told(&self, index: &Index) {
        let (shown, count) = (&index.header.problems, index.header.problem_count);
        shown.iter().take(SHOWN).for_each(|problem| self.problem(format!("{} {problem}", index.header.ecosystem)));
        if count > SHOWN {
            self.problem(format!("{} and {} records more", index.header.ecosystem, count - SHOWN));
        }
    }

    fn problem(&self, problem: String) {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner).insert(problem);
    }

    fn failure(&self, failure: String) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).insert(failure);
    }
}

/// Problems of an index that are told one by one.
const SHOWN: usize = 5;

fn unusable(ecosystem: Ecosystem, error: &Unusable) -> String {
    match error {
        Unusable::Absent => format!("the advisories of {ecosystem} are gone"),
        Unusable::Damaged(how) => {
            format!("the advisories of {ecosystem} are damaged ({how}): `gate db update` replaces them")
        }
        Unusable::Io(error) => format!("the advisories of {ecosystem} could not be read: {error}"),
    }
}

/// Those of `entries` that affect `package`, joined by their aliases.
fn judge(entries: &[Entry], package: &Package, problem: &dyn Fn(String)) -> Vec<Advisory> {
    let Some(scheme) = Scheme::of(package.ecosystem) else { return Vec::new() };
    let asked = Asked::new(scheme, &package.version);
    if !asked.is_version() {
        problem(format!(
            "{} {}: its version is not one by the rules of {}",
            package.name,
            package.version,
            scheme.name()
        ));
    }
    let does_affect = |entry: &Entry| match evaluate::affects(entry, &asked) {
        Ok(affects) => affects,
        Err(error) => {
            problem(format!("{} of {}: {error}", entry.id, package.name));
            false
        }
    };
    let affecting: Vec<&Entry> = entries.iter().filter(|entry| does_affect(entry)).collect();
    // Which release of a distribution a package is of is not known: only what affects each release that is spoken of is sure.
    let releases = |entries: &[&Entry], id: &str| -> BTreeSet<Option<String>> {
        entries.iter().filter(|entry| entry.id == id).map(|entry| entry.release.clone()).collect()
    };
    let all: Vec<&Entry> = entries.iter().collect();
    let is_sure =
        |entry: &&Entry| entry.release.is_none() || releases(&affecting, &entry.id) == releases(&all, &entry.id);
    let sure: Vec<&Entry> = affecting.iter().copied().filter(is_sure).collect();
    let groups = groups(&sure, |entry| (&entry.id, &entry.aliases));
    groups.into_iter().map(|(main, group)| advisory(main, &group, &asked)).collect()
}

/// One advisory of a group of records about the same thing, called by `main`, which is one of them.
fn advisory(main: &Entry, group: &[&&Entry], asked: &Asked<'_>) -> Advisory {
    let group: Vec<&Entry> = group.iter().map(|entry| **entry).collect();
    let or_any = |text: fn(&Entry) -> &str| {
        let texts = std::iter::once(main).chain(group.iter().copied()).map(text);
        texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
    };
    let names = group.iter().flat_map(|entry| std::iter::once(&entry.id).chain(&entry.aliases));
    let aliases: BTreeSet<&String> = names.filter(|name| **name != main.id).collect();
    let functions: BTreeSet<&String> = group.iter().flat_map(|entry| &entry.functions).collect();
    let highest = group.iter().filter_map(|entry| entry.severity).max();
    Advisory {
        id: main.id.clone(),
        kind: main.kind,
        title: or_any(|entry| &entry.title),
        description: or_any(|entry| &entry.description),
        aliases: aliases.into_iter().cloned().collect(),
        url: Some(format!("https://osv.dev/vulnerability/{}", main.id)),
        date: or_any(|entry| &entry.date),
        severity: main.severity.or(highest),
        fixed: evaluate::least_fixed(&group, asked),
        patched: evaluate::fixes(&group),
        affected_functions: functions.into_iter().cloned().collect(),
        kev: false,
        epss: None,
    }
}
