use clap::CommandFactory;

use super::args::{Args, CompletionsArgs};
use super::output::{Failure, emit};

/// Prints what a shell needs to complete `gate`, made from the definitions of the arguments.
pub fn run(args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "gate", &mut script);
    emit(None, |out| out.write_all(&script))?;
    Ok(0)
}
