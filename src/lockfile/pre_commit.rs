//! `.pre-commit-config.yaml` (<https://pre-commit.com/#adding-pre-commit-plugins-to-your-project>): repositories of hooks at a
//! tag or a commit.

use super::read::{git_name, yaml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, Scope, SourceFile};

pub struct PreCommit;

impl Lockfile for PreCommit {
    fn wants(&self, path: &RelPath) -> bool {
        matches!(path.file_name(), ".pre-commit-config.yaml" | ".pre-commit-config.yml")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        let mut packages = Vec::new();
        for node in root.list_of("repos")? {
            let url = node.need_text("repo")?;
            // Hooks of the project itself, and pre-commit's own.
            if matches!(url, "local" | "meta" | "builtin") {
                continue;
            }
            let revision = node.need_text("rev")?;
            let span = node.span_of(&["repo", "rev"]);
            let package = Package::new(Ecosystem::Git, git_name(url), revision, span);
            packages.push(Package {
                source: PackageSource::git(url, Some(revision)),
                scope: Some(Scope::Development),
                direct: Some(true),
                ..package
            });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}
