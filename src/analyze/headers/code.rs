//! What the readers of programming languages share.

use crate::syntax::{Node, Syntax};

/// All nodes from `node` down, outer ones first.
pub fn below<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut stack = vec![node];
    std::iter::from_fn(move || {
        let next = stack.pop()?;
        let mut cursor = next.walk();
        let children: Vec<Node<'t>> = next.named_children(&mut cursor).collect();
        stack.extend(children.into_iter().rev());
        Some(next)
    })
}

/// The expression, or what the name that it is stands for.
pub fn bound<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Node<'t> {
    let node = syntax.unwrap(node);
    match syntax.bound_value(node).filter(|_| node.kind() == "identifier") {
        Some(value) => syntax.unwrap(value),
        None => node,
    }
}

/// A literal as it is sent: quotes need no escape there, and white space is one blank.
pub fn plain(text: &str) -> String {
    let text = text.replace("\\'", "'").replace("\\\"", "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
