//! Rust: layers of tower-http for axum, actix-web's `DefaultHeaders`, Rocket's shield and fairings.

use super::code::below;
use super::header::Header;
use super::model::{Kind, Off, Reading, Sent, Server, Spot, UNKNOWN};
use crate::model::{Confidence, TargetRole};
use crate::syntax::{Call, Node, Syntax};

static AXUM: Kind = Kind {
    subject: "This axum application",
    remedy: |name, value| {
        let name = name.to_ascii_lowercase();
        format!(
            "add `.layer(SetResponseHeaderLayer::if_not_present(HeaderName::from_static(\"{name}\"), \
             HeaderValue::from_static(\"{value}\")))`"
        )
    },
    at_once: Some("add a `SetResponseHeaderLayer` of tower-http for each"),
    implied: &[],
};
static ACTIX: Kind = Kind {
    subject: "This actix-web application",
    remedy: |name, value| format!("add `.add((\"{name}\", \"{value}\"))` to its `DefaultHeaders`"),
    at_once: Some("add `.wrap(middleware::DefaultHeaders::new().add((name, value)))`"),
    implied: &[],
};
static ROCKET: Kind = Kind {
    subject: "This Rocket application",
    remedy: |name, value| format!("set `{name}: {value}` in a fairing"),
    at_once: None,
    // Its shield, which is attached by itself.
    implied: &[Header::ContentTypeOptions, Header::FrameOptions],
};

/// What makes a server, and the crate that it is of.
const MADE: &[(&str, &Kind)] = &[
    ("axum.serve", &AXUM),
    ("axum_server.bind", &AXUM),
    ("axum_server.bind_rustls", &AXUM),
    ("actix_web.HttpServer.new", &ACTIX),
    ("rocket.build", &ROCKET),
    ("rocket.custom", &ROCKET),
];

/// Shields of Rocket that may be disabled.
const SHIELDS: &[(&str, Header)] = &[("NoSniff", Header::ContentTypeOptions), ("Frame", Header::FrameOptions)];

pub fn read(syntax: &Syntax<'_>, role: TargetRole) -> Reading {
    let mut reading = Reading::default();
    let is_web =
        ["axum", "axum_server", "tower_http", "actix_web", "rocket"].iter().any(|it| syntax.imports.has_module(it))
            || ["axum::", "actix_web::", "rocket::", "tower_http::"].iter().any(|word| syntax.text.contains(word));
    if role == TargetRole::Test || !is_web {
        return reading;
    }
    let mut servers: Vec<(Node<'_>, &'static Kind)> = Vec::new();
    for call in syntax.calls.iter().filter(|call| !call.scope.in_test) {
        reading.values.extend(set_by(syntax, call));
        if syntax.last_name(call.callee) == Some("disable") {
            let shield = SHIELDS.iter().find(|(name, _)| syntax.text_of(call.callee).contains(&format!("<{name}>")));
            if let Some((name, header)) = shield {
                let spot = Spot::new(
                    0,
                    call.callee.byte_range().end.saturating_sub(name.len() + 2)..call.node.byte_range().end,
                );
                let subject = format!("Rocket's shield without `{name}`");
                reading.off.push(Off { header: *header, spot, subject, remedy: "leave it enabled".to_owned() });
            }
        }
        let path = syntax.resolve_call(call).path;
        if let Some((_, kind)) = MADE.iter().find(|(made, _)| *made == path) {
            servers.push((call.callee, kind));
        }
    }
    let speaks = ["security_headers", "SecurityHeaders", "secure_headers", "helmet"]
        .iter()
        .any(|word| syntax.text.contains(word));
    let has_main = reading.values.iter().any(|one| one.header.is_main());
    let is_unsure = role == TargetRole::Script || reading.values.iter().filter(|one| one.header.is_main()).count() == 1;
    for (node, kind) in servers.into_iter().filter(|_| has_main || !speaks) {
        let pages = [
            "Html(",
            "Html<",
            "ServeDir",
            "NamedFile",
            "Template",
            "FileServer",
            "actix_files",
            "text/html",
            "ServeFile",
        ]
        .iter()
        .any(|word| syntax.text.contains(word));
        let server =
            Server { sent: reading.values.clone(), pages, ..Server::new(kind, Spot::new(0, node.byte_range())) };
        // The program's entry rarely shows all routes and layers.
        let most = if is_unsure || !has_main { Confidence::Low } else { Confidence::Medium };
        reading.servers.push(Server { confidence: most, ..server });
    }
    reading
}

/// The header that a call sets: a layer, `.add(("X", "v"))`, `.insert(X, v)`, `.header("X", "v")`, `Header::new("X", "v")`.
fn set_by<'t>(syntax: &Syntax<'t>, call: &Call<'t>) -> Option<Sent> {
    const SETTERS: &[&str] = &[
        "overriding",
        "if_not_present",
        "appending",
        "add",
        "insert",
        "header",
        "insert_header",
        "append_header",
        "append",
        "set_raw_header",
        "new",
    ];
    let name = syntax.last_name(call.callee)?;
    if !SETTERS.contains(&name) {
        return None;
    }
    let positional = syntax.arguments(call).positional;
    let parts: Vec<Node<'t>> = match positional.as_slice() {
        [one] if one.kind() == "tuple_expression" => {
            let mut cursor = one.walk();
            one.named_children(&mut cursor).collect()
        }
        _ => positional,
    };
    let [name, value, ..] = parts.as_slice() else { return None };
    let header = named(syntax, *name)?;
    let value = literal(syntax, *value).unwrap_or(UNKNOWN.to_string());
    Sent::named(header.name(), value, Spot::new(0, call.arguments?.byte_range()))
}

/// A header by its text or by a constant of the `http` crate: `X_FRAME_OPTIONS`.
fn named<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<Header> {
    let last = syntax.last_name(node).unwrap_or_default();
    if let Some(header) = Header::named(&last.replace('_', "-")) {
        return Some(header);
    }
    Header::named(&literal(syntax, node)?)
}

/// The one text in an expression, as in `HeaderValue::from_static("DENY")`, or in what its name stands for.
fn literal<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<String> {
    if let Some(known) = syntax.value(node).known_text() {
        return Some(known);
    }
    let mut texts = below(node)
        .filter(|inner| matches!(inner.kind(), "string_literal" | "raw_string_literal" | "macro_invocation"));
    let first = texts.next().filter(|first| first.kind() != "macro_invocation")?;
    if texts.next().is_some() {
        return None;
    }
    syntax.value(first).known_text()
}
