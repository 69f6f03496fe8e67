//! What Python alone has, beyond what calls, assignments and queries of rules can say.

mod closures;
mod comparisons;
mod coroutines;
mod handlers;
mod literals;
mod loops;
mod membership;

use std::ops::Range;
use std::sync::Arc;

use self::closures::Closures;
use self::comparisons::Comparisons;
use self::coroutines::Coroutines;
use self::handlers::Handlers;
use self::literals::Literals;
use self::loops::PythonLoops;
use self::membership::Membership;
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Loop, Node, Syntax};

/// The builtin checks of Python, with the rules that report them.
pub struct PythonRules {
    comparisons: Comparisons,
    membership: Membership,
    closures: Closures,
    coroutines: Coroutines,
    literals: Literals,
    handlers: Handlers,
    loops: PythonLoops,
}

impl PythonRules {
    pub fn new(rules: &RuleSet) -> PythonRules {
        PythonRules {
            comparisons: Comparisons::new(rules),
            membership: Membership::new(rules),
            closures: Closures::new(rules),
            coroutines: Coroutines::new(rules),
            literals: Literals::new(rules),
            handlers: Handlers::new(rules),
            loops: PythonLoops::new(rules),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if scene.syntax.language != Language::Python || !scene.is_written_by_people() {
            return;
        }
        self.comparisons.run(scene, sink);
        self.membership.run(scene, sink);
        self.closures.run(scene, sink);
        self.coroutines.run(scene, sink);
        self.literals.run(scene, sink);
        self.handlers.run(scene, sink);
        self.loops.run(scene, sink);
    }
}

/// More places in the text of one file are not looked at: it would be a table, not code.
const MOST: usize = 5000;

/// The rules of one builtin check.
struct Check(Vec<Arc<Rule>>);

impl Check {
    fn new(rules: &RuleSet, name: &str) -> Check {
        Check(rules.with_builtin(name).cloned().collect())
    }

    fn report(&self, span: &Range<usize>, sink: &mut Sink) {
        self.report_name(span, "", sink);
    }

    /// With `name` where the message says `{name}`.
    fn report_name(&self, span: &Range<usize>, name: &str, sink: &mut Sink) {
        for rule in &self.0 {
            sink.report(Hit::new(rule, span.clone()).with("name", name));
        }
    }
}

/// The smallest node around `range`, looked for from the function that it stands in.
fn node_at<'a>(syntax: &'a Syntax<'a>, range: Range<usize>) -> Option<Node<'a>> {
    let from = syntax.function_at(range.start).map_or(syntax.root, |function| function.node);
    from.descendant_for_byte_range(range.start, range.end)
}

/// The comparison whose operator stands at `range`.
fn comparison_at<'a>(syntax: &'a Syntax<'a>, range: Range<usize>) -> Option<Node<'a>> {
    let operator = node_at(syntax, range)?;
    // `not in` is one operator of two words.
    let comparison = syntax.around(operator).take(2).find(|node| node.kind() == "comparison_operator")?;
    (comparison.named_child_count() == 2).then_some(comparison)
}

/// The innermost loop whose body holds byte `offset`.
fn loop_at<'a>(syntax: &'a Syntax<'a>, offset: usize) -> Option<&'a Loop<'a>> {
    let before = syntax.loops.partition_point(|one| one.node.start_byte() <= offset);
    let mut index = before.checked_sub(1);
    while let Some(one) = index.and_then(|index| syntax.loops.get(index)) {
        let holds = one.body.is_some_and(|body| body.byte_range().contains(&offset));
        if holds {
            return Some(one);
        }
        // Loops that ended before leave those around them; a loop that stands beside has the same ones around.
        index = one.scope.in_loop.map(|index| index as usize);
    }
    None
}

/// Whether `text` holds `name` as a word.
fn has_word(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(|c| is_word(c) || c == '.') && !after.is_some_and(is_word)
    })
}
