//! `renv.lock` of R (<https://rstudio.github.io/renv/articles/lockfile.html>).

use super::read::{Graph, Node, json};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, SourceFile};

pub struct Renv;

impl Lockfile for Renv {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "renv.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        root.get("Packages").ok_or_else(|| root.fault("missing `Packages`"))?;
        let mut graph = Graph::new();
        for entry in root.map_of("Packages")? {
            let node = &entry.value;
            let name = node.text_of("Package").unwrap_or(&entry.key);
            let version = node.need("Version")?;
            let text = version.text().unwrap_or_default();
            let package = Package::new(Ecosystem::Cran, name, text, entry.through(version));
            let index = graph.add(name.to_owned(), Package { source: source(node), ..package });
            for need in node.get("Requirements").map(Node::items).unwrap_or_default().iter().filter_map(Node::text) {
                graph.edge(index, need.to_owned());
            }
        }
        Ok(graph.finish(file))
    }
}

fn source(node: &Node<'_>) -> PackageSource {
    let host = match node.text_of("Source") {
        Some("GitHub") => "github.com",
        Some("GitLab") => "gitlab.com",
        Some("Bitbucket") => "bitbucket.org",
        Some("Git") => {
            return PackageSource::git(node.text_of("RemoteUrl").unwrap_or_default(), node.text_of("RemoteSha"));
        }
        Some("Local") => return PackageSource::Path(node.text_of("RemoteUrl").unwrap_or_default().to_owned()),
        Some("URL") => return PackageSource::url(node.text_of("RemoteUrl").unwrap_or_default()),
        // Bioconductor is a registry beside CRAN.
        Some("Bioconductor") => return PackageSource::registry("https://bioconductor.org"),
        _ => {
            return match node.text_of("Repository") {
                None | Some("CRAN" | "RSPM" | "P3M") => PackageSource::Default,
                Some(repository) if repository.contains("://") => PackageSource::registry(repository),
                // The name that the project gave a mirror.
                Some(_) => PackageSource::Default,
            };
        }
    };
    let field = |key: &str| node.text_of(key).unwrap_or_default();
    let url = format!("https://{host}/{}/{}", field("RemoteUsername"), field("RemoteRepo"));
    PackageSource::git(&url, node.text_of("RemoteSha"))
}
