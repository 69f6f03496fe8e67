//! Hosts of static sites, which take headers from a file beside the site: Netlify and Cloudflare (`_headers`,
//! `netlify.toml`), Vercel (`vercel.json`), Firebase (`firebase.json`).

use super::header::Header;
use super::model::{Kind, Reading, Sent, Server, Spot, UNKNOWN};
use crate::document::{Fault, Node};
use crate::model::Confidence;

static HEADERS_FILE: Kind = Kind {
    subject: "This site",
    remedy: |name, value| format!("add `  {name}: {value}` below `/*`"),
    at_once: None,
    implied: &[],
};
static CLOUDFLARE: Kind = Kind {
    subject: "This site",
    remedy: |name, value| format!("add `  {name}: {value}` below `/*`"),
    at_once: None,
    // Pages and Workers with assets send these by themselves.
    implied: &[Header::ContentTypeOptions, Header::ReferrerPolicy],
};
static NETLIFY: Kind = Kind {
    subject: "This Netlify site",
    remedy: |name, value| format!("add `{name} = \"{value}\"` to the `[headers.values]` of `for = \"/*\"`"),
    at_once: Some("add a `[[headers]]` table with `for = \"/*\"` and `[headers.values]`"),
    implied: &[],
};
static VERCEL: Kind = Kind {
    subject: "This Vercel site",
    remedy: pair,
    at_once: Some("add `\"headers\": [{ \"source\": \"/(.*)\", \"headers\": [{ \"key\": …, \"value\": … }] }]`"),
    implied: &[],
};
static FIREBASE: Kind = Kind {
    subject: "This Firebase site",
    remedy: pair,
    at_once: Some(
        "add `\"headers\": [{ \"source\": \"**\", \"headers\": [{ \"key\": …, \"value\": … }] }]` to `hosting`",
    ),
    implied: &[],
};

fn pair(name: &str, value: &str) -> String {
    format!("add `{{ \"key\": \"{name}\", \"value\": \"{value}\" }}` for all paths")
}

/// What lies beside the file, as far as it matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// A framework whose own configuration may set headers.
    pub framework: bool,
    /// A `_headers` file anywhere.
    pub headers_file: bool,
    /// Cloudflare's configuration.
    pub wrangler: bool,
}

/// The headers of one pattern of paths.
struct Rule {
    pattern: String,
    spot: Spot,
    sent: Vec<Sent>,
}

fn holds_for_pages(pattern: &str) -> bool {
    let pattern = pattern.trim_start_matches("https://:domain").trim_start_matches('^').trim_end_matches('$');
    matches!(
        pattern,
        "/*" | "/**"
            | "*"
            | "**"
            | "**/*"
            | "/**/*"
            | "/(.*)"
            | "/.*"
            | ".*"
            | "(.*)"
            | "/:path*"
            | "/:match*"
            | "/:splat*"
            | "/"
            | "/:path(.*)"
            | "/(.*)?"
    ) || pattern.contains(".html")
        || pattern.starts_with("/((?!")
}

/// A reading of `rules`; `place` is where a site without any is configured.
fn judged(kind: &'static Kind, rules: Vec<Rule>, place: Option<(Spot, Confidence)>) -> Reading {
    let values = rules.iter().flat_map(|rule| rule.sent.iter().cloned()).collect();
    let mut reading = Reading { values, ..Reading::default() };
    let of_pages: Vec<&Rule> = rules.iter().filter(|rule| holds_for_pages(&rule.pattern)).collect();
    let sent: Vec<Sent> = of_pages.iter().flat_map(|rule| rule.sent.iter().cloned()).collect();
    // A pattern of one's own that sends such headers may be the pages; what is not for pages says nothing of them.
    let is_elsewhere = sent.is_empty() && !reading.values.is_empty();
    let first = of_pages.iter().find(|rule| !rule.sent.is_empty()).or(of_pages.first());
    let (spot, most) = match (first, place) {
        _ if is_elsewhere => return reading,
        (Some(rule), _) => (rule.spot.clone(), Confidence::Medium),
        (None, Some(place)) => place,
        (None, None) => return reading,
    };
    let server = Server { sent, ..Server::new(kind, spot) };
    reading.servers.push(Server { confidence: most, ..server });
    reading
}

/// `_headers`: a path, and below it, indented, `Name: value` a line.
pub fn headers_file(text: &str, beside: Beside) -> Reading {
    let mut rules: Vec<Rule> = Vec::new();
    let mut faults = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let from = start + line.len() - line.trim_start().len();
        let spot = Spot::alone((from, from + trimmed.len()));
        let expected = |what: &str| (0, Fault { offset: from, message: format!("expected {what}") });
        start += line.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if !line.starts_with([' ', '\t']) && (trimmed.starts_with('/') || trimmed.contains("://")) {
            rules.push(Rule { pattern: trimmed.to_owned(), spot, sent: Vec::new() });
            continue;
        }
        let Some(rule) = rules.last_mut() else {
            faults.push(expected("a path that starts with `/` before the first header"));
            continue;
        };
        match trimmed.split_once(':') {
            Some((name, value)) => rule.sent.extend(Sent::named(name, value.trim(), spot)),
            // Cloudflare takes a header away so.
            None if trimmed.starts_with('!') => {}
            None => faults.push(expected("`Name: value`")),
        }
    }
    let kind = if beside.wrangler { &CLOUDFLARE } else { &HEADERS_FILE };
    let mut reading = judged(kind, rules, None);
    reading.faults = faults.into_iter().take(1).collect();
    reading
}

pub fn netlify(tree: &Node<'_>, beside: Beside) -> Reading {
    let mut rules = Vec::new();
    for block in tree.get("headers").map_or(&[][..], Node::items) {
        let Some(pattern) = block.get("for") else { continue };
        let values = block.get("values").map_or(&[][..], Node::entries);
        let sent = values.iter().filter_map(|entry| {
            // Several values are one header to browsers.
            let parts = entry.value.items().iter().filter_map(Node::text).collect::<Vec<_>>().join(", ");
            let value = entry.value.text().map_or(parts, str::to_owned);
            Sent::named(&entry.key, value, Spot::alone(entry.value.span))
        });
        let spot = Spot::alone(pattern.span);
        rules.push(Rule { pattern: pattern.text().unwrap_or_default().to_owned(), spot, sent: sent.collect() });
    }
    let build = tree.entry("build").filter(|build| build.value.get("publish").is_some());
    let place = build.filter(|_| !beside.headers_file && !beside.framework);
    judged(&NETLIFY, rules, place.map(|build| (Spot::alone(build.key_span), Confidence::Medium)))
}

pub fn vercel(tree: &Node<'_>, beside: Beside) -> Reading {
    let mut rules = listed(tree.get("headers"));
    // The older form: a map of headers in a route.
    for route in tree.get("routes").map_or(&[][..], Node::items) {
        if let (Some(source), Some(headers)) = (route.get("src"), route.get("headers")) {
            let sent = headers
                .entries()
                .iter()
                .filter_map(|entry| Sent::named(&entry.key, entry.value.text()?, Spot::alone(entry.value.span)));
            let pattern = source.text().unwrap_or_default().to_owned();
            rules.push(Rule { pattern, spot: Spot::alone(source.span), sent: sent.collect() });
        }
    }
    // Without a place of its own what is served, it says nothing about pages.
    let shows = ["outputDirectory", "cleanUrls", "trailingSlash", "public"].iter().find_map(|key| tree.entry(key));
    let place = shows.filter(|_| !beside.framework).map(|entry| (Spot::alone(entry.key_span), Confidence::Medium));
    let mut reading = judged(&VERCEL, rules, place);
    if beside.framework {
        let doubt = "unless the framework's own configuration does";
        reading.servers = reading.servers.into_iter().map(|server| server.doubted(Confidence::Low, doubt)).collect();
    }
    reading
}

pub fn firebase(tree: &Node<'_>, beside: Beside) -> Reading {
    let Some(hosting) = tree.get("hosting") else { return Reading::default() };
    let sites: Vec<&Node<'_>> =
        if hosting.items().is_empty() { vec![hosting] } else { hosting.items().iter().collect() };
    let mut whole = Reading::default();
    for site in sites {
        // What a framework or a function renders has headers of its own.
        let place = site.entry("public").filter(|_| !beside.framework);
        let place = place.map(|entry| (Spot::alone(entry.key_span), Confidence::Medium));
        let reading = judged(&FIREBASE, listed(site.get("headers")), place);
        whole.servers.extend(reading.servers);
        whole.values.extend(reading.values);
    }
    whole
}

/// `[{ source, headers: [{ key, value }] }]`; Firebase knows `regex` as well.
fn listed(list: Option<&Node<'_>>) -> Vec<Rule> {
    let one = |item: &Node<'_>| {
        let source = item.get("source").or_else(|| item.get("regex")).or_else(|| item.get("glob"))?;
        let sent = item.get("headers")?.items().iter().filter_map(|header| {
            let value = header.get("value")?;
            Sent::named(
                header.text_of("key")?,
                value.text().map_or(UNKNOWN.to_string(), str::to_owned),
                Spot::alone(value.span),
            )
        });
        let pattern = source.text()?.to_owned();
        Some(Rule { pattern, spot: Spot::alone(source.span), sent: sent.collect() })
    };
    list.map_or(&[][..], Node::items).iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::document::{json_so_far, toml_so_far};

    fn sent(reading: &Reading) -> Vec<Vec<(&'static str, &str)>> {
        reading
            .servers
            .iter()
            .map(|server| server.sent.iter().map(|one| (one.header.name(), one.value.as_str())).collect())
            .collect()
    }

    #[test]
    fn every_host_says_the_same_in_its_own_way() {
        let expected = [[("X-Frame-Options", "DENY")]];
        let text = "# c\n/*\n  X-Frame-Options: DENY\n/assets/*\n  Cache-Control: x\n";
        assert_eq!(sent(&headers_file(text, Beside::default())), expected);
        let text = "[[headers]]\nfor = \"/*\"\n[headers.values]\nX-Frame-Options = \"DENY\"\n";
        assert_eq!(sent(&netlify(&toml_so_far(text).documents[0], Beside::default())), expected);
        let list = |source: &str| {
            format!(
                "\"headers\": [{{\"source\": \"{source}\", \"headers\": [{{\"key\": \"x-frame-options\", \"value\": \"DENY\"}}]}}]"
            )
        };
        let text = format!("{{{}}}", list("/(.*)"));
        assert_eq!(sent(&vercel(&json_so_far(&text).documents[0], Beside::default())), expected);
        let text = "{\"routes\": [{\"src\": \"/(.*)\", \"headers\": {\"X-Frame-Options\": \"DENY\"}}]}";
        assert_eq!(sent(&vercel(&json_so_far(text).documents[0], Beside::default())), expected);
        let text = format!("{{\"hosting\": [{{\"public\": \"dist\", {}}}]}}", list("**"));
        assert_eq!(sent(&firebase(&json_so_far(&text).documents[0], Beside::default())), expected);
    }

    #[test]
    fn a_site_without_headers_is_one_only_where_it_is_set_up_here() {
        let firebase = |text: &str| firebase(&json_so_far(text).documents[0], Beside::default()).servers.len();
        assert_eq!((firebase("{\"hosting\": {\"public\": \"dist\"}}"), firebase("{\"functions\": {}}")), (1, 0));
        let vercel = |text: &str, beside| vercel(&json_so_far(text).documents[0], beside).servers.len();
        assert_eq!(vercel("{\"crons\": []}", Beside::default()), 0);
        assert_eq!(vercel("{\"outputDirectory\": \"dist\"}", Beside::default()), 1);
        assert_eq!(vercel("{\"outputDirectory\": \"dist\"}", Beside { framework: true, ..Beside::default() }), 0);
        let toml = toml_so_far("[build]\npublish = \"dist\"\n");
        assert_eq!(netlify(&toml.documents[0], Beside::default()).servers.len(), 1);
        assert_eq!(netlify(&toml.documents[0], Beside { headers_file: true, ..Beside::default() }).servers.len(), 0);
        // Caching alone is about files, not pages.
        assert_eq!(headers_file("/assets/*\n  Cache-Control: x\n", Beside::default()).servers.len(), 0);
    }

    #[test]
    fn faults_of_a_headers_file_have_a_place() {
        for (text, at) in [("  A: b\n", 2), ("/*\n  nonsense\n", 5)] {
            assert_eq!(headers_file(text, Beside::default()).faults[0].1.offset, at);
        }
        assert!(headers_file("/*\n  ! X-Frame-Options\n", Beside::default()).faults.is_empty());
    }
}
