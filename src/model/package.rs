use std::collections::{HashSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{RelPath, SecuritySeverity};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    Cargo,
}

impl Ecosystem {
    /// The type of a package URL.
    pub fn purl_type(self) -> &'static str {
        match self {
            Ecosystem::Cargo => "cargo",
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.purl_type())
    }
}

/// A package at one version, as a lockfile names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    pub ecosystem: Ecosystem,
    pub name: String,
    pub version: String,
    /// Where it comes from, as the lockfile says; `None` for a member of the workspace.
    pub source: Option<String>,
    /// Lower-case hex SHA-256, where the lockfile has one.
    pub sha256: Option<String>,
    /// Byte range in the lockfile of the text that states name and version.
    #[serde(skip)]
    pub span: (usize, usize),
}

impl Package {
    /// The package URL (<https://github.com/package-url/purl-spec>). A source other than the ecosystem's own registry
    /// becomes a qualifier, because the same name and version is another package there.
    pub fn purl(&self) -> String {
        let kind = self.ecosystem.purl_type();
        let mut purl = format!("pkg:{kind}/{}@{}", percent_encode(&self.name), percent_encode(&self.version));
        let Some(source) = self.source.as_deref().filter(|_| !self.is_from_default_registry()) else { return purl };
        let (key, value) = if source.starts_with("git+") {
            // Purl's vcs_url has the revision after an `@`; cargo writes `?branch=…#revision`.
            let (url, revision) = source.split_once('#').map_or((source, None), |(url, rev)| (url, Some(rev)));
            let url = url.split('?').next().unwrap_or(url);
            ("vcs_url", revision.map_or_else(|| url.to_owned(), |revision| format!("{url}@{revision}")))
        } else {
            let url = source.strip_prefix("registry+").or_else(|| source.strip_prefix("sparse+")).unwrap_or(source);
            ("repository_url", url.to_owned())
        };
        purl.push_str(&format!("?{key}={}", percent_encode(&value)));
        purl
    }

    /// Whether it comes from the registry that advisories of its ecosystem speak of.
    pub fn is_from_default_registry(&self) -> bool {
        match self.ecosystem {
            // Cargo writes this name also where it asked the sparse index.
            Ecosystem::Cargo => self.source.as_deref() == Some("registry+https://github.com/rust-lang/crates.io-index"),
        }
    }
}

/// All but unreserved characters, `:` and `/` as `%XX`, in UTF-8.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// One edge of the dependency graph: indices into [`Inventory::packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    pub from: usize,
    pub to: usize,
}

/// All that one lockfile pins.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub lockfile: RelPath,
    pub packages: Vec<Package>,
    /// Sorted, without duplicates.
    pub dependencies: Vec<Dependency>,
}

impl Inventory {
    /// Where the graph starts: the project's own packages that no other of them needs, or, where a lockfile does not
    /// tell its own packages from the others, every package that none depends on. Sorted.
    pub fn roots(&self) -> Vec<usize> {
        let needed: HashSet<usize> = self.dependencies.iter().map(|edge| edge.to).collect();
        let free: Vec<usize> = (0..self.packages.len()).filter(|index| !needed.contains(index)).collect();
        let own = |index: &usize| self.packages.get(*index).is_some_and(|package| package.source.is_none());
        if free.iter().any(own) {
            return free.into_iter().filter(own).collect();
        }
        // Members that need each other for tests only, in a ring: all of them count.
        let members: Vec<usize> = (0..self.packages.len()).filter(own).collect();
        if members.is_empty() { free } else { members }
    }

    /// The shortest ways from the roots to each package.
    pub fn paths(&self) -> DependencyPaths {
        let mut edges = vec![Vec::new(); self.packages.len()];
        for edge in &self.dependencies {
            if let Some(targets) = edges.get_mut(edge.from) {
                targets.push(edge.to);
            }
        }
        let roots = self.roots();
        let mut seen = vec![false; self.packages.len()];
        let mut parents = vec![None; self.packages.len()];
        let mut queue = VecDeque::from(roots.clone());
        for root in roots {
            seen[root] = true;
        }
        while let Some(from) = queue.pop_front() {
            for &to in &edges[from] {
                if seen.get(to) == Some(&false) {
                    seen[to] = true;
                    parents[to] = Some(from);
                    queue.push_back(to);
                }
            }
        }
        DependencyPaths { parents }
    }
}

/// Answers which packages pull a package in.
#[derive(Clone, Debug)]
pub struct DependencyPaths {
    /// The package before it on a shortest way; `None` for a root and for what no root reaches.
    parents: Vec<Option<usize>>,
}

impl DependencyPaths {
    /// From a root to `package`, both included; only `package` where no root reaches it.
    pub fn to(&self, package: usize) -> Vec<usize> {
        let mut path = vec![package];
        let mut at = package;
        while let Some(Some(parent)) = self.parents.get(at) {
            path.push(*parent);
            at = *parent;
        }
        path.reverse();
        path
    }
}

/// What an advisory warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdvisoryKind {
    Vulnerability,
    Unmaintained,
    Unsound,
    Notice,
    Yanked,
}

/// An advisory that affects a package of an inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advisory {
    pub id: String,
    pub kind: AdvisoryKind,
    pub title: String,
    pub description: String,
    pub aliases: Vec<String>,
    pub url: Option<String>,
    /// `YYYY-MM-DD`.
    pub date: String,
    /// The CVSS base score, where there is one.
    pub severity: Option<SecuritySeverity>,
    /// The least version above the present one that is fixed, where there is one.
    pub fixed: Option<String>,
    /// Version requirements that are fixed, as the source writes them.
    pub patched: Vec<String>,
    pub affected_functions: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, source: Option<&str>) -> Package {
        Package {
            ecosystem: Ecosystem::Cargo,
            name: name.to_owned(),
            version: version.to_owned(),
            source: source.map(str::to_owned),
            sha256: None,
            span: (0, 0),
        }
    }

    const CRATES_IO: Option<&str> = Some("registry+https://github.com/rust-lang/crates.io-index");

    fn inventory(packages: Vec<Package>, edges: &[(usize, usize)]) -> Inventory {
        let dependencies = edges.iter().map(|&(from, to)| Dependency { from, to }).collect();
        Inventory { lockfile: RelPath::new("Cargo.lock"), packages, dependencies }
    }

    #[test]
    fn a_package_url_tells_sources_apart() {
        for (version, source, purl) in [
            ("1.0.0", CRATES_IO, "pkg:cargo/a@1.0.0"),
            ("1.0.0+zstd.1.5", CRATES_IO, "pkg:cargo/a@1.0.0%2Bzstd.1.5"),
            ("1.0.0", None, "pkg:cargo/a@1.0.0"),
            (
                "1.0.0",
                Some("git+https://example.com/a.git?branch=main#0123abc"),
                "pkg:cargo/a@1.0.0?vcs_url=git%2Bhttps://example.com/a.git%400123abc",
            ),
            (
                "1.0.0",
                Some("registry+https://registry.example.org/index"),
                "pkg:cargo/a@1.0.0?repository_url=https://registry.example.org/index",
            ),
        ] {
            assert_eq!(package("a", version, source).purl(), purl);
        }
    }

    #[test]
    fn the_shortest_path_starts_at_a_package_of_the_project() {
        // app(0) → a(1) → b(2) → c(3), app → d(4) → c; e(5) is needed by none and is not the project's.
        let mut packages = vec![package("app", "1.0.0", None)];
        packages.extend(["a", "b", "c", "d", "e"].map(|name| package(name, "1.0.0", CRATES_IO)));
        let inventory = inventory(packages, &[(0, 1), (0, 4), (1, 2), (2, 3), (4, 3)]);
        assert_eq!(inventory.roots(), [0]);
        let paths = inventory.paths();
        assert_eq!(paths.to(3), [0, 4, 3]);
        assert_eq!(paths.to(0), [0]);
        assert_eq!(paths.to(5), [5]);
    }

    #[test]
    fn members_in_a_ring_are_roots_and_a_cycle_ends() {
        let members = vec![package("a", "1.0.0", None), package("b", "1.0.0", None), package("c", "1.0.0", CRATES_IO)];
        let inventory = inventory(members, &[(0, 1), (1, 0), (1, 2), (2, 2)]);
        assert_eq!(inventory.roots(), [0, 1]);
        assert_eq!(inventory.paths().to(2), [1, 2]);
    }
}
