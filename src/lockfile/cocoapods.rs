//! `Podfile.lock` of CocoaPods: YAML. A part of a pod (`Firebase/Core`) has a line of its own.

use std::collections::HashMap;

use super::read::{Graph, Node, yaml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, SourceFile};

pub struct CocoaPods;

impl Lockfile for CocoaPods {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "Podfile.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        root.get("PODS").ok_or_else(|| root.fault("missing `PODS`"))?;
        let mut sources = HashMap::new();
        // The commit that was checked out stands beside the place that was asked for.
        for list in ["CHECKOUT OPTIONS", "EXTERNAL SOURCES"] {
            for entry in root.map_of(list)? {
                if let Some(source) = source(&entry.value) {
                    sources.entry(entry.key.as_ref()).or_insert(source);
                }
            }
        }
        let mut graph = Graph::new();
        for node in root.list_of("PODS")? {
            // With needs it is a map of one entry.
            let (text, span, needs) = match (node.text(), node.entries().first()) {
                (Some(text), _) => (text, node.span, &[][..]),
                (None, Some(entry)) => (entry.key.as_ref(), entry.key_span, entry.value.items()),
                (None, None) => return Err(node.fault("expected `Name (version)`")),
            };
            let (name, version) = text
                .split_once(" (")
                .and_then(|(name, version)| Some((name, version.strip_suffix(')')?)))
                .ok_or_else(|| node.fault("expected `Name (version)`"))?;
            let pod = name.split('/').next().unwrap_or(name);
            let source = sources.get(pod).cloned().unwrap_or(PackageSource::Default);
            let package = Package { source, ..Package::new(Ecosystem::CocoaPods, name, version, span) };
            let index = graph.add(name.to_owned(), package);
            for need in needs.iter().filter_map(Node::text) {
                graph.edge(index, pod_name(need));
            }
        }
        for asked in root.list_of("DEPENDENCIES")?.iter().filter_map(Node::text) {
            graph.ask(pod_name(asked), None);
        }
        Ok(graph.finish(file))
    }
}

/// `Name` of `Name (~> 1.0)` and of ``Name (from `path`)``.
fn pod_name(text: &str) -> String {
    text.split(" (").next().unwrap_or(text).trim().to_owned()
}

fn source(node: &Node<'_>) -> Option<PackageSource> {
    if let Some(url) = node.text_of(":git") {
        return Some(PackageSource::git(url, node.text_of(":commit").or(node.text_of(":tag"))));
    }
    let path = node.text_of(":path").or(node.text_of(":podspec"))?;
    Some(PackageSource::Path(path.to_owned()))
}
