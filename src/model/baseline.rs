use serde::Serialize;

/// SARIF's baselineState: how a finding stands to what was known before, from the baseline file or the merge base. All
/// findings of a run have one, or none has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BaselineState {
    /// Not known before.
    New,
    /// Known before, as it is.
    Unchanged,
    /// Known before, and worse now: a function that became more complex.
    Updated,
    /// Known before, and gone.
    Absent,
}

impl BaselineState {
    pub fn name(self) -> &'static str {
        match self {
            BaselineState::New => "new",
            BaselineState::Unchanged => "unchanged",
            BaselineState::Updated => "updated",
            BaselineState::Absent => "absent",
        }
    }
}

/// A finding as the baseline remembers it: enough to know it again and to tell a reader what it is, and nothing that changes
/// when code moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaselineEntry {
    /// [`super::Fingerprint::gate`].
    pub fingerprint: String,
    pub rule: String,
    pub path: String,
    /// A piece of the line or of the message, secrets masked.
    pub context: String,
    /// How many findings have this fingerprint; 1 but for oddities.
    pub count: u32,
    /// The measure that the finding is about, where it is about one: more of it is another finding.
    pub value: Option<u64>,
    /// Whether it stands in the history of the repository, and not in the files of the day.
    pub in_history: bool,
}
