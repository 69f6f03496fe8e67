//! The Caddyfile: sites with their `header` directives, snippets and imports. Caddy sends none of these headers by itself.

use std::collections::HashMap;

use super::directive::{Directive, MAX_DEPTH, Word};
use super::header::Header;
use super::model::{Kind, LONGEST_VALUE, Reading, Sent, Server, Spot, UNKNOWN};
use crate::document::Fault;
use crate::model::Confidence;

static CADDY: Kind = Kind {
    subject: "This Caddy site",
    remedy: |name, value| format!("add `header {name} \"{value}\"`"),
    at_once: None,
    implied: &[],
};

/// The directives of a Caddyfile as far as it is faultless. A site is a directive named by its first address; one without
/// braces holds the rest of the file.
pub fn parse(text: &str) -> (Vec<Directive>, Option<Fault>) {
    let mut reader = Reader { text, at: 0 };
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut current: Vec<Directive> = Vec::new();
    let mut fault = None;
    loop {
        let line = match reader.line(open.is_empty()) {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => {
                fault = Some(error);
                break;
            }
        };
        let (mut words, opens) = line;
        let start = words.first().map_or(reader.at, |word| word.span.start);
        if words.len() == 1 && words.first().is_some_and(|word| word.text == "}" && word.span.len() == 1) {
            if open.is_empty() {
                let message = "expected no `}`: there is no open block".to_owned();
                fault = Some(Fault { offset: start, message });
                break;
            }
            close(&mut open, &mut current);
            continue;
        }
        let name = if words.is_empty() { Word { text: String::new(), span: start..start } } else { words.remove(0) };
        let directive = Directive { name, args: words, block: None, file: 0 };
        if !opens {
            current.push(directive);
        } else if open.len() >= MAX_DEPTH {
            fault = Some(Fault { offset: start, message: "expected fewer blocks inside each other".to_owned() });
            break;
        } else {
            open.push((directive, std::mem::take(&mut current)));
        }
    }
    if let (false, None) = (open.is_empty(), &fault) {
        fault = Some(Fault { offset: text.len(), message: "expected `}` for every open block".to_owned() });
    }
    while !open.is_empty() {
        close(&mut open, &mut current);
    }
    (in_one_site(current), fault)
}

fn close(open: &mut Vec<(Directive, Vec<Directive>)>, current: &mut Vec<Directive>) {
    if let Some((mut directive, outer)) = open.pop() {
        directive.block = Some(std::mem::replace(current, outer));
        current.push(directive);
    }
}

/// A file whose first line with a name opens no block, and imports nothing, is one site.
fn in_one_site(mut tree: Vec<Directive>) -> Vec<Directive> {
    let is_site = |one: &Directive| !one.name.text.is_empty() && !one.name.text.starts_with(['(', '&']);
    match tree.iter().position(is_site) {
        Some(at) if tree.get(at).is_some_and(|one| one.block.is_none() && !one.is("import")) => {
            let rest = tree.split_off(at + 1);
            if let Some(site) = tree.get_mut(at) {
                site.block = Some(rest);
            }
            tree
        }
        _ => tree,
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    /// The words of the next line that has any, and whether it opens a block. Outside of all blocks a comma lets the
    /// addresses go on in the next line.
    fn line(&mut self, at_top: bool) -> Result<Option<(Vec<Word>, bool)>, Fault> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(first) = rest.chars().next() else { break };
            if first == '\n' {
                self.at += 1;
                let goes_on = at_top && words.last().is_some_and(|word| word.text.ends_with(','));
                if !words.is_empty() && !goes_on {
                    break;
                }
            } else if rest.starts_with("\\\n") {
                self.at += 2;
            } else if first.is_whitespace() {
                self.at += first.len_utf8();
            } else if first == '#' {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                let word = self.word(first)?;
                if word.text == "{" && word.span.len() == 1 {
                    return Ok(Some((words, true)));
                }
                words.push(word);
            }
        }
        Ok((!words.is_empty()).then_some((words, false)))
    }

    fn word(&mut self, first: char) -> Result<Word, Fault> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let fault = |message: &str| Fault { offset: start, message: message.to_owned() };
        if matches!(first, '"' | '`') {
            let mut text = String::new();
            let mut chars = rest.char_indices().skip(1).peekable();
            while let Some((index, c)) = chars.next() {
                match c {
                    c if c == first => {
                        self.at = start + index + 1;
                        return Ok(Word { text, span: start..self.at });
                    }
                    '\\' if first == '"' && chars.peek().is_some_and(|&(_, next)| next == '"') => {
                        chars.next();
                        text.push('"');
                    }
                    c => text.push(c),
                }
            }
            return Err(fault("expected a closing quote"));
        }
        if let Some((mark, body)) = rest.strip_prefix("<<").and_then(|rest| rest.split_once('\n')) {
            let mark = mark.trim();
            let mut length = rest.len() - body.len();
            let mut lines = Vec::new();
            for line in body.split_inclusive('\n') {
                if line.trim_start().starts_with(mark) {
                    self.at = start + length + (line.len() - line.trim_start().len()) + mark.len();
                    return Ok(Word { text: lines.join("\n"), span: start..self.at });
                }
                length += line.len();
                lines.push(line.trim());
            }
            return Err(fault(&format!("expected `{mark}` at the end of the text")));
        }
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at = start + length;
        Ok(Word { text: rest.get(..length).unwrap_or_default().to_owned(), span: start..self.at })
    }
}

type Snippets<'t> = HashMap<&'t str, &'t [Directive]>;

/// What the sites of a tree send.
pub fn read(tree: &[Directive]) -> Reading {
    let mut reading = Reading::default();
    let snippets: Snippets<'_> = tree
        .iter()
        .filter_map(|one| Some((one.name.text.strip_prefix('(')?.strip_suffix(')')?, one.children())))
        .collect();
    for site in tree.iter().filter(|one| one.block.is_some() && !one.name.text.is_empty()) {
        if site.name.text.starts_with(['(', '&']) {
            // A header of a snippet that nothing imports is judged all the same.
            Site::default().read(site.children(), &snippets, &mut reading, true, 0);
            continue;
        }
        let mut found = Site::default();
        found.read(site.children(), &snippets, &mut reading, true, 0);
        let addresses: Vec<&str> = std::iter::once(&site.name)
            .chain(&site.args)
            .flat_map(|word| word.text.split(','))
            .filter(|address| !address.is_empty())
            .collect();
        if found.serves && !addresses.iter().all(|address| is_local(address)) {
            let tls = !found.has_own_certificates && addresses.iter().any(|address| has_tls(address));
            let spot = Spot::new(site.file, site.name.span.clone());
            reading.servers.push(found.server(spot, tls));
        }
    }
    reading
}

fn is_local(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let host = host.split(['/']).next().unwrap_or(host);
    host.starts_with("localhost")
        || host.starts_with("127.0.0.1")
        || host.contains(".localhost")
        || host.starts_with("[::1]")
}

/// Whether Caddy gets a certificate for the address by itself: it has a host name that others can reach.
fn has_tls(address: &str) -> bool {
    if address.starts_with("https://") || address.ends_with(":443") {
        return true;
    }
    let host = address.split([':', '/']).next().unwrap_or(address);
    let is_name = host.contains('.') && !host.contains(['{', '$']) && host.chars().any(char::is_alphabetic);
    is_name
        && !address.starts_with("http://")
        && !address.ends_with(":80")
        && !host.ends_with(".local")
        && !host.ends_with(".internal")
}

#[derive(Default)]
struct Site {
    sent: Vec<Sent>,
    serves: bool,
    proxies: bool,
    has_own_certificates: bool,
    unread: Option<String>,
    /// How many directives were looked at: snippets that import themselves twice grow without end.
    count: usize,
}

/// How many directives of a site are looked at.
const MOST_DIRECTIVES: usize = 20_000;

/// What answers with content.
const SERVING: &[&str] =
    &["file_server", "reverse_proxy", "php_fastcgi", "respond", "templates", "root", "try_files", "forward_auth"];

impl Site {
    /// Reads directives that hold for all requests, or `whole` being false for some of them.
    fn read(&mut self, tree: &[Directive], snippets: &Snippets<'_>, reading: &mut Reading, whole: bool, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for directive in tree {
            self.count += 1;
            if self.count > MOST_DIRECTIVES {
                return;
            }
            let name = directive.name.text.as_str();
            self.serves |= SERVING.contains(&name);
            match name {
                "header" => self.header(directive, reading, whole),
                "import" => match directive.arg(0).and_then(|name| snippets.get(name)) {
                    Some(snippet) => {
                        let filled = filled(snippet, directive.args.get(1..).unwrap_or_default());
                        self.read(&filled, snippets, reading, whole, depth + 1);
                    }
                    None => self.unread = directive.arg(0).map(str::to_owned),
                },
                "reverse_proxy" | "php_fastcgi" => {
                    self.proxies = true;
                    let downs = directive.children().iter().filter(|child| child.is("header_down"));
                    downs.for_each(|down| self.apply(down, &down.args, reading, whole));
                }
                // For tries on one's own machine.
                "tls" => self.has_own_certificates |= directive.arg(0) == Some("internal"),
                "handle" | "route" | "handle_path" | "handle_errors" => {
                    let is_all = name != "handle_errors" && directive.args.first().is_none_or(|word| word.text == "/*");
                    self.read(directive.children(), snippets, reading, whole && is_all, depth + 1);
                }
                _ => {}
            }
        }
    }

    /// `header [matcher] field [value]`, or a block of such fields.
    fn header(&mut self, directive: &Directive, reading: &mut Reading, whole: bool) {
        let is_matcher = |word: &Word| word.text.starts_with(['/', '@']) || word.text == "*";
        let (matcher, args) = match directive.args.split_first() {
            Some((first, rest)) if is_matcher(first) => (Some(first.text.as_str()), rest),
            _ => (None, directive.args.as_slice()),
        };
        // What a named matcher lets pass is taken to be the pages.
        let is_all = matcher.is_none_or(|matcher| matches!(matcher, "*" | "/*" | "/") || matcher.starts_with('@'));
        if directive.block.is_none() {
            return self.apply(directive, args, reading, whole && is_all);
        }
        for field in directive.children() {
            let args = [std::slice::from_ref(&field.name), &field.args].concat();
            self.apply(field, &args, reading, whole && is_all);
        }
    }

    fn apply(&mut self, directive: &Directive, args: &[Word], reading: &mut Reading, whole: bool) {
        let Some((field, rest)) = args.split_first() else { return };
        let name = field.text.trim_start_matches(['+', '-', '?', '>']);
        let Some(header) = Header::named(name) else { return };
        match (field.text.chars().next(), rest) {
            (Some('-'), _) if whole => self.sent.retain(|one| one.header != header),
            (_, [value]) => {
                let sent = Sent::named(name, known(&value.text), directive.spot_of(value));
                reading.values.extend(sent.clone());
                if whole {
                    if !field.text.starts_with(['+', '?']) {
                        self.sent.retain(|one| one.header != header);
                    }
                    self.sent.extend(sent);
                }
            }
            // A search and what to put in its place.
            (_, [_, _]) => {
                self.sent.iter_mut().filter(|one| one.header == header).for_each(|one| one.value = UNKNOWN.to_string());
            }
            _ => {}
        }
    }

    fn server(self, spot: Spot, tls: bool) -> Server {
        let server = Server { sent: self.sent, tls, ..Server::new(&CADDY, spot) };
        match self.unread {
            Some(name) => {
                server.doubted(Confidence::Medium, format!("unless `import {name}`, which was not read, adds it"))
            }
            None if self.proxies => server.proxying(),
            None => server,
        }
    }
}

/// A snippet with the arguments of its import in their place.
fn filled(snippet: &[Directive], args: &[Word]) -> Vec<Directive> {
    let word = |word: &Word| {
        let mut text = word.text.clone();
        for (index, arg) in args.iter().enumerate() {
            for mark in [format!("{{args[{index}]}}"), format!("{{args.{index}}}")] {
                let filled = text.replace(&mark, &arg.text);
                text = if filled.len() > LONGEST_VALUE { text } else { filled };
            }
        }
        Word { text, span: word.span.clone() }
    };
    let one = |directive: &Directive| Directive {
        name: word(&directive.name),
        args: directive.args.iter().map(word).collect(),
        block: directive.block.as_ref().map(|block| filled(block, args)),
        file: directive.file,
    };
    snippet.iter().map(one).collect()
}

/// A value without its placeholders.
fn known(text: &str) -> String {
    let mut known = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, tail)) = after.split_once('}') else { break };
        known.push_str(before);
        known.push(UNKNOWN);
        rest = tail;
    }
    known + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sent(text: &str) -> Vec<Vec<(&'static str, String)>> {
        let pairs = |server: Server| server.sent.into_iter().map(|one| (one.header.name(), one.value)).collect();
        read(&parse(text).0).servers.into_iter().map(pairs).collect()
    }

    #[test]
    fn sites_snippets_and_matchers() {
        let text = "{\n email a@example.com\n}\n(common) {\n header {\n  X-Frame-Options {args[0]}\n  -Server\n }\n}\n\
            example.com, www.example.com {\n import common DENY\n header /api/* Referrer-Policy unsafe-url\n\
            header ?Referrer-Policy \"no-{x}\"\n file_server\n}\n:80 {\n redir https://{host}{uri}\n}\n";
        let reading = read(&parse(text).0);
        assert_eq!(parse(text).1, None);
        assert_eq!((reading.servers.len(), reading.servers[0].tls), (1, true));
        assert_eq!(sent(text)[0], [("X-Frame-Options", "DENY".into()), ("Referrer-Policy", "no-\0".into())]);
        assert!(reading.values.iter().any(|one| one.value == "unsafe-url"));
    }

    #[test]
    fn a_file_without_braces_is_one_site() {
        let text = "example.com\nroot * /srv\nheader X-Frame-Options `DENY`\nfile_server\n";
        assert_eq!(sent(text), [[("X-Frame-Options", "DENY".to_owned())]]);
        assert!(sent("localhost\nfile_server\n").is_empty());
    }

    #[test]
    fn a_name_that_others_reach_has_tls() {
        for (address, tls) in [
            ("example.com", true),
            ("https://x", true),
            ("example.com:443", true),
            ("http://example.com", false),
            ("example.com:80", false),
            (":8080", false),
            ("{$DOMAIN}", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(has_tls(address), tls, "{address}");
        }
    }

    #[test]
    fn faults_are_named_and_the_rest_is_read() {
        for (text, at) in [("a {\n b\n", 7), ("a\n}\n", 2), ("a {\n header X \"b\n}\n", 14), ("a <<X\nb\n", 2)] {
            assert_eq!(parse(text).1.unwrap().offset, at, "{text:?}");
        }
        let text = "a.com {\n file_server\n header X-Frame-Options DENY\n";
        assert_eq!(sent(text)[0].len(), 1);
        assert!(parse(&"a {\n".repeat(100_000)).1.is_some());
        let text = "(a) {\n import a {args.0}{args.0}\n import a x\n}\nb.com {\n file_server\n import a y\n}\n";
        assert_eq!(sent(text).len(), 1);
    }
}
