//! From hits to findings: regions, snippets without secrets, fingerprints.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::Hit;
use crate::model::{
    Confidence, Finding, Fingerprint, Fix, Level, LineHash, Location, Outcome, Redacted, RelPath, RelatedLocation,
    Rule, Snippet, SourceFile, line_hashes as hash_lines,
};

/// Characters of a source line that a report shows at the most.
const SNIPPET_WIDTH: usize = 160;
const MASK: &str = "•••";
/// A secret that is repeated where no rule sees it is looked for so far behind what is shown.
const LONGEST_REPEAT: usize = 256;
/// What stands beyond so many blank lines is no neighbour.
const LONGEST_GAP: usize = 8;

/// Makes findings of the hits in one file. `secrets` are the bytes of `file` that nothing may quote, besides those that
/// the hits themselves name; `line_hashes` tells whether GitHub's are wanted.
pub fn finish(file: &SourceFile, hits: Vec<Hit>, secrets: &[Range<usize>], line_hashes: bool) -> Vec<Finding> {
    let mut hits = without_replaced(hits);
    for hit in &mut hits {
        hit.span = on_boundaries(&file.text, &hit.span);
        hit.secret = hit.secret.as_ref().map(|span| on_boundaries(&file.text, span));
    }
    hits.sort_by(|a, b| (a.span.start, a.span.end, &a.rule.id).cmp(&(b.span.start, b.span.end, &b.rule.id)));
    hits.dedup_by(|a, b| a.span == b.span && a.rule.id == b.rule.id && a.identity == b.identity);
    let mask = Mask::new(file, &hits, secrets);
    let mut seen = HashMap::new();
    let line = |hit: &Hit| file.region(hit.span.clone()).start_line;
    let hashes = if line_hashes { hash_lines(&file.text, &hits.iter().map(line).collect()) } else { BTreeMap::new() };
    hits.into_iter().map(|hit| one(file, hit, &mask, &mut seen, &hashes)).collect()
}

/// A finding that no file stands for: at the root, without a line.
pub fn finish_rootless(hit: Hit, path: RelPath) -> Finding {
    let key = format!("{}\0{}\0{}", hit.rule.id, path, hit.identity.as_deref().unwrap_or_default());
    let region =
        crate::model::Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1, start_byte: 0, end_byte: 0 };
    Finding {
        level: hit.level,
        confidence: hit.confidence,
        message: hit.message,
        location: Location { path, region },
        snippet: Snippet::default(),
        related: Vec::new(),
        properties: sorted(hit.properties),
        secret: None,
        fix: None,
        origin: None,
        fingerprint: Fingerprint {
            gate: digest(&key, 0),
            line_hash: String::new(),
            content: content_key(&hit.rule, hit.identity.as_deref().unwrap_or_default()),
            around: [0, 0],
        },
        suppressions: Vec::new(),
        baseline: None,
        outcome: Outcome::default(),
        rule: hit.rule,
    }
}

/// A finding about a comment that suppresses nothing, which has a rule and a message of its own.
pub fn finding_at(
    file: &SourceFile,
    rule: &Arc<Rule>,
    span: Range<usize>,
    secrets: &[Range<usize>],
    line_hashes: bool,
) -> Option<Finding> {
    finish(file, vec![Hit::new(rule, span)], secrets, line_hashes).pop()
}

/// `text`, which quotes `file`, without any of the secrets.
pub fn without_secrets(file: &SourceFile, secrets: &[Range<usize>], text: &str) -> String {
    Mask::new(file, &[], secrets).text(text)
}

fn one(
    file: &SourceFile,
    hit: Hit,
    mask: &Mask,
    seen: &mut HashMap<String, u32>,
    line_hashes: &BTreeMap<u32, LineHash>,
) -> Finding {
    let region = file.region(hit.span.clone());
    let path = file.target.path.clone();
    let secret = hit.secret.as_ref().and_then(|span| file.text.get(span.clone())).map(Redacted::new);
    let matched = match (&hit.identity, &secret) {
        (Some(identity), _) => identity.clone(),
        (None, Some(secret)) => secret.hash().to_owned(),
        (None, None) => normalised(file.text.get(hit.span.clone()).unwrap_or_default()),
    };
    let key = format!("{}\0{}\0{}", hit.rule.id, path, matched);
    let occurrence = seen.entry(key.clone()).or_insert(0);
    let fingerprint = Fingerprint {
        gate: digest(&key, *occurrence),
        line_hash: line_hashes.get(&region.start_line).map(LineHash::to_string).unwrap_or_default(),
        content: content_key(&hit.rule, &matched),
        around: around(file, &hit.span),
    };
    *occurrence += 1;
    let related = hit
        .related
        .into_iter()
        .map(|(span, message)| RelatedLocation {
            location: Location { path: path.clone(), region: file.region(on_boundaries(&file.text, &span)) },
            message: mask.text(&message),
        })
        .chain(hit.elsewhere)
        .collect();
    let mut message = mask.message(&hit.message, &hit.rule.message);
    if let Some(secret) = &secret {
        message = message.replace("{redacted}", &secret.to_string());
    }
    Finding {
        level: hit.level,
        confidence: hit.confidence,
        message,
        snippet: snippet(file, &region, &hit.span, mask),
        location: Location { path, region },
        related,
        properties: mask.properties(sorted(hit.properties)),
        secret,
        // A secret does not go into another file by way of a fix.
        fix: hit.replacement.filter(|text| mask.text(text) == *text).map(|text| Fix { text }),
        origin: None,
        fingerprint,
        suppressions: Vec::new(),
        baseline: None,
        outcome: Outcome::default(),
        rule: hit.rule,
    }
}

fn digest(key: &str, occurrence: u32) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes()).update(&occurrence.to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// What `rule` found, wherever that stands: `matched` is the text, or what identifies it instead.
pub fn content_key(rule: &Rule, matched: &str) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(rule.id.as_str().as_bytes()).update(b"\0").update(matched.as_bytes());
    let mut first = [0; 16];
    hasher.finalize_xof().fill(&mut first);
    u128::from_le_bytes(first)
}

/// The nearest lines before and after `span` that are not blank, as hashes; of a long line its start.
fn around(file: &SourceFile, span: &Range<usize>) -> [u64; 2] {
    let (first, last) = (file.lines().line_of(span.start), file.lines().line_of(span.end));
    let hash = |line: Option<&str>| {
        let mut hasher = DefaultHasher::new();
        let line = line.unwrap_or_default();
        line[..line.floor_char_boundary(SNIPPET_WIDTH)].split_whitespace().for_each(|word| word.hash(&mut hasher));
        hasher.finish()
    };
    let is_text = |line: &&str| !line.is_empty();
    let before = (1..first).rev().take(LONGEST_GAP).map(|line| file.line(line).trim()).find(is_text);
    let after = (1..=LONGEST_GAP as u32).map(|below| file.line(last.saturating_add(below)).trim()).find(is_text);
    [hash(before), hash(after)]
}

fn sorted(mut properties: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
    properties.sort_by_key(|(name, _)| *name);
    properties
}

/// White space folded, so that reformatting does not make a finding new.
fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves out hits where another rule that replaces theirs reports the same place.
fn without_replaced(hits: Vec<Hit>) -> Vec<Hit> {
    let reports = |hit: &&Hit| hit.confidence > Confidence::Low && hit.level > Level::None;
    let mut replacing: Vec<(Range<usize>, Arc<Rule>)> = hits
        .iter()
        .filter(|hit| !hit.rule.replaces.is_empty())
        .filter(reports)
        .map(|hit| (hit.span.clone(), Arc::clone(&hit.rule)))
        .collect();
    if replacing.is_empty() {
        return hits;
    }
    replacing.sort_by_key(|(span, _)| span.start);
    let longest = replacing.iter().map(|(span, _)| span.len()).max().unwrap_or_default();
    let replaced = |hit: &Hit| {
        let first = replacing.partition_point(|(span, _)| span.start + longest <= hit.span.start);
        let near =
            replacing.iter().skip(first).take_while(|(span, _)| span.start < hit.span.end.max(hit.span.start + 1));
        near.into_iter().any(|(span, rule)| span.end > hit.span.start && rule.replaces.contains(&hit.rule.id))
    };
    hits.into_iter().filter(|hit| !replaced(hit)).collect()
}

fn on_boundaries(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(span.start));
    start..end.max(start)
}

/// What of a file must not be quoted.
struct Mask {
    /// Sorted by start and, since none holds another, by end.
    spans: Vec<Range<usize>>,
    /// Finds the secrets' texts in messages; `None` where there are none.
    values: Option<AhoCorasick>,
}

impl Mask {
    fn new(file: &SourceFile, hits: &[Hit], secrets: &[Range<usize>]) -> Mask {
        let named = hits.iter().filter_map(|hit| hit.secret.clone());
        let mut spans: Vec<Range<usize>> = secrets
            .iter()
            .map(|span| on_boundaries(&file.text, span))
            .chain(named)
            .filter(|span| !span.is_empty())
            .collect();
        spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        // The pieces of a split literal lie within the whole; a message quotes them without what stands between.
        let mut values: Vec<&str> = spans.iter().filter_map(|span| file.text.get(span.clone())).collect();
        spans.dedup_by(|next, kept| next.end <= kept.end);
        values.retain(|value| value.len() >= 4);
        values.sort_unstable();
        values.dedup();
        let kind = aho_corasick::MatchKind::LeftmostLongest;
        let values = if values.is_empty() { None } else { AhoCorasick::builder().match_kind(kind).build(values).ok() };
        Mask { spans, values }
    }

    /// `text` without any of the secrets.
    fn text(&self, text: &str) -> String {
        match &self.values {
            Some(values) if values.is_match(text) => {
                let mut masked = String::new();
                values.replace_all_with(text, &mut masked, |_, _, out| {
                    out.push_str(MASK);
                    true
                });
                masked
            }
            _ => text.to_owned(),
        }
    }

    /// `message` without any of the secrets. What it has of `template`, the rule's own words with `{names}` for what an
    /// analyzer filled in, quotes no file and stays: `password` is a bad secret and a good word.
    fn message(&self, message: &str, template: &str) -> String {
        if self.values.is_none() || message == template {
            return message.to_owned();
        }
        self.filled_in(message, template).unwrap_or_else(|| self.text(message))
    }

    /// `None` where `message` was not made from `template`.
    fn filled_in(&self, message: &str, template: &str) -> Option<String> {
        let (first, mut template) = template.split_once('{')?;
        let mut rest = message.strip_prefix(first)?;
        let mut out = first.to_owned();
        while let Some((_, literal)) = template.split_once('}') {
            let (words, following) =
                literal.split_once('{').map_or((literal, None), |(words, rest)| (words, Some(rest)));
            // The last words end the message; others end the shortest value that they can.
            let at = match following {
                None => rest.len().checked_sub(words.len()).filter(|at| rest.get(*at..) == Some(words))?,
                Some(_) if words.is_empty() => return None,
                Some(_) => rest.find(words)?,
            };
            out += &self.text(rest.get(..at)?);
            out += words;
            rest = rest.get(at + words.len()..)?;
            match following {
                Some(following) => template = following,
                None => return Some(out),
            }
        }
        None
    }

    /// What to mask of `from..to`, sorted: the secrets that reach into it, and the same values where no rule saw them.
    fn within(&self, text: &str, from: usize, to: usize) -> Vec<Range<usize>> {
        let first = self.spans.partition_point(|span| span.end <= from);
        let mut spans: Vec<_> = self.spans.iter().skip(first).take_while(|span| span.start < to).cloned().collect();
        // A value may go on behind the part that is shown.
        let window = text.get(from..text.floor_char_boundary(to.saturating_add(LONGEST_REPEAT))).unwrap_or_default();
        let repeats = self.values.iter().flat_map(|values| values.find_iter(window));
        let is_no_word = |span: &Range<usize>| {
            window
                .get(span.clone())
                .is_some_and(|it| it.len() >= 8 && !it.bytes().all(|byte| byte.is_ascii_lowercase()))
        };
        let repeats = repeats.map(|found| found.range()).filter(is_no_word);
        spans.extend(repeats.map(|span| from + span.start..from + span.end).filter(|span| span.start < to));
        spans.sort_by_key(|span| (span.start, span.end));
        spans
    }

    fn properties(&self, properties: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
        properties.into_iter().map(|(name, value)| (name, self.value(value))).collect()
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.text(&text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(entries) => entries.into_iter().map(|(name, entry)| (name, self.value(entry))).collect(),
            other => other,
        }
    }
}

/// The first line of `span`, around it, secrets masked.
fn snippet(file: &SourceFile, region: &crate::model::Region, span: &Range<usize>, mask: &Mask) -> Snippet {
    let line = file.lines().line_span(&file.text, region.start_line);
    let text = &file.text[line.clone()];
    let indent = text.len() - text.trim_start().len();
    let start = span.start.clamp(line.start, line.end);
    let end = span.end.clamp(start, line.end);
    // A long line is cut so that the match stays in view.
    let mut from = line.start + indent.min(start - line.start);
    if end.saturating_sub(from) > SNIPPET_WIDTH {
        from = file.text.floor_char_boundary(start.saturating_sub(SNIPPET_WIDTH / 4).max(from));
    }
    let to = file.text.floor_char_boundary((from + SNIPPET_WIDTH).min(line.end)).max(from);
    let mut out = String::new();
    let mut highlight = (0, 0);
    if from > line.start + indent {
        out.push('…');
    }
    let mut at = from;
    let mut note = |position: usize, out: &String| {
        if position <= start {
            highlight.0 = out.len();
        }
        if position <= end {
            highlight.1 = out.len();
        }
    };
    for secret in mask.within(&file.text, from, to) {
        let secret_start = secret.start.max(at);
        if secret.end <= at {
            continue;
        }
        push_plain(&file.text, at, secret_start, &mut out, &mut note);
        note(secret_start, &out);
        out.push_str(MASK);
        at = secret.end.min(to);
        note(at, &out);
    }
    push_plain(&file.text, at, to, &mut out, &mut note);
    note(to, &out);
    if to < line.end {
        out.push('…');
    }
    let highlight = (highlight.0, highlight.1.max(highlight.0));
    Snippet { line: out, highlight }
}

fn push_plain(text: &str, from: usize, to: usize, out: &mut String, note: &mut impl FnMut(usize, &String)) {
    for (offset, c) in text.get(from..to).unwrap_or_default().char_indices() {
        note(from + offset, out);
        // A tab has no width of its own and a control character may drive the terminal.
        out.push(if c == '\t' {
            ' '
        } else if c.is_control() {
            '\u{fffd}'
        } else {
            c
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Encoding, Target};
    use crate::rulebook::RuleSet;

    fn file(text: &str) -> SourceFile {
        SourceFile::new(Target::at("a.py"), text.to_owned(), Encoding::Utf8)
    }

    fn rule() -> Arc<Rule> {
        let rules = RuleSet::embedded();
        rules.iter().next().map(Arc::clone).unwrap_or_else(|| unreachable!("there are rules"))
    }

    #[test]
    fn a_secret_is_masked_in_every_finding_of_its_line() {
        let text = "x = 1\n\tprint(\"hunter2hunter2\") # é\n";
        let file = file(text);
        let at = text.find("hunter").unwrap_or_default();
        let secret = at..at + 14;
        let print = text.find("print").unwrap_or_default();
        let mut hit = Hit::new(&rule(), print..print + 23);
        hit.message = "prints hunter2hunter2".to_owned();
        let found = finish(&file, vec![hit], &[secret], false);
        assert_eq!(found[0].message, "prints •••");
        assert_eq!(found[0].snippet.line, "print(\"•••\") # é");
        let (start, end) = found[0].snippet.highlight;
        assert_eq!(&found[0].snippet.line[start..end], "print(\"•••\")");
    }

    #[test]
    fn a_word_of_the_rule_is_no_secret_in_its_message() {
        let file = file("password = 'password'; é = 'hunter2'");
        let mask = Mask::new(&file, &[], &[12..20, 29..36]);
        for (template, message, masked) in [
            ("A password in {name}", "A password in password", "A password in •••"),
            ("A password in {name} of {x}.", "A password in hunter2 of it.", "A password in ••• of it."),
            ("{name} is a password", "hunter2 is a password", "••• is a password"),
            ("The password", "The password", "The password"),
            ("Something {else}", "A password hunter2", "A ••• •••"),
            ("{a}{b}", "hunter2", "•••"),
            ("{broken", "{broken", "{broken"),
        ] {
            assert_eq!(mask.message(message, template), masked, "{template}");
        }
    }

    #[test]
    fn fingerprints_survive_edits_elsewhere_and_tell_occurrences_apart() {
        let at = |text: &str| {
            let file = file(text);
            let hits =
                text.match_indices("eval(x)").map(|(start, m)| Hit::new(&rule(), start..start + m.len())).collect();
            finish(&file, hits, &[], false).into_iter().map(|finding| finding.fingerprint.gate).collect::<Vec<_>>()
        };
        let before = at("eval(x)\neval(x)\n");
        assert_ne!(before[0], before[1]);
        assert_eq!(before, at("import os\n\n  eval(x); eval(x)\n"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_match() {
        let text = format!("{}needle{}", "é".repeat(5000), "x".repeat(5000));
        let file = file(&text);
        let hit = Hit::new(&rule(), 10_000..10_006);
        let found = finish(&file, vec![hit], &[], false);
        let (start, end) = found[0].snippet.highlight;
        assert_eq!(&found[0].snippet.line[start..end], "needle");
        assert!(found[0].snippet.line.chars().count() < 200);
    }
}
