//! What has no structure to speak of: identifiers, numbers, passwords, random text.

use super::super::chars::{Classes, is_hex, reads_like_words};
use super::super::url;
use super::{Proof, plausible_if};
use crate::model::Confidence;
use crate::rulebook::base64_decode;

/// Base64 of a length that `fits`, in bytes.
pub fn base64(secret: &str, fits: impl Fn(usize) -> bool) -> Proof {
    plausible_if(base64_decode(secret.as_bytes()).is_some_and(|bytes| fits(bytes.len())))
}

/// What a generator made of letters of both cases and digits: no name, no path, no digest.
pub fn random(secret: &str) -> Proof {
    let classes = Classes::of(secret);
    let is_random = classes.lower && classes.upper && classes.digit && !is_hex(secret) && !reads_like_words(secret);
    if is_random { Proof::Plausible } else { Proof::Other }
}

/// The identifier carries the account, twelve decimal digits, in bits 7 to 46 of its first six bytes of base 32.
pub fn aws_key_id(secret: &str) -> Proof {
    let mut bits = 0u64;
    for byte in secret.bytes().skip(4).take(10) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return Proof::Broken,
        };
        bits = bits << 5 | u64::from(value);
    }
    // Ten digits are 50 bits; the first 48 are the six bytes.
    let account = (bits >> 2 & 0x7fff_ffff_ff80) >> 7;
    plausible_if(account <= 999_999_999_999)
}

/// ISO/IEC 7812-1, annex B; separators are passed over.
pub fn luhn(secret: &str) -> bool {
    let digits: Vec<u32> = secret.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, &digit)| match (position % 2, digit) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    digits.len() >= 12 && sum.is_multiple_of(10)
}

/// `user:password` in base64 (RFC 7617), judged as in a URL.
pub fn basic_auth(secret: &str) -> Proof {
    let decoded = base64_decode(secret.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().filter(|text| !text.contains(char::is_control)).and_then(|text| text.split_once(':'));
    judged(pair.and_then(|(user, password)| url::judge(user, password, "unknown.host")))
}

pub fn password(secret: &str) -> Proof {
    judged(url::judge("", secret, "unknown.host"))
}

pub fn url_password(whole: &str) -> Proof {
    let found = whole.find("://").and_then(|at| url::credentials(whole, at..at + 3));
    judged(found.map(|(_, confidence)| confidence))
}

/// A password has no structure: what speaks against it is that it is everyone's.
fn judged(judged: Option<Confidence>) -> Proof {
    match judged {
        Some(Confidence::High) => Proof::Plausible,
        Some(Confidence::Medium) => Proof::Weak,
        _ => Proof::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_auth_is_a_user_and_a_password() {
        // bob:q8Zx7Lm2 and bob:password; no colon
        for (value, proof) in
            [("Ym9iOnE4Wng3TG0y", Proof::Plausible), ("Ym9iOnBhc3N3b3Jk", Proof::Broken), ("Ym9iYm9i", Proof::Broken)]
        {
            assert_eq!(basic_auth(value), proof, "{value}");
        }
    }

    #[test]
    fn luhn_is_that_of_the_standard() {
        assert!(luhn("4111 1111 1111 1111"));
        assert!(!luhn("4111 1111 1111 1112"));
        assert!(!luhn("0"));
    }

    #[test]
    fn base64_has_the_length_of_the_key() {
        let text = crate::rulebook::base64_encode(&[7; 32], false);
        assert_eq!(base64(&text, |length| length == 32), Proof::Plausible);
        assert_eq!(base64(&text, |length| length == 64), Proof::Broken);
        assert_eq!(base64("*", |_| true), Proof::Broken);
    }

    #[test]
    fn random_text_is_neither_words_nor_a_digest() {
        assert_eq!(random("q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op"), Proof::Plausible);
        for text in ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "MyVeryLongConstantNumber1OfTheModule", "abcdef"] {
            assert_eq!(random(text), Proof::Other, "{text}");
        }
    }
}
