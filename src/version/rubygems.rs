//! RubyGems (<https://docs.ruby-lang.org/en/3.3/Gem/Version.html>): numbers and words between dots; a word makes it a pre-release.

use std::cmp::Ordering;

use super::number::{Number, leading, leading_digits};

/// Without zeros at the end of the release and at the end of what follows it.
#[derive(Clone, Debug)]
pub(super) struct Key(Vec<Segment>);

/// Words come before numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(Box<str>),
    Number(Number),
}

const ZERO: Segment = Segment::Number(Number::ZERO);

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = match text.trim() {
        "" => "0",
        text => text,
    };
    let (release, build) = text.split_once('-').map_or((text, None), |(release, build)| (release, Some(build)));
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_build =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_right = Number::parse(release.split('.').next()?).is_some()
        && release.split('.').all(is_part)
        && build.is_none_or(|build| build.split('.').all(is_build));
    if !is_right {
        return None;
    }
    let mut segments = segments_of(release);
    // A dash is read as `.pre.`; further ones too.
    for part in build.iter().flat_map(|build| build.split('-')) {
        segments.push(Segment::Word("pre".into()));
        segments.extend(segments_of(part));
    }
    let word = segments.iter().position(|segment| matches!(segment, Segment::Word(_))).unwrap_or(segments.len());
    let mut after = segments.split_off(word);
    for list in [&mut segments, &mut after] {
        while list.last() == Some(&ZERO) {
            list.pop();
        }
    }
    segments.extend(after);
    Some(Key(segments))
}

/// Runs of digits and of letters.
fn segments_of(mut text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    while !text.is_empty() {
        let (digits, rest) = leading_digits(text);
        let (word, rest) = leading(rest, |byte| byte.is_ascii_alphabetic());
        segments.extend(Number::parse(digits).map(Segment::Number));
        segments.extend((!word.is_empty()).then(|| Segment::Word(word.into())));
        text = rest.trim_start_matches('.');
    }
    segments
}

impl Ord for Key {
    /// What is missing counts as zero.
    fn cmp(&self, other: &Key) -> Ordering {
        let segment = |key: &'_ Key, index: usize| key.0.get(index).cloned().unwrap_or(ZERO);
        (0..self.0.len().max(other.0.len()))
            .map(|index| segment(self, index).cmp(&segment(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}
