//! RPM: `epoch:version-release`, each part by `rpmvercmp` (<https://rpm-software-management.github.io/rpm/manual/dependencies.html>).

use std::cmp::Ordering;

use super::number::{Number, leading, leading_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: Number,
    version: Part,
    release: Part,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part(Vec<Segment>);

/// Of two parts that differ first in one of these, or in where one of them ends, this is the order; see [`rank`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// Before the end.
    Tilde,
    /// After the end, before anything else.
    Caret,
    Word(Box<str>),
    Number(Number),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let (epoch, text) = match text.split_once(':') {
        Some((epoch, text)) => (Number::parse(epoch)?, text),
        None => (Number::ZERO, text),
    };
    let (version, release) = text.rsplit_once('-').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._+~^".contains(&byte);
    if version.is_empty() || !version.bytes().all(is_part) || !release.bytes().all(is_part) {
        return None;
    }
    Some(Key { epoch, version: Part::of(version), release: Part::of(release) })
}

impl Part {
    /// Separators only separate.
    fn of(mut text: &str) -> Part {
        let mut segments = Vec::new();
        while let Some(first) = text.bytes().next() {
            let (segment, rest) = match first {
                b'0'..=b'9' => {
                    let (digits, rest) = leading_digits(text);
                    (Some(Segment::Number(Number::parse(digits).unwrap_or(Number::ZERO))), rest)
                }
                b'a'..=b'z' | b'A'..=b'Z' => {
                    let (word, rest) = leading(text, |byte| byte.is_ascii_alphabetic());
                    (Some(Segment::Word(word.into())), rest)
                }
                other => {
                    let mark = match other {
                        b'~' => Some(Segment::Tilde),
                        b'^' => Some(Segment::Caret),
                        _ => None,
                    };
                    (mark, text.get(1..).unwrap_or_default())
                }
            };
            segments.extend(segment);
            text = rest;
        }
        Part(segments)
    }
}

/// `~` < the end < `^` < letters < digits.
fn rank(segment: Option<&Segment>) -> u8 {
    match segment {
        Some(Segment::Tilde) => 0,
        None => 1,
        Some(Segment::Caret) => 2,
        Some(Segment::Word(_)) => 3,
        Some(Segment::Number(_)) => 4,
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Part) -> Ordering {
        for index in 0..self.0.len().max(other.0.len()) {
            let (a, b) = (self.0.get(index), other.0.get(index));
            let order = match (a, b) {
                (Some(Segment::Word(a)), Some(Segment::Word(b))) => a.cmp(b),
                (Some(Segment::Number(a)), Some(Segment::Number(b))) => a.cmp(b),
                _ => rank(a).cmp(&rank(b)),
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Part) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
