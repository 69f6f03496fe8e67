//! All integration tests in one binary: one link.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod policy;
mod support;
