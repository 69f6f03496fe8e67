//! `composer.lock` (<https://getcomposer.org/doc/01-basic-usage.md>). It has no version of its own.

use super::read::{Graph, Node, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile,
};

pub struct Composer;

impl Lockfile for Composer {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "composer.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        root.get("packages").ok_or_else(|| root.fault("missing `packages`"))?;
        let mut graph = Graph::new();
        for (list, scope) in [("packages", Scope::Runtime), ("packages-dev", Scope::Development)] {
            for node in root.list_of(list)? {
                let name = node.need_text("name")?;
                let version = node.need_text("version")?;
                let dist = node.get("dist");
                let sum = dist.and_then(|dist| dist.text_of("shasum"));
                let package = Package {
                    source: source(node),
                    scope: Some(scope),
                    hashes: sum.and_then(|sum| PackageHash::hex(HashAlgorithm::Sha1, sum)).into_iter().collect(),
                    ..Package::new(Ecosystem::Packagist, name, version, node.span_of(&["name", "version"]))
                };
                let index = graph.add(name.to_ascii_lowercase(), package);
                // One that stands in for another is found under that name too.
                for list in ["replace", "provide"] {
                    for other in node.get(list).map(Node::entries).unwrap_or_default() {
                        graph.alias(other.key.to_ascii_lowercase(), index);
                    }
                }
                for need in node.get("require").map(Node::entries).unwrap_or_default() {
                    graph.edge(index, need.key.to_ascii_lowercase());
                }
            }
        }
        Ok(graph.finish(file))
    }
}

/// Packagist is told of every download of a package of its own; others come from where they are kept.
fn source(node: &Node<'_>) -> PackageSource {
    let place = |key: &str, field: &str| node.get(key).and_then(|place| place.text_of(field));
    if place("dist", "type") == Some("path") {
        return PackageSource::Path(place("dist", "url").unwrap_or_default().to_owned());
    }
    match node.text_of("notification-url") {
        Some(url) if url.starts_with("https://packagist.org/") => PackageSource::Default,
        Some(url) => PackageSource::registry(url.trim_end_matches("/downloads/")),
        None => match (place("source", "type"), place("source", "url"), place("dist", "url")) {
            (Some("git"), Some(url), _) => PackageSource::git(url, place("source", "reference")),
            (_, _, Some(url)) | (_, Some(url), None) => PackageSource::url(url),
            (_, None, None) => PackageSource::Default,
        },
    }
}
