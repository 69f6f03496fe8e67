//! The command line: the only place that prints, reads the environment and writes reports.

mod args;
mod baseline;
mod change;
mod completions;
mod db;
mod doctor;
mod environment;
mod exceptions;
mod explain;
mod export;
mod hook;
mod init;
mod licenses;
mod log;
mod man;
mod metrics;
mod output;
mod policy;
mod policy_base;
mod policy_files;
mod progress;
mod project;
mod rules;
mod rules_new;
mod rules_test;
mod sbom;
mod scan;
mod sources;
mod watch;

use std::panic;

use clap::Parser;

use self::args::{Args, Command};
use self::output::Failure;

/// Runs the command that the process was started with. Returns the exit code: 0 passed, 1 the gate failed, 2 it could not
/// run or not see everything.
pub fn run() -> u8 {
    hide_panics();
    // What an analyzer does wrong is caught where it runs; this is for the rest of the program.
    panic::catch_unwind(command).unwrap_or(2)
}

/// From now on a panic is told without its message, which may quote the scanned text.
pub fn hide_panics() {
    panic::set_hook(Box::new(|info| output::internal_error(info.location())));
}

fn command() -> u8 {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nobody is left to tell when the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    match dispatch(args.command) {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&failure);
            2
        }
    }
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Scan(args) if args.watch => watch::run(*args),
        Command::Scan(args) => scan::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::Exceptions(args) => exceptions::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Metrics(args) => metrics::run(&args),
        Command::Licenses(args) => licenses::run(&args),
        Command::Sbom(args) => sbom::run(&args),
        Command::Db(args) => db::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Hook(args) => hook::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
