//! `package.json` of npm, and `composer.json`, which is much like it.

use super::{Field, Form, Manifest, Reading, any_of, field, span};
use crate::document::{Node, Value, json_so_far};

pub fn npm(text: &str) -> Reading {
    let read = json_so_far(text);
    Reading { manifest: read.documents.first().and_then(package), workspace: None, fault: read.fault }
}

fn package(root: &Node<'_>) -> Option<Manifest> {
    // Without a name it is no package: a marker such as `{ "type": "module" }`.
    let mut manifest = Manifest::at(span(root.get("name")?));
    // npm publishes nothing without a version; folders of a package have such manifests as entry points.
    manifest.is_private = root.is_true("private") || root.get("version").is_none();
    let Some(license) = root.get("license").or_else(|| root.get("licenses")) else { return Some(manifest) };
    match &license.value {
        Value::Scalar(stated) if stated.trim() == "UNLICENSED" => manifest.is_private = true,
        Value::Scalar(stated) => match stated.trim().strip_prefix("SEE LICENSE IN ") {
            Some(file) => manifest.files.push(Field { text: file.trim().to_owned(), span: span(license) }),
            None => manifest.license = field(Some(license)).map(|field| (field, Form::Expression)),
        },
        Value::Map(_) => {
            let kind = field(license.get("type"));
            manifest.license = kind.map(|kind| (Field { span: span(license), ..kind }, Form::Outdated));
        }
        Value::List(items) => {
            let kinds = items.iter().filter_map(|item| field(item.get("type").or(Some(item))));
            let stated = any_of(kinds.collect()).map(|stated| Field { span: span(license), ..stated });
            manifest.license = stated.map(|stated| (stated, Form::Outdated));
        }
        Value::Null => {}
    }
    Some(manifest)
}

/// Composer takes a list as a choice.
pub fn composer(text: &str) -> Reading {
    let read = json_so_far(text);
    let manifest = read.documents.first().and_then(|root| {
        let name = root.get("name")?;
        let mut manifest = Manifest::at(span(name));
        let license = root.get("license")?;
        let stated = match &license.value {
            Value::List(_) => any_of(super::fields(Some(license))),
            _ => field(Some(license)),
        };
        manifest.is_private = stated.as_ref().is_some_and(|stated| stated.text == "proprietary");
        manifest.license = stated.filter(|_| !manifest.is_private).map(|stated| (stated, Form::Expression));
        Some(manifest)
    });
    Reading { manifest, workspace: None, fault: read.fault }
}
