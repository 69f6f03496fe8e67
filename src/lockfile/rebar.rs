//! `rebar.lock` of Erlang (<https://rebar3.org/docs/configuration/dependencies/#lock-files>): a list of
//! `{<<"name">>, {pkg, <<"package">>, <<"version">>}, level}`, and from version 1.1.0 on hashes behind it. Level 0 is what
//! the project asks for.

use std::collections::HashMap;

use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Rebar;

impl Lockfile for Rebar {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "rebar.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let text = file.text.as_str();
        let fault = |offset: usize, message: &str| LockfileError { offset, message: message.to_owned() };
        let begin = text.len() - text.trim_start().len();
        let version = text.trim_start().strip_prefix("{\"").and_then(|rest| rest.split('"').next());
        if let Some(version) = version.filter(|version| !matches!(*version, "1.0.0" | "1.1.0" | "1.2.0")) {
            let version: String = version.chars().take(20).collect();
            let message = format!("version {version} is not known here (1.0.0 to 1.2.0 are): a newer gate may read it");
            return Err(fault(begin + 2, &message));
        }
        if !text.trim_end().ends_with('.') || !text.contains('[') {
            return Err(fault(text.trim_end().len(), "expected a list of packages that ends with `.`"));
        }
        // The hashes follow in a second list, behind the first term.
        let (list, hashes) = text.split_once("{pkg_hash").unwrap_or((text, ""));
        // Those of the file as it is downloaded stand behind those of what it holds.
        let hashes = hashes.split_once("{pkg_hash_ext").map_or("", |(_, hashes)| hashes);
        let sums: HashMap<&str, &str> = hashes
            .split("{<<\"")
            .filter_map(|entry| {
                let mut texts = entry.split('"').step_by(2);
                Some((texts.next()?, texts.next()?))
            })
            .collect();
        let mut packages = Vec::new();
        for (start, _) in list.match_indices("{<<\"") {
            let entry = list.get(start..).unwrap_or_default();
            let package = package(entry, start).ok_or_else(|| fault(start, "expected `{<<\"name\">>, {…}, level}`"))?;
            let sum = sums.get(package.name.as_str());
            let sum = sum.and_then(|sum| PackageHash::hex(HashAlgorithm::Sha256, sum));
            packages.push(Package { hashes: sum.into_iter().collect(), ..package });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}

/// The package at the start of `entry`, which starts at byte `start`.
fn package(entry: &str, start: usize) -> Option<Package> {
    let texts: Vec<&str> = entry.split('"').skip(1).step_by(2).take(3).collect();
    let name = texts.first().copied()?;
    let body = entry.split_once(',')?.1.trim_start();
    let end_of =
        |part: &str| entry.get(1 + name.len()..)?.find(part).map(|at| start + 1 + name.len() + at + part.len());
    let package = if body.starts_with("{pkg") {
        let (package, version) = (texts.get(1).copied()?, texts.get(2).copied()?);
        Package::new(Ecosystem::Hex, package, version, (start, end_of(&format!("\"{version}\""))?))
    } else if body.starts_with("{git") {
        let (url, revision) = (texts.get(1).copied()?, texts.get(2).copied()?);
        let span = (start, end_of(revision)?);
        Package { source: PackageSource::git(url, Some(revision)), ..Package::new(Ecosystem::Hex, name, "", span) }
    } else {
        return None;
    };
    // The level is the first number that closes a tuple.
    let level = entry.match_indices('}').find_map(|(at, _)| {
        let before = entry.get(..at)?.trim_end();
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let number = before.get(before.len() - digits..)?;
        before.get(..before.len() - digits)?.trim_end().ends_with(',').then(|| number.parse::<u32>().ok())?
    })?;
    Some(Package { direct: Some(level == 0), ..package })
}
