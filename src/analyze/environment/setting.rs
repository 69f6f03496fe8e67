//! A variable that a file of the deployment sets, and what kind of place it is set in.

use std::ops::Range;

use crate::document::Node;

/// `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    pub value: String,
    /// Of the value, in bytes.
    pub span: Range<usize>,
}

impl Setting {
    /// The value of `node`, unless another file or variable gives it.
    pub fn of(name: &str, node: &Node<'_>) -> Option<Setting> {
        let value = node.text().filter(|text| !text.contains(['$', '{']))?;
        Some(Setting { name: name.to_owned(), value: value.to_owned(), span: node.span.0..node.span.1 })
    }

    /// `NAME=value` as one text.
    pub fn of_pair(node: &Node<'_>) -> Option<Setting> {
        let (name, value) = node.text()?.split_once('=')?;
        if value.contains(['$', '{']) {
            return None;
        }
        Some(Setting { name: name.trim().to_owned(), value: value.trim().to_owned(), span: node.span.0..node.span.1 })
    }

    pub fn is_on(&self) -> bool {
        matches!(self.value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
    }

    pub fn is_off(&self) -> bool {
        matches!(self.value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
    }
}

/// What a deployment is for, as its file names and folders say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Production,
    /// Nothing is said.
    Any,
    Development,
}

impl Stage {
    pub fn of(path: &str) -> Stage {
        let lower = path.to_ascii_lowercase();
        let mut parts = lower.split(['/', '.', '-', '_']);
        let has = |words: &[&str]| lower.split(['/', '.', '-', '_']).any(|part| words.contains(&part));
        if has(&[
            "dev",
            "devel",
            "development",
            "local",
            "test",
            "tests",
            "testing",
            "ci",
            "e2e",
            "example",
            "examples",
            "sample",
            "demo",
            "devcontainer",
            "override",
            "debug",
            "fixtures",
            "tutorial",
            "quickstart",
            "playground",
            "sandbox",
        ]) {
            return Stage::Development;
        }
        if parts.any(|part| matches!(part, "prod" | "production" | "live" | "release")) {
            Stage::Production
        } else {
            Stage::Any
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_a_deployment_is_for() {
        for (path, stage) in [
            ("docker-compose.yml", Stage::Any),
            ("docker-compose.prod.yml", Stage::Production),
            ("deploy/production/compose.yaml", Stage::Production),
            ("compose.dev.yaml", Stage::Development),
            ("docker-compose.override.yml", Stage::Development),
            ("examples/prod/compose.yml", Stage::Development),
            ("product/compose.yml", Stage::Any),
        ] {
            assert_eq!(Stage::of(path), stage, "{path}");
        }
    }
}
