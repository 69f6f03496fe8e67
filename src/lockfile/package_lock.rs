//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3
//! (<https://docs.npmjs.com/cli/configuring-npm/package-lock-json>).
//!
//! Versions 2 and 3 list the places of an installed tree; version 1 nests packages as they are installed. Either way a
//! package is looked up as Node does: in the `node_modules` of its own folder, then of each folder above.

use std::collections::HashMap;

use super::read::{Entry, Node, json, npm_source};
use super::{Files, Lockfile, LockfileError};
use crate::model::{
    Dependency, Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, Scope, SourceFile, Unpinned,
};

pub struct PackageLock;

/// Lists of what a package asks for. Peers are installed as well since npm 7.
const NEEDS: &[&str] = &["requires", "dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Bytes of a folder. Each package is looked for in every folder above the one that needs it.
const LONGEST: usize = 4096;

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
        if path.len() > LONGEST {
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
            if place.len() > LONGEST {
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

    /// The package `name` as Node finds it from the folder `from`.
    fn find(&self, from: &str, name: &str) -> Option<usize> {
        let mut folder = from;
        let mut place = String::with_capacity(from.len() + name.len() + 14);
        loop {
            if !folder.ends_with("node_modules") {
                place.clear();
                place.push_str(folder);
                place.push_str(if folder.is_empty() { "node_modules/" } else { "/node_modules/" });
                place.push_str(name);
                let target = self.links.get(&place).copied().unwrap_or(&place);
                if let Some(&index) = self.places.get(target) {
                    return Some(index);
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    fn finish(self, file: &SourceFile) -> Inventory {
        let found = |(from, name): &(usize, &str)| {
            let folder = self.folders.get(*from)?;
            Some(Dependency { from: *from, to: self.find(folder, name)? })
        };
        let edges: Vec<Dependency> = self.needs.iter().filter_map(found).collect();
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
