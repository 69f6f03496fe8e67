use std::borrow::Cow;

use super::{Builder, Fault, Node, SoFar, Value};

/// Reads JSON; comments and commas before a closing bracket are let pass, as bun writes them. A faulty text is an error at
/// its place.
pub fn json(text: &str) -> Result<Node<'_>, Fault> {
    let mut builder = Builder::new();
    read(text, &mut builder)?;
    Ok(builder.finish())
}

/// The same, and what could be read before the fault.
pub fn json_so_far(text: &str) -> SoFar<'_> {
    let mut builder = Builder::new();
    let fault = read(text, &mut builder).err();
    builder.close_all(text.len());
    SoFar { documents: vec![builder.finish()], fault }
}

fn read<'t>(text: &'t str, builder: &mut Builder<'t>) -> Result<(), Fault> {
    let mut reader = Reader { text, at: usize::from(text.starts_with('\u{feff}')) * 3 };
    reader.space()?;
    reader.value(builder)?;
    while let Some(open) = builder.open.last() {
        let is_map = matches!(open.value, Value::Map(_));
        reader.space()?;
        if reader.eat(if is_map { b'}' } else { b']' }) {
            builder.close(reader.at);
            reader.space()?;
            // Between values stands a comma; the bracket that closes what is around may follow as well.
            if !builder.open.is_empty() && !reader.eat(b',') && !matches!(reader.peek(), Some(b'}' | b']')) {
                return Err(reader.fault("expected `,` or a closing bracket"));
            }
            continue;
        }
        if is_map {
            let start = reader.at;
            if reader.peek() != Some(b'"') {
                return Err(reader.fault("expected a key or `}`"));
            }
            let key = reader.string()?;
            builder.key(key, (start, reader.at));
            reader.space()?;
            if !reader.eat(b':') {
                return Err(reader.fault("expected `:`"));
            }
            reader.space()?;
        }
        let depth = builder.open.len();
        reader.value(builder)?;
        if builder.open.len() == depth {
            reader.space()?;
            if !reader.eat(b',') && !matches!(reader.peek(), Some(b'}' | b']')) {
                return Err(reader.fault("expected `,` or a closing bracket"));
            }
        }
    }
    reader.space()?;
    if reader.at < text.len() {
        return Err(reader.fault("something follows the end of the document"));
    }
    Ok(())
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn fault(&self, message: &str) -> Fault {
        let found = if self.at >= self.text.len() { "; the file ends here" } else { "" };
        Fault { offset: self.at.min(self.text.len()), message: format!("not valid JSON: {message}{found}") }
    }

    /// Passes over white space and comments.
    fn space(&mut self) -> Result<(), Fault> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let length = if rest.starts_with("//") {
                        rest.find('\n').unwrap_or(rest.len())
                    } else if rest.starts_with("/*") {
                        rest.find("*/").map(|end| end + 2).ok_or_else(|| self.fault("a comment has no end"))?
                    } else {
                        return Err(self.fault("unexpected `/`"));
                    };
                    self.at += length;
                }
                _ => return Ok(()),
            }
        }
    }

    /// A whole scalar, or the opening of a list or a map.
    fn value(&mut self, builder: &mut Builder<'t>) -> Result<(), Fault> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                return builder.open(start, Value::Map(Vec::new()));
            }
            Some(b'[') => {
                self.at += 1;
                return builder.open(start, Value::List(Vec::new()));
            }
            Some(b'"') => Value::Scalar(self.string()?),
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let rest = self.text.as_bytes().get(start..).unwrap_or_default();
                self.at += rest.iter().take_while(|byte| is_word(byte)).count();
                match self.text.get(start..self.at).unwrap_or_default() {
                    "null" => Value::Null,
                    word if matches!(word, "true" | "false") || word.parse::<f64>().is_ok() => {
                        Value::Scalar(Cow::Borrowed(word))
                    }
                    _ => {
                        self.at = start;
                        return Err(self.fault("expected a value"));
                    }
                }
            }
            _ => return Err(self.fault("expected a value")),
        };
        builder.add(Node { span: (start, self.at), value });
        Ok(())
    }

    /// A text in quotes; only one with escapes is copied.
    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let Some(stop) = stop else {
                return Err(self.fault("a text has no closing quote"));
            };
            at += stop;
            let before = self.text.get(copied..at).unwrap_or_default();
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(before),
                        Some(owned) => Cow::Owned(owned + before),
                    });
                }
                Some(b'\\') => {
                    let out = owned.get_or_insert_default();
                    out.push_str(before);
                    let length = escape(self.text.get(at + 1..).unwrap_or_default(), out);
                    let length = length.ok_or_else(|| Fault {
                        offset: at,
                        message: "not valid JSON: an unknown escape in a text".to_owned(),
                    })?;
                    at += 1 + length;
                    copied = at;
                }
                _ => {
                    let message = "not valid JSON: a text is broken by a control character".to_owned();
                    return Err(Fault { offset: at, message });
                }
            }
        }
    }
}

/// Appends what the escape at the start of `text` (behind its `\`) stands for, and gives its length.
fn escape(text: &str, out: &mut String) -> Option<usize> {
    let simple = match text.as_bytes().first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |from: usize| u32::from_str_radix(text.get(from..from + 4)?, 16).ok();
            let first = unit(1)?;
            let low = (0xd800..0xdc00).contains(&first).then(|| {
                (text.get(5..7) == Some("\\u")).then(|| unit(7)).flatten().filter(|low| (0xdc00..0xe000).contains(low))
            });
            let (code, length) = match low.flatten() {
                Some(low) => (0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00), 11),
                None => (first, 5),
            };
            out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return Some(length);
        }
        _ => return None,
    };
    out.push(simple);
    Some(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The tree as serde's, for comparison.
    fn plain(node: &Node<'_>) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Scalar(text) => serde_json::Value::String(text.to_string()),
            Value::List(items) => items.iter().map(plain).collect(),
            Value::Map(entries) => entries.iter().map(|one| (one.key.to_string(), plain(&one.value))).collect(),
        }
    }

    #[test]
    fn a_document_is_what_serde_reads() {
        let text = r#"{"a": ["x", {"b\u00e4\ud83d\ude00\n\"": null}, [], {}], "": "\\", "c": {"d": [["e"]]}}"#;
        assert_eq!(plain(&json(text).unwrap()), serde_json::from_str::<serde_json::Value>(text).unwrap());
        let text = "\u{feff}// c\n{ /* x */ \"a\": [1.50, true, -1e3,], }\n";
        let tree = json(text).unwrap();
        assert_eq!(plain(&tree).to_string(), r#"{"a":["1.50","true","-1e3"]}"#);
        let span = tree.get("a").unwrap().items()[0].span;
        assert_eq!(&text[span.0..span.1], "1.50");
    }

    #[test]
    fn faults_have_a_place() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("{\"a\" 1}", 5),
            ("{\"a\": 1 \"b\": 2}", 8),
            ("[1 2]", 3),
            ("[[1] 2]", 5),
            ("[1}", 2),
            ("\"a\nb\"", 2),
            ("\"a", 0),
            ("[nul]", 1),
            ("{} x", 3),
            ("/* x", 0),
            ("[\"\\q\"]", 2),
        ] {
            let error = json(text).unwrap_err();
            assert_eq!(error.offset, at, "{text:?}: {error}");
        }
        assert!(json(&"[".repeat(100_000)).unwrap_err().message.contains("nested deeper"));
    }

    #[test]
    fn what_stands_before_a_fault_is_read() {
        let read = json_so_far("{\"a\": {\"b\": [1, 2 3], \"c\": 4}");
        assert_eq!(plain(&read.documents[0]).to_string(), r#"{"a":{"b":["1","2"]}}"#);
        assert_eq!(read.fault.unwrap().offset, 18);
    }

    /// Serde takes less (no comments, no trailing commas), so what it takes we must, and read the same.
    #[test]
    fn what_serde_takes_is_taken() {
        let whole = r#"{"a":[1,"\u0041",{"b":[]},null],"c":{"d":"e"}}"#;
        for at in 0..whole.len() {
            for other in ["", "\"", "[", "]", "{", "}", ",", ":", "\\", "1"] {
                let text = format!("{}{other}{}", &whole[..at], &whole[at + 1..]);
                if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
                    assert!(json(&text).is_ok(), "{text}");
                }
            }
        }
    }
}
