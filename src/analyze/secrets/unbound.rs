//! Tells from the bytes beside a name that nothing is bound to it, whatever the file is written in. Most names in code are
//! only used there: `token.len()`, `self.password,`, `fn read_secret()`; to read each of them in the manner of every format
//! takes as many times as long.

use std::ops::Range;

use super::assignment::{after_name, called, compared_before, element, operator, pass_quote};
use super::cursor::Cursor;
use super::fallback;
use super::format::Format;
use super::pair;
use super::targets::value_in_order;

/// Whether [`super::assignment::bound_to`] has nothing for the name at `name` in any format. Where that would take long to
/// tell, the answer is no.
pub fn is_unbound(bytes: &[u8], name: &Range<usize>) -> bool {
    let Some(before) = bytes.get(..name.start) else { return true };
    let at = |at: usize| Cursor { bytes, at };
    if fallback::default_of(bytes, name).is_some() {
        return false;
    }
    if before.last() == Some(&b'<') {
        // It reads no less than the others.
        return element(&mut at(name.end), Format::Xml).is_none();
    }
    let mut cursor = at(name.end);
    let is_quoted = pass_quote(before, &mut cursor);
    let end = cursor.at;
    cursor.skip_blanks();
    let has_gap = cursor.at > end;
    let is_flag = bytes.get(name.clone()).is_some_and(|name| name.starts_with(b"--"));
    if pair::is_named(before) || before.trim_ascii_end().ends_with(b"ENV") || (is_flag && !is_quoted && has_gap) {
        return false;
    }
    if is_quoted {
        return match cursor.eat(b",") {
            true => after_name(before, &mut cursor, is_flag).is_none(),
            false => !is_followed_by_operator(&cursor),
        };
    }
    // What a call looks like is passed in some formats.
    let mut passed = at(cursor.at);
    if called(before, &mut passed, Format::C).is_some() || compared_before(before, bytes.get(end)).is_some() {
        return false;
    }
    [cursor.at, passed.at].into_iter().all(|here| {
        let mut cursor = at(here);
        let is_said = has_gap && at(here).literal().is_some();
        if cursor.eat(b"]") {
            cursor.skip_blanks();
        }
        let is_said = is_said || (cursor.at > end && at(cursor.at).literal().is_some());
        let is_in_order = || value_in_order(before, &cursor).is_some_and(|value| value.is_some());
        !is_said && !is_followed_by_operator(&cursor) && !is_in_order()
    })
}

/// Whether a value may follow here: behind an operator, or in a block.
fn is_followed_by_operator(cursor: &Cursor<'_>) -> bool {
    let mut cursor = Cursor { ..*cursor };
    if cursor.eat(b"]") {
        cursor.skip_blanks();
    }
    cursor.peek() == Some(b'{') || operator(&mut cursor).is_some()
}
