//! How a run is told. No format judges. Those for programs show everything that the run holds; those for people and for the
//! alerts of other systems leave out what nobody has to act on, as [`rank`] has it.

mod clean;
mod csv;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod openvex;
mod rank;
mod sarif;
pub mod sbom;
mod sonar;
mod text;
mod words;

use std::io::{self, Write};

use serde_json::Value;

use crate::model::{Finding, Run};

pub use self::json::{events_schema, schema as json_schema};

/// What a report says beside the run, and how. The same options and the same run give the same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// Styled with ANSI sequences; the caller knows whether the reader is a terminal.
    pub color: bool,
    /// Characters in a line of the terminal that it is written to; `None` where it is none, and nothing is wrapped.
    pub width: Option<usize>,
    pub detail: Detail,
    /// When the run was, for formats that must say so: RFC 3339 in UTC, whole seconds, without the `Z`. There is no clock here.
    pub time: Option<&'a str>,
    /// The name that the caller gave this run, where one was given.
    pub run_id: Option<&'a str>,
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

/// What a report had no room for, in a sentence; `None` where it has everything that it is about.
pub type Omitted = Option<String>;

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
    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted>;
}

/// Every format; the first is the default.
pub const FORMATS: &[&dyn Format] = &[
    &text::Text,
    &json::Json,
    &sarif::FULL,
    &sarif::GITHUB,
    &json::Events,
    &github::GitHub,
    &markdown::SUMMARY,
    &markdown::COMMENT,
    &gitlab::CodeQuality,
    &gitlab::SAST,
    &gitlab::SECRET_DETECTION,
    &gitlab::DEPENDENCY_SCANNING,
    &junit::JUnit,
    &sonar::Sonar,
    &openvex::OpenVex,
    &csv::Csv,
];

/// The fact about a finding of this name.
fn property<'a>(finding: &'a Finding, name: &str) -> Option<&'a Value> {
    finding.properties.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A UUID in the form of version 8 (RFC 9562: the content is the maker's own), derived from `content`; `context` says for what,
/// so that two kinds of things never share one.
fn uuid(context: &str, content: &str) -> String {
    let mut bytes = [0; 16];
    blake3::Hasher::new_derive_key(context).update(content.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

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
