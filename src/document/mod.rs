//! Documents as trees with places: JSON, YAML, TOML and HCL in one shape, XML in its own. Who reads a format says only what it
//! means, not how it is written.

mod hcl;
mod json;
mod toml;
mod xml;
mod yaml;

use std::borrow::Cow;

pub use self::hcl::hcl_so_far;
pub use self::json::{json, json_so_far};
pub use self::toml::{toml, toml_so_far};
pub use self::xml::{attribute, child, child_text, children, xml};
pub use self::yaml::{yaml, yaml_documents, yaml_so_far};

/// What is wrong with a text, at byte `offset`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub offset: usize,
    pub message: String,
}

/// What could be read of a text, and what ended the reading before its time.
#[derive(Debug)]
pub struct SoFar<'t> {
    pub documents: Vec<Node<'t>>,
    pub fault: Option<Fault>,
}

/// How deep values may be nested. No lockfile comes near it, and a tree that deep can still be dropped.
const DEEPEST: usize = 128;

/// A value and where it stands, in bytes.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    pub span: (usize, usize),
    pub value: Value<'t>,
}

#[derive(Clone, Debug)]
pub enum Value<'t> {
    Null,
    /// A text, a number or a truth value as it is written: `5.10` is not `5.1`.
    Scalar(Cow<'t, str>),
    List(Vec<Node<'t>>),
    /// In the order of the file.
    Map(Vec<Entry<'t>>),
}

#[derive(Clone, Debug)]
pub struct Entry<'t> {
    pub key: Cow<'t, str>,
    pub key_span: (usize, usize),
    pub value: Node<'t>,
}

impl Entry<'_> {
    /// From the key to the end of `node`, which is its value or within it.
    pub fn through(&self, node: &Node<'_>) -> (usize, usize) {
        (self.key_span.0, node.span.1.max(self.key_span.1))
    }
}

impl<'t> Node<'t> {
    /// The value of `key`; `None` where there is none or this is not a map.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Text, number or truth value.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text of `key`, unless it is empty.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text).filter(|text| !text.is_empty())
    }

    pub fn is_true(&self, key: &str) -> bool {
        self.text_of(key) == Some("true")
    }

    /// None where it is not a map.
    pub fn entries(&self) -> &[Entry<'t>] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// None where it is not a list.
    pub fn items(&self) -> &[Node<'t>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of the map `key`, none where it is missing; something else than a map is a fault.
    pub fn map_of(&self, key: &str) -> Result<&[Entry<'t>], Fault> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Node { value: Value::Null, .. }) => Ok(&[]),
            Some(Node { value: Value::Map(entries), .. }) => Ok(entries),
            Some(other) => Err(other.fault(format!("`{key}` is not a table"))),
        }
    }

    /// The items of the list `key`, none where it is missing; something else than a list is a fault.
    pub fn list_of(&self, key: &str) -> Result<&[Node<'t>], Fault> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Node { value: Value::Null, .. }) => Ok(&[]),
            Some(Node { value: Value::List(items), .. }) => Ok(items),
            Some(other) => Err(other.fault(format!("`{key}` is not a list"))),
        }
    }

    /// The text of `key`; a fault where it is missing, empty or something else.
    pub fn need(&self, key: &str) -> Result<&Node<'t>, Fault> {
        match self.get(key) {
            Some(node) if node.text().is_some_and(|text| !text.is_empty()) => Ok(node),
            Some(node) => Err(node.fault(format!("`{key}` is not a text"))),
            None => Err(self.fault(format!("missing `{key}`"))),
        }
    }

    /// The same, as a text.
    pub fn need_text(&self, key: &str) -> Result<&str, Fault> {
        Ok(self.need(key)?.text().unwrap_or_default())
    }

    /// A fault unless it is a map.
    pub fn must_be_map(&self, what: &str) -> Result<(), Fault> {
        match &self.value {
            Value::Map(_) => Ok(()),
            _ => Err(self.fault(format!("{what} is not a table"))),
        }
    }

    /// From the first to the last of the values of `keys`, keys included.
    pub fn span_of(&self, keys: &[&str]) -> (usize, usize) {
        let found = keys.iter().filter_map(|key| self.entry(key)).map(|entry| entry.through(&entry.value));
        found.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).unwrap_or(self.span)
    }

    pub fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { offset: self.span.0, message: message.into() }
    }
}

/// Builds a tree from the outside in, whatever the syntax; refuses what is nested too deep.
struct Builder<'t> {
    open: Vec<Open<'t>>,
    root: Option<Node<'t>>,
}

struct Open<'t> {
    start: usize,
    value: Value<'t>,
    /// Of a map: the key whose value is still to come.
    key: Option<(Cow<'t, str>, (usize, usize))>,
}

impl<'t> Builder<'t> {
    fn new() -> Builder<'t> {
        Builder { open: Vec::new(), root: None }
    }

    fn open(&mut self, start: usize, value: Value<'t>) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(Fault { offset: start, message: format!("nested deeper than {DEEPEST} levels") });
        }
        self.open.push(Open { start, value, key: None });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        if let Some(open) = self.open.pop() {
            self.add(Node { span: (open.start, end), value: open.value });
        }
    }

    /// Whether the next scalar is a key.
    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.value, Value::Map(_)) && open.key.is_none())
    }

    fn key(&mut self, key: Cow<'t, str>, span: (usize, usize)) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, span));
        }
    }

    /// Adds a whole value to what is open; the first one outside of all is the root.
    fn add(&mut self, node: Node<'t>) {
        match self.open.last_mut() {
            None => {
                self.root.get_or_insert(node);
            }
            Some(Open { value: Value::List(items), .. }) => items.push(node),
            Some(Open { value: Value::Map(entries), key, .. }) => {
                let (key, key_span) = key.take().unwrap_or((Cow::Borrowed(""), node.span));
                entries.push(Entry { key, key_span, value: node });
            }
            Some(_) => {}
        }
    }

    /// Closes what a fault left open, so that what was read counts.
    fn close_all(&mut self, end: usize) {
        while !self.open.is_empty() {
            self.close(end);
        }
    }

    fn finish(self) -> Node<'t> {
        self.root.unwrap_or(Node { span: (0, 0), value: Value::Null })
    }
}
