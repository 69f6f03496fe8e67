//! Limits on measures of functions and on copied code: the average, the maximum, or how many go beyond a number.

use super::Paths;
use super::clause::is_below;
use crate::model::{Condition, ConfigPlace, FileMetrics, FunctionMetrics, Limit, Measure, Outcome, RelPath};

/// One limit of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureLimit {
    pub measure: Measured,
    pub statistic: Statistic,
    /// The most that is allowed.
    pub max: f64,
    pub paths: Option<Paths>,
    /// The folder of the file that says so, where that is not the root.
    pub folder: String,
    /// [`Outcome::Fail`] or [`Outcome::Warn`].
    pub outcome: Outcome,
    pub place: ConfigPlace,
}

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// A measure of functions.
    Function(Measure),
    /// How much of the code of files stands elsewhere too, in percent.
    Duplication,
}

impl Measured {
    pub const DUPLICATION: &str = "duplication";

    pub fn name(self) -> &'static str {
        match self {
            Measured::Function(measure) => measure.name(),
            Measured::Duplication => Measured::DUPLICATION,
        }
    }
}

/// What is made of the values of all functions, or files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Average,
    Maximum,
    /// The number of functions, or files, with more than this.
    Over(f64),
}

impl MeasureLimit {
    /// What does not hold, if it does not. Without functions, or files, every limit holds.
    pub fn broken(&self, functions: &[FunctionMetrics], files: &[FileMetrics]) -> Option<Condition> {
        let is_meant = |path: &RelPath| {
            let path = path.as_str();
            is_below(&self.folder, path) && self.paths.as_ref().is_none_or(|paths| paths.holds(path))
        };
        let files: Vec<&FileMetrics> = files.iter().filter(|file| is_meant(&file.file)).collect();
        let values: Vec<f64> = match self.measure {
            Measured::Function(measure) => {
                functions.iter().filter(|function| is_meant(&function.file)).map(|one| measure.of(one)).collect()
            }
            Measured::Duplication => {
                files.iter().map(|file| FileMetrics::duplication(file.code.into(), file.duplicated.into())).collect()
            }
        };
        let beyond = |limit: f64| values.iter().filter(|value| **value > limit).count();
        let (what, actual, count) = match self.statistic {
            // Of all the code: a small file weighs little.
            Statistic::Average if self.measure == Measured::Duplication => {
                let sum = |read: fn(&FileMetrics) -> u32| files.iter().map(|file| u64::from(read(file))).sum();
                let share = FileMetrics::duplication(sum(|file| file.code), sum(|file| file.duplicated));
                ("average".to_owned(), share, beyond(self.max))
            }
            Statistic::Average => {
                let average = values.iter().sum::<f64>() / values.len().max(1) as f64;
                ("average".to_owned(), average, beyond(self.max))
            }
            Statistic::Maximum => ("maximum".to_owned(), values.iter().copied().fold(0.0, f64::max), beyond(self.max)),
            Statistic::Over(limit) => (format!("over {limit}"), beyond(limit) as f64, beyond(limit)),
        };
        let limit = Limit { of: format!("{} {what}", self.measure.name()), max: self.max, actual };
        let condition =
            || Condition { analysis: None, fail_on: None, count, place: Some(self.place.clone()), limit: Some(limit) };
        (actual > self.max).then(condition)
    }
}
