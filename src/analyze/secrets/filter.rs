//! Values that stand where a secret will be: placeholders, references, sequences.

use super::chars::{Classes, reads_like_words};

/// The filter that a rule names under `not`. Names were checked when the rule was read.
pub fn applies(name: &str, value: &str) -> bool {
    FILTERS.iter().any(|(known, holds)| *known == name && holds(value))
}

type Filter = fn(value: &str) -> bool;

const FILTERS: &[(&str, Filter)] = &[("placeholder", is_placeholder), ("sequence", is_sequence), ("words", is_words)];

/// Credentials that standards print (RFC 6749, RFC 6750, RFC 7617), and the one of Oracle's sample schema.
const PRINTED: &[&str] = &[
    "2YotnFZFEjr1zCsicMWpAA",
    "tGzv3JOkF0XG5Qx2TlKWIA",
    "mF_9.B5f-4.1JqM",
    "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
    "7Fjfp0ZBr1KtDRbnfVdmIw",
    "gX1fBat3bV",
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "tiger",
];

/// How values start that a provider publishes for everyone: reCAPTCHA's key for tests, the token of QStash's local server,
/// the keys of Azure's storage and Cosmos DB emulators, the key in the address of every Google Chat webhook.
const PUBLISHED: &[&str] = &[
    "6LeIxAcTAAAAA",
    "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIs",
    "Eby8vdM02xNOcqFlqUwJ",
    "C2y6yDjf5/R+ob0N8A7C",
    "AIzaSyDdI0hCZtE6vySjMm",
];

/// Parts that give a placeholder away, in lower case. None is short enough to turn up in a random token by chance.
const GIVEAWAYS: &[&str] = &[
    "example",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "placeholder",
    "your_",
    "your-",
    "yourp",
    "yours",
    "yourt",
    "yourapi",
    "yourkey",
    "xxxx",
    "dummy",
    "redacted",
    "replace",
    "insert",
    "notasecret",
    "not-a-secret",
    "not_a_secret",
    "fixme",
    "invalid",
    "foobar",
    "lorem",
    "todo_",
    "....",
    "****",
    "-here",
    "_here",
    "goes_here",
    "goeshere",
    "my_secret",
    "mysecret",
    "my-secret",
    "sometoken",
    "some_token",
    "some-token",
    "deadbeef",
    "cafebabe",
    "fakekey",
    "faketoken",
    "fake_",
    "fake-",
    "_fake",
    "mock",
    "mytoken",
    "my_token",
    "my-token",
    "sekret",
];

/// Whether a person would see that the value is to be filled in, or that it is taken from elsewhere.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    GIVEAWAYS.iter().any(|part| lower.contains(part))
        || value.ends_with("...")
        || value.ends_with('…')
        || PRINTED.contains(&value)
        || PUBLISHED.iter().any(|start| value.starts_with(start))
        || is_called_mine(&lower)
        || is_reference(value)
        || is_one_character(value)
}

/// `my_twitch_password`: what a manual calls the reader's own.
fn is_called_mine(lower: &str) -> bool {
    let is_name = lower.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'));
    is_name
        && (lower.starts_with("my_") || lower.starts_with("my-"))
        && ["password", "passwd", "pass", "key", "token"].iter().any(|word| lower.ends_with(word))
}

/// `${X}`, `$X`, `{{ x }}`, `%(x)s`, `%X%`, `<token>`, `#{x}`: syntax for a value that is elsewhere.
pub fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    let wrapped = |open: char, close: char| value.starts_with(open) && value.ends_with(close) && value.len() > 1;
    value.contains("${")
        || value.contains("#{")
        || value.contains("{{")
        || value.contains("$(")
        || value.contains("%(")
        || value.contains("<%")
        || wrapped('<', '>')
        || wrapped('{', '}')
        || wrapped('[', ']')
        || wrapped('%', '%')
        || wrapped('$', '$')
        || wrapped('_', '_')
        || wrapped('@', '@')
        || (bytes.first() == Some(&b'$') && bytes.get(1..).is_some_and(is_shell_name))
}

fn is_shell_name(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        || bytes.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_')
}

/// Masked out: the same character, whatever stands around it.
fn is_one_character(value: &str) -> bool {
    let longest = longest_run(value.as_bytes(), |a, b| a == b);
    longest >= 6 || (longest > 3 && longest * 2 >= value.len())
}

/// `123456`, `abcdef`, `qwerty`, one part over and over, or hardly any different characters.
pub fn is_sequence(value: &str) -> bool {
    let body = longest_part(value);
    let bytes = body.as_bytes();
    let up = longest_run(bytes, |a, b| b == a.wrapping_add(1) || (a == b'9' && b == b'0'));
    let down = longest_run(bytes, |a, b| a == b.wrapping_add(1));
    let lower = body.to_ascii_lowercase();
    // `uvwXYZ123abc`: somebody typed the alphabet and changed hands.
    let typed = longest_run(lower.as_bytes(), |a, b| a.is_ascii_alphabetic() && b == a.wrapping_add(1));
    let mut distinct = bytes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    up >= 6
        || typed >= 6
        || down >= 6
        || lower.contains("qwerty")
        || lower.contains("asdfgh")
        || is_one_character(body)
        || (bytes.len() >= 12 && distinct.len() * 4 <= bytes.len().min(24))
        || repeats(bytes)
}

/// A prefix such as `sk_live_` says nothing about what follows it.
fn longest_part(value: &str) -> &str {
    value.split(['_', '-', '.', ':']).max_by_key(|part| part.len()).unwrap_or(value)
}

/// An identifier or a path of words, which has the length and the alphabet of a token by chance: letters in the pairs of
/// words, and hardly a digit where a generator puts one in six. A path in one case may number its parts.
fn is_words(value: &str) -> bool {
    let classes = Classes::of(value);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let rarity = if classes.lower && classes.upper { 12 } else { 5 };
    digits * rarity <= value.len() && reads_like_words(value)
}

/// Whether a part of at most half the length, said again and again, makes up the whole.
fn repeats(bytes: &[u8]) -> bool {
    bytes.len() >= 8
        && (1..=bytes.len() / 2).any(|period| bytes.iter().zip(bytes.iter().skip(period)).all(|(a, b)| a == b))
}

fn longest_run(bytes: &[u8], continues: impl Fn(u8, u8) -> bool) -> usize {
    let (mut longest, mut run) = (usize::from(!bytes.is_empty()), 1);
    for window in bytes.windows(2) {
        let &[a, b] = window else { continue };
        run = if continues(a, b) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_that_a_rule_may_name_is_here() {
        let here: Vec<&str> = FILTERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(here, crate::rulebook::FILTERS);
    }

    #[test]
    fn placeholders_and_references_are_seen() {
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "changeme",
            "<your-token>",
            "${TOKEN}",
            "$TOKEN",
            "{{ token }}",
            "%(password)s",
            "xxxxxxxxxxxx",
            "************",
            "YOUR_API_KEY",
            "your-api-key-here",
            "{password}",
            "#{secret}",
            "%TOKEN%",
            "$snmpv3_auth_key$",
            "tiger",
            "q8Zx7Lm2Kp9V...",
            "my_youtube_password",
            "my-api-key",
            "Eby8vdM02xNOcqFlqUwJ/and/what/follows",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["q8Zx7Lm2Kp9Vb4Tn", "hunter2", "$ecret-99-Value", "pa$$word1", "my_Q8zx7-key", "mykey"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn identifiers_and_paths_are_words() {
        for value in [
            "getAccountKeyFromEnvironmentVariables",
            "pscale_tkn_connection_timeout_in_milliseconds_v2",
            "dckr_oat_secret_key_description_for_team_one",
            "settings/production/aws/credentials/path",
            "CLOUDFLARE_ACCOUNT_TOKEN_DESCRIPTION_TEXT",
            "prod/v1/app2/credentials/service/token/01",
        ] {
            assert!(is_words(value), "{value}");
        }
        for value in ["q8Zx7Lm2Kp9Vb4TnWc3Ry6Hs", "ZkqWvXjRbGtMzPhLcDnFsYwQ", "f3a9c1d07b2e46a8", "9231-5567-1290"] {
            assert!(!is_words(value), "{value}");
        }
    }

    #[test]
    fn sequences_are_seen_behind_a_prefix() {
        for value in [
            "sk_live_1234567890abcdef",
            "ghp_abcdefghijklmnop",
            "abcabcabcabc",
            "0000000000000000",
            "qwerty12",
            "q8ZxuvwXYZ123abc",
        ] {
            assert!(is_sequence(value), "{value}");
        }
        for value in ["sk_live_8Zx7Lm2Kp9Vb4TnQ", "f3a9c1d07b2e46a8"] {
            assert!(!is_sequence(value), "{value}");
        }
    }
}
