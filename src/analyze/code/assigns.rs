//! Rules about values put into properties: `element.innerHTML = x`, and JSX attributes.

use std::collections::HashMap;
use std::sync::Arc;

use super::calls::{Sanitizers, language_bit, language_bits, pattern_option};
use super::predicate::{Condition, Pattern, Subject};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Matcher, Place, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Assign, Node, Syntax};

/// Every `assign` matcher of a run, by the name of the property.
pub struct AssignIndex {
    matchers: Vec<AssignRule>,
    by_name: HashMap<Box<str>, Vec<usize>>,
}

struct AssignRule {
    rule: Arc<Rule>,
    languages: u8,
    value: Option<Condition>,
    inside: Vec<Place>,
    not_inside: Vec<Place>,
    sanitizers: Sanitizers,
    /// Option `harmless`: source texts of values that it does not report.
    harmless: Option<Pattern>,
    /// Option `unless-guarded`: a condition around it that makes it meant.
    guard: Option<Pattern>,
    /// Option `receiver`: what the source text of the object must look like.
    receiver: Option<Pattern>,
}

impl AssignIndex {
    pub fn new(rules: &RuleSet) -> AssignIndex {
        let mut index = AssignIndex { matchers: Vec::new(), by_name: HashMap::new() };
        for rule in rules.iter() {
            let Matcher::Assign(assigns) = &rule.matcher else { continue };
            for assign in assigns {
                for property in &assign.property {
                    index.by_name.entry(property.as_str().into()).or_default().push(index.matchers.len());
                }
                index.matchers.push(AssignRule {
                    rule: Arc::clone(rule),
                    languages: language_bits(rule),
                    value: assign.value.as_ref().map(Condition::new),
                    inside: assign.inside.clone(),
                    not_inside: assign.not_inside.clone(),
                    sanitizers: Sanitizers::new(rule),
                    harmless: pattern_option(rule, "harmless"),
                    guard: pattern_option(rule, "unless-guarded"),
                    receiver: pattern_option(rule, "receiver"),
                });
            }
        }
        index
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        if self.by_name.is_empty() {
            return;
        }
        let syntax = scene.syntax;
        for assign in &syntax.assigns {
            let Some((receiver, property)) = property_of(syntax, assign) else { continue };
            let Some(matchers) = self.by_name.get(property) else { continue };
            for rule in matchers.iter().filter_map(|matcher| self.matchers.get(*matcher)) {
                if rule.languages & language_bit(syntax.language) != 0 && rule.holds(scene, assign, receiver) {
                    sink.report(Hit::new(&rule.rule, assign.node.byte_range()).with("property", property));
                }
            }
        }
    }
}

/// The object and the property that is set; a JSX attribute has no object.
pub(super) fn property_of<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> Option<(Option<Node<'a>>, &'a str)> {
    if assign.node.kind() == "jsx_attribute" {
        return Some((None, syntax.text_of(assign.target)));
    }
    syntax.member(assign.target).map(|(receiver, name)| (Some(receiver), name))
}

impl AssignRule {
    fn holds<'a>(&self, scene: &Scene<'a>, assign: &Assign<'a>, receiver: Option<Node<'a>>) -> bool {
        let syntax = scene.syntax;
        if let Some(pattern) = &self.receiver
            && !receiver.is_some_and(|node| pattern.is_match(syntax.text_of(node)))
        {
            return false;
        }
        let value = assign.value.map(|value| inner_value(syntax, value));
        let holds = match (&self.value, value) {
            (None, _) => true,
            (Some(condition), Some(value)) => {
                condition.holds(&Subject::new(syntax, value))
                    && !self.sanitizers.clean(syntax, value)
                    && !self.harmless.as_ref().is_some_and(|pattern| pattern.is_match(syntax.text_of(value)))
            }
            (Some(_), None) => false,
        };
        holds
            && !self.guard.as_ref().is_some_and(|guard| scene.is_guarded(assign.node, guard))
            && scene.fits(&self.inside, &self.not_inside, assign.node, assign.scope)
    }
}

/// What a JSX attribute is given: the expression in its braces, and of React's `{ __html: x }` the markup itself.
pub(super) fn inner_value<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> Node<'a> {
    let value = if value.kind() == "jsx_expression" { value.named_child(0).unwrap_or(value) } else { value };
    if value.kind() != "object" {
        return value;
    }
    let mut cursor = value.walk();
    let markup = value.named_children(&mut cursor).find_map(|pair| {
        let key = pair.child_by_field_name("key")?;
        (syntax.text_of(key) == "__html").then(|| pair.child_by_field_name("value")).flatten()
    });
    markup.unwrap_or(value)
}
