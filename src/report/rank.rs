//! How grave a finding is: for formats that show the gravest first, and for those with a scale of their own.

use std::cmp::Reverse;

use super::{Detail, property};
use crate::model::{Finding, Level, Outcome, Run};

/// Five steps, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Severity {
    /// By the score of the advisory, or else of the rule, cut where CVSS does; without one by the level.
    pub fn of(finding: &Finding) -> Severity {
        let of_advisory = property(finding, "security-severity").and_then(|score| score.as_str()?.parse::<f64>().ok());
        match of_advisory.or_else(|| finding.rule.security_severity.map(|severity| severity.score())) {
            Some(9.0..) => Severity::Critical,
            Some(7.0..) => Severity::High,
            Some(4.0..) => Severity::Medium,
            Some(_) => Severity::Low,
            None => match finding.level {
                Level::Error => Severity::High,
                Level::Warning => Severity::Medium,
                Level::Note => Severity::Low,
                Level::None => Severity::Info,
            },
        }
    }
}

/// Whether it waits for somebody to do something: nobody has accepted it, and the policy does not wave it through.
pub fn is_open(finding: &Finding) -> bool {
    !finding.is_suppressed() && finding.outcome != Outcome::Off
}

/// What people should look at: the open findings that were not known before or fail the gate all the same. Those that fail it
/// come first, then by level, severity and confidence; of equal ones in their order. With [`Detail::Everything`] also those
/// that were known, and those that the policy waves through.
pub fn gravest_first(run: &Run, detail: Detail) -> Vec<&Finding> {
    let is_shown = |finding: &&Finding| match detail {
        Detail::Everything => !finding.is_suppressed(),
        _ => finding.fails() || is_open(finding) && !finding.is_known(),
    };
    sorted(run.findings.iter().filter(is_shown).collect())
}

/// Those that fail the gate first, then by level, severity and confidence; of equal ones in their order.
pub fn sorted(mut findings: Vec<&Finding>) -> Vec<&Finding> {
    findings.sort_by_key(|finding| {
        (!finding.fails(), Reverse(finding.level), Severity::of(finding), Reverse(finding.confidence))
    });
    findings
}
