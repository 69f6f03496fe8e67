//! CRC-32C, by which Google's storage tells what it sends (<https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash>).

/// Its reflected polynomial (RFC 3720, section 12.1).
const POLYNOMIAL: u32 = 0x82f6_3b78;

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ POLYNOMIAL } else { value >> 1 };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// As it stands in a header: four bytes, the highest first, in base 64.
pub(super) fn crc32c_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let step = |value: u32, byte: &u8| value >> 8 ^ TABLE[((value ^ u32::from(*byte)) & 0xff) as usize];
    let value = u64::from(!bytes.iter().fold(!0, step)) << 4;
    let digit = |place: u32| char::from(DIGITS[(value >> (6 * place) & 63) as usize]);
    (0..6).rev().map(digit).chain("==".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answers_are_given() {
        // RFC 3720, section B.4: 32 zeros give 8a9136aa, 32 ones 62a8ab43; and the usual check e3069283.
        assert_eq!(crc32c_base64(&[0; 32]), "ipE2qg==");
        assert_eq!(crc32c_base64(&[0xff; 32]), "YqirQw==");
        assert_eq!(crc32c_base64(b"123456789"), "4waSgw==");
        assert_eq!(crc32c_base64(b""), "AAAAAA==");
    }
}
