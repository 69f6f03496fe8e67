//! Every rule has a fixture, and every fixture says what is so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gate::advisory::AdvisorySource;
use gate::analyze::{ANALYZERS, Context, DependencySettings, File, Hit, LicenseSettings, Sink};
use gate::model::{Analysis, Confidence, Encoding, Language, Matcher, RelPath, SourceFile, Target, TargetRole};
use gate::rulebook::{RuleSet, fixture, parse_rule_file};
use gate::syntax::{KindSet, Parser};

/// Folders of `rules/` whose fixtures do not run yet.
const WITHOUT_FIXTURES: &[&str] = &["gate"];

/// A rule needs at least this many places that it finds, and as many that it must not find.
const LEAST_EXAMPLES: usize = 2;

/// The findings (rule id, 1-based line) that a scan with the default settings reports for a file `path` with this `text`.
fn findings_of(path: &str, text: &str) -> Vec<(String, u32)> {
    if path.ends_with(".lock") {
        return crate::dependencies::findings_of(text);
    }
    let (licenses, dependencies) = (LicenseSettings::default(), DependencySettings::default());
    let rules = RuleSet::embedded();
    let advisories: Result<&dyn AdvisorySource, String> = Err(String::new());
    let context = Context { rules: &rules, licenses: &licenses, dependencies: &dependencies, advisories };
    let path = RelPath::new(path);
    let target = Target {
        absolute: PathBuf::new(),
        size: text.len() as u64,
        language: path.extension().and_then(Language::from_extension),
        role: TargetRole::of(&path),
        tracked: None,
        path,
    };
    let source = SourceFile::new(target, text.to_owned(), Encoding::Utf8);
    let kinds = query_roots(&rules);
    let tree = source.target.language.map(|language| {
        let parsed = Parser::default().parse(language, text, Duration::from_secs(20));
        parsed.unwrap_or_else(|_| panic!("{} was not parsed in time", source.target.path))
    });
    let syntax = tree.as_ref().map(|tree| tree.index(text, &kinds));
    let mut sink = Sink::default();
    for make in ANALYZERS {
        let analyzer = make(&context);
        let of_files = matches!(analyzer.analysis(), Analysis::Secrets | Analysis::Code);
        if of_files && analyzer.wants(&source.target) {
            analyzer.analyze(&File { source: &source, syntax: syntax.as_ref() }, &mut sink);
        }
    }
    assert!(sink.notifications.is_empty(), "{:?}", sink.notifications);
    let is_code = |hit: &&Hit| hit.rule.analysis() == Some(Analysis::Code);
    let reported = sink.hits.iter().filter(|hit| is_code(hit) || hit.confidence >= Confidence::Medium);
    reported.map(|hit| (hit.rule.id.as_str().to_owned(), source.region(hit.span.clone()).start_line)).collect()
}

/// The node kinds that the rules' queries start with.
fn query_roots(rules: &RuleSet) -> KindSet {
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

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
    files.sort();
}

/// The fixtures of the rule file `relative` (`secrets/github.toml`): all that differ from it in the extension alone.
fn fixtures_of(relative: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    files_below(&Path::new("fixtures").join(relative.parent().unwrap()), &mut files);
    files.retain(|path| {
        path.file_stem() == relative.file_stem() && path.parent() == Path::new("fixtures").join(relative).parent()
    });
    files
}

fn rule_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    files_below(Path::new("rules"), &mut files);
    let mut files: Vec<PathBuf> =
        files.iter().filter_map(|path| path.strip_prefix("rules").ok().map(Path::to_owned)).collect();
    files.retain(|path| {
        let group = path.components().next().unwrap().as_os_str();
        !WITHOUT_FIXTURES.iter().any(|without| group == *without)
    });
    files
}

#[test]
fn every_rule_has_examples_of_both_kinds() {
    let mut faults = Vec::new();
    let files = rule_files();
    assert!(!files.is_empty());
    for file in &files {
        let mut counts: BTreeMap<(String, bool), usize> = BTreeMap::new();
        for path in fixtures_of(file) {
            let fixture = fixture::expand(&fs::read_to_string(&path).unwrap()).unwrap();
            for expectation in fixture.expectations {
                *counts.entry((expectation.rule, expectation.found)).or_default() += 1;
            }
        }
        let name = file.to_string_lossy();
        for (rule, _) in parse_rule_file(&name, &fs::read_to_string(Path::new("rules").join(file)).unwrap()).unwrap() {
            for (found, kind) in [(true, "ruleid"), (false, "ok")] {
                let count = counts.get(&(rule.id.as_str().to_owned(), found)).copied().unwrap_or(0);
                if count < LEAST_EXAMPLES {
                    faults.push(format!("{name}: `{}` has {count} examples `{kind}` in its fixture", rule.id));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_fixture_tells_the_truth() {
    let mut faults = Vec::new();
    for file in rule_files() {
        for path in fixtures_of(&file) {
            let fixture = match fixture::expand(&fs::read_to_string(&path).unwrap()) {
                Ok(fixture) => fixture,
                Err(error) => {
                    faults.push(format!("{}: {error}", path.display()));
                    continue;
                }
            };
            // Not below `fixtures/`: a test is judged by a milder measure.
            let place = format!("src/{}", path.file_name().unwrap().to_string_lossy());
            let mut found = findings_of(&place, &fixture.text);
            if file.starts_with("secrets") {
                found.retain(|(rule, _)| rule.starts_with("secret/"));
            } else {
                // Code that shows one rule may well print, or be long: it is asked about the rules that it names.
                found.retain(|(rule, _)| fixture.expectations.iter().any(|expected| expected.rule == *rule));
            }
            faults
                .extend(fixture::compare(&fixture, &found).iter().map(|fault| format!("{}: {fault}", path.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A fixture without rules is never run: it has lost them, or its name is wrong.
#[test]
fn every_fixture_belongs_to_a_rule_file() {
    let mut files = Vec::new();
    files_below(Path::new("fixtures/secrets"), &mut files);
    let stray: Vec<&PathBuf> = files
        .iter()
        .filter(|path| !Path::new("rules").join(path.strip_prefix("fixtures").unwrap()).with_extension("toml").exists())
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}
