//! Every keyword of every rule, found in one pass over the bytes.
//!
//! An automaton waits for each byte's state before it can look up the next, and that wait, not the work, is its cost. So a
//! text is cut into [`LANES`] parts that are searched in step: their look-ups do not wait for each other.

//!
//! The table that makes a look-up cheap takes milliseconds to fill in, so it is made when enough was read to be worth it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Anchored, dfa, nfa};

/// A keyword and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeywordHit {
    /// Its index among the keywords.
    pub keyword: usize,
    pub start: usize,
    pub end: usize,
}

pub struct Keywords {
    nfa: NFA,
    /// In bytes.
    searched: AtomicUsize,
    /// Made of `nfa` when that was used on [`WORTH_A_TABLE`]; `None` where it would be too large.
    dfa: OnceLock<Option<DFA>>,
}

/// In bytes; to search them without the table takes as long as to make it.
const WORTH_A_TABLE: usize = 256 << 10;

const LANES: usize = 4;
/// In bytes; below it, what the lanes repeat of each other costs more than they gain.
const SHORT: usize = 512;

impl Keywords {
    /// Finds `keywords` without regard to ASCII case; `None` where there are none, or more than can be searched.
    pub fn new<'a>(keywords: impl ExactSizeIterator<Item = &'a str>) -> Option<Keywords> {
        if keywords.len() == 0 {
            return None;
        }
        let nfa = nfa::noncontiguous::Builder::new().ascii_case_insensitive(true).build(keywords).ok()?;
        Some(Keywords { nfa, searched: AtomicUsize::new(0), dfa: OnceLock::new() })
    }

    /// All places of all keywords, also where they overlap, by their ends.
    pub fn find(&self, text: &[u8]) -> Vec<KeywordHit> {
        let searched = self.searched.fetch_add(text.len(), Ordering::Relaxed).saturating_add(text.len());
        if searched < WORTH_A_TABLE {
            return find(&self.nfa, text);
        }
        match self.dfa.get_or_init(|| dfa::Builder::new().build_from_noncontiguous(&self.nfa).ok()) {
            Some(dfa) => find(dfa, text),
            None => find(&self.nfa, text),
        }
    }
}

/// A part of the text that is being searched.
struct Lane {
    state: StateID,
    /// How far it is read.
    at: usize,
    hits: Vec<KeywordHit>,
}

impl Lane {
    /// At `at`, as if all before it had been read.
    fn new(automaton: &impl Automaton, text: &[u8], at: usize) -> Option<Lane> {
        let state = automaton.start_state(Anchored::No).ok()?;
        let longest = automaton.max_pattern_len();
        let mut lane = Lane { state, at: at.saturating_sub(longest), hits: Vec::new() };
        for &byte in text.get(lane.at..at)? {
            lane.step(automaton, byte);
        }
        lane.hits.clear();
        Some(lane)
    }

    #[inline(always)]
    fn step(&mut self, automaton: &impl Automaton, byte: u8) {
        self.state = automaton.next_state(Anchored::No, self.state, byte);
        self.at += 1;
        if automaton.is_special(self.state) {
            self.note(automaton);
        }
    }

    #[cold]
    fn note(&mut self, automaton: &impl Automaton) {
        if !automaton.is_match(self.state) {
            return;
        }
        for index in 0..automaton.match_len(self.state) {
            let pattern = automaton.match_pattern(self.state, index);
            let start = self.at.saturating_sub(automaton.pattern_len(pattern));
            self.hits.push(KeywordHit { keyword: pattern.as_usize(), start, end: self.at });
        }
    }
}

fn find(automaton: &impl Automaton, text: &[u8]) -> Vec<KeywordHit> {
    let part = if text.len() < SHORT { 0 } else { text.len() / LANES };
    let lane = |index: usize| Lane::new(automaton, text, index * part);
    let (Some(mut a), Some(mut b), Some(mut c), Some(mut d)) = (lane(0), lane(1), lane(2), lane(3)) else {
        return Vec::new();
    };
    let parts = |index: usize| text.get(index * part..).unwrap_or_default();
    let in_step = parts(0).iter().zip(parts(1)).zip(parts(2)).zip(parts(3));
    for (((&first, &second), &third), &fourth) in in_step.take(part) {
        a.step(automaton, first);
        b.step(automaton, second);
        c.step(automaton, third);
        d.step(automaton, fourth);
    }
    // The last part is the longest, by what is left of the division.
    for &byte in text.get(d.at..).unwrap_or_default() {
        d.step(automaton, byte);
    }
    [a, b, c, d].into_iter().flat_map(|lane| lane.hits).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// By comparing at every place.
    fn by_hand(keywords: &[&str], text: &[u8]) -> Vec<KeywordHit> {
        let mut hits = Vec::new();
        for start in 0..text.len() {
            for (keyword, word) in keywords.iter().enumerate() {
                let end = start + word.len();
                if text.get(start..end).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes())) {
                    hits.push(KeywordHit { keyword, start, end });
                }
            }
        }
        hits
    }

    #[test]
    fn keywords_are_found_wherever_the_text_is_cut() {
        let keywords = ["token", "ken", "_pass", "ab", "a-very-long-keyword-that-a-cut-goes-through"];
        let mut words = keywords.to_vec();
        words.extend(["x", " ", "é", "\0", "TOKEN", "tok"]);
        let finder = Keywords::new(keywords.iter().copied()).unwrap();
        let mut state = 11u64;
        assert!(finder.dfa.get().is_none());
        for length in (0..400).chain(2_000..2_200) {
            let mut text = String::new();
            while text.len() < length {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(words[(state >> 33) as usize % words.len()]);
            }
            // Whether it has the table by now or not.
            let mut found = finder.find(text.as_bytes());
            assert!(found.is_sorted_by_key(|hit| hit.end));
            let mut expected = by_hand(&keywords, text.as_bytes());
            found.sort_by_key(|hit| (hit.start, hit.end));
            expected.sort_by_key(|hit| (hit.start, hit.end));
            assert_eq!(found, expected, "{text}");
        }
        assert!(finder.dfa.get().is_some());
    }

    #[test]
    fn no_keywords_find_nothing() {
        assert!(Keywords::new([].iter().copied()).is_none());
    }
}
