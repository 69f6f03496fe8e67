//! What `gate scan` is to look at, as its options say: files, the index, a range, standard input, the history.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::args::ScanArgs;
use super::output::Failure;
use super::policy_base::{self, PolicyBase};
use super::project::Place;
use super::{change, db};
use crate::config::Config;
use crate::lockfile::is_lockfile;
use crate::model::{Analysis, RelPath, Target};
use crate::scan::{History, Input, exclusions};
use crate::source::{self, Given, Range, Repository, Scope, diff, staged};

/// The repository that the options ask about; `None` where they ask about files.
pub fn repository(args: &ScanArgs) -> Result<Option<Repository>, Failure> {
    let option = match (args.staged, &args.diff, args.history, &args.policy_from) {
        (true, ..) => "--staged",
        (_, Some(_), ..) => "--diff",
        (_, _, true, _) => "--history",
        (.., Some(_)) => "--policy-from",
        _ => return Ok(None),
    };
    let here = Path::new(".");
    let path = args.paths.first().map_or(here, PathBuf::as_path);
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let repository = Repository::around(&path, args.paths.is_empty())
        .map_err(|error| Failure::new(format!("{option} needs a git repository: {error}")))?;
    Ok(Some(repository))
}

/// The bill of materials in `file`, under a name that tells what it is.
fn sbom(file: &Path, limit: u64) -> Result<Input, Failure> {
    let wrong = |why: &str| Failure::new(format!("--sbom {}: {why}", file.display()));
    let mut bytes = Vec::new();
    let read = fs::File::open(file).and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|error| wrong(&error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(wrong(&format!("over {limit} bytes, the `max-file-size` of gate.toml")));
    }
    let holds = |key: &[u8]| memchr::memmem::find(&bytes, key).is_some();
    let ending = match (holds(b"\"bomFormat\""), holds(b"\"spdxVersion\"")) {
        (true, _) => ".cdx.json",
        (_, true) => ".spdx.json",
        _ => return Err(wrong("no bill of materials: neither CycloneDX nor SPDX in JSON")),
    };
    let path = below(&file.to_string_lossy());
    let is_known = is_lockfile(&Target::at(path.as_str()));
    let path = if is_known { path } else { RelPath::new(format!("{path}{ending}")) };
    Ok(Input::Text { path, text: Given(bytes) })
}

/// Paths are reported relative to the work tree's top, wherever it is.
pub fn place(place: Place, repository: Option<&Repository>) -> Place {
    match repository {
        None => place,
        Some(repository) => Place { root: repository.work_tree().unwrap_or_else(|| repository.git_dir()), ..place },
    }
}

/// The change that `--diff` means; `None` where it is not asked for, or where `auto` finds none and everything is scanned.
pub fn range(args: &ScanArgs, repository: Option<&Repository>) -> Result<Option<Range>, Failure> {
    let (Some(range), Some(repository)) = (&args.diff, repository) else { return Ok(None) };
    let found = match range.as_str() {
        "auto" => change::proposal(&change::environment)?.map(|proposal| repository.proposed(&proposal)).transpose(),
        range => repository.range(range).map(Some),
    };
    found.map_err(|error| Failure::new(error.to_string()))
}

pub fn input(
    args: &ScanArgs,
    place: &Place,
    config: &Config,
    repository: Option<&Repository>,
    (range, base): (Option<&Range>, Option<&PolicyBase>),
) -> Result<Input, Failure> {
    if args.stdin {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(config.scan.max_file_size + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::new(format!("standard input could not be read: {error}")))?;
        return Ok(Input::Text { path: below(&args.stdin_path), text: Given(bytes) });
    }
    if let Some(file) = &args.sbom {
        return sbom(file, config.scan.max_file_size);
    }
    let Some(repository) = repository else { return Ok(Input::Paths(place.paths.clone())) };
    let scope = Scope {
        paths: asked(args, place),
        exclude: exclusions(&config.scan),
        policy: policy_base::globs(args, Some(&config.baseline.file), &place.root),
        ignore_from: base.map(|base| base.place.root.clone()),
    };
    let changed = match range {
        _ if args.staged => staged(repository, scope),
        Some(range) => diff(repository, range, scope),
        None if repository.work_tree().is_none() => return Ok(Input::Nothing),
        None => return Ok(Input::Paths(place.paths.clone())),
    };
    let mut changed = changed.map_err(|error| Failure::new(error.to_string()))?;
    base.iter().for_each(|base| changed.tell(&base.told()));
    Ok(Input::Changed(Box::new(changed)))
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
