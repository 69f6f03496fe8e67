//! The floor and the one walk of each tree: what the facts cost before any rule looks at them.
//!
//! usage: cargo bench --bench facts -- PATH

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use gate::source::{Read, read, walk};
use gate::syntax::{KindSet, Parser};
use globset::GlobSet;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(root) = arguments.next().map(PathBuf::from).and_then(|path| path.canonicalize().ok()) else {
        eprintln!("usage: facts PATH");
        return ExitCode::from(2);
    };
    let kinds = KindSet::default();
    let mut parser = Parser::default();
    let (mut functions, mut calls, mut bindings) = (0, 0, 0);
    for target in &walk(&root, std::slice::from_ref(&root), &GlobSet::empty()).targets {
        let Read::Text(file) = read(target, 10 << 20) else { continue };
        if let Some(language) = file.target.language
            && let Ok(tree) = parser.parse(language, &file.text, Duration::from_secs(60))
        {
            let syntax = tree.index(&file.text, &kinds);
            functions += syntax.functions.len();
            calls += syntax.calls.len();
            bindings += syntax.assigns.len();
        }
    }
    println!("{functions} functions, {calls} calls, {bindings} assignments");
    ExitCode::SUCCESS
}
