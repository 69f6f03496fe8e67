use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::model::{Analysis, Rule};

/// What a run looked at: only of that it can say that something is gone, or that an exception is not needed any more.
pub struct Looked<'a> {
    /// The rules that could have fired.
    pub rules: &'a [Arc<Rule>],
    /// All rules that there are, those that are off too.
    pub known: &'a [Arc<Rule>],
    /// Analyses that were asked for and could not run.
    pub missed: BTreeSet<Analysis>,
    /// Whether the whole project was asked for.
    pub is_whole: bool,
    /// Files of which something was left out.
    pub in_part: &'a HashSet<&'a str>,
    /// Whether the file was looked at in full, or is gone.
    pub is_looked_at: &'a dyn Fn(&str) -> bool,
}

impl Looked<'_> {
    /// Whether `rule` was looked for. One that nobody knows any more cannot be found.
    pub fn for_rule(&self, rule: &str) -> bool {
        match self.rules.iter().find(|known| known.id.as_str() == rule) {
            Some(rule) => rule.analysis().is_none_or(|analysis| !self.missed.contains(&analysis)),
            None => !self.known.iter().any(|known| known.id.as_str() == rule),
        }
    }

    /// Whether `analysis` ran.
    pub fn ran(&self, analysis: Analysis) -> bool {
        !self.missed.contains(&analysis) && self.rules.iter().any(|rule| rule.analysis() == Some(analysis))
    }
}
