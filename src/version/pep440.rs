//! Python: PEP 440 (<https://packaging.python.org/specifications/version-specifiers>), spellings that it normalises included.

use super::number::{Number, leading_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: Number,
    /// Without zeros at the end.
    release: Vec<Number>,
    phase: Phase,
    post: Option<Number>,
    dev: Dev,
    /// Empty where there is none, which comes first.
    local: Vec<Local>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// A development release of the final one: before its first alpha.
    Dev,
    Alpha(Number),
    Beta(Number),
    Candidate(Number),
    Final,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dev {
    Of(Number),
    No,
}

/// Words come before numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(Box<str>),
    Number(Number),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim().to_ascii_lowercase();
    let (text, local) = match text.split_once('+') {
        Some((text, local)) => (text, local_of(local)?),
        None => (text.as_str(), Vec::new()),
    };
    let text = text.strip_prefix('v').unwrap_or(text);
    let (epoch, text) = match text.split_once('!') {
        Some((epoch, text)) => (Number::parse(epoch)?, text),
        None => (Number::ZERO, text),
    };
    let (release, rest) = release_of(text)?;
    let (phase, rest) = phase_of(rest);
    let (post, rest) = post_of(rest);
    let (dev, rest) = word(rest, &["dev"]).map_or((None, rest), |(_, number, rest)| (Some(number), rest));
    if !rest.is_empty() {
        return None;
    }
    let phase = match (phase, &post, &dev) {
        (Some(phase), _, _) => phase,
        (None, None, Some(_)) => Phase::Dev,
        (None, _, _) => Phase::Final,
    };
    Some(Key { epoch, release, phase, post, dev: dev.map_or(Dev::No, Dev::Of), local })
}

fn release_of(text: &str) -> Option<(Vec<Number>, &str)> {
    let (digits, mut rest) = leading_digits(text);
    let mut release = vec![Number::parse(digits)?];
    while let Some(after) = rest.strip_prefix('.') {
        let (digits, after) = leading_digits(after);
        let Some(number) = Number::parse(digits) else { break };
        release.push(number);
        rest = after;
    }
    while release.last() == Some(&Number::ZERO) {
        release.pop();
    }
    Some((release, rest))
}

fn phase_of(text: &str) -> (Option<Phase>, &str) {
    match word(text, &["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"]) {
        None => (None, text),
        Some(("alpha" | "a", number, rest)) => (Some(Phase::Alpha(number)), rest),
        Some(("beta" | "b", number, rest)) => (Some(Phase::Beta(number)), rest),
        Some((_, number, rest)) => (Some(Phase::Candidate(number)), rest),
    }
}

/// `.post1` and its spellings, or the short form `-1`.
fn post_of(text: &str) -> (Option<Number>, &str) {
    if let Some(after) = text.strip_prefix('-') {
        let (digits, rest) = leading_digits(after);
        if let Some(number) = Number::parse(digits) {
            return (Some(number), rest);
        }
    }
    word(text, &["post", "rev", "r"]).map_or((None, text), |(_, number, rest)| (Some(number), rest))
}

/// The first of `words` that `text` starts with and its number, which is zero where none is written; each may have a separator
/// before it.
fn word<'a>(text: &'a str, words: &[&'static str]) -> Option<(&'static str, Number, &'a str)> {
    let text = after_separator(text);
    let (word, rest) = words.iter().find_map(|word| Some((*word, text.strip_prefix(word)?)))?;
    let (digits, rest) = leading_digits(after_separator(rest));
    Some((word, Number::parse(digits).unwrap_or(Number::ZERO), rest))
}

fn after_separator(text: &str) -> &str {
    text.strip_prefix(['-', '_', '.']).unwrap_or(text)
}

fn local_of(text: &str) -> Option<Vec<Local>> {
    let part = |part: &str| {
        let is_part = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_part.then(|| Number::parse(part).map_or_else(|| Local::Word(part.into()), Local::Number))
    };
    text.split(['-', '_', '.']).map(part).collect()
}
