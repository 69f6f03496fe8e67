//! What is assigned to: shared prototypes, states that must not change in place, and keys that may be `__proto__`.

use super::{Check, Checks, Found};
use crate::analyze::code::calls::{beginning, pattern_option};
use crate::analyze::code::predicate::Pattern;
use crate::analyze::code::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::rulebook::RuleSet;
use crate::syntax::{Assign, Node, Syntax};

pub struct Objects {
    targets: Vec<TargetRule>,
    pollution: Checks,
}

/// `script-target`: an assignment whose target is written in a certain way.
struct TargetRule {
    check: Check,
    /// Option `target`.
    target: Pattern,
    guard: Option<Pattern>,
    /// Option `unless-function`: the name of the function around that makes it meant.
    function: Option<Pattern>,
    imports: Vec<String>,
}

/// What a function mentions that keeps such keys out.
const KEPT_OUT: &[&str] = &["__proto__", "\"prototype\"", "'prototype'", "Object.create(null)", "new Map"];

impl Objects {
    pub fn new(rules: &RuleSet) -> Objects {
        let targets = rules.with_builtin("script-target").filter_map(|rule| {
            Some(TargetRule {
                check: Check::new(rule),
                target: pattern_option(rule, "target")?,
                guard: pattern_option(rule, "unless-guarded"),
                function: pattern_option(rule, "unless-function"),
                imports: rule.list("imports").to_vec(),
            })
        });
        Objects { targets: targets.collect(), pollution: Checks::new(rules, "script-prototype-pollution") }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        for assign in &syntax.assigns {
            match assign.target.kind() {
                "member_expression" => self.target(scene, assign, sink),
                "subscript_expression" if !self.pollution.is_empty() => {
                    if let Some(key) = open_key(syntax, assign) {
                        let found = Found::line(syntax, assign.node, assign.scope);
                        self.pollution.report(scene, found, key, sink);
                    }
                }
                _ => {}
            }
        }
    }

    fn target<'a>(&self, scene: &Scene<'a>, assign: &Assign<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let text = beginning(syntax.text_of(assign.target));
        for rule in self.targets.iter().filter(|rule| rule.target.is_match(text)) {
            let function = assign.scope.function.and_then(|index| syntax.functions.get(index as usize));
            let name = function.map(|function| function.name.rsplit('.').next().unwrap_or_default());
            let is_meant = rule.guard.as_ref().is_some_and(|guard| scene.is_guarded(assign.node, guard))
                || rule.function.as_ref().is_some_and(|one| name.is_some_and(|name| one.is_match(name)));
            let is_imported =
                rule.imports.is_empty() || rule.imports.iter().any(|module| syntax.imports.has_module(module));
            if is_imported && !is_meant && rule.check.fits(scene, assign.node, assign.scope) {
                sink.report(Hit::new(&rule.check.rule, assign.node.byte_range()).with("name", text));
            }
        }
    }
}

/// The key of `target[key] = …` where it can be `__proto__`: the function around goes down into an object by names that it
/// does not know, either by calling itself for each key of a value (a deep merge), or along the parts of a path.
fn open_key<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> Option<&'a str> {
    let (object, key) = (assign.target.child_by_field_name("object")?, assign.target.child_by_field_name("index")?);
    if !matches!(key.kind(), "identifier" | "subscript_expression") || object.kind() != "identifier" {
        return None;
    }
    let function = syntax.functions.get(assign.scope.function? as usize)?;
    let text = beginning(syntax.text_of(function.node));
    if KEPT_OUT.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    // A place in an array, not a name.
    let is_place = |value: &Node<'a>| syntax.text_of(*value).contains(".length");
    if key.kind() == "identifier" && syntax.bound_values(key).iter().any(is_place) {
        return None;
    }
    let open = if key.kind() == "identifier" && merges(syntax, assign, function.name.as_str(), object, key) {
        true
    } else {
        goes_along_path(syntax, assign, object, function.node)
    };
    open.then(|| syntax.text_of(key))
}

/// `for (key in source) { … target[key] = merge(target[key], source[key]) … }` in a function of that name.
fn merges<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>, function: &str, object: Node<'a>, key: Node<'a>) -> bool {
    let around = assign.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
    let Some(around) = around.filter(|around| {
        let target = around.target.map(|target| syntax.text_of(target)).unwrap_or_default();
        target.rsplit(' ').next() == Some(syntax.text_of(key))
    }) else {
        return false;
    };
    let name = function.rsplit('.').next().unwrap_or_default();
    let nested = format!("{}[{}]", syntax.text_of(object), syntax.text_of(key));
    let range = around.node.byte_range();
    let first = syntax.calls.partition_point(|call| call.node.start_byte() < range.start);
    let mut within = syntax.calls.iter().skip(first).take_while(|call| call.node.start_byte() < range.end);
    within.any(|call| {
        syntax.last_name(call.callee) == Some(name)
            && call.arguments.is_some_and(|arguments| syntax.text_of(arguments).contains(&nested))
    })
}

/// `for (part of path.split(".")) { target = target[part] }`, and then `target[last] = value`.
fn goes_along_path<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>, object: Node<'a>, function: Node<'a>) -> bool {
    let text = beginning(syntax.text_of(function));
    if !text.contains(".split(") && !text.contains(".shift()") {
        return false;
    }
    let name = syntax.text_of(object);
    let range = function.byte_range();
    let first = syntax.assigns.partition_point(|other| other.node.start_byte() < range.start);
    let mut within = syntax.assigns.iter().skip(first).take_while(|other| other.node.start_byte() < range.end);
    let descends = within.any(|other| {
        other.scope.function == assign.scope.function
            && other.scope.in_loop.is_some()
            && other.target.kind() == "identifier"
            && syntax.text_of(other.target) == name
            && other.value.map(|value| syntax.unwrap(value)).is_some_and(|value| {
                value.kind() == "subscript_expression"
                    && value.child_by_field_name("object").is_some_and(|one| syntax.text_of(one) == name)
                    && value.child_by_field_name("index").is_some_and(|index| index.kind() != "number")
            })
    });
    descends && !is_key_of_loop(syntax, assign)
}

/// Whether the key is what a `for … in` around goes through: the names of another object, which the program has made.
fn is_key_of_loop<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> bool {
    let key = assign.target.child_by_field_name("index").map(|key| syntax.text_of(key));
    let around = assign.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
    around.is_some_and(|one| {
        let target = one.target.map(|target| syntax.text_of(target)).unwrap_or_default();
        one.node.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "in")
            && target.rsplit(' ').next() == key
    })
}
