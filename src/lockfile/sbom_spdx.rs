//! A bill of materials in SPDX 2.2 or 2.3, JSON (<https://spdx.github.io/spdx-spec/v2.3/>). What the document describes is the
//! project; packages without a package URL are listed as what they call themselves.

use std::collections::HashSet;

use super::read::{Graph, Node, json, purl};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Spdx;

impl Lockfile for Spdx {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name().to_ascii_lowercase();
        name.ends_with(".spdx.json") || matches!(name.as_str(), "spdx.json" | "sbom.json" | "bom.json")
    }

    fn accepts(&self, text: &str) -> bool {
        text.contains("spdxVersion") || text.trim().is_empty()
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.need("spdxVersion")?;
        root.version("spdxVersion", &["SPDX-2.2", "SPDX-2.3"])?;
        let relationships = root.list_of("relationships")?;
        let described = relationships.iter().filter(|one| one.text_of("relationshipType") == Some("DESCRIBES"));
        let described = described.filter_map(|one| one.text_of("relatedSpdxElement"));
        let described: HashSet<&str> =
            described.chain(root.list_of("documentDescribes")?.iter().filter_map(Node::text)).collect();
        let mut graph = Graph::new();
        for node in root.list_of("packages")? {
            let id = node.need_text("SPDXID")?;
            let package = package(node)?;
            // A document of one package alone describes that one, which is not the project.
            let is_project = described.contains(id) && package.ecosystem == Ecosystem::Other;
            let source = if is_project { PackageSource::Project } else { package.source };
            graph.add(id.to_owned(), Package { source, ..package });
        }
        for one in relationships {
            let (from, to) = (one.text_of("spdxElementId"), one.text_of("relatedSpdxElement"));
            let (Some(mut from), Some(mut to)) = (from, to) else { continue };
            match one.text_of("relationshipType") {
                Some("DEPENDS_ON") => {}
                Some("DEPENDENCY_OF" | "RUNTIME_DEPENDENCY_OF" | "DEV_DEPENDENCY_OF" | "BUILD_DEPENDENCY_OF") => {
                    std::mem::swap(&mut from, &mut to);
                }
                _ => continue,
            }
            if let Some(from) = graph.find(from) {
                graph.edge(from, to.to_owned());
            }
        }
        Ok(graph.finish(file))
    }
}

fn package(node: &Node<'_>) -> Result<Package, LockfileError> {
    let name = node.need_text("name")?;
    let version = node.text_of("versionInfo").unwrap_or_default();
    let span = node.span_of(&["name", "versionInfo"]);
    let references = node.list_of("externalRefs")?.iter();
    let mut purls = references.filter(|one| one.text_of("referenceType") == Some("purl"));
    let known = purls.find_map(|one| purl(one.text_of("referenceLocator")?, span));
    let package = known.unwrap_or_else(|| Package::new(Ecosystem::Other, name, "", span));
    let version = if package.version.is_empty() { version } else { &package.version };
    let hashes = node.list_of("checksums")?.iter().filter_map(|sum| {
        PackageHash::hex(HashAlgorithm::from_name(sum.text_of("algorithm")?)?, sum.text_of("checksumValue")?)
    });
    Ok(Package { version: version.to_owned(), hashes: hashes.collect(), ..package })
}
