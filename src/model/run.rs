use std::sync::Arc;

use super::{Analysis, FileMetrics, Finding, FunctionMetrics, Inventory, Level, Notification, Rule};

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

/// One reason why the gate failed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Condition {
    pub analysis: Option<Analysis>,
    pub fail_on: Level,
    /// Findings that meet it.
    pub count: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    Failed(Vec<Condition>),
    /// The notifications (as many as given) that leave a doubt.
    Incomplete(usize),
}

impl Verdict {
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed(_) => "failed",
            Verdict::Incomplete(_) => "incomplete",
        }
    }

    /// Why the gate failed; empty otherwise.
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Verdict::Failed(conditions) => conditions,
            _ => &[],
        }
    }

    /// How many notifications leave it incomplete; 0 otherwise.
    pub fn doubts(&self) -> usize {
        match self {
            Verdict::Incomplete(doubts) => *doubts,
            _ => 0,
        }
    }

    /// 0 passed, 1 the gate failed, 2 it could not be judged.
    pub fn exit_code(&self) -> u8 {
        match self {
            Verdict::Passed => 0,
            Verdict::Failed(_) => 1,
            Verdict::Incomplete(_) => 2,
        }
    }
}
