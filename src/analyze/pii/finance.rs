//! Payment cards and bank accounts.

use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::text::{Shape, Text, is_made_up, listed};
use crate::model::Confidence;
use crate::rulebook::check_digits;

static CARD: Shape = LazyLock::new(|| Regex::new(r"\d{4}(?:[ -]?\d{2,6}){2,3}(?:[ -]?\d{1,4})?").ok());

const CARD_WORDS: &str =
    "card|cardnumber|creditcard|pan|visa|mastercard|amex|payment|cc|ccnumber|credit|debit|carte|kreditkarte";

/// Numbers that card networks and processors publish for tests, beside those that [`is_made_up`] tells.
const TEST_CARDS: &str = "4012888888881881|4000056655665556|4242424242424242|4111111111111111|4005519200000004|4009348888881881|\
4012000033330026|4012000077777777|4217651111111119|4500600000000061|4988438843884305|5555555555554444|\
5105105105105100|2223003122003222|5200828282828210|5555341244441115|5454545454545454|5424000000000015|\
2222420000001113|378282246310005|371449635398431|378734493671000|370000000000002|6011111111111117|\
6011000990139424|6011981111111113|3056930009020004|36227206271667|30569309025904|38520000023237|\
3566002020360505|3530111333300000|6200000000000005|6304000000000000|4539578763621486|4916338506082832|\
4532015112830366|4556737586899855|4929000000006";

/// Issuer identification numbers with the lengths of their cards (ISO/IEC 7812; the networks' published ranges).
fn is_issued(digits: &[u8]) -> bool {
    let prefix = |length: usize| digits.iter().take(length).fold(0u32, |number, &digit| number * 10 + u32::from(digit));
    let (two, three, four) = (prefix(2), prefix(3), prefix(4));
    match digits.len() {
        13 => prefix(1) == 4,
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            prefix(1) == 4
                || matches!(two, 51..=55 | 65 | 62)
                || matches!(three, 644..=649)
                || matches!(four, 2221..=2720 | 6011 | 3528..=3589 | 2200..=2204)
        }
        _ => false,
    }
}

pub fn cards(text: &Text<'_>) -> Found {
    let mut found = Found::new();
    for span in text.each(&CARD) {
        let digits = text.digits(&span);
        let written: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        if !is_issued(&digits) || !check_digits::luhn(&digits) || is_made_up(&digits) || listed(TEST_CARDS, &written) {
            continue;
        }
        let is_grouped = is_grouped(text.get(&span));
        if !is_grouped && text.get(&span).contains([' ', '-']) {
            continue;
        }
        let is_named = text.is_about(&span, CARD_WORDS);
        let sure = match (is_named, is_grouped) {
            (true, _) => Confidence::High,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::Low,
        };
        found.push((span, sure));
    }
    found
}

/// As it is embossed: in fours, or four, six and five, or four, six and four.
fn is_grouped(written: &str) -> bool {
    let lengths: Vec<usize> = written.split([' ', '-']).map(str::len).collect();
    matches!(lengths.as_slice(), [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4])
}

static IBAN: Shape = LazyLock::new(|| Regex::new(r"[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?").ok());

/// Lengths by country, as the IBAN registry of SWIFT lists them.
const LENGTHS: &str = "AD24|AE23|AL28|AT20|AZ28|BA20|BE16|BG22|BH22|BI27|BR29|BY28|CH21|CR22|CY28|CZ24|DE22|DJ27|DK18|DO28|EE20|EG29|\
ES24|FI18|FK18|FO18|FR27|GB22|GE22|GI23|GL18|GR27|GT28|HN28|HR21|HU28|IE22|IL23|IQ23|IS26|IT27|JO30|KW30|KZ20|\
LB28|LC32|LI21|LT20|LU20|LV21|LY25|MC27|MD24|ME22|MK19|MN20|MR27|MT31|MU30|NI28|NL18|NO15|OM23|PK24|PL28|PS29|\
PT25|QA29|RO24|RS22|RU33|SA24|SC31|SD18|SE24|SI19|SK24|SM27|SO23|ST25|SV28|TL23|TN24|TR26|UA29|VA22|VG24|XK20|\
YE30";

/// Examples of the registry and of encyclopedias, which everyone copies.
const EXAMPLES: &str = "GB82WEST12345698765432|GB29NWBK60161331926819|GB33BUKB20201555555555|DE89370400440532013000|\
DE91100000000123456789|DE75512108001245126199|FR1420041010050500013M02606|FR7630006000011234567890189|\
FR7630001007941234567890185|NL91ABNA0417164300|CH9300762011623852957|CH5604835012345678009|\
ES9121000418450200051332|ES7921000813610123456789|IT60X0542811101000000123456|BE68539007547034|BE71096123456769|\
AT611904300234573201|AT483200000012345864|NO9386011117947|NO8330001234567|SE4550000000058398257466|\
DK5000400440116243|FI2112345600000785|PL61109010140000071219812874|PT50000201231234567890154|\
IE29AIBK93115212345678|LU280019400644750000|SA0380000000608010167519|GR1601101250000000012300695|\
TR330006100519786457841326|MT84MALT011000012345MTLCAST001S|CZ6508000000192000145399|SK3112000000198742637541|\
HU42117730161111101800000000|RO49AAAA1B31007593840000";

pub fn ibans(text: &Text<'_>) -> Found {
    let is_iban = |written: &str| {
        let bare: String = written.chars().filter(|c| *c != ' ').collect();
        let entry = bare.get(..2).and_then(|country| LENGTHS.split('|').find_map(|entry| entry.strip_prefix(country)));
        let length = entry.and_then(|length| length.parse().ok());
        let digits: Vec<u8> = bare.bytes().skip(4).filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        length == Some(bare.len()) && check_digits::iban(&bare) && !listed(EXAMPLES, &bare) && !is_made_up(&digits)
    };
    let sure = |named: bool| if named { Confidence::High } else { Confidence::Medium };
    let found = text.each(&IBAN).filter(|span| is_iban(text.get(span)));
    found
        .map(|span| {
            (
                span.clone(),
                sure(text.is_about(&span, "iban|account|bank|konto|sepa|compte") || text.get(&span).contains(' ')),
            )
        })
        .collect()
}

/// For the test that compiles them.
#[cfg(test)]
pub const SHAPES: &[&Shape] = &[&CARD, &IBAN];
