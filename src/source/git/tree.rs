//! Trees of files as git stores them.

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::objs::TreeRefIter;

use super::repository::{GitError, told};

/// Folders within folders beyond this are no source code, and could be meant to exhaust the stack.
pub const DEEPEST: usize = 512;

/// One file, or folder, of a tree.
#[derive(Clone, Debug)]
pub struct Node {
    pub name: BString,
    pub id: ObjectId,
    pub kind: NodeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    File,
    Folder,
    Link,
    Submodule,
}

/// A file in one of two trees, or in both with another content.
#[derive(Debug)]
pub struct Difference {
    pub path: BString,
    pub kind: NodeKind,
    pub old: Option<ObjectId>,
    pub new: Option<ObjectId>,
}

/// The entries of the tree `id`, by name.
pub fn nodes(repository: &gix::Repository, id: ObjectId) -> Result<Vec<Node>, GitError> {
    let what = || format!("the tree {id}");
    let tree = repository.find_tree(id).map_err(|error| GitError::Object { what: what(), why: told(&error) })?;
    let mut nodes = Vec::new();
    for entry in TreeRefIter::from_bytes(&tree.data, id.kind()) {
        let entry = entry.map_err(|error| GitError::Object { what: what(), why: told(&error) })?;
        nodes.push(Node { name: entry.filename.to_owned(), id: entry.oid.to_owned(), kind: kind(entry.mode) });
    }
    // Git sorts folders as if their names ended in a slash.
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(nodes)
}

pub fn kind(mode: gix::objs::tree::EntryMode) -> NodeKind {
    if mode.is_tree() {
        NodeKind::Folder
    } else if mode.is_link() {
        NodeKind::Link
    } else if mode.is_commit() {
        NodeKind::Submodule
    } else {
        NodeKind::File
    }
}

pub fn find<'a>(nodes: &'a [Node], name: &BStr) -> Option<&'a Node> {
    nodes.binary_search_by(|node| node.name.as_bstr().cmp(name)).ok().and_then(|at| nodes.get(at))
}

/// The folder `prefix` with `name` in it; folders end in a slash.
pub fn join(prefix: &BStr, name: &BStr) -> BString {
    let mut path = BString::from(prefix);
    path.extend_from_slice(name);
    path
}

/// What differs between two trees, either of which may be absent, below `prefix`. Equal subtrees are not read.
pub fn compare(
    repository: &gix::Repository,
    (old, new): (Option<ObjectId>, Option<ObjectId>),
    prefix: &BStr,
    found: &mut Vec<Difference>,
) -> Result<(), GitError> {
    if old == new {
        return Ok(());
    }
    if prefix.find_iter(b"/").count() > DEEPEST {
        return Err(GitError::Object { what: prefix.to_string(), why: "folders are nested too deeply".to_owned() });
    }
    let read = |id: Option<ObjectId>| id.map_or_else(|| Ok(Vec::new()), |id| nodes(repository, id));
    let (before, after) = (read(old)?, read(new)?);
    let of =
        |node: Option<&Node>, kind| node.filter(|node| (node.kind == NodeKind::Folder) == kind).map(|node| node.id);
    let names = after.iter().chain(before.iter().filter(|node| find(&after, node.name.as_bstr()).is_none()));
    for node in names {
        let (was, is) = (find(&before, node.name.as_bstr()), find(&after, node.name.as_bstr()));
        let path = join(prefix, node.name.as_bstr());
        let (old, new) = (of(was, true), of(is, true));
        if old != new {
            compare(repository, (old, new), join(path.as_bstr(), b"/".as_bstr()).as_bstr(), found)?;
        }
        let (old, new) = (of(was, false), of(is, false));
        if old != new {
            let kind = is.or(was).map_or(NodeKind::File, |node| node.kind);
            found.push(Difference { path, kind, old, new });
        }
    }
    Ok(())
}
