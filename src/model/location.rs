use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

/// A path below the scan's root, with `/` between its parts whatever the platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RelPath(Arc<str>);

impl RelPath {
    pub fn new(path: impl Into<Arc<str>>) -> RelPath {
        RelPath(path.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What follows the last dot of the file name, unless the name starts with that dot.
    pub fn extension(&self) -> Option<&str> {
        self.file_name().rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
    }

    /// The folder, without a trailing slash; empty at the root.
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stretch of text. Lines and columns count from 1; columns count Unicode code points (SARIF's `unicodeCodePoints`);
/// the end column is one past the last character. Offsets are bytes of the decoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Region {
    pub start_line: u32,
    pub start_column: u32,
    pub end_line: u32,
    pub end_column: u32,
    #[serde(skip)]
    pub start_byte: u32,
    #[serde(skip)]
    pub end_byte: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    pub path: RelPath,
    pub region: Region,
}

/// Where the lines of a text start; turns byte offsets into lines and columns, also on a line of many megabytes.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Bytes that continue a character, up to the start of each block; empty for ASCII.
    continued: Vec<u32>,
}

/// Bytes between two entries of [`LineIndex::continued`].
const BLOCK: usize = 1024;

fn continuation_bytes(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xc0 == 0x80).count() as u32
}

impl LineIndex {
    pub fn new(text: &str) -> LineIndex {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        let mut continued = Vec::new();
        if !text.is_ascii() {
            let mut total = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                continued.push(total);
                total += continuation_bytes(block);
            }
            continued.push(total);
        }
        LineIndex { starts, continued }
    }

    /// Bytes before `offset` that continue a character.
    fn continued_before(&self, text: &str, offset: usize) -> u32 {
        let block = offset / BLOCK;
        let Some(before) = self.continued.get(block) else { return 0 };
        before + continuation_bytes(&text.as_bytes()[block * BLOCK..offset])
    }

    /// Number of lines; a final newline does not start another one.
    pub fn line_count(&self, text: &str) -> usize {
        if text.is_empty() {
            0
        } else if text.ends_with('\n') {
            self.starts.len() - 1
        } else {
            self.starts.len()
        }
    }

    /// The 1-based line that holds byte `offset`.
    pub fn line_of(&self, offset: usize) -> u32 {
        self.starts.partition_point(|&start| start as usize <= offset) as u32
    }

    /// The bytes of a 1-based line, without its line ending.
    pub fn line_span(&self, text: &str, line: u32) -> Range<usize> {
        let Some(&start) = self.starts.get(line.saturating_sub(1) as usize) else { return text.len()..text.len() };
        let end = self.starts.get(line as usize).map_or(text.len(), |&next| next as usize - 1);
        let start = start as usize;
        let end = if text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    /// The region of the byte range `span`, which must lie on character boundaries.
    pub fn region(&self, text: &str, span: Range<usize>) -> Region {
        let position = |offset: usize| {
            let line = self.line_of(offset);
            let start = self.starts[line as usize - 1] as usize;
            let continued = self.continued_before(text, offset) - self.continued_before(text, start);
            let column = (offset - start) as u32 - continued;
            (line, column + 1)
        };
        let (start_line, start_column) = position(span.start);
        let (end_line, end_column) = position(span.end);
        Region {
            start_line,
            start_column,
            end_line,
            end_column,
            start_byte: span.start as u32,
            end_byte: span.end as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_right_wherever_the_blocks_end() {
        let text = format!("{}\n{}", "aé€🦀".repeat(300), "ü".repeat(1200));
        let lines = LineIndex::new(&text);
        for (offset, _) in text.char_indices() {
            let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
            let column = text[start..offset].chars().count() as u32 + 1;
            assert_eq!(lines.region(&text, offset..offset).start_column, column, "{offset}");
        }
        assert_eq!(lines.region(&text, text.len()..text.len()).end_column, 1201);
    }

    #[test]
    fn regions_count_characters_and_lines_from_one() {
        let text = "añb\r\nsecond\n";
        let lines = LineIndex::new(text);
        assert_eq!(lines.line_count(text), 2);
        let b = text.find('b').unwrap_or_default();
        let region = lines.region(text, b..b + 1);
        assert_eq!((region.start_line, region.start_column, region.end_column), (1, 3, 4));
        assert_eq!(&text[lines.line_span(text, 1)], "añb");
        assert_eq!(&text[lines.line_span(text, 2)], "second");
        assert_eq!(lines.region(text, text.len()..text.len()).start_line, 3);
    }

    #[test]
    fn columns_of_a_long_line_are_those_of_a_walk() {
        let text = format!("x\n{}", "aé漢🦀".repeat(2_000));
        let lines = LineIndex::new(&text);
        for (offset, _) in text.char_indices().filter(|(offset, _)| *offset >= 2).step_by(97) {
            let expected = text[2..offset].chars().count() as u32 + 1;
            assert_eq!(lines.region(&text, offset..offset).start_column, expected);
        }
    }

    #[test]
    fn a_dot_file_has_no_extension() {
        assert_eq!(RelPath::new("a/.env").extension(), None);
        assert_eq!(RelPath::new("a/b.tar.gz").extension(), Some("gz"));
        assert_eq!(RelPath::new("a/b.c").parent(), "a");
    }
}
