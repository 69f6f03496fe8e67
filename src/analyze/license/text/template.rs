//! A licence of the list as what a text must hold to be it: words in their order, and places where names stand.

use std::borrow::Cow;
use std::ops::Range;

use super::matching::may_be_in_a_name;
use super::words::{Word, key, words};

/// One step of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Word {
        key: u64,
        may_lack: bool,
    },
    /// Up to so many words, of whatever name or place.
    Name {
        most: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    License,
    Exception,
}

/// A licence to compare texts with.
#[derive(Debug)]
pub struct Template {
    pub kind: Kind,
    pub id: &'static str,
    pub text: Cow<'static, str>,
    /// The title, which copies leave out.
    pub title: Vec<u64>,
    /// What every copy has.
    pub steps: Vec<Step>,
    /// What stands in `text` for each step.
    spans: Vec<Range<usize>>,
    /// Words behind the end of the terms (how to apply them), which copies leave out.
    pub rest: Vec<u64>,
}

/// The longest name of a holder.
const NAME: usize = 30;

impl Template {
    pub fn new(kind: Kind, id: &'static str, text: impl Into<Cow<'static, str>>) -> Template {
        let text = text.into();
        let names = placeholders(&text);
        let all = words(&text);
        let start = end_of_title(&text, &all);
        let end = end_of_terms(&text, &all);
        let (mut steps, mut spans) = (Vec::new(), Vec::new());
        for word in all.get(start..end).unwrap_or_default() {
            if names.iter().any(|name| name.start <= word.span.start && word.span.end <= name.end) {
                if !matches!(steps.last(), Some(Step::Name { .. })) {
                    steps.push(Step::Name { most: NAME });
                    spans.push(word.span.clone());
                }
                continue;
            }
            steps.push(Step::Word { key: word.key, may_lack: word.may_lack });
            spans.push(word.span.clone());
        }
        if steps.len() < 700 {
            free_names(&mut steps, &mut spans);
        }
        while matches!(steps.first(), Some(Step::Name { .. } | Step::Word { may_lack: true, .. })) {
            steps.remove(0);
            spans.remove(0);
        }
        while matches!(steps.last(), Some(Step::Name { .. })) {
            steps.pop();
            spans.pop();
        }
        let keys = |words: Option<&[Word]>| words.unwrap_or_default().iter().map(|word| word.key).collect();
        let (title, rest) = (keys(all.get(..start)), keys(all.get(end..)));
        Template { kind, id, text, title, steps, spans, rest }
    }

    /// Whether a text that is the one is the other, too.
    pub fn is_same(&self, other: &Template) -> bool {
        self.steps == other.steps && self.title == other.title
    }

    /// The words of the terms, in bytes of the text.
    #[cfg(test)]
    pub fn terms(&self) -> Vec<Range<usize>> {
        let steps = self.steps.iter().zip(&self.spans);
        steps
            .filter(|(step, _)| matches!(step, Step::Word { may_lack: false, .. }))
            .map(|(_, span)| span.clone())
            .collect()
    }

    /// The licence's own words from `step` on, a few of them, as they are written.
    pub fn quote(&self, step: usize) -> String {
        let from = self.spans.get(step).map_or(0, |span| span.start);
        let last = self.spans.get(step..).and_then(|rest| rest.get(..6).unwrap_or(rest).last());
        let to = last.map_or(from, |span| span.end);
        let quoted: Vec<&str> = self.text.get(from..to).unwrap_or_default().split_whitespace().collect();
        quoted.join(" ")
    }
}

/// The texts in brackets of `text` that stand for a name, a year or the like.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    const WORDS: &[&str] = &[
        "year",
        "yyyy",
        "name",
        "owner",
        "holder",
        "author",
        "organi",
        "company",
        "date",
        "copyright",
        "email",
        "e-mail",
        "licensor",
        "insert",
        "your",
        "institution",
        "country",
        "address",
        "jurisdiction",
        "project",
        "url",
        "entity",
        "university",
        "maintainer",
        "month",
        "xxxx",
        "person",
        "title",
        "contact",
    ];
    let mut found = Vec::new();
    for (open, close) in [('<', '>'), ('[', ']'), ('{', '}'), ('_', '_')] {
        let mut at = 0;
        while let Some(start) = text.get(at..).and_then(|rest| rest.find(open)).map(|length| at + length) {
            at = start + 1;
            let Some(length) = text.get(at..).and_then(|rest| rest.find([close, '\n'])) else { break };
            let inner = text.get(at..at + length).unwrap_or_default().to_lowercase();
            let is_closed = text.get(at + length..).is_some_and(|rest| rest.starts_with(close));
            let is_name = WORDS.iter().any(|word| inner.contains(word)) && !inner.contains("http");
            if is_closed && inner.len() < 90 && (is_name || (!inner.is_empty() && inner.chars().all(|c| c == '_'))) {
                found.push(start..at + length + 1);
            }
        }
    }
    found
}

/// How many words the title has: the short lines at the start that say nothing about rights.
fn end_of_title(text: &str, words: &[Word]) -> usize {
    const TERMS: &[&str] = &[
        "may",
        "must",
        "shall",
        "will",
        "permission",
        "permitted",
        "granted",
        "hereby",
        "redistribution",
        "you",
        "use",
        "software",
        "provided",
        "copy",
        "free",
        "not",
        "is",
        "are",
    ];
    let (mut offset, mut end) = (0, 0);
    for line in text.split_inclusive('\n').take(14) {
        offset += line.len();
        let of_line = words.get(end..).unwrap_or_default().iter().take_while(|word| word.span.start < offset).count();
        let says = line.to_lowercase();
        let mut parts = says.split(|c: char| !c.is_alphanumeric());
        if of_line > 9 || (of_line > 0 && parts.any(|part| TERMS.contains(&part))) {
            break;
        }
        end += of_line;
    }
    // A licence of few words may have nothing else.
    if words.len() - end < 12 { 0 } else { end }
}

/// How many words there are up to the end of the terms.
fn end_of_terms(text: &str, words: &[Word]) -> usize {
    let lower = text.to_ascii_lowercase();
    let ends = [
        "end of terms and conditions",
        "how to apply these terms",
        "exhibit a",
        "creative commons is not a party",
        "creative commons notice",
        "schedule 1 attribution",
    ];
    // The last one is meant: the terms may speak of it before.
    let place = ends.iter().filter_map(|end| lower.rfind(end)).filter(|at| *at > text.len() / 2).min();
    place.map_or(words.len(), |at| words.iter().take_while(|word| word.span.start < at).count())
}

/// Lets a name stand where the licences of the BSD and MIT families have one.
fn free_names(steps: &mut Vec<Step>, spans: &mut Vec<Range<usize>>) {
    const PLACES: &[(&[&str], &[&[&str]])] = &[
        (&["provided", "by"], &[&["as", "is"], &["and", "any"]]),
        (&["in", "no", "event", "shall"], &[&["be", "liable"], &["be", "held"], &["have", "any"]]),
        (&["in", "no", "event", "will"], &[&["be", "liable"], &["be", "held"]]),
        (&["neither", "the", "name"], &[&["nor", "the", "names"], &["may", "be"]]),
        (&["as", "is", "and"], &[&["disclaims", "all"], &["disclaim", "all"]]),
        (&["even", "if"], &[&["has", "been", "advised"], &["have", "been", "advised"]]),
        (&["such", "damage"], &[&["specifically", "disclaims"], &["specifically", "disclaim"]]),
        (
            &["basis", "and"],
            &[&["has", "no", "obligations"], &["have", "no", "obligations"], &["has", "no", "obligation"]],
        ),
        (&["nor", "the", "names", "of"], &[&["may", "be"], &["may", "not"], &["must", "be"]]),
        (
            &["the", "name", "of"],
            &[&["may", "not"], &["must", "not"], &["shall", "not"], &["not", "be"], &["may", "be"]],
        ),
        (&["the", "names", "of"], &[&["may", "not"], &["must", "not"], &["shall", "not"], &["not", "be"]]),
        (&["the", "names"], &[&["may", "not"], &["must", "not"], &["shall", "not"], &["not", "be"]]),
        (&["trademark", "of"], &[&["terms", "the"]]),
        (&["this", "product", "includes", "software", "developed", "by"], &[&["and", "its"], &["for", "use"]]),
    ];
    let is = |steps: &[Step], at: usize, run: &[&str]| {
        run.iter()
            .enumerate()
            .all(|(index, word)| matches!(steps.get(at + index), Some(Step::Word { key: it, .. }) if *it == key(word)))
    };
    let mut at = 0;
    while at < steps.len() {
        let opening = PLACES.iter().find(|(opening, _)| is(steps, at, opening));
        if let Some((opening, closings)) = opening {
            let from = at + opening.len();
            let to = (from..(from + 26).min(steps.len())).find(|&to| closings.iter().any(|run| is(steps, to, run)));
            let is_name = |step: &Step| {
                matches!(step, Step::Word { key, .. } if may_be_in_a_name(*key)) || matches!(step, Step::Name { .. })
            };
            let is_free =
                |to: &usize| *to > from && steps.get(from..*to).is_some_and(|within| within.iter().all(is_name));
            if let Some(to) = to.filter(is_free) {
                steps.splice(from..to, [Step::Name { most: NAME }]);
                let start = spans.get(from).map_or(0, |span| span.start);
                let end = spans.get(to - 1).map_or(start, |span| span.end);
                spans.splice(from..to, std::iter::once(start..end));
            }
        }
        at += 1;
    }
}
