use std::fmt::Write;

use serde_json::json;

use super::args::{RulesArgs, RulesCommand, TextOrJson};
use super::output::{Failure, emit_text};
use super::project::Place;
use super::{rules_new, rules_test};
use crate::model::Rule;

pub fn run(args: &RulesArgs) -> Result<u8, Failure> {
    match &args.command {
        Some(RulesCommand::Test(args)) => return rules_test::run(args),
        Some(RulesCommand::New(args)) => return rules_new::run(args),
        None => {}
    }
    let rules = Place::of(&[])?.rules(args.rules.as_deref())?;
    let rules: Vec<&Rule> = rules.iter().map(AsRef::as_ref).collect();
    let text = match args.format {
        TextOrJson::Text => table(&rules),
        TextOrJson::Json => list(&rules),
    };
    emit_text(None, &text)?;
    Ok(0)
}

/// One line for each rule, and their number.
fn table(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.id.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for rule in rules {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{:width$}  {:7}  {:6}  {}", rule.id.as_str(), rule.level, rule.confidence, rule.name);
    }
    let _ = writeln!(text, "\n{} rules; `gate explain RULE` tells all about one", rules.len());
    text
}

fn list(rules: &[&Rule]) -> String {
    let entries: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "name": rule.name,
                "level": rule.level,
                "confidence": rule.confidence,
                "analysis": rule.analysis(),
                "security_severity": rule.security_severity.map(|severity| severity.score()),
                "cwe": rule.cwe,
                "languages": rule.languages,
                "since": rule.since,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "schema_version": 1, "rules": entries }))
}
