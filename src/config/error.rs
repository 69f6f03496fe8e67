use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::model::without_values;

/// A fault in a configuration file, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub file: PathBuf,
    /// From 1; 0 where the file as such could not be read.
    pub line: usize,
    pub column: usize,
    pub message: String,
    /// What to write instead, or where to look.
    pub help: Option<String>,
}

impl ConfigError {
    /// At byte `offset` of the file's `text`.
    pub(super) fn at(file: &Path, text: &str, offset: usize, message: impl Into<String>) -> ConfigError {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ConfigError {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: without_values(&message.into()),
            help: None,
        }
    }

    /// `what` is in the file: `the configuration`.
    pub(super) fn unreadable(file: &Path, what: &str, error: &std::io::Error) -> ConfigError {
        let message = format!("{what} could not be read: {error}");
        ConfigError { file: file.to_owned(), line: 0, column: 0, message, help: None }
    }

    /// What the TOML reader says, in our words where it lists what is known.
    pub(super) fn of_toml(file: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
        let offset = error.span().map_or(0, |span: Range<usize>| span.start);
        let said = error.message().trim();
        let quoted: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
        let mut fault = ConfigError::at(file, text, offset, said);
        if let [wrong, known @ ..] = quoted.as_slice()
            && let Some(kind) = [("unknown field", "unknown key"), ("unknown variant", "impossible value")]
                .into_iter()
                .find_map(|(prefix, kind)| said.starts_with(prefix).then_some(kind))
        {
            fault.message = without_values(&format!("{kind} `{wrong}`"));
            fault.help = did_you_mean(wrong, known.iter().copied()).or_else(|| one_of(known));
        }
        fault
    }

    pub(super) fn help(mut self, help: Option<String>) -> ConfigError {
        self.help = help;
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "\n  {help}"))
    }
}

impl std::error::Error for ConfigError {}

/// The nearest of `known`, as a question, if one is near.
pub(super) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wrong = wrong.to_lowercase();
    let (likeness, nearest) = known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness > 0.8).then(|| format!("did you mean `{nearest}`?"))
}

fn one_of(known: &[&str]) -> Option<String> {
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    (!list.is_empty()).then(|| format!("possible are {}", list.join(", ")))
}
