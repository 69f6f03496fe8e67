//! `bun.lock`, JSON with comments and trailing commas (<https://bun.com/docs/pm/lockfile>). A package is a list: what it
//! resolved to, the registry, what it needs, its hash. The key is the place that it is found from: `a/b` is the `b` of `a`.

use super::read::{Entry, Graph, Node, json, npm_source, split_name};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile};

pub struct Bun;

const NEEDS: &[&str] = &["dependencies", "optionalDependencies", "peerDependencies"];

/// Bytes of a key. Each package is looked for in every part of the key of the one that needs it.
const LONGEST: usize = 4096;

/// What members of the workspace ask for, and what for.
const ASKED: &[(&str, Scope)] = &[
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("peerDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

impl Lockfile for Bun {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "bun.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        root.need("lockfileVersion")?;
        root.version("lockfileVersion", &["0", "1"])?;
        let mut graph = Graph::new();
        let mut needs = Vec::new();
        for entry in root.map_of("packages")? {
            let index = add(&mut graph, entry)?;
            needs.push((index, entry));
        }
        for (index, entry) in needs {
            let details = entry.value.items().iter().find(|item| !item.entries().is_empty());
            for list in NEEDS {
                for need in details.and_then(|details| details.get(list)).map(Node::entries).unwrap_or_default() {
                    if let Some(place) = find(&graph, &entry.key, &need.key) {
                        graph.edge(index, place);
                    }
                }
            }
        }
        for workspace in root.map_of("workspaces")? {
            let name = workspace.value.text_of("name").unwrap_or_default();
            let member = graph.find(name).filter(|_| !workspace.key.is_empty());
            for (list, scope) in ASKED {
                for asked in workspace.value.map_of(list)? {
                    let Some(place) = find(&graph, name, &asked.key) else { continue };
                    if let Some(member) = member {
                        graph.edge(member, place.clone());
                    }
                    graph.ask(place, Some(*scope));
                }
            }
        }
        Ok(graph.finish(file))
    }
}

fn add(graph: &mut Graph<String>, entry: &Entry<'_>) -> Result<usize, LockfileError> {
    if entry.key.len() > LONGEST {
        return Err(entry.value.fault("a package that is nested too deep"));
    }
    let items = entry.value.items();
    let Some(resolved) = items.first().and_then(|first| first.text()) else {
        return Err(entry.value.fault("a package is not a list that starts with a text"));
    };
    let (name, version) = split_name(resolved).unwrap_or((resolved, ""));
    let registry = items.get(1).and_then(Node::text).unwrap_or_default();
    let (version, source) = match version.split_once(':') {
        Some(("workspace", _)) => ("", PackageSource::Project),
        Some(_) => ("", npm_source(Some(version))),
        None if registry.is_empty() => (version, PackageSource::Default),
        None if registry.contains("/-/") => (version, npm_source(Some(registry))),
        None => (version, PackageSource::registry(registry)),
    };
    let hash = items.iter().skip(2).filter_map(Node::text).find(|text| text.starts_with("sha"));
    let span = items.first().map_or(entry.key_span, |first| entry.through(first));
    let package = Package {
        source,
        hashes: hash.map(PackageHash::from_integrity).unwrap_or_default(),
        ..Package::new(Ecosystem::Npm, name, version, span)
    };
    Ok(graph.add(entry.key.to_string(), package))
}

/// The key of the package `name` as seen from the package at `place`: the nearest one around it.
fn find(graph: &Graph<String>, place: &str, name: &str) -> Option<String> {
    let mut around = place;
    while !around.is_empty() {
        let key = format!("{around}/{name}");
        if graph.find(key.as_str()).is_some() {
            return Some(key);
        }
        around = around.rsplit_once('/').map_or("", |(above, _)| above);
    }
    graph.find(name).map(|_| name.to_owned())
}
