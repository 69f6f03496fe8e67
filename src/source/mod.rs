//! What there is to scan: the walk of the tree, what git knows of it, and the one read of each file.

mod archive;
mod git;
mod ignored;
mod read;
mod walk;

pub use archive::{ArchiveLimits, is_archive, looks_packed};
pub use git::{
    Appearance, Changed, Commit, GitError, History, Hooks, Met, ObjectKind, Oid, Proposal, Range, Repository, Scope,
    Seen, Snapshot, Sweep, Tag, Visit, diff, repository_root, staged, tracked_files,
};
pub use ignored::Ignored;
pub use read::{Contents, Given, Read, WorkTree, decode, read, searchable};
pub use walk::{Walked, walk};
