//! Reads what is bound to a name, around that name, in the manner of most languages and formats at once: assigned to it,
//! compared with it, given after it or to it in a call, or standing beside it as the `value` of a `name`.

use std::ops::Range;

use super::annotation::pass_type;
use super::cursor::Cursor;
use super::fallback;
use super::format::Format;
use super::pair;
use super::targets::{line_before, value_in_order};

/// How a literal belongs to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Assigned,
    /// `==`, `!=`, `.equals(…)`.
    Compared,
    /// Given to a call, after the name or to a function of that name.
    Passed,
    /// A parameter of a URL.
    Query,
    /// What a program falls back to when an environment variable of that name is not set.
    Default,
}

/// A name and the literal bound to it, as byte ranges of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub value: Range<usize>,
    pub relation: Relation,
}

const LONGEST_NAME: usize = 64;

/// The whole name that the keyword at `hit` is part of; `None` when it is too long to be one.
pub fn name_around(bytes: &[u8], hit: &Range<usize>, format: Format) -> Option<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    let is_dotted_part = |byte: u8| is_part(byte) || byte == b'.';
    let back = |is: &dyn Fn(u8) -> bool| {
        bytes.get(..hit.start).map(|text| text.iter().rev().take(LONGEST_NAME).take_while(|byte| is(**byte)).count())
    };
    let dotted = hit.start - back(&is_dotted_part)?;
    // In quotes and in `${…}` a dotted name is one; in code it is an object and its field.
    let opener = bytes.get(..dotted)?.last();
    let is_dotted = format.has_dotted_names() || matches!(opener, Some(b'"' | b'\'' | b'{'));
    let start = if is_dotted { dotted } else { hit.start - back(&is_part)? };
    let is_shell = bytes.get(..start)?.ends_with(b"${");
    // `${PASSWORD-default}`
    let goes_on = |byte: u8| {
        if format.has_dotted_names() { is_dotted_part(byte) } else { is_part(byte) && !(is_shell && byte == b'-') }
    };
    // A keyword may say what follows the name: `pass:`.
    let trailing = bytes.get(hit.clone())?.iter().rev().take_while(|byte| !is_dotted_part(**byte)).count();
    let end = hit.end - trailing;
    let after = bytes.get(end..)?.iter().take(LONGEST_NAME).take_while(|byte| goes_on(**byte)).count();
    let name = start..end + after;
    (hit.start - start < LONGEST_NAME && after < LONGEST_NAME && name.len() <= LONGEST_NAME).then_some(name)
}

/// What is bound to the name at `name`.
pub fn bound_to(bytes: &[u8], name: &Range<usize>, format: Format) -> Option<Binding> {
    let bind = |relation: Relation| move |value: Range<usize>| Binding { value, relation };
    if let Some(value) = fallback::default_of(bytes, name) {
        return Some(Binding { value, relation: Relation::Default });
    }
    let before = bytes.get(..name.start)?;
    let mut cursor = Cursor { bytes, at: name.end };
    if before.last() == Some(&b'<') {
        return element(&mut cursor, format).map(bind(Relation::Assigned));
    }
    let is_quoted = pass_quote(before, &mut cursor);
    if let Some(value) = pair::value_beside(bytes, name, cursor.at, format) {
        return Some(Binding { value, relation: Relation::Assigned });
    }
    let end = cursor.at;
    cursor.skip_blanks();
    let is_flag = bytes.get(name.clone()).is_some_and(|name| name.starts_with(b"--"));
    let has_arguments = is_flag && !is_quoted && cursor.at > end && cursor.peek() != Some(b'=');
    if has_arguments && (format.has_bare_values() || cursor.is_in_string()) {
        return cursor.argument().map(bind(Relation::Passed));
    }
    if is_quoted && cursor.eat(b",") {
        return after_name(before, &mut cursor, is_flag).map(bind(Relation::Passed));
    }
    if !is_quoted && let Some(binding) = called(before, &mut cursor, format) {
        return Some(binding);
    }
    if (is_quoted || format.is_code()) && cursor.eat(b"]") {
        cursor.skip_blanks();
    }
    if !is_quoted && cursor.at > end && is_said_without_operator(before, format) && cursor.peek() != Some(b'=') {
        return cursor.literal().map(bind(Relation::Assigned));
    }
    if format.is_code() && !is_quoted {
        if let Some(value) = compared_before(before, bytes.get(end)) {
            return Some(Binding { value, relation: Relation::Compared });
        }
        if let Some(value) = value_in_order(before, &cursor) {
            return value.map(bind(Relation::Assigned));
        }
    }
    operand(before, is_quoted, &mut cursor, format)
}

/// `"…" == password`, `'…' !== user.password`: the literal that the name between `before` and `after` is compared with.
pub fn compared_before(before: &[u8], after: Option<&u8>) -> Option<Range<usize>> {
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    let path = before.iter().rev().take(LONGEST_NAME).take_while(|byte| is_path(byte)).count();
    let compared = before.get(..before.len() - path)?.trim_ascii_end();
    let compared = [&b"==="[..], b"!==", b"==", b"!="].into_iter().find_map(|operator| compared.strip_suffix(operator));
    let (quote, inside) = compared?.trim_ascii_end().split_last()?;
    let line = memchr::memrchr(b'\n', inside).map_or(0, |end| end + 1);
    let open = line + memchr::memrchr(*quote, inside.get(line..)?)?;
    let goes_on = matches!(inside.get(..open)?.trim_ascii_end().last(), Some(b'+' | b'%' | b'\\'));
    let is_whole = !goes_on && !matches!(after, Some(b'.' | b'(' | b'['));
    (is_whole && matches!(quote, b'"' | b'\'' | b'`')).then(|| open + 1..inside.len())
}

/// Passes the quote that closes the name, if one opens it.
pub fn pass_quote(before: &[u8], cursor: &mut Cursor<'_>) -> bool {
    let Some(opener @ (b'"' | b'\'' | b'`')) = before.last().copied() else { return false };
    let at = cursor.at;
    cursor.eat(b"\\");
    let is_quoted = cursor.peek() == Some(opener);
    cursor.at = if is_quoted { cursor.at + 1 } else { at };
    is_quoted
}

/// `<password>…</password>`, with attributes or without.
pub fn element(cursor: &mut Cursor<'_>, format: Format) -> Option<Range<usize>> {
    if !cursor.eat(b">") {
        if format != Format::Xml || !cursor.eat(b" ") {
            return None;
        }
        cursor.until(b">")?;
        cursor.at += 1;
    }
    cursor.eat(b"<![CDATA[");
    let value = cursor.until(b"<").filter(|value| !value.is_empty());
    let span = value.or_else(|| cursor.until(b"]]>"))?;
    let end = span.end;
    let bytes = cursor.bytes.get(span.clone())?;
    let closed = bytes.strip_suffix(b"]]>").map_or(span.clone(), |value| span.start..span.start + value.len());
    cursor.bytes.get(end..).is_some_and(|rest| rest.starts_with(b"</")).then_some(closed)
}

/// `set("password", "…")`. In a list the next item is just another name; a flag of a command is followed by its value.
pub fn after_name(before: &[u8], cursor: &mut Cursor<'_>, is_flag: bool) -> Option<Range<usize>> {
    let unquoted = before.get(..before.len().saturating_sub(1))?.trim_ascii_end();
    let unquoted = unquoted.strip_suffix(b"\\").unwrap_or(unquoted);
    cursor.skip_space();
    let value = cursor.literal()?;
    let is_first = unquoted.last() == Some(&b'(');
    cursor.skip_space();
    cursor.eat(b")");
    let is_last = !(cursor.eat(b",") && {
        cursor.skip_space();
        matches!(cursor.peek(), Some(b'"' | b'\''))
    });
    (is_flag || (is_first && is_last)).then_some(value)
}

/// Verbs of methods that are not given what their name says.
const NO_SETTERS: &[&str] = &[
    "get", "find", "fetch", "load", "read", "has", "is", "create", "generate", "new", "make", "parse", "verify",
    "validate", "check", "hash", "decode", "encode", "export", "delete", "remove", "revoke", "request", "require",
    "use", "select", "resolve", "expect", "match", "on",
];

/// `setPassword("…")`, `.password("…")`, `password.equals("…")`: the only argument.
pub fn called(before: &[u8], cursor: &mut Cursor<'_>, format: Format) -> Option<Binding> {
    if !format.is_code() && format != Format::Other {
        return None;
    }
    let is_compared =
        cursor.eat_any(&[b".equals(", b".equalsIgnoreCase(", b".contentEquals(", b".eq(", b" eq ", b".localeCompare("]);
    // `password("…")` alone may do anything with what it is given, and `getPassword("…")` is given a name.
    let name = cursor.bytes.get(before.len()..cursor.at).unwrap_or_default().to_ascii_lowercase();
    let starts_with = |verbs: &[&str]| verbs.iter().any(|verb| name.starts_with(verb.as_bytes()));
    let is_setter = starts_with(&["set", "with"]) || (before.last() == Some(&b'.') && !starts_with(NO_SETTERS));
    let is_called = is_compared || (is_setter && cursor.eat(b"("));
    if !is_called {
        return None;
    }
    cursor.skip_space();
    let value = cursor.literal()?;
    cursor.skip_space();
    let relation = if is_compared { Relation::Compared } else { Relation::Passed };
    matches!(cursor.peek(), Some(b')' | b'.' | b',')).then_some(Binding { value, relation })
}

/// `storePassword "…"` of Gradle, `#define PASSWORD "…"`, `ENV PASSWORD …`, `PASSWORD '…'` of SQL.
fn is_said_without_operator(before: &[u8], format: Format) -> bool {
    let line_starts = |start: &[u8]| line_before(before).is_some_and(|line| line.trim_ascii_start().starts_with(start));
    match format {
        Format::Gradle => line_before(before).is_some_and(|line| line.trim_ascii().is_empty()),
        Format::C => line_starts(b"#define"),
        Format::Sql => true,
        _ => false,
    }
}

/// After an operator.
fn operand(before: &[u8], is_quoted: bool, cursor: &mut Cursor<'_>, format: Format) -> Option<Binding> {
    let docker = format == Format::Dockerfile && before.trim_ascii_end().ends_with(b"ENV");
    let is_first = cursor.peek() != Some(b'=');
    if docker && is_first && cursor.bytes.get(cursor.at.wrapping_sub(1)) == Some(&b' ') {
        let value = cursor.value(format)?;
        return Some(Binding { value, relation: Relation::Assigned });
    }
    if cursor.peek() == Some(b'=') && matches!(before.last(), Some(b'?' | b'&')) {
        // `https://…?api_key=…&x=y`
        cursor.at += 1;
        return query_value(cursor).map(|value| Binding { value, relation: Relation::Query });
    }
    let operator = operator(cursor)?;
    let relation = if operator == Operator::Comparison { Relation::Compared } else { Relation::Assigned };
    cursor.skip_blanks();
    // A long value stands on the line below its key; in Python what ends with a colon has a body.
    if format.is_code() && (operator != Operator::Colon || is_quoted || format != Format::Python) {
        cursor.skip_space();
        cursor.skip_comment();
    }
    if format == Format::Yaml && operator == Operator::Colon {
        pair::enter_block_scalar(before, cursor);
    }
    let value = cursor.value(format).or_else(|| inside_text(before, cursor, format))?;
    Some(Binding { value, relation })
}

/// `NAME=value` in a string, such as an item of a list of environment variables: `"DB_PASSWORD=…"`.
fn inside_text(before: &[u8], cursor: &mut Cursor<'_>, format: Format) -> Option<Range<usize>> {
    let quote = before.last().copied().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let follows = cursor.at.checked_sub(1).and_then(|at| cursor.bytes.get(at));
    if format.has_bare_values() || follows != Some(&b'=') {
        return None;
    }
    let value = cursor.until(&[quote])?;
    let is_word = cursor.bytes.get(value.clone())?.iter().all(|byte| byte.is_ascii_graphic());
    (is_word && !value.is_empty()).then_some(value)
}

fn query_value(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    let start = cursor.at;
    let is_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%+!*".contains(byte);
    let length = cursor.rest().iter().take(256).take_while(|byte| is_value(byte)).count();
    (length > 0).then_some(start..start + length)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Comparison,
    Colon,
    Assignment,
}

/// Passes an assignment, a comparison or the choice of a default.
pub fn operator(cursor: &mut Cursor<'_>) -> Option<Operator> {
    if cursor.eat_any(&[b"===", b"==", b"!==", b"!="]) {
        return Some(Operator::Comparison);
    }
    if cursor.eat(b"=~") {
        return None;
    }
    // `char password[] = "…"`
    if cursor.eat(b"[") {
        cursor.skip(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !cursor.eat(b"]") {
            return None;
        }
        cursor.skip_blanks();
    }
    if cursor.eat_any(&[b"=>", b":=", b"?=", b"||=", b"??=", b"||", b"??", b"=", b"or "]) {
        return Some(Operator::Assignment);
    }
    if cursor.eat(b"?:") || cursor.eat(b":") {
        return Some(if pass_type(cursor) { Operator::Assignment } else { Operator::Colon });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(format: Format, text: &str) -> Option<&str> {
        let at = text.find("password")?;
        let name = name_around(text.as_bytes(), &(at..at + 8), format)?;
        text.get(bound_to(text.as_bytes(), &name, format)?.value)
    }

    #[test]
    fn every_way_to_bind_is_read() {
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
            "if password != 'v4lue' {",
            "password.equals(\"v4lue\")",
            "<password>v4lue</password>",
            "{password:\"v4lue\"}",
            "properties.set(\"password\", \"v4lue\");",
            "define('password', 'v4lue');",
            "<add key=\"password\" value=\"v4lue\" />",
            "client.password(\"v4lue\")",
            "password =\n    \"v4lue\"",
            "password or 'v4lue'",
            "let password = Some(String::from(\"v4lue\".to_owned()));",
            "run([\"--password\", \"v4lue\"])",
            "env = [\"password=v4lue\"]",
            "https://example.com/?password=v4lue&x=1",
            "\"v4lue\" == user.password",
            "if 'v4lue' !== password || x {",
            "password = \"\"\"v4lue\"\"\"",
            "const x: T = { password: /* why */ 'v4lue' }",
            "let password = br##\"v4lue\"##.to_vec();",
            "let password: &[u8; 5] = b\"v4lue\";",
            "credentials[self.password] = 'v4lue'",
            "const x = { [password]: 'v4lue' }",
            "password: 'v4lue' | 'x' = 'v4lue'",
            "T { password:\n    \"v4lue\" }",
            "<Login password={'v4lue'} />",
            "user, password = 'x', 'v4lue'",
            "password = 'v4lue'  # as 'x' says",
            "password == \\\n    'v4lue'",
            "password = 'v4lue' as const",
            "eval('password = \"v4lue\"' + x)",
            "run(\"password = \\\"v4lue\\\"\")",
            "run(f\"export password='v4lue'\")",
            "run(`x --password 'v4lue'`)",
            "run(\"x --password v4lue\")",
        ] {
            assert_eq!(value(Format::C, text), Some("v4lue"), "{text}");
        }
        assert_eq!(value(Format::Python, "{'password':\n    'v4lue'}"), Some("v4lue"));
        assert_eq!(value(Format::JavaScript, "{ password: 'ab=cd' }"), Some("ab=cd"));
        assert_eq!(value(Format::Rust, "password = r#\"a\"b\\\"#"), Some("a\"b\\"));
        for (format, text) in [
            (Format::Shell, "x --password v4lue -v"),
            (Format::Yaml, "- \"password=v4lue\""),
            (Format::Yaml, "password: v4lue # why"),
            (Format::Yaml, "password: >-\n  v4lue\nx: y"),
            (Format::Yaml, "- name: db.password\n  value: v4lue"),
            (Format::DotEnv, "password=v4lue"),
            (Format::Shell, "--password=v4lue\n"),
            (Format::Ini, "password = v4lue;"),
            (Format::Hcl, "\"password\" {\n type = string\n default = \"v4lue\"\n}"),
            (Format::Dockerfile, "ENV password v4lue"),
            (Format::Gradle, "password 'v4lue'"),
            (Format::Xml, "<password type=\"x\"><![CDATA[v4lue]]></password>"),
        ] {
            assert_eq!(value(format, text), Some("v4lue"), "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_left() {
        for text in [
            "password = read()",
            "password =~ \"v4lue\"",
            "password = \"v4lue\" + suffix",
            "password = \"v4lue\" * 8",
            "password = \"v4lue\".split(',')",
            "password = \"a\nb\"",
            "password = \"unfinished",
            "password: \"%s\" % x",
            "the password is \"v4lue\"",
            "password",
            "password = \"\"\"",
            "password: |\n  v4lue\n  more\n",
            "f(password, \"v4lue\")",
            "[\"password\", \"v4lue\"]",
            "f(\"password\", \"v4lue\", \"other\")",
            "f(\"user\", \"password\", \"v4lue\")",
            "getpassword(\"v4lue\")",
            "x.find_password(\"v4lue\")",
            "name: password\nother: v4lue",
            "def f(password: str, x = \"v4lue\")",
            "\"v4lue\" == password.length",
            "x + \"v4lue\" == password",
            "eval('password = ' \"v4lue\" 'x')",
            "password = \"v4lue\" 'x'",
            "x --password, \"v4lue\"",
        ] {
            for format in [Format::Yaml, Format::C, Format::Python, Format::Other] {
                assert_ne!(value(format, text), Some("v4lue"), "{text}");
            }
        }
        assert_eq!(value(Format::C, "password = v4lue"), None);
        for text in ["user, password = \"v4lue\", read()", "if password:\n    'v4lue'"] {
            assert_eq!(value(Format::Python, text), None, "{text}");
        }
    }
}
