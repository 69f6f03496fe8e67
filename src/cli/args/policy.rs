//! What was known, what was accepted, and what is made of it: baseline, exceptions, policy.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::TextOrJson;
use super::scan::{analysis_help, parse_analysis};
use crate::model::Analysis;

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

pub(super) fn score(text: &str) -> Result<Score, String> {
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
