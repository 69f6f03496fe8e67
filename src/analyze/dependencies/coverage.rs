//! What was not judged, and how old the judge is.

use std::collections::{BTreeMap, BTreeSet};

use super::{ProjectSink, not_run, plain};
use crate::advisory::AdvisorySource;
use crate::lockfile::NOT_READ;
use crate::model::{
    Analysis, Ecosystem, Inventory, Notification, NotificationKind, Package, RelPath, SourceFile, Target, TargetRole,
};

/// RustSec publishes every week, so a database this old misses dozens of advisories.
const OLD: u32 = 180;

/// Names that a message lists before it only counts.
const SHOWN: usize = 5;

/// Ecosystems of what builds and checks a project, which is no part of what it ships: without advisories of them a verdict
/// says the less, and is one.
const TOOLS: &[Ecosystem] = &[Ecosystem::GitHubActions];

/// Lockfiles that cannot be read, and Rust packages that have no lockfile.
pub(super) fn unsupported(targets: &[Target], sink: &mut ProjectSink) {
    let own = || targets.iter().filter(|target| target.role != TargetRole::Vendored);
    for target in own() {
        if let Some((_, message)) = NOT_READ.iter().find(|(name, _)| *name == target.path.file_name()) {
            sink.notify(Notification { path: Some(target.path.clone()), ..unsupported_here((*message).to_owned()) });
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

/// How many packages each lockfile has of the ecosystems that `covers` denies, members of the project apart. What is
/// installed has a file for each package: those are counted together, under no path.
fn not_covered<'i>(
    inventories: &[&'i Inventory],
    covers: impl Fn(Ecosystem) -> bool,
) -> BTreeMap<(Ecosystem, Option<&'i RelPath>), usize> {
    let mut found = BTreeMap::new();
    for inventory in inventories {
        let is_vendored = TargetRole::of(&inventory.lockfile) == TargetRole::Vendored;
        let path = Some(&inventory.lockfile).filter(|_| !is_vendored);
        let is_concerned = |package: &&Package| !package.is_own() && !covers(package.ecosystem);
        for package in inventory.packages.iter().filter(is_concerned) {
            *found.entry((package.ecosystem, path)).or_default() += 1;
        }
    }
    found
}

/// Whether the verdict needs advisories of the ecosystem: it is one that people publish advisories of, and what it holds
/// is shipped.
fn is_needed(ecosystem: Ecosystem) -> bool {
    ecosystem.osv_name().is_some() && !TOOLS.contains(&ecosystem)
}

/// Without any database nothing was checked.
pub(super) fn without_database(inventories: &[&Inventory], why: &str, sink: &mut ProjectSink) {
    let found = not_covered(inventories, |_| false);
    let needed = found.iter().filter(|((ecosystem, _), _)| is_needed(*ecosystem));
    let count: usize = needed.map(|(_, count)| count).sum();
    if count > 0 {
        let packages = if count == 1 { "1 package was" } else { &format!("{count} packages were") };
        // Of Rust the database that comes without a name has all.
        let others = found.keys().map(|(ecosystem, _)| *ecosystem);
        let others = others.filter(|ecosystem| *ecosystem != Ecosystem::Cargo && is_needed(*ecosystem));
        let names: BTreeSet<&str> = others.filter_map(Ecosystem::osv_name).collect();
        let options: String = names.iter().map(|name| format!(" --ecosystem {name}")).collect();
        let named = if options.is_empty() { options } else { format!("; theirs is `gate db update{options}`") };
        sink.notify(not_run(format!("{packages} not checked: {why}{named}")));
    }
    only_listed(&found, sink);
}

/// Ecosystems that the database holds nothing of.
pub(super) fn unaudited(inventories: &[&Inventory], source: &dyn AdvisorySource, sink: &mut ProjectSink) {
    let found = not_covered(inventories, |ecosystem| source.covers_ecosystem(ecosystem));
    for ((ecosystem, path), count) in &found {
        let Some(name) = ecosystem.osv_name().filter(|_| is_needed(*ecosystem)) else { continue };
        let message = format!(
            "{} listed and not checked: the advisory database holds none of {ecosystem}; \
             `gate db update --ecosystem {name}` downloads them",
            packages_of(*count, *ecosystem)
        );
        sink.notify(Notification { path: path.cloned(), ..not_run(message) });
    }
    only_listed(&found, sink);
}

/// Ecosystems without which there is a verdict: one word on each.
fn only_listed(found: &BTreeMap<(Ecosystem, Option<&RelPath>), usize>, sink: &mut ProjectSink) {
    let mut all: BTreeMap<Ecosystem, (usize, Vec<&RelPath>)> = BTreeMap::new();
    for ((ecosystem, path), count) in found.iter().filter(|((ecosystem, _), _)| !is_needed(*ecosystem)) {
        let (sum, paths) = all.entry(*ecosystem).or_default();
        *sum += count;
        paths.extend(path);
    }
    for (ecosystem, (count, paths)) in all {
        let why = match ecosystem.osv_name() {
            None => "nobody publishes advisories of them that could be read here".to_owned(),
            Some(name) => format!("`gate db update --ecosystem \"{name}\"` downloads their advisories"),
        };
        let others = match paths.len() {
            0 | 1 => String::new(),
            2 => " (and those in 1 more file)".to_owned(),
            count => format!(" (and those in {} more files)", count - 1),
        };
        let message = format!("{} listed and not checked{others}: {why}", packages_of(count, ecosystem));
        let path = paths.first().map(|path| (*path).clone());
        sink.notify(Notification { path, ..unsupported_here(message) });
    }
}

fn packages_of(count: usize, ecosystem: Ecosystem) -> String {
    if count == 1 { format!("1 package of {ecosystem} was") } else { format!("{count} packages of {ecosystem} were") }
}

/// What is asked for at no single version, by file.
pub(super) fn unpinned(inventories: &[(&SourceFile, Inventory)], sink: &mut ProjectSink) {
    for (file, inventory) in inventories {
        let Some(first) = inventory.unpinned.iter().min_by_key(|unpinned| unpinned.span) else { continue };
        let names: BTreeSet<&str> = inventory.unpinned.iter().map(|unpinned| unpinned.name.as_str()).collect();
        let message = format!(
            "asked for at no single version, so what gets installed is not known and was not checked ({}): {}",
            names.len(),
            listed(&names)
        );
        let line = Some(file.lines().line_of(first.span.0));
        sink.notify(Notification { path: Some(inventory.lockfile.clone()), line, ..unsupported_here(message) });
    }
}

/// The first of the names.
fn listed(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(SHOWN).collect();
    format!("{}{}", shown.join(", "), if names.len() > SHOWN { ", …" } else { "" })
}

/// Packages from a source that the database does not speak of though it does of their ecosystem, members of the project
/// apart.
pub(super) fn uncovered(inventory: &Inventory, source: &dyn AdvisorySource, sink: &mut ProjectSink) {
    let foreign = inventory
        .packages
        .iter()
        .filter(|package| !package.is_own() && source.covers_ecosystem(package.ecosystem) && !source.covers(package));
    let names: BTreeSet<&str> = foreign.map(|package| package.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    let message = format!(
        "packages from git or another registry have no advisories and were not checked ({}): {}",
        names.len(),
        listed(&names)
    );
    sink.notify(Notification { path: Some(inventory.lockfile.clone()), ..unsupported_here(message) });
}

/// Says so when the newest advisory of an ecosystem of `inventories` is older than `max_age_days`, or much older when there is no
/// such limit.
pub(super) fn age(
    inventories: &[&Inventory],
    source: &dyn AdvisorySource,
    max_age_days: Option<u32>,
    sink: &mut ProjectSink,
) {
    let packages =
        inventories.iter().flat_map(|inventory| &inventory.packages).filter(|package| source.covers(package));
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
