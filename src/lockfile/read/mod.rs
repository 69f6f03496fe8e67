//! What formats have in common when they make an inventory of a document.

mod graph;
mod homes;
mod image;
mod purl;
mod python;
mod url;

use super::LockfileError;

pub use self::graph::Graph;
pub use self::homes::{Homes, LONGEST_FOLDER};
pub use self::image::{Image, image};
pub use self::purl::purl;
pub use self::python::{PythonRequirement, group_scope, python_index, requirement};
pub use self::url::{git_name, npm_source, python_file, split_name};
pub use crate::document::{Entry, Node, attribute, child, child_text, children, json, toml, xml, yaml, yaml_documents};

impl Node<'_> {
    /// The version that the file says it has, which must be one of `known`; a part after the first dot is passed over
    /// where `known` has none. `None` where it says nothing.
    pub fn version(&self, key: &str, known: &[&str]) -> Result<Option<&str>, LockfileError> {
        let Some(node) = self.get(key) else { return Ok(None) };
        let text = node.text().unwrap_or_default();
        let major = text.split('.').next().unwrap_or(text);
        if known.iter().any(|one| *one == text || *one == major) {
            return Ok(Some(text));
        }
        let shown: String = text.chars().take(20).collect();
        Err(node
            .fault(format!("version {shown} is not known here ({} are): a newer gate may read it", known.join(", "))))
    }
}

/// The lines of a text without their ends, each with the byte that it starts at.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    })
}

/// Where `part`, a slice of the line that starts at byte `start`, stands.
pub fn span_in(start: usize, line: &str, part: &str) -> (usize, usize) {
    let at = start + line.find(part).unwrap_or(0);
    (at, at + part.len())
}
