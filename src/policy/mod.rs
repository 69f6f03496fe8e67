//! What findings and notifications mean for the verdict. Pure: marks findings, drops none.

mod baseline;
mod clause;
mod complaint;
mod directive;
mod exception;
mod foreign;
mod limit;
mod looked;
mod paths;
mod settings;
mod suppress;
mod vex;

pub use baseline::{Baseline, Compared, compare, counted, entries};
pub use clause::{Clause, Facts, RulePattern, Selector};
pub use complaint::Complaint;
pub use directive::{directives, looks_like_comment};
pub use exception::{Exception, PackagePattern, Validity, apply_exceptions};
pub use foreign::{Scope, foreign_directives, may_hold_marker};
pub use limit::{MeasureLimit, Measured, Statistic};
pub use looked::Looked;
pub use paths::{Paths, with_contents};
pub use settings::{Decision, FolderThresholds, Settings};
pub use suppress::{Directive, apply_suppressions};
pub use vex::Vex;

use std::collections::BTreeMap;

use crate::model::{
    Analysis, Condition, FileMetrics, Finding, FunctionMetrics, Level, Limit, Notification, Outcome, Verdict,
};

/// The answer, which every finding has a part in as [`Finding::outcome`] tells, and every limit that does not hold. Accepted
/// findings do not count; a failed gate stays failed when the look was also incomplete.
pub fn judge(
    findings: &mut [Finding],
    notifications: &[Notification],
    broken: Vec<Condition>,
    settings: &Settings,
) -> Verdict {
    let mut conditions = failing(findings, settings);
    conditions.extend(broken);
    if !conditions.is_empty() {
        return Verdict::Failed(conditions);
    }
    match notifications.iter().filter(|notification| settings.doubts(notification)).count() {
        0 => {
            let is_spared = |finding: &&Finding| finding.outcome == Outcome::Fail && finding.is_excepted();
            match findings.iter().filter(is_spared).count() {
                0 => Verdict::Passed,
                count => Verdict::Excepted(count),
            }
        }
        doubts => Verdict::Incomplete(doubts),
    }
}

/// The limits on measures that do not hold: those that fail the gate, and those that only warn.
pub fn broken_limits(
    functions: &[FunctionMetrics],
    files: &[FileMetrics],
    settings: &Settings,
) -> (Vec<Condition>, Vec<Condition>) {
    let broken = settings.limits.iter().filter_map(|limit| Some((limit.outcome, limit.broken(functions, files)?)));
    let (failing, warning): (Vec<_>, Vec<_>) = broken.partition(|(outcome, _)| *outcome == Outcome::Fail);
    let conditions = |of: Vec<(Outcome, Condition)>| of.into_iter().map(|(_, condition)| condition).collect();
    (conditions(failing), conditions(warning))
}

/// Gives every finding its outcome. Returns what fails, by analysis and by the condition that decided.
fn failing(findings: &mut [Finding], settings: &Settings) -> Vec<Condition> {
    let decisions: Vec<Decision> = findings.iter().map(|finding| settings.decide(&Facts::of(finding))).collect();
    // Of what a condition with a limit decides: all, and those that nobody accepted.
    let mut counts = vec![(0, 0); settings.clauses.len()];
    for (finding, decision) in findings.iter().zip(&decisions) {
        if let (Outcome::Fail, Some(index)) = (decision.outcome, decision.clause) {
            counts[index].0 += 1;
            counts[index].1 += usize::from(!finding.is_suppressed());
        }
    }
    let mut failing: BTreeMap<(Option<Analysis>, Option<usize>), (usize, Level)> = BTreeMap::new();
    for (finding, decision) in findings.iter_mut().zip(decisions) {
        let limited = decision.clause.and_then(|index| Some((index, settings.clauses[index].max?)));
        let is_within = limited.is_some_and(|(index, max)| {
            let (all, counting) = counts[index];
            // An accepted one would fail only if it made one too many.
            max >= if finding.is_suppressed() { all } else { counting }
        });
        finding.outcome = if is_within { decision.outcome.min(Outcome::Warn) } else { decision.outcome };
        if finding.fails() {
            let analysis = finding.rule.analysis().filter(|_| limited.is_none());
            // Folders may have thresholds of their own.
            let (level, _) = settings.thresholds(finding.rule.analysis(), finding.location.path.as_str());
            let (count, least) = failing.entry((analysis, decision.clause)).or_insert((0, level));
            *count += 1;
            *least = level.min(*least);
        }
    }
    let condition = |((analysis, clause), (count, level)): ((Option<Analysis>, Option<usize>), (usize, Level))| {
        let clause = clause.map(|index| &settings.clauses[index]);
        let limit = clause.and_then(|clause| clause.max).map(|max| max as f64);
        Condition {
            analysis,
            fail_on: if clause.is_none() { Some(level) } else { None },
            count,
            place: clause.map(|clause| clause.place.clone()),
            limit: limit.map(|max| Limit { of: "findings".to_owned(), max, actual: count as f64 }),
        }
    };
    failing.into_iter().map(condition).collect()
}
