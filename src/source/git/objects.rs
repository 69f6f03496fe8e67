//! Every object of a repository, packed and loose, also those that nothing refers to; each once.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::hashtable::HashSet;
use gix::odb::loose;
use gix::odb::pack::data::entry::Header;

use super::pack::Pack;
use super::repository::{GitError, Repository, told};
use crate::model::{Notification, NotificationKind};
use crate::source::archive::looks_packed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Blob,
    Commit,
    Tag,
    Tree,
}

impl Kind {
    /// Of what is stored whole.
    pub(super) fn of(header: &Header) -> Option<Kind> {
        match header {
            Header::Blob => Some(Kind::Blob),
            Header::Commit => Some(Kind::Commit),
            Header::Tag => Some(Kind::Tag),
            Header::Tree => Some(Kind::Tree),
            Header::OfsDelta { .. } | Header::RefDelta { .. } => None,
        }
    }

    fn from(kind: gix::objs::Kind) -> Kind {
        match kind {
            gix::objs::Kind::Blob => Kind::Blob,
            gix::objs::Kind::Commit => Kind::Commit,
            gix::objs::Kind::Tag => Kind::Tag,
            gix::objs::Kind::Tree => Kind::Tree,
        }
    }
}

/// An object that could not be read.
#[derive(Debug)]
pub struct Lost {
    pub id: ObjectId,
    pub why: String,
}

impl Lost {
    pub fn new(id: ObjectId, why: &str) -> Lost {
        Lost { id, why: why.to_owned() }
    }

    fn notification(&self) -> Notification {
        Notification {
            kind: NotificationKind::Unreadable,
            path: None,
            line: None,
            analysis: Some(crate::model::Analysis::Secrets),
            message: format!(
                "the git object {} is corrupt: {}; `git fsck` tells what it is part of",
                self.id, self.why
            ),
        }
    }
}

/// Takes the objects.
pub struct Visit<'a> {
    /// Blobs with more bytes are only told of.
    pub max_size: u64,
    /// The same for blobs that are archives, if those are opened.
    pub max_archive: Option<u64>,
    pub take: &'a mut dyn FnMut(ObjectId, Kind, &[u8]),
    pub notifications: Vec<Notification>,
}

impl Visit<'_> {
    pub(super) fn limit(&self, kind: Kind) -> u64 {
        let most = if kind == Kind::Blob { self.max_archive.unwrap_or_default() } else { 64 << 20 };
        self.max_size.max(most)
    }

    /// Reads one object by its id and hands it on.
    pub(super) fn read(&mut self, repository: &gix::Repository, id: ObjectId) {
        match repository.find_header(id) {
            Ok(header) if header.size() > self.limit(Kind::from(header.kind())) => self.too_large(id, header.size()),
            Ok(_) => match repository.find_object(id) {
                Ok(object) => self.object(id, Kind::from(object.kind), &object.data),
                Err(error) => self.lose(Lost::new(id, &told(&error))),
            },
            Err(error) => self.lose(Lost::new(id, &told(&error))),
        }
    }

    pub(super) fn object(&mut self, id: ObjectId, kind: Kind, bytes: &[u8]) {
        let size = bytes.len() as u64;
        if kind == Kind::Blob && size > self.max_size && !looks_packed(bytes) {
            return self.too_large(id, size);
        }
        (self.take)(id, kind, bytes);
    }

    pub(super) fn lose(&mut self, lost: Lost) {
        self.notifications.push(lost.notification());
    }

    pub(super) fn too_large(&mut self, id: ObjectId, size: u64) {
        self.notifications.push(Notification {
            kind: NotificationKind::TooLarge,
            path: None,
            line: None,
            analysis: Some(crate::model::Analysis::Secrets),
            message: format!(
                "the git object {id} has {size} bytes, over the limit of {}; raise `[scan] max-file-size` to search it",
                self.max_size
            ),
        });
    }
}

/// The objects of a repository, parted into units of work.
pub struct Objects {
    packs: Vec<Pack>,
    stores: Vec<loose::Store>,
    /// With the index of the store.
    loose: Vec<(usize, ObjectId)>,
    /// How many blobs were left out because they were seen before.
    pub remembered: u64,
    /// What could not be opened, or be made sense of.
    pub notifications: Vec<Notification>,
}

/// Loose objects that a thread takes at once.
const LOOSE_UNIT: usize = 256;

impl Objects {
    /// Opens all packs and lists the loose objects, but for blobs in `seen`, and for trees.
    pub fn open(repository: &Repository, seen: &HashSet<ObjectId>) -> Result<Objects, GitError> {
        let local = repository.local();
        let hash = local.object_hash();
        let mut folders = vec![local.objects.store_ref().path().to_owned()];
        let alternates = local.objects.store_ref().alternate_db_paths();
        folders.extend(alternates.map_err(|error| GitError::Object { what: "alternates".into(), why: told(&error) })?);
        let mut objects = Objects {
            packs: Vec::new(),
            stores: Vec::new(),
            loose: Vec::new(),
            remembered: 0,
            notifications: Vec::new(),
        };
        let remembered = Cell::new(0);
        for folder in &folders {
            for index in objects.indices(&folder.join("pack")) {
                let wants = |id: &gix::oid, kind: Kind| {
                    if kind == Kind::Tree || objects.packs.iter().any(|pack| pack.contains(id)) {
                        return false;
                    }
                    let is_seen = kind == Kind::Blob && seen.contains(id);
                    remembered.set(remembered.get() + u64::from(is_seen));
                    !is_seen
                };
                match Pack::open(&index, hash, &wants) {
                    Ok(pack) => {
                        objects.notifications.extend(pack.lost.iter().map(Lost::notification));
                        objects.packs.push(pack);
                    }
                    Err(error) => objects.notifications.push(unreadable(&index, &told(&error))),
                }
            }
        }
        objects.remembered = remembered.get();
        for folder in folders {
            objects.list_loose(loose::Store::at(folder, hash), seen);
        }
        Ok(objects)
    }

    /// The index files of the packs in `folder`.
    fn indices(&mut self, folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        let has = |path: &Path, extension| path.extension().is_some_and(|found| found == extension);
        let mut found: Vec<PathBuf> = paths.iter().filter(|path| has(path, "idx")).cloned().collect();
        found.sort();
        // A pack without its index cannot be searched.
        for pack in paths.iter().filter(|path| has(path, "pack") && !found.contains(&path.with_extension("idx"))) {
            let why = "it has no index; `git index-pack` makes one";
            self.notifications.push(unreadable(pack, why));
        }
        found
    }

    fn list_loose(&mut self, store: loose::Store, seen: &HashSet<ObjectId>) {
        let index = self.stores.len();
        let mut ids: Vec<ObjectId> = Vec::new();
        for id in store.iter() {
            match id {
                Ok(id) => ids.push(id),
                Err(error) => self.notifications.push(unreadable(store.path(), &told(&error))),
            }
        }
        ids.retain(|id| !self.packs.iter().any(|pack| pack.contains(id)));
        let all = ids.len();
        ids.retain(|id| !seen.contains(id));
        self.remembered += (all - ids.len()) as u64;
        ids.sort_unstable();
        self.loose.extend(ids.into_iter().map(|id| (index, id)));
        self.stores.push(store);
    }

    /// Whether the object is here.
    pub fn contains(&self, id: &gix::oid) -> bool {
        self.packs.iter().any(|pack| pack.contains(id)) || self.stores.iter().any(|store| store.contains(id))
    }

    pub fn units(&self) -> usize {
        self.packs.iter().map(|pack| pack.units.len()).sum::<usize>() + self.loose.len().div_ceil(LOOSE_UNIT)
    }

    /// How many objects there are to look at; loose trees are among them, since only reading tells.
    pub fn count(&self) -> u64 {
        self.packs.iter().map(|pack| pack.count).sum::<u64>() + self.loose.len() as u64
    }

    /// Hands the objects of one unit to `visit`.
    pub fn run(&self, mut unit: usize, visit: &mut Visit<'_>) {
        for pack in &self.packs {
            if unit < pack.units.len() {
                return pack.run(unit, visit);
            }
            unit -= pack.units.len();
        }
        let mut bytes = Vec::new();
        for (store, id) in self.loose.iter().skip(unit * LOOSE_UNIT).take(LOOSE_UNIT) {
            if let Some(store) = self.stores.get(*store) {
                loose_object(store, *id, &mut bytes, visit);
            }
        }
    }
}

fn loose_object(store: &loose::Store, id: ObjectId, bytes: &mut Vec<u8>, visit: &mut Visit<'_>) {
    match store.try_header(&id) {
        Ok(Some((_, gix::objs::Kind::Tree))) => return,
        Ok(Some((size, kind))) if size > visit.limit(Kind::from(kind)) => return visit.too_large(id, size),
        // It was packed, or pruned, a moment ago.
        Ok(None) => return visit.lose(Lost::new(id, "it vanished while the repository was read")),
        Ok(Some(_)) => {}
        Err(error) => return visit.lose(Lost::new(id, &told(&error))),
    }
    match store.try_find(&id, bytes) {
        Ok(Some(object)) => {
            let is_itself = gix::objs::compute_hash(id.kind(), object.kind, object.data).is_ok_and(|hash| hash == id);
            if is_itself {
                visit.object(id, Kind::from(object.kind), object.data);
            } else {
                visit.lose(Lost::new(id, "its content is not what it was named for"));
            }
        }
        Ok(None) => visit.lose(Lost::new(id, "it vanished while the repository was read")),
        Err(error) => visit.lose(Lost::new(id, &told(&error))),
    }
}

fn unreadable(path: &Path, why: &str) -> Notification {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Notification {
        kind: NotificationKind::Unreadable,
        path: None,
        line: None,
        analysis: Some(crate::model::Analysis::Secrets),
        message: format!("{name} of the git repository could not be read: {why}; `git fsck` says more"),
    }
}
