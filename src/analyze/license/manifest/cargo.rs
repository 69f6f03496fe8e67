//! `Cargo.toml`: a package, a workspace, or both.

use super::{Form, Manifest, Reading, Workspace, field, span};
use crate::document::{Node, Value, toml_so_far};

pub fn read(text: &str) -> Reading {
    let read = toml_so_far(text);
    let root = read.documents.first();
    Reading {
        manifest: root.and_then(|root| root.get("package")).map(package),
        workspace: root.and_then(|root| root.get("workspace")).map(workspace),
        fault: read.fault,
    }
}

fn package(package: &Node<'_>) -> Manifest {
    let mut manifest = Manifest::at(package.get("name").map_or(0..0, span));
    let inherited = |key: &str| package.entry(key).filter(|entry| entry.value.is_true("workspace"));
    manifest.license = field(package.get("license")).map(|field| (field, Form::Expression));
    manifest.files.extend(field(package.get("license-file")));
    manifest.inherits =
        inherited("license").or(inherited("license-file")).map(|entry| entry.key_span.0..entry.value.span.1);
    manifest.is_elsewhere = manifest.inherits.is_some();
    manifest.is_private = package.get("publish").is_some_and(|publish| {
        publish.text() == Some("false") || matches!(&publish.value, Value::List(items) if items.is_empty())
    });
    manifest
}

fn workspace(workspace: &Node<'_>) -> Workspace {
    let of = |key: &str| field(workspace.get("package").and_then(|package| package.get(key)));
    Workspace { license: of("license"), file: of("license-file") }
}
