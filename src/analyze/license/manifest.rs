//! What the manifests of a project say of its licence, each statement at its place.

use std::ops::Range;

use toml_edit::{Item, TableLike, Value as TomlValue};

use super::json::{self, Node, Value};
use crate::model::without_values;

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
    /// Files that the manifest names as the licence.
    pub files: Vec<Field>,
    /// Not meant for others: `private`, `publish = false`, `UNLICENSED`.
    pub is_private: bool,
    /// The licence is stated in a way that is not read here (by the build, by a workspace that is not in the scan).
    pub is_elsewhere: bool,
}

impl Manifest {
    fn at(name: Range<usize>) -> Manifest {
        Manifest { name, license: None, files: Vec::new(), is_private: false, is_elsewhere: false }
    }
}

/// Why a manifest could not be read, at a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub offset: usize,
    pub what: String,
}

/// Reads the manifest called `file`; `None` for one that describes no package.
pub fn read(file: &str, text: &str) -> Result<Option<Manifest>, Malformed> {
    match file {
        "Cargo.toml" => toml(text).map(|document| cargo(document.as_table())),
        "pyproject.toml" => toml(text).map(|document| pyproject(document.as_table())),
        "package.json" => match json::parse(text) {
            Ok(root) => Ok(npm(&root)),
            Err(offset) => Err(Malformed { offset, what: "it is no valid JSON here".to_owned() }),
        },
        "setup.cfg" => Ok(setup_cfg(text)),
        _ => Ok(None),
    }
}

/// Whether [`read`] knows the format.
pub fn is_manifest(file: &str) -> bool {
    matches!(file, "Cargo.toml" | "pyproject.toml" | "package.json" | "setup.cfg")
}

/// The licence and the licence file that a Cargo workspace hands down to its members.
pub fn workspace(text: &str) -> Option<(Option<Field>, Option<Field>)> {
    let document = toml(text).ok()?;
    let workspace = document.get("workspace")?;
    let Some(package) = table(workspace, "package") else { return Some((None, None)) };
    Some((field(package.get("license")), field(package.get("license-file"))))
}

fn toml(text: &str) -> Result<toml_edit::Document<&str>, Malformed> {
    toml_edit::Document::parse(text).map_err(|error| Malformed {
        offset: error.span().map_or(0, |span| span.start),
        what: without_values(error.message().trim()),
    })
}

fn table<'i>(item: &'i Item, key: &str) -> Option<&'i dyn TableLike> {
    item.get(key)?.as_table_like()
}

fn field(item: Option<&Item>) -> Option<Field> {
    let item = item?;
    Some(Field { text: item.as_str()?.to_owned(), span: item.span()? })
}

fn cargo(root: &toml_edit::Table) -> Option<Manifest> {
    let package = root.get("package")?.as_table_like()?;
    let mut manifest = Manifest::at(package.get("name").and_then(Item::span).unwrap_or(0..0));
    let inherits = |key: &str| {
        let value = package.get(key).and_then(|item| item.as_table_like()?.get("workspace")?.as_bool());
        value == Some(true)
    };
    manifest.license = field(package.get("license")).map(|field| (field, Form::Expression));
    manifest.files.extend(field(package.get("license-file")));
    manifest.is_elsewhere = inherits("license") || inherits("license-file");
    manifest.is_private = package.get("publish").is_some_and(|publish| {
        publish.as_bool() == Some(false) || publish.as_array().is_some_and(toml_edit::Array::is_empty)
    });
    Some(manifest)
}

fn pyproject(root: &toml_edit::Table) -> Option<Manifest> {
    if let Some(project) = root.get("project").and_then(Item::as_table_like) {
        let mut manifest = Manifest::at(project.get("name").and_then(Item::span).unwrap_or(0..0));
        match project.get("license") {
            Some(item) if item.is_str() => manifest.license = field(Some(item)).map(|field| (field, Form::Expression)),
            Some(item) => {
                manifest.license = field(item.get("text")).map(|field| (field, Form::Words));
                manifest.files.extend(field(item.get("file")));
            }
            None => {}
        }
        let has = |key: &str, text: &str| {
            let items = project.get(key).and_then(Item::as_array);
            items.is_some_and(|items| items.iter().any(|item| item.as_str() == Some(text)))
        };
        manifest.is_elsewhere = has("dynamic", "license") || project.contains_key("license-files");
        classify(&mut manifest, strings(project.get("classifiers")));
        return Some(manifest);
    }
    let poetry = table(root.get("tool")?, "poetry")?;
    let mut manifest = Manifest::at(poetry.get("name").and_then(Item::span)?);
    manifest.license = field(poetry.get("license")).map(|field| (field, Form::Words));
    manifest.is_private = poetry.get("package-mode").and_then(Item::as_bool) == Some(false);
    classify(&mut manifest, strings(poetry.get("classifiers")));
    Some(manifest)
}

fn strings(item: Option<&Item>) -> Vec<Field> {
    let values = item.and_then(Item::as_array).into_iter().flatten();
    values
        .filter_map(|value: &TomlValue| Some(Field { text: value.as_str()?.to_owned(), span: value.span()? }))
        .collect()
}

/// Python's classifiers state a licence in words of their own, and that a package is private.
fn classify(manifest: &mut Manifest, classifiers: Vec<Field>) {
    for classifier in classifiers {
        if classifier.text.starts_with("Private ::") {
            manifest.is_private = true;
        }
        if let Some(license) = classifier.text.strip_prefix("License ::")
            && manifest.license.is_none()
        {
            let text = license.rsplit("::").next().unwrap_or(license).trim().to_owned();
            manifest.license = Some((Field { text, span: classifier.span }, Form::Words));
        }
    }
}

fn npm(root: &Node) -> Option<Manifest> {
    let Value::Object(_) = root.value else { return None };
    // Without a name it is no package: a marker such as `{ "type": "module" }`.
    let name = root.get("name")?;
    let mut manifest = Manifest::at(name.span.clone());
    // npm publishes nothing without a version; folders of a package have such manifests as entry points.
    manifest.is_private =
        root.get("private").is_some_and(|node| node.value == Value::Bool(true)) || root.get("version").is_none();
    let text = |node: &Node| Some(Field { text: node.text()?.to_owned(), span: node.span.clone() });
    let Some(license) = root.get("license").or_else(|| root.get("licenses")) else { return Some(manifest) };
    match &license.value {
        Value::Text(stated) if stated.trim() == "UNLICENSED" => manifest.is_private = true,
        Value::Text(stated) => match stated.trim().strip_prefix("SEE LICENSE IN ") {
            Some(file) => manifest.files.push(Field { text: file.trim().to_owned(), span: license.span.clone() }),
            None => manifest.license = text(license).map(|field| (field, Form::Expression)),
        },
        Value::Object(_) => {
            let kind = license.get("type").and_then(text);
            manifest.license = kind.map(|kind| (Field { span: license.span.clone(), ..kind }, Form::Outdated));
        }
        Value::List(items) => {
            let kinds: Vec<&str> =
                items.iter().filter_map(|item| item.text().or_else(|| item.get("type")?.text())).collect();
            let stated = Field { text: kinds.join(" OR "), span: license.span.clone() };
            manifest.license = (!kinds.is_empty()).then_some((stated, Form::Outdated));
        }
        _ => {}
    }
    Some(manifest)
}

/// `setup.cfg`: the section `metadata`; a value may go on in indented lines.
fn setup_cfg(text: &str) -> Option<Manifest> {
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
        if value.text.is_empty() {
            continue;
        }
        match key.as_str() {
            "name" => manifest = Some(Manifest { name: value.span, ..manifest.unwrap_or_else(|| Manifest::at(0..0)) }),
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
    let mut manifest = manifest?;
    classify(&mut manifest, classifiers);
    Some(manifest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn license(file: &str, text: &str) -> Option<(String, Form)> {
        let manifest = read(file, text).unwrap().unwrap();
        let (field, form) = manifest.license?;
        assert!(text[field.span.clone()].contains(field.text.split(" OR ").next().unwrap()), "{text}");
        Some((field.text, form))
    }

    #[test]
    fn every_format_states_its_licence() {
        for (file, text, expected) in [
            ("Cargo.toml", "[package]\nname = \"a\"\nlicense = \"MIT\"", Some(("MIT", Form::Expression))),
            ("Cargo.toml", "[package]\nname = \"a\"\nlicense.workspace = true", None),
            ("pyproject.toml", "[project]\nname = \"a\"\nlicense = \"MIT\"", Some(("MIT", Form::Expression))),
            (
                "pyproject.toml",
                "[project]\nname = \"a\"\nlicense = {text = \"MIT License\"}",
                Some(("MIT License", Form::Words)),
            ),
            ("pyproject.toml", "[project]\nname = \"a\"\nlicense = {file = \"LICENSE\"}", None),
            ("pyproject.toml", "[tool.poetry]\nname = \"a\"\nlicense = \"MIT\"", Some(("MIT", Form::Words))),
            ("package.json", "{\"name\": \"a\", \"license\": \"MIT\"}", Some(("MIT", Form::Expression))),
            ("package.json", "{\"name\": \"a\", \"license\": {\"type\": \"MIT\"}}", Some(("MIT", Form::Outdated))),
            (
                "package.json",
                "{\"name\": \"a\", \"licenses\": [{\"type\": \"MIT\"}, \"ISC\"]}",
                Some(("MIT OR ISC", Form::Outdated)),
            ),
            ("package.json", "{\"name\": \"a\", \"license\": \"SEE LICENSE IN EULA.txt\"}", None),
            ("setup.cfg", "[metadata]\nname = a\nlicense = MIT\n[options]\nlicense = x", Some(("MIT", Form::Words))),
            (
                "setup.cfg",
                "[metadata]\nname = a\nclassifiers =\n  A :: B\n  License :: OSI Approved :: MIT License\n",
                Some(("MIT License", Form::Words)),
            ),
        ] {
            let expected = expected.map(|(text, form)| (text.to_owned(), form));
            assert_eq!(license(file, text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_package_or_private_is_told() {
        assert_eq!(read("package.json", "{\"type\": \"module\"}").unwrap(), None);
        assert_eq!(read("Cargo.toml", "[workspace]\nmembers = []").unwrap(), None);
        assert_eq!(read("pyproject.toml", "[tool.black]\nline-length = 80").unwrap(), None);
        assert_eq!(read("setup.cfg", "[flake8]\nmax-line-length = 80").unwrap(), None);
        for (file, text) in [
            ("package.json", "{\"name\": \"a\", \"private\": true}"),
            ("package.json", "{\"name\": \"a\", \"license\": \"UNLICENSED\"}"),
            ("Cargo.toml", "[package]\nname = \"a\"\npublish = false"),
            ("Cargo.toml", "[package]\nname = \"a\"\npublish = []"),
            ("pyproject.toml", "[project]\nname = \"a\"\nclassifiers = [\"Private :: Do Not Upload\"]"),
        ] {
            assert!(read(file, text).unwrap().unwrap().is_private, "{text}");
        }
        assert!(
            read("Cargo.toml", "[package]\nname = \"a\"\nlicense = { workspace = true }")
                .unwrap()
                .unwrap()
                .is_elsewhere
        );
        assert_eq!(read("package.json", "{\"name\": }").unwrap_err().offset, 9);
        assert!(read("Cargo.toml", "[package\n").is_err());
    }

    #[test]
    fn a_workspace_hands_down() {
        let (license, file) = workspace("[workspace.package]\nlicense = \"MIT\"\nlicense-file = \"L\"").unwrap();
        assert_eq!((license.unwrap().text, file.unwrap().text), ("MIT".to_owned(), "L".to_owned()));
        assert_eq!(workspace("[package]\nname = \"a\""), None);
    }
}
