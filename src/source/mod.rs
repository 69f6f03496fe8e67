//! What there is to scan: the walk of the tree, and the one read of each file.

mod archive;
mod git;
mod read;
mod walk;

pub use archive::{ArchiveLimits, is_archive, unpack, unpack_from};
pub use git::{repository_root, tracked_files};
pub use read::{Read, decode, read};
pub use walk::{Walked, walk};
