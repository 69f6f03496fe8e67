#[allow(dead_code)]
mod identify;
use super::{Context, ProjectAnalyzer, ProjectSink};
use crate::model::{Analysis, SourceFile, Target};

pub struct Licenses<'a> {
    _context: &'a Context<'a>,
}

impl<'a> Licenses<'a> {
    pub fn new(context: &'a Context<'a>) -> Licenses<'a> {
        Licenses { _context: context }
    }
}

impl ProjectAnalyzer for Licenses<'_> {
    fn name(&self) -> &'static str {
        "licenses"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
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
