//! What a lockfile pins.

mod cargo;

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

/// Every format that is read.
pub const LOCKFILES: &[&dyn Lockfile] = &[&cargo::Cargo];

/// The format that a file called `file_name` is in.
pub fn format_of(file_name: &str) -> Option<&'static dyn Lockfile> {
    LOCKFILES.iter().copied().find(|format| format.wants(file_name))
}

/// Lockfiles that are known by name and not read yet, each with its ecosystem.
pub const NOT_READ_YET: &[(&str, &str)] = &[
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("yarn.lock", "npm"),
    ("pnpm-lock.yaml", "npm"),
    ("bun.lock", "npm"),
    ("bun.lockb", "npm"),
    ("deno.lock", "Deno"),
    ("poetry.lock", "PyPI"),
    ("uv.lock", "PyPI"),
    ("pdm.lock", "PyPI"),
    ("Pipfile.lock", "PyPI"),
    ("pylock.toml", "PyPI"),
    ("requirements.txt", "PyPI"),
    ("go.sum", "Go"),
    ("Gemfile.lock", "RubyGems"),
    ("gems.locked", "RubyGems"),
    ("composer.lock", "Packagist"),
    ("packages.lock.json", "NuGet"),
    ("gradle.lockfile", "Maven"),
    ("mix.lock", "Hex"),
    ("pubspec.lock", "Pub"),
    ("Package.resolved", "Swift"),
    ("Podfile.lock", "CocoaPods"),
    ("conan.lock", "Conan"),
];

/// The ecosystem of a lockfile that is known by name and not read yet.
pub fn not_read_yet(file_name: &str) -> Option<&'static str> {
    NOT_READ_YET.iter().find(|(name, _)| *name == file_name).map(|(_, ecosystem)| *ecosystem)
}
