//! What archives hold, as if it lay in folders: `lib/a.jar!/com/x/app.properties`. Everything is unpacked in memory and
//! nothing is written, so that no path of an archive can reach the disk.
//!
//! An archive is told by its name and read by what it is: zip, tar, or gzip around a tar or a single file. What it holds is
//! bounded: [`ArchiveLimits`]. Whatever is left out is a notification.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

use super::read::decode;
use crate::model::{Notification, NotificationKind, RelPath, SourceFile, Target, TargetRole};

/// What one archive may unpack to, with all archives in it.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveLimits {
    /// Of one member; an archive in the archive may be [`ArchiveLimits::NESTED_BYTES`] long.
    pub member_bytes: u64,
    pub total_bytes: u64,
    pub members: u64,
    /// Unpacked bytes for each byte of the archive, once there are [`ArchiveLimits::ANY_RATIO`] of them.
    pub ratio: u64,
    /// Archives within archives that are opened.
    pub levels: usize,
}

impl ArchiveLimits {
    pub const NESTED_BYTES: u64 = 64 << 20;
    /// Less is no harm however it was packed.
    const ANY_RATIO: u64 = 16 << 20;

    /// For members up to `member_bytes`.
    pub fn new(member_bytes: u64) -> ArchiveLimits {
        // Deflate can reach 1032:1; source and logs stay below 50:1.
        ArchiveLimits { member_bytes, total_bytes: 512 << 20, members: 100_000, ratio: 200, levels: 2 }
    }
}

const ZIPS: &[&str] =
    &[".zip", ".jar", ".war", ".ear", ".aar", ".whl", ".egg", ".nupkg", ".vsix", ".xpi", ".apk", ".ipa"];
const OTHERS: &[&str] = &[".tar", ".gz", ".tgz", ".crate", ".gem"];
const UNOPENED: &[&str] = &[".bz2", ".tbz2", ".xz", ".txz", ".zst", ".7z", ".rar", ".lzma"];

fn ends_with_any(name: &str, ends: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

/// Whether the name is that of an archive, be it of a kind that cannot be opened.
pub fn is_archive(path: &RelPath) -> bool {
    [ZIPS, OTHERS, UNOPENED].iter().any(|ends| ends_with_any(path.file_name(), ends))
}

/// Whether `bytes` are those of an archive that can be opened, or of a gzip, whatever it is called.
pub fn looks_packed(bytes: &[u8]) -> bool {
    let starts = [&b"PK\x03\x04"[..], b"PK\x05\x06", &[0x1f, 0x8b]];
    // What is executable may have a script before the zip; the record that ends it has 22 bytes.
    let end = bytes.len().checked_sub(22).and_then(|at| bytes.get(at..)).unwrap_or_default();
    starts.iter().any(|start| bytes.starts_with(start)) || end.starts_with(b"PK\x05\x06") || is_tar(bytes)
}

/// Opens the archive `target`, whose bytes `opened` gives, and hands every member that is text to `each`; gives what was
/// left out and why.
pub fn unpack<R: Read + Seek>(
    opened: io::Result<R>,
    target: &Target,
    limits: &ArchiveLimits,
    each: &mut dyn FnMut(SourceFile),
) -> Vec<Notification> {
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(error) => {
            return vec![notification(NotificationKind::Unreadable, &target.path, format!("not read: {error}"))];
        }
    };
    let size = reader.seek(SeekFrom::End(0)).unwrap_or(target.size);
    let by_ratio = size.saturating_mul(limits.ratio).max(ArchiveLimits::ANY_RATIO);
    let left = Cell::new(limits.total_bytes.min(by_ratio));
    let mut unpacker =
        Unpacker { target, limits, left: &left, members: 0, binaries: 0, notifications: Vec::new(), each };
    if let Err(stop) = unpacker.archive(reader, &target.path, limits.levels) {
        let whole = limits.total_bytes <= by_ratio;
        unpacker.stopped(stop, whole);
    }
    if unpacker.binaries > 0 {
        let message = format!("{} of {} members are not text, so not scanned", unpacker.binaries, unpacker.members);
        unpacker.tell(NotificationKind::Binary, &target.path, message);
    }
    unpacker.notifications
}

/// Why nothing more of the outermost archive is unpacked.
enum Stop {
    Bytes,
    Members,
}

struct Unpacker<'a> {
    target: &'a Target,
    limits: &'a ArchiveLimits,
    /// Bytes that may still be unpacked; shared by all levels.
    left: &'a Cell<u64>,
    members: u64,
    binaries: u64,
    notifications: Vec<Notification>,
    each: &'a mut dyn FnMut(SourceFile),
}

impl Unpacker<'_> {
    fn tell(&mut self, kind: NotificationKind, path: &RelPath, message: impl Into<String>) {
        self.notifications.push(notification(kind, path, message));
    }

    fn stopped(&mut self, stop: Stop, is_total: bool) {
        let limit = match stop {
            Stop::Members => format!("{} members", self.limits.members),
            Stop::Bytes if is_total => format!("{} unpacked bytes", self.limits.total_bytes),
            Stop::Bytes => format!("{} unpacked bytes for each packed one", self.limits.ratio),
        };
        let message = format!("over the limit of {limit}: what follows in it was not scanned");
        self.tell(NotificationKind::TooLarge, &self.target.path, message);
    }

    /// All of the archive `path`, whose bytes are in `reader`; `levels` more may be opened in it.
    fn archive<R: Read + Seek>(&mut self, mut reader: R, path: &RelPath, levels: usize) -> Result<(), Stop> {
        if ends_with_any(path.file_name(), UNOPENED) {
            self.tell(NotificationKind::Unsupported, path, "archives of this kind cannot be opened yet");
            return Ok(());
        }
        let mut head = Vec::new();
        let sniffed = reader
            .seek(SeekFrom::Start(0))
            .and_then(|_| reader.by_ref().take(512).read_to_end(&mut head))
            .and_then(|_| reader.seek(SeekFrom::Start(0)));
        if let Err(error) = sniffed {
            self.tell(NotificationKind::Unreadable, path, format!("not read: {error}"));
            return Ok(());
        }
        if head.starts_with(&[0x1f, 0x8b]) {
            self.gzip(reader, path, levels)
        } else if is_tar(&head) || ends_with_any(path.file_name(), &[".tar", ".gem"]) {
            self.tar(Bounded { inner: reader, left: self.left }, path, levels)
        } else {
            // What is executable may have a script before the zip.
            self.zip(reader, path, levels)
        }
    }

    fn zip<R: Read + Seek>(&mut self, reader: R, path: &RelPath, levels: usize) -> Result<(), Stop> {
        let mut archive = match ZipArchive::new(reader) {
            Ok(archive) => archive,
            Err(error) => {
                self.tell(NotificationKind::Unreadable, path, format!("not opened: {}", describe(&error)));
                return Ok(());
            }
        };
        let mut encrypted = 0u64;
        for index in 0..archive.len() {
            let Ok(entry) = archive.by_index_data(index) else { continue };
            if !entry.is_file() {
                continue;
            }
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let (size, is_encrypted) = (entry.size(), entry.encrypted());
            drop(entry);
            let member = self.enter(path, &name)?;
            if is_encrypted {
                encrypted += 1;
                continue;
            }
            match archive.by_index(index) {
                Ok(file) => self.member(Bounded { inner: file, left: self.left }, size, member, levels)?,
                Err(ZipError::CompressionMethodNotSupported(method)) => {
                    let message = format!("packed with method {method}, which cannot be unpacked yet");
                    self.tell(NotificationKind::Unsupported, &member, message);
                }
                Err(error) => {
                    self.tell(NotificationKind::Unreadable, &member, format!("not unpacked: {}", describe(&error)));
                }
            }
        }
        if encrypted > 0 {
            let message = format!("{encrypted} members are encrypted and were not scanned");
            self.tell(NotificationKind::Unsupported, path, message);
        }
        Ok(())
    }

    /// A tar whose `reader` is bounded.
    fn tar<R: Read>(&mut self, reader: R, path: &RelPath, levels: usize) -> Result<(), Stop> {
        let mut archive = tar::Archive::new(reader);
        let damaged = |error: io::Error| format!("damaged, so only scanned in part: {}", reason(&error));
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => {
                self.tell(NotificationKind::Unreadable, path, damaged(error));
                return Ok(());
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if is_over_budget(&error) => return Err(Stop::Bytes),
                Err(error) => {
                    self.tell(NotificationKind::Unreadable, path, damaged(error));
                    return Ok(());
                }
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let member = self.enter(path, &name)?;
            let size = entry.size();
            self.member(entry, size, member, levels)?;
        }
        // The checksum of a gzip stands at its end, behind what a tar has read.
        match io::copy(&mut archive.into_inner(), &mut io::sink()) {
            Err(error) if is_over_budget(&error) => Err(Stop::Bytes),
            Err(error) => {
                self.tell(NotificationKind::Unreadable, path, damaged(error));
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    fn gzip<R: Read>(&mut self, reader: R, path: &RelPath, levels: usize) -> Result<(), Stop> {
        let mut unpacked = Bounded { inner: MultiGzDecoder::new(reader), left: self.left };
        let mut head = Vec::new();
        match unpacked.by_ref().take(512).read_to_end(&mut head) {
            Err(error) if is_over_budget(&error) => return Err(Stop::Bytes),
            Err(error) => {
                self.tell(NotificationKind::Unreadable, path, format!("not unpacked: {}", reason(&error)));
                return Ok(());
            }
            Ok(_) => {}
        }
        let is_tarball = is_tar(&head) || ends_with_any(path.file_name(), &[".tgz", ".tar.gz", ".crate"]);
        let whole = Cursor::new(head).chain(unpacked);
        if is_tarball {
            return self.tar(whole, path, levels);
        }
        let name = path.file_name();
        let is_named = ends_with_any(name, &[".gz"]);
        let name = name.get(..name.len() - 3).filter(|_| is_named).unwrap_or(name).to_owned();
        let member = self.enter(path, &name)?;
        self.member(whole, 0, member, levels)
    }

    /// The path of the member `name`, which is one more. Parts that lead elsewhere mean nothing here.
    fn enter(&mut self, archive: &RelPath, name: &str) -> Result<RelPath, Stop> {
        self.members += 1;
        if self.members > self.limits.members {
            return Err(Stop::Members);
        }
        let name = name.replace('\\', "/");
        let parts: Vec<String> = name
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | ".."))
            .map(|part| part.replace(char::is_control, "\u{fffd}"))
            .collect();
        Ok(RelPath::new(format!("{archive}!/{}", parts.join("/"))))
    }

    /// One member, which has `size` bytes if its archive says so, from a `reader` that is bounded.
    fn member<R: Read>(&mut self, mut reader: R, size: u64, path: RelPath, levels: usize) -> Result<(), Stop> {
        let is_nested = is_archive(&path);
        if is_nested && levels == 0 {
            let message = format!("more than {} archives deep, so not scanned", self.limits.levels + 1);
            self.tell(NotificationKind::TooLarge, &path, message);
            return Ok(());
        }
        let own = self.limits.member_bytes;
        let limit = if is_nested { own.max(ArchiveLimits::NESTED_BYTES) } else { own };
        let too_large = format!("over the limit of {limit} bytes; raise `[scan] max-file-size` to scan it");
        if size > limit {
            self.tell(NotificationKind::TooLarge, &path, too_large);
            return Ok(());
        }
        let mut bytes = Vec::new();
        match reader.by_ref().take(limit + 1).read_to_end(&mut bytes) {
            Err(error) if is_over_budget(&error) => return Err(Stop::Bytes),
            // What came before the fault is scanned all the same.
            Err(error) => {
                let message = format!("damaged, so only scanned in part: {}", reason(&error));
                self.tell(NotificationKind::Unreadable, &path, message);
            }
            Ok(_) if bytes.len() as u64 > limit => {
                self.tell(NotificationKind::TooLarge, &path, too_large);
                return Ok(());
            }
            Ok(_) => {}
        }
        if is_nested {
            return self.archive(Cursor::new(bytes), &path, levels - 1);
        }
        let target = Target {
            role: TargetRole::of(&path),
            absolute: self.target.absolute.clone(),
            size: bytes.len() as u64,
            language: None,
            tracked: None,
            path,
        };
        match decode(bytes) {
            Some((text, encoding)) => (self.each)(SourceFile::new(target, text, encoding)),
            None => self.binaries += 1,
        }
        Ok(())
    }
}

fn notification(kind: NotificationKind, path: &RelPath, message: impl Into<String>) -> Notification {
    Notification { kind, path: Some(path.clone()), line: None, analysis: None, message: message.into() }
}

/// POSIX.1-1988: the magic of a tar header.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

fn describe(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => reason(error),
        ZipError::InvalidArchive(why) => format!("no valid zip archive: {why}"),
        other => other.to_string(),
    }
}

/// What an error says, without what an archive may have put into it.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => "the data is corrupt".to_owned(),
        kind => kind.to_string(),
    }
}

/// Takes what it reads from a budget, and fails where that is spent.
struct Bounded<'a, R> {
    inner: R,
    left: &'a Cell<u64>,
}

/// What [`Bounded`] fails with.
#[derive(Debug, thiserror::Error)]
#[error("over the limit of unpacked bytes")]
struct OverBudget;

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64).ok_or_else(|| io::Error::other(OverBudget))?;
        self.left.set(left);
        Ok(count)
    }
}

/// Readers in between may have wrapped the error.
fn is_over_budget(error: &io::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(inner) = source {
        if inner.is::<OverBudget>() {
            return true;
        }
        source = inner
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref().map(|inner| inner as _))
            .or(inner.source());
    }
    false
}

#[cfg(test)]
mod tests;
