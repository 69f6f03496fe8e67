//! Lockfiles held against a small advisory database (`fixtures/lockfiles/rustsec`, its advisories invented).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gate::advisory::{self, AdvisorySource};
use gate::analyze::{
    Context, DependencySettings, Hit, LicenseSettings, PROJECT_ANALYZERS, ProjectSink, SecretMask, Tree,
};
use gate::model::{Encoding, Level, NotificationKind, RelPath, SourceFile, Target, TargetRole};
use gate::rulebook::RuleSet;

pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

pub fn target(path: &str) -> Target {
    let path = RelPath::new(path);
    Target { role: TargetRole::of(&path), path, absolute: PathBuf::new(), size: 0, language: None, tracked: None }
}

pub fn file(path: &str, text: &str) -> SourceFile {
    SourceFile::new(target(path), text.to_owned(), Encoding::Utf8)
}

/// What the analyzer says of a tree of `files` and further paths, against `advisories`.
fn analyze(
    files: &[SourceFile],
    others: &[&str],
    settings: DependencySettings,
    advisories: Result<&dyn AdvisorySource, String>,
) -> ProjectSink {
    let (rules, licenses) = (RuleSet::embedded(), LicenseSettings::default());
    let mask = Arc::new(SecretMask::new(&rules));
    let context = Context { rules: &rules, licenses: &licenses, dependencies: &settings, mask, advisories };
    let analyzers: Vec<_> = PROJECT_ANALYZERS.iter().map(|make| make(&context)).collect();
    let analyzer = analyzers.iter().find(|analyzer| analyzer.name() == "dependencies").unwrap();
    let mut targets: Vec<Target> = files.iter().map(|file| file.target.clone()).collect();
    targets.extend(others.iter().map(|path| target(path)));
    let wanted: Vec<&SourceFile> = files.iter().filter(|file| analyzer.wants(&file.target)).collect();
    let mut sink = ProjectSink::default();
    let tree = Tree { files: &wanted, targets: &targets, licenses: None, read: &|_| None };
    analyzer.analyze(&tree, &mut sink);
    sink
}

fn small_database() -> advisory::Database {
    advisory::open(Some(&fixture("lockfiles/rustsec")), Path::new("")).unwrap()
}

fn audit(text: &str) -> ProjectSink {
    analyze(&[file("Cargo.lock", text)], &[], DependencySettings::default(), Ok(&small_database()))
}

fn notes(sink: &ProjectSink, kind: NotificationKind) -> Vec<&str> {
    let of_kind = sink.notifications.iter().filter(|notification| notification.kind == kind);
    of_kind.map(|notification| notification.message.as_str()).collect()
}

fn hit<'a>(sink: &'a ProjectSink, identity: &str) -> &'a Hit {
    let found = sink.hits.iter().find(|(_, hit)| hit.identity.as_deref() == Some(identity));
    &found.unwrap_or_else(|| panic!("no hit {identity}")).1
}

fn property<'a>(hit: &'a Hit, key: &str) -> &'a serde_json::Value {
    &hit.properties.iter().find(|(name, _)| *name == key).unwrap().1
}

/// What is found (rule id, 1-based line) in a lockfile with this `text`: `tests/rules.rs` compares it with the comments there.
pub fn findings_of(text: &str) -> Vec<(String, u32)> {
    let source = file("Cargo.lock", text);
    let sink = audit(text);
    let place = |hit: &Hit| (hit.rule.id.as_str().to_owned(), source.region(hit.span.clone()).start_line);
    sink.hits.iter().map(|(_, hit)| place(hit)).collect()
}

#[test]
fn a_finding_says_what_to_do_and_who_pulls_it_in() {
    let text = fs::read_to_string(fixture("dependency/vulnerable.lock")).unwrap();
    let sink = audit(&text);
    let found = hit(&sink, "leaky-parser@1.2.8 RUSTSEC-2021-9001");
    assert_eq!(
        found.message,
        "leaky-parser 1.2.8: Header of zero length reads past the buffer (RUSTSEC-2021-9001); update to 1.2.9; \
         introduced by app → middle → leaky-parser"
    );
    assert_eq!(&text[found.span.clone()], "name = \"leaky-parser\"\nversion = \"1.2.8\"");
    assert_eq!(property(found, "fixed"), "1.2.9");
    assert_eq!(property(found, "security-severity"), "9.8");
    assert_eq!(property(found, "severity"), "critical");
    assert_eq!(property(found, "purl"), "pkg:cargo/leaky-parser@1.2.8");
    assert_eq!(property(found, "aliases"), &serde_json::json!(["CVE-2021-99001", "GHSA-aaaa-bbbb-cccc"]));
    assert_eq!(property(found, "functions"), &serde_json::json!(["leaky_parser::Header::read"]));
    assert_eq!(property(found, "path"), &serde_json::json!(["app", "middle", "leaky-parser"]));
    assert!(found.properties.is_sorted_by_key(|(key, _)| *key));
    assert_eq!(property(hit(&sink, "leaky-parser@2.0.3 RUSTSEC-2021-9001"), "fixed"), "2.0.4");
    assert_eq!(property(hit(&sink, "fourth-score@0.3.1 RUSTSEC-2024-9004"), "fixed"), "0.3.2");
}

#[test]
fn a_low_score_is_a_warning_and_no_score_is_an_error() {
    let sink = audit(&fs::read_to_string(fixture("dependency/vulnerable.lock")).unwrap());
    for (identity, level, severity) in [
        ("leaky-parser@1.2.8 RUSTSEC-2021-9001", Level::Error, "critical"),
        ("fourth-score@0.3.1 RUSTSEC-2024-9004", Level::Error, "critical"),
        ("slow-regexp@0.4.9 RUSTSEC-2022-9002", Level::Warning, "medium"),
        ("unscored-flaw@0.1.0 RUSTSEC-2023-9003", Level::Error, "unscored"),
    ] {
        let found = hit(&sink, identity);
        assert_eq!((found.level, property(found, "severity").as_str().unwrap()), (level, severity), "{identity}");
    }
    let unscored = hit(&sink, "unscored-flaw@0.1.0 RUSTSEC-2023-9003");
    assert!(unscored.message.contains("no fixed version"), "{}", unscored.message);
    assert!(unscored.properties.iter().all(|(key, _)| *key != "security-severity"));
}

/// The `rustsec` crate's own way through a whole database, against ours.
#[test]
fn the_verdicts_are_those_of_the_rustsec_crate() {
    for (rule, count) in [("vulnerable", 5), ("unsound", 2), ("unmaintained", 2), ("notice", 2)] {
        let text = fs::read_to_string(fixture(&format!("dependency/{rule}.lock"))).unwrap();
        let (ours, theirs) = both_ways(&fixture("lockfiles/rustsec"), &text);
        assert_eq!(ours, theirs);
        assert_eq!(ours.len(), count, "{rule}");
    }
}

/// The same at full size, for whoever has a checkout: `GATE_ADVISORIES=DIR GATE_LOCKFILE=FILE cargo test -- --ignored --nocapture full_size`.
#[test]
#[ignore = "needs a RustSec checkout and a lockfile, named by GATE_ADVISORIES and GATE_LOCKFILE"]
#[allow(clippy::print_stdout, reason = "its figures are for the person who runs it")]
fn full_size() {
    let database = PathBuf::from(std::env::var("GATE_ADVISORIES").unwrap());
    let text = fs::read_to_string(std::env::var("GATE_LOCKFILE").unwrap()).unwrap();
    let (ours, theirs) = both_ways(&database, &text);
    assert_eq!(ours, theirs);
    println!("{} findings, the same ones both ways", ours.len());

    let cache = tempfile::tempdir().unwrap();
    let request = advisory::Update {
        source: database.to_str(),
        cache: cache.path(),
        offline: true,
        limits: advisory::Limits::default(),
    };
    let started = std::time::Instant::now();
    let status = advisory::update(&request, &|_, _| {}).unwrap();
    println!(
        "update from a folder: {:?}, {} advisories, newest {:?}, problems {:?}",
        started.elapsed(),
        status.advisories,
        status.newest,
        status.problems
    );
    for (name, path) in [("checkout", Some(database.as_path())), ("cache", None)] {
        let started = std::time::Instant::now();
        let source = advisory::open(path, cache.path()).unwrap();
        let opened = started.elapsed();
        let sink = analyze(&[file("Cargo.lock", &text)], &[], DependencySettings::default(), Ok(&source));
        println!(
            "{name}: open {opened:?}, open and analyse {:?}, {} packages, {} findings, {:?}",
            started.elapsed(),
            sink.inventories[0].packages.len(),
            sink.hits.len(),
            sink.notifications.iter().map(|notification| notification.message.as_str()).collect::<Vec<_>>()
        );
        assert_eq!(sink.hits.len(), theirs.len());
        println!("{}", source.describe());
    }
}

/// `kind package@version advisory` of everything that is found, as we see it and as the crate does.
fn both_ways(database: &Path, text: &str) -> (Vec<String>, Vec<String>) {
    let source = advisory::open(Some(database), Path::new("")).unwrap();
    let sink = analyze(&[file("Cargo.lock", text)], &[], DependencySettings::default(), Ok(&source));
    let identities =
        sink.hits.iter().filter_map(|(_, hit)| Some(format!("{} {}", hit.rule.id.slug(), hit.identity.as_ref()?)));
    let mut ours: Vec<String> = identities.collect();
    ours.sort();
    let lockfile: rustsec::Lockfile = text.parse().unwrap();
    let whole = rustsec::Database::open(database).unwrap();
    let mut all = whole.vulnerabilities(&lockfile);
    all.extend(whole.query_vulnerabilities(&lockfile, &rustsec::database::Query::crate_scope().informational(true)));
    let named = all.iter().map(|one| {
        let kind = one.advisory.informational.as_ref().map_or("vulnerable", |kind| kind.as_str());
        format!("{kind} {}@{} {}", one.package.name, one.package.version, one.advisory.id)
    });
    let mut theirs: Vec<String> = named.collect();
    theirs.sort();
    (ours, theirs)
}

#[test]
fn a_missing_database_is_said_as_often_as_it_matters() {
    let text = fs::read_to_string(fixture("dependency/notice.lock")).unwrap();
    let missing = || Err("no advisory database was downloaded yet: run `gate db update`".to_owned());
    let sink = analyze(&[file("Cargo.lock", &text)], &[], DependencySettings::default(), missing());
    let said = notes(&sink, NotificationKind::AnalysisNotRun);
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("4 packages were not checked: no advisory database"), "{}", said[0]);
    assert!(said[0].ends_with("run `gate db update`"), "{}", said[0]);
    assert_eq!(sink.inventories.len(), 1, "the inventory is known all the same");
    let sink = analyze(&[], &["src/main.py"], DependencySettings::default(), missing());
    assert!(sink.notifications.is_empty(), "nothing to check, nothing missed");
}

#[test]
fn what_was_not_looked_at_is_said() {
    let broken = "version = 4\n\n[[package]]\nname = \"a\"\n<<<<<<< ours\nversion = \"1\"\n";
    let files = [file("one/Cargo.lock", broken), file("vendor/x/Cargo.lock", broken)];
    let others = [
        "two/Cargo.lock",
        "web/package-lock.json",
        "web/bun.lockb",
        "web/node_modules/x/yarn.lock",
        "lone/Cargo.toml",
        "one/crates/a/Cargo.toml",
    ];
    let sink = analyze(&files, &others, DependencySettings::default(), Ok(&small_database()));
    let mut said: Vec<String> = sink
        .notifications
        .iter()
        .map(|one| format!("{} {}:{}", one.kind.id(), one.path.as_ref().unwrap(), one.line.unwrap_or(0)))
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "analysis-not-run two/Cargo.lock:0",
            "analysis-not-run web/package-lock.json:0",
            "malformed one/Cargo.lock:5",
            "unsupported lone/Cargo.toml:0",
            "unsupported web/bun.lockb:0",
        ]
    );
    assert!(NotificationKind::Malformed.is_incomplete() && !NotificationKind::Unsupported.is_incomplete());
}

#[test]
fn packages_that_no_advisory_speaks_of_are_counted() {
    let sink = audit(&fs::read_to_string(fixture("dependency/unmaintained.lock")).unwrap());
    let said = notes(&sink, NotificationKind::Unsupported);
    assert_eq!(said, ["packages from git or another registry have no advisories and were not checked (1): sleepy-log"]);
}

#[test]
fn a_bad_advisory_hides_no_other_and_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("crates/leaky-parser");
    fs::create_dir_all(&package).unwrap();
    let good = fixture("lockfiles/rustsec/crates/leaky-parser/RUSTSEC-2021-9001.md");
    fs::copy(&good, package.join("RUSTSEC-2021-9001.md")).unwrap();
    fs::copy(&good, package.join("RUSTSEC-2021-9009.md")).unwrap();
    fs::write(package.join("RUSTSEC-2019-9000.md"), "ä garbage that is not at all an advisory").unwrap();
    let source = advisory::open(Some(folder.path()), Path::new("")).unwrap();
    let text = fs::read_to_string(fixture("dependency/vulnerable.lock")).unwrap();
    let sink = analyze(&[file("Cargo.lock", &text)], &[], DependencySettings::default(), Ok(&source));
    assert_eq!(sink.hits.len(), 2);
    let said = notes(&sink, NotificationKind::Unsupported);
    assert!(said.iter().any(|note| note.contains("RUSTSEC-2019-9000.md: it does not start with")), "{said:?}");
    assert!(
        said.iter().any(|note| note.contains("RUSTSEC-2021-9009.md: it has the id `RUSTSEC-2021-9001`")),
        "{said:?}"
    );
}

#[test]
fn an_old_database_is_noted_or_leaves_the_run_incomplete() {
    let text = fs::read_to_string(fixture("dependency/notice.lock")).unwrap();
    let run = |max_age_days| {
        let settings = DependencySettings { max_age_days };
        analyze(&[file("Cargo.lock", &text)], &[], settings, Ok(&small_database()))
    };
    let unset = run(None);
    assert_eq!(notes(&unset, NotificationKind::Note).len(), 1);
    assert!(notes(&unset, NotificationKind::Note)[0].contains("2024-09-10"));
    let strict = run(Some(30));
    assert!(notes(&strict, NotificationKind::AnalysisNotRun)[0].contains("max-age-days = 30"));
    assert_eq!(strict.hits.len(), unset.hits.len(), "what is known is still reported");
    assert!(run(Some(100_000)).notifications.is_empty());
}

#[test]
fn a_name_out_of_a_lockfile_never_becomes_a_path() {
    let text = "version = 4\n[[package]]\nname = \"../../rustsec/crates/unscored-flaw\"\nversion = \"0.1.0\"\n\
                source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    assert!(audit(text).hits.is_empty());
}

const TWO_OF_NPM: &str = r#"{ "lockfileVersion": 3, "packages": {
    "": { "name": "web", "dependencies": { "a": "1", "b": "1" } },
    "node_modules/a": { "version": "1.0.0" },
    "node_modules/b": { "version": "1.0.0", "resolved": "https://registry.example.org/b/-/b-1.0.0.tgz" }
} }"#;

/// A database without an ecosystem is no verdict on it: incomplete, with the way out.
#[test]
fn an_ecosystem_without_advisories_is_no_green() {
    let files = [file("web/package-lock.json", TWO_OF_NPM), file("api/package-lock.json", TWO_OF_NPM)];
    let sink = analyze(&files, &[], DependencySettings::default(), Ok(&small_database()));
    // Without any, the way out names the ecosystem too.
    let absent = Err("no advisory database".to_owned());
    let without = analyze(&files, &[], DependencySettings::default(), absent);
    let missing = notes(&without, NotificationKind::AnalysisNotRun);
    assert_eq!(
        missing,
        ["4 packages were not checked: no advisory database; theirs is `gate db update --ecosystem npm`"]
    );
    let said = notes(&sink, NotificationKind::AnalysisNotRun);
    let expected = "2 packages of npm were listed and not checked: the advisory database holds none of npm; \
                    `gate db update --ecosystem npm` downloads them";
    assert_eq!(said, [expected; 2]);
    assert_eq!(sink.inventories.len(), 2);
    let places: Vec<&str> = sink.notifications.iter().filter_map(|one| Some(one.path.as_ref()?.as_str())).collect();
    assert_eq!(places, ["api/package-lock.json", "web/package-lock.json"]);
}

/// What only builds the project, and what nobody publishes advisories of, is told and leaves the verdict.
#[test]
fn images_and_actions_are_told_once_and_leave_a_verdict() {
    let workflow = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: team/x@main\n";
    let files = [
        file(".github/workflows/a.yml", workflow),
        file(".github/workflows/b.yml", workflow),
        file("Dockerfile", "FROM alpine:3.19\nFROM node\n"),
    ];
    for sink in [
        analyze(&files, &[], DependencySettings::default(), Ok(&small_database())),
        analyze(&files, &[], DependencySettings::default(), Err("no database".to_owned())),
    ] {
        assert!(sink.notifications.iter().all(|one| !one.kind.is_incomplete()), "{:?}", sink.notifications);
        let said = notes(&sink, NotificationKind::Unsupported);
        let moving = "asked for at no single version, so what gets installed is not known and was not checked (1): ";
        for expected in [
            "2 packages of GitHub Actions were listed and not checked (and those in 1 more file): \
             `gate db update --ecosystem \"GitHub Actions\"` downloads their advisories",
            "1 package of container images was listed and not checked: \
             nobody publishes advisories of them that could be read here",
            &format!("{moving}team/x"),
            &format!("{moving}node"),
        ] {
            assert!(said.contains(&expected), "{expected} is not in {said:#?}");
        }
    }
}
