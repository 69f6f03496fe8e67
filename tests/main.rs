//! All integration tests in one binary: linking is what they cost most.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod baseline;
mod baseline_merges;
mod cli;
mod compliance;
mod config;
mod database;
mod dependencies;
mod docs;
mod dogfood;
mod exceptions;
mod exchange;
mod formats;
mod git;
mod hidden;
mod leaks;
mod leaks_reports;
mod markers;
mod metrics;
mod peers;
mod policy;
mod policy_conditions;
mod policy_folders;
mod reports;
mod robustness;
mod rules;
mod sbom;
mod shell;
mod support;
