//! Rules that are written as code with metavariables: found by the name of a call or by a node kind, and only there tried.

mod formula;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use self::formula::{Misfit, Ready, Site, text_of};
use super::calls::renamed;
use super::queries::{complain, quoted};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{CodePattern, Hole, Language, Matcher, PatternMatcher, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Anchor, Bindings, Node, Pattern, Steps, Syntax};

/// Every `pattern` matcher of a run, by language.
pub struct PatternIndex {
    languages: BTreeMap<Language, Patterns>,
}

/// The pattern rules of one language.
#[derive(Default)]
struct Patterns {
    rules: Vec<PatternRule>,
    by_call: HashMap<Box<str>, Vec<usize>>,
    by_kind: HashMap<&'static str, Vec<usize>>,
    /// Rules with a pattern that is not valid here.
    broken: Vec<(Arc<Rule>, String)>,
}

struct PatternRule {
    rule: Arc<Rule>,
    formula: Ready,
    focus: Option<String>,
    replacement: Option<CodePattern>,
}

/// How many steps one rule may take in one file.
const MAX_STEPS: u32 = 1 << 19;

/// What the grammars have against a pattern of `rule`: the pattern, the byte in it, and why.
pub fn pattern_fault(rule: &Rule) -> Option<(&CodePattern, usize, String)> {
    let Matcher::Pattern(PatternMatcher { formula, .. }) = &rule.matcher else { return None };
    rule.languages.iter().find_map(|language| {
        let Misfit { at, error } = Ready::new(*language, formula).err()?;
        let pattern = formula.patterns().into_iter().find(|pattern| pattern.at == at)?;
        Some((pattern, error.at, error.to_string()))
    })
}

/// The node kinds at which patterns begin that the walk does not list for everyone.
pub fn walked_kinds(rule: &Rule, kinds: &mut BTreeMap<Language, Vec<String>>) {
    let Matcher::Pattern(PatternMatcher { formula, .. }) = &rule.matcher else { return };
    for language in &rule.languages {
        let Ok(ready) = Ready::new(*language, formula) else { continue };
        let walked = ready.starts().into_iter().flat_map(Pattern::walked_kinds).map(str::to_owned);
        kinds.entry(*language).or_default().extend(walked);
    }
}

impl PatternIndex {
    pub fn new(rules: &RuleSet) -> PatternIndex {
        let mut languages: BTreeMap<Language, Patterns> = BTreeMap::new();
        for rule in rules.iter() {
            let Matcher::Pattern(pattern) = &rule.matcher else { continue };
            for language in &rule.languages {
                languages.entry(*language).or_default().add(rule, *language, pattern);
            }
        }
        PatternIndex { languages }
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let Some(patterns) = self.languages.get(&scene.syntax.language) else { return };
        for (rule, error) in &patterns.broken {
            complain(scene, rule, error, sink);
        }
        let work = patterns.rules.iter().map(|_| Work { steps: Steps::new(MAX_STEPS), may_match: None }).collect();
        Run { patterns, scene, work, seen: HashSet::new() }.run(sink);
    }
}

impl Patterns {
    fn add(&mut self, rule: &Arc<Rule>, language: Language, pattern: &PatternMatcher) {
        let formula = match Ready::new(language, &pattern.formula) {
            Ok(formula) => formula,
            Err(misfit) => return self.broken.push((Arc::clone(rule), misfit.error.to_string())),
        };
        let index = self.rules.len();
        for start in formula.starts() {
            match start.anchor() {
                Anchor::Call(name) => self.by_call.entry(name.clone()).or_default().push(index),
                Anchor::Kinds(kinds) => {
                    kinds.iter().for_each(|kind| self.by_kind.entry(kind).or_default().push(index));
                }
            }
        }
        let (focus, replacement) = (pattern.focus.clone(), pattern.replacement.clone());
        self.rules.push(PatternRule { rule: Arc::clone(rule), formula, focus, replacement });
    }
}

/// What one rule has done in a file so far.
struct Work {
    steps: Steps,
    may_match: Option<bool>,
}

struct Run<'r, 'a> {
    patterns: &'r Patterns,
    scene: &'r Scene<'a>,
    work: Vec<Work>,
    /// Rules and nodes that were tried.
    seen: HashSet<(usize, usize)>,
}

impl<'a> Run<'_, 'a> {
    fn run(&mut self, sink: &mut Sink) {
        let (syntax, patterns) = (self.scene.syntax, self.patterns);
        if !patterns.by_call.is_empty() {
            let aliases = renamed(syntax, |last| patterns.by_call.contains_key(last));
            for call in &syntax.calls {
                let Some(name) = syntax.last_name(call.callee) else { continue };
                for name in [Some(name), aliases.get(name).copied()].into_iter().flatten() {
                    self.try_all(patterns.by_call.get(name), call.node, sink);
                }
            }
        }
        if !patterns.by_kind.is_empty() {
            for node in syntax.listed().chain(syntax.queried.iter().copied()) {
                self.try_all(patterns.by_kind.get(node.kind()), node, sink);
            }
        }
        for (rule, work) in patterns.rules.iter().zip(&self.work) {
            if work.steps.are_used_up() {
                let message = "it fits in too many ways here and was given up: write more between its `...`";
                complain(self.scene, &rule.rule, message, sink);
            }
        }
    }

    fn try_all(&mut self, rules: Option<&Vec<usize>>, node: Node<'a>, sink: &mut Sink) {
        for index in rules.into_iter().flatten() {
            let (Some(rule), Some(work)) = (self.patterns.rules.get(*index), self.work.get_mut(*index)) else {
                continue;
            };
            let may_match = *work.may_match.get_or_insert_with(|| rule.formula.may_match(self.scene.syntax.text));
            if may_match && self.seen.insert((*index, node.id())) {
                rule.report(&Site { scene: self.scene, steps: &work.steps }, node, sink);
            }
        }
    }
}

impl PatternRule {
    fn report<'a>(&self, site: &Site<'_, 'a>, node: Node<'a>, sink: &mut Sink) {
        let syntax = site.scene.syntax;
        let mut reported = Vec::new();
        for found in self.formula.holds(site, node) {
            let span = match &self.focus {
                None => found.span.clone(),
                Some(name) => match found.bindings.get(name.as_str()).and_then(|nodes| nodes.first().zip(nodes.last()))
                {
                    Some((first, last)) => first.start_byte()..last.end_byte(),
                    None => continue,
                },
            };
            // Without a focus the ways to match differ in nothing that is shown.
            if reported.contains(&span) || self.focus.is_none() && !reported.is_empty() {
                continue;
            }
            reported.push(span.clone());
            let mut hit = Hit::new(&self.rule, span);
            hit.message = filled(&self.rule.message, syntax, &found.bindings);
            hit.replacement = self.replacement.as_ref().map(|code| replaced(code, syntax, &found.bindings));
            sink.report(hit);
        }
    }
}

/// The message with each `{X}` filled in, in one go: what is filled in may look like another.
fn filled<'a>(message: &str, syntax: &'a Syntax<'a>, bindings: &Bindings<'a>) -> String {
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        text += before;
        match after.split_once('}').and_then(|(name, after)| bindings.get(name).map(|nodes| (nodes, after))) {
            Some((nodes, after)) => {
                text += quoted(&text_of(syntax, nodes));
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text + rest
}

/// The code of a replacement, metavariables filled in; a sequence of nothing takes its comma with it.
fn replaced<'a>(code: &CodePattern, syntax: &'a Syntax<'a>, bindings: &Bindings<'a>) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (range, hole) in code.holes() {
        text += code.text.get(at..range.start).unwrap_or_default();
        at = range.end;
        let (Hole::One(name) | Hole::Many(Some(name))) = hole else { continue };
        let nodes = bindings.get(name).map(Vec::as_slice).unwrap_or_default();
        text += &text_of(syntax, nodes);
        if nodes.is_empty() {
            let rest = code.text.get(at..).unwrap_or_default();
            match rest.trim_start().strip_prefix(',') {
                Some(after) => at = code.text.len() - after.trim_start().len(),
                None => {
                    let kept = text.trim_end().trim_end_matches(',').len();
                    text.truncate(kept);
                }
            }
        }
    }
    text + code.text.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
