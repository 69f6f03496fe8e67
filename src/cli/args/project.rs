//! What is asked about rules, a project and the advisory databases.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::TextOrJson;
use crate::model::{Ecosystem, Language, Measure};

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RulesArgs {
    #[command(subcommand)]
    pub command: Option<RulesCommand>,

    /// How to list them
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: TextOrJson,

    /// Your own rules [default: .gate/rules/ below the root]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Check your own rules and run them on their annotated fixtures
    #[command(after_help = OWN_RULES)]
    Test(RulesTestArgs),
    /// Write a rule of your own and its fixture, to start from
    New(RulesNewArgs),
}

const OWN_RULES: &str = r#"The id of a rule is the path of its file. .gate/rules/python/no-sleep.toml:
  name = "Sleep in a request"
  level = "warning"          # note, warning, error
  confidence = "high"        # low, medium, high
  message = "`{callee}` blocks the worker"
  why = "While it sleeps it serves nobody."
  fix = "Schedule the work."
  [[match.call]]             # or [match] with query = '((call) @match)'
  callee = ["time.sleep"]

  [match]                    # or code with metavariables
  pattern = "time.sleep($SECONDS)"
  inside = "handler"

Its fixture, .gate/rules/python/no-sleep.py, has at least two lines of each kind:
  # ruleid: python/no-sleep
  time.sleep(1)
  # ok: python/no-sleep
  asyncio.sleep(1)

Values that look secret are written as templates: {{alnum:30}}, {{hex:40}}."#;

#[derive(Debug, ClapArgs)]
pub struct RulesNewArgs {
    /// What it is to be called: no-legacy-client, or with its group security/no-legacy-client
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The language that it looks at
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Language,

    /// The folder with your rules [default: .gate/rules/ below the root]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Language] {
        &Language::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Debug, ClapArgs)]
pub struct RulesTestArgs {
    /// The folder with the rules; fixtures lie beside them, or in ../fixtures [default: .gate/rules/ below the root]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct ExplainArgs {
    /// A rule's id, as reports show it: python/subprocess-shell
    #[arg(value_name = "RULE")]
    pub rule: String,

    /// Your own rules [default: .gate/rules/ below the root]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct MetricsArgs {
    /// What to measure [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How to report
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: MetricsFormat,

    /// Order functions by this measure, the highest first (maintainability: the lowest) [default: text by cyclomatic, else by place]
    #[arg(long, value_name = "MEASURE")]
    pub sort: Option<Measure>,

    /// Only the first N functions [default: text 20, else all]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Only functions with more than this; may be repeated: --over cyclomatic=15
    #[arg(long, value_name = "MEASURE=N", value_parser = limit)]
    pub over: Vec<(Measure, f64)>,

    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The configuration to use [default: the nearest gate.toml at or above the first path]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl ValueEnum for Measure {
    fn value_variants<'a>() -> &'a [Measure] {
        &Measure::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

pub(super) fn limit(text: &str) -> Result<(Measure, f64), String> {
    let (name, number) = text.split_once('=').ok_or("expected MEASURE=N, for example cyclomatic=15")?;
    let number = number.trim().parse::<f64>().map_err(|_| format!("`{number}` is no number"))?;
    Ok((Measure::from_str(name.trim(), true)?, number))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MetricsFormat {
    Text,
    Json,
    Csv,
}

#[derive(Debug, ClapArgs)]
pub struct LicensesArgs {
    /// The project
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    /// How to report
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: TextOrJson,
}

#[derive(Debug, ClapArgs)]
pub struct SbomArgs {
    /// The project
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    /// Which kind of document
    #[arg(long, value_name = "F", default_value = "cyclonedx")]
    pub format: SbomFormat,

    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SbomFormat {
    Cyclonedx,
    Spdx,
}

#[derive(Debug, ClapArgs)]
pub struct DbArgs {
    #[command(subcommand)]
    pub command: DbCommand,
}

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Download the advisory database, or take it from a folder or an archive
    Update(DbUpdateArgs),
    /// Show which database is there, and how old it is
    Status(DbStatusArgs),
}

#[derive(Debug, ClapArgs)]
pub struct DbUpdateArgs {
    /// Download OSV's advisories of this ecosystem, such as npm or PyPI; may be given more than once [default: RustSec's, and the
    /// ecosystems that were downloaded before]
    #[arg(long, value_name = "E", value_delimiter = ',', value_parser = parse_ecosystem)]
    pub ecosystem: Vec<Ecosystem>,

    /// For --ecosystem a copy of OSV's bucket: a URL or a folder; without it RustSec's advisories: a URL, a folder or a .tar.gz
    /// [default: where they come from: OSV's bucket, RustSec's repository]
    #[arg(long, value_name = "URL|DIR|FILE")]
    pub source: Option<String>,

    /// Do not use the network; only --source DIR or FILE works
    #[arg(long)]
    pub offline: bool,
}

#[derive(Debug, ClapArgs)]
pub struct DbStatusArgs {
    /// How to report
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: TextOrJson,
}

#[derive(Debug, ClapArgs)]
pub struct InitArgs {
    /// The folder to write it to
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

/// An ecosystem that OSV has records of.
pub(super) fn parse_ecosystem(name: &str) -> Result<Ecosystem, String> {
    let known = |ecosystem: &Ecosystem| ecosystem.osv_name().is_some();
    Ecosystem::from_name(name).filter(known).ok_or_else(|| {
        let names: Vec<&str> = Ecosystem::all().filter_map(Ecosystem::osv_name).collect();
        format!("one of {}", names.join(", "))
    })
}
