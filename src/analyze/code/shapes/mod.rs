//! Rules about the shape of the code, alike in all languages: choices that choose nothing, code that is never reached,
//! handlers that hide what went wrong. All look at the one list of choices, handlers and jumps that the walk made.

mod branches;
mod exits;
mod handlers;

use std::ops::Range;
use std::sync::Arc;

use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::Rule;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Shape, Syntax};

/// A rule about one shape, with what looks for it.
struct Check {
    rules: Vec<Arc<Rule>>,
    /// Kinds of nodes that it looks at.
    kinds: &'static [&'static str],
    look: Look,
}

/// Reports what it finds at a shape: where, and a change to the hit.
type Look = for<'a> fn(&Scene<'a>, &Shape<'a>, &mut dyn FnMut(Hit), &Arc<Rule>);

const IF: &[&str] = &["if_statement", "if_expression"];

const CHECKS: &[(&str, &[&str], Look)] = &[
    ("identical-branches", IF, branches::identical),
    ("identical-branches", &["switch_statement"], branches::identical_cases),
    ("repeated-condition", IF, branches::repeated_condition),
    ("constant-condition", IF, branches::constant_condition),
    ("constant-condition", &["while_statement", "while_expression"], branches::constant_condition),
    ("unreachable-code", exits::JUMPS, exits::unreachable),
    ("loop-runs-once", &["while_statement", "while_expression", "loop_expression"], exits::runs_once),
    ("swallowed-error", &["except_clause", "catch_clause"], handlers::swallowed),
    ("assert-side-effect", &["assert_statement"], handlers::assert_side_effect),
];

/// The rules of a run that are about shapes.
pub struct ShapeRules {
    checks: Vec<Check>,
    stops: Vec<Arc<Rule>>,
    asserts: Vec<Arc<Rule>>,
}

impl ShapeRules {
    pub fn new(rules: &RuleSet) -> ShapeRules {
        let with = |name: &'static str| rules.with_builtin(name).cloned().collect::<Vec<_>>();
        let check = |(name, kinds, look): &(&'static str, &'static [&'static str], Look)| {
            let rules = with(name);
            (!rules.is_empty()).then_some(Check { rules, kinds, look: *look })
        };
        ShapeRules {
            checks: CHECKS.iter().filter_map(check).collect(),
            stops: with("unreachable-code"),
            asserts: with("assert-side-effect"),
        }
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        if !scene.is_written_by_people() {
            return;
        }
        for shape in &scene.syntax.shapes {
            let kind = shape.node.kind();
            for check in self.checks.iter().filter(|check| check.kinds.contains(&kind)) {
                for rule in &check.rules {
                    (check.look)(scene, shape, &mut |hit| sink.report(hit), rule);
                }
            }
        }
        for call in &scene.syntax.calls {
            for rule in &self.stops {
                exits::after_stop(scene, call, rule, sink);
            }
            for rule in &self.asserts {
                handlers::debug_assert(scene, call, rule, sink);
            }
        }
    }
}

/// The first line of a node.
fn first_line(syntax: &Syntax<'_>, node: Node<'_>) -> Range<usize> {
    let start = node.start_byte();
    start..start + syntax.text_of(node).lines().next().map_or(0, str::len)
}

/// Whether two texts are the same but for white space.
fn is_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Whether a comment stands in the range: somebody thought about it.
pub fn has_comment(syntax: &Syntax<'_>, range: &Range<usize>) -> bool {
    let first = syntax.comments.partition_point(|comment| comment.start < range.start);
    let mut within = syntax.comments.iter().skip(first).take_while(|comment| comment.start < range.end);
    within.any(|comment| says_something(syntax, comment))
}

/// Whether the comment is more than an annotation of a rule's fixture.
pub fn says_something(syntax: &Syntax<'_>, comment: &Range<usize>) -> bool {
    let text = syntax.text.get(comment.clone()).unwrap_or_default();
    !text.contains(" ruleid: ") && !text.contains(" ok: ")
}
