use schemars::JsonSchema;
use serde::Deserialize;
use spdx::{Licensee, ParseMode};

/// `[licenses]` of `gate.toml`: which licences the project may have.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// SPDX ids that are allowed, for example `["MIT", "Apache-2.0 WITH LLVM-exception"]`. Empty: any.
    pub allow: Vec<AllowedLicense>,
    /// SPDX ids that are not, whatever `allow` says.
    pub deny: Vec<AllowedLicense>,
}

/// A licence id, with its exception if it has one; checked when it is read.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct AllowedLicense(Licensee);

impl AllowedLicense {
    pub(super) fn licensee(&self) -> &Licensee {
        &self.0
    }
}

impl TryFrom<String> for AllowedLicense {
    type Error = String;

    fn try_from(text: String) -> Result<AllowedLicense, String> {
        let mode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };
        match Licensee::parse_mode(&text, mode) {
            Ok(licensee) => Ok(AllowedLicense(licensee)),
            Err(_) => {
                let hint =
                    super::expression::meant(&text).map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                Err(format!("`{text}` is no licence id of the SPDX list (https://spdx.org/licenses/){hint}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_checked_when_they_are_read() {
        let settings: Settings = toml::from_str("allow = [\"MIT\", \"GPL-3.0\"]\ndeny = [\"AGPL-3.0-only\"]").unwrap();
        assert_eq!((settings.allow.len(), settings.deny.len()), (2, 1));
        let error = toml::from_str::<Settings>("allow = [\"MIT\", \"Apache 2.0\"]").unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("did you mean `Apache-2.0`"), "{error}");
        assert!(toml::from_str::<Settings>("alow = []").is_err());
    }
}
