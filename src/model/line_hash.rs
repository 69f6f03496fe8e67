//! GitHub's `primaryLocationLineHash`: the fingerprint by which code scanning knows an alert again.

use std::collections::HashMap;
use std::fmt;

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

/// The hash of every line of `text`, and one more for the empty line after a final newline. A polynomial hash over
/// the UTF-16 units from the start of the line on, blanks skipped, every line ending read as LF, zeros after the end.
pub fn line_hashes(text: &str) -> Vec<LineHash> {
    let (units, starts) = normalise(text);
    let lead = (0..WINDOW).fold(1u64, |power, _| power.wrapping_mul(MULTIPLIER));
    // The hash of the units before an offset; the hash of a window is the difference of two of them.
    let mut before = Prefix::default();
    let mut through = Prefix::default();
    let mut seen: HashMap<u64, u32> = HashMap::with_capacity(starts.len());
    let mut hashes = Vec::with_capacity(starts.len());
    for start in starts {
        let low = before.advance(&units, start);
        let high = through.advance(&units, start + WINDOW);
        let hash = high.wrapping_sub(low.wrapping_mul(lead));
        let occurrence = seen.entry(hash).or_default();
        *occurrence += 1;
        hashes.push(LineHash { hash, occurrence: *occurrence });
    }
    hashes
}

/// The units that count, and the offsets among them at which lines start.
fn normalise(text: &str) -> (Vec<u16>, Vec<usize>) {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut starts = Vec::new();
    let mut at_line_start = true;
    let mut after_cr = false;
    for unit in text.encode_utf16().map(Some).chain([None]) {
        let is_lf_of_crlf = after_cr && unit == Some(u16::from(b'\n'));
        after_cr = unit == Some(u16::from(b'\r'));
        let unit = match unit {
            // A line's start is its first unit that counts.
            Some(unit) if unit == u16::from(b' ') || unit == u16::from(b'\t') || is_lf_of_crlf => continue,
            Some(unit) if unit == u16::from(b'\r') => u16::from(b'\n'),
            Some(unit) => unit,
            None => END,
        };
        if at_line_start {
            starts.push(units.len());
        }
        at_line_start = unit == u16::from(b'\n');
        units.push(unit);
    }
    (units, starts)
}

#[derive(Default)]
struct Prefix {
    offset: usize,
    hash: u64,
}

impl Prefix {
    /// The hash of all units before `to`, which is not less than the last time.
    fn advance(&mut self, units: &[u16], to: usize) -> u64 {
        while self.offset < to {
            let unit = units.get(self.offset).copied().unwrap_or_default();
            self.hash = self.hash.wrapping_mul(MULTIPLIER).wrapping_add(u64::from(unit));
            self.offset += 1;
        }
        self.hash
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
            let hashes: Vec<String> = line_hashes(text).iter().map(LineHash::to_string).collect();
            assert_eq!(hashes, expected, "{text:?}");
        }
    }
}
