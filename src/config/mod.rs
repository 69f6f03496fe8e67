//! `gate.toml`: what is written becomes a valid [`Config`], or an error that points at its line.

mod error;
mod raw;
mod schema;
mod valid;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::analyze::{DependencySettings, LicenseSettings};
use crate::model::{Confidence, Level, OptionValue, Rule};
use crate::policy;

pub use self::error::ConfigError;
pub use self::schema::{reference, schema};

/// The name of the file.
pub const FILE_NAME: &str = "gate.toml";

/// What `gate init` writes.
pub const TEMPLATE: &str = include_str!("template.toml");

/// The nearest `gate.toml` at or above `start`, which is absolute; not beyond the root of a git repository.
pub fn find(start: &Path) -> Option<PathBuf> {
    for folder in start.ancestors() {
        let file = folder.join(FILE_NAME);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads the configuration in `file`. `rules` are all that it may name.
pub fn load(file: &Path, rules: &[Arc<Rule>]) -> Result<Config, Vec<ConfigError>> {
    let text = fs::read_to_string(file).map_err(|error| vec![ConfigError::unreadable(file, &error)])?;
    parse(file, &text, rules)
}

/// The configuration in `text`; `file` is only named in errors.
pub fn parse(file: &Path, text: &str, rules: &[Arc<Rule>]) -> Result<Config, Vec<ConfigError>> {
    let raw = toml::from_str(text).map_err(|error| vec![ConfigError::of_toml(file, text, &error)])?;
    valid::Checker { file, text, rules, errors: Vec::new() }.config(raw)
}

/// The configuration of a run, valid.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub scan: ScanSettings,
    pub policy: policy::Settings,
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
