use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use crate::model::{Dependency, Inventory, Package, Scope, SourceFile};

/// How many packages one name leads to. Real lockfiles have a few versions of a package; each edge to the name becomes one
/// to all of them.
const SHARED_AT_MOST: usize = 32;

/// Packages and edges as a lockfile tells them: an edge may name a package that only comes later, or never does.
#[derive(Debug)]
pub struct Graph<K> {
    packages: Vec<Package>,
    ids: HashMap<K, Vec<usize>>,
    edges: Vec<(usize, K)>,
    back: Vec<(K, usize)>,
    /// What the project asks for itself, and what for.
    asked: Vec<(K, Option<Scope>)>,
}

impl<K: Hash + Eq> Graph<K> {
    pub fn new() -> Graph<K> {
        Graph { packages: Vec::new(), ids: HashMap::new(), edges: Vec::new(), back: Vec::new(), asked: Vec::new() }
    }

    /// Adds a package. One that is there already under `id` stays as it is.
    pub fn add(&mut self, id: K, package: Package) -> usize {
        match self.ids.entry(id) {
            Entry::Occupied(known) => known.get().first().copied().unwrap_or(0),
            Entry::Vacant(place) => {
                self.packages.push(package);
                place.insert(vec![self.packages.len() - 1]);
                self.packages.len() - 1
            }
        }
    }

    /// Another name for a package, unless it is taken.
    pub fn alias(&mut self, id: K, package: usize) {
        self.ids.entry(id).or_insert_with(|| vec![package]);
    }

    /// A name that several packages share: an edge to it leads to all of them.
    pub fn share(&mut self, id: K, package: usize) {
        let known = self.ids.entry(id).or_default();
        if known.len() < SHARED_AT_MOST && !known.contains(&package) {
            known.push(package);
        }
    }

    pub fn find<Q: Hash + Eq + ?Sized>(&self, id: &Q) -> Option<usize>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.ids.get(id).and_then(|packages| packages.first().copied())
    }

    pub fn package(&mut self, index: usize) -> Option<&mut Package> {
        self.packages.get_mut(index)
    }

    pub fn edge(&mut self, from: usize, to: K) {
        self.edges.push((from, to));
    }

    /// An edge that is known from its end.
    pub fn edge_back(&mut self, from: K, to: usize) {
        self.back.push((from, to));
    }

    /// The project asks for `id`, for `scope` where that is told.
    pub fn ask(&mut self, id: K, scope: Option<Scope>) {
        self.asked.push((id, scope));
    }

    /// The inventory of all that was added; an edge to a package that is not there is left out.
    pub fn finish(self, file: &SourceFile) -> Inventory {
        let Graph { mut packages, ids, edges, back, asked } = self;
        let all = |id: &K| ids.get(id).map(Vec::as_slice).unwrap_or_default();
        let edge =
            |(from, to): &(usize, K)| all(to).iter().map(|&to| Dependency { from: *from, to }).collect::<Vec<_>>();
        let edge_back =
            |(from, to): &(K, usize)| all(from).iter().map(|&from| Dependency { from, to: *to }).collect::<Vec<_>>();
        let mut dependencies: Vec<Dependency> = edges.iter().flat_map(edge).collect();
        dependencies.extend(back.iter().flat_map(edge_back));
        let asked: Vec<(usize, Option<Scope>)> =
            asked.iter().flat_map(|(id, scope)| all(id).iter().map(|&index| (index, *scope))).collect();
        if !asked.is_empty() {
            for package in packages.iter_mut().filter(|package| !package.is_own()) {
                package.direct.get_or_insert(false);
            }
            let own = dependencies.iter().filter(|edge| packages.get(edge.from).is_some_and(Package::is_own));
            let asked_by_own: Vec<usize> = own.map(|edge| edge.to).collect();
            for index in asked.iter().map(|(index, _)| index).chain(&asked_by_own) {
                if let Some(package) = packages.get_mut(*index).filter(|package| !package.is_own()) {
                    package.direct = Some(true);
                }
            }
        }
        spread(&mut packages, &dependencies, asked);
        Inventory::new(file.target.path.clone(), packages, dependencies)
    }
}

/// What a package is needed for holds for all that it needs in turn; the strongest reason wins. A package whose scope the
/// lockfile states keeps it.
fn spread(packages: &mut [Package], dependencies: &[Dependency], mut asked: Vec<(usize, Option<Scope>)>) {
    asked.retain(|(_, scope)| scope.is_some());
    if asked.is_empty() {
        return;
    }
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); packages.len()];
    for edge in dependencies {
        if let Some(list) = needs.get_mut(edge.from) {
            list.push(edge.to);
        }
    }
    // From the strongest reason to the weakest: the first that reaches a package is the one that counts.
    asked.sort_by_key(|(_, scope)| *scope);
    let stated: Vec<bool> = packages.iter().map(|package| package.scope.is_some()).collect();
    let mut seen = vec![false; packages.len()];
    for (start, scope) in asked {
        let mut stack = vec![start];
        while let Some(index) = stack.pop() {
            if seen.get(index) != Some(&false) {
                continue;
            }
            seen[index] = true;
            if let Some(package) = packages.get_mut(index).filter(|package| !package.is_own())
                && !stated.get(index).copied().unwrap_or(false)
            {
                package.scope = scope;
            }
            stack.extend(needs.get(index).into_iter().flatten());
        }
    }
}
