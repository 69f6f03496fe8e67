//! How a run is told. A format shows everything that the run holds; none of them filters or judges.

mod json;
mod sarif;
pub mod sbom;
mod text;

use std::io::{self, Write};

use crate::model::Run;

pub use self::json::schema as json_schema;

/// How much the text report says, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Styled with ANSI sequences; the caller knows whether the reader is a terminal.
    pub color: bool,
    /// Characters in a line of the terminal that it is written to; `None` where it is none, and nothing is wrapped.
    pub width: Option<usize>,
    pub detail: Detail,
}

/// How much the text report says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The summary line alone.
    Summary,
    #[default]
    Findings,
    /// Every notification, and the suppressed findings with their reasons.
    Everything,
}

/// One output format.
pub trait Format: Sync {
    /// The value of `--format`.
    fn name(&self) -> &'static str;
    /// For the help: what it is for.
    fn describe(&self) -> &'static str;
    /// Whether it shows GitHub's line hashes, which cost another pass over the files with findings.
    fn needs_line_hashes(&self) -> bool {
        false
    }
    fn write(&self, run: &Run, options: Options, out: &mut dyn Write) -> io::Result<()>;
}

/// Every format; the first is the default.
pub const FORMATS: &[&dyn Format] = &[&text::Text, &json::Json, &sarif::Sarif];

/// The findings of a run: those that are new by level, the accepted and the known ones apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
struct Counts {
    /// Findings of level error.
    error: usize,
    /// Findings of level warning.
    warning: usize,
    /// Findings of level note.
    note: usize,
    /// Findings of any level that someone accepted with a reason.
    suppressed: usize,
    /// Of these, those that only a marker of another tool accepts.
    suppressed_by_foreign_markers: usize,
    /// Of the accepted ones, those that only exceptions accept: entries with an owner and an expiry.
    excepted: usize,
    /// Findings of any level that were known before (in the baseline or at the merge base) and that nobody accepted.
    unchanged: usize,
    /// Other findings of any level that the policy switches off: in this report, and told to people only when they ask.
    off: usize,
    /// Findings that were known before and are gone.
    fixed: usize,
}

impl Counts {
    fn of(run: &Run) -> Counts {
        use crate::model::{Level, Outcome};
        let mut counts = Counts { fixed: run.absent.len(), ..Counts::default() };
        for finding in &run.findings {
            match finding.level {
                _ if finding.is_suppressed() => {
                    counts.suppressed += 1;
                    let is_foreign = finding.suppressions.iter().all(|suppression| suppression.is_foreign);
                    counts.suppressed_by_foreign_markers += usize::from(is_foreign);
                    counts.excepted += usize::from(finding.is_excepted());
                }
                _ if finding.is_known() => counts.unchanged += 1,
                _ if finding.outcome == Outcome::Off => counts.off += 1,
                Level::Error => counts.error += 1,
                Level::Warning => counts.warning += 1,
                Level::Note | Level::None => counts.note += 1,
            }
        }
        counts
    }
}
