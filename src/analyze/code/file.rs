//! What a rule asks of the file as a whole, by its options `path`, `not-path`, `in-file` and `not-in-file`.

use super::calls::pattern_option;
use super::predicate::Pattern;
use super::scene::Scene;
use crate::model::Rule;

pub(super) struct FileCondition {
    /// Option `path`: what the path of the file must look like.
    path: Option<Pattern>,
    /// Option `not-path`: what it must not look like.
    elsewhere: Option<Pattern>,
    /// Option `in-file`: what the file must hold.
    text: Option<Pattern>,
    /// Option `not-in-file`: what it must not hold.
    without: Option<Pattern>,
}

impl FileCondition {
    pub fn new(rule: &Rule) -> FileCondition {
        FileCondition {
            path: pattern_option(rule, "path"),
            elsewhere: pattern_option(rule, "not-path"),
            text: pattern_option(rule, "in-file"),
            without: pattern_option(rule, "not-in-file"),
        }
    }

    pub fn holds(&self, scene: &Scene<'_>) -> bool {
        let path = scene.source.target.path.as_str();
        self.path.as_ref().is_none_or(|pattern| pattern.is_match(path))
            && !self.elsewhere.as_ref().is_some_and(|pattern| pattern.is_match(path))
            && self.text.as_ref().is_none_or(|pattern| pattern.is_match(scene.syntax.text))
            && !self.without.as_ref().is_some_and(|pattern| pattern.is_match(scene.syntax.text))
    }
}
