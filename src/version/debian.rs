//! Debian's packages: `epoch:upstream-revision` (Debian Policy, section 5.6.12; `deb-version(7)`).

use std::cmp::Ordering;

use super::number::{Number, leading, leading_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: Number,
    upstream: Part,
    revision: Part,
}

/// What is no digit and what is one, by turns. Both may be empty: `1.0` is `"" 1 "." 0`.
#[derive(Clone, Debug)]
struct Part(Vec<(Box<str>, Number)>);

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let (epoch, text) = match text.split_once(':') {
        Some((epoch, text)) => (Number::parse(epoch)?, text),
        None => (Number::ZERO, text),
    };
    let (upstream, revision) = text.rsplit_once('-').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte);
    if !upstream.starts_with(|c: char| c.is_ascii_digit()) || !text.bytes().all(is_part) {
        return None;
    }
    Some(Key { epoch, upstream: Part::of(upstream), revision: Part::of(revision) })
}

impl Part {
    fn of(mut text: &str) -> Part {
        let mut runs = Vec::new();
        while !text.is_empty() {
            let (word, rest) = leading(text, |byte| !byte.is_ascii_digit());
            let (digits, rest) = leading_digits(rest);
            runs.push((word.into(), Number::parse(digits).unwrap_or(Number::ZERO)));
            text = rest;
        }
        Part(runs)
    }
}

impl Ord for Part {
    /// What is missing counts as an empty word and the number zero.
    fn cmp(&self, other: &Part) -> Ordering {
        let missing = ("".into(), Number::ZERO);
        let run = |part: &'_ Part, index: usize| part.0.get(index).cloned().unwrap_or_else(|| missing.clone());
        (0..self.0.len().max(other.0.len()))
            .map(|index| {
                let (a, b) = (run(self, index), run(other, index));
                words(&a.0, &b.0).then_with(|| a.1.cmp(&b.1))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Part) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part {}

/// `~` before the end, letters before all else.
fn words(a: &str, b: &str) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    let (a, b) = (a.as_bytes(), b.as_bytes());
    (0..a.len().max(b.len()))
        .map(|index| weight(a.get(index)).cmp(&weight(b.get(index))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
