use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Fault, Node, SoFar, Value};
use crate::model::without_values;

/// Reads TOML. The parser itself limits how deep values may be nested.
pub fn toml(text: &str) -> Result<Node<'_>, Fault> {
    let table = DeTable::parse(text).map_err(|error| fault(&error))?;
    Ok(root(table))
}

/// The same, and what could be read in spite of faults, of which the first is told.
pub fn toml_so_far(text: &str) -> SoFar<'_> {
    let (table, errors) = DeTable::parse_recoverable(text);
    SoFar { documents: vec![root(table)], fault: errors.first().map(fault) }
}

fn root<'t>(table: Spanned<DeTable<'t>>) -> Node<'t> {
    let span = table.span();
    map((span.start, span.end), table.into_inner())
}

fn fault(error: &::toml::de::Error) -> Fault {
    Fault {
        offset: error.span().map_or(0, |span| span.start),
        message: format!("not valid TOML: {}", without_values(error.message().trim())),
    }
}

fn map<'t>(span: (usize, usize), table: DeTable<'t>) -> Node<'t> {
    let entry = |(key, value): (Spanned<Cow<'t, str>>, Spanned<DeValue<'t>>)| Entry {
        key_span: (key.span().start, key.span().end),
        key: key.into_inner(),
        value: node(value),
    };
    let mut entries: Vec<Entry<'t>> = table.into_iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key_span);
    Node { span, value: Value::Map(entries) }
}

fn node<'t>(value: Spanned<DeValue<'t>>) -> Node<'t> {
    let span = (value.span().start, value.span().end);
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Scalar(text),
        DeValue::Integer(number) => Value::Scalar(Cow::Owned(number.to_string())),
        DeValue::Float(number) => Value::Scalar(Cow::Owned(number.to_string())),
        DeValue::Boolean(truth) => Value::Scalar(Cow::Borrowed(if truth { "true" } else { "false" })),
        DeValue::Datetime(date) => Value::Scalar(Cow::Owned(date.to_string())),
        DeValue::Array(items) => Value::List(items.into_iter().map(node).collect()),
        DeValue::Table(table) => return map(span, table),
    };
    Node { span, value }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_have_their_bytes_and_their_order() {
        let text =
            "version = \"1.10\"\n[[package]]\nname = \"b\" # ä\nx = { y = [1, true] }\n[[package]]\nname = \"a\"\n";
        let tree = toml(text).unwrap();
        let packages = tree.get("package").unwrap().items();
        let name = packages[1].entry("name").unwrap();
        assert_eq!(&text[name.key_span.0..name.value.span.1], "name = \"a\"");
        let span = packages[0].span_of(&["name"]);
        assert_eq!(&text[span.0..span.1], "name = \"b\"");
        let keys: Vec<&str> = tree.entries().iter().map(|entry| entry.key.as_ref()).collect();
        assert_eq!(keys, ["version", "package"]);
        assert!(packages[0].get("x").unwrap().get("y").unwrap().items()[1].text() == Some("true"));
        assert_eq!(toml("a = 1\nb = \n").unwrap_err().offset, 10);
    }

    #[test]
    fn what_stands_around_a_fault_is_read() {
        let read = toml_so_far("a = 1\nb = \n[c]\nd = 2\n");
        assert_eq!(read.fault.unwrap().offset, 10);
        assert_eq!(read.documents[0].text_of("a"), Some("1"));
        assert_eq!(read.documents[0].get("c").unwrap().text_of("d"), Some("2"));
    }
}
