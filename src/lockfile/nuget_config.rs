//! NuGet's older `packages.config` (<https://learn.microsoft.com/en-us/nuget/reference/packages-config>): all packages of a
//! project, those that others need included.

use super::read::{attribute, children, xml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, RelPath, Scope, SourceFile};

pub struct NugetConfig;

impl Lockfile for NugetConfig {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name().to_ascii_lowercase();
        name == "packages.config" || name.starts_with("packages.") && name.ends_with(".config")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let document = xml(&file.text)?;
        let root = document.root_element();
        let fault = |offset: usize, message: &str| LockfileError { offset, message: message.to_owned() };
        if root.tag_name().name() != "packages" {
            return Err(fault(root.range().start, "not a list of packages"));
        }
        let mut packages = Vec::new();
        for node in children(root, "package") {
            let range = node.range();
            let need = |name: &str| {
                attribute(node, name).ok_or_else(|| fault(range.start, &format!("a package without `{name}`")))
            };
            let is_development = attribute(node, "developmentDependency") == Some("true");
            let scope = if is_development { Scope::Development } else { Scope::Runtime };
            let package = Package::new(Ecosystem::NuGet, need("id")?, need("version")?, (range.start, range.end));
            packages.push(Package { scope: Some(scope), ..package });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}
