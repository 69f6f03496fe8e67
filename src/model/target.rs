use std::path::PathBuf;

use super::{Language, RelPath};

/// A file that the walk found and the scan will read.
#[derive(Clone, Debug)]
pub struct Target {
    /// Below the scan's root; what reports show.
    pub path: RelPath,
    /// Where to read it.
    pub absolute: PathBuf,
    /// In bytes, as the walk saw it.
    pub size: u64,
    /// By name; a file without an extension may still get one from its shebang once read.
    pub language: Option<Language>,
    pub role: TargetRole,
    /// In the index of a git repository; only known for `.env` files, where it decides.
    pub tracked: Option<bool>,
}

impl Target {
    /// A target that is judged by its path alone and is not read from there.
    pub fn at(path: &str) -> Target {
        let path = RelPath::new(path);
        Target {
            language: path.extension().and_then(Language::from_extension),
            role: TargetRole::of(&path),
            absolute: PathBuf::from(path.as_str()),
            size: 0,
            tracked: None,
            path,
        }
    }
}

/// What a file is for, judged by its path alone. Rules that are only noise in tests or scripts ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetRole {
    Source,
    /// A test, a fixture, or an example for one.
    Test,
    /// A script, a command-line entry point, an example or a benchmark: it prints because that is its work.
    Script,
    /// Third-party code that is kept in the repository.
    Vendored,
}

impl TargetRole {
    pub fn of(path: &RelPath) -> TargetRole {
        let lower = path.as_str().to_ascii_lowercase();
        let (folders, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
        let is_test_folder = |part: &str| {
            matches!(
                part,
                "test"
                    | "tests"
                    | "testing"
                    | "testdata"
                    | "test_data"
                    | "__tests__"
                    | "__mocks__"
                    | "spec"
                    | "specs"
                    | "e2e"
                    | "fixtures"
                    | "__fixtures__"
            ) || part.starts_with("test_")
                || part.ends_with("_test")
                || part.ends_with("_tests")
                || part.ends_with("-tests")
        };
        if folders.split('/').any(|part| {
            matches!(
                part,
                "node_modules"
                    | "bower_components"
                    | "vendor"
                    | "vendors"
                    | "third_party"
                    | "site-packages"
                    | "_vendor"
                    | "vendored"
            )
        }) {
            return TargetRole::Vendored;
        }
        if folders.split('/').any(is_test_folder)
            || stem == "test"
            || stem == "tests"
            || stem == "conftest"
            || stem.starts_with("test_")
            || stem.ends_with("_test")
            || stem.ends_with("_tests")
            || file.contains(".test.")
            || file.contains(".spec.")
            || file.contains("-test.")
        {
            return TargetRole::Test;
        }
        if folders.split('/').any(|part| {
            matches!(
                part,
                "scripts"
                    | "script"
                    | "bin"
                    | "tools"
                    | "examples"
                    | "example"
                    | "benches"
                    | "bench"
                    | "benchmarks"
                    | "cli"
                    | "cmd"
                    | "commands"
                    | "demo"
                    | "demos"
                    | "docs"
                    | "doc"
            )
        }) || matches!(
            stem,
            "cli" | "__main__" | "main" | "setup" | "build" | "manage" | "noxfile" | "gulpfile" | "console"
        ) || file.contains(".config.")
        {
            return TargetRole::Script;
        }
        TargetRole::Source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_the_conventions_of_each_ecosystem() {
        for (path, role) in [
            ("src/app.py", TargetRole::Source),
            ("src/contest.py", TargetRole::Source),
            ("pkg/test_app.py", TargetRole::Test),
            ("src/app.test.tsx", TargetRole::Test),
            ("crate/tests/all.rs", TargetRole::Test),
            ("scripts/release.py", TargetRole::Script),
            ("web/vite.config.ts", TargetRole::Script),
            ("node_modules/x/test/a.js", TargetRole::Vendored),
        ] {
            assert_eq!(TargetRole::of(&RelPath::new(path)), role, "{path}");
        }
    }
}
