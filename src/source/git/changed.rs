//! Files that differ between two states of a repository, read from its objects.

use std::collections::HashSet;
use std::path::PathBuf;

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice as _};
use globset::GlobSet;

use super::blobs::Blobs;
use super::rename::{Candidate, LARGEST_COMPARED, renames};
use super::repository::{GitError, Repository};
use super::staged::read_index;
use super::tree::{self, Difference, NodeKind};
use crate::model::{Notification, NotificationKind, RelPath, SourceFile, Target};
use crate::source::archive::ArchiveLimits;
use crate::source::ignored::Ignored;
use crate::source::read::{Contents, Read};

/// Which of the files are asked for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Folders and files, absolute; none means all.
    pub paths: Vec<PathBuf>,
    /// What the configuration leaves out.
    pub exclude: GlobSet,
    /// Files that decide what is let through; a change of one is told, whatever is left out.
    pub policy: GlobSet,
    /// The folder whose `.gateignore` files hold, if it is not the work tree.
    pub ignore_from: Option<PathBuf>,
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
    /// Files that the change removes or moves away; [`Contents::former`] has those that live on under no other name.
    pub gone: Vec<Target>,
    pub notifications: Vec<Notification>,
    /// Files that `exclude` left out.
    pub excluded: u64,
    /// Of [`Scope::policy`], what the change touches, sorted.
    pub policy: Vec<RelPath>,
    repository: Repository,
    whole: Whole,
    new: Blobs,
    /// The same files before the change, at their paths or where they were moved from.
    old: Blobs,
}

impl Contents for Changed {
    fn has(&self, target: &Target) -> bool {
        self.new.has(target)
    }

    fn read(&self, target: &Target, limit: u64) -> Read {
        self.new.read(target, limit)
    }

    fn former(&self) -> Option<&dyn Contents> {
        self.compares().then_some(&self.old)
    }

    fn unpack(&self, target: &Target, limits: &ArchiveLimits, each: &mut dyn FnMut(SourceFile)) -> Vec<Notification> {
        self.new.unpack(target, limits, each)
    }
}

impl Changed {
    pub(super) fn new(repository: Repository, mut found: Vec<Difference>, whole: Whole, scope: Scope) -> Changed {
        let mut changed = Changed::empty(repository, whole);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let top = changed.top();
        let mut ignored = Ignored::new(scope.ignore_from.as_deref().unwrap_or(&top));
        let local = changed.repository.local();
        let (mut added, mut gone) = (Vec::new(), Vec::new());
        for difference in found {
            let path = rel_path(difference.path.as_bstr());
            let absolute = top.join(path.as_str());
            if scope.policy.is_match(path.as_str()) {
                changed.policy.push(path.clone());
            }
            let is_asked = scope.paths.is_empty() || scope.paths.iter().any(|asked| absolute.starts_with(asked));
            if difference.kind == NodeKind::Link || ignored.leaves_out(&path) {
                continue;
            }
            let is_excluded = scope.exclude.is_match(path.as_str());
            let Some(new) = difference.new else {
                if let Some(id) = difference.old.filter(|_| difference.kind == NodeKind::File && !is_excluded) {
                    gone.push(Candidate::new(&local, path, id));
                }
                continue;
            };
            if !is_asked || is_excluded {
                changed.excluded += u64::from(is_asked);
                continue;
            }
            if difference.kind == NodeKind::Submodule {
                changed.notifications.push(submodule(path));
                continue;
            }
            let size = local.find_header(new).map_or(0, |header| header.size());
            changed.targets.push(Target { absolute, size, tracked: Some(true), ..Target::at(path.as_str()) });
            match difference.old {
                Some(old) => changed.old.insert(path.clone(), old),
                None => added.push(Candidate { path: path.clone(), id: new, size }),
            }
            changed.new.insert(path, new);
        }
        if changed.compares() {
            changed.follow(&added, gone);
        }
        changed
    }

    /// Takes note of the files that were moved, and of those that are gone.
    fn follow(&mut self, added: &[Candidate], gone: Vec<Candidate>) {
        let read = |id: ObjectId| self.new.bytes(id, LARGEST_COMPARED).ok();
        let moves = renames(added, &gone, read);
        let moved: HashSet<usize> = moves.iter().map(|(_, from)| *from).collect();
        for (to, from) in moves {
            let (to, from) = (&added[to], &gone[from]);
            self.old.insert_moved(to.path.clone(), from.id, from.path.clone());
        }
        for (index, Candidate { path, id, size }) in gone.into_iter().enumerate() {
            self.gone.push(Target { size, tracked: Some(true), ..Target::at(path.as_str()) });
            if !moved.contains(&index) {
                self.old.insert(path, id);
            }
        }
    }

    fn empty(repository: Repository, whole: Whole) -> Changed {
        Changed {
            targets: Vec::new(),
            gone: Vec::new(),
            notifications: Vec::new(),
            excluded: 0,
            policy: Vec::new(),
            new: Blobs::new(repository.clone()),
            old: Blobs::new(repository.clone()),
            repository,
            whole,
        }
    }

    /// Says `message` in the report.
    pub fn tell(&mut self, message: &str) {
        let kind = NotificationKind::Note;
        self.notifications.push(Notification {
            kind,
            path: None,
            line: None,
            analysis: None,
            message: message.to_owned(),
        });
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
                whole.new.insert(path, id);
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
}

pub(super) fn rel_path(path: &BStr) -> RelPath {
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
