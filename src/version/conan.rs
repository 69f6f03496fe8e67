//! Conan (<https://docs.conan.io/2/tutorial/versioning/version_ranges.html>): items between dots, then a pre-release and a build.
//!
//! Conan compares a number with a word as texts, which is no order: `9 < 10`, `10 < 1a` and `1a < 9`. Here numbers come before words.

use super::number::Number;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    items: Vec<Item>,
    phase: Phase,
    build: Option<Vec<Item>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Before(Vec<Item>),
    Release,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    /// Nothing between two dots.
    Empty,
    Number(Number),
    Word(Box<str>),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let (text, build) = text.rsplit_once('+').map_or((text, None), |(text, build)| (text, Some(items(build))));
    let (text, phase) =
        text.split_once('-').map_or((text, Phase::Release), |(text, before)| (text, Phase::Before(items(before))));
    (!text.is_empty()).then(|| Key { items: items(text), phase, build })
}

/// Without zeros at the end.
fn items(text: &str) -> Vec<Item> {
    let item = |part: &str| match Number::parse(part) {
        Some(number) => Item::Number(number),
        None if part.is_empty() => Item::Empty,
        None => Item::Word(part.into()),
    };
    let mut items: Vec<Item> = text.split('.').map(item).collect();
    while items.last() == Some(&Item::Number(Number::ZERO)) {
        items.pop();
    }
    items
}
