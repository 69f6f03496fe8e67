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

/// The commonest pairs of letters in English text; they make up over half of the pairs in a text of words, and a sixth
/// of those in random letters.
const PAIRS: &str = "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me \
de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss \
so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu \
ev ld ry mp fe bl ab gh ty op wo sa ay ex ke ui fr oo ag ey ap ck ob da gr do bo cr ef if ub ok ru up sk po ba sp";

/// Whether the letters of `value` read like words rather than like the output of a generator.
pub fn reads_like_words(value: &str) -> bool {
    share_of_word_pairs(value) > 0.5
}

/// The share of neighbouring letters that are common in words; 0 where there are too few to tell.
pub fn share_of_word_pairs(value: &str) -> f64 {
    let bytes = value.as_bytes();
    let (mut pairs, mut common) = (0u32, 0u32);
    for window in bytes.windows(2) {
        let &[a, b] = window else { continue };
        // `aB` starts a word in camel case, a pair across it says nothing.
        if !a.is_ascii_alphabetic() || !b.is_ascii_alphabetic() || (a.is_ascii_lowercase() && b.is_ascii_uppercase()) {
            continue;
        }
        pairs += 1;
        let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
        common += u32::from(is_common_pair(a, b));
    }
    if pairs < 3 { 0.0 } else { f64::from(common) / f64::from(pairs) }
}

fn is_common_pair(a: u8, b: u8) -> bool {
    PAIRS.as_bytes().chunks(3).any(|pair| pair.starts_with(&[a, b]))
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
