//! GitHub's `primaryLocationLineHash`: the fingerprint by which code scanning knows an alert again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::str::Chars;
use std::{fmt, iter};

/// Units that a hash covers, counted from the start of its line.
const WINDOW: usize = 100;
const MULTIPLIER: u64 = 37;
/// Stands at the end of the file.
const END: u16 = 65535;

/// The hash of a line, and which of the lines with this hash it is; written `hex:occurrence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineHash {
    hash: u64,
    occurrence: u32,
}

impl fmt::Display for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}:{}", self.hash, self.occurrence)
    }
}

/// The hashes of `lines` of `text`, counted from 1; the last one is what follows the final newline. A polynomial hash over
/// the UTF-16 units from the start of the line on, blanks skipped, every line ending read as LF, zeros after the end.
///
/// The other lines matter only in so far as they have the same hash: those that start otherwise are not hashed.
pub fn line_hashes(text: &str, lines: &BTreeSet<u32>) -> BTreeMap<u32, LineHash> {
    let Some(&last) = lines.last() else { return BTreeMap::new() };
    let starts: Vec<usize> = line_starts(text).take(last as usize).collect();
    let start_of = |line: &u32| starts.get(*line as usize - 1).copied();
    let wanted: HashSet<u64> = lines.iter().filter_map(start_of).map(|start| hash(text, start)).collect();
    let beginnings: HashSet<[u16; BEGINNING]> =
        lines.iter().filter_map(start_of).map(|start| beginning(text, start)).collect();
    let mut may_start = [false; 256];
    for [first, ..] in &beginnings {
        may_start[usize::from(*first) & 0xff] = true;
    }
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let mut hashes = BTreeMap::new();
    for (line, &start) in (1..).zip(&starts) {
        let first = Units::new(text, start).next().unwrap_or_default();
        if !may_start[usize::from(first) & 0xff] || !beginnings.contains(&beginning(text, start)) {
            continue;
        }
        let hash = hash(text, start);
        if wanted.contains(&hash) {
            let occurrence = seen.entry(hash).or_default();
            *occurrence += 1;
            if lines.contains(&line) {
                hashes.insert(line, LineHash { hash, occurrence: *occurrence });
            }
        }
    }
    hashes
}

/// Units by which most lines differ.
const BEGINNING: usize = 8;

fn beginning(text: &str, start: usize) -> [u16; BEGINNING] {
    let mut units = Units::new(text, start);
    std::array::from_fn(|_| units.next().unwrap_or_default())
}

fn hash(text: &str, start: usize) -> u64 {
    let step = |hash: u64, unit: u16| hash.wrapping_mul(MULTIPLIER).wrapping_add(u64::from(unit));
    Units::new(text, start).chain(iter::repeat(0)).take(WINDOW).fold(0, step)
}

/// The offsets at which lines start: LF, CR and CRLF end one.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_end = move |at: &usize| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n');
    iter::once(0).chain(memchr::memchr2_iter(b'\n', b'\r', bytes).filter(is_end).map(|at| at + 1))
}

/// The units that count from an offset on, and [`END`].
struct Units<'t> {
    rest: Chars<'t>,
    /// The second half of a surrogate pair.
    pending: Option<u16>,
    is_over: bool,
}

impl<'t> Units<'t> {
    fn new(text: &'t str, start: usize) -> Units<'t> {
        Units { rest: text.get(start..).unwrap_or_default().chars(), pending: None, is_over: false }
    }
}

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some(unit) = self.pending.take() {
            return Some(unit);
        }
        loop {
            return match self.rest.next() {
                Some(' ' | '\t') => continue,
                Some('\r') if self.rest.as_str().starts_with('\n') => continue,
                Some('\r') => Some(u16::from(b'\n')),
                Some(c) => {
                    let mut units = [0; 2];
                    if let [first, second] = *c.encode_utf16(&mut units) {
                        self.pending = Some(second);
                        return Some(first);
                    }
                    units.first().copied()
                }
                None if self.is_over => None,
                None => {
                    self.is_over = true;
                    Some(END)
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by a separate program that sums every window term by term.
    #[test]
    fn hashes_are_those_that_github_computes() {
        let long = "y".repeat(250);
        let repeated = "same line that is repeated and longer than nothing at all\n".repeat(4);
        for (text, expected) in [
            ("", &["c129715d7a2bc9a3:1"][..]),
            ("a", &["53b5d4aabe50d64:1"]),
            ("a\n", &["243cbaa4685aab12:1", "c129715d7a2bc9a3:1"]),
            (
                " a\tb\r\nc\r\r\n",
                &["88760313d496718b:1", "2a9159bd01820062:1", "3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1"],
            ),
            ("a\r \nb", &["67c066a59e652f5e:1", "cc4c43d77869440f:1", "8ee5a81e681643c1:1"]),
            (
                "x = 1\nx = 1\n\n\n",
                &[
                    "fc7103577eeeebef:1",
                    "7efbadb91cc46bd3:1",
                    "5b5d4caf73a13177:1",
                    "3c5bef55b72b93c9:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            ("\t \n", &["3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1"]),
            ("naïve 🦀 = '𝄞'\nend", &["83e7cd4f2add7444:1", "43b6461eda086fe2:1"]),
            (&format!("{long}\n{long}"), &["cadd4b5b9d92c51c:1", "cadd4b5b9d92c51c:2"]),
            (
                &repeated,
                &[
                    "aa2b35bc8db630f8:1",
                    "aa2b35bc8db630f8:2",
                    "aa2b35bd533771f5:1",
                    "676ebc73998dd96c:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ] {
            let lines: BTreeSet<u32> = (1..=expected.len() as u32 + 1).collect();
            let hashes: Vec<String> = line_hashes(text, &lines).values().map(LineHash::to_string).collect();
            assert_eq!(hashes, expected, "{text:?}");
            // Whatever else is asked for, a line has the same hash.
            for (line, expected) in (1..).zip(expected) {
                let hash = line_hashes(text, &BTreeSet::from([line]));
                assert_eq!(hash.get(&line).map(LineHash::to_string).as_deref(), Some(*expected), "{text:?} {line}");
            }
        }
    }
}
