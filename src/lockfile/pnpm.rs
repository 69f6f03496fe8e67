//! `pnpm-lock.yaml`, versions 5 to 9 (<https://github.com/pnpm/spec/tree/master/lockfile>).
//!
//! The key of a package was `/name/1.0.0_peers`, then `/name@1.0.0(peers)`, then `name@1.0.0`, with the peers only in
//! `snapshots`. One that is not from a registry has a path or a URL as its key and states its name.

use std::collections::HashSet;

use super::read::{Entry, Graph, Node, npm_source, split_name, yaml_documents};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile};

pub struct Pnpm;

/// What importers ask for, and what for.
const ASKED: &[(&str, Scope)] = &[
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

impl Lockfile for Pnpm {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "pnpm-lock.yaml"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut graph = Graph::new();
        // Newer ones put what pnpm itself needs into a document of its own.
        for root in yaml_documents(&file.text)? {
            root.must_be_map("the document")?;
            root.need("lockfileVersion")?;
            root.version("lockfileVersion", &["5", "6", "7", "9"])?;
            read(&root, &mut graph)?;
        }
        Ok(graph.finish(file))
    }
}

fn read(root: &Node<'_>, graph: &mut Graph<String>) -> Result<(), LockfileError> {
    let packages = root.map_of("packages")?;
    let snapshots = root.map_of("snapshots")?;
    let keys: HashSet<&str> = packages.iter().chain(snapshots).map(|entry| entry.key.as_ref()).collect();
    let has_slashes = root.text_of("lockfileVersion").is_some_and(|version| version.starts_with('5'));
    for entry in packages {
        let index = add(graph, entry, has_slashes)?;
        needs(graph, index, &entry.value, &keys)?;
    }
    for entry in snapshots {
        let without_peers = entry.key.split('(').next().unwrap_or_default();
        if let Some(index) = graph.find(without_peers) {
            graph.alias(entry.key.to_string(), index);
            if let Some(package) = graph.package(index).filter(|_| entry.value.is_true("optional")) {
                package.scope = Some(Scope::Optional);
            }
            needs(graph, index, &entry.value, &keys)?;
        }
    }
    // A project alone has no importers.
    let importers = root.map_of("importers")?;
    let importers = importers.iter().map(|importer| &importer.value).chain(importers.is_empty().then_some(root));
    for importer in importers {
        for (list, scope) in ASKED {
            for asked in importer.map_of(list)? {
                let reference = asked.value.text().or_else(|| asked.value.text_of("version")).unwrap_or_default();
                graph.ask(resolve(&asked.key, reference, &keys), Some(*scope));
            }
        }
    }
    Ok(())
}

fn needs(graph: &mut Graph<String>, from: usize, node: &Node<'_>, keys: &HashSet<&str>) -> Result<(), LockfileError> {
    for list in ["dependencies", "optionalDependencies"] {
        for need in node.map_of(list)? {
            graph.edge(from, resolve(&need.key, need.value.text().unwrap_or_default(), keys));
        }
    }
    Ok(())
}

/// The key of the package that `name` at `reference` is.
fn resolve(name: &str, reference: &str, keys: &HashSet<&str>) -> String {
    let candidates = [format!("{name}@{reference}"), format!("/{name}@{reference}"), format!("/{name}/{reference}")];
    let found = candidates.into_iter().find(|key| keys.contains(key.as_str()));
    found.unwrap_or_else(|| reference.to_owned())
}

fn add(graph: &mut Graph<String>, entry: &Entry<'_>, has_slashes: bool) -> Result<usize, LockfileError> {
    let (key, node) = (entry.key.as_ref(), &entry.value);
    node.must_be_map("a package")?;
    let (key_name, key_version) = split(key, has_slashes).ok_or_else(|| LockfileError {
        offset: entry.key_span.0,
        message: "the key of a package names no version".to_owned(),
    })?;
    let name = node.text_of("name").unwrap_or(key_name);
    let version = node.text_of("version").unwrap_or(key_version);
    let resolution = node.get("resolution");
    let field = |key: &str| resolution.and_then(|resolution| resolution.text_of(key));
    let source = match (field("type"), field("repo"), field("directory")) {
        (Some("git"), Some(repository), _) => PackageSource::git(repository, field("commit")),
        (_, _, Some(folder)) => PackageSource::Path(folder.to_owned()),
        _ => npm_source(field("tarball")),
    };
    // `dev: false` is said only of what the project needs, however indirectly; from version 9 on it is not said at all.
    let scope = match (node.text_of("dev"), node.is_true("optional")) {
        (Some("true"), _) => Some(Scope::Development),
        (_, true) => Some(Scope::Optional),
        (Some(_), false) => Some(Scope::Runtime),
        (None, false) => None,
    };
    let hashes = field("integrity").map(PackageHash::from_integrity).unwrap_or_default();
    let package = Package { source, hashes, scope, ..Package::new(Ecosystem::Npm, name, version, entry.key_span) };
    // The same package with other peers is the same package.
    let index = graph.add(format!("{name}@{version}"), package);
    graph.alias(key.to_owned(), index);
    Ok(index)
}

/// Name and version, without peers. `has_slashes` tells the form `/name/1.0.0_peers` from `name@1.0.0(peers)`.
fn split(key: &str, has_slashes: bool) -> Option<(&str, &str)> {
    if !has_slashes {
        let plain = key.split('(').next().unwrap_or(key);
        let plain = plain.strip_prefix('/').unwrap_or(plain);
        // A path or a URL without a name stands for both.
        return split_name(plain).or(Some((plain, plain)));
    }
    // Another registry stands before the name.
    let (_, plain) = key.split_once('/')?;
    let name_end = match plain.strip_prefix('@') {
        Some(scoped) => scoped.match_indices('/').nth(1)?.0 + 1,
        None => plain.find('/')?,
    };
    let version = plain.get(name_end + 1..)?;
    Some((plain.get(..name_end)?, version.split('_').next().unwrap_or(version)))
}
