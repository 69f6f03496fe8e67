//! OpenVEX (<https://github.com/openvex/spec>, 0.2.0): what the makers of a product say of advisories about its parts. `not_affected` and
//! `fixed` accept a finding; `affected` and `under_investigation` say that it stands.

use serde::Deserialize;

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
    /// The message of an error says what is wrong and quotes no value.
    pub fn parse(text: &str) -> Result<Vex, String> {
        let raw: Document = serde_json::from_str(text)
            .map_err(|error| format!("not an OpenVEX document (line {}, column {})", error.line(), error.column()))?;
        if !raw.context.starts_with("https://openvex.dev/ns") {
            return Err("not an OpenVEX document: its @context is another".to_owned());
        }
        let mut statements = raw.statements;
        // Times in one format; a statement without one is as old as the document.
        let time = |one: &RawStatement| one.timestamp.clone().unwrap_or_else(|| raw.timestamp.clone());
        statements.sort_by_key(time);
        let statements = statements.into_iter().enumerate().map(|(index, one)| one.checked(index + 1));
        Ok(Vex { statements: statements.collect::<Result<_, String>>()? })
    }

    /// Accepts the findings about packages that the document's last word on them accepts.
    pub fn apply(&self, findings: &mut [Finding]) {
        for finding in findings {
            let text = |key: &str| finding.properties.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
            let Some(purl) = text("purl").and_then(|value| value.as_str()) else { continue };
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

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@context")]
    context: String,
    timestamp: String,
    statements: Vec<RawStatement>,
}

#[derive(Deserialize)]
struct RawStatement {
    vulnerability: Vulnerability,
    #[serde(default)]
    products: Vec<Product>,
    status: Status,
    justification: Option<String>,
    impact_statement: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    NotAffected,
    Affected,
    Fixed,
    UnderInvestigation,
}

/// A text before version 0.2.0.
#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    Id(String),
    Named {
        name: String,
        #[serde(default)]
        aliases: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Product {
    Id(String),
    Component(Component),
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "@id")]
    id: Option<String>,
    #[serde(default)]
    identifiers: Identifiers,
    #[serde(default)]
    subcomponents: Vec<Component>,
}

#[derive(Default, Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

impl RawStatement {
    /// `number` counts from 1 in the order of time.
    fn checked(self, number: usize) -> Result<Statement, String> {
        let said = [self.justification, self.impact_statement].into_iter().flatten().collect::<Vec<_>>().join(": ");
        let accepted = match self.status {
            Status::NotAffected if said.is_empty() => {
                return Err(format!("statement {number}: `not_affected` needs a justification or an impact statement"));
            }
            Status::NotAffected => Some(format!("VEX: not affected: {said}")),
            Status::Fixed => Some("VEX: fixed".to_owned()),
            Status::Affected | Status::UnderInvestigation => None,
        };
        let names = match self.vulnerability {
            Vulnerability::Id(id) => vec![id],
            Vulnerability::Named { name, aliases } => std::iter::once(name).chain(aliases).collect(),
        };
        let packages = self.products.into_iter().flat_map(Product::packages).collect();
        Ok(Statement { names, packages, accepted })
    }
}

impl Product {
    /// A product with parts is spoken of as far as these parts go.
    fn packages(self) -> Vec<String> {
        match self {
            Product::Id(id) => vec![id],
            Product::Component(component) if component.subcomponents.is_empty() => component.purls(),
            Product::Component(component) => component.subcomponents.into_iter().flat_map(Component::purls).collect(),
        }
    }
}

impl Component {
    fn purls(self) -> Vec<String> {
        self.identifiers.purl.into_iter().chain(self.id).filter(|id| id.starts_with("pkg:")).collect()
    }
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
