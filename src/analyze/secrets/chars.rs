//! What a value looks like, in numbers.

/// Shannon entropy in bits for each byte.
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / total).map(|p| -p * p.log2()).sum()
}

/// Which kinds of characters a value consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    pub lower: bool,
    pub upper: bool,
    pub digit: bool,
    pub symbol: bool,
}

impl Classes {
    pub fn of(value: &str) -> Classes {
        let any = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
        Classes {
            lower: any(u8::is_ascii_lowercase),
            upper: any(u8::is_ascii_uppercase),
            digit: any(u8::is_ascii_digit),
            symbol: any(|byte| !byte.is_ascii_alphanumeric()),
        }
    }

    pub fn count(self) -> usize {
        [self.lower, self.upper, self.digit, self.symbol].into_iter().filter(|&has| has).count()
    }
}

pub fn is_hex(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(value: &str) -> bool {
    let mut groups = value.split('-');
    [8, 4, 4, 4, 12].iter().all(|&length| groups.next().is_some_and(|group| group.len() == length && is_hex(group)))
        && groups.next().is_none()
}

/// How much commoner a pair of letters is in words than by chance: a row for each first letter, a digit for each second.
/// The digit is log2 of the ratio, from -4 (0) to 4 (9), counted over the words of names and prose in released Python,
/// TypeScript and Rust. Words average over 5, random letters 2.5.
const PAIRS: [&[u8; 26]; 26] = [
    b"26762351603867060878543341",
    b"52315000521610510452500020",
    b"71427107506521810547510020",
    b"53248221710422520452411120",
    b"74785652312768464987353630",
    b"40225510600411500433400020",
    b"41006134500324410541400000",
    b"60016000500121510424300020",
    b"65766560002669751577050405",
    b"20003000000000300020100000",
    b"21016010400202200141101000",
    b"72248310702602720055521060",
    b"74117000600240660142500020",
    b"72677482604424630278442020",
    b"44663440424668560865655220",
    b"70327124501631650755500030",
    b"00000000000200000000500000",
    b"72559340704454730576541050",
    b"51628126703433563368613040",
    b"71438316800432730765512160",
    b"55535330400657250666000100",
    b"50007000500020300011010000",
    b"50014003400104400230000000",
    b"20314101300010040014000010",
    b"21202100200233250143000000",
    b"30005000200000200000000003",
];

/// Whether the letters of `value` read like words rather than like the output of a generator: 95 of 100 words do, 2 of 100
/// random strings of twelve letters, 1 of 200 of thirty-two letters and digits.
pub fn reads_like_words(value: &str) -> bool {
    word_score(value) > 4.5
}

/// How much neighbouring letters look like those of words, from 0 to 9; 0 where there are too few to tell.
pub fn word_score(value: &str) -> f64 {
    let (mut pairs, mut sum) = (0u32, 0u32);
    for window in value.as_bytes().windows(2) {
        let &[a, b] = window else { continue };
        // `aB` starts a word in camel case, a pair across it says nothing.
        if !a.is_ascii_alphabetic() || !b.is_ascii_alphabetic() || (a.is_ascii_lowercase() && b.is_ascii_uppercase()) {
            continue;
        }
        pairs += 1;
        sum += score(a.to_ascii_lowercase(), b.to_ascii_lowercase());
    }
    if pairs < 3 { 0.0 } else { f64::from(sum) / f64::from(pairs) }
}

fn score(a: u8, b: u8) -> u32 {
    let (row, column) = (usize::from(a.wrapping_sub(b'a')), usize::from(b.wrapping_sub(b'a')));
    PAIRS.get(row).and_then(|row| row.get(column)).map_or(0, |digit| u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_the_definition() {
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert_eq!(entropy(b"abab"), 1.0);
        assert_eq!(entropy(b"abcdefgh"), 3.0);
        assert_eq!(entropy(b""), 0.0);
    }

    #[test]
    fn words_are_told_from_noise() {
        for words in ["kubernetes-secret-name", "requiredPassword", "my_access_token_2", "NotImplementedYet"] {
            assert!(reads_like_words(words), "{words}");
        }
        for noise in ["q8Zx7Lm2Kp9Vb4Tn", "xkqjzvwbpf", "f3a9c1d07b2e", "Zq-7Xw_9Jk"] {
            assert!(!reads_like_words(noise), "{noise}");
        }
    }

    #[test]
    fn a_uuid_has_its_five_groups() {
        assert!(is_uuid("123e4567-e89b-12d3-a456-426614174000"));
        assert!(!is_uuid("123e4567-e89b-12d3-a456-426614174000-1"));
        assert!(!is_uuid("123e4567"));
    }
}
