//! Texts in quotes within a program, for manifests that are one.

use super::Field;

/// The quoted texts of `code`, which starts at byte `start` of its file, up to a comment. A text that is put together of
/// others (an f-string, `"#{x}"`) is none.
pub fn texts(code: &str, start: usize) -> Vec<Field> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = code.get(at..).and_then(|rest| rest.find(['"', '\'', '#'])) {
        let open = at + length;
        let rest = code.get(open..).unwrap_or_default();
        let Some(quote) = rest.chars().next().filter(|c| *c != '#') else {
            // A comment goes to the end of its line.
            at = open + rest.find('\n').unwrap_or(rest.len());
            continue;
        };
        let is_long = rest.starts_with(&quote.to_string().repeat(3));
        let width = if is_long { 3 } else { 1 };
        let Some(inner) = rest.get(width..) else { break };
        let close = if is_long { inner.find(&quote.to_string().repeat(3)) } else { inner.find([quote, '\n']) };
        let Some(close) = close else { break };
        let text = inner.get(..close).unwrap_or_default();
        let end = open + width + close + width;
        let is_built = code.get(..open).is_some_and(|before| before.ends_with(['f', 'F'])) || text.contains("#{");
        if !is_built && !text.contains('\\') {
            found.push(Field { text: text.to_owned(), span: start + open..start + end });
        }
        at = end.min(code.len());
    }
    found
}
