//! RustSec's advisories, judged with the `rustsec` crate one at a time, so that a bad one does not hide the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use rustsec::advisory::{Advisory as Raw, Informational};
use rustsec::{Version, VersionReq};

use super::{AdvisorySource, Checked, Summary, Text, Texts};
use crate::model::{Advisory, AdvisoryKind, Ecosystem, Package, SecuritySeverity, without_values};

/// An open database.
pub struct RustSec {
    texts: Box<dyn Texts>,
    summary: OnceLock<Summary>,
    problems: Mutex<BTreeSet<String>>,
}

impl RustSec {
    pub(super) fn new(texts: Box<dyn Texts>) -> RustSec {
        RustSec { texts, summary: OnceLock::new(), problems: Mutex::default() }
    }

    fn summary(&self) -> &Summary {
        self.summary.get_or_init(|| self.texts.summary())
    }

    fn problem(&self, problem: String) {
        self.problems.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(problem);
    }
}

impl AdvisorySource for RustSec {
    fn describe(&self) -> String {
        let summary = self.summary();
        let newest = summary.newest.as_deref().map(|date| format!(", newest of {date}")).unwrap_or_default();
        format!("RustSec, {} advisories{newest}", summary.advisories)
    }

    fn covers_ecosystem(&self, ecosystem: Ecosystem) -> bool {
        ecosystem == Ecosystem::Cargo
    }

    fn covers(&self, package: &Package) -> bool {
        self.covers_ecosystem(package.ecosystem) && package.is_from_default_registry()
    }

    fn affecting(&self, package: &Package) -> Vec<Advisory> {
        // The name becomes part of a path, and a lockfile may say anything.
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !self.covers(package) || package.name.is_empty() || !package.name.chars().all(is_name) {
            return Vec::new();
        }
        let texts = self.texts.of(&package.name);
        if texts.is_empty() {
            return Vec::new();
        }
        let Ok(version) = Version::parse(&package.version) else {
            self.problem(format!("{} {}: the version is not a semantic version", package.name, package.version));
            return Vec::new();
        };
        let mut found = Vec::new();
        for text in texts {
            match text.and_then(|(file, text)| read(&package.name, &file, &text)) {
                Ok(raw) if !raw.withdrawn() && raw.versions.is_vulnerable(&version) => {
                    found.extend(judge(&raw, &version))
                }
                Ok(_) => {}
                Err(problem) => self.problem(problem),
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).iter().cloned().collect()
    }

    fn newest(&self, _: Ecosystem) -> Option<String> {
        self.summary().newest.clone()
    }
}

/// Reads every advisory once.
pub(super) fn check(texts: &BTreeMap<String, Vec<Text>>) -> Checked {
    let mut checked = Checked::default();
    for (package, list) in texts {
        for (file, text) in list {
            match read(package, file, text) {
                Ok(raw) => {
                    checked.advisories += 1;
                    let date = raw.metadata.date.as_str();
                    if checked.newest.as_deref().is_none_or(|newest| newest < date) {
                        checked.newest = Some(date.to_owned());
                    }
                }
                Err(problem) => checked.problems.push(problem),
            }
        }
    }
    checked
}

/// The advisory in the file `file` of the folder of `package`.
fn read(package: &str, file: &str, text: &str) -> Result<Raw, String> {
    let wrong = |message: String| format!("crates/{package}/{file}: {message}");
    // The crate's own message for this cuts the text at a byte that may lie within a character, and panics.
    if !text.starts_with("```toml") {
        return Err(wrong("it does not start with a TOML block".to_owned()));
    }
    let raw: Raw =
        text.parse().map_err(|error: rustsec::Error| wrong(without_values(&one_line(&error.to_string()))))?;
    if raw.metadata.package.as_str() != package {
        return Err(wrong(format!("it is about the package `{}`", raw.metadata.package)));
    }
    if file.strip_suffix(".md") != Some(raw.id().as_str()) {
        return Err(wrong(format!("it has the id `{}`", raw.id())));
    }
    Ok(raw)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `raw` says about `version`; `None` for a kind that is not known (RustSec has none such in 2026).
fn judge(raw: &Raw, version: &Version) -> Option<Advisory> {
    let kind = match &raw.metadata.informational {
        None => AdvisoryKind::Vulnerability,
        Some(Informational::Unmaintained) => AdvisoryKind::Unmaintained,
        Some(Informational::Unsound) => AdvisoryKind::Unsound,
        // An unknown kind is shown rather than lost.
        Some(_) => AdvisoryKind::Notice,
    };
    let functions = raw.affected.iter().flat_map(|affected| &affected.functions);
    let functions =
        functions.filter(|(_, versions)| versions.is_empty() || versions.iter().any(|req| req.matches(version)));
    Some(Advisory {
        id: raw.id().to_string(),
        kind,
        title: raw.title().to_owned(),
        description: raw.description().to_owned(),
        aliases: raw.metadata.aliases.iter().map(ToString::to_string).collect(),
        url: Some(format!("https://rustsec.org/advisories/{}", raw.id())),
        date: raw.metadata.date.as_str().to_owned(),
        severity: raw.metadata.cvss.as_ref().and_then(|cvss| SecuritySeverity::from_score(cvss.score())),
        fixed: least_fixed(raw.versions.patched(), version),
        patched: raw.versions.patched().iter().map(ToString::to_string).collect(),
        affected_functions: functions.map(|(path, _)| path.to_string()).collect(),
        kev: false,
        epss: None,
    })
}

/// The least version above `version` that one of the requirements admits. They are ranges (`>= 1.2.3`, `^1.2.3`, `>= 1.2.3, < 2`),
/// so it is one of the versions that they name, or the one right after it for `>`.
fn least_fixed(patched: &[VersionReq], version: &Version) -> Option<String> {
    let candidates = patched.iter().flat_map(|req| req.comparators.iter().map(move |comparator| (req, comparator)));
    candidates
        .filter_map(|(req, comparator)| {
            let mut least =
                Version::new(comparator.major, comparator.minor.unwrap_or(0), comparator.patch.unwrap_or(0));
            least.pre = comparator.pre.clone();
            if comparator.op == rustsec::semver::Op::Greater {
                least.patch += 1;
                least.pre = rustsec::semver::Prerelease::EMPTY;
            }
            (least > *version && req.matches(&least)).then_some(least)
        })
        .min()
        .map(|least| least.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn fixed(patched: &[&str], version: &str) -> Option<String> {
        let patched: Vec<VersionReq> = patched.iter().map(|req| VersionReq::parse(req).unwrap()).collect();
        least_fixed(&patched, &Version::parse(version).unwrap())
    }

    #[test]
    fn the_least_fixed_version_is_above_the_present_one() {
        for (patched, version, expected) in [
            (&[">= 1.2.3"][..], "1.0.0", Some("1.2.3")),
            (&["^0.9.12", "^0.10.3", ">= 0.11.2"], "0.10.1", Some("0.10.3")),
            (&["^0.9.12", "^0.10.3", ">= 0.11.2"], "0.9.1", Some("0.9.12")),
            (&["^0.9.12", ">= 0.11.2"], "0.10.1", Some("0.11.2")),
            (&[">= 1.2.3, < 2", ">= 2.1"], "2.0.0", Some("2.1.0")),
            (&["> 1.4.0"], "1.4.0", Some("1.4.1")),
            (&[">= 2.0.0-rc.1"], "1.0.0", Some("2.0.0-rc.1")),
            (&["< 0.5.0"], "0.6.0", None),
            (&[], "0.6.0", None),
        ] {
            assert_eq!(fixed(patched, version).as_deref(), expected, "{patched:?} {version}");
        }
    }

    #[test]
    fn a_text_that_is_no_advisory_is_a_problem_and_no_panic() {
        for text in [
            "",
            "# title",
            "ääääääääääääääääääääää",
            "```toml\n",
            "```toml\n[advisory]\n```\n\n# t\n",
            "```toml\nid = 1\n```",
        ] {
            assert!(read("a", "RUSTSEC-2020-0001.md", text).is_err(), "{text}");
        }
    }
}
