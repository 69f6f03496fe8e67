//! Files that are read from the objects of a repository.

use std::collections::HashMap;
use std::io::{self, Cursor};
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use super::repository::{Repository, told};
use crate::model::{Notification, RelPath, SourceFile, Target};
use crate::source::archive::{ArchiveLimits, unpack};
use crate::source::read::{Contents, Read};

/// Blobs by the path of a target.
pub(super) struct Blobs {
    repository: Repository,
    places: HashMap<RelPath, Place>,
    /// Opened once and lent to whoever reads.
    idle: Mutex<Vec<gix::Repository>>,
}

struct Place {
    id: ObjectId,
    /// Where the file lies, if not at the path that it is asked for by.
    own: Option<RelPath>,
}

impl Blobs {
    pub fn new(repository: Repository) -> Blobs {
        Blobs { repository, places: HashMap::new(), idle: Mutex::default() }
    }

    pub fn insert(&mut self, path: RelPath, id: ObjectId) {
        self.places.insert(path, Place { id, own: None });
    }

    /// What is asked for as `path` lies at `own`.
    pub fn insert_moved(&mut self, path: RelPath, id: ObjectId, own: RelPath) {
        self.places.insert(path, Place { id, own: Some(own) });
    }

    /// The bytes of a blob of at most `limit` bytes.
    pub fn bytes(&self, id: ObjectId, limit: u64) -> io::Result<Vec<u8>> {
        match self.lent(|repository| blob_bytes(repository, id, limit)) {
            Ok(bytes) => Ok(bytes),
            Err(Fault::Failed(error)) => Err(error),
            Err(Fault::TooLarge(size)) => Err(io::Error::other(format!("{size} bytes are over the limit"))),
        }
    }

    /// The blob, and the target as it is where the file lies.
    fn place(&self, target: &Target) -> Option<(ObjectId, Target)> {
        let place = self.places.get(&target.path)?;
        let target = match &place.own {
            Some(own) => Target { tracked: target.tracked, ..Target::at(own.as_str()) },
            None => target.clone(),
        };
        Some((place.id, target))
    }

    fn lent<T>(&self, read: impl FnOnce(&gix::Repository) -> T) -> T {
        let lent = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = lent.unwrap_or_else(|| self.repository.local());
        let read = read(&repository);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(repository);
        read
    }
}

fn absent() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "not among the changed files")
}

impl Contents for Blobs {
    fn has(&self, target: &Target) -> bool {
        self.places.contains_key(&target.path)
    }

    fn read(&self, target: &Target, limit: u64) -> Read {
        let Some((id, target)) = self.place(target) else { return Read::Failed(absent()) };
        match self.lent(|repository| blob_bytes(repository, id, limit)) {
            Ok(bytes) => Read::of(&target, bytes),
            Err(Fault::TooLarge(size)) => Read::TooLarge(size),
            Err(Fault::Failed(error)) => Read::Failed(error),
        }
    }

    fn unpack(&self, target: &Target, limits: &ArchiveLimits, each: &mut dyn FnMut(SourceFile)) -> Vec<Notification> {
        let place = self.place(target).ok_or_else(absent);
        let own = place.as_ref().map_or_else(|_| target.clone(), |(_, own)| own.clone());
        let bytes = place.and_then(|(id, _)| self.bytes(id, limits.total_bytes)).map(Cursor::new);
        unpack(bytes, &own, limits, each)
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
