//! `bun.lock`, JSON with comments and trailing commas (<https://bun.com/docs/pm/lockfile>). A package is a list: what it
//! resolved to, the registry, what it needs, its hash. The key is the place that it is found from: `a/b` is the `b` of `a`.

use std::collections::HashMap;

use super::read::{Entry, Graph, Homes, LONGEST_FOLDER, Node, json, npm_source, split_name};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile};

pub struct Bun;

const NEEDS: &[&str] = &["dependencies", "optionalDependencies", "peerDependencies"];

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
        let mut homes = Homes::default();
        let packages = root.map_of("packages")?;
        for (number, entry) in packages.iter().enumerate() {
            add(&mut graph, entry)?;
            let (place, name) = split_place(&entry.key);
            homes.add(place, name, number);
        }
        // The key of the package that is found from a place.
        let find = |around: &[&HashMap<&str, usize>], name: &str| {
            let number = around.iter().find_map(|names| names.get(name))?;
            packages.get(*number).map(|entry| entry.key.to_string())
        };
        for entry in packages {
            let Some(from) = graph.find(entry.key.as_ref()) else { continue };
            let around = homes.around(&entry.key);
            let details = entry.value.items().iter().find(|item| !item.entries().is_empty());
            for list in NEEDS {
                let needs = details.and_then(|details| details.get(list)).map(Node::entries).unwrap_or_default();
                for need in needs.iter().filter_map(|need| find(&around, &need.key)) {
                    graph.edge(from, need);
                }
            }
        }
        for workspace in root.map_of("workspaces")? {
            let name = workspace.value.text_of("name").unwrap_or_default();
            let member = graph.find(name).filter(|_| !workspace.key.is_empty());
            let around = homes.around(name.get(..LONGEST_FOLDER).unwrap_or(name));
            for (list, scope) in ASKED {
                for asked in workspace.value.map_of(list)?.iter().filter_map(|asked| find(&around, &asked.key)) {
                    if let Some(member) = member {
                        graph.edge(member, asked.clone());
                    }
                    graph.ask(asked, Some(*scope));
                }
            }
        }
        Ok(graph.finish(file))
    }
}

fn add(graph: &mut Graph<String>, entry: &Entry<'_>) -> Result<(), LockfileError> {
    if entry.key.len() > LONGEST_FOLDER {
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
    graph.add(entry.key.to_string(), package);
    Ok(())
}

/// Where a package is found from, and its name, which has a slash of its own if it has a scope.
fn split_place(key: &str) -> (&str, &str) {
    let (above, last) = key.rsplit_once('/').unwrap_or(("", key));
    let scope_at = above.rfind('/').map_or(0, |at| at + 1);
    match above.get(scope_at..) {
        Some(scope) if scope.starts_with('@') => {
            (above.get(..scope_at).unwrap_or_default().trim_end_matches('/'), key.get(scope_at..).unwrap_or(last))
        }
        _ => (above, last),
    }
}
