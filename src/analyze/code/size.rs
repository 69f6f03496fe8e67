//! Files that are too long.

use std::sync::Arc;

use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Rule, TargetRole};
use crate::rulebook::RuleSet;

pub struct FileSize {
    rules: Vec<Arc<Rule>>,
}

impl FileSize {
    pub fn new(rules: &RuleSet) -> FileSize {
        FileSize { rules: rules.with_builtin("file-length").cloned().collect() }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let text = scene.syntax.text;
        let lines = scene.source.lines().line_count(text);
        for rule in &self.rules {
            let max = rule.integer("max");
            let is_test = rule.flag("except-tests") && scene.source.target.role == TargetRole::Test;
            if i64::try_from(lines).is_ok_and(|lines| lines > max) && !is_test && scene.is_written_by_people() {
                // The first line too many.
                let span = scene.source.lines().line_span(text, u32::try_from(max + 1).unwrap_or(1));
                let hit = Hit::new(rule, span).with("value", lines.to_string()).with("max", max.to_string());
                // There is one for each file, whatever that line says.
                sink.report(hit.property("value", lines).property("max", max).identity("length"));
            }
        }
    }
}
