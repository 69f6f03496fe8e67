//! Where a change starts: what someone wrote, or what a build system says of a pull request or a push, as commits that are
//! there.

use gix::ObjectId;

use super::repository::{GitError, Repository};

/// A change: from one commit to another.
#[derive(Clone, Debug)]
pub struct Range {
    pub(super) before: ObjectId,
    pub(super) after: ObjectId,
    /// What was taken as its start, and why.
    pub told: String,
}

/// What a build system says of the change that it builds, which HEAD holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// For messages: `pull request 12`.
    pub what: String,
    /// Names of commits that it starts from, or has its start in common with. Of several the latest one counts.
    pub bases: Vec<String>,
    /// The last commit that is proposed, where it is known. HEAD may also be a trial merge of it into the base.
    pub head: Option<String>,
    /// The last commit of the change, where that is not HEAD.
    pub last: Option<String>,
    /// What `git fetch` is to be asked for where none of `bases` is there.
    pub fetch: String,
    /// Whether HEAD must hold something that the base has not: a pull request does.
    pub is_pull: bool,
}

impl Range {
    /// As `--diff` takes it.
    pub fn text(&self) -> String {
        format!("{}..{}", self.before, self.after)
    }
}

/// Of more remote branches no start of a change is looked for.
const MOST_BRANCHES: usize = 64;

impl Repository {
    /// The branches of remotes, as far as they are known here.
    pub fn remote_branches(&self) -> Vec<String> {
        let local = self.local();
        let Ok(references) = local.references() else { return Vec::new() };
        let Ok(branches) = references.prefixed("refs/remotes/") else { return Vec::new() };
        branches.flatten().map(|branch| branch.name().as_bstr().to_string()).take(MOST_BRANCHES).collect()
    }

    /// The change that `range` means: `BASE...HEAD` and `BASE` since the two parted, `BASE..HEAD` from one to the other. An end
    /// that is left out is HEAD.
    pub fn range(&self, range: &str) -> Result<Range, GitError> {
        let (base, head, since_parted) = match (range.split_once("..."), range.split_once("..")) {
            (Some((base, head)), _) => (base, head, true),
            (None, Some((base, head))) => (base, head, false),
            (None, None) => (range, "", true),
        };
        let named = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
        let (base, head) = (named(base), named(head));
        let local = self.local();
        let (one, after) = (commit(self, &local, &base)?, commit(self, &local, &head)?);
        if !since_parted {
            return Ok(Range { before: one, after, told: compared(one, &format!("`{base}`")) });
        }
        let way_out = || match self.deepen() {
            Some(command) => format!("this is a shallow clone: `{command}` fetches the rest"),
            None => format!("`{base}..{head}` compares them as they are"),
        };
        let parted = merge_base(&local, one, after);
        let before = parted.ok_or_else(|| GitError::NoMergeBase {
            one: base.clone(),
            other: head.clone(),
            way_out: way_out(),
        })?;
        Ok(Range { before, after, told: compared(before, &format!("where `{head}` left `{base}`")) })
    }

    /// The change that HEAD holds, as `proposal` tells it.
    pub fn proposed(&self, proposal: &Proposal) -> Result<Range, GitError> {
        let local = self.local();
        let after = commit(self, &local, proposal.last.as_deref().unwrap_or("HEAD"))?;
        let found =
            |before, how: &str| Range { before, after, told: compared(before, &format!("{how} of {}", proposal.what)) };
        if let Some(base) = merged_into(&local, after, proposal) {
            if local.find_commit(base).is_err() {
                let command = format!("git fetch --no-tags --depth=2 origin {after}");
                return Err(no_base(proposal, &format!("HEAD merges it into {base}, which is not there"), &command));
            }
            return Ok(found(base, "the base"));
        }
        let commits = proposal.bases.iter().filter_map(|name| peeled(&local, name));
        let parted: Vec<ObjectId> = commits.filter_map(|base| merge_base(&local, base, after)).collect();
        // A base that holds HEAD says nothing: the branch was merged meanwhile.
        let before = parted
            .iter()
            .copied()
            .filter(|base| *base != after)
            .reduce(|best, other| if merge_base(&local, best, other) == Some(best) { other } else { best });
        match before {
            Some(before) => Ok(found(before, "the start")),
            None if parted.is_empty() => {
                let command = match self.deepen() {
                    Some(_) => format!("git fetch --no-tags --unshallow origin {after} {}", proposal.fetch),
                    None => format!("git fetch --no-tags origin {}", proposal.fetch),
                };
                let why = format!("{} is not there, or shares no history with HEAD", proposal.bases.join(" and "));
                Err(no_base(proposal, &why, &command))
            }
            None if proposal.is_pull => {
                let head = proposal.head.as_deref().unwrap_or("its last commit");
                let why = "HEAD is the base itself, so nothing of what it brings in would be judged";
                Err(no_base(proposal, why, &format!("git checkout {head}")))
            }
            None => Ok(found(after, "the start")),
        }
    }
}

fn compared(before: ObjectId, how: &str) -> String {
    format!("compared with {}, {how}", before.to_hex_with_len(12))
}

fn no_base(proposal: &Proposal, why: &str, command: &str) -> GitError {
    GitError::NoBase { what: proposal.what.clone(), why: why.to_owned(), command: command.to_owned() }
}

/// The commit that the proposed one is merged into by `merge`, if it is such a merge and nothing else.
fn merged_into(local: &gix::Repository, merge: ObjectId, proposal: &Proposal) -> Option<ObjectId> {
    let head = proposal.head.as_deref().filter(|head| head.len() >= 7)?;
    let is_head = |id: &ObjectId| id.to_string().starts_with(head);
    let parents: Vec<ObjectId> = local.find_commit(merge).ok()?.parent_ids().map(gix::Id::detach).collect();
    match parents.as_slice() {
        [base, one] if is_head(one) => Some(*base),
        [one, base] if is_head(one) => Some(*base),
        _ => None,
    }
}

fn merge_base(local: &gix::Repository, one: ObjectId, other: ObjectId) -> Option<ObjectId> {
    local.merge_base(one, other).ok().flatten().map(gix::Id::detach)
}

fn peeled(local: &gix::Repository, name: &str) -> Option<ObjectId> {
    local.rev_parse_single(name).ok().and_then(|id| id.object().ok()?.peel_to_commit().ok()).map(|commit| commit.id)
}

/// The commit that `name` means.
pub(super) fn commit(repository: &Repository, local: &gix::Repository, name: &str) -> Result<ObjectId, GitError> {
    peeled(local, name).ok_or_else(|| GitError::Revision { name: name.to_owned(), way_out: way_out(repository, name) })
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
