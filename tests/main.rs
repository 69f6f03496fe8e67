//! All integration tests in one binary: linking is what they cost most.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod bucket;
mod cli;
mod compliance;
mod config;
mod database;
mod dependencies;
mod docs;
mod dogfood;
mod git;
mod hidden;
mod leaks;
mod lockfiles;
mod markers;
mod metrics;
mod osv;
mod peers;
mod policy;
mod reports;
mod robustness;
mod rules;
mod sbom;
mod service;
mod support;
mod versions;
