use super::{Analyzer, Context, File, Sink};
use crate::model::{Analysis, Target};

pub struct Headers {}

impl Headers {
    pub fn new(_context: &Context<'_>) -> Headers {
        Headers {}
    }
}

impl Analyzer for Headers {
    fn name(&self) -> &'static str {
        "headers"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, _target: &Target) -> bool {
        false
    }

    fn analyze(&self, _file: &File<'_>, _sink: &mut Sink) {}
}
