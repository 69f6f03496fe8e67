//! Modules that send all the headers by one call, and what their options make of it: helmet and its kin for Express,
//! Fastify and Koa, `secureHeaders` of Hono.

use super::header::Header;
use super::javascript::{is_false, pairs, policy, text};
use super::model::{Off, Reading, Sent, Spot};
use crate::model::Confidence;
use crate::syntax::{Node, Syntax, Value};

/// A module and what it sends when it is not told otherwise.
#[derive(Debug)]
pub struct Suite {
    pub name: &'static str,
    pub sends: &'static [(Header, &'static str)],
    /// What a policy of one's own is completed with.
    pub policy: &'static [(&'static str, &'static str)],
}

/// helmet 8; 4 to 7 differ in the length of HSTS alone.
pub static HELMET: Suite = Suite {
    name: "helmet",
    sends: &[
        (
            Header::Csp,
            "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; frame-ancestors 'self'; \
             img-src 'self' data:; object-src 'none'; script-src 'self'; script-src-attr 'none'; \
             style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests",
        ),
        (Header::Hsts, "max-age=31536000; includeSubDomains"),
        (Header::ContentTypeOptions, "nosniff"),
        (Header::FrameOptions, "SAMEORIGIN"),
        (Header::ReferrerPolicy, "no-referrer"),
        (Header::OpenerPolicy, "same-origin"),
        (Header::ResourcePolicy, "same-origin"),
    ],
    policy: &[
        ("default-src", "'self'"),
        ("base-uri", "'self'"),
        ("font-src", "'self' https: data:"),
        ("form-action", "'self'"),
        ("frame-ancestors", "'self'"),
        ("img-src", "'self' data:"),
        ("object-src", "'none'"),
        ("script-src", "'self'"),
        ("script-src-attr", "'none'"),
        ("style-src", "'self' https: 'unsafe-inline'"),
        ("upgrade-insecure-requests", ""),
    ],
};

/// `hono/secure-headers` sends no policy of its own.
pub static SECURE_HEADERS: Suite = Suite {
    name: "secureHeaders",
    sends: &[
        (Header::Hsts, "max-age=15552000; includeSubDomains"),
        (Header::ContentTypeOptions, "nosniff"),
        (Header::FrameOptions, "SAMEORIGIN"),
        (Header::ReferrerPolicy, "no-referrer"),
        (Header::OpenerPolicy, "same-origin"),
        (Header::ResourcePolicy, "same-origin"),
    ],
    policy: &[],
};

/// Options by their names of old and new, and the header that each is about.
const OPTIONS: &[(&str, Header)] = &[
    ("contentSecurityPolicy", Header::Csp),
    ("hsts", Header::Hsts),
    ("strictTransportSecurity", Header::Hsts),
    ("noSniff", Header::ContentTypeOptions),
    ("xContentTypeOptions", Header::ContentTypeOptions),
    ("frameguard", Header::FrameOptions),
    ("xFrameOptions", Header::FrameOptions),
    ("referrerPolicy", Header::ReferrerPolicy),
    ("permissionsPolicy", Header::PermissionsPolicy),
    ("crossOriginOpenerPolicy", Header::OpenerPolicy),
    ("crossOriginResourcePolicy", Header::ResourcePolicy),
];

pub fn option_named(name: &str) -> Option<Header> {
    OPTIONS.iter().find(|(option, _)| *option == name).map(|(_, header)| *header)
}

/// What one call of the suite sends, with its options. Values that are given and options that are switched off go to
/// `reading`; `by_hand` are the headers that the code sets without it.
pub fn sent<'t>(
    syntax: &Syntax<'t>,
    suite: &'static Suite,
    call: Node<'t>,
    options: Option<Node<'t>>,
    by_hand: &[Sent],
    reading: &mut Reading,
) -> Vec<Sent> {
    let at_call = Spot::new(0, call.byte_range());
    let mut sent: Vec<Sent> =
        suite.sends.iter().filter_map(|(header, value)| Sent::named(header.name(), *value, at_call.clone())).collect();
    let pairs = options.map(|options| pairs(syntax, options)).unwrap_or_default();
    let is_off = |header: Header| {
        pairs.iter().any(|(key, value, _)| option_named(key) == Some(header) && is_false(syntax, *value))
    };
    // A policy that says who may frame the page makes up for the older header.
    let keeps_policy = !is_off(Header::Csp) && suite.sends.iter().any(|(header, _)| *header == Header::Csp);
    for (key, value, pair) in &pairs {
        let spot = Spot::new(0, pair.byte_range());
        if is_false(syntax, *value) && matches!(key.as_str(), "hidePoweredBy" | "xPoweredBy") {
            reading.named.push((spot, format!("remove `{key}: false`"), Confidence::High));
            continue;
        }
        let Some(header) = option_named(key) else { continue };
        if !is_false(syntax, *value) {
            if let Some(own) = given(syntax, suite, header, *value, *pair) {
                sent.retain(|one| one.header != header);
                reading.values.push(own.clone());
                sent.push(own);
            }
            continue;
        }
        sent.retain(|one| one.header != header);
        let is_made_up = by_hand.iter().any(|one| one.header == header)
            || header == Header::FrameOptions && keeps_policy
            || !header.is_main();
        if !is_made_up {
            let subject = format!("{} with `{key}: false`", suite.name);
            let remedy = "remove the option or give it a value".to_owned();
            reading.off.push(Off { header, spot, subject, remedy });
        }
    }
    sent
}

/// The header that an option with a value makes.
pub fn given<'t>(syntax: &Syntax<'t>, suite: &Suite, header: Header, value: Node<'t>, place: Node<'t>) -> Option<Sent> {
    let settings = pairs(syntax, value);
    let get = |name: &str| settings.iter().find(|(key, ..)| key == name).map(|(_, value, pair)| (*value, *pair));
    let (text, place) = match header {
        Header::Csp => {
            let directives = get("directives").map(|(directives, _)| directives);
            let uses_defaults = !get("useDefaults").is_some_and(|(value, _)| is_false(syntax, value));
            // Hono takes the directives without a word around them.
            let directives = match directives {
                Some(directives) => directives,
                None if suite.policy.is_empty() && !settings.is_empty() => value,
                None => return None,
            };
            policy(syntax, directives, if uses_defaults { suite.policy } else { &[] })
        }
        Header::Hsts if settings.is_empty() => (text_if_known(syntax, value)?, place),
        Header::Hsts => {
            let (age, pair) = get("maxAge")?;
            let Value::Integer(seconds) = syntax.value(age) else { return None };
            let all = !get("includeSubDomains").is_some_and(|(value, _)| is_false(syntax, value));
            (format!("max-age={seconds}{}", if all { "; includeSubDomains" } else { "" }), pair)
        }
        Header::PermissionsPolicy => return None,
        _ => {
            let inner = get("action").or_else(|| get("policy")).map_or(value, |(inner, _)| inner);
            (text_if_known(syntax, inner)?, place)
        }
    };
    Sent::named(header.name(), text, Spot::new(0, place.byte_range()))
}

fn text_if_known<'t>(syntax: &Syntax<'t>, node: Node<'t>) -> Option<String> {
    matches!(node.kind(), "string" | "template_string").then(|| text(syntax, node))
}
