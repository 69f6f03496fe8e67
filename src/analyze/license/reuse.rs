//! What a project says of its files by the REUSE specification: `REUSE.toml`, `.reuse/dep5`, and `LICENSES/<id>.txt`.

use super::manifest::Field;
use crate::document::{Fault, Node, toml_so_far};
use crate::model::RelPath;

/// Whether the file states licences of others.
pub fn is_annotations(path: &RelPath) -> bool {
    path.file_name() == "REUSE.toml" || path.as_str() == ".reuse/dep5" || path.as_str().ends_with("/.reuse/dep5")
}

/// The expressions that the file states, and what is wrong with it.
pub fn annotations(path: &RelPath, text: &str) -> (Vec<Field>, Option<Fault>) {
    if path.file_name() == "dep5" {
        return (debian(text), None);
    }
    let read = toml_so_far(text);
    let tables = read.documents.first().and_then(|root| root.get("annotations")).map(Node::items).unwrap_or_default();
    let stated = tables.iter().filter_map(|table| table.get("SPDX-License-Identifier"));
    let items = stated.flat_map(|node| if node.text().is_some() { std::slice::from_ref(node) } else { node.items() });
    let field = |node: &Node<'_>| Some(Field { text: node.text()?.to_owned(), span: node.span.0..node.span.1 });
    (items.filter_map(field).collect(), read.fault)
}

/// `License: MIT` in the paragraphs of Debian's copyright format; what follows in indented lines is a text.
fn debian(text: &str) -> Vec<Field> {
    let mut offset = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let Some(value) = line.strip_prefix("License:") else { continue };
        let stated = value.trim();
        if !stated.is_empty() {
            let from = start + line.len() - value.trim_start().len();
            found.push(Field { text: stated.to_owned(), span: from..from + stated.len() });
        }
    }
    found
}

/// The folder whose `LICENSES/` has the texts that `path` names.
pub fn root_of(path: &RelPath) -> &str {
    let parent = path.parent();
    parent.strip_suffix(".reuse").map_or(parent, |above| above.trim_end_matches('/'))
}

/// The id that a file of `LICENSES/` is named after.
pub fn id_of(path: &RelPath) -> Option<&str> {
    let parent = path.parent();
    (parent == "LICENSES" || parent.ends_with("/LICENSES")).then(|| path.file_name().strip_suffix(".txt")).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &str, text: &str) -> Vec<String> {
        let (found, fault) = annotations(&RelPath::new(path), text);
        assert_eq!(fault, None);
        found.iter().for_each(|field| assert!(text[field.span.clone()].contains(&field.text), "{field:?}"));
        found.into_iter().map(|field| field.text).collect()
    }

    #[test]
    fn annotations_are_read_with_their_places() {
        let toml = "version = 1\n[[annotations]]\npath = \"a/**\"\nSPDX-License-Identifier = \"MIT\"\n[[annotations]]\npath = \"b\"\n\
                    SPDX-License-Identifier = [\"CC0-1.0\", \"ISC\"]\n";
        assert_eq!(texts("REUSE.toml", toml), ["MIT", "CC0-1.0", "ISC"]);
        let dep5 = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: x\nLicense: MIT OR ISC\n\n\
                    Files: b\nLicense:   CC0-1.0  \n License: no\n";
        assert_eq!(texts(".reuse/dep5", dep5), ["MIT OR ISC", "CC0-1.0"]);
        assert!(annotations(&RelPath::new("REUSE.toml"), "[[annotations\n").1.is_some());
    }

    #[test]
    fn paths_tell_what_they_speak_of() {
        assert_eq!(root_of(&RelPath::new("a/.reuse/dep5")), "a");
        assert_eq!(root_of(&RelPath::new(".reuse/dep5")), "");
        assert_eq!(root_of(&RelPath::new("a/REUSE.toml")), "a");
        assert_eq!(id_of(&RelPath::new("a/LICENSES/MIT.txt")), Some("MIT"));
        assert_eq!(id_of(&RelPath::new("LICENSE.txt")), None);
        assert!(is_annotations(&RelPath::new("a/.reuse/dep5")) && !is_annotations(&RelPath::new("debian/dep5")));
    }
}
