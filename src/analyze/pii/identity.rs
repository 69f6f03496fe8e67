//! Numbers that states give to persons and to their documents.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::text::{Shape, Text, is_made_up};
use crate::model::Confidence;
use crate::rulebook::check_digits;

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, &digit| number * 10 + u64::from(digit))
}

fn is_date(day: u64, month: u64) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month)
}

static SSN: Shape = LazyLock::new(|| Regex::new(r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{9}").ok());

/// Social Security Administration, RM 10201.035: no area 000, 666 or from 900 on, no group 00, no serial 0000. Those that
/// advertisements made known are nobody's.
pub fn social_security_numbers(text: &Text<'_>) -> Found {
    let is_given_out = |digits: &[u8]| {
        let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
        !matches!(area, 0 | 666 | 900..)
            && group != 0
            && serial != 0
            && !matches!(number(digits), 78_051_120 | 219_099_999 | 457_555_462)
    };
    let mut found = Found::new();
    for span in text.each(&SSN) {
        let digits = text.digits(&span);
        let is_named = text.is_about(
            &span,
            "ssn|social security|social_security|socialsecurity|socialsecuritynumber|social security number",
        );
        let is_dashed = text.get(&span).contains('-');
        if digits.len() == 9 && is_given_out(&digits) && !is_made_up(&digits) && (is_named || is_dashed) {
            found.push((span, if is_named { Confidence::High } else { Confidence::Low }));
        }
    }
    found
}

static ELEVEN: Shape = LazyLock::new(|| Regex::new(r"\d{6} ?\d{5}").ok());

/// Skatteetaten: day, month and year of birth, three individual digits, two check digits. D-numbers add 4 to the first
/// digit.
pub fn norwegian_numbers(text: &Text<'_>) -> Found {
    let mut found = Found::new();
    for span in text.each(&ELEVEN) {
        let digits = text.digits(&span);
        let (day, month) = (number(&digits[..2]), number(&digits[2..4]));
        let is_number = is_date(if day > 40 { day - 40 } else { day }, month)
            && check_digits::norwegian(&digits[..9]) == Some((digits[9], digits[10]))
            && !is_made_up(&digits);
        if is_number {
            let words = "fnr|fodselsnummer|fødselsnummer|personnummer|birthnumber|national|nin|ssn|dnr|pnr";
            found.push((span.clone(), if text.is_about(&span, words) { Confidence::High } else { Confidence::Low }));
        }
    }
    found
}

static NIR: Shape = LazyLock::new(|| Regex::new(r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}").ok());

/// INSEE: sex, year, month, department (2A and 2B in Corsica), commune, order, and a key: 97 less the rest modulo 97.
pub fn french_numbers(text: &Text<'_>) -> Found {
    let mut found = Found::new();
    for span in text.each(&NIR) {
        let bare: String = text.get(&span).chars().filter(|c| *c != ' ').collect();
        // 2A counts as 19 and 2B as 18.
        let counted = bare.replacen("2A", "19", 1).replacen("2B", "18", 1);
        let Some((rest, key)) = counted.split_at_checked(13) else { continue };
        let (Ok(rest), Ok(key)) = (rest.parse::<u64>(), key.parse::<u64>()) else { continue };
        let month = rest / 100_000_000 % 100;
        let digits: Vec<u8> = counted.bytes().map(|byte| byte.saturating_sub(b'0')).collect();
        if matches!(month, 1..=12 | 20..=42 | 50..) && 97 - rest % 97 == key && !is_made_up(&digits) {
            let words = "nir|insee|sécu|secu|sécurité sociale|securite sociale|numss|ssn|social";
            let is_spaced = text.get(&span).contains(' ');
            let sure = match (text.is_about(&span, words), is_spaced) {
                (true, _) => Confidence::High,
                (false, true) => Confidence::Medium,
                (false, false) => Confidence::Low,
            };
            found.push((span, sure));
        }
    }
    found
}

static DNI: Shape = LazyLock::new(|| Regex::new(r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]").ok());

/// Real Decreto 1553/2005: eight digits and the letter that their remainder by 23 gives; X, Y and Z count as 0, 1 and 2 in
/// the numbers of foreigners.
pub fn spanish_numbers(text: &Text<'_>) -> Found {
    let mut found = Found::new();
    for span in text.each(&DNI) {
        let bare: String = text.get(&span).chars().filter(|c| *c != '-').collect();
        let counted =
            bare.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", usize::from(bare.starts_with('Z')));
        let Some((counted, letter)) = counted.split_at_checked(8) else { continue };
        let Ok(value) = counted.parse::<u32>() else { continue };
        let digits: Vec<u8> = counted.bytes().map(|byte| byte.saturating_sub(b'0')).collect();
        if bare.ends_with(check_digits::spanish(value)) && letter.len() <= 1 && !is_made_up(&digits) {
            let is_named = text.is_about(&span, "dni|nie|nif|documento|identidad|identificacion|identificación");
            found.push((span, if is_named { Confidence::High } else { Confidence::Low }));
        }
    }
    found
}

/// Surname in five (filled with 9), decade, month (and 50 for women), day, year, two initials, three more: the DVLA's
/// driver number.
static DVLA: Shape = LazyLock::new(|| {
    Regex::new(r"[A-Z][A-Z9]{4}\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z][A-Z9][A-Z0-9][A-Z]{2}").ok()
});
/// California; New York; Florida and others: a letter and digits, or digits alone.
static US_LICENCE: Shape =
    LazyLock::new(|| Regex::new(r"[A-Z]\d{7}|[A-Z]\d{12}|[A-Z]\d{3}[- ]\d{3}[- ]\d{2,3}[- ]\d{3}[- ]?\d?").ok());
/// § 24 FeV: authority, a serial number, a check character, the number of the copy.
static GERMAN_LICENCE: Shape = LazyLock::new(|| Regex::new(r"[A-Z]\d{2}[0-9A-Z]{6}\d[0-9A-Z]").ok());

const LICENCE_WORDS: &str = "driver license|drivers license|driver's license|driver licence|drivers licence|driving licence|driving license|\
driver_license|drivers_license|driving_licence|driverlicense|driverslicense|drivinglicence|licensenumber|\
license_number|licence_number|license no|dl number|dl_number|führerschein|fuehrerschein";

pub fn driving_licences(text: &Text<'_>) -> Found {
    // The number that the DVLA prints.
    let mut found: Found = text
        .each(&DVLA)
        .filter(|span| text.get(span) != "MORGA657054SM9IJ")
        .map(|span| (span, Confidence::High))
        .collect();
    for shape in [&US_LICENCE, &GERMAN_LICENCE] {
        let named =
            text.each(shape).filter(|span| text.is_about(span, LICENCE_WORDS) && !is_made_up(&text.digits(span)));
        found.extend(named.map(|span| (span, Confidence::Medium)));
    }
    in_order(found)
}

/// United States: nine digits, or a letter and eight (since 2021). United Kingdom: nine digits. Germany: nine characters
/// without vowels and what is taken for a digit (§ 4 PassV). Shapes of others are alike.
static PASSPORT: Shape =
    LazyLock::new(|| Regex::new(r"\d{9}|[A-Z]\d{8}|[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}|[A-Z]{2}\d{7}").ok());

pub fn passports(text: &Text<'_>) -> Found {
    let words =
        "passport|passportnumber|passportno|passport_number|passport_no|reisepass|passnummer|passeport|pasaporte";
    let is_number = |span: &Range<usize>| {
        let digits = text.digits(span);
        digits.len() >= 3 && !is_made_up(&digits) && text.is_about(span, words)
    };
    text.each(&PASSPORT).filter(is_number).map(|span| (span, Confidence::Medium)).collect()
}

fn in_order(mut found: Found) -> Found {
    found.sort_by_key(|(span, _)| span.start);
    found.dedup_by(|next, kept| next.0.start < kept.0.end);
    found
}

/// The second line of a passport or of a card of its size (ICAO 9303-4 and -6), in which every field has a check digit.
static ZONE: Shape =
    LazyLock::new(|| Regex::new(r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{6}\d[MF<]\d{6}\d[A-Z0-9<]{7,14}[0-9<]?\d").ok());

pub fn machine_readable_zones(text: &Text<'_>) -> Found {
    text.each(&ZONE).filter(|span| is_zone(text.get(span))).map(|span| (span, Confidence::High)).collect()
}

fn is_zone(line: &str) -> bool {
    let part = |span: Range<usize>| line.get(span).unwrap_or_default();
    let fits = |field: Range<usize>| {
        check_digits::mrz(part(field.clone())).is_some_and(|digit| part(field.end..field.end + 1).starts_with(digit))
    };
    let composite = match line.len() {
        44 | 36 => format!("{}{}{}", part(0..10), part(13..20), part(21..line.len() - 1)),
        _ => return false,
    };
    let last = check_digits::mrz(&composite);
    // UTO is the standard's own country, and D<< with this number the specimen of the German one.
    let is_specimen = part(10..13) == "UTO" || line.starts_with("C01X");
    fits(0..9) && fits(13..19) && fits(21..27) && last.is_some_and(|digit| line.ends_with(digit)) && !is_specimen
}

/// For the test that compiles them.
#[cfg(test)]
pub const SHAPES: &[&Shape] = &[&SSN, &ELEVEN, &NIR, &DNI, &DVLA, &US_LICENCE, &GERMAN_LICENCE, &PASSPORT, &ZONE];
