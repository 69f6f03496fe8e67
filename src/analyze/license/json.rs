//! JSON with the place of every value, which `serde_json` does not keep and a finding in a manifest needs.

use std::ops::Range;

/// Deeper than any manifest; bounds the recursion.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub value: Value,
    /// Bytes of the file, quotes and brackets included.
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null` or a number: of no interest here.
    Other,
    Bool(bool),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The value that the text is, or the byte offset where it stops being JSON.
pub fn parse(text: &str) -> Result<Node, usize> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { bytes: text.as_bytes(), text, at: start };
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(node) } else { Err(reader.at) }
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn value(&mut self, depth: usize) -> Result<Node, usize> {
        self.skip_space();
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(start);
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(_) => self.word()?,
            None => return Err(start),
        };
        Ok(Node { value, span: start..self.at })
    }

    fn object(&mut self, depth: usize) -> Result<Value, usize> {
        self.at += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.at);
            }
            let name = self.string()?;
            if !self.take(b':') {
                return Err(self.at);
            }
            members.push((name, self.value(depth + 1)?));
            if self.take(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.take(b',') {
                return Err(self.at);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, usize> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Value::List(items));
            }
            if !self.take(b',') {
                return Err(self.at);
            }
        }
    }

    fn string(&mut self) -> Result<String, usize> {
        let start = self.at;
        let mut end = start + 1;
        loop {
            match self.bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(b'\n') | None => return Err(start),
                Some(_) => end += 1,
            }
        }
        let quoted = self.text.get(start..=end).ok_or(start)?;
        self.at = end + 1;
        serde_json::from_str(quoted).map_err(|_| start)
    }

    fn word(&mut self) -> Result<Value, usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
            self.at += 1;
        }
        match self.text.get(start..self.at).unwrap_or_default() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Other),
            number if number.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Ok(Value::Other),
            _ => Err(start),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_carry_their_place() {
        let text = "{ \"a\": [1, null, {\"b\": \"c\\\"d\"}], \"e\": true }";
        let root = parse(text).unwrap();
        let Value::List(items) = &root.get("a").unwrap().value else { panic!("no list") };
        let inner = items[2].get("b").unwrap();
        assert_eq!(inner.text(), Some("c\"d"));
        assert_eq!(&text[inner.span.clone()], "\"c\\\"d\"");
        assert_eq!(root.get("e").unwrap().value, Value::Bool(true));
    }

    #[test]
    fn what_is_no_json_is_refused_at_its_place() {
        for (text, offset) in
            [("{\"a\":}", 5), ("{a: 1}", 1), ("[1,]", 3), ("", 0), ("{} x", 3), ("\"a", 0), ("\"\\", 0)]
        {
            assert_eq!(parse(text), Err(offset), "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
