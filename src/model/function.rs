use serde::Serialize;

use super::RelPath;

/// The measures of one function. Lines count from 1; `length` is `end_line - line + 1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FunctionMetrics {
    pub file: RelPath,
    pub line: u32,
    pub end_line: u32,
    /// With the classes and functions around it, joined by dots; `(anonymous)` where there is no name.
    pub name: String,
    /// McCabe's number: decisions plus one, boolean operators counted.
    pub cyclomatic: u32,
    /// After G. Ann Campbell's paper, "Cognitive Complexity" (SonarSource).
    pub cognitive: u32,
    pub length: u32,
    pub parameters: u32,
    /// The deepest nesting of control structures within.
    pub nesting: u32,
}
