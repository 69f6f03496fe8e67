//! The text of a file as the kinds look at it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::Target;

/// A regex that is compiled when first used; a test compiles all of them.
pub type Shape = LazyLock<Option<Regex>>;

pub struct Text<'a> {
    pub text: &'a str,
    /// In lower case.
    pub file_name: String,
    /// The names of the columns, where the file is a table.
    columns: &'a str,
}

/// Bytes of a line that words are looked for in, before and after a value.
const BEFORE: usize = 120;
const AFTER: usize = 40;

impl<'a> Text<'a> {
    pub fn new(text: &'a str, target: &Target) -> Text<'a> {
        let is_table = matches!(target.path.extension(), Some("csv" | "tsv"));
        let columns = if is_table { text.lines().next().unwrap_or_default() } else { "" };
        Text { text, file_name: target.path.file_name().to_ascii_lowercase(), columns }
    }

    /// Where `shape` matches and no other word or number goes on.
    pub fn each(&self, shape: &'static Shape) -> impl Iterator<Item = Range<usize>> {
        let regex = shape.as_ref();
        let text = self.text;
        regex
            .into_iter()
            .flat_map(move |regex| regex.find_iter(text))
            .map(|found| found.range())
            .filter(|span| self.stands_alone(span))
    }

    pub fn get(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The digits of `span`.
    pub fn digits(&self, span: &Range<usize>) -> Vec<u8> {
        self.get(span).bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
    }

    fn stands_alone(&self, span: &Range<usize>) -> bool {
        let bytes = self.text.as_bytes();
        let before = |back: usize| span.start.checked_sub(back).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let after = |on: usize| bytes.get(span.end + on).copied().unwrap_or(b' ');
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        let joins = |byte: u8| matches!(byte, b'.' | b'-' | b':' | b'/' | b'+' | b'\\');
        let goes_back = is_word(before(1)) || joins(before(1)) && is_word(before(2));
        let goes_on = is_word(after(0)) || joins(after(0)) && is_word(after(1));
        !goes_back && !goes_on
    }

    /// Whether the line around `span`, or the head of the table, has one of `words`, which `|` parts, alone or as a part of a name:
    /// `phone`, `phoneNumber`, `user_phone`.
    pub fn is_about(&self, span: &Range<usize>, words: &str) -> bool {
        let line = self.line_around(span);
        has_any(line, words) || has_any(self.columns, words)
    }

    /// Whether `span` stands among numbers (the path of a drawing), behind a comparison (the version of a package), or in a
    /// line as only programs write them without being a literal of its own there.
    pub fn is_in_noise(&self, span: &Range<usize>) -> bool {
        let bytes = self.text.as_bytes();
        let before = bytes.get(span.start.saturating_sub(2 * BEFORE)..span.start).unwrap_or_default();
        let after = bytes.get(span.end..(span.end + 2 * BEFORE).min(bytes.len())).unwrap_or_default();
        let is_long = before.len() + after.len() >= 3 * BEFORE && !before.contains(&b'\n') && !after.contains(&b'\n');
        let is_quote = |byte: Option<&u8>| byte.is_some_and(|byte| b"\"'`".contains(byte));
        let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
        let is_among_numbers = matches!(after, [b' ' | b',', next, ..] if is_number(*next))
            || matches!(before, [.., last, b' '] if last.is_ascii_digit());
        let is_compared = matches!(before, [.., b'=' | b'<' | b'>' | b'~', b'='] | [.., b'^' | b'~' | b'>' | b'<']);
        is_among_numbers || is_compared || is_long && !(is_quote(before.last()) && is_quote(after.first()))
    }

    /// Whether `span` is the address behind a name, in a comment or a list: `// Kari Berg <kari@…>`.
    pub fn is_signature(&self, span: &Range<usize>) -> bool {
        let line = self.line_around(span).trim_start();
        let bytes = self.text.as_bytes();
        let is_bracketed =
            span.start.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'<') && bytes.get(span.end) == Some(&b'>');
        is_bracketed && ["//", "#", "*", "-", ";", "/*", "%", "--"].iter().any(|mark| line.starts_with(mark))
    }

    fn line_around(&self, span: &Range<usize>) -> &'a str {
        let from = self.text.ceil_char_boundary(span.start.saturating_sub(BEFORE));
        let to = self.text.floor_char_boundary((span.end + AFTER).min(self.text.len()));
        let start = self.get(&(from..span.start)).rfind('\n').map_or(from, |newline| from + newline + 1);
        let end = self.get(&(span.end..to)).find('\n').map_or(to, |newline| span.end + newline);
        self.get(&(start..end))
    }
}

/// Whether `word` is one of `list`, which `|` parts.
pub fn listed(list: &str, word: &str) -> bool {
    list.split('|').any(|one| one == word)
}

/// Whether `line` has one of `words` (in lower case), not as a part of another word.
fn has_any(line: &str, words: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let bytes = line.as_bytes();
    let stands_alone = |at: usize, word: &str| {
        let first = bytes.get(at).copied().unwrap_or(b' ');
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let after = bytes.get(at + word.len()).copied().unwrap_or(b' ');
        let starts = !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && first.is_ascii_uppercase());
        let is_plural = after == b's' && !bytes.get(at + word.len() + 1).is_some_and(u8::is_ascii_lowercase);
        starts && (!after.is_ascii_alphabetic() || after.is_ascii_uppercase() || is_plural)
    };
    !line.is_empty() && words.split('|').any(|word| lower.match_indices(word).any(|(at, _)| stands_alone(at, word)))
}

/// Digits that somebody typed to fill a field: all alike, counted up or down, or hardly any different ones.
pub fn is_made_up(digits: &[u8]) -> bool {
    let step = |by: u8| digits.windows(2).filter(|pair| pair[1] == (pair[0] + by) % 10).count();
    let longest = |by: u8| {
        let mut run = 0;
        let runs = digits.windows(2).map(|pair| {
            run = if pair[1] == (pair[0] + by) % 10 { run + 1 } else { 0 };
            run
        });
        runs.max().unwrap_or(0)
    };
    let mut distinct = digits.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let most = digits.len().saturating_sub(3);
    step(0) >= most
        || longest(0) >= 4
        || longest(1) >= 5
        || longest(9) >= 5
        || distinct.len() <= 2.max(digits.len() / 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_parts_of_names() {
        for (line, word) in [
            ("phone: 1", "phone"),
            ("customerPhone = 1", "phone"),
            ("user_phone_1", "phone"),
            ("PHONE=1", "phone"),
            ("IPs: 1", "ip"),
        ] {
            assert!(has_any(line, word), "{line}");
        }
        for (line, word) in [("className", "ssn"), ("xylophone", "phone"), ("skipped", "ip"), ("phonetic", "phone")] {
            assert!(!has_any(line, word), "{line}");
        }
    }

    #[test]
    fn numbers_that_are_typed_are_told() {
        for number in ["123456789", "111111111", "987654321", "400000000002", "121212121212"] {
            let digits: Vec<u8> = number.bytes().map(|byte| byte - b'0').collect();
            assert!(is_made_up(&digits), "{number}");
        }
        assert!(!is_made_up(&[4, 5, 3, 9, 1, 4, 8, 8, 0, 3, 4, 3, 6, 4, 6, 7]));
    }
}
