//! `pom.xml` (<https://maven.apache.org/pom.html>): what it asks for, with properties, managed versions and parents as far
//! as they are in the repository. What these need in turn is only known to whoever asks a repository of artifacts.

use std::collections::{HashMap, HashSet};

use roxmltree::Node;

use super::read::{child, child_text, children, xml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Dependency, Ecosystem, Inventory, Package, PackageSource, RelPath, Scope, SourceFile, Unpinned};

pub struct Maven;

/// Parents above each other, and properties within each other.
const DEEPEST: usize = 16;

impl Lockfile for Maven {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "pom.xml"
    }

    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        let document = xml(&file.text)?;
        let project = document.root_element();
        if project.tag_name().name() != "project" {
            return Err(LockfileError { offset: project.range().start, message: "not a project of Maven".to_owned() });
        }
        let mut model = Model::default();
        model.add(project);
        model.parents(file, others);
        let mut found = Found { packages: vec![model.own(project)], unpinned: Vec::new() };
        let profiles = child(project, "profiles").into_iter().flat_map(|profiles| children(profiles, "profile"));
        for part in std::iter::once(project).chain(profiles) {
            for node in child(part, "dependencies").into_iter().flat_map(|list| children(list, "dependency")) {
                found.add(&model, node, None);
            }
            let plugins = child(part, "build").and_then(|build| child(build, "plugins"));
            for node in plugins.into_iter().flat_map(|list| children(list, "plugin")) {
                // Without a version it is the one that Maven itself comes with.
                if child_text(node, "version").is_some() {
                    found.add(&model, node, Some(Scope::Build));
                }
            }
        }
        let mut known = HashSet::new();
        found.packages.retain(|package| known.insert((package.name.clone(), package.version.clone())));
        let edges = (1..found.packages.len()).map(|to| Dependency { from: 0, to }).collect();
        let inventory = Inventory::new(file.target.path.clone(), found.packages, edges);
        Ok(Inventory { unpinned: found.unpinned, ..inventory })
    }
}

#[derive(Default)]
struct Model {
    properties: HashMap<String, String>,
    /// Versions and scopes by `group:artifact`.
    managed: HashMap<String, (Option<String>, Option<String>)>,
}

impl Model {
    /// Takes in a project; what is there already came from nearer and stays.
    fn add(&mut self, project: Node<'_, '_>) {
        let parent = child(project, "parent");
        let own = |name: &str| {
            child_text(project, name).or_else(|| parent.and_then(|parent| child_text(parent, name))).map(str::to_owned)
        };
        for name in ["groupId", "artifactId", "version"] {
            if let Some(value) = own(name) {
                for prefix in ["project.", "pom.", ""] {
                    self.properties.entry(format!("{prefix}{name}")).or_insert_with(|| value.clone());
                }
            }
            if let Some(value) = parent.and_then(|parent| child_text(parent, name)) {
                self.properties.entry(format!("project.parent.{name}")).or_insert_with(|| value.to_owned());
            }
        }
        let properties = child(project, "properties").into_iter().flat_map(|list| list.children());
        for property in properties.filter(|node| node.is_element()) {
            let value = property.text().unwrap_or_default().trim().to_owned();
            self.properties.entry(property.tag_name().name().to_owned()).or_insert(value);
        }
        let managed = child(project, "dependencyManagement").and_then(|list| child(list, "dependencies"));
        for node in managed.into_iter().flat_map(|list| children(list, "dependency")) {
            if let (Some(group), Some(artifact)) = (child_text(node, "groupId"), child_text(node, "artifactId")) {
                let name = format!("{group}:{artifact}");
                let text = |name: &str| child_text(node, name).map(str::to_owned);
                self.managed.entry(name).or_insert_with(|| (text("version"), text("scope")));
            }
        }
    }

    /// The parents that are in the repository, from the nearest to the farthest.
    fn parents(&mut self, file: &SourceFile, others: &Files<'_>) {
        let mut at = Some(file);
        for _ in 0..DEEPEST {
            let Some(file) = at.take() else { return };
            let Ok(document) = xml(&file.text) else { return };
            let Some(parent) = child(document.root_element(), "parent") else { return };
            let place = match child(parent, "relativePath") {
                None => "../pom.xml".to_owned(),
                // Empty on purpose: it is not in the repository.
                Some(path) => path.text().unwrap_or_default().trim().to_owned(),
            };
            if place.is_empty() {
                return;
            }
            let beside = others.beside(&file.target.path, &place);
            let beside = beside.or_else(|| others.beside(&file.target.path, &format!("{place}/pom.xml")));
            let Some(above) = beside else { return };
            let Ok(document) = xml(&above.text) else { return };
            let project = document.root_element();
            // What lies there may be another project.
            if child_text(project, "artifactId") != child_text(parent, "artifactId") {
                return;
            }
            self.add(project);
            at = Some(above);
        }
    }

    /// `text` with its properties; `None` where one is not known.
    fn resolved(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..DEEPEST {
            let Some(start) = text.find("${") else { return Some(text) };
            let end = start + text.get(start..)?.find('}')?;
            let value = self.properties.get(text.get(start + 2..end)?)?;
            text.replace_range(start..=end, value);
            if text.len() > 1000 {
                return None;
            }
        }
        None
    }

    fn own(&self, project: Node<'_, '_>) -> Package {
        let text = |name: &str| self.properties.get(name).and_then(|value| self.resolved(value)).unwrap_or_default();
        let node = child(project, "artifactId").unwrap_or(project);
        let range = node.range();
        let name = format!("{}:{}", text("project.groupId"), text("project.artifactId"));
        let span = if node == project { (range.start, range.start) } else { (range.start, range.end) };
        let package = Package::new(Ecosystem::Maven, name, text("project.version"), span);
        Package { source: PackageSource::Project, ..package }
    }
}

struct Found {
    packages: Vec<Package>,
    unpinned: Vec<Unpinned>,
}

impl Found {
    fn add(&mut self, model: &Model, node: Node<'_, '_>, scope: Option<Scope>) {
        let text = |name: &str| child_text(node, name).and_then(|text| model.resolved(text));
        let group = text("groupId").or_else(|| scope.map(|_| "org.apache.maven.plugins".to_owned()));
        let (Some(group), Some(artifact)) = (group, text("artifactId")) else { return };
        let name = format!("{group}:{artifact}");
        let managed = model.managed.get(&name);
        let version = match child_text(node, "version") {
            Some(version) => model.resolved(version),
            None => managed.and_then(|(version, _)| model.resolved(version.as_ref()?)),
        };
        let parts = ["groupId", "artifactId", "version"].iter().filter_map(|name| child(node, name));
        let parts = parts.map(|part| (part.range().start, part.range().end));
        let span = parts.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).unwrap_or_default();
        // A range in brackets is resolved when it is built.
        let Some(version) = version.filter(|version| !version.starts_with(['[', '('])) else {
            self.unpinned.push(Unpinned { ecosystem: Ecosystem::Maven, name, span });
            return;
        };
        let stated = text("scope").or_else(|| managed.and_then(|(_, scope)| scope.clone()));
        let scope = scope.unwrap_or(match stated.as_deref() {
            Some("test") => Scope::Development,
            Some("provided" | "system") => Scope::Build,
            // A list of versions, which is no package of its own.
            Some("import") => return,
            _ if text("optional").as_deref() == Some("true") => Scope::Optional,
            _ => Scope::Runtime,
        });
        let package = Package::new(Ecosystem::Maven, name, version, span);
        self.packages.push(Package { scope: Some(scope), direct: Some(true), ..package });
    }
}
