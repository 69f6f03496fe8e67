//! The nouns of a scan, in SARIF's words where SARIF has one. Pure data: this module imports nothing else of ours.

mod analysis;
mod baseline;
mod code_pattern;
mod ecosystem;
mod finding;
mod flow;
mod function;
mod inventory;
mod language;
mod line_hash;
mod location;
mod matcher;
mod notification;
mod origin;
mod outcome;
mod package;
mod redacted;
mod rule;
mod run;
mod source_file;
mod suppression;
mod target;

pub use analysis::Analysis;
pub use baseline::{BaselineEntry, BaselineState};
pub use code_pattern::{Around, CodePattern, Formula, Hole};
pub use ecosystem::Ecosystem;
pub use finding::{Finding, Fingerprint, Fix, RelatedLocation, Snippet};
pub use flow::{FlowArgument, FlowFilter, FlowList, FlowMatcher, FlowPass, FlowSink, FlowSource};
pub use function::{FileMetrics, FunctionMetrics, Halstead, Measure};
pub use inventory::{Dependency, DependencyPaths, Inventory, Unpinned};
pub use language::Language;
pub use line_hash::{LineHash, line_hashes};
pub use location::{LineIndex, Location, Region, RelPath};
pub use matcher::{
    AssignMatcher, CallMatcher, Matcher, Near, PatternMatcher, Place, Predicate, QueryMatcher, RegexMatcher,
};
pub use notification::{Notification, NotificationKind};
pub use origin::{Origin, OriginKind};
pub use outcome::{Condition, Limit, Outcome, Verdict};
pub use package::{Advisory, AdvisoryKind, HashAlgorithm, Package, PackageHash, PackageSource, Scope};
pub use redacted::{Redacted, without_values};
pub use rule::{Confidence, Level, OptionValue, Rule, RuleId, SecuritySeverity};
pub use run::{Coverage, Run};
pub use source_file::{Encoding, SourceFile};
pub use suppression::{ConfigPlace, ExceptionNote, Suppression, SuppressionKind};
pub use target::{Target, TargetRole};
