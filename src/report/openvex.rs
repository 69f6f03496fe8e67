//! OpenVEX 0.2.0 (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>): what is known of the advisories about the packages of the
//! project, as statements that others can read in and people can go on from.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Format, Omitted, Options, property, uuid};
use crate::model::{Finding, Run};

pub struct OpenVex;

/// What a justification begins with that a VEX document gave.
const NOT_AFFECTED: &[&str] = &["VEX: not affected: ", "VEX: false positive: "];
const FIXED: &str = "VEX: fixed";

impl Format for OpenVex {
    fn name(&self) -> &'static str {
        "openvex"
    }

    fn describe(&self) -> &'static str {
        "OpenVEX: a statement for each advisory about a package"
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        // A package in several lockfiles is one product.
        let mut statements: BTreeMap<(&str, &str), Value> = BTreeMap::new();
        for finding in &run.findings {
            let fact = |name| property(finding, name).and_then(Value::as_str);
            let (Some(advisory), Some(purl)) = (fact("advisory"), fact("purl")) else { continue };
            statements.entry((advisory, purl)).or_insert_with(|| statement(finding, advisory, purl));
        }
        let statements: Vec<Value> = statements.into_values().collect();
        // The format wants a time; without one the same run gives the same bytes.
        let time = format!("{}Z", options.time.unwrap_or("1970-01-01T00:00:00"));
        let content = json!([time, statements]).to_string();
        let document = json!({
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": format!("urn:uuid:{}", uuid("gate 2026-11-20 openvex document", &content)),
            "author": "gate",
            "role": "scanner",
            "timestamp": time,
            "version": 1,
            "tooling": format!("gate {}", env!("CARGO_PKG_VERSION")),
            "statements": statements,
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)?;
        Ok(None)
    }
}

fn statement(finding: &Finding, advisory: &str, purl: &str) -> Value {
    let mut vulnerability = json!({ "name": advisory });
    for (key, name) in [("aliases", "aliases"), ("@id", "url")] {
        let value = property(finding, name).filter(|value| value.as_array().is_none_or(|names| !names.is_empty()));
        if let Some(value) = value.filter(|value| !value.is_null()) {
            vulnerability[key] = value.clone();
        }
    }
    let mut statement = json!({ "vulnerability": vulnerability, "products": [{ "@id": purl }] });
    let said: Vec<&str> = finding.suppressions.iter().map(|one| one.justification.as_str()).collect();
    let reason = said.iter().find_map(|said| NOT_AFFECTED.iter().find_map(|start| said.strip_prefix(start)));
    if let Some(reason) = reason {
        statement["status"] = json!("not_affected");
        statement["impact_statement"] = json!(reason);
    } else if said.contains(&FIXED) {
        statement["status"] = json!("fixed");
    } else {
        statement["status"] = json!("affected");
        statement["action_statement"] = json!(action(finding));
    }
    statement
}

/// What is to be done, or why nothing is.
fn action(finding: &Finding) -> String {
    if let Some(accepted) = finding.suppressions.first() {
        let until = accepted.exception.as_ref().map(|note| format!(" by {} until {}", note.owner, note.expires));
        return format!("accepted{}: {}", until.unwrap_or_default(), accepted.justification);
    }
    match property(finding, "fixed").and_then(Value::as_str) {
        Some(version) => format!("update to {version}"),
        None => "no fixed version is known".to_owned(),
    }
}
