//! The command line.

mod policy;
mod project;
mod report;
mod scan;
mod shell;

use clap::{Parser, Subcommand, ValueEnum};

pub use self::policy::*;
pub use self::project::*;
pub use self::report::ReportArg;
use self::report::scan_epilogue;
pub use self::scan::*;
pub use self::shell::*;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    Text,
    Json,
}
