//! The type that may stand between a name and the `=` of its value: `: &'static str =`, `: Final[Literal["x"]] =`,
//! `: "warn" | "error" =`.

use super::cursor::Cursor;

/// In bytes.
const LONGEST: usize = 160;

/// Passes a type and the `=` behind it, if that is what follows the colon; nothing otherwise.
pub fn pass_type(cursor: &mut Cursor<'_>) -> bool {
    let Some(length) = type_and_equals(cursor.rest()) else { return false };
    cursor.at += length;
    true
}

fn type_and_equals(rest: &[u8]) -> Option<usize> {
    let rest = rest.get(..rest.len().min(LONGEST))?;
    let (mut at, mut depth) = (0, 0usize);
    loop {
        let byte = *rest.get(at)?;
        let before = rest.get(..at)?;
        let next = rest.get(at + 1).copied();
        match byte {
            b'=' if depth == 0 => {
                let is_operator = matches!(next, Some(b'=' | b'>'));
                let is_type = before.iter().any(u8::is_ascii_alphanumeric);
                return (is_type && !is_operator).then_some(at + 1);
            }
            b'[' | b'<' | b'(' => depth += 1,
            // The arrow of a function's type.
            b'>' if matches!(before.last(), Some(b'-' | b'=')) && depth > 0 => {}
            b']' | b'>' | b')' => depth = depth.checked_sub(1)?,
            b'\'' if matches!(before.trim_ascii_end().last(), Some(b'&' | b'<' | b'+')) => {}
            b'"' | b'\'' => at = literal_type(rest, at, depth)?,
            b':' if depth > 0 || next == Some(b':') || before.last() == Some(&b':') => {}
            b',' | b';' | b'\n' | b'\r' | b'=' | b'-' if depth > 0 => {}
            _ if byte.is_ascii_alphanumeric() || b"_&|.?*! \t".contains(&byte) => {}
            _ => return None,
        }
        at += 1;
    }
}

/// Where the literal at `open` ends, if it is a type: within brackets, one of a union, or before the `=`.
fn literal_type(rest: &[u8], open: usize, depth: usize) -> Option<usize> {
    let quote = *rest.get(open)?;
    let close = open + 1 + memchr::memchr2(quote, b'\n', rest.get(open + 1..)?)?;
    let before = rest.get(..open)?.trim_ascii_end();
    let after = rest.get(close + 1..)?.trim_ascii_start();
    let is_followed = after.starts_with(b"|") || (after.starts_with(b"=") && !after.starts_with(b"=="));
    let is_type = depth > 0 || before.last() == Some(&b'|') || (before.is_empty() && is_followed);
    (is_type && rest.get(close) == Some(&quote)).then_some(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_every_language_are_passed() {
        for text in [
            " &'static str = ",
            " string =",
            " Option<&'a str> = ",
            " &[u8; 8] = ",
            " Final[Literal[\"x\"]] = ",
            " Annotated[str, Field(alias='x')] = ",
            " \"warn\" | \"error\" = ",
            " 'wei' = ",
            " std::borrow::Cow<'static, str> = ",
            " Callable[[], str] | None = ",
        ] {
            assert_eq!(type_and_equals(text.as_bytes()), Some(text.trim_end().len()), "{text}");
        }
    }

    #[test]
    fn a_value_is_no_type() {
        for text in [
            " 'abc=def'",
            " \"abc\", x = \"y\"",
            " str, x = \"y\"",
            " \", end=\"\"",
            " x => \"y\"",
            " x == \"y\"",
            "= \"y\"",
            " = \"y\"",
            " x\ny = \"z\"",
            " f(x, y=\"z\")}",
            " x) = 1",
            " 'unfinished",
        ] {
            assert_eq!(type_and_equals(text.as_bytes()), None, "{text}");
        }
    }
}
