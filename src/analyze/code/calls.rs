//! Rules about calls: found by the last name of the callee, judged by its full path, its arguments and its place.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::file::FileCondition;
use super::loops;
use super::predicate::{Condition, Pattern, Subject};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Matcher, OptionValue, Place, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Arguments, Call, Node, Resolved, Syntax};

/// Every `call` matcher of a run, by the last name of its callees.
pub struct CallIndex {
    matchers: Vec<CallRule>,
    by_name: HashMap<Box<str>, Vec<Candidate>>,
}

struct Candidate {
    matcher: usize,
    callee: Callee,
}

/// `*.name` or the full path.
pub(super) struct Callee {
    path: Box<str>,
    of_any_receiver: bool,
}

struct CallRule {
    rule: Arc<Rule>,
    languages: u8,
    args: Vec<(usize, Condition)>,
    keywords: Vec<(String, Condition)>,
    any_arg: Option<Condition>,
    inside: Vec<Place>,
    not_inside: Vec<Place>,
    /// Option `sanitizers`: a call of one of these in an argument makes it harmless.
    sanitizers: Vec<Callee>,
    /// Option `over-data`: the loop around goes through a collection, and the arguments depend on its element.
    over_data: bool,
    /// Option `arguments`: what the source text of the arguments must look like.
    arguments: Option<Pattern>,
    /// Option `named`: what the variable, property or function must be called that the result goes to.
    named: Option<Pattern>,
    /// Option `harmless`: source texts of the arguments that it does not report.
    harmless: Option<Pattern>,
    /// Option `receiver`: what the source text of the receiver must look like.
    receiver: Option<Pattern>,
    /// Option `unless-guarded`: a condition around it that makes it meant.
    guard: Option<Pattern>,
    /// Option `harmless-value`: what an argument may be, or be bound to, without harm.
    harmless_value: Option<Pattern>,
    /// Option `unless-in-body`: what the body of the function around it must not hold.
    body: Option<Pattern>,
    /// Option `imports`: one of these modules must be imported.
    imports: Vec<String>,
    /// Option `statement`: nobody takes what the call gives.
    statement: bool,
    file: FileCondition,
}

pub(super) fn language_bit(language: Language) -> u8 {
    1 << language as u8
}

/// The languages of a rule as a set of bits; none named is all of them.
pub(super) fn language_bits(rule: &Rule) -> u8 {
    let bits = rule.languages.iter().fold(0, |bits, language| bits | language_bit(*language));
    if bits == 0 { u8::MAX } else { bits }
}

/// The regex that the text option `name` of a rule holds.
pub(super) fn pattern_option(rule: &Rule, name: &str) -> Option<Pattern> {
    match rule.options.get(name) {
        Some(OptionValue::Text(text)) => Some(Pattern::new(text)),
        _ => None,
    }
}

impl Callee {
    pub fn new(text: &str) -> Callee {
        match text.strip_prefix("*.") {
            Some(name) => Callee { path: name.into(), of_any_receiver: true },
            None => Callee { path: text.into(), of_any_receiver: false },
        }
    }

    pub fn key(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path).trim_end_matches('!')
    }

    /// Asks for the path of the callee only where its last name, which is known to be the same, does not decide.
    pub fn matches<'r>(&self, is_member: bool, resolved: impl FnOnce() -> &'r Resolved) -> bool {
        if self.of_any_receiver {
            is_member
                && (!self.path.contains('.')
                    || resolved().path.strip_suffix(&*self.path).is_some_and(|before| before.ends_with('.')))
        } else {
            let resolved = resolved();
            !resolved.local && resolved.path == *self.path
        }
    }
}

impl CallIndex {
    pub fn new(rules: &RuleSet) -> CallIndex {
        let mut index = CallIndex { matchers: Vec::new(), by_name: HashMap::new() };
        for rule in rules.iter() {
            let Matcher::Call(calls) = &rule.matcher else { continue };
            for call in calls {
                let matcher = index.matchers.len();
                for callee in call.callee.iter().map(|text| Callee::new(text)) {
                    index.by_name.entry(callee.key().into()).or_default().push(Candidate { matcher, callee });
                }
                index.matchers.push(CallRule {
                    rule: Arc::clone(rule),
                    languages: language_bits(rule),
                    args: call.args.iter().map(|(at, predicate)| (*at as usize, Condition::new(predicate))).collect(),
                    keywords: call.keywords.iter().map(|(name, one)| (name.clone(), Condition::new(one))).collect(),
                    any_arg: call.any_arg.as_ref().map(Condition::new),
                    inside: call.inside.clone(),
                    not_inside: call.not_inside.clone(),
                    sanitizers: rule.list("sanitizers").iter().map(|text| Callee::new(text)).collect(),
                    over_data: rule.flag("over-data"),
                    arguments: pattern_option(rule, "arguments"),
                    named: pattern_option(rule, "named"),
                    harmless: pattern_option(rule, "harmless"),
                    receiver: pattern_option(rule, "receiver"),
                    harmless_value: pattern_option(rule, "harmless-value"),
                    body: pattern_option(rule, "unless-in-body"),
                    guard: pattern_option(rule, "unless-guarded"),
                    imports: rule.list("imports").to_vec(),
                    statement: rule.flag("statement"),
                    file: FileCondition::new(rule),
                });
            }
        }
        index
    }

    pub fn run<'a>(&self, scene: &Scene<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let aliases = renamed(syntax, |last| self.by_name.contains_key(last));
        let language = language_bit(syntax.language);
        for call in &syntax.calls {
            let Some(name) = syntax.last_name(call.callee) else { continue };
            let name = name.trim_end_matches('!');
            let renamed = if aliases.is_empty() { None } else { aliases.get(name) };
            for name in [Some(name), renamed.copied()].into_iter().flatten() {
                let Some(candidates) = self.by_name.get(name) else { continue };
                let of_language =
                    |one: &Candidate| self.rule(one.matcher).is_some_and(|rule| rule.languages & language != 0);
                if candidates.iter().any(of_language) {
                    self.judge(scene, call, candidates, sink);
                }
            }
        }
    }

    fn rule(&self, matcher: usize) -> Option<&CallRule> {
        self.matchers.get(matcher)
    }

    fn judge<'a>(&self, scene: &Scene<'a>, call: &Call<'a>, candidates: &[Candidate], sink: &mut Sink) {
        let syntax = scene.syntax;
        let path: OnceCell<Resolved> = OnceCell::new();
        let resolved = || path.get_or_init(|| syntax.resolve_call(call));
        let is_member = syntax.member(call.callee).is_some();
        let mut given: Option<Given<'a>> = None;
        let mut reported: Vec<&str> = Vec::new();
        for candidate in candidates {
            let Some(rule) = self.rule(candidate.matcher) else { continue };
            let id = rule.rule.id.as_str();
            if rule.languages & language_bit(syntax.language) == 0
                || reported.contains(&id)
                || !scene.fits(&rule.inside, &rule.not_inside, call.node, call.scope)
                || !candidate.callee.matches(is_member, resolved)
            {
                continue;
            }
            let given = given.get_or_insert_with(|| Given::new(syntax, syntax.arguments(call)));
            if rule.holds(syntax, call, given)
                && rule.file.holds(scene)
                && (!rule.statement || is_statement(syntax, call.node))
                && !rule.guard.as_ref().is_some_and(|guard| scene.is_guarded(call.node, guard))
            {
                reported.push(id);
                let callee = short(syntax.text_of(call.callee), &resolved().path);
                sink.report(Hit::new(&rule.rule, span_of(scene, call)).with("callee", callee));
            }
        }
    }
}

/// Imported names that are called something else here, with the last name that rules know.
pub(super) fn renamed<'a>(syntax: &'a Syntax<'a>, is_known: impl Fn(&str) -> bool) -> HashMap<&'a str, &'a str> {
    let renamed = syntax.imports.iter().map(|(name, path)| (name, path.rsplit('.').next().unwrap_or(path)));
    renamed.filter(|(name, last)| name != last && is_known(last)).collect()
}

/// The arguments of one call, each evaluated at most once.
pub(super) struct Given<'a> {
    pub positional: Vec<Subject<'a>>,
    pub named: Vec<(String, Subject<'a>)>,
    pub spread: bool,
}

impl<'a> Given<'a> {
    pub fn new(syntax: &'a Syntax<'a>, arguments: Arguments<'a>) -> Given<'a> {
        Given {
            positional: arguments.positional.into_iter().map(|node| Subject::new(syntax, node)).collect(),
            named: arguments.named.into_iter().map(|(name, node)| (name, Subject::new(syntax, node))).collect(),
            spread: arguments.spread,
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.positional.iter().chain(self.named.iter().map(|(_, subject)| subject))
    }

    /// Whether the conditions by position and by keyword hold.
    pub fn fit(&self, args: &[(usize, Condition)], keywords: &[(String, Condition)]) -> bool {
        let asked = |condition: &Condition, subject: Option<&Subject<'a>>| match subject {
            Some(subject) => condition.holds(subject),
            None => condition.holds_of_missing(!self.spread),
        };
        args.iter().all(|(at, condition)| asked(condition, self.positional.get(*at)))
            && keywords.iter().all(|(name, condition)| {
                asked(condition, self.named.iter().find(|(given, _)| given == name).map(|(_, subject)| subject))
            })
    }
}

impl CallRule {
    fn holds<'a>(&self, syntax: &'a Syntax<'a>, call: &Call<'a>, given: &Given<'a>) -> bool {
        self.imports_fit(syntax)
            && given.fit(&self.args, &self.keywords)
            && self.any_arg.as_ref().is_none_or(|condition| given.all().any(|subject| condition.holds(subject)))
            && receiver_fits(self.receiver.as_ref(), syntax, call)
            && !self.is_harmless(syntax, call, given)
            && self.named.as_ref().is_none_or(|pattern| goes_to(syntax, call, pattern))
            && (!self.over_data || loops::depends_on_data_loop(syntax, call))
            && !self.body.as_ref().is_some_and(|pattern| pattern.is_match(body_around(syntax, call)))
    }

    fn imports_fit(&self, syntax: &Syntax<'_>) -> bool {
        self.imports.is_empty() || self.imports.iter().any(|module| syntax.imports.has_module(module))
    }

    fn is_harmless<'a>(&self, syntax: &'a Syntax<'a>, call: &Call<'a>, given: &Given<'a>) -> bool {
        let arguments = call.arguments.map(|node| beginning(syntax.text_of(node))).unwrap_or_default();
        self.arguments.as_ref().is_some_and(|pattern| !pattern.is_match(arguments))
            || self.harmless.as_ref().is_some_and(|pattern| pattern.is_match(arguments))
            || self.harmless_value.as_ref().is_some_and(|pattern| {
                let bound = |one: &Subject<'a>| syntax.bound_value(one.node).unwrap_or(one.node);
                given.all().any(|one| pattern.is_match(beginning(syntax.text_of(bound(one)))))
            })
            || (!self.sanitizers.is_empty() && given.all().any(|one| is_sanitized(syntax, one.node, &self.sanitizers)))
    }
}

/// Whether the source text or the path of what a method is called on matches.
pub(super) fn receiver_fits<'a>(pattern: Option<&Pattern>, syntax: &'a Syntax<'a>, call: &Call<'a>) -> bool {
    let Some(pattern) = pattern else { return true };
    let Some((receiver, _)) = syntax.member(call.callee) else { return false };
    pattern.is_match(syntax.text_of(receiver)) || pattern.is_match(&syntax.resolve(receiver).path)
}

/// Whether what `node` gives is dropped.
pub(super) fn is_statement<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    syntax.around(node).next().is_some_and(|parent| parent.kind() == "expression_statement")
}

/// The beginning of the body of the function that `call` stands in; empty outside of functions.
fn body_around<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>) -> &'a str {
    let function = call.scope.function.and_then(|index| syntax.functions.get(index as usize));
    let body = function.and_then(|function| function.node.child_by_field_name("body"));
    body.map(|body| beginning(syntax.text_of(body))).unwrap_or_default()
}

/// How far up the name is looked for that a value goes to.
const MAX_UP: usize = 10;

/// Nodes that give a value to a name.
const RECIPIENTS: &[&str] = &[
    "assignment",
    "augmented_assignment",
    "keyword_argument",
    "assignment_expression",
    "augmented_assignment_expression",
    "compound_assignment_expr",
    "variable_declarator",
    "public_field_definition",
    "pair",
    "let_declaration",
    "const_item",
    "static_item",
    "field_initializer",
];

/// Whether the result of `call` goes to a variable, property or keyword whose name matches, or is what a function of
/// such a name works out.
fn goes_to<'a>(syntax: &'a Syntax<'a>, call: &Call<'a>, pattern: &Pattern) -> bool {
    let recipient = syntax.around(call.node).take(MAX_UP).find(|node| RECIPIENTS.contains(&node.kind()));
    let name = recipient
        .and_then(|node| ["left", "name", "key", "pattern"].iter().find_map(|field| node.child_by_field_name(field)));
    if name.is_some_and(|name| pattern.is_match(syntax.text_of(name))) {
        return true;
    }
    let function = call.scope.function.and_then(|index| syntax.functions.get(index as usize));
    function.is_some_and(|function| pattern.is_match(function.name.rsplit('.').next().unwrap_or(&function.name)))
}

/// Whether a sanitizer is called in `node`, in what it is bound to, or in a function of this file that is called there.
fn is_sanitized<'a>(syntax: &'a Syntax<'a>, node: Node<'a>, sanitizers: &[Callee]) -> bool {
    let node = syntax.bound_value(syntax.unwrap(node)).unwrap_or(node);
    calls_one_of(syntax, node, sanitizers, true)
}

/// How many of the calls in an argument are looked up in the file.
const MAX_FOLLOWED: usize = 8;

fn calls_one_of<'a>(syntax: &'a Syntax<'a>, node: Node<'a>, sanitizers: &[Callee], follow: bool) -> bool {
    let range = node.byte_range();
    let first = syntax.calls.partition_point(|call| call.node.start_byte() < range.start);
    let within = syntax.calls.iter().skip(first).take_while(|call| call.node.start_byte() < range.end);
    within.filter(|call| call.node.end_byte() <= range.end).enumerate().any(|(index, call)| {
        let name = syntax.last_name(call.callee).unwrap_or_default();
        let is_plain = follow && index < MAX_FOLLOWED && syntax.member(call.callee).is_none();
        let mut own = syntax.functions.iter().filter(|function| is_plain && function.name == name);
        let in_own = own.any(|function| calls_one_of(syntax, function.node, sanitizers, false));
        in_own
            || sanitizers.iter().filter(|one| one.key() == name).any(|sanitizer| {
                let path = syntax.resolve_call(call);
                sanitizer.matches(syntax.member(call.callee).is_some(), || &path)
            })
    })
}

/// Sanitizers of an assignment rule, which has no call of its own.
pub(super) struct Sanitizers(Vec<Callee>);

impl Sanitizers {
    pub fn new(rule: &Rule) -> Sanitizers {
        Sanitizers(rule.list("sanitizers").iter().map(|text| Callee::new(text)).collect())
    }

    pub fn clean<'a>(&self, syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
        !self.0.is_empty() && is_sanitized(syntax, node, &self.0)
    }
}

/// As much of a text as rules are asked about: calls nested in calls would cost the square of their text.
pub(super) fn beginning(text: &str) -> &str {
    const MOST: usize = 4096;
    let end = (0..=MOST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// The call; of a chain over several lines, the part from its last name on.
pub(super) fn span_of<'a>(scene: &Scene<'a>, call: &Call<'a>) -> std::ops::Range<usize> {
    let callee = call.callee;
    let start = match scene.syntax.last_name(callee) {
        Some(name) if callee.start_position().row != callee.end_position().row => callee.end_byte() - name.len(),
        _ => call.node.start_byte(),
    };
    let text = scene.syntax.text.get(start..call.node.end_byte()).unwrap_or_default();
    start..start + beginning(text).len()
}

/// The callee as it is written, or its path where that is too long to quote.
pub(super) fn short<'t>(written: &'t str, path: &'t str) -> &'t str {
    let readable = |text: &&str| text.len() <= 60 && !text.contains('\n');
    [written, path].into_iter().find(readable).unwrap_or_else(|| path.rsplit('.').next().unwrap_or(path))
}
