//! The house keeps its plan: who imports whom, who owns which crate, where files are read and written, and that rules,
//! fixtures and pages match one to one. `docs/architecture.md` explains the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module → modules that it may import. An edge that nobody uses is as wrong as one that is missing.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("rulebook", &["model"]),
    ("source", &["model"]),
    ("syntax", &["model"]),
    ("document", &["model"]),
    ("lockfile", &["model", "document"]),
    ("version", &["model"]),
    ("advisory", &["model", "version"]),
    ("analyze", &["model", "rulebook", "syntax", "document", "lockfile", "advisory"]),
    ("policy", &["model"]),
    ("report", &["model"]),
    ("config", &["model", "analyze", "policy"]),
    ("scan", &["model", "config", "rulebook", "source", "syntax", "advisory", "analyze", "policy"]),
    ("cli", &["model", "config", "rulebook", "source", "lockfile", "advisory", "analyze", "policy", "report", "scan"]),
];

/// Crate → modules that may name it.
const CRATE_OWNERS: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("ctrlc", &["cli"]),
    ("tracing", &["scan", "cli"]),
    ("tracing_subscriber", &["cli"]),
    ("terminal_size", &["cli"]),
    ("rayon", &["scan"]),
    ("ignore", &["source"]),
    ("gix", &["source"]),
    ("tree_sitter", &["syntax"]),
    ("tree_sitter_python", &["syntax"]),
    ("tree_sitter_rust", &["syntax"]),
    ("tree_sitter_javascript", &["syntax"]),
    ("tree_sitter_typescript", &["syntax"]),
    ("ureq", &["advisory"]),
    ("rustsec", &["advisory"]),
    ("cvss", &["advisory"]),
    ("serde_sarif", &["report"]),
    ("indicatif", &["cli"]),
    ("roxmltree", &["document", "lockfile"]),
    ("saphyr_parser", &["document"]),
];

/// Text that only some modules may hold, outside tests.
const RESERVED: &[(&str, &[&str])] = &[
    ("fs::read", &["source", "config", "advisory", "cli"]),
    ("File::open", &["source", "config", "advisory", "cli"]),
    ("fs::write", &["advisory", "cli"]),
    ("File::create", &["advisory", "cli"]),
    ("env::var", &["cli"]),
    ("println!", &["cli"]),
    ("eprintln!", &["cli"]),
    ("process::exit", &[]),
];

/// Folders whose members do not know each other.
const SIBLINGS: &[&str] = &["analyze", "lockfile", "advisory", "report"];

/// Files of these folders that all members share.
const SHARED: &[&str] = &["mod", "hit", "finish", "authors", "clean", "rank", "words", "read"];

struct Source {
    path: PathBuf,
    /// The top-level module: `analyze` of src/analyze/code/mod.rs, `scan` of src/scan.rs.
    module: String,
    /// The member of it: `code`; `mod` for the module's own file.
    member: String,
    /// Without comments and without what follows `#[cfg(test)]`.
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, "rs", &mut files);
    assert!(files.len() > 40, "the sources were not found");
    files
        .into_iter()
        .map(|path| {
            let below: Vec<String> =
                path.strip_prefix(&root).unwrap().iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let stem = |name: &str| name.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code: Vec<String> = code.lines().map(without_text).collect();
            Source {
                module: stem(&below[0]),
                member: below.get(1).map_or("mod".to_owned(), |name| stem(name)),
                text: code.join("\n"),
                path,
            }
        })
        .filter(|source| !matches!(source.module.as_str(), "main" | "lib") && !source.path.ends_with("tests.rs"))
        .collect()
}

/// A line without comments and without what is quoted in it.
fn without_text(line: &str) -> String {
    let line = line.replace("\\\"", "");
    let code: String = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    code.split("//").next().unwrap_or_default().to_owned()
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, extension, files);
        } else if extension.is_empty() || path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
}

/// The first names after each `prefix::`: `a` of `prefix::a::B`, `a` and `b` of `prefix::{a::X, b}`.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in text.match_indices(prefix) {
        if text[..at].ends_with(|c: char| is_name(c) || c == ':') {
            continue;
        }
        let rest = &text[at + prefix.len()..];
        let first = |text: &str| text.trim_start().split(|c| !is_name(c)).next().unwrap_or_default().to_owned();
        match rest.strip_prefix('{') {
            None => {
                names.insert(first(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut start = 0;
                for (index, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            names.insert(first(&group[start..index]));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            names.insert(first(&group[start..index]));
                            start = index + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names.remove("");
    names
}

#[test]
fn imports_follow_the_table_and_the_table_follows_the_imports() {
    let modules: BTreeSet<&str> = IMPORTS.iter().map(|(module, _)| *module).collect();
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((module, allowed)) = IMPORTS.iter().find(|(module, _)| *module == source.module) else {
            panic!("{} is a module that the table does not know", source.module);
        };
        let mut imported = names_after(&source.text, "crate::");
        // `super::` from a module's own file reaches its siblings at the top.
        if source.path.parent().is_some_and(|parent| parent.ends_with("src")) {
            imported.extend(names_after(&source.text, "super::"));
        }
        for name in imported {
            if !modules.contains(name.as_str()) || name == source.module {
                continue;
            }
            if !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} imports {name}", source.path.display()));
            }
            used.entry(module).or_default().insert(name);
        }
    }
    for (module, allowed) in IMPORTS {
        for name in *allowed {
            if !used.get(module).is_some_and(|used| used.contains(*name)) {
                wrong.push(format!("{module} may import {name}, and nothing does"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn siblings_do_not_know_each_other() {
    let sources = sources();
    let mut wrong = Vec::new();
    for folder in SIBLINGS {
        let members: BTreeSet<&str> = sources
            .iter()
            .filter(|source| source.module == *folder && !SHARED.contains(&source.member.as_str()))
            .map(|source| source.member.as_str())
            .collect();
        for source in
            sources.iter().filter(|source| source.module == *folder && members.contains(source.member.as_str()))
        {
            let mut names = names_after(&source.text, &format!("crate::{folder}::"));
            names.extend(names_after(&source.text, "super::super::"));
            let is_direct = source.path.parent().is_some_and(|parent| parent.ends_with(folder));
            if is_direct || source.path.ends_with("mod.rs") {
                names.extend(names_after(&source.text, "super::"));
            }
            for name in names.iter().filter(|name| members.contains(name.as_str()) && **name != source.member) {
                if !ALLOWED_SIBLINGS.contains(&(folder, source.member.as_str(), name.as_str())) {
                    wrong.push(format!("{} imports its sibling {name}", source.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The advisory module is one mechanism in several files, and not a list of alternatives.
const ALLOWED_SIBLINGS: &[(&str, &str, &str)] = &[];

#[test]
fn crates_and_effects_have_owners() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, owners) in CRATE_OWNERS {
            let named = !names_after(&source.text, &format!("{name}::")).is_empty()
                || source.text.contains(&format!("use {name};"));
            if named && !owners.contains(&source.module.as_str()) {
                wrong.push(format!(
                    "{} uses the crate {name}, which belongs to {}",
                    source.path.display(),
                    owners.join(", ")
                ));
            }
        }
        for (text, owners) in RESERVED {
            if source.text.contains(text) && !owners.contains(&source.module.as_str()) {
                wrong.push(format!(
                    "{} holds `{text}`, which belongs to [{}]",
                    source.path.display(),
                    owners.join(", ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_is_listed_by_its_module() {
    for source in sources() {
        let file = source.path.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = source.path.parent().unwrap();
        let (name, lister) = if file == "mod" {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let above = folder.parent().unwrap();
            (name, if above.ends_with("src") { above.join("lib.rs") } else { above.join("mod.rs") })
        } else if folder.ends_with("src") {
            (file, folder.join("lib.rs"))
        } else {
            (file, folder.join("mod.rs"))
        };
        let text = fs::read_to_string(&lister).unwrap();
        let listed = text.lines().any(|line| {
            line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ") == format!("mod {name};")
        });
        assert!(listed, "{} is not listed in {}", source.path.display(), lister.display());
    }
}

#[test]
fn every_language_has_every_query() {
    let queries = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let names = |language: &str| {
        let mut files = Vec::new();
        collect(&queries.join(language), "scm", &mut files);
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect::<BTreeSet<_>>()
    };
    let python = names("python");
    assert!(python.len() >= 8);
    assert_eq!(names("rust"), python);
    assert_eq!(names("javascript"), python);
    // TypeScript adds to JavaScript's.
    assert!(names("typescript").is_subset(&python) && !names("typescript").is_empty());
}

#[test]
fn fixtures_belong_to_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stems = |folder: &str, extension: &str| {
        let mut files = Vec::new();
        collect(&root.join(folder), extension, &mut files);
        let stem = |path: &PathBuf| {
            let below = path.strip_prefix(root.join(folder)).unwrap();
            let name = below.file_name().unwrap().to_string_lossy();
            below.with_file_name(name.split('.').next().unwrap()).to_string_lossy().into_owned()
        };
        files.iter().map(stem).collect::<BTreeSet<_>>()
    };
    let rules = stems("rules", "toml");
    let fixtures = stems("fixtures", "");
    // These folders of fixtures belong to tests of their own.
    let free = ["lockfiles", "projects", "reports", "advisories", "database", "headers-projects", "headers-servers"];
    let orphans: Vec<&String> = fixtures
        .iter()
        .filter(|fixture| !free.iter().any(|folder| fixture.starts_with(&format!("{folder}/"))))
        .filter(|fixture| {
            !rules.contains(*fixture) && !rules.iter().any(|rule| fixture.starts_with(&format!("{rule}/")))
        })
        .collect();
    assert!(orphans.is_empty(), "fixtures without a rule: {orphans:?}");
}
