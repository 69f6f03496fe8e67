//! What `gate scan` is to look at, as its options say: files, the index, a range, standard input, the history.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::args::ScanArgs;
use super::db;
use super::output::Failure;
use super::project::Place;
use crate::config::Config;
use crate::model::{Analysis, RelPath};
use crate::scan::{History, Input, exclusions};
use crate::source::{self, Given, Repository, Scope, diff, staged};

/// The repository that the options ask about; `None` where they ask about files.
pub fn repository(args: &ScanArgs) -> Result<Option<Repository>, Failure> {
    let option = match (args.staged, &args.diff, args.history) {
        (true, ..) => "--staged",
        (_, Some(_), _) => "--diff",
        (.., true) => "--history",
        _ => return Ok(None),
    };
    let here = Path::new(".");
    let path = args.paths.first().map_or(here, PathBuf::as_path);
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let repository = Repository::around(&path, args.paths.is_empty())
        .map_err(|error| Failure::new(format!("{option} needs a git repository: {error}")))?;
    Ok(Some(repository))
}

/// Paths are reported relative to the work tree's top, wherever it is.
pub fn place(place: Place, repository: Option<&Repository>) -> Place {
    match repository {
        None => place,
        Some(repository) => Place { root: repository.work_tree().unwrap_or_else(|| repository.git_dir()), ..place },
    }
}

pub fn input(
    args: &ScanArgs,
    place: &Place,
    config: &Config,
    repository: Option<&Repository>,
) -> Result<Input, Failure> {
    if args.stdin {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(config.scan.max_file_size + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::new(format!("standard input could not be read: {error}")))?;
        return Ok(Input::Text { path: below(&args.stdin_path), text: Given(bytes) });
    }
    let Some(repository) = repository else { return Ok(Input::Paths(place.paths.clone())) };
    let scope = Scope { paths: asked(args, place), exclude: exclusions(&config.scan) };
    let changed = match &args.diff {
        _ if args.staged => staged(repository, scope),
        Some(range) => diff(repository, range, scope),
        None if repository.work_tree().is_none() => return Ok(Input::Nothing),
        None => return Ok(Input::Paths(place.paths.clone())),
    };
    changed.map(|changed| Input::Changed(Box::new(changed))).map_err(|error| Failure::new(error.to_string()))
}

/// A name that someone chose as a path below the root.
fn below(name: &str) -> RelPath {
    let name = name.replace('\\', "/");
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    RelPath::new(if parts.is_empty() { "stdin".to_owned() } else { parts.join("/") })
}

/// The paths that were named; none means all that changed, also above the working directory.
fn asked(args: &ScanArgs, place: &Place) -> Vec<PathBuf> {
    if args.paths.is_empty() { Vec::new() } else { place.paths.clone() }
}

pub fn history(
    args: &ScanArgs,
    analyses: &BTreeSet<Analysis>,
    repository: Option<Repository>,
) -> Result<Option<History>, Failure> {
    let Some(repository) = repository.filter(|_| args.history) else { return Ok(None) };
    if ![Analysis::Secrets, Analysis::Pii].iter().any(|analysis| analyses.contains(analysis)) {
        return Err(Failure::new("--history looks for secrets and pii, which --only or --skip leaves out"));
    }
    let source = source::History::open(repository, args.since.as_deref(), args.all_refs)
        .map_err(|error| Failure::new(error.to_string()))?;
    // Without a cache the next run takes longer, and that is all.
    let cache = if args.no_cache { None } else { db::cache().ok().map(|folder| folder.join("history")) };
    Ok(Some(History { source, cache }))
}
