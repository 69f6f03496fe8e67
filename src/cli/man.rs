use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::args::{Args, ManArgs};
use super::output::{self, Failure, emit};

/// Prints the manual page of a command, or writes those of all commands to a folder.
pub fn run(args: &ManArgs) -> Result<u8, Failure> {
    let mut command = Args::command();
    // The names of subcommands (`gate-scan`) and the options that all have are filled in here.
    command.build();
    match &args.output {
        Some(folder) => write_all(&command, folder)?,
        None => {
            let chosen = args.command.iter().try_fold(&command, |command, name| {
                command.find_subcommand(name).ok_or_else(|| {
                    let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
                    Failure::new(format!("there is no command `{name}`; there is {}", known.join(", ")))
                })
            })?;
            emit(None, |out| page(chosen, out))?;
        }
    }
    Ok(0)
}

fn write_all(command: &Command, folder: &Path) -> Result<(), Failure> {
    let file = folder.join(format!("{}.1", name(command)));
    output::check_writable(&file)?;
    emit(Some(&file), |out| page(command, out))?;
    let is_told = |command: &&Command| command.get_name() != "help" && !command.is_hide_set();
    command.get_subcommands().filter(is_told).try_for_each(|command| write_all(command, folder))
}

fn page(command: &Command, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = Vec::new();
    let source = format!("gate {}", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).title(name(command)).source(source).render(&mut text)?;
    out.write_all(&text)
}

/// `gate`, `gate-db-update`.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or(command.get_name()).to_owned()
}
