//! Checksums that keys and tokens carry. Each has one function, so that the verifiers compare with what the fixtures' templates
//! produce; the tests hold the published vectors.

use super::encoding::{base64_encode, crc32};

const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// CRC-32 in base 36, seven digits: what GitLab puts at the end of a routable token.
/// Source: `lib/authn/token_field/generator/routable_token.rb` of GitLab.
pub fn crc32_base36(bytes: &[u8]) -> String {
    let mut rest = crc32(bytes);
    let mut digits = [b'0'; 7];
    for digit in digits.iter_mut().rev() {
        *digit = BASE36.get((rest % 36) as usize).copied().unwrap_or(b'0');
        rest /= 36;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

/// CRC-32 in hexadecimal, the lowest byte first: what Grafana puts at the end of a service account token.
/// Source: `pkg/components/satokengen/tokengen.go` of Grafana.
pub fn crc32_hex_reversed(bytes: &[u8]) -> String {
    crc32(bytes).to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A checksum that ends a token and is worked out from the text before it.
pub struct TokenChecksum {
    /// As rule files name the check.
    pub name: &'static str,
    /// How many characters it has.
    pub length: usize,
    /// What it is after the text before it; `None` where that is not of the token's form.
    pub of: fn(&str) -> Option<String>,
}

/// Each was worked out again from tokens that stand in public code; Cloudflare's documentation of its token formats says that
/// there is one.
pub const TOKEN_CHECKSUMS: &[TokenChecksum] = &[
    // Six bytes in Base64 behind a dash: the CRC of what stands before the dash, the lowest byte first, and two zeros.
    TokenChecksum {
        name: "anthropic-checksum",
        length: 8,
        of: |before| {
            let [a, b, c, d] = crc32(before.strip_suffix('-')?.as_bytes()).to_le_bytes();
            Some(base64_encode(&[a, b, c, d, 0, 0], true))
        },
    },
    TokenChecksum {
        name: "atlassian-checksum",
        length: 8,
        of: |before| Some(format!("{:08X}", crc32(before.as_bytes()))),
    },
    TokenChecksum { name: "apify-checksum", length: 6, of: |before| Some(crc32_base62_lower(before.as_bytes())) },
    TokenChecksum {
        name: "cloudflare-checksum",
        length: 8,
        of: |before| before.split_once('_').map(|(_, random)| format!("{:08x}", crc32(random.as_bytes()))),
    },
    TokenChecksum {
        name: "confluent-checksum",
        length: 6,
        of: |before| {
            let sum = crc32(before.strip_prefix("cflt")?.as_bytes()).to_le_bytes();
            Some(base64_encode(&sum, false).trim_end_matches('=').to_owned())
        },
    },
    TokenChecksum {
        name: "packagist-checksum",
        length: 8,
        of: |before| Some(format!("{:08x}", crc32(before.as_bytes()))),
    },
];

/// CRC-32 in base 62 with the small letters before the capitals, six digits.
fn crc32_base62_lower(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut rest = crc32(bytes);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

/// The six characters that end the Bech32 text of a human-readable part and data characters, both in lower case; `None` where
/// a character is none of Bech32's. Source: BIP 173.
pub fn bech32_checksum(prefix: &str, data: &str) -> Option<String> {
    let mut values: Vec<u8> = prefix.bytes().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.bytes().map(|byte| byte & 31));
    for byte in data.bytes() {
        values.push(BECH32.iter().position(|&known| known == byte)? as u8);
    }
    values.extend([0; 6]);
    let sum = bech32_polymod(&values) ^ 1;
    let digit = |position: u32| BECH32.get((sum >> (5 * (5 - position)) & 31) as usize).copied().unwrap_or(b'q');
    Some((0..6).map(|position| char::from(digit(position))).collect())
}

fn bech32_polymod(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1u32, |sum, &value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(shifted, |sum, (_, part)| sum ^ part)
    })
}

/// The bytes of a Base58Check text without the four bytes of its checksum; `None` where that is wrong.
/// Source: the Bitcoin wiki, "Base58Check encoding"; BIP 32 for extended keys.
pub fn base58check_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in text.bytes() {
        let mut carry = BASE58.iter().position(|&known| known == digit)? as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.insert(0, (carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|&digit| digit == b'1').count();
    bytes.splice(0..0, std::iter::repeat_n(0, zeros));
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    (sha256(&sha256(body)).get(..4) == Some(sum)).then(|| body.to_vec())
}

/// The reverse of [`base58check_decode`].
pub fn base58check_encode(body: &[u8]) -> String {
    let bytes: Vec<u8> = body.iter().copied().chain(sha256(&sha256(body)).into_iter().take(4)).collect();
    let mut digits: Vec<u8> = Vec::new();
    for &byte in &bytes {
        let mut carry = u32::from(byte);
        for digit in digits.iter_mut().rev() {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.insert(0, (carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let digits = std::iter::repeat_n(0, zeros).chain(digits);
    digits.filter_map(|digit| BASE58.get(usize::from(digit)).copied()).map(char::from).collect()
}

/// CRC-16/XMODEM, as Stellar and NATS append it to keys, the lower byte first.
/// Sources: SEP-23 of Stellar; the README of nats-io/nkeys.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |mut crc, &byte| {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
        }
        crc
    })
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Base 32 (RFC 4648) without padding.
pub fn base32_encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut group, mut bits) = (0u32, 0u32);
    for &byte in bytes {
        group = group << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(base32_digit(group >> bits));
        }
    }
    if bits > 0 {
        text.push(base32_digit(group << (5 - bits)));
    }
    text
}

fn base32_digit(value: u32) -> char {
    char::from(BASE32.get((value & 31) as usize).copied().unwrap_or(b'A'))
}

/// The reverse of [`base32_encode`]; bits that are left over are not looked at.
pub fn base32_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut group, mut bits) = (0u32, 0u32);
    for digit in text.bytes() {
        group = group << 5 | BASE32.iter().position(|&known| known == digit)? as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

const SHA256_START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[rustfmt::skip]
const SHA256_ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// SHA-256 (FIPS 180-4): Base58Check needs it, and nothing else here does. Keys are short: plain is fast enough.
fn sha256(message: &[u8]) -> [u8; 32] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let mut state = SHA256_START;
    for block in padded.chunks_exact(64) {
        sha256_block(&mut state, block);
    }
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn sha256_block(state: &mut [u32; 8], block: &[u8]) {
    let mut schedule = [0u32; 64];
    for (word, bytes) in schedule.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, &byte| word << 8 | u32::from(byte));
    }
    for at in 16..64 {
        let (early, late) = (schedule[at - 15], schedule[at - 2]);
        let early = early.rotate_right(7) ^ early.rotate_right(18) ^ early >> 3;
        let late = late.rotate_right(17) ^ late.rotate_right(19) ^ late >> 10;
        schedule[at] = schedule[at - 16].wrapping_add(early).wrapping_add(schedule[at - 7]).wrapping_add(late);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, round) in schedule.into_iter().zip(SHA256_ROUNDS) {
        let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let first = h.wrapping_add(sum).wrapping_add(choice).wrapping_add(round).wrapping_add(word);
        let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let second = sum.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
    }
    for (word, more) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(more);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn sha256_is_that_of_fips_180() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hex(&sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(&sha256(two_blocks)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        // A byte more or less where the padding goes over into another block; by Python's hashlib.
        for (length, start) in [(55, "943cc618"), (56, "849e6994"), (64, "6cfeeb3a")] {
            assert_eq!(hex(&sha256(&vec![7; length]))[..8], *start, "{length}");
        }
    }

    #[test]
    fn the_crcs_are_those_of_the_catalogue() {
        // Check values of CRC-32/ISO-HDLC (0xCBF43926) and CRC-16/XMODEM (0x31C3).
        assert_eq!(crc32_hex_reversed(b"123456789"), "2639f4cb");
        assert_eq!(crc32_base36(b"123456789"), in_base_36(0xCBF4_3926));
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    fn in_base_36(mut number: u64) -> String {
        let mut text = String::new();
        for _ in 0..7 {
            text.insert(0, char::from_digit((number % 36) as u32, 36).unwrap());
            number /= 36;
        }
        text
    }

    #[test]
    fn checksums_of_tokens_are_made_over_what_stands_before_them() {
        let of = |name: &str, before: &str| {
            let checksum = TOKEN_CHECKSUMS.iter().find(|one| one.name == name).unwrap();
            let digits = (checksum.of)(before);
            assert!(digits.iter().all(|digits| digits.len() == checksum.length), "{name}");
            digits
        };
        // From 0xCBF43926, the check value of CRC-32/ISO-HDLC.
        assert_eq!(of("anthropic-checksum", "123456789-").unwrap(), "Jjn0ywAA");
        assert_eq!(of("anthropic-checksum", "123456789"), None);
        assert_eq!(of("atlassian-checksum", "123456789").unwrap(), "CBF43926");
        assert_eq!(of("cloudflare-checksum", "cfk_123456789").unwrap(), "cbf43926");
        assert_eq!(of("confluent-checksum", "cflt123456789").unwrap(), "Jjn0yw");
        // The key id in the documentation of the signature.
        assert_eq!(of("packagist-checksum", "packagist_ack_ffce048835c6cdea47bc").unwrap(), "c4b73c79");
        let value = of("apify-checksum", "123456789").unwrap().bytes().fold(0u64, |value, digit| {
            let digit = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'z' => digit - b'a' + 10,
                _ => digit - b'A' + 36,
            };
            value * 62 + u64::from(digit)
        });
        assert_eq!(value, 0xCBF4_3926);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (text, encoded) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("fooba", "MZXW6YTB")] {
            assert_eq!(base32_encode(text.as_bytes()), encoded);
            assert_eq!(base32_decode(encoded).unwrap(), text.as_bytes());
        }
        assert_eq!(base32_decode("M1"), None);
    }

    #[test]
    fn bech32_is_that_of_bip_173() {
        // Valid texts of the standard.
        for (prefix, data, sum) in
            [("a", "", "2uel5l"), ("abcdef", "qpzry9x8gf2tvdw0s3jn54khce6mua7l", "mqqqxw"), ("?", "", "ezyfcl")]
        {
            assert_eq!(bech32_checksum(prefix, data).unwrap(), sum, "{prefix}");
        }
        assert_eq!(bech32_checksum("a", "b"), None);
    }

    #[test]
    fn base58check_goes_both_ways_and_sees_a_wrong_digit() {
        // The address of Bitcoin's first block, from its documentation: a version byte of zero and twenty bytes.
        let body = base58check_decode("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").unwrap();
        assert_eq!((body.len(), body[0]), (21, 0));
        assert_eq!(base58check_encode(&body), "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
        assert_eq!(base58check_decode("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), None);
        for text in ["", "1", "0", "é", "111"] {
            assert_eq!(base58check_decode(text), None, "{text}");
        }
    }
}
