use serde::Serialize;

use super::{Analysis, ConfigPlace, Level};

/// What the policy makes of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is in every report for programs, and told to people only when they ask.
    Off,
    /// It is told, and the gate passes.
    #[default]
    Warn,
    /// The gate fails.
    Fail,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Off => "off",
            Outcome::Warn => "warn",
            Outcome::Fail => "fail",
        }
    }
}

/// One reason why the gate failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Of the findings that are meant; `None` for those about the use of the tool itself, and for a measure.
    pub analysis: Option<Analysis>,
    /// The level that they reach, where that decided.
    pub fail_on: Option<Level>,
    /// Findings that meet it; for a limit on a measure, the functions or files that are beyond it.
    pub count: usize,
    /// The entry of the configuration that decided, where one did.
    pub place: Option<ConfigPlace>,
    /// What was too many or too much, where the entry sets a limit.
    pub limit: Option<Limit>,
}

impl Condition {
    /// What its limit says, and what is; empty where it has none.
    pub fn describe_limit(&self) -> String {
        let Some(limit) = &self.limit else { return String::new() };
        let place = self.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        format!("{place}{} is {}, at most {} allowed", limit.of, measured(limit.actual), measured(limit.max))
    }
}

/// A measure with two digits behind the point, where it has any.
fn measured(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A limit of the policy that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// What is counted or measured: `findings`, or a measure such as `cyclomatic average`.
    pub of: String,
    pub max: f64,
    pub actual: f64,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} > {}", self.of, measured(self.actual), measured(self.max))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Passed,
    /// Passed, and only because exceptions accept so many findings that would have failed the gate.
    Excepted(usize),
    Failed(Vec<Condition>),
    /// The notifications (as many as given) that leave a doubt.
    Incomplete(usize),
}

impl Verdict {
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Excepted(_) => "exception",
            Verdict::Failed(_) => "failed",
            Verdict::Incomplete(_) => "incomplete",
        }
    }

    /// Why the gate failed; empty otherwise.
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Verdict::Failed(conditions) => conditions,
            _ => &[],
        }
    }

    /// How many notifications leave it incomplete; 0 otherwise.
    pub fn doubts(&self) -> usize {
        match self {
            Verdict::Incomplete(doubts) => *doubts,
            _ => 0,
        }
    }

    /// How many findings would have failed the gate without an exception; 0 unless it passed thanks to them.
    pub fn excepted(&self) -> usize {
        match self {
            Verdict::Excepted(count) => *count,
            _ => 0,
        }
    }

    /// Whether it may go in: 0.
    pub fn is_passed(&self) -> bool {
        self.exit_code() == 0
    }

    /// 0 passed (with or without exceptions), 1 the gate failed, 2 it could not be judged.
    pub fn exit_code(&self) -> u8 {
        match self {
            Verdict::Passed | Verdict::Excepted(_) => 0,
            Verdict::Failed(_) => 1,
            Verdict::Incomplete(_) => 2,
        }
    }
}
