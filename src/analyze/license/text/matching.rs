//! Whether a text holds a template word for word, and where it goes another way if it does not.

use std::collections::HashMap;

use super::template::{Step, Template};
use super::words::{Word, key};

/// Words in a row by which places to compare are found.
const RUN: usize = 4;

/// Bounds the tries with names of different lengths.
const MOST_TRIES: usize = 20_000;

/// The words of a text, and where each run of them stands.
pub struct Searched<'w> {
    pub words: &'w [Word],
    runs: HashMap<u64, Vec<usize>>,
}

/// Where a template stands in a text, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub start: usize,
    pub end: usize,
    /// Words that are the template's own: of two templates at one place the one with more of them is meant.
    pub weight: usize,
}

/// Where text and template part: the step of the one, the word of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    pub step: usize,
    pub word: usize,
}

impl<'w> Searched<'w> {
    pub fn new(words: &'w [Word]) -> Searched<'w> {
        let mut runs: HashMap<u64, Vec<usize>> = HashMap::with_capacity(words.len());
        for (at, run) in words.windows(RUN).enumerate() {
            runs.entry(mixed(run.iter().map(|word| word.key))).or_default().push(at);
        }
        Searched { words, runs }
    }

    /// Every place where the text has the template.
    pub fn find(&self, template: &Template) -> Vec<Match> {
        let Some((first, run)) = runs_of(template).next() else { return self.find_short(template) };
        let places = self.runs.get(&run).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<Match> = Vec::new();
        for &place in places {
            // Before the first run there are only bullets and a few words with names between.
            for back in 0..=(first + if first > 0 { 30 } else { 0 }) {
                let Some(start) = place.checked_sub(back) else { break };
                if let Ok(end) = self.compare(template, 0, start) {
                    if found.last().is_none_or(|last| last.end <= start) {
                        found.push(self.weighed(template, start, end));
                    }
                    break;
                }
            }
        }
        found
    }

    /// A licence of a few words with names in between.
    fn find_short(&self, template: &Template) -> Vec<Match> {
        let starts = 0..self.words.len();
        let found = starts.filter_map(|start| Some((start, self.compare(template, 0, start).ok()?)));
        found.map(|(start, end)| self.weighed(template, start, end)).take(1).collect()
    }

    fn weighed(&self, template: &Template, start: usize, end: usize) -> Match {
        let before = self.words.get(start.saturating_sub(template.title.len() + 12)..start).unwrap_or_default();
        let is_title = |run: &[Word]| run.iter().map(|word| word.key).eq(template.title.iter().copied());
        let has_title = !template.title.is_empty() && before.windows(template.title.len()).any(is_title);
        let own = template.steps.iter().filter(|step| matches!(step, Step::Word { .. })).count();
        Match { start, end, weight: own * 4 + if has_title { template.title.len() } else { 0 } }
    }

    /// Compares from a step and a word on; the word behind the last one, or where the two part farthest along.
    pub fn compare(&self, template: &Template, step: usize, word: usize) -> Result<usize, Parting> {
        let mut farthest = Parting { step, word };
        // States to go back to: a step at a name, the word it would end before, how long it is.
        let mut open: Vec<(usize, usize, usize)> = Vec::new();
        let (mut step, mut word, mut tries) = (step, word, 0);
        loop {
            let next = match template.steps.get(step) {
                None => return Ok(word),
                Some(Step::Name { .. }) => {
                    open.push((step, word, 0));
                    Some((step + 1, word))
                }
                Some(Step::Word { key, may_lack }) => self.one(template, step, word, *key, *may_lack),
            };
            if let Some((to_step, to_word)) = next {
                (step, word) = (to_step, to_word);
                if step > farthest.step {
                    farthest = Parting { step, word };
                }
                continue;
            }
            // Let the last name be a word longer.
            loop {
                tries += 1;
                let Some((at, end, length)) = open.pop().filter(|_| tries < MOST_TRIES) else { return Err(farthest) };
                let Some(Step::Name { most }) = template.steps.get(at) else { continue };
                if length < *most && self.words.get(end).is_some_and(|word| may_be_in_a_name(word.key)) {
                    open.push((at, end + 1, length + 1));
                    (step, word) = (at + 1, end + 1);
                    break;
                }
            }
        }
    }

    /// One word of the template against one of the text.
    fn one(&self, template: &Template, step: usize, word: usize, key: u64, may_lack: bool) -> Option<(usize, usize)> {
        let here = self.words.get(word);
        if here.is_some_and(|here| here.key == key) {
            return Some((step + 1, word + 1));
        }
        let after = self.words.get(word + 1);
        if here.is_some_and(|here| here.may_lack) && after.is_some_and(|after| after.key == key || after.may_lack) {
            return Some((step, word + 1));
        }
        // `1.` in the one and `a)` in the other, or in one alone.
        let fits = matches!(template.steps.get(step + 1), Some(Step::Word { key, may_lack: lacks }) if *lacks
            || here.is_some_and(|here| here.key == *key || here.may_lack));
        (may_lack && fits).then_some((step + 1, word))
    }

    /// The share of the template's runs that the text has.
    pub fn share(&self, template: &Template) -> f64 {
        let (mut all, mut present) = (0u32, 0u32);
        for (_, run) in runs_of(template) {
            all += 1;
            present += u32::from(self.runs.contains_key(&run));
        }
        if all < 8 { 0.0 } else { f64::from(present) / f64::from(all) }
    }

    /// Where a text that is much like the template first goes another way.
    pub fn parting(&self, template: &Template) -> Option<Parting> {
        let places = runs_of(template).filter_map(|(step, run)| Some((step, *self.runs.get(&run)?.first()?)));
        let (step, word) = places.into_iter().next()?;
        if step > RUN {
            return Some(Parting { step: 0, word });
        }
        self.compare(template, step, word).err()
    }
}

/// A name says nothing about what is allowed.
pub fn may_be_in_a_name(key_of_word: u64) -> bool {
    const NEVER: &[&str] = &[
        "not",
        "except",
        "unless",
        "without",
        "only",
        "if",
        "provided",
        "must",
        "shall",
        "may",
        "liable",
        "permission",
    ];
    !NEVER.iter().any(|never| key(never) == key_of_word)
}

/// The runs of words of a template, each with its step.
fn runs_of(template: &Template) -> impl Iterator<Item = (usize, u64)> {
    template.steps.windows(RUN).enumerate().filter_map(|(at, run)| {
        let mut keys = [0; RUN];
        for (slot, step) in keys.iter_mut().zip(run) {
            let Step::Word { key, may_lack: false } = step else { return None };
            *slot = *key;
        }
        Some((at, mixed(keys.into_iter())))
    })
}

/// One number for a run of words.
pub fn mixed(keys: impl Iterator<Item = u64>) -> u64 {
    keys.fold(0, |hash: u64, key| (hash.rotate_left(17) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
