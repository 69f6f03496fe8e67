//! Whether a scan would find all that it needs: each thing with its state, and what to do about it.

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use jiff::{Timestamp, Unit};
use serde::Serialize;

use super::args::{DoctorArgs, TextOrJson};
use super::db;
use super::output::{self, Failure, emit_text};
use super::project::Place;
use crate::advisory::{self, AdvisoryError};
use crate::config;
use crate::rulebook::RuleSet;
use crate::source::Repository;

/// RustSec publishes every week; a database that was fetched longer ago misses some of them.
const OLD_DAYS: i64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// A scan runs, and sees less than it could.
    Warn,
    /// A scan would end with exit code 2.
    Fail,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    state: State,
    message: String,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Check {
        Check { name, state: State::Ok, message: message.into(), help: None }
    }

    fn bad(name: &'static str, state: State, message: impl Into<String>, help: impl Into<String>) -> Check {
        Check { name, state, message: message.into(), help: Some(help.into()) }
    }
}

#[derive(Serialize)]
struct Report {
    schema_version: u32,
    /// Nothing failed.
    healthy: bool,
    checks: Vec<Check>,
}

/// The exit code is 2 where something fails, as it would be in a scan.
pub fn run(args: &DoctorArgs) -> Result<u8, Failure> {
    let place = Place::of(std::slice::from_ref(&args.path))?;
    let (rules, found) = rules(&place);
    let checks =
        vec![program(), terminal(), repository(&args.path), configuration(&place, &found), rules, database(), cache()];
    let healthy = checks.iter().all(|check| check.state != State::Fail);
    let report = Report { schema_version: 1, healthy, checks };
    let text = match args.format {
        TextOrJson::Text => page(&report, output::stdout_has_color()),
        TextOrJson::Json => format!("{:#}\n", serde_json::to_value(&report).unwrap_or_default()),
    };
    emit_text(None, &text)?;
    Ok(if healthy { 0 } else { 2 })
}

fn page(report: &Report, color: bool) -> String {
    let mut text = String::new();
    let width = report.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for check in &report.checks {
        let (word, style): (&str, Style) = match check.state {
            State::Ok => ("ok  ", AnsiColor::Green.on_default()),
            State::Warn => ("warn", AnsiColor::Yellow.on_default().bold()),
            State::Fail => ("FAIL", AnsiColor::Red.on_default().bold()),
        };
        let style = if color { style } else { Style::new() };
        let indent = " ".repeat(width + 8);
        let message = check.message.replace('\n', &format!("\n{indent}"));
        text += &format!("{style}{word}{style:#}  {:width$}  {message}\n", check.name);
        if let Some(help) = &check.help {
            text += &format!("{indent}→ {help}\n");
        }
    }
    text
}

fn program() -> Check {
    let (version, system, machine) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    Check::ok("gate", format!("{version}, {system} {machine}"))
}

fn terminal() -> Check {
    let color = if output::stdout_has_color() { "with colours" } else { "without colours" };
    Check::ok(
        "terminal",
        match output::stdout_width() {
            Some(width) => format!("{width} characters wide, {color}"),
            None => format!("standard output is no terminal, {color}"),
        },
    )
}

fn repository(path: &Path) -> Check {
    let name = "git";
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match Repository::around(&path, false) {
        Err(error) => Check::bad(
            name,
            State::Warn,
            error.to_string(),
            "files can be scanned; --staged, --diff and --history need a repository",
        ),
        Ok(repository) => {
            let folder = repository.work_tree().unwrap_or_else(|| repository.git_dir());
            let message = format!("a repository at {}", folder.display());
            match repository.deepen() {
                None => Check::ok(name, message),
                Some(command) => Check::bad(
                    name,
                    State::Warn,
                    format!("{message}, a shallow clone: --diff and --history see a part of the history"),
                    format!("`{command}`; in GitHub's checkout action `fetch-depth: 0`"),
                ),
            }
        }
    }
}

/// The rules, and those of them that a configuration may name.
fn rules(place: &Place) -> (Check, RuleSet) {
    let name = "rules";
    let own = place.rules_folder(None).ok().flatten();
    match place.rules(None) {
        Ok(rules) => {
            let built_in = RuleSet::embedded().len();
            let message = match own {
                Some(folder) => {
                    format!("{built_in} that come with gate, {} in {}", rules.len() - built_in, folder.display())
                }
                None => format!("{built_in} that come with gate"),
            };
            (Check::ok(name, message), rules)
        }
        Err(failure) => {
            let help = "mend them; `gate rules test` tries them on their fixtures";
            (Check::bad(name, State::Fail, failure.to_string(), help), RuleSet::embedded())
        }
    }
}

fn configuration(place: &Place, rules: &RuleSet) -> Check {
    let name = "config";
    let file: Option<PathBuf> = place.paths.first().and_then(|path| config::find(path));
    match (place.config(None, rules), file) {
        (Ok(_), None) => Check::ok(name, "no gate.toml: the defaults; `gate init` writes one"),
        (Ok(_), Some(file)) => Check::ok(name, format!("{}, valid", file.display())),
        (Err(failure), _) => {
            let help = "mend the line that is named; docs/configuration.md has every key";
            Check::bad(name, State::Fail, failure.to_string(), help)
        }
    }
}

fn database() -> Check {
    let name = "database";
    let status = db::cache().map_err(|failure| (State::Warn, failure.to_string())).and_then(|cache| {
        advisory::status(&cache).map_err(|error| match error {
            AdvisoryError::Absent => (State::Warn, "there is none: a scan of lockfiles is incomplete".to_owned()),
            error => (State::Fail, error.to_string()),
        })
    });
    let update = "`gate db update` downloads it; `--skip dependencies` does without";
    let status = match status {
        Err((state, message)) => return Check::bad(name, state, message, update),
        Ok(status) => status,
    };
    let digest: String = status.digest.chars().take(12).collect();
    let newest = status.newest.as_deref().unwrap_or("unknown");
    let message = format!(
        "{} advisories, the newest of {newest}, fetched {}, digest {digest}",
        status.advisories, status.fetched
    );
    let fetched: Option<Timestamp> = status.fetched.parse().ok();
    let age = fetched.and_then(|fetched| Timestamp::now().since((Unit::Hour, fetched)).ok());
    match age.map(|age| age.get_hours() as i64 / 24) {
        Some(days) if days > OLD_DAYS => Check::bad(
            name,
            State::Warn,
            format!("{message}: {days} days ago"),
            "`gate db update` downloads a newer one",
        ),
        _ if !status.problems.is_empty() => {
            let message = format!("{message}; {} could not be read", output::plural(status.problems.len(), "advisory"));
            Check::bad(name, State::Warn, message, "`gate db status` lists them")
        }
        _ => Check::ok(name, message),
    }
}

fn cache() -> Check {
    let name = "cache";
    let folder = match db::cache() {
        Ok(folder) => folder,
        Err(failure) => {
            return Check::bad(name, State::Warn, failure.to_string(), "set GATE_CACHE_DIR to a folder of your own");
        }
    };
    // What is not there yet is made in the first folder above it that is.
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(&folder);
    match tempfile::tempfile_in(there) {
        Ok(_) => Check::ok(name, format!("{}, writable", folder.display())),
        Err(error) => Check::bad(
            name,
            State::Warn,
            format!("{} cannot be written to: {error}", folder.display()),
            "set GATE_CACHE_DIR to a folder that can; without one `gate db update` fails and --history searches all again",
        ),
    }
}
