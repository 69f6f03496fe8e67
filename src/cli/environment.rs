//! What the environment says of this run: its time and its name. Nothing here reads a clock: a report that told its own hour
//! would be another one every time.

use std::hash::{BuildHasher, Hasher, RandomState};

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

/// Variables by which CI systems call a run, those that belong together in one list.
const RUN_VARIABLES: &[&[&str]] = &[
    &["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"],
    &["CI_PIPELINE_ID", "CI_JOB_ID"],
    &["BUILD_TAG"],
    &["BITBUCKET_PIPELINE_UUID"],
    &["BUILD_BUILDID"],
    &["CIRCLE_WORKFLOW_JOB_ID"],
];

/// What the CI system calls this run.
pub fn run_id() -> Option<String> {
    let read = |names: &&[&str]| {
        let values = names.iter().map(|name| std::env::var(name).ok().filter(|value| is_run_id(value)));
        values.collect::<Option<Vec<String>>>().map(|values| values.join("-"))
    };
    RUN_VARIABLES.iter().find_map(read)
}

/// A name for a run that nobody called anything.
pub fn random_id() -> String {
    // The keys of the standard library's hash maps come from the system's random numbers.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Short and plain: it stands in reports and log lines of every kind.
pub fn is_run_id(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:/{}-".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(is_plain)
}
