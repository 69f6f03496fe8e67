//! `Pipfile.lock`, specification 6 (<https://github.com/pypa/pipfile>).

use std::collections::HashMap;

use super::read::{Node, json, python_file, python_index};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile};

pub struct Pipfile;

impl Lockfile for Pipfile {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "Pipfile.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        let meta = root.get("_meta").ok_or_else(|| root.fault("missing `_meta`"))?;
        meta.version("pipfile-spec", &["6"])?;
        let sources = meta.list_of("sources")?.iter();
        let sources: HashMap<&str, &str> =
            sources.filter_map(|source| Some((source.text_of("name")?, source.text_of("url")?))).collect();
        let mut packages: Vec<Package> = Vec::new();
        let mut known: HashMap<(String, String), usize> = HashMap::new();
        for group in root.entries().iter().filter(|entry| entry.key != "_meta") {
            let scope = match group.key.as_ref() {
                "default" => Scope::Runtime,
                "develop" => Scope::Development,
                _ => Scope::Optional,
            };
            for entry in root.map_of(&group.key)? {
                let node = &entry.value;
                node.must_be_map("a package")?;
                let version = match node.text_of("version") {
                    Some(version) => version.trim_start_matches('='),
                    None if source(node, &sources) == PackageSource::Default => node.need_text("version")?,
                    None => "",
                };
                let key = (entry.key.to_string(), version.to_owned());
                if let Some(package) = known.get(&key).and_then(|index| packages.get_mut(*index)) {
                    package.scope = package.scope.min(Some(scope));
                    continue;
                }
                let span = node.get("version").map_or(entry.key_span, |version| entry.through(version));
                let hashes = node.list_of("hashes")?.iter();
                known.insert(key, packages.len());
                packages.push(Package {
                    source: source(node, &sources),
                    scope: Some(scope),
                    hashes: hashes.filter_map(|hash| PackageHash::from_prefixed(hash.text()?)).collect(),
                    ..Package::new(Ecosystem::Pypi, entry.key.as_ref(), version, narrow(span, entry.key_span, node))
                });
            }
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}

/// The hashes of all files stand between a name and its version: the lines of the version alone are what a person looks
/// for.
fn narrow(span: (usize, usize), key: (usize, usize), node: &Node<'_>) -> (usize, usize) {
    if node.get("hashes").is_some_and(|hashes| hashes.items().len() > 8) { key } else { span }
}

fn source(node: &Node<'_>, sources: &HashMap<&str, &str>) -> PackageSource {
    if let Some(url) = node.text_of("git") {
        return PackageSource::git(url, node.text_of("ref"));
    }
    match (node.text_of("file").or(node.text_of("path")), node.text_of("index")) {
        (Some(file), _) => python_file(file),
        (None, Some(index)) => sources.get(index).map_or(PackageSource::Default, |url| python_index(url)),
        (None, None) => PackageSource::Default,
    }
}
