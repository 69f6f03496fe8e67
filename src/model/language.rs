use std::fmt;

use serde::{Deserialize, Serialize};

/// A programming language that is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Python,
    Rust,
    JavaScript,
    TypeScript,
    Tsx,
}

impl Language {
    pub const ALL: [Language; 5] =
        [Language::Python, Language::Rust, Language::JavaScript, Language::TypeScript, Language::Tsx];

    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::Rust => "rust",
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Tsx => "tsx",
        }
    }

    pub fn from_name(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }

    /// By file extension; JSX is part of the JavaScript grammar.
    pub fn from_extension(extension: &str) -> Option<Language> {
        Some(match extension {
            "py" | "pyi" | "pyw" => Language::Python,
            "rs" => Language::Rust,
            "js" | "jsx" | "mjs" | "cjs" => Language::JavaScript,
            "ts" | "mts" | "cts" => Language::TypeScript,
            "tsx" => Language::Tsx,
            _ => return None,
        })
    }

    /// By the interpreter that a `#!` line names.
    pub fn from_shebang(first_line: &str) -> Option<Language> {
        let command = first_line.strip_prefix("#!")?;
        let mut words = command.split_whitespace();
        let mut program = words.next()?.rsplit('/').next()?;
        if program == "env" {
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
            program = program.rsplit('/').next()?;
        }
        let stem = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        match stem {
            "python" | "pypy" => Some(Language::Python),
            "node" | "nodejs" | "bun" => Some(Language::JavaScript),
            "deno" | "ts-node" | "tsx" => Some(Language::TypeScript),
            "rust-script" => Some(Language::Rust),
            _ => None,
        }
    }

    /// JavaScript and its typed relatives share rules, imports and queries.
    pub fn is_javascript_like(self) -> bool {
        matches!(self, Language::JavaScript | Language::TypeScript | Language::Tsx)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shebangs_name_the_interpreter_however_it_is_called() {
        for (line, language) in [
            ("#!/usr/bin/python3.11", Some(Language::Python)),
            ("#!/usr/bin/env -S PYTHONPATH=. python3 -u", Some(Language::Python)),
            ("#! /usr/bin/env node", Some(Language::JavaScript)),
            ("#!/usr/bin/env -S deno run", Some(Language::TypeScript)),
            ("#!/bin/sh", None),
            ("print('no shebang')", None),
        ] {
            assert_eq!(Language::from_shebang(line), language, "{line}");
        }
    }
}
