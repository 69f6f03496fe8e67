//! What the environment says of this run: its time and its name. Nothing here reads a clock: a report that told its own hour
//! would be another one every time.

use jiff::Timestamp;

/// The time that builds agree on, if they do.
pub fn source_date() -> Option<Timestamp> {
    let seconds = std::env::var("SOURCE_DATE_EPOCH").ok()?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

/// When the run was, for reports that must say so: the time that builds agree on, or when GitLab started the job.
pub fn run_time() -> Option<String> {
    let started = || std::env::var("CI_JOB_STARTED_AT").ok()?.parse().ok();
    let time = source_date().or_else(started)?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}
