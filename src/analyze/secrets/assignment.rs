//! Reads `name <operator> value` around a part of the name, in the manner of most languages and formats at once.

use std::ops::Range;

/// A name and the literal bound to it, as byte ranges of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub value: Range<usize>,
    /// `==`: a comparison.
    pub is_compared: bool,
}

const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 512;
const LONGEST_GAP: usize = 32;
/// `: Option<&'static str>` and the like between a name and its `=`.
const LONGEST_TYPE: usize = 48;

/// The whole name that the keyword at `hit` is part of; `None` when it is too long to be one.
pub fn name_around(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    let before = bytes.get(..hit.start)?.iter().rev().take(LONGEST_NAME).take_while(|byte| is_name(byte)).count();
    let after = bytes.get(hit.end..)?.iter().take(LONGEST_NAME).take_while(|byte| is_name(byte)).count();
    let name = hit.start - before..hit.end + after;
    (before < LONGEST_NAME && after < LONGEST_NAME && name.len() <= LONGEST_NAME).then_some(name)
}

/// The literal that is assigned to the name at `name`. A value without quotes is taken only if `bare_values`.
pub fn assigned_to(bytes: &[u8], name: &Range<usize>, bare_values: bool) -> Option<Assignment> {
    let mut cursor = Cursor { bytes, at: name.end };
    let opener = name.start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    if opener == Some(b'<') && cursor.eat(b">") {
        return cursor.until_tag().map(|value| Assignment { value, is_compared: false });
    }
    let mut is_quoted = false;
    if matches!(opener, Some(b'"' | b'\'')) {
        cursor.eat(b"\\");
        if cursor.peek() == opener {
            cursor.at += 1;
            is_quoted = true;
        }
        cursor.eat(b"]");
    }
    let end = cursor.at;
    cursor.skip_blanks();
    let is_flag = bytes.get(name.clone()).is_some_and(|name| name.starts_with(b"--"));
    if is_flag && bare_values && cursor.at > end && cursor.peek().is_some_and(|byte| byte != b'=') {
        return cursor.argument().map(|value| Assignment { value, is_compared: false });
    }
    if is_quoted && cursor.eat(b",") {
        // `set("password", "…")`; a default for an environment variable is the business of another rule.
        if is_environment_lookup(bytes.get(..name.start)?) {
            return None;
        }
        cursor.skip_blanks();
        return cursor.value(false).map(|value| Assignment { value, is_compared: false });
    }
    if is_quoted {
        // `<add key="ApiSecret" value="…" />`
        cursor.eat(b"value");
    }
    let is_compared = cursor.operator()?;
    cursor.skip_blanks();
    cursor.value(bare_values).map(|value| Assignment { value, is_compared })
}

fn is_environment_lookup(before: &[u8]) -> bool {
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    [&b"env("[..], b"environ.get(", b"env.get(", b"var("].iter().any(|call| before.ends_with(call))
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, token: &[u8]) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take(LONGEST_GAP).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    /// Passes an assignment or a comparison; `Some(true)` for the latter.
    fn operator(&mut self) -> Option<bool> {
        if self.eat(b"===") || self.eat(b"==") {
            return Some(true);
        }
        if self.eat(b"=~") {
            return None;
        }
        if [&b"=>"[..], b":=", b"?=", b"||=", b"??=", b"="].iter().any(|token| self.eat(token)) {
            return Some(false);
        }
        if self.eat(b"?:") || self.eat(b":") {
            self.pass_type();
            return Some(false);
        }
        None
    }

    /// After a colon: a type and `=`, if that is what follows.
    fn pass_type(&mut self) {
        let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"_&<>'[]|., ?".contains(byte);
        let length = self.rest().iter().take(LONGEST_TYPE).take_while(|byte| is_type(byte)).count();
        let is_followed = |token: &[u8]| self.rest().get(length..).is_some_and(|rest| rest.starts_with(token));
        if length > 0 && is_followed(b"=") && !is_followed(b"==") && !is_followed(b"=>") {
            self.at += length + 1;
        }
    }

    fn value(&mut self, bare_values: bool) -> Option<Range<usize>> {
        let prefix = self.rest().iter().take(2).take_while(|byte| b"bBrRuUL@".contains(byte)).count();
        let opener = self.bytes.get(self.at + prefix).copied();
        if matches!(opener, Some(b'"' | b'\'' | b'`')) {
            self.at += prefix;
            return self.quoted(1);
        }
        // A string inside of a string: `"{\"password\": \"…\"}"`.
        if self.rest().starts_with(b"\\\"") {
            return self.quoted(2);
        }
        if bare_values { self.bare() } else { None }
    }

    /// What stands between quotes that are `width` bytes wide, on one line, and is no part of a longer expression.
    fn quoted(&mut self, width: usize) -> Option<Range<usize>> {
        let quote = self.bytes.get(self.at..self.at + width)?.to_vec();
        self.at += width;
        let start = self.at;
        let end = loop {
            if self.rest().starts_with(&quote) {
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
        self.skip_blanks();
        let rest = self.rest();
        let goes_on = [&b"+"[..], b"%", b".format", b".join", b"..", b". ", b"\"", b"'"]
            .iter()
            .any(|next| rest.starts_with(next));
        (!goes_on && end <= self.bytes.len()).then_some(start..end)
    }

    /// One word that ends its line, but for a comment, a comma or a semicolon.
    fn bare(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b',' | b'"' | b'\'' | b'`');
        let length = self.rest().iter().take(LONGEST_VALUE).take_while(|byte| !is_end(byte)).count();
        self.at += length;
        // The closing quote of `- "NAME=value"` as well.
        while matches!(self.peek(), Some(b';' | b',' | b'"' | b'\'')) {
            self.at += 1;
        }
        self.skip_blanks();
        let is_last = matches!(self.peek(), None | Some(b'\n' | b'\r' | b'#'));
        (length > 0 && is_last).then_some(start..start + length)
    }

    /// The word after a flag of a command, which may go on.
    fn argument(&mut self) -> Option<Range<usize>> {
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            return self.quoted(1);
        }
        let start = self.at;
        let length = self.rest().iter().take(LONGEST_VALUE).take_while(|byte| !byte.is_ascii_whitespace()).count();
        (length > 0).then_some(start..start + length)
    }

    fn until_tag(&mut self) -> Option<Range<usize>> {
        let length = self.rest().iter().take(LONGEST_VALUE).position(|byte| matches!(byte, b'<' | b'\n'))?;
        let is_closed = self.rest().get(length..).is_some_and(|rest| rest.starts_with(b"</"));
        is_closed.then_some(self.at..self.at + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, bare: bool) -> Option<&str> {
        let at = text.find("password")?;
        let name = name_around(text.as_bytes(), &(at..at + 8))?;
        text.get(assigned_to(text.as_bytes(), &name, bare)?.value)
    }

    #[test]
    fn every_way_to_assign_is_read() {
        for text in [
            "password = \"v4lue\"",
            "db.password='v4lue';",
            "let password: &'static str = \"v4lue\";",
            "const password: string = `v4lue`",
            "{\"password\": \"v4lue\"}",
            "config['password'] = b'v4lue'",
            "{ password => \"v4lue\" }",
            "password := \"v4lue\"",
            "f(password=\"v4lue\")",
            "\"{\\\"password\\\": \\\"v4lue\\\"}\"",
            "if password == \"v4lue\" {",
            "<password>v4lue</password>",
            "{password:\"v4lue\"}",
            "properties.set(\"password\", \"v4lue\");",
            "define('password', 'v4lue');",
            "<add key=\"password\" value=\"v4lue\" />",
        ] {
            assert_eq!(value(text, false), Some("v4lue"), "{text}");
        }
        assert_eq!(value("x --password v4lue -v", true), Some("v4lue"));
        assert_eq!(value("- \"password=v4lue\"", true), Some("v4lue"));
        for text in ["password=v4lue", "password: v4lue # why", "--password=v4lue\n", "password = v4lue;"] {
            assert_eq!(value(text, true), Some("v4lue"), "{text}");
            assert_eq!(value(text, false), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_left() {
        for text in [
            "password = read()",
            "password != \"v4lue\"",
            "password =~ \"v4lue\"",
            "password = \"v4lue\" + suffix",
            "password = \"a\nb\"",
            "password = \"unfinished",
            "password: \"%s\" % x",
            "the password is \"v4lue\"",
            "password",
            "password = \"\"\"",
            "os.getenv(\"password\", \"v4lue\")",
            "f(password, \"v4lue\")",
        ] {
            assert_ne!(value(text, true), Some("v4lue"), "{text}");
        }
    }
}
