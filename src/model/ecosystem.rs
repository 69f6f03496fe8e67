use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Where packages are published under names of their own, or what a reference to code is resolved by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    Cargo,
    Npm,
    /// Deno's registry, jsr.io.
    Jsr,
    Pypi,
    Conda,
    Go,
    Maven,
    NuGet,
    RubyGems,
    Packagist,
    Hex,
    Pub,
    /// Swift packages, named by the URL of their repository without the scheme.
    Swift,
    CocoaPods,
    Conan,
    Cran,
    Hackage,
    GitHubActions,
    /// Container images.
    Docker,
    Terraform,
    /// A git repository at a commit or a tag, used as such: pre-commit hooks, inputs of a Nix flake.
    Git,
    Debian,
    Alpine,
    Rpm,
    /// A bill of materials names a kind of package that is not known here.
    Other,
}

/// Each ecosystem with its package URL type (<https://github.com/package-url/purl-spec>), the name that OSV records have
/// for it (<https://ossf.github.io/osv-schema/#affectedpackage-field>; none where OSV has no such records), and what a
/// person calls it.
const NAMES: &[(Ecosystem, &str, Option<&str>, &str)] = &[
    (Ecosystem::Cargo, "cargo", Some("crates.io"), "crates.io"),
    (Ecosystem::Npm, "npm", Some("npm"), "npm"),
    (Ecosystem::Jsr, "jsr", None, "JSR"),
    (Ecosystem::Pypi, "pypi", Some("PyPI"), "PyPI"),
    (Ecosystem::Conda, "conda", None, "conda"),
    (Ecosystem::Go, "golang", Some("Go"), "Go"),
    (Ecosystem::Maven, "maven", Some("Maven"), "Maven"),
    (Ecosystem::NuGet, "nuget", Some("NuGet"), "NuGet"),
    (Ecosystem::RubyGems, "gem", Some("RubyGems"), "RubyGems"),
    (Ecosystem::Packagist, "composer", Some("Packagist"), "Packagist"),
    (Ecosystem::Hex, "hex", Some("Hex"), "Hex"),
    (Ecosystem::Pub, "pub", Some("Pub"), "Pub"),
    (Ecosystem::Swift, "swift", Some("SwiftURL"), "Swift"),
    (Ecosystem::CocoaPods, "cocoapods", None, "CocoaPods"),
    (Ecosystem::Conan, "conan", Some("ConanCenter"), "Conan"),
    (Ecosystem::Cran, "cran", Some("CRAN"), "CRAN"),
    (Ecosystem::Hackage, "hackage", Some("Hackage"), "Hackage"),
    (Ecosystem::GitHubActions, "githubactions", Some("GitHub Actions"), "GitHub Actions"),
    (Ecosystem::Docker, "docker", None, "container images"),
    (Ecosystem::Terraform, "terraform", None, "Terraform"),
    (Ecosystem::Git, "generic", None, "git repositories"),
    (Ecosystem::Debian, "deb", Some("Debian"), "Debian"),
    (Ecosystem::Alpine, "apk", Some("Alpine"), "Alpine"),
    (Ecosystem::Rpm, "rpm", None, "RPM"),
    (Ecosystem::Other, "generic", None, "an unknown ecosystem"),
];

impl Ecosystem {
    /// Every ecosystem, in the order of the enumeration.
    pub fn all() -> impl Iterator<Item = Ecosystem> {
        NAMES.iter().map(|(ecosystem, ..)| *ecosystem)
    }

    /// The type of a package URL.
    pub fn purl_type(self) -> &'static str {
        self.names().1
    }

    /// What OSV records call it, without the release that some add (`Debian:12`).
    pub fn osv_name(self) -> Option<&'static str> {
        self.names().2
    }

    /// By the type of a package URL. `generic` is [`Ecosystem::Other`]: it says nothing of git.
    pub fn from_purl_type(kind: &str) -> Ecosystem {
        let known = Ecosystem::all().filter(|ecosystem| *ecosystem != Ecosystem::Git);
        let mut known = known.filter(|ecosystem| ecosystem.purl_type().eq_ignore_ascii_case(kind));
        known.next().unwrap_or(Ecosystem::Other)
    }

    /// By what OSV or a person calls it, whatever the case: `npm`, `crates.io`, `Debian:12`, `cargo`.
    pub fn from_name(name: &str) -> Option<Ecosystem> {
        let name = name.split(':').next().unwrap_or(name);
        let is_it = |one: &str| one.eq_ignore_ascii_case(name);
        let entry = NAMES.iter().find(|(_, purl, osv, plain)| is_it(purl) || osv.is_some_and(is_it) || is_it(plain))?;
        Some(entry.0)
    }

    /// The spelling under which all names of one package are the same text: PEP 503 for PyPI, lower case where the
    /// registry does not tell cases apart.
    pub fn normalized(self, name: &str) -> Cow<'_, str> {
        match self {
            Ecosystem::Pypi => {
                let mut plain = String::with_capacity(name.len());
                for c in name.chars() {
                    match c {
                        '-' | '_' | '.' if plain.ends_with('-') => {}
                        '-' | '_' | '.' => plain.push('-'),
                        c => plain.push(c.to_ascii_lowercase()),
                    }
                }
                Cow::Owned(plain)
            }
            Ecosystem::NuGet
            | Ecosystem::Packagist
            | Ecosystem::GitHubActions
            | Ecosystem::Hex
            | Ecosystem::Pub
            | Ecosystem::Swift => Cow::Owned(name.to_ascii_lowercase()),
            _ => Cow::Borrowed(name),
        }
    }

    fn names(self) -> &'static (Ecosystem, &'static str, Option<&'static str>, &'static str) {
        static UNKNOWN: (Ecosystem, &str, Option<&str>, &str) = (Ecosystem::Other, "generic", None, "other");
        NAMES.iter().find(|(ecosystem, ..)| *ecosystem == self).unwrap_or(&UNKNOWN)
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ecosystem_is_in_the_table_and_is_found_by_its_names() {
        for ecosystem in Ecosystem::all() {
            assert_eq!(ecosystem.names().0, ecosystem);
            if let Some(name) = ecosystem.osv_name() {
                assert_eq!(Ecosystem::from_name(name), Some(ecosystem));
                assert_eq!(Ecosystem::from_purl_type(ecosystem.purl_type()), ecosystem);
            }
        }
        assert_eq!(Ecosystem::all().last(), Some(Ecosystem::Other), "the last one of the enumeration is the last here");
        assert_eq!(Ecosystem::all().count(), Ecosystem::Other as usize + 1);
        assert_eq!(Ecosystem::from_name("Debian:12"), Some(Ecosystem::Debian));
        assert_eq!(Ecosystem::from_name("nothing"), None);
    }

    #[test]
    fn names_of_one_package_are_one() {
        assert_eq!(Ecosystem::Pypi.normalized("Zope._-Interface"), "zope-interface");
        assert_eq!(Ecosystem::NuGet.normalized("Newtonsoft.Json"), "newtonsoft.json");
        assert_eq!(Ecosystem::Npm.normalized("@Scope/Name"), "@Scope/Name");
    }
}
