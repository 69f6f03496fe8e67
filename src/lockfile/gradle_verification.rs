//! `gradle/verification-metadata.xml`: the hashes of everything that a build may download
//! (<https://docs.gradle.org/current/userguide/dependency_verification.html>).

use super::read::{attribute, child, children, xml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, RelPath, SourceFile};

pub struct GradleVerification;

impl Lockfile for GradleVerification {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "verification-metadata.xml"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let document = xml(&file.text)?;
        let root = document.root_element();
        if root.tag_name().name() != "verification-metadata" {
            let message = "not the verification metadata of Gradle".to_owned();
            return Err(LockfileError { offset: root.range().start, message });
        }
        let mut packages = Vec::new();
        for component in child(root, "components").into_iter().flat_map(|list| children(list, "component")) {
            let need = |name: &str| {
                attribute(component, name).ok_or_else(|| LockfileError {
                    offset: component.range().start,
                    message: format!("a component without `{name}`"),
                })
            };
            let (group, name, version) = (need("group")?, need("name")?, need("version")?);
            let describes = |name: &str| name.ends_with(".pom") || name.ends_with(".module");
            let names: Vec<&str> =
                children(component, "artifact").filter_map(|artifact| attribute(artifact, "name")).collect();
            // A parent or a list of versions: there is nothing in it that a build could run.
            if !names.is_empty() && names.iter().all(|name| describes(name)) {
                continue;
            }
            let artifacts = children(component, "artifact");
            // The one that is a library; a `.pom` or a `.module` only describes it.
            let jars =
                artifacts.filter(|artifact| attribute(*artifact, "name").is_some_and(|name| name.ends_with(".jar")));
            let sums = jars.flat_map(|jar| jar.children().filter(|sum| sum.is_element()));
            let hashes = sums.filter_map(|sum| {
                PackageHash::hex(HashAlgorithm::from_name(sum.tag_name().name())?, attribute(sum, "value")?)
            });
            let tag_end = component.first_child().map_or(component.range().end, |first| first.range().start);
            let span = (component.range().start, tag_end);
            let package = Package::new(Ecosystem::Maven, format!("{group}:{name}"), version, span);
            packages.push(Package { hashes: hashes.collect(), ..package });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}
