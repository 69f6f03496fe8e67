use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read as _};

use super::archive::{ArchiveLimits, unpack};
use crate::model::{Encoding, Language, Notification, SourceFile, Target};

/// What reading a target gave.
#[derive(Debug)]
pub enum Read {
    Text(SourceFile),
    Binary,
    /// Larger than the limit; the size in bytes.
    TooLarge(u64),
    Failed(io::Error),
}

/// Where the bytes of targets are.
pub trait Contents: Sync {
    /// Reads `target`, once, up to `limit` bytes.
    fn read(&self, target: &Target, limit: u64) -> Read;

    /// Whether `target` is there at all.
    fn has(&self, _target: &Target) -> bool {
        true
    }

    /// The same targets before the change that is looked at, where they were there; `None` where everything counts.
    fn former(&self) -> Option<&dyn Contents> {
        None
    }

    /// Opens `target`, an archive, and hands every member that is text to `each`; gives what was left out and why.
    fn unpack(&self, target: &Target, limits: &ArchiveLimits, each: &mut dyn FnMut(SourceFile)) -> Vec<Notification>;
}

/// The files of the disk.
pub struct WorkTree;

impl Contents for WorkTree {
    fn read(&self, target: &Target, limit: u64) -> Read {
        read(target, limit)
    }

    fn unpack(&self, target: &Target, limits: &ArchiveLimits, each: &mut dyn FnMut(SourceFile)) -> Vec<Notification> {
        unpack(File::open(&target.absolute).map(BufReader::new), target, limits, each)
    }
}

/// One text that stands for a file.
pub struct Given(pub Vec<u8>);

impl Contents for Given {
    fn read(&self, target: &Target, limit: u64) -> Read {
        if self.0.len() as u64 > limit { Read::TooLarge(self.0.len() as u64) } else { Read::of(target, self.0.clone()) }
    }

    fn unpack(&self, target: &Target, limits: &ArchiveLimits, each: &mut dyn FnMut(SourceFile)) -> Vec<Notification> {
        unpack(Ok(Cursor::new(&self.0)), target, limits, each)
    }
}

/// A NUL among this many first bytes makes a file binary, as it does for git.
const SNIFFED: usize = 8000;

/// Reads the file of `target`, once, up to `limit` bytes.
pub fn read(target: &Target, limit: u64) -> Read {
    if target.size > limit {
        return Read::TooLarge(target.size);
    }
    let mut bytes = Vec::with_capacity(target.size as usize + 1);
    // The file may have grown since the walk.
    let read = File::open(&target.absolute).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Read::Failed(error),
        Ok(_) if bytes.len() as u64 > limit => Read::TooLarge(bytes.len() as u64),
        Ok(_) => Read::of(target, bytes),
    }
}

impl Read {
    /// `bytes` as the text of `target`.
    pub fn of(target: &Target, bytes: Vec<u8>) -> Read {
        let Some((text, encoding)) = decode(bytes) else { return Read::Binary };
        let mut target = target.clone();
        if target.language.is_none() && target.path.extension().is_none() && text.starts_with("#!") {
            target.language = Language::from_shebang(text.lines().next().unwrap_or_default());
        }
        Read::Text(SourceFile::new(target, text, encoding))
    }
}

/// Bytes as text, without a byte order mark; `None` for what is not text.
pub fn decode(bytes: Vec<u8>) -> Option<(String, Encoding)> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => return Some((utf16(rest, u16::from_le_bytes), Encoding::Utf16Le)),
        [0xfe, 0xff, rest @ ..] => return Some((utf16(rest, u16::from_be_bytes), Encoding::Utf16Be)),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(SNIFFED)];
    if memchr::memchr(0, head).is_some() {
        return match (is_wide(head, 0), is_wide(head, 1)) {
            (true, _) => Some((utf16(&bytes, u16::from_le_bytes), Encoding::Utf16Le)),
            (_, true) => Some((utf16(&bytes, u16::from_be_bytes), Encoding::Utf16Be)),
            _ => None,
        };
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Some((text, Encoding::Utf8))
        }
        Err(error) => Some((String::from_utf8_lossy(error.as_bytes()).into_owned(), Encoding::Lossy)),
    }
}

/// Whether `head` is text in UTF-16 without a byte order mark, the low bytes at `low` and every second one after it: they
/// are printable, and all but one in ten of the others are zero.
fn is_wide(head: &[u8], low: usize) -> bool {
    let (units, _) = head.as_chunks::<2>();
    let is_text = |byte: u8| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | b'\t');
    let zeros = units.iter().filter(|unit| unit[1 - low] == 0).count();
    let texts = units.iter().filter(|unit| unit[1 - low] != 0 || is_text(unit[low])).count();
    units.len() >= 4 && zeros * 10 >= units.len() * 9 && texts == units.len()
}

/// Any bytes as a text that can be searched: what is not text may still hold one. A gzip is unpacked, at most to `limit`
/// bytes; UTF-16 is known by its zeros, also without a byte order mark; of other bytes that are no text, those that are
/// no ASCII become control characters.
pub fn searchable(bytes: &[u8], limit: u64) -> Cow<'_, str> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        // What came before an error is still what was packed.
        let _ = flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut plain);
        if !plain.starts_with(&[0x1f, 0x8b]) && !plain.is_empty() {
            return Cow::Owned(searchable(&plain, limit).into_owned());
        }
    }
    match bytes {
        [0xff, 0xfe, rest @ ..] => return Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => return Cow::Owned(utf16(rest, u16::from_be_bytes)),
        _ => {}
    }
    let start = &bytes[..bytes.len().min(SNIFFED)];
    let is_binary = memchr::memchr(0, start).is_some();
    if is_binary {
        let (pairs, _) = start.as_chunks::<2>();
        let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
        match (zeros(0) * 2 > pairs.len(), zeros(1) * 2 > pairs.len()) {
            (false, true) => return Cow::Owned(utf16(bytes, u16::from_le_bytes)),
            (true, false) => return Cow::Owned(utf16(bytes, u16::from_be_bytes)),
            _ => {}
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(_) if is_binary => {
            Cow::Owned(bytes.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { '\u{1}' }).collect())
        }
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_is_read_as_it_is_now_and_not_as_the_walk_saw_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = |name: &str, size| Target { absolute: folder.path().join(name), size, ..Target::at(name) };
        std::fs::write(folder.path().join("grown.py"), "x".repeat(50)).unwrap();
        assert!(matches!(read(&target("grown.py", 5), 100), Read::Text(file) if file.text.len() == 50));
        assert!(matches!(read(&target("grown.py", 5), 49), Read::TooLarge(50)));
        assert!(matches!(read(&target("grown.py", 80), 100), Read::Text(file) if file.text.len() == 50));
        assert!(
            matches!(read(&target("gone.py", 5), 100), Read::Failed(error) if error.kind() == io::ErrorKind::NotFound)
        );
    }

    #[test]
    fn any_bytes_can_be_searched() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        assert_eq!(searchable(&wide("key = 1"), 100), "key = 1");
        assert_eq!(searchable(&[&[0xfe, 0xff], wide("é").as_slice()].concat(), 100), "é");
        assert_eq!(searchable(b"a\0b\xffkey", 100), "a\0b\u{1}key");
        assert_eq!(searchable(b"a\xffb", 100), "a\u{fffd}b");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        io::Write::write_all(&mut packed, &b"key\n".repeat(1_000_000)).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(searchable(&packed, 1_000).len(), 1_000, "no more than the limit is unpacked");
        // Cut off: what there is.
        assert!(searchable(&packed[..packed.len() / 2], 100).starts_with("key\n"));
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(37)).collect();
            let _ = searchable(&bytes, 100);
        }
    }

    #[test]
    fn text_is_told_from_bytes() {
        let utf16: Vec<u8> = "\u{feff}hé".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(utf16), Some(("hé".to_owned(), Encoding::Utf16Le)));
        assert_eq!(decode(b"\xef\xbb\xbfa".to_vec()), Some(("a".to_owned(), Encoding::Utf8)));
        assert_eq!(decode(b"a\xffb".to_vec()), Some(("a\u{fffd}b".to_owned(), Encoding::Lossy)));
        assert_eq!(decode(b"a\0b".to_vec()), None);
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let text = "password = \"ä\"\r\n";
        assert_eq!(decode(wide(text)), Some((text.to_owned(), Encoding::Utf16Le)));
        let swapped = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(swapped), Some((text.to_owned(), Encoding::Utf16Be)));
        assert_eq!(decode(wide("a\0b\u{1}c\u{2}d\u{3}")), None);
        assert_eq!(decode(wide("abc")), None);
        assert_eq!(decode(Vec::new()), Some((String::new(), Encoding::Utf8)));
    }
}
