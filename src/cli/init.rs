use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use super::args::InitArgs;
use super::output::{Failure, emit_text};
use crate::config::{FILE_NAME, TEMPLATE};

pub fn run(args: &InitArgs) -> Result<u8, Failure> {
    let file = args.folder.join(FILE_NAME);
    let created = OpenOptions::new().write(true).create_new(true).open(&file);
    match created.and_then(|mut out| out.write_all(TEMPLATE.as_bytes())) {
        Ok(()) => {
            emit_text(None, &format!("wrote {}; `gate scan` uses it from now on\n", file.display()))?;
            Ok(0)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::new(format!("{} is there already and stays as it is", file.display())))
        }
        Err(error) => Err(Failure::new(format!("{} could not be written: {error}", file.display()))),
    }
}
