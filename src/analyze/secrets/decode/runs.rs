//! Runs of base64 (RFC 4648, either alphabet, with or without padding, on one line or wrapped) and of hexadecimal digits
//! that decode to text, or to a gzip of text.

use std::ops::Range;

use super::Layer;
use super::packed::{Budget, is_gzip};

/// The shortest run that is looked at: 20 bytes in base64, as long as the id of a key of AWS.
const LEAST: usize = 27;
/// The shortest line that others go on with, and the shortest run of hexadecimal digits, of 16 bytes.
const LONG: usize = 32;
/// Bytes below which what is decoded may be many things: there only a format of its own counts.
pub const SHORT: usize = 24;

/// Bytes that must be text before a run is decoded.
const SNIFFED: usize = 12;

/// Calls `each` with every run of `text` that decodes to text. What is packed is unpacked as far as `budget` goes.
pub fn each(text: &str, budget: Option<&Budget>, each: &mut dyn FnMut(Layer)) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(run) = next_run(bytes, from) {
        from = run.end;
        if let Some(layer) = hexadecimal(bytes, &run) {
            each(layer);
        } else if let Some((layer, end)) = base64(bytes, &run, budget) {
            each(layer);
            from = end;
        }
    }
}

/// What is looked at at once, at every [`STEP`]: a run that is long enough has such a block wherever it starts.
const BLOCK: usize = LEAST + 1 - STEP;
const STEP: usize = 16;

/// The next run of at least [`LEAST`] base64 characters that starts at `from` or later.
fn next_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let (steps, _) = bytes.as_chunks::<STEP>();
    for (index, step) in steps.iter().enumerate().skip(from.div_ceil(STEP)) {
        let at = index * STEP;
        if !is_near(step) || !step.iter().take(BLOCK).all(|&byte| is_digit(byte)) {
            continue;
        }
        let before = bytes.get(from..at).unwrap_or_default().iter().rev().take_while(|&&byte| is_digit(byte));
        let after = bytes.get(at..).unwrap_or_default().iter().take_while(|&&byte| is_digit(byte));
        let (start, end) = (at - before.count(), at + after.count());
        if end - start >= LEAST {
            return Some(start..end);
        }
    }
    None
}

/// Whether all bytes of the block lie between the first and the last of the digits, which takes a few instructions for the whole block:
/// nine in ten have a blank, a quote or a bracket.
fn is_near(step: &[u8; STEP]) -> bool {
    let mut block = *step;
    block.iter_mut().skip(BLOCK).for_each(|byte| *byte = b'A');
    block.iter().fold(true, |all, byte| all & (byte.wrapping_sub(b'+') <= b'z' - b'+'))
}

/// The value of a base64 digit of either alphabet; 64 and more for other bytes.
const VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut value = 0;
    while value < 26 {
        values[b'A' as usize + value] = value as u8;
        values[b'a' as usize + value] = value as u8 + 26;
        value += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        values[b'0' as usize + digit] = digit as u8 + 52;
        digit += 1;
    }
    values[b'+' as usize] = 62;
    values[b'-' as usize] = 62;
    values[b'/' as usize] = 63;
    values[b'_' as usize] = 63;
    values
};

fn value(byte: u8) -> u8 {
    VALUES.get(usize::from(byte)).copied().unwrap_or(0xff)
}

fn is_digit(byte: u8) -> bool {
    value(byte) < 64
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

fn hexadecimal(bytes: &[u8], run: &Range<usize>) -> Option<Layer> {
    let digits = bytes.get(run.clone())?;
    let pair = |pair: &[u8]| match pair {
        &[high, low] => Some((char::from(high).to_digit(16)? << 4 | char::from(low).to_digit(16)?) as u8),
        _ => None,
    };
    let (head, _) = digits.split_at_checked(2 * SNIFFED)?;
    if digits.len() < LONG || digits.len() % 2 != 0 || !head.chunks(2).all(|two| pair(two).is_some_and(is_text)) {
        return None;
    }
    let decoded: Vec<u8> = digits.chunks(2).map(pair).collect::<Option<_>>()?;
    let origin = |index: usize| ((run.start + 2 * index) as u32, (run.start + 2 * index + 2) as u32);
    let origins = (0..decoded.len()).map(origin).collect();
    Some(Layer::new(decoded, origins, "hex"))
}

/// The run as text, and where it ends with all its lines.
fn base64(bytes: &[u8], run: &Range<usize>, budget: Option<&Budget>) -> Option<(Layer, usize)> {
    let start = first_digit(bytes, run);
    let head = bytes.get(start..run.end)?;
    let is_packed = is_gzip(head);
    let is_wide = !is_packed && sniff(head)?;
    if is_binary_uri(bytes, start) {
        return None;
    }
    let lines = lines(bytes, start..run.end);
    let end = lines.last().map_or(run.end, |line| line.end);
    let (mut decoded, mut origins) = decode(bytes, &lines);
    if is_packed {
        return Some((budget?.unpack(&decoded, start..end)?, end));
    }
    if is_wide {
        decoded = decoded
            .chunks(2)
            .map(|unit| if unit.get(1) == Some(&0) { unit.first().copied().unwrap_or(b'?') } else { b'?' })
            .collect();
        let both = |pair: &[(u32, u32)]| Some((pair.first()?.0, pair.last()?.1));
        origins = origins.chunks(2).filter_map(both).collect();
    }
    Some((Layer::new(decoded, origins, if is_wide { "base64 > utf-16" } else { "base64" }), end))
}

/// ASCII text does not begin with `+`, `/`, `-` or `_` when encoded: a run that does has something before it. So has one
/// behind a backslash.
fn first_digit(bytes: &[u8], run: &Range<usize>) -> usize {
    let is_escape = run.start.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\\');
    let start = run.start + usize::from(is_escape);
    let marks = bytes.get(start..run.end).unwrap_or_default().iter().take_while(|&&byte| value(byte) >= 62).count();
    start + marks
}

/// Whether the first digits stand for text: `Some(true)` for UTF-16, as PowerShell takes it, `Some(false)` for any other.
fn sniff(digits: &[u8]) -> Option<bool> {
    let mut decoded = [0u8; SNIFFED];
    let (mut is_plain, mut is_wide) = (true, true);
    for (group, out) in digits.chunks_exact(4).zip(decoded.chunks_exact_mut(3)) {
        let bits = group.iter().fold(0u32, |bits, &digit| bits << 6 | u32::from(value(digit)));
        let [_, first, second, third] = bits.to_be_bytes();
        out.copy_from_slice(&[first, second, third]);
        is_plain &= [first, second, third].into_iter().all(is_text);
        is_wide &= [first, second, third].into_iter().all(|byte| byte == 0 || is_text(byte));
        if !is_plain && !is_wide {
            return None;
        }
    }
    let alternates = || decoded.chunks(2).all(|unit| matches!(unit, [low, 0] if *low != 0));
    if is_plain { Some(false) } else { alternates().then_some(true) }
}

/// In `data:image/png;base64,…`: media that hold no text, and source maps, whose sources are elsewhere.
fn is_binary_uri(bytes: &[u8], start: usize) -> bool {
    let before = bytes.get(start.saturating_sub(96)..start).unwrap_or_default();
    if !before.ends_with(b";base64,") {
        return false;
    }
    let Some(at) = memchr::memmem::rfind(before, b"data:") else { return false };
    let kind = before.get(at + 5..).unwrap_or_default();
    [&b"image/"[..], b"font/", b"audio/", b"video/", b"application/font", b"application/x-font", b"application/json"]
        .iter()
        .any(|media| kind.starts_with(media))
}

/// The run with those on the following lines that go on with it, as in a block scalar, in armour or in a literal on
/// several lines, where quotes and escaped line ends stand between.
fn lines(bytes: &[u8], first: Range<usize>) -> Vec<Range<usize>> {
    let mut lines = vec![first];
    while let Some(last) = lines.last().cloned() {
        let Some(next) = next_line(bytes, last.end) else { break };
        // Only the last line of wrapped text is shorter, and none is longer.
        let is_wrapped = next.len() <= last.len() && last.len() >= LONG;
        let ends =
            matches!(bytes.get(next.end), None | Some(b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\' | b'=' | b' '));
        if !is_wrapped || !ends {
            break;
        }
        lines.push(next);
    }
    lines
}

/// The run that follows `end` behind a line end and what a literal has around it.
fn next_line(bytes: &[u8], end: usize) -> Option<Range<usize>> {
    let mut at = end;
    let mut has_line_end = false;
    for _ in 0..64 {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'\\', Some(b'n' | b'r')) => {
                has_line_end = true;
                at += 2;
            }
            (b'\n' | b'\r', _) => {
                has_line_end = true;
                at += 1;
            }
            (b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'`', _) => at += 1,
            // `"…" +` and `"…" .` at the end of a line of code.
            (b'+' | b'.', Some(b'\n' | b'\r' | b' ')) if at > end => at += 1,
            _ => break,
        }
    }
    let rest = bytes.get(at..)?;
    let length = rest.iter().position(|&byte| !is_digit(byte)).unwrap_or(rest.len());
    (has_line_end && length > 0).then(|| at..at + length)
}

/// Decodes the digits of `lines`, each byte with the first and last digit that it has bits from.
fn decode(bytes: &[u8], lines: &[Range<usize>]) -> (Vec<u8>, Vec<(u32, u32)>) {
    let (mut decoded, mut origins) = (Vec::new(), Vec::new());
    let (mut group, mut bits, mut before) = (0u32, 0u32, 0);
    for at in lines.iter().cloned().flatten() {
        let digit = bytes.get(at).map_or(0, |&byte| value(byte));
        group = group << 6 | u32::from(digit & 63);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push((group >> bits & 0xff) as u8);
            origins.push((before as u32, at as u32 + 1));
        }
        before = at;
    }
    (decoded, origins)
}
