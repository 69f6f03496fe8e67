//! Regexes that a text can keep busy: found where they are written, judged by the automaton of the pattern.
//!
//! Silent where an engine does not go back (RE2, Rust's `regex`), where the loop holds a word boundary, a look-around or a
//! back-reference, inside of look-arounds, and where the pattern is put together at run time.

mod ambiguity;
mod automaton;
mod class;
mod parse;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use self::ambiguity::Witness;
use self::automaton::Automaton;
use self::parse::{Ast, Flags, Guard, parse};
use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Rule};
use crate::rulebook::RuleSet;
use crate::syntax::{Call, Node, Syntax};

pub struct RegexRules {
    exponential: Vec<Arc<Rule>>,
    polynomial: Vec<Arc<Rule>>,
}

/// A pattern in the code.
struct Found<'t> {
    pattern: Cow<'t, str>,
    flags: Flags,
    /// It must match the whole text.
    is_full: bool,
    span: Range<usize>,
}

/// Functions that are given a pattern first. Those of the second list match from end to end.
const PYTHON: &[&str] = &[
    "re.compile",
    "re.match",
    "re.search",
    "re.sub",
    "re.subn",
    "re.split",
    "re.findall",
    "re.finditer",
    "re.fullmatch",
    "regex.compile",
    "regex.match",
    "regex.search",
    "regex.sub",
    "regex.findall",
    "regex.fullmatch",
    "django.core.validators.RegexValidator",
    "django.urls.re_path",
];
const FULL: &[&str] = &["re.fullmatch", "regex.fullmatch"];
const RUST: &[&str] = &["onig.Regex.new", "pcre2.bytes.Regex.new", "fancy_regex.Regex.new"];

/// The longest part of a pattern that a message quotes, in characters.
const MAX_QUOTE: usize = 60;

impl RegexRules {
    pub fn new(rules: &RuleSet) -> RegexRules {
        RegexRules {
            exponential: rules.with_builtin("regex-exponential").cloned().collect(),
            polynomial: rules.with_builtin("regex-polynomial").cloned().collect(),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if self.exponential.is_empty() && self.polynomial.is_empty() {
            return;
        }
        let syntax = scene.syntax;
        for node in &syntax.regexes {
            if let Some(found) = literal(syntax, *node)
                && !scene.in_test(syntax.function_at(node.start_byte()).map(|one| one.inner).unwrap_or_default())
            {
                self.judge(&found, sink);
            }
        }
        for call in &syntax.calls {
            if may_take_pattern(syntax, call)
                && !scene.in_test(call.scope)
                && let Some(found) = given(syntax, call)
            {
                self.judge(&found, sink);
            }
        }
    }

    fn judge(&self, found: &Found<'_>, sink: &mut Sink) {
        let repeats = found.pattern.bytes().filter(|byte| matches!(byte, b'*' | b'+' | b'{')).count();
        if repeats < 2 {
            return;
        }
        let Some(automaton) = automaton_of(found) else { return };
        let report = |rules: &[Arc<Rule>], witness: &Witness, sink: &mut Sink| {
            for rule in rules {
                sink.report(hit(rule, found, witness));
            }
        };
        if let Some(witness) = automaton.exponential() {
            report(&self.exponential, &witness, sink);
        } else if let Some(witness) = automaton.polynomial() {
            report(&self.polynomial, &witness, sink);
        }
    }
}

fn automaton_of(found: &Found<'_>) -> Option<Automaton> {
    let (ast, flags) = parse(&found.pattern, found.flags)?;
    Automaton::new(&ast, found.is_full, flags.multi_line)
}

fn hit(rule: &Arc<Rule>, found: &Found<'_>, witness: &Witness) -> Hit {
    let mut quoted: String = found.pattern.chars().take(MAX_QUOTE).collect();
    if quoted.len() < found.pattern.len() {
        quoted.push('…');
    }
    let pump: String = witness.pump.escape_debug().collect();
    Hit::new(rule, found.span.clone())
        .with("pattern", quoted)
        .with("pump", pump)
        .property("prefix", witness.prefix.as_str())
        .property("pump", witness.pump.as_str())
        .property("suffix", witness.suffix.as_str())
}

/// `/…/flags`
fn literal<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<Found<'t>> {
    let pattern = syntax.text_of(node.child_by_field_name("pattern")?);
    let flags = node.child_by_field_name("flags").map_or("", |flags| syntax.text_of(flags));
    Some(Found { pattern: pattern.into(), flags: javascript(flags)?, is_full: false, span: node.byte_range() })
}

fn javascript(flags: &str) -> Option<Flags> {
    // With `v` a set may hold others.
    (!flags.contains('v')).then(|| Flags {
        ignore_case: flags.contains('i'),
        dot_all: flags.contains('s'),
        multi_line: flags.contains('m'),
        verbose: false,
        is_javascript: true,
    })
}

/// A cheap look before the callee is resolved.
fn may_take_pattern<'t>(syntax: &Syntax<'t>, call: &Call<'t>) -> bool {
    let Some(name) = syntax.last_name(call.callee) else { return false };
    match syntax.language {
        Language::Python => {
            PYTHON.iter().any(|path| path.rsplit('.').next() == Some(name)) || syntax.imports.path_of(name).is_some()
        }
        Language::Rust => name == "new",
        _ => name == "RegExp",
    }
}

/// The pattern that a call is given.
fn given<'t>(syntax: &Syntax<'t>, call: &Call<'t>) -> Option<Found<'t>> {
    let resolved = syntax.resolve_call(call);
    let path = resolved.path.as_str();
    let known = match syntax.language {
        Language::Python => PYTHON.contains(&path),
        Language::Rust => RUST.contains(&path),
        _ => path == "RegExp",
    };
    if !known || resolved.local {
        return None;
    }
    let arguments = syntax.arguments(call);
    let named =
        || arguments.named.iter().find(|(name, _)| matches!(name.as_str(), "pattern" | "regex")).map(|(_, node)| *node);
    let node = arguments.positional.first().copied().or_else(named)?;
    let pattern = text(syntax, node, 0)?;
    let mut flags = Flags::default();
    if syntax.language.is_javascript_like() {
        let given = arguments.positional.get(1).map_or("", |flags| syntax.text_of(*flags));
        flags = javascript(given)?;
    } else if let Some(arguments) = call.arguments {
        let text = syntax.text_of(arguments);
        let has = |long: &str, short: &str| text.contains(long) || text.contains(short);
        flags.verbose = has("re.VERBOSE", "re.X");
        flags.dot_all = has("re.DOTALL", "re.S");
        flags.multi_line = has("re.MULTILINE", "re.M");
        flags.ignore_case = has("re.IGNORECASE", "re.I");
    }
    // It hands all that it can to an engine that never goes back.
    if path == "fancy_regex.Regex.new" && !parse(&pattern, flags).is_some_and(|(ast, _)| looks_around(&ast)) {
        return None;
    }
    Some(Found { pattern: pattern.into(), flags, is_full: FULL.contains(&path), span: node.byte_range() })
}

fn looks_around(ast: &Ast) -> bool {
    match ast {
        Ast::Guard(guard) => *guard == Guard::Unknown,
        Ast::Concat(parts) | Ast::Alternation(parts) => parts.iter().any(looks_around),
        Ast::Repeat { inner, .. } => looks_around(inner),
        Ast::Empty | Ast::Char(_) => false,
    }
}

/// How many names and sums a pattern is followed through.
const MAX_HOPS: u32 = 8;

/// The text of a literal as the program sees it: other than the value of the node, which is as it is written.
fn text<'t>(syntax: &Syntax<'t>, node: Node<'t>, hops: u32) -> Option<String> {
    if hops > MAX_HOPS {
        return None;
    }
    let node = syntax.unwrap(node);
    match node.kind() {
        "string" | "string_literal" | "raw_string_literal" => unquoted(syntax.text_of(node), syntax.language),
        "concatenated_string" => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).map(|part| text(syntax, part, hops + 1)).collect()
        }
        "binary_operator" | "binary_expression" => {
            let sides = node.child_by_field_name("left").zip(node.child_by_field_name("right"));
            let (left, right) =
                sides.filter(|_| node.child_by_field_name("operator").is_some_and(|sign| sign.kind() == "+"))?;
            Some(text(syntax, left, hops + 1)? + &text(syntax, right, hops + 1)?)
        }
        "identifier" => text(syntax, syntax.bound_value(node)?, hops + 1),
        _ => None,
    }
}

/// What stands between the quotes, its escapes read as far as they make a difference to a regex.
fn unquoted(written: &str, language: Language) -> Option<String> {
    let open = written.find(['"', '\'', '`'])?;
    let prefix = written.get(..open)?.to_ascii_lowercase();
    if prefix.contains('f') || prefix.contains('t') {
        return None;
    }
    let quoted = written.get(open..)?;
    let quotes = ["\"\"\"", "'''", "\"", "'", "`"].into_iter().find(|quotes| quoted.starts_with(quotes))?;
    let hashes = prefix.bytes().filter(|byte| *byte == b'#').count();
    let end = quoted.len().checked_sub(quotes.len() + hashes)?;
    let inner = quoted.get(quotes.len()..end)?;
    if prefix.contains('r') {
        return Some(inner.to_owned());
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next()? {
            c @ ('\\' | '"' | '\'' | '`') => text.push(c),
            // To a regex `\n` is the same as what it stands for.
            c if language == Language::Python || "nrtfv0xu".contains(c) => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    Some(text)
}
