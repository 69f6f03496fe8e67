//! Checksums at the end of a token: one that does not fit is no token. One that fits is no accident where a provider makes it
//! when it gives a token out. A key that anyone makes (a wallet's, age's) has one in every test vector too: it proves nothing.

use super::{Proof, plausible_if};
use crate::rulebook::{
    TOKEN_CHECKSUMS, base32_decode, base58check_decode, bech32_checksum, crc16, crc32_base36, crc32_base62,
    crc32_hex_reversed,
};

fn proven_if(holds: bool) -> Proof {
    if holds { Proof::Proven } else { Proof::Broken }
}

/// GitHub, npm: the last six characters are the checksum of what stands between the last underscore and them.
pub fn crc32_base62_6(secret: &str) -> Proof {
    let body = secret.rsplit('_').next().unwrap_or(secret);
    let parts = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at));
    proven_if(parts.is_some_and(|(random, digits)| crc32_base62(random.as_bytes()) == digits))
}

/// GitLab: `payload.VV.LLCCCCCCC`, where LL is the length of the payload in base 36 and the checksum is that of all before it,
/// the prefix included. Tokens without dots are of the older kind, which has none.
pub fn gitlab(secret: &str) -> Proof {
    let Some((rest, tail)) = secret.rsplit_once('.') else { return Proof::Plausible };
    // Before the length was added to it the last part was the checksum alone: nothing is known of those.
    let Some((length, _)) = tail.split_at_checked(2).filter(|_| tail.len() == 9) else { return Proof::Plausible };
    let payload = rest.rsplit_once('.').map_or("", |(payload, _)| payload);
    let payload = payload.split_once('-').map_or(payload, |(_, payload)| payload);
    let body = secret.len().checked_sub(7).and_then(|at| secret.split_at_checked(at));
    let is_length = usize::from_str_radix(length, 36).is_ok_and(|length| payload_ends(payload, length));
    proven_if(is_length && body.is_some_and(|(body, digits)| crc32_base36(body.as_bytes()) == digits))
}

/// A runner's token has `t1_` before the payload; an instance may have a prefix of its own with dashes in it.
fn payload_ends(payload: &str, length: usize) -> bool {
    payload.len() >= length && length > 0
}

/// Grafana: `glsa_` and 32 characters, `_`, their checksum.
pub fn grafana(secret: &str) -> Proof {
    proven_if(secret.rsplit_once('_').is_some_and(|(body, digits)| crc32_hex_reversed(body.as_bytes()) == digits))
}

/// A token that ends in the checksum `name` of the text before it.
pub fn at_end(name: &str, secret: &str) -> Proof {
    let holds = TOKEN_CHECKSUMS.iter().find(|one| one.name == name).is_some_and(|checksum| {
        let parts = secret.len().checked_sub(checksum.length).and_then(|at| secret.split_at_checked(at));
        parts.is_some_and(|(before, digits)| (checksum.of)(before).as_deref() == Some(digits))
    });
    proven_if(holds)
}

/// Bech32 (BIP 173), all in one case: the last six characters are a checksum of the rest.
pub fn bech32(secret: &str) -> Proof {
    let lower = secret.to_ascii_lowercase();
    let holds = lower.rsplit_once('1').is_some_and(|(prefix, data)| {
        let parts = data.len().checked_sub(6).and_then(|at| data.split_at_checked(at));
        parts.is_some_and(|(data, digits)| bech32_checksum(prefix, data).as_deref() == Some(digits))
    });
    plausible_if(holds && (secret == lower || secret == secret.to_ascii_uppercase()))
}

/// Base58Check: the last four bytes are a checksum of the rest.
pub fn base58check(secret: &str) -> Proof {
    plausible_if(base58check_decode(secret).is_some())
}

/// A private key in Bitcoin's wallet import format: version 0x80, 32 bytes, and a 1 where the public key is compressed. It has no
/// prefix that would tell it from other text: without the checksum it is none.
pub fn bitcoin(secret: &str) -> Proof {
    let body = base58check_decode(secret).unwrap_or_default();
    let is_key =
        matches!(body.as_slice(), [0x80, key @ ..] if key.len() == 32 || key.len() == 33 && key.last() == Some(&1));
    if is_key { Proof::Plausible } else { Proof::Other }
}

/// Base 32 of bytes that end in their CRC-16, the lower byte first: seeds of Stellar and NATS. What does not
/// is a word in capitals as likely as not.
pub fn crc16_base32(secret: &str) -> Proof {
    let bytes = base32_decode(secret).unwrap_or_default();
    let parts = bytes.len().checked_sub(2).and_then(|at| bytes.split_at_checked(at));
    let holds = parts.is_some_and(|(body, sum)| !body.is_empty() && crc16(body).to_le_bytes() == sum);
    if holds { Proof::Plausible } else { Proof::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_s_checksum_proves_or_refutes() {
        let random = "q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op";
        let good = format!("ghp_{random}{}", crc32_base62(random.as_bytes()));
        assert_eq!(crc32_base62_6(&good), Proof::Proven);
        assert_eq!(crc32_base62_6(&format!("ghp_{random}aaaaaa")), Proof::Broken);
        assert_eq!(crc32_base62_6("ghp_x"), Proof::Broken);
    }

    #[test]
    fn gitlab_s_checksum_is_made_over_all_before_it() {
        let payload = "q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op";
        for prefix in ["glpat-", "glrt-t1_"] {
            let body = format!("{prefix}{payload}.01.0u");
            let good = format!("{body}{}", crc32_base36(body.as_bytes()));
            assert_eq!(gitlab(&good), Proof::Proven, "{good}");
            assert_eq!(gitlab(&good.replacen("q8", "q9", 1)), Proof::Broken);
        }
        let too_long = format!("glpat-{payload}.01.zz");
        assert_eq!(gitlab(&format!("{too_long}{}", crc32_base36(too_long.as_bytes()))), Proof::Broken);
        assert_eq!(gitlab("glpat-q8Zx7Lm2Kp9Vb4TnQw3E"), Proof::Plausible);
    }

    #[test]
    fn grafana_s_checksum_has_its_lowest_byte_first() {
        let body = "glsa_q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op2A";
        assert_eq!(grafana(&format!("{body}_{}", crc32_hex_reversed(body.as_bytes()))), Proof::Proven);
        assert_eq!(grafana(&format!("{body}_deadbeef")), Proof::Broken);
    }

    #[test]
    fn bech32_is_of_one_case() {
        assert_eq!(bech32("A12UEL5L"), Proof::Plausible);
        assert_eq!(bech32("a12uel5l"), Proof::Plausible);
        for text in ["A12uel5l", "a12uel5q", "a1", "", "é1é"] {
            assert_eq!(bech32(text), Proof::Broken, "{text}");
        }
    }

    #[test]
    fn a_seed_ends_in_its_crc() {
        // The seed of SEP-23's first example of a private key is a public one: this is made of zeros.
        let bytes = [&[18 << 3][..], &[0; 32]].concat();
        let sum = crc16(&bytes).to_le_bytes();
        let seed = crate::rulebook::base32_encode(&[&bytes[..], &sum].concat());
        assert_eq!(seed.len(), 56);
        assert_eq!(crc16_base32(&seed), Proof::Plausible);
        assert_eq!(crc16_base32(&seed.replacen('A', "B", 1)), Proof::Other);
        assert_eq!(crc16_base32(""), Proof::Other);
    }

    #[test]
    fn a_wallet_key_has_its_version_and_length() {
        let encoded =
            |version: u8, tail: &[u8]| crate::rulebook::base58check_encode(&[&[version][..], &[7; 32], tail].concat());
        assert_eq!(bitcoin(&encoded(0x80, &[])), Proof::Plausible);
        assert_eq!(bitcoin(&encoded(0x80, &[1])), Proof::Plausible);
        assert_eq!(bitcoin(&encoded(0x80, &[2])), Proof::Other);
        assert_eq!(bitcoin(&encoded(0x00, &[])), Proof::Other);
        assert_eq!(base58check(&encoded(0x00, &[])), Proof::Plausible);
        assert_eq!(base58check("xprv9q8Zx7Lm2Kp9Vb4Tn"), Proof::Broken);
    }
}
