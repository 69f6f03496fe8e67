use super::{Analyzer, Context, File, Sink};
use crate::model::{Analysis, Target};

pub struct Code {}

impl Code {
    pub fn new(_context: &Context<'_>) -> Code {
        Code {}
    }
}

impl Analyzer for Code {
    fn name(&self) -> &'static str {
        "code"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Code
    }

    fn wants(&self, _target: &Target) -> bool {
        false
    }

    fn analyze(&self, _file: &File<'_>, _sink: &mut Sink) {}
}
