//! Rust's `Command::new("sh").arg("-c").arg(built)`: a chain of calls that only together say what is run.

use std::sync::Arc;

use super::flow::{FlowRules, Origin};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Confidence, Language, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Node, Role, Syntax, Value};

pub struct ShellRules {
    rules: Vec<Arc<Rule>>,
}

const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "fish", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh"];
const COMMAND_FLAGS: &[&str] = &["-c", "-lc", "-ec", "/c", "/C", "/k", "-Command", "-command"];
const COMMANDS: &[&str] = &["std.process.Command.new", "tokio.process.Command.new", "async_process.Command.new"];

/// How many calls a chain may have.
const MAX_CHAIN: usize = 32;

impl ShellRules {
    pub fn new(rules: &RuleSet) -> ShellRules {
        ShellRules { rules: rules.with_builtin("rust-shell-command").cloned().collect() }
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, flow: &FlowRules, sink: &mut Sink) {
        let syntax = scene.syntax;
        if self.rules.is_empty() || syntax.language != Language::Rust {
            return;
        }
        let tracer = flow.tracer(syntax);
        for call in &syntax.calls {
            if !matches!(syntax.last_name(call.callee), Some("arg" | "args")) {
                continue;
            }
            let given = arguments_of(syntax, call.callee, call.arguments);
            let is_built = |node: &Node<'a>| matches!(syntax.value(*node), Value::Built(_));
            let Some(origin) = given
                .iter()
                .map(|node| (tracer.origin(*node, flow.danger("shell")), is_built(node)))
                .filter(|(origin, is_built)| match origin {
                    Origin::Input(_) => true,
                    Origin::Unknown => *is_built,
                    Origin::Constant => false,
                })
                .map(|(origin, _)| origin)
                .reduce(Origin::or)
            else {
                continue;
            };
            if is_of_a_shell(syntax, call, given) {
                for rule in &self.rules {
                    let shown = call.arguments.map_or(call.node, |arguments| arguments);
                    let hit = Hit::new(rule, shown.byte_range());
                    let is_input = matches!(origin, Origin::Input(_));
                    sink.report(if is_input { hit } else { hit.at_most(Confidence::Medium) });
                }
            }
        }
    }
}

/// Whether `call`, which is given this, tells a shell what to run.
fn is_of_a_shell<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>, given: Vec<Node<'a>>) -> bool {
    let mut before: Vec<Node<'a>> = given;
    let mut node = call.callee;
    for _ in 0..MAX_CHAIN {
        let Some((receiver, _)) = syntax.member(node) else { return false };
        let mut receiver = syntax.unwrap(receiver);
        if let Some(value) = syntax.bound_value(receiver) {
            receiver = syntax.unwrap(value);
        }
        let Some(callee) = syntax.child(receiver, Role::Callee) else { return false };
        let arguments = arguments_of(syntax, callee, syntax.child(receiver, Role::Arguments));
        if COMMANDS.contains(&syntax.resolve(callee).path.as_str()) {
            let program = arguments.first().map(|node| syntax.value(*node));
            return is_one_of(program, SHELLS)
                && before.iter().any(|node| is_one_of(Some(syntax.value(*node)), COMMAND_FLAGS));
        }
        before.extend(arguments);
        node = callee;
    }
    false
}

/// The program or flag, without the folder of the program.
fn is_one_of(value: Option<Value>, known: &[&str]) -> bool {
    match value {
        Some(Value::Text(text)) => {
            let name = if text.starts_with("/c") || text.starts_with("/C") {
                &*text
            } else {
                text.rsplit('/').next().unwrap_or(&text)
            };
            known.contains(&name) || known.contains(&&*text)
        }
        _ => false,
    }
}

/// The arguments of one link of the chain; those of `args(["-c", &text])` are the elements.
fn arguments_of<'a>(syntax: &'a Syntax<'a>, callee: Node<'a>, arguments: Option<Node<'a>>) -> Vec<Node<'a>> {
    let Some(arguments) = arguments else { return Vec::new() };
    let mut cursor = arguments.walk();
    let given: Vec<Node<'a>> = arguments.named_children(&mut cursor).collect();
    if syntax.last_name(callee) != Some("args") {
        return given;
    }
    let mut items = Vec::new();
    for list in given.into_iter().map(|node| syntax.unwrap(node)).filter(|node| node.kind() == "array_expression") {
        let mut cursor = list.walk();
        items.extend(list.named_children(&mut cursor).collect::<Vec<_>>());
    }
    items
}
