//! Files that differ between two states of a repository, read from its objects.

use std::collections::HashMap;
use std::io::{self, Cursor};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice as _};
use globset::GlobSet;

use super::repository::{GitError, Repository, told};
use super::staged::read_index;
use super::tree::{self, Difference, NodeKind};
use crate::model::{Notification, NotificationKind, RelPath, SourceFile, Target};
use crate::source::archive::{ArchiveLimits, unpack};
use crate::source::ignored::Ignored;
use crate::source::read::{Contents, Read};

/// Which of the files are asked for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Folders and files, absolute; none means all.
    pub paths: Vec<PathBuf>,
    /// What the configuration leaves out.
    pub exclude: GlobSet,
}

/// The two whole states that were compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whole {
    /// HEAD, and the index.
    Index,
    Trees {
        before: ObjectId,
        after: ObjectId,
    },
}

/// The files that differ, as they are after the change.
pub struct Changed {
    /// Sorted by path.
    pub targets: Vec<Target>,
    pub notifications: Vec<Notification>,
    /// Files that `exclude` left out.
    pub excluded: u64,
    repository: Repository,
    whole: Whole,
    blobs: HashMap<RelPath, Versions>,
    /// Opened once and lent to whoever reads.
    idle: Mutex<Vec<gix::Repository>>,
}

#[derive(Clone, Copy, Debug)]
struct Versions {
    new: ObjectId,
    /// Before the change, at this path or where the file was moved from.
    old: Option<ObjectId>,
}

impl Contents for Changed {
    fn read(&self, target: &Target, limit: u64) -> Read {
        match self.blobs.get(&target.path) {
            Some(versions) => self.blob(target, versions.new, limit),
            None => Read::Failed(io::Error::new(io::ErrorKind::NotFound, "not among the changed files")),
        }
    }

    fn before(&self, target: &Target, limit: u64) -> Option<Read> {
        let old = self.blobs.get(&target.path)?.old.filter(|_| self.compares())?;
        Some(self.blob(target, old, limit))
    }

    fn unpack(&self, target: &Target, limits: &ArchiveLimits, each: &mut dyn FnMut(SourceFile)) -> Vec<Notification> {
        let absent = || io::Error::new(io::ErrorKind::NotFound, "not among the changed files");
        let id = self.blobs.get(&target.path).map(|versions| versions.new).ok_or_else(absent);
        let bytes = id.and_then(|id| match self.lent(|repository| blob_bytes(repository, id, limits.total_bytes)) {
            Ok(bytes) => Ok(Cursor::new(bytes)),
            Err(Fault::Failed(error)) => Err(error),
            Err(Fault::TooLarge(size)) => Err(io::Error::other(format!("{size} bytes are over the limit"))),
        });
        unpack(bytes, target, limits, each)
    }
}

impl Changed {
    pub(super) fn new(repository: Repository, mut found: Vec<Difference>, whole: Whole, scope: Scope) -> Changed {
        let mut changed = Changed::empty(repository, whole);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let top = changed.repository.work_tree().unwrap_or_else(|| changed.repository.git_dir());
        let mut ignored = Ignored::new(&top);
        let mut gone = Gone::of(&found);
        let local = changed.repository.local();
        for difference in found {
            let Some(new) = difference.new else { continue };
            let path = rel_path(difference.path.as_bstr());
            let absolute = top.join(path.as_str());
            let is_asked = scope.paths.is_empty() || scope.paths.iter().any(|asked| absolute.starts_with(asked));
            if !is_asked || difference.kind == NodeKind::Link || ignored.leaves_out(&path) {
                continue;
            }
            if scope.exclude.is_match(path.as_str()) {
                changed.excluded += 1;
                continue;
            }
            if difference.kind == NodeKind::Submodule {
                changed.notifications.push(submodule(path));
                continue;
            }
            let old = difference.old.or_else(|| gone.take(&path, new));
            let size = local.find_header(new).map_or(0, |header| header.size());
            let mut target = Target { absolute, size, ..Target::at(path.as_str()) };
            target.tracked = Some(true);
            changed.targets.push(target);
            changed.blobs.insert(path, Versions { new, old });
        }
        changed
    }

    fn empty(repository: Repository, whole: Whole) -> Changed {
        Changed {
            targets: Vec::new(),
            notifications: Vec::new(),
            excluded: 0,
            repository,
            whole,
            blobs: HashMap::new(),
            idle: Mutex::default(),
        }
    }

    /// Tells of files that a merge left in conflict.
    pub(super) fn conflicts(&mut self, paths: &[String]) {
        let told = paths.iter().map(|path| Notification {
            kind: NotificationKind::Unreadable,
            path: Some(RelPath::new(path.as_str())),
            line: None,
            analysis: None,
            message: "it has conflicts, so there is no one staged version: resolve them and `git add` it".to_owned(),
        });
        self.notifications.extend(told);
        self.notifications.dedup();
    }

    /// The repository's work tree, or its own folder if it is bare.
    pub fn top(&self) -> PathBuf {
        self.repository.work_tree().unwrap_or_else(|| self.repository.git_dir())
    }

    /// Whether findings that were there before are to be left out: in a range they are, what is staged is judged as it is.
    pub fn compares(&self) -> bool {
        matches!(self.whole, Whole::Trees { .. })
    }

    /// Every file of the state after the change, or of that before it. The change itself is what is asked for, so
    /// nothing is left out of these.
    pub fn whole(&self, before: bool) -> Result<Changed, GitError> {
        let mut whole = Changed::empty(self.repository.clone(), self.whole);
        let local = self.repository.local();
        let mut add = |path: &BStr, kind: NodeKind, id: ObjectId| {
            if kind == NodeKind::File {
                let path = rel_path(path);
                whole.targets.push(Target { tracked: Some(true), ..Target::at(path.as_str()) });
                whole.blobs.insert(path, Versions { new: id, old: None });
            }
        };
        match (self.whole, before) {
            (Whole::Index, _) => {
                let index = read_index(&local)?;
                for entry in index.entries() {
                    let kind = entry.mode.to_tree_entry_mode().map_or(NodeKind::Folder, tree::kind);
                    add(entry.path(&index), kind, entry.id);
                }
            }
            (Whole::Trees { before: tree, .. }, true) | (Whole::Trees { after: tree, .. }, false) => {
                let mut found = Vec::new();
                tree::compare(&local, (None, Some(tree)), b"".as_bstr(), &mut found)?;
                for file in found {
                    if let Some(id) = file.new {
                        add(file.path.as_bstr(), file.kind, id);
                    }
                }
            }
        }
        whole.targets.sort_by(|a, b| a.path.cmp(&b.path));
        whole.targets.dedup_by(|a, b| a.path == b.path);
        Ok(whole)
    }

    fn blob(&self, target: &Target, id: ObjectId, limit: u64) -> Read {
        match self.lent(|repository| blob_bytes(repository, id, limit)) {
            Ok(bytes) => Read::of(target, bytes),
            Err(Fault::TooLarge(size)) => Read::TooLarge(size),
            Err(Fault::Failed(error)) => Read::Failed(error),
        }
    }

    fn lent<T>(&self, read: impl FnOnce(&gix::Repository) -> T) -> T {
        let lent = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = lent.unwrap_or_else(|| self.repository.local());
        let read = read(&repository);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(repository);
        read
    }
}

/// Why a blob is not read.
enum Fault {
    TooLarge(u64),
    Failed(io::Error),
}

/// The content of a blob of at most `limit` bytes.
fn blob_bytes(repository: &gix::Repository, id: ObjectId, limit: u64) -> Result<Vec<u8>, Fault> {
    let failed = |why: String| Err(Fault::Failed(io::Error::other(why)));
    match repository.find_header(id) {
        Ok(header) if header.size() > limit => return Err(Fault::TooLarge(header.size())),
        Ok(_) => {}
        Err(error) => return failed(format!("the blob {id} is not there: {}", told(&error))),
    }
    match repository.find_object(id) {
        Ok(mut object) => Ok(std::mem::take(&mut object.data)),
        Err(error) => failed(format!("the blob {id}: {}", told(&error))),
    }
}

/// Files that the change removes: one of them may be another's former place.
struct Gone {
    by_id: HashMap<ObjectId, Vec<RelPath>>,
    by_name: HashMap<String, Vec<(RelPath, ObjectId)>>,
}

impl Gone {
    fn of(found: &[Difference]) -> Gone {
        let mut gone = Gone { by_id: HashMap::new(), by_name: HashMap::new() };
        for difference in found.iter().filter(|one| one.new.is_none() && one.kind == NodeKind::File) {
            let Some(old) = difference.old else { continue };
            let path = rel_path(difference.path.as_bstr());
            gone.by_name.entry(path.file_name().to_owned()).or_default().push((path.clone(), old));
            gone.by_id.entry(old).or_default().push(path);
        }
        gone
    }

    /// What the new file at `path` was before: the removed file with the same content, or the only one of the same name.
    fn take(&mut self, path: &RelPath, id: ObjectId) -> Option<ObjectId> {
        if self.by_id.contains_key(&id) {
            return Some(id);
        }
        match self.by_name.remove(path.file_name())?.as_slice() {
            [(_, old)] => Some(*old),
            _ => None,
        }
    }
}

fn rel_path(path: &BStr) -> RelPath {
    RelPath::new(path.to_str_lossy().as_ref())
}

fn submodule(path: RelPath) -> Notification {
    Notification {
        kind: NotificationKind::Unsupported,
        message: format!("a submodule, which is a repository of its own: run `gate scan` in {path}"),
        path: Some(path),
        line: None,
        analysis: None,
    }
}
