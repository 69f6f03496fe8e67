//! A pattern with its conditions, compiled for one language, and the ways in which it holds at a node.

use super::super::predicate::{Condition, Subject};
use super::super::scene::Scene;
use crate::model::{Around, CodePattern, Formula, Language, Place};
use crate::syntax::{Anchor, Bindings, Found, Node, Pattern, PatternError, Steps, Syntax};

/// A [`Formula`], ready to be asked.
pub struct Ready {
    pattern: Option<Pattern>,
    all: Vec<Ready>,
    any: Vec<Ready>,
    not: Vec<Ready>,
    inside: Vec<Surrounding>,
    not_inside: Vec<Surrounding>,
    conditions: Vec<(Box<str>, Condition)>,
}

enum Surrounding {
    Place(Place),
    Code(Pattern),
}

/// One file and the work that a rule may still do in it.
pub struct Site<'s, 'a> {
    pub scene: &'s Scene<'a>,
    pub steps: &'s Steps,
}

/// A pattern that is wrong, with where its text starts in the rule file.
pub struct Misfit {
    pub at: usize,
    pub error: PatternError,
}

/// How many ways to hold are followed.
const MAX_FOUND: usize = 32;

impl Ready {
    /// # Errors
    /// When a pattern is no valid code of `language`.
    pub fn new(language: Language, formula: &Formula) -> Result<Ready, Misfit> {
        let compile = |code: &CodePattern| Pattern::new(language, code).map_err(|error| Misfit { at: code.at, error });
        let parts =
            |parts: &[Formula]| parts.iter().map(|part| Ready::new(language, part)).collect::<Result<Vec<_>, _>>();
        let around = |around: &[Around]| {
            let one = |one: &Around| match one {
                Around::Place(place) => Ok(Surrounding::Place(*place)),
                Around::Code(code) => compile(code).map(Surrounding::Code),
            };
            around.iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        Ok(Ready {
            pattern: formula.pattern.as_ref().map(compile).transpose()?,
            all: parts(&formula.all)?,
            any: parts(&formula.any)?,
            not: parts(&formula.not)?,
            inside: around(&formula.inside)?,
            not_inside: around(&formula.not_inside)?,
            conditions: formula
                .conditions
                .iter()
                .map(|(name, one)| (name.as_str().into(), Condition::new(one)))
                .collect(),
        })
    }

    /// The patterns one of which begins every match: one of `all` is enough, of `any` all are needed.
    pub fn starts(&self) -> Vec<&Pattern> {
        if let Some(pattern) = &self.pattern {
            return vec![pattern];
        }
        let by_call = |part: &&Ready| part.starts().iter().all(|one| matches!(one.anchor(), Anchor::Call(_)));
        let finding: Vec<&Ready> = self.all.iter().filter(|part| !part.starts().is_empty()).collect();
        match finding.iter().copied().find(by_call).or(finding.first().copied()) {
            Some(part) => part.starts(),
            None => self.any.iter().flat_map(Ready::starts).collect(),
        }
    }

    /// Whether the `text` of a file has the names that a match needs.
    pub fn may_match(&self, text: &str) -> bool {
        self.starts().iter().any(|pattern| pattern.may_match(text))
    }

    /// The ways in which it holds at `node`.
    pub fn holds<'a>(&self, site: &Site<'_, 'a>, node: Node<'a>) -> Vec<Found<'a>> {
        self.follow(site, node, Found { span: node.byte_range(), bindings: Bindings::new() })
    }

    fn follow<'a>(&self, site: &Site<'_, 'a>, node: Node<'a>, given: Found<'a>) -> Vec<Found<'a>> {
        let syntax = site.scene.syntax;
        let mut found = match &self.pattern {
            Some(pattern) => pattern.matches(syntax, node, &given.bindings, None, site.steps),
            None => vec![given],
        };
        let mut is_placed = self.pattern.is_some();
        for part in &self.all {
            found = each(found, |one| {
                let span = one.span.clone();
                let mut more = part.follow(site, node, one);
                // The whole is what the first of them says.
                more.iter_mut().filter(|_| is_placed).for_each(|more| more.span = span.clone());
                more
            });
            is_placed |= !part.starts().is_empty();
        }
        if !self.any.is_empty() {
            found = each(found, |one| self.any.iter().flat_map(|part| part.follow(site, node, one.clone())).collect());
        }
        if !self.inside.is_empty() {
            found = each(found, |one| self.inside.iter().flat_map(|around| around.ways(site, node, &one)).collect());
        }
        found.retain(|one| {
            self.conditions.iter().all(|(name, condition)| fits(syntax, condition, one.bindings.get(name)))
                && !self.not.iter().any(|part| !part.follow(site, node, one.clone()).is_empty())
                && !self.not_inside.iter().any(|around| !around.ways(site, node, one).is_empty())
        });
        found
    }
}

fn each<'a>(found: Vec<Found<'a>>, ways: impl FnMut(Found<'a>) -> Vec<Found<'a>>) -> Vec<Found<'a>> {
    found.into_iter().flat_map(ways).take(MAX_FOUND).collect()
}

impl Surrounding {
    /// The ways in which it stands around `node`.
    fn ways<'a>(&self, site: &Site<'_, 'a>, node: Node<'a>, one: &Found<'a>) -> Vec<Found<'a>> {
        let syntax = site.scene.syntax;
        match self {
            Surrounding::Place(place) => {
                let holds = site.scene.is_in(*place, node, syntax.scope_of(node));
                if holds { vec![one.clone()] } else { Vec::new() }
            }
            Surrounding::Code(pattern) => {
                let bare = syntax.bare(node).id();
                let around = syntax.around(node).filter(|around| syntax.bare(*around).id() != bare);
                around
                    .flat_map(|around| pattern.matches(syntax, around, &one.bindings, Some(&one.span), site.steps))
                    .map(|way| Found { span: one.span.clone(), bindings: way.bindings })
                    .take(MAX_FOUND)
                    .collect()
            }
        }
    }
}

/// Whether a condition holds of what a metavariable stands for.
fn fits<'a>(syntax: &'a Syntax<'a>, condition: &Condition, bound: Option<&Vec<Node<'a>>>) -> bool {
    match bound.map(Vec::as_slice) {
        None => condition.holds_of_missing(true),
        Some([node]) if syntax.is_expression(*node) => condition.holds(&Subject::new(syntax, *node)),
        // The name of a function or of a method has no value.
        Some(nodes) => condition.holds_of_text(&text_of(syntax, nodes)),
    }
}

/// The source of neighbours, with what stands between them.
pub fn text_of<'a>(syntax: &'a Syntax<'a>, nodes: &[Node<'a>]) -> String {
    let mut text = String::new();
    let mut end = None;
    for node in nodes {
        if let Some(end) = end {
            let between = syntax.text.get(end..node.start_byte()).unwrap_or_default();
            text += if between.contains(char::is_alphanumeric) { ", " } else { between };
        }
        text += syntax.text_of(*node);
        end = Some(node.end_byte());
    }
    text
}
