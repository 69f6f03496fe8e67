//! `pom.xml`: the licences of a project are a choice, each by whatever name its authors gave it.

use super::{Field, Form, Manifest, Reading, any_of};
use crate::document::{child, children, xml};

pub fn read(text: &str) -> Reading {
    let document = match xml(text) {
        Ok(document) => document,
        Err(fault) => return Reading { fault: Some(fault), ..Reading::default() },
    };
    let project = document.root_element();
    if project.tag_name().name() != "project" {
        return Reading::default();
    }
    let mut manifest = Manifest::at(child(project, "artifactId").map_or(0..0, |node| node.range()));
    let licenses = child(project, "licenses").into_iter().flat_map(|licenses| children(licenses, "license"));
    let names = licenses.filter_map(|license| {
        let name = child(license, "name")?;
        let inner = name.first_child()?.range();
        let written = text.get(inner.clone())?;
        let start = inner.start + written.len() - written.trim_start().len();
        // With the entities that it is written with: a licence has none in its name.
        Some(Field { text: written.trim().to_owned(), span: start..start + written.trim().len() })
    });
    manifest.license = any_of(names.filter(|name| !name.text.is_empty()).collect()).map(|names| (names, Form::Words));
    // What is published to others names where; a program of a company says nothing of the kind.
    let is_published = ["licenses", "scm", "distributionManagement"].iter().any(|name| child(project, name).is_some());
    manifest.is_private = !is_published;
    // What it does not say itself its parent may.
    manifest.is_elsewhere = manifest.license.is_none() && child(project, "parent").is_some();
    Reading { manifest: Some(manifest), ..Reading::default() }
}
