//! Comparisons that do not say what is meant. No list of the walk holds them: they are found by their operator in the text,
//! and looked at in the tree where what stands beside it is of interest.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Check, MOST, comparison_at};
use crate::analyze::Sink;
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Node, Role, Scope, Syntax};

pub struct Comparisons {
    none: Check,
    literal: Check,
    exact_type: Check,
    nan: Check,
    dropped: Check,
    secret: Check,
    count: Check,
}

/// `None` only if the pattern were wrong, which a test would show; so below.
static OPERATOR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"==|!=|\bis\s+(?:not\s+)?["'0-9(\[{-]|\.count\(\)\s*>"#).ok());

/// What a secret is called that somebody sends to prove who they are.
static SECRET_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|_)(?:token|api_?key|secret|secret_?key|signature|sig|hmac|mac|digest|otp|totp)$").ok()
});

/// How much text around an operator tells whether a look at the tree is worth it, in bytes.
const BESIDE: usize = 120;

impl Comparisons {
    pub fn new(rules: &RuleSet) -> Comparisons {
        Comparisons {
            none: Check::new(rules, "python-none-comparison"),
            literal: Check::new(rules, "python-literal-identity"),
            exact_type: Check::new(rules, "python-type-comparison"),
            nan: Check::new(rules, "python-nan-comparison"),
            dropped: Check::new(rules, "python-dropped-comparison"),
            secret: Check::new(rules, "python-secret-comparison"),
            count: Check::new(rules, "python-count-comparison"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let Some(operator) = OPERATOR.as_ref() else { return };
        let text = scene.syntax.text;
        // Where codes are made, a variable of any name may hold one.
        let has_codes = scene.syntax.imports.has_module("hmac");
        for found in operator.find_iter(text).take(MOST) {
            let beside = Beside::new(text, found.range());
            match found.as_str().as_bytes() {
                [b'=' | b'!', b'='] if has_codes || beside.is_of_interest() => self.equality(scene, &beside, sink),
                [b'=' | b'!', b'='] => {}
                [b'i', b's', ..] => self.identity(scene, &beside, sink),
                _ => self.at_count(scene, found.range(), sink),
            }
        }
    }

    fn equality(&self, scene: &Scene<'_>, beside: &Beside<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let Some(node) = comparison_at(syntax, beside.operator.clone()) else { return };
        let (Some(left), Some(right)) = (node.named_child(0), node.named_child(1)) else { return };
        let span = node.byte_range();
        let scope = scope_of(syntax, node);
        if left.kind() == "none" || right.kind() == "none" {
            if !is_condition_of_query(syntax, node) && !scene.in_test(scope) {
                self.none.report(&span, sink);
            }
        } else if is_nan(syntax, left) || is_nan(syntax, right) {
            self.nan.report(&span, sink);
        } else if is_type_call(syntax, left) && is_class_name(syntax, right) {
            self.exact_type.report(&span, sink);
        } else if is_statement(syntax, node) {
            if !scene.in_test(scope) {
                self.dropped.report(&span, sink);
            }
        } else if !scene.in_test(scope) && compares_secret(syntax, left, right) {
            self.secret.report(&span, sink);
        } else if !scene.in_test(scope) && is_bare_count(syntax, left) && matches!(syntax.text_of(right), "0") {
            self.count.report(&span, sink);
        }
    }

    fn identity(&self, scene: &Scene<'_>, beside: &Beside<'_>, sink: &mut Sink) {
        let operator = beside.operator.start..beside.operator.start + 2;
        let Some(node) = comparison_at(scene.syntax, operator) else { return };
        let Some(right) = node.named_child(1) else { return };
        let is_literal = matches!(
            right.kind(),
            "string" | "concatenated_string" | "integer" | "float" | "list" | "dictionary" | "set" | "tuple"
        );
        if is_literal || (right.kind() == "unary_operator" && scene.syntax.value(right).is_constant()) {
            self.literal.report(&node.byte_range(), sink);
        }
    }

    /// `rows.count() > 0`.
    fn at_count(&self, scene: &Scene<'_>, found: Range<usize>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let Some(node) = comparison_at(syntax, found.end - 1..found.end) else { return };
        let (Some(left), Some(right)) = (node.named_child(0), node.named_child(1)) else { return };
        let is_first = syntax.text.get(found.end..).is_some_and(|rest| !rest.starts_with('='));
        if !scene.in_test(scope_of(syntax, node))
            && is_bare_count(syntax, left)
            && matches!((is_first, syntax.text_of(right)), (true, "0") | (false, "1"))
        {
            self.count.report(&node.byte_range(), sink);
        }
    }
}

/// The text on both sides of an operator, on its line.
struct Beside<'t> {
    operator: Range<usize>,
    before: &'t str,
    after: &'t str,
}

impl<'t> Beside<'t> {
    fn new(text: &'t str, operator: Range<usize>) -> Beside<'t> {
        let before = text.get(..operator.start).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let start = line.max(
            (operator.start.saturating_sub(BESIDE)..operator.start)
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(line),
        );
        let rest = text.get(operator.end..).unwrap_or_default();
        let end = rest.find('\n').unwrap_or(rest.len()).min(BESIDE);
        let end = (0..=end).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
        Beside {
            operator,
            before: text.get(start.max(line)..before.len()).unwrap_or_default(),
            after: rest.get(..end).unwrap_or_default(),
        }
    }

    /// Whether one of the checks could have something to say; most comparisons are of no interest.
    fn is_of_interest(&self) -> bool {
        let after = self.after.trim_start();
        let before = self.before.trim();
        let starts_line =
            !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte));
        starts_line
            || after.starts_with("None")
            || before.ends_with("None")
            || before.ends_with(".count()")
            || before.contains("type(")
            || after.starts_with("float(")
            || before.contains("nan")
            || after.contains("nan")
            || after.contains("NaN")
            || is_like_secret(before)
            || is_like_secret(after)
    }
}

/// Whether a name stands in it that [`SECRET_NAME`] could match.
fn is_like_secret(text: &str) -> bool {
    const PARTS: &[&str] = &["token", "secret", "sig", "mac", "digest", "key", "otp"];
    let text = text.to_ascii_lowercase();
    PARTS.iter().any(|part| text.contains(part))
}

fn scope_of<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> Scope {
    syntax.function_at(node.start_byte()).map(|function| function.inner).unwrap_or_default()
}

fn is_statement<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    let mut around = syntax.around(node);
    let is_whole = around.next().is_some_and(|parent| parent.kind() == "expression_statement");
    // A function that does nothing else is there to have the comparison measured.
    let is_alone = around.next().is_some_and(|block| block.kind() == "block" && block.named_child_count() == 1);
    is_whole && !(is_alone && around.next().is_some_and(|outer| outer.kind() == "function_definition"))
}

/// Whether a comparison is given to something that overloads it: a query, an index of a table.
fn is_condition_of_query<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    let ends = |kind: &str| kind.ends_with("_statement") || kind == "block";
    let mut around = syntax.around(node).take_while(|node| !ends(node.kind()));
    around
        .any(|node| matches!(node.kind(), "argument_list" | "subscript" | "lambda" | "binary_operator" | "assignment"))
}

fn is_nan<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    match node.kind() {
        "attribute" | "identifier" => {
            matches!(syntax.resolve(node).path.as_str(), "numpy.nan" | "numpy.NaN" | "numpy.NAN" | "math.nan")
        }
        "call" => {
            let argument = syntax.child(node, Role::Arguments).and_then(|arguments| arguments.named_child(0));
            syntax.child(node, Role::Callee).is_some_and(|callee| syntax.text_of(callee) == "float")
                && argument.is_some_and(|argument| {
                    syntax.text_of(argument).trim_matches(['"', '\'']).eq_ignore_ascii_case("nan")
                })
        }
        _ => false,
    }
}

/// `type(x)`, of one argument.
fn is_type_call<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    node.kind() == "call"
        && syntax.child(node, Role::Callee).is_some_and(|callee| syntax.text_of(callee) == "type")
        && syntax.child(node, Role::Arguments).is_some_and(|arguments| arguments.named_child_count() == 1)
        && !syntax.is_bound("type")
}

/// `str`, `Decimal`, `models.Model`: by convention a class, rather than a variable that holds one.
fn is_class_name<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    const BUILT_IN: &[&str] =
        &["str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set", "frozenset", "complex"];
    let name = syntax.last_name(node).unwrap_or_default();
    (node.kind() == "identifier" && BUILT_IN.contains(&name))
        || (matches!(node.kind(), "identifier" | "attribute")
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.contains(|c: char| c.is_ascii_lowercase()))
}

/// Whether a code that proves something (the HMAC of a message, a token that came with a request) is compared in a time that
/// tells how much of it is right.
fn compares_secret<'a>(syntax: &'a Syntax<'a>, left: Node<'a>, right: Node<'a>) -> bool {
    let is_fixed = |node: Node<'a>| syntax.value(node).is_constant();
    if is_fixed(left) || is_fixed(right) {
        return false;
    }
    is_mac(syntax, left)
        || is_mac(syntax, right)
        || (is_sent(syntax, left) && is_secret(syntax, right))
        || (is_sent(syntax, right) && is_secret(syntax, left))
}

fn is_mac<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    const CODES: &[&str] =
        &["hmac.new().hexdigest()", "hmac.new().digest()", "hmac.digest()", "hmac.HMAC().hexdigest()"];
    let path = syntax.resolve(node).path;
    CODES.contains(&path.as_str())
}

/// Something of a request: `request.headers["X-Token"]`, or a name that is bound to it.
fn is_sent<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    const PLACES: &[&str] = &[
        "request.headers",
        "request.args",
        "request.form",
        "request.cookies",
        "request.json",
        "request.GET",
        "request.POST",
        "request.META",
        "request.COOKIES",
        "request.query_params",
        "request.get_json()",
    ];
    let node = syntax.bound_value(node).unwrap_or(node);
    let text = syntax.text_of(node);
    let text = text.strip_prefix("self.").or_else(|| text.strip_prefix("flask.")).unwrap_or(text);
    PLACES.iter().any(|place| text.starts_with(place))
}

/// A variable, property, key or setting that is called as secrets are.
fn is_secret<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    let Some(pattern) = SECRET_NAME.as_ref() else { return false };
    let name = match node.kind() {
        "subscript" => node.child_by_field_name("subscript").map(|key| syntax.text_of(key).trim_matches(['"', '\''])),
        "call" => {
            let key = syntax.child(node, Role::Arguments).and_then(|arguments| arguments.named_child(0));
            key.map(|key| syntax.text_of(key).trim_matches(['"', '\'']))
        }
        _ => syntax.last_name(node),
    };
    name.is_some_and(|name| pattern.is_match(name))
}

/// `x.count()` without an argument: a list's needs one, a query's does not.
fn is_bare_count<'a>(syntax: &'a Syntax<'a>, node: Node<'a>) -> bool {
    let Some(callee) = syntax.child(node, Role::Callee) else { return false };
    let Some((receiver, "count")) = syntax.member(callee) else { return false };
    let path = syntax.resolve(receiver).path;
    syntax.child(node, Role::Arguments).is_some_and(|arguments| arguments.named_child_count() == 0)
        && (path.contains(".objects") || path.contains(".filter()") || path.contains(".query"))
}
