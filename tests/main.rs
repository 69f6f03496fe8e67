//! All integration tests are one binary: linking is what they cost most.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod rules;
