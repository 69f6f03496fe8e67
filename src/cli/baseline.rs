use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::args::{BaselineArgs, ScanArgs};
use super::output::{Failure, emit_text, plural, remark};
use super::scan::{Scanned, scanned};
use crate::config::{BASELINE_FILE, render_baseline};
use crate::model::{BaselineEntry, Notification, NotificationKind};
use crate::policy::{counted, entries};

/// Makes git keep the lines of both sides where two branches change the same place.
const ATTRIBUTES: &str = "baseline.jsonl merge=union\n";

pub fn run(args: &BaselineArgs) -> Result<u8, Failure> {
    let scanned = scanned(&options(args), false)?;
    let told = &scanned.run.notifications;
    if let Some(nothing) = told.iter().find(|one| one.kind == NotificationKind::NoInput) {
        return Err(Failure::new(format!("the baseline stays as it is: {}", nothing.message)));
    }
    let next = next(&scanned, args.prune);
    write(&scanned, &next.entries)?;
    emit_text(None, &summary(&scanned, &next, args.prune))?;
    let doubts: Vec<&Notification> = told.iter().filter(|one| one.kind.is_incomplete()).collect();
    for doubt in &doubts {
        let place = doubt.path.as_ref().map_or(String::new(), |path| format!("{path}: "));
        remark(&format!("{}: {place}{}", doubt.kind.describe(), doubt.message));
    }
    if !doubts.is_empty() {
        remark("what is there was not looked at and is not in the baseline, unless it was before");
    }
    Ok(if doubts.is_empty() { 0 } else { 2 })
}

/// A scan that compares with what is written so far.
fn options(args: &BaselineArgs) -> ScanArgs {
    ScanArgs {
        paths: args.paths.clone(),
        history: args.history,
        all_refs: args.all_refs,
        only: args.only.clone(),
        skip: args.skip.clone(),
        config: args.config.clone(),
        rules: args.rules.clone(),
        db: args.db.clone(),
        baseline_to_write: Some(args.file.clone()),
        ..ScanArgs::default()
    }
}

/// What is to be written, and how it differs from what is there.
struct Next {
    entries: Vec<BaselineEntry>,
    added: usize,
    removed: usize,
}

/// What is there without what is gone; and, unless it is only pruned, with all that was found. What was not looked at stays.
fn next(scanned: &Scanned, prune: bool) -> Next {
    let found = entries(&scanned.run.findings);
    let now: HashMap<&str, &BaselineEntry> = found.iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
    let former = scanned.baseline.as_ref().map_or(&[][..], |baseline| &baseline.entries);
    let former: Vec<&BaselineEntry> = former.iter().map(|(_, entry)| entry).collect();
    let known: HashSet<&str> = former.iter().map(|entry| entry.fingerprint.as_str()).collect();
    let gone: HashSet<&str> = scanned.run.absent.iter().map(|entry| entry.fingerprint.as_str()).collect();
    let mut entries = Vec::new();
    let mut removed = 0;
    for entry in &former {
        if gone.contains(entry.fingerprint.as_str()) {
            removed += 1;
        } else if let Some(now) = now.get(entry.fingerprint.as_str()) {
            entries.push(if prune { tightened(entry, now) } else { (*now).clone() });
        } else {
            entries.push((*entry).clone());
        }
    }
    let new: Vec<&BaselineEntry> =
        found.iter().filter(|entry| !prune && !known.contains(entry.fingerprint.as_str())).collect();
    entries.extend(new.iter().map(|entry| (*entry).clone()));
    let added = new.len();
    entries.sort();
    entries.dedup();
    Next { entries, added, removed }
}

/// What got better stays better: fewer of a kind, or less of a measure. Pruning lets nothing grow.
fn tightened(entry: &BaselineEntry, now: &BaselineEntry) -> BaselineEntry {
    let value = entry.value.map(|value| now.value.map_or(value, |now| now.min(value)));
    BaselineEntry { count: entry.count.min(now.count), value, ..entry.clone() }
}

fn write(scanned: &Scanned, entries: &[BaselineEntry]) -> Result<(), Failure> {
    let file = &scanned.baseline_file;
    let fault = |path: &Path, error: std::io::Error| {
        Failure::new(format!("the baseline could not be written: {}: {error}", path.display()))
    };
    let folder = file.path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder).map_err(|error| fault(folder, error))?;
    }
    emit_text(Some(&file.path), &render_baseline(entries))?;
    let attributes = folder.join(".gitattributes");
    if file.shown == BASELINE_FILE && scanned.run.root.join(".git").exists() && !attributes.exists() {
        emit_text(Some(&attributes), ATTRIBUTES)?;
    }
    Ok(())
}

fn summary(scanned: &Scanned, next: &Next, prune: bool) -> String {
    let file = scanned.baseline_file.path.display();
    let gone = if next.removed == 0 { String::new() } else { format!(", {} gone", next.removed) };
    let findings = counted(next.entries.len());
    if prune {
        let new = match scanned.run.findings.iter().filter(|one| one.fails() && one.rule.analysis().is_some()).count() {
            0 => String::new(),
            count => format!("; not added: {} that the gate fails on", plural(count, "finding")),
        };
        return format!("{file}: {findings}{gone}{new}\n");
    }
    format!("{file}: {findings} ({} new{gone}); commit it, and only what comes new fails the gate\n", next.added)
}
