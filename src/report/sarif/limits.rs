//! What GitHub's code scanning takes of a SARIF file ("SARIF support for code scanning"), and which findings go into it.

use std::collections::HashMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::result::result;
use crate::model::{BaselineEntry, Finding, Level, Run};
use crate::report::{Omitted, rank, words};

/// Of a rule, where no reader takes less.
pub const TAGS: usize = 20;

/// The most that a reader takes.
pub struct Limits {
    pub results: usize,
    /// Of all results together, compressed; what is left of a file's limit is for the rules.
    pub bytes: usize,
    pub tags: usize,
    pub locations: usize,
}

/// A file may have 10 MB, compressed; seven hundred rules with their help take less than a third of one.
pub const GITHUB: Limits = Limits { results: 25_000, bytes: 9_000_000, tags: 10, locations: 1_000 };

/// What goes into a report.
pub struct Selection<'a> {
    /// In the order of the run.
    pub findings: Vec<&'a Finding>,
    pub absent: &'a [BaselineEntry],
    pub most_locations: usize,
    pub omitted: Omitted,
}

impl<'a> Selection<'a> {
    pub fn everything(run: &'a Run) -> Selection<'a> {
        let findings = run.findings.iter().collect();
        Selection { findings, absent: &run.absent, most_locations: usize::MAX, omitted: None }
    }
}

impl Limits {
    /// The open findings; where they are too many or too large, the gravest of them.
    pub fn select<'a>(&self, run: &'a Run, rule_indices: &HashMap<&str, i64>) -> io::Result<Selection<'a>> {
        let open = |finding: &&Finding| rank::is_open(finding);
        let mut kept = rank::sorted(run.findings.iter().filter(open).collect());
        let all = kept.len();
        let count = self.fitting(&kept, rule_indices)?;
        let dropped = kept.split_off(count);
        let omitted = (!dropped.is_empty()).then(|| {
            format!(
                "{} of {} results are left out, {}: GitHub takes {} results and 10 MB of compressed SARIF",
                words::grouped(dropped.len() as u64),
                words::grouped(all as u64),
                by_level(&dropped),
                words::grouped(self.results as u64),
            )
        });
        // Back into the order of the run.
        kept.sort_by(|a, b| (&a.location, &a.rule.id, &a.message).cmp(&(&b.location, &b.rule.id, &b.message)));
        Ok(Selection { findings: kept, absent: &[], most_locations: self.locations, omitted })
    }

    /// How many of the first of `findings` there is room for.
    fn fitting(&self, findings: &[&Finding], rule_indices: &HashMap<&str, i64>) -> io::Result<usize> {
        let within = findings.len().min(self.results);
        let candidates = findings.get(..within).unwrap_or_default();
        let mut plain = Counter(0);
        for finding in candidates {
            serde_json::to_writer(&mut plain, &result(finding, rule_indices, self.locations))?;
        }
        if plain.0 <= self.bytes {
            return Ok(within);
        }
        // GitHub's action compresses better than this: what fits here fits there.
        let mut packed = GzEncoder::new(Counter(0), Compression::fast());
        for (index, finding) in candidates.iter().enumerate() {
            serde_json::to_writer(&mut packed, &result(finding, rule_indices, self.locations))?;
            if packed.get_ref().0 > self.bytes {
                return Ok(index);
            }
        }
        Ok(within)
    }
}

fn by_level(findings: &[&Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count() as u64;
    let levels = [Level::Error, Level::Warning, Level::Note];
    let parts = levels.map(|level| (count(level), level.name())).into_iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, name)| words::plural(count, name)).collect::<Vec<_>>().join(", ")
}

/// Counts the bytes that are written to it.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
