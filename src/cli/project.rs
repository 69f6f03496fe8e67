//! What a command works on: the paths, the root above them, the rules and the configuration that hold there.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::output::Failure;
use crate::analyze::{pattern_fault, query_fault};
use crate::config::{self, Config, File, ScanSettings};
use crate::lockfile::{self, Files};
use crate::model::{CodePattern, FlowList, Inventory, Rule, SourceFile, Target, without_values};
use crate::rulebook::{RuleError, RuleSet, parse_rule_file, read_flow_lists, read_rules};
use crate::scan::exclusions;
use crate::source::{Read, read, walk};

/// Paths, made absolute, and the folder that reports name them relative to.
#[derive(Debug)]
pub struct Place {
    pub paths: Vec<PathBuf>,
    pub root: PathBuf,
}

impl Place {
    /// Of the paths on the command line; none means the working directory.
    pub fn of(paths: &[PathBuf]) -> Result<Place, Failure> {
        let here = [PathBuf::from(".")];
        let given = if paths.is_empty() { &here[..] } else { paths };
        let paths = given.iter().map(|path| existing(path)).collect::<Result<Vec<_>, _>>()?;
        let root = root_of(&paths);
        Ok(Place { paths, root })
    }

    /// The given configuration, or the nearest above the first path, or the defaults.
    pub fn config(&self, file: Option<&Path>, rules: &RuleSet) -> Result<Config, Failure> {
        let rules: Vec<Arc<Rule>> = rules.iter().cloned().collect();
        match self.config_file(file) {
            Some(file) => {
                let path = self.shortened(&file);
                config::load(File::new(&path, self.below(&file)), &rules).map_err(Failure::list)
            }
            None => Ok(Config::default()),
        }
    }

    /// The file with the configuration, if there is one.
    pub fn config_file(&self, given: Option<&Path>) -> Option<PathBuf> {
        given.map(Path::to_owned).or_else(|| self.paths.first().and_then(|path| config::find(path)))
    }

    /// The folder that the configuration speaks of, below the root and empty for the root itself; one that was named speaks of the whole.
    pub fn config_folder(&self, given: Option<&Path>) -> Option<String> {
        let file = self.config_file(given)?;
        let folder = file.parent().map(|folder| self.below(folder)).filter(|_| given.is_none());
        Some(folder.unwrap_or_default())
    }

    /// `file` as reports name it: below the root, or as it was given.
    pub fn below(&self, file: &Path) -> String {
        let real = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let below = file.strip_prefix(&self.root).or_else(|_| real.strip_prefix(&self.root)).unwrap_or(file);
        below.to_string_lossy().replace('\\', "/")
    }

    /// The rules that come with the program, and the user's.
    pub fn rules(&self, folder: Option<&Path>) -> Result<RuleSet, Failure> {
        let mut rules = RuleSet::embedded();
        if let Some(folder) = self.rules_folder(folder)? {
            rules.add_flow_lists(read_flow_folder(&folder)?);
            let own = read_folder(&folder)?;
            rules.extend(own).map_err(|id| {
                let message = format!(
                    "{}: the id `{id}` is taken by a rule that comes with gate; choose another slug",
                    folder.display()
                );
                Failure::new(message)
            })?;
        }
        Ok(rules)
    }

    /// The folder of the user's rules, where there is one.
    pub fn rules_folder(&self, given: Option<&Path>) -> Result<Option<PathBuf>, Failure> {
        match given {
            Some(folder) if folder.is_dir() => Ok(Some(folder.to_owned())),
            Some(folder) => {
                Err(Failure::new(format!("the rules could not be read: there is no folder {}", folder.display())))
            }
            None => {
                Ok(Some(self.root.join(".gate/rules")).filter(|folder| folder.is_dir()).map(|f| self.shortened(&f)))
            }
        }
    }

    /// The files that `wants` chooses, read, and what could not be read.
    pub fn files(&self, settings: &ScanSettings, wants: impl Fn(&Target) -> bool) -> (Vec<SourceFile>, Vec<String>) {
        let walked = walk(&self.root, &self.paths, &exclusions(settings));
        let fault = |path: &dyn std::fmt::Display, message: String| format!("{path}: {message}");
        let mut faults: Vec<String> = walked.notifications.into_iter().map(|told| told.message).collect();
        let mut files = Vec::new();
        for target in walked.targets.iter().filter(|target| wants(target)) {
            match read(target, settings.max_file_size) {
                Read::Text(file) => files.push(file),
                Read::Binary => faults.push(fault(&target.path, "not text".to_owned())),
                Read::TooLarge(size) => faults.push(fault(&target.path, format!("{size} bytes, over the size limit"))),
                Read::Failed(error) => faults.push(fault(&target.path, format!("not read: {error}"))),
            }
        }
        (files, faults)
    }

    /// What the lockfiles pin, and those that could not be read.
    pub fn inventories(&self, settings: &ScanSettings) -> (Vec<Inventory>, Vec<String>) {
        let (files, mut faults) = self.files(settings, lockfile::is_needed);
        let others = Files::new(&files);
        let mut inventories = Vec::new();
        for file in &files {
            match lockfile::parse(file, &others) {
                None => {}
                Some(Ok(inventory)) => inventories.push(inventory),
                Some(Err(error)) => {
                    let line = file.lines().line_of(error.offset);
                    faults.push(format!("{}:{line}: {error}", file.target.path));
                }
            }
        }
        (inventories, faults)
    }

    /// As a person in the working directory would write it.
    pub fn shortened(&self, path: &Path) -> PathBuf {
        let here = std::env::current_dir().and_then(fs::canonicalize);
        let short = here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
        short.filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| path.to_owned())
    }
}

/// The rules of a folder, which must all be valid.
pub fn read_folder(folder: &Path) -> Result<Vec<Rule>, Failure> {
    let sources = rule_sources(folder)?;
    let faults = |errors| faults_in(folder, errors);
    let rules = read_rules(sources.iter().map(|(name, text)| (name.as_str(), text.as_str()))).map_err(faults)?;
    let bad = sources.iter().flat_map(|(name, text)| [query_faults(name, text), pattern_faults(name, text)].concat());
    let bad: Vec<RuleError> = bad.collect();
    if bad.is_empty() { Ok(rules) } else { Err(faults(bad)) }
}

/// The lists of sources and sinks in a folder of rules, which must all be valid.
pub fn read_flow_folder(folder: &Path) -> Result<Vec<FlowList>, Failure> {
    let sources = rule_sources(folder)?;
    let pairs = sources.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    read_flow_lists(pairs).map_err(|errors| faults_in(folder, errors))
}

/// The name below `folder` and the text of each of its rule files.
fn rule_sources(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut sources = Vec::new();
    for file in &rule_files(folder)? {
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("the rule {} could not be read: {error}", file.display())))?;
        let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
        sources.push((name, text));
    }
    Ok(sources)
}

fn faults_in(folder: &Path, errors: Vec<RuleError>) -> Failure {
    Failure::list(errors.into_iter().map(|mut error| {
        error.message = without_values(&error.message);
        format!("{}/{error}", folder.display())
    }))
}

/// The queries of a valid rule file that a grammar refuses, each at its line.
fn query_faults(name: &str, text: &str) -> Vec<RuleError> {
    let rules = parse_rule_file(name, text).unwrap_or_default();
    let fault = |(rule, start): &(Rule, usize)| {
        let (row, message) = query_fault(rule)?;
        let rest = text.get(*start..).unwrap_or_default();
        let query = rest.lines().scan(*start, |at, line| {
            let begin = *at;
            *at += line.len() + 1;
            Some((begin, line))
        });
        let mut query = query.skip_while(|(_, line)| !line.trim_start().starts_with("query")).peekable();
        // A line end right behind the quotes is not part of the text.
        let is_below = query.peek().is_some_and(|(_, line)| line.ends_with("'''") || line.ends_with("\"\"\""));
        let line = query.nth(row + usize::from(is_below));
        Some(RuleError::at(name, text, line.map_or(*start, |(at, _)| at), message))
    };
    rules.iter().filter_map(fault).collect()
}

/// The patterns of a valid rule file that a grammar refuses, each at its place.
fn pattern_faults(name: &str, text: &str) -> Vec<RuleError> {
    let rules = parse_rule_file(name, text).unwrap_or_default();
    let fault = |(rule, _): &(Rule, usize)| {
        let (pattern, within, message) = pattern_fault(rule)?;
        Some(RuleError::at(name, text, place_in(text, pattern, within), message))
    };
    rules.iter().filter_map(fault).collect()
}

/// Where byte `within` of a pattern stands in its rule file; the start of the pattern where signs are escaped in it.
fn place_in(text: &str, pattern: &CodePattern, within: usize) -> usize {
    let written = text.get(pattern.at..).unwrap_or_default();
    let quotes = ["'''\n", "\"\"\"\n", "'''", "\"\"\"", "'", "\""];
    let verbatim = quotes
        .iter()
        .find(|quotes| written.strip_prefix(**quotes).is_some_and(|inner| inner.starts_with(&pattern.text)));
    verbatim.map_or(pattern.at, |quotes| pattern.at + quotes.len() + within)
}

/// The rule files of a folder, sorted.
pub fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let unreadable = |error| Failure::new(format!("the rules in {} could not be read: {error}", folder.display()));
    collect(folder, &mut files).map_err(unreadable)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Links are not followed: they could lead in a circle.
        if path.is_dir() && !path.is_symlink() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

/// The path, absolute; or what may have been meant.
fn existing(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).map_err(|error| {
        let mut message = format!("{} cannot be scanned: {error}", path.display());
        if let Some(near) = neighbour(path) {
            message += &format!("\n  did you mean `{}`?", near.display());
        }
        Failure::new(message)
    })
}

/// What lies beside `path` and is called nearly the same.
fn neighbour(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let likeness = |other: &str| strsim::jaro_winkler(&name, other);
    let nearest = names
        .filter(|other| likeness(other) > 0.8)
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)).then_with(|| other.cmp(one)))?;
    Some(folder.map_or_else(|| PathBuf::from(&nearest), |folder| folder.join(&nearest)))
}

/// The top of the git repository if it holds all paths, else the folder that does.
fn root_of(paths: &[PathBuf]) -> PathBuf {
    let Some(first) = paths.first() else { return PathBuf::from(".") };
    let top = first.ancestors().find(|folder| folder.join(".git").exists());
    if let Some(top) = top.filter(|top| paths.iter().all(|path| path.starts_with(top))) {
        return top.to_owned();
    }
    let folder = |path: &PathBuf| if path.is_dir() { path.clone() } else { path.parent().unwrap_or(path).to_owned() };
    paths.iter().map(folder).reduce(|one, other| common(&one, &other)).unwrap_or_else(|| first.clone())
}

fn common(one: &Path, other: &Path) -> PathBuf {
    one.components()
        .zip(other.components())
        .take_while(|(a, b)| a == b)
        .map(|(part, _): (Component<'_>, _)| part)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_root_is_the_repository_or_the_folder_that_holds_all() {
        let temporary = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(temporary.path()).unwrap();
        for folder in ["repo/.git", "repo/src", "plain/a", "plain/b"] {
            fs::create_dir_all(base.join(folder)).unwrap();
        }
        fs::write(base.join("plain/a/x.py"), "").unwrap();
        let root = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(|path| base.join(path)).collect();
            root_of(&paths).strip_prefix(&base).unwrap().to_owned()
        };
        assert_eq!(root(&["repo/src"]), Path::new("repo"));
        assert_eq!(root(&["repo/src", "repo"]), Path::new("repo"));
        assert_eq!(root(&["repo/src", "plain"]), Path::new(""));
        assert_eq!(root(&["plain/a"]), Path::new("plain/a"));
        assert_eq!(root(&["plain/a/x.py"]), Path::new("plain/a"));
        assert_eq!(root(&["plain/a/x.py", "plain/b"]), Path::new("plain"));
    }
}
