use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Builder, Entry, Fault, Node, SoFar, Value};

/// Reads the first document of a YAML text.
pub fn yaml(text: &str) -> Result<Node<'_>, Fault> {
    let first = yaml_documents(text)?.into_iter().next();
    Ok(first.unwrap_or(Node { span: (0, 0), value: Value::Null }))
}

/// Reads all documents of a YAML text. An alias is nothing: what it stands for is read where it is written.
pub fn yaml_documents(text: &str) -> Result<Vec<Node<'_>>, Fault> {
    let mut reader = Reader::new(text, false);
    reader.read()?;
    Ok(reader.documents)
}

/// Reads all documents as far as they are faultless. An alias is what its anchor stands at, with the place of that; `<<`
/// brings in what it names; a value with a tag of its own, `!Ref x`, is a map with the tag as its one key.
pub fn yaml_so_far(text: &str) -> SoFar<'_> {
    let mut reader = Reader::new(text, true);
    let fault = reader.read().err();
    if fault.is_some() {
        while !reader.builder.open.is_empty() {
            reader.close(text.len());
        }
        reader.documents.push(reader.builder.finish());
    }
    SoFar { documents: reader.documents, fault }
}

/// How many values aliases may stand for in one text: a few lines could name billions.
const MOST_ALIASED: usize = 100_000;

/// Anchor (0 for none) and tag of a value.
type Marks = (usize, Option<String>);

struct Reader<'t> {
    text: &'t str,
    places: Places<'t>,
    builder: Builder<'t>,
    documents: Vec<Node<'t>>,
    /// Whether aliases, merge keys and tags are followed.
    resolves: bool,
    /// Of the collections that are open.
    marks: Vec<Marks>,
    anchors: HashMap<usize, Node<'t>>,
    aliased: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, resolves: bool) -> Reader<'t> {
        Reader {
            text,
            places: Places { text, is_ascii: text.is_ascii(), chars: 0, bytes: 0 },
            builder: Builder::new(),
            documents: Vec::new(),
            resolves,
            marks: Vec::new(),
            anchors: HashMap::new(),
            aliased: 0,
        }
    }

    fn read(&mut self) -> Result<(), Fault> {
        for event in Parser::new_from_str(self.text) {
            let (event, span) = event.map_err(|error| Fault {
                offset: self.places.at(*error.marker()),
                message: format!("not valid YAML: {}", error.info()),
            })?;
            match event {
                Event::DocumentEnd => {
                    self.documents.push(std::mem::replace(&mut self.builder, Builder::new()).finish());
                }
                Event::MappingStart(anchor, tag) => {
                    self.open(span.start, Value::Map(Vec::new()), (anchor, own(tag)))?
                }
                Event::SequenceStart(anchor, tag) => {
                    self.open(span.start, Value::List(Vec::new()), (anchor, own(tag)))?;
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    let end = self.places.at(span.end);
                    self.close(end);
                }
                Event::Scalar(value, style, anchor, tag) => {
                    let span = (self.places.at(span.start), self.places.at(span.end));
                    let is_null = style == ScalarStyle::Plain && matches!(&*value, "" | "~" | "null");
                    if self.builder.wants_key() {
                        self.builder.key(value, span);
                    } else {
                        let value = if is_null { Value::Null } else { Value::Scalar(value) };
                        self.add(Node { span, value }, (anchor, own(tag)));
                    }
                }
                Event::Alias(anchor) => {
                    let span = (self.places.at(span.start), self.places.at(span.end));
                    if self.builder.wants_key() {
                        self.builder.key(Cow::Borrowed(""), span);
                    } else {
                        let node = self.named(anchor).unwrap_or(Node { span, value: Value::Null });
                        self.builder.add(node);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn open(&mut self, start: Marker, value: Value<'t>, marks: Marks) -> Result<(), Fault> {
        let start = self.places.at(start);
        self.builder.collect_key(start);
        self.builder.open(start, value)?;
        self.marks.push(marks);
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.builder.open.pop() else { return };
        let marks = self.marks.pop().unwrap_or_default();
        let mut node = Node { span: (open.start, end), value: open.value };
        if self.resolves {
            merge(&mut node);
        }
        self.add(node, marks);
    }

    fn add(&mut self, mut node: Node<'t>, (anchor, tag): Marks) {
        if self.resolves {
            if let Some(tag) = tag {
                let span = node.span;
                let entry = Entry { key: Cow::Owned(tag), key_span: (span.0, span.0), value: node };
                node = Node { span, value: Value::Map(vec![entry]) };
            }
            if anchor != 0 {
                self.anchors.insert(anchor, node.clone());
            }
        }
        self.builder.add(node);
    }

    /// What stands at an anchor, as often as is sensible.
    fn named(&mut self, anchor: usize) -> Option<Node<'t>> {
        let node = self.anchors.get(&anchor)?;
        self.aliased += count(node);
        (self.aliased <= MOST_ALIASED).then(|| node.clone())
    }
}

/// A tag that is not one of YAML's own.
fn own(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(|tag| format!("{}{}", tag.handle, tag.suffix))
}

fn count(node: &Node<'_>) -> usize {
    let below: usize = match &node.value {
        Value::List(items) => items.iter().map(count).sum(),
        Value::Map(entries) => entries.iter().map(|entry| count(&entry.value)).sum(),
        _ => 0,
    };
    below + 1
}

/// Puts what `<<` names in its place: keys of the map itself win, then those of the map named first.
fn merge(node: &mut Node<'_>) {
    let Value::Map(entries) = &mut node.value else { return };
    while let Some(at) = entries.iter().position(|entry| entry.key == "<<") {
        let merged = entries.remove(at).value;
        let maps = match merged.value {
            Value::List(items) => items,
            _ => vec![merged],
        };
        for map in maps {
            let Value::Map(more) = map.value else { continue };
            let known: HashSet<String> = entries.iter().map(|entry| entry.key.to_string()).collect();
            entries.extend(more.into_iter().filter(|entry| !known.contains(entry.key.as_ref())));
        }
    }
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

    #[test]
    fn aliases_merges_and_tags_are_followed() {
        let text = "a: &a {x: 1, y: [2]}\nb: {<<: *a, x: 3}\nc: {<<: [{x: 4}, *a]}\nd: *a\ne: !Ref f\n";
        let read = yaml_so_far(text);
        assert_eq!(read.fault, None);
        let tree = &read.documents[0];
        assert_eq!(tree.get("b").unwrap().text_of("x"), Some("3"));
        let y = tree.get("b").unwrap().get("y").unwrap();
        assert_eq!(&text[y.span.0..y.span.1], "[2]");
        assert_eq!(tree.get("c").unwrap().text_of("x"), Some("4"));
        assert!(tree.get("c").unwrap().get("y").is_some() && tree.get("b").unwrap().get("<<").is_none());
        assert_eq!(tree.get("d").unwrap().text_of("x"), Some("1"));
        assert_eq!(tree.get("e").unwrap().text_of("!Ref"), Some("f"));
    }

    #[test]
    fn few_lines_do_not_become_billions() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let names = vec![format!("*a{}", n - 1); 10].join(", ");
            text += &format!("a{n}: &a{n} [{names}]\n");
        }
        let read = yaml_so_far(&text);
        assert_eq!(read.fault, None);
        assert!(count(&read.documents[0]) < 2 * MOST_ALIASED);
    }

    #[test]
    fn what_stands_before_a_fault_is_read() {
        let read = yaml_so_far("a:\n  b: 1\n  c: [2, 3\nd: 4\n");
        assert!(read.fault.is_some());
        assert_eq!(read.documents[0].get("a").unwrap().text_of("b"), Some("1"));
    }
}
