//! `uv.lock`, version 1 (<https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>). The members of the workspace
//! are in it, with what they ask for.

use super::read::{Graph, Node, python_index, toml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile};

pub struct Uv;

impl Lockfile for Uv {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "uv.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = toml(&file.text)?;
        root.need("version")?;
        root.version("version", &["1"])?;
        let mut graph = Graph::new();
        for node in root.list_of("package")? {
            let name = node.need_text("name")?;
            let source = source(node);
            // A member whose version is made when it is built has none.
            let version = match source {
                PackageSource::Default | PackageSource::Registry(_) => node.need_text("version")?,
                _ => node.text_of("version").unwrap_or_default(),
            };
            let is_own = source == PackageSource::Project;
            let files = node.get("sdist").into_iter().chain(node.list_of("wheels")?);
            let package = Package {
                source,
                hashes: files.filter_map(|file| PackageHash::from_prefixed(file.text_of("hash")?)).collect(),
                ..Package::new(Ecosystem::Pypi, name, version, node.span_of(&["name", "version"]))
            };
            let index = graph.add(format!("{name}@{version}"), package);
            graph.share(name.to_owned(), index);
            needs(&mut graph, index, node.list_of("dependencies")?, is_own.then_some(Scope::Runtime));
            for (list, scope) in [("optional-dependencies", Scope::Optional), ("dev-dependencies", Scope::Development)]
            {
                for group in node.map_of(list)? {
                    needs(&mut graph, index, group.value.items(), is_own.then_some(scope));
                }
            }
        }
        Ok(graph.finish(file))
    }
}

/// A need that several versions could meet names the one.
fn needs(graph: &mut Graph<String>, from: usize, list: &[Node<'_>], asked: Option<Scope>) {
    for need in list {
        let Some(name) = need.text_of("name") else { continue };
        let id = need.text_of("version").map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        if asked.is_some() {
            graph.ask(id.clone(), asked);
        }
        graph.edge(from, id);
    }
}

fn source(node: &Node<'_>) -> PackageSource {
    let Some(source) = node.get("source") else { return PackageSource::Default };
    if source.get("virtual").is_some() || source.get("editable").is_some() {
        return PackageSource::Project;
    }
    if let Some(url) = source.text_of("git") {
        return PackageSource::git(url, None);
    }
    match (source.text_of("registry"), source.text_of("url"), source.text_of("directory").or(source.text_of("path"))) {
        (Some(url), ..) => python_index(url),
        (None, Some(url), _) => PackageSource::url(url),
        (None, None, Some(path)) => PackageSource::Path(path.to_owned()),
        (None, None, None) => PackageSource::Default,
    }
}
