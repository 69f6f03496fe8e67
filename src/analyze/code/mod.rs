//! Code review by syntax. The lists that the one walk of a tree made (calls, assignments, loops, functions, comments)
//! are each gone through once; what a rule asks for is found there by hash, so that another rule costs nothing.

mod assigns;
mod calls;
mod comments;
mod comparisons;
mod definitions;
mod file;
mod flow;
mod loops;
mod metrics;
mod nesting;
mod patterns;
mod predicate;
mod python;
mod queries;
mod redos;
mod rust;
mod scene;
mod script;
mod shapes;
mod shell;
mod size;
mod testing;

use std::collections::BTreeMap;
use std::ops::Range;

use self::assigns::AssignIndex;
use self::calls::CallIndex;
use self::comments::Comments;
use self::comparisons::Comparisons;
use self::definitions::Definitions;
use self::flow::FlowRules;
use self::loops::LoopRules;
use self::metrics::Metrics;
pub use self::metrics::measure_of;
use self::patterns::PatternIndex;
pub use self::patterns::{pattern_fault, walked_kinds};
use self::python::PythonRules;
use self::queries::QueryIndex;
use self::redos::RegexRules;
use self::rust::RustRules;
use self::scene::Scene;
use self::script::Script;
use self::shapes::ShapeRules;
use self::shell::ShellRules;
use self::size::FileSize;
use self::testing::Testing;
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{Analysis, RuleId, Target};

/// All code rules of a run, ready to be asked.
pub struct Code {
    calls: CallIndex,
    assigns: AssignIndex,
    flow: FlowRules,
    queries: QueryIndex,
    patterns: PatternIndex,
    metrics: Metrics,
    comments: Comments,
    loops: LoopRules,
    shell: ShellRules,
    shapes: ShapeRules,
    comparisons: Comparisons,
    definitions: Definitions,
    testing: Testing,
    size: FileSize,
    python: PythonRules,
    script: Script,
    rust: RustRules,
    regexes: RegexRules,
}

impl Code {
    pub fn new(context: &Context<'_>) -> Code {
        let rules = context.rules;
        Code {
            calls: CallIndex::new(rules),
            assigns: AssignIndex::new(rules),
            flow: FlowRules::new(rules),
            queries: QueryIndex::new(rules),
            patterns: PatternIndex::new(rules),
            metrics: Metrics::new(rules),
            comments: Comments::new(rules),
            loops: LoopRules::new(rules),
            shell: ShellRules::new(rules),
            shapes: ShapeRules::new(rules),
            comparisons: Comparisons::new(rules),
            definitions: Definitions::new(rules),
            testing: Testing::new(rules),
            size: FileSize::new(rules),
            python: PythonRules::new(rules),
            script: Script::new(rules),
            rust: RustRules::new(rules),
            regexes: RegexRules::new(rules),
        }
    }
}

impl Analyzer for Code {
    fn name(&self) -> &'static str {
        "code"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Code
    }

    fn wants(&self, target: &Target) -> bool {
        // A file without an extension may still turn out to be a script once its first line is read.
        target.language.is_some() || target.path.extension().is_none()
    }

    fn needs_syntax(&self) -> bool {
        true
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        let Some(syntax) = file.syntax else { return };
        let scene = Scene::new(file.source, syntax);
        let first = sink.hits.len();
        self.calls.run(&scene, sink);
        self.assigns.run(&scene, sink);
        self.queries.run(&scene, sink);
        self.patterns.run(&scene, sink);
        self.flow.run(&scene, sink);
        self.shell.run(&scene, &self.flow, sink);
        self.rust.run(&scene, sink);
        self.regexes.run(&scene, sink);
        self.loops.run(&scene, sink);
        self.python.run(&scene, sink);
        self.script.run(&scene, sink);
        self.metrics.run(&scene, sink);
        self.comments.run(&scene, sink);
        self.shapes.run(&scene, sink);
        self.comparisons.run(&scene, sink);
        self.definitions.run(&scene, sink);
        self.testing.run(&scene, sink);
        self.size.run(&scene, sink);
        let mut hits = sink.hits.split_off(first);
        hits.retain(|hit| !scene.is_silent(&hit.rule));
        one_for_each_fault(&mut hits);
        sink.hits.append(&mut hits);
    }
}

/// Drops what another rule, which says more about the same place, replaces.
fn one_for_each_fault(hits: &mut Vec<Hit>) {
    let mut replaced: BTreeMap<RuleId, Vec<Range<usize>>> = BTreeMap::new();
    for hit in hits.iter() {
        for id in &hit.rule.replaces {
            replaced.entry(id.clone()).or_default().push(hit.span.clone());
        }
    }
    for spans in replaced.values_mut() {
        spans.sort_by_key(|span| span.start);
        // With each end grown to the furthest so far, the last span that starts before a place tells whether any reaches it.
        let mut furthest = 0;
        for span in spans {
            furthest = furthest.max(span.end);
            span.end = furthest;
        }
    }
    hits.retain(|hit| {
        let Some(spans) = replaced.get(&hit.rule.id) else { return true };
        let before = spans.partition_point(|span| span.start < hit.span.end);
        spans[..before].last().is_none_or(|span| span.end <= hit.span.start)
    });
}

#[cfg(test)]
mod tests;
