//! Whether a backtracking engine may take a time that explodes: it does where the same text can be read in several ways in a
//! loop, and what follows the loop fails, so that the engine goes back and tries them all.
//!
//! Exponential: a state that comes back to itself on the same text in two ways (the square of the automaton has a cycle through
//! the diagonal and something beside it). Polynomial: two loops side by side that read the same character.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::automaton::Automaton;

/// A text that shows it: `prefix`, then `pump` many times, then `suffix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    pub prefix: String,
    pub pump: String,
    pub suffix: String,
}

/// More steps between pairs of states than this are not looked at, for one pattern.
const MAX_WORK: usize = 50_000;

/// So many steps that can be made in two ways are tried.
const MAX_TRIED: usize = 64;

/// How often the pump is repeated to see that no match comes.
const ROUNDS: usize = 4;

/// Characters with which a text may go on so that nothing matches.
const SUFFIXES: &[char] = &['!', '\u{0}', '\u{7f}', '~', '"', '<', ' ', 'é', 'Z', '0', ';', '\n'];

type Pair = (usize, usize);

impl Automaton {
    /// A text on which the time grows exponentially.
    pub fn exponential(&self) -> Option<Witness> {
        let reaches = self.reaches();
        let pairs = (1..self.classes.len()).flat_map(|from| self.next[from].iter().map(move |to| (from, *to)));
        let doubled = pairs.filter(|(from, to)| self.free(*from, *to) > 1 && reaches[*to][*from]).take(MAX_TRIED);
        let mut pumps: Vec<(usize, String)> = doubled
            .filter_map(|(from, to)| {
                Some((from, format!("{}{}", self.classes[to].example()?, self.text(to, from, false)?)))
            })
            .collect();
        pumps.sort_by_key(|(_, pump)| pump.chars().count());
        let of_one_step = pumps.into_iter().find_map(|(state, pump)| self.witness(state, pump));
        of_one_step.or_else(|| {
            let mut left = MAX_WORK;
            let cyclic = (1..self.classes.len()).filter(|state| reaches[*state][*state]);
            let mut pumps = cyclic.filter_map(|state| Some((state, self.square(state, &reaches, &mut left)?)));
            pumps.find_map(|(state, pump)| self.witness(state, pump))
        })
    }

    /// A text on which the time grows with the square of its length, or faster.
    pub fn polynomial(&self) -> Option<Witness> {
        let reaches = self.reaches();
        let turns = |state: usize| self.free(state, state) > 0;
        for first in (1..self.classes.len()).filter(|state| turns(*state)) {
            for second in self.next[first].iter().copied() {
                if second == first || !turns(second) || reaches[second][first] {
                    continue;
                }
                let both = self.classes[first].intersection(&self.classes[second]);
                let found = both.example().and_then(|c| self.witness(first, c.to_string()));
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    fn free(&self, from: usize, to: usize) -> u8 {
        self.ways[from].get(&to).map_or(0, |way| way.free)
    }

    /// For each state whether it leads to each other one, past no guard.
    fn reaches(&self) -> Vec<Vec<bool>> {
        (0..self.classes.len())
            .map(|from| {
                let mut seen = vec![false; self.classes.len()];
                let mut open = vec![from];
                while let Some(state) = open.pop() {
                    for next in &self.next[state] {
                        if !std::mem::replace(&mut seen[*next], true) {
                            open.push(*next);
                        }
                    }
                }
                seen
            })
            .collect()
    }

    /// The shortest text from the pair of `state` with itself to two states and back, looked for in at most `left` steps.
    fn square(&self, state: usize, reaches: &[Vec<bool>], left: &mut usize) -> Option<String> {
        let within = |other: &&usize| reaches[**other][state] && reaches[state][**other];
        let start = ((state, state), false);
        let mut came_from: HashMap<(Pair, bool), ((Pair, bool), char)> = HashMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(((one, other), parted)) = open.pop_front() {
            for first in self.next[one].iter().filter(within) {
                for second in self.next[other].iter().filter(within) {
                    *left = left.checked_sub(1)?;
                    let next = ((*first, *second), parted || first != second);
                    if next == start || came_from.contains_key(&next) {
                        continue;
                    }
                    let both = self.classes[*first].intersection(&self.classes[*second]);
                    let Some(c) = both.example() else { continue };
                    came_from.insert(next, (((one, other), parted), c));
                    if next == ((state, state), true) {
                        return Some(text_of(&came_from, next, start));
                    }
                    open.push_back(next);
                }
            }
        }
        None
    }

    /// The shortest text that leads from one state to another, empty where they are the same; past guards only where there
    /// is no other way and `guarded` allows it.
    fn text(&self, from: usize, to: usize, guarded: bool) -> Option<String> {
        let mut came_from: HashMap<usize, (usize, char)> = HashMap::new();
        let mut open = VecDeque::from([from]);
        while let Some(state) = open.pop_front().filter(|state| *state != to) {
            let mut ways = self.next[state].clone();
            if guarded {
                let mut rest: Vec<usize> = self.ways[state].keys().copied().collect();
                rest.sort_unstable();
                ways.extend(rest);
            }
            for next in ways {
                if next != from && !came_from.contains_key(&next) {
                    came_from.insert(next, (state, self.classes[next].example()?));
                    open.push_back(next);
                }
            }
        }
        (from == to || came_from.contains_key(&to)).then(|| text_of(&came_from, to, from))
    }

    /// The whole text, if after it there is no match: what matches anyway needs no second try.
    fn witness(&self, state: usize, pump: String) -> Option<Witness> {
        let prefix = self.text(0, state, true)?;
        let mut states = BTreeSet::from([0]);
        for c in prefix.chars().chain(pump.repeat(ROUNDS).chars()) {
            if self.ends_anywhere(&states) {
                return None;
            }
            states = self.read(&states, c);
        }
        if self.ends_anywhere(&states) {
            return None;
        }
        let dies = |states: &BTreeSet<usize>, c: char| {
            let after = self.read(states, c);
            (!self.ends_anywhere(&after)).then_some(after)
        };
        for first in SUFFIXES {
            let Some(after) = dies(&states, *first) else { continue };
            // The end of a line may count as the end of the text.
            if after.is_empty() && *first != '\n' {
                return Some(Witness { prefix, pump, suffix: first.to_string() });
            }
        }
        for first in SUFFIXES {
            let Some(after) = dies(&states, *first) else { continue };
            let second = SUFFIXES
                .iter()
                .find(|second| **second != '\n' && dies(&after, **second).is_some_and(|last| last.is_empty()));
            if let Some(second) = second {
                return Some(Witness { prefix, pump, suffix: format!("{first}{second}") });
            }
        }
        None
    }

    fn ends_anywhere(&self, states: &BTreeSet<usize>) -> bool {
        states.iter().any(|state| self.endings[*state].anywhere)
    }

    /// The states after one more character.
    fn read(&self, states: &BTreeSet<usize>, c: char) -> BTreeSet<usize> {
        let next = states.iter().flat_map(|state| self.ways[*state].keys().copied());
        next.filter(|next| self.classes[*next].contains(c)).collect()
    }
}

/// The characters on the way from `start` to `end`.
fn text_of<T: Copy + Eq + std::hash::Hash>(came_from: &HashMap<T, (T, char)>, end: T, start: T) -> String {
    let mut text = Vec::new();
    let mut at = end;
    while at != start
        && let Some((before, c)) = came_from.get(&at)
    {
        text.push(*c);
        at = *before;
    }
    text.iter().rev().collect()
}
