use std::ops::Range;
use std::sync::Arc;

use crate::model::{Finding, RelPath, Rule};

/// A comment `gate:allow RULE[,RULE] reason`: accepts findings of these rules on its own line or, when the comment has
/// the line for itself, on the next line of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub path: RelPath,
    /// The line of the comment, and the line that it speaks of.
    pub line: u32,
    pub target_line: u32,
    /// Ids as written; a group such as `python/*` is allowed, `*` alone is not.
    pub rules: Vec<String>,
    pub reason: String,
    /// Bytes of the comment in the file's text.
    pub span: Range<usize>,
}

/// Marks the findings that a directive accepts. Returns, for every directive that accepted nothing, its index and the
/// rule ids that were in vain. `rules` are all rules of the run; a directive for a rule of an analysis that did not run is not stale.
pub fn apply_suppressions(
    _findings: &mut [Finding],
    _directives: &[Directive],
    _rules: &[Arc<Rule>],
) -> Vec<(usize, String)> {
    Vec::new()
}
