//! Several names that are given their values at once: `user, password = "…", "…"`, `let (user, password) = ("…", "…")`.

use std::ops::Range;

use super::cursor::Cursor;

const LONGEST_LINE: usize = 160;

/// The value of the name that stands between `before` and `cursor`, by its place among the names and that of the value among
/// the values. `None` where the name is not one of several; `Some(None)` where what it is given is no literal.
pub fn value_in_order(before: &[u8], cursor: &Cursor<'_>) -> Option<Option<Range<usize>>> {
    let line = line_before(before)?;
    let is_list = line.iter().all(|byte| is_name(*byte) || b" \t,([".contains(byte));
    let index = line.iter().filter(|byte| **byte == b',').count();
    // What stands in brackets behind a name is given to it.
    let is_given = line.windows(2).any(|pair| matches!(pair, [name, b'(' | b'['] if is_name(*name)));
    if !is_list || is_given || (index == 0 && cursor.peek() != Some(b',')) {
        return None;
    }
    let mut cursor = Cursor { ..*cursor };
    let start = cursor.at;
    cursor.skip(|byte| is_name(byte) || b" \t,)]".contains(&byte));
    let count = |bytes: &[u8], which: [u8; 2]| bytes.iter().filter(|byte| which.contains(byte)).count();
    // `[a, b = "…"] = c`: what stands before the end of the list stands in for what it is not given.
    let closed = cursor.bytes.get(start..cursor.at).map_or(0, |passed| count(passed, *b")]"));
    if closed != count(line, *b"([") {
        return None;
    }
    let has_blank = cursor.at.checked_sub(1).and_then(|at| cursor.bytes.get(at)) == Some(&b' ');
    let is_assigned = has_blank && cursor.eat_any(&[b":=", b"="]) && !matches!(cursor.peek(), Some(b'=' | b'>'));
    if !is_assigned {
        return None;
    }
    cursor.skip_space();
    cursor.eat_any(&[b"(", b"["]);
    cursor.skip_space();
    Some(nth(&mut cursor, index))
}

/// What stands on the line before here; `None` where that is long.
pub fn line_before(before: &[u8]) -> Option<&[u8]> {
    let near = before.get(before.len().saturating_sub(LONGEST_LINE)..)?;
    match memchr::memrchr(b'\n', near) {
        Some(end) => near.get(end + 1..),
        None => (near.len() == before.len()).then_some(near),
    }
}

fn nth(cursor: &mut Cursor<'_>, index: usize) -> Option<Range<usize>> {
    for _ in 0..index {
        if cursor.literal().is_none() {
            cursor.skip(|byte| is_name(byte) || matches!(byte, b'&' | b':'));
            cursor.eat_any(&[b"()", b"[]", b"{}"]);
        }
        cursor.skip_blanks();
        if !cursor.eat(b",") {
            return None;
        }
        cursor.skip_space();
    }
    cursor.literal()
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<Option<&str>> {
        let at = text.find("password")?;
        let cursor = Cursor { bytes: text.as_bytes(), at: at + "password".len() };
        Some(value_in_order(text.as_bytes().get(..at)?, &cursor)?.and_then(|span| text.get(span)))
    }

    #[test]
    fn a_value_is_told_by_its_place() {
        for text in [
            "user, password = \"x\", \"v4lue\"",
            "password, user = 'v4lue', 'x'",
            "x = 1\n    self.user, self.password = who, \"v4lue\"",
            "let (user, password) = (name(), \"v4lue\");",
            "const [user, password] = ['x', 'v4lue']",
            "user, password := \"x\", \"v4lue\"",
        ] {
            assert_eq!(value(text), Some(Some("v4lue")), "{text}");
        }
        for text in ["user, password = \"x\", read(\"y\")", "user, password = \"x\"", "user, password = read()"] {
            assert_eq!(value(text), Some(None), "{text}");
        }
    }

    #[test]
    fn one_name_alone_and_an_argument_are_no_list() {
        for text in [
            "password = \"x\"",
            "f(user, password = \"x\")",
            "    user, password=\"x\", other=1",
            "user, password == \"x\"",
            "fn f(user: str, password = \"x\")",
            "(user, password) => \"x\"",
            "const [user, password = 'x'] = list",
        ] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
