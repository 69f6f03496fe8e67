//! Kubernetes' `Secret`: whatever stands under `data` (in base64) and `stringData` is one, by the kind of the object.

use std::ops::Range;

use super::cursor::Cursor;
use super::format::Format;
use super::pair::enter_block_scalar;
use crate::rulebook::base64_decode;

/// What an object of this kind says of itself; part of the detector's one automaton.
pub const KEYWORD: &str = "kind: secret";

/// A key of a secret and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Range<usize>,
    /// As it stands in the file.
    pub value: Range<usize>,
    /// As it is used; empty where it is not text.
    pub plain: String,
}

/// The entries of the object whose kind is stated at `hit`.
pub fn entries(text: &str, hit: &Range<usize>) -> Vec<Entry> {
    let (Some(before), Some(after)) = (text.get(..hit.start), text.get(hit.end..)) else { return Vec::new() };
    let is_whole = after.lines().next().is_none_or(|rest| rest.split('#').next().unwrap_or_default().trim().is_empty());
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    if !is_whole || !before.get(line_start..).is_some_and(|start| start.trim().is_empty()) {
        return Vec::new();
    }
    let indent = hit.start - line_start;
    let start = before.rfind("\n---").map_or(0, |at| at + 1);
    let end = after.find("\n---").map_or(text.len(), |at| hit.end + at + 1);
    read(text, start..end, indent)
}

fn read(text: &str, object: Range<usize>, indent: usize) -> Vec<Entry> {
    let mut found = Vec::new();
    // Whether values are in base64, below a key that holds them.
    let mut holder: Option<bool> = None;
    let mut at = object.start;
    for line in text.get(object).unwrap_or_default().split_inclusive('\n') {
        let (start, content) = (at, line.trim());
        at += line.len();
        let depth = line.len() - line.trim_start_matches(' ').len();
        if content.is_empty() || content.starts_with('#') || depth < indent {
            continue;
        }
        if depth == indent {
            holder = match content {
                "data:" => Some(true),
                "stringData:" => Some(false),
                _ => None,
            };
            continue;
        }
        found.extend(holder.and_then(|is_encoded| entry(text, start + depth, is_encoded)));
    }
    found
}

fn entry(text: &str, start: usize, is_encoded: bool) -> Option<Entry> {
    let bytes = text.as_bytes();
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = bytes.get(start..)?.iter().take_while(|byte| is_key(byte)).count();
    let key = start..start + length;
    let mut cursor = Cursor { bytes, at: key.end };
    if length == 0 || !cursor.eat(b":") {
        return None;
    }
    cursor.skip_blanks();
    enter_block_scalar(bytes.get(..start)?, &mut cursor);
    let value = cursor.value(Format::Yaml)?;
    let stands = text.get(value.clone())?;
    let plain = if is_encoded {
        let decoded = base64_decode(stands.as_bytes())?;
        String::from_utf8(decoded).unwrap_or_default().trim_end().to_owned()
    } else {
        stands.to_owned()
    };
    Some(Entry { key, value, plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plains(text: &str) -> Vec<(&str, String)> {
        let Some(at) = text.find("kind: Secret") else { return Vec::new() };
        let found = entries(text, &(at..at + KEYWORD.len()));
        found.into_iter().map(|entry| (&text[entry.key], entry.plain)).collect()
    }

    #[test]
    fn data_is_decoded_and_string_data_is_not() {
        let text = "a: 1\n---\napiVersion: v1\ndata:\n  user: YWRtaW4=\n  # note\n  pass: \"aHVudGVyMg==\"\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  key: |\n    abc\ntype: Opaque\n---\ndata:\n  other: eHl6\n";
        let expected = [("user", "admin"), ("pass", "hunter2"), ("key", "abc")];
        assert_eq!(plains(text), expected.map(|(key, plain)| (key, plain.to_owned())));
    }

    #[test]
    fn other_kinds_are_left() {
        for text in
            ["kind: SecretStore\ndata:\n  a: YWRtaW4=\n", "# kind: Secret\ndata:\n  a: YWRtaW4=\n", "kind: Secret"]
        {
            assert_eq!(plains(text), [], "{text}");
        }
    }
}
