//! What lockfiles pin: one file a format. `read` holds what they share.

mod bun;
mod bundler;
mod cargo;
mod cocoapods;
mod composer;
mod conan;
mod conda;
mod deno;
mod docker;
mod flake;
mod github_actions;
mod go_mod;
mod gradle;
mod gradle_verification;
mod haskell;
mod installed;
mod maven;
mod mix;
mod nuget_assets;
mod nuget_config;
mod nuget_lock;
mod package_lock;
mod pdm;
mod pipfile;
mod pnpm;
mod poetry;
mod pre_commit;
mod pub_lock;
mod pylock;
mod python_manifest;
mod read;
mod rebar;
mod renv;
mod requirements;
mod sbom_cyclonedx;
mod sbom_spdx;
mod swift;
mod terraform;
mod uv;
mod yarn_berry;
mod yarn_classic;

use std::collections::HashMap;

/// A fault in a lockfile.
pub use crate::document::Fault as LockfileError;
use crate::model::{Inventory, RelPath, SourceFile, Target, TargetRole};

/// One lockfile format.
pub trait Lockfile: Sync {
    /// Whether a file is of this format, by its path.
    fn wants(&self, path: &RelPath) -> bool;
    /// Whether it lists what is installed: such files lie among third-party code, where lockfiles say nothing about what is
    /// built here.
    fn is_installed(&self) -> bool {
        false
    }
    /// Whether the text is of this format, where the path does not tell.
    fn accepts(&self, _text: &str) -> bool {
        true
    }
    /// Whether it looks into the file while it reads another.
    fn consults(&self, _path: &RelPath) -> bool {
        false
    }
    /// What `file` pins. `others` are the files that it may look into.
    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError>;
}

/// Files that were read, by their path.
#[derive(Debug, Default)]
pub struct Files<'a> {
    by_path: HashMap<&'a str, &'a SourceFile>,
}

impl<'a> Files<'a> {
    pub fn new(files: impl IntoIterator<Item = &'a SourceFile>) -> Files<'a> {
        Files { by_path: files.into_iter().map(|file| (file.target.path.as_str(), file)).collect() }
    }

    /// Whether one of `names` lies in the folder of `from` or in one above.
    fn is_above(&self, from: &str, names: &[&str]) -> bool {
        let mut folder = from;
        loop {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            let separator = if folder.is_empty() { "" } else { "/" };
            if names.iter().any(|name| self.by_path.contains_key(format!("{folder}{separator}{name}").as_str())) {
                return true;
            }
            if folder.is_empty() {
                return false;
            }
        }
    }

    /// The file at `relative`, seen from the folder of `from`; `None` where it was not read or lies above the root.
    fn beside(&self, from: &RelPath, relative: &str) -> Option<&'a SourceFile> {
        let mut parts: Vec<&str> = from.parent().split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        self.by_path.get(parts.join("/").as_str()).copied()
    }
}

/// Every format that is read.
pub const LOCKFILES: &[&dyn Lockfile] = &[
    &cargo::Cargo,
    &package_lock::PackageLock,
    &yarn_berry::YarnBerry,
    &yarn_classic::YarnClassic,
    &pnpm::Pnpm,
    &bun::Bun,
    &deno::Deno,
    &requirements::Requirements,
    &pipfile::Pipfile,
    &poetry::Poetry,
    &pdm::Pdm,
    &uv::Uv,
    &pylock::Pylock,
    &conda::CondaLock,
    &conda::CondaEnvironment,
    &go_mod::GoMod,
    &go_mod::GoSum,
    &maven::Maven,
    &gradle::Gradle,
    &gradle_verification::GradleVerification,
    &bundler::Bundler,
    &composer::Composer,
    &nuget_lock::NugetLock,
    &nuget_config::NugetConfig,
    &nuget_assets::NugetAssets,
    &mix::Mix,
    &rebar::Rebar,
    &pub_lock::Pub,
    &swift::Swift,
    &cocoapods::CocoaPods,
    &conan::Conan,
    &renv::Renv,
    &haskell::Stack,
    &haskell::Cabal,
    &python_manifest::PythonManifest,
    &flake::Flake,
    &github_actions::GitHubActions,
    &docker::Docker,
    &terraform::Terraform,
    &pre_commit::PreCommit,
    &sbom_cyclonedx::CycloneDx,
    &sbom_spdx::Spdx,
    &installed::PythonInstalled,
    &installed::NodeInstalled,
    &installed::GoVendored,
    &installed::ComposerInstalled,
];

/// Lockfiles that are known by name and cannot be read, each with what to do about it.
pub const NOT_READ: &[(&str, &str)] =
    &[("bun.lockb", "bun's binary lockfile is not read: `bun install --save-text-lockfile` writes a bun.lock that is")];

/// Whether the file pins packages of the project, in a format that is read.
pub fn is_lockfile(target: &Target) -> bool {
    let is_vendored = target.role == TargetRole::Vendored;
    LOCKFILES.iter().any(|format| format.is_installed() == is_vendored && format.wants(&target.path))
}

/// Whether the file is needed to read a lockfile, being one itself or not.
pub fn is_needed(target: &Target) -> bool {
    let is_vendored = target.role == TargetRole::Vendored;
    is_lockfile(target) || !is_vendored && LOCKFILES.iter().any(|format| format.consults(&target.path))
}

/// What the file pins; `None` where it is in no format that is known, or names no package at all.
pub fn parse(file: &SourceFile, others: &Files<'_>) -> Option<Result<Inventory, LockfileError>> {
    let is_vendored = file.target.role == TargetRole::Vendored;
    let mut formats = LOCKFILES.iter().filter(|format| format.is_installed() == is_vendored);
    let format = formats.find(|format| format.wants(&file.target.path) && format.accepts(&file.text))?;
    match format.parse(file, others) {
        Ok(inventory) if inventory.packages.is_empty() && inventory.unpinned.is_empty() => None,
        Ok(inventory) => Some(Ok(inventory)),
        Err(error) => Some(Err(conflict(&file.text).unwrap_or(error))),
    }
}

/// What is wrong with a text that two branches changed and nobody merged.
fn conflict(text: &str) -> Option<LockfileError> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") || line.trim_end() == "=======" {
            let message = "unresolved merge conflict; take either side, then let the package manager complete it";
            return Some(LockfileError { offset, message: message.to_owned() });
        }
        offset += line.len();
    }
    None
}
