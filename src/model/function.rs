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
    /// Without those of functions within; 0 where nobody asked.
    pub statements: u32,
    /// 0 where nobody asked.
    pub halstead: Halstead,
}

/// M. H. Halstead's counts, "Elements of Software Science" (1977): names and literals are operands, keywords and signs are
/// operators, a pair of brackets is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Halstead {
    pub distinct_operators: u32,
    pub distinct_operands: u32,
    pub operators: u32,
    pub operands: u32,
}

impl Halstead {
    /// In bits: the length times the logarithm of the vocabulary.
    pub fn volume(&self) -> f64 {
        let vocabulary = self.distinct_operators + self.distinct_operands;
        f64::from(self.operators + self.operands) * f64::from(vocabulary.max(1)).log2()
    }

    pub fn difficulty(&self) -> f64 {
        f64::from(self.distinct_operators) / 2.0 * f64::from(self.operands) / f64::from(self.distinct_operands.max(1))
    }
}

impl FunctionMetrics {
    /// From 0 to 100, more is better: P. Oman and J. Hagemeister's index (1992), scaled as Visual Studio does.
    pub fn maintainability(&self) -> f64 {
        let volume = self.halstead.volume().max(1.0).ln();
        let lines = f64::from(self.length.max(1)).ln();
        ((171.0 - 5.2 * volume - 0.23 * f64::from(self.cyclomatic) - 16.2 * lines) * 100.0 / 171.0).clamp(0.0, 100.0)
    }
}

/// What is measured of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    Cyclomatic,
    Cognitive,
    Length,
    Parameters,
    Nesting,
    Statements,
    Volume,
    Difficulty,
    /// The only one of which more is better.
    Maintainability,
}

impl Measure {
    /// In the order of reports.
    pub const ALL: [Measure; 9] = [
        Measure::Cyclomatic,
        Measure::Cognitive,
        Measure::Length,
        Measure::Parameters,
        Measure::Nesting,
        Measure::Statements,
        Measure::Volume,
        Measure::Difficulty,
        Measure::Maintainability,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Measure::Cyclomatic => "cyclomatic",
            Measure::Cognitive => "cognitive",
            Measure::Length => "length",
            Measure::Parameters => "parameters",
            Measure::Nesting => "nesting",
            Measure::Statements => "statements",
            Measure::Volume => "volume",
            Measure::Difficulty => "difficulty",
            Measure::Maintainability => "maintainability",
        }
    }

    pub fn of(self, function: &FunctionMetrics) -> f64 {
        match self {
            Measure::Cyclomatic => function.cyclomatic.into(),
            Measure::Cognitive => function.cognitive.into(),
            Measure::Length => function.length.into(),
            Measure::Parameters => function.parameters.into(),
            Measure::Nesting => function.nesting.into(),
            Measure::Statements => function.statements.into(),
            Measure::Volume => function.halstead.volume(),
            Measure::Difficulty => function.halstead.difficulty(),
            Measure::Maintainability => function.maintainability(),
        }
    }
}

/// The lines of one file. A line with code and a comment is one of code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileMetrics {
    pub file: RelPath,
    pub lines: u32,
    pub code: u32,
    pub comment: u32,
    pub blank: u32,
    /// Of `code`, what stands elsewhere too; 0 where nobody looked for it.
    pub duplicated: u32,
}

impl FileMetrics {
    /// Of the lines of code, those that stand elsewhere too, in percent.
    pub fn duplication(code: u64, duplicated: u64) -> f64 {
        100.0 * duplicated as f64 / code.max(1) as f64
    }

    /// Of the lines that are not blank, those that only comment, from 0 to 1.
    pub fn comment_share(code: u64, comment: u64) -> f64 {
        comment as f64 / (code + comment).max(1) as f64
    }
}
