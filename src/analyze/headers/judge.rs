//! One judge for every server: what is missing, what is set to something unsafe, what is lost on the way.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::files::is_example;
use super::header::{Header, fault};
use super::model::{Off, Reading, Sent, Server, Spot};
use crate::analyze::Hit;
use crate::model::{Confidence, Level, Rule, SourceFile};

/// The rules that are switched on, by id.
pub type Rules = BTreeMap<String, Arc<Rule>>;

/// What there is to report of `sources`, each with the number of its file; in the order of the reading.
pub fn hits(reading: &Reading, sources: &[&SourceFile], rules: &Rules) -> Vec<(usize, Hit)> {
    let mut hits: Vec<(usize, Hit)> = Vec::new();
    for sent in &reading.values {
        hits.extend(faulty(sent, rules));
    }
    for server in &reading.servers {
        let is_shown = sources.get(server.spot.file).is_some_and(|source| is_example(&source.target));
        // An example lacks what is not its subject.
        let most = if is_shown { Confidence::Low } else { Confidence::High };
        hits.extend(missing(server, &reading.off, rules).into_iter().map(|(file, hit)| (file, hit.at_most(most))));
    }
    for off in &reading.off {
        let subject = off.subject.as_str();
        let hit = absent(off.header, &off.spot, (subject, "", &off.remedy), rules);
        hits.extend(hit.map(|hit| (off.spot.file, hit.at_most(Confidence::Medium))));
    }
    for lost in &reading.lost {
        let Some(rule) = rules.get("headers/lost-by-inheritance") else { continue };
        let names: Vec<&str> = lost.headers.iter().map(|header| header.name()).collect();
        let hit = Hit::new(rule, lost.spot.span()).with("headers", names.join(", "));
        let is_here = lost.from.file == lost.spot.file;
        let hit = if is_here { hit.related(lost.from.span(), "the headers that are lost are added here") } else { hit };
        hits.push((lost.spot.file, hit));
    }
    for (spot, headers, remedy) in &reading.only_on_success {
        let Some(rule) = rules.get("headers/not-on-errors") else { continue };
        hits.push((spot.file, Hit::new(rule, spot.span()).with("headers", headers).with("remedy", remedy)));
    }
    for (spot, remedy, confidence) in &reading.named {
        let Some(rule) = rules.get("headers/powered-by") else { continue };
        hits.push((spot.file, Hit::new(rule, spot.span()).with("remedy", remedy).at_most(*confidence)));
    }
    // A file that is included twice says everything twice.
    let mut said = HashSet::new();
    hits.retain(|(file, hit)| said.insert((*file, hit.rule.id.to_string(), hit.span.clone(), hit.message.clone())));
    hits
}

fn faulty(sent: &Sent, rules: &Rules) -> Option<(usize, Hit)> {
    let fault = fault(sent.header, &sent.value)?;
    let hit = Hit::new(rules.get(fault.rule)?, sent.spot.span()).with("what", &fault.what);
    let least = hit.level.min(Level::Note);
    Some((sent.spot.file, if fault.serious { hit } else { hit.level(least) }))
}

fn missing(server: &Server, off: &[Off], rules: &Rules) -> Vec<(usize, Hit)> {
    let doubt = server.doubt.as_ref().map_or(String::new(), |doubt| format!(" ({doubt})"));
    let is_bare = !server.sent.iter().any(|one| one.header.is_main());
    let subject = server.kind.subject;
    let at = server.spot.file;
    if let (true, Some(remedy)) = (is_bare, server.kind.at_once) {
        let Some(rule) = rules.get("headers/no-security-headers") else { return Vec::new() };
        let hit = Hit::new(rule, server.spot.span()).at_most(confidence(server, None));
        // What something else may make up for is worth a note.
        let level = if server.doubt.is_some() { hit.level.min(Level::Note) } else { hit.level };
        let hit = hit.with("subject", subject).with("doubt", &doubt).with("remedy", remedy);
        return vec![(at, hit.level(level))];
    }
    let is_asked = |header: &Header| {
        let is_needed = *header != Header::Hsts || server.tls;
        is_needed && !server.sends(*header) && !off.iter().any(|off| off.header == *header)
    };
    let asked = Header::ALL.into_iter().filter(is_asked);
    let hit = |header: Header| {
        let remedy = (server.kind.remedy)(header.name(), header.safe_value());
        let hit = absent(header, &server.spot, (subject, &doubt, &remedy), rules)?;
        Some((at, hit.at_most(confidence(server, Some(header)))))
    };
    asked.filter_map(hit).collect()
}

/// How sure it is that it matters that `header`, or all of them, are missing.
fn confidence(server: &Server, header: Option<Header>) -> Confidence {
    let is_bare = !server.sent.iter().any(|one| one.header.is_main());
    // A proxy that sets none at all leaves it to what is behind it, as likely as not; but TLS ends at the proxy.
    let is_left = server.proxies && is_bare && header != Some(Header::Hsts);
    // For data that no browser shows, such headers are of little use.
    let is_early = header.is_some_and(|header| !is_next(server, header));
    if is_left || is_early || !server.pages { Confidence::Low } else { server.confidence }
}

/// Whether the header is what to add next: the finer ones are not where to begin, and each refines the one before.
fn is_next(server: &Server, header: Header) -> bool {
    let has_main = || {
        let asked = Header::ALL.into_iter().filter(|one| one.is_main() && (*one != Header::Hsts || server.tls));
        asked.into_iter().all(|one| server.sends(one))
    };
    match header {
        Header::PermissionsPolicy => has_main(),
        Header::OpenerPolicy => has_main() && server.sends(Header::PermissionsPolicy),
        Header::ResourcePolicy => has_main() && server.sends(Header::OpenerPolicy),
        _ => true,
    }
}

fn absent(header: Header, spot: &Spot, (subject, doubt, remedy): (&str, &str, &str), rules: &Rules) -> Option<Hit> {
    let rule = rules.get(header.missing_rule())?;
    let hit = Hit::new(rule, spot.span()).with("subject", subject).with("header", header.name());
    Some(hit.with("doubt", doubt).with("remedy", remedy).property("header", header.name()))
}
