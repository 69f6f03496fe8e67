//! Secrets without a format of their own: a literal bound to a name that promises one.
//!
//! A part of such a name is a keyword of the automaton; around it the binding is read from the bytes
//! ([`super::assignment`]), so that a file without such a name costs nothing and every language and format is read the same
//! way, whichever analyses run. The name decides whether to look ([`super::name`]), the value how sure we are
//! ([`super::value`]), and where it stands may lower that: a comment, documentation, text ([`super::region`]), a test
//! ([`super::place`]).

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use super::assignment::{Binding, Relation, bound_to, name_around};
use super::chars::is_hex;
use super::format::Format;
use super::keywords::Keywords;
use super::manifest;
use super::name::{Kind, classify, is_issued, is_trusted};
use super::place::Place;
use super::region::{self, Regions};
use super::unbound::is_unbound;
use super::value;
use super::words::KEYWORDS;
use crate::model::Confidence;

/// A value that opens something, as a place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub span: Range<usize>,
    pub confidence: Confidence,
    /// It stands in for a variable of the environment.
    pub is_default: bool,
}

pub struct Judged {
    /// Keywords that start before it belong to the same name.
    pub name_end: usize,
    pub secret: Option<Secret>,
}

/// Judges what is bound to the name around the keyword at `hit`.
pub fn judge(text: &str, hit: Range<usize>, place: &Place, regions: &Regions<'_>) -> Judged {
    let format = regions.format_at(hit.start);
    let Some(name) = name_around(text.as_bytes(), &hit, format) else {
        return Judged { name_end: hit.end, secret: None };
    };
    Judged { name_end: name.end, secret: judge_binding(text, name, place, regions) }
}

/// Every name in `text` that promises a secret and has something bound to it, with that.
pub fn bound_literals(text: &str, format: Format) -> Vec<(Range<usize>, Range<usize>)> {
    let regions = Regions::new(text, format);
    let hits = Keywords::new(KEYWORDS.iter().map(String::as_str)).map(|keywords| keywords.find(text.as_bytes()));
    let mut name_end = 0;
    let mut bound = Vec::new();
    for hit in hits.unwrap_or_default() {
        let format = regions.format_at(hit.start);
        let name = name_around(text.as_bytes(), &(hit.start..hit.end), format).filter(|_| hit.start >= name_end);
        let Some(name) = name else { continue };
        name_end = name.end;
        bound.extend(Candidate::read(text, name, format).map(|one| (one.name, one.binding.value)));
    }
    bound
}

/// Whether what is bound to the name around the keyword at `hit` could be a secret of at least this confidence in some
/// format, in the best of places: [`judge`] never says more, and takes longer.
pub fn may_be_secret(text: &str, hit: &Range<usize>, least: Confidence) -> bool {
    let promise = |name: &Range<usize>| kind_again(text, name).filter(|_| !is_unbound(text.as_bytes(), name));
    let mut told: Option<(Range<usize>, Option<Kind>)> = None;
    [false, true].into_iter().any(|has_dots| {
        let mut formats = Format::readings().filter(|format| format.has_dotted_names() == has_dots);
        let name = formats.clone().next().and_then(|format| name_around(text.as_bytes(), hit, format));
        let Some(name) = name else { return false };
        let kind = match &told {
            Some((known, kind)) if *known == name => *kind,
            _ => promise(&name),
        };
        told = Some((name.clone(), kind));
        let Some(kind) = kind else { return false };
        let mut judged: Vec<Binding> = Vec::new();
        formats.any(|format| {
            let Some(candidate) = Candidate::bound(text, name.clone(), kind, format) else { return false };
            // Most formats read the same.
            if judged.contains(&candidate.binding) {
                return false;
            }
            let is_sure = candidate.looks().is_some_and(|looks| looks.min(candidate.most()) >= least);
            judged.push(candidate.binding);
            is_sure
        })
    })
}

/// What the name at `name` promises.
fn kind_of(text: &str, name: &Range<usize>) -> Option<Kind> {
    classify(text.get(name.clone())?).filter(|_| !goes_on(text, name))
}

/// The same, for the same few names over and over: the versions of a file.
fn kind_again(text: &str, name: &Range<usize>) -> Option<Kind> {
    /// In names; a hundred bytes each.
    const MOST: usize = 4096;
    thread_local! {
        static KINDS: RefCell<HashMap<Box<str>, Option<Kind>>> = RefCell::default();
    }
    let spelled = text.get(name.clone())?;
    let kind = KINDS.with_borrow_mut(|kinds| match kinds.get(spelled) {
        Some(kind) => *kind,
        None => {
            if kinds.len() >= MOST {
                kinds.clear();
            }
            let kind = classify(spelled);
            kinds.insert(spelled.into(), kind);
            kind
        }
    });
    kind.filter(|_| !goes_on(text, name))
}

/// Text that goes on is no name: `concat!("acme_secret_", "…")`.
fn goes_on(text: &str, name: &Range<usize>) -> bool {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let (bytes, end) = (text.as_bytes(), name.end);
    let last = end.checked_sub(1).and_then(|last| bytes.get(last)).filter(|_| !name.is_empty());
    matches!(last, Some(b'-' | b'_')) && bytes.get(end).is_some_and(is_quote)
}

fn judge_binding(text: &str, name: Range<usize>, place: &Place, regions: &Regions<'_>) -> Option<Secret> {
    let format = regions.format_at(name.start);
    let candidate = Candidate::read(text, name, format)?;
    let looks = candidate.looks().filter(|_| candidate.is_default() || !place.fills_in(format, candidate.value))?;
    let confidence = candidate.by_region(looks.min(candidate.most()), regions)?;
    let confidence = place.lower(text, candidate.binding.value.start, confidence).min(candidate.most_at(place));
    Some(Secret { confidence, is_default: candidate.is_default(), span: candidate.binding.value })
}

/// A name that promises a secret, and what is bound to it.
struct Candidate<'t> {
    text: &'t str,
    name: Range<usize>,
    spelled: &'t str,
    kind: Kind,
    binding: Binding,
    value: &'t str,
}

impl<'t> Candidate<'t> {
    fn read(text: &'t str, name: Range<usize>, format: Format) -> Option<Candidate<'t>> {
        let kind = kind_of(text, &name)?;
        Candidate::bound(text, name, kind, format)
    }

    fn bound(text: &'t str, name: Range<usize>, kind: Kind, format: Format) -> Option<Candidate<'t>> {
        let spelled = text.get(name.clone())?;
        let binding = bound_to(text.as_bytes(), &name, format)?;
        let value = text.get(binding.value.clone())?;
        Some(Candidate { text, name, spelled, kind, binding, value })
    }

    fn is_default(&self) -> bool {
        self.binding.relation == Relation::Default
    }

    /// `${NAME…`
    fn is_substituted(&self) -> bool {
        self.text.get(..self.name.start).is_some_and(|before| before.ends_with("${"))
    }

    /// How much the value looks like a secret, wherever it stands.
    fn looks(&self) -> Option<Confidence> {
        let looks = value::judge(self.kind, self.value);
        if self.is_default() {
            return self.looks_as_default(looks.unwrap_or(Confidence::Low));
        }
        looks.filter(|_| !names_itself(self.spelled, self.value))
    }

    /// A value that a program starts with when nobody gave it another. Who signs or encrypts with it trusts everyone who
    /// can read the source, however the value looks; a dummy for the key of someone else's service opens nothing.
    fn looks_as_default(&self, looks: Confidence) -> Option<Confidence> {
        if !value::is_default(self.value) {
            return None;
        }
        match self.kind {
            // What starts a stack on one's own machine says less than the program's own code.
            Kind::Key if is_trusted(self.spelled) && self.is_substituted() => Some(looks.max(Confidence::Medium)),
            Kind::Key if is_trusted(self.spelled) => Some(Confidence::High),
            Kind::Key => Some(looks).filter(|looks| *looks > Confidence::Low),
            Kind::Password | Kind::Pass if looks == Confidence::High => Some(looks),
            Kind::Password | Kind::Pass => Some(Confidence::Medium),
        }
    }

    /// How sure a value can be that belongs to its name in this way, on such a line.
    fn most(&self) -> Confidence {
        if is_about_a_checksum(self.text, self.name.start) || (self.kind != Kind::Key && self.is_in_a_long_line()) {
            return Confidence::Low;
        }
        let is_digest = matches!(self.value.len(), 40 | 64) && is_hex(self.value);
        match self.binding.relation {
            // `query("PlaybackAccessToken", "<digest>")` names what it looks for.
            Relation::Passed if is_digest => Confidence::Medium,
            Relation::Assigned | Relation::Passed | Relation::Default => Confidence::High,
            Relation::Compared => Confidence::Medium,
            // Links are full of tokens that are good for one picture.
            Relation::Query if self.kind == Kind::Key && !is_issued(self.spelled) => Confidence::Low,
            Relation::Query => Confidence::Medium,
        }
    }

    /// Text about code is no code, and what is commented out may still be in use.
    fn by_region(&self, confidence: Confidence, regions: &Regions<'_>) -> Option<Confidence> {
        let Some(around) = regions.around(self.name.start) else { return Some(confidence) };
        let is_text = regions.is_quoted_text(&self.name);
        if self.is_default() && !self.is_substituted() && is_text {
            return None;
        }
        Some(match around.kind {
            region::Kind::Doc => Confidence::Low,
            region::Kind::Comment if confidence == Confidence::High => Confidence::Medium,
            region::Kind::Comment => Confidence::Low,
            region::Kind::Text if is_text => confidence.min(Confidence::Medium),
            region::Kind::Text => confidence,
        })
    }

    fn most_at(&self, place: &Place) -> Confidence {
        let at = self.name.start;
        if self.is_default() && place.shows(self.text, at) {
            return Confidence::Low;
        }
        place.most(self.text, at, self.kind == Kind::Key && is_issued(self.spelled))
    }

    /// Minified code: `password` is a key of something, its value a part of it.
    fn is_in_a_long_line(&self) -> bool {
        const LONG: usize = 1_000;
        let window = self.name.start.saturating_sub(LONG)..(self.name.end + LONG).min(self.text.len());
        let around = self.text.as_bytes().get(window);
        around.is_some_and(|around| around.len() > LONG && memchr::memchr(b'\n', around).is_none())
    }
}

/// What the Kubernetes `Secret` whose kind is stated at `hit` holds, and where its values are: nothing else is to be found
/// there.
pub fn in_manifest(text: &str, hit: &Range<usize>, place: &Place) -> (Vec<Range<usize>>, Vec<Secret>) {
    let entries = manifest::entries(text, hit);
    let judged = |entry: &manifest::Entry| {
        let key = text.get(entry.key.clone())?;
        // The object says what it holds; its keys need not.
        let kind = classify(key);
        let judged = value::judge(kind.unwrap_or(Kind::Key), &entry.plain)?;
        let confidence = if kind.is_some() { judged } else { judged.min(Confidence::Medium) };
        let confidence = place.lower(text, entry.value.start, confidence);
        let is_named = names_itself(key, &entry.plain);
        (!is_named).then(|| Secret { span: entry.value.clone(), confidence, is_default: false })
    };
    let secrets = entries.iter().filter_map(judged).collect();
    (entries.into_iter().map(|entry| entry.value).collect(), secrets)
}

/// `password: "db_password"`, `TOKEN = "token"`: the value is the name, or a part of it, in other letters.
fn names_itself(name: &str, value: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let (name, value) = (plain(name), plain(value));
    // `password: "password123"` says more than its name.
    (value.contains(&name) && value.len() <= name.len() + 8 && !value.ends_with(|c: char| c.is_ascii_digit()))
        || name.contains(&value)
}

/// The line speaks of digests, so the value is one.
fn is_about_a_checksum(text: &str, name_start: usize) -> bool {
    let before = text.get(..name_start).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
    // A line of minified code speaks of everything.
    let line = before.get(start..).filter(|line| line.len() < 200).unwrap_or_default().to_ascii_lowercase();
    ["sha1", "sha256", "sha512", "md5", "integrity", "checksum", "digest", "etag", "commit"]
        .iter()
        .any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in `text`, the text of a file in this format, with its confidence.
    fn found(format: Format, text: &str) -> Option<(&str, Confidence, bool)> {
        let place = Place { format, ..Place::default() };
        let keyword = KEYWORDS
            .iter()
            .find_map(|keyword| Some((text.to_ascii_lowercase().find(keyword.as_str())?, keyword.len())))?;
        let judged = judge(text, keyword.0..keyword.0 + keyword.1, &place, &Regions::new(text, format)).secret?;
        Some((text.get(judged.span)?, judged.confidence, judged.is_default))
    }

    #[test]
    fn where_a_value_stands_lowers_what_it_looks_like() {
        let value = "q8!Zx7Lm2Kp9";
        for (format, text, confidence) in [
            (Format::C, "password = \"q8!Zx7Lm2Kp9\"", Confidence::High),
            (Format::C, "// password = \"q8!Zx7Lm2Kp9\"", Confidence::Medium),
            (Format::C, "/** password = \"q8!Zx7Lm2Kp9\" */", Confidence::Low),
            (Format::Python, "\"\"\"\npassword = \"q8!Zx7Lm2Kp9\"\n\"\"\"", Confidence::Low),
            (Format::C, "if (password == \"q8!Zx7Lm2Kp9\")", Confidence::Medium),
            (Format::C, "x = 'and the password=\"q8!Zx7Lm2Kp9\" is'", Confidence::Medium),
            (Format::C, "https://example.com/?password=q8!Zx7Lm2Kp9", Confidence::Medium),
        ] {
            assert_eq!(found(format, text), Some((value, confidence, false)), "{text}");
        }
        let minified = format!("{}password:\"q8!Zx7Lm2Kp9\"{}", "a".repeat(1_000) + ";", ";b".repeat(500));
        assert_eq!(found(Format::JavaScript, &minified), Some((value, Confidence::Low, false)));
        assert_eq!(found(Format::C, "sha1 of password = \"q8!Zx7Lm2Kp9\""), Some((value, Confidence::Low, false)));
    }

    #[test]
    fn defaults_are_judged_by_who_trusts_them() {
        for (format, text, expected) in [
            (
                Format::JavaScript,
                "process.env.JWT_SECRET || 'dev-secret'",
                Some(("dev-secret", Confidence::High, true)),
            ),
            (Format::Python, "os.getenv('DB_PASSWORD', 'postgres')", Some(("postgres", Confidence::Medium, true))),
            (Format::Shell, "${SECRET_KEY:-insecure}", Some(("insecure", Confidence::Medium, true))),
            (Format::Python, "os.getenv('OPENAI_API_KEY', 'your-api-key')", None),
            (Format::JavaScript, "x = \"process.env.JWT_SECRET || 'dev-secret'\"", None),
        ] {
            assert_eq!(found(format, text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_that_is_its_name_is_none() {
        assert_eq!(found(Format::C, "password = \"db_password\""), None);
        assert_eq!(found(Format::C, "token = \"token\""), None);
    }
}
