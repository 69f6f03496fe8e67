use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::environment::is_run_id;
use crate::advisory::DEFAULT_API;
use crate::model::{Analysis, Ecosystem, Level, Measure};
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
    #[command(after_help = scan_epilogue())]
    Scan(Box<ScanArgs>),
    /// List all rules, or test your own
    Rules(RulesArgs),
    /// Write down what is there today, so that only what comes new fails the gate
    Baseline(BaselineArgs),
    /// List the exceptions, or write them for other tools
    Exceptions(ExceptionsArgs),
    /// Explain what the policy makes of a finding, or show a preset
    Policy(PolicyArgs),
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
    /// Have git ask `gate` before each commit or push
    Hook(HookArgs),
    /// Check whether a scan would find all that it needs: git, configuration, rules, database, cache
    #[command(after_help = DOCTOR_CODES)]
    Doctor(DoctorArgs),
    /// Print what a shell needs to complete the arguments
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

const DOCTOR_CODES: &str = "\
Exit codes:
  0  a scan would run; a warning says what it would not see
  2  something fails, as it would in a scan";

#[derive(Debug, Default, ClapArgs)]
pub struct ScanArgs {
    /// What to scan [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Scan what the next commit would change: the index, not the work tree
    #[arg(long, group = "source", help_heading = "Sources")]
    pub staged: bool,

    /// Scan the files that a range changes, and judge what it brings in: BASE...HEAD or BASE (since the two parted), BASE..HEAD, or
    /// `auto`: the pull request, merge group or push that is built here, and everything where none is
    #[arg(long, value_name = "RANGE", group = "source", help_heading = "Sources")]
    pub diff: Option<String>,

    /// Read gate.toml, .gate/ and .gateignore from where HEAD left BASE, so that a change cannot loosen the gate that judges it; `auto`:
    /// from where --diff starts
    #[arg(long, value_name = "BASE", conflicts_with_all = ["stdin", "history"], help_heading = "Sources")]
    pub policy_from: Option<String>,

    /// Scan one text from standard input
    #[arg(long, group = "source", conflicts_with = "paths", help_heading = "Sources")]
    pub stdin: bool,

    /// What that text would be called as a file; tells its language
    #[arg(long, value_name = "NAME", requires = "stdin", default_value = "stdin", help_heading = "Sources")]
    pub stdin_path: String,

    /// Search the history for secrets (and pii, if asked for) too: every version of every file that HEAD reaches, and all messages
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

    #[arg(long = "format", value_name = "F[=FILE]", value_parser = ReportParser, hide_possible_values = true, help = format_help())]
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

    /// What was known before [default: .gate/baseline.jsonl below the root, where it is]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,

    /// Judge everything as if it were new
    #[arg(long)]
    pub no_baseline: bool,

    /// Set where the baseline is to be written and need not be there; with the file, if one was named
    #[arg(skip)]
    pub baseline_to_write: Option<Option<PathBuf>>,

    /// The configuration to use [default: the outermost gate.toml of the repository at or above the first path]
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

    /// Scan again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["source", "history"])]
    pub watch: bool,

    /// Log what happens on standard error, every line with the id of the run; -vv and -vvv log more
    #[arg(long, value_name = "F", help_heading = "Diagnostics")]
    pub log_format: Option<LogFormat>,

    /// Say on standard error how long each phase and analysis took
    #[arg(long, help_heading = "Diagnostics")]
    pub timings: bool,

    /// What to call this run in reports and in the log. Without it reports tell no name, and the log takes that of the CI job
    #[arg(long, value_name = "ID", value_parser = parse_run_id, help_heading = "Diagnostics")]
    pub run_id: Option<String>,

    /// Print the summary line alone
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// List every file that was not looked at, and accepted findings
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, ClapArgs)]
pub struct BaselineArgs {
    /// What to scan; entries for what is not looked at stay [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Only remove what is gone, add nothing
    #[arg(long)]
    pub prune: bool,

    /// The secrets of the history too: every version of every file that HEAD reaches, and all messages
    #[arg(long)]
    pub history: bool,

    /// The history of every branch, tag, remote, stash, note and reflog, and objects that nothing reaches
    #[arg(long, requires = "history")]
    pub all_refs: bool,

    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = parse_analysis, help = analysis_help("Run only these analyses"))]
    pub only: Vec<Analysis>,

    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = parse_analysis, help = analysis_help("Run all but these analyses"))]
    pub skip: Vec<Analysis>,

    /// The file to write [default: what the configuration says, or .gate/baseline.jsonl below the root]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// The configuration to use [default: the outermost gate.toml of the repository at or above the first path]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Your own rules [default: .gate/rules/ below the root]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,

    /// The advisory database: a checkout of RustSec's [default: the one that was downloaded]
    #[arg(long, value_name = "DIR")]
    pub db: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct ExceptionsArgs {
    #[command(subcommand)]
    pub command: ExceptionsCommand,
}

#[derive(Debug, Subcommand)]
pub enum ExceptionsCommand {
    /// List them: what they accept, who answers for it, and until when
    List(ExceptionsListArgs),
    /// Write those for advisories as another tool reads them
    Export(ExceptionsExportArgs),
}

#[derive(Debug, ClapArgs)]
pub struct ExceptionsListArgs {
    /// The project
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    /// How to list them
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: TextOrJson,

    /// The configuration to use [default: the outermost gate.toml of the repository at or above the path]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct ExceptionsExportArgs {
    /// The project
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    /// For which tool: deny.toml, .cargo/audit.toml, osv-scanner.toml, .trivyignore
    #[arg(long, value_name = "F")]
    pub format: ExportFormat,

    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The configuration to use [default: the outermost gate.toml of the repository at or above the path]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// A tool that has a file of exceptions of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Deny,
    Audit,
    OsvScanner,
    Trivyignore,
}

#[derive(Debug, ClapArgs)]
pub struct PolicyArgs {
    #[command(subcommand)]
    pub command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Tell what a finding of a rule in a file results in, and which line decides
    Explain(PolicyExplainArgs),
    /// Print a preset as it would be written, or list them
    Preset(PolicyPresetArgs),
}

#[derive(Debug, ClapArgs)]
pub struct PolicyExplainArgs {
    /// The file; it need not be there
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// A rule's id
    #[arg(value_name = "RULE")]
    pub rule: String,

    /// As if the finding were of this level [default: the rule's]
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<FindingLevel>,

    /// As if its confidence were this [default: the rule's]
    #[arg(long, value_name = "C")]
    pub confidence: Option<FindingConfidence>,

    /// As if it had this score, or `none` [default: the rule's]
    #[arg(long, value_name = "SCORE", value_parser = score)]
    pub security_severity: Option<Score>,

    /// As if its probability of exploitation were this
    #[arg(long, value_name = "SHARE")]
    pub epss: Option<f64>,

    /// As if it were a known exploited vulnerability
    #[arg(long)]
    pub kev: bool,

    /// As if it stood so to the baseline
    #[arg(long, value_name = "STATE", default_value = "new")]
    pub baseline: FindingState,

    /// Show the conditions that do not speak of it too
    #[arg(long, short)]
    pub verbose: bool,

    /// The configuration to use [default: the outermost gate.toml of the repository at or above the file]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Your own rules [default: .gate/rules/ below the root]
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingLevel {
    Note,
    Warning,
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingConfidence {
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingState {
    New,
    Unchanged,
    Updated,
}

/// A score on the command line; `None` where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score(pub Option<f64>);

fn score(text: &str) -> Result<Score, String> {
    if text == "none" {
        return Ok(Score(None));
    }
    let score = text.parse::<f64>().ok().filter(|score| (0.1..=10.0).contains(score));
    score.map(|score| Score(Some(score))).ok_or_else(|| "a score goes from 0.1 to 10, or is `none`".to_owned())
}

#[derive(Debug, ClapArgs)]
pub struct PolicyPresetArgs {
    /// Which one
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
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

fn limit(text: &str) -> Result<(Measure, f64), String> {
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

#[derive(Debug, ClapArgs)]
pub struct HookArgs {
    #[command(subcommand)]
    pub command: HookCommand,
}

#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Write the hook to where git looks for it (core.hooksPath counts); a hook that is there stays
    Install(HookInstallArgs),
    /// Remove the hook, and put back what was there before
    Uninstall(HookUninstallArgs),
    /// What the hook does: scan what is staged, or what is about to be pushed
    Run(HookRunArgs),
}

#[derive(Debug, ClapArgs)]
pub struct HookInstallArgs {
    /// Before which command of git
    #[arg(long = "type", value_name = "TYPE", default_value = "pre-commit")]
    pub kind: HookType,

    /// Keep a hook that is there, and let it run first
    #[arg(long)]
    pub chain: bool,

    /// Options of `gate scan` for the hook, after `--`: -- --only secrets
    #[arg(value_name = "OPTION", last = true)]
    pub options: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub struct HookUninstallArgs {
    /// Before which command of git
    #[arg(long = "type", value_name = "TYPE", default_value = "pre-commit")]
    pub kind: HookType,
}

#[derive(Debug, ClapArgs)]
pub struct HookRunArgs {
    /// Before which command of git
    #[arg(value_name = "TYPE")]
    pub kind: HookType,

    /// Options of `gate scan`
    #[arg(value_name = "OPTION", trailing_var_arg = true, allow_hyphen_values = true)]
    pub options: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookType {
    PreCommit,
    PrePush,
}

impl HookType {
    /// What git calls it.
    pub fn name(self) -> &'static str {
        match self {
            HookType::PreCommit => "pre-commit",
            HookType::PrePush => "pre-push",
        }
    }
}

#[derive(Debug, ClapArgs)]
pub struct DoctorArgs {
    /// The project
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,

    /// How to report
    #[arg(long, value_name = "F", default_value = "text")]
    pub format: TextOrJson,
}

#[derive(Debug, ClapArgs)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub struct ManArgs {
    /// The command that it is about [default: gate itself]
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,

    /// Write the pages of all commands to a folder
    #[arg(long, short, value_name = "DIR", conflicts_with = "command")]
    pub output: Option<PathBuf>,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
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

/// [`parse_report`], with the names of the formats for whoever completes them.
#[derive(Clone)]
struct ReportParser;

impl TypedValueParser for ReportParser {
    type Value = ReportArg;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<ReportArg, clap::Error> {
        parse_report.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMATS.iter().map(|format| PossibleValue::new(format.name()).help(format.describe()))))
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
    format!(
        "How to report, and to which file; may be repeated; formats are listed below [default: {}]",
        format_names()[0]
    )
}

/// The formats, one line each, and the exit codes.
fn scan_epilogue() -> String {
    let width = format_names().iter().map(|name| name.len()).max().unwrap_or_default();
    let line = |format: &&dyn Format| format!("  {:width$}  {}", format.name(), format.describe());
    let lines: Vec<String> = FORMATS.iter().map(line).collect();
    format!("Formats:\n{}\n\n{EXIT_CODES}", lines.join("\n"))
}

fn parse_run_id(text: &str) -> Result<String, String> {
    let wanted = || "expected 1 to 128 letters, digits and `._:/{}-`".to_owned();
    is_run_id(text).then(|| text.to_owned()).ok_or_else(wanted)
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
