//! The analyzers that need the files of the whole project together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::trace_span;

use super::Input;
use super::compare::{compare_project, moved};
use super::gathered::Gathered;
use super::pool::in_parallel;
use super::worker::{Outcome, Scanner, crash};
use crate::analyze::{Hit, ProjectSink, Tree, finish_rootless};
use crate::model::{Analysis, Finding, Notification, NotificationKind, RelPath, SourceFile, Target};
use crate::source::{Changed, Contents, Read};

impl Scanner<'_> {
    /// Runs the analyzers of the project over the files that they asked for. What no file stands for is said only of a
    /// project that is looked at as a whole.
    pub fn project(&self, targets: &[Target], contents: &dyn Contents, is_whole: bool, gathered: &mut Gathered) {
        let kept = std::mem::take(&mut gathered.kept);
        let mut licenses = std::mem::take(&mut gathered.licenses);
        licenses.sort();
        let read = |target: &Target| match contents.read(target, self.request.config.scan.max_file_size) {
            Read::Text(file) => Some(file),
            _ => None,
        };
        let mut sink = ProjectSink::default();
        for analyzer in self.project {
            let _span = trace_span!("analyzer", name = analyzer.name()).entered();
            let files: Vec<&SourceFile> = kept.iter().filter(|file| analyzer.wants(&file.target)).collect();
            let every = matches!(self.request.input, Input::Paths(_)).then_some(licenses.as_slice());
            let tree = Tree { files: &files, targets, licenses: every, read: &read };
            if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&tree, &mut sink))).is_err() {
                sink.notify(crash(analyzer.name(), Some(analyzer.analysis()), None));
            }
        }
        let mut by_path: BTreeMap<RelPath, Vec<Hit>> = BTreeMap::new();
        for (path, hit) in sink.hits {
            by_path.entry(path).or_default().push(hit);
        }
        let mut finish = |file: &SourceFile, hits: Vec<Hit>| {
            let mut outcome = Outcome::default();
            self.finish_file(file, hits, None, Vec::new(), &mut outcome);
            gathered.add(outcome);
        };
        for file in &kept {
            if let Some(hits) = by_path.remove(&file.target.path) {
                finish(file, hits);
            }
        }
        for (path, hits) in by_path {
            let target = targets.binary_search_by(|target| target.path.cmp(&path)).ok().and_then(|at| targets.get(at));
            if let Some(file) = target.and_then(read) {
                finish(&file, hits);
            }
        }
        if is_whole {
            let root = kept.first().map(|file| file.target.path.clone());
            let root = root.or_else(|| targets.first().map(|target| target.path.clone()));
            let root = root.unwrap_or_else(|| RelPath::new("."));
            gathered.findings.extend(sink.rootless.into_iter().map(|hit| finish_rootless(hit, root.clone())));
        }
        gathered.notifications.append(&mut sink.notifications);
        gathered.inventories.append(&mut sink.inventories);
    }

    /// The same for a change: if it touches a file that matters here, the whole project is judged as it is after the
    /// change. What is said about the files that were touched is kept, and where two states are compared, also what else
    /// was not said before.
    pub fn changed_project(&self, changed: &Changed, gathered: &mut Gathered) {
        let touched: HashSet<RelPath> =
            std::mem::take(&mut gathered.kept).into_iter().map(|file| file.target.path).collect();
        let is_wanted = |target: &Target| self.project.iter().any(|analyzer| analyzer.wants(target));
        if touched.is_empty() && !(changed.compares() && changed.gone.iter().any(is_wanted)) {
            return;
        }
        let Some(mut after) = self.state(changed, false, gathered) else { return };
        if changed.compares() {
            let Some(before) = self.state(changed, true, gathered) else { return };
            compare_project(&mut after.findings, before.findings);
        }
        after.findings.retain(|finding| {
            finding.baseline.is_some() && !finding.is_known() || touched.contains(&finding.location.path)
        });
        after.notifications.retain(|told| told.path.as_ref().is_none_or(|path| touched.contains(path)));
        after.inventories.retain(|inventory| touched.contains(&inventory.lockfile));
        gathered.findings.append(&mut after.findings);
        gathered.unshown.append(&mut after.unshown);
        gathered.notifications.append(&mut after.notifications);
        gathered.inventories.append(&mut after.inventories);
    }

    /// Finds out which of what is new in one file was in another before. Former versions that nothing was compared with are
    /// looked at only now, when there is something to look for.
    pub fn moved(&self, changed: &Changed, gathered: &mut Gathered) {
        let Some(former) = changed.former() else { return };
        let is_new = |finding: &Finding| finding.baseline.is_some() && !finding.is_known();
        if !gathered.findings.iter().any(is_new) && gathered.change.accepting.is_empty() {
            return;
        }
        let unread = std::mem::take(&mut gathered.change.unread);
        let gone = changed.gone.iter().filter(|target| former.has(target));
        let targets: Vec<Target> = unread.iter().map(|one| &one.target).chain(gone).cloned().collect();
        let still_there: HashMap<&RelPath, &HashSet<String>> =
            unread.iter().map(|one| (&one.target.path, &one.functions)).collect();
        let lost = in_parallel(self.request.threads, &targets, |parser, target| {
            self.lost(parser, target, still_there.get(&target.path).copied(), former)
        });
        lost.into_iter().for_each(|lost| gathered.change.lost.add(lost));
        moved(&mut gathered.findings, &mut gathered.change);
    }

    /// What the project's analyzers say of the whole state before or after a change.
    fn state(&self, changed: &Changed, before: bool, gathered: &mut Gathered) -> Option<Gathered> {
        let whole = match changed.whole(before) {
            Ok(whole) => whole,
            Err(error) => {
                gathered.notifications.push(Notification {
                    kind: NotificationKind::AnalysisNotRun,
                    path: None,
                    line: None,
                    analysis: Some(Analysis::Compliance),
                    message: format!("the project was not looked at as a whole: {error}"),
                });
                return None;
            }
        };
        let mut state = Gathered::default();
        let wanted = whole.targets.iter().filter(|target| self.project.iter().any(|analyzer| analyzer.wants(target)));
        for target in wanted {
            if let Read::Text(file) = whole.read(target, self.request.config.scan.max_file_size) {
                state.kept.push(file);
            }
        }
        self.project(&whole.targets, &whole, changed.compares(), &mut state);
        Some(state)
    }
}
