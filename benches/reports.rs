//! What it costs to write a report of many findings: `cargo bench --bench reports -- [COUNT]`. Each format is written in a process
//! of its own, so that the peak of its memory is its own; `run` is the findings alone.

#![allow(clippy::print_stdout, clippy::expect_used)]

use std::io::{self, Write};
use std::process::Command;
use std::time::Instant;

use gate::model::{
    Analysis, Coverage, Finding, Fingerprint, Location, Outcome, Region, RelPath, Run, Snippet, Verdict,
};
use gate::report::{FORMATS, Options};
use gate::rulebook::RuleSet;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let count = args.first().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    match args.get(1) {
        Some(format) => one(format, count),
        None => {
            println!("| {count} findings | ms | MB | peak MiB |\n|---|---|---|---|");
            let program = std::env::current_exe().expect("the program has a path");
            for format in ["run"].into_iter().chain(FORMATS.iter().map(|format| format.name())) {
                let status = Command::new(&program).args([&count.to_string(), format]).status();
                assert!(status.is_ok_and(|status| status.success()), "{format}");
            }
        }
    }
}

fn one(name: &str, count: usize) {
    let run = many(count);
    let mut sink = Sink(0);
    let started = Instant::now();
    if let Some(format) = FORMATS.iter().find(|format| format.name() == name) {
        format.write(&run, Options::default(), &mut sink).expect("a sink takes all");
    }
    let ms = started.elapsed().as_millis();
    println!("| {name} | {ms} | {:.1} | {} |", sink.0 as f64 / 1e6, peak());
}

fn many(count: usize) -> Run {
    let rules: Vec<_> = RuleSet::embedded().iter().cloned().collect();
    let line = "    result = subprocess.run(command, shell=True, check=False)  # as it was";
    let finding = |index: usize| {
        let rule = &rules[index % rules.len()];
        let line_number = index as u32 % 500 + 1;
        Finding {
            rule: rule.clone(),
            level: rule.level,
            confidence: rule.confidence,
            message: format!("`subprocess.run` gives a shell a command that is put together at run time, {index}"),
            location: Location {
                path: RelPath::new(format!("services/billing/src/module{:04}.py", index / 50)),
                region: Region {
                    start_line: line_number,
                    start_column: 14,
                    end_line: line_number,
                    end_column: 60,
                    start_byte: 0,
                    end_byte: 46,
                },
            },
            snippet: Snippet { line: line.to_owned(), highlight: (13, 59) },
            related: Vec::new(),
            properties: vec![("package", "time".into()), ("version", "0.1.43".into())],
            secret: None,
            fix: None,
            origin: None,
            fingerprint: Fingerprint {
                gate: format!("{index:032x}"),
                line_hash: format!("{index:016x}:1"),
                ..Fingerprint::default()
            },
            suppressions: Vec::new(),
            baseline: None,
            outcome: if index.is_multiple_of(100) { Outcome::Fail } else { Outcome::Warn },
        }
    };
    Run {
        root: "/".into(),
        analyses: Analysis::ALL.to_vec(),
        findings: (0..count).map(finding).collect(),
        rules,
        absent: Vec::new(),
        notifications: Vec::new(),
        coverage: Coverage::default(),
        functions: Vec::new(),
        files: Vec::new(),
        inventories: Vec::new(),
        verdict: Verdict::Passed,
    }
}

struct Sink(usize);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory that this process had, in MiB, where Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse::<u64>().ok());
    kib.map_or_else(|| "–".to_owned(), |kib| (kib / 1024).to_string())
}
