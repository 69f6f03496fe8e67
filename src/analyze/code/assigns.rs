//! Rules about values put into properties: `element.innerHTML = x`, and JSX attributes; with the option `targets` also into
//! variables and under keys: `DEBUG = True`, `app.config["DEBUG"] = True`.

use std::collections::HashMap;
use std::sync::Arc;

use super::calls::{Sanitizers, language_bit, language_bits, pattern_option};
use super::file::FileCondition;
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
    /// Option `targets`: what may be given the value, `property` unless said otherwise.
    targets: Vec<TargetKind>,
    /// Option `written`: what the source text of the value must look like.
    written: Option<Pattern>,
    file: FileCondition,
}

/// What a value is put into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TargetKind {
    Property,
    Name,
    Key,
}

impl TargetKind {
    fn of_rule(rule: &Rule) -> Vec<TargetKind> {
        let named = rule.list("targets").iter().filter_map(|name| match name.as_str() {
            "property" => Some(TargetKind::Property),
            "name" => Some(TargetKind::Name),
            "key" => Some(TargetKind::Key),
            _ => None,
        });
        let named: Vec<TargetKind> = named.collect();
        if named.is_empty() { vec![TargetKind::Property] } else { named }
    }
}

/// The place that a value is put into, by the last part of its name.
struct Target<'a> {
    kind: TargetKind,
    /// A JSX attribute and a variable have none.
    receiver: Option<Node<'a>>,
    name: &'a str,
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
                    targets: TargetKind::of_rule(rule),
                    written: pattern_option(rule, "written"),
                    file: FileCondition::new(rule),
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
            let Some(target) = target_of(syntax, assign) else { continue };
            let Some(matchers) = self.by_name.get(target.name) else { continue };
            for rule in matchers.iter().filter_map(|matcher| self.matchers.get(*matcher)) {
                if rule.languages & language_bit(syntax.language) != 0
                    && rule.targets.contains(&target.kind)
                    && rule.holds(scene, assign, &target)
                {
                    sink.report(Hit::new(&rule.rule, assign.node.byte_range()).with("property", target.name));
                }
            }
        }
    }
}

/// The object and the property that is set; a JSX attribute has no object.
pub(super) fn property_of<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> Option<(Option<Node<'a>>, &'a str)> {
    let target = target_of(syntax, assign).filter(|target| target.kind == TargetKind::Property)?;
    Some((target.receiver, target.name))
}

fn target_of<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> Option<Target<'a>> {
    let target = assign.target;
    if assign.node.kind() == "jsx_attribute" {
        return Some(Target { kind: TargetKind::Property, receiver: None, name: syntax.text_of(target) });
    }
    match target.kind() {
        "identifier" => Some(Target { kind: TargetKind::Name, receiver: None, name: syntax.text_of(target) }),
        // Python's `config["KEY"]`.
        "subscript" => {
            let key = target.child_by_field_name("subscript").filter(|key| key.kind() == "string")?;
            let mut cursor = key.walk();
            let content = key.named_children(&mut cursor).find(|part| part.kind() == "string_content")?;
            let receiver = target.child_by_field_name("value");
            Some(Target { kind: TargetKind::Key, receiver, name: syntax.text_of(content) })
        }
        _ => {
            let (receiver, name) = syntax.member(target)?;
            Some(Target { kind: TargetKind::Property, receiver: Some(receiver), name })
        }
    }
}

impl AssignRule {
    fn holds<'a>(&self, scene: &Scene<'a>, assign: &Assign<'a>, target: &Target<'a>) -> bool {
        let syntax = scene.syntax;
        // A variable of its own belongs to no object that could be the wrong one.
        if let Some(pattern) = &self.receiver
            && target.kind != TargetKind::Name
            && !target.receiver.is_some_and(|node| {
                pattern.is_match(syntax.text_of(node)) || pattern.is_match(&syntax.resolve(node).path)
            })
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
            && self
                .written
                .as_ref()
                .is_none_or(|pattern| value.is_some_and(|one| pattern.is_match(syntax.text_of(one))))
            && self.file.holds(scene)
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
