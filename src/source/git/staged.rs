//! What the next commit would change: the index, held against the tree of HEAD. The work tree is not looked at.

use std::ops::Range;

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as Cached;

use super::changed::{Changed, Scope, Whole};
use super::repository::{GitError, Repository, told};
use super::tree::{self, Difference, NodeKind};

/// The staged files: their blobs in the index are not those of HEAD. Before the first commit, all of the index.
pub fn staged(repository: &Repository, scope: Scope) -> Result<Changed, GitError> {
    let local = repository.local();
    if local.is_bare() {
        return Err(GitError::Bare(repository.git_dir()));
    }
    let index = read_index(&local)?;
    let head = head_tree(&local)?;
    let mut comparison = Comparison { repository: &local, index: &index, found: Vec::new(), conflicts: Vec::new() };
    comparison.folder(head, b"".as_bstr(), 0..index.entries().len(), index.tree())?;
    let Comparison { found, conflicts, .. } = comparison;
    let mut changed = Changed::new(repository.clone(), found, Whole::Index, scope);
    changed.conflicts(&conflicts);
    Ok(changed)
}

/// The index, without checking its checksum: git wrote it a moment ago, and it takes as long as reading it.
pub(super) fn read_index(repository: &gix::Repository) -> Result<gix::index::File, GitError> {
    let path = repository.index_path();
    let options = gix::index::decode::Options { thread_limit: Some(1), ..Default::default() };
    if !path.exists() {
        let empty = gix::index::State::new(repository.object_hash());
        return Ok(gix::index::File::from_state(empty, path));
    }
    gix::index::File::at(path, repository.object_hash(), true, options)
        .map_err(|error| GitError::Index { why: told(&error) })
}

/// The tree of HEAD; `None` before the first commit.
fn head_tree(repository: &gix::Repository) -> Result<Option<ObjectId>, GitError> {
    let failed = |error: gix::Error| GitError::Object { what: "HEAD".to_owned(), why: told(&error) };
    if repository.head().map_err(failed)?.is_unborn() {
        return Ok(None);
    }
    repository.head_tree_id().map(|id| Some(id.detach())).map_err(failed)
}

struct Comparison<'a> {
    repository: &'a gix::Repository,
    index: &'a gix::index::File,
    found: Vec<Difference>,
    /// Paths with entries of an unfinished merge.
    conflicts: Vec<String>,
}

impl Comparison<'_> {
    /// Compares the entries `range`, all below `prefix`, with the tree that HEAD has there. `cached` is the tree that
    /// git knows these entries to have; where it is HEAD's, nothing is read.
    fn folder(
        &mut self,
        head: Option<ObjectId>,
        prefix: &BStr,
        range: Range<usize>,
        cached: Option<&Cached>,
    ) -> Result<(), GitError> {
        let is_current = |cached: &Cached| cached.num_entries.is_some_and(|count| count as usize == range.len());
        if cached.is_some_and(|cached| is_current(cached) && Some(cached.id) == head) {
            return Ok(());
        }
        let before = head.map_or_else(|| Ok(Vec::new()), |id| tree::nodes(self.repository, id))?;
        let index = self.index;
        let entries = index.entries();
        let mut at = range.start;
        while let Some(entry) = entries.get(at).filter(|_| at < range.end) {
            let path = entry.path(index);
            let rest = path.get(prefix.len()..).unwrap_or_default().as_bstr();
            let Some(slash) = rest.find_byte(b'/') else {
                at += 1;
                let was = tree::find(&before, rest).filter(|node| node.kind != NodeKind::Folder);
                self.file(entry, path, was.map(|node| node.id));
                continue;
            };
            let below = path.get(..prefix.len() + slash + 1).unwrap_or_default().as_bstr();
            let name = rest.get(..slash).unwrap_or_default().as_bstr();
            let rest = entries.get(at..range.end).unwrap_or_default();
            let end = at + rest.partition_point(|entry| entry.path(index).starts_with(below));
            let was = tree::find(&before, name).filter(|node| node.kind == NodeKind::Folder).map(|node| node.id);
            if entry.mode == Mode::DIR {
                // A sparse index stands for the whole folder with one entry.
                tree::compare(self.repository, (was, Some(entry.id)), below, &mut self.found)?;
            } else {
                let child =
                    cached.and_then(|it| it.children.iter().find(|child| child.name.as_slice() == name.as_bytes()));
                self.folder(was, below, at..end, child)?;
            }
            at = end.max(at + 1);
        }
        Ok(())
    }

    fn file(&mut self, entry: &gix::index::Entry, path: &BStr, was: Option<ObjectId>) {
        if entry.stage() != Stage::Unconflicted {
            self.conflicts.push(path.to_str_lossy().into_owned());
            return;
        }
        // What `git add --intent-to-add` leaves has no content yet.
        if was == Some(entry.id) || entry.flags.contains(Flags::INTENT_TO_ADD) {
            return;
        }
        let kind = entry.mode.to_tree_entry_mode().map_or(NodeKind::File, tree::kind);
        self.found.push(Difference { path: path.to_owned(), kind, old: was, new: Some(entry.id) });
    }
}
