//! `flake.lock` of Nix, versions 5 to 7
//! (<https://nix.dev/manual/nix/stable/command-ref/new-cli/nix3-flake.html#lock-files>): nodes, each a repository at a commit.

use super::read::{Graph, Node, git_name, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, SourceFile};

pub struct Flake;

impl Lockfile for Flake {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "flake.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.need("version")?;
        root.version("version", &["5", "6", "7"])?;
        let top = root.need_text("root")?;
        let mut graph = Graph::new();
        for entry in root.map_of("nodes")? {
            let inputs = entry.value.map_of("inputs")?.iter().filter_map(|input| input.value.text());
            if entry.key == top {
                inputs.for_each(|input| graph.ask(input.to_owned(), None));
                continue;
            }
            let Some(locked) = entry.value.get("locked") else { continue };
            let Some(package) = package(&entry.key, locked) else { continue };
            let index = graph.add(entry.key.to_string(), package);
            // An input that follows another one is a list, and the other one's.
            inputs.for_each(|input| graph.edge(index, input.to_owned()));
        }
        Ok(graph.finish(file))
    }
}

fn package(name: &str, locked: &Node<'_>) -> Option<Package> {
    let field = |key: &str| locked.text_of(key).unwrap_or_default();
    let hosted = |host: &str| format!("https://{host}/{}/{}", field("owner"), field("repo"));
    let url = match field("type") {
        "github" => hosted(locked.text_of("host").unwrap_or("github.com")),
        "gitlab" => hosted(locked.text_of("host").unwrap_or("gitlab.com")),
        "sourcehut" => hosted(locked.text_of("host").unwrap_or("git.sr.ht")),
        "git" | "hg" => field("url").to_owned(),
        "path" => {
            let source = PackageSource::Path(field("path").to_owned());
            return Some(Package { source, ..Package::new(Ecosystem::Git, name, "", locked.span_of(&["path"])) });
        }
        _ => {
            let span = locked.span_of(&["url"]);
            let source = PackageSource::url(field("url"));
            return Some(Package { source, ..Package::new(Ecosystem::Git, name, field("rev"), span) });
        }
    };
    let revision = locked.text_of("rev")?;
    let span = locked.span_of(&["owner", "repo", "rev", "url"]);
    let source = PackageSource::git(&url, Some(revision));
    Some(Package { source, ..Package::new(Ecosystem::Git, git_name(&url), revision, span) })
}
