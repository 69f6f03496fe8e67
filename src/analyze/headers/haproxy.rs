//! HAProxy: what `http-response` and `http-after-response` set in a frontend, in the backends that it sends to, and in the
//! `defaults` of both.

use std::collections::HashMap;

use super::directive::{Directive, Word};
use super::header::Header;
use super::line::{Quoting, lines};
use super::model::{Kind, Reading, Sent, Server, Spot, UNKNOWN};
use crate::document::Fault;

static HAPROXY: Kind = Kind {
    subject: "This HAProxy frontend",
    remedy: |name, value| format!("add `http-response set-header {name} \"{value}\"`"),
    at_once: None,
    implied: &[],
};

const SECTIONS: &[&str] = &[
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "userlist",
    "resolvers",
    "mailers",
    "cache",
    "program",
    "ring",
    "http-errors",
    "log-forward",
    "fcgi-app",
    "crt-list",
    "crt-store",
    "traces",
];

/// The sections of a file, each a directive whose block are its lines; a line that is faulty is left out.
pub fn parse(text: &str) -> (Vec<Directive>, Option<Fault>) {
    let mut sections: Vec<Directive> = Vec::new();
    let mut fault = None;
    for line in lines(text) {
        let mut words = match line.words(Quoting::Shell) {
            Ok(words) => words.into_iter(),
            Err(error) => {
                fault.get_or_insert(error);
                continue;
            }
        };
        let Some(name) = words.next() else { continue };
        let is_section = SECTIONS.contains(&name.text.as_str());
        let directive = Directive { name, args: words.collect(), block: is_section.then(Vec::new), file: 0 };
        match sections.last_mut() {
            _ if is_section => sections.push(directive),
            Some(Directive { block: Some(block), .. }) => block.push(directive),
            _ => {
                let message = "expected a section before the first line: `global`, `defaults`, `frontend` …";
                fault.get_or_insert(Fault { offset: line.start, message: message.to_owned() });
            }
        }
    }
    (sections, fault)
}

/// Whether the sections are those of a proxy.
pub fn is_haproxy(tree: &[Directive]) -> bool {
    let has = |name: &str| tree.iter().any(|section| section.is(name));
    (has("frontend") || has("listen"))
        && tree.iter().any(|section| section.children().iter().any(|line| line.is("bind")))
}

/// What one section does.
#[derive(Clone, Default)]
struct Section {
    sent: Vec<Sent>,
    removed: Vec<Header>,
    is_http: bool,
    tls: bool,
    is_local: bool,
    /// It is a proxy of browsers, and no site.
    forwards: bool,
    /// Every request is sent to HTTPS or elsewhere.
    turned_away: bool,
    /// Names of the backends that it sends to.
    backends: Vec<String>,
}

impl Section {
    fn read(mut self, lines: &[Directive], reading: &mut Reading) -> Section {
        let binds: Vec<&Directive> = lines.iter().filter(|line| line.is("bind")).collect();
        let is_local =
            |bind: &&Directive| bind.arg(0).is_some_and(|it| it.starts_with("127.") || it.starts_with("localhost"));
        self.is_local = !binds.is_empty() && binds.iter().all(is_local);
        self.tls = binds.iter().any(|bind| bind.args.iter().any(|word| word.text == "ssl"));
        for line in lines {
            let arg = |index| line.arg(index).unwrap_or_default();
            match line.name.text.as_str() {
                "option" => self.forwards |= arg(0) == "http_proxy",
                "mode" => self.is_http = arg(0) == "http",
                "http-response" | "http-after-response" => self.response(line, reading),
                // Of old.
                "rspadd" => {
                    let header = line.args.first().and_then(|word| Some((word, word.text.split_once(':')?)));
                    if let Some((word, (name, value))) = header {
                        self.send(name, &value.replace("\\ ", " "), line.spot_of(word), reading);
                    }
                }
                "http-request" | "redirect" => {
                    let words: Vec<&str> = line.args.iter().map(|word| word.text.as_str()).collect();
                    let redirects = line.is("redirect") || words.first() == Some(&"redirect");
                    let to_https = words.windows(2).any(|pair| pair == ["scheme", "https"]);
                    let is_conditional = words.iter().any(|word| matches!(*word, "if" | "unless"));
                    let answers = redirects || words.first() == Some(&"return");
                    self.turned_away |= answers && !is_conditional;
                    // `unless { ssl_fc }` turns away all that is not TLS.
                    self.turned_away |= redirects && to_https && !self.tls && text_of(&line.args).contains("ssl_fc");
                }
                "default_backend" | "use_backend" => self.backends.push(arg(0).to_owned()),
                _ => {}
            }
        }
        self
    }

    fn response(&mut self, line: &Directive, reading: &mut Reading) {
        let (Some(action), Some(name)) = (line.arg(0), line.arg(1)) else { return };
        let Some(header) = Header::named(name) else { return };
        let is_conditional = line.args.iter().skip(2).any(|word| matches!(word.text.as_str(), "if" | "unless"));
        match (action, line.args.get(2)) {
            ("set-header" | "add-header", Some(word)) => self.send(name, &word.text, line.spot_of(word), reading),
            ("del-header", _) if !is_conditional => {
                self.sent.retain(|one| one.header != header);
                self.removed.push(header);
            }
            ("replace-header" | "replace-value", _) => {
                self.sent.iter_mut().filter(|one| one.header == header).for_each(|one| one.value = UNKNOWN.to_string());
            }
            _ => {}
        }
    }

    fn send(&mut self, name: &str, value: &str, spot: Spot, reading: &mut Reading) {
        let sent = Sent::named(name, known(value), spot);
        reading.values.extend(sent.clone());
        self.sent.extend(sent);
    }
}

fn text_of(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// What the frontends of a file send.
pub fn read(tree: &[Directive]) -> Reading {
    let mut reading = Reading::default();
    let mut defaults: HashMap<String, Section> = HashMap::new();
    let mut last = Section::default();
    let mut backends: HashMap<&str, Section> = HashMap::new();
    let mut fronts: Vec<(&Directive, Section)> = Vec::new();
    for section in tree {
        let from = section.args.iter().position(|word| word.text == "from");
        let base = from.and_then(|at| defaults.get(section.arg(at + 1)?)).unwrap_or(&last).clone();
        let name = section.arg(0).unwrap_or_default();
        match section.name.text.as_str() {
            "defaults" => {
                // Only what the section says itself; HAProxy takes headers from defaults that have a name.
                last = Section::default().read(section.children(), &mut reading);
                defaults.insert(name.to_owned(), last.clone());
            }
            "frontend" | "listen" => fronts.push((section, base.read(section.children(), &mut reading))),
            "backend" => {
                backends.insert(name, base.read(section.children(), &mut reading));
            }
            _ => {}
        }
    }
    for (section, front) in fronts {
        let serves = section.is("listen") || !front.backends.is_empty();
        if front.is_http
            && serves
            && !front.forwards
            && !front.turned_away
            && !front.is_local
            && !is_for_operators(section)
        {
            let spot = Spot::new(0, section.name.span.clone());
            reading.servers.push(server(front, &backends, spot));
        }
    }
    reading
}

/// The page of statistics, which is not for visitors.
fn is_for_operators(section: &Directive) -> bool {
    let lines = section.children();
    let has_servers =
        lines.iter().any(|line| line.is("server") || line.is("default_backend") || line.is("use_backend"));
    lines.iter().any(|line| line.is("stats")) && !has_servers
}

fn server(front: Section, backends: &HashMap<&str, Section>, spot: Spot) -> Server {
    let mut sent = front.sent;
    let behind: Vec<Option<&Section>> = front.backends.iter().map(|name| backends.get(name.as_str())).collect();
    // What every backend sets is sent as well, unless the frontend takes it away.
    if let Some((Some(first), others)) = behind.split_first() {
        let is_everywhere = |one: &&Sent| {
            others.iter().all(|other| other.is_some_and(|other| other.sent.iter().any(|it| it.header == one.header)))
        };
        let kept = first.sent.iter().filter(is_everywhere).filter(|one| !front.removed.contains(&one.header));
        sent.extend(kept.cloned());
    }
    Server { sent, tls: front.tls, ..Server::new(&HAPROXY, spot) }.proxying()
}

/// A value without what HAProxy works out: `%[…]`, `%{…}x`, `%ci`, `${…}`.
fn known(text: &str) -> String {
    let mut known = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['%', '$']) {
        let (before, mark) = rest.split_at_checked(at).unwrap_or((rest, ""));
        known.push_str(before);
        let after = mark.get(1..).unwrap_or_default();
        let close = if after.starts_with('[') { Some(']') } else { after.starts_with('{').then_some('}') };
        if let Some((_, tail)) = close.and_then(|close| after.split_once(close)) {
            known.push(UNKNOWN);
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('%') {
            known.push('%');
            rest = tail;
        } else {
            known.push(UNKNOWN);
            rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        }
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
    fn a_frontend_sends_what_it_sets_and_what_all_its_backends_set() {
        let text = "defaults web\n mode http\n http-response set-header X-Frame-Options DENY\n\
            frontend www from web\n bind :443 ssl crt /a.pem\n http-response set-header Referrer-Policy \"no-referrer\"\n\
            use_backend a if { path /a }\n default_backend b\n\
            frontend plain from web\n bind :80\n http-request redirect scheme https unless { ssl_fc }\n default_backend b\n\
            backend a from web\n http-response set-header X-Content-Type-Options nosniff\n\
            backend b from web\n http-response add-header X-Content-Type-Options nosniff if { path / }\n server s 10.0.0.1:80\n\
            http-response set-header Strict-Transport-Security max-age=%[var(x)]\n";
        let reading = read(&parse(text).0);
        assert_eq!((reading.servers.len(), reading.servers[0].tls), (1, true));
        let names: Vec<&str> = sent(text)[0].iter().map(|(name, _)| *name).collect();
        let expected = ["X-Frame-Options", "Referrer-Policy", "X-Frame-Options", "X-Content-Type-Options"];
        assert_eq!(names, expected);
        assert!(reading.values.iter().any(|one| one.value == "max-age=\0"));
    }

    #[test]
    fn what_is_not_for_visitors_is_left_alone() {
        for front in [
            "listen stats\n mode http\n bind :8404\n stats enable\n",
            "frontend f\n mode tcp\n bind :443\n default_backend b\n",
            "frontend f\n mode http\n bind 127.0.0.1:80\n default_backend b\n",
            "frontend f\n mode http\n bind :80\n redirect scheme https code 301\n",
            "listen f\n mode http\n bind :80\n option http_proxy\n",
        ] {
            assert!(sent(front).is_empty(), "{front}");
        }
        assert_eq!(sent("listen f\n mode http\n bind :80\n server a 10.0.0.1:80\n").len(), 1);
    }

    #[test]
    fn faults_are_named_and_the_rest_is_read() {
        assert_eq!(parse("bind :80\n").1.unwrap().offset, 0);
        let text = "listen f\n mode http\n bind :80\n http-response set-header A \"b\n http-response set-header X-Frame-Options DENY\n";
        assert_eq!(parse(text).1.unwrap().message, "expected a closing quote");
        assert_eq!(sent(text)[0].len(), 1);
    }
}
