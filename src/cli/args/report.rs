//! Which reports are asked for.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};

use super::EXIT_CODES;
use crate::report::{FORMATS, Format};

/// A report that was asked for: its format, and the file that it goes to.
#[derive(Clone)]
pub struct ReportArg {
    pub format: &'static dyn Format,
    pub file: Option<PathBuf>,
}

impl std::fmt::Debug for ReportArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.format.name(), self.file)
    }
}

/// [`parse_report`], with the names of the formats for whoever completes them.
#[derive(Clone)]
pub(super) struct ReportParser;

impl TypedValueParser for ReportParser {
    type Value = ReportArg;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<ReportArg, clap::Error> {
        parse_report.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMATS.iter().map(|format| PossibleValue::new(format.name()).help(format.describe()))))
    }
}

pub(super) fn parse_report(text: &str) -> Result<ReportArg, String> {
    let (name, file) = match text.split_once('=') {
        Some((_, "")) => return Err("no file name follows the `=`".to_owned()),
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    match FORMATS.iter().find(|format| format.name() == name) {
        Some(format) => Ok(ReportArg { format: *format, file }),
        None => Err(format!("possible formats are {}", format_names().join(", "))),
    }
}

fn format_names() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.name()).collect()
}

pub(super) fn format_help() -> String {
    format!(
        "How to report, and to which file; may be repeated; formats are listed below [default: {}]",
        format_names()[0]
    )
}

/// The formats, one line each, and the exit codes.
pub(super) fn scan_epilogue() -> String {
    let width = format_names().iter().map(|name| name.len()).max().unwrap_or_default();
    let line = |format: &&dyn Format| format!("  {:width$}  {}", format.name(), format.describe());
    let lines: Vec<String> = FORMATS.iter().map(line).collect();
    format!("Formats:\n{}\n\n{EXIT_CODES}", lines.join("\n"))
}
