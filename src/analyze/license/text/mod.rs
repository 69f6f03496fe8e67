//! Which licence a text is: one of the SPDX list, word for word by the list's matching guidelines, or none. A text that only
//! resembles one is none, and the place where it goes another way is told: what is changed there may be what matters.
//!
//! Licences that have one text are one here, by their shortest id: the text of `GPL-2.0` is that of `GPL-2.0-only` and of
//! `GPL-2.0-or-later`, which differ in what the project says about later versions.

mod list;
mod matching;
mod template;
mod words;

use std::collections::HashSet;
use std::ops::Range;

use self::list::{all, common};
use self::matching::{Match, Searched, mixed};
use self::template::{Kind, Template};
use self::words::{Word, key, words};

/// What a licence file was found to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// SPDX ids, sorted; empty where nothing was recognised.
    pub ids: Vec<&'static str>,
    /// Exceptions of the SPDX list that stand beside, sorted.
    pub exceptions: Vec<&'static str>,
    /// Where text stands beside them that says something of its own.
    pub more: Option<Range<usize>>,
    /// Where nothing was recognised: what it comes close to.
    pub resembles: Option<Resemblance>,
}

/// A licence that a text is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resemblance {
    pub id: &'static str,
    /// Where the text first goes another way, in bytes.
    pub span: Range<usize>,
    /// What the licence says there, a few words of it.
    pub expected: String,
}

/// Texts under this many words point to a licence, but are none.
const LEAST_WORDS: usize = 12;

/// The share of a licence's word runs that a text must have to be said to resemble it.
const RESEMBLES: f64 = 0.75;

/// How many words may stand beside a licence, if they are also a small part of the text, before they are told.
const LEAST_MORE: usize = 60;

/// So many words in a row of what follows the terms belong to it.
const REST_RUN: usize = 5;

/// The licences that `text` holds.
pub fn identify(text: &str) -> Identified {
    let words = words(text);
    if words.len() < LEAST_WORDS {
        return Identified::default();
    }
    let searched = Searched::new(&words);
    // Nearly every file holds one of a few; the whole list takes some ten times as long.
    let found = held(&searched, common().iter());
    let more = more(&words, &found);
    let (found, more) = if found.is_empty() || more.is_some() {
        let found = held(&searched, all().iter());
        let more = self::more(&words, &found);
        (found, more)
    } else {
        (found, more)
    };
    let ids = |kind: Kind| {
        let of_kind = found.iter().filter(|(template, _)| template.kind == kind);
        let mut ids: Vec<&'static str> = of_kind.map(|(template, _)| template.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let (ids, exceptions) = (ids(Kind::License), ids(Kind::Exception));
    let resembles = if ids.is_empty() { resembled(text, &searched) } else { None };
    Identified { more: more.filter(|_| !ids.is_empty()), ids, exceptions, resembles }
}

/// The templates that the text has, no two of them at one place: the one that says more counts.
fn held<'t>(searched: &Searched<'_>, templates: impl Iterator<Item = &'t Template>) -> Vec<(&'t Template, Match)> {
    let mut found: Vec<(&Template, Match)> = templates
        .flat_map(|template| searched.find(template).into_iter().map(move |place| (template, place)))
        .collect();
    found.sort_by(|(a, at_a), (b, at_b)| {
        at_b.weight.cmp(&at_a.weight).then_with(|| (a.id.len(), a.id).cmp(&(b.id.len(), b.id)))
    });
    let mut taken: Vec<(&Template, Match)> = Vec::new();
    for (template, place) in found {
        if taken.iter().all(|(_, other)| other.end <= place.start || place.end <= other.start) {
            taken.push((template, place));
        }
    }
    taken
}

/// Where the text says something beside the licences found in it: words that allow, forbid or demand, or a good many words.
fn more(words: &[Word], found: &[(&Template, Match)]) -> Option<Range<usize>> {
    const TERMS: &[&str] = &[
        "commercial",
        "condition",
        "conditions",
        "except",
        "forbidden",
        "grant",
        "granted",
        "may",
        "must",
        "noncommercial",
        "not",
        "only",
        "permission",
        "permit",
        "permitted",
        "prohibited",
        "provided",
        "required",
        "requires",
        "restricted",
        "restrictions",
        "sell",
        "shall",
        "unless",
        "without",
    ];
    let mut covered = vec![false; words.len()];
    let mut seen = HashSet::new();
    for (template, place) in found {
        cover(&mut covered, words, template, place);
        if seen.insert(template.id) {
            cover_rest(&mut covered, words, template);
        }
    }
    let is_term = |word: &Word| TERMS.iter().any(|term| key(term) == word.key);
    // "may have been": nobody is allowed anything.
    let says_terms = |run: &[Word]| {
        run.iter().zip(run.iter().map(Some).skip(1).chain([None])).any(|(word, next)| {
            is_term(word) && !(word.key == key("may") && next.is_some_and(|next| next.key == key("has")))
        })
    };
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in (0..words.len()).filter(|at| covered.get(*at) == Some(&false)) {
        match runs.last_mut().filter(|run| run.end == at) {
            Some(run) => run.end = at + 1,
            None => runs.push(at..at + 1),
        }
    }
    let left: usize = runs.iter().map(Range::len).sum();
    let telling = runs.iter().find(|run| words.get((*run).clone()).is_some_and(says_terms));
    let is_much = left > LEAST_MORE && left * 100 > words.len() * 15;
    let run = telling.or_else(|| runs.iter().filter(|_| is_much).max_by_key(|run| run.len()))?;
    Some(words.get(run.start)?.span.start..words.get(run.end - 1)?.span.end)
}

/// Marks what belongs to a licence: its terms, and its title before them.
fn cover(covered: &mut [bool], words: &[Word], template: &Template, place: &Match) {
    let from = place.start.saturating_sub(template.title.len() + 12);
    let before = words.iter().enumerate().take(place.start).skip(from);
    let title = before.filter(|(_, word)| template.title.contains(&word.key)).map(|(at, _)| at);
    for at in title.chain(place.start..place.end) {
        if let Some(mark) = covered.get_mut(at) {
            *mark = true;
        }
    }
}

/// Marks what a licence says about its use behind its terms, wherever it stands.
fn cover_rest(covered: &mut [bool], words: &[Word], template: &Template) {
    let runs: HashSet<u64> = template.rest.windows(REST_RUN).map(|run| mixed(run.iter().copied())).collect();
    if runs.is_empty() {
        return;
    }
    for (at, run) in words.windows(REST_RUN).enumerate() {
        if runs.contains(&mixed(run.iter().map(|word| word.key)))
            && let Some(marks) = covered.get_mut(at..at + REST_RUN)
        {
            marks.fill(true);
        }
    }
}

/// The licence that the text comes closest to, if it is close.
fn resembled(text: &str, searched: &Searched<'_>) -> Option<Resemblance> {
    let shares = all().iter().filter(|template| template.kind == Kind::License).map(|it| (searched.share(it), it));
    let close = shares.filter(|(share, _)| *share >= RESEMBLES);
    let (_, template) =
        close.max_by(|(a, one), (b, other)| a.total_cmp(b).then_with(|| other.id.len().cmp(&one.id.len())))?;
    let parting = searched.parting(template)?;
    let span = searched.words.get(parting.word).map_or(text.len()..text.len(), |word| word.span.clone());
    Some(Resemblance { id: template.id, span, expected: template.quote(parting.step) })
}

#[cfg(test)]
mod tests;
