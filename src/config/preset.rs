//! The policies to start from. Each is written as a user would write it, so that what it does can be read.

use std::path::Path;
use std::sync::Arc;

use super::raw::RawConfig;
use super::valid::Checker;
use super::{ConfigError, File};
use crate::model::{RelPath, Rule};
use crate::policy::Settings;

/// A policy that comes with the program.
pub struct Preset {
    pub name: &'static str,
    /// In TOML.
    pub text: &'static str,
}

pub const PRESETS: &[Preset] = &[
    Preset { name: "default", text: include_str!("presets/default.toml") },
    Preset { name: "strict", text: include_str!("presets/strict.toml") },
    Preset { name: "security", text: include_str!("presets/security.toml") },
    Preset { name: "adopt", text: include_str!("presets/adopt.toml") },
];

/// The policy that `preset` describes.
pub(super) fn settings(preset: &Preset, rules: &[Arc<Rule>]) -> Result<Settings, Vec<ConfigError>> {
    let name = format!("preset {}", preset.name);
    let path = Path::new(&name);
    let file = File { path, shown: RelPath::new(name.as_str()), folder: "" };
    let raw: RawConfig =
        toml::from_str(preset.text).map_err(|error| vec![ConfigError::of_toml(path, preset.text, &error)])?;
    let mut checker = Checker::new(file, preset.text, rules);
    let settings = checker.policy(raw.policy, Settings::default());
    checker.finish(settings)
}
