//! `.terraform.lock.hcl` of Terraform and OpenTofu
//! (<https://developer.hashicorp.com/terraform/language/files/dependency-lock>): one block a provider.

use super::read::lines;
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Terraform;

impl Lockfile for Terraform {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == ".terraform.lock.hcl"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut packages: Vec<Package> = Vec::new();
        // The provider of the block, and where it starts.
        let mut block: Option<(&str, usize)> = None;
        let mut has_version = false;
        let fault = |offset: usize, message: &str| LockfileError { offset, message: message.to_owned() };
        for (start, line) in lines(&file.text) {
            let content = line.trim();
            if let Some(rest) = content.strip_prefix("provider ") {
                let name = rest.split('"').nth(1).filter(|name| !name.is_empty() && rest.ends_with('{'));
                let name = name.ok_or_else(|| fault(start, "expected `provider \"name\" {`"))?;
                (block, has_version) = (Some((name, start)), false);
            } else if let Some((name, begin)) = block {
                if content == "}" {
                    if !has_version {
                        return Err(fault(begin, "a provider without `version`"));
                    }
                    block = None;
                } else if let Some((_, value)) = content.split_once('=').filter(|(key, _)| key.trim() == "version") {
                    let version = value.trim().trim_matches('"');
                    let end = start + line.trim_end().len();
                    let package = Package::new(Ecosystem::Terraform, name, version, (begin, end));
                    packages.push(Package { source: source(name), direct: Some(true), ..package });
                    has_version = true;
                } else if let Some(hash) = content.strip_prefix("\"zh:") {
                    let hash = PackageHash::hex(HashAlgorithm::Sha256, hash.trim_end_matches([',', '"']));
                    let last = packages.last_mut().filter(|_| has_version);
                    last.into_iter().for_each(|package| package.hashes.extend(hash.clone()));
                }
            }
        }
        match block {
            None => Ok(Inventory::new(file.target.path.clone(), packages, Vec::new())),
            Some((_, begin)) => Err(fault(begin, "a provider's block has no end")),
        }
    }
}

fn source(name: &str) -> PackageSource {
    match name.split('/').next() {
        Some("registry.terraform.io" | "registry.opentofu.org") => PackageSource::Default,
        Some(host) if host.contains('.') => PackageSource::registry(&format!("https://{host}")),
        _ => PackageSource::Default,
    }
}
