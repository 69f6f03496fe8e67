use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::advisory::DEFAULT_API;
use crate::model::{Analysis, Ecosystem, Level};
use crate::report::{FORMATS, Format};

/// May this change go in? One pass over a repository for secrets, code review, compliance and dependencies.
#[derive(Debug, Parser)]
#[command(name = "gate", version, arg_required_else_help = true, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the same in every format:
  0  passed
  1  the gate failed: there are findings at or above the threshold
  2  it could not run, or could not look at everything it should have";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files and folders, report what was found and judge it
    #[command(after_help = EXIT_CODES)]
    Scan(Box<ScanArgs>),
    /// List all rules, or test your own
    Rules(RulesArgs),
    /// Explain a rule: what goes wrong, how to fix it, how to accept it
    Explain(ExplainArgs),
    /// Measure every function: complexity, length, parameters, nesting
    Metrics(MetricsArgs),
    /// Show which licences the project declares, and what its licence files are
    Licenses(LicensesArgs),
    /// Write a bill of materials of what the lockfiles pin
    Sbom(SbomArgs),
    /// Download the advisory database, or show what is there
    Db(DbArgs),
    /// Write a commented gate.toml
    Init(InitArgs),
}

#[derive(Debug, ClapArgs)]
pub struct ScanArgs {
    /// What to scan [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Scan what the next commit would change: the index, not the work tree
    #[arg(long, group = "source", help_heading = "Sources")]
    pub staged: bool,

    /// Scan the files that a range changes, and report what it brings in: BASE...HEAD or BASE (since the two parted), BASE..HEAD
    #[arg(long, value_name = "RANGE", group = "source", help_heading = "Sources")]
    pub diff: Option<String>,

    /// Scan one text from standard input
    #[arg(long, group = "source", conflicts_with = "paths", help_heading = "Sources")]
    pub stdin: bool,

    /// What that text would be called as a file; tells its language
    #[arg(long, value_name = "NAME", requires = "stdin", default_value = "stdin", help_heading = "Sources")]
    pub stdin_path: String,

    /// Search the history for secrets too: every version of every file that HEAD reaches, and all messages
    #[arg(long, conflicts_with = "source", help_heading = "Sources")]
    pub history: bool,

    /// Only the history since a commit (what it does not reach) or a date
    #[arg(long, value_name = "REV|DATE", requires = "history", help_heading = "Sources")]
    pub since: Option<String>,

    /// The history of every branch, tag, remote, stash, note and reflog, and objects that nothing reaches
    #[arg(long, requires = "history", help_heading = "Sources")]
    pub all_refs: bool,

    /// Search objects again that an earlier run found to be clean, and remember none
    #[arg(long, requires = "history", help_heading = "Sources")]
    pub no_cache: bool,

    #[arg(long = "format", value_name = "F[=FILE]", value_parser = parse_report, help = format_help())]
    pub formats: Vec<ReportArg>,

    /// Write the report to a file; for one format
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = parse_analysis, help = analysis_help("Run only these analyses"))]
    pub only: Vec<Analysis>,

    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = parse_analysis, help = analysis_help("Run all but these analyses"))]
    pub skip: Vec<Analysis>,

    /// Open archives (zip, jar, whl, tar, gz and their like) and search what they hold for secrets
    #[arg(long)]
    pub archives: bool,

    /// Fail on findings of this level or above, whatever the configuration says
    #[arg(long, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,

    /// The configuration to use [default: the nearest gate.toml at or above the first path]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Your own rules [default: .gate/rules/ below the root]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,

    /// The advisory database: a RustSec checkout, OSV records by ecosystem, or `auto`: what was downloaded, brought up to date
    /// when it is older than a day [default: what was downloaded]
    #[arg(long, value_name = "DIR|auto")]
    pub db: Option<PathBuf>,

    /// Ask OSV's service about the packages instead, or another one at URL
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_API, conflicts_with_all = ["db", "offline"])]
    pub online: Option<String>,

    /// How many days the newest advisory may be old, instead of `max-age-days` of the configuration
    #[arg(long, value_name = "DAYS")]
    pub max_age: Option<u32>,

    /// An OpenVEX document: findings that it says do not affect the product are accepted; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub vex: Vec<PathBuf>,

    /// Promise that the network is not used (without --online and --db auto a scan never does)
    #[arg(long)]
    pub offline: bool,

    /// How many threads work [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub threads: Option<u16>,

    /// Everything counts: warnings, medium confidence, and every file that was left out
    #[arg(long)]
    pub strict: bool,

    /// Print the summary line alone
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// List every file that was not looked at, and accepted findings
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

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

Its fixture, .gate/rules/python/no-sleep.py, has at least two lines of each kind:
  # ruleid: python/no-sleep
  time.sleep(1)
  # ok: python/no-sleep
  asyncio.sleep(1)

Values that look secret are written as templates: {{alnum:30}}, {{hex:40}}."#;

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
    pub sort: Option<MeasureName>,

    /// Only the first N functions [default: text 20, else all]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Only functions with more than this; may be repeated: --over cyclomatic=15
    #[arg(long, value_name = "MEASURE=N", value_parser = limit)]
    pub over: Vec<(MeasureName, f64)>,

    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The configuration to use [default: the nearest gate.toml at or above the first path]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What is measured of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MeasureName {
    Cyclomatic,
    Cognitive,
    Length,
    Statements,
    Parameters,
    Nesting,
    Volume,
    Difficulty,
    Maintainability,
}

fn limit(text: &str) -> Result<(MeasureName, f64), String> {
    let (name, number) = text.split_once('=').ok_or("expected MEASURE=N, for example cyclomatic=15")?;
    let number = number.trim().parse::<f64>().map_err(|_| format!("`{number}` is no number"))?;
    Ok((MeasureName::from_str(name.trim(), true)?, number))
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    Text,
    Json,
}

/// A threshold on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Never,
    Note,
    Warning,
    Error,
}

impl FailOn {
    pub fn level(self) -> Level {
        match self {
            FailOn::Never => Level::None,
            FailOn::Note => Level::Note,
            FailOn::Warning => Level::Warning,
            FailOn::Error => Level::Error,
        }
    }
}

/// A report that was asked for: its format, and the file that it goes to.
#[derive(Clone)]
pub struct ReportArg {
    pub format: &'static dyn Format,
    pub file: Option<PathBuf>,
}

impl std::fmt::Debug for ReportArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.format.name(), self.file)
    }
}

fn parse_report(text: &str) -> Result<ReportArg, String> {
    let (name, file) = match text.split_once('=') {
        Some((_, "")) => return Err("no file name follows the `=`".to_owned()),
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    match FORMATS.iter().find(|format| format.name() == name) {
        Some(format) => Ok(ReportArg { format: *format, file }),
        None => Err(format!("possible formats are {}", format_names().join(", "))),
    }
}

pub fn format_names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name()).collect()
}

fn format_help() -> String {
    let list: Vec<String> = FORMATS.iter().map(|format| format!("{} ({})", format.name(), format.describe())).collect();
    format!("How to report, and to which file; may be repeated: {} [default: {}]", list.join(", "), format_names()[0])
}

/// An ecosystem that OSV has records of.
fn parse_ecosystem(name: &str) -> Result<Ecosystem, String> {
    let known = |ecosystem: &Ecosystem| ecosystem.osv_name().is_some();
    Ecosystem::from_name(name).filter(known).ok_or_else(|| {
        let names: Vec<&str> = Ecosystem::all().filter_map(Ecosystem::osv_name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn parse_analysis(text: &str) -> Result<Analysis, String> {
    let known = Analysis::ALL.map(Analysis::name);
    Analysis::ALL
        .into_iter()
        .find(|analysis| analysis.name() == text)
        .ok_or_else(|| format!("possible analyses are {}", known.join(", ")))
}

fn analysis_help(what: &str) -> String {
    let name =
        |analysis: Analysis| format!("{analysis}{}", if analysis.is_default() { "" } else { " (off by default)" });
    format!("{what}: {}", Analysis::ALL.map(name).join(", "))
}
