//! Rules that only the grammar can say: tree-sitter queries, run at the nodes that they start with and nowhere else.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::calls::{language_bit, language_bits, pattern_option};
use super::file::FileCondition;
use super::predicate::Pattern;
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Matcher, Notification, NotificationKind, Place, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{CompiledQuery, Node, Scope};

/// Every `query` matcher of a run, by the node kinds that it starts with.
pub struct QueryIndex {
    rules: Vec<QueryRule>,
    by_root: HashMap<Box<str>, Vec<usize>>,
}

struct QueryRule {
    rule: Arc<Rule>,
    query: String,
    languages: u8,
    not_inside: Vec<Place>,
    /// Option `unless-comment`: what a comment beside it says where it is meant.
    comment: Option<Pattern>,
    /// Asked before the query is compiled, which takes milliseconds.
    file: FileCondition,
    compiled: [OnceLock<Result<CompiledQuery, String>>; Language::ALL.len()],
}

/// The longest piece of code that a message quotes, in bytes.
const MAX_QUOTE: usize = 60;

impl QueryIndex {
    pub fn new(rules: &RuleSet) -> QueryIndex {
        let mut index = QueryIndex { rules: Vec::new(), by_root: HashMap::new() };
        for rule in rules.iter() {
            let Matcher::Query(query) = &rule.matcher else { continue };
            for root in &query.roots {
                index.by_root.entry(root.as_str().into()).or_default().push(index.rules.len());
            }
            let places = rule.list("not-inside").iter().filter_map(|name| place(name)).collect();
            index.rules.push(QueryRule {
                rule: Arc::clone(rule),
                query: query.query.clone(),
                languages: language_bits(rule),
                not_inside: places,
                comment: pattern_option(rule, "unless-comment"),
                file: FileCondition::new(rule),
                compiled: Default::default(),
            });
        }
        index
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let mut holds: HashMap<usize, bool> = HashMap::new();
        for node in &syntax.queried {
            let Some(rules) = self.by_root.get(node.kind()) else { continue };
            for (index, rule) in rules.iter().filter_map(|index| Some((*index, self.rules.get(*index)?))) {
                if rule.languages & language_bit(syntax.language) != 0
                    && *holds.entry(index).or_insert_with(|| rule.file.holds(scene))
                {
                    rule.run(scene, *node, sink);
                }
            }
        }
    }
}

/// The place that a rule's option `not-inside` names.
pub(super) fn place(name: &str) -> Option<Place> {
    Some(match name {
        "test" => Place::Test,
        "script" => Place::Script,
        "function" => Place::Function,
        _ => return None,
    })
}

impl QueryRule {
    fn run<'a>(&self, scene: &Scene<'a>, node: Node<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let Some(cell) = self.compiled.get(syntax.language as usize) else { return };
        let compiled =
            cell.get_or_init(|| CompiledQuery::new(syntax.language, &self.query).map_err(|error| error.to_string()));
        let query = match compiled {
            Ok(query) => query,
            Err(error) => return complain(scene, &self.rule, error, sink),
        };
        for found in query.matches(syntax, node) {
            let scope = if self.not_inside.is_empty() { Scope::default() } else { syntax.scope_of(found) };
            let is_explained = self.comment.as_ref().is_some_and(|said| scene.has_comment(found, said));
            if !is_explained && scene.fits(&[], &self.not_inside, found, scope) {
                sink.report(Hit::new(&self.rule, found.byte_range()).with("match", quoted(syntax.text_of(found))));
            }
        }
    }
}

/// The beginning of a piece of code, for a message.
pub(super) fn quoted(code: &str) -> &str {
    let line = code.lines().next().unwrap_or_default();
    let end = line.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MAX_QUOTE).last();
    line.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// A query or pattern of the user's own that does not work here: said once a file, so that a green run does not hide it.
pub(super) fn complain(scene: &Scene<'_>, rule: &Rule, error: &str, sink: &mut Sink) {
    let message = format!("the rule {} does not work in {}: {error}", rule.id, scene.syntax.language);
    let path = Some(scene.source.target.path.clone());
    let notification =
        Notification { kind: NotificationKind::AnalysisNotRun, path, line: None, analysis: rule.analysis(), message };
    if !sink.notifications.contains(&notification) {
        sink.notify(notification);
    }
}
