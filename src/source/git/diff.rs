//! What a range of revisions brings in.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;

use super::changed::{Changed, Scope, Whole};
use super::repository::{GitError, Repository, told};
use super::tree;

/// The files that `range` changes: `BASE...HEAD` and `BASE` since the two parted, `BASE..HEAD` from one to the other. An
/// end that is left out is HEAD.
pub fn diff(repository: &Repository, range: &str, scope: Scope) -> Result<Changed, GitError> {
    let (base, head, since_parted) = match (range.split_once("..."), range.split_once("..")) {
        (Some((base, head)), _) => (base, head, true),
        (None, Some((base, head))) => (base, head, false),
        (None, None) => (range, "", true),
    };
    let named = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
    let (base, head) = (named(base), named(head));
    let local = repository.local();
    let (one, other) = (commit(repository, &local, &base)?, commit(repository, &local, &head)?);
    let old = if since_parted {
        let parted = local.merge_base(one, other).ok().flatten();
        let way_out = || match repository.deepen() {
            Some(command) => format!("this is a shallow clone: `{command}` fetches the rest"),
            None => format!("`{base}..{head}` compares them as they are"),
        };
        parted
            .ok_or_else(|| GitError::NoMergeBase { one: base.clone(), other: head.clone(), way_out: way_out() })?
            .detach()
    } else {
        one
    };
    let (before, after) = (tree_of(&local, old)?, tree_of(&local, other)?);
    let mut found = Vec::new();
    tree::compare(&local, (Some(before), Some(after)), b"".as_bstr(), &mut found)?;
    Ok(Changed::new(repository.clone(), found, Whole::Trees { before, after }, scope))
}

/// The commit that `name` means.
pub(super) fn commit(repository: &Repository, local: &gix::Repository, name: &str) -> Result<ObjectId, GitError> {
    let found = local.rev_parse_single(name).ok().and_then(|id| id.object().ok()?.peel_to_commit().ok());
    found
        .map(|commit| commit.id)
        .ok_or_else(|| GitError::Revision { name: name.to_owned(), way_out: way_out(repository, name) })
}

/// The command that may make `name` known.
fn way_out(repository: &Repository, name: &str) -> String {
    // `git fetch` takes no `~2` or `^`.
    let plain = name.split(['~', '^', '@']).next().unwrap_or_default();
    if plain.is_empty() || plain == "HEAD" {
        return match repository.deepen() {
            Some(command) => format!("this is a shallow clone: `{command}` fetches the rest"),
            None => "`git log` lists the commits there are".to_owned(),
        };
    }
    let remote = plain.strip_prefix("refs/remotes/").unwrap_or(plain).split_once('/');
    let command = match (remote, repository.deepen()) {
        (Some((remote @ ("origin" | "upstream"), branch)), _) => {
            format!("git fetch {remote} {branch}:refs/remotes/{remote}/{branch}")
        }
        (_, Some(command)) => command.to_owned(),
        _ => format!("git fetch origin {plain}"),
    };
    format!("`{command}` fetches it, if the remote has it")
}

fn tree_of(repository: &gix::Repository, commit: ObjectId) -> Result<ObjectId, GitError> {
    let failed = |error: gix::Error| GitError::Object { what: format!("the commit {commit}"), why: told(&error) };
    let commit = repository.find_commit(commit).map_err(failed)?;
    commit.tree_id().map(gix::Id::detach).map_err(failed)
}
