//! `mix.lock` of Elixir: a map of tuples, one package a line
//! (<https://hexdocs.pm/mix/Mix.Tasks.Deps.html>): `"name": {:hex, :package, "version", "hash", [managers], [needs], "repo", "hash"}`.

use super::read::{Graph, lines};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, HashAlgorithm, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Mix;

impl Lockfile for Mix {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "mix.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut graph = Graph::new();
        let mut is_closed = true;
        let mut last = 0;
        for (start, line) in lines(&file.text) {
            let content = line.trim();
            match content {
                "" => continue,
                "%{" => is_closed = false,
                "}" => is_closed = true,
                _ if content.starts_with('#') || content == "%{}" => {}
                _ => entry(&mut graph, start, line).ok_or_else(|| LockfileError {
                    offset: start,
                    message: "expected `\"name\": {:hex or :git, …}`".to_owned(),
                })?,
            }
            last = start;
        }
        if !is_closed {
            return Err(LockfileError { offset: last, message: "the map has no closing bracket".to_owned() });
        }
        Ok(graph.finish(file))
    }
}

fn entry(graph: &mut Graph<String>, start: usize, line: &str) -> Option<()> {
    let (key, tuple) = line.trim().strip_prefix('"')?.split_once("\":")?;
    let tuple = tuple.trim_start().strip_prefix('{')?;
    // Older ones say `"name": {:git, …}` and `:"name"` for names that are no plain atoms.
    let (kind, rest) = tuple.split_once(',')?;
    let texts: Vec<&str> = rest.split('"').skip(1).step_by(2).collect();
    let begin = start + (line.len() - line.trim_start().len());
    let end_of = |part: &str| line.find(part).map_or(start + line.trim_end().len(), |at| start + at + part.len());
    let package = match kind.trim() {
        ":hex" => {
            let name = rest.trim_start().trim_start_matches(':').split([',', '"']).find(|name| !name.is_empty())?;
            let name = name.trim();
            let is_quoted = rest.trim_start().starts_with(":\"");
            let version = texts.get(usize::from(is_quoted)).copied()?;
            // The last text is the hash of the file that is downloaded, the one before the registry.
            let hash = texts.last().and_then(|hash| PackageHash::hex(HashAlgorithm::Sha256, hash));
            let repository = texts.len().checked_sub(2).and_then(|at| texts.get(at)).copied().unwrap_or_default();
            let source = match repository.strip_prefix("hexpm:").or((repository != "hexpm").then_some(repository)) {
                // An organisation's own packages.
                Some(organisation) if repository.starts_with("hexpm:") => {
                    PackageSource::Registry(format!("https://repo.hex.pm/repos/{organisation}"))
                }
                _ => PackageSource::Default,
            };
            let span = (begin, end_of(&format!("\"{version}\"")));
            let package = Package { source, ..Package::new(Ecosystem::Hex, name, version, span) };
            Package { hashes: hash.into_iter().collect(), ..package }
        }
        ":git" => {
            let (url, revision) = (texts.first().copied()?, texts.get(1).copied()?);
            let span = (begin, end_of(revision));
            Package { source: PackageSource::git(url, Some(revision)), ..Package::new(Ecosystem::Hex, key, "", span) }
        }
        ":path" => {
            let path = texts.first().copied()?;
            let source = PackageSource::Path(path.to_owned());
            Package { source, ..Package::new(Ecosystem::Hex, key, "", (begin, end_of(path))) }
        }
        _ => return None,
    };
    let index = graph.add(key.to_owned(), package);
    // Needs are tuples of their own: `{:name, "~> 1.0", [hex: :name, …]}`.
    for need in rest.split("{:").skip(1) {
        graph.edge(index, need.split([',', '}']).next()?.trim_matches('"').to_owned());
    }
    Some(())
}
