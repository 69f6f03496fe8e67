//! Traefik's dynamic configuration: `headers` middlewares and the routers that use them, in YAML, TOML, Kubernetes'
//! `Middleware` and the labels of Docker Compose.

use super::header::Header;
use super::model::{Kind, Reading, Sent, Server, Spot, UNKNOWN};
use crate::document::{Entry, Node};

static ROUTER: Kind = Kind {
    subject: "This Traefik router",
    remedy: option_for,
    at_once: Some(
        "give it a `headers` middleware (`stsSeconds`, `contentTypeNosniff`, `frameDeny`, `contentSecurityPolicy` …)",
    ),
    implied: &[],
};
static MIDDLEWARE: Kind = Kind { subject: "This Traefik middleware", remedy: option_for, at_once: None, implied: &[] };

fn option_for(name: &str, value: &str) -> String {
    match Header::named(name) {
        Some(Header::Hsts) => "add `stsSeconds: 31536000` and `stsIncludeSubdomains: true` to its `headers`".to_owned(),
        Some(Header::ContentTypeOptions) => "add `contentTypeNosniff: true` to its `headers`".to_owned(),
        Some(Header::FrameOptions) => format!("add `customFrameOptionsValue: {value}` to its `headers`"),
        Some(Header::Csp) => format!("add `contentSecurityPolicy: \"{value}\"` to its `headers`"),
        Some(Header::ReferrerPolicy) => format!("add `referrerPolicy: {value}` to its `headers`"),
        Some(Header::PermissionsPolicy) => format!("add `permissionsPolicy: \"{value}\"` to its `headers`"),
        _ => format!("add `{name}: {value}` to the `customResponseHeaders` of its `headers`"),
    }
}

/// One setting of a `headers` middleware.
struct Setting {
    /// In lower case: labels are written in any.
    name: String,
    value: String,
    spot: Spot,
}

struct Middleware {
    name: String,
    spot: Spot,
    sent: Vec<Sent>,
}

struct Router {
    spot: Spot,
    uses: Vec<String>,
    tls: bool,
}

#[derive(Default)]
struct Dynamic {
    middlewares: Vec<Middleware>,
    /// A chain and its members.
    chains: Vec<(String, Vec<String>)>,
    /// Names of middlewares of other kinds.
    others: Vec<String>,
    routers: Vec<Router>,
}

/// Whether the text may hold any of it, before it is parsed.
pub fn may_be(text: &str) -> bool {
    let has_headers = text.contains("headers") || text.contains("Headers");
    has_headers && (text.contains("middlewares") || text.contains("kind: Middleware"))
}

pub fn read(documents: &[Node<'_>]) -> Reading {
    let mut dynamic = Dynamic::default();
    for document in documents {
        if let Some(http) = document.get("http") {
            dynamic.http(http);
        }
        if document.text_of("kind") == Some("Middleware")
            && document.text_of("apiVersion").is_some_and(|it| it.contains("traefik"))
        {
            let name = document.get("metadata").and_then(|it| it.text_of("name")).unwrap_or_default();
            if let Some(headers) = document.get("spec").and_then(|spec| spec.entry("headers")) {
                dynamic.middleware(name, headers.key_span, settings(&headers.value));
            }
        }
        if let Some(services) = document.get("services") {
            dynamic.labels(services);
        }
    }
    dynamic.reading()
}

impl Dynamic {
    fn http(&mut self, http: &Node<'_>) {
        for middleware in http.get("middlewares").map_or(&[][..], Node::entries) {
            let chain = middleware.value.get("chain").and_then(|chain| chain.get("middlewares"));
            match (middleware.value.entry("headers"), chain) {
                (Some(headers), _) => self.middleware(&middleware.key, headers.key_span, settings(&headers.value)),
                (None, Some(chain)) => self.chains.push((middleware.key.to_string(), texts(chain))),
                (None, None) => self.others.push(middleware.key.to_string()),
            }
        }
        for router in http.get("routers").map_or(&[][..], Node::entries) {
            let is_internal = router.value.text_of("service").is_some_and(|service| service.ends_with("@internal"));
            let uses = router.value.get("middlewares").map(texts).unwrap_or_default();
            if !is_internal && !uses.iter().any(|name| is_redirect(name)) {
                let tls = router.value.get("tls").is_some();
                self.routers.push(Router { spot: Spot::alone(router.key_span), uses, tls });
            }
        }
    }

    fn middleware(&mut self, name: &str, span: (usize, usize), settings: Vec<Setting>) {
        let sent = headers_of(&settings);
        if sent.is_empty() {
            self.others.push(name.to_owned());
        } else {
            self.middlewares.push(Middleware { name: name.to_owned(), spot: Spot::alone(span), sent });
        }
    }

    /// `traefik.http.middlewares.NAME.headers.OPTION=VALUE` of every service.
    fn labels(&mut self, services: &Node<'_>) {
        let mut found: Vec<(String, Vec<Setting>)> = Vec::new();
        for service in services.entries() {
            let places = [service.value.get("labels"), service.value.get("deploy").and_then(|it| it.get("labels"))];
            for (label, value, span) in places.into_iter().flatten().flat_map(labels) {
                let Some(rest) = label.strip_prefix("traefik.http.middlewares.") else { continue };
                let Some((name, option)) = rest.split_once(".headers.") else { continue };
                let setting = Setting { name: option.to_ascii_lowercase(), value, spot: Spot::alone(span) };
                match found.iter_mut().find(|(known, _)| known == name) {
                    Some((_, settings)) => settings.push(setting),
                    None => found.push((name.to_owned(), vec![setting])),
                }
            }
        }
        for (name, settings) in found {
            let span = settings.first().map_or((0, 0), |one| (one.spot.start, one.spot.end));
            self.middleware(&name, span, settings);
        }
    }

    /// The headers of the middlewares that a router uses, and whether one of them is not in the file.
    fn sent_by<'d>(&'d self, uses: &'d [String], seen: &mut Vec<&'d str>) -> (Vec<Sent>, bool) {
        let mut sent = Vec::new();
        let mut is_unread = false;
        for name in uses {
            // `secure@docker` is another provider's.
            let (name, is_elsewhere) = match name.split_once('@') {
                Some((name, provider)) => (name, provider != "file"),
                None => (name.as_str(), false),
            };
            if is_elsewhere {
                is_unread = true;
                continue;
            }
            // Chains may name each other, and one middleware again and again.
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            if let Some(one) = self.middlewares.iter().find(|one| one.name == name) {
                sent.extend(one.sent.iter().cloned());
            } else if let Some((_, members)) = self.chains.iter().find(|(chain, _)| chain == name) {
                let (more, unread) = self.sent_by(members, seen);
                sent.extend(more);
                is_unread |= unread;
            } else {
                is_unread |= !self.others.iter().any(|other| other == name);
            }
        }
        (sent, is_unread)
    }

    fn reading(self) -> Reading {
        let values = self.middlewares.iter().flat_map(|one| one.sent.iter().cloned()).collect();
        let mut reading = Reading { values, ..Reading::default() };
        let mut seen: Vec<Vec<String>> = Vec::new();
        for router in &self.routers {
            let (sent, is_unread) = self.sent_by(&router.uses, &mut Vec::new());
            // Routers with the same middlewares lack the same: it is said once.
            if is_unread || seen.contains(&router.uses) {
                continue;
            }
            seen.push(router.uses.clone());
            let server = Server { sent, tls: router.tls, ..Server::new(&ROUTER, router.spot.clone()) };
            reading.servers.push(server.proxying());
        }
        let is_used = |name: &str| {
            let routed = self.routers.iter().flat_map(|router| &router.uses);
            let chained = self.chains.iter().flat_map(|(_, members)| members);
            routed.chain(chained).any(|used| used.split('@').next() == Some(name))
        };
        for one in self.middlewares.iter().filter(|one| !is_used(&one.name)) {
            if one.sent.iter().any(|sent| sent.header.is_main()) {
                let server = Server { sent: one.sent.clone(), ..Server::new(&MIDDLEWARE, one.spot.clone()) };
                reading.servers.push(server.proxying());
            }
        }
        reading
    }
}

fn is_redirect(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("redirect") || name.contains("https-only")
}

fn texts(list: &Node<'_>) -> Vec<String> {
    // Labels have one text with commas.
    let one = list.text().map(|text| text.split(',').map(|part| part.trim().to_owned()).collect());
    one.unwrap_or_else(|| list.items().iter().filter_map(Node::text).map(str::to_owned).collect())
}

/// Labels with their values and places, as a list of `name=value` or a map.
fn labels(node: &Node<'_>) -> Vec<(String, String, (usize, usize))> {
    let listed = node.items().iter().filter_map(|item| {
        let (name, value) = item.text()?.split_once('=')?;
        Some((name.trim().to_owned(), value.to_owned(), item.span))
    });
    let mapped = node
        .entries()
        .iter()
        .filter_map(|entry| Some((entry.key.to_string(), entry.value.text()?.to_owned(), entry.value.span)));
    listed.chain(mapped).collect()
}

fn settings(headers: &Node<'_>) -> Vec<Setting> {
    let one = |entry: &Entry<'_>, prefix: &str| {
        let value = entry.value.text().map(str::to_owned)?;
        Some(Setting {
            name: format!("{prefix}{}", entry.key.to_ascii_lowercase()),
            value,
            spot: Spot::alone(entry.value.span),
        })
    };
    let plain = headers.entries().iter().filter_map(|entry| one(entry, ""));
    let custom = headers.entries().iter().filter(|entry| entry.key.eq_ignore_ascii_case("customResponseHeaders"));
    let custom =
        custom.flat_map(|entry| entry.value.entries()).filter_map(|entry| one(entry, "customresponseheaders."));
    plain.chain(custom).collect()
}

fn headers_of(settings: &[Setting]) -> Vec<Sent> {
    let get = |name: &str| settings.iter().find(|one| one.name == name);
    let is_true = |name: &str| get(name).is_some_and(|one| one.value == "true");
    let mut sent = Vec::new();
    for one in settings {
        let value =
            if one.value.contains("{{") || one.value.contains("${") { UNKNOWN.to_string() } else { one.value.clone() };
        let (header, value) = match one.name.as_str() {
            "stsseconds" => {
                let all = if is_true("stsincludesubdomains") { "; includeSubDomains" } else { "" };
                (Header::Hsts, format!("max-age={value}{all}"))
            }
            "framedeny" if value == "true" && get("customframeoptionsvalue").is_none() => {
                (Header::FrameOptions, "DENY".to_owned())
            }
            "customframeoptionsvalue" => (Header::FrameOptions, value),
            "contenttypenosniff" if value == "true" => (Header::ContentTypeOptions, "nosniff".to_owned()),
            "contentsecuritypolicy" => (Header::Csp, value),
            "referrerpolicy" => (Header::ReferrerPolicy, value),
            "permissionspolicy" => (Header::PermissionsPolicy, value),
            name => match name.strip_prefix("customresponseheaders.").and_then(Header::named) {
                Some(header) => (header, value),
                None => continue,
            },
        };
        sent.extend(Sent::named(header.name(), value, one.spot.clone()));
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::yaml_so_far;

    fn names(servers: &[Server]) -> Vec<Vec<&'static str>> {
        servers.iter().map(|server| server.sent.iter().map(|one| one.header.name()).collect()).collect()
    }

    #[test]
    fn a_router_sends_what_its_middlewares_set() {
        let text = "http:\n  middlewares:\n    a: &h\n      headers: {frameDeny: true, stsSeconds: 300}\n    b:\n      headers:\n        customResponseHeaders: {Referrer-Policy: unsafe-url}\n    c: {chain: {middlewares: [a, b@file]}}\n    d: *h\n  routers:\n    r: {middlewares: [c], tls: {}}\n    s: {middlewares: [c]}\n    t: {middlewares: [x@docker]}\n";
        let reading = read(&yaml_so_far(text).documents);
        assert_eq!(names(&reading.servers)[0], ["X-Frame-Options", "Strict-Transport-Security", "Referrer-Policy"]);
        assert!(reading.servers[0].tls);
        // `d`, which no router uses, is judged by itself.
        assert_eq!(reading.servers.len(), 2);
    }

    #[test]
    fn labels_and_custom_resources_say_the_same() {
        let labels = "services:\n  web:\n    labels:\n      - traefik.http.middlewares.sec.headers.STSSeconds=31536000\n      - \"traefik.http.middlewares.sec.headers.customResponseHeaders.X-Frame-Options=DENY\"\n";
        let resource = "apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {name: sec}\nspec:\n  headers:\n    stsSeconds: 31536000\n    customFrameOptionsValue: DENY\n";
        for text in [labels, resource] {
            let reading = read(&yaml_so_far(text).documents);
            assert_eq!(names(&reading.servers), [["Strict-Transport-Security", "X-Frame-Options"]], "{text}");
        }
    }
}
