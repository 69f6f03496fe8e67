//! What a run looked at, in full: only of that it can say that something is gone.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use globset::GlobSet;

use super::{Input, Request, exclusions};
use crate::model::{Analysis, Notification, NotificationKind, Rule, Target};
use crate::policy::Looked;
use crate::rulebook::RuleSet;

pub struct LookedAt<'a> {
    request: &'a Request<'a>,
    /// The rules of the run.
    rules: Vec<Arc<Rule>>,
    exclude: GlobSet,
    /// Files that the walk found.
    there: HashSet<&'a str>,
    /// Files of which something was left out.
    in_part: HashSet<&'a str>,
    missed: BTreeSet<Analysis>,
    known: Vec<Arc<Rule>>,
}

impl<'a> LookedAt<'a> {
    pub fn new(
        request: &'a Request<'a>,
        rules: &RuleSet,
        targets: &'a [Target],
        told: &'a [Notification],
    ) -> LookedAt<'a> {
        // What nobody can look at was never looked at.
        let is_loss = |kind| !matches!(kind, NotificationKind::Note | NotificationKind::Unsupported);
        let loss = told.iter().filter(|one| is_loss(one.kind));
        let missed = loss.clone().filter(|one| one.path.is_none()).filter_map(|one| one.analysis);
        LookedAt {
            request,
            rules: rules.iter().cloned().collect(),
            exclude: exclusions(&request.config.scan),
            there: targets.iter().map(|target| target.path.as_str()).collect(),
            in_part: loss.filter_map(|one| one.path.as_ref()).map(|path| path.as_str()).collect(),
            missed: missed.collect(),
            known: request.rules.iter().cloned().collect(),
        }
    }

    /// The same as the policy asks it.
    pub fn with<R>(&self, ask: impl FnOnce(&Looked<'_>) -> R) -> R {
        let is_looked_at = |path: &str| self.holds(path);
        ask(&Looked {
            rules: &self.rules,
            known: &self.known,
            missed: self.missed.clone(),
            is_whole: self.is_below(""),
            in_part: &self.in_part,
            is_looked_at: &is_looked_at,
        })
    }

    /// Whether the file was read and searched in full, or is not there any more although it was asked for. What lies in a folder that could
    /// not be read, what is ignored and what is excluded was not looked at.
    fn holds(&self, path: &str) -> bool {
        let archive = path.split_once("!/").map(|(archive, _)| archive);
        if archive.is_some() && !self.request.config.scan.archives {
            return false;
        }
        let file = archive.unwrap_or(path);
        let is_lost = |part: &str| self.in_part.contains(part);
        let mut folders = file.match_indices('/').filter_map(|(at, _)| file.get(..at));
        if !self.is_below(file) || is_lost(file) || is_lost(path) || folders.any(is_lost) {
            return false;
        }
        let is_gone = || self.request.root.join(file).symlink_metadata().is_err() && !self.exclude.is_match(file);
        self.there.contains(file) || is_gone()
    }

    /// Whether `path` lies in what was asked for; the root for the empty path. A change, or a text, is not looked at for what is missing.
    fn is_below(&self, path: &str) -> bool {
        let Input::Paths(paths) = &self.request.input else { return false };
        let path = if path.is_empty() { self.request.root.clone() } else { self.request.root.join(path) };
        paths.iter().any(|asked| path.starts_with(asked))
    }
}
