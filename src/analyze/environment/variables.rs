//! The variables of an example file held against those that the code reads: which are missing in it, and which nobody reads.
//!
//! What is missing is told once an example file, with the names: the list is what has to be added there, in one edit, and a
//! finding at each first reading would be a dozen for one fault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dotenv::{self, Kind};
use super::reads::readings;
use crate::analyze::{Context, Hit, ProjectAnalyzer, ProjectSink, Tree};
use crate::model::{Analysis, RelPath, Rule, SourceFile, Target, TargetRole};

/// Larger files are data.
const LARGEST: u64 = 1 << 20;

/// How many names a message has.
const MOST_NAMED: usize = 12;

pub struct Variables {
    undocumented: Option<Arc<Rule>>,
    unused: Option<Arc<Rule>>,
}

impl Variables {
    pub fn new(context: &Context<'_>) -> Variables {
        let rule = |id: &str| context.rules.get(id).cloned();
        Variables { undocumented: rule("env/undocumented-variable"), unused: rule("env/unused-variable") }
    }

    /// `others` are the folders with an example of their own.
    fn undocumented(&self, example: &Example<'_>, others: &[&str], code: &Code, sink: &mut ProjectSink) {
        let Some(rule) = &self.undocumented else { return };
        let is_here = |path: &RelPath| {
            let nearest = others.iter().filter(|folder| is_within(path, folder)).max_by_key(|folder| folder.len());
            nearest == Some(&example.folder)
        };
        let missing = code
            .read
            .iter()
            .filter(|(name, (path, _))| !example.names.contains(*name) && !is_given(name) && is_here(path));
        let missing: Vec<String> = missing.map(|(name, (path, line))| format!("`{name}` ({path}:{line})")).collect();
        // Code that reads nothing of what the example has is not what the example is for.
        let is_its_code = code.read.keys().any(|name| example.names.contains(name));
        if missing.is_empty() || !is_its_code {
            return;
        }
        let shown = missing.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = missing.len().saturating_sub(MOST_NAMED);
        let names = if more > 0 { format!("{shown} and {more} more") } else { shown };
        // The last line: what is missing is added behind it.
        let text = example.file.text.trim_end();
        let start = text.rfind('\n').map_or(0, |at| at + 1);
        let hit = Hit::new(rule, start..text.len()).with("names", names).identity("undocumented");
        sink.report(&example.file.target.path, hit.property("variables", missing.len()));
    }

    fn unused(&self, example: &Example<'_>, code: &Code, sink: &mut ProjectSink) {
        let Some(rule) = &self.unused else { return };
        let assignments = dotenv::assignments(&example.file.text);
        let is_unused = |name: &str| {
            let lower = name.to_ascii_lowercase();
            !code.mentioned.contains(&lower) && !is_given(name) && !is_of_a_tool(name) && !code.has_prefix_of(&lower)
        };
        // A name that another variable of the file is made of is used.
        let is_within_others = |name: &str| {
            assignments
                .iter()
                .any(|one| one.value.contains(&format!("${{{name}")) || one.value.contains(&format!("${name}")))
        };
        let unused: Vec<_> =
            assignments.iter().filter(|one| is_unused(one.name) && !is_within_others(one.name)).collect();
        // Where most are, the program that reads them is not here.
        if unused.len() * 2 > assignments.len() {
            return;
        }
        for one in unused {
            let line = example.file.text.get(..one.span.start).unwrap_or_default();
            let start = line.rfind('\n').map_or(0, |at| at + 1);
            let at = start + example.file.text.get(start..).and_then(|line| line.find(one.name)).unwrap_or(0);
            let hit = Hit::new(rule, at..at + one.name.len()).with("name", one.name).identity(one.name);
            sink.report(&example.file.target.path, hit);
        }
    }
}

/// An example file and what it stands for.
struct Example<'f> {
    file: &'f SourceFile,
    folder: &'f str,
    /// Of all examples in the folder, commented ones included: `# OPTIONAL=`.
    names: BTreeSet<String>,
}

/// What the files of the tree say of variables.
#[derive(Default)]
struct Code {
    /// Variables that must be there, each with its first reading.
    read: BTreeMap<String, (RelPath, u32)>,
    /// Every word that may be a variable's name, in lower case.
    mentioned: BTreeSet<String>,
    /// `APP_` where names are put together of it.
    prefixes: BTreeSet<String>,
}

impl Code {
    fn of(tree: &Tree<'_>, wanted: &BTreeSet<String>) -> Code {
        let mut code = Code::default();
        for target in tree.targets.iter().filter(|target| is_looked_at(target)) {
            let Some(file) = (tree.read)(target) else { continue };
            code.mentions(&file.text, wanted);
            let is_own = matches!(target.role, TargetRole::Source | TargetRole::Script) && !is_build(&target.path);
            let Some(language) = file.target.language.filter(|_| is_own) else { continue };
            for reading in readings(language, &file.text) {
                // The first that fails without it; what has a default somewhere is told there.
                if !reading.has_default && !code.read.contains_key(reading.name) {
                    let line = file.lines().line_of(reading.start);
                    code.read.insert(reading.name.to_owned(), (target.path.clone(), line));
                }
            }
        }
        code
    }

    fn mentions(&mut self, text: &str, wanted: &BTreeSet<String>) {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.len() > 1) {
            let lower = word.to_ascii_lowercase();
            if lower.ends_with('_') {
                self.prefixes.insert(lower);
            } else if wanted.contains(&lower) {
                self.mentioned.insert(lower);
            }
        }
        // `with_prefix("APP")`, `env_prefix`, `SetEnvPrefix("app")`: the name follows in quotes.
        for (at, mark) in text.match_indices("refix") {
            let rest = text.get(at + mark.len()..).unwrap_or_default();
            let quoted = rest.split(['\n', ';']).next().unwrap_or_default().split(['"', '\'']).nth(1);
            self.prefixes.extend(
                quoted
                    .filter(|it| it.len() > 1)
                    .map(|it| format!("{}_", it.to_ascii_lowercase().trim_end_matches('_'))),
            );
        }
    }

    fn has_prefix_of(&self, name: &str) -> bool {
        name.match_indices('_').any(|(at, _)| name.get(..=at).is_some_and(|prefix| self.prefixes.contains(prefix)))
    }
}

impl ProjectAnalyzer for Variables {
    fn name(&self) -> &'static str {
        "environment variables"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, target: &Target) -> bool {
        (self.undocumented.is_some() || self.unused.is_some())
            && matches!(target.role, TargetRole::Source | TargetRole::Script)
            && dotenv::kind(target.path.file_name()) == Some(Kind::Example)
    }

    fn analyze(&self, tree: &Tree<'_>, sink: &mut ProjectSink) {
        let files: Vec<&SourceFile> = tree.files.iter().copied().filter(|file| self.wants(&file.target)).collect();
        if files.is_empty() {
            return;
        }
        let examples: Vec<Example<'_>> = files.iter().map(|file| example(file, &files)).collect();
        let wanted = examples.iter().flat_map(|one| &one.names).map(|name| name.to_ascii_lowercase()).collect();
        let code = Code::of(tree, &wanted);
        // One of several in a folder speaks for it, and only where a program starts.
        let mut starts: Vec<&str> =
            examples.iter().map(|it| it.folder).filter(|it| is_start(it, tree.targets)).collect();
        starts.dedup();
        let mut untold = starts.clone();
        for example in &examples {
            self.unused(example, &code, sink);
            if let Some(at) = untold.iter().position(|folder| *folder == example.folder) {
                untold.swap_remove(at);
                self.undocumented(example, &starts, &code, sink);
            }
        }
    }
}

fn example<'f>(file: &'f SourceFile, files: &[&SourceFile]) -> Example<'f> {
    let folder = file.target.path.parent();
    let beside = files.iter().filter(|other| other.target.path.parent() == folder);
    let mut names = BTreeSet::new();
    for other in beside {
        let shown = other.text.lines().map(|line| line.trim_start_matches(['#', ' ']));
        let shown = shown
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name.trim().trim_start_matches("export ").to_owned());
        names.extend(shown.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')));
    }
    Example { file, folder, names }
}

/// Text that may read variables or name them for someone who does; documents and other environment files do not.
fn is_looked_at(target: &Target) -> bool {
    let name = target.path.file_name();
    let is_document =
        matches!(target.path.extension(), Some("md" | "rst" | "txt" | "adoc" | "lock" | "svg" | "map" | "csv" | "po"));
    target.role != TargetRole::Vendored && !is_document && target.size <= LARGEST && dotenv::kind(name).is_none()
}

/// Code that runs when the program is built or checked.
fn is_build(path: &RelPath) -> bool {
    let name = path.file_name();
    name == "build.rs" || name == "setup.py" || name.contains(".config.") || path.as_str().starts_with(".github/")
}

fn is_within(path: &RelPath, folder: &str) -> bool {
    folder.is_empty() || path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a program starts in the folder.
fn is_start(folder: &str, targets: &[Target]) -> bool {
    const STARTS: &[&str] = &[
        "Cargo.toml",
        "Pipfile",
        "Procfile",
        "app.py",
        "composer.json",
        "deno.json",
        "go.mod",
        "main.py",
        "manage.py",
        "package.json",
        "pyproject.toml",
        "requirements.txt",
        "setup.py",
    ];
    STARTS.iter().any(|name| {
        let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
        targets.binary_search_by(|target| target.path.as_str().cmp(&path)).is_ok()
    })
}

/// Variables that the system, the shell, a build or the place where the program runs sets: nobody writes them down.
fn is_given(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "APPDATA",
        "CI",
        "COLORTERM",
        "COLUMNS",
        "DEBUG",
        "DISPLAY",
        "DYNO",
        "EDITOR",
        "FORCE_COLOR",
        "HOME",
        "HOST",
        "HOSTNAME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LC_ALL",
        "LINES",
        "LOCALAPPDATA",
        "LOGNAME",
        "MODE",
        "NODE_ENV",
        "NO_COLOR",
        "NO_PROXY",
        "OLDPWD",
        "OUT_DIR",
        "PAGER",
        "PATH",
        "PORT",
        "PROD",
        "DEV",
        "SSR",
        "BASE_URL",
        "PROFILE",
        "PWD",
        "PYTEST_CURRENT_TEST",
        "PYTHONPATH",
        "SHELL",
        "SHLVL",
        "SSH_AUTH_SOCK",
        "SYSTEMROOT",
        "TARGET",
        "TEMP",
        "TERM",
        "TMP",
        "TMPDIR",
        "TZ",
        "USER",
        "USERNAME",
        "USERPROFILE",
        "VIRTUAL_ENV",
        "VISUAL",
        "VITEST",
    ];
    const PREFIXES: &[&str] = &[
        "AWS_LAMBDA_",
        "BUILDKITE",
        "CARGO_",
        "CIRCLE",
        "CI_",
        "CONDA_",
        "DENO_",
        "DEP_",
        "FUNCTIONS_",
        "GITHUB_",
        "GITLAB_",
        "HEROKU_",
        "JENKINS_",
        "JEST_",
        "KUBERNETES_",
        "K_",
        "NETLIFY",
        "NEXT_RUNTIME",
        "PLAYWRIGHT_",
        "RENDER_",
        "RUNNER_",
        "TRAVIS",
        "VERCEL",
        "VSCODE_",
        "WEBSITE_",
        "XDG_",
        "npm_",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Variables that libraries, servers and tools read for themselves, without the code naming them.
fn is_of_a_tool(name: &str) -> bool {
    const NAMES: &[&str] = &["DATABASE_URL", "LOG_LEVEL", "REDIS_URL", "SECRET_KEY_BASE", "WEB_CONCURRENCY"];
    const PREFIXES: &[&str] = &[
        "ANTHROPIC_",
        "ASPNETCORE_",
        "AUTH_",
        "AWS_",
        "AZURE_",
        "CELERY_",
        "COMPOSE_",
        "DD_",
        "DJANGO_",
        "DOCKER_",
        "ELASTIC_",
        "ES_",
        "FLASK_",
        "GF_",
        "GITHUB_",
        "GOOGLE_",
        "GUNICORN_",
        "HF_",
        "JAVA_",
        "KC_",
        "KEYCLOAK_",
        "LANGCHAIN_",
        "LANGSMITH_",
        "LITESTREAM_",
        "MARIADB_",
        "MINIO_",
        "MONGO_",
        "MYSQL_",
        "NEO4J_",
        "NEW_RELIC_",
        "NEXTAUTH_",
        "NODE_",
        "NPM_",
        "NUXT_",
        "OPENAI_",
        "OTEL_",
        "PG",
        "PHP_",
        "PIP_",
        "POETRY_",
        "POSTGRES_",
        "PYTHON",
        "QUARKUS_",
        "RABBITMQ_",
        "RAILS_",
        "RUST_",
        "SENTRY_",
        "SPRING_",
        "SQLX_",
        "TELEGRAM_",
        "TRAEFIK_",
        "UVICORN_",
        "UV_",
        "VAULT_",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
