use std::collections::{HashSet, VecDeque};

use super::{Ecosystem, Package, RelPath};

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
    /// What is asked for without saying at which version: what gets installed is not known.
    pub unpinned: Vec<Unpinned>,
}

/// A package that is asked for at no single version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    pub ecosystem: Ecosystem,
    pub name: String,
    /// Byte range in the file.
    pub span: (usize, usize),
}

impl Inventory {
    /// Of packages and edges in any order. Where the lockfile names members of the project, what they ask for is direct
    /// and the rest is not, unless the package says so itself.
    pub fn new(lockfile: RelPath, mut packages: Vec<Package>, mut dependencies: Vec<Dependency>) -> Inventory {
        dependencies.sort_unstable();
        dependencies.dedup();
        let own: Vec<bool> = packages.iter().map(Package::is_own).collect();
        let is_own = |index: usize| own.get(index).copied().unwrap_or(false);
        if dependencies.iter().any(|edge| is_own(edge.from)) {
            let asked = dependencies.iter().filter(|edge| is_own(edge.from)).map(|edge| edge.to);
            let asked: HashSet<usize> = asked.collect();
            for (index, package) in packages.iter_mut().enumerate().filter(|(_, package)| !package.is_own()) {
                package.direct = package.direct.or(Some(asked.contains(&index)));
            }
        }
        Inventory { lockfile, packages, dependencies, unpinned: Vec::new() }
    }

    /// Where the graph starts: the project's own packages that no other of them needs, and what the project asks for
    /// without a package of it that does. Where a lockfile tells neither, every package that none depends on. Sorted.
    pub fn roots(&self) -> Vec<usize> {
        let needed: HashSet<usize> = self.dependencies.iter().map(|edge| edge.to).collect();
        let is_own = |index: usize| self.packages.get(index).is_some_and(Package::is_own);
        let needed_here: HashSet<usize> =
            self.dependencies.iter().filter(|edge| is_own(edge.from)).map(|edge| edge.to).collect();
        let has_free = (0..self.packages.len()).any(|index| is_own(index) && !needed.contains(&index));
        let is_root = |(index, package): &(usize, &Package)| match package.direct {
            // Members that need each other for tests only, in a ring: all of them count.
            _ if package.is_own() => !has_free || !needed.contains(index),
            Some(true) => !needed_here.contains(index),
            _ => false,
        };
        let roots: Vec<usize> = self.packages.iter().enumerate().filter(is_root).map(|(index, _)| index).collect();
        if !roots.is_empty() {
            return roots;
        }
        (0..self.packages.len()).filter(|index| !needed.contains(index)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PackageSource;

    fn inventory(own: &[&str], others: &[&str], edges: &[(usize, usize)]) -> Inventory {
        let package = |source: PackageSource| {
            move |name: &&str| Package {
                source: source.clone(),
                ..Package::new(Ecosystem::Cargo, *name, "1.0.0", (0, 0))
            }
        };
        let mut packages: Vec<Package> = own.iter().map(package(PackageSource::Project)).collect();
        packages.extend(others.iter().map(package(PackageSource::Default)));
        let edges = edges.iter().map(|&(from, to)| Dependency { from, to }).collect();
        Inventory::new(RelPath::new("Cargo.lock"), packages, edges)
    }

    #[test]
    fn the_shortest_path_starts_at_a_package_of_the_project() {
        // app(0) → a(1) → b(2) → c(3), app → d(4) → c; e(5) is needed by none and is not the project's.
        let inventory = inventory(&["app"], &["a", "b", "c", "d", "e"], &[(4, 3), (0, 1), (0, 4), (1, 2), (2, 3)]);
        assert_eq!(inventory.roots(), [0]);
        let paths = inventory.paths();
        assert_eq!(paths.to(3), [0, 4, 3]);
        assert_eq!(paths.to(0), [0]);
        assert_eq!(paths.to(5), [5]);
        let direct: Vec<Option<bool>> = inventory.packages.iter().map(|package| package.direct).collect();
        assert_eq!(direct, [None, Some(true), Some(false), Some(false), Some(true), Some(false)]);
    }

    #[test]
    fn members_in_a_ring_are_roots_and_a_cycle_ends() {
        let inventory = inventory(&["a", "b"], &["c"], &[(0, 1), (1, 0), (1, 2), (2, 2)]);
        assert_eq!(inventory.roots(), [0, 1]);
        assert_eq!(inventory.paths().to(2), [1, 2]);
    }

    #[test]
    fn without_a_member_the_direct_ones_are_the_roots_and_else_the_free_ones() {
        let mut inventory = inventory(&[], &["a", "b", "c"], &[(0, 1), (1, 2)]);
        assert_eq!(inventory.roots(), [0]);
        assert!(inventory.packages.iter().all(|package| package.direct.is_none()));
        inventory.packages[1].direct = Some(true);
        assert_eq!(inventory.roots(), [1]);
        assert_eq!(inventory.paths().to(2), [1, 2]);
    }
}
