use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser};

use super::{Builder, Node, Value};
use crate::lockfile::LockfileError;

/// Reads the first document of a YAML text.
pub fn yaml(text: &str) -> Result<Node<'_>, LockfileError> {
    let first = yaml_documents(text)?.into_iter().next();
    Ok(first.unwrap_or(Node { span: (0, 0), value: Value::Null }))
}

/// Reads all documents of a YAML text. An alias is nothing: what it stands for is read where it is written.
pub fn yaml_documents(text: &str) -> Result<Vec<Node<'_>>, LockfileError> {
    let mut places = Places { text, is_ascii: text.is_ascii(), chars: 0, bytes: 0 };
    let mut builder = Builder::new();
    let mut documents = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| LockfileError {
            offset: places.at(*error.marker()),
            message: format!("not valid YAML: {}", error.info()),
        })?;
        match event {
            Event::DocumentEnd => documents.push(std::mem::replace(&mut builder, Builder::new()).finish()),
            Event::MappingStart(..) => {
                let start = places.at(span.start);
                builder.collect_key(start);
                builder.open(start, Value::Map(Vec::new()))?;
            }
            Event::SequenceStart(..) => {
                let start = places.at(span.start);
                builder.collect_key(start);
                builder.open(start, Value::List(Vec::new()))?;
            }
            Event::MappingEnd | Event::SequenceEnd => builder.close(places.at(span.end)),
            Event::Scalar(value, style, ..) => {
                let span = (places.at(span.start), places.at(span.end));
                let is_null = style == saphyr_parser::ScalarStyle::Plain && matches!(&*value, "" | "~" | "null");
                if builder.wants_key() {
                    builder.key(value, span);
                } else {
                    let value = if is_null { Value::Null } else { Value::Scalar(value) };
                    builder.add(Node { span, value });
                }
            }
            Event::Alias(_) => {
                let span = (places.at(span.start), places.at(span.end));
                if builder.wants_key() {
                    builder.key(Cow::Borrowed(""), span);
                } else {
                    builder.add(Node { span, value: Value::Null });
                }
            }
            _ => {}
        }
    }
    Ok(documents)
}

impl Builder<'_> {
    /// A list or a map as a key: it has no name that anyone could ask for, and what is in it goes to the value.
    fn collect_key(&mut self, start: usize) {
        if self.wants_key() {
            self.key(Cow::Borrowed(""), (start, start));
        }
    }
}

/// Turns the parser's character offsets into bytes; they nearly always grow.
struct Places<'t> {
    text: &'t str,
    is_ascii: bool,
    chars: usize,
    bytes: usize,
}

impl Places<'_> {
    fn at(&mut self, marker: Marker) -> usize {
        if self.is_ascii {
            return marker.index().min(self.text.len());
        }
        if marker.index() < self.chars {
            let back = self.chars - marker.index();
            let before = self.text.get(..self.bytes).unwrap_or_default();
            self.bytes = before.char_indices().rev().nth(back - 1).map_or(0, |(at, _)| at);
        } else {
            let rest = self.text.get(self.bytes..).unwrap_or_default();
            let ahead = marker.index() - self.chars;
            self.bytes += rest.char_indices().nth(ahead).map_or(rest.len(), |(at, _)| at);
        }
        self.chars = marker.index();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_have_their_bytes() {
        let text = "ä: &x\n  - 'b ü'\n  - {c: 1.10, d: ~}\ne: *x\n? [k]\n: v\n---\nother: 1\n";
        let tree = yaml(text).unwrap();
        let items = tree.get("ä").unwrap().items();
        assert_eq!(items[0].text(), Some("b ü"));
        assert_eq!(&text[items[0].span.0..items[0].span.1], "'b ü'");
        assert_eq!(items[1].text_of("c"), Some("1.10"));
        assert!(matches!(items[1].get("d").unwrap().value, Value::Null));
        assert!(matches!(tree.get("e").unwrap().value, Value::Null));
        let key = tree.entry("e").unwrap().key_span;
        assert_eq!(&text[key.0..key.1], "e");
        assert!(tree.get("other").is_none());
        assert_eq!(yaml_documents(text).unwrap()[1].text_of("other"), Some("1"));
    }

    #[test]
    fn faults_have_a_place() {
        for text in ["a: [1", "a: 'x", "a: {b\n", "ä: *b", "a: 1\n b: 2\n", "a: [}\n"] {
            let Err(error) = yaml(text) else { panic!("{text:?} was read") };
            assert!(text.get(error.offset..).is_some(), "{text:?}: {error:?}");
        }
        for nested in ["[", "{a: ", "- ", "? "] {
            assert!(yaml(&nested.repeat(20_000)).is_err(), "{nested}");
        }
    }
}
