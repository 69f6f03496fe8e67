//! The whole pipeline on one page.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::config::Config;
use crate::model::{Analysis, Run};
use crate::rulebook::RuleSet;

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files and folders; all below `root`.
    pub paths: Vec<PathBuf>,
    /// What reported paths are relative to.
    pub root: PathBuf,
    pub config: Config,
    /// Embedded and user rules, before the configuration is applied.
    pub rules: RuleSet,
    pub analyses: BTreeSet<Analysis>,
    /// `--db`.
    pub database: Option<PathBuf>,
    pub threads: Option<usize>,
    /// Whether a report wants GitHub's line hashes.
    pub line_hashes: bool,
}

/// Told how far the work has come, from any thread.
pub trait Progress: Sync {
    /// `files` more are done.
    fn advance(&self, files: u64);
    /// The number of files is known.
    fn start(&self, files: u64);
}

/// For when nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _files: u64) {}
    fn start(&self, _files: u64) {}
}

pub fn scan(_request: &Request, _progress: &dyn Progress) -> Run {
    unimplemented!()
}
