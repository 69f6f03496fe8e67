//! Where text goes: the terminal, or a file that is there whole or not at all.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::panic::Location;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};

use super::log;

/// Why the command could not do its work: what was tried, on what, and what to do next.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure(message.into())
    }

    /// Several faults of one kind, each on its own lines.
    pub fn list(faults: impl IntoIterator<Item = impl fmt::Display>) -> Failure {
        Failure(faults.into_iter().map(|fault| fault.to_string()).collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says on standard error why the command failed.
pub fn complain(failure: &Failure) {
    if log::format().is_some() {
        tracing::error!("{failure}");
        return;
    }
    let style: Style = AnsiColor::Red.on_default().bold();
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{style}error{style:#}: {failure}");
}

/// Says on standard error what is worth knowing, and goes on.
pub fn remark(text: &str) {
    if log::format().is_some() {
        tracing::info!("{text}");
        return;
    }
    log_line(text);
}

/// Writes a line to standard error.
pub fn log_line(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says on standard error that the program itself failed, and where, but not on what: that may be secret.
pub fn internal_error(location: Option<&Location<'_>>) {
    let place = location.map_or_else(
        || "an unknown place".to_owned(),
        |at| {
            let file = at.file().replace('\\', "/");
            // Of a library's file the path above it is the builder's own affair.
            let parts: Vec<&str> = file.rsplit('/').take(4).collect();
            format!("{}:{}", parts.into_iter().rev().collect::<Vec<_>>().join("/"), at.line())
        },
    );
    complain(&Failure(format!("internal error at {place}; please report it (nothing of the scanned text is shown)")));
}

/// `1 file`, `2 files`.
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Whether standard output shows colours: it is a terminal, and NO_COLOR and its relatives allow it.
pub fn stdout_has_color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// The characters in a line of standard output, where that is a terminal.
pub fn stdout_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}

/// Empties the terminal that standard output is; anything else stays as it is.
pub fn clear_terminal() {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        // Nobody is left to tell when the terminal is gone.
        let _ = out.write_all(b"\x1b[2J\x1b[H").and_then(|()| out.flush());
    }
}

pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// What `write` writes goes to `file`, or to standard output where there is none. A reader that has had enough (`| head`) is
/// no failure.
pub fn emit(file: Option<&Path>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    match file {
        Some(file) => write_file(file, write)
            .map_err(|error| Failure::new(format!("the report could not be written to {}: {error}", file.display()))),
        None => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            match write(&mut out).and_then(|()| out.flush()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    Err(Failure::new(format!("standard output could not be written: {error}")))
                }
                _ => {
                    // What is left in the buffer has no reader.
                    drop(out.into_parts());
                    Ok(())
                }
            }
        }
    }
}

/// Prints `text` on standard output, or writes it to `file`.
pub fn emit_text(file: Option<&Path>, text: &str) -> Result<(), Failure> {
    emit(file, |out| out.write_all(text.as_bytes()))
}

/// Fails before the work, where a report could not be written after it.
pub fn check_writable(file: &Path) -> Result<(), Failure> {
    let folder = folder_of(file);
    if !folder.is_dir() {
        let message =
            format!("the report cannot be written to {}: there is no folder {}", file.display(), folder.display());
        return Err(Failure::new(message));
    }
    if file.is_dir() {
        return Err(Failure::new(format!("the report cannot be written to {}: that is a folder", file.display())));
    }
    // A pipe or a device is written to as it is; anything else is made beside its place first.
    let is_special = fs::metadata(file).is_ok_and(|metadata| !metadata.is_file());
    if !is_special && let Err(error) = tempfile::tempfile_in(&folder) {
        let message = format!("the report cannot be written to {}: {error}", file.display());
        return Err(Failure::new(message));
    }
    Ok(())
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Beside the file first, then in its place: a reader sees the old text or the new one, never a part.
fn write_file(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A pipe or a device is not replaced, it is written to.
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(file)?);
        write(&mut out)?;
        return out.flush();
    }
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gate-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any file that a program makes; the umask takes away from it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // Whole before the file is there: an interrupt leaves a part behind only if it comes in the middle of one write.
    let mut report = Vec::new();
    write(&mut report)?;
    let mut temporary = builder.tempfile_in(folder_of(&target))?;
    temporary.write_all(&report)?;
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}
