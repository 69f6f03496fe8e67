//! Which values a variable may have, where its type is written in the same file: a union of literals, an enumeration,
//! or the tags of a union of objects.

use super::parameter_of;
use crate::syntax::{Node, Syntax};

/// How far types are followed.
const MAX_DEPTH: usize = 10;

/// All values of `asked` (`kind`, or `shape.kind`) as they would be written in a `case`; `None` where that is not known.
pub fn cases_of<'a>(syntax: &Syntax<'a>, asked: Node<'a>) -> Option<Vec<&'a str>> {
    let (variable, property) = match asked.kind() {
        "identifier" => (asked, None),
        "member_expression" => {
            let (object, name) = (asked.child_by_field_name("object")?, asked.child_by_field_name("property")?);
            (object, Some(syntax.text_of(name)))
        }
        _ => return None,
    };
    if variable.kind() != "identifier" {
        return None;
    }
    // One that may be missing has `undefined` for a value as well.
    let parameter = parameter_of(syntax, variable).filter(|one| one.kind() == "required_parameter")?;
    let annotation = parameter.child_by_field_name("type")?;
    let mut cases = Vec::new();
    collect(syntax, annotation.named_child(0)?, property, MAX_DEPTH, &mut cases)?;
    (cases.len() > 1).then_some(cases)
}

/// Adds the literals of `node`; of its property, where one is asked for. `None` where a part is not known.
fn collect<'a>(
    syntax: &Syntax<'a>,
    node: Node<'a>,
    property: Option<&str>,
    depth: usize,
    cases: &mut Vec<&'a str>,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "union_type" => {
            // A union is written from the left: `(a | b) | c`, as long as there are members.
            let mut next = Some(node);
            while let Some(union) = next {
                let mut cursor = union.walk();
                next = None;
                for part in union.named_children(&mut cursor).filter(|part| part.kind() != "comment") {
                    if part.kind() == "union_type" {
                        next = Some(part);
                    } else {
                        collect(syntax, part, property, depth, cases)?;
                    }
                }
            }
            Some(())
        }
        "parenthesized_type" => collect(syntax, node.named_child(0)?, property, depth, cases),
        "literal_type" if property.is_none() => {
            let literal = node.named_child(0).filter(|literal| matches!(literal.kind(), "string" | "number"))?;
            cases.push(syntax.text_of(literal));
            Some(())
        }
        "type_identifier" => {
            let declared = declaration_of(syntax, syntax.text_of(node))?;
            collect(syntax, declared, property, depth, cases)
        }
        "type_alias_declaration" => collect(syntax, node.child_by_field_name("value")?, property, depth, cases),
        "interface_declaration" => collect(syntax, node.child_by_field_name("body")?, property, depth, cases),
        "object_type" | "interface_body" => {
            let property = property?;
            let mut cursor = node.walk();
            let signature = node.named_children(&mut cursor).find(|signature| {
                signature.child_by_field_name("name").is_some_and(|name| syntax.text_of(name) == property)
            })?;
            let tag = signature.child_by_field_name("type")?.named_child(0)?;
            collect(syntax, tag, None, depth, cases)
        }
        "enum_declaration" if property.is_none() => members(syntax, node, cases),
        _ => None,
    }
}

/// `Name.Member` of an enumeration, found where the file writes it so.
fn members<'a>(syntax: &Syntax<'a>, node: Node<'a>, cases: &mut Vec<&'a str>) -> Option<()> {
    let name = syntax.text_of(node.child_by_field_name("name")?);
    let body = node.child_by_field_name("body")?;
    let mut cursor = body.walk();
    for member in body.named_children(&mut cursor).filter(|member| member.kind() != "comment") {
        let member = member.child_by_field_name("name").unwrap_or(member);
        let written = format!("{name}.{}", syntax.text_of(member));
        // A member that the file never mentions has no text to point at: its name alone is shown.
        let at = syntax.text.find(&written);
        cases.push(at.and_then(|at| syntax.text.get(at..at + written.len())).unwrap_or(syntax.text_of(member)));
    }
    Some(())
}

/// The type, interface or enumeration that the top of the file declares under `name`.
fn declaration_of<'a>(syntax: &Syntax<'a>, name: &str) -> Option<Node<'a>> {
    let mut cursor = syntax.root.walk();
    let declared = syntax.root.named_children(&mut cursor).map(|node| match node.kind() {
        "export_statement" => node.child_by_field_name("declaration").unwrap_or(node),
        _ => node,
    });
    let mut of_name = declared.filter(|node| {
        matches!(node.kind(), "type_alias_declaration" | "interface_declaration" | "enum_declaration")
            && node.child_by_field_name("name").is_some_and(|one| syntax.text_of(one) == name)
    });
    of_name.next()
}
