//! Literals in pieces: `"ab" + "cd"`, `'ab' . 'cd'` in PHP, neighbours in Python and C, `["ab", "cd"].join("")`,
//! `"".join(["ab", "cd"])`, `concat!("ab", "cd")`. Read from the bytes, since most of the languages that do so are not
//! parsed: a joint has a quote with a character of a token on either side.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use super::Layer;

/// The longest piece, in bytes.
const LONGEST: usize = 4096;
/// The shortest value that could be a secret.
const LEAST: usize = 16;

/// How pieces are put together, told by the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plus,
    /// Also by standing one after the other.
    Neighbours,
    /// Also with a dot.
    Dot,
    /// With a macro alone.
    Rust,
}

fn style(path: &str) -> Style {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("py" | "pyi" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "m" | "mm" | "rb") => Style::Neighbours,
        Some("php" | "phtml" | "pl" | "pm") => Style::Dot,
        Some("rs") => Style::Rust,
        _ => Style::Plus,
    }
}

/// Every literal of `text` in several pieces, put together.
pub fn layers(text: &str, path: &str) -> Vec<Layer> {
    let bytes = text.as_bytes();
    let style = style(path);
    let mut layers = Vec::new();
    let mut chains = Chains { bytes, style, end: 0, layers: &mut layers };
    chains.at_each(memchr_iter(b'+', bytes));
    match style {
        Style::Neighbours => {
            chains.at_each(memmem::find_iter(bytes, b"\" \"").map(|at| at + 1));
            chains.at_each(memmem::find_iter(bytes, b"' '").map(|at| at + 1));
            chains.at_each(memmem::find_iter(bytes, b"\"\n").map(|at| at + 1));
            chains.at_each(memmem::find_iter(bytes, b"'\n").map(|at| at + 1));
        }
        Style::Dot => chains.at_each(memchr_iter(b'.', bytes)),
        Style::Plus | Style::Rust => {}
    }
    lists(bytes, style, &mut layers);
    layers
}

struct Chains<'a> {
    bytes: &'a [u8],
    style: Style,
    /// Where the last chain ended.
    end: usize,
    layers: &'a mut Vec<Layer>,
}

impl Chains<'_> {
    fn at_each(&mut self, joints: impl Iterator<Item = usize>) {
        self.end = 0;
        for joint in joints.filter(|&joint| joint > 0) {
            if joint < self.end || !self.is_joint(joint) {
                continue;
            }
            let pieces = self.chain(joint);
            if let Some(last) = pieces.last() {
                self.end = last.end;
            }
            self.layers.extend(join(self.bytes, &pieces));
        }
    }

    /// A quote stands on both sides of `at`, and within it what a token consists of.
    fn is_joint(&self, at: usize) -> bool {
        // Most dots and plus signs stand between names.
        let before = at.checked_sub(1).and_then(|before| self.bytes.get(before));
        if !before.is_some_and(|byte| is_quote(*byte) || byte.is_ascii_whitespace() || *byte == b'\\') {
            return false;
        }
        let Some(close) = last_visible(self.bytes, at) else { return false };
        let is_token_at = |at: Option<usize>| at.and_then(|at| self.bytes.get(at)).is_some_and(|&byte| is_token(byte));
        if !self.bytes.get(close).is_some_and(|&byte| is_quote(byte)) || !is_token_at(close.checked_sub(1)) {
            return false;
        }
        self.opening(at).is_some_and(|open| is_token_at(Some(open + 1)))
    }

    /// The quote that opens the piece behind the joint at `at`.
    fn opening(&self, at: usize) -> Option<usize> {
        let mut at = first_visible(self.bytes, at)?;
        let operator = match (self.bytes.get(at)?, self.style) {
            (b'+', _) | (b'.', Style::Dot) => 1,
            _ if self.style == Style::Neighbours => 0,
            _ => return None,
        };
        at = first_visible(self.bytes, at + operator)?;
        // `r"…"`, `b'…'`
        if matches!(self.bytes.get(at)?, b'r' | b'b' | b'u' | b'f' | b'R' | b'B') {
            at += 1;
        }
        self.bytes.get(at).is_some_and(|&byte| is_quote(byte)).then_some(at)
    }

    /// The pieces before and after the joint at `at`, as far as they go on.
    fn chain(&self, at: usize) -> Vec<Range<usize>> {
        let Some(close) = last_visible(self.bytes, at) else { return Vec::new() };
        let Some(first) = piece_before(self.bytes, close) else { return Vec::new() };
        let mut pieces = vec![first];
        let mut at = close + 1;
        while let Some(piece) = self.opening(at).and_then(|open| piece_after(self.bytes, open)) {
            at = piece.end + 1;
            pieces.push(piece);
        }
        pieces
    }
}

/// Calls that put a list of literals together.
fn lists(bytes: &[u8], style: Style, layers: &mut Vec<Layer>) {
    if style == Style::Rust {
        for at in memmem::find_iter(bytes, b"concat!(") {
            layers.extend(list(bytes, at + 8).and_then(|(pieces, _)| join(bytes, &pieces)));
        }
        return;
    }
    let is_empty_text = |at: usize| matches!(bytes.get(at..at + 2), Some(b"\"\"" | b"''" | b"``"));
    for at in memmem::find_iter(bytes, b".join(") {
        let argument = at + 6;
        let pieces = if is_empty_text(argument) && at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b']') {
            let before = bytes.get(at.saturating_sub(LONGEST)..at).unwrap_or_default();
            let open = memchr::memrchr(b'[', before).map(|open| at - before.len() + open);
            open.and_then(|open| list(bytes, open + 1)).filter(|(_, end)| *end == at - 1)
        } else if at.checked_sub(2).is_some_and(is_empty_text) {
            list(bytes, first_visible(bytes, argument).map_or(argument, |open| open + 1))
        } else {
            None
        };
        layers.extend(pieces.and_then(|(pieces, _)| join(bytes, &pieces)));
    }
}

/// The literals from `at` on, with commas between, up to what closes the list; and where that is.
fn list(bytes: &[u8], mut at: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let mut pieces = Vec::new();
    loop {
        at = first_visible(bytes, at)?;
        match bytes.get(at)? {
            b']' | b')' => return (!pieces.is_empty()).then_some((pieces, at)),
            b',' => at += 1,
            byte if is_quote(*byte) => {
                let piece = piece_after(bytes, at)?;
                at = piece.end + 1;
                pieces.push(piece);
            }
            _ => return None,
        }
    }
}

/// The pieces as one literal, if it is long enough, behind what it may be bound to.
fn join(bytes: &[u8], pieces: &[Range<usize>]) -> Option<Layer> {
    let length: usize = pieces.iter().map(ExactSizeIterator::len).sum();
    let (first, last) = (pieces.first()?, pieces.last()?);
    if pieces.len() < 2 || length < LEAST {
        return None;
    }
    let lead = lead(bytes, first.start);
    let quote = first.start.checked_sub(1)?;
    let parts = std::iter::once(lead.clone()).chain(pieces.iter().cloned());
    let mut places: Vec<usize> = parts.flatten().collect();
    places.push(last.end);
    let mut text: Vec<u8> = places.iter().filter_map(|&at| bytes.get(at)).copied().collect();
    // The last piece may be in other quotes.
    *text.last_mut()? = *bytes.get(quote)?;
    let origins = places.iter().map(|&at| (at as u32, at as u32 + 1)).collect();
    Some(Layer { is_split: true, lead: lead.len(), ..Layer::new(text, origins, "concatenation") })
}

/// What stands before the literal that starts at `start`, its quote included.
fn lead(bytes: &[u8], start: usize) -> Range<usize> {
    const LONGEST: usize = 120;
    let from = start.saturating_sub(LONGEST);
    let before = bytes.get(from..start).unwrap_or_default();
    // Not in the middle of a character.
    let cut = before.iter().take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    from + cut..start
}

/// The content of the literal that the quote at `close` ends, on one line.
fn piece_before(bytes: &[u8], close: usize) -> Option<Range<usize>> {
    let quote = *bytes.get(close)?;
    let from = close.saturating_sub(LONGEST);
    let before = bytes.get(from..close)?;
    let line = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    let open = memchr::memrchr(quote, before.get(line..)?)?;
    is_quote(quote).then(|| from + line + open + 1..close)
}

/// The content of the literal that the quote at `open` begins, on one line. A backslash takes the next character along.
fn piece_after(bytes: &[u8], open: usize) -> Option<Range<usize>> {
    let quote = *bytes.get(open)?;
    let rest = bytes.get(open + 1..(open + 1 + LONGEST).min(bytes.len()))?;
    let mut from = 0;
    loop {
        let close = from + memchr(quote, rest.get(from..)?)?;
        let content = rest.get(..close)?;
        if memchr(b'\n', content).is_some() {
            return None;
        }
        let backslashes = content.iter().rev().take_while(|&&byte| byte == b'\\').count();
        if backslashes % 2 == 0 {
            return Some(open + 1..open + 1 + close);
        }
        from = close + 1;
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-+/=.:@~!$%&*".contains(&byte)
}

/// White space between two pieces: a line or two, indented.
const GAP: usize = 200;

fn first_visible(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..(from + GAP).min(bytes.len()))?;
    rest.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b'\\').map(|at| from + at)
}

fn last_visible(bytes: &[u8], before: usize) -> Option<usize> {
    let from = before.saturating_sub(GAP);
    let rest = bytes.get(from..before)?;
    rest.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != b'\\').map(|at| from + at)
}
