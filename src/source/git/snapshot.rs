//! Single files of a commit.

use std::io;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;

use super::base::Range;
use super::blobs::Blobs;
use super::changed::rel_path;
use super::diff::tree_of;
use super::repository::{GitError, Repository};
use super::tree::{self, NodeKind};
use crate::model::RelPath;

/// The files of one commit, by path.
pub struct Snapshot {
    /// The commit.
    pub id: ObjectId,
    blobs: Blobs,
    files: Vec<(RelPath, ObjectId)>,
}

impl Repository {
    /// The state that `range` starts from.
    pub fn before(&self, range: &Range) -> Result<Snapshot, GitError> {
        self.snapshot(range.before)
    }

    /// The state of the last commit that HEAD and `name` have in common.
    pub fn parted(&self, name: &str) -> Result<Snapshot, GitError> {
        let range = self.range(name)?;
        self.snapshot(range.before)
    }

    fn snapshot(&self, id: ObjectId) -> Result<Snapshot, GitError> {
        let local = self.local();
        let mut found = Vec::new();
        tree::compare(&local, (None, Some(tree_of(&local, id)?)), b"".as_bstr(), &mut found)?;
        let files = found.into_iter().filter(|file| file.kind == NodeKind::File);
        let files = files.filter_map(|file| Some((rel_path(file.path.as_bstr()), file.new?))).collect();
        Ok(Snapshot { id, blobs: Blobs::new(self.clone()), files })
    }
}

impl Snapshot {
    /// The files that `wants` chooses, each with at most `limit` bytes.
    pub fn files(
        &self,
        limit: u64,
        wants: impl Fn(&RelPath) -> bool,
    ) -> impl Iterator<Item = (&RelPath, io::Result<Vec<u8>>)> {
        let chosen = self.files.iter().filter(move |(path, _)| wants(path));
        chosen.map(move |(path, id)| (path, self.blobs.bytes(*id, limit)))
    }
}
