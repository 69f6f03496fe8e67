//! What several tests build on: rules and findings made by hand.

use std::sync::Arc;

use gate::model::{Confidence, Finding, Fingerprint, Level, Location, Region, RelPath, Rule, Snippet};
use gate::rulebook::parse_rule_file;

/// A rule of this id with `extra` lines of TOML before its matcher.
pub fn rule(id: &str, extra: &str) -> Arc<Rule> {
    let text = format!(
        "name = \"Rule {id}\"\nmessage = \"Something about it\"\nwhy = \"Because it matters.\"\nfix = \"Do it well. Then rest.\"\n{extra}\n\
         [match]\nbuiltin = \"todo-comment\"\n"
    );
    let text = if text.contains("level =") { text } else { format!("level = \"error\"\n{text}") };
    let text = if text.contains("confidence =") { text } else { format!("confidence = \"high\"\n{text}") };
    let rules = parse_rule_file(&format!("{id}.toml"), &text).expect("the rule is valid");
    Arc::new(rules.into_iter().next().expect("one rule").0)
}

/// A finding of `rule` at a line of a file, its line's text quoted and wholly highlighted.
pub fn finding(rule: &Arc<Rule>, path: &str, line: u32) -> Finding {
    let text = "let value = 1;";
    Finding {
        rule: Arc::clone(rule),
        level: rule.level,
        confidence: rule.confidence,
        message: rule.message.clone(),
        location: Location {
            path: RelPath::new(path),
            region: Region {
                start_line: line,
                start_column: 1,
                end_line: line,
                end_column: text.len() as u32 + 1,
                start_byte: 0,
                end_byte: text.len() as u32,
            },
        },
        snippet: Snippet { line: text.to_owned(), highlight: (0, text.len()) },
        related: Vec::new(),
        properties: Vec::new(),
        secret: None,
        fingerprint: Fingerprint { gate: format!("{}:{path}:{line}", rule.id), line_hash: "1f:1".to_owned() },
        suppressions: Vec::new(),
    }
}

pub fn with(mut finding: Finding, level: Level, confidence: Confidence) -> Finding {
    finding.level = level;
    finding.confidence = confidence;
    finding
}
