//! What an nginx `server` sends: `add_header` is inherited only by a block that adds none of its own, so each place that
//! answers requests is judged by what reaches it.

use std::ops::Range;

use super::csp;
use super::header::{Fault, Header, fault};
use super::nginx::Directive;
use crate::model::Confidence;

/// Something to report, at its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A server that does not send the header; how sure that is, and why it may not be so.
    Missing { header: Header, server: Range<usize>, confidence: Confidence, doubt: Option<String> },
    /// A value that is weak.
    Faulty { value: Range<usize>, fault: Fault },
    /// A block whose own header drops those of the block around it.
    Lost { at: Range<usize>, headers: Vec<Header>, from: Range<usize> },
}

/// Headers that reach a place, and what is not known about them.
#[derive(Clone, Default)]
struct Sent<'t> {
    headers: Vec<(Header, &'t str)>,
    /// Headers of the `headers-more` module, which inner blocks do not drop.
    kept: Vec<(Header, &'t str)>,
    /// The first `include` that may hold more of them.
    unread: Option<&'t str>,
    /// A block where the first of `headers` stands.
    from: Option<Range<usize>>,
}

impl<'t> Sent<'t> {
    fn has(&self, header: Header) -> bool {
        let all = || self.headers.iter().chain(&self.kept);
        all().any(|(known, _)| *known == header)
            || (header == Header::FrameOptions
                && all().any(|(known, value)| *known == Header::Csp && csp::has_frame_ancestors(value)))
    }

    /// What reaches the inside of `block`, given what reaches the block around it.
    fn within(&self, block: &'t [Directive]) -> Sent<'t> {
        let mut sent = self.clone();
        let adds: Vec<&Directive> = block.iter().filter(|directive| directive.is("add_header")).collect();
        let merges =
            block.iter().any(|directive| directive.is("add_header_inherit") && directive.arg(0) == Some("merge"));
        if !adds.is_empty() && !merges {
            sent.headers.clear();
        }
        if let Some(first) = adds.first() {
            sent.from = Some(first.span());
        }
        sent.headers.extend(adds.iter().filter_map(|directive| header_of(directive)));
        for directive in block.iter().filter(|directive| directive.is("more_set_headers")) {
            let lines = directive.args.iter().filter_map(|word| word.text.split_once(':'));
            sent.kept.extend(lines.filter_map(|(name, value)| Some((Header::named(name.trim())?, value.trim()))));
        }
        let unread = block.iter().filter(|directive| directive.is("include")).filter_map(|directive| directive.arg(0));
        sent.unread =
            unread.filter(|path| may_add_headers(path)).min_by_key(|path| !speaks_of_headers(path)).or(sent.unread);
        sent
    }
}

fn header_of(directive: &Directive) -> Option<(Header, &str)> {
    let header = Header::named(directive.arg(0)?)?;
    // nginx sends no header whose value is empty.
    directive.arg(1).filter(|value| !value.is_empty()).map(|value| (header, value))
}

/// Files that distributions and tools ship, and that set no response header.
fn may_add_headers(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let harmless = ["mime.types", "fastcgi.conf", "fastcgi-php.conf", "options-ssl-nginx.conf"];
    !(harmless.contains(&file) || file.ends_with("_params") || path.contains("modules-enabled"))
}

fn speaks_of_headers(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["header", "security", "secure", "hsts", "csp", "harden"].iter().any(|word| path.contains(word))
}

/// Whether the file configures an HTTP server at all.
pub fn is_nginx(tree: &[Directive]) -> bool {
    tree.iter().any(|directive| {
        directive.block.is_some()
            && ((directive.is("http") && directive.args.is_empty())
                || (directive.is("server") && directive.args.is_empty()))
    })
}

/// Judges every server of the file, in the order of the file.
pub fn judge(tree: &[Directive]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let nothing = Sent::default();
    for directive in tree.iter().filter(|directive| directive.block.is_some()) {
        if directive.is("http") {
            let block = directive.children();
            values(block, &mut verdicts);
            let sent = nothing.within(block);
            for server in block.iter().filter(|child| is_server(child)) {
                judge_server(server, &sent, None, &mut verdicts);
            }
        } else if is_server(directive) {
            let doubt = "unless the file that includes this one adds it";
            judge_server(directive, &nothing, Some(doubt), &mut verdicts);
        }
    }
    verdicts
}

fn is_server(directive: &Directive) -> bool {
    directive.is("server") && directive.args.is_empty() && directive.block.is_some()
}

fn judge_server<'t>(server: &'t Directive, outer: &Sent<'t>, doubt: Option<&str>, verdicts: &mut Vec<Verdict>) {
    let block = server.children();
    if !answers(block) {
        return;
    }
    values(block, verdicts);
    let sent = outer.within(block);
    let mut places = Vec::new();
    locations(block, &sent, &mut places, verdicts);
    // Without `location /` the server itself answers what no location takes.
    let main = places.iter().find(|place| place.is_main).map_or(&sent, |place| &place.sent);
    // Scripts behind FastCGI answer for `/` too, wherever `location ~ \.php$` stands.
    let is_proxy = places.iter().any(|place| place.is_main && place.is_proxy)
        || places.iter().any(|place| place.is_script)
        || block.iter().any(hands_on)
        || (!places.is_empty() && places.iter().all(|place| place.is_proxy));
    for header in Header::ALL {
        if header == Header::Hsts && !has_tls(block) {
            continue;
        }
        let everywhere = !places.is_empty() && places.iter().all(|place| place.sent.has(header));
        if sent.has(header) || main.has(header) || everywhere {
            continue;
        }
        let (confidence, doubt) = doubt_of(main, is_proxy, doubt);
        verdicts.push(Verdict::Missing { header, server: server.name.span.clone(), confidence, doubt });
    }
}

fn doubt_of(sent: &Sent<'_>, is_proxy: bool, doubt: Option<&str>) -> (Confidence, Option<String>) {
    match sent.unread {
        Some(path) if speaks_of_headers(path) => {
            (Confidence::Low, Some(format!("unless `include {path}`, which was not read, adds it")))
        }
        Some(path) => (Confidence::Medium, Some(format!("unless `include {path}`, which was not read, adds it"))),
        None if is_proxy => (Confidence::Medium, Some("unless the application behind it does".to_owned())),
        None => match doubt {
            Some(doubt) => (Confidence::Medium, Some(doubt.to_owned())),
            None => (Confidence::High, None),
        },
    }
}

/// A location that answers with content.
struct Place<'t> {
    sent: Sent<'t>,
    /// It is `location /`.
    is_main: bool,
    /// Something behind nginx makes the answer, and may set headers itself.
    is_proxy: bool,
    /// A program that makes whole pages, by FastCGI or its like.
    is_script: bool,
}

fn locations<'t>(block: &'t [Directive], outer: &Sent<'t>, places: &mut Vec<Place<'t>>, verdicts: &mut Vec<Verdict>) {
    for location in block.iter().filter(|child| (child.is("location") || child.is("if")) && child.block.is_some()) {
        let inside = location.children();
        values(inside, verdicts);
        if !location_answers(location) {
            continue;
        }
        let sent = outer.within(inside);
        let lost: Vec<Header> = Header::ALL
            .into_iter()
            .filter(|&header| outer.has(header) && !sent.has(header))
            .filter(|&header| !is_static(location) || header == Header::ContentTypeOptions)
            .collect();
        let unread_here = inside.iter().any(|child| child.is("include") && child.arg(0).is_some_and(may_add_headers));
        if let (false, false, Some(at), Some(from)) = (lost.is_empty(), unread_here, &sent.from, &outer.from) {
            verdicts.push(Verdict::Lost { at: at.clone(), headers: lost, from: from.clone() });
        }
        locations(inside, &sent, places, verdicts);
        if location.is("location") {
            let is_main = location.args.len() == 1 && location.arg(0) == Some("/");
            let is_proxy = inside.iter().any(hands_on);
            let is_script =
                inside.iter().any(|child| hands_on(child) && !child.is("proxy_pass") && !child.is("grpc_pass"));
            places.push(Place { sent, is_main, is_proxy, is_script });
        }
    }
}

fn hands_on(directive: &Directive) -> bool {
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"].iter().any(|name| directive.is(name))
}

/// Whether the server serves anything to anyone but a redirect, a refusal or the machine itself.
fn answers(block: &[Directive]) -> bool {
    let mut listens = block.iter().filter(|directive| directive.is("listen")).peekable();
    let is_local = |directive: &Directive| {
        directive.arg(0).is_some_and(|address| {
            ["127.", "localhost", "[::1]", "unix:"].iter().any(|prefix| address.starts_with(prefix))
        })
    };
    if listens.peek().is_some() && listens.all(is_local) {
        return false;
    }
    if turns_away(block) {
        return false;
    }
    let mut locations = block.iter().filter(|child| child.is("location") && child.block.is_some()).peekable();
    let serves_itself = block.iter().any(|child| child.is("root") || child.is("alias") || hands_on(child));
    let has_main = block.iter().any(|child| child.is("location") && child.args.len() == 1 && child.arg(0) == Some("/"));
    if locations.peek().is_none() || (serves_itself && !has_main) {
        return true;
    }
    locations.any(location_answers)
}

fn location_answers(location: &Directive) -> bool {
    let is_challenge = location.args.iter().any(|word| word.text.contains(".well-known/acme-challenge"));
    let is_internal = location.children().iter().any(|child| child.is("internal"));
    let is_denied = location.children().iter().any(|child| child.is("deny") && child.arg(0) == Some("all"))
        && !location.children().iter().any(|child| child.is("allow"));
    !(is_challenge || is_internal || is_denied || turns_away(location.children()))
}

/// Whether every request is redirected or refused here.
fn turns_away(block: &[Directive]) -> bool {
    block.iter().any(|directive| {
        if directive.is("return") {
            // `return URL` is a redirect as well.
            return directive.arg(0).is_some_and(|code| !code.starts_with('2'));
        }
        directive.is("rewrite")
            && matches!(directive.arg(0), Some("^" | ".*" | "^(.*)$" | "^(.*)" | "^/(.*)$" | "^/(.*)" | "^.*$"))
            && matches!(directive.args.last().map(|word| word.text.as_str()), Some("permanent" | "redirect"))
    })
}

/// Whether the location is for images, fonts, styles or scripts: a policy for pages does nothing there.
fn is_static(location: &Directive) -> bool {
    let pattern = location.args.last().map_or("", |word| word.text.as_str());
    let by_extension = location.args.len() == 2
        && pattern.contains("\\.")
        && ["css", "js", "png", "jpg", "jpe", "gif", "ico", "svg", "woff", "ttf"]
            .iter()
            .any(|ext| pattern.contains(ext))
        && !["htm", "php"].iter().any(|ext| pattern.contains(ext));
    let by_folder = ["static", "assets", "images", "img", "css", "js", "fonts", "media", "_next"]
        .iter()
        .any(|folder| pattern.trim_start_matches('^').trim_matches('/').starts_with(folder));
    by_extension || by_folder || pattern.ends_with("favicon.ico") || pattern.ends_with("robots.txt")
}

fn has_tls(block: &[Directive]) -> bool {
    block.iter().any(|directive| {
        (directive.is("listen") && directive.args.iter().any(|word| matches!(word.text.as_str(), "ssl" | "quic")))
            || (directive.is("ssl") && directive.arg(0) == Some("on"))
    })
}

/// Judges the values that the directives of one block give.
fn values(block: &[Directive], verdicts: &mut Vec<Verdict>) {
    for directive in block.iter().filter(|directive| directive.is("add_header")) {
        let Some((header, value)) = header_of(directive) else { continue };
        if let (Some(fault), Some(word)) = (fault(header, value), directive.args.get(1)) {
            verdicts.push(Verdict::Faulty { value: word.span.clone(), fault });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::nginx::parse;
    use super::*;

    const ALL_FOUR: &str = "add_header Content-Security-Policy \"default-src 'self'; base-uri 'none'\"; \
        add_header X-Content-Type-Options nosniff; add_header X-Frame-Options DENY; add_header Referrer-Policy no-referrer;";

    fn missing(text: &str) -> Vec<&'static str> {
        let header = |verdict| match verdict {
            Verdict::Missing { header, .. } => Some(header.name()),
            _ => None,
        };
        judge(&parse(text).unwrap()).into_iter().filter_map(header).collect()
    }

    fn lost(text: &str) -> usize {
        judge(&parse(text).unwrap()).iter().filter(|verdict| matches!(verdict, Verdict::Lost { .. })).count()
    }

    #[test]
    fn a_bare_server_lacks_all_but_hsts() {
        assert_eq!(missing("http { server { listen 80; root /srv; } }").len(), 4);
        assert_eq!(missing("http { server { listen 443 ssl; root /srv; } }").len(), 5);
        assert_eq!(missing(&format!("http {{ {ALL_FOUR} server {{ listen 80; root /srv; }} }}")).len(), 0);
    }

    #[test]
    fn servers_that_serve_nothing_are_left_alone() {
        for server in [
            "server { listen 80; return 301 https://$host$request_uri; }",
            "server { listen 80; rewrite ^ https://example.com$request_uri permanent; }",
            "server { listen 80; location /.well-known/acme-challenge/ { root /srv; } location / { return 301 https://a; } }",
            "server { listen 127.0.0.1:8080; location / { stub_status; } }",
            "server { listen 80 default_server; return 444; }",
        ] {
            assert_eq!(missing(server), [""; 0], "{server}");
        }
        assert_eq!(missing("upstream a { server 10.0.0.1; } stream { server { listen 1; proxy_pass a; } }").len(), 0);
    }

    #[test]
    fn a_location_with_a_header_of_its_own_drops_the_others() {
        let server = |inner: &str| format!("http {{ server {{ listen 80; root /srv; {ALL_FOUR} {inner} }} }}");
        assert_eq!(lost(&server("location / { add_header Cache-Control no-store; }")), 1);
        assert_eq!(lost(&server("location / { expires 1h; }")), 0);
        assert_eq!(lost(&server("location / { add_header_inherit merge; add_header Cache-Control no-store; }")), 0);
        assert_eq!(lost(&server("location /old { add_header X-A b; return 301 /new; }")), 0);
        assert_eq!(missing(&server("location / { add_header Cache-Control no-store; }")).len(), 0);
    }

    #[test]
    fn framing_may_be_said_in_the_policy() {
        let server = "server { listen 80; add_header Content-Security-Policy \"frame-ancestors 'none'\"; root /srv; }";
        assert!(!missing(server).contains(&"X-Frame-Options"));
    }

    #[test]
    fn an_include_that_was_not_read_lowers_the_confidence() {
        let confidence = |text: &str| match judge(&parse(text).unwrap()).first() {
            Some(Verdict::Missing { confidence, .. }) => Some(*confidence),
            _ => None,
        };
        assert_eq!(confidence("http { include mime.types; server { listen 80; root /a; } }"), Some(Confidence::High));
        assert_eq!(confidence("http { server { listen 80; root /a; include extra.conf; } }"), Some(Confidence::Medium));
        let named = "http { server { listen 80; root /a; include snippets/security-headers.conf; } }";
        assert_eq!(confidence(named), Some(Confidence::Low));
        assert_eq!(confidence("server { listen 80; root /a; }"), Some(Confidence::Medium));
        let php = "http { server { listen 80; root /a; location / { try_files $uri /index.php; } \
            location ~ \\.php$ { fastcgi_pass php; } } }";
        assert_eq!(confidence(php), Some(Confidence::Medium));
        let api =
            "http { server { listen 80; root /a; location / { expires 1h; } location /api { proxy_pass http://b; } } }";
        assert_eq!(confidence(api), Some(Confidence::High));
    }
}
