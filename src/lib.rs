//! `gate`: one pass over a repository, one answer: may this change go in?

pub mod advisory;
pub mod analyze;
pub mod cli;
pub mod config;
pub mod document;
pub mod lockfile;
pub mod model;
pub mod policy;
pub mod report;
pub mod rulebook;
pub mod scan;
pub mod source;
pub mod syntax;
pub mod version;
