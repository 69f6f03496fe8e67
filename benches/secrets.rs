//! How fast the secrets analysis is, and what it finds: `cargo bench --bench secrets -- FOLDER [--list] [--rules N]`.
//!
//! `--rules N` takes N of the secret rules, spread over all, to show what a rule costs.
//! Prints the time to build the analyzer and the throughput of one thread over the folder's text files, which are read
//! before the clock starts; with `--list` one line for each finding instead, the secret masked.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench reports on the terminal")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use gate::analyze::{ANALYZERS, Analyzer, Context, DependencySettings, File, LicenseSettings, SecretMask, Sink};
use gate::model::{Analysis, Encoding, Language, RelPath, SourceFile, Target, TargetRole};
use gate::rulebook::RuleSet;

fn read(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_symlink() || path.ends_with(".git") {
            continue;
        }
        if path.is_dir() {
            read(root, &path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let relative = RelPath::new(path.strip_prefix(root).unwrap_or(&path).to_string_lossy());
            let target = Target {
                size: text.len() as u64,
                language: relative.extension().and_then(Language::from_extension),
                role: TargetRole::of(&relative),
                tracked: None,
                path: relative,
                absolute: path,
            };
            files.push(SourceFile::new(target, text, Encoding::Utf8));
        }
    }
}

fn list(analyzer: &dyn Analyzer, mask: &SecretMask, files: &[SourceFile]) {
    for source in files {
        let mut sink = Sink::default();
        analyzer.analyze(&File { source, syntax: None }, &mut sink);
        for hit in sink.hits {
            let line = source.region(hit.span.clone()).start_line;
            let quoted = source.line(line);
            let quoted = if env::var_os("UNMASKED").is_some() {
                quoted.to_owned()
            } else {
                masked(mask, &source.target, quoted)
            };
            let short: String = quoted.trim().chars().take(160).collect();
            println!("{}\t{}\t{}:{line}\t{short}", hit.confidence, hit.rule.id, source.target.path);
        }
    }
}

fn masked(mask: &SecretMask, target: &Target, line: &str) -> String {
    let mut out = line.to_owned();
    for span in mask.spans(line, target, None).into_iter().rev() {
        out.replace_range(span, "…");
    }
    out
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.first() else { return };
    let start = Instant::now();
    let mut rules = RuleSet::embedded();
    let wanted = arguments.iter().skip_while(|argument| *argument != "--rules").nth(1);
    if let Some(wanted) = wanted.and_then(|number| number.parse::<usize>().ok()) {
        rules.retain(|rule| rule.analysis() == Some(Analysis::Secrets));
        let all = rules.len();
        let mut seen = 0;
        // Evenly: the next one whenever the share of those taken falls behind.
        rules.retain(|_| {
            seen += 1;
            (seen * wanted) / all > ((seen - 1) * wanted) / all
        });
    }
    let unpacked = start.elapsed();
    let (licenses, dependencies) = (LicenseSettings::default(), DependencySettings::default());
    let advisories = Err(String::new());
    let mask = Arc::new(SecretMask::new(&rules));
    let context = Context { rules: &rules, licenses: &licenses, dependencies: &dependencies, mask, advisories };
    let start = Instant::now();
    let analyzers: Vec<Box<dyn Analyzer>> = ANALYZERS.iter().map(|make| make(&context)).collect();
    let built = start.elapsed();
    let Some(analyzer) = analyzers.iter().find(|analyzer| analyzer.analysis() == Analysis::Secrets) else { return };
    let mut files = Vec::new();
    read(Path::new(folder), Path::new(folder), &mut files);
    if arguments.iter().any(|argument| argument == "--list") {
        return list(analyzer.as_ref(), &SecretMask::new(&rules), &files);
    }
    let bytes: usize = files.iter().map(|source| source.text.len()).sum();
    let start = Instant::now();
    let mut hits = 0;
    for source in &files {
        let mut sink = Sink::default();
        analyzer.analyze(&File { source, syntax: None }, &mut sink);
        hits += sink.hits.len();
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{} rules unpacked in {unpacked:?}, analyzers built in {built:?}", rules.len());
    println!(
        "{} files, {:.1} MB, {hits} hits: {seconds:.3} s, {:.0} MB/s",
        files.len(),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / seconds
    );
}
