//! Python: applications of Flask (with or without Talisman), FastAPI and Starlette; the settings of Django are a matter of
//! their own.

use super::code::{below, bound, plain};
use super::django;
use super::header::Header;
use super::model::{Kind, Off, Reading, Sent, Server, Spot, UNKNOWN};
use crate::model::{Confidence, TargetRole};
use crate::syntax::{Node, Syntax, Value};

fn after_request(name: &str, value: &str) -> String {
    format!("set `response.headers[\"{name}\"] = \"{value}\"` for every response")
}

static FLASK: Kind = Kind {
    subject: "This Flask application",
    remedy: after_request,
    at_once: Some("add `Talisman(app)` of flask-talisman"),
    implied: &[],
};
static FASTAPI: Kind = Kind {
    subject: "This FastAPI application",
    remedy: after_request,
    at_once: Some("add a middleware that sets them, or the `secure` package"),
    implied: &[],
};
static STARLETTE: Kind = Kind {
    subject: "This Starlette application",
    remedy: after_request,
    at_once: Some("add a middleware that sets them, or the `secure` package"),
    implied: &[],
};

pub fn read(syntax: &Syntax<'_>, role: TargetRole) -> Reading {
    let mut reading = Reading::default();
    if role == TargetRole::Test {
        return reading;
    }
    let is_web = ["flask", "flask_talisman", "fastapi", "starlette", "django"]
        .iter()
        .any(|module| syntax.imports.has_module(module));
    if ["MIDDLEWARE", "SECURE_", "X_FRAME_OPTIONS", "CSP_", "CONTENT_SECURITY_POLICY"]
        .iter()
        .any(|word| syntax.text.contains(word))
    {
        django::read(syntax, &mut reading);
    }
    if is_web {
        set_in_code(syntax, &mut reading.values);
        applications(syntax, role, &mut reading);
    }
    reading
}

/// A text as far as it is known, folded over `+` and `.join`.
pub fn text<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> String {
    let node = syntax.unwrap(node);
    if let Some(known) = syntax.value(node).known_text() {
        return plain(&known);
    }
    if let Value::Integer(number) = syntax.value(node) {
        return number.to_string();
    }
    let callee = node.child_by_field_name("function").and_then(|callee| syntax.member(callee));
    let Some((separator, "join")) = callee else { return UNKNOWN.to_string() };
    let separator = syntax.value(separator).known_text().unwrap_or_default();
    let list = node.child_by_field_name("arguments").and_then(|it| it.named_child(0));
    let items = list.map(|list| items(syntax, list)).unwrap_or_default();
    if items.is_empty() { UNKNOWN.to_string() } else { items.join(&separator) }
}

/// The texts of a list or tuple, or of the one that a name stands for.
pub fn items<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Vec<String> {
    let node = bound(syntax, node);
    if !matches!(node.kind(), "list" | "tuple" | "set") {
        return Vec::new();
    }
    let mut cursor = node.walk();
    let items = node.named_children(&mut cursor).filter(|child| child.kind() != "comment");
    items.map(|item| text(syntax, item)).collect()
}

/// Key, value and the pair itself of a dictionary, or of the one that a name stands for.
pub fn pairs<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Vec<(String, Node<'t>, Node<'t>)> {
    let node = bound(syntax, node);
    if node.kind() != "dictionary" {
        return Vec::new();
    }
    let mut cursor = node.walk();
    let pairs = node.named_children(&mut cursor).filter(|child| child.kind() == "pair");
    pairs
        .filter_map(|pair| {
            let key = syntax.value(pair.child_by_field_name("key")?).known_text()?;
            Some((key, syntax.unwrap(pair.child_by_field_name("value")?), pair))
        })
        .collect()
}

/// A dictionary of directives as the policy that is made of it.
pub fn policy<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<String> {
    let pairs = pairs(syntax, node);
    let one = |(name, value, _): &(String, Node<'t>, Node<'t>)| {
        let listed = items(syntax, *value);
        let sources = if listed.is_empty() { text(syntax, *value) } else { listed.join(" ") };
        // Constants of the packages, such as `SELF` and `NONCE`, are harmless sources.
        format!("{} {}", name.replace('_', "-").to_ascii_lowercase(), sources)
    };
    (!pairs.is_empty()).then(|| pairs.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// `response.headers["X-Frame-Options"] = "DENY"`, `headers.setdefault(…)`, `headers.update({ … })` and Django's
/// `response["X-Frame-Options"] = …`.
fn set_in_code<'t>(syntax: &Syntax<'t>, values: &mut Vec<Sent>) {
    for node in below(syntax.root) {
        match node.kind() {
            "assignment" => {
                let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
                else {
                    continue;
                };
                let name = left.child_by_field_name("subscript").filter(|_| left.kind() == "subscript");
                let name = name.and_then(|name| syntax.value(name).known_text());
                values.extend(
                    name.and_then(|name| Sent::named(&name, text(syntax, right), Spot::new(0, node.byte_range()))),
                );
            }
            "pair" => {
                let key = node.child_by_field_name("key").and_then(|key| syntax.value(key).known_text());
                let value = node.child_by_field_name("value");
                let sent = key
                    .zip(value)
                    .and_then(|(key, value)| Sent::named(&key, text(syntax, value), Spot::new(0, node.byte_range())));
                values.extend(sent);
            }
            _ => {}
        }
    }
    for call in syntax.calls.iter().filter(|call| !call.scope.in_test) {
        if !matches!(syntax.last_name(call.callee), Some("setdefault" | "set" | "add" | "append" | "__setitem__")) {
            continue;
        }
        if let [name, value, ..] = syntax.arguments(call).positional.as_slice()
            && let Value::Text(name) = syntax.value(*name)
        {
            values.extend(Sent::named(&name, text(syntax, *value), Spot::new(0, call.node.byte_range())));
        }
    }
}

/// What Talisman sends when it is not told otherwise.
const TALISMAN: &[(&str, Header, &str)] = &[
    ("content_security_policy", Header::Csp, "default-src 'self'; object-src 'none'"),
    ("strict_transport_security", Header::Hsts, "max-age=31556926; includeSubDomains"),
    ("x_content_type_options", Header::ContentTypeOptions, "nosniff"),
    ("frame_options", Header::FrameOptions, "SAMEORIGIN"),
    ("referrer_policy", Header::ReferrerPolicy, "strict-origin-when-cross-origin"),
    ("permissions_policy", Header::PermissionsPolicy, "browsing-topics=()"),
];

fn applications<'t>(syntax: &Syntax<'t>, role: TargetRole, reading: &mut Reading) {
    const MADE: &[(&str, &Kind)] =
        &[("flask.Flask", &FLASK), ("fastapi.FastAPI", &FASTAPI), ("starlette.applications.Starlette", &STARLETTE)];
    let mut sent: Vec<Sent> = reading.values.clone();
    let mut apps: Vec<(Node<'t>, &'static Kind)> = Vec::new();
    let mut is_covered = syntax.imports.has_module("secure") || syntax.imports.has_module("secweb");
    for call in syntax.calls.iter().filter(|call| !call.scope.in_test) {
        let path = syntax.resolve_call(call).path;
        if let Some((_, kind)) = MADE.iter().find(|(made, _)| *made == path) {
            apps.push((call.node, kind));
        } else if path.starts_with("flask_talisman.") && (path.ends_with("Talisman") || path.ends_with("init_app")) {
            sent.extend(talisman(syntax, call, reading));
        } else if matches!(
            syntax.last_name(call.callee),
            Some("add_middleware" | "Middleware" | "init_app" | "register_blueprint")
        ) {
            let text = syntax.text_of(call.node).to_ascii_lowercase();
            is_covered |= ["secur", "header", "csp", "talisman", "helmet"].iter().any(|word| text.contains(word));
        }
    }
    is_covered |= syntax.imports.has_module("flask_talisman") && !sent.iter().any(|one| one.header.is_main());
    if is_covered && !sent.iter().any(|one| one.header.is_main()) {
        return;
    }
    // A header or two are one route's as likely as all's.
    let is_partial = sent.iter().filter(|one| one.header.is_main()).count() == 1;
    let serves = [".run(", "uvicorn", "gunicorn", "@app."].iter().any(|word| syntax.text.contains(word));
    let is_unsure = is_partial || !serves || role == TargetRole::Script;
    let confidence = if is_unsure { Confidence::Low } else { Confidence::Medium };
    for (app, kind) in apps {
        let pages = [
            "render_template",
            "HTMLResponse",
            "Jinja2Templates",
            "StaticFiles",
            "TemplateResponse",
            "<html",
            "text/html",
        ]
        .iter()
        .any(|word| syntax.text.contains(word));
        let server = Server { sent: sent.clone(), pages, ..Server::new(kind, Spot::new(0, app.byte_range())) };
        reading.servers.push(Server { confidence, ..server });
    }
}

fn talisman<'t>(syntax: &Syntax<'t>, call: &crate::syntax::Call<'t>, reading: &mut Reading) -> Vec<Sent> {
    let arguments = syntax.arguments(call);
    let mut sent = Vec::new();
    for (name, header, usual) in TALISMAN {
        let given = arguments.named.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
        let spot = Spot::new(0, given.unwrap_or(call.node).byte_range());
        let Some(value) = given else {
            let age = arguments
                .named
                .iter()
                .find(|(key, _)| *header == Header::Hsts && key == "strict_transport_security_max_age");
            match age.map(|(_, value)| (text(syntax, *value), *value)) {
                Some((age, value)) => {
                    let own = Sent::named(
                        header.name(),
                        format!("max-age={age}; includeSubDomains"),
                        Spot::new(0, value.byte_range()),
                    );
                    reading.values.extend(own.clone());
                    sent.extend(own);
                }
                None => sent.extend(Sent::named(header.name(), *usual, spot)),
            }
            continue;
        };
        match syntax.value(value) {
            // It sends `Referrer-Policy: False`, which no browser knows.
            Value::False | Value::None if *header == Header::ReferrerPolicy => {
                let own = Sent::named(header.name(), syntax.text_of(value), spot);
                reading.values.extend(own.clone());
                sent.extend(own);
            }
            Value::False | Value::None => {
                let subject = format!("Talisman with `{name}` switched off");
                let remedy = "remove the argument or give it a value".to_owned();
                reading.off.push(Off { header: *header, spot, subject, remedy });
            }
            Value::True => sent.extend(Sent::named(header.name(), *usual, spot)),
            _ => {
                let known = policy(syntax, value).unwrap_or_else(|| text(syntax, value));
                let own = Sent::named(header.name(), known, spot);
                reading.values.extend(own.clone());
                sent.extend(own);
            }
        }
    }
    sent
}
