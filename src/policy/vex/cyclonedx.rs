//! The vulnerabilities of a CycloneDX document, as far as somebody analysed them
//! (<https://cyclonedx.org/docs/1.6/json/#vulnerabilities>): `not_affected`, `false_positive` and `resolved` accept a finding, `exploitable` and
//! `in_triage` say that it stands.

use std::collections::HashMap;

use serde::Deserialize;

use super::Statement;

/// What the document says, oldest first.
pub fn statements(text: &str) -> Result<Vec<Statement>, String> {
    let document: Document = serde_json::from_str(text)
        .map_err(|error| format!("not a CycloneDX document (line {}, column {})", error.line(), error.column()))?;
    let mut purls = HashMap::new();
    let mut open: Vec<&Component> = document.components.iter().chain(&document.metadata.component).collect();
    while let Some(component) = open.pop() {
        if let (Some(id), Some(purl)) = (&component.bom_ref, &component.purl) {
            purls.insert(id.as_str(), purl.as_str());
        }
        open.extend(&component.components);
    }
    let mut analysed: Vec<&Vulnerability> =
        document.vulnerabilities.iter().filter(|one| one.analysis.is_some()).collect();
    analysed.sort_by_key(|one| one.analysis.as_ref().and_then(|analysis| analysis.last_updated.as_deref()));
    analysed.into_iter().map(|one| one.statement(&purls)).collect()
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    component: Option<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    bom_ref: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    #[serde(default)]
    references: Vec<Reference>,
    analysis: Option<Analysis>,
    #[serde(default)]
    affects: Vec<Affects>,
}

/// The same vulnerability elsewhere.
#[derive(Deserialize)]
struct Reference {
    id: String,
}

#[derive(Deserialize)]
struct Affects {
    #[serde(rename = "ref")]
    reference: String,
}

#[derive(Deserialize)]
struct Analysis {
    state: Option<State>,
    justification: Option<String>,
    detail: Option<String>,
    #[serde(rename = "lastUpdated")]
    last_updated: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Resolved,
    ResolvedWithPedigree,
    Exploitable,
    InTriage,
    FalsePositive,
    NotAffected,
}

impl Vulnerability {
    /// `purls` are the package URLs by `bom-ref`.
    fn statement(&self, purls: &HashMap<&str, &str>) -> Result<Statement, String> {
        let analysis = self.analysis.as_ref();
        let said = analysis.into_iter().flat_map(|one| [&one.justification, &one.detail]).flatten();
        let said = said.map(String::as_str).collect::<Vec<_>>().join(": ");
        let accepted = match analysis.and_then(|analysis| analysis.state) {
            Some(State::NotAffected | State::FalsePositive) if said.is_empty() => {
                return Err(format!(
                    "{}: `not_affected` and `false_positive` need a justification or a detail",
                    self.id
                ));
            }
            Some(State::NotAffected) => Some(format!("VEX: not affected: {said}")),
            Some(State::FalsePositive) => Some(format!("VEX: false positive: {said}")),
            Some(State::Resolved | State::ResolvedWithPedigree) => Some("VEX: fixed".to_owned()),
            Some(State::Exploitable | State::InTriage) | None => None,
        };
        let names = std::iter::once(&self.id).chain(self.references.iter().map(|one| &one.id)).cloned().collect();
        let packages = self.affects.iter().filter_map(|one| one.purl(purls)).map(str::to_owned).collect();
        Ok(Statement { names, packages, accepted })
    }
}

impl Affects {
    /// The component that is meant, also where it is named by a link into another document: `urn:cdx:SERIAL/VERSION#bom-ref`.
    fn purl<'a>(&'a self, purls: &HashMap<&str, &'a str>) -> Option<&'a str> {
        let id = match self.reference.strip_prefix("urn:cdx:") {
            Some(link) => link.split_once('#')?.1,
            None => &self.reference,
        };
        purls.get(id).copied().or_else(|| id.starts_with("pkg:").then_some(id))
    }
}
