//! Limits on measures of functions: their average, their maximum, or how many go beyond a number.

use super::Paths;
use super::clause::is_below;
use crate::model::{Condition, ConfigPlace, FunctionMetrics, Limit, Measure, Outcome};

/// One limit of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureLimit {
    pub measure: Measure,
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

/// What is made of the values of all functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Average,
    Maximum,
    /// The number of functions with more than this.
    Over(f64),
}

impl MeasureLimit {
    /// What does not hold, if it does not. Without functions every limit holds.
    pub fn broken(&self, functions: &[FunctionMetrics]) -> Option<Condition> {
        let is_meant = |function: &&FunctionMetrics| {
            let path = function.file.as_str();
            is_below(&self.folder, path) && self.paths.as_ref().is_none_or(|paths| paths.holds(path))
        };
        let values: Vec<f64> = functions.iter().filter(is_meant).map(|function| self.measure.of(function)).collect();
        let beyond = |limit: f64| values.iter().filter(|value| **value > limit).count();
        let (what, actual, count) = match self.statistic {
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
