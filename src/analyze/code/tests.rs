//! Every rule against its fixtures: what it must find, and what it must not.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Code;
use crate::analyze::{Analyzer, Context, DependencySettings, File, LicenseSettings, Sink};
use crate::model::{Analysis, Encoding, Language, Matcher, RelPath, SourceFile, Target, TargetRole};
use crate::rulebook::RuleSet;
use crate::syntax::{CompiledQuery, KindSet, Parser};

fn rules() -> RuleSet {
    let mut rules = RuleSet::embedded();
    rules.retain(|rule| rule.analysis() == Some(Analysis::Code));
    rules
}

fn kinds(rules: &RuleSet) -> KindSet {
    let mut roots: BTreeMap<Language, Vec<String>> = BTreeMap::new();
    for rule in rules.iter() {
        if let Matcher::Query(query) = &rule.matcher {
            for language in &rule.languages {
                roots.entry(*language).or_default().extend(query.roots.iter().cloned());
            }
        }
    }
    KindSet::new(roots)
}

/// Line and rule of every hit in `text`, as the file `path` of a project.
fn found(path: &str, text: &str) -> Vec<(u32, String)> {
    let rules = rules();
    let licenses = LicenseSettings::default();
    let dependencies = DependencySettings::default();
    let context =
        Context { rules: &rules, licenses: &licenses, dependencies: &dependencies, advisories: Err("none".to_owned()) };
    let code = Code::new(&context);
    let path = RelPath::new(path);
    let language = Language::from_extension(path.extension().unwrap()).unwrap();
    let target = Target {
        absolute: PathBuf::new(),
        size: text.len() as u64,
        language: Some(language),
        role: TargetRole::of(&path),
        tracked: None,
        path,
    };
    let source = SourceFile::new(target, text.to_owned(), Encoding::Utf8);
    let kinds = kinds(&rules);
    let Ok(tree) = Parser::default().parse(language, text, Duration::from_secs(20)) else {
        panic!("not parsed in time");
    };
    let syntax = tree.index(text, &kinds);
    let mut sink = Sink::default();
    code.analyze(&File { source: &source, syntax: Some(&syntax) }, &mut sink);
    assert!(sink.notifications.is_empty(), "{:?}", sink.notifications);
    sink.hits.iter().map(|hit| (source.region(hit.span.clone()).start_line, hit.rule.id.to_string())).collect()
}

fn fixtures() -> Vec<PathBuf> {
    let groups = ["python", "javascript", "rust", "quality", "performance", "security"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Vec::new();
    for folder in groups.iter().map(|group| root.join(group)).filter(|folder| folder.is_dir()) {
        files.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

/// Rules that a marker names on each line: `# ruleid: a, b`.
fn marked(text: &str, marker: &str) -> BTreeSet<(u32, String)> {
    let mut marked = BTreeSet::new();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((_, ids)) = line.split_once(marker) else { continue };
        let is_annotation = |line: &str| line.contains("ruleid: ") || line.contains("ok: ");
        let below = lines[index + 1..].iter().position(|line| !is_annotation(line)).unwrap();
        for id in ids.split([',', ' ']).filter(|id| id.contains('/') && !id.starts_with("*/")) {
            marked.insert(((index + below + 2) as u32, id.to_owned()));
        }
    }
    marked
}

#[test]
fn each_fixture_is_found_where_it_says_and_nowhere_else() {
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for path in fixtures() {
        let text = fs::read_to_string(&path).unwrap();
        let name = format!("src/{}", path.file_name().unwrap().to_string_lossy());
        let id = format!(
            "{}/{}",
            path.parent().unwrap().file_name().unwrap().to_string_lossy(),
            path.file_stem().unwrap().to_string_lossy()
        );
        let expected = marked(&text, "ruleid: ");
        let silent = marked(&text, "ok: ");
        let count = seen.entry(id.clone()).or_default();
        count.0 += expected.iter().filter(|(_, rule)| *rule == id).count();
        count.1 += silent.iter().filter(|(_, rule)| *rule == id).count();
        // A fixture is about its own rule and those it names; it may print or be long.
        let about: BTreeSet<&str> = expected.iter().chain(&silent).map(|(_, id)| id.as_str()).collect();
        let found: BTreeSet<(u32, String)> =
            found(&name, &text).into_iter().filter(|(_, id)| about.contains(id.as_str())).collect();
        for (line, id) in expected.difference(&found) {
            wrong.push(format!("{}:{line}: {id} was not found", path.display()));
        }
        for (line, id) in found.difference(&expected) {
            wrong.push(format!("{}:{line}: {id} must not be found", path.display()));
        }
    }
    for rule in rules().iter() {
        let (found, silent) = seen.get(rule.id.as_str()).copied().unwrap_or_default();
        if found < 2 || silent < 2 {
            wrong.push(format!("{} has {found} `ruleid` and {silent} `ok`: at least 2 of each", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_query_is_valid_in_every_language_of_its_rule() {
    for rule in rules().iter() {
        let Matcher::Query(query) = &rule.matcher else { continue };
        for language in &rule.languages {
            if let Err(error) = CompiledQuery::new(*language, &query.query) {
                panic!("{} in {language}: {error}", rule.id);
            }
        }
    }
}

#[test]
fn every_security_rule_says_how_bad_it_is_and_of_what_kind() {
    for rule in rules().iter().filter(|rule| rule.security_severity.is_some() || !rule.cwe.is_empty()) {
        assert!(rule.security_severity.is_some(), "{} has no security-severity", rule.id);
        assert!(!rule.cwe.is_empty() && !rule.owasp.is_empty(), "{} needs CWE and OWASP", rule.id);
        assert!(!rule.references.is_empty(), "{} needs references", rule.id);
    }
}

#[test]
fn rules_are_named_where_others_replace_them() {
    let rules = rules();
    for rule in rules.iter() {
        for id in &rule.replaces {
            assert!(rules.get(id.as_str()).is_some(), "{} replaces {id}, which is no rule", rule.id);
        }
    }
}
