//! Rules: read from TOML, checked, packed at build time, and put together into the set that a run uses.

mod builtin;
pub mod check_digits;
mod checksum;
mod encoding;
mod error;
pub mod fixture;
mod flow;
mod formula;
mod raw;
mod raw_flow;
mod raw_pattern;
mod scm;
mod set;
mod template;
mod validate;

pub use checksum::{
    TOKEN_CHECKSUMS, base32_decode, base32_encode, base58check_decode, base58check_encode, bech32_checksum, crc16,
    crc32_base36, crc32_hex_reversed,
};
pub use encoding::{base64_decode, base64_encode, crc32_base62};
pub use error::RuleError;
pub use flow::read_flow_lists;
pub use set::RuleSet;
pub use validate::{FILTERS, VERIFIERS, parse_rule_file, read_rules};
