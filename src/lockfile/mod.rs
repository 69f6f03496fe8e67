//! What a lockfile pins.

use crate::model::{Inventory, SourceFile};

/// A fault in a lockfile, at byte `offset`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LockfileError {
    pub offset: usize,
    pub message: String,
}

/// One lockfile format.
pub trait Lockfile: Sync {
    fn wants(&self, file_name: &str) -> bool;
    fn parse(&self, file: &SourceFile) -> Result<Inventory, LockfileError>;
}
