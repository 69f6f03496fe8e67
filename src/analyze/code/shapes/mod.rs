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

/// The rules of a run that are about shapes.
pub struct ShapeRules {
    identical: Vec<Arc<Rule>>,
    repeated: Vec<Arc<Rule>>,
    constant: Vec<Arc<Rule>>,
    unreachable: Vec<Arc<Rule>>,
    once: Vec<Arc<Rule>>,
    swallowed: Vec<Arc<Rule>>,
    asserts: Vec<Arc<Rule>>,
}

impl ShapeRules {
    pub fn new(rules: &RuleSet) -> ShapeRules {
        let with = |name: &'static str| rules.with_builtin(name).cloned().collect();
        ShapeRules {
            identical: with("identical-branches"),
            repeated: with("repeated-condition"),
            constant: with("constant-condition"),
            unreachable: with("unreachable-code"),
            once: with("loop-runs-once"),
            swallowed: with("swallowed-error"),
            asserts: with("assert-side-effect"),
        }
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        if !scene.is_written_by_people() {
            return;
        }
        for shape in &scene.syntax.shapes {
            match shape.node.kind() {
                "if_statement" | "if_expression" => self.choice(scene, shape, sink),
                "while_statement" | "while_expression" | "loop_expression" => {
                    each(&self.constant, |rule| branches::constant_condition(scene, shape, rule), sink);
                    each(&self.once, |rule| exits::runs_once(scene, shape, rule), sink);
                }
                "switch_statement" => {
                    let found = |rule: &Arc<Rule>| branches::identical_cases(scene.syntax, shape, rule);
                    self.identical.iter().for_each(|rule| sink.hits.extend(found(rule)));
                }
                "except_clause" | "catch_clause" => {
                    each(&self.swallowed, |rule| handlers::swallowed(scene, shape, rule), sink);
                }
                "assert_statement" => {
                    each(&self.asserts, |rule| handlers::assert_side_effect(scene, shape, rule), sink);
                }
                _ => each(&self.unreachable, |rule| exits::unreachable(scene, shape, rule), sink),
            }
        }
        for call in &scene.syntax.calls {
            each(&self.unreachable, |rule| exits::after_stop(scene, call, rule), sink);
            each(&self.asserts, |rule| handlers::debug_assert(scene, call, rule), sink);
        }
    }

    fn choice<'a>(&self, scene: &Scene<'a>, shape: &Shape<'a>, sink: &mut Sink) {
        each(&self.constant, |rule| branches::constant_condition(scene, shape, rule), sink);
        let ways = branches::ways(scene.syntax, shape);
        if ways.len() > 1 {
            let identical = |rule: &Arc<Rule>| branches::identical(scene.syntax, shape, &ways, rule);
            self.identical.iter().for_each(|rule| sink.hits.extend(identical(rule)));
            let repeated = |rule: &Arc<Rule>| branches::repeated_condition(scene.syntax, &ways, rule);
            self.repeated.iter().for_each(|rule| sink.hits.extend(repeated(rule)));
        }
    }
}

/// Reports what `look` finds for each of `rules`.
fn each(rules: &[Arc<Rule>], look: impl Fn(&Arc<Rule>) -> Option<Hit>, sink: &mut Sink) {
    sink.hits.extend(rules.iter().filter_map(look));
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
