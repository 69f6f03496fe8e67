//! `.gate/baseline.jsonl`: one record on each line, sorted, without a header. What cannot be read is an error, never an empty
//! baseline.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ConfigError, File};
use crate::model::BaselineEntry;
use crate::policy::Baseline;

/// Where the baseline is, below the root, unless the configuration says otherwise.
pub const BASELINE_FILE: &str = ".gate/baseline.jsonl";

/// The number of this shape of a record.
const VERSION: u64 = 1;

/// A line. The fingerprint comes first, so that records of one file do not lie side by side: two branches then seldom change
/// neighbouring lines.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    v: u64,
    fingerprint: String,
    rule: String,
    path: String,
    context: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<u64>,
    #[serde(default, skip_serializing_if = "is_false")]
    history: bool,
}

fn one() -> u32 {
    1
}

fn is_one(count: &u32) -> bool {
    *count == 1
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The baseline in `file`; `None` where there is no such file.
pub fn load_baseline(file: File<'_>) -> Result<Option<Baseline>, Vec<ConfigError>> {
    match fs::read_to_string(file.path) {
        Ok(text) => parse_baseline(file, &text).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(vec![ConfigError::unreadable(file.path, "the baseline", &error)]),
    }
}

/// The baseline in `text`, of which `file` is only named. Lines need not be sorted, and one may be there twice: merges leave that.
pub fn parse_baseline(file: File<'_>, text: &str) -> Result<Baseline, Vec<ConfigError>> {
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split('\n')) {
        match record(file.path, text, offset, line) {
            Ok(Some(entry)) => entries.push((number, entry)),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        offset += line.len() + 1;
    }
    // A file that is something else entirely need not be told line by line.
    errors.truncate(20);
    if errors.is_empty() { Ok(Baseline { file: Some(file.shown), entries }) } else { Err(errors) }
}

fn record(file: &Path, text: &str, offset: usize, line: &str) -> Result<Option<BaselineEntry>, ConfigError> {
    let fault = |column: usize, message: &str, help: &str| {
        Err(ConfigError::at(file, text, offset + column, message).help(Some(help.to_owned())))
    };
    let line = line.trim_end();
    if line.is_empty() {
        return Ok(None);
    }
    let is_marker = |mark: &str| line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].into_iter().any(is_marker) {
        let help = "keep the lines of both sides, remove the markers, then run `gate baseline --prune`";
        return fault(0, "a merge conflict was left in the baseline", help);
    }
    // The version first: another one may have other fields.
    #[derive(Deserialize)]
    struct Version {
        v: u64,
    }
    if let Ok(Version { v }) = serde_json::from_str(line)
        && v != VERSION
    {
        let message = format!("a baseline record of version {v}, which this gate does not know");
        let help = "use the version of gate that wrote it, or delete it and write it again with `gate baseline`";
        return fault(0, &message, help);
    }
    match serde_json::from_str::<Record>(line) {
        Ok(record) if record.fingerprint.is_empty() || record.count == 0 => {
            fault(0, "a baseline record without a fingerprint, or that counts nothing", "remove the line")
        }
        Ok(Record { fingerprint, rule, path, context, count, value, history, .. }) => {
            Ok(Some(BaselineEntry { fingerprint, rule, path, context, count, value, in_history: history }))
        }
        Err(error) => {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            let help = "restore the file from git, or delete it and write it again with `gate baseline`";
            fault(error.column().saturating_sub(1), &format!("this is no baseline record: {said}"), help)
        }
    }
}

/// The text of the file: what `LC_ALL=C sort -u` would leave as it is.
pub fn render_baseline(entries: &[BaselineEntry]) -> String {
    let line = |entry: &BaselineEntry| {
        let BaselineEntry { fingerprint, rule, path, context, count, value, in_history } = entry.clone();
        let record = Record { v: VERSION, fingerprint, rule, path, context, count, value, history: in_history };
        // Texts and numbers can be written.
        serde_json::to_string(&record).unwrap_or_default()
    };
    let mut lines: Vec<String> = entries.iter().map(line).collect();
    lines.sort();
    lines.dedup();
    lines.into_iter().map(|line| line + "\n").collect()
}
