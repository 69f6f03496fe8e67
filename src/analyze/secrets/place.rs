//! Where a find stands: a credential in a test or in documentation is mostly none.

use std::cell::OnceCell;

use super::format::Format;
use crate::model::{Confidence, Target, TargetRole};

/// What the path of a file says. It belongs to one text: what was read from that is kept.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Below the root; empty when not known.
    pub path: String,
    /// A test, documentation, an example, or third-party code.
    pub is_for_show: bool,
    /// Documentation, a translation, a description of an interface: nothing in it is in use.
    pub is_document: bool,
    pub is_test: bool,
    pub is_rust: bool,
    /// The vectors of a test, published for everyone to try.
    pub is_vectors: bool,
    pub is_lockfile: bool,
    /// What it is written in.
    pub format: Format,
    /// Where the tests in a file of Rust start, when it was asked for.
    pub rust_tests: OnceCell<usize>,
}

impl Place {
    pub fn of(target: &Target) -> Place {
        let path = target.path.as_str();
        let file = target.path.file_name().to_ascii_lowercase();
        let extension = target.path.extension().unwrap_or_default().to_ascii_lowercase();
        let lower = path.to_ascii_lowercase();
        let is_test = target.role == TargetRole::Test || lower.split('/').any(is_test_part);
        Place {
            is_for_show: matches!(target.role, TargetRole::Test | TargetRole::Vendored)
                || matches!(extension.as_str(), "md" | "mdx" | "rst" | "adoc" | "ipynb" | "snap" | "po" | "pot")
                || lower
                    .split('/')
                    .any(|part| matches!(part, "t" | "unit" | "integration" | "e2e" | "man") || is_show_part(part))
                || ["readme", "changelog", "changes", "history"].iter().any(|name| file.starts_with(name)),
            is_document: matches!(extension.as_str(), "rst" | "adoc" | "po" | "pot" | "pod" | "man")
                || ["changelog", "changes", "history", "metadata", "pkg-info", "openapi", "swagger"]
                    .iter()
                    .any(|name| file.starts_with(name))
                || lower.split('/').any(is_document_part),
            is_test,
            is_rust: extension == "rs",
            is_vectors: is_test
                && lower.split(['/', '.', '-', '_']).any(|word| matches!(word, "vectors" | "testvectors")),
            is_lockfile: is_lockfile(&file, &extension),
            format: Format::of(&file, &extension),
            path: path.to_owned(),
            rust_tests: OnceCell::new(),
        }
    }

    /// Whether what stands at `at` is there to show or to test something.
    pub fn shows(&self, text: &str, at: usize) -> bool {
        self.is_for_show || is_shown(text, at) || self.is_in_rust_tests(text, at)
    }

    /// The most that a value without a format of its own can be: what a test made up is nobody's, while a key that somebody
    /// issued may have been copied from where it works.
    pub fn most(&self, text: &str, at: usize, is_issued: bool) -> Confidence {
        let is_test = self.is_test || self.is_in_rust_tests(text, at);
        let is_shown = is_test || self.format == Format::Markdown;
        if self.is_document || (is_shown && !is_issued) { Confidence::Low } else { Confidence::High }
    }

    /// Below `#[cfg(test)]`: by convention the tests are the last module of a file.
    fn is_in_rust_tests(&self, text: &str, at: usize) -> bool {
        self.is_rust && *self.rust_tests.get_or_init(|| end_of_test_marker(text)) <= at
    }

    /// Whether the shell or a template puts something else in place of (a part of) `value`.
    pub fn fills_in(&self, format: Format, value: &str) -> bool {
        let is_filled = matches!(format, Format::Shell | Format::Dockerfile | Format::DotEnv | Format::Properties);
        is_filled
            && value
                .split('$')
                .skip(1)
                .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "{(_@".contains(c)))
    }

    /// One step less where the file or the line is there to show something.
    pub fn lower(&self, text: &str, at: usize, confidence: Confidence) -> Confidence {
        if !self.shows(text, at) {
            return confidence;
        }
        match confidence {
            Confidence::High => Confidence::Medium,
            Confidence::Medium | Confidence::Low => Confidence::Low,
        }
    }
}

fn is_document_part(part: &str) -> bool {
    let part = part.split('.').next().unwrap_or(part);
    matches!(
        part,
        "doc"
            | "docs"
            | "man"
            | "documentation"
            | "locale"
            | "locales"
            | "i18n"
            | "lang"
            | "language"
            | "languages"
            | "translation"
            | "translations"
            | "tutorial"
            | "tutorials"
    )
}

fn is_test_part(part: &str) -> bool {
    let is_word =
        |word: &str| matches!(word, "test" | "tests" | "testing" | "spec" | "mock" | "mocks" | "molecule" | "e2e");
    part.split(['.', '-', '_']).any(is_word)
}

/// A folder or file name that says "for show".
fn is_show_part(part: &str) -> bool {
    let is_word = |word: &str| {
        matches!(
            word,
            "docs"
                | "doc"
                | "example"
                | "examples"
                | "sample"
                | "samples"
                | "demo"
                | "demos"
                | "tutorial"
                | "tutorials"
                | "fixture"
                | "fixtures"
                | "mock"
                | "mocks"
                | "bench"
                | "benches"
                | "benchmarks"
                | "test"
                | "tests"
                | "testing"
                | "testdata"
                | "testutil"
                | "testutils"
                | "documentation"
                | "playground"
                | "stories"
                | "locale"
                | "locales"
                | "i18n"
                | "language"
                | "languages"
                | "translation"
                | "translations"
                | "template"
                | "molecule"
                | "cassettes"
        )
    };
    part.split(['.', '-', '_']).any(is_word)
}

fn is_lockfile(file: &str, extension: &str) -> bool {
    extension == "lock"
        || matches!(
            file,
            "package-lock.json"
                | "npm-shrinkwrap.json"
                | "pnpm-lock.yaml"
                | "go.sum"
                | "packages.lock.json"
                | "uv.lock"
        )
}

/// A line of a doc comment or of an interactive session.
fn is_shown(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |newline| newline + 1);
    let line = before.get(start..).unwrap_or_default().trim_start();
    let markers =
        ["///", "//!", "* ", ">>>", "... ", "\"description\":", "description:", "placeholder:", "\"placeholder\":"];
    markers.iter().any(|marker| line.starts_with(marker)) || line.ends_with("e.g. ")
}

/// The end of the first attribute that says "only in tests"; beyond every place where there is none.
fn end_of_test_marker(text: &str) -> usize {
    let markers = [&b"#[cfg(test)]"[..], b"#[cfg(all(test"];
    let end = |marker: &[u8]| memchr::memmem::find(text.as_bytes(), marker).map(|start| start + marker.len());
    markers.into_iter().filter_map(end).min().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_compile_starts_at_the_first_marker() {
        let place = Place::of(&Target::at("src/a.rs"));
        let text = "let a = 1;\n#[cfg(all(test, unix))]\nlet b = 2;\n#[cfg(test)]\nlet c = 3;\n";
        let shows = |needle: &str| text.find(needle).map(|at| place.shows(text, at));
        assert_eq!([shows("a = 1"), shows("b = 2"), shows("c = 3")], [Some(false), Some(true), Some(true)]);
        let other = Place::of(&Target::at("src/a.c"));
        assert!(!other.shows(text, text.len()), "only in Rust");
    }

    #[test]
    fn test_vectors_and_the_text_of_an_input_field_are_told_from_what_is_in_use() {
        for (path, expected) in [
            ("tests/standard-vectors.rs", true),
            ("test-vectors/k3.json", true),
            ("src/vectors/client.rs", false),
            ("tests/vector.rs", false),
            ("src/vectorstores.py", false),
        ] {
            assert_eq!(Place::of(&Target::at(path)).is_vectors, expected, "{path}");
        }
        let place = Place::of(&Target::at("src/a.js"));
        for (text, expected) in
            [("placeholder: 'HERE'", true), ("hint('e.g. HERE')", true), ("value: 'HERE', placeholder: 'x'", false)]
        {
            assert_eq!(text.find("HERE").map(|at| place.shows(text, at)), Some(expected), "{text}");
        }
    }
}
