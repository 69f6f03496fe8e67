//! Reads and checks `rules/` and packs it, so that the program parses no TOML when it starts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

#[allow(dead_code, unused_imports, reason = "the build uses a part of the module")]
#[path = "src/model"]
mod model {
    mod analysis;
    mod code_pattern;
    mod flow;
    mod language;
    mod matcher;
    mod rule;

    pub use analysis::Analysis;
    pub use code_pattern::{Around, CodePattern, Formula, Hole};
    pub use flow::{FlowArgument, FlowFilter, FlowList, FlowMatcher, FlowPass, FlowSink, FlowSource};
    pub use language::Language;
    pub use matcher::{
        AssignMatcher, CallMatcher, Matcher, Near, PatternMatcher, Place, Predicate, QueryMatcher, RegexMatcher,
    };
    pub use rule::{Confidence, Level, OptionValue, Rule, RuleId, SecuritySeverity};
}

#[allow(dead_code, unused_imports, reason = "the build uses a part of the module")]
#[path = "src/rulebook"]
mod rulebook {
    mod builtin;
    mod error;
    mod flow;
    mod formula;
    mod raw;
    mod raw_flow;
    mod raw_pattern;
    mod scm;
    mod validate;

    pub use error::RuleError;
    pub use flow::read_flow_lists;
    pub use validate::read_rules;
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build.rs");
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn pack() -> Result<(), String> {
    let mut files = Vec::new();
    collect(Path::new("rules"), &mut files).map_err(|error| format!("rules/: {error}"))?;
    files.sort();
    let mut sources = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.strip_prefix("rules").unwrap_or(file).to_string_lossy().replace('\\', "/");
        sources.push((name, text));
    }
    let pairs = || sources.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let faults = |errors: Vec<rulebook::RuleError>| {
        errors.iter().map(|error| format!("rules/{error}")).collect::<Vec<_>>().join("\n")
    };
    let lists = rulebook::read_flow_lists(pairs()).map_err(faults)?;
    let rules = rulebook::read_rules(pairs()).map_err(faults)?;
    write("rules.bin", postcard::to_stdvec(&rules))?;
    write("flow.bin", postcard::to_stdvec(&lists))
}

fn write(name: &str, bytes: postcard::Result<Vec<u8>>) -> Result<(), String> {
    let bytes = bytes.map_err(|error| error.to_string())?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?).join(name);
    fs::write(&out, bytes).map_err(|error| format!("{}: {error}", out.display()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
