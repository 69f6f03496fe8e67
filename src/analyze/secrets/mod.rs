//! Credentials in files: one pass of an automaton over the bytes finds the keywords of every rule, and only near a
//! keyword is anything dearer tried: a provider's regex ([`pattern`]), what is bound to a secret-like name ([`generic`]), a
//! URL with a password ([`url`]).
//!
//! A finding's confidence is the rule's own, lowered where the structure is wrong ([`verify`]), the place is a test or
//! documentation ([`place`]), or it stands in a comment or in text ([`region`]); what is plainly a placeholder is no
//! finding at all ([`filter`], [`stand_in`]). Nothing here needs the syntax tree: what is found is the same for every
//! language and format, and whichever analyses were asked for.

mod annotation;
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
mod run;
#[cfg(test)]
mod samples;
mod stand_in;
mod targets;
mod unbound;
mod url;
mod value;
mod verify;
mod words;

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
        let (detector, is_shared) = detector(context);
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

/// What finds the secrets of the run, and whether it is also the mask's.
fn detector(context: &Context<'_>) -> (Arc<Detector>, bool) {
    // None is off, and none has another level.
    let is_shared = secret_rules(context.rules).eq(secret_rules(&context.mask.rules));
    (if is_shared { context.mask.detector() } else { Arc::new(Detector::new(context.rules)) }, is_shared)
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
    detector: Arc<Detector>,
    least: Confidence,
}

impl SecretSearch {
    pub fn new(context: &Context<'_>, least: Confidence) -> SecretSearch {
        SecretSearch { detector: detector(context).0, least }
    }

    /// Whether there is something that could be reported at some path. A path only ever lowers the confidence.
    pub fn suspects(&self, text: &str) -> bool {
        self.detector.suspects(text, self.least) || decode::hides(&self.detector, text, self.least)
    }
}

/// Whether a literal that is bound to `name` is judged at all.
pub fn promises_secret(name: &str) -> bool {
    name::classify(name).is_some()
}

/// Where in `text`, the text of `target`, a name that promises a secret stands, and the literal that is bound to it, before
/// any value is judged: what `benches/agreement.rs` compares with the syntax tree.
pub fn bound_literals(text: &str, target: &Target) -> Vec<(Range<usize>, Range<usize>)> {
    let format = Place::of(target).format;
    let mut bound = generic::bound_literals(text, format);
    bound.extend(decode::bound_in_pieces(text, target.path.as_str(), format));
    bound
}

/// The literal that is bound to the name at `name`, whatever it promises.
pub fn bound_to_name(text: &str, target: &Target, name: Range<usize>) -> Option<Range<usize>> {
    let (bytes, format) = (text.as_bytes(), Place::of(target).format);
    let name = assignment::name_around(bytes, &name, format)?;
    Some(assignment::bound_to(bytes, &name, format)?.value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::format::Format;
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

    /// Text with much in it that the readers look at, put together at random.
    fn texts(count: usize) -> impl Iterator<Item = String> {
        const PIECES: &[&str] = &[
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
        let mut state = 7u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            PIECES[(state >> 33) as usize % PIECES.len()]
        };
        (0..count).map(move |_| (0..16).map(|_| next()).collect())
    }

    const PATHS: &[&str] =
        &["a.py", "a.rs", "a.ts", "a.yaml", "a.tf", "a.xml", ".env", "a.md", "a.json", "Dockerfile", "a.ini", "x"];

    #[test]
    fn any_bytes_are_survived() {
        let mask = SecretMask::new(&RuleSet::embedded());
        let detector = Detector::new(&RuleSet::embedded());
        for (text, path) in texts(4_000).zip(PATHS.iter().cycle()) {
            let target = Target::at(path);
            let mut masked = mask.spans(&text, &target, None).into_iter();
            assert!(masked.all(|span| text.get(span).is_some()), "{text}");
            let found = detector.detect(&text, &Place::of(&target));
            assert!(found.iter().all(|one| text.get(one.span.clone()).is_some()), "{text}");
        }
    }

    /// What the fixtures of all rules hold, each in pieces as long as between two annotations.
    fn fixtures() -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/secrets");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut found = Vec::new();
        for file in files.iter().filter(|file| file.is_file()) {
            let Ok(fixture) = crate::rulebook::fixture::expand(&std::fs::read_to_string(file).unwrap()) else {
                continue;
            };
            let mut part = String::new();
            for line in fixture.text.lines() {
                if line.contains("ruleid:") || line.contains("ok:") {
                    found.push(std::mem::take(&mut part));
                }
                part.push_str(line);
                part.push('\n');
            }
            found.push(part);
        }
        found
    }

    #[test]
    fn what_is_told_at_a_glance_is_so_in_every_format() {
        let keywords = keywords::Keywords::new(words::KEYWORDS.iter().map(String::as_str)).unwrap();
        let (mut unbound, mut bound) = (0, 0);
        for text in texts(20_000).chain(fixtures()) {
            let bytes = text.as_bytes();
            for hit in keywords.find(bytes) {
                let read = |format: Format| {
                    let name = assignment::name_around(bytes, &(hit.start..hit.end), format)?;
                    let binding = assignment::bound_to(bytes, &name, format);
                    Some((unbound::is_unbound(bytes, &name), binding))
                };
                for format in Format::ALL.iter().copied() {
                    let Some((is_unbound, binding)) = read(format) else { continue };
                    assert!(!is_unbound || binding.is_none(), "{format:?}: {text}");
                    unbound += usize::from(is_unbound);
                    bound += usize::from(binding.is_some());
                    let reads_alike = |other: Format| {
                        other.has_dotted_names() == format.has_dotted_names()
                            && read(other).is_some_and(|(_, same)| same == binding)
                    };
                    assert!(Format::readings().any(reads_alike), "{format:?}: {text}");
                }
            }
        }
        assert!(unbound > 50_000 && bound > 20_000, "{unbound}, {bound}");
    }

    #[test]
    fn what_is_found_at_some_path_is_suspected_whatever_the_path() {
        let detector = Arc::new(Detector::new(&RuleSet::embedded()));
        let fixtures = fixtures();
        assert!(fixtures.len() > 1_000, "{}", fixtures.len());
        let mut found = 0;
        for text in texts(2_000).chain(fixtures) {
            for path in PATHS {
                let place = Place::of(&Target::at(path));
                let mut plain = detector.detect(&text, &place);
                let hidden = decode::search(&detector, &text, path, &place, &mut plain);
                let all = plain.iter().chain(hidden.iter().map(|one| &one.found));
                let Some(least) = all.map(|one| one.confidence).max() else { continue };
                found += 1;
                let search = SecretSearch { detector: Arc::clone(&detector), least };
                assert!(search.suspects(&text), "{least} at {path}: {text}");
            }
        }
        assert!(found > 5_000, "{found}");
    }
}
