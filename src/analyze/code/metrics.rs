//! The measures of functions, and the rules that set a limit to them.

use std::ops::Range;
use std::sync::Arc;

use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{FileMetrics, FunctionMetrics, Level, Matcher, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Function, Role, Volume};

/// The rules that set limits, each with the measure that it is about.
pub struct Metrics {
    limits: Vec<Limit>,
}

struct Limit {
    rule: Arc<Rule>,
    measure: Measure,
    max: i64,
    except_tests: bool,
}

type Measure = fn(&FunctionMetrics) -> u32;

/// Builtin checks, with what each compares with the rule's option `max`.
const MEASURES: &[(&str, Measure)] = &[
    ("cyclomatic-complexity", |metrics| metrics.cyclomatic),
    ("cognitive-complexity", |metrics| metrics.cognitive),
    ("function-length", |metrics| metrics.length),
    ("parameter-count", |metrics| metrics.parameters),
    ("nesting-depth", |metrics| metrics.nesting),
];

/// What `rule` sets a limit to; `None` for a rule about something else.
pub fn measure_of(rule: &Rule) -> Option<fn(&FunctionMetrics) -> u32> {
    let Matcher::Builtin(builtin) = &rule.matcher else { return None };
    MEASURES.iter().find(|(name, _)| name == builtin).map(|(_, measure)| *measure)
}

impl Metrics {
    pub fn new(rules: &RuleSet) -> Metrics {
        let with = |(name, measure): &(&'static str, Measure)| {
            let limit = |rule: &Arc<Rule>| Limit {
                rule: Arc::clone(rule),
                measure: *measure,
                max: rule.integer("max"),
                except_tests: rule.flag("except-tests"),
            };
            rules.with_builtin(name).map(limit).collect::<Vec<_>>()
        };
        Metrics { limits: MEASURES.iter().flat_map(with).collect() }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let volumes = if sink.wants_functions { scene.syntax.volumes() } else { Vec::new() };
        if sink.wants_functions {
            sink.files.push(lines(scene));
        }
        for (index, function) in scene.syntax.functions.iter().enumerate() {
            let metrics = measure(scene, function, volumes.get(index).copied().unwrap_or_default());
            for Limit { rule, measure, max, except_tests } in &self.limits {
                let value = measure(&metrics);
                if i64::from(value) > *max && !(*except_tests && scene.in_test(function.inner)) {
                    let hit = Hit::new(rule, headline(scene, function))
                        .with("name", &function.name)
                        .with("value", value.to_string())
                        .with("max", max.to_string())
                        .with("cognitive", metrics.cognitive.to_string())
                        .property("value", value)
                        .property("max", *max)
                        .identity(function.name.as_str());
                    let asks = rule.options.contains_key("cognitive");
                    let is_easy =
                        asks && (is_easy(&metrics, rule.integer("cognitive")) || scene.in_test(function.inner));
                    sink.report(if is_easy { hit.level(rule.level.min(Level::Note)) } else { hit });
                }
            }
            if sink.wants_functions {
                sink.functions.push(FunctionMetrics { name: function.name.clone(), ..metrics });
            }
        }
    }
}

/// A table of cases, a row of early returns or of `?` has many paths and is read from top to bottom all the same: what makes
/// code hard to follow, nesting and mixed conditions, the cognitive complexity counts. Over `limit`, it is still mostly a
/// table where it stays under three quarters of the number of paths.
fn is_easy(metrics: &FunctionMetrics, limit: i64) -> bool {
    i64::from(metrics.cognitive) <= limit || metrics.cognitive.saturating_mul(4) < metrics.cyclomatic.saturating_mul(3)
}

/// All but the name, which most callers have no use for.
fn measure(scene: &Scene<'_>, function: &Function<'_>, volume: Volume) -> FunctionMetrics {
    let lines = scene.source.lines();
    let (line, end_line) = (lines.line_of(function.start), lines.line_of(function.node.end_byte()));
    FunctionMetrics {
        file: scene.source.target.path.clone(),
        line,
        end_line,
        name: String::new(),
        cyclomatic: function.cyclomatic,
        cognitive: function.cognitive,
        length: end_line - line + 1,
        parameters: function.parameters,
        nesting: function.nesting,
        statements: volume.statements,
        halstead: volume.halstead,
    }
}

/// What the lines of the file are.
fn lines(scene: &Scene<'_>) -> FileMetrics {
    let text = scene.source.text.as_str();
    let file = scene.source.target.path.clone();
    let mut metrics = FileMetrics { file, lines: 0, code: 0, comment: 0, blank: 0, duplicated: 0 };
    let mut comments = scene.syntax.comments.iter().peekable();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        metrics.lines += 1;
        // Code is what is left of the line without the comments on it.
        let (mut at, mut is_code, mut is_comment) = (start, false, false);
        while let Some(comment) = comments.next_if(|comment| comment.end <= start).or_else(|| comments.peek().copied())
        {
            if comment.end <= start {
                continue;
            }
            if comment.start >= end {
                break;
            }
            is_comment = true;
            is_code |= text.get(at..comment.start.max(at)).is_some_and(|before| !before.trim().is_empty());
            at = comment.end.min(end);
            if comment.end >= end {
                break;
            }
            comments.next();
        }
        is_code |= text.get(at..end).is_some_and(|rest| !rest.trim().is_empty());
        match (is_code, is_comment) {
            (true, _) => metrics.code += 1,
            (false, true) => metrics.comment += 1,
            (false, false) => metrics.blank += 1,
        }
        start = end;
    }
    metrics
}

/// The name of the function, or its first line where it has none.
fn headline<'a>(scene: &Scene<'a>, function: &Function<'a>) -> Range<usize> {
    if let Some(name) = scene.syntax.child(function.node, Role::Name) {
        return name.byte_range();
    }
    let range = function.start..function.node.end_byte();
    let text = scene.syntax.text.get(range.clone()).unwrap_or_default();
    let first_line = text.find('\n').map_or(range.end, |length| range.start + length);
    range.start..first_line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Halstead, RelPath};

    fn metrics(cyclomatic: u32, cognitive: u32) -> FunctionMetrics {
        let (name, file) = ("f".to_owned(), RelPath::new("a.rs"));
        FunctionMetrics {
            file,
            name,
            line: 1,
            end_line: 40,
            cyclomatic,
            cognitive,
            length: 40,
            parameters: 0,
            nesting: 1,
            statements: 0,
            halstead: Halstead::default(),
        }
    }

    #[test]
    fn a_table_of_cases_and_a_row_of_conditions_are_easy() {
        assert!(is_easy(&metrics(36, 3), 20));
        assert!(is_easy(&metrics(16, 15), 20));
        assert!(is_easy(&metrics(51, 27), 20));
        assert!(!is_easy(&metrics(16, 21), 20));
        assert!(!is_easy(&metrics(40, 30), 20));
    }
}
