//! Where advisories come from.

use crate::model::{Advisory, Package};

/// A database that was opened and answers for single packages.
pub trait AdvisorySource: Sync {
    /// For reports: what it is and how old, such as `RustSec, 1225 advisories, 2026-08-21`.
    fn describe(&self) -> String;
    /// Advisories that affect `package` at its version, withdrawn ones left out, sorted by id.
    fn affecting(&self, package: &Package) -> Vec<Advisory>;
}
