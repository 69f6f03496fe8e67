//! Comments that say the work is not done, and comments that are code.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::scene::Scene;
use super::shapes::says_something;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, OptionValue, Rule};
use crate::rulebook::RuleSet;

pub struct Comments {
    todos: Vec<Todo>,
    code: Vec<Arc<Rule>>,
}

struct Todo {
    rule: Arc<Rule>,
    /// What a note must name; `None` where it need not name anything.
    ticket: Option<Regex>,
}

/// A marker that starts a comment or a line of one, or that is followed by a colon or its owner in brackets.
/// `None` only if the pattern were wrong, which a test would show.
static MARKER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:TODO|FIXME|HACK|XXX)\b").ok());

impl Comments {
    pub fn new(rules: &RuleSet) -> Comments {
        let todo = |rule: &Arc<Rule>| Todo { rule: Arc::clone(rule), ticket: ticket(rule) };
        Comments {
            todos: rules.with_builtin("todo-comment").map(todo).collect(),
            code: rules.with_builtin("commented-out-code").cloned().collect(),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if !self.todos.is_empty() && !scene.syntax.comments.is_empty() {
            self.todos(scene, sink);
        }
        if !self.code.is_empty() && !scene.syntax.comments.is_empty() {
            self.code(scene, sink);
        }
    }

    fn todos(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let Some(marker) = MARKER.as_ref() else { return };
        let text = scene.syntax.text;
        let mut last_line = 0;
        for found in marker.find_iter(text) {
            if !scene.syntax.in_comment(found.start()) || !is_marker(text, found.range()) {
                continue;
            }
            let line = scene.source.lines().line_of(found.start());
            if line == last_line {
                continue;
            }
            last_line = line;
            let rest = text[found.end()..].lines().next().unwrap_or_default();
            for Todo { rule, ticket } in &self.todos {
                if ticket.as_ref().is_some_and(|ticket| ticket.is_match(rest)) {
                    continue;
                }
                let end = found.end() + rest.trim_end().len();
                sink.report(Hit::new(rule, found.start()..end).with("marker", found.as_str()));
            }
        }
    }

    /// Several lines of comment after each other that read as code, each of them. Comments that document are left alone.
    fn code(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        if !scene.is_written_by_people() {
            return;
        }
        let mut run: Vec<Range<usize>> = Vec::new();
        for comment in &syntax.comments {
            let text = syntax.text.get(comment.clone()).unwrap_or_default();
            let goes_on = run.last().is_some_and(|last| is_next_line(syntax.text, last.end, comment.start));
            if !goes_on {
                self.report_code(scene, &run, sink);
                run.clear();
            }
            if commented(text, syntax.language).is_some() && says_something(syntax, comment) {
                run.push(comment.clone());
            }
        }
        self.report_code(scene, &run, sink);
    }

    fn report_code(&self, scene: &Scene<'_>, run: &[Range<usize>], sink: &mut Sink) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        let syntax = scene.syntax;
        let texts = || {
            run.iter()
                .filter_map(|comment| commented(syntax.text.get(comment.clone())?, syntax.language))
                .filter(|text| !text.is_empty())
        };
        let (mut lines, mut code) = (0, 0);
        for text in texts() {
            lines += 1;
            code += usize::from(is_code(text, syntax.language));
        }
        // A sentence among them tells what the code is for.
        if code >= LEAST_CODE && code == lines {
            for rule in &self.code {
                let span = first.start..last.end;
                sink.report(Hit::new(rule, span).with("lines", lines.to_string()));
            }
        }
    }
}

/// So many lines that read as code are no accident.
const LEAST_CODE: usize = 3;

/// Whether nothing but the end of one line and the indent of the next stands between.
fn is_next_line(text: &str, end: usize, start: usize) -> bool {
    text.get(end..start)
        .is_some_and(|between| between.len() < 200 && between.trim().is_empty() && between.matches('\n').count() <= 1)
}

/// What a line comment holds; `None` for one that documents, or that goes over lines.
fn commented(text: &str, language: Language) -> Option<&str> {
    let mark = if language == Language::Python { "#" } else { "//" };
    let rest = text.strip_prefix(mark)?;
    let documents = rest.starts_with(['/', '!', ':', '#', '-', '=']) || text.contains('\n');
    (!documents).then(|| rest.trim())
}

/// A line of a program and of no sentence: how it ends, or what it begins with, words do not.
fn is_code(line: &str, language: Language) -> bool {
    // Quoted in a text, or a piece of one.
    if line.starts_with(['`', '*', '>', '|', '$'])
        || line.contains("...")
        || line.contains("…")
        || line.contains("->") && !line.contains("fn ")
    {
        return false;
    }
    static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"^(?:(?:self|this)\.)?[\w.]+\(.*\)$|^[\w.\[\]]+ [-+*/|&]?= \S.*[^.:]$|^return(?: [\w.\[\]()'\x22]+)?$",
        )
        .ok()
    });
    static PYTHON: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:if|elif|for|while|with|def|class|except|try|else)\b.*[\w)\]'\x22]:$|^(?:from [\w.]+ )?import [\w., ]+$|^(?:raise \w+\(|assert ).*|^(?:pass|continue|break)$").ok()
    });
    let matches = |regex: &LazyLock<Option<Regex>>| regex.as_ref().is_some_and(|regex| regex.is_match(line));
    match language {
        Language::Python => matches(&CALL) || matches(&PYTHON),
        _ => {
            let is_bracket = matches!(line, "}" | "{" | "});" | "};" | "})" | "}," | ");");
            is_bracket || line.ends_with(';') && !line.contains(". ") || line.ends_with(" {") || line.ends_with(") {")
        }
    }
}

/// What the rule takes for a ticket, if it asks for one. A regex that is none lets no note through.
fn ticket(rule: &Rule) -> Option<Regex> {
    let Some(OptionValue::Text(pattern)) = rule.options.get("ticket") else { return None };
    let asked = rule.flag("require-ticket").then_some(pattern)?;
    Regex::new(asked).ok()
}

/// Whether the word is a note to oneself rather than a part of a sentence or of a name.
fn is_marker(text: &str, found: Range<usize>) -> bool {
    let line_start = text[..found.start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..found.start];
    let after = text[found.end..].chars().next().unwrap_or('\n');
    let opens = before.trim_end_matches(|c: char| c.is_whitespace() || "#/*!-@<".contains(c));
    // Code may stand before a comment on its line.
    let starts_comment = opens.len() < before.len() && {
        let mark = &before[opens.len()..];
        mark.contains(['#', '/', '*']) || opens.is_empty()
    };
    match after {
        ':' => !text[found.end..].starts_with("::"),
        '(' | '[' => true,
        c if c.is_whitespace() => starts_comment,
        '-' | '.' | ',' | '!' => starts_comment && after != '-',
        _ => false,
    }
}
