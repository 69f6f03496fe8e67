//! Alpine's packages (`apk-package(5)`): `1.2.3b_rc1_p2~hash-r4`.

use super::number::{Number, leading, leading_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    first: Number,
    numbers: Vec<Part>,
    /// The letter after the numbers; none comes first.
    letter: Option<u8>,
    suffixes: Vec<Suffix>,
    revision: Number,
}

/// A number after the first. One that starts with a zero is read like the digits after a decimal point, and comes before
/// those that do not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Fraction(Box<str>),
    Whole(Number),
}

/// Where the suffixes end stands between those before a release and those after it, so the end is one of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Alpha(Number),
    Beta(Number),
    Pre(Number),
    Rc(Number),
    End,
    Cvs(Number),
    Svn(Number),
    Git(Number),
    Hg(Number),
    P(Number),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let (first, mut rest) = leading_digits(text.trim());
    let first = Number::parse(first)?;
    let mut numbers = Vec::new();
    while let Some(after) = rest.strip_prefix('.') {
        let (digits, after) = leading_digits(after);
        let number = Number::parse(digits)?;
        let is_fraction = digits.starts_with('0') && digits.len() > 1;
        numbers.push(if is_fraction {
            Part::Fraction(digits.trim_end_matches('0').into())
        } else {
            Part::Whole(number)
        });
        rest = after;
    }
    let letter = rest.bytes().next().filter(u8::is_ascii_lowercase);
    rest = letter.and_then(|_| rest.get(1..)).unwrap_or(rest);
    let mut suffixes = Vec::new();
    while let Some(after) = rest.strip_prefix('_') {
        let (word, after) = leading(after, |byte| byte.is_ascii_lowercase());
        let (digits, after) = leading_digits(after);
        suffixes.push(suffix(word, Number::parse(digits).unwrap_or(Number::ZERO))?);
        rest = after;
    }
    suffixes.push(Suffix::End);
    if let Some(after) = rest.strip_prefix('~') {
        // The commit that it was made of says nothing about what is later.
        let (hash, after) = leading(after, |byte| byte.is_ascii_hexdigit());
        rest = if hash.is_empty() { return None } else { after };
    }
    let revision = match rest {
        "" => Number::ZERO,
        _ => Number::parse(rest.strip_prefix("-r")?)?,
    };
    Some(Key { first, numbers, letter, suffixes, revision })
}

fn suffix(word: &str, number: Number) -> Option<Suffix> {
    Some(match word {
        "alpha" => Suffix::Alpha(number),
        "beta" => Suffix::Beta(number),
        "pre" => Suffix::Pre(number),
        "rc" => Suffix::Rc(number),
        "cvs" => Suffix::Cvs(number),
        "svn" => Suffix::Svn(number),
        "git" => Suffix::Git(number),
        "hg" => Suffix::Hg(number),
        "p" => Suffix::P(number),
        _ => return None,
    })
}
