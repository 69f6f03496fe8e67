use serde::{Deserialize, Serialize};

use super::{Confidence, Language, Place, Predicate};

/// A rule about input that reaches a place where it is dangerous. What input, such places and harmless ways between them
/// are stands in [`FlowList`]s, which rules share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlowMatcher {
    /// The kind of danger, of [`FlowList`]'s sinks.
    pub danger: String,
    /// The kinds of input that count; see `docs/rule-format.md`.
    pub from: Vec<String>,
    /// The confidence of a finding whose value comes from an unknown place; `None` where that is none.
    pub unknown: Option<Confidence>,
    /// What such a value must be like.
    pub unknown_value: Option<Predicate>,
    pub inside: Vec<Place>,
    pub not_inside: Vec<Place>,
}

/// Sources, sinks and what lies between, of some languages: one file below `rules/flow/`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FlowList {
    pub languages: Vec<Language>,
    pub sources: Vec<FlowSource>,
    pub sinks: Vec<FlowSink>,
    pub sanitizers: Vec<FlowFilter>,
    /// Calls that, asked in a condition or before the sink, tell that the value is harmless.
    pub guards: Vec<FlowFilter>,
    pub passes: Vec<FlowPass>,
}

/// Where input enters: a resolved path, a call, or a parameter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FlowSource {
    /// The kind of input: `request`, `page`, …
    pub origin: String,
    /// `flask.request.args`: this and all below it.
    pub path: Vec<String>,
    /// What these calls give, named as in a `call` matcher.
    pub call: Vec<String>,
    /// Parameters of these names; empty for all parameters that fit the conditions below.
    pub parameter: Vec<String>,
    /// These attributes of the parameter; empty for the parameter itself.
    pub attribute: Vec<String>,
    /// Last names of functions whose parameters are meant.
    pub function: Vec<String>,
    /// Last names of decorators of such functions.
    pub decorator: Vec<String>,
    /// Resolved types of the parameter.
    pub types: Vec<String>,
    /// A regex on the source text of a call's receiver.
    pub receiver: Option<String>,
    /// One of these modules must be imported.
    pub imports: Vec<String>,
    /// It may hold objects and not only text.
    pub data: bool,
}

/// A place where input does harm.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FlowSink {
    pub danger: String,
    /// As in a `call` matcher.
    pub callee: Vec<String>,
    /// Properties that are given a value.
    pub property: Vec<String>,
    /// The computed key of an element that is given a value.
    pub key: bool,
    /// What functions return that have one of these decorators, by their last names.
    pub returned: Vec<String>,
    /// The arguments that matter.
    pub at: Vec<FlowArgument>,
    /// Of a list, only the first element matters: the program of a command.
    pub first: bool,
    /// What the value must be like.
    pub value: Option<Predicate>,
    /// Conditions on other arguments.
    pub args: Vec<(u8, Predicate)>,
    pub keywords: Vec<(String, Predicate)>,
    /// A regex on the receiver's source text or resolved path.
    pub receiver: Option<String>,
    pub imports: Vec<String>,
    /// Only where the input can be an object, and not only text.
    pub data: bool,
    /// Only the input as a whole (`true`), or only a part of it (`false`).
    pub whole: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowArgument {
    Position(u8),
    /// A keyword, or a key of an options object.
    Keyword(String),
    /// `*`: whatever argument.
    Any,
    /// `**`: what is spread into the arguments.
    Spread,
    /// `self`: what the method is called on.
    Receiver,
}

/// Calls and properties whose result is harmless, for these kinds of danger.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FlowFilter {
    /// Kinds of danger; empty for all.
    pub removes: Vec<String>,
    pub callee: Vec<String>,
}

/// Calls whose result holds what went in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FlowPass {
    pub callee: Vec<String>,
    /// The result is a part of it, and no longer the whole.
    pub part: bool,
    /// The result is text, whatever went in.
    pub text: bool,
}
