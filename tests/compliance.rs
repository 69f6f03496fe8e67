//! What one file cannot show: licence and variables of whole projects, each folder of `fixtures/projects/{license,env}-*` with a list of
//! what must be found in it, and what git says about a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gate::analyze::{ANALYZERS, Context, DependencySettings, File, LicenseSettings, SecretMask, Sink, licenses_of};
use gate::config::{Config, RuleSettings};
use gate::model::{
    Analysis, Confidence, Encoding, Finding, Level, NotificationKind, OptionValue, Rule, Run, SourceFile, Target,
};
use gate::rulebook::{RuleSet, fixture};
use gate::scan::{Input, Request, Silent, scan};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    licenses: LicenseSettings,
    /// Whether files must state their licence.
    #[serde(default)]
    headers: bool,
    #[serde(default)]
    finding: Vec<ExpectedFinding>,
    /// Files that could not be read to their end.
    #[serde(default)]
    malformed: Vec<String>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedFinding {
    rule: String,
    path: String,
    line: u32,
    level: Option<Level>,
    /// A part of it.
    message: Option<String>,
}

fn compliance_run(root: &Path, licenses: LicenseSettings, headers: bool) -> Run {
    let options = [("required".to_owned(), OptionValue::Bool(headers))].into();
    let rules = [("license/file-header".to_owned(), RuleSettings { level: None, options })].into();
    let request = Request {
        input: Input::Paths(vec![root.to_owned()]),
        history: None,
        root: root.to_owned(),
        config: Config { licenses, rules, ..Config::default() },
        rules: RuleSet::embedded(),
        analyses: [Analysis::Compliance].into(),
        baseline: None,
        advisories: Err("not asked for".to_owned()),
        threads: Some(1),
        line_hashes: false,
        functions: false,
    };
    scan(&request, &Silent)
}

fn projects() -> Vec<PathBuf> {
    let mut projects: Vec<PathBuf> =
        fs::read_dir("fixtures/projects").unwrap().map(|entry| entry.unwrap().path()).collect();
    projects.retain(|path| {
        ["license-", "env-"].iter().any(|it| path.file_name().unwrap().to_string_lossy().starts_with(it))
    });
    projects.sort();
    projects
}

fn expected(project: &Path) -> Expected {
    toml::from_str(&fs::read_to_string(project.join("expected.toml")).unwrap()).unwrap()
}

#[test]
fn projects_are_judged_as_they_say() {
    let mut faults = Vec::new();
    for project in projects() {
        let Expected { licenses, headers, finding, malformed } = expected(&project);
        let run = compliance_run(&fs::canonicalize(&project).unwrap(), licenses, headers);
        let told = run.notifications.iter().filter(|told| told.kind == NotificationKind::Malformed);
        let told: Vec<String> = told.map(|it| format!("{}:{}", it.path.as_ref().unwrap(), it.line.unwrap())).collect();
        if told != malformed {
            faults.push(format!("{}: malformed {told:?}", project.display()));
        }
        let found = run.findings;
        let matches = |wanted: &ExpectedFinding, one: &Finding| {
            wanted.rule == one.rule.id.as_str()
                && wanted.path == one.location.path.as_str()
                && wanted.line == one.location.region.start_line
                && wanted.level.is_none_or(|level| level == one.level)
                && wanted.message.as_ref().is_none_or(|part| one.message.contains(part))
        };
        for wanted in finding.iter().filter(|wanted| !found.iter().any(|one| matches(wanted, one))) {
            faults.push(format!("{}: not found: {wanted:?}", project.display()));
        }
        for one in found.iter().filter(|one| !finding.iter().any(|wanted| matches(wanted, one))) {
            let region = &one.location.region;
            let place = format!("{}:{}", one.location.path, region.start_line);
            faults.push(format!("{}: {} {place} is not expected: {}", project.display(), one.rule.id, one.message));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_rule_about_projects_is_shown_twice() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for project in projects() {
        for finding in expected(&project).finding {
            *counts.entry(finding.rule).or_default() += 1;
        }
    }
    let rules = RuleSet::embedded();
    let of_projects = |rule: &&Arc<Rule>| {
        rule.id.group() == "license" || (rule.id.group() == "env" && rule.id.slug().ends_with("-variable"))
    };
    let license = rules.iter().filter(of_projects);
    let missing: Vec<&str> =
        license.map(|rule| rule.id.as_str()).filter(|id| counts.get(*id).is_none_or(|&n| n < 2)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_report_of_licences_guesses_nothing() {
    let source = |path: &str, text: &str| SourceFile::new(Target::at(path), text.to_owned(), Encoding::Utf8);
    let text = fs::read_to_string("fixtures/projects/license-agrees/LICENSES/MIT.txt").unwrap();
    let files = [
        source("Cargo.toml", "[package]\nname = \"a\"\nlicense = \"MIT/Apache-2.0\"\n"),
        source("LICENSE", &text),
        source("package.json", "{ \"name\": \"b\" }"),
        source("src/main.rs", "fn main() {}"),
    ];
    let files: Vec<&SourceFile> = files.iter().collect();
    let settings: LicenseSettings = toml::from_str("allow = [\"MIT\"]").unwrap();
    let report = serde_json::to_value(licenses_of(&files, &settings)).unwrap();
    let expected = serde_json::json!({
        "manifests": [
            { "path": "Cargo.toml", "declared": "MIT/Apache-2.0", "expression": "MIT OR Apache-2.0", "allowed": true },
            { "path": "package.json", "declared": null, "expression": null, "allowed": null },
        ],
        "files": [{ "path": "LICENSE", "ids": ["MIT"], "exceptions": [], "has_more": false, "resembles": null }],
        "notices": [],
        "packages": [],
    });
    assert_eq!(report, expected);
}

/// The findings in one `.env` file: level, confidence, and whether the value is kept out of the report.
fn environment_findings(path: &str, text: &str, tracked: Option<bool>) -> Vec<(Level, Confidence, bool)> {
    let rules = RuleSet::embedded();
    let (licenses, dependencies) = (LicenseSettings::default(), DependencySettings::default());
    let context = Context {
        rules: &rules,
        licenses: &licenses,
        dependencies: &dependencies,
        mask: Arc::new(SecretMask::new(&rules)),
        advisories: Err(String::new()),
    };
    let target = Target { tracked, ..Target::at(path) };
    let source = SourceFile::new(target, text.to_owned(), Encoding::Utf8);
    let mut sink = Sink::default();
    for analyzer in ANALYZERS.iter().map(|make| make(&context)).filter(|one| one.name() == "environment") {
        if analyzer.wants(&source.target) {
            analyzer.analyze(&File { source: &source, syntax: None }, &mut sink);
        }
    }
    assert!(sink.hits.iter().all(|hit| hit.rule.id.as_str() == "env/committed-env"));
    sink.hits.iter().map(|hit| (hit.level, hit.confidence, hit.secret.is_some())).collect()
}

#[test]
fn an_environment_file_is_judged_by_what_git_and_its_names_say() {
    use Confidence::{High, Medium};
    let secret = fixture::expand("PORT=1\nDB_PASSWORD={{alnum:20}}\nJWT_SECRET={{alnum:20}}\n").unwrap().text;
    let url = fixture::expand("DATABASE_URL=postgres://app:{{alnum:20}}@db.example.com/app\n").unwrap().text;
    let keys = fixture::expand("DOTENV_PRIVATE_KEY_PRODUCTION={{hex:64}}\n").unwrap().text;
    for (path, text, tracked, expected) in [
        (".env", secret.as_str(), Some(true), Some((Level::Error, High, true))),
        ("deploy/.env.production", &secret, Some(true), Some((Level::Error, High, true))),
        (".env", &secret, None, Some((Level::Warning, Medium, true))),
        ("prod.env", &secret, None, Some((Level::Warning, Medium, true))),
        (".env", &secret, Some(false), Some((Level::Note, High, true))),
        (".env.test", &secret, Some(true), Some((Level::Note, High, true))),
        (".env_staging", &secret, Some(true), Some((Level::Error, High, true))),
        (".env.production.local", &secret, Some(true), Some((Level::Error, High, true))),
        (".env.bak", &secret, Some(true), Some((Level::Error, High, true))),
        ("config/.env", &secret.replace('\n', "\r\n"), Some(true), Some((Level::Error, High, true))),
        (".env", &secret.replace('=', " = "), Some(true), Some((Level::Error, High, true))),
        (".env", &url, Some(true), Some((Level::Error, High, true))),
        // Sealed by dotenvx or sops, which keep such files on purpose; the key beside them is another matter.
        (".env", "DB_PASSWORD=\"encrypted:BFx3\"\nJWT_SECRET=ENC[AES256_GCM,data:x]\n", Some(true), None),
        (".env.keys", &keys, Some(true), Some((Level::Error, High, true))),
        (".env", "DATABASE_URL=postgres://app:${DB_PASSWORD}@db/app\n", Some(true), None),
        (".env", "DB_PASSWORD=postgres\n", Some(true), Some((Level::Warning, High, true))),
        (".env", "VITE_TITLE=Example\n", Some(true), Some((Level::Note, High, false))),
        (".env", "VITE_TITLE=Example\n", None, None),
        (".env", "DB_PASSWORD=\nJWT_SECRET=${OTHER}\n# API_KEY=x\n", Some(true), None),
        ("tests/fixtures/.env", &secret, Some(true), None),
        (".env.vault", &secret, Some(true), None),
    ] {
        assert_eq!(environment_findings(path, text, tracked), Vec::from_iter(expected), "{path} {tracked:?}");
    }
}

/// What an example file is told for, by line.
fn example_lines(path: &str, text: &str) -> Vec<u32> {
    let request = Request {
        input: Input::Nothing,
        history: None,
        root: PathBuf::new(),
        config: Config::default(),
        rules: RuleSet::embedded(),
        analyses: [Analysis::Compliance].into(),
        baseline: None,
        advisories: Err("not asked for".to_owned()),
        threads: None,
        line_hashes: false,
        functions: false,
    };
    let text = fixture::expand(text).unwrap().text;
    let findings = gate::scan::scan_text(&request, path, &text).0;
    findings.iter().map(|finding| (finding.rule.id.as_str() == "env/example-value", finding)).for_each(
        |(is, finding)| {
            assert!(is && finding.secret.is_some(), "{}", finding.rule.id);
        },
    );
    findings.iter().map(|finding| finding.location.region.start_line).collect()
}

#[test]
fn an_example_file_may_say_what_belongs_there_and_not_what_was_there() {
    let text = "PORT=3000\nJWT_SECRET={{alnum:40}}\nDB_PASSWORD=changeme\nAPI_KEY=\"your-api-key-goes-here-12\"\n\
                AWS_SECRET_ACCESS_KEY='{{alnum:40}}'\nSESSION_SECRET=${RANDOM}\nSENTRY_TOKEN=\n# OLD_TOKEN={{alnum:40}}\n\
                TOKEN_TTL=3600\nexport MAIL_PASSWORD={{alnum:24}} # from the console\n";
    for path in [".env.example", ".env.sample", "deploy/env.template", "example.env", ".env.dist", ".env.local.example"]
    {
        assert_eq!(example_lines(path, text), [2, 5, 10], "{path}");
    }
}

/// What is found in one file of a deployment: the slug of the rule, the line, the level; and the lines of what was not read.
fn deployment_findings(path: &str, text: &str) -> (Vec<(String, u32, Level)>, Vec<u32>) {
    let request = Request {
        input: Input::Nothing,
        history: None,
        root: PathBuf::new(),
        config: Config::default(),
        rules: RuleSet::embedded(),
        analyses: [Analysis::Compliance].into(),
        baseline: None,
        advisories: Err("not asked for".to_owned()),
        threads: None,
        line_hashes: false,
        functions: false,
    };
    let (findings, notifications) = gate::scan::scan_text(&request, path, text);
    let found = findings.iter().map(|one| (one.rule.id.slug().to_owned(), one.location.region.start_line, one.level));
    let unread = notifications.iter().filter(|told| told.kind == NotificationKind::Malformed);
    (found.collect(), unread.filter_map(|told| told.line).collect())
}

#[test]
fn deployments_are_judged_by_what_they_are_for() {
    let compose = "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: postgres\n";
    let published = format!("{compose}    ports: [\"5432:5432\"]\n");
    let values = "auth:\n  username: app\n  password: app\n  existingSecret: postgres\nurl: \"{{ .Values.x }}\"\n";
    let secret = "apiVersion: v1\nkind: Secret\nstringData:\n  password: admin\n";
    let overlay = "services:\n  web:\n    environment:\n      - FLASK_DEBUG=1\n";
    let credential = |line, level| vec![("default-credential".to_owned(), line, level)];
    for (path, text, expected) in [
        ("docker-compose.yml", compose, credential(5, Level::Note)),
        ("docker-compose.yml", &published, credential(5, Level::Warning)),
        ("docker-compose.prod.yml", compose, credential(5, Level::Warning)),
        ("docker-compose.dev.yml", &published, credential(5, Level::Note)),
        ("chart/values.yaml", values, credential(3, Level::Warning)),
        ("chart/values-dev.yaml", values, credential(3, Level::Note)),
        ("k8s/secret.yaml", secret, credential(4, Level::Warning)),
        ("compose.prod.yaml", overlay, vec![("not-for-production".to_owned(), 4, Level::Warning)]),
        ("compose.yaml", overlay, Vec::new()),
        (".env.production", "APP_DEBUG=true\n", vec![("not-for-production".to_owned(), 1, Level::Warning)]),
        ("Dockerfile.dev", "FROM node\nENV NODE_ENV=development\n", Vec::new()),
    ] {
        assert_eq!(deployment_findings(path, text), (expected, Vec::new()), "{path}\n{text}");
    }
}

#[test]
fn a_faulty_deployment_is_told_and_what_could_be_read_is_judged() {
    let compose =
        "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: postgres\n  web: [\n";
    let (found, unread) = deployment_findings("docker-compose.yml", compose);
    assert_eq!((found.len(), unread.len()), (1, 1));
    let terraform = "variable \"db_password\" {\n  default = \"changeme\"\n}\nresource \"a\" {\n";
    let (found, unread) = deployment_findings("main.tf", terraform);
    assert_eq!((found[0].1, unread), (2, vec![5]));
}
