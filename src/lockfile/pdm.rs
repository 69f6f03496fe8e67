//! `pdm.lock`, version 4 (<https://pdm-project.org/latest/usage/lockfile/>). An entry with `extras` repeats the package to
//! say what these need.

use super::read::{Graph, Node, group_scope, requirement, toml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Pdm;

impl Lockfile for Pdm {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "pdm.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = toml(&file.text)?;
        let metadata = root.get("metadata").ok_or_else(|| root.fault("missing `metadata`"))?;
        metadata.version("lock_version", &["4"])?;
        let mut graph = Graph::new();
        for node in root.list_of("package")? {
            let name = node.need_text("name")?;
            let version = node.need_text("version")?;
            let groups = node.list_of("groups")?.iter().filter_map(Node::text);
            let files = node.list_of("files")?.iter();
            let package = Package {
                source: source(node),
                scope: groups.map(group_scope).min(),
                hashes: files.filter_map(|file| PackageHash::from_prefixed(file.text_of("hash")?)).collect(),
                ..Package::new(Ecosystem::Pypi, name, version, node.span_of(&["name", "version"]))
            };
            let plain = Ecosystem::Pypi.normalized(name).into_owned();
            let index = graph.add(format!("{plain}@{version}"), package);
            graph.share(plain.clone(), index);
            for need in node.list_of("dependencies")?.iter().filter_map(|need| requirement(need.text()?)) {
                let need = Ecosystem::Pypi.normalized(need.name).into_owned();
                if need != plain {
                    graph.edge(index, need);
                }
            }
        }
        Ok(graph.finish(file))
    }
}

fn source(node: &Node<'_>) -> PackageSource {
    if let Some(url) = node.text_of("git") {
        return PackageSource::git(url, node.text_of("revision").or(node.text_of("ref")));
    }
    match (node.text_of("url"), node.text_of("path")) {
        (Some(url), _) => PackageSource::url(url),
        (None, Some(path)) => PackageSource::Path(path.to_owned()),
        (None, None) => PackageSource::Default,
    }
}
