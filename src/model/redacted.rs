use std::fmt;

use serde::{Serialize, Serializer};

/// A secret of which only a shadow is kept: at most a quarter of its characters, and a keyed hash that tells two
/// secrets apart. The value itself is never stored, so nothing downstream can print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    shown: String,
    hash: String,
}

impl Redacted {
    pub fn new(secret: &str) -> Redacted {
        let count = secret.chars().count();
        // A quarter in all, split between both ends, and never more than four at either.
        let keep = (count / 8).min(4);
        let head: String = secret.chars().take(keep).collect();
        let tail: String = secret.chars().skip(count - keep).collect();
        let hash = blake3::Hasher::new_derive_key("gate 2026 secret fingerprint").update(secret.as_bytes()).finalize();
        Redacted { shown: format!("{head}…{tail}"), hash: hash.to_hex()[..32].to_string() }
    }

    /// A hash of the secret under a fixed key: equal for equal secrets.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Serialize for Redacted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_a_quarter_is_shown() {
        for length in 0..200 {
            let secret: String = ('a'..='z').cycle().take(length).collect();
            let shown = Redacted::new(&secret).to_string().chars().filter(|&c| c != '…').count();
            assert!(shown * 4 <= length, "{shown} of {length}");
        }
    }
}
