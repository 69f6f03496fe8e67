//! Rules found by a word in the text: one pass for the words of all, then a look at the node that the word stands in.
//!
//! `script-setting`: a key of an object, or a property that is assigned, with the value that it is given; the option
//! `settings` lists `key: regex`. `script-shape`: the option `near` lists words, `kind` the nodes around one that are
//! looked at, `text` what such a node must look like.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Check, Found, is_name_byte};
use crate::analyze::code::calls::{beginning, pattern_option};
use crate::analyze::code::predicate::Pattern;
use crate::analyze::code::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Scope, Syntax, Value};

pub struct Words {
    rules: Vec<WordRule>,
    finder: OnceLock<Option<Finder>>,
}

struct WordRule {
    check: Check,
    words: Vec<Word>,
    /// Option `kind`: which node around the word is looked at; none for a setting.
    kinds: Vec<String>,
    text: Option<Pattern>,
    /// Option `ahead`: what must follow the word: a cheap look before the tree is asked.
    ahead: Option<Pattern>,
    /// Option `unless-ahead`: what must not.
    unless_ahead: Option<Pattern>,
    /// Option `harmless`: values or shapes that it does not report.
    harmless: Option<Pattern>,
    /// Options `beside` and `unless-beside`: what the object around a setting must, and must not, hold.
    beside: Option<Pattern>,
    unless_beside: Option<Pattern>,
    guard: Option<Pattern>,
    /// Option `path`: files that it looks at.
    path: Option<Pattern>,
    imports: Vec<String>,
}

/// `name`, or with a `*` in front or behind a part of a longer one.
struct Word {
    text: String,
    starts: bool,
    ends: bool,
    /// Of a setting: what the value must look like.
    value: Option<Pattern>,
}

struct Finder {
    automaton: AhoCorasick,
    /// By pattern: rule and word.
    uses: Vec<Vec<(usize, usize)>>,
}

/// How much of what follows a word is looked at, in bytes.
const AHEAD: usize = 160;

/// How many nodes around a word a shape is looked for in.
const MAX_UP: usize = 6;

impl Words {
    pub fn new(rules: &RuleSet) -> Words {
        let settings = rules.with_builtin("script-setting").map(|rule| (rule, "settings"));
        let shapes = rules.with_builtin("script-shape").map(|rule| (rule, "near"));
        let rules = settings.chain(shapes).map(|(rule, list)| WordRule {
            check: Check::new(rule),
            words: rule.list(list).iter().map(|text| Word::new(text, list == "settings")).collect(),
            kinds: rule.list("kind").to_vec(),
            text: pattern_option(rule, "text"),
            ahead: pattern_option(rule, "ahead"),
            unless_ahead: pattern_option(rule, "unless-ahead"),
            harmless: pattern_option(rule, "harmless"),
            beside: pattern_option(rule, "beside"),
            unless_beside: pattern_option(rule, "unless-beside"),
            guard: pattern_option(rule, "unless-guarded"),
            path: pattern_option(rule, "path"),
            imports: rule.list("imports").to_vec(),
        });
        Words { rules: rules.collect(), finder: OnceLock::new() }
    }

    fn finder(&self) -> Option<&Finder> {
        let made = self.finder.get_or_init(|| {
            let mut uses: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
            for (rule, one) in self.rules.iter().enumerate() {
                for (word, text) in one.words.iter().enumerate() {
                    uses.entry(&text.text).or_default().push((rule, word));
                }
            }
            let words = uses.keys().copied();
            let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok()?;
            Some(Finder { automaton, uses: uses.into_values().collect() })
        });
        made.as_ref()
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let Some(finder) = self.finder() else { return };
        let syntax = scene.syntax;
        let bytes = syntax.text.as_bytes();
        let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
        for found in finder.automaton.find_iter(bytes) {
            let range = found.range();
            let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
            let starts = !before.is_some_and(|byte| is_name_byte(*byte));
            let ends = !bytes.get(range.end).is_some_and(|byte| is_name_byte(*byte));
            let mut place: Option<Place<'_>> = None;
            for (index, word) in finder.uses.get(found.pattern().as_usize()).into_iter().flatten() {
                let Some(rule) = self.rules.get(*index) else { continue };
                let Some(word) = rule.words.get(*word) else { continue };
                if (word.starts && !starts) || (word.ends && !ends) || !rule.may_fit(scene, range.end) {
                    continue;
                }
                if place.is_none() {
                    place = Place::at(syntax, range.clone());
                }
                let Some(place) = &place else { break };
                let Some(node) = rule.judge(scene, place, word) else { continue };
                if seen.insert((*index, node.id())) {
                    // Of a statement its first line.
                    let found = Found::line(syntax, node, Scope::default());
                    let quoted = syntax.text.get(found.span.clone()).unwrap_or_default();
                    let hit = Hit::new(&rule.check.rule, found.span).with("name", &word.text);
                    sink.report(hit.with("match", quoted.get(..60).unwrap_or(quoted)));
                }
            }
        }
    }
}

impl Word {
    fn new(written: &str, is_setting: bool) -> Word {
        let (text, value) = match written.split_once(": ") {
            Some((key, value)) if is_setting => (key, Some(Pattern::new(value))),
            _ => (written, None),
        };
        Word {
            text: text.trim_matches('*').to_owned(),
            starts: !text.starts_with('*') && text.bytes().next().is_some_and(is_name_byte),
            ends: !text.ends_with('*') && text.bytes().last().is_some_and(is_name_byte),
            value,
        }
    }
}

/// The node that a word stands in, with those around it.
struct Place<'a> {
    node: Node<'a>,
    around: Vec<Node<'a>>,
}

impl<'a> Place<'a> {
    /// `None` in a comment.
    fn at(syntax: &Syntax<'a>, range: std::ops::Range<usize>) -> Option<Place<'a>> {
        if syntax.in_comment(range.start) {
            return None;
        }
        let node = syntax.root.descendant_for_byte_range(range.start, range.end)?;
        Some(Place { node, around: syntax.around(node).collect() })
    }

    /// What the key `word` is given: the whole, the value, and the object around.
    fn setting(&self, syntax: &Syntax<'a>, word: &str) -> Option<(Node<'a>, Node<'a>, Option<Node<'a>>)> {
        let quoted = usize::from(matches!(self.node.kind(), "string_fragment"));
        let key = if quoted == 1 { *self.around.first()? } else { self.node };
        if syntax.text_of(key).trim_matches(['"', '\'']) != word {
            return None;
        }
        let parent = *self.around.get(quoted)?;
        let outer = self.around.get(quoted + 1).copied();
        let is_field = |node: Node<'a>, field: &str, child: Node<'a>| {
            node.child_by_field_name(field).is_some_and(|one| one.id() == child.id())
        };
        match parent.kind() {
            "pair" if is_field(parent, "key", key) => Some((parent, parent.child_by_field_name("value")?, outer)),
            "method_definition" if is_field(parent, "name", key) => Some((parent, parent, outer)),
            "member_expression" | "subscript_expression" => {
                let outer = outer.filter(|outer| outer.kind() == "assignment_expression")?;
                let set = is_field(outer, "left", parent) && !is_field(parent, "object", key);
                Some((outer, outer.child_by_field_name("right").filter(|_| set)?, None))
            }
            _ => None,
        }
    }
}

/// A value as the regexes of settings see it: folded where it can be, text in double quotes.
fn shown<'a>(syntax: &Syntax<'a>, value: Node<'a>) -> String {
    match syntax.value(value) {
        Value::True => "true".to_owned(),
        Value::False => "false".to_owned(),
        Value::None => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => format!("\"{text}\""),
        _ => beginning(syntax.text_of(value)).to_owned(),
    }
}

impl WordRule {
    /// What can be asked without the tree.
    fn may_fit(&self, scene: &Scene<'_>, end: usize) -> bool {
        let text = scene.syntax.text;
        let ahead = || {
            let most = (end..=text.len().min(end + AHEAD)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(end);
            text.get(end..most).unwrap_or_default()
        };
        self.ahead.as_ref().is_none_or(|pattern| pattern.is_match(ahead()))
            && !self.unless_ahead.as_ref().is_some_and(|pattern| pattern.is_match(ahead()))
            && self.path.as_ref().is_none_or(|pattern| pattern.is_match(scene.source.target.path.as_str()))
            && (self.imports.is_empty() || self.imports.iter().any(|module| scene.syntax.imports.has_module(module)))
    }

    /// The node to report.
    fn judge<'a>(&self, scene: &Scene<'a>, place: &Place<'a>, word: &Word) -> Option<Node<'a>> {
        let syntax = scene.syntax;
        let node = match &word.value {
            Some(wanted) => {
                let (whole, value, object) = place.setting(syntax, &word.text)?;
                let shown = shown(syntax, value);
                let around = object.map(|object| beginning(syntax.text_of(object))).unwrap_or_default();
                let fits = wanted.is_match(&shown)
                    && !self.harmless.as_ref().is_some_and(|pattern| pattern.is_match(&shown))
                    && self.beside.as_ref().is_none_or(|pattern| pattern.is_match(around))
                    && !self.unless_beside.as_ref().is_some_and(|pattern| pattern.is_match(around));
                fits.then_some(whole)?
            }
            None => {
                let near = std::iter::once(&place.node).chain(place.around.iter().take(MAX_UP));
                let node = near.copied().find(|node| self.kinds.iter().any(|kind| kind == node.kind()))?;
                let text = beginning(syntax.text_of(node));
                let fits = self.text.as_ref().is_none_or(|pattern| pattern.is_match(text))
                    && !self.harmless.as_ref().is_some_and(|pattern| pattern.is_match(text));
                fits.then_some(node)?
            }
        };
        let scope = syntax.scope_of(node);
        let is_meant = self.guard.as_ref().is_some_and(|guard| scene.is_guarded(node, guard));
        (self.check.fits(scene, node, scope) && !is_meant).then_some(node)
    }
}
