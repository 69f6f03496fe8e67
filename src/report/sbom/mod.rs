//! A bill of materials: what lockfiles pin, as CycloneDX or SPDX. It tells of inventories, not of a run, and says the
//! same of the same lockfiles whenever it is written.

mod cyclonedx;
mod spdx;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{HashAlgorithm, Inventory, Package, PackageHash};

pub use self::cyclonedx::cyclonedx;
pub use self::spdx::spdx;

/// What a document is made of.
#[derive(Clone, Copy, Debug)]
pub struct Bill<'a> {
    /// Of the project, such as the name of its folder.
    pub name: &'a str,
    pub inventories: &'a [Inventory],
    /// When it was made (RFC 3339, in UTC and whole seconds). Without it CycloneDX says nothing and SPDX, where it is
    /// required, says 1970: a time of day would make each document another one.
    pub created: Option<&'a str>,
    /// SPDX licence expressions by package URL, as far as they are known.
    pub licenses: &'a BTreeMap<String, String>,
}

/// The graph of all lockfiles together. A package that several of them pin is one node.
struct Graph<'a> {
    /// By package URL, which is also their order.
    nodes: BTreeMap<String, Node<'a>>,
    /// Where the graph starts.
    roots: BTreeSet<String>,
}

struct Node<'a> {
    package: &'a Package,
    needs: BTreeSet<String>,
}

impl<'a> Graph<'a> {
    fn of(inventories: &'a [Inventory]) -> Graph<'a> {
        let mut graph = Graph { nodes: BTreeMap::new(), roots: BTreeSet::new() };
        for inventory in inventories {
            let purls: Vec<String> = inventory.packages.iter().map(Package::purl).collect();
            for (package, purl) in inventory.packages.iter().zip(&purls) {
                let node = graph.nodes.entry(purl.clone()).or_insert(Node { package, needs: BTreeSet::new() });
                if node.package.hashes.is_empty() {
                    node.package = package;
                }
            }
            for edge in &inventory.dependencies {
                if let (Some(from), Some(to)) = (purls.get(edge.from), purls.get(edge.to))
                    && from != to
                    && let Some(node) = graph.nodes.get_mut(from)
                {
                    node.needs.insert(to.clone());
                }
            }
            graph.roots.extend(inventory.roots().iter().filter_map(|&root| purls.get(root).cloned()));
        }
        graph
    }
}

/// The hashes of a package that is one file. One that is a file a platform has many, and none of them is the package's.
fn hashes(package: &Package) -> &[PackageHash] {
    let algorithms: BTreeSet<HashAlgorithm> = package.hashes.iter().map(|hash| hash.algorithm).collect();
    if algorithms.len() == package.hashes.len() { &package.hashes } else { &[] }
}

/// A UUID in the form of version 8 (RFC 9562: the content is the maker's own), derived from `content`.
fn uuid_of(content: &str) -> String {
    super::uuid("gate 2026 bill of materials", content)
}
