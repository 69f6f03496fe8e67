//! `gate.toml` as it is written. The comments here become the descriptions of its JSON Schema and of
//! `docs/configuration.md`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use toml::Spanned;

use super::baseline::BASELINE_FILE;
use super::conditions::{RawCondition, RawLimit};
use super::exceptions::RawException;
use super::texts::{Texts, TextsSchema};
use crate::analyze::{DependencySettings, LicenseSettings};
use crate::model::Level;

/// The configuration of `gate`. It is searched upwards from what is scanned, to the root of the repository. Every key may
/// be left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "gate.toml")]
pub struct RawConfig {
    /// What is looked at.
    pub scan: RawScan,
    /// When the gate fails.
    pub policy: RawPolicy,
    /// Findings that are accepted for a time. They may also stand in `.gate/exceptions.toml`.
    #[schemars(with = "Vec<RawException>")]
    pub exception: Vec<Spanned<RawException>>,
    /// What was there before: findings that do not fail the gate, as `gate baseline` writes them.
    pub baseline: RawBaseline,
    /// Rules by id, such as `[rules."quality/cyclomatic-complexity"]`: another level, or the options that the rule has.
    #[schemars(with = "BTreeMap<String, RuleSchema>")]
    pub rules: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<toml::Value>>>,
    /// Which licences the project and its dependencies may have.
    pub licenses: LicenseSettings,
    /// How dependencies are judged.
    pub dependencies: DependencySettings,
    /// Data about persons: addresses, card and account numbers, national identifiers.
    pub pii: RawPii,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RawScan {
    /// Files that are not scanned, each group with the reason why. Every report counts them.
    #[schemars(with = "Vec<RawExclude>")]
    pub exclude: Vec<Spanned<RawExclude>>,
    /// Larger files are left out and reported. A number of bytes, or a text such as `"500 kB"` or `"10 MiB"`.
    #[schemars(default = "default_size", with = "SizeSchema")]
    pub max_file_size: Option<Spanned<RawSize>>,
    /// How long one file may take to parse, in milliseconds, before it is left out and reported.
    #[schemars(default = "default_timeout", with = "u64", range(min = 1, max = 600_000))]
    pub parse_timeout_ms: Option<Spanned<i64>>,
    /// Findings below this confidence are counted and not shown.
    #[schemars(default = "default_shown", with = "RawConfidence")]
    pub min_confidence: Option<RawConfidence>,
    /// Whether archives (zip, jar, whl, nupkg, tar, gz and their like) are opened and the text in them searched for secrets,
    /// up to two deep; the same as `--archives`. One archive may unpack to 512 MiB and 100000 members.
    #[schemars(default = "default_off", with = "bool")]
    pub archives: Option<bool>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RawBaseline {
    /// Whether it is used where it is there; the same as `--no-baseline` for `false`.
    #[schemars(default = "default_on", with = "bool")]
    pub enabled: Option<bool>,
    /// Where it is, below the root.
    #[schemars(default = "default_baseline", with = "String")]
    pub file: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RawPii {
    /// Whether a scan looks for it without `--only pii`.
    #[schemars(default = "default_off", with = "bool")]
    pub enabled: Option<bool>,
}

/// A group of files that is not scanned.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(extend("required" = ["paths", "reason"]))]
pub struct RawExclude {
    /// Globs of paths below the root, such as `vendor` or `**/*.min.js`; a folder means all that it holds.
    #[schemars(with = "Vec<String>")]
    pub paths: Vec<Spanned<String>>,
    /// Why, for those who come after.
    #[schemars(with = "String")]
    pub reason: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RawPolicy {
    /// What to start from: `default`, `strict`, `security` or `adopt`. What else is written here comes on top. `gate policy preset NAME`
    /// prints one.
    #[schemars(extend("enum" = ["default", "strict", "security", "adopt"]), default = "default_preset", with = "String")]
    pub preset: Option<Spanned<String>>,
    /// Findings at this level or above it fail the gate.
    #[schemars(default = "default_fail_on", with = "RawFailOn")]
    pub fail_on: Option<RawFailOn>,
    /// Only findings of this confidence or above it fail the gate.
    #[schemars(default = "default_failing", with = "RawConfidence")]
    pub min_confidence: Option<RawConfidence>,
    /// What it means when something that should have been looked at was not: an unreadable file, an analysis that could not
    /// run. `fail` ends with exit code 2, `warn` only says so.
    #[schemars(default = "default_incomplete", with = "RawIncomplete")]
    pub incomplete: Option<RawIncomplete>,
    /// Everything counts: findings from warning and medium confidence on, and every file that was left out.
    #[schemars(default = "default_strict", with = "bool")]
    pub strict: Option<bool>,
    /// Whether the markers of other tools (`gitleaks:allow`, `pragma: allowlist secret`, `nosec`, …) accept findings.
    #[schemars(default = "default_foreign_markers", with = "bool")]
    pub foreign_markers: Option<bool>,
    /// What findings mean that were known before, by the baseline or at the merge base: `pass`, they do not fail; `judge`, they are
    /// judged like new ones.
    #[schemars(default = "default_known", with = "RawKnown")]
    pub known_findings: Option<RawKnown>,
    /// So many days before its end an exception is told.
    #[schemars(default = "default_expiry_warning", with = "u32", range(max = 366))]
    pub expiry_warning_days: Option<Spanned<i64>>,
    /// What a `gate.toml` further down may loosen: rules, groups such as `quality/*`, analyses, or `exceptions`. Without it such a file
    /// can only tighten.
    #[schemars(with = "TextsSchema")]
    pub allow_override: Option<Spanned<Texts>>,
    /// What is made of some findings; of the conditions that speak of a finding the last one decides.
    #[schemars(with = "Vec<RawCondition>")]
    pub condition: Vec<Spanned<RawCondition>>,
    /// Limits on measures of functions.
    #[schemars(with = "Vec<RawLimit>")]
    pub limit: Vec<Spanned<RawLimit>>,
    /// Instead of the above for secrets.
    pub secrets: RawAnalysisPolicy,
    /// Instead of the above for code review.
    pub code: RawAnalysisPolicy,
    /// Instead of the above for compliance.
    pub compliance: RawAnalysisPolicy,
    /// Instead of the above for the dependency audit.
    pub dependencies: RawAnalysisPolicy,
    /// Instead of the above for data about persons.
    pub pii: RawAnalysisPolicy,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RawAnalysisPolicy {
    /// Findings of this analysis at this level or above it fail the gate.
    #[schemars(with = "RawFailOn")]
    pub fail_on: Option<RawFailOn>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawFailOn {
    Never,
    Note,
    Warning,
    Error,
}

impl RawFailOn {
    pub fn level(self) -> Level {
        match self {
            RawFailOn::Never => Level::None,
            RawFailOn::Note => Level::Note,
            RawFailOn::Warning => Level::Warning,
            RawFailOn::Error => Level::Error,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawConfidence {
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawIncomplete {
    Fail,
    Warn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RawKnown {
    Pass,
    Judge,
}

/// The settings of one rule. Beside `level`, a rule has the options that `gate explain RULE` lists.
#[derive(JsonSchema)]
#[schemars(inline)]
#[allow(dead_code, reason = "describes what `rules` may hold, for the schema")]
struct RuleSchema {
    /// `off` switches the rule off.
    #[schemars(default)]
    level: Option<RuleLevelSchema>,
    #[serde(flatten)]
    options: BTreeMap<String, RuleOptionSchema>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[allow(dead_code, reason = "describes what `level` may be, for the schema")]
enum RuleLevelSchema {
    Off,
    Note,
    Warning,
    Error,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[allow(dead_code, reason = "describes what an option may be, for the schema")]
enum RuleOptionSchema {
    Integer(i64),
    Switch(bool),
    Text(String),
    List(Vec<String>),
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[allow(dead_code, reason = "describes what a size may be, for the schema")]
enum SizeSchema {
    Bytes(u64),
    Text(String),
}

/// A number of bytes.
#[derive(Clone, Copy, Debug)]
pub struct RawSize(pub u64);

const UNITS: &[(&str, u64)] = &[
    ("b", 1),
    ("kb", 1000),
    ("kib", 1 << 10),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
];

impl RawSize {
    fn parse(text: &str) -> Option<RawSize> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim().to_ascii_lowercase();
        let factor =
            UNITS.iter().find(|(name, _)| unit == *name).map_or_else(|| unit.is_empty().then_some(1), |u| Some(u.1))?;
        number.parse::<u64>().ok()?.checked_mul(factor).map(RawSize)
    }
}

impl<'de> Deserialize<'de> for RawSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawSize, D::Error> {
        struct SizeVisitor;

        impl Visitor<'_> for SizeVisitor {
            type Value = RawSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"10 MiB\", or a number of bytes")
            }

            fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<RawSize, E> {
                u64::try_from(bytes).map(RawSize).map_err(|_| E::custom("a size is not negative"))
            }

            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<RawSize, E> {
                Ok(RawSize(bytes))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RawSize, E> {
                RawSize::parse(text).ok_or_else(|| {
                    E::custom(format!("`{text}` is no size; write a whole number with B, kB, KiB, MB, MiB, GB or GiB"))
                })
            }
        }

        deserializer.deserialize_any(SizeVisitor)
    }
}

fn default_size() -> &'static str {
    "10 MiB"
}

fn default_timeout() -> u64 {
    10_000
}

fn default_shown() -> &'static str {
    "medium"
}

fn default_failing() -> &'static str {
    "high"
}

fn default_fail_on() -> &'static str {
    "error"
}

fn default_incomplete() -> &'static str {
    "fail"
}

fn default_on() -> bool {
    true
}

fn default_baseline() -> &'static str {
    BASELINE_FILE
}

fn default_preset() -> &'static str {
    "default"
}

fn default_known() -> &'static str {
    "pass"
}

fn default_expiry_warning() -> u32 {
    14
}

fn default_off() -> bool {
    false
}

fn default_strict() -> bool {
    false
}

fn default_foreign_markers() -> bool {
    true
}
