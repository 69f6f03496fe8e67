//! Input that reaches a place where it does harm, within a function. Where a call, an assignment or a returned value is such
//! a place, and only there, its value is followed back to where it comes from; see `docs/rule-format.md` for the lists.

mod collect;
mod guard;
mod javascript;
mod lists;
mod names;
mod parameter;
mod python;
mod rust;
mod shape;
mod through;
mod trace;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use self::lists::{Lists, Sink as Danger};
use self::shape::children;
pub use self::trace::{Input, Origin, Tracer};
use super::assigns::{inner_value, property_of};
use super::calls::{Callee, Given, language_bit, language_bits, receiver_fits, short, span_of};
use super::predicate::{Condition, Subject};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{self, Confidence, FlowArgument, Matcher, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Node, Scope, Syntax};

/// The rules about input, with the lists that they share.
pub struct FlowRules {
    lists: Lists,
    /// By danger.
    rules: Vec<Vec<FlowRule>>,
}

struct FlowRule {
    rule: Arc<Rule>,
    languages: u8,
    /// The origins that count.
    from: Vec<u8>,
    unknown: Option<Confidence>,
    unknown_value: Option<Condition>,
    inside: Vec<model::Place>,
    not_inside: Vec<model::Place>,
}

impl FlowRules {
    pub fn new(rules: &RuleSet) -> FlowRules {
        let mut lists = Lists::default();
        let mut by_danger: Vec<Vec<FlowRule>> = Vec::new();
        let flows = rules.iter().filter_map(|rule| match &rule.matcher {
            Matcher::Flow(flow) => Some((rule, flow)),
            _ => None,
        });
        for (rule, flow) in flows {
            if by_danger.is_empty() {
                lists = Lists::new(rules.flow_lists());
            }
            let danger = usize::from(lists.danger(&flow.danger));
            by_danger.resize_with(by_danger.len().max(danger + 1), Vec::new);
            by_danger[danger].push(FlowRule {
                rule: Arc::clone(rule),
                languages: language_bits(rule),
                from: flow.from.iter().filter_map(|name| lists.origin(name)).collect(),
                unknown: flow.unknown,
                unknown_value: flow.unknown_value.as_ref().map(Condition::new),
                inside: flow.inside.clone(),
                not_inside: flow.not_inside.clone(),
            });
        }
        FlowRules { lists, rules: by_danger }
    }

    /// For checks that follow values themselves.
    pub fn tracer<'a>(&self, syntax: &'a Syntax<'a>) -> Tracer<'a, '_> {
        Tracer::new(syntax, &self.lists)
    }

    /// The number of a danger, for [`Tracer::origin`].
    pub fn danger(&self, name: &str) -> u8 {
        // No list filters a danger that none names.
        self.lists.danger_number(name).unwrap_or(u8::MAX)
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if self.rules.is_empty() {
            return;
        }
        let run =
            Run { all: self, scene, tracer: self.tracer(scene.syntax), language: language_bit(scene.syntax.language) };
        run.calls(sink);
        run.assigns(sink);
        run.returned(sink);
    }
}

/// The rules at work on one file.
struct Run<'a, 'r> {
    all: &'r FlowRules,
    scene: &'r Scene<'a>,
    tracer: Tracer<'a, 'r>,
    language: u8,
}

impl<'a, 'r> Run<'a, 'r> {
    fn calls(&self, sink: &mut Sink) {
        let syntax = self.scene.syntax;
        let by_name = &self.all.lists.sinks_by_name;
        let renamed = syntax.imports.iter().map(|(name, path)| (name, path.rsplit('.').next().unwrap_or(path)));
        let aliases: HashMap<&str, &str> =
            renamed.filter(|(name, last)| name != last && by_name.contains_key(*last)).collect();
        for call in &syntax.calls {
            let Some(name) = syntax.last_name(call.callee) else { continue };
            let other = if aliases.is_empty() { None } else { aliases.get(name) };
            for name in [Some(name), other.copied()].into_iter().flatten() {
                if let Some(candidates) = by_name.get(name) {
                    self.call(call, candidates, sink);
                }
            }
        }
    }

    fn call(&self, call: &Call<'a>, candidates: &[(u8, Callee, usize)], sink: &mut Sink) {
        let syntax = self.scene.syntax;
        let (path, given) = (OnceCell::new(), OnceCell::new());
        let resolved = || path.get_or_init(|| syntax.resolve_call(call));
        let is_member = syntax.member(call.callee).is_some();
        let mut reported = Vec::new();
        for (languages, callee, index) in candidates {
            let Some(danger) = self.all.lists.sinks.get(*index).filter(|_| languages & self.language != 0) else {
                continue;
            };
            let rules = self.rules(danger, call.node, call.scope);
            if rules.is_empty() || !callee.matches(is_member, resolved) || !self.imports_fit(danger) {
                continue;
            }
            let given = given.get_or_init(|| with_options(syntax, Given::new(syntax, syntax.arguments(call))));
            if !given.fit(&danger.args, &danger.keywords) || !receiver_fits(danger.receiver.as_ref(), syntax, call) {
                continue;
            }
            let place =
                Place { span: span_of(self.scene, call), name: short(syntax.text_of(call.callee), &resolved().path) };
            self.judge(danger, &rules, &values(syntax, danger, call, given), &place, &mut reported, sink);
        }
    }

    /// Properties that get a value, and elements that get one under a computed key.
    fn assigns(&self, sink: &mut Sink) {
        let (syntax, lists) = (self.scene.syntax, &self.all.lists);
        for assign in &syntax.assigns {
            let mut found: Vec<(usize, Node<'a>, &str)> = Vec::new();
            if let Some((receiver, property)) = property_of(syntax, assign) {
                let of_name = lists.sinks_by_property.get(property).map(Vec::as_slice).unwrap_or_default();
                let fits = |index: &&usize| {
                    let pattern = lists.sinks.get(**index).and_then(|danger| danger.receiver.as_ref());
                    pattern.is_none_or(|one| receiver.is_some_and(|node| one.is_match(syntax.text_of(node))))
                };
                let value = assign.value.map(|value| inner_value(syntax, value));
                found.extend(of_name.iter().filter(fits).filter_map(|index| Some((*index, value?, property))));
            } else if let Some(key) = inner_key(assign.target) {
                found.extend(lists.key_sinks.iter().map(|index| (*index, key, syntax.text_of(assign.target))));
            }
            let mut reported = Vec::new();
            for (index, value, name) in found {
                let Some(danger) = lists.sinks.get(index).filter(|one| one.languages & self.language != 0) else {
                    continue;
                };
                let rules = self.rules(danger, assign.node, assign.scope);
                if !rules.is_empty() && self.imports_fit(danger) {
                    let place = Place { span: assign.node.byte_range(), name };
                    self.judge(danger, &rules, &[value], &place, &mut reported, sink);
                }
            }
        }
    }

    /// What functions return that answer requests.
    fn returned(&self, sink: &mut Sink) {
        let (syntax, lists) = (self.scene.syntax, &self.all.lists);
        let dangers = lists.returned_sinks.iter().filter_map(|index| lists.sinks.get(*index));
        let dangers: Vec<&Danger> =
            dangers.filter(|one| one.languages & self.language != 0 && self.imports_fit(one)).collect();
        if dangers.is_empty() {
            return;
        }
        for (index, function) in syntax.functions.iter().enumerate() {
            if !function.inner.in_handler || function.scope.in_handler {
                continue;
            }
            let decorators = parameter::decorators_of(syntax, function.node);
            let of_function =
                |danger: &&&Danger| decorators.iter().any(|(last, _)| danger.returned.iter().any(|one| one == last));
            let dangers: Vec<&Danger> = dangers.iter().filter(of_function).copied().collect();
            if dangers.is_empty() {
                continue;
            }
            for value in &self.tracer.names(Some(index as u32)).returns {
                // `return text, 404`
                let value =
                    if value.kind() == "expression_list" { value.named_child(0).unwrap_or(*value) } else { *value };
                if matches!(value.kind(), "dictionary" | "list" | "object" | "array") {
                    continue;
                }
                let mut reported = Vec::new();
                for danger in &dangers {
                    let rules = self.rules(danger, value, function.inner);
                    let place = Place { span: value.byte_range(), name: "return" };
                    self.judge(danger, &rules, &[value], &place, &mut reported, sink);
                }
            }
        }
    }

    /// The rules about a danger that look at this place.
    fn rules(&self, danger: &Danger, node: Node<'a>, scope: Scope) -> Vec<&'r FlowRule> {
        let rules = self.all.rules.get(usize::from(danger.danger)).map(Vec::as_slice).unwrap_or_default();
        let fits = |rule: &&FlowRule| {
            rule.languages & self.language != 0 && self.scene.fits(&rule.inside, &rule.not_inside, node, scope)
        };
        rules.iter().filter(fits).collect()
    }

    fn imports_fit(&self, danger: &Danger) -> bool {
        danger.imports.is_empty() || danger.imports.iter().any(|one| self.scene.syntax.imports.has_module(one))
    }

    /// Reports what the rules say about `values`, which get to the place: for each rule at most one hit.
    fn judge(
        &self,
        danger: &Danger,
        rules: &[&'r FlowRule],
        values: &[Node<'a>],
        place: &Place<'_>,
        reported: &mut Vec<&'r str>,
        sink: &mut Sink,
    ) {
        let syntax = self.scene.syntax;
        let fits = |value: &&Node<'a>| {
            danger.value.as_ref().is_none_or(|condition| condition.holds(&Subject::new(syntax, **value)))
        };
        let origins: Vec<(Node<'a>, Origin<'a>)> =
            values.iter().filter(fits).map(|value| (*value, self.tracer.origin(*value, danger.danger))).collect();
        for rule in rules {
            let id = rule.rule.id.as_str();
            if reported.contains(&id) {
                continue;
            }
            let hit =
                self.hit_by_input(danger, rule, &origins, place).or_else(|| self.hit_by_unknown(rule, &origins, place));
            if let Some(hit) = hit {
                reported.push(id);
                sink.report(hit);
            }
        }
    }

    fn hit_by_input(
        &self,
        danger: &Danger,
        rule: &FlowRule,
        origins: &[(Node<'a>, Origin<'a>)],
        place: &Place<'_>,
    ) -> Option<Hit> {
        let input = origins.iter().find_map(|(_, origin)| match origin {
            Origin::Input(input) => Some(input).filter(|input| {
                rule.from.contains(&input.origin)
                    && (input.data || !danger.data)
                    && danger.whole.is_none_or(|whole| whole == input.whole)
            }),
            Origin::Constant | Origin::Unknown => None,
        })?;
        Some(hit_of_input(&rule.rule, &self.all.lists, place, input))
    }

    fn hit_by_unknown(&self, rule: &FlowRule, origins: &[(Node<'a>, Origin<'a>)], place: &Place<'_>) -> Option<Hit> {
        let confidence = rule.unknown?;
        let fits = |value: &Node<'a>| {
            let condition = rule.unknown_value.as_ref();
            condition.is_none_or(|condition| condition.holds(&Subject::new(self.scene.syntax, *value)))
        };
        let is_unknown = |origin: &Origin<'a>| matches!(origin, Origin::Unknown);
        let any = origins.iter().any(|(value, origin)| is_unknown(origin) && fits(value));
        any.then(|| hit_of_unknown(&rule.rule, place, confidence))
    }
}

/// Where a hit is reported, and under which name.
pub struct Place<'n> {
    pub span: Range<usize>,
    /// The callee, or the property.
    pub name: &'n str,
}

/// `a` of `object[a][b]`: with a key of one step alone nothing but the object itself can change.
fn inner_key(target: Node<'_>) -> Option<Node<'_>> {
    let holder = target.child_by_field_name("object").filter(|holder| holder.kind() == "subscript_expression")?;
    holder.child_by_field_name("index")
}

/// What an origin is called in messages.
const PHRASES: &[(&str, &str)] = &[
    ("request", "the request"),
    ("route", "the address of the request"),
    ("network", "the network"),
    ("page", "the page's address"),
    ("terminal", "the command line"),
    ("environment", "the environment"),
    ("archive", "the archive"),
];

fn hit_of_input(rule: &Arc<Rule>, lists: &Lists, place: &Place<'_>, input: &Input<'_>) -> Hit {
    let origin = lists.origin_name(input.origin);
    let phrase = PHRASES.iter().find(|(name, _)| *name == origin).map_or("outside", |(_, phrase)| phrase);
    let hit = hit_at(rule, place, phrase);
    let source = input.node.byte_range();
    let is_within = place.span.start <= source.start && source.end <= place.span.end;
    if is_within { hit } else { hit.related(source, "it comes in here") }
}

fn hit_of_unknown(rule: &Arc<Rule>, place: &Place<'_>, confidence: Confidence) -> Hit {
    hit_at(rule, place, "elsewhere").at_most(confidence)
}

fn hit_at(rule: &Arc<Rule>, place: &Place<'_>, source: &str) -> Hit {
    Hit::new(rule, place.span.clone()).with("callee", place.name).with("property", place.name).with("source", source)
}

/// With the keys of options that stand in a variable.
fn with_options<'a>(syntax: &'a Syntax<'a>, mut given: Given<'a>) -> Given<'a> {
    let bound = given.positional.iter().filter_map(|one| syntax.bound_value(syntax.unwrap(one.node)));
    let pairs: Vec<Node<'a>> = bound.filter(|value| value.kind() == "object").flat_map(children).collect();
    for pair in pairs {
        if let (Some(key), Some(value)) = (pair.child_by_field_name("key"), pair.child_by_field_name("value")) {
            given.named.push((syntax.text_of(key).trim_matches(['"', '\'']).to_owned(), Subject::new(syntax, value)));
        }
    }
    given
}

/// The arguments that matter.
fn values<'a>(syntax: &'a Syntax<'a>, danger: &Danger, call: &Call<'a>, given: &Given<'a>) -> Vec<Node<'a>> {
    let mut values = Vec::new();
    for at in &danger.at {
        match at {
            FlowArgument::Position(at) => values.extend(given.positional.get(usize::from(*at)).map(|one| one.node)),
            FlowArgument::Keyword(name) => {
                values.extend(given.named.iter().filter(|(own, _)| own == name).map(|(_, one)| one.node));
            }
            FlowArgument::Any => values.extend(given.all().map(|one| one.node)),
            FlowArgument::Receiver => values.extend(syntax.member(call.callee).map(|(receiver, _)| receiver)),
            FlowArgument::Spread => {
                let arguments = call.arguments.map(children).unwrap_or_default().into_iter();
                let is_spread = |node: &Node<'a>| node.kind() == "dictionary_splat" || node.kind() == "spread_element";
                values.extend(arguments.filter(is_spread).filter_map(|node| node.named_child(0)));
            }
        }
    }
    if danger.first { values.into_iter().map(|value| first_of(syntax, value)).collect() } else { values }
}

/// The first element of a list that is written out, here or where the name gets it.
fn first_of<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> Node<'a> {
    let list = syntax.bound_value(syntax.unwrap(value)).unwrap_or(value);
    let is_list = matches!(list.kind(), "list" | "tuple" | "array");
    list.named_child(0).filter(|_| is_list).unwrap_or(value)
}

#[cfg(test)]
mod tests;
