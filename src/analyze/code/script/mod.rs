//! Checks of JavaScript and TypeScript that no list of calls says: settings and shapes found by a word in the text,
//! promises that nobody waits for, switches, callbacks, loops. Each file holds checks of one kind.

mod arrays;
mod handlers;
mod hooks;
mod loops;
mod objects;
mod promises;
mod reasons;
mod switches;
mod unions;
mod words;

use std::ops::Range;
use std::sync::Arc;

use self::arrays::Arrays;
use self::handlers::Handlers;
use self::hooks::Hooks;
use self::loops::Loops;
use self::objects::Objects;
use self::promises::Promises;
use self::reasons::Reasons;
use self::switches::Switches;
use self::words::Words;
use super::calls::{beginning, language_bit, language_bits};
use super::queries::place;
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Place, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Scope, Syntax};

/// All builtin checks of these languages, with the rules that report them.
pub struct Script {
    words: Words,
    arrays: Arrays,
    handlers: Handlers,
    hooks: Hooks,
    loops: Loops,
    objects: Objects,
    promises: Promises,
    reasons: Reasons,
    switches: Switches,
}

impl Script {
    pub fn new(rules: &RuleSet) -> Script {
        Script {
            words: Words::new(rules),
            arrays: Arrays::new(rules),
            handlers: Handlers::new(rules),
            hooks: Hooks::new(rules),
            loops: Loops::new(rules),
            objects: Objects::new(rules),
            promises: Promises::new(rules),
            reasons: Reasons::new(rules),
            switches: Switches::new(rules),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if !scene.syntax.language.is_javascript_like() {
            return;
        }
        self.words.run(scene, sink);
        if !scene.is_written_by_people() {
            return;
        }
        self.arrays.run(scene, sink);
        self.handlers.run(scene, sink);
        self.hooks.run(scene, sink);
        self.loops.run(scene, sink);
        self.objects.run(scene, sink);
        self.promises.run(scene, sink);
        self.reasons.run(scene, sink);
        self.switches.run(scene, sink);
    }
}

/// A rule that a builtin check reports, and where it stays silent.
struct Check {
    rule: Arc<Rule>,
    languages: u8,
    not_inside: Vec<Place>,
}

impl Check {
    fn new(rule: &Arc<Rule>) -> Check {
        let not_inside = rule.list("not-inside").iter().filter_map(|name| place(name)).collect();
        Check { rule: Arc::clone(rule), languages: language_bits(rule), not_inside }
    }

    fn fits<'a>(&self, scene: &Scene<'a>, node: Node<'a>, scope: Scope) -> bool {
        self.languages & language_bit(scene.syntax.language) != 0 && scene.fits(&[], &self.not_inside, node, scope)
    }
}

/// The rules of one builtin check.
struct Checks(Vec<Check>);

impl Checks {
    fn new(rules: &RuleSet, builtin: &str) -> Checks {
        Checks(rules.with_builtin(builtin).map(Check::new).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reports `span` at `found` for every rule that fits there; `name` is what their messages call `{name}`.
    fn report<'a>(&self, scene: &Scene<'a>, found: Found<'a>, name: &str, sink: &mut Sink) {
        for check in self.0.iter().filter(|check| check.fits(scene, found.node, found.scope)) {
            sink.report(Hit::new(&check.rule, found.span.clone()).with("name", name));
        }
    }
}

/// A place that a check found.
struct Found<'a> {
    node: Node<'a>,
    scope: Scope,
    span: Range<usize>,
}

impl<'a> Found<'a> {
    /// The first line of `node`.
    fn line(syntax: &Syntax<'a>, node: Node<'a>, scope: Scope) -> Found<'a> {
        let length = beginning(syntax.text_of(node)).lines().next().map_or(0, str::len);
        Found { node, scope, span: node.start_byte()..node.start_byte() + length }
    }
}

const FUNCTIONS: &[&str] = &[
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
];

/// Goes through `node` and what is below it in order, but not into functions that are defined there; `look` says
/// whether to go on.
fn walk_own<'a>(node: Node<'a>, mut look: impl FnMut(Node<'a>) -> bool) {
    let mut cursor = node.walk();
    let mut depth = 0usize;
    loop {
        let here = cursor.node();
        let is_other = depth > 0 && FUNCTIONS.contains(&here.kind());
        if !is_other && !look(here) {
            return;
        }
        if !is_other && cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            depth -= 1;
        }
    }
}

/// The parameter, of a function around, that the name `variable` stands for.
fn parameter_of<'a>(syntax: &Syntax<'a>, variable: Node<'a>) -> Option<Node<'a>> {
    let name = syntax.text_of(variable);
    let mut functions = syntax.around(variable).filter(|node| FUNCTIONS.contains(&node.kind()));
    functions.find_map(|function| {
        let parameters = function.child_by_field_name("parameters")?;
        let mut cursor = parameters.walk();
        let mut all = parameters.named_children(&mut cursor);
        all.find(|one| one.child_by_field_name("pattern").is_some_and(|pattern| syntax.text_of(pattern) == name))
    })
}

/// Whether the byte may be part of a name.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}
