//! What the policy is read from besides the `gate.toml` of the root: exceptions, the baseline, files further down, and the day.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::output::Failure;
use super::project::Place;
use crate::config::{self, Config, EXCEPTIONS_FILE, FILE_NAME, File};
use crate::model::{Rule, Target};
use crate::policy::{Baseline, Exception, Settings};
use crate::rulebook::RuleSet;

/// The day that exceptions are judged by, in UTC. `SOURCE_DATE_EPOCH` sets it, as it does for other tools whose output is to be the
/// same every time.
pub fn today() -> Result<Date, Failure> {
    let now = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) if !seconds.is_empty() => {
            let given = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
            given.ok_or_else(|| Failure::new("SOURCE_DATE_EPOCH is no number of seconds since 1970"))?
        }
        _ => Timestamp::now(),
    };
    Ok(now.to_zoned(TimeZone::UTC).date())
}

/// Those of the file that exceptions have for themselves.
pub fn exceptions(place: &Place, rules: &RuleSet) -> Result<Vec<Exception>, Failure> {
    let file = place.root.join(EXCEPTIONS_FILE);
    let rules: Vec<Arc<Rule>> = rules.iter().cloned().collect();
    config::load_exceptions(File::new(&place.shortened(&file), EXCEPTIONS_FILE), &rules).map_err(Failure::list)
}

/// Where the baseline is.
pub struct BaselineFile {
    /// As a person would write it.
    pub path: PathBuf,
    /// Below the root.
    pub shown: String,
}

impl BaselineFile {
    /// The given one, or the one that the configuration names.
    pub fn of(place: &Place, given: Option<&Path>, config: &Config) -> BaselineFile {
        let absolute = given.map_or_else(|| place.root.join(&config.baseline.file), Path::to_owned);
        BaselineFile { shown: place.below(&absolute), path: place.shortened(&absolute) }
    }

    /// What is in it; `None` where it is not there and need not be.
    pub fn load(&self, must_be_there: bool) -> Result<Option<Baseline>, Failure> {
        let baseline = config::load_baseline(File::new(&self.path, self.shown.as_str())).map_err(Failure::list)?;
        if baseline.is_none() && must_be_there {
            let message = format!("there is no baseline {}; `gate baseline` writes one", self.path.display());
            return Err(Failure::new(message));
        }
        Ok(baseline)
    }
}

/// The policy with what the files further down say about the folders of `targets`; only those below `top`, the folder of the
/// configuration, if there is one.
pub fn nested(
    place: &Place,
    top: Option<&str>,
    config: &Config,
    rules: &RuleSet,
    targets: &[Target],
) -> Result<Settings, Failure> {
    let mut settings = config.policy.clone();
    let Some(top) = top else { return Ok(settings) };
    let rules: Vec<Arc<Rule>> = rules.iter().cloned().collect();
    let mut faults = Vec::new();
    for folder in nested_folders(place, top, targets) {
        let path = place.shortened(&place.root.join(&folder).join(FILE_NAME));
        let shown = format!("{folder}/{FILE_NAME}");
        let text = fs::read_to_string(&path).map_err(|error| {
            Failure::new(format!("{}: the configuration could not be read: {error}", path.display()))
        })?;
        let file = File { folder: &folder, ..File::new(&path, shown.as_str()) };
        if let Err(errors) = config::add_nested(file, &text, &rules, &config.allow_override, &mut settings) {
            faults.extend(errors);
        }
    }
    if faults.is_empty() { Ok(settings) } else { Err(Failure::list(faults)) }
}

/// The folders below `top` that have a configuration of their own, outer ones first.
fn nested_folders(place: &Place, top: &str, targets: &[Target]) -> Vec<String> {
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for target in targets {
        let mut folder = target.path.parent();
        // A folder that is known has its own ones known.
        while !folder.is_empty() && folders.insert(folder) {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    let is_inner = |folder: &&str| top.is_empty() || folder.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'));
    let has_one = |folder: &&str| place.root.join(folder).join(FILE_NAME).is_file();
    let mut found: Vec<String> = folders.into_iter().filter(is_inner).filter(has_one).map(str::to_owned).collect();
    found.sort_by_key(|folder| (folder.matches('/').count(), folder.clone()));
    found
}
