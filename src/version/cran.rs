//! Whole numbers between separators, and nothing else: R (`numeric_version`: dots and dashes are the same) and Haskell (the package
//! versioning policy, <https://pvp.haskell.org>: dots). `1.0` comes before `1.0.0`.

use super::number::Number;

pub(super) type Key = Vec<Number>;

pub(super) fn parse(text: &str) -> Option<Key> {
    text.trim().split(['.', '-']).map(Number::parse).collect()
}
