//! `conan.lock`: versions 0.5 and later list references (<https://docs.conan.io/2/tutorial/versioning/lockfiles.html>), 0.4
//! of Conan 1 a graph of nodes. A reference is `name/version@user/channel#revision`.

use super::read::{Graph, Node, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, Scope, SourceFile};

pub struct Conan;

impl Lockfile for Conan {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "conan.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.need("version")?;
        root.version("version", &["0.4", "0.5", "0.6"])?;
        let mut graph = Graph::new();
        for (list, scope) in
            [("requires", Scope::Runtime), ("build_requires", Scope::Build), ("python_requires", Scope::Build)]
        {
            for node in root.list_of(list)? {
                // One with more than a reference is a list of both.
                let node = node.items().first().unwrap_or(node);
                let reference = node.text().ok_or_else(|| node.fault("expected a reference"))?;
                let package = package(reference, node.span).ok_or_else(|| node.fault("expected `name/version`"))?;
                graph.add(reference.to_owned(), Package { scope: Some(scope), ..package });
            }
        }
        let nodes = root.get("graph_lock").map_or(Ok(&[][..]), |lock| lock.map_of("nodes"))?;
        for entry in nodes {
            // The root of a project without a recipe has no reference.
            let Some(node) = entry.value.get("ref") else { continue };
            let reference = node.text().unwrap_or_default();
            let found = package(reference, node.span).ok_or_else(|| node.fault("expected `name/version`"))?;
            let is_own = entry.value.get("path").is_some();
            let source = if is_own { PackageSource::Project } else { PackageSource::Default };
            let index = graph.add(entry.key.to_string(), Package { source, ..found });
            for list in ["requires", "build_requires"] {
                for need in entry.value.list_of(list)?.iter().filter_map(Node::text) {
                    graph.edge(index, need.to_owned());
                }
            }
        }
        Ok(graph.finish(file))
    }
}

fn package(reference: &str, span: (usize, usize)) -> Option<Package> {
    let plain = reference.split(['#', '%', ':']).next().unwrap_or(reference);
    let (name, rest) = plain.split_once('/')?;
    let version = rest.split('@').next().unwrap_or(rest);
    (!name.is_empty() && !version.is_empty()).then(|| Package::new(Ecosystem::Conan, name, version, span))
}
