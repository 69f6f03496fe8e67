//! Every rule has a fixture, and every fixture says what is so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gate::config::{Config, ScanSettings};
use gate::model::{Analysis, Confidence};
use gate::rulebook::{RuleSet, fixture, parse_rule_file};
use gate::scan::{Request, scan_text};

/// Rules that are shown elsewhere: licences and committed files by whole projects in `compliance.rs`.
const WITHOUT_FIXTURES: &[&str] = &["gate", "license", "env/committed-env.toml"];

/// A rule needs at least this many places that it finds, and as many that it must not find.
const LEAST_EXAMPLES: usize = 2;

/// The findings (rule id, 1-based line) of `analysis` that a scan with the default settings reports for a file `path`
/// with this `text`; of the code rules those of low confidence too.
fn findings_of(analysis: Analysis, path: &str, text: &str) -> Vec<(String, u32)> {
    if path.ends_with(".lock") {
        return crate::dependencies::findings_of(text);
    }
    let mut scan = ScanSettings { parse_timeout: Duration::from_secs(20), ..ScanSettings::default() };
    if analysis == Analysis::Code {
        scan.min_confidence = Confidence::Low;
    }
    let request = Request {
        paths: Vec::new(),
        root: PathBuf::new(),
        config: Config { scan, ..Config::default() },
        rules: RuleSet::embedded(),
        analyses: [analysis].into(),
        advisories: Err(String::new()),
        threads: Some(1),
        line_hashes: false,
        functions: false,
    };
    let (findings, notifications) = scan_text(&request, path, text);
    assert!(notifications.is_empty(), "{notifications:?}");
    findings.iter().map(|one| (one.rule.id.as_str().to_owned(), one.location.region.start_line)).collect()
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
        !WITHOUT_FIXTURES.iter().any(|without| group == *without || path == Path::new(without))
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
            let folder = file.components().next().unwrap().as_os_str().to_string_lossy();
            let analysis = Analysis::of_group(if folder == "secrets" { "secret" } else { &folder }).unwrap();
            let mut found = findings_of(analysis, &place, &fixture.text);
            match analysis {
                Analysis::Secrets | Analysis::Dependencies => {}
                Analysis::Compliance => found.retain(|(rule, _)| rule.starts_with(&*folder)),
                // Code that shows one rule may well print, or be long: it is asked about the rules that it names.
                Analysis::Code => {
                    found.retain(|(rule, _)| fixture.expectations.iter().any(|expected| expected.rule == *rule));
                }
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
    for folder in ["fixtures/secrets", "fixtures/headers", "fixtures/env"] {
        files_below(Path::new(folder), &mut files);
    }
    let stray: Vec<&PathBuf> = files
        .iter()
        .filter(|path| !Path::new("rules").join(path.strip_prefix("fixtures").unwrap()).with_extension("toml").exists())
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}
