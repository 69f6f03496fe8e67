//! Whether a version is affected, by the algorithm of the OSV schema (<https://ossf.github.io/osv-schema/#evaluation>).

use super::record::{Entry, Event, Range};
use crate::version::{BadVersion, Scheme, Version};

/// A version that was asked about.
pub(super) struct Asked<'a> {
    scheme: Scheme,
    text: &'a str,
    /// By the ecosystem's order, and by Semantic Versioning; `None` where it is no version by those rules.
    own: Option<Version>,
    semver: Option<Version>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(scheme: Scheme, text: &'a str) -> Asked<'a> {
        let own = scheme.parse(text).ok();
        let semver = if scheme.is_semver() { own.clone() } else { Scheme::SemVer.parse(text).ok() };
        Asked { scheme, text, own, semver }
    }

    /// Whether the ecosystem's rules make sense of it; if not, only lists of versions can name it.
    pub(super) fn is_version(&self) -> bool {
        self.own.is_some()
    }

    fn in_order_of(&self, range: &Range) -> (Scheme, Option<&Version>) {
        match range.is_semver && !self.scheme.is_semver() {
            true => (Scheme::SemVer, self.semver.as_ref()),
            false => (self.scheme, self.own.as_ref()),
        }
    }
}

/// Whether `entry` lists the version or has a range that it lies in. An error names the first bound that is no version; it is
/// returned only where what could be read does not affect the version.
pub(super) fn affects(entry: &Entry, asked: &Asked<'_>) -> Result<bool, BadVersion> {
    let is_same =
        |listed: &String| listed == asked.text || asked.own.is_some() && asked.scheme.parse(listed).ok() == asked.own;
    if entry.versions.iter().any(is_same) { Ok(true) } else { in_ranges(entry, asked) }
}

fn in_ranges(entry: &Entry, asked: &Asked<'_>) -> Result<bool, BadVersion> {
    let mut bad = None;
    for range in &entry.ranges {
        match includes(range, asked) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => bad = bad.or(Some(error)),
        }
    }
    bad.map_or(Ok(false), Err)
}

/// Leaves only those versions listed that no range includes. Most records list what their ranges say already, and each version in
/// a list costs a comparison whenever the package is asked about.
pub(super) fn shorten(entry: &mut Entry, scheme: Scheme) {
    let mut versions = std::mem::take(&mut entry.versions);
    versions.retain(|version| in_ranges(entry, &Asked::new(scheme, version)) != Ok(true));
    entry.versions = versions;
}

fn includes(range: &Range, asked: &Asked<'_>) -> Result<bool, BadVersion> {
    let (scheme, Some(version)) = asked.in_order_of(range) else { return Ok(false) };
    let events = sorted(range, scheme)?;
    let limits = || events.iter().filter(|(_, event)| matches!(event, Event::Limit(_)));
    let is_within = |(bound, _): &(Bound, &Event)| bound.is_above(version);
    if limits().next().is_some() && !limits().any(is_within) {
        return Ok(false);
    }
    let mut is_affected = false;
    for (bound, event) in &events {
        match event {
            Event::Introduced(_) if !bound.is_above(version) => is_affected = true,
            Event::Fixed(_) if !bound.is_above(version) => is_affected = false,
            Event::LastAffected(_) if bound.is_below(version) => is_affected = false,
            _ => {}
        }
    }
    Ok(is_affected)
}

/// `introduced: 0` lies before every version, `limit: *` after.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Start,
    At(Version),
    End,
}

impl Bound {
    fn is_above(&self, version: &Version) -> bool {
        match self {
            Bound::Start => false,
            Bound::At(bound) => bound > version,
            Bound::End => true,
        }
    }

    fn is_below(&self, version: &Version) -> bool {
        match self {
            Bound::Start => true,
            Bound::At(bound) => bound < version,
            Bound::End => false,
        }
    }
}

fn sorted(range: &Range, scheme: Scheme) -> Result<Vec<(Bound, &Event)>, BadVersion> {
    let bound = |event: &Event| match event {
        Event::Introduced(version) if version == "0" => Ok(Bound::Start),
        Event::Limit(version) if version == "*" => Ok(Bound::End),
        Event::Introduced(text) | Event::Fixed(text) | Event::LastAffected(text) | Event::Limit(text) => {
            scheme.parse(text).map(Bound::At)
        }
    };
    let mut events: Vec<(Bound, &Event)> =
        range.events.iter().map(|event| Ok((bound(event)?, event))).collect::<Result<_, _>>()?;
    // Stable: of two at the same version the record's own order decides.
    events.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(events)
}

/// The least version above the present one where a fix is said to be, and that none of `entries` affects: the end of
/// the present line of releases, if that line was mended.
pub(super) fn least_fixed(entries: &[&Entry], asked: &Asked<'_>) -> Option<String> {
    let mut fixes: Vec<(Version, &String)> = Vec::new();
    for range in entries.iter().flat_map(|entry| &entry.ranges) {
        let (scheme, Some(version)) = asked.in_order_of(range) else { continue };
        for event in &range.events {
            let Event::Fixed(text) = event else { continue };
            fixes.extend(scheme.parse(text).ok().filter(|fix| fix > version).map(|fix| (fix, text)));
        }
    }
    fixes.sort();
    let is_free = |text: &String| {
        let fix = Asked::new(asked.scheme, text);
        entries.iter().all(|entry| affects(entry, &fix) == Ok(false))
    };
    let (_, text) = fixes.into_iter().find(|(_, text)| is_free(text))?;
    // `1.2.0-0` bounds a range below all pre-releases of 1.2.0; nobody publishes it.
    let is_bound = asked.scheme.is_semver() && text.ends_with("-0");
    Some(text.strip_suffix("-0").filter(|_| is_bound).unwrap_or(text).to_owned())
}

/// Every version where a fix is said to be, as requirements.
pub(super) fn fixes(entries: &[&Entry]) -> Vec<String> {
    let mut fixes = Vec::new();
    for event in entries.iter().flat_map(|entry| &entry.ranges).flat_map(|range| &range.events) {
        if let Event::Fixed(version) = event {
            let fix = format!(">= {version}");
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
    }
    fixes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::advisory::osv::record;

    /// The entry of a record whose `affected` has these ranges and versions.
    fn entry(kind: &str, events: &[&[(&str, &str)]], versions: &[&str]) -> Entry {
        let event = |(name, version): &(&str, &str)| serde_json::json!({ *name: version });
        let range = |events: &&[(&str, &str)]| serde_json::json!({ "type": kind, "events": events.iter().map(event).collect::<Vec<_>>() });
        let record = serde_json::json!({
            "id": "X-1",
            "modified": "2024-01-01T00:00:00Z",
            "affected": [{
                "package": { "ecosystem": "PyPI", "name": "x" },
                "ranges": events.iter().map(range).collect::<Vec<_>>(),
                "versions": versions,
            }],
        });
        record::parse(&serde_json::to_vec(&record).unwrap()).unwrap().packages.remove(0).2
    }

    /// Those of `versions` that are affected.
    fn affected<'a>(entry: &Entry, scheme: Scheme, versions: &[&'a str]) -> Vec<&'a str> {
        versions.iter().copied().filter(|version| affects(entry, &Asked::new(scheme, version)) == Ok(true)).collect()
    }

    #[test]
    fn events_switch_on_and_off_in_the_order_of_their_versions() {
        let introduced = [("introduced", "0"), ("fixed", "1.2"), ("introduced", "2.0"), ("last_affected", "2.5")];
        let mut shuffled = introduced;
        shuffled.reverse();
        let versions = ["0.0.dev1", "0", "1.1", "1.2rc1", "1.2", "1.3", "2.0a1", "2.0", "2.5", "2.5.post1", "3"];
        for events in [introduced, shuffled] {
            let entry = entry("ECOSYSTEM", &[&events], &[]);
            assert_eq!(affected(&entry, Scheme::Pep440, &versions), ["0.0.dev1", "0", "1.1", "1.2rc1", "2.0", "2.5"]);
        }
        let never = entry("ECOSYSTEM", &[&[("fixed", "1.0")]], &[]);
        assert!(affected(&never, Scheme::Pep440, &versions).is_empty(), "nothing was introduced");
        let always = entry("ECOSYSTEM", &[&[("introduced", "0")]], &[]);
        assert_eq!(affected(&always, Scheme::Pep440, &versions).len(), versions.len());
    }

    #[test]
    fn limits_bound_a_range_from_above() {
        let versions = ["1.0", "1.9", "2.0", "3.0"];
        let one = entry("ECOSYSTEM", &[&[("introduced", "1.0"), ("limit", "2.0")]], &[]);
        assert_eq!(affected(&one, Scheme::Pep440, &versions), ["1.0", "1.9"]);
        let open = entry("ECOSYSTEM", &[&[("introduced", "1.0"), ("limit", "*"), ("limit", "2.0")]], &[]);
        assert_eq!(affected(&open, Scheme::Pep440, &versions), versions);
    }

    #[test]
    fn a_listed_version_is_affected_whatever_the_ranges_say() {
        let listed = entry("ECOSYSTEM", &[&[("introduced", "2")]], &["1.0", "odd-one"]);
        assert_eq!(
            affected(&listed, Scheme::Pep440, &["1.0", "1.0.0", "odd-one", "odd-two", "1.1", "2.0"]),
            ["1.0", "1.0.0", "odd-one", "2.0"]
        );
        let commits = entry("GIT", &[&[("introduced", "0")]], &["1.0"]);
        assert_eq!(affected(&commits, Scheme::Pep440, &["1.0", "2.0"]), ["1.0"]);
    }

    #[test]
    fn what_ranges_say_already_is_not_listed_again() {
        let mut short = entry("ECOSYSTEM", &[&[("introduced", "0"), ("fixed", "2")]], &["1.0", "1.1", "2.0", "odd"]);
        shorten(&mut short, Scheme::Pep440);
        assert_eq!(short.versions, ["2.0", "odd"]);
    }

    #[test]
    fn semver_ranges_go_by_semver_in_every_ecosystem() {
        let range = entry("SEMVER", &[&[("introduced", "1.0.0-0"), ("fixed", "1.0.0")]], &[]);
        assert_eq!(affected(&range, Scheme::Pep440, &["1.0.0-rc.1", "1.0.0rc1", "1.0.0"]), ["1.0.0-rc.1"]);
        assert_eq!(
            affected(&range, Scheme::Npm, &["1.0.0-rc.1", "v1.0.0-0", "1.0.0+build"]),
            ["1.0.0-rc.1", "v1.0.0-0"]
        );
    }

    #[test]
    fn a_bound_that_is_no_version_is_told_unless_another_range_answers() {
        let bad = entry("ECOSYSTEM", &[&[("introduced", "?")], &[("introduced", "2")]], &[]);
        assert!(affects(&bad, &Asked::new(Scheme::Pep440, "1")).is_err());
        assert_eq!(affects(&bad, &Asked::new(Scheme::Pep440, "2")), Ok(true));
        assert_eq!(affects(&bad, &Asked::new(Scheme::Pep440, "odd")), Ok(false), "nothing can be said of it");
    }

    #[test]
    fn the_fix_is_the_least_that_no_record_of_the_group_affects() {
        let lines = entry(
            "ECOSYSTEM",
            &[&[("introduced", "1"), ("fixed", "1.5")], &[("introduced", "2"), ("fixed", "2.3")]],
            &[],
        );
        let open = entry("ECOSYSTEM", &[&[("introduced", "0"), ("fixed", "1.4"), ("introduced", "2")]], &[]);
        let late = entry("ECOSYSTEM", &[&[("introduced", "1"), ("fixed", "1.6")]], &["1.6"]);
        let fixed = |group: &[&Entry], version| least_fixed(group, &Asked::new(Scheme::Pep440, version));
        assert_eq!(fixed(&[&lines], "1.0").as_deref(), Some("1.5"));
        assert_eq!(fixed(&[&lines], "2.1").as_deref(), Some("2.3"));
        assert_eq!(fixed(&[&lines, &open], "1.0").as_deref(), Some("1.5"), "1.4 has it still by the other");
        assert_eq!(fixed(&[&lines, &open], "2.1"), None);
        let bound = entry("SEMVER", &[&[("introduced", "0.0.0-0"), ("fixed", "1.2.0-0")]], &[]);
        let cargo = Asked::new(Scheme::SemVer, "1.1.0");
        assert_eq!(least_fixed(&[&bound], &cargo).as_deref(), Some("1.2.0"));
        assert_eq!(fixed(&[&late], "1.0"), None, "the list takes back what the range says");
        assert_eq!(fixes(&[&lines, &open]), [">= 1.5", ">= 2.3", ">= 1.4"]);
    }
}
