//! The options of a scan.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::report::{ReportArg, ReportParser, format_help};
use crate::advisory::DEFAULT_API;
use crate::cli::environment::is_run_id;
use crate::model::{Analysis, Level};

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

    /// Scan the packages of a bill of materials (CycloneDX or SPDX, JSON), whatever it is called
    #[arg(long, value_name = "FILE", group = "source", conflicts_with = "paths", help_heading = "Sources")]
    pub sbom: Option<PathBuf>,

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

    /// An OpenVEX or CycloneDX document: findings that it says do not affect the product are accepted; may be given more than once
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

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
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

pub(super) fn parse_run_id(text: &str) -> Result<String, String> {
    let wanted = || "expected 1 to 128 letters, digits and `._:/{}-`".to_owned();
    is_run_id(text).then(|| text.to_owned()).ok_or_else(wanted)
}

pub(super) fn parse_analysis(text: &str) -> Result<Analysis, String> {
    let known = Analysis::ALL.map(Analysis::name);
    Analysis::ALL
        .into_iter()
        .find(|analysis| analysis.name() == text)
        .ok_or_else(|| format!("possible analyses are {}", known.join(", ")))
}

pub(super) fn analysis_help(what: &str) -> String {
    let name =
        |analysis: Analysis| format!("{analysis}{}", if analysis.is_default() { "" } else { " (off by default)" });
    format!("{what}: {}", Analysis::ALL.map(name).join(", "))
}
