//! What GitLab reads: the Code Quality report, and its security reports after schema 15.

mod codequality;
mod security;

pub use self::codequality::CodeQuality;
pub use self::security::{DEPENDENCY_SCANNING, SAST, SECRET_DETECTION};
