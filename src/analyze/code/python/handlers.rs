//! Handlers that are never asked: one before them takes what they are for.

use super::Check;
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Syntax};

pub struct Handlers {
    order: Check,
}

/// Built-in exceptions with those that are derived from them
/// (<https://docs.python.org/3/library/exceptions.html#exception-hierarchy>).
const DERIVED: &[(&[&str], &[&str])] = &[
    (
        &["OSError", "IOError", "EnvironmentError"],
        &[
            "FileNotFoundError",
            "PermissionError",
            "FileExistsError",
            "ConnectionError",
            "ConnectionRefusedError",
            "ConnectionResetError",
            "BrokenPipeError",
            "TimeoutError",
            "IsADirectoryError",
            "NotADirectoryError",
            "InterruptedError",
            "ProcessLookupError",
            "BlockingIOError",
            "ChildProcessError",
        ],
    ),
    (&["LookupError"], &["KeyError", "IndexError"]),
    (&["ValueError"], &["UnicodeError", "UnicodeDecodeError", "UnicodeEncodeError", "JSONDecodeError"]),
    (&["ArithmeticError"], &["ZeroDivisionError", "OverflowError", "FloatingPointError"]),
    (&["ImportError"], &["ModuleNotFoundError"]),
    (&["RuntimeError"], &["NotImplementedError", "RecursionError"]),
];

impl Handlers {
    pub fn new(rules: &RuleSet) -> Handlers {
        Handlers { order: Check::new(rules, "python-except-order") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let mut last = None;
        for shape in syntax.shapes.iter().filter(|shape| shape.node.kind() == "except_clause") {
            let Some(around) = shape.parent.filter(|parent| last.replace(parent.id()) != Some(parent.id())) else {
                continue;
            };
            let mut cursor = around.walk();
            let clauses = around.named_children(&mut cursor).filter(|child| child.kind() == "except_clause");
            let mut before: Vec<&str> = Vec::new();
            for clause in clauses {
                let Some(name) = caught(syntax, clause) else { continue };
                if before.iter().any(|first| takes(first, name)) {
                    self.order.report_name(&clause.byte_range(), name, sink);
                }
                before.push(name);
            }
        }
    }
}

/// The one exception that a handler is for.
fn caught<'a>(syntax: &'a Syntax<'a>, clause: Node<'a>) -> Option<&'a str> {
    let what = clause.named_child(0)?;
    let what = if what.kind() == "as_pattern" { what.named_child(0)? } else { what };
    (what.kind() == "identifier").then(|| syntax.text_of(what))
}

/// Whether a handler for `first` takes what one for `second` waits for.
fn takes(first: &str, second: &str) -> bool {
    if matches!(first, "Exception" | "BaseException") {
        let is_exception = second.ends_with("Error") || second.ends_with("Exception") || second.starts_with("Stop");
        let is_named = second.starts_with(|c: char| c.is_ascii_uppercase()) && is_exception;
        return is_named && !matches!(second, "BaseException" | "CancelledError" | "Exception");
    }
    DERIVED.iter().any(|(bases, derived)| bases.contains(&first) && derived.contains(&second))
}
