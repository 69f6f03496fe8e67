//! What several tests build on: rules and findings made by hand.

use std::sync::Arc;

use gate::model::{Confidence, Finding, Fingerprint, Level, Location, Outcome, Region, RelPath, Rule, Snippet};
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
        fix: None,
        origin: None,
        fingerprint: Fingerprint {
            gate: format!("{}:{path}:{line}", rule.id),
            line_hash: "1f:1".to_owned(),
            ..Fingerprint::default()
        },
        suppressions: Vec::new(),
        baseline: None,
        outcome: Outcome::default(),
    }
}

pub fn with(mut finding: Finding, level: Level, confidence: Confidence) -> Finding {
    finding.level = level;
    finding.confidence = confidence;
    finding
}

/// Compares `text` with the file below the package's root that was generated from it. With `UPDATE=1` in the environment it
/// is written instead.
pub fn verify_generated(path: &str, text: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(file.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::write(&file, text).expect("the file can be written");
        return;
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    if written != text {
        let line = written.lines().zip(text.lines()).take_while(|(one, other)| one == other).count();
        panic!(
            "{path} is stale from line {} on; `UPDATE=1 cargo test` writes it\n  is:     {:?}\n  should: {:?}",
            line + 1,
            written.lines().nth(line),
            text.lines().nth(line)
        );
    }
}
