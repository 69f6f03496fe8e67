//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3
//! (<https://docs.npmjs.com/cli/configuring-npm/package-lock-json>).
//!
//! Versions 2 and 3 list the places of an installed tree; version 1 nests packages as they are installed. Either way a
//! package is looked up as Node does: in the `node_modules` of its own folder, then of each folder above.

use std::collections::HashMap;

use super::read::{Entry, Homes, LONGEST_FOLDER, Node, json, npm_source};
use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Dependency, Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile, Unpinned,
};

pub struct PackageLock;

/// Lists of what a package asks for. Peers are installed as well since npm 7.
const NEEDS: &[&str] = &["requires", "dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

impl Lockfile for PackageLock {
    fn wants(&self, path: &RelPath) -> bool {
        matches!(path.file_name(), "package-lock.json" | "npm-shrinkwrap.json")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = json(&file.text)?;
        root.must_be_map("the document")?;
        root.version("lockfileVersion", &["1", "2", "3"])?;
        let mut tree = Tree::default();
        if root.get("packages").is_some() {
            for entry in root.map_of("packages")? {
                tree.place(entry, &root)?;
            }
        } else {
            tree.nested(&root, "")?;
        }
        Ok(tree.finish(file))
    }
}

#[derive(Default)]
struct Tree<'n> {
    packages: Vec<Package>,
    unpinned: Vec<Unpinned>,
    /// By the folder that it is installed in.
    places: HashMap<String, usize>,
    /// Folders that are links, with the folder that they lead to.
    links: HashMap<String, &'n str>,
    /// The folder of each package.
    folders: Vec<String>,
    /// The names that a package asks for.
    needs: Vec<(usize, &'n str)>,
}

impl<'n> Tree<'n> {
    /// One entry of `packages`: the key is a folder.
    fn place(&mut self, entry: &'n Entry<'_>, root: &'n Node<'_>) -> Result<(), LockfileError> {
        let (path, node) = (entry.key.as_ref(), &entry.value);
        node.must_be_map("a package")?;
        if path.len() > LONGEST_FOLDER {
            return Err(node.fault("a package that is nested too deep"));
        }
        if node.is_true("link") {
            if let Some(target) = node.text_of("resolved") {
                self.links.insert(path.to_owned(), target);
            }
            return Ok(());
        }
        let installed = path.rsplit_once("node_modules/").map(|(_, name)| name);
        let own = if path.is_empty() { root.text_of("name") } else { path.rsplit('/').next() };
        let name = node.text_of("name").or(installed).or(own).unwrap_or("project");
        let version = match node.text_of("version") {
            Some(version) => version,
            None if installed.is_none() => "",
            // npm leaves such entries behind for packages of other platforms.
            None if node.is_true("optional") => {
                let span = entry.through(node);
                self.unpinned.push(Unpinned { ecosystem: Ecosystem::Npm, name: name.to_owned(), span });
                return Ok(());
            }
            None => {
                node.need("version")?;
                ""
            }
        };
        let span = node.get("version").map_or(entry.key_span, |version| entry.through(version));
        let source = match installed {
            None => PackageSource::Project,
            Some(_) => npm_source(node.text_of("resolved")),
        };
        let package = Package { source, scope: scope(node), ..Package::new(Ecosystem::Npm, name, version, span) };
        self.add(
            path.to_owned(),
            Package { scope: package.scope.filter(|_| !package.is_own()), ..package },
            node,
            NEEDS,
        );
        Ok(())
    }

    /// The packages within the `dependencies` of version 1, installed below `folder`.
    fn nested(&mut self, node: &'n Node<'_>, folder: &str) -> Result<(), LockfileError> {
        for entry in node.map_of("dependencies")? {
            let package = &entry.value;
            let place = format!("{folder}node_modules/{}", entry.key);
            if place.len() > LONGEST_FOLDER {
                return Err(package.fault("a package that is nested too deep"));
            }
            let version = package.need("version")?;
            let text = version.text().unwrap_or_default();
            // An alias (`npm:name@1.0.0`), a place other than the registry, or a version.
            let (name, version_text, source) = match text.strip_prefix("npm:") {
                Some(alias) => {
                    let (name, version) = alias.rsplit_once('@').unwrap_or((alias, ""));
                    (name, version, npm_source(package.text_of("resolved")))
                }
                None if text.contains(':') => (entry.key.as_ref(), "", npm_source(Some(text))),
                None => (entry.key.as_ref(), text, npm_source(package.text_of("resolved"))),
            };
            let span = entry.through(version);
            let made =
                Package { source, scope: scope(package), ..Package::new(Ecosystem::Npm, name, version_text, span) };
            self.add(place.clone(), made, package, &["requires"]);
            self.nested(package, &format!("{place}/"))?;
        }
        Ok(())
    }

    fn add(&mut self, place: String, mut package: Package, node: &'n Node<'_>, lists: &[&str]) {
        package.hashes = node.text_of("integrity").map(PackageHash::from_integrity).unwrap_or_default();
        let index = self.packages.len();
        for list in lists {
            let names = node.get(list).map(Node::entries).unwrap_or_default();
            self.needs.extend(names.iter().map(|entry| (index, entry.key.as_ref())));
        }
        self.packages.push(package);
        self.folders.push(place.clone());
        self.places.insert(place, index);
    }

    fn finish(self, file: &SourceFile) -> Inventory {
        let mut homes = Homes::default();
        let installed = self.places.iter().map(|(place, index)| (place, Some(*index)));
        let linked = self.links.iter().map(|(place, target)| (place, self.places.get(*target).copied()));
        for (place, index) in installed.chain(linked) {
            if let (Some((folder, name)), Some(index)) = (place.rsplit_once("node_modules/"), index) {
                homes.add(folder.trim_end_matches('/'), name, index);
            }
        }
        let mut edges = Vec::new();
        for needs in self.needs.chunk_by(|one, other| one.0 == other.0) {
            let Some((from, folder)) = needs.first().and_then(|(from, _)| Some((*from, self.folders.get(*from)?)))
            else {
                continue;
            };
            let around = homes.around(folder);
            let find = |name: &str| around.iter().find_map(|names| names.get(name).copied());
            edges.extend(needs.iter().filter_map(|(_, name)| Some(Dependency { from, to: find(name)? })));
        }
        let inventory = Inventory::new(file.target.path.clone(), self.packages, edges);
        Inventory { unpinned: self.unpinned, ..inventory }
    }
}

fn scope(node: &Node<'_>) -> Option<Scope> {
    Some(if node.is_true("dev") {
        Scope::Development
    } else if node.is_true("optional") || node.is_true("devOptional") {
        Scope::Optional
    } else {
        Scope::Runtime
    })
}
