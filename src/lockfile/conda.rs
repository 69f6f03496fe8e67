//! conda's `environment.yml` (<https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html>)
//! and `conda-lock.yml`, version 1 (<https://conda.github.io/conda-lock/>). In an environment `=1.2` stands for every 1.2.x:
//! only `==` or a build makes a pin.

use super::read::{Graph, Node, requirement, yaml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile, Unpinned,
};

pub struct CondaLock;
pub struct CondaEnvironment;

impl Lockfile for CondaLock {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        name.ends_with("conda-lock.yml") || name.ends_with("conda-lock.yaml")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        root.need("version")?;
        root.version("version", &["1"])?;
        let mut graph = Graph::new();
        for node in root.list_of("package")? {
            let name = node.need_text("name")?;
            let version = node.need_text("version")?;
            let manager = node.text_of("manager").unwrap_or("conda");
            let ecosystem = if manager == "pip" { Ecosystem::Pypi } else { Ecosystem::Conda };
            let hashes = node.map_of("hash")?.iter();
            let hashes =
                hashes.filter_map(|entry| PackageHash::hex(HashAlgorithm::from_name(&entry.key)?, entry.value.text()?));
            let scope = match node.text_of("category") {
                Some("main") => Some(Scope::Runtime),
                Some("dev") => Some(Scope::Development),
                Some(_) => Some(Scope::Optional),
                None => None,
            };
            let package = Package {
                scope,
                hashes: hashes.collect(),
                ..Package::new(ecosystem, name, version, node.span_of(&["name", "version"]))
            };
            // Each platform has an entry of its own; the files differ, the package is one.
            let index = graph.add(format!("{manager} {name}@{version}"), package);
            graph.share(format!("{manager} {name}"), index);
            for need in node.map_of("dependencies")? {
                graph.edge(index, format!("{manager} {}", need.key));
            }
        }
        Ok(graph.finish(file))
    }
}

impl Lockfile for CondaEnvironment {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
        stem.is_some_and(|stem| stem == "environment" || stem.starts_with("environment-") || stem == "conda")
    }

    /// Other things are called `environment.yml` as well.
    fn accepts(&self, text: &str) -> bool {
        text.lines().any(|line| line.starts_with("dependencies:"))
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        let (mut packages, mut unpinned) = (Vec::new(), Vec::new());
        for node in root.list_of("dependencies")? {
            if let Some(text) = node.text() {
                let (name, version, source) = spec(text);
                add(&mut packages, &mut unpinned, node, Ecosystem::Conda, (name, version, source));
            }
            for node in node.list_of("pip")? {
                // Options such as `-r requirements.txt` name no package.
                let Some(found) = node.text().and_then(requirement).filter(|found| found.url.is_none()) else {
                    continue;
                };
                let source = PackageSource::Default;
                add(&mut packages, &mut unpinned, node, Ecosystem::Pypi, (found.name, found.pinned, source));
            }
        }
        Ok(Inventory { unpinned, ..Inventory::new(file.target.path.clone(), packages, Vec::new()) })
    }
}

fn add(
    packages: &mut Vec<Package>,
    unpinned: &mut Vec<Unpinned>,
    node: &Node<'_>,
    ecosystem: Ecosystem,
    (name, version, source): (&str, Option<&str>, PackageSource),
) {
    match version {
        Some(version) => {
            packages.push(Package { source, direct: Some(true), ..Package::new(ecosystem, name, version, node.span) })
        }
        None => unpinned.push(Unpinned { ecosystem, name: name.to_owned(), span: node.span }),
    }
}

/// Name, pinned version and source of `channel::name=version=build`.
fn spec(text: &str) -> (&str, Option<&str>, PackageSource) {
    let (channel, rest) = text.rsplit_once("::").map_or((None, text), |(channel, rest)| (Some(channel), rest));
    let source = match channel.filter(|channel| channel.contains("://")) {
        Some(url) => PackageSource::registry(url),
        None => PackageSource::Default,
    };
    let name_end = rest.find([' ', '=', '<', '>', '!', '~', '[']).unwrap_or(rest.len());
    let (name, wanted) = rest.split_at(name_end);
    let wanted = wanted.trim();
    let exact = wanted.strip_prefix("==").map(str::trim);
    let built = wanted.strip_prefix('=').and_then(|rest| rest.trim_start_matches('=').split_once('='));
    let version = built.map(|(version, _)| version).or(exact);
    let version = version.filter(|version| !version.is_empty() && !version.contains(['*', ',', '<', '>', '|', ' ']));
    (name, version, source)
}
