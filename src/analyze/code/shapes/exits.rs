//! Code that is never reached, and loops that go round once.

use std::sync::Arc;

use super::first_line;
use crate::analyze::Hit;
use crate::analyze::code::scene::Scene;
use crate::model::{Language, Rule};
use crate::syntax::{Call, Node, Shape, Syntax};

/// What goes elsewhere without condition.
const JUMPS: &[&str] = &[
    "return_statement",
    "raise_statement",
    "throw_statement",
    "break_statement",
    "continue_statement",
    "return_expression",
    "break_expression",
    "continue_expression",
];

/// What holds statements, one after the other.
const BLOCKS: &[&str] = &["block", "module", "statement_block", "program", "switch_case", "switch_default"];

pub fn unreachable<'a>(scene: &Scene<'a>, shape: &Shape<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let (mut block, mut statement) = (shape.parent?, shape.node);
    // A test may raise before what it is to show is not reached.
    if !may_go_on(scene.syntax, statement) || scene.in_test(shape.scope) {
        return None;
    }
    if block.kind() == "expression_statement" {
        (statement, block) = (block, shape.grandparent?);
    }
    let next = following(scene.syntax, statement, block)?;
    Some(hit(scene, rule, statement, next))
}

fn hit<'a>(scene: &Scene<'a>, rule: &Arc<Rule>, statement: Node<'a>, next: Node<'a>) -> Hit {
    let after = scene.syntax.text_of(statement).split([' ', ';', '(', '\n']).next().unwrap_or_default();
    let hit = Hit::new(rule, first_line(scene.syntax, next)).with("after", after);
    hit.related(first_line(scene.syntax, statement), "control leaves here")
}

/// A look at the text behind `statement`, before the tree is asked: whether something may follow in the same block.
fn may_go_on(syntax: &Syntax<'_>, statement: Node<'_>) -> bool {
    let rest = syntax.text.get(statement.end_byte()..).unwrap_or_default();
    if syntax.language == Language::Python {
        let column = statement.start_position().column;
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let next = rest.lines().skip(1).find(is_code);
        return next.is_some_and(|line| line.len() - line.trim_start().len() == column);
    }
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    !(rest.is_empty() || rest.starts_with('}') || rest.starts_with("case ") || rest.starts_with("default:"))
}

/// The statement behind `statement` in `block`, if it would do something.
fn following<'a>(syntax: &'a Syntax<'a>, statement: Node<'a>, block: Node<'a>) -> Option<Node<'a>> {
    if !BLOCKS.contains(&block.kind()) {
        return None;
    }
    let mut cursor = block.walk();
    let mut children = block.named_children(&mut cursor).filter(|child| !is_comment(*child));
    let mut before = None;
    let found = children.by_ref().any(|child| {
        let is_it = child.id() == statement.id();
        if !is_it {
            before = Some(child);
        }
        is_it
    });
    // `#[cfg(unix)] return …`
    if !found || before.is_some_and(|before| before.kind() == "attribute_item") {
        return None;
    }
    children.find(|child| !is_hoisted(syntax, *child)).filter(|next| !is_idiom(syntax, *next))
}

fn is_comment(node: Node<'_>) -> bool {
    node.kind().ends_with("comment")
}

/// Declarations hold wherever they stand in their block.
fn is_hoisted(syntax: &Syntax<'_>, node: Node<'_>) -> bool {
    let kind = node.kind();
    let is_declared = matches!(kind, "function_declaration" | "generator_function_declaration" | "empty_statement")
        || kind.ends_with("_item")
        || kind.ends_with("type_alias_declaration")
        || kind.ends_with("interface_declaration")
        || matches!(kind, "use_declaration" | "macro_definition" | "export_statement" | "ambient_declaration");
    // `var x;` declares only.
    is_declared || (kind == "variable_declaration" && !syntax.text_of(node).contains('='))
}

/// What is there for others: a `yield` makes a generator, a `break` ends the case whatever happens, a label may be jumped to.
fn is_idiom(syntax: &Syntax<'_>, node: Node<'_>) -> bool {
    let text = syntax.text_of(node);
    matches!(node.kind(), "break_statement" | "labeled_statement" | "ERROR")
        || text.starts_with("yield")
        || text.starts_with("#[")
        || (node.kind() == "expression_statement" && matches!(text, "unreachable!()" | "unreachable!();"))
}

/// Calls that do not come back, by their whole names.
const STOPS: &[(Language, &[&str])] = &[
    (Language::Python, &["sys.exit", "os._exit", "os.abort"]),
    (Language::Rust, &["panic!", "unreachable!", "std.process.exit", "std.process.abort"]),
    (Language::JavaScript, &["process.exit", "process.abort"]),
];

pub fn after_stop<'a>(scene: &Scene<'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = scene.syntax;
    let before = syntax.text.get(..call.callee.end_byte())?;
    let may_stop = ["exit", "abort", "panic", "unreachable"].iter().any(|word| before.ends_with(word));
    if !may_stop || scene.in_test(call.scope) {
        return None;
    }
    let language = if syntax.language.is_javascript_like() { Language::JavaScript } else { syntax.language };
    let (_, names) = STOPS.iter().find(|(of, _)| *of == language)?;
    let mut written = syntax.text_of(call.callee).replace("::", ".");
    if syntax.is_macro(call) {
        written.push('!');
    }
    // `process::exit` after `use std::process`.
    let is_end =
        |name: &str| written.contains('.') && name.strip_suffix(&written).is_some_and(|start| start.ends_with('.'));
    if !names.iter().any(|name| *name == written || is_end(name)) {
        return None;
    }
    let mut around = syntax.around(call.node);
    let (statement, block) = (around.next()?, around.next()?);
    if statement.kind() != "expression_statement" || !may_go_on(syntax, statement) {
        return None;
    }
    Some(hit(scene, rule, statement, following(syntax, statement, block)?))
}

/// The body ends by leaving, and nothing in it starts the next round.
pub fn runs_once<'a>(scene: &Scene<'a>, shape: &Shape<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = scene.syntax;
    let body = shape.node.child_by_field_name("body")?;
    let text = syntax.text_of(body);
    // A cheap look before the tree is asked.
    let may_leave = ["break", "return", "raise", "throw"].iter().any(|word| text.contains(word));
    // A `loop` with several breaks is a block that one can leave.
    let is_block = shape.node.kind() == "loop_expression" && text.matches("break").count() > 1;
    if !matches!(body.kind(), "block" | "statement_block") || !may_leave || is_block || text.contains("continue") {
        return None;
    }
    let mut cursor = body.walk();
    let mut last = body.named_children(&mut cursor).filter(|child| !is_comment(*child)).last()?;
    if last.kind() == "expression_statement" {
        last = last.named_child(0)?;
    }
    let leaves = syntax.text_of(last).split([' ', ';', '(', '\n']).next().unwrap_or_default();
    let hit = Hit::new(rule, first_line(syntax, shape.node)).with("leaves", leaves);
    JUMPS.contains(&last.kind()).then(|| hit.related(first_line(syntax, last), "it leaves here"))
}
