//! What an nginx `server` sends: `add_header` is inherited only by a block that adds none of its own, so each place that
//! answers requests is judged by what reaches it.

use std::collections::HashMap;

use super::directive::Directive;
use super::header::Header;
use super::model::{Kind, LONGEST_VALUE, Lost, Reading, Sent, Server, Spot, UNKNOWN, sends};
use crate::model::Confidence;

static NGINX: Kind = Kind {
    subject: "This server",
    remedy: |name, value| format!("add `add_header {name} \"{value}\" always;`"),
    at_once: None,
    implied: &[],
};

/// Headers that reach a place, and what is not known about them.
#[derive(Clone, Default)]
struct Reach<'t> {
    headers: Vec<Sent>,
    /// Headers of the `headers-more` module, which inner blocks do not drop.
    kept: Vec<Sent>,
    /// The first `include` that may hold more of them.
    unread: Option<&'t str>,
    /// Where the first of `headers` is added.
    from: Option<Spot>,
    /// What `set` gave to variables; what is set under a condition is not known.
    variables: HashMap<&'t str, String>,
}

impl<'t> Reach<'t> {
    fn has(&self, header: Header) -> bool {
        sends(&self.headers, header) || sends(&self.kept, header)
    }

    /// What reaches the inside of `block`, given what reaches the block around it.
    fn within(&self, block: &'t [Directive]) -> Reach<'t> {
        let mut reach = self.clone();
        reach.set(block);
        let adds: Vec<&Directive> = block.iter().filter(|directive| directive.is("add_header")).collect();
        let merges =
            block.iter().any(|directive| directive.is("add_header_inherit") && directive.arg(0) == Some("merge"));
        if !adds.is_empty() && !merges {
            reach.headers.clear();
        }
        if let Some(first) = adds.first() {
            reach.from = Some(first.spot());
        }
        for directive in block {
            let added = reach.added(directive);
            if directive.is("add_header") { reach.headers.extend(added) } else { reach.kept.extend(added) }
        }
        let unread = block.iter().filter(|directive| directive.is("include")).filter_map(|directive| directive.arg(0));
        reach.unread =
            unread.filter(|path| may_add_headers(path)).min_by_key(|path| !speaks_of_headers(path)).or(reach.unread);
        reach
    }

    /// The headers that one directive adds.
    fn added(&self, directive: &Directive) -> Vec<Sent> {
        if directive.is("add_header") {
            let (Some(name), Some(word)) = (directive.arg(0), directive.args.get(1)) else { return Vec::new() };
            return Sent::named(name, self.value(&word.text), directive.spot_of(word)).into_iter().collect();
        }
        if directive.is("more_set_headers") {
            let lines = directive.args.iter().filter_map(|word| Some((word, word.text.split_once(':')?)));
            return lines
                .filter_map(|(word, (name, value))| {
                    Sent::named(name, self.value(value.trim()), directive.spot_of(word))
                })
                .collect();
        }
        Vec::new()
    }

    fn set(&mut self, block: &'t [Directive]) {
        for directive in block {
            let name = directive.arg(0).and_then(|name| name.strip_prefix('$'));
            if let (true, Some(name), Some(value)) = (directive.is("set"), name, directive.arg(1)) {
                let value = self.value(value);
                self.variables.insert(name, value);
            } else if directive.is("if") {
                let conditional = directive.children().iter().filter(|child| child.is("set"));
                for name in conditional.filter_map(|child| child.arg(0)?.strip_prefix('$')) {
                    self.variables.insert(name, UNKNOWN.to_string());
                }
            }
        }
    }

    /// `text` with the variables that are known in their place.
    fn value(&self, text: &str) -> String {
        let mut value = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            value.push_str(before);
            let (name, tail) = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
                Some(braced) => braced,
                None => {
                    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at_checked(end).unwrap_or((after, ""))
                }
            };
            match self.variables.get(name) {
                Some(known) => value.push_str(known),
                None => value.push(UNKNOWN),
            }
            rest = tail;
        }
        value.push_str(rest);
        // A variable that is set to itself twice grows without end.
        if value.len() > LONGEST_VALUE { UNKNOWN.to_string() } else { value }
    }
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

/// What every server of the tree sends, in the order of the file.
pub fn read(tree: &[Directive]) -> Reading {
    let mut reading = Reading::default();
    let nothing = Reach::default();
    for directive in tree.iter().filter(|directive| directive.block.is_some()) {
        if directive.is("http") {
            let block = directive.children();
            let reach = nothing.within(block);
            values(&reach, block, &mut reading);
            for server in block.iter().filter(|child| is_server(child)) {
                read_server(server, &reach, None, &mut reading);
            }
        } else if is_server(directive) {
            let doubt = "unless the file that includes this one adds it";
            read_server(directive, &nothing, Some(doubt), &mut reading);
        }
    }
    reading
}

fn is_server(directive: &Directive) -> bool {
    directive.is("server") && directive.args.is_empty() && directive.block.is_some()
}

fn read_server<'t>(server: &'t Directive, outer: &Reach<'t>, doubt: Option<&str>, reading: &mut Reading) {
    let block = server.children();
    if !answers(block) {
        return;
    }
    let reach = outer.within(block);
    values(&reach, block, reading);
    let mut places = Vec::new();
    locations(block, &reach, &mut places, reading);
    // Without `location /` the server itself answers what no location takes.
    let main = places.iter().find(|place| place.is_main).map_or(&reach, |place| &place.reach);
    // Scripts behind FastCGI answer for `/` too, wherever `location ~ \.php$` stands.
    let is_proxy = places.iter().any(|place| place.is_main && place.is_proxy)
        || places.iter().any(|place| place.is_script)
        || block.iter().any(hands_on)
        || (!places.is_empty() && places.iter().all(|place| place.is_proxy));
    let mut sent = [&reach.headers[..], &reach.kept, &main.headers, &main.kept].concat();
    // What every place sends counts as well.
    if let Some((first, others)) = places.split_first() {
        let everywhere =
            first.reach.headers.iter().filter(|one| others.iter().all(|other| other.reach.has(one.header)));
        sent.extend(everywhere.cloned());
    }
    let (confidence, doubt) = doubt_of(main, is_proxy, doubt);
    reading.servers.push(Server {
        sent,
        tls: has_tls(block),
        proxies: is_proxy,
        confidence,
        doubt,
        ..Server::new(&NGINX, Spot::new(server.file, server.name.span.clone()))
    });
}

fn doubt_of(reach: &Reach<'_>, is_proxy: bool, doubt: Option<&str>) -> (Confidence, Option<String>) {
    match reach.unread {
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
    reach: Reach<'t>,
    /// It is `location /`.
    is_main: bool,
    /// Something behind nginx makes the answer, and may set headers itself.
    is_proxy: bool,
    /// A program that makes whole pages, by FastCGI or its like.
    is_script: bool,
}

fn locations<'t>(block: &'t [Directive], outer: &Reach<'t>, places: &mut Vec<Place<'t>>, reading: &mut Reading) {
    for location in block.iter().filter(|child| (child.is("location") || child.is("if")) && child.block.is_some()) {
        let inside = location.children();
        let reach = outer.within(inside);
        values(&reach, inside, reading);
        if !location_answers(location) {
            continue;
        }
        let lost: Vec<Header> = Header::ALL
            .into_iter()
            .filter(|&header| outer.has(header) && !reach.has(header))
            .filter(|&header| !is_static(location) || header == Header::ContentTypeOptions)
            .collect();
        let unread_here = inside.iter().any(|child| child.is("include") && child.arg(0).is_some_and(may_add_headers));
        if let (false, false, Some(at), Some(from)) = (lost.is_empty(), unread_here, &reach.from, &outer.from) {
            reading.lost.push(Lost { spot: at.clone(), headers: lost, from: from.clone() });
        }
        locations(inside, &reach, places, reading);
        if location.is("location") {
            let is_main = location.args.len() == 1 && location.arg(0) == Some("/");
            let is_proxy = inside.iter().any(hands_on);
            let is_script =
                inside.iter().any(|child| hands_on(child) && !child.is("proxy_pass") && !child.is("grpc_pass"));
            places.push(Place { reach, is_main, is_proxy, is_script });
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

/// Notes the values that the directives of one block give, and those that error pages go without.
fn values(reach: &Reach<'_>, block: &[Directive], reading: &mut Reading) {
    let added = || block.iter().flat_map(|directive| reach.added(directive));
    reading.values.extend(added());
    let is_always = |directive: &Directive| directive.args.iter().skip(2).any(|word| word.text == "always");
    let not_always = block.iter().filter(|one| one.is("add_header") && !reach.added(one).is_empty() && !is_always(one));
    let names: Vec<&str> = not_always.clone().filter_map(|one| one.arg(0)).collect();
    if let Some(first) = not_always.clone().next() {
        let remedy = "end the line with `always;`".to_owned();
        reading.only_on_success.push((first.spot(), names.join(", "), remedy));
    }
}

#[cfg(test)]
mod tests {
    use super::super::nginx::parse;
    use super::*;

    const ALL_FOUR: &str = "add_header Content-Security-Policy \"default-src 'self'; base-uri 'none'\"; \
        add_header X-Content-Type-Options nosniff; add_header X-Frame-Options DENY; add_header Referrer-Policy no-referrer;";

    fn missing(text: &str) -> Vec<&'static str> {
        let reading = read(&parse(text).0);
        let asked = |server: &Server, header: Header| {
            header.is_main() && (header != Header::Hsts || server.tls) && !server.sends(header)
        };
        let of = |server: &Server| Header::ALL.into_iter().filter(|&header| asked(server, header)).collect::<Vec<_>>();
        reading.servers.iter().flat_map(of).map(Header::name).collect()
    }

    fn lost(text: &str) -> usize {
        read(&parse(text).0).lost.len()
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
        let confidence = |text: &str| read(&parse(text).0).servers.first().map(|server| server.confidence);
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

    #[test]
    fn variables_that_are_set_are_known_and_others_are_not() {
        let value = |text: &str| read(&parse(text).0).values.into_iter().map(|sent| sent.value).collect::<Vec<_>>();
        let text = "server { set $a \"x 'y'\"; set $b \"${a}; z\"; add_header Content-Security-Policy $b; root /a; }";
        assert_eq!(value(text), ["x 'y'; z"]);
        let text =
            format!("server {{ set $a ab; {} add_header Referrer-Policy $a; root /a; }}", "set $a $a$a; ".repeat(60));
        assert!(value(&text)[0].chars().all(|c| c == UNKNOWN));
        let text = "server { set $a b; if ($c) { set $a d; } add_header Referrer-Policy \"$a-$host\"; root /a; }";
        assert_eq!(value(text), ["\0-\0"]);
    }

    #[test]
    fn error_pages_need_the_word_always() {
        let only = |text: &str| {
            read(&parse(text).0).only_on_success.into_iter().map(|(_, names, _)| names).collect::<Vec<_>>()
        };
        let text = "server { root /a; add_header X-Frame-Options DENY; add_header Referrer-Policy no-referrer always; add_header X-Other x; }";
        assert_eq!(only(text), ["X-Frame-Options"]);
    }
}
