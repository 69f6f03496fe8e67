//! The encodings that token formats are made of: the verifiers check them, the fixtures' templates produce them.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// CRC-32 as in zlib (polynomial 0xEDB88320, reflected). Tokens are short: no table.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// The checksum that GitHub and npm put at the end of a token: CRC-32 of the random part in base 62, six digits.
/// Source: "Behind GitHub's new authentication token formats", the GitHub blog, 2021-04-05.
pub fn crc32_base62(bytes: &[u8]) -> String {
    let mut rest = crc32(bytes);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

/// Base64 with padding; the URL-safe alphabet has none.
pub fn base64_encode(bytes: &[u8], url_safe: bool) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            if position > chunk.len() {
                if !url_safe {
                    text.push('=');
                }
                continue;
            }
            let value = group >> (18 - 6 * position) & 63;
            text.push(match (BASE64.get(value as usize).copied().unwrap_or(b'A'), url_safe) {
                (b'+', true) => '-',
                (b'/', true) => '_',
                (byte, _) => char::from(byte),
            });
        }
    }
    text
}

/// Reads either alphabet; padding may be missing, white space and the two-character escapes `\n` and `\r` are skipped.
/// `None` when anything else is in it or a single digit is left over.
pub fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0u32, 0u32);
    let mut digits = 0usize;
    let mut rest = text.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' | b' ' | b'\t' => continue,
            b'\\' if matches!(rest.peek(), Some(b'n' | b'r')) => {
                rest.next();
                continue;
            }
            _ => return None,
        };
        digits += 1;
        group = group << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xff) as u8);
        }
    }
    (digits % 4 != 1).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_checksums_are_those_of_zlib_and_of_the_published_description() {
        // The CRC catalogue's check value.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        // A made-up token whose checksum was computed with zlib's crc32; a zero pads it to six digits.
        assert_eq!(crc32_base62(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), "0mLq17");
    }

    #[test]
    fn base64_goes_both_ways_and_refuses_what_it_is_not() {
        for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
            for url_safe in [false, true] {
                let encoded = base64_encode(text.as_bytes(), url_safe);
                assert_eq!(base64_decode(encoded.as_bytes()).unwrap(), text.as_bytes());
            }
        }
        assert_eq!(base64_encode(b"fooba", false), "Zm9vYmE=");
        assert_eq!(base64_encode(&[0xfb, 0xff], true), "-_8");
        assert_eq!(base64_decode(b"Zm9v\\nYmE=").unwrap(), b"fooba");
        assert_eq!(base64_decode(b"Zm9vY"), None);
        assert_eq!(base64_decode(b"Zm9v*"), None);
    }
}
