//! NuGet's `packages.lock.json`, versions 1 and 2
//! (<https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files#locking-dependencies>):
//! packages by target framework.

use super::read::{Graph, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct NugetLock;

impl Lockfile for NugetLock {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        name == "packages.lock.json" || name.starts_with("packages.") && name.ends_with(".lock.json")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.need("version")?;
        root.version("version", &["1", "2"])?;
        let mut graph = Graph::new();
        for framework in root.map_of("dependencies")? {
            framework.value.must_be_map("a framework")?;
            for entry in framework.value.entries() {
                let node = &entry.value;
                let is_project = node.text_of("type") == Some("Project");
                let version = if is_project { "" } else { node.need_text("resolved")? };
                let span = node.get("resolved").map_or(entry.key_span, |resolved| entry.through(resolved));
                let hash = node.text_of("contentHash");
                let package = Package {
                    source: if is_project { PackageSource::Project } else { PackageSource::Default },
                    direct: (!is_project).then(|| node.text_of("type") == Some("Direct")),
                    hashes: hash
                        .and_then(|hash| PackageHash::base64(HashAlgorithm::Sha512, hash))
                        .into_iter()
                        .collect(),
                    ..Package::new(Ecosystem::NuGet, entry.key.as_ref(), version, span)
                };
                // Names are the same whatever their case, and each framework repeats what it shares with others.
                let name = entry.key.to_ascii_lowercase();
                let direct = package.direct;
                let index = graph.add(format!("{name}@{version}"), package);
                if let Some(known) = graph.package(index).filter(|_| direct == Some(true)) {
                    known.direct = direct;
                }
                graph.share(format!("{} {name}", framework.key), index);
                for need in node.map_of("dependencies")? {
                    graph.edge(index, format!("{} {}", framework.key, need.key.to_ascii_lowercase()));
                }
            }
        }
        Ok(graph.finish(file))
    }
}
