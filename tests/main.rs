//! All integration tests are one binary: linking is what they cost most.

mod rules;
