//! `gate rules test`: a user's rules are held to what the embedded ones are held to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::args::RulesTestArgs;
use super::output::{Failure, emit_text, plural};
use super::project::{Place, read_flow_folder, read_folder, rule_files};
use crate::config::Config;
use crate::model::{Analysis, Confidence, Finding};
use crate::rulebook::{RuleSet, fixture, parse_rule_file};
use crate::scan::{Input, Request, scan_text};

/// A rule needs at least this many places that it finds, and as many that it must not find.
const LEAST_EXAMPLES: usize = 2;

pub fn run(args: &RulesTestArgs) -> Result<u8, Failure> {
    let place = Place::of(&[])?;
    let Some(folder) = place.rules_folder(args.folder.as_deref())? else {
        let message =
            "there are no rules to test: write the first to .gate/rules/<group>/<name>.toml, or name a folder";
        return Err(Failure::new(message));
    };
    let rules = read_folder(&folder)?;
    if rules.is_empty() {
        return Err(Failure::new(format!("there is no rule in {}", folder.display())));
    }
    let count = rules.len();
    let mut files = rule_files(&folder)?;
    files.retain(|file| !file.starts_with(folder.join("flow")));
    let mut rules = RuleSet::of(rules);
    rules.add_flow_lists(read_flow_folder(&folder)?);
    let tester = Tester::new(&folder, rules);
    let mut faults = Vec::new();
    for file in &files {
        tester.test(file, &mut faults)?;
    }
    faults.iter().try_for_each(|fault| emit_text(None, &format!("{fault}\n")))?;
    let verdict =
        if faults.is_empty() { "passed".to_owned() } else { format!("failed: {}", plural(faults.len(), "fault")) };
    emit_text(None, &format!("{verdict} · {} in {}\n", plural(count, "rule"), folder.display()))?;
    Ok(u8::from(!faults.is_empty()))
}

struct Tester<'a> {
    folder: &'a Path,
    request: Request<'static>,
}

impl<'a> Tester<'a> {
    fn new(folder: &'a Path, rules: RuleSet) -> Tester<'a> {
        let mut config = Config::default();
        config.scan.min_confidence = Confidence::Low;
        let request = Request {
            input: Input::Nothing,
            history: None,
            root: PathBuf::new(),
            config,
            rules,
            analyses: BTreeSet::from(Analysis::ALL),
            baseline: None,
            advisories: Err("not needed".to_owned()),
            threads: None,
            line_hashes: false,
            functions: false,
        };
        Tester { folder, request }
    }

    /// Runs the fixtures of one rule file, for its rules and those that a fixture speaks of, and counts the examples of each of its rules.
    fn test(&self, file: &Path, faults: &mut Vec<String>) -> Result<(), Failure> {
        let mut examples: BTreeMap<(String, bool), usize> = BTreeMap::new();
        let rules = self.rules_of(file)?;
        for path in self.fixtures(file) {
            let expanded = fs::read_to_string(&path)
                .map_err(|error| error.to_string())
                .and_then(|text| fixture::expand(&text))
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
            for expectation in &expanded.expectations {
                *examples.entry((expectation.rule.clone(), expectation.found)).or_default() += 1;
            }
            // Not below a folder of tests: many rules are silent there.
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (findings, _) = scan_text(&self.request, &format!("src/{name}"), &expanded.text);
            // What a scan shows by itself; and a rule of low confidence is tested all the same.
            let is_shown = |finding: &&Finding| finding.confidence >= finding.rule.confidence.min(Confidence::Medium);
            // One line of code may well break several rules; each has its own fixture.
            let is_asked = |finding: &&Finding| {
                let id = finding.rule.id.as_str();
                finding.rule.analysis() != Some(Analysis::Code)
                    || rules.iter().any(|rule| rule == id)
                    || expanded.expectations.iter().any(|expectation| expectation.rule == id)
            };
            let found: Vec<(String, u32)> = findings
                .iter()
                .filter(is_shown)
                .filter(is_asked)
                .map(|finding| (finding.rule.id.as_str().to_owned(), finding.location.region.start_line))
                .collect();
            faults
                .extend(fixture::compare(&expanded, &found).iter().map(|fault| format!("{}: {fault}", path.display())));
        }
        for id in rules {
            for (found, mark) in [(true, "ruleid"), (false, "ok")] {
                let count = examples.get(&(id.clone(), found)).copied().unwrap_or_default();
                if count < LEAST_EXAMPLES {
                    let wanted =
                        format!("it needs {LEAST_EXAMPLES} lines below a comment `{mark}: {id}`, and has {count}");
                    faults.push(format!("{}: {wanted}", file.display()));
                }
            }
        }
        Ok(())
    }

    fn rules_of(&self, file: &Path) -> Result<Vec<String>, Failure> {
        let text = fs::read_to_string(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
        let name = file.strip_prefix(self.folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let rules = parse_rule_file(&name, &text).map_err(|error| Failure::list([error]))?;
        Ok(rules.into_iter().map(|(rule, _)| rule.id.as_str().to_owned()).collect())
    }

    /// What differs from the rule file in its extension alone: beside it, or in the same place below `../fixtures`.
    fn fixtures(&self, file: &Path) -> Vec<PathBuf> {
        let Ok(relative) = file.strip_prefix(self.folder) else { return Vec::new() };
        let mirror = self.folder.join("../fixtures").join(relative);
        let folders = [file.parent(), mirror.parent()];
        let entries = folders.into_iter().flatten().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        let mut fixtures: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        fixtures.retain(|path| path.file_stem() == file.file_stem() && path.extension().is_some_and(|e| e != "toml"));
        fixtures.sort();
        fixtures
    }
}
