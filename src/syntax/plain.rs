//! Text in which nothing is that the walk looks for.

/// In bytes. Every node of a long chain (`a.f().f()…`) starts with the same text, which must not be read again for each.
const LONGEST: usize = 256;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// Whether `'` quotes text.
    pub quotes_singly: bool,
    /// Whether a `=` may stand in it.
    pub pairs: bool,
}

/// Whether `text` is made of names, numbers and short strings with dots, commas, square brackets and arithmetic between
/// them, perhaps in round brackets. No call, choice, comment, assignment or keyword that is a fact can be spelt so: beside
/// a blank stands a comma, a colon or an operator, so that no word follows another.
pub(super) fn is_plain(text: &[u8], reading: Reading) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let inner = match text {
        [b'(', inner @ .., b')'] => inner,
        _ => text,
    };
    let mut at = 0;
    // What stands before the last blanks.
    let mut before_blank = b',';
    while let Some(&byte) = inner.get(at) {
        if WORD[usize::from(byte)] {
            at += 1;
            continue;
        }
        // As if behind and before a comma at the ends.
        let before = if at == 0 { b',' } else { inner[at - 1] };
        if is_blank(byte) {
            at += inner[at..].iter().position(|&byte| !is_blank(byte)).unwrap_or(inner.len() - at);
            let next = inner.get(at).copied().unwrap_or(b',');
            // No word stands behind a word.
            if ends_operand(before) && !is_joint(next) && !inner[..at].trim_ascii_end().ends_with(b"&mut") {
                return false;
            }
            before_blank = before;
            continue;
        }
        let next = inner.get(at + 1).copied().unwrap_or(b',');
        let last = if is_blank(before) { before_blank } else { before };
        let goes_on = match byte {
            b',' | b'-' | b'+' | b'*' | b'%' | b'<' | b'>' | b'[' | b']' => true,
            b'"' => match quoted(inner, at) {
                Some(end) => {
                    at = end;
                    true
                }
                None => false,
            },
            b'\'' if reading.quotes_singly => match quoted(inner, at) {
                Some(end) => {
                    at = end;
                    true
                }
                None => false,
            },
            // A character may be a quotation mark.
            b'\'' => !matches!(next, b'"' | b'\\'),
            b'&' => before != b'&',
            // `lambda: x` has no other blank.
            b':' => !inner[..at].ends_with(b"lambda"),
            // Not a comment, and no pattern between slashes, which may hold a quotation mark.
            b'/' => !matches!(next, b'/' | b'*') && ends_operand(last),
            // `!x` and `!=`; not `name!`.
            b'!' => next == b'=' || !ends_operand(last),
            b'=' => is_comparison(inner, at) || reading.pairs && before != b':' && next != b'>',
            _ => false,
        };
        if !goes_on {
            return false;
        }
        at += 1;
    }
    true
}

/// Bytes of names and numbers, and of dots between them.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let sign = byte as u8;
        table[byte] = sign.is_ascii_alphanumeric() || matches!(sign, b'_' | b'$' | b'.');
        byte += 1;
    }
    table
};

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a value may end with it.
fn ends_operand(byte: u8) -> bool {
    WORD[usize::from(byte)] || matches!(byte, b'"' | b'\'' | b']')
}

/// Whether it stands between values, or at the end of several.
fn is_joint(byte: u8) -> bool {
    matches!(byte, b',' | b'.' | b':' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'&' | b']')
}

/// Whether the `=` at `at` belongs to `==`, `!=`, `<=` or `>=`.
fn is_comparison(text: &[u8], at: usize) -> bool {
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    let before = if at == 0 { 0 } else { byte(at - 1) };
    let before_that = if at < 2 { 0 } else { byte(at - 2) };
    match before {
        b'=' | b'!' => true,
        // `<<=` and `>>=` give a value.
        b'<' | b'>' => before_that != before,
        b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b':' => false,
        _ => byte(at + 1) == b'=',
    }
}

/// The end of the string that is quoted from `start` on, if all of it is plain as well: nothing is filled in or escaped,
/// and it ends on its line.
fn quoted(text: &[u8], start: usize) -> Option<usize> {
    let quote = *text.get(start)?;
    let length =
        text.get(start + 1..)?.iter().position(|&byte| byte == quote || matches!(byte, b'\\' | b'{' | b'\n'))?;
    let end = start + 1 + length;
    // Three of them quote in another way.
    (text.get(end) == Some(&quote) && text.get(end + 1) != Some(&quote)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(text: &str) -> bool {
        is_plain(text.as_bytes(), Reading { quotes_singly: true, pairs: false })
    }

    fn rust(text: &str) -> bool {
        is_plain(text.as_bytes(), Reading::default())
    }

    #[test]
    fn plain_text_holds_no_fact() {
        for text in [
            "a.b.c",
            "a\n    .b\n    .c",
            "()",
            "(self, x, *args)",
            "('two words', \"f(x)\", -1)",
            "(a,\n    b)",
            "(x: int, y)",
            "a + b * c[0]",
            "i < n.length",
            "a !== 'b'",
            "a >= b / 2",
            "[1, 2]",
            "!x",
            "'a: b': c",
        ] {
            assert!(python(text), "{text}");
        }
        for text in
            ["(&self, x: &str)", "(&mut self, x: &str)", "(x: &'a)", "(b'x', \"two words\")", "&mut x", "a[1..n]"]
        {
            assert!(rust(text), "{text}");
        }
        let long = "a".repeat(LONGEST);
        assert!(python(&long) && !python(&(long + "a")));
    }

    #[test]
    fn text_that_may_hold_a_fact_is_not_plain() {
        for text in [
            "a().b",
            "(f(x))",
            "(a and b)",
            "(-a and -b)",
            "(a[0] and -b)",
            "('a' or -b)",
            "(1. or -b)",
            "(not a)",
            "(await a)",
            "(a && b)",
            "(a&&b)",
            "(x=1)",
            "(x = 1)",
            "(x >>= 1)",
            "(x += 1)",
            "(x := 1)",
            "(lambda: x)",
            "(lambda:x)",
            "(x => y)",
            "(x=>y)",
            "(a ? b : c)",
            "(a ?? b)",
            "(a, # why\n b)",
            "(a /* why */)",
            "(a // why\n)",
            "(f`x`)",
            "(`${f}`)",
            "f'{g()}'",
            "(|x| x)",
            "(x?)",
            "(new A)",
            "({a})",
            "(m!)",
            "m![a]",
            "(@d x)",
            "(a if b else c)",
            "[x for x in y]",
            "<a b=\"c\"/>",
            // Quotation marks that are none, with a call between them.
            "(/\"/, f(x), /\"/)",
            "(/['\"]/, f(x), '\"')",
            "(\"\"\"a\"b\"\"\", f(x), \"y\")",
            "('\\'', f(x), '\\'')",
        ] {
            assert!(!python(text), "{text}");
        }
        for text in ["('\"', f(x), '\"')", "(b'\"', f(x), b'\"')", "('\\'', f(x))", "x as u8", "(x?)"] {
            assert!(!rust(text), "{text}");
        }
    }

    #[test]
    fn a_value_may_be_given_to_a_parameter_where_that_is_no_fact() {
        let pairs = |text: &str| is_plain(text.as_bytes(), Reading { quotes_singly: true, pairs: true });
        for text in ["(x=1, y = 'two words')", "x=a.b"] {
            assert!(pairs(text), "{text}");
        }
        for text in ["(x=f())", "(x := 1)", "(x=lambda: 1)", "(x => y)", "(x=a if b else c)"] {
            assert!(!pairs(text), "{text}");
        }
    }
}
