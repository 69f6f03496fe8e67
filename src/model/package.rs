use serde::{Deserialize, Serialize};

use super::{Ecosystem, SecuritySeverity};

/// A package at one version, as a lockfile names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    pub ecosystem: Ecosystem,
    /// In full and as the lockfile spells it: `@scope/name` (npm), `group:artifact` (Maven), the module's path (Go),
    /// `owner/repository` (GitHub Actions), the URL without the scheme (Swift).
    pub name: String,
    /// Empty for a member of the project that has none.
    pub version: String,
    pub source: PackageSource,
    /// What the downloaded file must hash to, where the lockfile says so.
    pub hashes: Vec<PackageHash>,
    /// `None` where the lockfile does not tell.
    pub scope: Option<Scope>,
    /// Whether the project itself asks for it; `None` where the lockfile does not tell.
    pub direct: Option<bool>,
    /// Byte range in the lockfile of the text that states name and version.
    #[serde(skip)]
    pub span: (usize, usize),
}

/// Where a package comes from. URLs are without names and passwords.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageSource {
    /// It is a part of the project itself: the root, a member of the workspace.
    Project,
    /// The ecosystem's own registry.
    Default,
    /// Another registry, by its URL.
    Registry(String),
    Git {
        url: String,
        revision: Option<String>,
    },
    /// A folder or a file beside the project.
    Path(String),
    /// A file that is downloaded from a URL of its own.
    Url(String),
}

/// What a package is needed for. The least is the strongest: a package for running and for testing is one for running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Runtime,
    /// Only where somebody asks for more than the least: an extra, an optional or a platform's dependency.
    Optional,
    /// To build the project.
    Build,
    /// To work on it: tests, linters.
    Development,
}

/// A hash of the file that a package is downloaded as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PackageHash {
    pub algorithm: HashAlgorithm,
    /// Lower-case hex.
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    /// By the name that lockfiles write before a value: `sha256`, `sha-512`.
    pub fn from_name(name: &str) -> Option<HashAlgorithm> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "md5" => HashAlgorithm::Md5,
            "sha1" | "sha-1" => HashAlgorithm::Sha1,
            "sha256" | "sha-256" => HashAlgorithm::Sha256,
            "sha384" | "sha-384" => HashAlgorithm::Sha384,
            "sha512" | "sha-512" => HashAlgorithm::Sha512,
            _ => return None,
        })
    }

    /// Digits of its values in hex.
    fn digits(self) -> usize {
        match self {
            HashAlgorithm::Md5 => 32,
            HashAlgorithm::Sha1 => 40,
            HashAlgorithm::Sha256 => 64,
            HashAlgorithm::Sha384 => 96,
            HashAlgorithm::Sha512 => 128,
        }
    }
}

impl PackageHash {
    /// `None` unless `value` is as long as a value of `algorithm` is, in hex.
    pub fn hex(algorithm: HashAlgorithm, value: &str) -> Option<PackageHash> {
        let fits = value.len() == algorithm.digits() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| PackageHash { algorithm, value: value.to_ascii_lowercase() })
    }

    /// The same for a value in base 64.
    pub fn base64(algorithm: HashAlgorithm, value: &str) -> Option<PackageHash> {
        let mut hex = String::with_capacity(algorithm.digits());
        let (mut group, mut bits) = (0u32, 0u32);
        for byte in value.trim_end_matches('=').bytes() {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                _ => return None,
            };
            group = group << 6 | u32::from(digit);
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                let digit = |shift: u32| char::from_digit(group >> (bits + shift) & 0xf, 16).unwrap_or('0');
                hex.extend([digit(4), digit(0)]);
            }
        }
        PackageHash::hex(algorithm, &hex)
    }

    /// The values of a text such as `sha512-BASE64 sha1-BASE64?options` (W3C, Subresource Integrity).
    pub fn from_integrity(text: &str) -> Vec<PackageHash> {
        let one = |word: &str| {
            let (algorithm, value) = word.split_once('-')?;
            PackageHash::base64(HashAlgorithm::from_name(algorithm)?, value.split('?').next()?)
        };
        text.split_whitespace().filter_map(one).collect()
    }

    /// A value such as `sha256:HEX`.
    pub fn from_prefixed(text: &str) -> Option<PackageHash> {
        let (algorithm, value) = text.split_once([':', '='])?;
        PackageHash::hex(HashAlgorithm::from_name(algorithm)?, value)
    }
}

impl PackageSource {
    /// A repository, its URL as a lockfile writes it: `git+https://user@host/x.git?ref=main#0123abc`. A revision that is
    /// given wins over the one in the URL.
    pub fn git(url: &str, revision: Option<&str>) -> PackageSource {
        let url = url.strip_prefix("git+").unwrap_or(url);
        let (url, fragment) = url.split_once('#').map_or((url, None), |(url, fragment)| (url, Some(fragment)));
        let url = url.split('?').next().unwrap_or(url);
        let revision = revision.or(fragment).filter(|revision| !revision.is_empty());
        PackageSource::Git { url: without_userinfo(url), revision: revision.map(str::to_owned) }
    }

    /// A registry, by its URL.
    pub fn registry(url: &str) -> PackageSource {
        PackageSource::Registry(without_userinfo(url))
    }

    /// A file at a URL of its own.
    pub fn url(url: &str) -> PackageSource {
        PackageSource::Url(without_userinfo(url))
    }
}

/// A URL without the name and the password that it may hold: they say who fetched it, not what it is.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(host_end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

impl Package {
    /// A package of the ecosystem's own registry, nothing else known of it.
    pub fn new(
        ecosystem: Ecosystem,
        name: impl Into<String>,
        version: impl Into<String>,
        span: (usize, usize),
    ) -> Package {
        Package {
            ecosystem,
            name: name.into(),
            version: version.into(),
            source: PackageSource::Default,
            hashes: Vec::new(),
            scope: None,
            direct: None,
            span,
        }
    }

    /// Whether it is a part of the project itself.
    pub fn is_own(&self) -> bool {
        self.source == PackageSource::Project
    }

    /// Whether it comes from the registry that advisories of its ecosystem speak of.
    pub fn is_from_default_registry(&self) -> bool {
        self.source == PackageSource::Default
    }

    /// The package URL (<https://github.com/package-url/purl-spec>). A source other than the ecosystem's own registry
    /// becomes a qualifier, because the same name and version is another package there.
    pub fn purl(&self) -> String {
        let mut purl = format!("pkg:{}/{}", self.purl_type(), self.purl_name());
        if !self.version.is_empty() {
            purl.push('@');
            purl.push_str(&percent_encode(&self.version));
        }
        let qualifier = match &self.source {
            PackageSource::Project | PackageSource::Default | PackageSource::Path(_) => None,
            PackageSource::Registry(url) => Some(("repository_url", url.clone())),
            PackageSource::Url(url) => Some(("download_url", url.clone())),
            // That of a git repository as such is its name already.
            PackageSource::Git { .. } if self.ecosystem == Ecosystem::Git && self.github().is_some() => None,
            PackageSource::Git { url, revision } => {
                let at = revision.as_ref().map(|revision| format!("@{revision}")).unwrap_or_default();
                Some(("vcs_url", format!("git+{url}{at}")))
            }
        };
        if let Some((key, value)) = qualifier {
            purl.push_str(&format!("?{key}={}", percent_encode(&value)));
        }
        if let (Ecosystem::CocoaPods, Some((_, subspec))) = (self.ecosystem, self.name.split_once('/')) {
            purl.push('#');
            purl.push_str(&percent_encode(subspec));
        }
        purl
    }

    fn purl_type(&self) -> &'static str {
        if self.ecosystem == Ecosystem::Git && self.github().is_some() { "github" } else { self.ecosystem.purl_type() }
    }

    /// `owner/name` of a repository that is kept at GitHub.
    fn github(&self) -> Option<&str> {
        self.name.strip_prefix("github.com/").filter(|rest| rest.split('/').count() == 2)
    }

    /// Namespace and name, encoded; each type has rules of its own.
    fn purl_name(&self) -> String {
        let name = self.name.as_str();
        match self.ecosystem {
            Ecosystem::Maven => segments(&name.replacen(':', "/", 1)),
            Ecosystem::Pypi => segments(&name.to_ascii_lowercase().replace('_', "-")),
            Ecosystem::CocoaPods => percent_encode(name.split('/').next().unwrap_or(name)),
            Ecosystem::Terraform => segments(name.strip_prefix("registry.terraform.io/").unwrap_or(name)),
            Ecosystem::Git => segments(&self.github().unwrap_or(name).to_ascii_lowercase()),
            Ecosystem::Go | Ecosystem::Packagist | Ecosystem::Hex | Ecosystem::Pub | Ecosystem::GitHubActions => {
                segments(&name.to_ascii_lowercase())
            }
            _ => segments(name),
        }
    }
}

/// The parts of a name between slashes, each encoded; empty ones are left out.
fn segments(name: &str) -> String {
    let parts: Vec<String> = name.split('/').filter(|part| !part.is_empty()).map(percent_encode).collect();
    parts.join("/")
}

/// All but unreserved characters, `:` and `/` as `%XX`, in UTF-8.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// What an advisory warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdvisoryKind {
    Vulnerability,
    Unmaintained,
    Unsound,
    Notice,
    Yanked,
}

/// An advisory that affects a package of an inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advisory {
    pub id: String,
    pub kind: AdvisoryKind,
    pub title: String,
    pub description: String,
    pub aliases: Vec<String>,
    pub url: Option<String>,
    /// `YYYY-MM-DD`.
    pub date: String,
    /// The CVSS base score, where there is one.
    pub severity: Option<SecuritySeverity>,
    /// The least version above the present one that is fixed, where there is one.
    pub fixed: Option<String>,
    /// Version requirements that are fixed, as the source writes them.
    pub patched: Vec<String>,
    pub affected_functions: Vec<String>,
    /// Whether CISA's catalogue of known exploited vulnerabilities has it; `false` also where there is no catalogue.
    pub kev: bool,
    /// The probability that it is exploited within 30 days, by FIRST's EPSS, where that is known.
    pub epss: Option<f64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn purl(ecosystem: Ecosystem, name: &str, version: &str, source: PackageSource) -> String {
        Package { source, ..Package::new(ecosystem, name, version, (0, 0)) }.purl()
    }

    #[test]
    fn a_package_url_tells_sources_apart() {
        let cargo = |version: &str, source| purl(Ecosystem::Cargo, "a", version, source);
        assert_eq!(cargo("1.0.0", PackageSource::Default), "pkg:cargo/a@1.0.0");
        assert_eq!(cargo("1.0.0+zstd.1.5", PackageSource::Default), "pkg:cargo/a@1.0.0%2Bzstd.1.5");
        assert_eq!(cargo("", PackageSource::Project), "pkg:cargo/a");
        assert_eq!(
            cargo("1.0.0", PackageSource::git("git+https://example.com/a.git?branch=main#0123abc", None)),
            "pkg:cargo/a@1.0.0?vcs_url=git%2Bhttps://example.com/a.git%400123abc"
        );
        assert_eq!(
            cargo("1.0.0", PackageSource::registry("https://me:pass@registry.example.org/index")),
            "pkg:cargo/a@1.0.0?repository_url=https://registry.example.org/index"
        );
    }

    #[test]
    fn each_type_of_package_url_has_its_rules() {
        for (ecosystem, name, expected) in [
            (Ecosystem::Npm, "@babel/core", "pkg:npm/%40babel/core@1"),
            (Ecosystem::Maven, "org.apache.commons:io", "pkg:maven/org.apache.commons/io@1"),
            (Ecosystem::Go, "github.com/Masterminds/semver/v3", "pkg:golang/github.com/masterminds/semver/v3@1"),
            (Ecosystem::Pypi, "Typing_Extensions", "pkg:pypi/typing-extensions@1"),
            (Ecosystem::Packagist, "Laravel/Framework", "pkg:composer/laravel/framework@1"),
            (Ecosystem::CocoaPods, "Firebase/Core", "pkg:cocoapods/Firebase@1#Core"),
            (Ecosystem::Swift, "github.com/apple/swift-nio", "pkg:swift/github.com/apple/swift-nio@1"),
            (Ecosystem::Git, "github.com/PyCQA/isort", "pkg:github/pycqa/isort@1"),
            (Ecosystem::Git, "example.com/team/tool", "pkg:generic/example.com/team/tool@1"),
            (Ecosystem::Terraform, "registry.terraform.io/hashicorp/aws", "pkg:terraform/hashicorp/aws@1"),
            (Ecosystem::NuGet, "Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json@1"),
        ] {
            assert_eq!(purl(ecosystem, name, "1", PackageSource::Default), expected);
        }
    }

    #[test]
    fn hashes_are_hex_whatever_they_were_written_in() {
        // Of the empty text.
        let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let both = PackageHash::from_integrity("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=?x sha512-short md9-AAAA");
        assert_eq!(both, [PackageHash { algorithm: HashAlgorithm::Sha1, value: sha1.to_owned() }]);
        assert_eq!(PackageHash::from_prefixed(&format!("sha1:{}", sha1.to_uppercase())).unwrap().value, sha1);
        assert_eq!(PackageHash::from_prefixed("sha256:0123"), None);
        assert_eq!(PackageHash::base64(HashAlgorithm::Sha1, "ä"), None);
    }
}
