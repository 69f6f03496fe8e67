//! The floor under any scan with our libraries: walk the tree, read every file, parse what has a grammar, do nothing else.
//!
//! usage: cargo bench --bench floor -- PATH [THREADS]

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use gate::source::{Read, read, walk};
use gate::syntax::Parser;
use globset::GlobSet;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(path) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: floor PATH [THREADS]");
        return ExitCode::from(2);
    };
    let threads = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let Ok(root) = path.canonicalize() else {
        eprintln!("{} does not exist", path.display());
        return ExitCode::from(2);
    };
    let mut targets = walk(&root, std::slice::from_ref(&root), &GlobSet::empty()).targets;
    targets.sort_by_key(|target| std::cmp::Reverse(target.size));
    let (next, files, bytes, parsed) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut parser = Parser::default();
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Read::Text(file) = read(target, 10 << 20) else { continue };
                    files.fetch_add(1, Ordering::Relaxed);
                    bytes.fetch_add(file.text.len() as u64, Ordering::Relaxed);
                    if let Some(language) = file.target.language
                        && parser.parse(language, &file.text, Duration::from_secs(60)).is_ok()
                    {
                        parsed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    println!("{files:?} files read, {bytes:?} bytes, {parsed:?} parsed");
    ExitCode::SUCCESS
}
