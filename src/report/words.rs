//! A run in words, for the formats that people read: counts, reasons, what was looked at and what was not.

use std::collections::BTreeMap;

use super::Counts;
use crate::model::{Condition, NotificationKind, Rule, Run, Verdict};

/// A longer hint is left to `gate explain`.
const HINT_WIDTH: usize = 240;

/// The verdict, for a person.
pub fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Excepted(_) => "passed by exception",
        verdict => verdict.name(),
    }
}

/// What was found, what was looked at and what was not; `hint` follows the last.
pub fn facts(run: &Run, hint: &str) -> Vec<String> {
    let counts = Counts::of(run);
    let levels = [(counts.error, "error"), (counts.warning, "warning"), (counts.note, "note")];
    let found: Vec<String> =
        levels.iter().filter(|(count, _)| *count > 0).map(|(count, name)| plural(*count as u64, name)).collect();
    let failing =
        if run.verdict.conditions().is_empty() { String::new() } else { format!(" (failing: {})", failing(run)) };
    // `passed: 3 errors` would be a riddle.
    let harmless = counts.error > 0 && run.verdict.is_passed();
    let failing = if harmless { " (none fails the gate)".to_owned() } else { failing };
    let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
    let mut parts = vec![found + &failing];
    parts.extend(accepted(&counts, run.verdict.excepted()));
    if counts.unchanged > 0 {
        parts.push(format!("{} known before", grouped(counts.unchanged as u64)));
    }
    if counts.off > 0 {
        parts.push(format!("{} off by the policy", grouped(counts.off as u64)));
    }
    if counts.fixed > 0 {
        parts.push(format!("{} fixed", grouped(counts.fixed as u64)));
    }
    if run.coverage.below_confidence > 0 {
        parts.push(format!("{} below the confidence shown", grouped(run.coverage.below_confidence)));
    }
    parts.push(looked_at(run));
    parts.extend(not_looked_at(run).map(|missed| format!("not looked at: {missed}{hint}")));
    parts
}

/// Why it failed or is incomplete, one sentence each; none where it passed.
pub fn reasons(run: &Run) -> Vec<String> {
    let tell = |condition: &Condition| {
        if condition.limit.is_some() {
            return condition.describe_limit();
        }
        let owner = condition.analysis.map_or("the use of gate itself", |analysis| analysis.name());
        let level = condition.fail_on.map(|level| format!(" at {level} or above")).unwrap_or_default();
        let place = condition.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("{owner}: {}{level}{place}", plural(condition.count as u64, "finding"))
    };
    let doubts = match run.verdict.doubts() {
        0 => None,
        doubts => Some(format!("{} that should have been looked at and was not", plural(doubts as u64, "thing"))),
    };
    run.verdict.conditions().iter().map(tell).chain(doubts).collect()
}

/// The first thing to do about a finding of `rule`.
pub fn advice(rule: &Rule) -> String {
    match &rule.revoke {
        Some(place) => format!("Revoke it at {place}"),
        None => format!("Fix: {}", first_sentence(&rule.fix)),
    }
}

/// What someone accepted, and by which means.
fn accepted(counts: &Counts, failing: usize) -> Option<String> {
    let mut means = Vec::new();
    if counts.excepted > 0 {
        let would = if failing > 0 { format!(", {} of them failing", grouped(failing as u64)) } else { String::new() };
        means.push(format!("{} by exceptions{would}", grouped(counts.excepted as u64)));
    }
    if counts.suppressed_by_foreign_markers > 0 {
        means.push(format!("{} by other tools' markers", grouped(counts.suppressed_by_foreign_markers as u64)));
    }
    let means = if means.is_empty() { String::new() } else { format!(" ({})", means.join("; ")) };
    (counts.suppressed > 0).then(|| format!("{} accepted{means}", grouped(counts.suppressed as u64)))
}

/// The findings that fail the gate, by analysis.
fn failing(run: &Run) -> String {
    let tell = |condition: &Condition| {
        if let Some(limit) = &condition.limit {
            return limit.to_string();
        }
        let owner = condition.analysis.map_or("gate", |analysis| analysis.name());
        let place = condition.place.as_ref().map(|place| format!(" by {place}")).unwrap_or_default();
        format!("{} {owner}{place}", grouped(condition.count as u64))
    };
    run.verdict.conditions().iter().map(tell).collect::<Vec<_>>().join(", ")
}

fn looked_at(run: &Run) -> String {
    let mut seen = format!("{}, {}", plural(run.coverage.files, "file"), plural(run.coverage.lines, "line"));
    if run.coverage.packages > 0 {
        seen += &format!(", {}", plural(run.coverage.packages, "package"));
    }
    if run.coverage.objects > 0 {
        seen += &format!(", {} of the history", plural(run.coverage.objects, "object"));
    }
    seen
}

/// Notifications by kind, and what the configuration leaves out.
fn not_looked_at(run: &Run) -> Option<String> {
    let mut kinds: BTreeMap<NotificationKind, u64> = BTreeMap::new();
    for notification in run.notifications.iter().filter(|notification| notification.kind != NotificationKind::Note) {
        *kinds.entry(notification.kind).or_default() += 1;
    }
    let mut missed: Vec<String> = kinds.iter().map(|(kind, count)| counted(*kind, *count)).collect();
    if run.coverage.excluded > 0 {
        missed.push(format!("{} excluded", grouped(run.coverage.excluded)));
    }
    (!missed.is_empty()).then(|| missed.join(", "))
}

/// `3 unreadable`; of no input there is no number.
fn counted(kind: NotificationKind, count: u64) -> String {
    match kind {
        NotificationKind::NoInput => kind.describe().to_owned(),
        _ => format!("{} {}", grouped(count), kind.describe()),
    }
}

/// The first sentence of a text, on one line, cut where it is long.
pub fn first_sentence(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = line.split_once(". ").map_or(line.as_str(), |(first, _)| first);
    let sentence = sentence.trim_end_matches(['.', ':', ';']);
    if sentence.chars().count() <= HINT_WIDTH {
        return sentence.to_owned();
    }
    let cut: String = sentence.chars().take(HINT_WIDTH).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{words} …")
}

/// `1 file`, `1,200 files`.
pub fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `12345` as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
