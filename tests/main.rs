//! All integration tests in one binary: linking is what they cost most.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod database;
mod dependencies;
mod policy;
mod rules;
mod sbom;
mod support;
