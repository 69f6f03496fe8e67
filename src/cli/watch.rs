//! Scans again whenever a file changes. The tree is walked in intervals instead of watched by the system: a walk sees just what a
//! scan sees, on every file system, and needs no handle for each of ten thousand folders.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::args::ScanArgs;
use super::log::Log;
use super::output::{self, Failure};
use super::project::Place;
use super::scan;
use crate::rulebook::RuleSet;
use crate::scan::exclusions;
use crate::source::walk;

/// The time between two walks: at least this, and so much longer than a walk that watching takes a twentieth of a core.
const INTERVAL: Duration = Duration::from_millis(400);
const SHARE: u32 = 20;
/// Once something changed, nothing else may have for this long: an editor or a checkout writes many files.
const QUIET: Duration = Duration::from_millis(150);

enum Event {
    /// A scan is over, with this exit code.
    Judged(u8),
    Interrupt,
    /// The program itself failed, and has said so.
    Broken,
}

/// Ends with Ctrl-C, and with the exit code of the last scan that was over by then; 2 where none was.
pub fn run(args: ScanArgs) -> Result<u8, Failure> {
    let (events, received) = mpsc::channel();
    let interrupts = events.clone();
    ctrlc::set_handler(move || {
        // Nobody is left to tell when the program ends already.
        let _ = interrupts.send(Event::Interrupt);
    })
    .map_err(|error| Failure::new(format!("--watch cannot catch Ctrl-C: {error}")))?;
    // Not joined: an interrupt does not wait for a scan to be over.
    thread::spawn(move || {
        if panic::catch_unwind(AssertUnwindSafe(|| rescan(&args, &events))).is_err() {
            // Nobody is left to tell when the program ends already.
            let _ = events.send(Event::Broken);
        }
    });
    let mut last = 2;
    for event in received {
        match event {
            Event::Judged(code) => last = code,
            Event::Interrupt => break,
            Event::Broken => return Ok(2),
        }
    }
    Ok(last)
}

fn rescan(args: &ScanArgs, events: &Sender<Event>) {
    let log = Log::start(args);
    let mut seen = snapshot(args);
    loop {
        output::clear_terminal();
        // The configuration and the rules are read again too: they may be what changed.
        let code = scan::once(args, &log).unwrap_or_else(|failure| {
            output::complain(&failure);
            2
        });
        if events.send(Event::Judged(code)).is_err() {
            return;
        }
        output::remark(&format!("watching {}; Ctrl-C ends", output::plural(seen.len(), "file")));
        let now = changed(args, &seen);
        output::remark(&format!("changed: {}", difference(&seen, &now)));
        seen = now;
    }
}

/// What a scan would read: path, size and time of change of each file, sorted by path.
type Snapshot = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Waits until something is otherwise than `seen`, and no longer changes.
fn changed(args: &ScanArgs, seen: &Snapshot) -> Snapshot {
    let mut last = None;
    loop {
        let started = Instant::now();
        let now = snapshot(args);
        let pause = match &last {
            _ if now == *seen => INTERVAL.max(started.elapsed() * SHARE),
            Some(last) if now == *last => return now,
            _ => QUIET,
        };
        last = Some(now);
        thread::sleep(pause);
    }
}

fn snapshot(args: &ScanArgs) -> Snapshot {
    // Where nothing can be read there is nothing to see; the scan says why.
    let Ok(place) = Place::of(&args.paths) else { return Vec::new() };
    let rules = place.rules(args.rules.as_deref()).unwrap_or_else(|_| RuleSet::embedded());
    let config = place.config(args.config.as_deref(), &rules).unwrap_or_default();
    let walked = walk(&place.root, &place.paths, &exclusions(&config.scan));
    let mut files: Vec<PathBuf> = walked.targets.into_iter().map(|target| target.absolute).collect();
    files.extend(args.config.clone());
    files.sort();
    let state = |file: PathBuf| {
        let metadata = std::fs::metadata(&file).ok();
        let size = metadata.as_ref().map_or(0, |metadata| metadata.len());
        let time = metadata.and_then(|metadata| metadata.modified().ok());
        (file, size, time)
    };
    files.into_iter().map(state).collect()
}

/// The names of the first files that differ.
fn difference(before: &Snapshot, after: &Snapshot) -> String {
    const SHOWN: usize = 3;
    let (old, new): (std::collections::HashSet<_>, std::collections::HashSet<_>) =
        (before.iter().collect(), after.iter().collect());
    let mut names: Vec<&Path> = old.symmetric_difference(&new).map(|(file, ..)| file.as_path()).collect();
    names.sort();
    names.dedup();
    let short = |file: &&Path| file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let shown: Vec<String> = names.iter().take(SHOWN).map(short).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
