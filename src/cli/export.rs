//! Exceptions as other tools read them: cargo-deny's `deny.toml`, cargo-audit's `audit.toml`, OSV-Scanner's `osv-scanner.toml` and
//! Trivy's `.trivyignore`. What they cannot say as narrowly is left out, and told: an exception must not grow on its way.

use std::fmt::Write;

use jiff::civil::Date;
use toml::Value;

use super::args::ExportFormat;
use crate::policy::{Exception, Validity};

/// The file, and why exceptions are not in it.
pub struct Exported {
    pub text: String,
    pub left_out: Vec<String>,
}

const HEADER: &str = "# Written by `gate exceptions export`; change the exceptions of gate and write it again.\n";

pub fn export(exceptions: &[Exception], format: ExportFormat, today: Date) -> Exported {
    let mut left_out = Vec::new();
    let mut chosen: Vec<(&str, &Exception)> = Vec::new();
    for exception in exceptions {
        let subject = exception.subject();
        match unfit(exception, today) {
            Some(why) => left_out.push(format!("{}: {subject} is left out: {why}", exception.place)),
            None => chosen.extend(exception.advisories.iter().map(|id| (id.as_str(), exception))),
        }
    }
    // These two compare with the name that RustSec gave it, and with no other.
    if matches!(format, ExportFormat::Deny | ExportFormat::Audit) {
        let (rustsec, others): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|(id, _)| is_rustsec(id));
        for (id, exception) in others {
            left_out.push(format!("{}: {id} is left out: only RUSTSEC ids are known there", exception.place));
        }
        chosen = rustsec;
    }
    chosen.sort_by_key(|(id, exception)| (*id, exception.expires));
    chosen.dedup_by_key(|(id, _)| *id);
    let text = match format {
        ExportFormat::Deny => deny(&chosen),
        ExportFormat::Audit => audit(&chosen),
        ExportFormat::OsvScanner => osv_scanner(&chosen),
        ExportFormat::Trivyignore => trivyignore(&chosen),
    };
    Exported { text: format!("{HEADER}{text}"), left_out }
}

fn is_rustsec(id: &str) -> bool {
    id.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("RUSTSEC-"))
}

/// Why the exception cannot be said elsewhere.
fn unfit(exception: &Exception, today: Date) -> Option<&'static str> {
    if exception.validity(Some(today), 0) == Validity::Expired {
        Some("it has expired")
    } else if exception.advisories.is_empty() {
        Some("it names no advisory")
    } else if exception.paths.is_some() || !exception.folder.is_empty() {
        Some("it holds for some files, and there it would hold for all")
    } else if !exception.fingerprints.is_empty() {
        Some("it holds for one finding, and there it would hold for all")
    } else if exception.packages.iter().any(|package| package.version.is_some()) {
        Some("it holds for one version, and there it would hold for all")
    } else {
        None
    }
}

/// `reason (owner, until date)`, on one line.
fn note(exception: &Exception) -> String {
    let Exception { reason, owner, expires, .. } = exception;
    let note = format!("{reason} ({owner}, until {expires})");
    note.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first day on which it no longer holds: there the day that is given is already too late.
fn end(exception: &Exception) -> Date {
    exception.expires.tomorrow().unwrap_or(exception.expires)
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn deny(chosen: &[(&str, &Exception)]) -> String {
    let mut text = "[advisories]\nignore = [\n".to_owned();
    for (id, exception) in chosen {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    {{ id = {}, reason = {} }},", quoted(&id.to_uppercase()), quoted(&note(exception)));
    }
    text + "]\n"
}

fn audit(chosen: &[(&str, &Exception)]) -> String {
    let mut text = "[advisories]\nignore = [\n".to_owned();
    for (id, exception) in chosen {
        let _ = writeln!(text, "    {}, # {}", quoted(&id.to_uppercase()), without_controls(&note(exception)));
    }
    text + "]\n"
}

fn osv_scanner(chosen: &[(&str, &Exception)]) -> String {
    let mut text = String::new();
    for (id, exception) in chosen {
        let (id, reason) = (quoted(id), quoted(&note(exception)));
        let _ = write!(text, "\n[[IgnoredVulns]]\nid = {id}\nignoreUntil = {}\nreason = {reason}\n", end(exception));
    }
    text
}

fn trivyignore(chosen: &[(&str, &Exception)]) -> String {
    let mut text = String::new();
    for (id, exception) in chosen {
        let _ = write!(text, "\n# {}\n{id} exp:{}\n", without_controls(&note(exception)), end(exception));
    }
    text
}

/// TOML allows no control characters in a comment.
fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
