//! Reads on from a place in a text: blanks, operators, literals, and what may be wrapped around a literal.

use std::ops::Range;

use super::format::Format;

const LONGEST_VALUE: usize = 512;
const LONGEST_GAP: usize = 64;

/// Functions and constructors that give the text they are given, in another type.
const WRAPPERS: &[&str] = &[
    "from",
    "Some",
    "Ok",
    "new",
    "String",
    "string",
    "str",
    "bytes",
    "Bytes",
    "SecretStr",
    "SecretString",
    "Secret",
    "SecureString",
    "Field",
    "Buffer",
    "fromString",
    "from_str",
    "from_static",
    "valueOf",
    "of",
    "literal",
    "strdup",
    "byte",
    "toCharArray",
    "NSString",
    "StringValue",
    "Ptr",
    "T",
    "text",
    "require",
    "trim",
    "Password",
    "ApiKey",
    "Token",
    "Box",
    "Cow",
    "Borrowed",
    "concat!",
    "into",
    "plain",
    "plainText",
    "unsafePlainText",
];

/// What after a literal makes it a part of something else.
const GOES_ON: &[&[u8]] = &[
    b"+",
    b"%",
    b"*",
    b"..",
    b". ",
    b"\"",
    b"'",
    b"~",
    b"<>",
    b".format",
    b".join",
    b".split",
    b".replace",
    b".repeat",
    b".concat",
    b".sub",
    b".gsub",
    b"in ",
    b"[",
];

pub struct Cursor<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub fn eat(&mut self, token: &[u8]) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    /// Passes the first of `tokens` that stands here.
    pub fn eat_any(&mut self, tokens: &[&[u8]]) -> bool {
        tokens.iter().any(|token| self.eat(token))
    }

    /// Passes bytes that `is`, of which there must not be very many.
    pub fn skip(&mut self, is: impl Fn(u8) -> bool) {
        self.at += self.rest().iter().take(LONGEST_GAP).take_while(|byte| is(**byte)).count();
    }

    pub fn skip_blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Passes white space, and the backslashes of lines that go on.
    pub fn skip_space(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace());
        while self.eat_any(&[b"\\\n", b"\\\r\n"]) {
            self.skip(|byte| byte.is_ascii_whitespace());
        }
    }

    /// Passes a comment on this line, as in `/* glsl */ "…"`, and the blanks behind it.
    pub fn skip_comment(&mut self) {
        let start = self.at;
        if self.eat(b"/*") && self.until(b"*/").is_some() {
            self.at += 2;
            self.skip_space();
        } else {
            self.at = start;
        }
    }

    /// Passes `"` or `'`, escaped or not.
    pub fn eat_quote(&mut self) -> bool {
        self.eat_any(&[b"\"", b"'", b"\\\"", b"\\'"])
    }

    /// A literal, or a bare value where the format has those.
    pub fn value(&mut self, format: Format) -> Option<Range<usize>> {
        if let Some(span) = self.literal() {
            return Some(span);
        }
        if format.has_bare_values() { self.bare(format) } else { None }
    }

    /// The string literal here, whatever conversions are wrapped around it. Nothing is passed where there is none.
    pub fn literal(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        for _ in 0..4 {
            let prefix = self.rest().iter().take(6).take_while(|byte| b"bBrRuUL@&#".contains(byte)).count();
            match self.bytes.get(self.at + prefix) {
                Some(&quote @ (b'"' | b'\'' | b'`')) => {
                    let hashes = self.rest().iter().take(prefix).filter(|byte| **byte == b'#').count();
                    self.at += prefix;
                    return match hashes {
                        0 if self.rest().starts_with(&[quote; 3]) => self.quoted(3),
                        0 => self.quoted(1),
                        _ => self.raw(quote, hashes),
                    };
                }
                // The value of an attribute in JSX.
                Some(b'{') if prefix == 0 && matches!(self.bytes.get(self.at + 1), Some(b'"' | b'\'' | b'`')) => {
                    self.at += 1;
                    return self.quoted(1).filter(|_| self.peek() == Some(b'}'));
                }
                // A string inside of a string: `"{\"password\": \"…\"}"`.
                Some(b'\\') if self.rest().starts_with(b"\\\"") => return self.quoted(2),
                _ if self.eat_wrapper() => {}
                _ => break,
            }
        }
        self.at = start;
        None
    }

    /// Passes `(`, `[`, `&` and `String::from(` and their like.
    fn eat_wrapper(&mut self) -> bool {
        if self.eat_any(&[b"(", b"&", b"new ", b"await ", b"["]) {
            self.skip_space();
            return true;
        }
        let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'!');
        let length = self.rest().iter().take(LONGEST_GAP).take_while(|byte| is_path(byte)).count();
        let path = self.rest().get(..length).unwrap_or_default();
        let last = path.rsplit(|byte| matches!(byte, b'.' | b':')).next().unwrap_or_default();
        let is_known = WRAPPERS.iter().any(|name| name.as_bytes() == last);
        if !is_known || self.bytes.get(self.at + length) != Some(&b'(') {
            return false;
        }
        self.at += length + 1;
        self.skip_space();
        self.eat_any(&[b"default=", b"default: ", b"value=", b"value: "]);
        true
    }

    /// What stands between quotes that are `width` bytes wide, on one line, and is no part of a longer expression.
    pub fn quoted(&mut self, width: usize) -> Option<Range<usize>> {
        let quote = self.bytes.get(self.at..self.at + width)?;
        self.at += width;
        let start = self.at;
        let end = loop {
            if self.rest().starts_with(quote) {
                break self.at;
            }
            match self.peek()? {
                b'\n' | b'\r' => return None,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            if self.at - start > LONGEST_VALUE {
                return None;
            }
        };
        self.at += width;
        self.whole(start..end)
    }

    /// What stands between the quotes of `r#"…"#`, whatever backslashes are in it.
    fn raw(&mut self, quote: u8, hashes: usize) -> Option<Range<usize>> {
        let close = [&[quote][..], &vec![b'#'; hashes]].concat();
        self.at += 1;
        let span = self.until(&close)?;
        self.at += close.len();
        self.whole(span)
    }

    /// `span`, unless what follows makes it a part of a longer expression.
    fn whole(&mut self, span: Range<usize>) -> Option<Range<usize>> {
        self.skip_blanks();
        let ends = self.rest().starts_with(b"*/") || self.peek().is_some_and(|quote| self.is_open(span.start, quote));
        let goes_on = !ends && GOES_ON.iter().any(|next| self.rest().starts_with(next));
        (!goes_on && span.end <= self.bytes.len()).then_some(span)
    }

    /// Whether a string in `quote` was opened on this line before `at` and not closed: `eval('x = "…"')`.
    pub fn is_open(&self, at: usize, quote: u8) -> bool {
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return false;
        }
        let before = self.bytes.get(at.saturating_sub(LONGEST_VALUE)..at).unwrap_or_default();
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let (mut is_open, mut is_escaped) = (false, false);
        for &byte in line {
            is_open ^= byte == quote && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
        }
        is_open
    }

    /// One word that ends its line, but for a comment, a comma or a semicolon; in formats that have several values on a
    /// line it may be followed by more.
    pub fn bare(&mut self, format: Format) -> Option<Range<usize>> {
        let start = self.at;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b',' | b'"' | b'\'' | b'`');
        let length = self.rest().iter().take(LONGEST_VALUE).take_while(|byte| !is_end(byte)).count();
        self.at += length;
        // The closing quote of `- "NAME=value"` as well.
        while matches!(self.peek(), Some(b';' | b',' | b'"' | b'\'')) {
            self.at += 1;
        }
        let after = self.at;
        self.skip_blanks();
        let is_last = matches!(self.peek(), None | Some(b'\n' | b'\r' | b'#' | b']' | b'}' | b'\\'));
        let may_go_on = format.has_many_on_a_line() && self.at > after;
        (length > 0 && (is_last || may_go_on)).then_some(start..start + length)
    }

    /// The word after a flag of a command, which may go on.
    pub fn argument(&mut self) -> Option<Range<usize>> {
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            return self.quoted(1);
        }
        let start = self.at;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || self.is_open(start, *byte);
        let length = self.rest().iter().take(LONGEST_VALUE).take_while(|byte| !is_end(byte)).count();
        (length > 0).then_some(start..start + length)
    }

    /// Whether a string was opened on this line and not closed.
    pub fn is_in_string(&self) -> bool {
        [b'"', b'\'', b'`'].into_iter().any(|quote| self.is_open(self.at, quote))
    }

    /// What stands before the next `end`, on this line.
    pub fn until(&mut self, end: &[u8]) -> Option<Range<usize>> {
        let line = self.rest().iter().take(LONGEST_VALUE).position(|byte| *byte == b'\n');
        let line = self.rest().get(..line.unwrap_or_else(|| self.rest().len().min(LONGEST_VALUE)))?;
        let length = memchr::memmem::find(line, end)?;
        let start = self.at;
        self.at += length;
        Some(start..start + length)
    }
}
