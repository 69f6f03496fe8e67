//! What the manifests of a project say of its licence, each statement at its place. A faulty manifest is read as far as it goes.

mod cargo;
mod javascript;
mod literal;
mod maven;
mod python;
mod ruby;

use std::ops::Range;

use crate::document::{Fault, Node};

/// A piece of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub text: String,
    pub span: Range<usize>,
}

/// How strictly the format takes the licence that it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It must be an SPDX expression.
    Expression,
    /// Any words.
    Words,
    /// An old form that the format no longer wants, such as npm's `licenses` list.
    Outdated,
}

/// One manifest of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Where to point when there is nothing to point at: the package's name, or the start of the file.
    pub name: Range<usize>,
    pub license: Option<(Field, Form)>,
    /// What else it says of the licence: Python's classifiers, in words of their own.
    pub classifiers: Vec<Field>,
    /// Files that the manifest names as the licence.
    pub files: Vec<Field>,
    /// Not meant for others: `private`, `publish = false`, `UNLICENSED`.
    pub is_private: bool,
    /// The licence is stated in a way that is not read here (by the build, by a parent that is not in the scan).
    pub is_elsewhere: bool,
    /// Where it says that the workspace's licence is its own.
    pub inherits: Option<Range<usize>>,
}

impl Manifest {
    pub fn at(name: Range<usize>) -> Manifest {
        Manifest {
            name,
            license: None,
            classifiers: Vec::new(),
            files: Vec::new(),
            is_private: false,
            is_elsewhere: false,
            inherits: None,
        }
    }
}

/// The licence and the licence file that a Cargo workspace hands down to its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    pub license: Option<Field>,
    pub file: Option<Field>,
}

/// What one file says.
#[derive(Debug, Default)]
pub struct Reading {
    /// `None` for a file that describes no package.
    pub manifest: Option<Manifest>,
    pub workspace: Option<Workspace>,
    pub fault: Option<Fault>,
}

/// Reads the manifest called `file`.
pub fn read(file: &str, text: &str) -> Reading {
    match file {
        "Cargo.toml" => cargo::read(text),
        "pyproject.toml" => python::pyproject(text),
        "setup.cfg" => of(python::setup_cfg(text)),
        "setup.py" => of(python::setup_py(text)),
        "package.json" => javascript::npm(text),
        "composer.json" => javascript::composer(text),
        "pom.xml" => maven::read(text),
        _ if file.ends_with(".gemspec") => of(ruby::read(text)),
        _ => Reading::default(),
    }
}

fn of(manifest: Option<Manifest>) -> Reading {
    Reading { manifest, ..Reading::default() }
}

/// Whether [`read`] knows the format.
pub fn is_manifest(file: &str) -> bool {
    matches!(
        file,
        "Cargo.toml" | "pyproject.toml" | "package.json" | "setup.cfg" | "setup.py" | "composer.json" | "pom.xml"
    ) || file.ends_with(".gemspec")
}

fn span(node: &Node<'_>) -> Range<usize> {
    node.span.0..node.span.1
}

/// The text that `node` is, unless it is blank.
fn field(node: Option<&Node<'_>>) -> Option<Field> {
    let node = node?;
    let text = node.text().filter(|text| !text.trim().is_empty())?;
    Some(Field { text: text.to_owned(), span: span(node) })
}

/// The texts of a list.
fn fields(node: Option<&Node<'_>>) -> Vec<Field> {
    node.map(Node::items).unwrap_or_default().iter().filter_map(|item| field(Some(item))).collect()
}

/// Several licences of which one may be chosen, as one expression.
fn any_of(licenses: Vec<Field>) -> Option<Field> {
    let (first, last) = (licenses.first()?.span.start, licenses.last()?.span.end);
    let text: Vec<&str> = licenses.iter().map(|license| license.text.as_str()).collect();
    Some(Field { text: text.join(" OR "), span: first..last })
}

#[cfg(test)]
mod tests;
