//! What .NET writes when it restores and builds: `obj/project.assets.json`, version 3, and `<name>.deps.json` beside the
//! program (<https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md>). Both list
//! libraries, and by target what these need.

use super::read::{Entry, Graph, Node, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct NugetAssets;

impl Lockfile for NugetAssets {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "project.assets.json" || path.file_name().ends_with(".deps.json")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        root.version("version", &["3"])?;
        root.get("libraries").ok_or_else(|| root.fault("missing `libraries`"))?;
        let mut graph = Graph::new();
        for entry in root.map_of("libraries")? {
            add(&mut graph, entry)?;
        }
        for target in root.map_of("targets")? {
            for library in target.value.entries() {
                let Some(from) = graph.find(library.key.to_ascii_lowercase().as_str()) else { continue };
                for need in library.value.get("dependencies").map(Node::entries).unwrap_or_default() {
                    graph.edge(from, need.key.to_ascii_lowercase());
                }
            }
        }
        // What the project itself asks for; `deps.json` has the project among its libraries.
        let frameworks = root.get("project").and_then(|project| project.get("frameworks"));
        for framework in frameworks.map(Node::entries).unwrap_or_default() {
            for asked in framework.value.get("dependencies").map(Node::entries).unwrap_or_default() {
                graph.ask(asked.key.to_ascii_lowercase(), None);
            }
        }
        Ok(graph.finish(file))
    }
}

fn add(graph: &mut Graph<String>, entry: &Entry<'_>) -> Result<(), LockfileError> {
    let fault = |message: &str| LockfileError { offset: entry.key_span.0, message: message.to_owned() };
    let (name, version) = entry.key.split_once('/').ok_or_else(|| fault("expected `name/version`"))?;
    entry.value.must_be_map("a library")?;
    let source = match entry.value.text_of("type") {
        Some("project") => PackageSource::Project,
        // An assembly that comes with the framework or lies beside the project.
        Some("reference") => return Ok(()),
        _ => PackageSource::Default,
    };
    let sum = entry.value.text_of("sha512").map(|sum| sum.trim_start_matches("sha512-"));
    let package = Package {
        source,
        hashes: sum.and_then(|sum| PackageHash::base64(HashAlgorithm::Sha512, sum)).into_iter().collect(),
        ..Package::new(Ecosystem::NuGet, name, version, entry.key_span)
    };
    let index = graph.add(entry.key.to_ascii_lowercase(), package);
    graph.share(name.to_ascii_lowercase(), index);
    Ok(())
}
