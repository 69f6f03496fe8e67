//! Judges a value that a secret-like name is bound to. What reads like words, names another place or stands for a value to
//! come is nothing; only what a generator must have made is of high confidence.

use super::chars::{Classes, entropy, is_hex, is_uuid, reads_like_words, word_score};
use super::filter::{is_placeholder, is_sequence};
use super::name::Kind;
use super::stand_in::{is_name, is_stand_in};
use crate::model::Confidence;
use crate::rulebook::base64_decode;

/// How sure it is that `value`, bound to a name of this kind, opens something.
pub fn judge(kind: Kind, value: &str) -> Option<Confidence> {
    let judged = by_kind(kind, value)?;
    match hidden_text(value) {
        Some(text) if is_placeholder(&text) || WORDY.iter().any(|word| text.to_ascii_lowercase().contains(word)) => {
            None
        }
        Some(text) if is_wordy(&text) => Some(Confidence::Low),
        _ => Some(judged),
    }
}

/// Words of documentation, which nobody would draw at random.
const WORDY: &[&str] = &["example", "secret", "password", "token", "something"];

/// The text that a value is in base64 or in hexadecimal digits, if it is one.
fn hidden_text(value: &str) -> Option<String> {
    let is_text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).ok()?;
        let text = text.trim_end();
        (text.len() >= 6 && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())).then(|| text.to_owned())
    };
    if value.len().is_multiple_of(2) && is_hex(value) {
        let digits: Vec<u8> = value.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        return is_text(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect());
    }
    is_text(base64_decode(value.as_bytes())?)
}

fn by_kind(kind: Kind, value: &str) -> Option<Confidence> {
    match kind {
        Kind::Password => password(value),
        // A test that passed, a pass of a compiler: only what is a password by itself.
        Kind::Pass => password(value).filter(|confidence| *confidence > Confidence::Low),
        Kind::Key => key(value),
    }
}

fn password(value: &str) -> Option<Confidence> {
    let is_graphic = value.bytes().all(|byte| byte.is_ascii_graphic());
    if !(6..=64).contains(&value.len()) || !is_graphic || is_stand_in(value) || is_name(value) {
        return None;
    }
    let classes = Classes::of(value);
    if is_noise(value, 12) {
        return Some(Confidence::Medium);
    }
    let reads_like_words = is_wordy(value);
    if reads_like_words && !classes.digit {
        // One plain word may be somebody's password; `password-field` and `confirmPassword` are names.
        let is_one_word = !classes.symbol && classes.count() == 1 && value.len() <= 10;
        return is_one_word.then_some(Confidence::Low);
    }
    if is_sequence(value) || value.contains('\\') || is_numbered_name(value) || value.starts_with("eyJ") {
        return Some(Confidence::Low);
    }
    let bits = entropy(value.as_bytes());
    if has_credential_word(value) {
        // `Passw0rd!` is the password of somewhere, `password1` of a form and `MyPassword123` of an example.
        let is_strict = classes.count() >= 3 && value.len() >= 8 && !value.to_ascii_lowercase().contains("password");
        return Some(if is_strict { Confidence::Medium } else { Confidence::Low });
    }
    let is_random = classes.count() >= 3 && value.len() >= 10 && bits >= 3.0 && !reads_like_words;
    Some(match () {
        () if is_random => Confidence::High,
        () if is_key_like(value, classes, bits) => Confidence::High,
        () if classes.count() >= 2 && value.len() >= 8 => Confidence::Medium,
        () => Confidence::Low,
    })
}

fn key(value: &str) -> Option<Confidence> {
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
    // A JWT has a rule of its own.
    if is_sequence(value) || value.starts_with("eyJ") {
        return Some(Confidence::Low);
    }
    if is_uuid(value) {
        return Some(Confidence::Medium);
    }
    let bits = entropy(value.as_bytes());
    if is_wordy(value) || has_credential_word(value) {
        return (classes.digit && bits >= 3.5).then_some(Confidence::Low);
    }
    Some(match () {
        () if is_key_like(value, classes, bits) => Confidence::High,
        () if value.len() >= 16 && bits >= 3.0 => Confidence::Medium,
        () => Confidence::Low,
    })
}

/// Hexadecimal digits make no words, however `deface` looks.
fn is_wordy(value: &str) -> bool {
    reads_like_words(value) && !(is_hex(value) && value.len() >= 16)
}

/// Long and random enough that a machine must have made it.
fn is_key_like(value: &str, classes: Classes, bits: f64) -> bool {
    if is_hex(value) {
        return value.len() >= 32 && bits >= 3.0;
    }
    if classes.lower && classes.upper && classes.digit {
        return value.len() >= 20 && bits >= 3.5;
    }
    // Letters alone must be mixed so that they make no words at all.
    let is_mixed = classes.digit || (classes.lower && classes.upper && word_score(value) < 4.0);
    value.len() >= 24 && is_mixed && bits >= 3.5
}

/// Letters that a generator must have put together: at least `length` of them, and hardly a pair as in words.
fn is_noise(value: &str, length: usize) -> bool {
    let is_letters =
        value.bytes().all(|byte| byte.is_ascii_lowercase()) || value.bytes().all(|byte| byte.is_ascii_uppercase());
    is_letters
        && value.len() >= length
        && entropy(value.as_bytes()) >= 3.0
        && word_score(value) < 3.5
        && !is_sequence(value)
}

/// Words of a name with a number behind them: `FORBIDDEN_VALUE2`, `my-field-10`.
fn is_numbered_name(value: &str) -> bool {
    let name = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let parts: Vec<&str> = name.split(['_', '-', '.']).collect();
    parts.len() >= 2
        && value.len() - name.len() <= 3
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && reads_like_words(name)
}

/// Words that a generator would not write: `my-test-token-1`, `Passw0rd!`.
fn has_credential_word(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    [
        "passw",
        "p@ss",
        "pa55",
        "passphrase",
        "pwd",
        "secret",
        "s3cret",
        "secr3t",
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
        "letmein",
        "welcome",
        "default",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// Whether a program could use `value` in place of a variable that is not set: no switch, no path, no other variable.
pub fn is_default(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    !(value.len() < 3
        || value.contains(char::is_whitespace) && value.len() > 32
        || matches!(lower.as_str(), "null" | "none" | "nil" | "undefined" | "true" | "false" | "yes" | "no" | "n/a")
        || value.starts_with(['/', '$', '<', '%', '{'])
        || value.starts_with("./")
        || value.contains("${")
        || value.contains("://")
        || value.starts_with("encrypted:")
        || value.starts_with("ENC["))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_graded_by_how_made_up_they_look() {
        for (value, confidence) in [
            ("q8!Zx7Lm2Kp9", Some(Confidence::High)),
            ("f3a9c1d07b2e46a8915bce3d07fa2468", Some(Confidence::High)),
            ("hunter2hunter", Some(Confidence::Medium)),
            ("summer99", Some(Confidence::Medium)),
            ("Passw0rd!", Some(Confidence::Medium)),
            ("letmein", Some(Confidence::Low)),
            ("password1", Some(Confidence::Low)),
            ("password", Some(Confidence::Low)),
            ("FORBIDDEN_VALUE2", Some(Confidence::Low)),
            ("xkqjzvwbpfhd", Some(Confidence::Medium)),
            ("MyPassword123", Some(Confidence::Low)),
            ("WrongPassword@123", None),
            ("changeme", None),
            ("uwsgi_pass", None),
            ("usable_password", None),
            ("Enter your password", None),
            ("current-password", None),
            ("${DB_PASSWORD}", None),
            ("!vault", None),
            ("/run/secrets/db", None),
            ("Пароль123", None),
            ("1.2.840.113549.1.9", None),
            ("$2b$12$q8Zx7Lm2Kp9Vb4TnQw3Er5", None),
            ("$pbkdf2-sha512$310000$zBSvouZt05kv", None),
            ("jo:$2y$05$q8Zx7Lm2Kp9Vb4TnQw3Er5", None),
        ] {
            assert_eq!(password(value), confidence, "{value}");
        }
    }

    #[test]
    fn keys_are_random_or_nothing() {
        for (value, confidence) in [
            ("f3a9c1d07b2e46a8915bce3d07fa2468", Some(Confidence::High)),
            ("q8Zx7Lm2Kp9Vb4TnQw3Er5", Some(Confidence::High)),
            ("q8Zx7/Lm2Kp9/Vb4TnQw3Er5Yt6", Some(Confidence::High)),
            ("plxtUTqoCzwxZpqdPysCwGuBSmZNdZVy", Some(Confidence::High)),
            ("thisIsTheNameOfSomethingLong", None),
            ("q8Zx7Lm2Kp9Vb4Tn", Some(Confidence::Medium)),
            ("123e4567-e89b-42d3-a456-426614174001", Some(Confidence::Medium)),
            ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdW", Some(Confidence::Low)),
            ("00000000000000000000000000000000", None),
            ("0x00010000", None),
            ("kubernetes.io/service-account-token", None),
            ("projects/acme/secrets/db-password-1", None),
            ("authorization_code", None),
            ("settings.SECRET_KEY", None),
            ("server.key.pem", None),
            ("q8Zx", None),
            ("0x5C221E77624690fff6dd741493D735a17716c26B", None),
        ] {
            assert_eq!(key(value), confidence, "{value}");
        }
    }

    #[test]
    fn text_in_another_encoding_is_judged_as_text() {
        for value in ["ZXhhbXBsZS1lbmNvZGVk", "c3VwZXItc2VjcmV0LWtleQ=="] {
            assert_eq!(judge(Kind::Key, value), None, "{value}");
        }
        let value = "636f727265637420686f727365206261747465727920737461706c65";
        assert_eq!(judge(Kind::Password, value), Some(Confidence::Low));
    }

    #[test]
    fn switches_and_other_variables_are_no_defaults() {
        assert!(is_default("postgres") && is_default("dev-secret") && is_default("keyboard cat"));
        for value in
            ["", "x", "/run/secrets/db", "${OTHER}", "<password>", "true", "https://example.com", "encrypted:BE9Y"]
        {
            assert!(!is_default(value), "{value}");
        }
    }
}
