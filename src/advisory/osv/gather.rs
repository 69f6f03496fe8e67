//! From records as they lie in a folder or an `all.zip` to the contents of an index. A record that cannot be read is a problem of
//! its own and hides no other.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::super::Limits;
use super::index::Contents;
use super::{evaluate, record};
use crate::model::Ecosystem;
use crate::version::Scheme;

/// The archive of all records that a folder of the bucket holds.
pub(super) const ARCHIVE: &str = "all.zip";

/// When each record of the folder changed last, newest first.
pub(super) const STAMPS: &str = "modified_id.csv";

impl Contents {
    /// Takes in the record in `bytes`, as far as it speaks of `ecosystem`. `file` is what a problem is called by.
    pub(super) fn add(&mut self, ecosystem: Ecosystem, file: &str, bytes: &[u8]) {
        let parsed = match record::parse(bytes) {
            Ok(parsed) => parsed,
            Err(problem) => return self.problems.push(format!("{file}: {problem}")),
        };
        if self.stamps.insert(parsed.id, parsed.modified).is_some() {
            return self.problems.push(format!("{file}: the id is that of another record"));
        }
        for (name, package, mut entry) in parsed.packages {
            if ecosystem.osv_name() == Some(&name) {
                if let Some(scheme) = Scheme::of(ecosystem) {
                    evaluate::shorten(&mut entry, scheme);
                }
                self.packages.entry(ecosystem.normalized(&package).into_owned()).or_default().push(entry);
            }
        }
    }

    /// Takes in what `other` holds, as far as it is not known here.
    pub(super) fn extend(&mut self, other: Contents) {
        for (package, entries) in other.packages {
            let new = entries.into_iter().filter(|entry| !self.stamps.contains_key(&entry.id));
            let new: Vec<_> = new.collect();
            if !new.is_empty() {
                self.packages.entry(package).or_default().extend(new);
            }
        }
        other.stamps.into_iter().for_each(|(id, stamp)| {
            self.stamps.entry(id).or_insert(stamp);
        });
        self.problems.extend(other.problems);
    }

    /// Forgets what the record `id` says.
    pub(super) fn remove(&mut self, id: &str) {
        if self.stamps.remove(id).is_some() {
            self.packages.retain(|_, entries| {
                entries.retain(|entry| entry.id != id);
                !entries.is_empty()
            });
        }
    }
}

/// The records of an `all.zip`. Nothing is written, so no path in it can reach the disk.
pub(super) fn unpack(bytes: &[u8], ecosystem: Ecosystem, limits: &Limits) -> Result<Contents, String> {
    let damaged = |error: zip::result::ZipError| format!("the archive is damaged: {error}");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > limits.entries {
        return Err(format!("more than {} entries", limits.entries));
    }
    let mut contents = Contents::default();
    let mut left = limits.unpacked_bytes;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        if !is_record(&name) {
            continue;
        }
        if entry.size() > limits.file_bytes {
            return Err(format!("`{name}` is larger than {} bytes", limits.file_bytes));
        }
        let mut content = Vec::new();
        // What a header states of its size need not be true.
        let most = limits.file_bytes.min(left).saturating_add(1);
        entry.take(most).read_to_end(&mut content).map_err(|error| format!("the archive is damaged: {error}"))?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| "it unpacks to more bytes than advisories of an ecosystem have".to_owned())?;
        if content.len() as u64 > limits.file_bytes {
            return Err(format!("`{name}` is larger than {} bytes", limits.file_bytes));
        }
        contents.add(ecosystem, &name, &content);
    }
    Ok(contents)
}

/// The records of a folder: those of its `all.zip`, or else one file each.
pub(super) fn of_folder(folder: &Path, ecosystem: Ecosystem, limits: &Limits) -> Result<Contents, String> {
    let shown = folder.display();
    match fs::read(folder.join(ARCHIVE)) {
        Ok(bytes) => {
            return unpack(&bytes, ecosystem, limits).map_err(|problem| format!("{shown}/{ARCHIVE}: {problem}"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(format!("{shown}/{ARCHIVE}: {error}")),
    }
    let mut contents = Contents::default();
    for path in record_files(folder).map_err(|error| format!("{shown}: {error}"))? {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        match read_file(&path, limits) {
            Ok(bytes) => contents.add(ecosystem, &file, &bytes),
            Err(problem) => contents.problems.push(format!("{file}: {problem}")),
        }
    }
    Ok(contents)
}

fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > limits.file_bytes {
        return Err(format!("larger than {} bytes", limits.file_bytes));
    }
    Ok(bytes)
}

/// Sorted by name.
pub(super) fn record_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| is_record(&name.to_string_lossy())))
        .collect();
    files.sort();
    Ok(files)
}

fn is_record(name: &str) -> bool {
    name.ends_with(".json") && !name.starts_with('.') && !name.contains(['/', '\\'])
}

/// Record id → when it changed, from the text of a `modified_id.csv`; `None` where a line is nothing of the kind.
pub(super) fn stamps(text: &str) -> Option<BTreeMap<String, String>> {
    let line = |line: &str| {
        let (stamp, id) = line.trim_end().split_once(',')?;
        let is_stamp = stamp.len() >= 10 && stamp.starts_with(|c: char| c.is_ascii_digit());
        (is_stamp && is_id(id)).then(|| (id.to_owned(), stamp.to_owned()))
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// Whether `id` may stand in an address.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && !id.starts_with('.')
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte))
}
