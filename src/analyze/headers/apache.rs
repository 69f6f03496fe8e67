//! Apache: `httpd.conf`, its virtual hosts and `.htaccess`. What `Header` does in a section is done after what it does around
//! it, so a host sends what the server sends and its own.

use super::directive::{Directive, MAX_DEPTH};
use super::header::Header;
use super::line::{Quoting, lines};
use super::model::{Kind, Reading, Sent, Server, Spot, UNKNOWN};
use crate::document::Fault;
use crate::model::Confidence;

const HOST_LIKE: Kind = Kind { subject: "This Apache host", remedy: line_for, at_once: None, implied: &[] };
static HOST: Kind = HOST_LIKE;
static FOLDER: Kind = Kind { subject: "The site of this .htaccess", ..HOST_LIKE };

fn line_for(name: &str, value: &str) -> String {
    format!("add `Header always set {name} \"{value}\"`")
}

/// The directives of a file as far as it is faultless; a section is a directive with a block.
pub fn parse(text: &str) -> (Vec<Directive>, Option<Fault>) {
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut current: Vec<Directive> = Vec::new();
    let mut fault: Option<Fault> = None;
    for line in lines(text) {
        let mut words = match line.words(Quoting::Whole) {
            Ok(words) => words.into_iter(),
            Err(error) => {
                // The other lines are none the worse for it.
                fault.get_or_insert(error);
                continue;
            }
        };
        let Some(mut name) = words.next() else { continue };
        let mut expected = |message: String| {
            fault.get_or_insert(Fault { offset: line.start, message });
        };
        if let Some(closed) = name.text.strip_prefix("</") {
            let closed = closed.trim_end_matches('>');
            let Some(at) = open.iter().rposition(|(section, _)| section.is(closed)) else {
                expected(format!("expected no `</{closed}>`: there is no open section of that name"));
                continue;
            };
            if at + 1 < open.len() {
                let inner = open.last().map(|(section, _)| section.name.text.clone()).unwrap_or_default();
                expected(format!("expected `</{inner}>` before `</{closed}>`"));
            }
            while open.len() > at {
                close(&mut open, &mut current);
            }
            continue;
        }
        let is_section = name.text.starts_with('<');
        name.text = name.text.trim_start_matches('<').trim_end_matches('>').to_owned();
        let mut args: Vec<_> = words.collect();
        if let Some(last) = args.last_mut().filter(|_| is_section) {
            last.text = last.text.trim_end_matches('>').to_owned();
        }
        let directive = Directive { name, args, block: None, file: 0 };
        if !is_section {
            current.push(directive);
        } else if open.len() >= MAX_DEPTH {
            expected("expected fewer sections inside each other".to_owned());
            break;
        } else {
            open.push((directive, std::mem::take(&mut current)));
        }
    }
    if let Some((section, _)) = open.last() {
        let message = format!("expected `</{}>` before the end of the file", section.name.text);
        fault.get_or_insert(Fault { offset: section.name.span.start, message });
    }
    while !open.is_empty() {
        close(&mut open, &mut current);
    }
    (current, fault)
}

fn close(open: &mut Vec<(Directive, Vec<Directive>)>, current: &mut Vec<Directive>) {
    if let Some((mut section, outer)) = open.pop() {
        section.block = Some(std::mem::replace(current, outer));
        current.push(section);
    }
}

/// Whether the tree is Apache's: no other language has these.
pub fn is_apache(tree: &[Directive]) -> bool {
    const NAMES: &[&str] =
        &["VirtualHost", "Directory", "IfModule", "RewriteEngine", "LoadModule", "ServerRoot", "DocumentRoot"];
    tree.iter().any(|directive| NAMES.iter().any(|name| directive.is(name)))
}

/// What the hosts of a tree send; a tree without hosts is one if it says what it serves.
pub fn read(tree: &[Directive]) -> Reading {
    let mut reading = Reading::default();
    let mut main = Scope::default();
    main.read(tree, &mut reading, true);
    // A host's file alone is a part of the server's configuration.
    let is_whole = all(tree).any(|one| one.is("ServerRoot") || one.is("Listen") || one.is("LoadModule"));
    let hosts: Vec<&Directive> = all(tree).filter(|one| one.is("VirtualHost") && one.block.is_some()).collect();
    for host in &hosts {
        let mut scope = Scope { sent: main.sent.clone(), ..Scope::default() };
        scope.read(host.children(), &mut reading, true);
        let has_tls = scope.tls || main.tls && host.args.iter().any(|word| word.text.ends_with(":443"));
        let mut addresses = host.args.iter().map(|word| word.text.as_str());
        let is_reached = addresses.any(|one| !one.starts_with("127.0.0.1") && !one.starts_with("localhost"));
        if scope.serves && !scope.turned_away && is_reached {
            let spot = Spot::new(host.file, host.name.span.clone());
            let server = scope.server(&HOST, spot, has_tls);
            let doubt = "unless the file that includes this one adds it";
            reading.servers.push(if is_whole { server } else { server.doubted(Confidence::Medium, doubt) });
        }
    }
    let root = all(tree).find(|one| one.is("DocumentRoot"));
    if let (true, Some(root)) = (hosts.is_empty() && !main.turned_away, root) {
        reading.servers.push(main.server(&HOST, root.spot(), main.tls));
    }
    reading
}

/// What `.htaccess` sends: judged as a site where it sets such headers at all.
pub fn read_folder(tree: &[Directive]) -> Reading {
    let mut reading = Reading::default();
    let mut scope = Scope::default();
    scope.read(tree, &mut reading, true);
    if let Some((first, _)) = scope.sent.iter().find(|(sent, _)| sent.header.is_main()) {
        let spot = first.spot.clone();
        let server = scope.server(&FOLDER, spot, false);
        reading.servers.push(server.doubted(Confidence::Medium, "unless the server adds it"));
    }
    reading
}

/// All directives that are not in a section for a part of the requests.
fn all(tree: &[Directive]) -> impl Iterator<Item = &Directive> {
    let mut stack: Vec<std::slice::Iter<'_, Directive>> = vec![tree.iter()];
    std::iter::from_fn(move || {
        loop {
            let Some(directive) = stack.last_mut()?.next() else {
                stack.pop();
                continue;
            };
            if is_transparent(directive) {
                stack.push(directive.children().iter());
            }
            return Some(directive);
        }
    })
}

/// Sections whose content holds for all requests, if it holds at all. That a module is missing is not expected of it.
fn is_transparent(directive: &Directive) -> bool {
    ["IfModule", "IfDefine", "IfVersion", "IfFile", "IfDirective", "IfSection"].iter().any(|name| directive.is(name))
        && !directive.arg(0).is_some_and(|arg| arg.starts_with('!'))
}

/// What holds for a host or a folder.
#[derive(Default)]
struct Scope {
    /// Apache keeps two lists of headers, the second (`true`) for every response; a header is set and unset in each alone.
    sent: Vec<(Sent, bool)>,
    tls: bool,
    /// It shows files or hands on.
    serves: bool,
    proxies: bool,
    turned_away: bool,
    /// An `Include` that was not found.
    unread: Option<String>,
}

impl Scope {
    /// Reads directives that hold for all requests, or `whole` being false for some of them.
    fn read(&mut self, tree: &[Directive], reading: &mut Reading, whole: bool) {
        let mut only_on_success: Vec<&Directive> = Vec::new();
        for directive in tree {
            let name = directive.name.text.to_ascii_lowercase();
            let arg = |index| directive.arg(index).unwrap_or_default();
            match name.as_str() {
                "header" => only_on_success.extend(self.header(directive, reading, whole).then_some(directive)),
                "sslengine" => self.tls |= arg(0).eq_ignore_ascii_case("on"),
                "documentroot" | "alias" | "scriptalias" | "directory" | "fallbackresource" => self.serves = true,
                "include" | "includeoptional" | "use" => self.unread = Some(arg(0).to_owned()),
                "redirect" | "redirectmatch" => self.turned_away |= whole && redirects_all(directive),
                "rewriterule" => self.turned_away |= whole && rewrites_all(directive),
                _ => {}
            }
            if name.starts_with("proxypass") || name.starts_with("wsgiscriptalias") || name.starts_with("passenger") {
                (self.serves, self.proxies) = (true, true);
            }
            if directive.block.is_some() && name != "virtualhost" {
                let is_all = is_transparent(directive) || holds_for_pages(directive);
                self.read(directive.children(), reading, whole && is_all);
            }
        }
        if let Some(first) = only_on_success.first() {
            let names: Vec<&str> = only_on_success.iter().filter_map(|one| one.arg(1)).collect();
            let remedy = "say `Header always set …`".to_owned();
            reading.only_on_success.push((first.spot(), names.join(", "), remedy));
        }
    }

    /// Applies one `Header`. Returns whether it sets a header of ours that error pages go without.
    fn header(&mut self, directive: &Directive, reading: &mut Reading, whole: bool) -> bool {
        let mut words = directive.args.iter().peekable();
        let condition =
            words.next_if(|word| ["always", "onsuccess"].iter().any(|it| word.text.eq_ignore_ascii_case(it)));
        let is_always = condition.is_some_and(|word| word.text.eq_ignore_ascii_case("always"));
        let (Some(action), Some(name)) = (words.next(), words.next()) else { return false };
        let Some(header) = Header::named(name.text.trim_end_matches(':')) else { return false };
        match action.text.to_ascii_lowercase().as_str() {
            "unset" if whole => self.sent.retain(|(one, always)| one.header != header || *always != is_always),
            "edit" | "edit*" => {
                let edited = self.sent.iter_mut().filter(|(one, _)| one.header == header);
                edited.for_each(|(one, _)| one.value = UNKNOWN.to_string());
            }
            action @ ("set" | "append" | "add" | "merge" | "setifempty") => {
                let Some(word) = words.next() else { return false };
                let sent = Sent::named(header.name(), value(&word.text), directive.spot_of(word));
                let Some(sent) = sent else { return false };
                reading.values.push(sent.clone());
                if whole {
                    if action == "set" {
                        self.sent.retain(|(one, always)| one.header != header || *always != is_always);
                    }
                    self.sent.push((sent, is_always));
                }
                return !is_always;
            }
            _ => {}
        }
        false
    }

    fn server(&self, kind: &'static Kind, spot: Spot, tls: bool) -> Server {
        let sent = self.sent.iter().map(|(sent, _)| sent.clone()).collect();
        let server = Server { sent, tls, ..Server::new(kind, spot) };
        match &self.unread {
            Some(path) => {
                server.doubted(Confidence::Medium, format!("unless `Include {path}`, which was not read, adds it"))
            }
            None if self.proxies => server.proxying(),
            None => server,
        }
    }
}

/// A section for all requests, or for what is a page by its name.
fn holds_for_pages(section: &Directive) -> bool {
    let pattern = section.arg(0).unwrap_or_default();
    if section.is("Location") || section.is("LocationMatch") {
        return matches!(pattern, "/" | "/*" | "^/" | ".*" | "^/.*" | "^/.*$");
    }
    if section.is("Files") || section.is("FilesMatch") {
        return matches!(pattern, "*" | ".*" | ".") || ["htm", "php"].iter().any(|word| pattern.contains(word));
    }
    // Folders of the machine: which of them are the site's is not known from their names.
    section.is("Directory")
}

fn redirects_all(directive: &Directive) -> bool {
    let paths: Vec<&str> = directive.args.iter().map(|word| word.text.as_str()).collect();
    match paths.as_slice() {
        [path, _] | [_, path, _] => {
            matches!(*path, "/" | "^" | "^/" | ".*" | "^/(.*)$" | "^(.*)$" | "(.*)" | "^/?(.*)$")
        }
        _ => false,
    }
}

fn rewrites_all(directive: &Directive) -> bool {
    let flags = directive.arg(2).unwrap_or_default().trim_matches(['[', ']']).to_ascii_uppercase();
    let is_redirect = flags.split(',').any(|flag| {
        let flag = flag.trim();
        flag == "R" || flag.starts_with("R=") || flag.starts_with("REDIRECT")
    });
    let to_elsewhere = directive.arg(1).is_some_and(|target| target.starts_with("https://"));
    let pattern = directive.arg(0).unwrap_or_default();
    is_redirect
        && to_elsewhere
        && matches!(
            pattern,
            "^" | ".*" | "(.*)" | "^(.*)$" | "^(.*)" | "^/?(.*)" | "^/?(.*)$" | "^/(.*)$" | "^/(.*)" | "^.*$"
        )
}

/// A value without what is only known when it is sent: `%{…}e`, `%t`, `${…}`.
fn value(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['%', '$']) {
        let (before, mark) = rest.split_at_checked(at).unwrap_or((rest, ""));
        value.push_str(before);
        let after = mark.get(1..).unwrap_or_default();
        if let Some((_, tail)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            value.push(UNKNOWN);
            rest = tail.strip_prefix(['e', 's']).filter(|_| mark.starts_with('%')).unwrap_or(tail);
        } else if mark.starts_with('%') && after.starts_with(['t', 'D', 'l', 'i', 'b']) {
            value.push(UNKNOWN);
            rest = after.get(1..).unwrap_or_default();
        } else {
            value.push_str(mark.get(..1).unwrap_or_default());
            rest = after;
        }
    }
    value + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sent(text: &str) -> Vec<Vec<(Header, String)>> {
        let pairs = |server: Server| server.sent.into_iter().map(|sent| (sent.header, sent.value)).collect();
        read(&parse(text).0).servers.into_iter().map(pairs).collect()
    }

    #[test]
    fn a_host_sends_what_the_server_sends_and_its_own() {
        let text = "Header set X-Frame-Options DENY\nHeader always set Referrer-Policy \"no-referrer\"\n\
            <VirtualHost *:443>\n DocumentRoot /a\n SSLEngine on\n <IfModule mod_headers.c>\n\
            Header unset X-Frame-Options\n Header always set Strict-Transport-Security max-age=%{AGE}e\n </IfModule>\n\
            <Location /api>\n Header set X-Content-Type-Options nosniff\n </Location>\n</VirtualHost>\n\
            <VirtualHost *:80>\n DocumentRoot /a\n Redirect permanent / https://example.com/\n</VirtualHost>\n";
        let reading = read(&parse(text).0);
        assert_eq!((reading.servers.len(), reading.servers[0].tls, reading.values.len()), (1, true, 4));
        let expected = vec![(Header::ReferrerPolicy, "no-referrer".into()), (Header::Hsts, "max-age=\0".into())];
        assert_eq!(sent(text), [expected]);
        assert_eq!(reading.only_on_success.len(), 2);
    }

    #[test]
    fn hosts_that_only_send_elsewhere_are_none() {
        for inner in [
            "RewriteEngine on\nRewriteRule ^(.*)$ https://%{HTTP_HOST}$1 [R=301,L]",
            "RedirectMatch 301 ^/(.*)$ https://example.com/$1",
            "ServerName example.com",
        ] {
            let text = format!("<VirtualHost *:80>\n DocumentRoot /a\n{inner}\n</VirtualHost>");
            let count = usize::from(inner.starts_with("ServerName"));
            assert_eq!(sent(&text).len(), count, "{inner}");
        }
    }

    #[test]
    fn htaccess_is_judged_where_it_sets_headers() {
        let folder = |text: &str| read_folder(&parse(text).0).servers.len();
        assert_eq!(folder("RewriteEngine On\nRewriteRule . /index.php [L]\n"), 0);
        assert_eq!(folder("<FilesMatch \"\\.(html|php)$\">\nHeader set X-Frame-Options DENY\n</FilesMatch>\n"), 1);
    }

    #[test]
    fn faults_are_named_and_the_rest_is_read() {
        for (text, at) in [
            ("<VirtualHost *:80>\nDocumentRoot /a\n", 0),
            ("A\n</Directory>\n", 2),
            ("Header set A \"b\n", 13),
            ("<Directory />\n<Files x>\n</Directory>\n", 24),
        ] {
            assert_eq!(parse(text).1.unwrap().offset, at, "{text}");
        }
        assert_eq!(sent("<VirtualHost *:80>\nDocumentRoot /a\nHeader set X-Frame-Options DENY\n")[0].len(), 1);
        assert!(parse(&"<Directory />\n".repeat(100_000)).1.is_some());
    }
}
