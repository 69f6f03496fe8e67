//! Where the tool keeps what it downloaded.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::output::Failure;
use crate::advisory::{self, RustSec};

/// `$XDG_CACHE_HOME/gate`, or what the platform has for it.
pub fn folder() -> Result<PathBuf, Failure> {
    let strategy = etcetera::choose_base_strategy()
        .map_err(|error| Failure::new(format!("the cache folder could not be found: {error}; set HOME")))?;
    Ok(strategy.cache_dir().join("gate"))
}

/// The advisory database: at `--db`, or the one that was downloaded. That there is none yet is no failure of the command,
/// but leaves the analysis undone; the text says why.
pub fn advisories(database: Option<&Path>) -> Result<Result<RustSec, String>, Failure> {
    match advisory::open(database, &folder()?) {
        Ok(opened) => Ok(Ok(opened)),
        Err(error) if database.is_some() => Err(Failure::new(format!("--db: {error}"))),
        Err(error) => Ok(Err(error.to_string())),
    }
}
