//! All integration tests in one binary: one link.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod config;
mod docs;
mod policy;
mod reports;
mod support;
