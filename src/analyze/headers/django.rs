//! The settings of Django: what its middlewares send, and what the settings make of it.

use super::header::Header;
use super::model::{Kind, Off, Reading, Sent, Server, Spot, UNKNOWN};
use super::python::{items, pairs, policy, text};
use crate::model::Confidence;
use crate::syntax::{Node, Syntax, Value};

static DJANGO: Kind = Kind {
    subject: "This Django project",
    remedy: |name, value| {
        match Header::named(name) {
        Some(Header::Csp) => {
            "add `django.middleware.csp.ContentSecurityPolicyMiddleware` (Django 6) or `csp.middleware.CSPMiddleware` of \
             django-csp, with a policy"
                .to_owned()
        }
        Some(Header::Hsts) => "add `SECURE_HSTS_SECONDS = 31536000` and `SECURE_HSTS_INCLUDE_SUBDOMAINS = True`".to_owned(),
        Some(Header::FrameOptions) => "add `django.middleware.clickjacking.XFrameOptionsMiddleware` to `MIDDLEWARE`".to_owned(),
        Some(Header::ContentTypeOptions | Header::ReferrerPolicy | Header::OpenerPolicy) => {
            "add `django.middleware.security.SecurityMiddleware` to `MIDDLEWARE`".to_owned()
        }
        _ => format!("set `{name}: {value}` in a middleware"),
    }
    },
    at_once: None,
    implied: &[],
};

/// A setting at the top of a module: its name, its value and the whole assignment.
struct Setting<'t> {
    name: &'t str,
    value: Node<'t>,
    node: Node<'t>,
}

fn settings<'t>(syntax: &Syntax<'t>) -> Vec<Setting<'t>> {
    let mut cursor = syntax.root.walk();
    let statements = syntax.root.named_children(&mut cursor).filter(|node| node.kind() == "expression_statement");
    let assigned =
        statements.filter_map(|statement| statement.named_child(0)).filter(|node| node.kind() == "assignment");
    assigned
        .filter_map(|node| {
            let left = node.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
            Some(Setting { name: syntax.text_of(left), value: node.child_by_field_name("right")?, node })
        })
        .collect()
}

/// The last of the settings of a name: later ones win.
fn named<'s, 't>(settings: &'s [Setting<'t>], name: &str) -> Option<&'s Setting<'t>> {
    settings.iter().rev().find(|setting| setting.name == name)
}

fn spot(setting: &Setting<'_>) -> Spot {
    Spot::new(0, setting.node.byte_range())
}

/// Reads a settings module; one that is only a part of the settings has values, and no list of middlewares to judge.
pub fn read<'t>(syntax: &Syntax<'t>, reading: &mut Reading) {
    let settings = settings(syntax);
    let own = given(syntax, &settings, &mut reading.off);
    reading.values.extend(own.iter().cloned());
    let is_project = ["ROOT_URLCONF", "INSTALLED_APPS"].iter().any(|name| named(&settings, name).is_some());
    if let Some(middleware) = named(&settings, "MIDDLEWARE").filter(|_| is_project) {
        let redirects = named(&settings, "SECURE_SSL_REDIRECT");
        let tls = redirects.is_some_and(|setting| syntax.value(setting.value) == Value::True);
        reading.servers.push(project(syntax, middleware, own, tls));
    }
}

/// The headers that settings give a value, and those that they switch off.
fn given<'t>(syntax: &Syntax<'t>, settings: &[Setting<'t>], off: &mut Vec<Off>) -> Vec<Sent> {
    let mut own: Vec<Sent> = Vec::new();
    let mut switch_off = |header: Header, setting: &Setting<'t>| {
        let subject = format!("Django with `{}` switched off", setting.name);
        let remedy = "remove the setting: the default is safe".to_owned();
        off.push(Off { header, spot: spot(setting), subject, remedy });
    };
    // Without any seconds Django sends no such header.
    let age = named(settings, "SECURE_HSTS_SECONDS");
    if let Some(setting) = age.filter(|setting| syntax.value(setting.value) != Value::Integer(0)) {
        let all = named(settings, "SECURE_HSTS_INCLUDE_SUBDOMAINS").map(|setting| syntax.value(setting.value));
        let all = if matches!(all, None | Some(Value::False)) { "" } else { "; includeSubDomains" };
        let value = format!("max-age={}{all}", text(syntax, setting.value));
        own.extend(Sent::named(Header::Hsts.name(), value, spot(setting)));
    }
    for (name, header) in [
        ("X_FRAME_OPTIONS", Header::FrameOptions),
        ("SECURE_REFERRER_POLICY", Header::ReferrerPolicy),
        ("SECURE_CROSS_ORIGIN_OPENER_POLICY", Header::OpenerPolicy),
    ] {
        let Some(setting) = named(settings, name) else { continue };
        if syntax.value(setting.value) == Value::None {
            switch_off(header, setting);
            continue;
        }
        let listed = items(syntax, setting.value).join(", ");
        let value = if listed.is_empty() { text(syntax, setting.value) } else { listed };
        own.extend(Sent::named(header.name(), value, spot(setting)));
    }
    let sniffing = named(settings, "SECURE_CONTENT_TYPE_NOSNIFF");
    if let Some(setting) = sniffing.filter(|setting| syntax.value(setting.value) == Value::False) {
        switch_off(Header::ContentTypeOptions, setting);
    }
    own.extend(django_policy(syntax, settings));
    own
}

/// What the middlewares send, with the settings' `own` values.
fn project<'t>(syntax: &Syntax<'t>, middleware: &Setting<'t>, own: Vec<Sent>, tls: bool) -> Server {
    let classes = items(syntax, middleware.value);
    let has = |name: &str| classes.iter().any(|class| class.contains(name));
    let mut sent = own;
    let at = spot(middleware);
    let mut usual = |header: Header, value: &str| sent.extend(Sent::named(header.name(), value, at.clone()));
    if has("SecurityMiddleware") {
        usual(Header::ContentTypeOptions, "nosniff");
        usual(Header::ReferrerPolicy, "same-origin");
        usual(Header::OpenerPolicy, "same-origin");
    }
    if has("XFrameOptionsMiddleware") {
        usual(Header::FrameOptions, "DENY");
    }
    // Middlewares of one's own, named for what they do.
    if has("csp") || has("CSP") || has("ContentSecurityPolicy") {
        usual(Header::Csp, "\0");
    }
    // The place of the list is its name: the list itself is long.
    let start = middleware.node.start_byte();
    let server = Server { sent, tls, ..Server::new(&DJANGO, Spot::new(0, start..start + middleware.name.len())) };
    let grows = ["MIDDLEWARE +=", "MIDDLEWARE.append", "MIDDLEWARE.insert", "MIDDLEWARE.extend"];
    let is_open = grows.iter().any(|word| syntax.text.contains(word))
        || classes.is_empty()
        || classes.iter().any(|class| class.contains(UNKNOWN));
    if is_open {
        server.doubted(Confidence::Low, "unless a middleware that is not written here does")
    } else {
        server.doubted(Confidence::Medium, "unless the web server in front of it does")
    }
}

/// django-csp before 4 (`CSP_DEFAULT_SRC`), since (`CONTENT_SECURITY_POLICY`), and Django 6 (`SECURE_CSP`).
fn django_policy<'t>(syntax: &Syntax<'t>, settings: &[Setting<'t>]) -> Option<Sent> {
    let whole = settings.iter().find(|one| matches!(one.name, "CONTENT_SECURITY_POLICY" | "SECURE_CSP"));
    if let Some(setting) = whole {
        let entries = pairs(syntax, setting.value);
        let directives =
            entries.iter().find(|(key, ..)| key == "DIRECTIVES").map_or(setting.value, |(_, value, _)| *value);
        let value = policy(syntax, directives).unwrap_or_else(|| text(syntax, directives));
        return Sent::named(Header::Csp.name(), value, spot(setting));
    }
    if settings.iter().any(|one| one.name == "CSP_REPORT_ONLY" && syntax.value(one.value) == Value::True) {
        return None;
    }
    let parts: Vec<&Setting<'t>> =
        settings.iter().filter(|one| one.name.strip_prefix("CSP_").is_some_and(is_directive)).collect();
    let has_nonce = settings.iter().find(|one| one.name == "CSP_INCLUDE_NONCE_IN");
    let nonces = has_nonce.map(|one| items(syntax, one.value)).unwrap_or_default();
    let directives: Vec<String> = parts
        .iter()
        .map(|one| {
            let name = one.name.trim_start_matches("CSP_").to_ascii_lowercase().replace('_', "-");
            let nonce = if nonces.contains(&name) { " 'nonce-\0'" } else { "" };
            let listed = items(syntax, one.value);
            let sources = if listed.is_empty() { text(syntax, one.value) } else { listed.join(" ") };
            format!("{name} {sources}{nonce}")
        })
        .collect();
    let scripts = parts.iter().find(|one| one.name == "CSP_SCRIPT_SRC").or(parts.first())?;
    // Without a word of its own the package has `default-src 'self'`.
    let has_default = parts.iter().any(|one| one.name == "CSP_DEFAULT_SRC");
    let usual = if has_default { "" } else { "; default-src 'self'" };
    Sent::named(Header::Csp.name(), format!("{}{usual}", directives.join("; ")), spot(scripts))
}

/// Whether `CSP_` before the name makes it a directive of django-csp before 4.
fn is_directive(name: &str) -> bool {
    name.ends_with("_SRC")
        || name.ends_with("_SRC_ELEM")
        || name.ends_with("_SRC_ATTR")
        || matches!(name, "BASE_URI" | "FORM_ACTION" | "FRAME_ANCESTORS" | "SANDBOX" | "UPGRADE_INSECURE_REQUESTS")
}
