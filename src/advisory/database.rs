//! All that is known of packages: RustSec's own advisories, OSV records and what is known of exploitation, as one source.

use std::path::Path;

use super::{
    AdvisoryError, AdvisorySource, Exploited, Fresh, Osv, RustSec, checkout_in, groups, rustsec_in_cache, status,
};
use crate::model::{Advisory, Ecosystem, Package};

/// An open database. Of its two parts one may be missing.
pub struct Database {
    rustsec: Option<RustSec>,
    osv: Option<Osv>,
    exploited: Exploited,
    /// Whether OSV's records are not asked for where RustSec speaks.
    is_either: bool,
}

impl Database {
    /// A RustSec checkout, a folder with OSV records by ecosystem, or both in one.
    pub(super) fn of_folder(folder: &Path, cache: &Path) -> Result<Database, AdvisoryError> {
        let osv = Osv::of_folder(folder, cache);
        let rustsec = match checkout_in(folder) {
            Ok(rustsec) => Some(rustsec),
            Err(AdvisoryError::NotADatabase(_)) if osv.is_some() => None,
            Err(error) => return Err(error),
        };
        Ok(Database { rustsec, osv, exploited: Exploited::beside(folder), is_either: false })
    }

    /// What was downloaded.
    pub(super) fn of_cache(cache: &Path) -> Result<Database, AdvisoryError> {
        let osv = Osv::of_cache(cache);
        let rustsec = match rustsec_in_cache(cache) {
            Ok(rustsec) => Some(rustsec),
            Err(AdvisoryError::Absent) if osv.is_some() => None,
            Err(error) => return Err(error),
        };
        Ok(Database { rustsec, osv, exploited: Exploited::beside(cache), is_either: false })
    }

    /// RustSec's part is used alone where it is fresh; if it is not, its advisories come as OSV records like all others.
    pub(super) fn fresh(cache: &Path, request: Fresh<'_>) -> Database {
        let age = jiff::SignedDuration::try_from(request.max_age).unwrap_or(jiff::SignedDuration::MAX);
        let since = jiff::Timestamp::now().checked_sub(age).unwrap_or(jiff::Timestamp::MIN);
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let is_fresh = status(cache).is_ok_and(|status| status.fetched >= since);
        let rustsec = is_fresh.then(|| rustsec_in_cache(cache).ok()).flatten();
        let osv = Some(Osv::fresh(cache, since, request));
        Database { rustsec, osv, exploited: Exploited::beside(cache), is_either: true }
    }

    fn parts(&self, ecosystem: Ecosystem) -> (Option<&RustSec>, Option<&Osv>) {
        let rustsec = self.rustsec.as_ref().filter(|part| part.covers_ecosystem(ecosystem));
        let is_enough = self.is_either && rustsec.is_some();
        let osv = self.osv.as_ref().filter(|part| !is_enough && part.ecosystems().contains(&ecosystem));
        (rustsec, osv)
    }
}

impl AdvisorySource for Database {
    fn describe(&self) -> String {
        let mut parts: Vec<String> = self.rustsec.iter().map(AdvisorySource::describe).collect();
        parts.extend(self.osv.iter().flat_map(Osv::describe));
        parts.join("; ")
    }

    fn covers_ecosystem(&self, ecosystem: Ecosystem) -> bool {
        !matches!(self.parts(ecosystem), (None, None))
    }

    fn covers(&self, package: &Package) -> bool {
        self.covers_ecosystem(package.ecosystem) && package.is_from_default_registry()
    }

    fn affecting(&self, package: &Package) -> Vec<Advisory> {
        if !self.covers(package) {
            return Vec::new();
        }
        let (rustsec, osv) = self.parts(package.ecosystem);
        let mut found = rustsec.map(|part| part.affecting(package)).unwrap_or_default();
        found.extend(osv.map(|part| part.affecting(package)).unwrap_or_default());
        let mut joined = join(&found);
        joined.iter_mut().for_each(|advisory| self.exploited.tell(advisory));
        joined.sort_by(|a, b| a.id.cmp(&b.id));
        joined
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = self.rustsec.iter().flat_map(AdvisorySource::problems).collect::<Vec<_>>();
        problems.extend(self.osv.iter().flat_map(Osv::problems));
        problems.extend(self.exploited.problems());
        problems.sort();
        problems
    }

    fn failures(&self) -> Vec<String> {
        self.osv.as_ref().map(Osv::failures).unwrap_or_default()
    }

    fn newest(&self, ecosystem: Ecosystem) -> Option<String> {
        let (rustsec, osv) = self.parts(ecosystem);
        rustsec.and_then(|part| part.newest(ecosystem)).max(osv.and_then(|part| part.newest(ecosystem)))
    }
}

/// One advisory for each group of aliases: the preferred account, with what only the others tell.
fn join(found: &[Advisory]) -> Vec<Advisory> {
    let with_others = |(main, group): (&Advisory, Vec<&Advisory>)| {
        let mut joined = main.clone();
        for other in group {
            let names = std::iter::once(&other.id).chain(&other.aliases);
            joined.aliases.extend(names.filter(|name| **name != main.id).cloned());
            joined.affected_functions.extend(other.affected_functions.iter().cloned());
            joined.severity = joined.severity.or(other.severity);
            joined.fixed = joined.fixed.or_else(|| other.fixed.clone());
        }
        for list in [&mut joined.aliases, &mut joined.affected_functions] {
            list.sort();
            list.dedup();
        }
        joined
    };
    groups(found, |advisory| (&advisory.id, &advisory.aliases)).into_iter().map(with_others).collect()
}
