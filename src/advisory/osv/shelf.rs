//! Where indexes are kept: those that `gate db update` made, and those that were made of a folder of records at first use.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::super::{AdvisoryError, Fresh, Limits, Update, now, temporary};
use super::gather;
use super::index::{Contents, Index, Unusable};
use crate::model::Ecosystem;

/// Folder of the cache with the downloaded indexes.
const DOWNLOADED: &str = "osv";

/// Folder of the cache with those made of other folders.
const MADE: &str = "osv-local";

/// Finds the index of an ecosystem.
pub(super) trait Shelf: Send + Sync {
    fn ecosystems(&self) -> Vec<Ecosystem>;
    fn open(&self, ecosystem: Ecosystem) -> Opened;
}

/// An index, or why there is none; both for one that is there and should be newer.
pub(super) struct Opened {
    pub index: Option<Index>,
    /// What is wrong and what to do.
    pub failure: Option<String>,
}

impl Opened {
    pub(super) fn new(index: Index) -> Opened {
        Opened { index: Some(index), failure: None }
    }

    pub(super) fn failed(failure: String) -> Opened {
        Opened { index: None, failure: Some(failure) }
    }
}

/// The indexes that were downloaded.
pub(super) struct Downloaded {
    folder: PathBuf,
    ecosystems: Vec<Ecosystem>,
}

impl Downloaded {
    /// `None` when there is not one.
    pub(super) fn open(cache: &Path) -> Option<Downloaded> {
        let folder = cache.join(DOWNLOADED);
        let ecosystems: Vec<Ecosystem> = Ecosystem::all()
            .filter(|ecosystem| path_of(cache, *ecosystem).is_some_and(|path| path.is_file()))
            .collect();
        (!ecosystems.is_empty()).then_some(Downloaded { folder, ecosystems })
    }
}

impl Shelf for Downloaded {
    fn ecosystems(&self) -> Vec<Ecosystem> {
        self.ecosystems.clone()
    }

    fn open(&self, ecosystem: Ecosystem) -> Opened {
        let path = file_name(ecosystem).map(|name| self.folder.join(name)).unwrap_or_default();
        let again = format!("`gate db update --ecosystem {}` replaces it", ecosystem.osv_name().unwrap_or_default());
        match Index::open(&path) {
            Ok(index) => Opened::new(index),
            Err(Unusable::Absent) => {
                Opened::failed(format!("the advisories of {ecosystem} in the cache are of another format: {again}"))
            }
            Err(Unusable::Damaged(how)) => {
                Opened::failed(format!("the advisories of {ecosystem} in the cache are damaged ({how}): {again}"))
            }
            Err(Unusable::Io(error)) => Opened::failed(format!("{}: {error}", path.display())),
        }
    }
}

/// Indexes that are downloaded when they are first needed, and again when they were fetched too long ago.
pub(super) struct Downloading {
    cache: PathBuf,
    /// Fetched before this moment (RFC 3339, UTC) is too long ago.
    since: String,
    source: Option<String>,
    offline: bool,
    limits: Limits,
}

impl Downloading {
    pub(super) fn new(cache: &Path, since: String, request: Fresh<'_>) -> Downloading {
        let source = request.source.map(str::to_owned);
        Downloading { cache: cache.to_path_buf(), since, source, offline: request.offline, limits: request.limits }
    }
}

impl Shelf for Downloading {
    fn ecosystems(&self) -> Vec<Ecosystem> {
        Ecosystem::all().filter(|ecosystem| ecosystem.osv_name().is_some()).collect()
    }

    /// An old index is still used when there is no newer one to be had, which is told.
    fn open(&self, ecosystem: Ecosystem) -> Opened {
        let index = || path_of(&self.cache, ecosystem).and_then(|path| Index::open(&path).ok());
        if let Some(fresh) = index().filter(|index| index.header.fetched >= self.since) {
            return Opened::new(fresh);
        }
        let (source, limits) = (self.source.as_deref(), self.limits.clone());
        let update = Update { source, cache: &self.cache, offline: self.offline, limits };
        let failure = super::bucket::refresh(ecosystem, &update, &|_, _| {}).err();
        let failure =
            failure.map(|error| format!("the advisories of {ecosystem} could not be brought up to date: {error}"));
        let index = index();
        let missing = || format!("the advisories of {ecosystem} cannot be read");
        Opened { failure: failure.or_else(|| index.is_none().then(missing)), index }
    }
}

/// Where the downloaded index of `ecosystem` is, or would be; `None` where OSV has no such records.
pub(super) fn path_of(cache: &Path, ecosystem: Ecosystem) -> Option<PathBuf> {
    Some(cache.join(DOWNLOADED).join(file_name(ecosystem)?))
}

fn file_name(ecosystem: Ecosystem) -> Option<String> {
    Some(format!("{}.index", ecosystem.osv_name()?.replace(' ', "-")))
}

/// A folder with a folder for each ecosystem: the layout of the bucket, or one file for each record.
pub(super) struct Records {
    /// Folders by ecosystem; `Debian:12` counts only where there is no `Debian`.
    folders: BTreeMap<Ecosystem, Vec<PathBuf>>,
    cache: PathBuf,
    limits: Limits,
}

impl Records {
    /// `None` when the folder has no such folder.
    pub(super) fn open(root: &Path, cache: &Path) -> Option<Records> {
        let mut folders: BTreeMap<Ecosystem, Vec<PathBuf>> = BTreeMap::new();
        let mut entries: Vec<PathBuf> = fs::read_dir(root).ok()?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let base = name.split(':').next().unwrap_or(name);
            let Some(ecosystem) = Ecosystem::all().find(|ecosystem| ecosystem.osv_name() == Some(base)) else {
                continue;
            };
            let has_whole = folders.get(&ecosystem).is_some_and(|found| found.iter().any(|path| path.ends_with(base)));
            let has_records = path.join(gather::ARCHIVE).is_file()
                || gather::record_files(&path).is_ok_and(|files| !files.is_empty());
            if has_records && !has_whole {
                folders.entry(ecosystem).or_default().push(path);
            }
        }
        (!folders.is_empty()).then(|| Records { folders, cache: cache.join(MADE), limits: Limits::of_bucket() })
    }

    /// Made anew when a file of the folder is another, of another size or time than when it was made. A cache that cannot
    /// be written costs the time of making it again.
    fn index(&self, ecosystem: Ecosystem) -> Result<Index, String> {
        let folders = self.folders.get(&ecosystem).map(Vec::as_slice).unwrap_or_default();
        let state = state_of(folders).map_err(|error| error.to_string())?;
        let place: Vec<_> = folders.iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
        let path = self.cache.join(format!("{}.index", blake3::hash(format!("{place:?}").as_bytes()).to_hex()));
        if let Ok(index) = Index::open(&path)
            && index.header.source == state
        {
            return Ok(index);
        }
        let bytes = self.make(ecosystem, &state)?;
        // Another process may be doing the same: each renames a whole file.
        let _ = write(&path, &bytes);
        Index::of_bytes(bytes).map_err(|_| format!("the advisories of {ecosystem} could not be packed"))
    }

    fn make(&self, ecosystem: Ecosystem, state: &str) -> Result<Vec<u8>, String> {
        let mut contents = Contents::default();
        for folder in self.folders.get(&ecosystem).into_iter().flatten() {
            contents.extend(gather::of_folder(folder, ecosystem, &self.limits)?);
        }
        let name = ecosystem.osv_name().unwrap_or_default();
        contents.pack(name, state, &now()).map_err(|error| error.to_string())
    }
}

impl Shelf for Records {
    fn ecosystems(&self) -> Vec<Ecosystem> {
        self.folders.keys().copied().collect()
    }

    fn open(&self, ecosystem: Ecosystem) -> Opened {
        self.index(ecosystem).map_or_else(Opened::failed, Opened::new)
    }
}

/// Names, sizes and times of the files that the records of `folders` are read from, hashed.
fn state_of(folders: &[PathBuf]) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    for folder in folders {
        let archive = folder.join(gather::ARCHIVE);
        let files = if archive.is_file() { vec![archive] } else { gather::record_files(folder)? };
        for file in files {
            let metadata = fs::metadata(&file)?;
            let time = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            hasher.update(format!("{:?} {} {time:?}\n", file.file_name(), metadata.len()).as_bytes());
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Writes beside `path`, then renames over it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), AdvisoryError> {
    let folder = path.parent().unwrap_or(path);
    let failed = |source| AdvisoryError::Io { tried: format!("writing to {}", folder.display()), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut file = temporary(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
