//! Express applications: whether helmet, or the code itself, sets the security headers, and what helmet's options say.

use std::ops::Range;

use super::header::{Header, fault};
use crate::model::{Confidence, TargetRole};
use crate::syntax::{Call, Node, Syntax, Value};

/// Something to report: the rule, its place, and what fills the rule's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub rule: &'static str,
    pub span: Range<usize>,
    pub fills: Vec<(&'static str, String)>,
    pub confidence: Confidence,
}

/// helmet's options by their names of old and new, and the header that each is about.
const OPTIONS: &[(&str, Header)] = &[
    ("contentSecurityPolicy", Header::Csp),
    ("hsts", Header::Hsts),
    ("strictTransportSecurity", Header::Hsts),
    ("noSniff", Header::ContentTypeOptions),
    ("xContentTypeOptions", Header::ContentTypeOptions),
    ("frameguard", Header::FrameOptions),
    ("xFrameOptions", Header::FrameOptions),
    ("referrerPolicy", Header::ReferrerPolicy),
];

/// What helmet sends by default that a policy of one's own is completed with.
const DEFAULT_POLICY: &[(&str, &str)] = &[
    ("default-src", "'self'"),
    ("base-uri", "'self'"),
    ("frame-ancestors", "'self'"),
    ("object-src", "'none'"),
    ("script-src", "'self'"),
];

/// Judges a file that creates an Express application or configures helmet.
pub fn judge<'t>(syntax: &Syntax<'t>, role: TargetRole) -> Vec<Found> {
    let mut found = Vec::new();
    if role == TargetRole::Test || !["express", "helmet"].iter().any(|module| syntax.imports.has_module(module)) {
        return found;
    }
    let calls: Vec<(&Call<'t>, String)> = syntax
        .calls
        .iter()
        .filter(|call| !call.scope.in_test)
        .map(|call| (call, syntax.resolve_call(call).path))
        .filter(|(_, path)| path.starts_with("express") || path.starts_with("helmet"))
        .collect();
    for (call, path) in &calls {
        match path.as_str() {
            "helmet" => options(syntax, call, &mut found),
            "helmet.contentSecurityPolicy" => {
                let settings = syntax.arguments(call).positional.first().copied();
                found.extend(settings.and_then(|settings| policy(syntax, settings)));
            }
            "helmet.hsts" | "helmet.strictTransportSecurity" => {
                let settings = syntax.arguments(call).positional.first().copied();
                found.extend(settings.and_then(|settings| short_hsts(syntax, settings)));
            }
            _ => {}
        }
    }
    application(syntax, &calls, role, &mut found);
    found
}

/// The application itself, when nothing in the file sets the headers.
fn application<'t>(syntax: &Syntax<'t>, calls: &[(&Call<'t>, String)], role: TargetRole, found: &mut Vec<Found>) {
    let apps: Vec<Range<usize>> =
        calls.iter().filter(|(_, path)| path == "express").map(|(call, _)| call.node.byte_range()).collect();
    if apps.is_empty() {
        return;
    }
    let is_used = calls.iter().any(|(_, path)| path.starts_with("express()."))
        || ["module.exports", "export "].iter().any(|word| syntax.text.contains(word));
    let has_helmet = syntax.imports.has_module("helmet")
        || calls.iter().any(|(_, path)| path.starts_with("helmet"))
        || ["lusca", "middie-helmet"].iter().any(|module| syntax.imports.has_module(module));
    if !is_used || has_helmet {
        return;
    }
    let lower = syntax.text.to_ascii_lowercase();
    let sets_itself = Header::ALL.iter().any(|header| lower.contains(&header.name().to_ascii_lowercase()));
    let (rule, confidence, fills) = if !sets_itself && !uses_security(syntax, calls) {
        let is_shown = role == TargetRole::Script && !syntax.text.contains(".listen(");
        let confidence = if is_shown || is_handed_on(syntax) { Confidence::Low } else { Confidence::Medium };
        ("headers/express-without-helmet", confidence, Vec::new())
    } else if !lower.contains("x-powered-by") {
        let fills = vec![("remedy", "say `app.disable(\"x-powered-by\")`".to_owned())];
        ("headers/powered-by", Confidence::Medium, fills)
    } else {
        return;
    };
    found.extend(apps.into_iter().map(|span| Found { rule, span, fills: fills.clone(), confidence }));
}

/// Whether `app.use(…)` is given something whose name speaks of security.
fn uses_security<'t>(syntax: &Syntax<'t>, calls: &[(&Call<'t>, String)]) -> bool {
    let uses = calls.iter().filter(|(_, path)| path == "express().use");
    uses.filter_map(|(call, _)| call.arguments).any(|arguments| {
        let text = syntax.text_of(arguments).get(..200).unwrap_or(syntax.text_of(arguments)).to_ascii_lowercase();
        ["helmet", "secur", "header", "hardening"].iter().any(|word| text.contains(word))
    })
}

/// Whether the application is given to a function that may set it up.
fn is_handed_on<'t>(syntax: &Syntax<'t>) -> bool {
    syntax.calls.iter().any(|call| {
        let is_server =
            matches!(syntax.last_name(call.callee), Some("createServer" | "listen" | "log" | "request" | "use"));
        !is_server
            && syntax
                .arguments(call)
                .positional
                .iter()
                .any(|argument| argument.kind() == "identifier" && syntax.resolve(*argument).path == "express()")
    })
}

/// The options that a call `helmet({ … })` gives.
fn options<'t>(syntax: &Syntax<'t>, call: &Call<'t>, found: &mut Vec<Found>) {
    let arguments = syntax.arguments(call);
    let Some(settings) = arguments.positional.first().copied().or_else(|| call.arguments?.named_child(0)) else {
        return;
    };
    let pairs = pairs(syntax, settings);
    let is_off = |name: &str| pairs.iter().any(|(key, value, _)| key == name && syntax.value(*value) == Value::False);
    let has_no_policy = is_off("contentSecurityPolicy");
    let lower = syntax.text.to_ascii_lowercase();
    for (key, value, pair) in &pairs {
        let is_false = syntax.value(*value) == Value::False;
        if is_false && matches!(key.as_str(), "hidePoweredBy" | "xPoweredBy") {
            let fills = vec![("remedy", format!("remove `{key}: false`"))];
            let span = pair.byte_range();
            found.push(Found { rule: "headers/powered-by", span, fills, confidence: Confidence::High });
        }
        let Some((_, header)) = OPTIONS.iter().find(|(name, _)| name == key) else { continue };
        match header {
            // Whatever sets the header by hand does not need helmet for it.
            _ if is_false && lower.contains(&format!("\"{}\"", header.name().to_ascii_lowercase())) => {}
            _ if is_false && lower.contains(&format!("'{}'", header.name().to_ascii_lowercase())) => {}
            // The default policy has `frame-ancestors`.
            Header::FrameOptions if is_false && !has_no_policy => {}
            _ if is_false => found.push(switched_off(*header, key, *pair)),
            Header::Csp => found.extend(policy(syntax, *value)),
            Header::Hsts => found.extend(short_hsts(syntax, *value)),
            _ => {}
        }
    }
}

fn switched_off(header: Header, option: &str, pair: Node<'_>) -> Found {
    let fills = vec![
        ("subject", format!("helmet with `{option}: false`")),
        ("doubt", String::new()),
        ("remedy", "remove the option or give it a value".to_owned()),
    ];
    Found { rule: header.missing_rule(), span: pair.byte_range(), fills, confidence: Confidence::Medium }
}

/// Judges `{ directives: { scriptSrc: [...] } }` as the header that helmet makes of it.
fn policy<'t>(syntax: &Syntax<'t>, settings: Node<'t>) -> Option<Found> {
    let settings = pairs(syntax, settings);
    let (_, directives, _) = settings.iter().find(|(key, ..)| key == "directives")?;
    let uses_defaults =
        !settings.iter().any(|(key, value, _)| key == "useDefaults" && syntax.value(*value) == Value::False);
    let mut text: Vec<(String, String)> = Vec::new();
    for (key, value, _) in pairs(syntax, *directives) {
        text.push((kebab(&key), sources(syntax, value)));
    }
    if uses_defaults {
        for (name, sources) in
            DEFAULT_POLICY.iter().filter(|(name, _)| !text.iter().any(|(known, _)| known == name)).collect::<Vec<_>>()
        {
            text.push(((*name).to_owned(), (*sources).to_owned()));
        }
    }
    let header: Vec<String> = text.iter().map(|(name, sources)| format!("{name} {sources}")).collect();
    let fault = fault(Header::Csp, &header.join("; ")).filter(|fault| fault.serious)?;
    let scripts = pairs(syntax, *directives).into_iter().find(|(key, ..)| matches!(kebab(key).as_str(), "script-src"));
    let place = scripts.map_or(*directives, |(_, _, pair)| pair);
    let fills = vec![("what", fault.what)];
    Some(Found { rule: fault.rule, span: place.byte_range(), fills, confidence: Confidence::High })
}

fn short_hsts<'t>(syntax: &Syntax<'t>, settings: Node<'t>) -> Option<Found> {
    let (_, value, pair) = pairs(syntax, settings).into_iter().find(|(key, ..)| key == "maxAge")?;
    let Value::Integer(seconds) = syntax.value(value) else { return None };
    let fault = fault(Header::Hsts, &format!("max-age={seconds}"))?;
    let fills = vec![("what", fault.what)];
    Some(Found { rule: fault.rule, span: pair.byte_range(), fills, confidence: Confidence::High })
}

/// The sources that an array of strings lists; what is not known stands as a variable.
fn sources(syntax: &Syntax<'_>, node: Node<'_>) -> String {
    let one = |node: Node<'_>| match node.kind() {
        // One quote at either end: the sources have quotes of their own.
        "string" => {
            let range = node.byte_range();
            syntax.text.get(range.start + 1..range.end.saturating_sub(1)).unwrap_or_default().to_owned()
        }
        _ => "$unknown".to_owned(),
    };
    if node.kind() != "array" {
        return one(node);
    }
    let mut cursor = node.walk();
    let all: Vec<String> =
        node.named_children(&mut cursor).filter(|child| child.kind() != "comment").map(one).collect();
    all.join(" ")
}

/// `scriptSrc` is `script-src` in the header; quoted keys may already be.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

/// Key, value and the pair itself of an object literal; none for any other node.
fn pairs<'t>(syntax: &Syntax<'t>, object: Node<'t>) -> Vec<(String, Node<'t>, Node<'t>)> {
    let object = syntax.unwrap(object);
    if object.kind() != "object" {
        return Vec::new();
    }
    let mut cursor = object.walk();
    let pairs = object.named_children(&mut cursor).filter(|child| child.kind() == "pair");
    pairs
        .filter_map(|pair| {
            let key = syntax.text_of(pair.child_by_field_name("key")?).trim_matches(['"', '\'']).to_owned();
            Some((key, syntax.unwrap(pair.child_by_field_name("value")?), pair))
        })
        .collect()
}
