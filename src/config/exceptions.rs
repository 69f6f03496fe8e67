//! `[[exception]]`, in `gate.toml` or in a file of its own: as written, and as checked.

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::texts::{Texts, TextsSchema};
use super::valid::Checker;
use super::{ConfigError, File};
use crate::model::Rule;
use crate::policy::{Exception, PackagePattern};

/// Where exceptions may stand besides `gate.toml`, below the root.
pub const EXCEPTIONS_FILE: &str = ".gate/exceptions.toml";

/// The number of this shape of the file.
const VERSION: i64 = 1;

/// Findings that are accepted for a time, by someone who answers for it. All that is given holds of them; of a list, one is enough.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(extend("required" = ["owner", "reason", "expires"]))]
pub struct RawException {
    /// The rule, or rules: an id, or a group such as `python/*`. It goes with `path` or `package`.
    #[schemars(with = "TextsSchema")]
    pub rule: Option<Spanned<Texts>>,
    /// The advisory, by any of its names: `CVE-…`, `GHSA-…`, `RUSTSEC-…`.
    #[schemars(with = "TextsSchema")]
    pub advisory: Option<Spanned<Texts>>,
    /// The fingerprint of one finding, as the JSON report tells it; what a secret is excepted by.
    #[schemars(with = "TextsSchema")]
    pub fingerprint: Option<Spanned<Texts>>,
    /// Globs of paths; a folder means all that it holds.
    #[schemars(with = "TextsSchema")]
    pub path: Option<Spanned<Texts>>,
    /// The package: `name`, `name@version`, or a package URL.
    #[schemars(with = "TextsSchema")]
    pub package: Option<Spanned<Texts>>,
    /// Only findings of this analysis, or of one of these.
    #[schemars(with = "TextsSchema")]
    pub analysis: Option<Spanned<Texts>>,
    /// Who answers for it: a person or a team.
    #[schemars(with = "String")]
    pub owner: Option<Spanned<String>>,
    /// Why it is acceptable.
    #[schemars(with = "String")]
    pub reason: Option<Spanned<String>>,
    /// The last day on which it holds, such as `2027-01-31`.
    #[schemars(with = "String")]
    pub expires: Option<Spanned<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RawFile {
    version: Option<Spanned<i64>>,
    exception: Vec<Spanned<RawException>>,
}

/// The exceptions in `file`; none where there is no such file.
pub fn load_exceptions(file: File<'_>, rules: &[Arc<Rule>]) -> Result<Vec<Exception>, Vec<ConfigError>> {
    match fs::read_to_string(file.path) {
        Ok(text) => parse_exceptions(file, &text, rules),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(vec![ConfigError::unreadable(file.path, "the exceptions", &error)]),
    }
}

/// The exceptions in `text`, of which `file` is only named.
pub fn parse_exceptions(file: File<'_>, text: &str, rules: &[Arc<Rule>]) -> Result<Vec<Exception>, Vec<ConfigError>> {
    let raw: RawFile = toml::from_str(text).map_err(|error| vec![ConfigError::of_toml(file.path, text, &error)])?;
    let mut checker = Checker::new(file, text, rules);
    if let Some(version) = raw.version.filter(|version| *version.as_ref() != VERSION) {
        let message = format!("exceptions of version {}, which this gate does not know", version.as_ref());
        let help = format!("this is for version {VERSION}: use the version of gate that wrote it, or a later one");
        checker.fail(version.span().start, message, Some(help));
    }
    let exceptions = checker.exceptions(raw.exception);
    checker.finish(exceptions)
}

impl Checker<'_> {
    pub(super) fn exceptions(&mut self, raw: Vec<Spanned<RawException>>) -> Vec<Exception> {
        raw.into_iter().filter_map(|one| self.exception(one)).collect()
    }

    fn exception(&mut self, raw: Spanned<RawException>) -> Option<Exception> {
        let at = raw.span().start;
        let raw = raw.into_inner();
        let rules = self.rule_patterns(raw.rule.as_ref());
        let paths = raw.path.as_ref().and_then(|paths| self.paths(paths));
        let analyses = self.analyses(raw.analysis.as_ref());
        let advisories = self.words(raw.advisory.as_ref(), "advisory");
        let packages = self.words(raw.package.as_ref(), "package");
        let fingerprints = self.fingerprints(raw.fingerprint.as_ref());
        if raw.rule.is_none() && raw.advisory.is_none() && raw.fingerprint.is_none() {
            let help = Some("write `rule`, `advisory` or `fingerprint`".to_owned());
            self.fail(at, "an exception says what it accepts", help);
        } else if raw.advisory.is_none() && raw.fingerprint.is_none() && raw.path.is_none() && raw.package.is_none() {
            let help = "write `path` or `package`; `[rules.\"…\"] level = \"off\"` switches a rule off".to_owned();
            self.fail(at, "an exception for a rule says where it holds", Some(help));
        }
        let owner = self.required(at, raw.owner, "an owner", "owner = \"…\"`: who answers for it");
        let reason = self.required(at, raw.reason, "a reason", "reason = \"…\"`: why it is acceptable");
        let expires = self.date(at, raw.expires);
        Some(Exception {
            rules,
            advisories,
            fingerprints,
            paths,
            packages: packages.iter().map(|package| PackagePattern::parse(package)).collect(),
            analyses,
            owner: owner?,
            reason: reason?,
            expires: expires?,
            place: self.place(at),
            folder: self.folder.to_owned(),
        })
    }

    fn required(&mut self, at: usize, raw: Option<Spanned<String>>, what: &str, write: &str) -> Option<String> {
        match raw {
            Some(text) if !text.as_ref().trim().is_empty() => Some(text.into_inner()),
            given => {
                let at = given.map_or(at, |text| text.span().start);
                self.fail(at, format!("an exception needs {what}"), Some(format!("write `{write}")));
                None
            }
        }
    }

    /// A day, as TOML has it or as text.
    fn date(&mut self, at: usize, raw: Option<Spanned<Value>>) -> Option<Date> {
        let help = Some("write `expires = 2027-01-31`: the last day on which it holds".to_owned());
        let Some(raw) = raw else {
            self.fail(at, "an exception needs an end", help);
            return None;
        };
        let text = match raw.as_ref() {
            Value::Datetime(date) => date.to_string(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let date = text.parse::<Date>().ok().filter(|_| text.len() == "2027-01-31".len());
        if date.is_none() {
            self.fail(raw.span().start, "`expires` is a day of the calendar", help);
        }
        date
    }

    fn fingerprints(&mut self, raw: Option<&Spanned<Texts>>) -> Vec<String> {
        let prints: Vec<String> =
            self.words(raw, "fingerprint").into_iter().map(|print| print.to_ascii_lowercase()).collect();
        let is_whole = |print: &String| print.len() == 32 && print.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(raw) = raw.filter(|_| !prints.iter().all(is_whole)) {
            let help = Some("copy `fingerprint` from the JSON report".to_owned());
            self.fail(raw.span().start, "a fingerprint has 32 hexadecimal digits", help);
        }
        prints
    }

    /// Texts of which none is empty.
    fn words(&mut self, raw: Option<&Spanned<Texts>>, key: &str) -> Vec<String> {
        let Some(raw) = raw else { return Vec::new() };
        let words = &raw.as_ref().0;
        if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
            self.fail(raw.span().start, format!("`{key}` is empty"), None);
        }
        words.iter().map(|word| word.trim().to_owned()).collect()
    }
}
