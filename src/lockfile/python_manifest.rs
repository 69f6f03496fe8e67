//! Pins in `pyproject.toml` (<https://packaging.python.org/en/latest/specifications/pyproject-toml/>, dependency groups and
//! Poetry's own table) and `setup.cfg`, for projects without a lockfile. Where there is one it knows better.

use super::read::{Node, lines, requirement, toml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, RelPath, Scope, SourceFile, Unpinned};

pub struct PythonManifest;

/// Files that lock what a manifest asks for, beside it or above.
const LOCKS: &[&str] = &["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "requirements.txt"];

impl Lockfile for PythonManifest {
    fn wants(&self, path: &RelPath) -> bool {
        matches!(path.file_name(), "pyproject.toml" | "setup.cfg")
    }

    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut found = Found::default();
        if !others.is_above(file.target.path.as_str(), LOCKS) {
            match file.target.path.file_name() {
                "setup.cfg" => found.setup_cfg(&file.text),
                _ => found.pyproject(&toml(&file.text)?)?,
            }
        }
        let inventory = Inventory::new(file.target.path.clone(), found.packages, Vec::new());
        Ok(Inventory { unpinned: found.unpinned, ..inventory })
    }
}

#[derive(Default)]
struct Found {
    packages: Vec<Package>,
    unpinned: Vec<Unpinned>,
}

impl Found {
    fn pyproject(&mut self, root: &Node<'_>) -> Result<(), LockfileError> {
        if let Some(project) = root.get("project") {
            for node in project.list_of("dependencies")? {
                self.text(node.text().unwrap_or_default(), node.span, Scope::Runtime);
            }
            for group in project.map_of("optional-dependencies")? {
                self.group(&group.value, Scope::Optional);
            }
        }
        for group in root.map_of("dependency-groups")? {
            self.group(&group.value, Scope::Development);
        }
        if let Some(build) = root.get("build-system") {
            for node in build.list_of("requires")? {
                let text = node.text().unwrap_or_default();
                // What builds it is hardly ever pinned, and never shipped: only a pin is worth a word.
                if requirement(text).is_some_and(|found| found.pinned.is_some()) {
                    self.text(text, node.span, Scope::Build);
                }
            }
        }
        let Some(poetry) = root.get("tool").and_then(|tool| tool.get("poetry")) else { return Ok(()) };
        self.poetry(poetry, Scope::Runtime)?;
        for group in poetry.map_of("group")? {
            self.poetry(&group.value, Scope::Development)?;
        }
        Ok(())
    }

    fn group(&mut self, list: &Node<'_>, scope: Scope) {
        for node in list.items() {
            // A table includes another group.
            if let Some(text) = node.text() {
                self.text(text, node.span, scope);
            }
        }
    }

    /// Poetry's `name = "version"`, where a bare version is a pin only behind `==`.
    fn poetry(&mut self, table: &Node<'_>, scope: Scope) -> Result<(), LockfileError> {
        for entry in table.map_of("dependencies")?.iter().filter(|entry| entry.key != "python") {
            let wanted = entry.value.text().or_else(|| entry.value.text_of("version"));
            let Some(wanted) = wanted else { continue };
            self.text(&format!("{} {}", entry.key, wanted.trim()), entry.through(&entry.value), scope);
        }
        Ok(())
    }

    /// The lists of `[options]` and `[options.extras_require]`.
    fn setup_cfg(&mut self, text: &str) {
        let mut scope = None;
        let mut section = "";
        for (start, line) in lines(text) {
            let content = line.trim();
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            if content.starts_with('[') && content.ends_with(']') {
                (section, scope) = (content, None);
                continue;
            }
            let is_key = !line.starts_with([' ', '\t']);
            let (key, value) = content.split_once('=').filter(|_| is_key).unwrap_or(("", content));
            if is_key {
                scope = match (section, key.trim()) {
                    ("[options]", "install_requires") => Some(Scope::Runtime),
                    ("[options]", "tests_require") => Some(Scope::Development),
                    ("[options.extras_require]", _) => Some(Scope::Optional),
                    _ => None,
                };
            }
            if let Some(scope) = scope {
                let value = value.split(" #").next().unwrap_or(value).trim();
                let begin = start + line.find(value).unwrap_or(0);
                self.text(value, (begin, begin + value.len()), scope);
            }
        }
    }

    fn text(&mut self, text: &str, span: (usize, usize), scope: Scope) {
        let Some(found) = requirement(text).filter(|found| found.url.is_none()) else {
            // `name ^1.2` and `name 1.2` are Poetry's own way: ranges.
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(0);
            if let Some(name) = text.get(..end).filter(|name| !name.is_empty()) {
                self.unpinned.push(Unpinned { ecosystem: Ecosystem::Pypi, name: name.to_owned(), span });
            }
            return;
        };
        match found.pinned {
            Some(version) => self.packages.push(Package {
                scope: Some(scope),
                direct: Some(true),
                ..Package::new(Ecosystem::Pypi, found.name, version, span)
            }),
            None => self.unpinned.push(Unpinned { ecosystem: Ecosystem::Pypi, name: found.name.to_owned(), span }),
        }
    }
}
