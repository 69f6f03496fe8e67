//! HCL, the language of Terraform, in the same tree as JSON: a block is a map below its type and its labels, a block that is
//! repeated an entry of the same key, and an expression that is no literal the text `${…}`, as HCL's own JSON has it.

use std::borrow::Cow;

use super::{DEEPEST, Entry, Fault, Node, SoFar, Value};

/// Reads HCL as far as it is faultless.
pub fn hcl_so_far(text: &str) -> SoFar<'_> {
    let mut reader = Reader { text, at: 0, fault: None };
    let entries = reader.body(0, None);
    let root = Node { span: (0, text.len()), value: Value::Map(entries) };
    SoFar { documents: vec![root], fault: reader.fault }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The first one; nothing is read after it.
    fault: Option<Fault>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&mut self, what: &str) {
        let offset = self.at.min(self.text.len());
        self.fault.get_or_insert(Fault { offset, message: format!("not valid HCL: expected {what}") });
    }

    /// Passes over blanks and comments, and over ends of lines if `lines`.
    fn space(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            let length = match rest.as_bytes() {
                [b' ' | b'\t' | b'\r', ..] => 1,
                [b'\n', ..] if lines => 1,
                [b'#', ..] | [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
                [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
                _ => return,
            };
            self.at += length;
        }
    }

    fn name(&mut self) -> Option<(Cow<'t, str>, (usize, usize))> {
        let start = self.at;
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then(|| (Cow::Borrowed(rest.get(..length).unwrap_or_default()), (start, self.at)))
    }

    /// Attributes and blocks up to `end`, which is passed over, or to the end of the text.
    fn body(&mut self, depth: usize, end: Option<u8>) -> Vec<Entry<'t>> {
        let mut entries = Vec::new();
        while self.fault.is_none() {
            self.space(true);
            match self.peek() {
                None => {
                    if end.is_some() {
                        self.expected("`}`; the file ends here");
                    }
                    break;
                }
                byte if byte == end => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            if depth > DEEPEST {
                self.expected("fewer blocks inside each other");
                break;
            }
            let Some((key, key_span)) = self.name() else {
                self.expected("the name of an attribute or a block");
                break;
            };
            if let Some(value) = self.attribute_or_block(depth) {
                entries.push(Entry { key, key_span, value });
            }
        }
        entries
    }

    fn attribute_or_block(&mut self, depth: usize) -> Option<Node<'t>> {
        self.space(false);
        if self.peek() == Some(b'=') {
            self.at += 1;
            self.space(false);
            return Some(self.expression(depth + 1, b"\n}"));
        }
        let mut labels = Vec::new();
        loop {
            self.space(false);
            let start = self.at;
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    let entries = self.body(depth + 1, Some(b'}'));
                    let mut node = Node { span: (start, self.at), value: Value::Map(entries) };
                    for (key, key_span) in labels.into_iter().rev() {
                        node = Node { span: node.span, value: Value::Map(vec![Entry { key, key_span, value: node }]) };
                    }
                    return Some(node);
                }
                Some(b'"') => {
                    let label = self.quoted();
                    labels.push((label, (start, self.at)));
                }
                _ => match self.name() {
                    Some(label) => labels.push(label),
                    None => {
                        self.expected("`=` or `{`");
                        return None;
                    }
                },
            }
            if self.fault.is_some() {
                return None;
            }
        }
    }

    /// A value; `ends` are the bytes that may follow it.
    fn expression(&mut self, depth: usize, ends: &[u8]) -> Node<'t> {
        let start = self.at;
        if depth > DEEPEST {
            self.expected("a value that is nested less deep");
        }
        let value = match self.peek() {
            _ if self.fault.is_some() => Value::Null,
            Some(b'"') => Value::Scalar(self.quoted()),
            Some(b'[') => self.list(depth),
            Some(b'{') => self.object(depth),
            Some(b'<') if self.rest().starts_with("<<") => self.heredoc(),
            _ => {
                let word = self.name().map(|(word, _)| word).unwrap_or_default();
                match &*word {
                    "null" => Value::Null,
                    "true" | "false" => Value::Scalar(word),
                    _ if !word.is_empty() && word.parse::<f64>().is_ok() => Value::Scalar(word),
                    _ => return self.computed(start, ends),
                }
            }
        };
        let end = self.at;
        self.space(false);
        let is_end = self.peek().is_none_or(|byte| ends.contains(&byte));
        if is_end || self.fault.is_some() || matches!(value, Value::Scalar(_)) && self.is_after_heredoc(start) {
            return Node { span: (start, end), value };
        }
        self.computed(start, ends)
    }

    fn is_after_heredoc(&self, start: usize) -> bool {
        self.text.get(start..).is_some_and(|text| text.starts_with("<<"))
    }

    /// An expression that only Terraform can work out.
    fn computed(&mut self, start: usize, ends: &[u8]) -> Node<'t> {
        self.at = start;
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.quoted();
                    continue;
                }
                b'#' => break,
                b'(' | b'[' | b'{' => depth += 1,
                byte if depth == 0 && ends.contains(&byte) => break,
                b')' | b']' | b'}' => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => break,
                },
                _ => {}
            }
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default().trim_end();
        if text.is_empty() {
            self.expected("a value");
        }
        Node { span: (start, start + text.len()), value: Value::Scalar(Cow::Owned(format!("${{{text}}}"))) }
    }

    fn list(&mut self, depth: usize) -> Value<'t> {
        self.at += 1;
        // `[for x in y : z]` is worked out.
        self.space(true);
        if self.rest().starts_with("for ") {
            return self.worked_out(b']');
        }
        let mut items = Vec::new();
        while self.fault.is_none() {
            self.space(true);
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.at += 1,
                None => self.expected("`]`; the file ends here"),
                _ => items.push(self.expression(depth + 1, b",]\n")),
            }
        }
        Value::List(items)
    }

    fn object(&mut self, depth: usize) -> Value<'t> {
        self.at += 1;
        self.space(true);
        if self.rest().starts_with("for ") {
            return self.worked_out(b'}');
        }
        let mut entries = Vec::new();
        while self.fault.is_none() {
            self.space(true);
            let start = self.at;
            let key = match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                None => {
                    self.expected("`}`; the file ends here");
                    break;
                }
                Some(b'"') => self.quoted(),
                _ => {
                    let rest = self.rest();
                    let length = rest.find(['=', ':', '\n', '}']).unwrap_or(rest.len());
                    self.at += length;
                    Cow::Borrowed(rest.get(..length).unwrap_or_default().trim())
                }
            };
            let key_span = (start, start + self.text.get(start..self.at).unwrap_or_default().trim_end().len());
            self.space(false);
            if !matches!(self.peek(), Some(b'=' | b':')) {
                self.expected("`=` after a key");
                break;
            }
            self.at += 1;
            self.space(false);
            let value = self.expression(depth + 1, b",}\n");
            entries.push(Entry { key, key_span, value });
        }
        Value::Map(entries)
    }

    /// The rest of a `for` expression up to `close`.
    fn worked_out(&mut self, close: u8) -> Value<'t> {
        let node = self.computed(self.at, &[close]);
        self.at += 1;
        node.value
    }

    fn heredoc(&mut self) -> Value<'t> {
        let rest = self.rest();
        let (first, body) = rest.split_once('\n').unwrap_or((rest, ""));
        let mark = first.trim_start_matches("<<").trim_start_matches('-').trim();
        let mut length = first.len() + 1;
        let mut lines = Vec::new();
        for line in body.split_inclusive('\n') {
            if line.trim() == mark {
                // The end of the line stays: it ends the attribute.
                self.at += length + line.trim_end().len();
                return Value::Scalar(Cow::Owned(lines.join("\n")));
            }
            length += line.len();
            lines.push(line.trim());
        }
        self.expected(&format!("`{mark}` at the end of the text"));
        Value::Null
    }

    /// A text in quotes, escapes resolved; `${…}` stays as it is, quotes in it included.
    fn quoted(&mut self) -> Cow<'t, str> {
        let start = self.at;
        let mut text = String::new();
        let mut depth = 0usize;
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((index, c)) = chars.next() {
            match c {
                '"' if depth == 0 => {
                    self.at = start + index + 1;
                    return Cow::Owned(text);
                }
                '\n' if depth == 0 => break,
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c)) => text.push(c),
                    None => break,
                },
                '$' | '%' if chars.peek().is_some_and(|&(_, next)| next == '{') => {
                    depth += 1;
                    chars.next();
                    text.push(c);
                    text.push('{');
                }
                '{' if depth > 0 => {
                    depth += 1;
                    text.push(c);
                }
                '}' if depth > 0 => {
                    depth -= 1;
                    text.push(c);
                }
                c => text.push(c),
            }
        }
        self.expected("a closing quote");
        self.at = self.text.len();
        Cow::Owned(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn blocks_lie_below_their_labels() {
        let text =
            "# c\nresource \"a\" \"b\" {\n  x = \"y ${var.z[\"q\"]}\"\n  n { m = 31536000 }\n  n { m = true }\n}\n";
        let read = hcl_so_far(text);
        assert_eq!(read.fault, None);
        let body = read.documents[0].get("resource").unwrap().get("a").unwrap().get("b").unwrap();
        assert_eq!(body.text_of("x"), Some("y ${var.z[\"q\"]}"));
        let m = body.get("n").unwrap().get("m").unwrap();
        assert_eq!(&text[m.span.0..m.span.1], "31536000");
        assert_eq!(body.entries().iter().filter(|entry| entry.key == "n").count(), 2);
    }

    #[test]
    fn what_is_no_literal_is_a_template() {
        let text = "a = var.x\nb = [1, var.y, \"z\"]\nc = { d = \"e\", \"f\" : g(1, \"}\") }\nh = <<-EOT\n  i\n  j\n  EOT\nk = x ? \"1\" : 2\nl = [for a in b : a]\n";
        let read = hcl_so_far(text);
        assert_eq!(read.fault, None);
        let tree = &read.documents[0];
        assert_eq!(tree.text_of("a"), Some("${var.x}"));
        assert_eq!(tree.get("b").unwrap().items()[1].text(), Some("${var.y}"));
        assert_eq!(tree.get("c").unwrap().text_of("f"), Some("${g(1, \"}\")}"));
        assert_eq!(tree.text_of("h"), Some("i\nj"));
        assert_eq!(tree.text_of("k"), Some("${x ? \"1\" : 2}"));
        assert_eq!(tree.text_of("l"), Some("${for a in b : a}"));
    }

    #[test]
    fn faults_have_a_place_and_what_stands_before_is_read() {
        for (text, at) in
            [("a = 1\nb {", 9), ("a = \"x\n", 4), ("= 1", 0), ("a = [1", 6), ("a\n", 1), ("a = {b}", 6), ("a =", 3)]
        {
            let read = hcl_so_far(text);
            assert_eq!(read.fault.unwrap().offset, at, "{text:?}");
        }
        assert_eq!(hcl_so_far("a = 1\nb {").documents[0].text_of("a"), Some("1"));
        for nested in ["[", "a {", "a = {b = ", "${\"", "a = <<X\n"] {
            assert!(hcl_so_far(&nested.repeat(20_000)).fault.is_some(), "{nested}");
        }
    }
}
