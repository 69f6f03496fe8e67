//! Credentials in files: one pass of an automaton over the bytes finds the keywords of every rule, and only near a
//! keyword is anything dearer tried: a provider's regex ([`pattern`]), what is bound to a secret-like name ([`generic`]), a
//! URL with a password ([`url`]).
//!
//! A finding's confidence is the rule's own, lowered where the structure is wrong ([`verify`]), the place is a test or
//! documentation ([`place`]), or it stands in a comment or in text ([`region`]); what is plainly a placeholder is no
//! finding at all ([`filter`], [`stand_in`]). Nothing here needs the syntax tree: what is found is the same for every
//! language and format, and whichever analyses were asked for.

mod assignment;
mod chars;
mod cursor;
mod decode;
mod detector;
mod fallback;
mod filter;
mod format;
mod generic;
mod keywords;
mod manifest;
mod name;
mod pair;
mod pattern;
mod place;
mod region;
#[cfg(test)]
mod samples;
mod stand_in;
mod url;
mod value;
mod verify;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use self::detector::{Detector, Found};
use self::keywords::KeywordHit;
use self::place::Place;
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{Analysis, Confidence, Level, Redacted, Rule, Target};
use crate::rulebook::RuleSet;

pub struct Secrets {
    detector: Arc<Detector>,
    /// Whether the detector is also the mask's.
    is_shared: bool,
}

impl Secrets {
    pub fn new(context: &Context<'_>) -> Secrets {
        // None is off, and none has another level.
        let is_shared = secret_rules(context.rules).eq(secret_rules(&context.mask.rules));
        let detector = if is_shared { context.mask.detector() } else { Arc::new(Detector::new(context.rules)) };
        Secrets { detector, is_shared }
    }
}

impl Analyzer for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Secrets
    }

    /// A credential can be in any file; lockfiles are read for tokens in URLs, without judging their many hashes.
    fn wants(&self, _target: &Target) -> bool {
        true
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        let text = file.source.text.as_str();
        let place = Place::of(&file.source.target);
        let keywords = self.detector.keywords(text);
        let mut plain = self.detector.among(&keywords, text, &place);
        sink.keywords = self.is_shared.then_some(SecretKeywords(keywords));
        let hidden = decode::search(&self.detector, text, &place.path, &place, &mut plain);
        for found in plain {
            let Some(secret) = text.get(found.span.clone()) else { continue };
            sink.report(hit(&found, &Redacted::new(secret), text, &place));
        }
        for one in hidden {
            // The same secret, decoded, is the same finding however it is wrapped up.
            let hit = hit(&one.found, &one.value, text, &place);
            sink.report(hit.property("encoding", one.encoding).identity(one.value.hash()));
        }
    }
}

/// The secret rules among `rules`, each by its address.
fn secret_rules(rules: &RuleSet) -> impl Iterator<Item = *const Rule> {
    rules.iter().filter(|rule| rule.analysis() == Some(Analysis::Secrets)).map(Arc::as_ptr)
}

fn hit(found: &Found, value: &Redacted, text: &str, place: &Place) -> Hit {
    let hit = Hit::new(&found.rule, found.span.clone()).with("redacted", value.to_string());
    // A key that a test made up is worth a look, and no leak.
    let is_shown =
        found.confidence < found.rule.confidence.max(Confidence::High) && place.shows(text, found.span.start);
    let level = if is_shown { hit.level.min(Level::Warning) } else { hit.level };
    let hit = Hit { confidence: found.confidence, ..hit.level(level).secret(found.span.clone()) };
    match &found.partner {
        Some((half, label)) => hit.related(half.clone(), label.clone()),
        None => hit,
    }
}

/// Finds what must be masked wherever a file is quoted. Built from all rules, whatever the analyses selected.
pub struct SecretMask {
    rules: RuleSet,
    /// Built when something is first quoted: most runs on a clean tree never do.
    detector: OnceLock<Arc<Detector>>,
}

/// Where the keywords of all rules stand in a text.
#[derive(Debug)]
pub struct SecretKeywords(Vec<KeywordHit>);

impl SecretMask {
    pub fn new(rules: &RuleSet) -> SecretMask {
        SecretMask { rules: rules.clone(), detector: OnceLock::new() }
    }

    /// The bytes of `text`, the text of `target`, that are secrets, also those of low confidence, and what belongs to
    /// a pair with one: sorted by start. `keywords` are those of `text`, where they were looked for before.
    pub fn spans(&self, text: &str, target: &Target, keywords: Option<&SecretKeywords>) -> Vec<Range<usize>> {
        let detector = &*self.detector();
        // Better too much than too little: as in any file, written in what its name says.
        let place = Place { format: Place::of(target).format, ..Place::default() };
        let mut plain = match keywords {
            Some(SecretKeywords(keywords)) => detector.among(keywords, text, &place),
            None => detector.detect(text, &place),
        };
        let mut spans: Vec<Range<usize>> = plain.iter().map(|found| found.span.clone()).collect();
        let hidden = decode::search(detector, text, target.path.as_str(), &place, &mut plain);
        spans.extend(plain.iter().filter_map(|found| found.partner.as_ref().map(|(half, _)| half.clone())));
        spans.extend(hidden.into_iter().flat_map(|one| one.pieces));
        spans.sort_by_key(|span| (span.start, span.end));
        spans
    }

    fn detector(&self) -> Arc<Detector> {
        Arc::clone(self.detector.get_or_init(|| Arc::new(Detector::new(&self.rules))))
    }
}

/// Finds texts that are worth the whole analysis, whatever file they may be.
pub struct SecretSearch {
    detector: Detector,
    least: Confidence,
}

impl SecretSearch {
    pub fn new(rules: &RuleSet, least: Confidence) -> SecretSearch {
        SecretSearch { detector: Detector::new(rules), least }
    }

    /// Whether there is something that could be reported at some path. A path only ever lowers the confidence.
    pub fn suspects(&self, text: &str) -> bool {
        self.detector.suspects(text, self.least) || decode::hides(&self.detector, text, self.least)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_mask_covers_secrets_of_every_confidence_and_stays_on_character_boundaries() {
        let mask = SecretMask::new(&RuleSet::embedded());
        let text = "é password = \"hunter2hunter\" é\n";
        let spans = mask.spans(text, &Target::at("a.py"), None);
        assert_eq!(spans.len(), 1);
        assert_eq!(&text[spans[0].clone()], "hunter2hunter");
        assert!(mask.spans("let tokenizer = Tokenizer::new();", &Target::at("a.rs"), None).is_empty());
    }

    #[test]
    fn any_bytes_are_survived() {
        let mask = SecretMask::new(&RuleSet::embedded());
        let pieces = [
            "password",
            "=",
            "\"",
            "é",
            "://",
            "@",
            ":",
            "ghp_",
            "-----BEGIN",
            "\\",
            "\u{fffd}",
            " ",
            "eyJ",
            "\n",
            "'",
            "${",
            "api_key",
            "(",
            "process.env.",
            "||",
            "<",
            ">",
            "/*",
            "*/",
            "#",
            "value",
            "kind: Secret",
            "data:",
            "|",
            "-",
            ",",
            "r#",
            "```",
            "q8Zx7Lm2Kp9Vb4TnQw3Er5",
            "{",
            "}",
            "name:",
            "&",
            "?",
            "::",
            ".",
            "b",
        ];
        let paths =
            ["a.py", "a.rs", "a.ts", "a.yaml", "a.tf", "a.xml", ".env", "a.md", "a.json", "Dockerfile", "a.ini", "x"];
        let detector = Detector::new(&RuleSet::embedded());
        let mut state = 7u64;
        for round in 0..4_000 {
            let mut text = String::new();
            for _ in 0..16 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            let target = Target::at(paths[round % paths.len()]);
            let mut masked = mask.spans(&text, &target, None).into_iter();
            assert!(masked.all(|span| text.get(span).is_some()), "{text}");
            let found = detector.detect(&text, &Place::of(&target));
            assert!(found.iter().all(|one| text.get(one.span.clone()).is_some()), "{text}");
        }
    }
}
