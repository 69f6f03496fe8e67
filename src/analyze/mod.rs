//! What judges the files. An [`Analyzer`] sees one file at a time, a [`ProjectAnalyzer`] the files it asked for together.
//! Both only report [`Hit`]s: where and which rule; the pipeline makes findings of them.

mod authors;
mod clones;
mod code;
mod dependencies;
mod environment;
mod finish;
mod headers;
mod hit;
mod license;
mod pii;
mod secrets;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::advisory::AdvisorySource;
use crate::model::{Analysis, Language, Matcher, Rule, SourceFile, Target};
use crate::rulebook::RuleSet;
use crate::syntax::{CompiledQuery, Syntax};

pub use self::clones::{Clones, CopiedBlock, CopiedPlace, Prints};
pub use self::code::{measure_of, pattern_fault};
pub use self::dependencies::Settings as DependencySettings;
pub use self::finish::{content_key, finding_at, finish, finish_rootless, without_secrets};
pub use self::headers::{ServerHeaders, headers_of};
pub use self::hit::{Hit, ProjectSink, Sink};
pub use self::license::{
    DeclaredLicense, FileLicense, FoundLicense, LicenseReport, PackageLicense, Settings as LicenseSettings,
    is_wanted as states_licenses, licenses_of,
};
pub use self::pii::PiiSearch;
pub use self::secrets::{SecretKeywords, SecretMask, SecretSearch, bound_literals, bound_to_name, promises_secret};

/// What the analyzers are built from, once a run.
pub struct Context<'a> {
    pub rules: &'a RuleSet,
    pub licenses: &'a LicenseSettings,
    pub dependencies: &'a DependencySettings,
    /// What must be masked; its automaton serves the secrets analysis too.
    pub mask: Arc<SecretMask>,
    /// The advisory database, or why there is none.
    pub advisories: Result<&'a dyn AdvisorySource, String>,
}

/// Node kinds of each language that rules ask for and the walk must list.
pub fn wanted_kinds(rules: &RuleSet) -> BTreeMap<Language, Vec<String>> {
    let mut kinds: BTreeMap<Language, Vec<String>> = BTreeMap::new();
    for rule in rules.iter() {
        if let Matcher::Query(query) = &rule.matcher {
            for language in &rule.languages {
                kinds.entry(*language).or_default().extend(query.roots.iter().cloned());
            }
        }
        code::walked_kinds(rule, &mut kinds);
    }
    kinds
}

/// What the grammars have against the query of `rule`: the line within the query, from 0, and why.
pub fn query_fault(rule: &Rule) -> Option<(usize, String)> {
    let Matcher::Query(query) = &rule.matcher else { return None };
    rule.languages.iter().find_map(|language| {
        let error = CompiledQuery::new(*language, &query.query).err()?;
        Some((error.row, format!("the query is not valid for {language}: {error}")))
    })
}

/// One file as an analyzer sees it: the text, and what the parser made of it where there is a grammar.
pub struct File<'a> {
    pub source: &'a SourceFile,
    pub syntax: Option<&'a Syntax<'a>>,
}

pub trait Analyzer: Sync {
    /// For messages: "the `name` analyzer".
    fn name(&self) -> &'static str;
    fn analysis(&self) -> Analysis;
    /// Asked before the file is read.
    fn wants(&self, target: &Target) -> bool;
    /// Whether it needs [`File::syntax`] for files in a known language.
    fn needs_syntax(&self) -> bool {
        false
    }
    fn analyze(&self, file: &File<'_>, sink: &mut Sink);
}

pub trait ProjectAnalyzer: Sync {
    fn name(&self) -> &'static str;
    fn analysis(&self) -> Analysis;
    /// Files to be kept until the whole tree was read.
    fn wants(&self, target: &Target) -> bool;
    fn analyze(&self, tree: &Tree<'_>, sink: &mut ProjectSink);
}

/// What a [`ProjectAnalyzer`] sees.
pub struct Tree<'a> {
    /// The files that it wanted, sorted by path.
    pub files: &'a [&'a SourceFile],
    /// All files of the scan, sorted by path.
    pub targets: &'a [Target],
    /// The licences that files state of themselves, sorted by path; `None` where not every file was looked at.
    pub licenses: Option<&'a [FileLicense]>,
    /// Reads one more file, if it is text. A second reading costs: for trees that give a reason to look closer.
    pub read: &'a dyn Fn(&Target) -> Option<SourceFile>,
}

type MakeAnalyzer = fn(&Context<'_>) -> Box<dyn Analyzer>;
type MakeProjectAnalyzer = for<'a> fn(&'a Context<'a>) -> Box<dyn ProjectAnalyzer + 'a>;

/// Every analyzer of single files.
pub const ANALYZERS: &[MakeAnalyzer] = &[
    |context| Box::new(secrets::Secrets::new(context)),
    |context| Box::new(code::Code::new(context)),
    |context| Box::new(Clones::new(context)),
    |context| Box::new(headers::Headers::new(context)),
    |context| Box::new(environment::Environment::new(context)),
    |context| Box::new(license::LicenseHeaders::new(context)),
    |context| Box::new(pii::Pii::new(context)),
];

/// Every analyzer of the tree as a whole.
pub const PROJECT_ANALYZERS: &[MakeProjectAnalyzer] = &[
    |context| Box::new(headers::SharedHeaders::new(context)),
    |context| Box::new(license::Licenses::new(context)),
    |context| Box::new(environment::Variables::new(context)),
    |context| Box::new(dependencies::Dependencies::new(context)),
];
