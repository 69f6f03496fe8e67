//! `pubspec.lock` of Dart (<https://dart.dev/tools/pub/glossary#lockfile>).

use super::read::yaml;
use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile,
};

pub struct Pub;

impl Lockfile for Pub {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "pubspec.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        root.get("packages").ok_or_else(|| root.fault("missing `packages`"))?;
        let mut packages = Vec::new();
        for entry in root.map_of("packages")? {
            let node = &entry.value;
            let version = node.need("version")?;
            let description = node.get("description");
            let field = |key: &str| description.and_then(|description| description.text_of(key));
            let source = match (node.text_of("source"), field("url")) {
                (Some("git"), Some(url)) => PackageSource::git(url, field("resolved-ref")),
                (Some("path"), _) => PackageSource::Path(field("path").unwrap_or_default().to_owned()),
                // It comes with the SDK and has no version of its own.
                (Some("sdk"), _) => continue,
                (_, Some("https://pub.dev" | "https://pub.dartlang.org") | None) => PackageSource::Default,
                (_, Some(url)) => PackageSource::registry(url),
            };
            let (direct, scope) = match node.text_of("dependency").unwrap_or_default() {
                "direct main" => (Some(true), Some(Scope::Runtime)),
                "direct dev" => (Some(true), Some(Scope::Development)),
                "direct overridden" => (Some(true), None),
                "transitive" => (Some(false), None),
                _ => (None, None),
            };
            let hash = field("sha256").and_then(|sum| PackageHash::hex(HashAlgorithm::Sha256, sum));
            let text = version.text().unwrap_or_default();
            let package = Package::new(Ecosystem::Pub, entry.key.as_ref(), text, entry.through(version));
            packages.push(Package { source, direct, scope, hashes: hash.into_iter().collect(), ..package });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}
