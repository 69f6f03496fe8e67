//! A licence text as words, by the matching guidelines of the SPDX specification (annex B): case, white space, punctuation,
//! the signs of comments, bullets, copyright notices and spellings that mean the same make no difference.

use std::ops::Range;

/// One word of a text.
#[derive(Clone, Debug)]
pub struct Word {
    /// Of the word in lower case and in one spelling.
    pub key: u64,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// `1.`, `(a)`, `iv)` where an item of a list may start, or a year: it may as well be missing.
    pub may_lack: bool,
    /// The last one of a sentence.
    pub ends: bool,
}

/// Spellings that the guidelines treat as one (the list of equivalent words), `https` for `http`, and verbs whose number
/// follows that of the holders.
const SAME: &[(&str, &str)] = &[
    ("acknowledgment", "acknowledgement"),
    ("analog", "analogue"),
    ("analyze", "analyse"),
    ("artifact", "artefact"),
    ("authorization", "authorisation"),
    ("authorized", "authorised"),
    ("caliber", "calibre"),
    ("canceled", "cancelled"),
    ("capitalizations", "capitalisations"),
    ("catalog", "catalogue"),
    ("categorize", "categorise"),
    ("center", "centre"),
    ("disclaim", "disclaims"),
    ("emphasized", "emphasised"),
    ("favor", "favour"),
    ("favorite", "favourite"),
    ("fulfil", "fulfill"),
    ("fulfilment", "fulfillment"),
    ("have", "has"),
    ("https", "http"),
    ("initialize", "initialise"),
    ("judgement", "judgment"),
    ("labeling", "labelling"),
    ("labor", "labour"),
    ("licence", "license"),
    ("licenced", "licensed"),
    ("licences", "licenses"),
    ("licencing", "licensing"),
    ("maximize", "maximise"),
    ("modeled", "modelled"),
    ("modeling", "modelling"),
    ("offense", "offence"),
    ("optimize", "optimise"),
    ("organization", "organisation"),
    ("organize", "organise"),
    ("practice", "practise"),
    ("program", "programme"),
    ("realize", "realise"),
    ("recognize", "recognise"),
    ("signaling", "signalling"),
    ("utilization", "utilisation"),
    ("whilst", "while"),
    ("wilful", "willful"),
];

/// Two words that are written as one, too, or that mean another pair.
const PAIRS: &[(&str, &str, &str)] = &[
    ("non", "commercial", "noncommercial"),
    ("non", "infringement", "noninfringement"),
    ("per", "cent", "percent"),
    ("sub", "license", "sublicense"),
    ("copyright", "owner", "copyrightholder"),
    ("copyright", "owners", "copyrightholders"),
    ("copyright", "holder", "copyrightholder"),
    ("copyright", "holders", "copyrightholders"),
];

/// The words of `text` without its copyright notices.
pub fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::with_capacity(text.len() / 6);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        if !is_notice(line) {
            read_line(text, start, line, &mut found);
        }
    }
    found
}

fn read_line(text: &str, start: usize, line: &str, found: &mut Vec<Word>) {
    let mut is_first = true;
    let mut at = 0;
    while let Some(length) = line.get(at..).and_then(|rest| rest.find(char::is_alphanumeric)) {
        let from = at + length;
        let rest = line.get(from..).unwrap_or_default();
        let to = from + rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (raw, after) = (line.get(from..to).unwrap_or_default(), line.get(to..).unwrap_or_default());
        let before = line.get(..from).and_then(|before| before.chars().next_back());
        let word = raw.to_lowercase();
        let mut signs = after.chars().skip_while(|c| matches!(c, '"' | '\'' | ')' | '”' | '’' | '*' | '_'));
        let ends = matches!(signs.next(), Some('.' | ';' | ':')) && signs.next().is_none_or(char::is_whitespace);
        let starts = is_first || before == Some('(') || found.last().is_some_and(|last| last.ends || last.may_lack);
        let may_lack = is_year(&word) || (starts && is_number_of_item(&word) && after.starts_with(['.', ')']));
        let span = start + from..start + to;
        match found.last_mut().and_then(|last| Some((joined(text, last, &word, span.start)?, last))) {
            Some((whole, last)) => {
                *last = Word { key: key(whole), span: last.span.start..span.end, may_lack: false, ends };
            }
            None => found.push(Word { key: key(spelling(&word)), span, may_lack, ends: ends && !may_lack }),
        }
        is_first = false;
        at = to;
    }
}

/// What the word before, `last`, and this one, which starts at `start`, are together.
fn joined(text: &str, last: &Word, word: &str, start: usize) -> Option<&'static str> {
    // Within a sentence, on one line or over its end.
    if last.ends || start - last.span.end > 24 {
        return None;
    }
    let before = text.get(last.span.clone())?;
    let pairs = PAIRS.iter().filter(|(_, second, _)| *second == word);
    let mut fitting = pairs.filter(|(first, ..)| first.eq_ignore_ascii_case(before));
    fitting.next().map(|(_, _, whole)| *whole)
}

fn spelling(word: &str) -> &str {
    SAME.binary_search_by(|(other, _)| (*other).cmp(word)).ok().and_then(|at| SAME.get(at)).map_or(word, |(_, it)| it)
}

/// FNV-1a.
pub fn key(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The years of a notice in the middle of a text.
fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number_of_item(word: &str) -> bool {
    let is_short = word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_short || is_letter || (word.len() <= 5 && word.bytes().all(|byte| b"ivx".contains(&byte)))
}

/// Whether the line says whose the work is, and since when: no part of the terms.
fn is_notice(line: &str) -> bool {
    let line =
        line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != '©').trim_end().to_lowercase();
    // A text without line ends has its notice and all else on one.
    if line.len() > 300 {
        return false;
    }
    let starts = ["©", "distributed under the terms of use in http", "license text copyright"];
    if starts.iter().any(|start| line.starts_with(start)) {
        return true;
    }
    if let Some(rest) = line.strip_prefix("all rights reserved") {
        return rest.len() < 3;
    }
    // `(c)` may as well begin the third item of a list.
    if let Some(rest) = line.strip_prefix("(c)") {
        return names_a_holder(rest.trim_start());
    }
    let before =
        ["portions of this software are ", "portions of this software ", "portions ", "this software is ", "the "];
    let line = before.iter().find_map(|prefix| line.strip_prefix(prefix)).unwrap_or(&line);
    line.strip_prefix("copyright").is_some_and(|rest| {
        let rest = rest.trim_start_matches([' ', ':', '\t', '-', ',']);
        rest.starts_with(['(', '©', '$']) || rest.starts_with("by ") || names_a_holder(rest)
    })
}

/// What follows the sign of a copyright: a year, a name in brackets, or few words with a year among them.
fn names_a_holder(rest: &str) -> bool {
    let has_year = rest.as_bytes().windows(4).any(|run| run.iter().all(u8::is_ascii_digit));
    rest.starts_with("copyright")
        || rest.starts_with(|c: char| c.is_ascii_digit() || "<[{".contains(c))
        || (has_year && rest.split_whitespace().count() < 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<u64> {
        words(text).iter().map(|word| word.key).collect()
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        assert!(SAME.is_sorted());
        for (one, other) in [
            ("The Licence, and \"this\"", "the license\n * AND ‘this’ —"),
            ("Copyright (c) 2020 A\nPermission", "permission"),
            ("sub-license non-commercial", "sublicense noncommercial"),
            ("the copyright owner", "The Copyright Holder"),
            ("© 1999\nAll rights reserved.\nx", "x"),
            ("https://a.example", "http://a.example"),
        ] {
            assert_eq!(keys(one), keys(other), "{one}");
        }
        assert_ne!(keys("may"), keys("may not"));
        assert_ne!(keys("the above copyright notice"), keys("the"));
    }

    #[test]
    fn items_of_lists_are_marked() {
        let bullets = |text: &str| {
            let words = words(text);
            words.iter().filter(|word| word.may_lack).map(|word| text[word.span.clone()].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(bullets("1. One\n  (b) two; iii) three. c) four"), ["1", "b", "iii", "c"]);
        assert!(bullets("version 2. Then a) x").is_empty());
        assert_eq!(bullets("1.1. \"Contributor\""), ["1", "1"]);
        assert_eq!(bullets("The notice of 2001, 2002 and version 3000"), ["2001", "2002"]);
        assert_eq!(keys("(c) You must retain it").len(), 5);
    }
}
