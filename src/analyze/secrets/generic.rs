//! Secrets without a format of their own: a literal assigned to a name that promises one.
//!
//! The name decides whether to look ([`super::name`]), the value decides how sure we are: what reads like words, names
//! another place or stands for a value to come is nothing; only what a generator must have made is of high confidence.

use std::ops::Range;

use super::assignment::{assigned_to, name_around};
use super::chars::{Classes, entropy, is_hex, is_uuid, reads_like_words, share_of_word_pairs};
use super::filter::{is_placeholder, is_sequence};
use super::name::{Kind, classify};
use super::place::Place;
use crate::model::Confidence;

/// What such names contain, in lower case; part of the detector's one automaton.
pub const KEYWORDS: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "_pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "accesskey",
    "access-key",
    "private_key",
    "privatekey",
    "private-key",
    "auth_key",
    "authkey",
    "encryption_key",
    "encryptionkey",
    "signing_key",
    "signingkey",
    "account_key",
    "accountkey",
    "master_key",
    "masterkey",
    "credential",
    "_auth",
    "shared_key",
    "sharedkey",
    "storage_key",
];

pub struct Judged {
    /// Keywords that start before it belong to the same name.
    pub name_end: usize,
    pub secret: Option<(Range<usize>, Confidence)>,
}

/// Judges the assignment around the keyword at `hit`.
pub fn judge(text: &str, hit: Range<usize>, place: &Place) -> Judged {
    let bytes = text.as_bytes();
    let Some(name) = name_around(bytes, &hit) else { return Judged { name_end: hit.end, secret: None } };
    let name_end = name.end;
    Judged { name_end, secret: judge_assignment(text, name, place) }
}

fn judge_assignment(text: &str, name: Range<usize>, place: &Place) -> Option<(Range<usize>, Confidence)> {
    let spelled = text.get(name.clone())?;
    // A name that goes on is a part of some text: `concat!("acme_secret_", "…")`.
    let kind = classify(spelled).filter(|_| !spelled.ends_with(['-', '_']))?;
    let assignment = assigned_to(text.as_bytes(), &name, place.has_bare_values)?;
    let value = text.get(assignment.value.clone())?;
    let mut confidence = match kind {
        Kind::Password => judge_password(value),
        Kind::Key => judge_key(value),
    }?;
    if names_itself(spelled, value) {
        return None;
    }
    if assignment.is_compared || is_about_a_checksum(text, name.start) {
        confidence = confidence.min(Confidence::Low);
    }
    Some((assignment.value.clone(), place.lower(text, assignment.value.start, confidence)))
}

fn judge_password(value: &str) -> Option<Confidence> {
    if !(6..=64).contains(&value.len()) || !value.is_ascii() || value.contains([' ', '\t']) || is_stand_in(value) {
        return None;
    }
    let classes = Classes::of(value);
    let letters_only = !classes.digit && !classes.symbol;
    if is_noise(value, 12) {
        return Some(Confidence::Medium);
    }
    if reads_like_words(value) && !classes.digit {
        // One plain word may be somebody's password; `password-field` and `confirmPassword` are names.
        return (letters_only && classes.count() == 1 && value.len() <= 10).then_some(Confidence::Low);
    }
    if is_sequence(value) || value.contains('\\') || has_credential_word(value) {
        return Some(Confidence::Low);
    }
    let is_random =
        classes.count() >= 3 && value.len() >= 10 && entropy(value.as_bytes()) >= 3.0 && !reads_like_words(value);
    Some(match () {
        () if is_random => Confidence::High,
        () if classes.count() >= 2 && value.len() >= 8 => Confidence::Medium,
        () => Confidence::Low,
    })
}

fn judge_key(value: &str) -> Option<Confidence> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/=.:~!@#$%^&*".contains(&byte);
    if value.len() < 12 || !value.bytes().all(is_token) || is_stand_in(value) {
        return None;
    }
    let classes = Classes::of(value);
    if is_noise(value, 20) {
        return Some(Confidence::Medium);
    }
    // Digits alone are a number; letters alone are a name, unless they are many and mixed.
    let has_letters = classes.lower || classes.upper;
    let is_mixed = classes.digit || (classes.lower && classes.upper && value.len() >= 24);
    if !has_letters || !is_mixed {
        return None;
    }
    if is_sequence(value) {
        return Some(Confidence::Low);
    }
    if is_uuid(value) {
        return Some(Confidence::Medium);
    }
    if reads_like_words(value) || has_credential_word(value) {
        return (classes.digit && entropy(value.as_bytes()) >= 3.5).then_some(Confidence::Low);
    }
    let bits = entropy(value.as_bytes());
    let is_random = if is_hex(value) {
        value.len() >= 32 && bits >= 3.0
    } else if classes.lower && classes.upper && classes.digit {
        value.len() >= 20 && bits >= 3.5
    } else {
        value.len() >= 24 && classes.digit && bits >= 3.5
    };
    Some(match () {
        () if is_random => Confidence::High,
        () if value.len() >= 16 && bits >= 3.0 => Confidence::Medium,
        () => Confidence::Low,
    })
}

/// Letters that a generator must have put together: at least `length` of them, and hardly a pair as in words.
fn is_noise(value: &str, length: usize) -> bool {
    let is_letters =
        value.bytes().all(|byte| byte.is_ascii_lowercase()) || value.bytes().all(|byte| byte.is_ascii_uppercase());
    is_letters
        && value.len() >= length
        && entropy(value.as_bytes()) >= 3.0
        && share_of_word_pairs(value) < 0.3
        && !is_sequence(value)
}

/// Not a value but a reference, a placeholder, a path, a URL, a format or a regular expression.
fn is_stand_in(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    is_placeholder(value)
        || value.contains("://")
        || ["/", "./", "../", "~", "//", "@", "#", "--"].iter().any(|start| value.starts_with(start))
        || value.matches('/').count() >= 2 && !value.contains(['+', '='])
        || value.contains(['{', '}', '<', '>', '(', ')', '[', ']', '|', '*'])
        || [
            "env.", "process.", "os.", "config.", "secrets.", "vars.", "var.", "local.", "data.", "self.", "this.",
            "arn:", "vault:", "op:", "ssm:", "sha256:", "sha1-", "sha512-",
        ]
        .iter()
        .any(|start| lower.starts_with(start))
        || value.contains("%s")
        || value.contains("%d")
        || value.contains("::")
        || is_file_name(value)
        || is_public(value)
}

/// What anyone may know: the address of a contract, an object identifier or a version, the hash of a password.
fn is_public(value: &str) -> bool {
    let is_address = value.strip_prefix("0x").is_some_and(|digits| digits.len() == 40 && is_hex(digits));
    // `user:hash`, as `htpasswd` writes it.
    let value = value.split_once(":$").map_or(value, |(user, _)| value.get(user.len() + 1..).unwrap_or(value));
    is_address
        || value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        || ["pbkdf2", "bcrypt", "scrypt", "argon2", "$2a$", "$2b$", "$2y$", "$argon2", "$1$", "$5$", "$6$"]
            .iter()
            .any(|scheme| value.starts_with(scheme))
}

fn is_file_name(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(stem, extension)| {
        (2..=4).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_lowercase())
            && !stem.is_empty()
            && (stem.contains('/') || reads_like_words(stem))
    })
}

/// Words that a generator would not write: `my-test-token-1`, `Passw0rd!`.
fn has_credential_word(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    [
        "passw",
        "pwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "test",
        "demo",
        "sample",
        "admin",
        "user",
        "hello",
        "credential",
        "p@ss",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// `password: "db_password"`, `TOKEN = "token"`: the value is the name, or a part of it, in other letters.
fn names_itself(name: &str, value: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let (name, value) = (plain(name), plain(value));
    value.contains(&name) || name.contains(&value)
}

/// The line speaks of digests, so the value is one.
fn is_about_a_checksum(text: &str, name_start: usize) -> bool {
    let before = text.get(..name_start).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
    // A line of minified code speaks of everything.
    let line = before.get(start..).filter(|line| line.len() < 200).unwrap_or_default().to_ascii_lowercase();
    ["sha1", "sha256", "sha512", "md5", "integrity", "checksum", "digest", "etag", "commit"]
        .iter()
        .any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_graded_by_how_made_up_they_look() {
        for (value, confidence) in [
            ("q8!Zx7Lm2Kp9", Some(Confidence::High)),
            ("hunter2hunter", Some(Confidence::Medium)),
            ("summer99", Some(Confidence::Medium)),
            ("letmein", Some(Confidence::Low)),
            ("Passw0rd!", Some(Confidence::Low)),
            ("password", Some(Confidence::Low)),
            ("xkqjzvwbpfhd", Some(Confidence::Medium)),
            ("changeme", None),
            ("Enter your password", None),
            ("current-password", None),
            ("${DB_PASSWORD}", None),
            ("/run/secrets/db", None),
            ("Пароль123", None),
            ("1.2.840.113549.1.9", None),
            ("$2b$12$q8Zx7Lm2Kp9Vb4TnQw3Er5", None),
            ("jo:$2y$05$q8Zx7Lm2Kp9Vb4TnQw3Er5", None),
        ] {
            assert_eq!(judge_password(value), confidence, "{value}");
        }
    }

    #[test]
    fn keys_are_random_or_nothing() {
        for (value, confidence) in [
            ("f3a9c1d07b2e46a8915bce3d07fa2468", Some(Confidence::High)),
            ("q8Zx7Lm2Kp9Vb4TnQw3Er5", Some(Confidence::High)),
            ("q8Zx7Lm2Kp9Vb4Tn", Some(Confidence::Medium)),
            ("123e4567-e89b-42d3-a456-426614174001", Some(Confidence::Medium)),
            ("00000000000000000000000000000000", None),
            ("kubernetes.io/service-account-token", None),
            ("authorization_code", None),
            ("settings.SECRET_KEY", None),
            ("server.key.pem", None),
            ("q8Zx", None),
            ("0x5C221E77624690fff6dd741493D735a17716c26B", None),
        ] {
            assert_eq!(judge_key(value), confidence, "{value}");
        }
    }
}
