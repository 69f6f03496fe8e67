//! `gate rules new`: a rule and its fixture to start from, which pass `gate rules test` as they are.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::args::RulesNewArgs;
use super::output::{Failure, emit_text};
use super::project::{Place, read_folder};
use crate::model::Language;
use crate::rulebook::{RuleSet, parse_rule_file};

pub fn run(args: &RulesNewArgs) -> Result<u8, Failure> {
    let place = Place::of(&[])?;
    let folder = match &args.rules {
        Some(folder) => folder.clone(),
        None => place.shortened(&place.root.join(".gate/rules")),
    };
    let (group, slug) = args.name.split_once('/').unwrap_or((group_of(args.language), &args.name));
    let id = format!("{group}/{slug}");
    let rule = rule_text(&id, args.language);
    parse_rule_file(&format!("{id}.toml"), &rule).map_err(|error| {
        Failure::new(format!("`{}` cannot be the name of a pattern rule: {}", args.name, error.message))
    })?;
    if RuleSet::embedded().get(&id).is_some() {
        return Err(Failure::new(format!("`{id}` is a rule that comes with gate; choose another name")));
    }
    // A folder with a fault in it says so in `gate rules test`.
    let own = if folder.is_dir() { read_folder(&folder).unwrap_or_default() } else { Vec::new() };
    if own.iter().any(|rule| rule.id.as_str() == id) {
        return Err(Failure::new(format!("there is a rule `{id}` in {} already", folder.display())));
    }
    let rule_file = folder.join(format!("{id}.toml"));
    let fixture_file = rule_file.with_extension(extension(args.language));
    if let Some(there) = [&rule_file, &fixture_file].into_iter().find(|file| file.exists()) {
        return Err(there_already(there));
    }
    write_new(&rule_file, &rule)?;
    write_new(&fixture_file, &fixture_text(&id, args.language))?;
    let next = "Change both, and then run `gate rules test`; docs/authoring.md tells what a rule can say.";
    emit_text(None, &format!("wrote {}\nwrote {}\n{next}\n", rule_file.display(), fixture_file.display()))?;
    Ok(0)
}

fn there_already(file: &Path) -> Failure {
    Failure::new(format!("{} is there already and stays as it is", file.display()))
}

fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create_new(file));
    match written.and_then(|mut out| out.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(there_already(file)),
        Err(error) => Err(Failure::new(format!("{} could not be written: {error}", file.display()))),
    }
}

fn group_of(language: Language) -> &'static str {
    match language {
        Language::Python => "python",
        Language::Rust => "rust",
        Language::JavaScript | Language::TypeScript | Language::Tsx => "javascript",
    }
}

fn extension(language: Language) -> &'static str {
    match language {
        Language::Python => "py",
        Language::Rust => "rs",
        Language::JavaScript => "js",
        Language::TypeScript => "ts",
        Language::Tsx => "tsx",
    }
}

fn rule_text(id: &str, language: Language) -> String {
    let (group, slug) = id.split_once('/').unwrap_or((id, ""));
    // A group that is called after a language has it without being told.
    let languages = if group == group_of(language) { String::new() } else { format!("languages = [\"{language}\"]\n") };
    let part = if language == Language::Rust { "::" } else { "." };
    RULE.replace("{title}", &slug.replace('-', " "))
        .replace("{languages}", &languages)
        .replace("{call}", &format!("legacy{part}connect"))
        .replace("{better}", &format!("database{part}connect"))
}

fn fixture_text(id: &str, language: Language) -> String {
    let fixture = match language {
        Language::Python => PYTHON,
        Language::Rust => RUST,
        Language::JavaScript | Language::TypeScript | Language::Tsx => JAVASCRIPT,
    };
    fixture.replace("{id}", id)
}

const RULE: &str = r#"name = "{title}"
level = "warning"         # error, warning or note
confidence = "medium"     # high once at least four findings in five are right
{languages}message = "`{call}({HOST})` opens a connection that nobody closes"
why = """
What goes wrong, for whom, and when it does not apply.
"""
fix = """
Use `{better}`, which takes the same arguments.
"""

[match]
pattern = "{call}($HOST, $...REST)"
# where.HOST = "dynamic"            a condition on what `$HOST` stands for
# not-inside = "test"               a place, or a pattern of what stands around it
replacement = "{better}($HOST, $...REST)"
"#;

const PYTHON: &str = r#"import legacy
from legacy import connect as open_connection

# ruleid: {id}
legacy.connect("db.example.com", timeout=5)

# ruleid: {id}  (imported under another name)
open_connection(host)

# ok: {id}  (only a text)
text = "legacy.connect(host)"


def connect(host): ...


# ok: {id}  (a function of our own)
connect("db.example.com")
"#;

const RUST: &str = r#"use legacy::connect as open_connection;

fn examples(host: &str) {
    // ruleid: {id}
    legacy::connect("db.example.com", 5);

    // ruleid: {id}  (imported under another name)
    open_connection(host);

    // ok: {id}  (only a text)
    let text = "legacy::connect(host)";

    // ok: {id}  (a function of our own)
    connect("db.example.com");
}

fn connect(host: &str) {}
"#;

const JAVASCRIPT: &str = r#"import * as legacy from "legacy";
import { connect as openConnection } from "legacy";

// ruleid: {id}
legacy.connect("db.example.com", { timeout: 5 });

// ruleid: {id}  (imported under another name)
openConnection(host);

// ok: {id}  (only a text)
const text = "legacy.connect(host)";

function connect(host) {}

// ok: {id}  (a function of our own)
connect("db.example.com");
"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_is_a_rule_in_every_language() {
        for language in Language::ALL {
            for group in [group_of(language), "security"] {
                let id = format!("{group}/my-own");
                let rules = parse_rule_file(&format!("{id}.toml"), &rule_text(&id, language)).unwrap();
                assert!(rules[0].0.languages.contains(&language), "{id}");
            }
        }
    }
}
