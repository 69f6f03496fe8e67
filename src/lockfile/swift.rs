//! `Package.resolved` of the Swift package manager, versions 1 to 3. A package is its repository.

use super::read::{Node, git_name, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, SourceFile};

pub struct Swift;

impl Lockfile for Swift {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "Package.resolved"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.need("version")?;
        root.version("version", &["1", "2", "3"])?;
        // Version 1 has them one level deeper.
        let object = root.get("object").unwrap_or(&root);
        object.get("pins").ok_or_else(|| object.fault("missing `pins`"))?;
        let mut packages = Vec::new();
        for pin in object.list_of("pins")? {
            let state = pin.get("state").ok_or_else(|| pin.fault("missing `state`"))?;
            let revision = state.text_of("revision");
            let version = state.text_of("version").or(revision);
            let version = version.ok_or_else(|| state.fault("missing `version` and `revision`"))?;
            let location = match pin.get("repositoryURL") {
                Some(_) => pin.need_text("repositoryURL")?,
                None => pin.need_text("location")?,
            };
            let source = match pin.text_of("kind") {
                Some("localSourceControl" | "fileSystem") => PackageSource::Path(location.to_owned()),
                // In the registry a package is named by its identity.
                Some("registry") => PackageSource::Default,
                // A version is a tag; what has none is a commit of a branch.
                _ if state.text_of("version").is_some() => PackageSource::Default,
                _ => PackageSource::git(location, revision),
            };
            let name = match pin.text_of("kind") {
                Some("registry") => pin.need_text("identity")?.to_owned(),
                _ => git_name(location),
            };
            let start = pin.span_of(&["package", "identity", "repositoryURL", "location"]).0;
            let end = state_end(state, version);
            packages.push(Package { source, ..Package::new(Ecosystem::Swift, name, version, (start, end)) });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}

/// Where the value that became the version ends.
fn state_end(state: &Node<'_>, version: &str) -> usize {
    let value = state.entries().iter().find(|entry| entry.value.text() == Some(version));
    value.map_or(state.span.1, |entry| entry.value.span.1)
}
