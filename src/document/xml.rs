use roxmltree::{Document, Node};

use super::Fault;

/// Reads XML; a document type is refused, so nothing in it can grow.
pub fn xml(text: &str) -> Result<Document<'_>, Fault> {
    Document::parse(text).map_err(|error| {
        let place = error.pos();
        let line = text.split_inclusive('\n').take(place.row.saturating_sub(1) as usize).map(str::len).sum::<usize>();
        let rest = text.get(line..).unwrap_or_default();
        let column = rest.char_indices().nth(place.col.saturating_sub(1) as usize).map_or(rest.len(), |(at, _)| at);
        Fault { offset: line + column, message: format!("not valid XML: {}", without_place(&error.to_string())) }
    })
}

/// The message without the place that the notification says in its own way.
fn without_place(message: &str) -> &str {
    message.split(" at ").next().unwrap_or(message)
}

/// The elements called `name` right below, whatever their namespace.
pub fn children<'a, 'i>(node: Node<'a, 'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

pub fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The text of the element `name`, trimmed, unless it is empty.
pub fn child_text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name)?.text().map(str::trim).filter(|text| !text.is_empty())
}

/// The value of an attribute, unless it is empty.
pub fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn elements_are_found_whatever_their_namespace() {
        let text = "<a xmlns='urn:x'>\n <b> ä </b><b c=' 1 '/></a>";
        let document = xml(text).unwrap();
        let root = document.root_element();
        assert_eq!(child_text(root, "b"), Some("ä"));
        assert_eq!(children(root, "b").filter_map(|node| attribute(node, "c")).collect::<Vec<_>>(), ["1"]);
    }

    #[test]
    fn faults_have_a_place() {
        for (text, at) in [("<a>\nä<b></c></a>", 9), ("", 0), ("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", 0)] {
            let error = xml(text).unwrap_err();
            assert_eq!(error.offset, at, "{text:?}: {error:?}");
            assert!(!error.message.contains(" at "), "{error}");
        }
        assert!(xml(&"<a>".repeat(50_000)).is_err());
    }
}
