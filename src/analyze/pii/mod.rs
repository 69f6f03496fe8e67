//! Data about persons: addresses, numbers of accounts, cards and documents. Off unless asked for (`--only pii`, or
//! `[pii] enabled = true`), since most of it stands in code that is about nobody.
//!
//! Each kind is a function that is given the text and says where it holds and how surely: by its check digits, by the ranges
//! that its authority gives out, or by the words around it ([`Text::is_about`]). What standards and providers reserve for
//! documentation and tests is nobody's.

mod contact;
mod finance;
mod identity;
mod network;
mod text;

use std::ops::Range;
use std::sync::Arc;

use self::text::Text;
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{Analysis, Confidence, Redacted, Rule, Target, TargetRole};
use crate::rulebook::RuleSet;

/// Where a kind holds, and how surely.
type Found = Vec<(Range<usize>, Confidence)>;
type Kind = fn(&Text<'_>) -> Found;

/// The kinds, the most specific first: of two that overlap, the first counts.
const KINDS: &[(&str, Kind)] = &[
    ("pii-machine-readable-zone", identity::machine_readable_zones),
    ("pii-iban", finance::ibans),
    ("pii-payment-card", finance::cards),
    ("pii-us-ssn", identity::social_security_numbers),
    ("pii-norwegian-identity-number", identity::norwegian_numbers),
    ("pii-french-identity-number", identity::french_numbers),
    ("pii-spanish-identity-number", identity::spanish_numbers),
    ("pii-driving-licence", identity::driving_licences),
    ("pii-passport-number", identity::passports),
    ("pii-phone-number", contact::phones),
    ("pii-ip-address", network::addresses),
    ("pii-email", contact::emails),
];

pub struct Pii {
    kinds: Vec<(Arc<Rule>, Kind)>,
}

impl Pii {
    pub fn new(context: &Context<'_>) -> Pii {
        Pii { kinds: kinds(context.rules) }
    }
}

/// Finds texts that are worth the whole analysis, whatever file they may be.
pub struct PiiSearch {
    kinds: Vec<(Arc<Rule>, Kind)>,
    least: Confidence,
}

impl PiiSearch {
    pub fn new(rules: &RuleSet, least: Confidence) -> PiiSearch {
        PiiSearch { kinds: kinds(rules), least }
    }

    /// Whether there is something that could be reported at some path. A path only ever lowers the confidence or, if it is
    /// that of a table, gives the columns names.
    pub fn suspects(&self, text: &str) -> bool {
        [Target::at("a"), Target::at("a.csv")].iter().any(|target| self.finds(&Text::new(text, target)))
    }

    fn finds(&self, text: &Text<'_>) -> bool {
        let is_sure = |rule: &Rule, sure: Confidence| rule.confidence.min(sure) >= self.least;
        self.kinds.iter().any(|(rule, kind)| kind(text).into_iter().any(|(_, sure)| is_sure(rule, sure)))
    }
}

fn kinds(rules: &RuleSet) -> Vec<(Arc<Rule>, Kind)> {
    let rules_of = |name: &'static str, kind: Kind| rules.with_builtin(name).map(move |rule| (Arc::clone(rule), kind));
    KINDS.iter().flat_map(|(name, kind)| rules_of(name, *kind)).collect()
}

impl Analyzer for Pii {
    fn name(&self) -> &'static str {
        "pii"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Pii
    }

    /// Lockfiles hold numbers of packages and nobody's.
    fn wants(&self, target: &Target) -> bool {
        !self.kinds.is_empty() && !is_machine_made(target)
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        let target = &file.source.target;
        let text = Text::new(&file.source.text, target);
        let is_for_show = matches!(target.role, TargetRole::Test | TargetRole::Vendored)
            || matches!(target.path.extension(), Some("md" | "mdx" | "rst" | "adoc"));
        let mut taken: Vec<Range<usize>> = Vec::new();
        for (rule, kind) in &self.kinds {
            let mut found = kind(&text);
            found.retain(|(span, _)| !overlaps_any(&taken, span));
            for (span, confidence) in &found {
                let Some(value) = file.source.text.get(span.clone()) else { continue };
                let sure = rule.confidence.min(*confidence);
                let most = if is_for_show { lower(sure) } else { sure };
                let hit = Hit::new(rule, span.clone()).with("redacted", Redacted::new(value).to_string());
                sink.report(hit.at_most(most).secret(span.clone()));
            }
            taken.extend(found.into_iter().map(|(span, _)| span));
            taken.sort_by_key(|span| span.start);
        }
    }
}

/// `taken` is sorted and its members do not overlap.
fn overlaps_any(taken: &[Range<usize>], span: &Range<usize>) -> bool {
    let first = taken.partition_point(|one| one.end <= span.start);
    taken.get(first).is_some_and(|one| one.start < span.end)
}

/// Tests and manuals are full of made-up persons.
fn lower(confidence: Confidence) -> Confidence {
    if confidence == Confidence::High { Confidence::Medium } else { Confidence::Low }
}

fn is_machine_made(target: &Target) -> bool {
    let file = target.path.file_name();
    let extension = target.path.extension().unwrap_or_default();
    matches!(extension, "lock" | "svg" | "map" | "sum" | "po" | "pot")
        || matches!(file, "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml")
        || file.ends_with(".min.js")
        || file.ends_with(".min.css")
}

#[cfg(test)]
mod tests;
