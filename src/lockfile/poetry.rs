//! `poetry.lock`, lock versions 1 and 2 (<https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock>).

use super::read::{Graph, Node, group_scope, python_index, toml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile};

pub struct Poetry;

impl Lockfile for Poetry {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "poetry.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = toml(&file.text)?;
        let metadata = root.get("metadata").ok_or_else(|| root.fault("missing `metadata`"))?;
        metadata.version("lock-version", &["1", "2"])?;
        // Version 1 lists the files of all packages together.
        let files = metadata.get("files");
        let mut graph = Graph::new();
        for node in root.list_of("package")? {
            let name = node.need_text("name")?;
            let version = node.need_text("version")?;
            let package = Package {
                source: source(node),
                scope: scope(node),
                hashes: hashes(node.get("files").or_else(|| files.and_then(|files| files.get(name)))),
                ..Package::new(Ecosystem::Pypi, name, version, node.span_of(&["name", "version"]))
            };
            let plain = Ecosystem::Pypi.normalized(name).into_owned();
            let index = graph.add(format!("{plain}@{version}"), package);
            graph.share(plain, index);
            for need in node.map_of("dependencies")? {
                graph.edge(index, Ecosystem::Pypi.normalized(&need.key).into_owned());
            }
        }
        Ok(graph.finish(file))
    }
}

fn source(node: &Node<'_>) -> PackageSource {
    let Some(source) = node.get("source") else { return PackageSource::Default };
    let url = source.text_of("url").unwrap_or_default();
    match source.text_of("type") {
        Some("git") => PackageSource::git(url, source.text_of("resolved_reference")),
        Some("directory" | "file") => PackageSource::Path(url.to_owned()),
        Some("url") => PackageSource::url(url),
        _ => python_index(url),
    }
}

fn scope(node: &Node<'_>) -> Option<Scope> {
    let groups = node.get("groups").map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    let stated = groups.chain(node.text_of("category")).map(group_scope).min();
    // A package of the main group that only an extra needs.
    if node.is_true("optional") && stated != Some(Scope::Development) { Some(Scope::Optional) } else { stated }
}

fn hashes(files: Option<&Node<'_>>) -> Vec<PackageHash> {
    let files = files.map(Node::items).unwrap_or_default();
    files.iter().filter_map(|file| PackageHash::from_prefixed(file.text_of("hash")?)).collect()
}
