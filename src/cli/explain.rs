use std::fmt::Write;

use anstyle::Style;

use super::args::ExplainArgs;
use super::output::{Failure, emit_text, stdout_has_color};
use super::project::Place;
use crate::model::{OptionValue, Rule};
use crate::rulebook::RuleSet;

pub fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let rules = Place::of(&[])?.rules(args.rules.as_deref())?;
    let Some(rule) = rules.resolve(&args.rule) else { return Err(unknown(&args.rule, &rules)) };
    emit_text(None, &page(rule, stdout_has_color()))?;
    Ok(0)
}

pub fn unknown(id: &str, rules: &RuleSet) -> Failure {
    let likeness =
        |rule: &Rule| strsim::jaro_winkler(id, rule.id.as_str()).max(strsim::jaro_winkler(id, rule.id.slug()));
    let mut near: Vec<(f64, &str)> =
        rules.iter().map(|rule| (likeness(rule), rule.id.as_str())).filter(|(likeness, _)| *likeness > 0.8).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    let names: Vec<String> = near.iter().take(3).map(|(_, id)| format!("`{id}`")).collect();
    let help = if names.is_empty() {
        "`gate rules` lists all".to_owned()
    } else {
        format!("did you mean {}?", names.join(" or "))
    };
    Failure::new(format!("there is no rule `{id}`\n  {help}"))
}

/// All that a rule says of itself.
fn page(rule: &Rule, color: bool) -> String {
    let style = if color { Style::new().bold() } else { Style::new() };
    let mut text = format!("{style}{}{style:#}\n{}\n\n", rule.name, rule.id);
    // Writing to a text cannot fail.
    let _ = writeln!(text, "level       {}", rule.level);
    let _ = writeln!(text, "confidence  {}", rule.confidence);
    if let Some(severity) = rule.security_severity {
        let _ = writeln!(text, "severity    {severity} of 10");
    }
    if !rule.cwe.is_empty() {
        let numbers: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
        let _ = writeln!(text, "weakness    {}", numbers.join(", "));
    }
    if !rule.languages.is_empty() {
        let names: Vec<&str> = rule.languages.iter().map(|language| language.name()).collect();
        let _ = writeln!(text, "languages   {}", names.join(", "));
    }
    let _ = write!(text, "\n{}\n\n{style}How to fix it{style:#}\n{}\n", rule.why, rule.fix);
    if let Some(place) = &rule.revoke {
        let _ = writeln!(text, "\nRevoke it at {place}");
    }
    if !rule.options.is_empty() {
        let _ = writeln!(text, "\n{style}Options{style:#}, in gate.toml\n[rules.\"{}\"]", rule.id);
        for (name, value) in &rule.options {
            let _ = writeln!(text, "{name} = {}", toml_value(value));
        }
    }
    if !rule.references.is_empty() {
        let _ = writeln!(text, "\n{style}See{style:#}\n{}", rule.references.join("\n"));
    }
    let _ = writeln!(
        text,
        "\n{style}To accept one{style:#}, in a comment on its line or above it\ngate:allow {} why it is fine",
        rule.id
    );
    text
}

fn toml_value(value: &OptionValue) -> String {
    match value {
        OptionValue::Integer(number) => number.to_string(),
        OptionValue::Bool(flag) => flag.to_string(),
        OptionValue::Text(text) => format!("{text:?}"),
        OptionValue::List(items) => format!("{items:?}"),
    }
}
