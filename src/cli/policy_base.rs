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
    snapshot: Snapshot,
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
        PolicyBase::copied(args, place, snapshot).map(Some)
    }

    fn copied(args: &ScanArgs, place: &Place, snapshot: Snapshot) -> Result<PolicyBase, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("--policy-from: no folder for the policy: {error}"));
        let folder = tempfile::tempdir().map_err(failed)?;
        let top = fs::canonicalize(folder.path()).map_err(failed)?;
        // The top of a repository: nothing above it is asked.
        fs::create_dir(top.join(".git")).map_err(failed)?;
        let below = |path: &PathBuf| path.strip_prefix(&place.root).map_or_else(|_| top.clone(), |path| top.join(path));
        let paths = place.paths.iter().map(below).collect();
        let base = PolicyBase {
            place: Place { paths, root: top.clone() },
            root: place.root.clone(),
            commit: snapshot.id.to_hex_with_len(12).to_string(),
            snapshot,
            _folder: folder,
        };
        base.copy(&globs(args, None, &place.root))?;
        Ok(base)
    }

    /// Copies `file`, below the root, as well.
    pub fn add(&self, file: &str) -> Result<(), Failure> {
        self.copy(&set([globset::escape(file)]))
    }

    fn copy(&self, wanted: &GlobSet) -> Result<(), Failure> {
        let top = &self.place.root;
        for (path, bytes) in self.snapshot.files(LARGEST, |path| wanted.is_match(path.as_str())) {
            let path = path.as_str();
            let failed = |why: &dyn std::fmt::Display| {
                Failure::new(format!("--policy-from: {}:{path} could not be read: {why}", self.commit))
            };
            // Git itself writes no such path, but a tree may be made by anyone.
            let is_odd = |part: &str| matches!(part, "" | "." | ".." | ".git");
            if path.split('/').any(is_odd) || path.contains(['\\', ':']) {
                return Err(failed(&"no file may have such a name"));
            }
            let to = top.join(path);
            let made = fs::create_dir_all(to.parent().unwrap_or(top));
            made.and(bytes).and_then(|bytes| fs::write(to, bytes)).map_err(|error| failed(&error))?;
        }
        Ok(())
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

/// The files of a repository that decide what is let through; `baseline` is the file that the configuration names.
pub fn globs(args: &ScanArgs, baseline: Option<&str>, root: &Path) -> GlobSet {
    let mut globs = vec![format!("**/{FILE_NAME}"), "**/.gateignore".to_owned(), "**/.gate/**".to_owned()];
    globs.extend(baseline.map(globset::escape));
    let named = [&args.config, &args.rules, &args.baseline].into_iter().flatten();
    for path in named.filter_map(|given| below(root, given)) {
        let path = globset::escape(&path.to_string_lossy().replace('\\', "/"));
        globs.push(format!("{path}/**"));
        globs.push(path);
    }
    set(globs)
}

fn set(globs: impl IntoIterator<Item = String>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    globs.into_iter().filter_map(|glob| Glob::new(&glob).ok()).for_each(|glob| {
        builder.add(glob);
    });
    builder.build().unwrap_or_default()
}

/// `given` relative to `root`, if it lies below it.
fn below(root: &Path, given: &Path) -> Option<PathBuf> {
    let absolute = fs::canonicalize(given).or_else(|_| std::path::absolute(given)).ok()?;
    absolute.strip_prefix(root).ok().map(Path::to_owned)
}
