//! OpenVEX 0.2.0 (<https://github.com/openvex/spec>). `not_affected` and `fixed` accept a finding; `affected` and `under_investigation` say
//! that it stands.

use serde::Deserialize;

use super::Statement;

/// The statements of a document, oldest first.
pub fn statements(text: &str) -> Result<Vec<Statement>, String> {
    let raw: Document = serde_json::from_str(text)
        .map_err(|error| format!("not an OpenVEX document (line {}, column {})", error.line(), error.column()))?;
    if !raw.context.starts_with("https://openvex.dev/ns") {
        return Err("not an OpenVEX document: its @context is another".to_owned());
    }
    let mut statements = raw.statements;
    // Times in one format; a statement without one is as old as the document.
    let time = |one: &RawStatement| one.timestamp.clone().unwrap_or_else(|| raw.timestamp.clone());
    statements.sort_by_key(time);
    statements.into_iter().enumerate().map(|(index, one)| one.checked(index + 1)).collect()
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
