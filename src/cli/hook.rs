//! Git hooks for those who use no hook manager: a script of a few lines that runs `gate hook run`. A hook of somebody else is kept: it
//! runs first, or the installation is refused.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::args::{Args, Command, HookArgs, HookCommand, HookInstallArgs, HookRunArgs, HookType, ScanArgs};
use super::output::{Failure, emit_text};
use super::scan;
use crate::source::{Hooks, Proposal, Repository};

/// The second line of every script of ours.
const MARK: &str = "# Installed by `gate hook install`; `gate hook uninstall` removes it.";

pub fn run(args: &HookArgs) -> Result<u8, Failure> {
    match &args.command {
        HookCommand::Install(args) => install(args),
        HookCommand::Uninstall(args) => uninstall(args.kind),
        HookCommand::Run(args) => match args.kind {
            HookType::PreCommit => scanned(&["--staged".to_owned()], &args.options),
            HookType::PrePush => pushed(args),
        },
    }
}

fn repository() -> Result<Repository, Failure> {
    Repository::around(Path::new("."), true).map_err(|error| Failure::new(format!("no hook: {error}")))
}

/// The folder of the hooks, if a hook there is this repository's alone.
fn folder() -> Result<PathBuf, Failure> {
    let repository = repository()?;
    if repository.work_tree().is_none() {
        return Err(Failure::new("no hook: the repository is bare, so nobody commits or pushes in it"));
    }
    let Hooks { folder, is_own, .. } = repository.hooks().map_err(|error| Failure::new(format!("no hook: {error}")))?;
    if is_own {
        return Ok(folder);
    }
    Err(Failure::new(format!(
        "no hook: core.hooksPath is {0}, which other repositories use too; have a hook there run `gate scan --staged`, or give \
         this repository its own: `git config --local core.hooksPath .githooks`",
        folder.display()
    )))
}

fn install(args: &HookInstallArgs) -> Result<u8, Failure> {
    // What is wrong with the options is better said now than at the first commit.
    scan_args(&[], &args.options)?;
    let folder = folder()?;
    let file = folder.join(args.kind.name());
    let former = former(&file);
    let failed = |error: std::io::Error| Failure::new(format!("{} could not be written: {error}", file.display()));
    fs::create_dir_all(&folder).map_err(failed)?;
    if fs::symlink_metadata(&file).is_ok() && !is_ours(&file) {
        if !args.chain {
            let message = format!(
                "{} is there already and stays as it is: add `gate hook run {}` to it, or let it run first with --chain",
                file.display(),
                args.kind.name()
            );
            return Err(Failure::new(message));
        }
        if fs::symlink_metadata(&former).is_ok() {
            let message = format!("{} is there already, so {} cannot be moved there", former.display(), file.display());
            return Err(Failure::new(message));
        }
        fs::rename(&file, &former).map_err(failed)?;
    }
    let program = std::env::current_exe().map_err(failed)?;
    write(&file, &script(args.kind, &program, &args.options)).map_err(failed)?;
    let first = if former.exists() { format!("; {} runs first", former.display()) } else { String::new() };
    emit_text(None, &format!("wrote {}{first}\n", file.display()))?;
    Ok(0)
}

fn uninstall(kind: HookType) -> Result<u8, Failure> {
    let file = folder()?.join(kind.name());
    let failed = |error: std::io::Error| Failure::new(format!("{} could not be removed: {error}", file.display()));
    if fs::symlink_metadata(&file).is_err() {
        emit_text(None, &format!("there is no {}\n", file.display()))?;
        return Ok(0);
    }
    if !is_ours(&file) {
        return Err(Failure::new(format!("{} is none of ours and stays as it is", file.display())));
    }
    let former = former(&file);
    let mut told = format!("removed {}\n", file.display());
    if fs::symlink_metadata(&former).is_ok() {
        fs::rename(&former, &file).map_err(failed)?;
        told = format!("put {} back in its place\n", file.display());
    } else {
        fs::remove_file(&file).map_err(failed)?;
    }
    emit_text(None, &told)?;
    Ok(0)
}

/// Where a hook that was there before ours is kept.
fn former(file: &Path) -> PathBuf {
    file.with_extension("before-gate")
}

fn is_ours(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.lines().nth(1) == Some(MARK))
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    fs::write(file, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// For any POSIX shell, also that of git for Windows.
fn script(kind: HookType, program: &Path, options: &[String]) -> String {
    let name = kind.name();
    let program = quoted(&program.to_string_lossy().replace('\\', "/"));
    let options: String = options.iter().map(|option| format!(" {}", quoted(option))).collect();
    // What git writes to a hook can be read only once.
    let (first, then) = match kind {
        HookType::PreCommit => ("\"$former\" \"$@\" || exit", "exec "),
        HookType::PrePush => ("printf '%s\\n' \"$input\" | \"$former\" \"$@\" || exit", "printf '%s\\n' \"$input\" | "),
    };
    let input = if kind == HookType::PrePush { "input=$(cat)\n" } else { "" };
    format!(
        "#!/bin/sh\n{MARK}\n{input}former=\"$(dirname -- \"$0\")/{name}.before-gate\"\nif [ -x \"$former\" ]; then\n  {first}\nfi\n\
         gate={program}\n[ -x \"$gate\" ] || gate=gate\nif ! command -v \"$gate\" >/dev/null 2>&1; then\n  \
         echo \"{name}: gate is not there any more: install it, or remove this hook: $0\" >&2\n  exit 1\nfi\n\
         {then}\"$gate\" hook run {name}{options}\n"
    )
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn scan_args(first: &[String], options: &[String]) -> Result<ScanArgs, Failure> {
    let words = ["gate", "scan"].map(str::to_owned);
    let parsed = Args::try_parse_from(words.iter().chain(first).chain(options));
    match parsed.map_err(|error| Failure::new(error.to_string().trim_start_matches("error: ").trim_end()))?.command {
        Command::Scan(args) => Ok(*args),
        _ => Err(Failure::new("the options of a hook are those of `gate scan`")),
    }
}

fn scanned(first: &[String], options: &[String]) -> Result<u8, Failure> {
    scan::run(&scan_args(first, options)?)
}

/// Scans what is about to be pushed: each line of standard input names a branch here and there, or pre-commit's variables do.
fn pushed(args: &HookRunArgs) -> Result<u8, Failure> {
    let repository = repository()?;
    let updates = match std::env::var("PRE_COMMIT_TO_REF") {
        Ok(to) => vec![Update { local: to, remote: std::env::var("PRE_COMMIT_FROM_REF").unwrap_or_default() }],
        Err(_) => {
            let mut text = String::new();
            let read = std::io::stdin().lock().take(1 << 20).read_to_string(&mut text);
            read.map_err(|error| Failure::new(format!("standard input could not be read: {error}")))?;
            text.lines().filter_map(Update::of).collect()
        }
    };
    let mut code = 0;
    for update in updates.iter().filter(|update| !is_zero(&update.local)) {
        code = code.max(update.scan(&repository, &args.options)?);
    }
    Ok(code)
}

/// A commit that goes to a remote, and what the remote has there; zeros for nothing.
struct Update {
    local: String,
    remote: String,
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

impl Update {
    /// `refs/heads/main 67890 refs/heads/main 12345`
    fn of(line: &str) -> Option<Update> {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            [_, local, _, remote] => Some(Update { local: (*local).to_owned(), remote: (*remote).to_owned() }),
            _ => None,
        }
    }

    fn scan(&self, repository: &Repository, options: &[String]) -> Result<u8, Failure> {
        let known = if is_zero(&self.remote) { Vec::new() } else { vec![self.remote.clone()] };
        let proposal = Proposal {
            what: format!("the push of {}", self.local),
            bases: known.into_iter().chain(repository.remote_branches()).collect(),
            last: Some(self.local.clone()),
            ..Proposal::default()
        };
        match repository.proposed(&proposal) {
            Ok(range) => scanned(&["--diff".to_owned(), range.text()], options),
            // The remote has nothing of it: all of it goes there.
            Err(_) => scanned(&[], options),
        }
    }
}
