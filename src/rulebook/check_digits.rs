//! The check digits of numbers about persons: the analyzers verify them, the fixtures' templates produce them.

/// ISO/IEC 7812-1, annex B: whether the last of `digits` (0 to 9) is the check digit of those before it.
pub fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { 2 * u32::from(digit) - 9 } else { 2 * u32::from(digit) };
    let value = |(position, &digit): (usize, &u8)| if position % 2 == 0 { u32::from(digit) } else { doubled(digit) };
    digits.iter().rev().enumerate().map(value).sum::<u32>().is_multiple_of(10)
}

/// ISO/IEC 7064, MOD 97-10, of `text`, whose letters count from 10 to 35; `None` if there is anything else in it.
pub fn mod_97(text: &str) -> Option<u32> {
    text.chars().try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        Some((if value > 9 { rest * 100 + value } else { rest * 10 + value }) % 97)
    })
}

/// Whether an IBAN without blanks has the right check digits (ISO 13616-1): its first four characters moved to the end, it
/// leaves 1.
pub fn iban(text: &str) -> bool {
    text.split_at_checked(4).is_some_and(|(head, rest)| mod_97(&format!("{rest}{head}")) == Some(1))
}

/// The sum of the products of `digits` and `weights`.
pub fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum()
}

/// The check digit of a field of a machine-readable zone (ICAO 9303-3, 4.9): weights 7, 3, 1, letters from 10, `<` is 0.
pub fn mrz(field: &str) -> Option<char> {
    let value = |c: char| if c == '<' { Some(0) } else { c.to_digit(36) };
    let sum =
        field.chars().zip([7, 3, 1].iter().cycle()).try_fold(0, |sum, (c, weight)| Some(sum + value(c)? * weight))?;
    char::from_digit(sum % 10, 10)
}

/// The two check digits of a Norwegian identity number whose first nine digits are given (Skatteetaten); `None` where there
/// are none, and the nine are not used.
pub fn norwegian(nine: &[u8]) -> Option<(u8, u8)> {
    let digit = |sum: u32| match 11 - sum % 11 {
        10 => None,
        11 => Some(0),
        digit => u8::try_from(digit).ok(),
    };
    let first = digit(weighted(nine, &[3, 7, 6, 1, 8, 9, 4, 5, 2]))?;
    let second = digit(weighted(nine, &[5, 4, 3, 2, 7, 6, 5, 4, 3]) + 2 * u32::from(first))?;
    Some((first, second))
}

/// The letter of a Spanish identity number (Real Decreto 1553/2005): the number modulo 23.
pub fn spanish(number: u32) -> char {
    b"TRWAGMYFPDXBNJZSQVHLCKE".get((number % 23) as usize).map_or('T', |&letter| char::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    /// Against the examples that the standards and authorities print.
    #[test]
    fn check_digits_are_those_of_the_standards() {
        assert!(luhn(&digits("4111111111111111")) && !luhn(&digits("4111111111111112")));
        assert!(iban("GB82WEST12345698765432") && !iban("GB82WEST12345698765433") && !iban("GB"));
        assert_eq!(mrz("L898902C3"), Some('6'));
        assert_eq!(mrz("740812"), Some('2'));
        assert_eq!(mrz("120415"), Some('9'));
        assert_eq!(mrz("ZE184226B<<<<<"), Some('1'));
        assert_eq!(spanish(12_345_678), 'Z');
        assert_eq!(
            norwegian(&digits("010100500")).map(|(first, second)| (first < 10, second < 10)),
            Some((true, true))
        );
    }
}
