//! The one pass over the bytes, and what becomes of the keywords it meets.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::keywords::Keywords;
use super::pattern::Pattern;
use super::place::Place;
use super::{generic, url};
use crate::model::{Analysis, Confidence, Matcher, Rule};
use crate::rulebook::RuleSet;

/// The names of the checks in code, as rule files write them.
const GENERIC: &str = "generic-secret";
const URL: &str = "url-credentials";

/// A place that a rule holds for.
#[derive(Clone, Debug)]
pub struct Found {
    pub rule: Arc<Rule>,
    /// The secret itself, on character boundaries.
    pub span: Range<usize>,
    pub confidence: Confidence,
}

/// Whom a keyword belongs to.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// An index into `patterns`.
    Pattern(u16),
    /// Part of a name that secrets are assigned to.
    Name,
    /// The `://` of a URL.
    Url,
}

pub struct Detector {
    /// `None` when there is nothing to look for.
    keywords: Option<Keywords>,
    /// By keyword.
    owners: Vec<Vec<Owner>>,
    patterns: Vec<Pattern>,
    generic: Option<Arc<Rule>>,
    url: Option<Arc<Rule>>,
}

impl Detector {
    pub fn new(rules: &RuleSet) -> Detector {
        let mut detector =
            Detector { keywords: None, owners: Vec::new(), patterns: Vec::new(), generic: None, url: None };
        let mut keywords: BTreeMap<&str, Vec<Owner>> = BTreeMap::new();
        for rule in rules.iter().filter(|rule| rule.analysis() == Some(Analysis::Secrets)) {
            match &rule.matcher {
                Matcher::Regex(regex) => {
                    let Ok(index) = u16::try_from(detector.patterns.len()) else { continue };
                    for keyword in &regex.keywords {
                        keywords.entry(keyword).or_default().push(Owner::Pattern(index));
                    }
                    detector.patterns.push(Pattern::new(rule));
                }
                Matcher::Builtin(name) if name == GENERIC => detector.generic = Some(Arc::clone(rule)),
                Matcher::Builtin(name) if name == URL => detector.url = Some(Arc::clone(rule)),
                _ => {}
            }
        }
        if detector.generic.is_some() {
            for keyword in generic::KEYWORDS {
                keywords.entry(keyword).or_default().push(Owner::Name);
            }
        }
        if detector.url.is_some() {
            keywords.entry("://").or_default().push(Owner::Url);
        }
        detector.keywords = Keywords::new(keywords.keys().copied());
        detector.owners = keywords.into_values().collect();
        detector
    }

    /// What `text` holds, sorted by place; overlapping finds are settled in favour of the more specific rule.
    pub fn detect(&self, text: &str, place: &Place) -> Vec<Found> {
        let Some(keywords) = &self.keywords else { return Vec::new() };
        let mut found = Vec::new();
        let mut near: BTreeMap<u16, Vec<Range<usize>>> = BTreeMap::new();
        let mut name_end = 0;
        for hit in keywords.find(text.as_bytes()) {
            let Some(owners) = self.owners.get(hit.keyword) else { continue };
            let at = hit.start..hit.end;
            for owner in owners {
                match owner {
                    Owner::Pattern(index) => near.entry(*index).or_default().push(at.clone()),
                    // A name such as `secret_token` holds two keywords and is judged once.
                    Owner::Name if hit.start < name_end || place.is_lockfile => {}
                    Owner::Name => {
                        let judged = generic::judge(text, at.clone(), place);
                        name_end = judged.name_end;
                        found.extend(self.generic.as_ref().zip(judged.secret).map(|(rule, (span, confidence))| {
                            Found { rule: Arc::clone(rule), span, confidence: confidence.min(rule.confidence) }
                        }));
                    }
                    Owner::Url => {
                        let judged = url::credentials(text, at.clone());
                        found.extend(self.url.as_ref().zip(judged).map(|(rule, (span, confidence))| {
                            let confidence = place.lower(text, span.start, confidence.min(rule.confidence));
                            Found { rule: Arc::clone(rule), span, confidence }
                        }));
                    }
                }
            }
        }
        for (index, hits) in near {
            if let Some(pattern) = self.patterns.get(usize::from(index)) {
                pattern.find(text, &hits, place, &mut found);
            }
        }
        settle(found)
    }
}

/// One secret is one finding: of those that overlap, a rule that `replaces` the other wins, then a provider's format,
/// then the greater confidence, then the longer span.
fn settle(mut found: Vec<Found>) -> Vec<Found> {
    let rank = |found: &Found| match &found.rule.matcher {
        Matcher::Regex(_) => 2,
        Matcher::Builtin(name) if name == URL => 1,
        _ => 0,
    };
    let replaces = |a: &Found, b: &Found| a.rule.replaces.contains(&b.rule.id);
    let beats = |a: &Found, b: &Found| {
        if replaces(a, b) != replaces(b, a) {
            return replaces(a, b);
        }
        (rank(a), a.confidence, a.span.len()) >= (rank(b), b.confidence, b.span.len())
    };
    found.sort_by(|a, b| (a.span.start, a.span.end, &a.rule.id).cmp(&(b.span.start, b.span.end, &b.rule.id)));
    let mut settled: Vec<Found> = Vec::with_capacity(found.len());
    for candidate in found {
        match settled.last_mut() {
            Some(last) if candidate.span.start < last.span.end => {
                if !beats(last, &candidate) {
                    *last = candidate;
                }
            }
            _ => settled.push(candidate),
        }
    }
    settled
}
