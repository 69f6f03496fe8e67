use crate::model::ConfigPlace;

/// Something that the policy has to say about its own files: the rule of a finding to be made, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The builtin that the rule names.
    pub builtin: &'static str,
    pub place: ConfigPlace,
    /// What fills the rule's message.
    pub parts: Vec<(&'static str, String)>,
    /// What tells it from others of its rule in the same file.
    pub identity: String,
}
