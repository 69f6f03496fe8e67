//! Rules as SARIF describes them, with their help.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde_json::json;
use serde_sarif::sarif;

use super::multiformat;
use crate::model::{Rule, Run};

/// All rules of the run and any other that has a finding, sorted by id, and where each of them stands.
pub fn rules(run: &Run, most_tags: usize) -> (Vec<sarif::ReportingDescriptor>, HashMap<&str, i64>) {
    let mut rules: BTreeMap<&str, &Rule> = run.rules.iter().map(|rule| (rule.id.as_str(), &**rule)).collect();
    for finding in &run.findings {
        rules.entry(finding.rule.id.as_str()).or_insert(&finding.rule);
    }
    let indices = rules.keys().zip(0..).map(|(id, index)| (*id, index)).collect();
    (rules.into_values().map(|rule| descriptor(rule, most_tags)).collect(), indices)
}

fn descriptor(rule: &Rule, most_tags: usize) -> sarif::ReportingDescriptor {
    let mut properties = BTreeMap::from([("precision".to_owned(), json!(rule.confidence.name()))]);
    if let Some(severity) = rule.security_severity {
        properties.insert("security-severity".to_owned(), json!(severity.to_string()));
    }
    let bag = sarif::PropertyBag::builder().tags(tags(rule, most_tags)).additional_properties(properties).build();
    let configuration = sarif::ReportingConfiguration::builder().level(json!(rule.level.name())).build();
    let mut descriptor = sarif::ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(identifier(&rule.name))
        .short_description(multiformat(&rule.name))
        .full_description(multiformat(&rule.why))
        .help(help(rule))
        .default_configuration(configuration)
        .properties(bag)
        .build();
    descriptor.help_uri = rule.references.first().filter(|address| address.starts_with("http")).cloned();
    if !rule.formerly.is_empty() {
        descriptor.deprecated_ids = Some(rule.formerly.iter().map(ToString::to_string).collect());
    }
    descriptor
}

/// GitHub groups by CWE where the tag has this form.
fn tags(rule: &Rule, most: usize) -> Vec<String> {
    let is_security = rule.security_severity.is_some() || !rule.cwe.is_empty();
    let mut tags = vec![rule.id.group().to_owned()];
    tags.extend(is_security.then(|| "security".to_owned()));
    tags.extend(rule.analysis().map(|analysis| analysis.name().to_owned()).filter(|name| *name != tags[0]));
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    tags.extend(rule.owasp.iter().map(|category| format!("external/owasp/{}", category.to_lowercase())));
    tags.dedup();
    tags.truncate(most);
    tags
}

/// `Command run through a shell` as `CommandRunThroughAShell`: SARIF wants a stable identifier beside the id.
fn identifier(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect::<String>())
    };
    words.map(capital).collect()
}

fn help(rule: &Rule) -> sarif::MultiformatMessageString {
    let mut text = format!("{}\n\nHow to fix it: {}", rule.why, rule.fix);
    let mut markdown = format!("{}\n\n## How to fix it\n\n{}", rule.why, rule.fix);
    // Writing to a text cannot fail.
    if let Some(place) = &rule.revoke {
        let _ = write!(text, "\n\nRevoke it at {place}");
        let _ = write!(markdown, "\n\nRevoke it at <{place}>.");
    }
    if !rule.references.is_empty() {
        let _ = write!(text, "\n\nSee {}", rule.references.join(", "));
        let _ = write!(markdown, "\n\n## References\n");
        for reference in &rule.references {
            let _ = write!(markdown, "\n- <{reference}>");
        }
    }
    sarif::MultiformatMessageString::builder().text(text).markdown(markdown).build()
}
