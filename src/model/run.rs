use std::sync::Arc;

use super::{Analysis, BaselineEntry, FileMetrics, Finding, FunctionMetrics, Inventory, Notification, Rule, Verdict};

/// All that a scan found, sorted and ready to be reported.
#[derive(Debug)]
pub struct Run {
    /// The root that paths are relative to, as a `file:` URI would name it; not part of any fingerprint.
    pub root: std::path::PathBuf,
    pub analyses: Vec<Analysis>,
    /// Every rule that could have fired, sorted by id.
    pub rules: Vec<Arc<Rule>>,
    /// Sorted by path, region and rule.
    pub findings: Vec<Finding>,
    /// What was known before and is gone, sorted; only what this run looked for.
    pub absent: Vec<BaselineEntry>,
    /// Sorted.
    pub notifications: Vec<Notification>,
    pub coverage: Coverage,
    /// The measures of every function, sorted by place; only where the request asked for them.
    pub functions: Vec<FunctionMetrics>,
    /// The lines of every file that was measured, sorted by path.
    pub files: Vec<FileMetrics>,
    /// What each lockfile pins, sorted by path.
    pub inventories: Vec<Inventory>,
    pub verdict: Verdict,
}

/// What was looked at, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Coverage {
    /// Files read as text and handed to the analyzers.
    pub files: u64,
    pub bytes: u64,
    pub lines: u64,
    /// Files parsed by a grammar, and of these the bytes inside regions that did not parse.
    pub parsed_files: u64,
    pub parsed_bytes: u64,
    pub unparsed_bytes: u64,
    /// Packages read from lockfiles.
    pub packages: u64,
    /// Findings below the confidence that is reported.
    pub below_confidence: u64,
    /// Files left out by an `exclude` entry of the configuration.
    pub excluded: u64,
    /// Objects of a repository's history that were searched for secrets, in this run or, unchanged, in an earlier one.
    pub objects: u64,
}

impl Coverage {
    pub fn add(&mut self, other: &Coverage) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.parsed_files += other.parsed_files;
        self.parsed_bytes += other.parsed_bytes;
        self.unparsed_bytes += other.unparsed_bytes;
        self.packages += other.packages;
        self.below_confidence += other.below_confidence;
        self.excluded += other.excluded;
        self.objects += other.objects;
    }
}
