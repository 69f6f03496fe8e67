use std::fmt;

use serde::{Serialize, Serializer};

/// A secret of which only a shadow is kept: at most a quarter of its characters, and a keyed hash that tells two
/// secrets apart. The value itself is never stored, so nothing downstream can print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    shown: String,
    hash: String,
}

impl Redacted {
    pub fn new(secret: &str) -> Redacted {
        let count = secret.chars().count();
        // A quarter in all, split between both ends, and never more than four at either.
        let mut keep = (count / 8).min(4);
        let (head, tail) = loop {
            let head: String = secret.chars().take(keep).collect();
            let tail: String = secret.chars().skip(count - keep).collect();
            // Wide characters at the ends may be more than a quarter of the bytes.
            if (head.len() + tail.len()) * 4 <= secret.len() {
                break (head, tail);
            }
            keep -= 1;
        };
        let hash = blake3::Hasher::new_derive_key("gate 2026 secret fingerprint").update(secret.as_bytes()).finalize();
        Redacted { shown: format!("{head}…{tail}"), hash: hash.to_hex()[..32].to_string() }
    }

    /// A hash of the secret under a fixed key: equal for equal secrets.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Serialize for Redacted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

/// A parser's message without the values of the text that it quotes: what looks generated (long, with digits, or with
/// letters of both cases) becomes `…`. Names and words stay, or nobody would know what to mend.
pub fn without_values(message: &str) -> String {
    let is_part = |c: char| !c.is_whitespace() && !"\"'`,;()[]{}".contains(c);
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c| !is_part(c)).map_or(rest.len(), |length| start + length);
        let (before, word) = (&rest[..start], &rest[start..end]);
        out.push_str(before);
        out.push_str(if looks_generated(word) { "…" } else { word });
        rest = &rest[end..];
    }
    out + rest
}

fn looks_generated(word: &str) -> bool {
    let length = word.chars().count();
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    let is_mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    length >= 8 && has(char::is_ascii_digit) || length > 24 && is_mixed || length > 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_is_left_out_and_a_name_stays() {
        for (message, kept) in [
            (
                "unknown field `maxFileSize`, expected `max-file-size`",
                "unknown field `maxFileSize`, expected `max-file-size`",
            ),
            ("invalid type: string \"a1b2c3d4e5\", expected a list", "invalid type: string \"…\", expected a list"),
            ("bad regex: (é9999999x", "bad regex: (…"),
            ("", ""),
            ("  two  blanks  ", "  two  blanks  "),
        ] {
            assert_eq!(without_values(message), kept);
        }
    }

    #[test]
    fn never_more_than_a_quarter_is_shown() {
        let narrow: Vec<char> = ('a'..='z').collect();
        let wide: Vec<char> = "é漢😀ß".chars().collect();
        // Wide at the ends alone, where it is shown.
        let mixed: Vec<char> = "😀漢aaaaaaaaaaaaaaaaaaaa漢😀".chars().collect();
        for alphabet in [narrow, wide, mixed] {
            for length in 0..200 {
                let secret: String = alphabet.iter().cycle().take(length).collect();
                let shown: String = Redacted::new(&secret).to_string().chars().filter(|&c| c != '…').collect();
                assert!(shown.chars().count() * 4 <= length, "{shown} of {secret}");
                assert!(shown.len() * 4 <= secret.len(), "{shown} of {secret}");
                assert!(shown.chars().count() <= 8 && (length >= 8 || shown.is_empty()), "{shown} of {secret}");
            }
        }
    }
}
