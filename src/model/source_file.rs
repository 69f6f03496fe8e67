use std::cell::OnceCell;
use std::ops::Range;

use super::{LineIndex, Region, Target};

/// How the bytes of a file were read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Not valid in any of the above: bytes that are no UTF-8 became U+FFFD.
    Lossy,
}

/// A target with its text. Every offset in a finding is an offset into `text`.
#[derive(Debug)]
pub struct SourceFile {
    pub target: Target,
    pub text: String,
    pub encoding: Encoding,
    lines: OnceCell<LineIndex>,
}

impl SourceFile {
    pub fn new(target: Target, text: String, encoding: Encoding) -> SourceFile {
        SourceFile { target, text, encoding, lines: OnceCell::new() }
    }

    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    pub fn region(&self, span: Range<usize>) -> Region {
        self.lines().region(&self.text, span)
    }

    /// The text of a 1-based line, without its line ending.
    pub fn line(&self, line: u32) -> &str {
        &self.text[self.lines().line_span(&self.text, line)]
    }
}
