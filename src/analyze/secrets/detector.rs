//! The one pass over the bytes, and what becomes of the keywords it meets.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::format::Format;
use super::keywords::{KeywordHit, Keywords};
use super::pattern::Pattern;
use super::place::Place;
use super::region::Regions;
use super::{generic, manifest, url};
use crate::model::{Analysis, Confidence, Matcher, Rule};
use crate::rulebook::RuleSet;

/// The names of the checks in code, as rule files write them.
const GENERIC: &str = "generic-secret";
const URL: &str = "url-credentials";
const DEFAULT: &str = "environment-default";

/// A place that a rule holds for.
#[derive(Clone, Debug)]
pub struct Found {
    pub rule: Arc<Rule>,
    /// The secret itself, on character boundaries.
    pub span: Range<usize>,
    pub confidence: Confidence,
    /// The other half of a pair, and what it is.
    pub partner: Option<(Range<usize>, String)>,
}

impl Found {
    pub fn new(rule: &Arc<Rule>, span: Range<usize>, confidence: Confidence) -> Found {
        Found { rule: Arc::clone(rule), span, confidence, partner: None }
    }
}

/// Whom a keyword belongs to.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// An index into `patterns`.
    Pattern(u16),
    /// Part of a name that secrets are assigned to.
    Name,
    /// The kind of a Kubernetes `Secret`.
    Manifest,
    /// The `://` of a URL.
    Url,
}

#[derive(Default)]
pub struct Detector {
    /// `None` when there is nothing to look for.
    keywords: Option<Keywords>,
    /// By keyword.
    owners: Vec<Vec<Owner>>,
    patterns: Vec<Pattern>,
    generic: Option<Arc<Rule>>,
    default: Option<Arc<Rule>>,
    url: Option<Arc<Rule>>,
}

impl Detector {
    pub fn new(rules: &RuleSet) -> Detector {
        let mut detector = Detector::default();
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
                Matcher::Builtin(name) if name == DEFAULT => detector.default = Some(Arc::clone(rule)),
                Matcher::Builtin(name) if name == URL => detector.url = Some(Arc::clone(rule)),
                _ => {}
            }
        }
        if detector.generic.is_some() || detector.default.is_some() {
            for keyword in generic::KEYWORDS {
                keywords.entry(keyword).or_default().push(Owner::Name);
            }
            keywords.entry(manifest::KEYWORD).or_default().push(Owner::Manifest);
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
        self.among(&self.keywords(text), text, place)
    }

    /// Where the keywords stand in `text`, for [`Detector::among`].
    pub fn keywords(&self, text: &str) -> Vec<KeywordHit> {
        self.keywords.as_ref().map(|keywords| keywords.find(text.as_bytes())).unwrap_or_default()
    }

    /// Whether `text` holds something of at least this confidence, whatever it is written in.
    pub fn suspects(&self, text: &str, least: Confidence) -> bool {
        let mut hits = self.keywords(text);
        let holds = |hits: &[KeywordHit], format| {
            let place = Place { format, ..Place::default() };
            self.among(hits, text, &place).iter().any(|found| found.confidence >= least)
        };
        if holds(&hits, Format::Plain) {
            return true;
        }
        // Only what is bound to names is read differently.
        hits.retain(|hit| {
            let mut owners = self.owners.get(hit.keyword).into_iter().flatten();
            owners.any(|owner| match owner {
                Owner::Manifest => true,
                Owner::Name => generic::is_name_of_secret(text, &(hit.start..hit.end)),
                Owner::Pattern(_) | Owner::Url => false,
            })
        });
        !hits.is_empty() && Format::ALL.iter().any(|format| holds(&hits, *format))
    }

    /// What `text` holds at the keywords `hits`.
    pub fn among(&self, hits: &[KeywordHit], text: &str, place: &Place) -> Vec<Found> {
        let regions = Regions::new(text, place.format);
        let mut found = Vec::new();
        let mut generic = Vec::new();
        let mut manifests = Vec::new();
        let mut near: BTreeMap<u16, Vec<Range<usize>>> = BTreeMap::new();
        let mut name_end = 0;
        for hit in hits {
            let Some(owners) = self.owners.get(hit.keyword) else { continue };
            let at = hit.start..hit.end;
            for owner in owners {
                match owner {
                    Owner::Pattern(index) => near.entry(*index).or_default().push(at.clone()),
                    // A name such as `secret_token` holds two keywords and is judged once.
                    Owner::Name if hit.start < name_end || place.is_lockfile => {}
                    Owner::Name => {
                        let judged = generic::judge(text, at.clone(), place, &regions);
                        name_end = judged.name_end;
                        generic.extend(judged.secret);
                    }
                    Owner::Manifest if place.format == Format::Yaml => manifests.push(at.clone()),
                    Owner::Manifest => {}
                    Owner::Url => found.extend(self.url(text, at.clone(), place, &regions)),
                }
            }
        }
        for hit in manifests {
            let (values, secrets) = generic::in_manifest(text, &hit, place);
            generic.retain(|one| !values.contains(&one.span));
            generic.extend(secrets);
        }
        found.extend(generic.into_iter().filter_map(|secret| self.generic(secret)));
        for (index, hits) in near {
            if let Some(pattern) = self.patterns.get(usize::from(index)) {
                pattern.find(text, &hits, place, &regions, &mut found);
            }
        }
        settle(found)
    }

    fn generic(&self, secret: generic::Secret) -> Option<Found> {
        let rule = if secret.is_default { &self.default } else { &self.generic };
        let rule = Arc::clone(rule.as_ref()?);
        Some(Found::new(&rule, secret.span, secret.confidence.min(rule.confidence)))
    }

    fn url(&self, text: &str, separator: Range<usize>, place: &Place, regions: &Regions<'_>) -> Option<Found> {
        let rule = Arc::clone(self.url.as_ref()?);
        let at = separator.start;
        let (span, confidence) = url::credentials(text, separator)?;
        let most = regions.most(at).min(place.most(text, span.start, true));
        let confidence = place.lower(text, span.start, confidence.min(rule.confidence)).min(most);
        Some(Found::new(&rule, span, confidence))
    }
}

/// One secret is one finding: of those that overlap, a rule that `replaces` the other wins, then a provider's format,
/// then the greater confidence, then the longer span. What the others were sure of, the winner is too, unless its own
/// structure speaks against it.
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
    for candidate in without_halves(found) {
        match settled.last_mut() {
            Some(last) if candidate.span.start < last.span.end => {
                let loser = if beats(last, &candidate) { candidate } else { std::mem::replace(last, candidate) };
                if loser.span == last.span && last.confidence > Confidence::Low {
                    last.confidence = last.confidence.max(loser.confidence);
                }
            }
            _ => settled.push(candidate),
        }
    }
    settled
}

/// Leaves out what a pair holds besides its secret: a key id is no finding of its own beside its key.
fn without_halves(mut found: Vec<Found>) -> Vec<Found> {
    let halves: Vec<(Range<usize>, Arc<Rule>)> =
        found.iter().filter_map(|found| Some((found.partner.as_ref()?.0.clone(), Arc::clone(&found.rule)))).collect();
    let is_half = |one: &Found| {
        let is_in = |half: &Range<usize>| half.start < one.span.end && one.span.start < half.end;
        halves.iter().any(|(half, rule)| is_in(half) && rule.replaces.contains(&one.rule.id))
    };
    if !halves.is_empty() {
        found.retain(|one| !is_half(one));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Level;

    #[test]
    fn a_format_that_nobody_vouches_for_is_as_sure_as_the_name_beside_it() {
        let rules = RuleSet::embedded();
        let generic = rules.with_builtin(GENERIC).next().unwrap();
        let is_medium = |rule: &&Arc<Rule>| {
            rule.confidence == Confidence::Medium
                && matches!(rule.matcher, Matcher::Regex(_))
                && rule.level > Level::Note
        };
        let provider = rules.iter().find(is_medium).unwrap();
        let settled = |confidence| {
            let found = vec![Found::new(provider, 4..30, confidence), Found::new(generic, 4..30, Confidence::High)];
            settle(found).into_iter().map(|found| (found.rule.id.clone(), found.confidence)).collect::<Vec<_>>()
        };
        assert_eq!(settled(Confidence::Medium), [(provider.id.clone(), Confidence::High)]);
        assert_eq!(settled(Confidence::Low), [(provider.id.clone(), Confidence::Low)]);
    }
}
