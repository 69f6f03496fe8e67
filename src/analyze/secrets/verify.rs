//! Offline checks of a token's structure. A rule names one; a test compares the names with the rulebook's list.

use super::url;
use crate::model::Confidence;
use crate::rulebook::{base64_decode, crc32_base62};

/// What a check says about a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A checksum fits: not by chance.
    Proven,
    /// Nothing speaks against it.
    Plausible,
    /// Real in form, but of a kind that often stands for nothing.
    Weak,
    /// It cannot be one.
    Broken,
}

/// Applies the check `name` to a match (`whole`) and its `secret`. Names were checked when the rule was read.
pub fn verify(name: &str, whole: &str, secret: &str) -> Proof {
    match CHECKS.iter().find(|(known, _)| *known == name) {
        Some((_, check)) => check(whole, secret),
        None => Proof::Plausible,
    }
}

type Check = fn(whole: &str, secret: &str) -> Proof;

const CHECKS: &[(&str, Check)] = &[
    ("crc32-base62-6", |_, secret| checksum(secret)),
    ("jwt", |_, secret| jwt(secret)),
    ("pem", |whole, _| pem(whole)),
    ("aws-key-id", |_, secret| aws_key_id(secret)),
    ("luhn", |_, secret| plausible_if(luhn(secret))),
    ("base64", |_, secret| plausible_if(base64_decode(secret.as_bytes()).is_some())),
    ("basic-auth", |_, secret| basic_auth(secret)),
    ("password", |_, secret| password(url::judge("", secret, "unknown.host"))),
    ("url-password", |whole, _| url_password(whole)),
];

fn plausible_if(holds: bool) -> Proof {
    if holds { Proof::Plausible } else { Proof::Broken }
}

/// The last six characters are the checksum of what stands between the last underscore and them.
fn checksum(secret: &str) -> Proof {
    let body = secret.rsplit('_').next().unwrap_or(secret);
    let Some((random, digits)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at)) else {
        return Proof::Broken;
    };
    if crc32_base62(random.as_bytes()) == digits { Proof::Proven } else { Proof::Broken }
}

/// The header is JSON with an algorithm, the payload is JSON (RFC 7519).
fn jwt(secret: &str) -> Proof {
    let mut parts = secret.split('.');
    let mut object = || {
        let bytes = base64_decode(parts.next()?.as_bytes())?;
        serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).ok()
    };
    let (Some(header), Some(claims)) = (object(), object()) else { return Proof::Broken };
    let Some(algorithm) = header.get("alg").and_then(|value| value.as_str()) else { return Proof::Broken };
    let claim = |name: &str| claims.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    // The example of jwt.io, copied into a thousand test suites.
    let is_example = claim("name") == "John Doe" || claim("sub") == "1234567890";
    let is_published = claim("role") == "anon";
    plausible_if(!algorithm.eq_ignore_ascii_case("none") && !is_example && !is_published)
}

/// The body is base64 of an OpenSSH container, an OpenPGP packet, or a DER sequence of the length it says it has.
fn pem(whole: &str) -> Proof {
    let Some((_, rest)) = whole.split_once("-----BEGIN ") else { return Proof::Broken };
    let Some((label, rest)) = rest.split_once("-----") else { return Proof::Broken };
    let Some((body, _)) = rest.split_once("-----END") else { return Proof::Broken };
    let lines: Vec<&str> = body.split(['\n', '\r']).flat_map(|part| part.split("\\n")).collect();
    let lines = lines.iter().map(|line| bare_line(line));
    let is_header = |line: &str| line.contains(": ") || line.starts_with('=');
    let joined: String = lines.filter(|line| !is_header(line)).map(|line| line.trim_end_matches("\\r")).collect();
    let Some(bytes) = base64_decode(joined.as_bytes()) else { return Proof::Broken };
    let is_legacy_encrypted = body.contains("ENCRYPTED");
    let is_key = if label.starts_with("OPENSSH") {
        bytes.starts_with(b"openssh-key-v1\0")
    } else if label.starts_with("PGP") {
        bytes.first().is_some_and(|byte| byte & 0x80 != 0) && bytes.len() > 100
    } else {
        is_legacy_encrypted && bytes.len() >= 64 || is_der_sequence(&bytes)
    };
    plausible_if(is_key)
}

/// A line of armour without what a string literal that is put together line by line leaves around it. Base64 itself may
/// end in `+`, so operators go only where there are quotes.
fn bare_line(line: &str) -> &str {
    let line = line.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '\\' | ',' | '#' | '*'));
    if line.contains(['"', '\'']) {
        line.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '\\' | '+' | '.' | ';'))
    } else {
        line
    }
}

/// The smallest private key, Ed25519 in PKCS #8, takes 48 bytes.
fn is_der_sequence(bytes: &[u8]) -> bool {
    let length = match bytes {
        [0x30, short @ 0..=0x7f, ..] => usize::from(*short) + 2,
        [0x30, 0x81, length, ..] => usize::from(*length) + 3,
        [0x30, 0x82, high, low, ..] => (usize::from(*high) << 8 | usize::from(*low)) + 4,
        _ => return false,
    };
    (48..=bytes.len()).contains(&length)
}

/// The identifier carries the account, twelve decimal digits, in bits 7 to 46 of its first six bytes of base 32.
fn aws_key_id(secret: &str) -> Proof {
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
fn luhn(secret: &str) -> bool {
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
fn basic_auth(secret: &str) -> Proof {
    let decoded = base64_decode(secret.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().filter(|text| !text.contains(char::is_control)).and_then(|text| text.split_once(':'));
    password(pair.and_then(|(user, password)| url::judge(user, password, "unknown.host")))
}

fn url_password(whole: &str) -> Proof {
    let judged = whole.find("://").and_then(|at| url::credentials(whole, at..at + 3));
    password(judged.map(|(_, confidence)| confidence))
}

/// A password has no structure: what speaks against it is that it is everyone's.
fn password(judged: Option<Confidence>) -> Proof {
    match judged {
        Some(Confidence::High) => Proof::Plausible,
        Some(Confidence::Medium) => Proof::Weak,
        _ => Proof::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::VERIFIERS;

    #[test]
    fn every_check_that_a_rule_may_name_is_here() {
        let here: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(here, VERIFIERS);
    }

    #[test]
    fn basic_auth_is_a_user_and_a_password() {
        // bob:q8Zx7Lm2 and bob:password; no colon
        for (value, proof) in
            [("Ym9iOnE4Wng3TG0y", Proof::Plausible), ("Ym9iOnBhc3N3b3Jk", Proof::Broken), ("Ym9iYm9i", Proof::Broken)]
        {
            assert_eq!(verify("basic-auth", value, value), proof, "{value}");
        }
    }

    #[test]
    fn checksums_prove_or_refute() {
        let random = "q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op";
        let good = format!("ghp_{random}{}", crc32_base62(random.as_bytes()));
        assert_eq!(verify("crc32-base62-6", &good, &good), Proof::Proven);
        let bad = format!("ghp_{random}aaaaaa");
        assert_eq!(verify("crc32-base62-6", &bad, &bad), Proof::Broken);
        assert_eq!(verify("crc32-base62-6", "ghp_x", "ghp_x"), Proof::Broken);
    }

    #[test]
    fn a_jwt_has_a_header_with_an_algorithm() {
        // {"alg":"HS256"} . {"sub":"77"}; {"alg":"none"}; no JSON
        for (token, proof) in [
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3NyJ9.c2ln", Proof::Plausible),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiI3NyJ9.c2ln", Proof::Broken),
            ("eyJhbGciOiJIUzI1NiJ.eyJzdWIiOiI3NyJ9.c2ln", Proof::Broken),
        ] {
            assert_eq!(verify("jwt", token, token), proof, "{token}");
        }
    }

    #[test]
    fn luhn_is_that_of_the_standard() {
        assert!(luhn("4111 1111 1111 1111"));
        assert!(!luhn("4111 1111 1111 1112"));
        assert!(!luhn("0"));
    }

    #[test]
    fn der_lengths_must_fit() {
        assert!(is_der_sequence(&[&[0x30, 46][..], &[0; 46]].concat()));
        assert!(!is_der_sequence(&[&[0x30, 46][..], &[0; 40]].concat()));
        assert!(!is_der_sequence(&[0x31, 46]));
    }
}
