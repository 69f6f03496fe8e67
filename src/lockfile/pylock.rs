//! `pylock.toml` and `pylock.<name>.toml`, version 1.0 of the standard
//! (<https://packaging.python.org/en/latest/specifications/pylock-toml/>).

use super::read::{Graph, Node, python_index, toml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Pylock;

impl Lockfile for Pylock {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"))
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = toml(&file.text)?;
        root.need("lock-version")?;
        root.version("lock-version", &["1"])?;
        let mut graph = Graph::new();
        for node in root.list_of("packages")? {
            let name = node.need_text("name")?;
            // What is built from a repository or a folder need not have one.
            let version = node.text_of("version").unwrap_or_default();
            let archive = node.get("archive");
            let files = node.get("sdist").into_iter().chain(archive).chain(node.list_of("wheels")?);
            let package = Package {
                source: source(node),
                hashes: files.flat_map(hashes).collect(),
                ..Package::new(Ecosystem::Pypi, name, version, node.span_of(&["name", "version"]))
            };
            let plain = Ecosystem::Pypi.normalized(name).into_owned();
            let index = graph.add(format!("{plain}@{version}"), package);
            graph.share(plain, index);
            for need in node.list_of("dependencies")? {
                if let Some(name) = need.text_of("name") {
                    let plain = Ecosystem::Pypi.normalized(name);
                    let version = need.text_of("version");
                    graph
                        .edge(index, version.map_or_else(|| plain.to_string(), |version| format!("{plain}@{version}")));
                }
            }
        }
        Ok(graph.finish(file))
    }
}

fn hashes(file: &Node<'_>) -> Vec<PackageHash> {
    let listed = file.get("hashes").map(Node::entries).unwrap_or_default().iter();
    listed.filter_map(|entry| PackageHash::hex(HashAlgorithm::from_name(&entry.key)?, entry.value.text()?)).collect()
}

fn source(node: &Node<'_>) -> PackageSource {
    if let Some(vcs) = node.get("vcs") {
        let url = vcs.text_of("url").or(vcs.text_of("path")).unwrap_or_default();
        return PackageSource::git(url, vcs.text_of("commit-id"));
    }
    if let Some(directory) = node.get("directory") {
        return PackageSource::Path(directory.text_of("path").unwrap_or_default().to_owned());
    }
    match (node.get("archive"), node.text_of("index")) {
        (Some(archive), _) => match archive.text_of("url") {
            Some(url) => PackageSource::url(url),
            None => PackageSource::Path(archive.text_of("path").unwrap_or_default().to_owned()),
        },
        (None, Some(index)) => python_index(index),
        (None, None) => PackageSource::Default,
    }
}
