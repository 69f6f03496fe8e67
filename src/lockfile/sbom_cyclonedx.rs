//! A bill of materials in CycloneDX, JSON, versions 1.2 to 1.7 (<https://cyclonedx.org/specification/overview/>). Components
//! without a package URL are listed as what they call themselves.

use super::read::{Graph, Node, json, purl};
use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile,
};

pub struct CycloneDx;

impl Lockfile for CycloneDx {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name().to_ascii_lowercase();
        name.ends_with(".cdx.json")
            || name.ends_with("cyclonedx.json")
            || matches!(name.as_str(), "bom.json" | "sbom.json")
    }

    /// Other things are called `bom.json` as well.
    fn accepts(&self, text: &str) -> bool {
        text.contains("CycloneDX") || text.trim().is_empty()
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.need("specVersion")?;
        root.version("specVersion", &["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])?;
        let mut graph = Graph::new();
        let own = root.get("metadata").and_then(|metadata| metadata.get("component"));
        if let Some(own) = own {
            let package = package(own)?;
            let package = Package { source: PackageSource::Project, ..package };
            graph.add(own.text_of("bom-ref").unwrap_or_default().to_owned(), package);
        }
        let mut open: Vec<&Node<'_>> = root.list_of("components")?.iter().rev().collect();
        open.extend(own.into_iter().flat_map(|own| own.get("components")).flat_map(Node::items));
        let mut number = 0;
        while let Some(node) = open.pop() {
            let package = package(node)?;
            number += 1;
            let id = node.text_of("bom-ref").map_or_else(|| format!("component {number}"), str::to_owned);
            graph.add(id, package);
            open.extend(node.list_of("components")?.iter().rev());
        }
        for node in root.list_of("dependencies")? {
            let Some(from) = node.text_of("ref").and_then(|id| graph.find(id)) else { continue };
            for to in node.list_of("dependsOn")?.iter().filter_map(Node::text) {
                graph.edge(from, to.to_owned());
            }
        }
        Ok(graph.finish(file))
    }
}

fn package(node: &Node<'_>) -> Result<Package, LockfileError> {
    node.must_be_map("a component")?;
    let name = node.need_text("name")?;
    let span = node.span_of(&["name", "version"]);
    let known = node.text_of("purl").and_then(|text| purl(text, span));
    let group = node.text_of("group").map(|group| format!("{group}/")).unwrap_or_default();
    let plain = || Package::new(Ecosystem::Other, format!("{group}{name}"), "", span);
    let package = known.unwrap_or_else(plain);
    let version =
        if package.version.is_empty() { node.text_of("version").unwrap_or_default() } else { &package.version };
    let hashes = node
        .list_of("hashes")?
        .iter()
        .filter_map(|hash| PackageHash::hex(HashAlgorithm::from_name(hash.text_of("alg")?)?, hash.text_of("content")?));
    let scope = match node.text_of("scope") {
        Some("required") => Some(Scope::Runtime),
        Some("optional") => Some(Scope::Optional),
        Some("excluded") => Some(Scope::Development),
        _ => None,
    };
    Ok(Package { version: version.to_owned(), hashes: hashes.collect(), scope, ..package })
}
