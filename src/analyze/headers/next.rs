//! The configurations of Next.js (`headers()` in `next.config`) and Nuxt (`routeRules`, `nuxt-security`).

use super::code::below;
use super::helmet::option_named;
use super::javascript::{is_false, of_object, pairs, policy, text};
use super::model::{Kind, Off, Reading, Sent, Server, Spot};
use crate::model::{Confidence, RelPath};
use crate::syntax::{Node, Syntax, Value};

static NEXT: Kind = Kind {
    subject: "This Next.js application",
    remedy: |name, value| {
        format!("add `{{ key: \"{name}\", value: \"{value}\" }}` to what `headers()` gives for `/(.*)`")
    },
    at_once: Some(
        "give the configuration an `async headers()` that returns `[{ source: \"/(.*)\", headers: [{ key, value }] }]`",
    ),
    implied: &[],
};
static NUXT: Kind = Kind {
    subject: "This Nuxt application",
    remedy: |name, value| format!("add `\"{name}\": \"{value}\"` to the `headers` of `routeRules[\"/**\"]`"),
    at_once: Some("add `nuxt-security` to its `modules`"),
    implied: &[],
};

/// Whether the file is a configuration of Next.js or of Nuxt, by its name.
pub fn is_config(path: &RelPath) -> bool {
    let file = path.file_name();
    file.starts_with("next.config.") || file.starts_with("nuxt.config.")
}

pub fn read(syntax: &Syntax<'_>, path: &RelPath) -> Reading {
    if path.file_name().starts_with("next.") { next(syntax) } else { nuxt(syntax) }
}

fn next(syntax: &Syntax<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut function = None;
    let mut exported = None;
    for node in below(syntax.root) {
        match node.kind() {
            "object" => reading.values.extend(keyed(syntax, node)),
            "method_definition" | "pair" => {
                let key = node.child_by_field_name("name").or_else(|| node.child_by_field_name("key"));
                if key.is_some_and(|key| syntax.text_of(key) == "headers") && is_function(node) {
                    function.get_or_insert(node);
                }
            }
            "export_statement" => exported = Some(node),
            "assignment_expression" if syntax.text_of(node).starts_with("module.exports") => exported = Some(node),
            _ => {}
        }
    }
    // A static export is served by somebody else, who knows nothing of `headers()`.
    let is_static = syntax.text.contains("output: 'export'") || syntax.text.contains("output: \"export\"");
    // Wrapped by another module, the configuration may get headers from there.
    let is_wrapped = exported.is_none_or(|node| node_is_wrapped(syntax, node));
    let place = function.map(|node| (node, Confidence::Medium));
    let place = place.or(exported.map(|node| (node, if is_wrapped { Confidence::Low } else { Confidence::Medium })));
    if let Some((node, most)) = place.filter(|_| !is_static) {
        let head = node.byte_range().start..node.byte_range().start + first_line(syntax.text_of(node)).len();
        let server = Server { sent: reading.values.clone(), ..Server::new(&NEXT, Spot::new(0, head)) };
        let is_bare = reading.values.is_empty();
        // Headers for some files alone, and those that are put together elsewhere, say nothing of the pages.
        if is_bare && function.is_none() || reading.values.iter().any(|one| one.header.is_main()) {
            reading.servers.push(server.doubted(most, "unless a middleware or the host does"));
        }
    }
    reading
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text).trim_end()
}

fn is_function(node: Node<'_>) -> bool {
    node.kind() == "method_definition"
        || node.child_by_field_name("value").is_some_and(|value| value.kind().contains("function"))
}

fn node_is_wrapped(syntax: &Syntax<'_>, exported: Node<'_>) -> bool {
    syntax.calls.iter().any(|call| exported.byte_range().contains(&call.node.start_byte()))
}

/// `{ key: "X-Frame-Options", value: "DENY" }`
fn keyed<'t>(syntax: &Syntax<'t>, object: Node<'t>) -> Option<Sent> {
    let pairs = pairs(syntax, object);
    let get = |name: &str| pairs.iter().find(|(key, ..)| key == name).map(|(_, value, pair)| (*value, *pair));
    let Value::Text(name) = syntax.value(get("key")?.0) else { return None };
    let (value, pair) = get("value")?;
    Sent::named(&name, text(syntax, value), Spot::new(0, pair.byte_range()))
}

/// What `nuxt-security` sends when it is not told otherwise, but for values.
const NUXT_SECURITY: &[(&str, &str)] = &[
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; script-src 'strict-dynamic' 'nonce-\0'"),
    ("Strict-Transport-Security", "max-age=15552000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

fn nuxt(syntax: &Syntax<'_>) -> Reading {
    let mut reading = Reading::default();
    let mut exported = None;
    for node in below(syntax.root) {
        match node.kind() {
            "pair" => {
                let (Some(key), Some(value)) = (node.child_by_field_name("key"), node.child_by_field_name("value"))
                else {
                    continue;
                };
                match syntax.text_of(key).trim_matches(['"', '\'']) {
                    "headers" => reading.values.extend(of_object(syntax, value)),
                    "security" => module_options(syntax, value, &mut reading),
                    _ => {}
                }
            }
            "export_statement" => exported = Some(node),
            _ => {}
        }
    }
    let Some(exported) = exported else { return reading };
    let head = exported.start_byte()..exported.start_byte() + first_line(syntax.text_of(exported)).len();
    let spot = Spot::new(0, head);
    let mut sent = reading.values.clone();
    if syntax.text.contains("nuxt-security") {
        let usual = NUXT_SECURITY.iter().filter_map(|(name, value)| Sent::named(name, *value, spot.clone()));
        let is_off = |one: &Sent| reading.off.iter().any(|off| off.header == one.header);
        let usual: Vec<Sent> = usual.filter(|one| !is_off(one)).collect();
        sent.extend(usual);
    }
    // Layers and plug-ins of the server set headers too, so an empty configuration says little.
    let most = if sent.is_empty() { Confidence::Low } else { Confidence::Medium };
    let server = Server { sent, ..Server::new(&NUXT, spot) };
    reading.servers.push(server.doubted(most, "unless a plug-in or the host does"));
    reading
}

/// `security: { headers: { contentSecurityPolicy: { … }, xFrameOptions: false } }`
fn module_options<'t>(syntax: &Syntax<'t>, options: Node<'t>, reading: &mut Reading) {
    let headers = pairs(syntax, options).into_iter().filter(|(key, ..)| key == "headers");
    for (key, value, pair) in headers.flat_map(|(_, headers, _)| pairs(syntax, headers)) {
        let Some(header) = option_named(&key) else { continue };
        let spot = Spot::new(0, pair.byte_range());
        if is_false(syntax, value) {
            let subject = format!("nuxt-security with `{key}: false`");
            reading.off.push(Off { header, spot, subject, remedy: "remove the option".to_owned() });
        } else if value.kind() == "object" && key == "contentSecurityPolicy" {
            let defaults = [("default-src", "'none'"), ("base-uri", "'none'"), ("object-src", "'none'")];
            let (policy, place) = policy(syntax, value, &defaults);
            reading.values.extend(Sent::named(header.name(), policy, Spot::new(0, place.byte_range())));
        } else if value.kind() == "string" {
            reading.values.extend(Sent::named(header.name(), text(syntax, value), spot));
        }
    }
}
