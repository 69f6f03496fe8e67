//! Credentials that are written in another form: base64, hexadecimal, percent-encoding, escapes, the `data` of a Kubernetes
//! Secret, or a literal in several pieces. Each such form becomes a [`Layer`], plain text that knows where every byte of it
//! comes from; the detector looks through it, and what it finds is reported where it is written, up to two encodings deep.
//!
//! **How candidates are found.** One could give the automaton the base64 images of every keyword at the three alignments.
//! That triples the keywords, and an image is only right for one spelling while keywords are found without regard to
//! case; every new rule would pay thrice. Instead each file is searched for runs of base64 characters, in blocks that take
//! a few vector instructions each ([`runs::LEAST`]); and as ASCII text in base64 has bits that are always zero, one
//! identifier in eight passes a group of four characters and hardly any the four groups that are looked at before anything
//! is decoded. Percent signs, escapes and the joints of split literals are found with `memchr`. Measured on 152 MB of
//! released code: nine hundredths more than the secrets take without it.
//!
//! **What is looked for inside.** All that is looked for in plain text: on the same code, names that promise a secret found
//! one more place in decoded text, and no noise.

mod escapes;
mod kubernetes;
mod literals;
mod packed;
mod runs;

use std::collections::HashSet;
use std::ops::Range;

use self::packed::Budget;
use super::detector::{Detector, Found};
use super::format::Format;
use super::generic;
use super::place::Place;
use super::region::Regions;
use crate::model::{Confidence, Matcher, Redacted};

/// Encodings within encodings that are undone.
const LEVELS: usize = 2;

/// What was found in a layer.
#[derive(Debug)]
pub struct Hidden {
    /// The rule, and the span where the secret is written in the file.
    pub found: Found,
    /// The encodings from the outside in: `base64`, `base64 > percent`.
    pub encoding: String,
    /// The secret as it is when decoded.
    pub value: Redacted,
    /// What of `found.span` holds the secret: all of it, or the pieces of a literal that was split.
    pub pieces: Vec<Range<usize>>,
}

/// Plain text that is written otherwise in the text around it.
pub struct Layer {
    text: String,
    /// For each byte of `text`, the bytes around it that it was made of.
    origins: Vec<(u32, u32)>,
    encoding: &'static str,
    /// Origins have gaps that are no part of the value.
    is_split: bool,
    /// It was a gzip.
    is_packed: bool,
    /// What stands in a string of it, as a file of its own.
    manifest: Option<Box<Layer>>,
    /// How much of `text` is only there to tell what the rest is bound to.
    lead: usize,
}

impl Layer {
    /// `bytes` with their origins; what is not ASCII and not UTF-8 becomes `?`, so that positions stay.
    fn new(mut bytes: Vec<u8>, origins: Vec<(u32, u32)>, encoding: &'static str) -> Layer {
        if std::str::from_utf8(&bytes).is_err() {
            bytes.iter_mut().filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b'?');
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        Layer { text, origins, encoding, is_split: false, is_packed: false, manifest: None, lead: 0 }
    }

    /// Where `span` of the layer is written.
    fn origin(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let start = self.origins.get(span.start)?.0;
        let end = self.origins.get(span.end.checked_sub(1)?)?.1;
        Some(start as usize..end.max(start) as usize)
    }

    /// `one`, which was found in the layer, where it is written.
    fn place(&self, mut one: Hidden) -> Option<Hidden> {
        let span = self.origin(&one.found.span)?;
        one.pieces = if self.is_split { self.pieces(&one.found.span) } else { vec![span.clone()] };
        one.found.span = span;
        one.found.partner = self.partner(one.found.partner);
        Some(one)
    }

    /// Where the other half of a pair is written, with what it is called.
    fn partner(&self, half: Option<(Range<usize>, String)>) -> Option<(Range<usize>, String)> {
        half.and_then(|(span, label)| Some((self.origin(&span)?, label)))
    }

    /// The same in the pieces that it is written in.
    fn pieces(&self, span: &Range<usize>) -> Vec<Range<usize>> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for &(start, end) in self.origins.get(span.clone()).unwrap_or_default() {
            let (start, end) = (start as usize, end as usize);
            match pieces.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => pieces.push(start..end),
            }
        }
        pieces
    }
}

/// What `text`, the file `path`, hides, sorted by place. `plain`, what was found without decoding, loses what is better explained here: a
/// value with a secret-like name that turns out to be an encoded token, the first piece of a token that goes on.
pub fn search(detector: &Detector, text: &str, path: &str, place: &Place, plain: &mut Vec<Found>) -> Vec<Hidden> {
    if place.is_lockfile {
        return Vec::new();
    }
    let budget = Budget::default();
    all(detector, text, path, place, plain, Depth::all(&budget))
}

fn all(
    detector: &Detector,
    text: &str,
    path: &str,
    place: &Place,
    plain: &mut Vec<Found>,
    depth: Depth<'_>,
) -> Vec<Hidden> {
    let mut hidden = Vec::new();
    for layer in literals::layers(text, path).iter().chain(&kubernetes::layers(text, path)) {
        look_into(detector, text, layer, place, depth, &mut hidden);
    }
    encoded(detector, text, place, depth, &mut hidden);
    // What is decoded no longer says whether it stood in a comment.
    let regions = Regions::new(text, place.format);
    for one in &mut hidden {
        let is_formless = !matches!(one.found.rule.matcher, Matcher::Regex(_));
        one.found.confidence = one.found.confidence.min(regions.most_of_token(one.found.span.start, is_formless));
    }
    hidden.sort_by(|a, b| {
        let key = |one: &Hidden| (one.found.span.start, one.found.span.end);
        let more = |one: &Hidden| (one.encoding.len(), one.encoding.clone());
        key(a).cmp(&key(b)).then_with(|| a.found.rule.id.cmp(&b.found.rule.id)).then_with(|| more(a).cmp(&more(b)))
    });
    // What was read in two ways differs by its padding at most; what was packed is all at one place.
    let mut told = HashSet::new();
    hidden.retain(|one| told.insert((one.found.span.start, one.found.rule.id.clone(), one.value.hash().to_owned())));
    let is_packed = |one: &Hidden| one.encoding.contains("gzip");
    hidden.dedup_by(|a, b| a.found.span == b.found.span && a.found.rule.id == b.found.rule.id && !is_packed(a));
    hidden.retain(|one| !near(plain, &one.found.span).any(|(_, found)| is_said_by(found, one)));
    let mut is_explained = vec![false; plain.len()];
    for (index, _) in hidden.iter().flat_map(|one| near(plain, &one.found.span)) {
        if let Some(is_explained) = is_explained.get_mut(index) {
            *is_explained = true;
        }
    }
    let mut is_explained = is_explained.into_iter();
    plain.retain(|_| !is_explained.next().unwrap_or_default());
    hidden
}

/// Those of `plain`, which is sorted and does not overlap, that overlap `span`; with their indices.
fn near<'a>(plain: &'a [Found], span: &Range<usize>) -> impl Iterator<Item = (usize, &'a Found)> {
    let first = plain.partition_point(|found| found.span.end <= span.start);
    let end = span.end;
    plain.iter().enumerate().skip(first).take_while(move |(_, found)| found.span.start < end)
}

/// Whether `text` hides something of at least this confidence, whatever file it may be.
pub fn hides(detector: &Detector, text: &str, least: Confidence) -> bool {
    let (mut hidden, place, budget) = (Vec::new(), Place::default(), Budget::default());
    let depth = Depth::all(&budget);
    // One path for each way to write a literal in pieces, which may be bound to a name in any format.
    for layer in ["a.py", "a.php", "a.rs"].into_iter().flat_map(|path| literals::layers(text, path)) {
        if detector.suspects(&layer.text, least) {
            return true;
        }
        look_into(detector, text, &layer, &place, depth, &mut hidden);
    }
    for layer in kubernetes::layers(text, "a.yaml") {
        look_into(detector, text, &layer, &place, depth, &mut hidden);
    }
    encoded(detector, text, &place, depth, &mut hidden);
    hidden.iter().any(|one| one.found.confidence >= least)
}

/// How deep to look, and how much to unpack on the way.
#[derive(Clone, Copy)]
struct Depth<'b> {
    levels: usize,
    /// `None` in what was unpacked: nothing is unpacked twice.
    budget: Option<&'b Budget>,
}

impl<'b> Depth<'b> {
    fn all(budget: &'b Budget) -> Depth<'b> {
        Depth { levels: LEVELS, budget: Some(budget) }
    }

    /// What is left within `layer`. What a gzip in base64 holds is as far from the file as if it were not packed.
    fn within(self, layer: &Layer) -> Depth<'b> {
        let levels = self.levels.saturating_sub(1);
        if layer.is_packed { Depth { levels: levels.max(1), budget: None } } else { Depth { levels, ..self } }
    }
}

/// Looks for what is encoded in `text`.
fn encoded(detector: &Detector, text: &str, place: &Place, depth: Depth<'_>, hidden: &mut Vec<Hidden>) {
    if depth.levels == 0 {
        return;
    }
    let each = &mut |layer: Layer| look_into(detector, text, &layer, place, depth.within(&layer), hidden);
    runs::each(text, depth.budget, each);
    escapes::each(text, each);
}

/// Looks through one layer of `outer`, and through what is encoded in that.
fn look_into(
    detector: &Detector,
    outer: &str,
    layer: &Layer,
    place: &Place,
    depth: Depth<'_>,
    hidden: &mut Vec<Hidden>,
) {
    let start = layer.origins.first().map_or(0, |origin| origin.0 as usize);
    // What is put together of literals is still code.
    let format = if layer.is_split { place.format } else { Format::Plain };
    let place = Place { is_for_show: place.shows(outer, start), is_rust: false, format, ..place.clone() };
    let is_short = layer.text.len() < runs::SHORT && !layer.is_split;
    for found in detector.detect(&layer.text, &place) {
        let is_formless = !matches!(found.rule.matcher, Matcher::Regex(_));
        if found.span.start < layer.lead || is_short && layer.encoding == "base64" && is_formless {
            continue;
        }
        let Some(value) = layer.text.get(found.span.clone()).map(Redacted::new) else { continue };
        let encoding = layer.encoding.to_owned();
        hidden.extend(layer.place(Hidden { found, encoding, value, pieces: Vec::new() }));
    }
    let mut deeper = Vec::new();
    encoded(detector, &layer.text, &place, depth, &mut deeper);
    for one in deeper.into_iter().filter(|one| one.found.span.start >= layer.lead) {
        let encoding = format!("{} > {}", layer.encoding, one.encoding);
        hidden.extend(layer.place(Hidden { encoding, ..one }));
    }
    if let Some(manifest) = &layer.manifest {
        let mut within = Vec::new();
        installed(detector, manifest, &place, depth, &mut within);
        hidden.extend(within.into_iter().map(|one| {
            let encoding = format!("{} > {}", layer.encoding, one.encoding);
            Hidden { encoding, ..one }
        }));
    }
}

/// Looks through `manifest`, which a release of Helm has installed, as through a file.
fn installed(detector: &Detector, manifest: &Layer, place: &Place, depth: Depth<'_>, hidden: &mut Vec<Hidden>) {
    let place = Place { format: Format::Yaml, ..place.clone() };
    let mut plain = detector.detect(&manifest.text, &place);
    let within = all(detector, &manifest.text, "manifest.yaml", &place, &mut plain, depth);
    for one in within {
        let encoding = format!("{} > {}", manifest.encoding, one.encoding);
        hidden.extend(manifest.place(Hidden { encoding, ..one }));
    }
    for found in plain {
        let Some(value) = manifest.text.get(found.span.clone()).map(Redacted::new) else { continue };
        let encoding = manifest.encoding.to_owned();
        hidden.extend(manifest.place(Hidden { found, encoding, value, pieces: Vec::new() }));
    }
}

/// The names in `text`, the file `path`, to which a literal in several pieces is bound, with the first piece.
pub fn bound_in_pieces(text: &str, path: &str, format: Format) -> Vec<(Range<usize>, Range<usize>)> {
    let bound_in = |layer: &Layer| {
        let bound = generic::bound_literals(&layer.text, format).into_iter();
        let bound = bound.filter(|(_, value)| value.start >= layer.lead);
        bound.filter_map(|(name, value)| Some((layer.origin(&name)?, layer.origin(&value)?))).collect::<Vec<_>>()
    };
    literals::layers(text, path).iter().flat_map(bound_in).collect()
}

/// Found by the name that it is assigned to, not by its own format.
fn is_by_name(found: &Found) -> bool {
    matches!(&found.rule.matcher, Matcher::Builtin(name) if name == "generic-secret")
}

/// Whether `plain` says it already: by a format of its own, and not only its beginning; or by a name, where the hidden one has
/// no more than that and is not the same value, decoded.
fn is_said_by(plain: &Found, one: &Hidden) -> bool {
    let is_beginning = plain.rule.id == one.found.rule.id
        && plain.span.start == one.found.span.start
        && plain.span.end < one.found.span.end;
    if is_by_name(plain) && !is_beginning {
        return is_by_name(&one.found) && plain.span != one.found.span;
    }
    !is_beginning
}

#[cfg(test)]
mod tests;
