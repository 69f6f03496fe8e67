//! A source that asks a service about the packages of a scan, all at once and before the first of them is judged.

use std::path::Path;
use std::sync::OnceLock;

use super::{AdvisorySource, Exploited, Limits, Osv};
use crate::model::{Advisory, Ecosystem, Package};

/// What the service answers, once it was asked.
pub struct Online {
    api: String,
    limits: Limits,
    exploited: Exploited,
    answers: OnceLock<Result<Osv, String>>,
}

impl Online {
    /// `api` is the address of the service without `/v1`; what is known of exploitation comes from `cache`.
    pub fn new(api: &str, cache: &Path, limits: Limits) -> Online {
        let exploited = Exploited::beside(cache);
        Online { api: api.to_owned(), limits, exploited, answers: OnceLock::new() }
    }

    fn answers(&self) -> Option<&Osv> {
        self.answers.get()?.as_ref().ok()
    }
}

impl AdvisorySource for Online {
    fn prepare(&self, packages: &[&Package]) {
        self.answers.get_or_init(|| {
            Osv::online(&self.api, packages, &self.limits)
                .map_err(|error| format!("{} packages were not checked: {error}", packages.len()))
        });
    }

    fn describe(&self) -> String {
        format!("OSV, asked online at {}", super::without_credentials(&self.api))
    }

    fn covers_ecosystem(&self, ecosystem: Ecosystem) -> bool {
        ecosystem.osv_name().is_some()
    }

    fn covers(&self, package: &Package) -> bool {
        self.covers_ecosystem(package.ecosystem) && package.is_from_default_registry()
    }

    fn affecting(&self, package: &Package) -> Vec<Advisory> {
        if !self.covers(package) {
            return Vec::new();
        }
        let mut found = self.answers().map(|answers| answers.affecting(package)).unwrap_or_default();
        found.iter_mut().for_each(|advisory| self.exploited.tell(advisory));
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = self.answers().map(Osv::problems).unwrap_or_default();
        problems.extend(self.exploited.problems());
        problems
    }

    fn failures(&self) -> Vec<String> {
        match self.answers.get() {
            None => vec!["nobody was asked about any package".to_owned()],
            Some(Err(failure)) => vec![failure.clone()],
            Some(Ok(answers)) => answers.failures(),
        }
    }

    /// It is asked at this moment.
    fn newest(&self, _: Ecosystem) -> Option<String> {
        None
    }
}
