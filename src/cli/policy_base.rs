//! The files that decide what the gate lets through, as they were where a change starts: `--policy-from`.

use std::fs;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use tempfile::TempDir;

use super::args::ScanArgs;
use super::output::Failure;
use super::project::Place;
use crate::config::FILE_NAME;
use crate::source::{Range, Repository, Snapshot};

/// In bytes; a larger one is no policy that a person wrote.
const LARGEST: u64 = 64 << 20;

/// A copy of those files, in their places below a folder of its own.
pub struct PolicyBase {
    /// The same paths as those that are scanned, below the copy.
    pub place: Place,
    /// The work tree that they were copied from.
    root: PathBuf,
    /// The commit, shortened.
    commit: String,
    /// Removes the copy when dropped.
    _folder: TempDir,
}

impl PolicyBase {
    /// `None` where the files of the work tree hold: nothing was asked for, or there is no change.
    pub fn of(
        args: &ScanArgs,
        place: &Place,
        repository: Option<&Repository>,
        range: Option<&Range>,
    ) -> Result<Option<PolicyBase>, Failure> {
        let (Some(from), Some(repository)) = (args.policy_from.as_deref(), repository) else { return Ok(None) };
        let snapshot = match (from, range) {
            ("auto", Some(range)) => repository.before(range),
            ("auto", None) if args.staged => repository.parted("HEAD"),
            ("auto", None) => return Ok(None),
            (name, _) => repository.parted(name),
        };
        let snapshot = snapshot.map_err(|error| Failure::new(format!("--policy-from: {error}")))?;
        PolicyBase::copied(args, place, &snapshot).map(Some)
    }

    fn copied(args: &ScanArgs, place: &Place, snapshot: &Snapshot) -> Result<PolicyBase, Failure> {
        let commit = snapshot.id.to_hex_with_len(12).to_string();
        let failed = |what: &str, why: &dyn std::fmt::Display| {
            Failure::new(format!("--policy-from: {what} of {commit} could not be read: {why}"))
        };
        let folder = tempfile::tempdir().map_err(|error| failed("the policy", &error))?;
        let top = fs::canonicalize(folder.path()).map_err(|error| failed("the policy", &error))?;
        // The top of a repository: nothing above it is asked.
        fs::create_dir(top.join(".git")).map_err(|error| failed("the policy", &error))?;
        let globs = globs(args, &place.root);
        for (path, bytes) in snapshot.files(LARGEST, |path| globs.is_match(path.as_str())) {
            // Git itself writes no such path, but a tree may be made by anyone.
            if path.as_str().split('/').any(|part| matches!(part, "" | "." | ".." | ".git"))
                || path.as_str().contains(['\\', ':'])
            {
                return Err(failed(path.as_str(), &"no file may have such a name"));
            }
            let to = top.join(path.as_str());
            let made = fs::create_dir_all(to.parent().unwrap_or(&top));
            made.and(bytes).and_then(|bytes| fs::write(to, bytes)).map_err(|error| failed(path.as_str(), &error))?;
        }
        let below = |path: &PathBuf| path.strip_prefix(&place.root).map_or_else(|_| top.clone(), |path| top.join(path));
        let paths = place.paths.iter().map(below).collect();
        let place_there = Place { paths, root: top };
        Ok(PolicyBase { place: place_there, root: place.root.clone(), commit, _folder: folder })
    }

    /// Where the copy of the file or folder `given` on the command line is. `None` where it was not there yet; what lies outside of
    /// the repository is no part of the change.
    pub fn of_given(&self, given: Option<&Path>) -> Option<PathBuf> {
        let given = given?;
        match below(&self.root, given) {
            Some(path) => Some(self.place.root.join(path)).filter(|path| path.exists()),
            None => Some(given.to_owned()),
        }
    }

    /// `failure`, with the copies called what git calls them.
    pub fn named(&self, failure: Failure) -> Failure {
        let copy = format!("{}/", self.place.root.display());
        Failure::new(failure.to_string().replace(&copy, &format!("{}:", self.commit)))
    }

    /// For the report.
    pub fn told(&self) -> String {
        format!("judged by the policy of {}", self.commit)
    }
}

/// The files of a repository that decide what is let through.
pub fn globs(args: &ScanArgs, root: &Path) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    let mut add = |glob: &str| {
        if let Ok(glob) = Glob::new(glob) {
            builder.add(glob);
        }
    };
    [FILE_NAME, ".gateignore"].into_iter().for_each(|name| add(&format!("**/{name}")));
    add("**/.gate/**");
    for path in [&args.config, &args.rules].into_iter().flatten().filter_map(|given| below(root, given)) {
        let path = globset::escape(&path.to_string_lossy().replace('\\', "/"));
        add(&path);
        add(&format!("{path}/**"));
    }
    builder.build().unwrap_or_default()
}

/// `given` relative to `root`, if it lies below it.
fn below(root: &Path, given: &Path) -> Option<PathBuf> {
    let absolute = fs::canonicalize(given).or_else(|_| std::path::absolute(given)).ok()?;
    absolute.strip_prefix(root).ok().map(Path::to_owned)
}
