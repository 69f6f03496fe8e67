//! What was not judged, and how old the judge is.

use std::collections::{BTreeMap, BTreeSet};

use super::{ProjectSink, not_read_yet, not_run, plain};
use crate::advisory::AdvisorySource;
use crate::model::{Analysis, Ecosystem, Inventory, Notification, NotificationKind, Target, TargetRole};

/// RustSec publishes every week, so a database this old misses dozens of advisories.
const OLD: u32 = 180;

/// Names that a message lists before it only counts.
const SHOWN: usize = 5;

/// Lockfiles of other ecosystems, and Rust packages that have no lockfile.
pub(super) fn unsupported(targets: &[Target], sink: &mut ProjectSink) {
    let own = || targets.iter().filter(|target| target.role != TargetRole::Vendored);
    for target in own() {
        if let Some(ecosystem) = not_read_yet(target.path.file_name()) {
            let message = format!("packages of {ecosystem} are not checked yet");
            sink.notify(Notification { path: Some(target.path.clone()), ..unsupported_here(message) });
        }
    }
    let locked: BTreeSet<&str> =
        own().filter(|target| target.path.file_name() == "Cargo.lock").map(|target| target.path.parent()).collect();
    let is_locked = |folder: &str| {
        locked.contains("")
            || folder.match_indices('/').any(|(at, _)| locked.contains(&folder[..at]))
            || locked.contains(folder)
    };
    let manifests = own().filter(|target| target.path.file_name() == "Cargo.toml" && !is_locked(target.path.parent()));
    let unlocked: Vec<&Target> = manifests.collect();
    if let Some(first) = unlocked.first() {
        let others = match unlocked.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let message = format!(
            "no Cargo.lock beside or above this Cargo.toml{others}: its dependencies were not checked; \
             `cargo generate-lockfile` writes one"
        );
        sink.notify(Notification { path: Some(first.path.clone()), ..unsupported_here(message) });
    }
}

/// Packages that the database does not speak of, members of the project apart: because of where they come from, or because it has
/// no advisories of their ecosystem.
pub(super) fn uncovered(inventory: &Inventory, source: &dyn AdvisorySource, sink: &mut ProjectSink) {
    let mut foreign: BTreeSet<&str> = BTreeSet::new();
    let mut absent: BTreeMap<Ecosystem, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for package in inventory.packages.iter().filter(|package| !package.is_own() && !source.covers(package)) {
        if source.covers_ecosystem(package.ecosystem) || !package.is_from_default_registry() {
            foreign.insert(&package.name);
        } else {
            absent.entry(package.ecosystem).or_default().insert((&package.name, &package.version));
        }
    }
    let mut tell = |notification| sink.notify(Notification { path: Some(inventory.lockfile.clone()), ..notification });
    for (ecosystem, packages) in absent {
        let count = packages.len();
        tell(match ecosystem.osv_name() {
            Some(name) => not_run(format!(
                "{count} packages of {ecosystem} were not checked: the database has no advisories of {ecosystem}; \
                 `gate db update --ecosystem {name}` downloads them"
            )),
            None => unsupported_here(format!("nobody publishes advisories of {ecosystem}; not checked ({count})")),
        });
    }
    if !foreign.is_empty() {
        let shown: Vec<&str> = foreign.iter().copied().take(SHOWN).collect();
        let rest = if foreign.len() > SHOWN { ", …" } else { "" };
        tell(unsupported_here(format!(
            "packages from git or another registry have no advisories and were not checked ({}): {}{rest}",
            foreign.len(),
            shown.join(", ")
        )));
    }
}

/// Says so when the newest advisory of an ecosystem of `inventories` is older than `max_age_days`, or much older when there is no
/// such limit.
pub(super) fn age<'a>(
    inventories: impl Iterator<Item = &'a Inventory>,
    source: &dyn AdvisorySource,
    max_age_days: Option<u32>,
    sink: &mut ProjectSink,
) {
    let packages = inventories.flat_map(|inventory| &inventory.packages).filter(|package| source.covers(package));
    let ecosystems: BTreeSet<Ecosystem> = packages.map(|package| package.ecosystem).collect();
    for ecosystem in ecosystems {
        let Some(newest) = source.newest(ecosystem) else { continue };
        let Some(days) = days_since(&newest) else { continue };
        let what = format!("the newest advisory of {ecosystem} in the database is of {newest}");
        match max_age_days {
            Some(limit) if days > limit => sink.notify(not_run(format!(
                "{what}, older than max-age-days = {limit} allows; `gate db update` downloads a newer one"
            ))),
            None if days > OLD => sink.notify(Notification {
                analysis: Some(Analysis::Dependencies),
                ..plain(
                    NotificationKind::Note,
                    format!("{what}: later ones are unknown to it; `gate db update` downloads them"),
                )
            }),
            _ => {}
        }
    }
}

/// Days from `date` (`YYYY-MM-DD`) to today in UTC; 0 for a day to come.
fn days_since(date: &str) -> Option<u32> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(u32::try_from(date.until(today).ok()?.get_days()).unwrap_or(0))
}

fn unsupported_here(message: String) -> Notification {
    Notification { analysis: Some(Analysis::Dependencies), ..plain(NotificationKind::Unsupported, message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_to_today() {
        let yesterday = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().yesterday();
        assert_eq!(yesterday.ok().and_then(|date| days_since(&date.to_string())), Some(1));
        assert_eq!(days_since("9999-01-01"), Some(0));
        assert!(days_since("2000-01-01").is_some_and(|days| days > 9000));
        assert_eq!(days_since("soon"), None);
    }
}
