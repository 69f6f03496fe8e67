#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::Confidence::{High, Low, Medium};
use crate::model::{Encoding, SourceFile};
use crate::syntax::Syntax;

fn found(path: &str, text: &str) -> Vec<(String, String, Confidence)> {
    let pii = Pii { kinds: kinds(&RuleSet::embedded()) };
    let source = SourceFile::new(Target::at(path), text.to_owned(), Encoding::Utf8);
    let mut sink = Sink::default();
    let syntax: Option<&Syntax<'_>> = None;
    pii.analyze(&File { source: &source, syntax }, &mut sink);
    // The history is searched without knowing the path.
    if let Some(least) = sink.hits.iter().map(|hit| hit.confidence).max() {
        let search = PiiSearch { kinds: kinds(&RuleSet::embedded()), least };
        assert!(search.suspects(text), "{least} at {path}: {text}");
    }
    let one = |hit: Hit| (hit.rule.id.slug().to_owned(), text[hit.span].to_owned(), hit.confidence);
    sink.hits.into_iter().map(one).collect()
}

/// (text, what is found in it, how surely), by the rule `slug`.
fn assert_found(slug: &str, each: &[(&str, &str, Confidence)]) {
    for (text, value, confidence) in each {
        assert_eq!(found("a.txt", text), [(slug.to_owned(), (*value).to_owned(), *confidence)], "{text}");
    }
}

fn assert_none(texts: &[&str]) {
    for text in texts {
        assert_eq!(found("a.txt", text), [], "{text}");
    }
}

#[test]
fn every_kind_has_a_rule() {
    let rules = RuleSet::embedded();
    let named: Vec<&str> =
        KINDS.iter().map(|(name, _)| *name).filter(|name| rules.with_builtin(name).count() == 1).collect();
    assert_eq!(named.len(), KINDS.len(), "{named:?}");
    assert_eq!(rules.iter().filter(|rule| rule.id.group() == "pii").count(), KINDS.len());
}

#[test]
fn addresses_of_persons_are_found_and_those_of_functions_are_not() {
    assert_found(
        "email",
        &[
            ("to: kari.berg@northwind.no;", "kari.berg@northwind.no", Medium),
            ("x = 'kari.berg+x@mail.northwind.no'", "kari.berg+x@mail.northwind.no", Medium),
        ],
    );
    assert_none(&[
        "kari@example.com",
        "noreply@northwind.no",
        "support@northwind.no",
        "git@github.com:a/b.git",
        "https://kari:pw@northwind.no/x",
        "postgres://kari@northwind.no/x",
        "author = kari.berg@northwind.no",
        "Signed-off-by: Kari <kari.berg@northwind.no>",
        "// Kari Berg (@kari) <kari.berg@northwind.no>",
        "  - Kari Berg <kari.berg@northwind.no>",
        "icon-big@2x.png",
        "@decorator.name",
        "value@property.setter",
        "lib@1.2.3.tgz",
        "8f3a9c1d07b2e46a@sentry.northwind.no",
        "a@b.no",
        "kari.berg@northwind.no(x)",
    ]);
    assert_eq!(found("AUTHORS", "kari.berg@northwind.no"), []);
    assert_eq!(found("tests/a.py", "kari.berg@northwind.no")[0].2, Low);
}

#[test]
fn public_addresses_are_found_and_versions_are_not() {
    assert_found(
        "ip-address",
        &[
            ("client_ip = 81.93.164.7", "81.93.164.7", Medium),
            ("x = '2a02:c7c:5e1f::14a9'", "2a02:c7c:5e1f::14a9", Medium),
        ],
    );
    assert_none(&[
        "ip 192.168.1.7",
        "ip 10.9.8.7",
        "ip 127.0.0.1",
        "ip 203.0.113.9",
        "ip 198.51.100.9",
        "ip 100.64.3.9",
        "ip 8.8.8.8",
        "ip 81.93.164.0/24",
        "version 81.93.164.7",
        "v81.93.164.7",
        "1.3.6.1.4.1.311",
        "oid 81.93.164.7.5",
        "ip 300.1.1.1",
        "ip 2001:db8::14a9",
        "ip fe80::14a9",
        "at 12:34:56",
        "ip ::1",
        "std::fs::read",
        "00:1b:44:11:3a:b7",
    ]);
}

#[test]
fn the_path_of_a_drawing_holds_no_addresses() {
    let path =
        |middle: &str| format!("d=\"M{}{middle}{}z\"", "17.5 10c.75 0 1.47 ".repeat(30), " 2.17-.24.21.71".repeat(30));
    assert_eq!(found("a.js", &path("81.93.164.7")), []);
    assert_none(&["d = 'M7.5 81.93.164.7 0 1'", "requires: x>=81.93.164.7"]);
    assert_eq!(found("a.js", &path("\", ip: \"81.93.164.7\", ")).len(), 1);
}

#[test]
fn cards_have_an_issuer_a_length_and_a_check_digit() {
    // Made for this test: digits of pi behind the issuer's, and Luhn's digit.
    assert_found(
        "payment-card",
        &[
            ("card: 4531 4159 2653 5899", "4531 4159 2653 5899", High),
            ("x 4531-4159-2653-5899", "4531-4159-2653-5899", Medium),
            ("x 4531415926535899", "4531415926535899", Low),
        ],
    );
    assert_none(&[
        "card 4531 4159 2653 5894",
        "card 4242 4242 4242 4242",
        "card 4111111111111111",
        "card 4000000000000002",
        "card 9531415926535894",
        "card 45314159265358992",
        "card 0x4531415926535899",
        "card 0.4531415926535899",
        "card 4531 41 592653 5899",
    ]);
}

#[test]
fn bank_accounts_have_a_country_a_length_and_check_digits() {
    // The check digits are 98 less the remainder by 97.
    assert_found("iban", &[("iban NO9515031415926", "NO9515031415926", High)]);
    assert_none(&[
        "iban NO9615031415926",
        "iban GB82 WEST 1234 5698 7654 32",
        "iban XX2715031415926",
        "iban DE89370400440532013000",
    ]);
}

#[test]
fn national_numbers_have_their_own_check_digits() {
    assert_found("us-ssn", &[("ssn: 536-22-8714", "536-22-8714", High), ("x: 536-22-8714", "536-22-8714", Low)]);
    assert_found("spanish-identity-number", &[("dni 27182818S", "27182818S", High)]);
    assert_none(&[
        "ssn: 000-22-8714",
        "ssn: 666-22-8714",
        "ssn: 936-22-8714",
        "ssn: 536-00-8714",
        "ssn: 536-22-0000",
        "ssn: 078-05-1120",
        "ssn: 123-45-6789",
        "id 536228714",
        "1-536-22-8714-9",
        "dni 27182818Q",
        "dni 12345678Z",
    ]);
}

#[test]
fn phones_have_a_country_or_a_word() {
    assert_found(
        "phone-number",
        &[
            ("phone = +47 22 91 46 73", "+47 22 91 46 73", Medium),
            ("x = '+47 22 91 46 73'", "+47 22 91 46 73", Medium),
            ("Tel. (212) 736-5841", "(212) 736-5841", Medium),
            ("Tel. 030 2593 7146", "030 2593 7146", Medium),
        ],
    );
    assert_none(&[
        "phone +1 212 555 0143",
        "phone (212) 555-0143",
        "phone +44 7700 900461",
        "phone +1 800 736 5841",
        "phone +47 12345678",
        "212-736-5841",
        "phone 1.2.3",
        "phone +999 22914673",
    ]);
}

#[test]
fn documents_have_a_shape_or_a_word() {
    assert_found(
        "driving-licence",
        &[("x NORDH803159KA9PX", "NORDH803159KA9PX", Medium), ("driver's license D8271946", "D8271946", Medium)],
    );
    assert_found("passport-number", &[("passportNumber: 583920174", "583920174", Medium)]);
    assert_none(&[
        "x MORGA657054SM9IJ",
        "x NORDH803459KA9PX",
        "x D8271946",
        "x 583920174",
        "passport 123456789",
        "passport x",
    ]);
    // ICAO 9303's own specimen, and what is wrong in one digit.
    assert_none(&["L898902C36UTO7408122F1204159ZE184226B<<<<<10", "L898902C36NOR7408122F1204159ZE184226B<<<<<11"]);
    assert_found(
        "machine-readable-zone",
        &[("L898902C36NOR7408122F1204159ZE184226B<<<<<10", "L898902C36NOR7408122F1204159ZE184226B<<<<<10", High)],
    );
}

#[test]
fn the_head_of_a_table_names_its_columns() {
    let rows = found("a.csv", "name,ssn,phone\nKari,536-22-8714,212-736-5841\n");
    let slugs: Vec<&str> = rows.iter().map(|(slug, _, _)| slug.as_str()).collect();
    assert_eq!(slugs, ["us-ssn", "phone-number"]);
    assert_eq!(rows[0].2, High);
}

#[test]
fn every_shape_compiles() {
    for shape in contact::SHAPES.iter().chain(network::SHAPES).chain(finance::SHAPES).chain(identity::SHAPES) {
        assert!(shape.is_some());
    }
}

#[test]
fn any_bytes_are_survived_and_long_lines_are_no_harm() {
    let pieces = [
        "1", "23", "4567", " ", "-", "+47", ".", "@", "a", "é", "NO", "ssn", ":", "::", "<", "\n", "(", ")", "card",
        "x.no",
    ];
    let mut state = 7u64;
    for _ in 0..3_000 {
        let mut text = String::new();
        for _ in 0..20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        found("a.csv", &text);
    }
    let started = std::time::Instant::now();
    for line in ["4531 ", "1.", "a@b.", "12:", "+47 ", "NO27 1503 ", "<<<<"] {
        found("a.txt", &line.repeat(15_000));
    }
    assert!(started.elapsed().as_secs() < 30);
}
