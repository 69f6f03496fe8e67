//! The numbers of versions: whole, of any length. Dates and build counters outgrow 64 bits in the wild.

/// `Large` holds only what does not fit in `Small`, so that the derived order is the order of the numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    Small(u64),
    /// The count of digits and the digits, without leading zeros.
    Large(usize, Box<str>),
}

impl Number {
    pub(super) const ZERO: Number = Number::Small(0);

    /// `None` unless `text` is one or more ASCII digits.
    pub(super) fn parse(text: &str) -> Option<Number> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(text.parse().map_or_else(
            |_| {
                let digits = text.trim_start_matches('0');
                Number::Large(digits.len(), digits.into())
            },
            Number::Small,
        ))
    }
}

/// The digits that `text` starts with, and the rest.
pub(super) fn leading_digits(text: &str) -> (&str, &str) {
    leading(text, |byte| byte.is_ascii_digit())
}

/// The bytes that `text` starts with and that pass `is_part`, and the rest. `is_part` is true of ASCII only.
pub(super) fn leading(text: &str, is_part: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|byte| !is_part(byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_in_order() {
        let texts = [
            "0",
            "007",
            "8",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999",
            "100000000000000000000",
        ];
        assert!(texts.windows(2).all(|pair| Number::parse(pair[0]) < Number::parse(pair[1])));
        assert_eq!(Number::parse("000018446744073709551616"), Number::parse("18446744073709551616"));
        assert!(["", "-1", "1a", "+1", "١"].iter().all(|text| Number::parse(text).is_none()));
    }
}
