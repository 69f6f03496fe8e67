//! A rule with keywords and a byte regex, compiled when a keyword was first met.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::bytes::{Regex, RegexBuilder};

use super::chars::entropy;
use super::detector::Found;
use super::filter;
use super::place::Place;
use super::verify::{Proof, verify};
use crate::model::{Confidence, Matcher, RegexMatcher, Rule};

/// How far from its keyword a match may start or end, in bytes, unless the regex can be longer.
const REACH: usize = 256;
/// The reach of a regex without a maximum length: a private key of 8,192 bits takes 6.4 kB.
const LONG_REACH: usize = 16 * 1024;

pub struct Pattern {
    rule: Arc<Rule>,
    compiled: OnceLock<Option<Compiled>>,
}

struct Compiled {
    regex: Regex,
    has_group: bool,
    /// How far behind a keyword to look.
    reach: usize,
    paths: Option<GlobSet>,
}

impl Pattern {
    pub fn new(rule: &Arc<Rule>) -> Pattern {
        Pattern { rule: Arc::clone(rule), compiled: OnceLock::new() }
    }

    fn matcher(&self) -> Option<&RegexMatcher> {
        match &self.rule.matcher {
            Matcher::Regex(matcher) => Some(matcher),
            _ => None,
        }
    }

    /// Tries the regex around `hits`, the places of its keywords in order.
    pub fn find(&self, text: &str, hits: &[Range<usize>], place: &Place, found: &mut Vec<Found>) {
        let Some(matcher) = self.matcher() else { return };
        let Some(compiled) = self.compiled.get_or_init(|| compile(matcher)) else { return };
        if compiled.paths.as_ref().is_some_and(|paths| !place.path.is_empty() && !paths.is_match(&place.path)) {
            return;
        }
        let mut from = 0;
        for window in windows(hits, compiled.reach, text.len()) {
            from = window.start.max(from);
            while let Some((whole, secret)) = compiled.next(text.as_bytes(), from, window.end) {
                from = whole.end.max(whole.start + 1);
                let (whole, secret) = (widen(text, whole), widen(text, secret));
                found.extend(self.judge(matcher, text, whole, secret, place));
            }
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
            // A checksum that fits does not come about by chance, whatever the place.
            Proof::Proven => self.rule.confidence,
            Proof::Plausible => place.lower(text, secret.start, self.rule.confidence),
            Proof::Weak => place.lower(text, secret.start, self.rule.confidence.min(Confidence::Medium)),
            Proof::Broken => Confidence::Low,
        };
        Some(Found { rule: Arc::clone(&self.rule), span: secret, confidence: most.min(self.rule.confidence) })
    }
}

impl Compiled {
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

fn compile(matcher: &RegexMatcher) -> Option<Compiled> {
    let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(&matcher.pattern).ok()?;
    let reach = hir.properties().maximum_len().unwrap_or(LONG_REACH).clamp(REACH, LONG_REACH);
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
    Some(Compiled { regex, has_group, reach, paths })
}

/// Stretches around `hits`, those that touch put together.
fn windows(hits: &[Range<usize>], reach: usize, length: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        let (start, end) = (hit.start.saturating_sub(REACH), hit.end.saturating_add(reach).min(length));
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
        assert_eq!(windows(&[1000..1004, 1100..1104, 9000..9004], 256, 9100), [744..1360, 8744..9100]);
        assert_eq!(windows(&[0..4, 5..9], 256, 10).first(), Some(&(0..10)));
    }

    #[test]
    fn a_span_is_widened_to_whole_characters() {
        assert_eq!(widen("aéb", 2..2), 1..3);
        assert_eq!(widen("aéb", 0..1), 0..1);
    }
}
