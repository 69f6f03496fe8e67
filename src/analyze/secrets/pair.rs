//! Names and values that stand beside each other: `- name: X` and `value: Y` of manifests, `name="X" value="Y"` of XML,
//! `variable "x" { default = "y" }`, and block scalars of YAML.

use std::ops::Range;

use super::cursor::Cursor;
use super::format::Format;

/// Keys whose value is a name.
const NAME_KEYS: &[&str] = &["name", "key", "parameterkey", "field", "property", "param", "option", "variable"];
/// Keys whose value belongs to that name.
const VALUE_KEYS: &[&str] = &["value", "parametervalue", "default", "defaultvalue", "default_value", "defaultvalue"];
/// How far into a block its default is looked for, in bytes.
const LONGEST_BLOCK: usize = 600;

/// The value that stands beside the name at `name`, whose closing quote, if any, ends at `after`.
pub fn value_beside(bytes: &[u8], name: &Range<usize>, after: usize, format: Format) -> Option<Range<usize>> {
    let mut cursor = Cursor { bytes, at: after };
    let before = bytes.get(..name.start)?;
    if is_named(before) {
        cursor.skip(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'));
        while matches!(format, Format::Yaml | Format::Hcl) && cursor.eat(b"#") {
            cursor.at += memchr::memchr(b'\n', cursor.rest())?;
            cursor.skip_space();
        }
        if cursor.eat(b"</") {
            // `<name>password</name><value>…</value>`
            cursor.until(b">")?;
            cursor.at += 1;
            cursor.skip_space();
            if !cursor.eat(b"<value>") {
                return None;
            }
            return cursor.until(b"</");
        }
        if format == Format::Xml && cursor.eat(b">") {
            // `<entry key="password">…</entry>`
            return cursor.until(b"</").filter(|value| !value.is_empty());
        }
        return keyed_value(&mut cursor, format);
    }
    match format {
        Format::Hcl | Format::Json => braced(&mut cursor, format),
        Format::Yaml => indented(before, &mut cursor),
        _ => None,
    }
}

/// Whether the name that follows is the value of a key that names things.
pub fn is_named(before: &[u8]) -> bool {
    let mut text = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    text = text.strip_suffix(b"\\").unwrap_or(text);
    if let Some(tag) = text.strip_suffix(b">") {
        return is_name_key(tag, b'<');
    }
    let Some(key) = text.trim_ascii_end().strip_suffix(b":").or_else(|| text.trim_ascii_end().strip_suffix(b"="))
    else {
        return false;
    };
    let key = key.trim_ascii_end();
    let key = key.strip_suffix(b"\"").or_else(|| key.strip_suffix(b"'")).unwrap_or(key);
    is_name_key(key.strip_suffix(b"\\").unwrap_or(key), b' ')
}

/// Whether `text` ends with one of the keys; `opener` must stand before it if it is no blank.
fn is_name_key(text: &[u8], opener: u8) -> bool {
    let length = text.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let Some(word) = text.get(text.len() - length..) else { return false };
    let is_opened = opener == b' ' || text.get(..text.len() - length).is_some_and(|rest| rest.last() == Some(&opener));
    is_opened && NAME_KEYS.iter().any(|key| word.eq_ignore_ascii_case(key.as_bytes()))
}

/// `value: …`, `"value": …`, `value="…"` here.
fn keyed_value(cursor: &mut Cursor<'_>, format: Format) -> Option<Range<usize>> {
    cursor.eat_quote();
    let length = cursor.rest().iter().take(16).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
    let word = cursor.rest().get(..length)?;
    if !VALUE_KEYS.iter().any(|key| word.eq_ignore_ascii_case(key.as_bytes())) {
        return None;
    }
    cursor.at += length;
    cursor.eat_quote();
    cursor.skip_blanks();
    if !cursor.eat_any(&[b"=>", b":", b"="]) {
        return None;
    }
    cursor.skip_blanks();
    cursor.value(format)
}

/// `variable "db_password" { … default = "…" }`, `"password": { "type": "string", "default": "…" }`.
fn braced(cursor: &mut Cursor<'_>, format: Format) -> Option<Range<usize>> {
    cursor.skip_blanks();
    cursor.eat_any(&[b":", b"="]);
    cursor.skip_blanks();
    if !cursor.eat(b"{") {
        return None;
    }
    let block = cursor.rest();
    let block = block.get(..block.len().min(LONGEST_BLOCK))?;
    let end = cursor.at + memchr::memchr(b'}', block).unwrap_or(block.len());
    value_in(cursor, end, format)
}

/// The value below a key of YAML: `DbPassword:` and, deeper, `Default: …`.
fn indented(before: &[u8], cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.eat(b":") {
        return None;
    }
    cursor.skip_blanks();
    if !matches!(cursor.peek(), Some(b'\n' | b'\r')) {
        return None;
    }
    let indent = indent_of(before);
    let start = cursor.at + memchr::memchr(b'\n', cursor.rest())? + 1;
    let block = cursor.bytes.get(start..(start + LONGEST_BLOCK).min(cursor.bytes.len()))?;
    let mut end = start;
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        let depth = line.iter().take_while(|byte| **byte == b' ').count();
        if depth <= indent && line.trim_ascii() != b"" {
            break;
        }
        end += line.len();
    }
    cursor.at = start;
    value_in(cursor, end, Format::Yaml)
}

/// The value of the first key before `end` that holds one.
fn value_in(cursor: &mut Cursor<'_>, end: usize, format: Format) -> Option<Range<usize>> {
    while cursor.at < end {
        cursor.skip(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'{'));
        let at = cursor.at;
        if let Some(value) = keyed_value(cursor, format) {
            return (value.end <= end).then_some(value);
        }
        cursor.at = at;
        let next = cursor.rest().iter().position(|byte| matches!(byte, b'\n' | b','))?;
        cursor.at = at + next + 1;
    }
    None
}

/// How deep the line is that `before` ends in.
pub fn indent_of(before: &[u8]) -> usize {
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    line.iter().take_while(|byte| **byte == b' ').count()
}

/// Passes `|` and `>` with the end of their line when the scalar below is of one line.
pub fn enter_block_scalar(before: &[u8], cursor: &mut Cursor<'_>) {
    let start = cursor.at;
    if !cursor.eat_any(&[b"|", b">"]) {
        return;
    }
    cursor.skip(|byte| matches!(byte, b'-' | b'+' | b' ' | b'\r') || byte.is_ascii_digit());
    let is_alone = cursor.eat(b"\n") && {
        let mut lines = cursor.rest().splitn(3, |byte| *byte == b'\n').skip(1);
        lines.next().is_none_or(|next| {
            next.trim_ascii().is_empty() || next.iter().take_while(|byte| **byte == b' ').count() <= indent_of(before)
        })
    };
    if is_alone {
        cursor.skip_blanks();
    } else {
        cursor.at = start;
    }
}
