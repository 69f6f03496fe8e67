use std::fs::File;
use std::io::{self, Read as _};

use crate::model::{Encoding, Language, SourceFile, Target};

/// What reading a target gave.
#[derive(Debug)]
pub enum Read {
    Text(SourceFile),
    Binary,
    /// Larger than the limit; the size in bytes.
    TooLarge(u64),
    Failed(io::Error),
}

/// A NUL among this many first bytes makes a file binary, as it does for git.
const SNIFFED: usize = 8000;

/// Reads `target`, once, up to `limit` bytes.
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
        Ok(_) => match decode(bytes) {
            None => Read::Binary,
            Some((text, encoding)) => {
                let mut target = target.clone();
                if target.language.is_none() && target.path.extension().is_none() && text.starts_with("#!") {
                    target.language = Language::from_shebang(text.lines().next().unwrap_or_default());
                }
                Read::Text(SourceFile::new(target, text, encoding))
            }
        },
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

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
