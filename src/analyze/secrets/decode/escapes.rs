//! Characters written by their number: `%41` (RFC 3986), `\x41` and `\u0041` in literals.

use std::ops::Range;

use memchr::memchr2_iter;

use super::Layer;

struct Escape {
    name: &'static str,
    /// What stands before the two hexadecimal digits; begins with a percent sign or a backslash.
    marker: &'static str,
    /// One percent sign hides a token that stands behind it; a character or two in a literal are written so for their looks.
    least: usize,
}

const ESCAPES: &[Escape] = &[
    Escape { name: "percent", marker: "%", least: 1 },
    Escape { name: "hex escapes", marker: "\\x", least: 8 },
    Escape { name: "unicode escapes", marker: "\\u00", least: 8 },
];

/// The shortest run that could hold a secret, in bytes as it is written.
const LEAST: usize = 20;

/// Calls `each` with every run of `text` that has such characters, decoded.
pub fn each(text: &str, each: &mut dyn FnMut(Layer)) {
    let bytes = text.as_bytes();
    let mut ends = [0; ESCAPES.len()];
    for at in memchr2_iter(b'%', b'\\', bytes) {
        for (escape, end) in ESCAPES.iter().zip(&mut ends) {
            if at < *end || character(bytes, at, escape).is_none() {
                continue;
            }
            let run = run_around(bytes, at, *end);
            *end = run.end;
            if run.len() >= LEAST
                && let Some(layer) = decode(bytes, run, escape)
            {
                each(layer);
            }
        }
    }
}

/// The character that is written at `at`, if it is one of text.
fn character(bytes: &[u8], at: usize, escape: &Escape) -> Option<u8> {
    let digits = bytes.get(at..)?.strip_prefix(escape.marker.as_bytes())?;
    let digit = |index: usize| digits.get(index).and_then(|&byte| char::from(byte).to_digit(16));
    let byte = (digit(0)? << 4 | digit(1)?) as u8;
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t' | 0x80..).then_some(byte)
}

/// What stands around `at` without white space or quotes, not before `least`.
fn run_around(bytes: &[u8], at: usize, least: usize) -> Range<usize> {
    let is_delimiter = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'`<>".contains(byte);
    let before = bytes.get(least..at).unwrap_or_default();
    let start = before.iter().rposition(is_delimiter).map_or(least, |delimiter| least + delimiter + 1);
    let after = bytes.get(at..).unwrap_or_default();
    start..at + after.iter().position(is_delimiter).unwrap_or(after.len())
}

fn decode(bytes: &[u8], run: Range<usize>, escape: &Escape) -> Option<Layer> {
    let (mut decoded, mut origins) = (Vec::with_capacity(run.len()), Vec::with_capacity(run.len()));
    let mut count = 0;
    let mut at = run.start;
    while at < run.end {
        let length = match character(bytes, at, escape) {
            Some(byte) => {
                decoded.push(byte);
                count += 1;
                escape.marker.len() + 2
            }
            None => {
                decoded.push(bytes.get(at).copied()?);
                1
            }
        };
        origins.push((at as u32, (at + length) as u32));
        at += length;
    }
    (count >= escape.least).then(|| Layer::new(decoded, origins, escape.name))
}
