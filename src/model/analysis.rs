use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the analyses that a scan consists of; `--only` and `--skip` take these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Analysis {
    Secrets,
    Code,
    Compliance,
    Dependencies,
    /// Data about persons; not among those that run unless asked for.
    Pii,
}

impl Analysis {
    pub const ALL: [Analysis; 5] =
        [Analysis::Secrets, Analysis::Code, Analysis::Compliance, Analysis::Dependencies, Analysis::Pii];

    /// Whether it runs without being asked for.
    pub fn is_default(self) -> bool {
        self != Analysis::Pii
    }

    pub fn name(self) -> &'static str {
        match self {
            Analysis::Secrets => "secrets",
            Analysis::Code => "code",
            Analysis::Compliance => "compliance",
            Analysis::Dependencies => "dependencies",
            Analysis::Pii => "pii",
        }
    }

    /// The analysis that rules of `group` (the part of a rule id before the slash) belong to; `None` for `gate/…`,
    /// which the tool reports about its own inputs, whatever was selected.
    pub fn of_group(group: &str) -> Option<Analysis> {
        match group {
            "secret" => Some(Analysis::Secrets),
            "pii" => Some(Analysis::Pii),
            "python" | "javascript" | "rust" | "quality" | "performance" | "security" => Some(Analysis::Code),
            "license" | "headers" | "env" => Some(Analysis::Compliance),
            "dependency" => Some(Analysis::Dependencies),
            _ => None,
        }
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
