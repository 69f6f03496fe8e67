//! The licence that a file states of itself: `SPDX-License-Identifier` in a comment of its first lines.

use std::ops::Range;
use std::sync::Arc;

use super::expression;
use super::judge;
use super::settings::Settings;
use crate::analyze::{Analyzer, Context, File, Sink};
use crate::model::{Analysis, RelPath, Rule, Target, TargetRole};

/// A licence that one file states.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileLicense {
    pub path: RelPath,
    pub expression: String,
    /// Of the expression, in bytes.
    pub span: (usize, usize),
}

const TAG: &str = "SPDX-License-Identifier:";

/// It stands in the first lines; further down is text that speaks of such tags.
const DEEPEST: usize = 4096;

/// The comments of a language by the extensions of its files: what a line begins and ends with.
const COMMENTS: &[(&[&str], &str, &str)] = &[
    (
        &[
            "rs", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "c", "h", "cc", "cpp", "cxx", "hh", "hpp",
            "java", "kt", "kts", "swift", "go", "scala", "cs", "dart", "php", "proto", "zig", "groovy", "scss", "less",
            "sol",
        ],
        "// ",
        "",
    ),
    (&["py", "pyi", "sh", "bash", "zsh", "rb", "pl", "pm", "r", "R", "ex", "exs", "tf", "nix", "jl", "ps1"], "# ", ""),
    (&["sql", "lua", "hs", "elm", "adb", "ads"], "-- ", ""),
    (&["css"], "/* ", " */"),
    (&["html", "vue", "svelte"], "<!-- ", " -->"),
    (&["el", "clj", "cljs", "lisp", "scm"], ";; ", ""),
    (&["erl", "hrl", "tex"], "% ", ""),
];

/// How a line of comment begins and ends in the file.
fn comment_of(path: &RelPath) -> Option<(&'static str, &'static str)> {
    let extension = path.extension()?;
    COMMENTS.iter().find(|(extensions, ..)| extensions.contains(&extension)).map(|(_, open, close)| (*open, *close))
}

/// Whether a file of this name is expected to state its licence.
pub fn is_expected(target: &Target) -> bool {
    let is_own = matches!(target.role, TargetRole::Source | TargetRole::Script | TargetRole::Test);
    is_own && target.size > 0 && comment_of(&target.path).is_some()
}

/// The line that is missing in the file, and the number of the line that it should be.
pub fn missing_line(path: &RelPath, text: &str, expression: &str) -> Option<(String, u32)> {
    let (open, close) = comment_of(path)?;
    // What must stand first stays there.
    let is_first =
        |line: &str| ["#!", "<?xml", "<?php", "<!DOCTYPE", "<!doctype"].iter().any(|it| line.starts_with(it));
    let is_coding = |line: &str| line.starts_with('#') && line.contains("coding");
    let before = text.lines().take(2).take_while(|line| is_first(line) || is_coding(line)).count();
    Some((format!("{open}{TAG} {expression}{close}"), before as u32 + 1))
}

/// The licence that the text states, with its place.
pub fn stated(text: &str) -> Option<(&str, Range<usize>)> {
    let head = text.get(..text.floor_char_boundary(DEEPEST)).unwrap_or(text);
    let (at, _) = head.match_indices(TAG).find(|(at, _)| {
        let line = head.get(..*at).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        // In a comment there are only its signs before it.
        let before = line.trim().trim_start_matches(['\u{feff}']);
        before.chars().all(|c| !c.is_alphanumeric() && !matches!(c, '\'' | '`' | '=' | '<' | '{' | '('))
            || before == "<!--"
            || before == "(*"
            || before == "{-"
            || before.eq_ignore_ascii_case("dnl")
            || before.eq_ignore_ascii_case("rem")
    })?;
    let start = at + TAG.len();
    let line = text.get(start..)?.lines().next()?;
    let end = ["*/", "-->", "*)", "-}", "#}", "%}", "\"\"\""].iter().filter_map(|close| line.find(close)).min();
    let stated = line.get(..end.unwrap_or(line.len()))?;
    let from = start + stated.len() - stated.trim_start().len();
    let stated = stated.trim();
    (!stated.is_empty()).then_some((stated, from..from + stated.len()))
}

/// Reads the headers, judges each for itself, and hands them on for the project.
pub struct LicenseHeaders {
    invalid: Option<Arc<Rule>>,
    denied: Option<Arc<Rule>>,
    /// Whether anybody compares them with the project's licence.
    is_compared: bool,
    settings: Settings,
}

impl LicenseHeaders {
    pub fn new(context: &Context<'_>) -> LicenseHeaders {
        let rule = |id: &str| context.rules.get(id).cloned();
        LicenseHeaders {
            invalid: rule("license/invalid-expression"),
            denied: rule("license/denied"),
            is_compared: rule("license/header-mismatch").is_some() || rule("license/file-header").is_some(),
            settings: context.licenses.clone(),
        }
    }
}

impl Analyzer for LicenseHeaders {
    fn name(&self) -> &'static str {
        "licence headers"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, target: &Target) -> bool {
        (self.invalid.is_some() || self.denied.is_some() || self.is_compared)
            && matches!(target.role, TargetRole::Source | TargetRole::Script)
            && comment_of(&target.path).is_some()
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        let Some((text, span)) = stated(&file.source.text) else { return };
        let judged = judge::expression(text, &span, self.invalid.as_ref(), self.denied.as_ref(), &self.settings);
        judged.hits.into_iter().for_each(|hit| sink.report(hit));
        if self.is_compared && expression::meant(text).is_some() {
            let path = file.source.target.path.clone();
            sink.licenses = Some(FileLicense { path, expression: text.to_owned(), span: (span.start, span.end) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_in_any_comment_and_nowhere_else() {
        for (text, expected) in [
            ("// SPDX-License-Identifier: MIT\n", Some("MIT")),
            ("#!/bin/sh\n# SPDX-License-Identifier: MIT OR Apache-2.0\r\n", Some("MIT OR Apache-2.0")),
            (
                "/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) */",
                Some("(GPL-2.0-only WITH Linux-syscall-note)"),
            ),
            ("/*\n * SPDX-License-Identifier: ISC\n */", Some("ISC")),
            ("<!-- SPDX-License-Identifier: MIT -->", Some("MIT")),
            ("\"\"\"SPDX-License-Identifier: MIT\"\"\"", Some("MIT")),
            ("let tag = \"SPDX-License-Identifier: MIT\";", None),
            ("# see SPDX-License-Identifier: MIT", None),
            ("# SPDX-License-Identifier:\n", None),
        ] {
            assert_eq!(stated(text).map(|(text, _)| text), expected, "{text}");
            if let Some((stated, span)) = stated(text) {
                assert_eq!(&text[span], stated);
            }
        }
        let deep = format!("{}// SPDX-License-Identifier: MIT\n", "é\n".repeat(3000));
        assert_eq!(stated(&deep), None);
    }

    #[test]
    fn the_missing_line_is_a_comment_behind_what_must_stand_first() {
        for (path, text, expected) in [
            ("a.rs", "fn main() {}", Some(("// SPDX-License-Identifier: MIT", 1))),
            (
                "a.py",
                "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\nx = 1",
                Some(("# SPDX-License-Identifier: MIT", 3)),
            ),
            ("a.css", "a {}", Some(("/* SPDX-License-Identifier: MIT */", 1))),
            ("a.html", "<!DOCTYPE html>\n<p>", Some(("<!-- SPDX-License-Identifier: MIT -->", 2))),
            ("a.php", "<?php\nx();", Some(("// SPDX-License-Identifier: MIT", 2))),
            ("a.md", "x", None),
        ] {
            let found = missing_line(&RelPath::new(path), text, "MIT");
            assert_eq!(found, expected.map(|(line, number)| (line.to_owned(), number)), "{path}");
        }
    }
}
