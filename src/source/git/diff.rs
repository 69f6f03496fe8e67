//! What a range of revisions brings in.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;

use super::base::Range;
pub(super) use super::base::commit;
use super::changed::{Changed, Scope, Whole};
use super::repository::{GitError, Repository, told};
use super::tree;

/// The files that `range` changes.
pub fn diff(repository: &Repository, range: &Range, scope: Scope) -> Result<Changed, GitError> {
    let local = repository.local();
    let (before, after) = (tree_of(&local, range.before)?, tree_of(&local, range.after)?);
    let mut found = Vec::new();
    tree::compare(&local, (Some(before), Some(after)), b"".as_bstr(), &mut found)?;
    let mut changed = Changed::new(repository.clone(), found, Whole::Trees { before, after }, scope);
    changed.tell(&range.told);
    Ok(changed)
}

/// The tree of a commit.
pub(super) fn tree_of(repository: &gix::Repository, commit: ObjectId) -> Result<ObjectId, GitError> {
    let failed = |error: gix::Error| GitError::Object { what: format!("the commit {commit}"), why: told(&error) };
    let commit = repository.find_commit(commit).map_err(failed)?;
    commit.tree_id().map(gix::Id::detach).map_err(failed)
}
