//! What there is to scan: the walk of the tree, what git knows of it, and the one read of each file.

mod git;
mod ignored;
mod read;
mod walk;

pub use git::{Changed, GitError, Repository, Scope, diff, repository_root, staged, tracked_files};
pub use read::{Contents, Given, Read, WorkTree, decode, read};
pub use walk::{Walked, walk};
