//! What a program falls back to when an environment variable is not set: `process.env.X || "…"`, `os.getenv("X", "…")`,
//! `env::var("X").unwrap_or("…".into())`, `${X:-…}`, and the same in other languages.

use std::ops::Range;

use super::cursor::Cursor;

const LONGEST_CALLEE: usize = 48;

/// What stands before the name of a variable that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// `process.env.X`
    Member,
    /// `ENV["X"]`
    Index,
    /// `getenv("X"`
    Call,
    /// `${X`
    Shell,
}

const MEMBERS: &[&[u8]] = &[b"process.env.", b"process.env?.", b"import.meta.env.", b"Bun.env."];
const INDEXED: &[&[u8]] = &[b"process.env[", b"import.meta.env[", b"ENV[", b"Bun.env["];

/// The literal that stands in for the variable `name` when it is not set.
pub fn default_of(bytes: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let before = bytes.get(..name.start)?;
    let mut cursor = Cursor { bytes, at: name.end };
    match read_before(before)? {
        Read::Shell => return shell(&mut cursor),
        Read::Member => {}
        Read::Index => {
            if !cursor.eat_quote() || !cursor.eat(b"]") {
                return None;
            }
        }
        Read::Call => {
            if !cursor.eat_quote() {
                return None;
            }
            cursor.skip_space();
            if cursor.eat(b",") {
                cursor.skip_space();
                cursor.eat_any(&[b"default=", b"default: ", b"default_value=", b"defaultValue: ", b"defaultValue = "]);
                let value = cursor.literal()?;
                cursor.skip_space();
                let is_whole = matches!(cursor.peek(), Some(b')' | b',' | b'.'));
                return is_whole.then_some(value);
            }
            if !cursor.eat(b")") {
                return None;
            }
        }
    }
    alternative(&mut cursor)
}

fn read_before(before: &[u8]) -> Option<Read> {
    if before.ends_with(b"${") {
        return (!before.ends_with(b"$${")).then_some(Read::Shell);
    }
    if MEMBERS.iter().any(|member| before.ends_with(member)) {
        return Some(Read::Member);
    }
    let unquoted = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'"))?;
    if INDEXED.iter().any(|index| unquoted.ends_with(index)) {
        return Some(Read::Index);
    }
    let unspaced = unquoted.trim_ascii_end().strip_suffix(b"(")?;
    let is_callee = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'!');
    let length = unspaced.iter().rev().take(LONGEST_CALLEE).take_while(|byte| is_callee(byte)).count();
    let callee = String::from_utf8_lossy(unspaced.get(unspaced.len() - length..)?).to_ascii_lowercase();
    // `setenv` gives a variable its value; `setdefault` gives it one that it may have already.
    let is_set = callee.contains("set") && !callee.contains("setdefault");
    let reads = callee.contains("env") || (callee == "config" && memchr::memmem::find(before, b"decouple").is_some());
    (reads && !is_set).then_some(Read::Call)
}

/// `:-…}`, `-…}`, `:=…}`, and `:…}` as Spring writes it.
fn shell(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    if !cursor.eat_any(&[b":-", b":=", b"-"]) {
        cursor.eat(b":").then_some(())?;
        // `${X:?…}` stops, `${X:+…}` is for when it is set, `${X:0:10}` is a part of it.
        if cursor.peek().is_none_or(|byte| matches!(byte, b'?' | b'+' | b' ') || byte.is_ascii_digit()) {
            return None;
        }
    }
    let value = cursor.until(b"}")?;
    let text = cursor.bytes.get(value.clone())?;
    let quoted = text.len() >= 2 && matches!(text.first(), Some(b'"' | b'\'')) && text.first() == text.last();
    Some(if quoted { value.start + 1..value.end - 1 } else { value })
}

/// `|| "…"`, `?? "…"`, `or "…"`, `?: "…"`, `.unwrap_or("…")`, `.orElse("…")` behind a read, whatever conversions stand between.
fn alternative(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    const CONVERSIONS: &[&[u8]] =
        &[b"!", b")", b" as string", b" as String", b"?.trim()", b".trim()", b".ok()", b".as_deref()", b".to_s"];
    const CALLS: &[&[u8]] = &[b".unwrap_or(", b".unwrap_or_else(", b".orElse(", b".getOrElse(", b".map_or("];
    for _ in 0..6 {
        if !cursor.eat_any(CONVERSIONS) {
            break;
        }
    }
    cursor.skip_space();
    cursor.eat_any(CONVERSIONS);
    cursor.skip_space();
    if cursor.eat_any(CALLS) {
        cursor.skip_space();
        if cursor.eat(b"|") {
            cursor.until(b"|")?;
            cursor.at += 1;
            cursor.skip_space();
            cursor.eat(b"{");
            cursor.skip_space();
        }
    } else if !cursor.eat_any(&[b"||", b"??", b"or ", b"?:"]) {
        return None;
    }
    cursor.skip_space();
    cursor.literal()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default(text: &str) -> Option<&str> {
        let at = text.find("DB_PASSWORD")?;
        text.get(default_of(text.as_bytes(), &(at..at + "DB_PASSWORD".len()))?)
    }

    #[test]
    fn defaults_are_read_in_every_language() {
        for text in [
            "process.env.DB_PASSWORD || 'v4lue'",
            "process.env['DB_PASSWORD'] ?? \"v4lue\"",
            "(process.env.DB_PASSWORD as string) || `v4lue`",
            "process.env.DB_PASSWORD!\n  || 'v4lue'",
            "import.meta.env.DB_PASSWORD ?? 'v4lue'",
            "os.getenv(\"DB_PASSWORD\", \"v4lue\")",
            "os.environ.get('DB_PASSWORD', default='v4lue')",
            "os.environ.get(\n    'DB_PASSWORD',\n    'v4lue',\n)",
            "os.environ.get('DB_PASSWORD') or 'v4lue'",
            "os.environ.setdefault('DB_PASSWORD', 'v4lue')",
            "from decouple import config\nP = config('DB_PASSWORD', default='v4lue')",
            "env::var(\"DB_PASSWORD\").unwrap_or(\"v4lue\".into())",
            "std::env::var(\"DB_PASSWORD\")\n    .unwrap_or_else(|_| \"v4lue\".to_string())",
            "env::var(\"DB_PASSWORD\").ok().unwrap_or_else(|_err| {\n  String::from(\"v4lue\")\n})",
            "ENV.fetch('DB_PASSWORD', 'v4lue')",
            "ENV['DB_PASSWORD'] || 'v4lue'",
            "env('DB_PASSWORD', 'v4lue')",
            "getEnv(\"DB_PASSWORD\", \"v4lue\")",
            "System.getenv(\"DB_PASSWORD\") ?: \"v4lue\"",
            "${DB_PASSWORD:-v4lue}",
            "${DB_PASSWORD-\"v4lue\"}",
            "password: ${DB_PASSWORD:v4lue}",
        ] {
            assert_eq!(default(text), Some("v4lue"), "{text}");
        }
    }

    #[test]
    fn what_is_no_default_is_left() {
        for text in [
            "process.env.DB_PASSWORD || other",
            "process.env.DB_PASSWORD || fail('DB_PASSWORD is not set')",
            "settings.get('DB_PASSWORD', 'v4lue')",
            "store.var(\"DB_PASSWORD\").unwrap_or(\"v4lue\".into())",
            "monkeypatch.setenv('DB_PASSWORD', 'v4lue')",
            "config('DB_PASSWORD', default='v4lue')",
            "env::var(\"DB_PASSWORD\").unwrap_or_default()",
            "env::var(\"DB_PASSWORD\").expect(\"v4lue\")",
            "os.environ['DB_PASSWORD'] = 'v4lue'",
            "process.env.DB_PASSWORD === 'v4lue'",
            "${DB_PASSWORD:?v4lue}",
            "${DB_PASSWORD:0:10}",
            "$${DB_PASSWORD:-v4lue}",
            "${DB_PASSWORD}",
            "os.getenv('DB_PASSWORD', 'v4' + suffix)",
            "DB_PASSWORD",
        ] {
            assert_eq!(default(text), None, "{text}");
        }
    }
}
