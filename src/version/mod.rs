//! Which of two versions is the later one, by the rules of each ecosystem.
//!
//! A version is parsed once into a [`Version`], whose comparison is cheap and a total order; two that compare equal are the same
//! release. [`compare`] does both for a single question. How each order was held against the ecosystem's own implementation,
//! and where it differs, is told in `docs/versions.md`.

mod alpine;
mod composer;
mod conan;
mod cran;
mod debian;
mod maven;
mod number;
mod pep440;
mod rpm;
mod rubygems;
mod semver;

use std::cmp::Ordering;

use crate::model::Ecosystem;

/// The rules by which an ecosystem orders versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Alpine,
    Composer,
    Conan,
    /// R's; Haskell's are the same.
    Cran,
    Debian,
    Go,
    Hex,
    Maven,
    Npm,
    NuGet,
    Pep440,
    Pub,
    Rpm,
    RubyGems,
    SemVer,
}

impl Scheme {
    pub const ALL: &[Scheme] = &[
        Scheme::Alpine,
        Scheme::Composer,
        Scheme::Conan,
        Scheme::Cran,
        Scheme::Debian,
        Scheme::Go,
        Scheme::Hex,
        Scheme::Maven,
        Scheme::Npm,
        Scheme::NuGet,
        Scheme::Pep440,
        Scheme::Pub,
        Scheme::Rpm,
        Scheme::RubyGems,
        Scheme::SemVer,
    ];

    /// The rules of `ecosystem`; `None` where it has none.
    pub fn of(ecosystem: Ecosystem) -> Option<Scheme> {
        Some(match ecosystem {
            Ecosystem::Cargo | Ecosystem::Swift => Scheme::SemVer,
            // Tags of repositories, `v4` as well as `v4.1.0`: node-semver takes both.
            Ecosystem::Npm | Ecosystem::Jsr | Ecosystem::GitHubActions => Scheme::Npm,
            Ecosystem::Pypi => Scheme::Pep440,
            Ecosystem::Go => Scheme::Go,
            Ecosystem::Maven => Scheme::Maven,
            Ecosystem::NuGet => Scheme::NuGet,
            Ecosystem::RubyGems => Scheme::RubyGems,
            Ecosystem::Packagist => Scheme::Composer,
            Ecosystem::Hex => Scheme::Hex,
            Ecosystem::Pub => Scheme::Pub,
            Ecosystem::Conan => Scheme::Conan,
            Ecosystem::Cran | Ecosystem::Hackage => Scheme::Cran,
            Ecosystem::Debian => Scheme::Debian,
            Ecosystem::Alpine => Scheme::Alpine,
            Ecosystem::Rpm => Scheme::Rpm,
            Ecosystem::Conda
            | Ecosystem::CocoaPods
            | Ecosystem::Docker
            | Ecosystem::Terraform
            | Ecosystem::Git
            | Ecosystem::Other => return None,
        })
    }

    /// Whether it is Semantic Versioning but for details, so that it also orders the bounds of OSV's `SEMVER` ranges.
    pub fn is_semver(self) -> bool {
        matches!(self, Scheme::Go | Scheme::Hex | Scheme::Npm | Scheme::NuGet | Scheme::Pub | Scheme::SemVer)
    }

    /// For messages: `npm`, `PEP 440`.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Alpine => "Alpine",
            Scheme::Composer => "Composer",
            Scheme::Conan => "Conan",
            Scheme::Cran => "CRAN",
            Scheme::Debian => "Debian",
            Scheme::Go => "Go",
            Scheme::Hex => "Hex",
            Scheme::Maven => "Maven",
            Scheme::Npm => "npm",
            Scheme::NuGet => "NuGet",
            Scheme::Pep440 => "PEP 440",
            Scheme::Pub => "Pub",
            Scheme::Rpm => "RPM",
            Scheme::RubyGems => "RubyGems",
            Scheme::SemVer => "SemVer",
        }
    }

    pub fn parse(self, text: &str) -> Result<Version, BadVersion> {
        let bad = || BadVersion { scheme: self.name(), text: text.chars().take(LONGEST).collect() };
        if text.len() > LONGEST {
            return Err(bad());
        }
        let key = match self {
            Scheme::Alpine => alpine::parse(text).map(Key::Alpine),
            Scheme::Composer => composer::parse(text).map(Key::Composer),
            Scheme::Conan => conan::parse(text).map(Key::Conan),
            Scheme::Cran => cran::parse(text).map(Key::Cran),
            Scheme::Debian => debian::parse(text).map(Key::Debian),
            Scheme::Go => semver::parse_go(text).map(Key::SemVer),
            Scheme::Maven => maven::parse(text).map(Key::Maven),
            Scheme::Npm => semver::parse_npm(text).map(Key::SemVer),
            Scheme::NuGet => semver::parse_nuget(text).map(Key::SemVer),
            Scheme::Pub => semver::parse_pub(text).map(Key::SemVer),
            Scheme::Hex | Scheme::SemVer => semver::parse(text).map(Key::SemVer),
            Scheme::Pep440 => pep440::parse(text).map(Key::Pep440),
            Scheme::Rpm => rpm::parse(text).map(Key::Rpm),
            Scheme::RubyGems => rubygems::parse(text).map(Key::RubyGems),
        };
        key.map(Version).ok_or_else(bad)
    }
}

/// Bytes of the longest text that is taken for a version. A Maven version nests, so it also bounds how deep.
const LONGEST: usize = 400;

/// A version in a form that compares cheaply. Only versions of one scheme may be compared: the order among schemes has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Key);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Alpine(alpine::Key),
    Composer(composer::Key),
    Conan(conan::Key),
    Cran(cran::Key),
    Debian(debian::Key),
    Maven(maven::Key),
    Pep440(pep440::Key),
    Rpm(rpm::Key),
    RubyGems(rubygems::Key),
    SemVer(semver::Key),
}

/// A text that is no version by the rules in question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version by the rules of {scheme}")]
pub struct BadVersion {
    scheme: &'static str,
    text: String,
}

/// The order of two versions as texts.
pub fn compare(scheme: Scheme, a: &str, b: &str) -> Result<Ordering, BadVersion> {
    Ok(scheme.parse(a)?.cmp(&scheme.parse(b)?))
}
