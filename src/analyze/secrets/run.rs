//! What every match of a regex holds: so many bytes of one kind in a row, such as the forty letters and digits of a token.
//! To look for that takes a byte in forty, and most places with the keyword of a provider do not have it: its name in a
//! sentence, the rule itself, the placeholder of an example. Only where it stands is the regex worth its compilation.

use regex_syntax::hir::{Class, Hir, HirKind};

/// At least `least` bytes of `set` in a row.
#[derive(Clone)]
pub struct Run {
    set: Bytes,
    least: usize,
    /// Some of it repeats; what does not is often the keyword, which is there already.
    is_repeated: bool,
}

/// A set of bytes, a bit for each.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Bytes([u64; 4]);

impl Bytes {
    const NONE: Bytes = Bytes([0; 4]);

    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }

    fn add(&mut self, byte: u8) {
        if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }

    fn all(&self) -> impl Iterator<Item = u8> {
        let is_left = |word: &u64| *word != 0;
        self.0.into_iter().zip([0, 64, 128, 192]).flat_map(move |(word, first)| {
            let words =
                std::iter::successors(Some(word).filter(is_left), move |word| Some(word & (word - 1)).filter(is_left));
            words.map(move |word| first + word.trailing_zeros() as u8)
        })
    }

    fn join(&mut self, other: &Bytes) {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
    }
}

impl Run {
    const EMPTY: Run = Run { set: Bytes::NONE, least: 0, is_repeated: false };

    /// The most telling run that each match of `hir` holds.
    pub fn in_every_match(hir: &Hir) -> Run {
        let mut best = Run::EMPTY;
        let whole = Run::whole(hir, &mut best);
        best.improve(whole);
        best
    }

    /// Whether `bytes` hold it.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let is_other = |byte: &u8| !self.set.has(*byte);
        let mut start = 0usize;
        while let Some(window) = bytes.get(start..start.saturating_add(self.least)) {
            match window.iter().rposition(is_other) {
                Some(other) => start += other + 1,
                None => return true,
            }
        }
        false
    }

    /// The run that a match of `hir` is as a whole; `best` becomes the best of those within it.
    fn whole(hir: &Hir, best: &mut Run) -> Run {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Run::EMPTY,
            HirKind::Literal(literal) => Run::EMPTY.with(literal.0.iter().map(|byte| (*byte, *byte)), literal.0.len()),
            HirKind::Class(Class::Bytes(class)) => {
                Run::EMPTY.with(class.ranges().iter().map(|range| (range.start(), range.end())), 1)
            }
            // A character of it is one byte or more, and which is not worth telling.
            HirKind::Class(Class::Unicode(_)) => Run::EMPTY.with([(0, u8::MAX)].into_iter(), 1),
            HirKind::Capture(capture) => Run::whole(&capture.sub, best),
            HirKind::Repetition(repetition) => {
                let once = match repetition.min {
                    0 => Run::whole(&repetition.sub, &mut Run::EMPTY.clone()),
                    _ => Run::whole(&repetition.sub, best),
                };
                let least = once.least.saturating_mul(repetition.min as usize);
                let all = Run { least, is_repeated: repetition.min > u32::from(!once.is_repeated), ..once };
                best.improve(all.clone());
                all
            }
            HirKind::Alternation(ways) => {
                let ways = ways.iter().map(|way| Run::whole(way, &mut Run::EMPTY.clone()));
                let joined = ways.reduce(|a, b| Run {
                    least: a.least.min(b.least),
                    is_repeated: a.is_repeated && b.is_repeated,
                    ..a.and(&b)
                });
                joined.unwrap_or(Run::EMPTY)
            }
            HirKind::Concat(parts) => {
                let parts: Vec<Run> = parts.iter().map(|part| Run::whole(part, best)).collect();
                let mut whole = Run::EMPTY;
                for start in 0..parts.len() {
                    let mut sum = Run::EMPTY;
                    for part in parts.iter().skip(start) {
                        sum = sum.and(part);
                        best.improve(sum.clone());
                    }
                    if start == 0 {
                        whole = sum;
                    }
                }
                whole
            }
        }
    }

    fn with(mut self, ranges: impl Iterator<Item = (u8, u8)>, least: usize) -> Run {
        for (first, last) in ranges {
            (first..=last).for_each(|byte| self.set.add(byte));
        }
        Run { least, ..self }
    }

    /// One behind the other.
    fn and(mut self, other: &Run) -> Run {
        self.set.join(&other.set);
        let is_repeated = self.is_repeated || other.is_repeated;
        Run { least: self.least.saturating_add(other.least), is_repeated, ..self }
    }

    fn improve(&mut self, other: Run) {
        let says_more = |best: &Run| match best.set == other.set {
            true => other.least > best.least,
            false => other.bits() > best.bits(),
        };
        if other.is_repeated && says_more(self) {
            *self = other;
        }
    }

    /// How much it says, if each byte of a text were drawn by itself.
    fn bits(&self) -> f64 {
        let share: f64 = self.set.all().map(share).sum();
        self.least as f64 * -share.clamp(f64::MIN_POSITIVE, 1.0).log2()
    }
}

/// How much of code is this byte, about.
fn share(byte: u8) -> f64 {
    match byte {
        b' ' => 0.16,
        b'\n' => 0.03,
        b'a'..=b'z' => 0.6 / 26.0,
        b'A'..=b'Z' => 0.06 / 26.0,
        b'0'..=b'9' => 0.04 / 10.0,
        b'!'..=b'~' => 0.1 / 32.0,
        _ => 0.01 / 160.0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(pattern: &str) -> Run {
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
        Run::in_every_match(&parser.parse(pattern).unwrap())
    }

    #[test]
    fn the_most_telling_part_of_a_format_is_taken() {
        for (pattern, least) in [
            (r"\bghp_[A-Za-z0-9]{36}\b", 40),
            (r"(?:key|token)\s*=\s*(?P<secret>[0-9a-f]{32})", 32),
            (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", 36),
            (r"(?:a[0-9]{20}|b[0-9]{30})", 21),
            (r"(?i:token)[\s:=\x22']{1,5}[a-z0-9]{20}", 20),
            (r"(?:[0-9]{20})?x", 0),
            (r"x*", 0),
        ] {
            assert_eq!(run(pattern).least, least, "{pattern}");
        }
    }

    #[test]
    fn a_text_with_a_match_has_the_run() {
        let (run, regex) = (run("ab_[0-9]{6}"), regex::bytes::Regex::new("ab_[0-9]{6}").unwrap());
        for text in ["ab_012345", "  ab_012345  ", "x".repeat(50).as_str(), "ab_01234", "ab_01 2345", "", "b_0123456"] {
            let is_match = regex.is_match(text.as_bytes());
            assert!(run.is_in(text.as_bytes()) || !is_match, "{text}");
        }
        assert!(run.is_in(b"  ab_012345 ") && !run.is_in(b"ab_01234 ab_01234") && !run.is_in(b""));
    }
}
