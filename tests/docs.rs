//! The pages about rules, made from the rules and their fixtures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use gate::model::{Confidence, NotificationKind, OptionValue, Rule};
use gate::rulebook::RuleSet;

use crate::support::verify_generated;

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let rules = RuleSet::embedded();
    let mut pages = BTreeSet::from(["README.md".to_owned()]);
    verify_generated("docs/rules/README.md", &index(&rules));
    for rule in rules.iter() {
        let page = format!("{}.md", rule.id);
        verify_generated(&format!("docs/rules/{page}"), &describe(rule));
        pages.insert(page);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    for stale in files_below(&folder, "").into_iter().filter(|page| !pages.contains(page)) {
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            fs::remove_file(folder.join(stale)).expect("a stale page can be removed");
        } else {
            panic!("docs/rules/{stale} is about no rule; `UPDATE=1 cargo test` removes it");
        }
    }
}

/// What a rule says of a credential's form was read somewhere, and what was not may not fail the gate.
#[test]
fn every_secret_rule_says_where_its_form_comes_from() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/secret-formats.md")).expect("a page");
    let rows: BTreeMap<&str, &str> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| [")?.split(" | ");
            let name = cells.next()?.split(']').next()?;
            cells.next().map(|class| (name, class))
        })
        .collect();
    let rules = RuleSet::embedded();
    let secrets = || rules.iter().filter(|rule| rule.id.as_str().starts_with("secret/"));
    for rule in secrets() {
        let name = rule.id.as_str().trim_start_matches("secret/");
        let class = rows.get(name).unwrap_or_else(|| panic!("docs/secret-formats.md has no row for {name}"));
        assert!(["a", "b", "c", "d", "s"].contains(class), "{name}: {class}");
        assert!(*class != "d" || rule.confidence < Confidence::High, "{name}: nothing states its form");
    }
    assert_eq!(rows.len(), secrets().count(), "a row is about no rule");
}

fn files_below(folder: &Path, prefix: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(files_below(&entry.path(), &format!("{name}/")));
        } else {
            files.push(name);
        }
    }
    files
}

fn index(rules: &RuleSet) -> String {
    let mut page = format!("# Rules\n\n{} rules. `gate explain RULE` prints a page in the terminal.\n", rules.len());
    let mut group = "";
    for rule in rules.iter() {
        if rule.id.group() != group {
            group = rule.id.group();
            write!(page, "\n## {group}\n\n| rule | | level | confidence |\n|---|---|---|---|\n").unwrap();
        }
        writeln!(page, "| [`{0}`]({0}.md) | {1} | {2} | {3} |", rule.id, cell(&rule.name), rule.level, rule.confidence)
            .unwrap();
    }
    page
}

fn describe(rule: &Rule) -> String {
    let mut page = format!("# {}\n\n`{}` · {} · {} confidence", rule.name, rule.id, rule.level, rule.confidence);
    if let Some(severity) = rule.security_severity {
        write!(page, " · severity {severity}").unwrap();
    }
    for number in &rule.cwe {
        write!(page, " · [CWE-{number}](https://cwe.mitre.org/data/definitions/{number}.html)").unwrap();
    }
    for category in &rule.owasp {
        write!(page, " · OWASP {category}").unwrap();
    }
    write!(page, " · since {}\n\n{}\n\n## How to fix it\n\n{}\n", rule.since, rule.why, rule.fix).unwrap();
    if let Some(place) = &rule.revoke {
        write!(page, "\nRevoke it at <{place}>.\n").unwrap();
    }
    if let Some(examples) = examples(rule) {
        page.push_str(&examples);
    }
    if !rule.options.is_empty() {
        write!(page, "\n## Options\n\n```toml\n[rules.\"{}\"]\n", rule.id).unwrap();
        for (name, value) in &rule.options {
            writeln!(page, "{name} = {}", toml_value(value)).unwrap();
        }
        page.push_str("```\n");
    }
    if !rule.references.is_empty() {
        page.push_str("\n## References\n\n");
        for reference in &rule.references {
            writeln!(page, "- <{reference}>").unwrap();
        }
    }
    if !rule.formerly.is_empty() {
        let names: Vec<String> = rule.formerly.iter().map(|id| format!("`{id}`")).collect();
        write!(page, "\nFormerly {}.\n", names.join(", ")).unwrap();
    }
    page
}

fn toml_value(value: &OptionValue) -> String {
    match value {
        OptionValue::Integer(number) => number.to_string(),
        OptionValue::Bool(flag) => flag.to_string(),
        OptionValue::Text(text) => format!("{text:?}"),
        OptionValue::List(items) => format!("{items:?}"),
    }
}

/// Cut from the rule's fixture: what follows its first annotations of each kind.
fn examples(rule: &Rule) -> Option<String> {
    let (text, extension) = fixture(rule)?;
    let mut sections = String::new();
    for (mark, title) in [("ruleid", "Found"), ("ok", "Not found")] {
        let shown: Vec<String> = annotated(&text, mark, rule).take(2).collect();
        if !shown.is_empty() {
            write!(sections, "\n## {title}\n\n```{extension}\n{}\n```\n", shown.join("\n\n")).unwrap();
        }
    }
    Some(sections)
}

/// The text of the rule's fixture and its extension: `fixtures/<group>/<slug>.<ext>`, the first by name, or, of a rule
/// that shares its file with others, the first one that speaks of it.
fn fixture(rule: &Rule) -> Option<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut names = files_below(&folder, "");
    names.sort();
    let own = |name: &&String| name.strip_prefix(rule.id.as_str()).is_some_and(|rest| rest.starts_with('.'));
    let read = |name: &String| Some((fs::read_to_string(folder.join(name)).ok()?, name.rsplit('.').next()?.to_owned()));
    if let Some(name) = names.iter().find(own) {
        return read(name);
    }
    let mark = format!("ruleid: {}", rule.id);
    let of_family = names.iter().filter(|name| name.starts_with(rule.id.group()));
    of_family.filter_map(read).find(|(text, _)| text.lines().any(|line| line.contains(&mark)))
}

/// An example shows at most so many lines below its first.
const LONGEST_EXAMPLE: usize = 10;

/// The line below each annotation `mark: id`, with the lines that go on from it: those indented deeper.
fn annotated<'a>(text: &'a str, mark: &'a str, rule: &'a Rule) -> impl Iterator<Item = String> + 'a {
    let lines: Vec<&str> = text.lines().collect();
    let is_annotation = |line: &str| line.contains("ruleid: ") || line.contains("ok: ");
    (0..lines.len()).filter_map(move |index| {
        let (_, ids) = lines[index].split_once(&format!(" {mark}: "))?;
        let id = ids.split(|c: char| c.is_whitespace() || c == ',').find(|word| *word == rule.id.as_str())?;
        let first = lines[index + 1..].iter().position(|line| !is_annotation(line)).map(|below| index + 1 + below)?;
        let indent = indentation(lines[first]);
        let goes_on = |line: &&&'a str| !line.trim().is_empty() && indentation(line) > indent && !is_annotation(line);
        let body: Vec<&str> = lines[first + 1..].iter().take_while(goes_on).copied().collect();
        let shown = body.iter().take(LONGEST_EXAMPLE).copied();
        let cut = (body.len() > LONGEST_EXAMPLE).then_some("…");
        let outdented = |line: &'a str| line.get(indent..).unwrap_or(line);
        let example: Vec<&str> = std::iter::once(lines[first]).chain(shown).map(outdented).chain(cut).collect();
        (!id.is_empty()).then(|| example.join("\n"))
    })
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_page_about_the_report_names_every_field_and_kind() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.md")).unwrap();
    let schema = serde_json::to_value(gate::report::json_schema()).unwrap();
    let mut names: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let kinds = NotificationKind::ALL.into_iter().filter(|kind| kind.is_incomplete());
    names.extend(kinds.map(|kind| kind.id().to_owned()));
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name} is missing");
    }
    let described = |shape: &serde_json::Value| {
        shape["properties"].as_object().unwrap().values().all(|field| field["description"].is_string())
    };
    for (name, shape) in
        schema["$defs"].as_object().unwrap().iter().filter(|(_, shape)| shape["properties"].is_object())
    {
        assert!(described(shape), "{name} has a field without a description");
    }
}
