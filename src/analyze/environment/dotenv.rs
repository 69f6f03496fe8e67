//! `.env` files: assignments, one a line, as the shells and the dotenv libraries read them.

use std::ops::Range;

/// `NAME=value`, with the place of the value without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment<'t> {
    pub name: &'t str,
    pub value: &'t str,
    pub span: Range<usize>,
}

/// What a file of this name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Read by the program: it holds what is secret.
    Live,
    /// As `Live`, for tests and continuous integration: what it holds opens nothing of worth.
    Test,
    /// A script for direnv, `.envrc`: it sets what a developer needs.
    Shell,
    /// Shows which variables there are, and is meant to be committed.
    Example,
}

pub fn kind(file_name: &str) -> Option<Kind> {
    let lower = file_name.to_ascii_lowercase();
    let is_env = lower == ".env"
        || lower.strip_prefix(".env").is_some_and(|rest| rest.starts_with(['.', '-', '_']))
        || lower.ends_with(".env")
        || matches!(lower.as_str(), "env.prod" | "env.production" | "env.staging" | "env.local" | "env.dev");
    let is_shown =
        ["example", "sample", "template", "dist", "tpl", "default", "schema"].iter().any(|word| lower.contains(word));
    if is_shown && (is_env || lower.starts_with("env.")) {
        return Some(Kind::Example);
    }
    if lower == ".envrc" || lower.starts_with(".envrc.") {
        return Some(Kind::Shell);
    }
    // Sealed files, and what is no list of assignments.
    if !is_env
        || [".vault", ".enc", ".gpg", ".age", ".ts", ".js", ".py", ".md", ".d", ".json", ".yml", ".yaml"]
            .iter()
            .any(|end| lower.ends_with(end))
    {
        return None;
    }
    let is_test = lower.split(['.', '-', '_']).any(|part| matches!(part, "test" | "testing" | "ci" | "e2e"));
    Some(if is_test { Kind::Test } else { Kind::Live })
}

/// The assignments of a file, in order.
pub fn assignments(text: &str) -> Vec<Assignment<'_>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        found.extend(assignment(line, offset));
        offset += line.len();
    }
    found
}

fn assignment(line: &str, offset: usize) -> Option<Assignment<'_>> {
    let content = line.trim_start();
    if content.starts_with('#') {
        return None;
    }
    let (name, rest) = content.split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) {
        return None;
    }
    let start = offset + line.len() - rest.len();
    let raw = rest.trim_start_matches([' ', '\t']);
    let start = start + rest.len() - raw.len();
    for quote in ['"', '\''] {
        if let Some(inner) = raw.strip_prefix(quote) {
            // A value of several lines: what stands on the first is enough to judge it.
            let value = inner.split_once(quote).map_or(inner.trim_end(), |(value, _)| value);
            return Some(Assignment { name, value, span: start + 1..start + 1 + value.len() });
        }
    }
    let value = raw.split(" #").next().unwrap_or(raw).trim_end();
    let value = if raw.starts_with('#') { "" } else { value };
    Some(Assignment { name, value, span: start..start + value.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_dotenv_does() {
        let text = "# A=1\nexport B = \"two words\" # c\r\nC='x#y'\nD=plain # note\nE=\n  F=a=b\nno assignment\n";
        let found = assignments(text);
        let pairs: Vec<(&str, &str)> = found.iter().map(|one| (one.name, one.value)).collect();
        assert_eq!(pairs, [("B", "two words"), ("C", "x#y"), ("D", "plain"), ("E", ""), ("F", "a=b")]);
        assert!(found.iter().all(|one| &text[one.span.clone()] == one.value));
        assert_eq!(found[3].span.start, text.find("E=").unwrap_or_default() + 2);
    }

    #[test]
    fn names_tell_what_a_file_is_for() {
        for (name, expected) in [
            (".env", Some(Kind::Live)),
            (".env.production", Some(Kind::Live)),
            ("prod.env", Some(Kind::Live)),
            ("env.prod", Some(Kind::Live)),
            (".env_staging", Some(Kind::Live)),
            (".env.production.local", Some(Kind::Live)),
            (".env.bak", Some(Kind::Live)),
            (".env.keys", Some(Kind::Live)),
            (".env.test", Some(Kind::Test)),
            (".env_ci", Some(Kind::Test)),
            (".env.example", Some(Kind::Example)),
            ("env.sample", Some(Kind::Example)),
            ("example.env", Some(Kind::Example)),
            (".env.defaults", Some(Kind::Example)),
            (".env.local.dist", Some(Kind::Example)),
            (".env.vault", None),
            ("env.ts", None),
            (".envrc", Some(Kind::Shell)),
            ("environment.rs", None),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }
}
