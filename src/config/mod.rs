//! `gate.toml`: what is written becomes a valid [`Config`], or an error that points at its line.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::analyze::{DependencySettings, LicenseSettings};
use crate::model::{Confidence, Level, OptionValue};
use crate::policy;

/// The configuration of a run, valid.
#[derive(Clone, Debug)]
pub struct Config {
    pub scan: ScanSettings,
    pub policy: policy::Settings,
    /// By rule id; ids were checked against the rules.
    pub rules: BTreeMap<String, RuleSettings>,
    pub licenses: LicenseSettings,
    pub dependencies: DependencySettings,
}

#[derive(Clone, Debug)]
pub struct ScanSettings {
    pub exclude: Vec<Exclude>,
    /// In bytes; a larger file becomes a notification.
    pub max_file_size: u64,
    pub parse_timeout: Duration,
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
}

/// Files left out, and why.
#[derive(Clone, Debug)]
pub struct Exclude {
    /// Globs below the root.
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
            parse_timeout: Duration::from_secs(5),
            min_confidence: Confidence::Medium,
        }
    }
}
