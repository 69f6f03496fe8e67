//! Keys in PEM, DER and base64: whether they hold what their name says.

use super::{Proof, plausible_if};
use crate::rulebook::base64_decode;

/// Tags of DER (ITU-T X.690).
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// PEM (RFC 7468) and OpenPGP armour: the body is base64 of what the label names.
pub fn pem(whole: &str) -> Proof {
    let Some((_, rest)) = whole.split_once("-----BEGIN ") else { return Proof::Broken };
    let Some((label, rest)) = rest.split_once("-----") else { return Proof::Broken };
    let Some((body, _)) = rest.split_once("-----END") else { return Proof::Broken };
    let lines: Vec<&str> = body.split(['\n', '\r']).flat_map(|part| part.split("\\n")).collect();
    let lines = lines.iter().map(|line| bare_line(line));
    let is_header = |line: &str| line.contains(": ") || line.starts_with('=');
    let joined: String = lines.filter(|line| !is_header(line)).map(|line| line.trim_end_matches("\\r")).collect();
    let Some(bytes) = base64_decode(joined.as_bytes()) else { return Proof::Broken };
    // Of whole blocks of a cipher (RFC 1421) nothing can be seen but that they are there.
    if body.contains("Proc-Type: 4,ENCRYPTED") {
        return weak_if(bytes.len() >= 48 && bytes.len().is_multiple_of(8));
    }
    if label.starts_with("OPENSSH") {
        return openssh(&bytes);
    }
    if label.starts_with("PGP") {
        return plausible_if(is_secret_packet(&bytes) && bytes.len() > 100);
    }
    let Some(inner) = der_sequence(&bytes) else { return Proof::Broken };
    match label.split(' ').next() {
        // EncryptedPrivateKeyInfo (RFC 5958): an algorithm, then the cipher text.
        Some("ENCRYPTED") => weak_if(matches!(inner, [SEQUENCE, _, OBJECT_ID | SEQUENCE, ..])),
        // ECPrivateKey (RFC 5915): version 1, the key.
        Some("EC") => plausible_if(matches!(inner, [INTEGER, 1, 1, OCTETS, ..])),
        // RSAPrivateKey (RFC 8017) and OpenSSL's DSA: version 0 or 1, then numbers.
        Some("RSA" | "DSA") => plausible_if(matches!(inner, [INTEGER, 1, 0 | 1, INTEGER, ..])),
        // PrivateKeyInfo, or OneAsymmetricKey (RFC 5958): version 0 or 1, an algorithm.
        Some("PRIVATE") => plausible_if(matches!(inner, [INTEGER, 1, 0 | 1, SEQUENCE, ..])),
        _ => Proof::Plausible,
    }
}

/// Real, and of no use to whoever lacks the password.
fn weak_if(holds: bool) -> Proof {
    if holds { Proof::Weak } else { Proof::Broken }
}

/// OpenSSH's container (`PROTOCOL.key`): a magic word, then the name of the cipher with its length.
fn openssh(bytes: &[u8]) -> Proof {
    let Some(rest) = bytes.strip_prefix(b"openssh-key-v1\0") else { return Proof::Broken };
    match rest {
        [0, 0, 0, 4, b'n', b'o', b'n', b'e', ..] => Proof::Plausible,
        [0, 0, 0, 5..=40, ..] => Proof::Weak,
        _ => Proof::Broken,
    }
}

/// OpenPGP packets of tag 5, a secret key (RFC 9580, section 4.2).
fn is_secret_packet(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0x94..=0x97 | 0xc5))
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

/// What a DER sequence holds, if it is as long as it says and as long as a key; the smallest one, Ed25519 in PKCS #8, takes 48
/// bytes.
fn der_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let (header, length) = match bytes {
        [SEQUENCE, short @ 0..=0x7f, ..] => (2, usize::from(*short)),
        [SEQUENCE, 0x81, length, ..] => (3, usize::from(*length)),
        [SEQUENCE, 0x82, high, low, ..] => (4, usize::from(*high) << 8 | usize::from(*low)),
        _ => return None,
    };
    bytes.get(header..header + length).filter(|_| header + length >= 48)
}

/// PKCS #12 (RFC 7292): a sequence that starts with version 3 and a sequence.
pub fn pkcs12(secret: &str) -> Proof {
    let bytes = base64_decode(secret.as_bytes()).unwrap_or_default();
    // The stored text may be cut: the length that it says is not asked for.
    weak_if(matches!(bytes.as_slice(), [SEQUENCE, 0x82, _, _, INTEGER, 1, 3, SEQUENCE, ..]))
}

/// 32 bytes in base64, clamped as Curve25519's keys are (RFC 7748, section 5), which `wg genkey` does. WireGuard takes others
/// too.
pub fn wireguard(secret: &str) -> Proof {
    match base64_decode(secret.as_bytes()).as_deref() {
        Some(key @ [first, .., last]) if key.len() == 32 => {
            if first & 7 == 0 && last & 0xc0 == 0x40 {
                Proof::Plausible
            } else {
                Proof::Weak
            }
        }
        _ => Proof::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::base64_encode;

    fn armour(label: &str, bytes: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", base64_encode(bytes, false))
    }

    #[test]
    fn der_lengths_must_fit() {
        assert!(der_sequence(&[&[0x30, 46][..], &[0; 46]].concat()).is_some());
        assert!(der_sequence(&[&[0x30, 46][..], &[0; 40]].concat()).is_none());
        assert!(der_sequence(&[0x30, 4, 0, 0, 0, 0]).is_none());
        assert!(der_sequence(&[0x31, 46]).is_none());
        assert!(der_sequence(&[0x30, 0x82, 0xff]).is_none());
    }

    #[test]
    fn a_key_is_of_the_kind_that_its_label_says() {
        let der = |start: &[u8]| [&[0x30, 100][..], start, &vec![9; 100 - start.len()]].concat();
        for (label, start, proof) in [
            ("RSA PRIVATE KEY", &[2, 1, 0, 2][..], Proof::Plausible),
            ("RSA PRIVATE KEY", &[2, 1, 0, 0x30], Proof::Broken),
            ("DSA PRIVATE KEY", &[2, 1, 0, 2], Proof::Plausible),
            ("EC PRIVATE KEY", &[2, 1, 1, 4], Proof::Plausible),
            ("EC PRIVATE KEY", &[2, 1, 0, 4], Proof::Broken),
            ("PRIVATE KEY", &[2, 1, 0, 0x30], Proof::Plausible),
            ("PRIVATE KEY", &[0x30, 13, 6], Proof::Broken),
            ("ENCRYPTED PRIVATE KEY", &[0x30, 13, 6], Proof::Weak),
            ("ENCRYPTED PRIVATE KEY", &[2, 1, 0, 0x30], Proof::Broken),
        ] {
            assert_eq!(pem(&armour(label, &der(start))), proof, "{label} {start:?}");
        }
    }

    #[test]
    fn openssh_and_openpgp_keys_are_seen() {
        let container =
            |cipher: &[u8]| [b"openssh-key-v1\0\0\0\0".as_slice(), &[cipher.len() as u8], cipher, &[7; 200]].concat();
        assert_eq!(pem(&armour("OPENSSH PRIVATE KEY", &container(b"none"))), Proof::Plausible);
        assert_eq!(pem(&armour("OPENSSH PRIVATE KEY", &container(b"aes256-ctr"))), Proof::Weak);
        assert_eq!(pem(&armour("OPENSSH PRIVATE KEY", &[7; 200])), Proof::Broken);
        assert_eq!(pem(&armour("PGP PRIVATE KEY BLOCK", &[&[0x95][..], &[7; 200]].concat())), Proof::Plausible);
        // A public key.
        assert_eq!(pem(&armour("PGP PRIVATE KEY BLOCK", &[&[0x99][..], &[7; 200]].concat())), Proof::Broken);
    }

    #[test]
    fn a_key_under_a_password_weighs_less() {
        let body = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{}", base64_encode(&[7; 96], false));
        let text = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----");
        assert_eq!(pem(&text), Proof::Weak);
        let odd = text.replace(&base64_encode(&[7; 96], false), &base64_encode(&[7; 95], false));
        assert_eq!(pem(&odd), Proof::Broken);
    }

    #[test]
    fn wireguard_s_keys_are_clamped_and_pkcs_12_starts_with_its_version() {
        let mut key = [0x55; 32];
        assert_eq!(wireguard(&base64_encode(&key, false)), Proof::Weak);
        key[0] = 0x50;
        assert_eq!(wireguard(&base64_encode(&key, false)), Proof::Plausible);
        assert_eq!(wireguard(&base64_encode(&key[1..], false)), Proof::Broken);
        assert_eq!(wireguard(""), Proof::Broken);
        let store = [&[0x30, 0x82, 9, 9, 2, 1, 3, 0x30][..], &[7; 90]].concat();
        assert_eq!(pkcs12(&base64_encode(&store, false)), Proof::Weak);
        assert_eq!(pkcs12(&base64_encode(&store[1..], false)), Proof::Broken);
    }
}
