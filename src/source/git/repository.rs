use std::path::{Path, PathBuf};

use gix::sec::trust::Mapping;

/// Why a repository, or something in it, cannot be had, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("{0} is in no git repository")]
    NoRepository(PathBuf),
    #[error("the git repository around {path} could not be opened: {why}")]
    Open { path: PathBuf, why: String },
    #[error("the index could not be read: {why}; `git status` says more")]
    Index { why: String },
    #[error("the git repository in {0} is bare, so nothing is staged there")]
    Bare(PathBuf),
    #[error("the git repository in {0} has no commit yet where HEAD is; `--all-refs` searches other branches")]
    Unborn(PathBuf),
    #[error("`{name}` names no commit here; {way_out}")]
    Revision { name: String, way_out: String },
    #[error("{one} and {other} have no common ancestor here; {way_out}")]
    NoMergeBase { one: String, other: String, way_out: String },
    #[error("the base of {what} cannot be had: {why}; `{command}` mends it")]
    NoBase { what: String, why: String, command: String },
    #[error("{what} could not be read: {why}; `git fsck` says more")]
    Object { what: String, why: String },
}

/// A git repository, opened for reading. Only its own configuration is read, none of the user or the system.
#[derive(Clone)]
pub struct Repository {
    inner: gix::ThreadSafeRepository,
}

impl Repository {
    /// The repository that `path` is in. With `environment` what git exports to its hooks (`GIT_DIR`, `GIT_INDEX_FILE`,
    /// `GIT_WORK_TREE`) has the say.
    pub fn around(path: &Path, environment: bool) -> Result<Repository, GitError> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let mut options = gix::open::Options::isolated();
        if environment {
            let mut permissions = gix::open::Permissions::isolated();
            permissions.env.git_prefix = gix::sec::Permission::Allow;
            options = options.permissions(permissions);
        }
        // Nothing of it is run, so who owns it does not matter.
        let trust = Mapping { full: options.clone(), reduced: options };
        let upwards = gix::discover::upwards::Options::default();
        let opened = if environment {
            gix::ThreadSafeRepository::discover_with_environment_overrides_opts(folder, upwards, trust)
        } else {
            gix::ThreadSafeRepository::discover_opts(folder, upwards, trust)
        };
        match opened {
            Ok(inner) => Ok(Repository { inner }),
            Err(error) if is_there(folder) => Err(GitError::Open { path: folder.to_owned(), why: told(&error) }),
            Err(_) => Err(GitError::NoRepository(folder.to_owned())),
        }
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<PathBuf> {
        let folder = self.local().workdir()?.to_owned();
        Some(std::fs::canonicalize(&folder).unwrap_or(folder))
    }

    /// The folder that git keeps its own files in.
    pub fn git_dir(&self) -> PathBuf {
        let folder = self.local().common_dir().to_owned();
        std::fs::canonicalize(&folder).unwrap_or(folder)
    }

    /// For one thread.
    pub(super) fn local(&self) -> gix::Repository {
        self.inner.to_thread_local()
    }

    /// The command that fetches what a shallow clone left out; `None` in a whole one.
    pub fn deepen(&self) -> Option<&'static str> {
        self.local().is_shallow().unwrap_or(false).then_some("git fetch --unshallow")
    }
}

fn is_there(folder: &Path) -> bool {
    folder.ancestors().any(|folder| folder.join(".git").exists() || folder.join("HEAD").exists())
}

/// An error of gix on one line.
pub(super) fn told(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Where git looks for the hooks of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hooks {
    pub folder: PathBuf,
    /// `core.hooksPath` says so.
    pub is_configured: bool,
    /// The folder lies in the repository or its work tree, and so is no other repository's too.
    pub is_own: bool,
}

impl Repository {
    /// Where git looks for hooks. Unlike all else here this heeds the configuration of the user and the system, as git does.
    pub fn hooks(&self) -> Result<Hooks, GitError> {
        let folder = self.git_dir();
        let failed = |error: &dyn std::fmt::Display| GitError::Open { path: folder.clone(), why: told(error) };
        let options = gix::open::Options::default().with(gix::sec::Trust::Full);
        let opened = gix::open_opts(self.local().git_dir(), options).map_err(|error| failed(&error))?;
        let configured = opened.config_snapshot().trusted_path("core.hooksPath").map_err(|error| failed(&error))?;
        let top = self.work_tree();
        let Some(configured) = configured.filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(Hooks { folder: folder.join("hooks"), is_configured: false, is_own: true });
        };
        // Git runs hooks at the top of the work tree, and takes the path as relative to that.
        let hooks = top.as_deref().unwrap_or(&folder).join(configured);
        let real = hooks.ancestors().find_map(|it| std::fs::canonicalize(it).ok()).unwrap_or_default();
        let is_own = real.starts_with(&folder) || top.is_some_and(|top| real.starts_with(top));
        Ok(Hooks { folder: hooks, is_configured: true, is_own })
    }
}
