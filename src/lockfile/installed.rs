//! What is installed, by the files that installers leave beside it: `METADATA` of Python, `package.json` below `node_modules`,
//! `vendor/modules.txt` of Go and `vendor/composer/installed.json`. Where a lockfile above says the same it is enough.

use super::read::{Node, json, lines, span_in};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, RelPath, SourceFile};

pub struct PythonInstalled;
pub struct NodeInstalled;
pub struct GoVendored;
pub struct ComposerInstalled;

fn fault(offset: usize, message: &str) -> LockfileError {
    LockfileError { offset, message: message.to_owned() }
}

fn inventory(file: &SourceFile, packages: Vec<Package>) -> Result<Inventory, LockfileError> {
    Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
}

impl Lockfile for PythonInstalled {
    fn wants(&self, path: &RelPath) -> bool {
        let parent = path.parent();
        path.file_name() == "METADATA" && parent.ends_with(".dist-info")
            || path.file_name() == "PKG-INFO" && parent.ends_with(".egg-info")
    }

    fn is_installed(&self) -> bool {
        true
    }

    /// Headers as in a mail (<https://packaging.python.org/en/latest/specifications/core-metadata/>).
    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let (mut name, mut version, mut span) = (None, None, None);
        for (start, line) in lines(&file.text).take_while(|(_, line)| !line.trim().is_empty()) {
            let Some((key, value)) = line.split_once(": ") else { continue };
            let place = match key {
                "Name" => &mut name,
                "Version" => &mut version,
                _ => continue,
            };
            *place = Some(value.trim());
            let (begin, _) = span.unwrap_or((start, 0));
            span = Some((begin, start + line.len()));
        }
        match (name, version, span) {
            (Some(name), Some(version), Some(span)) => {
                inventory(file, vec![Package::new(Ecosystem::Pypi, name, version, span)])
            }
            _ => Err(fault(0, "missing `Name` or `Version`")),
        }
    }
}

impl Lockfile for NodeInstalled {
    /// The manifest of a package right below `node_modules`, not those within it.
    fn wants(&self, path: &RelPath) -> bool {
        let Some((_, below)) = path.as_str().rsplit_once("node_modules/") else { return false };
        let below = below.strip_suffix("/package.json").unwrap_or_default();
        let slashes = usize::from(below.starts_with('@'));
        !below.is_empty() && below.matches('/').count() == slashes
    }

    fn is_installed(&self) -> bool {
        true
    }

    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        let project = file.target.path.as_str().split("node_modules/").next().unwrap_or_default();
        if others
            .is_above(project, &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"])
        {
            return inventory(file, Vec::new());
        }
        let root = json(&file.text)?;
        let (name, version) = (root.need_text("name")?, root.need_text("version")?);
        inventory(file, vec![Package::new(Ecosystem::Npm, name, version, root.span_of(&["name", "version"]))])
    }
}

impl Lockfile for GoVendored {
    fn wants(&self, path: &RelPath) -> bool {
        path.as_str() == "vendor/modules.txt" || path.as_str().ends_with("/vendor/modules.txt")
    }

    fn is_installed(&self) -> bool {
        true
    }

    /// `# module version`, and `=> replacement version` behind it (<https://go.dev/ref/mod#vendoring>).
    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        if others.beside(&file.target.path, "../go.mod").is_some() {
            return inventory(file, Vec::new());
        }
        let mut packages = Vec::new();
        for (start, line) in lines(&file.text) {
            let Some(module) = line.strip_prefix("# ") else { continue };
            let used = module.rsplit("=> ").next().unwrap_or(module);
            let mut words = used.split_whitespace();
            // A folder has no version.
            if let (Some(name), Some(version)) = (words.next(), words.next()) {
                let span = (span_in(start, line, used).0, start + line.trim_end().len());
                packages.push(Package::new(Ecosystem::Go, name, version, span));
            }
        }
        inventory(file, packages)
    }
}

impl Lockfile for ComposerInstalled {
    fn wants(&self, path: &RelPath) -> bool {
        path.as_str().ends_with("vendor/composer/installed.json")
    }

    fn is_installed(&self) -> bool {
        true
    }

    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        if others.beside(&file.target.path, "../../composer.lock").is_some() {
            return inventory(file, Vec::new());
        }
        let root = json(&file.text)?;
        // Composer 1 wrote the list alone.
        let list = if root.items().is_empty() { root.list_of("packages")? } else { root.items() };
        let package = |node: &Node<'_>| {
            let (name, version) = (node.need_text("name")?, node.need_text("version")?);
            Ok(Package::new(Ecosystem::Packagist, name, version, node.span_of(&["name", "version"])))
        };
        inventory(file, list.iter().map(package).collect::<Result<Vec<Package>, LockfileError>>()?)
    }
}
