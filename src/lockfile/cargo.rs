//! `Cargo.lock`, versions 1 to 4.
//!
//! Version 1 keeps checksums in `[metadata]` and may have its root package under `[root]`; from version 2 on they stand
//! in the packages, and a dependency is written as shortly as it is unique: `name`, `name version` or
//! `name version (source)`. Only versions 3 and 4 say their number.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Dependency, Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile,
    without_values,
};

pub struct Cargo;

/// The last version that is known.
const NEWEST: i64 = 4;

impl Lockfile for Cargo {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "Cargo.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let text = file.text.as_str();
        let raw: RawLockfile = toml::from_str(text).map_err(|error| explain(&error))?;
        if let Some(version) = raw.version.filter(|version| !(1..=NEWEST).contains(version.get_ref())) {
            let message = format!(
                "version {} of Cargo.lock is not known here (1 to {NEWEST} are): a newer gate may read it",
                version.get_ref()
            );
            return Err(LockfileError { offset: version.span().start, message });
        }
        let packages: Vec<RawPackage> = raw.root.into_iter().chain(raw.package).collect();
        if packages.is_empty() {
            let message = "it names no package; `cargo generate-lockfile` writes a new one".to_owned();
            return Err(LockfileError { offset: 0, message });
        }
        let checksums: HashMap<(&str, &str), &str> =
            raw.metadata.iter().filter_map(|(key, value)| checksum_of(key, value.as_str()?)).collect();
        let dependencies = resolve(&packages);
        let packages = packages.iter().map(|package| package.to_package(text, &checksums)).collect();
        Ok(Inventory::new(file.target.path.clone(), packages, dependencies))
    }
}

/// Keys that are not listed here (`patch`, say) hold nothing that a build uses.
#[derive(Deserialize)]
struct RawLockfile {
    version: Option<Spanned<i64>>,
    root: Option<RawPackage>,
    #[serde(default)]
    package: Vec<RawPackage>,
    #[serde(default)]
    metadata: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: Spanned<String>,
    version: Spanned<String>,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl RawPackage {
    fn to_package(&self, text: &str, checksums: &HashMap<(&str, &str), &str>) -> Package {
        let (name, version) = (self.name.get_ref(), self.version.get_ref());
        let checksum = self.checksum.as_deref().or_else(|| checksums.get(&(name.as_str(), version.as_str())).copied());
        let spans = [entry(text, "name", self.name.span()), entry(text, "version", self.version.span())];
        let span = (spans[0].start.min(spans[1].start), spans[0].end.max(spans[1].end));
        Package {
            source: self.source.as_deref().map_or(PackageSource::Project, source_of),
            hashes: checksum.and_then(|sum| PackageHash::hex(HashAlgorithm::Sha256, sum)).into_iter().collect(),
            ..Package::new(Ecosystem::Cargo, name, version, span)
        }
    }
}

/// Cargo writes `registry+` and the index of crates.io also where it asked the sparse index.
fn source_of(source: &str) -> PackageSource {
    if source == "registry+https://github.com/rust-lang/crates.io-index" {
        return PackageSource::Default;
    }
    match source.split_once('+') {
        Some(("git", url)) => PackageSource::git(url, None),
        Some(("registry" | "sparse", url)) => PackageSource::registry(url),
        _ => PackageSource::registry(source),
    }
}

/// The bytes of `key = value`, given those of the value.
fn entry(text: &str, key: &str, value: Range<usize>) -> Range<usize> {
    let before = text.get(..value.start).unwrap_or_default();
    let is_key = before.trim_end().strip_suffix('=').map(str::trim_end).and_then(|before| before.strip_suffix(key));
    Range { start: is_key.map_or(value.start, str::len), end: value.end }
}

/// `"checksum NAME VERSION (SOURCE)" = "SUM"` of version 1. The source is not part of the key: only registries have checksums,
/// and two registries with the same name and version in a file of that age are not known to exist.
fn checksum_of<'a>(key: &'a str, sum: &'a str) -> Option<((&'a str, &'a str), &'a str)> {
    let mut words = key.strip_prefix("checksum ")?.splitn(3, ' ');
    Some(((words.next()?, words.next()?), sum))
}

/// Every edge. A dependency that fits no package is left out, as cargo does: a merge may have dropped the package.
fn resolve(packages: &[RawPackage]) -> Vec<Dependency> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, package) in packages.iter().enumerate() {
        by_name.entry(package.name.get_ref()).or_default().push(index);
    }
    let mut edges = Vec::new();
    for (from, package) in packages.iter().enumerate() {
        for dependency in &package.dependencies {
            let mut words = dependency.splitn(3, ' ');
            let name = words.next().unwrap_or_default();
            let version = words.next();
            let source = words.next().map(|source| source.trim_start_matches('(').trim_end_matches(')'));
            let fits = |&&to: &&usize| {
                packages.get(to).is_some_and(|package| {
                    version.is_none_or(|version| version == package.version.get_ref())
                        && source.is_none_or(|source| {
                            package.source.as_deref().is_some_and(|other| unpinned(other) == unpinned(source))
                        })
                })
            };
            let targets = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
            edges.extend(targets.iter().filter(fits).map(|&to| Dependency { from, to }));
        }
    }
    edges
}

/// A source without the commit that a package has and a dependency on it may lack.
fn unpinned(source: &str) -> &str {
    source.split('#').next().unwrap_or(source)
}

fn explain(error: &toml::de::Error) -> LockfileError {
    let offset = error.span().map_or(0, |span| span.start);
    LockfileError { offset, message: without_values(error.message().trim()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::{Encoding, Target};

    fn parse(text: &str) -> Result<Inventory, LockfileError> {
        let file = SourceFile::new(Target::at("Cargo.lock"), text.to_owned(), Encoding::Utf8);
        super::super::parse(&file, &Files::default()).unwrap()
    }

    fn edges(inventory: &Inventory) -> Vec<String> {
        let name = |index: usize| format!("{}@{}", inventory.packages[index].name, inventory.packages[index].version);
        inventory.dependencies.iter().map(|edge| format!("{} {}", name(edge.from), name(edge.to))).collect()
    }

    #[test]
    fn the_span_is_the_lines_of_name_and_version() {
        let text = "# ñ\r\nversion = 4\r\n\r\n[[package]]\r\nname = \"a\"\r\nversion=\"1.0.0\"\r\n\r\n\
                    [[package]]\r\nversion = \"2.0.0\"\r\n  name  = \"b\" # here\r\n";
        let inventory = parse(text).unwrap();
        let shown: Vec<&str> = inventory.packages.iter().map(|package| &text[package.span.0..package.span.1]).collect();
        assert_eq!(shown, ["name = \"a\"\r\nversion=\"1.0.0\"", "version = \"2.0.0\"\r\n  name  = \"b\""]);
        let inline = "package = [{ name = \"a\", version = \"1.0.0\" }, { name = \"b\", version = \"1.0.0\" }]";
        let spans: Vec<(usize, usize)> = parse(inline).unwrap().packages.iter().map(|package| package.span).collect();
        assert_eq!(&inline[spans[1].0..spans[1].1], "name = \"b\", version = \"1.0.0\"");
    }

    #[test]
    fn dependencies_are_resolved_as_shortly_as_they_are_written() {
        let text = r#"
            version = 3
            [[package]]
            name = "app"
            version = "0.1.0"
            dependencies = ["one", "two 1.0.0", "two 2.0.0 (git+https://example.com/two?rev=abc)", "gone"]
            [[package]]
            name = "one"
            version = "1.0.0"
            source = "registry+https://github.com/rust-lang/crates.io-index"
            [[package]]
            name = "two"
            version = "1.0.0"
            source = "registry+https://github.com/rust-lang/crates.io-index"
            [[package]]
            name = "two"
            version = "2.0.0"
            source = "registry+https://github.com/rust-lang/crates.io-index"
            [[package]]
            name = "two"
            version = "2.0.0"
            source = "git+https://example.com/two?rev=abc#abcdef"
        "#;
        let inventory = parse(text).unwrap();
        assert_eq!(edges(&inventory), ["app@0.1.0 one@1.0.0", "app@0.1.0 two@1.0.0", "app@0.1.0 two@2.0.0"]);
        assert_eq!(inventory.dependencies[2].to, 4);
        assert_eq!(inventory.packages[0].source, PackageSource::Project);
    }

    #[test]
    fn version_1_has_a_root_and_keeps_checksums_apart() {
        let sum = "0123456789abcdef".repeat(4);
        let text = format!(
            r#"
            [root]
            name = "app"
            version = "0.1.0"
            dependencies = ["one 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)"]
            [[package]]
            name = "one"
            version = "1.0.0"
            source = "registry+https://github.com/rust-lang/crates.io-index"
            [metadata]
            "checksum one 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)" = "{sum}"
            "checksum two 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)" = "<none>"
            "#
        );
        let inventory = parse(&text).unwrap();
        assert_eq!(edges(&inventory), ["app@0.1.0 one@1.0.0"]);
        assert_eq!(inventory.packages[1].hashes[0].value, sum);
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (text, at, said) in [
            ("# x\nversion = 5\n", "5", "version 5 of Cargo.lock is not known"),
            ("version = 4\n[[package]]\n<<<<<<< ours\nname = 1\n", "<<<<<<<", "merge conflict"),
            ("version = 4\n[[package]]\nname = \"a\"\n", "[[package]]", "missing field `version`"),
            ("version = 4\n[[package]\nname = \"a\"\n", "\nname", ""),
            ("", "", "names no package"),
            ("version = 4\n", "version", "names no package"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(said), "{error}");
            assert!(text.get(error.offset..).is_some(), "{error:?}");
            assert_eq!(error.offset, text.find(at).unwrap(), "{error:?} in {text:?}");
        }
    }
}
