//! Haskell: `stack.yaml.lock` (<https://docs.haskellstack.org/en/stable/topics/lock_files/>), which names what a snapshot
//! lacks, and `cabal.project.freeze`, a list of constraints (`any.aeson ==2.1.0.0`).

use super::read::{lines, yaml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Stack;
pub struct Cabal;

impl Lockfile for Stack {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "stack.yaml.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        root.get("packages").ok_or_else(|| root.fault("missing `packages`"))?;
        let mut packages = Vec::new();
        for node in root.list_of("packages")? {
            let completed = node.get("completed").ok_or_else(|| node.fault("missing `completed`"))?;
            if let Some(hackage) = completed.get("hackage") {
                // `name-1.0.0@sha256:…,1234`: the hash of the package's description and its size.
                let text = hackage.text().unwrap_or_default();
                let plain = text.split('@').next().unwrap_or(text);
                let (name, version) = plain.rsplit_once('-').ok_or_else(|| hackage.fault("expected `name-version`"))?;
                packages.push(Package::new(Ecosystem::Hackage, name, version, hackage.span));
                continue;
            }
            let version = completed.need_text("version")?;
            let name = completed.need_text("name")?;
            let source = match (completed.text_of("git"), completed.text_of("url")) {
                (Some(url), _) => PackageSource::git(url, completed.text_of("commit")),
                (None, Some(url)) => PackageSource::url(url),
                (None, None) => PackageSource::Default,
            };
            let hash = completed.text_of("sha256").and_then(|sum| PackageHash::hex(HashAlgorithm::Sha256, sum));
            let span = completed.span_of(&["name", "version"]);
            let package = Package::new(Ecosystem::Hackage, name, version, span);
            packages.push(Package { source, hashes: hash.into_iter().collect(), ..package });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}

impl Lockfile for Cabal {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "cabal.project.freeze"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut packages = Vec::new();
        for (start, line) in lines(&file.text) {
            let mut rest = line;
            let mut at = start;
            if let Some(constraints) = line.strip_prefix("constraints:") {
                at += line.len() - constraints.len();
                rest = constraints;
            } else if !line.starts_with([' ', '\t']) {
                // Another field, such as the state of the index.
                let is_field = line.trim().is_empty() || line.starts_with("--") || line.contains(':');
                if !is_field {
                    return Err(LockfileError { offset: start, message: "expected a field".to_owned() });
                }
                continue;
            }
            for constraint in rest.split_inclusive(',') {
                let begin = at + (constraint.len() - constraint.trim_start().len());
                at += constraint.len();
                let text = constraint.trim().trim_end_matches(',').trim_end();
                let Some((name, version)) = text.split_once("==") else { continue };
                let name = name.trim().trim_start_matches("any.");
                let package = Package::new(Ecosystem::Hackage, name, version.trim(), (begin, begin + text.len()));
                packages.push(package);
            }
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}
