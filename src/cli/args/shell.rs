//! For the shell and for git: hooks, doctor, completions, manual pages.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::TextOrJson;

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
