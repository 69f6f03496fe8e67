use super::{Context, ProjectAnalyzer, ProjectSink};
use crate::model::{Analysis, SourceFile, Target};

pub struct Dependencies<'a> {
    _context: &'a Context<'a>,
}

impl<'a> Dependencies<'a> {
    pub fn new(context: &'a Context<'a>) -> Dependencies<'a> {
        Dependencies { _context: context }
    }
}

impl ProjectAnalyzer for Dependencies<'_> {
    fn name(&self) -> &'static str {
        "dependencies"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Dependencies
    }

    fn wants(&self, _target: &Target) -> bool {
        false
    }

    fn analyze(&self, _files: &[&SourceFile], _targets: &[Target], _sink: &mut ProjectSink) {}
}

/// Of `gate.toml`.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {}
