use serde::{Deserialize, Serialize};

use super::{CodePattern, FlowMatcher, Formula};

/// What finds a rule's places.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Matcher {
    /// Any of these calls.
    Call(Vec<CallMatcher>),
    /// Any of these assignments.
    Assign(Vec<AssignMatcher>),
    Regex(RegexMatcher),
    Pattern(PatternMatcher),
    Query(QueryMatcher),
    /// Input that reaches a dangerous place.
    Flow(FlowMatcher),
    /// A function in `analyze/` that carries the rule's id.
    Builtin(String),
}

/// A call of a resolved name, with conditions on its arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallMatcher {
    /// Resolved names, `.` between the parts in every language (`subprocess.run`, `std.fs.read`). `*.name` is a method
    /// of any receiver; a plain name is a built-in that the file does not define itself.
    pub callee: Vec<String>,
    /// By position, from 0; a condition on an argument that is not there fails, except `missing`.
    pub args: Vec<(u8, Predicate)>,
    /// By keyword, or by key of an options object in JavaScript.
    pub keywords: Vec<(String, Predicate)>,
    /// Holds for at least one argument, wherever it stands.
    pub any_arg: Option<Predicate>,
    pub inside: Vec<Place>,
    pub not_inside: Vec<Place>,
}

/// A value assigned to a property, or given as a JSX attribute, of this name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssignMatcher {
    pub property: Vec<String>,
    pub value: Option<Predicate>,
    pub inside: Vec<Place>,
    pub not_inside: Vec<Place>,
}

/// A byte regex, tried only near one of its keywords.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegexMatcher {
    /// Found first, in one pass over all rules' keywords, without regard to case.
    pub keywords: Vec<String>,
    /// The group named `secret`, or else the whole match, is what is reported.
    pub pattern: String,
    /// An offline check of the structure, by name.
    pub verify: Option<String>,
    /// Filters that drop a match: `placeholder`, `sequence`.
    pub not: Vec<String>,
    /// The least Shannon entropy of the secret, in tenths of a bit for each character.
    pub entropy: Option<u8>,
    /// Globs of the files to look at; empty for all.
    pub paths: Vec<String>,
    /// What must stand close by for a match to count.
    pub near: Option<Near>,
}

/// The other half of a pair: the key id beside a secret key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Near {
    /// A byte regex.
    pub pattern: String,
    /// How many lines lie between the two at the most, whichever comes first; 0 for the same line.
    pub lines: u8,
    /// What it is, for the related location of the finding; `None` where it is only a sign and not shown.
    pub label: Option<String>,
}

/// Code-like patterns with metavariables, and what else must hold where they match.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PatternMatcher {
    pub formula: Formula,
    /// The metavariable that is reported, without `$`, and not the whole.
    pub focus: Option<String>,
    /// What to write in the place of what is reported.
    pub replacement: Option<CodePattern>,
}

/// A tree-sitter query, tried only at nodes of the kinds in `roots`. The capture `@match` is what is reported.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueryMatcher {
    pub query: String,
    /// Node kinds that the query's patterns start with; read from the query when the rules are packed.
    pub roots: Vec<String>,
}

/// A condition on the value of an expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Predicate {
    True,
    False,
    None,
    /// Known from the file alone: a literal, or a name that is bound to one.
    Constant,
    /// Not constant.
    Dynamic,
    /// Text put together from parts of which at least one is not constant: concatenation, interpolation, format.
    Built,
    String,
    Number,
    /// The argument is not given.
    Missing,
    /// It is given, whatever its value.
    Present,
    /// The constant text, matched by a regex.
    Matches(String),
    /// Built text whose constant parts, joined by `\0`, match a regex.
    BuiltMatches(String),
    /// The source text, matched by a regex.
    Text(String),
    OneOf(Vec<String>),
    AtLeast(i64),
    AtMost(i64),
    Not(Box<Predicate>),
    Any(Vec<Predicate>),
}

/// Where in the code a match stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Loop,
    Async,
    /// A function that answers requests: a route decorator, or handed to a router.
    Handler,
    Try,
    /// A file or function that is a test.
    Test,
    /// A file that is a script or a command-line entry point.
    Script,
    Class,
    Function,
}
