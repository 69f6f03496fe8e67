//! Secrets without a format of their own: a literal bound to a name that promises one.
//!
//! A part of such a name is a keyword of the automaton; around it the binding is read from the bytes
//! ([`super::assignment`]), so that a file without such a name costs nothing and every language and format is read the same
//! way, whichever analyses run. The name decides whether to look ([`super::name`]), the value how sure we are
//! ([`super::value`]), and where it stands may lower that: a comment, documentation, text ([`super::region`]), a test
//! ([`super::place`]).

use std::ops::Range;

use super::assignment::{Relation, bound_to, name_around};
use super::chars::is_hex;
use super::manifest;
use super::name::{Kind, classify, is_issued, is_trusted};
use super::place::Place;
use super::region::{self, Regions};
use super::value;
use crate::model::Confidence;

/// What such names contain, in lower case; part of the detector's one automaton.
pub const KEYWORDS: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "_pass",
    "dbpass",
    "smtppass",
    "mailpass",
    "adminpass",
    "rootpass",
    "userpass",
    "sqlpass",
    "storepass",
    "keypass",
    "pass:",
    "pass\"",
    "pass'",
    "pass =",
    "pass=",
    "pwd",
    "kennwort",
    "contrasena",
    "mot_de_passe",
    "motdepasse",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "accesskey",
    "access-key",
    "private_key",
    "privatekey",
    "private-key",
    "auth_key",
    "authkey",
    "encryption_key",
    "encryptionkey",
    "encryption-key",
    "signing_key",
    "signingkey",
    "signing-key",
    "account_key",
    "accountkey",
    "master_key",
    "masterkey",
    "master-key",
    "credential",
    "_auth",
    "shared_key",
    "sharedkey",
    "storage_key",
    "jwt_key",
    "jwtkey",
    "hmac_key",
    "hmackey",
    "session_key",
    "cookie_key",
    "crypto_key",
    "cipher_key",
    "aes_key",
    "license_key",
    "pepper",
];

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

fn judge_binding(text: &str, name: Range<usize>, place: &Place, regions: &Regions<'_>) -> Option<Secret> {
    let spelled = text.get(name.clone())?;
    // A name that goes on is a part of some text: `concat!("acme_secret_", "…")`.
    let kind = classify(spelled).filter(|_| !spelled.ends_with(['-', '_']))?;
    let format = regions.format_at(name.start);
    let binding = bound_to(text.as_bytes(), &name, format)?;
    let stands = text.get(binding.value.clone())?;
    let is_default = binding.relation == Relation::Default;
    let mut confidence = if is_default { judge_default(spelled, kind, stands) } else { value::judge(kind, stands) }?;
    if !is_default && (names_itself(spelled, stands) || place.fills_in(format, stands)) {
        return None;
    }
    confidence = confidence.min(most_for(binding.relation, kind, spelled, stands));
    if is_about_a_checksum(text, name.start) || (kind != Kind::Key && is_in_a_long_line(text, &name)) {
        confidence = Confidence::Low;
    }
    confidence = by_region(text, &name, is_default, confidence, regions)?;
    let is_shown = is_default && place.shows(text, name.start);
    let most =
        if is_shown { Confidence::Low } else { place.most(text, name.start, kind == Kind::Key && is_issued(spelled)) };
    let confidence = place.lower(text, binding.value.start, confidence).min(most);
    Some(Secret { span: binding.value, confidence, is_default })
}

/// How sure a value can be that belongs to its name in this way.
fn most_for(relation: Relation, kind: Kind, name: &str, value: &str) -> Confidence {
    let is_digest = matches!(value.len(), 40 | 64) && is_hex(value);
    match relation {
        // `query("PlaybackAccessToken", "<digest>")` names what it looks for.
        Relation::Passed if is_digest => Confidence::Medium,
        Relation::Assigned | Relation::Passed | Relation::Default => Confidence::High,
        Relation::Compared => Confidence::Medium,
        // Links are full of tokens that are good for one picture.
        Relation::Query if kind == Kind::Key && !is_issued(name) => Confidence::Low,
        Relation::Query => Confidence::Medium,
    }
}

/// Text about code is no code, and what is commented out may still be in use.
fn by_region(
    text: &str,
    name: &Range<usize>,
    is_default: bool,
    confidence: Confidence,
    regions: &Regions<'_>,
) -> Option<Confidence> {
    let Some(around) = regions.around(name.start) else { return Some(confidence) };
    let is_substituted = text.get(..name.start).is_some_and(|before| before.ends_with("${"));
    if is_default && !is_substituted && regions.is_quoted_text(name) {
        return None;
    }
    Some(match around.kind {
        region::Kind::Doc => Confidence::Low,
        region::Kind::Comment => lower(confidence),
        region::Kind::Text if regions.is_quoted_text(name) => confidence.min(Confidence::Medium),
        region::Kind::Text => confidence,
    })
}

fn lower(confidence: Confidence) -> Confidence {
    if confidence == Confidence::High { Confidence::Medium } else { Confidence::Low }
}

/// A value that a program starts with when nobody gave it another. Who signs or encrypts with it trusts everyone who can
/// read the source, however the value looks; a dummy for the key of someone else's service opens nothing.
fn judge_default(name: &str, kind: Kind, value: &str) -> Option<Confidence> {
    if !value::is_default(value) {
        return None;
    }
    let looks = value::judge(kind, value).unwrap_or(Confidence::Low);
    match kind {
        Kind::Key if is_trusted(name) => Some(Confidence::High),
        Kind::Key => Some(looks).filter(|looks| *looks > Confidence::Low),
        Kind::Password | Kind::Pass if looks == Confidence::High => Some(looks),
        Kind::Password | Kind::Pass => Some(Confidence::Medium),
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

/// Minified code: `password` is a key of something, its value a part of it.
fn is_in_a_long_line(text: &str, name: &Range<usize>) -> bool {
    const LONG: usize = 1_000;
    let around = text.as_bytes().get(name.start.saturating_sub(LONG)..(name.end + LONG).min(text.len()));
    around.is_some_and(|around| around.len() > LONG && memchr::memchr(b'\n', around).is_none())
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
