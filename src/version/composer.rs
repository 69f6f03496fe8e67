//! Composer: what `composer/semver` makes of a version (<https://getcomposer.org/doc/articles/versions.md>), in the order of PHP's
//! `version_compare`. Branches (`dev-main`) have no order, so they are no versions here.

use super::number::{Number, leading_digits};

/// What follows the numbers ends with [`Part::End`].
pub(super) type Key = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Dev,
    Alpha,
    Beta,
    Candidate,
    End,
    Number(Number),
    Patch,
}

/// The number that stands for the `x` of a branch such as `1.2.x-dev`.
const ANY: Number = Number::Small(9_999_999);

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.split_once('@').map_or(text.as_str(), |(version, _)| version);
    let text = text.split_once('+').map_or(text, |(version, _)| version);
    let text = text.strip_prefix('v').unwrap_or(text);
    let with_modifiers = |(numbers, rest): (Vec<Number>, &str)| {
        let mut key: Key = numbers.into_iter().map(Part::Number).collect();
        key.extend(modifiers(rest)?);
        Some(key)
    };
    classical(text).and_then(with_modifiers).or_else(|| date(text).and_then(with_modifiers)).or_else(|| branch(text))
}

/// One to four numbers, the missing ones zero.
fn classical(text: &str) -> Option<(Vec<Number>, &str)> {
    let (digits, mut rest) = leading_digits(text);
    let mut numbers = vec![Number::parse(digits).filter(|_| digits.len() <= 5)?];
    while numbers.len() < 4 {
        let (digits, after) = leading_digits(rest.strip_prefix('.').unwrap_or_default());
        let Some(number) = Number::parse(digits) else { break };
        numbers.push(number);
        rest = after;
    }
    numbers.resize(4, Number::ZERO);
    Some((numbers, rest))
}

/// A date and perhaps a time: four digits, up to six times two, and up to three more, with or without separators.
fn date(text: &str) -> Option<(Vec<Number>, &str)> {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let (digits, after) = leading_digits(rest);
        let Some(number) = Number::parse(digits) else { break };
        numbers.push(number);
        rest = after;
        match rest.strip_prefix(['.', ':', '-']).filter(|after| after.starts_with(|c: char| c.is_ascii_digit())) {
            Some(after) => rest = after,
            None => break,
        }
    }
    let mut left = text.get(..text.len() - rest.len())?;
    left = take_digits(left, 4, 4)?;
    left = take_pair(left)?;
    for _ in 0..5 {
        left = take_pair(left).unwrap_or(left);
    }
    left = take_digits(without_separator(left), 1, 3).unwrap_or(left);
    left.is_empty().then_some((numbers, rest))
}

fn take_pair(text: &str) -> Option<&str> {
    take_digits(without_separator(text), 2, 2)
}

fn without_separator(text: &str) -> &str {
    text.strip_prefix(['.', ':', '-']).unwrap_or(text)
}

/// What follows as many digits as there are, at most `most`; `None` with fewer than `least`.
fn take_digits(text: &str, least: usize, most: usize) -> Option<&str> {
    let count = leading_digits(text).0.len().min(most);
    if count < least { None } else { text.get(count..) }
}

/// The longer ones first.
const WORDS: &[&str] = &["stable", "beta", "b", "rc", "alpha", "a", "patch", "pl", "p"];

/// `-beta2`, `.RC.1-dev`, `-patch3`, `-dev`.
fn modifiers(text: &str) -> Option<Vec<Part>> {
    let text = text.strip_prefix(['.', '_', '-']).unwrap_or(text);
    let mut parts = Vec::new();
    let Some((word, mut rest)) = WORDS.iter().find_map(|word| Some((*word, text.strip_prefix(word)?))) else {
        return tail(text, parts);
    };
    let stability = match word {
        "alpha" | "a" => Some(Part::Alpha),
        "beta" | "b" => Some(Part::Beta),
        "rc" => Some(Part::Candidate),
        "stable" => None,
        _ => Some(Part::Patch),
    };
    while let Some(number) = Number::parse(leading_digits(rest.strip_prefix(['.', '-']).unwrap_or(rest)).0) {
        rest = leading_digits(rest.strip_prefix(['.', '-']).unwrap_or(rest)).1;
        parts.extend(stability.is_some().then_some(Part::Number(number)));
    }
    let is_stable = stability.is_none();
    parts.splice(..0, stability);
    let parts = tail(rest, parts)?;
    Some(if is_stable { vec![Part::End] } else { parts })
}

fn tail(text: &str, mut parts: Vec<Part>) -> Option<Vec<Part>> {
    match text {
        "" => {}
        "dev" | "-dev" | ".dev" => parts.push(Part::Dev),
        _ => return None,
    }
    parts.push(Part::End);
    Some(parts)
}

/// `1.2.x-dev`.
fn branch(text: &str) -> Option<Key> {
    let text = text.strip_suffix("dev")?;
    let number = |part: &str| if matches!(part, "x" | "*") { Some(ANY) } else { Number::parse(part) };
    let text = text.strip_suffix(['.', '-']).unwrap_or(text);
    let mut numbers: Vec<Number> = text.split('.').map(number).collect::<Option<_>>()?;
    if numbers.len() > 4 || numbers.first() == Some(&ANY) {
        return None;
    }
    numbers.resize(4, ANY);
    let mut key: Key = numbers.into_iter().map(Part::Number).collect();
    key.extend([Part::Dev, Part::End]);
    Some(key)
}
