//! Every rule has a fixture, and every fixture says what is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gate::config::Config;
use gate::model::{Analysis, Confidence, Finding};
use gate::rulebook::{RuleSet, fixture, parse_rule_file};
use gate::scan::{Input, Request, scan_text};

/// Rules that are shown elsewhere: licences and committed files by whole projects in `compliance.rs`, the tool's own by
/// the tests of the command line. Lists of sources and sinks are no rules.
const WITHOUT_FIXTURES: &[&str] = &[
    "gate",
    "license",
    "env/committed-env.toml",
    "env/undocumented-variable.toml",
    "env/unused-variable.toml",
    "flow",
];

/// A rule needs at least this many places that it finds, and as many that it must not find.
const LEAST_EXAMPLES: usize = 2;

/// The findings (rule id, 1-based line) of `analysis` in a file `path` with this `text`. A secret that is not reported by
/// default is none, so that a wrong checksum can be told from a right one; of code every finding counts.
fn findings_of(analysis: Analysis, path: &str, text: &str) -> Vec<(String, u32)> {
    if path.ends_with(".lock") {
        return crate::dependencies::findings_of(text);
    }
    let mut config = Config::default();
    if analysis == Analysis::Code {
        config.scan.min_confidence = Confidence::Low;
    }
    let request = Request {
        input: Input::Nothing,
        history: None,
        root: PathBuf::new(),
        config,
        rules: RuleSet::embedded(),
        analyses: BTreeSet::from([analysis]),
        baseline: None,
        advisories: Err("no fixture asks for advisories".to_owned()),
        threads: None,
        line_hashes: false,
        functions: false,
    };
    let (findings, _) = scan_text(&request, path, text);
    let place = |finding: &Finding| (finding.rule.id.as_str().to_owned(), finding.location.region.start_line);
    findings.iter().filter(|finding| finding.rule.analysis() == Some(analysis)).map(place).collect()
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
    files.retain(|path| !WITHOUT_FIXTURES.iter().any(|without| path.starts_with(without)));
    files
}

/// What the rules of the file `relative` belong to.
fn analysis_of(relative: &Path) -> Analysis {
    let name = relative.to_string_lossy();
    let rules = parse_rule_file(&name, &fs::read_to_string(Path::new("rules").join(relative)).unwrap()).unwrap();
    rules[0].0.analysis().unwrap()
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
            let analysis = analysis_of(&file);
            let mut found = findings_of(analysis, &place, &fixture.text);
            if analysis == Analysis::Code {
                // One line of code may well break several rules; each has its own fixture.
                found.retain(|(rule, _)| fixture.expectations.iter().any(|expectation| expectation.rule == *rule));
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
