use super::{Analyzer, Context, File, Sink};
use crate::model::{Analysis, Target};

pub struct Environment {}

impl Environment {
    pub fn new(_context: &Context<'_>) -> Environment {
        Environment {}
    }
}

impl Analyzer for Environment {
    fn name(&self) -> &'static str {
        "environment"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, _target: &Target) -> bool {
        false
    }

    fn analyze(&self, _file: &File<'_>, _sink: &mut Sink) {}
}
