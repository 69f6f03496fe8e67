//! Applications of Express, Fastify, Koa and Hono: whether helmet or its like, or the code itself, sends the headers.

use super::header::Header;
use super::helmet::{HELMET, SECURE_HEADERS, Suite, given, option_named, sent};
use super::javascript::set_by_calls;
use super::model::{Kind, Reading, Sent, Server, Spot};
use crate::model::{Confidence, TargetRole};
use crate::syntax::{Call, Node, Syntax};

struct Framework {
    module: &'static str,
    /// What makes an application.
    makes: &'static [&'static str],
    suite: &'static Suite,
    /// Modules of the suite.
    modules: &'static [&'static str],
    kind: &'static Kind,
}

fn option(name: &str, value: &str) -> String {
    format!("set `{name}: {value}` in a middleware before the routes")
}

static EXPRESS: Kind = Kind {
    subject: "This Express application",
    remedy: option,
    at_once: Some("add `app.use(helmet())`"),
    implied: &[],
};
static FASTIFY: Kind = Kind {
    subject: "This Fastify application",
    remedy: option,
    at_once: Some("add `await app.register(helmet)` with `@fastify/helmet`"),
    implied: &[],
};
static KOA: Kind = Kind {
    subject: "This Koa application",
    remedy: option,
    at_once: Some("add `app.use(helmet())` with `koa-helmet`"),
    implied: &[],
};
static HONO: Kind = Kind {
    subject: "This Hono application",
    remedy: option,
    at_once: Some("add `app.use(secureHeaders())` of `hono/secure-headers`"),
    implied: &[],
};

static FRAMEWORKS: &[Framework] = &[
    Framework {
        module: "express",
        makes: &["express", "express.default"],
        suite: &HELMET,
        modules: &["helmet"],
        kind: &EXPRESS,
    },
    Framework {
        module: "fastify",
        makes: &["fastify", "fastify.fastify", "fastify.default", "fastify.Fastify"],
        suite: &HELMET,
        modules: &["@fastify/helmet", "fastify-helmet"],
        kind: &FASTIFY,
    },
    Framework { module: "koa", makes: &["koa", "koa.default"], suite: &HELMET, modules: &["koa-helmet"], kind: &KOA },
    Framework {
        module: "hono",
        makes: &["hono.Hono"],
        suite: &SECURE_HEADERS,
        modules: &["hono/secure-headers"],
        kind: &HONO,
    },
];

/// Words in the text that show pages; JSON for programs needs less of a browser's care.
const PAGES: &[&str] = &[
    ".render(",
    "sendFile",
    ".static(",
    "serveStatic",
    "/static\"",
    "/static'",
    "koa-static",
    "view engine",
    ".html(",
    "text/html",
    ".html\"",
    ".html'",
    "<html",
    "<!doctype",
    "@fastify/view",
    "jsx",
];

pub fn read(syntax: &Syntax<'_>, role: TargetRole) -> Reading {
    let mut reading = Reading::default();
    if role == TargetRole::Test {
        return reading;
    }
    let by_hand = set_by_calls(syntax);
    reading.values.extend(by_hand.iter().cloned());
    let concerned = |one: &&Framework| {
        std::iter::once(&one.module).chain(one.modules).any(|module| syntax.imports.has_module(module))
    };
    for framework in FRAMEWORKS.iter().filter(concerned) {
        application(syntax, framework, role, &by_hand, &mut reading);
    }
    reading
}

fn application<'t>(
    syntax: &Syntax<'t>,
    framework: &Framework,
    role: TargetRole,
    by_hand: &[Sent],
    reading: &mut Reading,
) {
    let resolved = |call: &'_ Call<'t>| syntax.resolve_call(call).path;
    let calls: Vec<(&Call<'t>, String)> =
        syntax.calls.iter().filter(|call| !call.scope.in_test).map(|call| (call, resolved(call))).collect();
    let mut by_suite: Vec<Sent> = Vec::new();
    for (call, path) in &calls {
        by_suite.extend(of_call(syntax, framework, call, path, by_hand, reading));
    }
    let apps: Vec<Node<'t>> =
        calls.iter().filter(|(_, path)| framework.makes.contains(&path.as_str())).map(|(call, _)| call.node).collect();
    let used = framework.makes.iter().any(|make| calls.iter().any(|(_, path)| path.starts_with(&format!("{make}()."))));
    let is_used = used || ["module.exports", "export "].iter().any(|word| syntax.text.contains(word));
    let mut modules = framework.modules.iter().chain(&["lusca"]);
    let has_suite = modules.any(|module| syntax.imports.has_module(module));
    // A suite that is imported and not called here in a way that is understood says nothing.
    if apps.is_empty() || !is_used || has_suite && by_suite.is_empty() {
        return;
    }
    let sent: Vec<Sent> = by_suite.iter().chain(by_hand).cloned().collect();
    let is_bare = !sent.iter().any(|one| one.header.is_main());
    if is_bare && speaks_of_security(syntax, framework, &calls) {
        return;
    }
    let names_itself = framework.module == "express" && by_suite.is_empty() && !is_bare;
    // A header that is set by hand alone may be one route's.
    let is_partial = by_suite.is_empty() && sent.iter().filter(|one| one.header.is_main()).count() == 1;
    let is_unsure = is_partial || is_shown(syntax, role) || is_handed_on(syntax, framework);
    let confidence = if is_unsure { Confidence::Low } else { Confidence::Medium };
    for app in apps {
        let spot = Spot::new(0, app.byte_range());
        if names_itself && !syntax.text.to_ascii_lowercase().contains("x-powered-by") {
            let remedy = "say `app.disable(\"x-powered-by\")`".to_owned();
            reading.named.push((spot.clone(), remedy, Confidence::Medium));
        }
        let pages = shows_pages(syntax, framework);
        let server = Server { sent: sent.clone(), pages, ..Server::new(framework.kind, spot) };
        reading.servers.push(Server { confidence, ..server });
    }
}

/// What a call of the suite, whole or in one of its parts, sends.
fn of_call<'t>(
    syntax: &Syntax<'t>,
    framework: &Framework,
    call: &Call<'t>,
    path: &str,
    by_hand: &[Sent],
    reading: &mut Reading,
) -> Vec<Sent> {
    let is_suite = |path: &str| {
        let module = framework.modules.iter().find_map(|module| path.strip_prefix(module));
        module
            .filter(|rest| {
                rest.is_empty() || matches!(*rest, ".secureHeaders" | ".default" | ".helmet" | ".fastifyHelmet")
            })
            .is_some()
    };
    let arguments = syntax.arguments(call);
    let first = arguments.positional.first().copied();
    if is_suite(path) {
        let options = first.or_else(|| call.arguments?.named_child(0));
        return sent(syntax, framework.suite, call.node, options, by_hand, reading);
    }
    if let Some(part) = framework.modules.iter().find_map(|module| path.strip_prefix(module)?.strip_prefix('.')) {
        let Some(header) = option_named(part) else { return Vec::new() };
        let own = first.and_then(|value| given(syntax, framework.suite, header, value, value));
        reading.values.extend(own.clone());
        let usual = framework.suite.sends.iter().find(|(known, _)| *known == header);
        let usual =
            usual.and_then(|(_, value)| Sent::named(header.name(), *value, Spot::new(0, call.node.byte_range())));
        return own.or(usual).into_iter().collect();
    }
    // `app.register(helmet, options)`
    if path.ends_with(".register") && first.is_some_and(|plugin| is_suite(&syntax.resolve(plugin).path)) {
        let options = arguments.positional.get(1).copied();
        return sent(syntax, framework.suite, call.node, options, by_hand, reading);
    }
    Vec::new()
}

/// Whether `app.use(…)` is given something whose name speaks of security, or the code names such a header.
fn speaks_of_security<'t>(syntax: &Syntax<'t>, framework: &Framework, calls: &[(&Call<'t>, String)]) -> bool {
    let lower = syntax.text.to_ascii_lowercase();
    if Header::ALL.iter().any(|header| lower.contains(&header.name().to_ascii_lowercase())) {
        return true;
    }
    let is_use = |path: &str| {
        framework
            .makes
            .iter()
            .any(|make| [".use", ".register"].iter().any(|method| path == format!("{make}(){method}")))
    };
    let uses = calls.iter().filter(|(_, path)| is_use(path));
    uses.filter_map(|(call, _)| call.arguments).any(|arguments| {
        let text = syntax.text_of(arguments);
        let text = text.get(..text.floor_char_boundary(200)).unwrap_or_default().to_ascii_lowercase();
        ["helmet", "secur", "header", "hardening"].iter().any(|word| text.contains(word))
    })
}

/// Whether the file only shows how something is done.
fn is_shown(syntax: &Syntax<'_>, role: TargetRole) -> bool {
    role == TargetRole::Script && ![".listen(", "serve("].iter().any(|word| syntax.text.contains(word))
}

fn shows_pages(syntax: &Syntax<'_>, framework: &Framework) -> bool {
    let is_shown = PAGES.iter().any(|word| syntax.text.contains(word));
    // What Express sends without more is HTML; the others make JSON of what a handler returns.
    is_shown || framework.module == "express" && !syntax.text.contains(".json(")
}

/// Whether the application is given to a function that may set it up.
fn is_handed_on<'t>(syntax: &Syntax<'t>, framework: &Framework) -> bool {
    syntax.calls.iter().any(|call| {
        let is_server = matches!(
            syntax.last_name(call.callee),
            Some("createServer" | "listen" | "log" | "request" | "use" | "serve")
        );
        let arguments = || syntax.arguments(call).positional.into_iter();
        let is_app = |argument: Node<'t>| {
            argument.kind() == "identifier"
                && framework.makes.iter().any(|make| syntax.resolve(argument).path == format!("{make}()"))
        };
        !is_server && arguments().any(is_app)
    })
}
