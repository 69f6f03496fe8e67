//! `pyproject.toml` (PEP 621, PEP 639 and poetry), `setup.cfg`, and what a `setup.py` says in plain literals.

use std::ops::Range;

use super::{Field, Form, Manifest, Reading, field, fields, literal, span};
use crate::document::{Node, toml_so_far};

pub fn pyproject(text: &str) -> Reading {
    let read = toml_so_far(text);
    let manifest = read.documents.first().and_then(|root| {
        let poetry = root.get("tool").and_then(|tool| tool.get("poetry")).filter(|poetry| poetry.get("name").is_some());
        root.get("project").map(project).or_else(|| poetry.map(poetry_section))
    });
    Reading { manifest, workspace: None, fault: read.fault }
}

fn project(project: &Node<'_>) -> Manifest {
    let mut manifest = Manifest::at(project.get("name").map_or(0..0, span));
    let license = project.get("license");
    manifest.license = match field(license) {
        Some(stated) => Some((stated, Form::Expression)),
        None => field(license.and_then(|license| license.get("text"))).map(|stated| (stated, Form::Words)),
    };
    manifest.files.extend(field(license.and_then(|license| license.get("file"))));
    // Patterns are matched by the build.
    let named = fields(project.get("license-files")).into_iter().filter(|file| !file.text.contains(['*', '?', '[']));
    manifest.files.extend(named);
    let is_dynamic = fields(project.get("dynamic")).iter().any(|name| name.text == "license");
    manifest.is_elsewhere = is_dynamic || project.get("license-files").is_some();
    classify(&mut manifest, fields(project.get("classifiers")));
    manifest
}

fn poetry_section(poetry: &Node<'_>) -> Manifest {
    let mut manifest = Manifest::at(poetry.get("name").map_or(0..0, span));
    manifest.license = field(poetry.get("license")).map(|stated| (stated, Form::Words));
    manifest.is_private = poetry.get("package-mode").and_then(Node::text) == Some("false");
    classify(&mut manifest, fields(poetry.get("classifiers")));
    manifest
}

/// Python's classifiers state a licence in words of their own, and that a package is private.
fn classify(manifest: &mut Manifest, classifiers: Vec<Field>) {
    for classifier in classifiers {
        manifest.is_private |= classifier.text.starts_with("Private ::");
        if let Some(license) = classifier.text.strip_prefix("License ::") {
            let text = license.rsplit("::").next().unwrap_or(license).trim().to_owned();
            manifest.classifiers.push(Field { text, span: classifier.span });
        }
    }
    if manifest.license.is_none() && manifest.classifiers.len() == 1 {
        manifest.license = manifest.classifiers.pop().map(|stated| (stated, Form::Words));
    }
    // Several of them are a choice or a sum: nobody says which.
    manifest.is_elsewhere |= manifest.license.is_none() && !manifest.classifiers.is_empty();
}

/// `setup.cfg`: the section `metadata`; a value may go on in indented lines.
pub fn setup_cfg(text: &str) -> Option<Manifest> {
    let mut manifest: Option<Manifest> = None;
    let mut classifiers = Vec::new();
    let (mut in_metadata, mut key, mut offset) = (false, String::new(), 0);
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_end();
        let trimmed = content.trim_start();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = content.strip_prefix('[') {
            in_metadata = section.trim_end_matches(']').trim() == "metadata";
            continue;
        }
        if !in_metadata {
            continue;
        }
        let value = if content.len() == trimmed.len() {
            let Some((name, value)) = content.split_once(['=', ':']) else { continue };
            key = name.trim().to_ascii_lowercase().replace('-', "_");
            value.trim_start()
        } else {
            trimmed
        };
        let end = start + content.len();
        let value = Field { text: value.to_owned(), span: end - value.len()..end };
        if !value.text.is_empty() {
            metadata(&mut manifest, &mut classifiers, &key, value);
        }
    }
    let mut manifest = manifest?;
    classify(&mut manifest, classifiers);
    Some(manifest)
}

fn metadata(manifest: &mut Option<Manifest>, classifiers: &mut Vec<Field>, key: &str, value: Field) {
    match key {
        "name" => {
            *manifest = Some(Manifest { name: value.span, ..manifest.take().unwrap_or_else(|| Manifest::at(0..0)) })
        }
        "license" => {
            let manifest = manifest.get_or_insert_with(|| Manifest::at(0..0));
            manifest.license.get_or_insert((value, Form::Words));
        }
        // Setuptools takes globs here; only plain names can be looked up.
        "license_file" | "license_files" => {
            let files = value.text.split(',').map(str::trim).filter(|file| !file.is_empty() && !file.contains('*'));
            let fields = files.map(|file| Field { text: file.to_owned(), span: value.span.clone() });
            manifest.get_or_insert_with(|| Manifest::at(0..0)).files.extend(fields);
        }
        "classifiers" | "classifier" => classifiers.push(value),
        _ => {}
    }
}

/// `setup.py`: the keywords of `setup(…)` that are given literals. What is worked out is stated elsewhere.
pub fn setup_py(text: &str) -> Option<Manifest> {
    let opening = ["setup(", "setuptools.setup("]
        .iter()
        .find_map(|call| text.find(&format!("\n{call}")).map(|at| at + 1 + call.len()));
    let start = opening?;
    let mut manifest = Manifest::at(0..0);
    manifest.is_elsewhere = true;
    for (key, value) in keywords(text, start) {
        let code = text.get(value.clone()).unwrap_or_default();
        let mut literals = literal::texts(code, value.start);
        let is_literal =
            literals.len() == 1 && literals.first().is_some_and(|it| text.get(it.span.clone()) == Some(code.trim()));
        match key {
            "name" if is_literal => manifest.name = literals.remove(0).span,
            "license" if is_literal => manifest.license = Some((literals.remove(0), Form::Words)),
            "license" => return None,
            "classifiers" if code.trim_start().starts_with('[') => classify(&mut manifest, literals),
            _ => {}
        }
    }
    Some(manifest)
}

/// The keyword arguments of the call whose arguments start at byte `start`, each with the place of its value.
fn keywords(text: &str, start: usize) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let (mut depth, mut from, mut at) = (0usize, start, start);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                let rest = text.get(at..).unwrap_or_default();
                let quote = if byte == b'"' { "\"" } else { "'" };
                let long = quote.repeat(3);
                let quote = if rest.starts_with(&long) { long.as_str() } else { quote };
                let inner = rest.get(quote.len()..).unwrap_or_default();
                at += quote.len() + inner.find(quote).unwrap_or(inner.len());
                at += quote.len() - 1;
            }
            b'#' => {
                let is_between = text.get(from..at).is_some_and(|before| before.trim().is_empty());
                at += text.get(at..).and_then(|rest| rest.find('\n')).unwrap_or(0);
                if is_between {
                    from = at;
                }
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b',' | b')' if depth == 0 => {
                let argument = text.get(from..at).unwrap_or_default();
                if let Some((key, value)) = argument.split_once('=') {
                    let key = key.lines().last().unwrap_or_default().trim();
                    found.push((key, at - value.len()..at));
                }
                if byte == b')' {
                    break;
                }
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found
}
