//! VEX: what the makers of a product say of advisories about its parts.

mod cyclonedx;
mod openvex;

use serde_json::Value;

use crate::model::{Finding, Suppression, SuppressionKind};

/// The statements of a document, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vex {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
struct Statement {
    /// The vulnerability by all of its names.
    names: Vec<String>,
    /// Package URLs; one without a version is about every version.
    packages: Vec<String>,
    /// Why a finding is accepted; `None` where it stands.
    accepted: Option<String>,
}

impl Vex {
    /// Of an OpenVEX or a CycloneDX document in JSON. The message of an error says what is wrong and quotes no value.
    pub fn parse(text: &str) -> Result<Vex, String> {
        let is_cyclonedx = text.contains("\"bomFormat\"");
        let statements = if is_cyclonedx { cyclonedx::statements(text)? } else { openvex::statements(text)? };
        Ok(Vex { statements })
    }

    /// Accepts the findings about packages that the document's last word on them accepts.
    pub fn apply(&self, findings: &mut [Finding]) {
        for finding in findings {
            let text = |key: &str| finding.properties.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
            let Some(purl) = text("purl").and_then(Value::as_str) else { continue };
            let aliases = text("aliases").and_then(|value| value.as_array()).into_iter().flatten();
            let names: Vec<&str> =
                text("advisory").into_iter().chain(aliases).filter_map(|value| value.as_str()).collect();
            let speaks = |one: &&Statement| {
                one.names.iter().any(|name| names.contains(&name.as_str()))
                    && one.packages.iter().any(|package| is_about(package, purl))
            };
            let last = self.statements.iter().rfind(speaks);
            if let Some(justification) = last.and_then(|statement| statement.accepted.clone()) {
                let kind = SuppressionKind::External;
                finding.suppressions.push(Suppression { kind, justification, is_foreign: false, exception: None });
            }
        }
    }
}

/// Whether the package URL of a statement means the package that `purl` names. One without qualifiers is about a package wherever
/// it comes from, and one without a version about every version.
fn is_about(statement: &str, purl: &str) -> bool {
    if statement.contains('?') {
        return statement == purl;
    }
    let purl = purl.split(['?', '#']).next().unwrap_or_default();
    // An `@` of a name is written `%40`.
    let name = purl.split('@').next().unwrap_or_default();
    !statement.is_empty() && (statement == purl || statement == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_about_a_version_or_about_all() {
        for (statement, purl, expected) in [
            ("pkg:pypi/a@1.0", "pkg:pypi/a@1.0", true),
            ("pkg:pypi/a", "pkg:pypi/a@1.0", true),
            ("pkg:pypi/a@1", "pkg:pypi/a@1.0", false),
            ("pkg:pypi/a", "pkg:pypi/ab@1.0", false),
            ("pkg:npm/%40s/a", "pkg:npm/%40s/a@1.0.0", true),
            ("pkg:cargo/a@1.0.0", "pkg:cargo/a@1.0.0?repository_url=https://registry.example.org", true),
            ("pkg:cargo/a@1.0.0?repository_url=https://example.com", "pkg:cargo/a@1.0.0", false),
            ("", "pkg:pypi/a@1.0", false),
        ] {
            assert_eq!(is_about(statement, purl), expected, "{statement} {purl}");
        }
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        for (text, said) in [
            ("", "line 1"),
            ("{}", "not an OpenVEX"),
            (r#"{"@context": "https://example.com", "timestamp": "2024", "statements": []}"#, "@context"),
            (
                r#"{"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2024", "statements": [
                    {"vulnerability": {"name": "CVE-1"}, "products": [], "status": "not_affected"}]}"#,
                "statement 1: `not_affected` needs",
            ),
        ] {
            assert!(Vex::parse(text).is_err_and(|error| error.contains(said)), "{text}");
        }
    }
}
