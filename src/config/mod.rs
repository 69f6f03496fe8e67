//! `gate.toml`: what is written becomes a valid [`Config`], or an error that points at its line.

mod baseline;
mod conditions;
mod error;
mod exceptions;
mod nested;
mod preset;
mod raw;
mod schema;
mod texts;
mod valid;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::analyze::{DependencySettings, LicenseSettings};
use crate::model::{Confidence, Level, OptionValue, RelPath, Rule};
use crate::policy;

pub use self::baseline::{BASELINE_FILE, load_baseline, parse_baseline, render_baseline};
pub use self::error::ConfigError;
pub use self::exceptions::{EXCEPTIONS_FILE, load_exceptions, parse_exceptions};
pub use self::nested::{Allowed, add_nested};
pub use self::preset::{PRESETS, Preset};
pub use self::schema::{reference, schema};

/// The name of the file.
pub const FILE_NAME: &str = "gate.toml";

/// What `gate init` writes.
pub const TEMPLATE: &str = include_str!("template.toml");

/// The `gate.toml` of the project around `start`, which is absolute: the outermost one at or above it in a git repository, where
/// those further down only speak of their folders; elsewhere the nearest.
pub fn find(start: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in start.ancestors() {
        found.extend(Some(folder.join(FILE_NAME)).filter(|file| file.is_file()));
        if folder.join(".git").exists() {
            return found.pop();
        }
    }
    found.into_iter().next()
}

/// A file that configures the run, and how it is named.
#[derive(Clone, Debug)]
pub struct File<'a> {
    /// To read it, and in errors.
    pub path: &'a Path,
    /// In reports: relative to the root, whatever the working directory is.
    pub shown: RelPath,
    /// What it speaks of: a folder below the root, or all where it is empty.
    pub folder: &'a str,
}

impl<'a> File<'a> {
    /// A file of the root.
    pub fn new(path: &'a Path, shown: impl Into<Arc<str>>) -> File<'a> {
        File { path, shown: RelPath::new(shown), folder: "" }
    }
}

/// Reads the configuration in `file`. `rules` are all that it may name.
pub fn load(file: File<'_>, rules: &[Arc<Rule>]) -> Result<Config, Vec<ConfigError>> {
    let text = fs::read_to_string(file.path)
        .map_err(|error| vec![ConfigError::unreadable(file.path, "the configuration", &error)])?;
    parse(file, &text, rules)
}

/// The configuration in `text`, of which `file` is only named.
pub fn parse(file: File<'_>, text: &str, rules: &[Arc<Rule>]) -> Result<Config, Vec<ConfigError>> {
    let raw = toml::from_str(text).map_err(|error| vec![ConfigError::of_toml(file.path, text, &error)])?;
    valid::Checker::new(file, text, rules).config(raw)
}

/// The configuration of a run, valid.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub scan: ScanSettings,
    pub policy: policy::Settings,
    /// What files further down may loosen.
    pub allow_override: Vec<Allowed>,
    pub baseline: BaselineSettings,
    /// By rule id; ids were checked against the rules.
    pub rules: BTreeMap<String, RuleSettings>,
    pub licenses: LicenseSettings,
    pub dependencies: DependencySettings,
    /// Whether data about persons is looked for without being asked for.
    pub pii: bool,
}

#[derive(Clone, Debug)]
pub struct ScanSettings {
    pub exclude: Vec<Exclude>,
    /// In bytes; a larger file becomes a notification.
    pub max_file_size: u64,
    pub parse_timeout: Duration,
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
    /// Whether archives are opened.
    pub archives: bool,
}

/// Files left out, and why.
#[derive(Clone, Debug)]
pub struct Exclude {
    /// Globs below the root; of a folder, one for all that it holds too.
    pub paths: Vec<String>,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineSettings {
    pub enabled: bool,
    /// Below the root.
    pub file: String,
}

impl Default for BaselineSettings {
    fn default() -> BaselineSettings {
        BaselineSettings { enabled: true, file: BASELINE_FILE.to_owned() }
    }
}

#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    /// `Some(Level::None)` switches the rule off.
    pub level: Option<Level>,
    pub options: BTreeMap<String, OptionValue>,
}

impl Default for ScanSettings {
    fn default() -> ScanSettings {
        ScanSettings {
            exclude: Vec::new(),
            max_file_size: 10 * 1024 * 1024,
            parse_timeout: Duration::from_secs(10),
            min_confidence: Confidence::Medium,
            archives: false,
        }
    }
}
