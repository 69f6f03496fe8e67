//! Rules: read from TOML, checked, packed at build time, and put together into the set that a run uses.

mod builtin;
pub mod check_digits;
mod encoding;
mod error;
pub mod fixture;
mod raw;
mod scm;
mod set;
mod validate;

pub use encoding::{base64_decode, base64_encode, crc32_base62};
pub use error::RuleError;
pub use set::RuleSet;
pub use validate::{FILTERS, VERIFIERS, parse_rule_file, read_rules};
