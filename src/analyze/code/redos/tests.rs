//! Patterns whose growth is known.

#![allow(clippy::unwrap_used)]

use super::*;

fn judged(pattern: &str) -> (Option<Witness>, Option<Witness>) {
    let flags = Flags { is_javascript: true, ..Flags::default() };
    let found = Found { pattern: pattern.into(), flags, is_full: false, span: 0..0 };
    let automaton = automaton_of(&found).unwrap();
    (automaton.exponential(), automaton.polynomial())
}

#[test]
fn patterns_that_double_with_each_character_are_told() {
    for pattern in [
        "^(a+)+$",
        "^(a*)*b",
        "(a|a)*c",
        "(a|aa)+$",
        r"^(\w+\s?)*$",
        r"^([a-zA-Z0-9]+[._-]?)+@x",
        r"(\s*\w+\s*)*;",
        r"(?:[^<]+|<a)*(?:[^<]|b)*>x(a|[ab])+y",
        "^(?:a?b?)*c$",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        "(x{1,64})*y",
    ] {
        assert!(judged(pattern).0.is_some(), "{pattern}");
    }
}

#[test]
fn patterns_with_one_way_to_read_each_text_are_silent() {
    for pattern in [
        "^(a+b)+$",
        r"^(?:\w+\.)*\w+$",
        r"^\d+(?:,\d{3})*$",
        r#""(?:[^"\\]|\\.)*""#,
        r"^(?:[a-z]+-)+[a-z]+$",
        "(a|b)*c",
        "(a+)+",
        r"(\w+)*",
        r"^([^,]*,)*x",
        r"(?:(?!-->)[\s\S])*-->",
        r"^[\s\S]*(a+)+[\s\S]*$",
        r"^(\w+\b\s*)*$",
    ] {
        let (exponential, _) = judged(pattern);
        assert_eq!(exponential, None, "{pattern}");
    }
}

#[test]
fn two_loops_side_by_side_are_polynomial() {
    for pattern in [r"^\s*\s*$", r"\d+\d*x", r"^\s*(.*?)\s*$", "a*b?a*c"] {
        let (exponential, polynomial) = judged(pattern);
        assert!(exponential.is_none() && polynomial.is_some(), "{pattern}");
    }
    for pattern in [r"\s+\d+x", r"\w+@\w+", "[^,]*,[^,]*$", r"\s*\w*", "a+b+a+"] {
        assert_eq!(judged(pattern).1, None, "{pattern}");
    }
}

#[test]
fn a_witness_is_text_that_does_not_match() {
    let (witness, _) = judged("^x(a|aa)+$");
    assert_eq!(witness, Some(Witness { prefix: "xa".into(), pump: "aaa".into(), suffix: "!".into() }));
    let (witness, _) = judged(r"^(\w+\s?)*$");
    assert_eq!(witness.unwrap().pump, "a");
}

#[test]
fn literals_are_read_as_the_program_reads_them() {
    for (written, language, read) in [
        (r#"r"\d+""#, Language::Python, Some(r"\d+")),
        (r#""\\d+\n""#, Language::Python, Some(r"\d+\n")),
        (r#""\d""#, Language::Python, Some(r"\d")),
        (r#""\d""#, Language::JavaScript, Some("d")),
        (r##"r#"a"b"#"##, Language::Rust, Some("a\"b")),
        (r#"f"{x}""#, Language::Python, None),
    ] {
        assert_eq!(unquoted(written, language).as_deref(), read, "{written}");
    }
}
