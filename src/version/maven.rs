//! Maven (<https://maven.apache.org/pom.html#version-order-specification>).
//!
//! The specification is followed, which is an order. `ComparableVersion` departs from it in corners and is none there: by that of
//! Maven 3.8, `1.x-rc < 1-snapshot0-sp`, `1-snapshot0-sp < 1` and `1 < 1.x-rc`.

use super::number::Number;

/// Ends with [`Token::End`]. A zero that is left has a number above zero somewhere after it, so it may come after the end.
pub(super) type Key = Vec<Token>;

/// What stands between two separators. `.qualifier` and `-qualifier` come before `-number`, and that before `.number`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Token {
    Before(Early),
    End,
    Release,
    ServicePack,
    Word(Box<str>),
    Dash(Number),
    Dot(Number),
}

/// Qualifiers of what comes before a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Early {
    Alpha,
    Beta,
    Milestone,
    Candidate,
    Snapshot,
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim().to_lowercase();
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let mut key = Vec::new();
    let mut rest = text.as_str();
    let mut is_dot = true;
    loop {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| matches!(c, '.' | '-') || c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (token, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix(['.', '-']).unwrap_or(after);
        if is_number || token.is_empty() {
            // Nothing between two separators stands for zero.
            let number = Number::parse(token).unwrap_or(Number::ZERO);
            if is_dot {
                key.push(Token::Dot(number));
            } else {
                trim(&mut key);
                key.push(Token::Dash(number));
            }
        } else {
            let is_counted = after.starts_with(|c: char| c.is_ascii_digit());
            trim(&mut key);
            key.push(qualifier(token, is_counted));
        }
        if after.is_empty() {
            break;
        }
        // The change between digits and letters parts like a dash.
        is_dot = after.starts_with('.');
    }
    trim(&mut key);
    key.push(Token::End);
    Some(key)
}

/// Takes off what says nothing at the end and before a dash. A qualifier after a dot counts as one after a dash.
fn trim(key: &mut Key) {
    while matches!(key.last(), Some(Token::Release | Token::Dash(Number::ZERO) | Token::Dot(Number::ZERO))) {
        key.pop();
    }
}

fn qualifier(word: &str, is_counted: bool) -> Token {
    Token::Before(match word {
        "alpha" => Early::Alpha,
        "beta" => Early::Beta,
        "milestone" => Early::Milestone,
        "a" if is_counted => Early::Alpha,
        "b" if is_counted => Early::Beta,
        "m" if is_counted => Early::Milestone,
        "rc" | "cr" => Early::Candidate,
        "snapshot" => Early::Snapshot,
        "ga" | "final" | "release" => return Token::Release,
        "sp" => return Token::ServicePack,
        other => return Token::Word(other.into()),
    })
}
