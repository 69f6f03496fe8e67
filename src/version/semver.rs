//! Semantic Versioning 2.0.0 (<https://semver.org>) and its kin, which differ in what they let pass and in few rules of order.
//!
//! Missing numbers are zero and numbers may have leading zeros everywhere here: advisories write `1.2` where they mean
//! `1.2.0`, and a bound that is refused would hide the advisory.

use super::number::Number;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    numbers: [Number; 4],
    phase: Phase,
    /// Empty where the ecosystem does not compare it.
    build: Vec<Identifier>,
}

/// A pre-release comes before the release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Before(Vec<Identifier>),
    Release,
}

/// Numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Word(Box<str>),
}

/// SemVer itself, as crates.io, Swift and Hex use it. Hex (Elixir's `Version`) orders the same way.
pub(super) fn parse(text: &str) -> Option<Key> {
    parse_with(text, 3, false)
}

/// node-semver: blanks around it, a `v` or `=` before it. Build metadata plays no part in `compare`.
pub(super) fn parse_npm(text: &str) -> Option<Key> {
    let text = text.trim().trim_start_matches('=').trim_start();
    parse(text.strip_prefix(['v', 'V']).unwrap_or(text))
}

/// Go's modules, with or without the `v`. A pseudo-version (`v0.0.0-20210101000000-0123456789ab`) is an ordinary
/// pre-release. The toolchain's own names (`go1.21rc2`) stand for `1.21.0-rc.2`
/// (<https://go.dev/doc/toolchain#version>).
pub(super) fn parse_go(text: &str) -> Option<Key> {
    let Some(toolchain) = text.strip_prefix("go") else { return parse(text.strip_prefix('v').unwrap_or(text)) };
    let end = toolchain.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(toolchain.len());
    let (numbers, phase) = toolchain.split_at_checked(end)?;
    let digits = phase.find(|c: char| c.is_ascii_digit()).unwrap_or(phase.len());
    let (word, count) = phase.split_at_checked(digits)?;
    match (word, count) {
        ("", "") => parse(numbers),
        ("rc" | "beta" | "alpha", _) => parse(&format!("{numbers}-{word}.{count}")),
        _ => None,
    }
}

/// NuGet: up to four numbers, and words compare without regard to case
/// (<https://learn.microsoft.com/nuget/concepts/package-versioning>).
pub(super) fn parse_nuget(text: &str) -> Option<Key> {
    parse_with(&text.trim().to_ascii_lowercase(), 4, false)
}

/// Pub compares build metadata too (<https://pub.dev/documentation/pub_semver>): `1.0.0` comes before `1.0.0+1`.
pub(super) fn parse_pub(text: &str) -> Option<Key> {
    parse_with(text, 3, true)
}

/// `most` numbers at most; `has_build` where build metadata is compared.
fn parse_with(text: &str, most: usize, has_build: bool) -> Option<Key> {
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, identifiers(build)?),
        None => (text, Vec::new()),
    };
    let (release, phase) = match text.split_once('-') {
        Some((release, before)) => (release, Phase::Before(identifiers(before)?)),
        None => (text, Phase::Release),
    };
    let mut numbers = [Number::ZERO, Number::ZERO, Number::ZERO, Number::ZERO];
    for (index, part) in release.split('.').enumerate() {
        let number = Number::parse(part)?;
        if index >= most {
            return None;
        }
        *numbers.get_mut(index)? = number;
    }
    Some(Key { numbers, phase, build: if has_build { build } else { Vec::new() } })
}

fn identifiers(text: &str) -> Option<Vec<Identifier>> {
    text.split('.').map(identifier).collect()
}

fn identifier(text: &str) -> Option<Identifier> {
    if let Some(number) = Number::parse(text) {
        return Some(Identifier::Number(number));
    }
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_word.then(|| Identifier::Word(text.into()))
}
