//! `deno.lock`, versions 3 to 5 (<https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files>):
//! packages of JSR and npm. Files that are imported by URL have hashes there and no version; they are no packages.

use std::collections::HashMap;

use super::read::{Entry, Graph, Node, json, split_name};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, RelPath, SourceFile};

pub struct Deno;

impl Lockfile for Deno {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "deno.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        root.need("version")?;
        root.version("version", &["3", "4", "5"])?;
        // Version 3 has them one level deeper.
        let lists = root.get("packages").unwrap_or(&root);
        let specifiers: HashMap<&str, &str> = lists
            .map_of("specifiers")?
            .iter()
            .filter_map(|entry| Some((entry.key.as_ref(), entry.value.text()?)))
            .collect();
        let mut graph = Graph::new();
        for (list, ecosystem) in [("jsr", Ecosystem::Jsr), ("npm", Ecosystem::Npm)] {
            for entry in lists.map_of(list)? {
                add(&mut graph, entry, list, ecosystem, &specifiers)?;
            }
        }
        let workspace = root.get("workspace");
        let members = workspace.and_then(|workspace| workspace.get("members")).map(Node::entries).unwrap_or_default();
        for member in workspace.into_iter().chain(members.iter().map(|member| &member.value)) {
            let package_json = member.get("packageJson");
            for list in [Some(member), package_json].into_iter().flatten() {
                for specifier in list.list_of("dependencies")?.iter().filter_map(Node::text) {
                    graph.ask(resolve(specifier, &specifiers), None);
                }
            }
        }
        Ok(graph.finish(file))
    }
}

fn add(
    graph: &mut Graph<String>,
    entry: &Entry<'_>,
    list: &str,
    ecosystem: Ecosystem,
    specifiers: &HashMap<&str, &str>,
) -> Result<(), LockfileError> {
    let (key, node) = (entry.key.as_ref(), &entry.value);
    node.must_be_map("a package")?;
    // The peers of a package of npm stand behind its version: `name@1.0.0_peer@2.0.0`.
    let (name, version) = split(key).ok_or_else(|| LockfileError {
        offset: entry.key_span.0,
        message: "the key of a package names no version".to_owned(),
    })?;
    let integrity = node.text_of("integrity").unwrap_or_default();
    let mut hashes = PackageHash::from_integrity(integrity);
    hashes.extend(PackageHash::hex(HashAlgorithm::Sha256, integrity));
    let package = Package { hashes, ..Package::new(ecosystem, name, version, entry.key_span) };
    let index = graph.add(format!("{list}:{name}@{version}"), package);
    graph.alias(format!("{list}:{key}"), index);
    let needs = node.get("dependencies").into_iter().chain(node.get("optionalDependencies"));
    for needs in needs {
        // A list of names, each with a version where several are there; version 3 has a map.
        let listed = needs.items().iter().filter_map(Node::text);
        let mapped = needs.entries().iter().filter_map(|entry| entry.value.text());
        for need in listed.chain(mapped) {
            let specifier = if need.contains(':') { need.to_owned() } else { format!("{list}:{need}") };
            graph.edge(index, resolve(&specifier, specifiers));
        }
    }
    graph.alias(format!("{list}:{name}"), index);
    Ok(())
}

fn split(key: &str) -> Option<(&str, &str)> {
    let (name, version) = split_name(key)?;
    Some((name, version.split('_').next().unwrap_or(version)))
}

/// What a specifier (`npm:name@^1`) was resolved to: `npm:name@1.0.0`.
fn resolve(specifier: &str, specifiers: &HashMap<&str, &str>) -> String {
    match specifiers.get(specifier) {
        // Version 3 repeats the name.
        Some(resolved) if resolved.contains(':') => (*resolved).to_owned(),
        Some(version) => {
            let (list, rest) = specifier.split_once(':').unwrap_or(("npm", specifier));
            format!("{list}:{}@{version}", split_name(rest).map_or(rest, |(name, _)| name))
        }
        None => specifier.to_owned(),
    }
}
