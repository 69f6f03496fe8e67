use std::fmt;

use serde::{Deserialize, Serialize};

use super::{RelPath, SecuritySeverity};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    Cargo,
}

impl Ecosystem {
    /// The type of a package URL.
    pub fn purl_type(self) -> &'static str {
        match self {
            Ecosystem::Cargo => "cargo",
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.purl_type())
    }
}

/// A package at one version, as a lockfile names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    pub ecosystem: Ecosystem,
    pub name: String,
    pub version: String,
    /// Where it comes from, as the lockfile says; `None` for a member of the workspace.
    pub source: Option<String>,
    /// Lower-case hex SHA-256, where the lockfile has one.
    pub sha256: Option<String>,
    /// Byte range in the lockfile of the text that states name and version.
    #[serde(skip)]
    pub span: (usize, usize),
}

impl Package {
    pub fn purl(&self) -> String {
        format!("pkg:{}/{}@{}", self.ecosystem.purl_type(), self.name, self.version.replace('+', "%2B"))
    }
}

/// One edge of the dependency graph: indices into [`Inventory::packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    pub from: usize,
    pub to: usize,
}

/// All that one lockfile pins.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub lockfile: RelPath,
    pub packages: Vec<Package>,
    /// Sorted, without duplicates.
    pub dependencies: Vec<Dependency>,
}

/// What an advisory warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
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
}
