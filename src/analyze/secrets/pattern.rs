//! A rule with keywords and a byte regex, compiled when a keyword was first met.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::bytes::{Regex, RegexBuilder};

use super::chars::entropy;
use super::detector::Found;
use super::filter;
use super::place::Place;
use super::region::Regions;
use super::run::Run;
use super::verify::{Proof, verify};
use crate::model::{Confidence, Matcher, Near, RegexMatcher, Rule};

/// How far from its keyword a match may start or end, in bytes, unless the regex can be longer.
const REACH: usize = 256;
/// How far the halves of a pair may stand apart, in bytes; their lines are counted besides.
const PAIR_REACH: usize = 1024;
/// The reach of a regex without a maximum length: a private key of 8,192 bits takes 6.4 kB.
const LONG_REACH: usize = 16 * 1024;

pub struct Pattern {
    rule: Arc<Rule>,
    shape: OnceLock<Option<Shape>>,
    compiled: OnceLock<Option<Compiled>>,
}

/// What a look at the regex tells of its matches, before it is compiled.
struct Shape {
    /// How far behind a keyword to look.
    reach: usize,
    run: Run,
}

struct Compiled {
    regex: Regex,
    has_group: bool,
    paths: Option<GlobSet>,
    near: Option<Regex>,
}

impl Pattern {
    pub fn new(rule: &Arc<Rule>) -> Pattern {
        Pattern { rule: Arc::clone(rule), shape: OnceLock::new(), compiled: OnceLock::new() }
    }

    fn matcher(&self) -> Option<&RegexMatcher> {
        match &self.rule.matcher {
            Matcher::Regex(matcher) => Some(matcher),
            _ => None,
        }
    }

    /// Tries the regex around `hits`, the places of its keywords in order.
    pub fn find(
        &self,
        text: &str,
        hits: &[Range<usize>],
        place: &Place,
        regions: &Regions<'_>,
        found: &mut Vec<Found>,
    ) {
        let Some(matcher) = self.matcher() else { return };
        let Some(shape) = self.shape.get_or_init(|| Shape::of(matcher)) else { return };
        let back = if matcher.near.is_some() { PAIR_REACH } else { REACH };
        let windows = windows(hits, back, shape.reach, text.len());
        let may_match =
            |window: &Range<usize>| text.as_bytes().get(window.clone()).is_some_and(|it| shape.run.is_in(it));
        if !windows.iter().any(may_match) {
            return;
        }
        let Some(compiled) = self.compiled.get_or_init(|| compile(matcher)) else { return };
        if compiled.paths.as_ref().is_some_and(|paths| !place.path.is_empty() && !paths.is_match(&place.path)) {
            return;
        }
        let partners = compiled.partners(text, &windows);
        if matcher.near.is_some() && partners.is_empty() {
            return;
        }
        let (mut from, mut matched) = (0, Vec::new());
        for window in windows.into_iter().filter(may_match) {
            from = window.start.max(from);
            while let Some((whole, secret)) = compiled.next(text.as_bytes(), from, window.end) {
                from = whole.end.max(whole.start + 1);
                let (whole, secret) = (widen(text, whole), widen(text, secret));
                let judged = self.judge(matcher, text, whole, secret, place);
                matched.extend(judged.map(|one| in_region(one, matcher, place, regions)));
            }
        }
        match &matcher.near {
            Some(near) => found.extend(paired(text, matched, &partners, near)),
            None => found.append(&mut matched),
        }
    }

    fn judge(
        &self,
        matcher: &RegexMatcher,
        text: &str,
        whole: Range<usize>,
        secret: Range<usize>,
        place: &Place,
    ) -> Option<Found> {
        let value = text.get(secret.clone())?;
        if matcher.not.iter().any(|name| filter::applies(name, value)) {
            return None;
        }
        if matcher.entropy.is_some_and(|tenths| entropy(value.as_bytes()) * 10.0 < f64::from(tenths)) {
            return None;
        }
        let proof = match &matcher.verify {
            Some(name) => verify(name, text.get(whole)?, value),
            None => Proof::Plausible,
        };
        let most = match proof {
            Proof::Other => return None,
            _ if place.is_vectors => Confidence::Low,
            // A checksum that fits does not come about by chance, whatever the place.
            Proof::Proven => self.rule.confidence,
            Proof::Plausible => place.lower(text, secret.start, self.rule.confidence),
            Proof::Weak => place.lower(text, secret.start, self.rule.confidence.min(Confidence::Medium)),
            Proof::Broken => Confidence::Low,
        };
        Some(Found::new(&self.rule, secret, most.min(self.rule.confidence)))
    }
}

/// No more than the comment or the documentation around it allows. Where the path is unknown, so is the language.
fn in_region(found: Found, matcher: &RegexMatcher, place: &Place, regions: &Regions<'_>) -> Found {
    if place.path.is_empty() || found.confidence == Confidence::Low {
        return found;
    }
    let verify = matcher.verify.as_deref();
    let is_formless = verify.is_some_and(|name| matches!(name, "password" | "url-password" | "basic-auth"));
    let most = regions.most_of_token(found.span.start, is_formless);
    Found { confidence: found.confidence.min(most), ..found }
}

impl Compiled {
    /// Where in `windows` the other half of a pair stands.
    fn partners(&self, text: &str, windows: &[Range<usize>]) -> Vec<Range<usize>> {
        let Some(near) = &self.near else { return Vec::new() };
        let mut partners: Vec<Range<usize>> = Vec::new();
        for window in windows {
            let seen = text.as_bytes().get(..window.end).unwrap_or_default();
            let mut from = window.start;
            while let Some(found) = near.find_at(seen, from) {
                from = found.end().max(found.start() + 1);
                partners.push(widen(text, found.range()));
            }
        }
        partners
    }

    /// The next match and its secret in `from..end`. What follows `end` is not seen at first, so a match that touches it
    /// may be cut short and is tried again with more.
    fn next(&self, bytes: &[u8], from: usize, end: usize) -> Option<(Range<usize>, Range<usize>)> {
        if from > end {
            return None;
        }
        let mut seen = bytes.get(..end)?;
        let mut whole = self.regex.find_at(seen, from)?;
        if whole.end() == end && end < bytes.len() {
            seen = bytes.get(..(end + LONG_REACH).min(bytes.len()))?;
            whole = self.regex.find_at(seen, whole.start())?;
        }
        let secret = if self.has_group {
            self.regex.captures_at(seen, whole.start())?.name("secret").map_or(whole.range(), |group| group.range())
        } else {
            whole.range()
        };
        Some((whole.range(), secret))
    }
}

impl Shape {
    fn of(matcher: &RegexMatcher) -> Option<Shape> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(&matcher.pattern).ok()?;
        let least = if matcher.near.is_some() { PAIR_REACH } else { REACH };
        let reach = hir.properties().maximum_len().unwrap_or(LONG_REACH).clamp(least, LONG_REACH);
        Some(Shape { reach, run: Run::in_every_match(&hir) })
    }
}

fn compile(matcher: &RegexMatcher) -> Option<Compiled> {
    let regex = RegexBuilder::new(&matcher.pattern).unicode(false).build().ok()?;
    let has_group = regex.capture_names().any(|name| name == Some("secret"));
    let mut paths = None;
    if !matcher.paths.is_empty() {
        let mut builder = GlobSetBuilder::new();
        for glob in &matcher.paths {
            builder.add(Glob::new(glob).ok()?);
        }
        paths = Some(builder.build().ok()?);
    }
    let near = match &matcher.near {
        Some(near) => Some(RegexBuilder::new(&near.pattern).unicode(false).build().ok()?),
        None => None,
    };
    Some(Compiled { regex, has_group, paths, near })
}

/// Those of `matched` that have a partner close by, each partner given to the one that stands closest to it. A partner without
/// a label is only a sign, which serves any number of them.
fn paired(text: &str, matched: Vec<Found>, partners: &[Range<usize>], near: &Near) -> Vec<Found> {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (index, found) in matched.iter().enumerate() {
        let first = partners.partition_point(|partner| partner.end + PAIR_REACH < found.span.start);
        let reachable = partners.iter().enumerate().skip(first);
        for (other, partner) in reachable.take_while(|(_, partner)| partner.start < found.span.end + PAIR_REACH) {
            let between = found.span.end.min(partner.end)..found.span.start.max(partner.start);
            // Where they overlap the range is the wrong way round and has no text.
            if let Some(gap) = text.get(between.clone())
                && memchr::memchr_iter(b'\n', gap.as_bytes()).count() <= usize::from(near.lines)
            {
                pairs.push((between.len(), index, other));
            }
        }
    }
    pairs.sort_unstable();
    let mut taken = vec![false; partners.len()];
    let mut chosen = vec![None; matched.len()];
    for (_, index, other) in pairs {
        if let (Some(choice @ None), Some(taken)) = (chosen.get_mut(index), taken.get_mut(other))
            && !(*taken && near.label.is_some())
        {
            *taken = true;
            *choice = Some(other);
        }
    }
    let with_partner = |(mut found, choice): (Found, Option<usize>)| {
        let partner = partners.get(choice?)?.clone();
        found.partner = near.label.clone().map(|label| (partner, label));
        Some(found)
    };
    matched.into_iter().zip(chosen).filter_map(with_partner).collect()
}

/// Stretches around `hits`, from `back` bytes before to `reach` behind each, those that touch put together.
fn windows(hits: &[Range<usize>], back: usize, reach: usize, length: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        let (start, end) = (hit.start.saturating_sub(back), hit.end.saturating_add(reach).min(length));
        match windows.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => windows.push(start..end),
        }
    }
    windows
}

/// The smallest range on character boundaries that holds `span`: a byte regex may cut a character.
fn widen(text: &str, span: Range<usize>) -> Range<usize> {
    let start = (0..=span.start).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let end = (span.end..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_touch_are_one() {
        assert_eq!(windows(&[1000..1004, 1100..1104, 9000..9004], 256, 256, 9100), [744..1360, 8744..9100]);
        assert_eq!(windows(&[0..4, 5..9], 256, 256, 10).first(), Some(&(0..10)));
    }

    fn near(lines: u8, label: Option<&str>) -> Near {
        Near { pattern: String::new(), lines, label: label.map(str::to_owned) }
    }

    fn found(spans: &[Range<usize>]) -> Vec<Found> {
        let rules = crate::rulebook::RuleSet::embedded();
        let rule = rules.iter().next().map(Arc::clone).unwrap_or_else(|| unreachable!("there are rules"));
        spans.iter().map(|span| Found::new(&rule, span.clone(), Confidence::High)).collect()
    }

    #[test]
    fn each_partner_goes_to_the_match_that_is_closest() {
        // One id, and a secret on each side of it.
        let text = "secret1\n\n\nid\nsecret2\n";
        let (both, id) = ([0..7, 13..20], 10..12);
        let paired = |spans: &[Range<usize>], near| paired(text, found(spans), std::slice::from_ref(&id), &near);
        let starts = |found: Vec<Found>| found.into_iter().map(|found| found.span.start).collect::<Vec<_>>();
        assert_eq!(starts(paired(&both, near(5, Some("id")))), [13]);
        assert_eq!(starts(paired(&both, near(5, None))), [0, 13], "a sign serves both");
        assert_eq!(starts(paired(&both, near(1, None))), [13], "the first is too far");
        assert!(paired(std::slice::from_ref(&(8..14)), near(5, None)).is_empty(), "it is the id itself");
        let partner = paired(&both, near(5, Some("id"))).pop().and_then(|found| found.partner);
        assert_eq!(partner, Some((id.clone(), "id".to_owned())));
    }

    #[test]
    fn ten_thousand_pairs_in_a_line_take_no_time() {
        let spans: Vec<Range<usize>> = (0..10_000).map(|at| at * 30..at * 30 + 10).collect();
        let partners: Vec<Range<usize>> = (0..10_000).map(|at| at * 30 + 12..at * 30 + 20).collect();
        let text = "x".repeat(300_000);
        assert_eq!(paired(&text, found(&spans), &partners, &near(0, Some("id"))).len(), 10_000);
    }

    #[test]
    fn a_span_is_widened_to_whole_characters() {
        assert_eq!(widen("aéb", 2..2), 1..3);
        assert_eq!(widen("aéb", 0..1), 0..1);
    }
}
