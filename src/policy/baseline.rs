//! The baseline: findings that were there when the gate was put up. They are told apart from new ones and do not fail; what
//! is gone is told too.

use std::collections::{HashMap, HashSet};

use super::clause::property;
use super::{Complaint, Looked};
use crate::model::{Analysis, BaselineEntry, BaselineState, ConfigPlace, Finding, RelPath};

/// Characters that a context has at the most.
const CONTEXT_WIDTH: usize = 100;

/// A baseline as it was read: every entry with its line, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Where it is written, as reports name it.
    pub file: Option<RelPath>,
    pub entries: Vec<(u32, BaselineEntry)>,
}

/// How the findings of a run stand to a baseline.
#[derive(Debug, Default)]
pub struct Compared {
    /// Entries that nothing matches any more, sorted; only what was looked for.
    pub absent: Vec<BaselineEntry>,
    pub complaint: Option<Complaint>,
}

/// Gives every finding its state. An entry stands for as many findings as it counts: one more is new. `hidden` are findings that
/// are there and not reported.
pub fn compare(findings: &mut [Finding], baseline: &Baseline, hidden: &[Finding], looked: &Looked<'_>) -> Compared {
    let mut left: HashMap<&str, (u32, Option<u64>)> = HashMap::new();
    for (_, entry) in &baseline.entries {
        let (count, value) = left.entry(&entry.fingerprint).or_default();
        // Of two that a merge left beside each other the stricter one holds.
        *count = (*count).max(entry.count);
        *value = match (*value, entry.value) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    let mut found: HashSet<String> = hidden.iter().map(|finding| finding.fingerprint.gate.clone()).collect();
    for finding in findings.iter_mut() {
        let known = left.get_mut(finding.fingerprint.gate.as_str()).filter(|_| is_recorded(finding));
        let state = match known {
            Some((count @ 1.., value)) => {
                *count -= 1;
                found.insert(finding.fingerprint.gate.clone());
                let grew = value.is_some_and(|known| self::value(finding).is_some_and(|now| now > known));
                if grew { BaselineState::Updated } else { BaselineState::Unchanged }
            }
            _ => BaselineState::New,
        };
        // What was there at the merge base stays known.
        if finding.baseline != Some(BaselineState::Unchanged) {
            finding.baseline = Some(state);
        }
    }
    let is_gone = |(_, entry): &&(u32, BaselineEntry)| {
        !found.contains(&entry.fingerprint)
            && !entry.in_history
            && looked.for_rule(&entry.rule)
            && (looked.is_looked_at)(&entry.path)
    };
    let gone: Vec<&(u32, BaselineEntry)> = baseline.entries.iter().filter(is_gone).collect();
    let complaint =
        gone.iter().min_by_key(|(line, _)| line).zip(baseline.file.as_ref()).map(|((line, entry), file)| {
            let are = if gone.len() == 1 { "is" } else { "are" };
            let first = format!("{} in {}", entry.rule, entry.path);
            let parts = vec![("count", counted(gone.len())), ("are", are.to_owned()), ("first", first)];
            let place = ConfigPlace { file: file.clone(), line: *line };
            Complaint { builtin: "stale-baseline", place, parts, identity: String::new() }
        });
    let mut absent: Vec<BaselineEntry> = gone.into_iter().map(|(_, entry)| entry.clone()).collect();
    absent.sort();
    absent.dedup();
    Compared { absent, complaint }
}

/// `1 entry`, `2 entries`.
pub fn counted(entries: usize) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") }
}

/// Whether a finding may stand in a baseline: not what is accepted otherwise, and not what the tool says about its own use,
/// with which the baseline itself could be hidden.
fn is_recorded(finding: &Finding) -> bool {
    finding.rule.analysis().is_some() || finding.rule.id.group() != "gate"
}

/// What is written for the findings of a run, sorted, none twice.
pub fn entries(findings: &[Finding]) -> Vec<BaselineEntry> {
    let mut entries: Vec<BaselineEntry> =
        findings.iter().filter(|finding| is_recorded(finding) && !finding.is_suppressed()).map(entry).collect();
    entries.sort();
    entries.dedup_by(|next, kept| {
        let is_same = next.fingerprint == kept.fingerprint;
        kept.count += u32::from(is_same);
        is_same
    });
    entries
}

fn entry(finding: &Finding) -> BaselineEntry {
    BaselineEntry {
        fingerprint: finding.fingerprint.gate.clone(),
        rule: finding.rule.id.as_str().to_owned(),
        path: finding.location.path.as_str().to_owned(),
        context: context(finding),
        count: 1,
        value: value(finding),
        in_history: finding.origin.is_some(),
    }
}

/// The measure that the finding is about.
fn value(finding: &Finding) -> Option<u64> {
    property(finding, "value").and_then(serde_json::Value::as_u64)
}

/// What a reader recognises it by: the line of code, or the message where that says more. Both are without secrets.
fn context(finding: &Finding) -> String {
    let line = finding.snippet.line.trim();
    let text = match finding.rule.analysis() {
        Some(Analysis::Dependencies) => finding.message.as_str(),
        _ if line.is_empty() => finding.message.as_str(),
        _ => line,
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(CONTEXT_WIDTH) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}
