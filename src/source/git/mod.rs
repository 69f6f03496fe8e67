//! What git knows: the files it tracks, what is staged, what a range of commits changes. Objects are read with gix, never
//! by running git.

mod base;
mod blobs;
mod changed;
mod commits;
mod delta;
mod diff;
mod history;
mod locate;
mod objects;
mod pack;
mod recent;
mod rename;
mod repository;
mod seen;
mod snapshot;
mod staged;
mod tree;
mod treewalk;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub use base::{Proposal, Range};
pub use changed::{Changed, Scope};
pub use commits::{Commit, Tag};
pub use diff::diff;
pub use history::{History, Sweep};
pub use locate::{Appearance, Met};
pub use objects::{Kind as ObjectKind, Visit};
pub use repository::{GitError, Hooks, Repository};
pub use seen::Seen;
pub use snapshot::Snapshot;
pub use staged::staged;

/// What names an object.
pub type Oid = gix::ObjectId;

/// The top folder of the repository around `path`: the nearest one that holds `.git`.
pub fn repository_root(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// Every file in the index of the repository around `root`, by absolute path; `None` where there is no repository, or
/// none that can be read.
pub fn tracked_files(root: &Path) -> Option<HashSet<PathBuf>> {
    let top = repository_root(root)?;
    let repository = gix::open(&top).ok()?;
    let index = repository.index_or_empty().ok()?;
    let path = |entry: &gix::index::Entry| gix::path::from_bstr(entry.path(&index)).ok().map(|path| top.join(path));
    Some(index.entries().iter().filter_map(path).collect())
}
