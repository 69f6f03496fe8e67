//! The analyzers that need the files of the whole project together.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::gathered::Gathered;
use super::worker::{Outcome, Scanner, crash};
use crate::analyze::{Hit, ProjectSink, finish_rootless};
use crate::model::{Analysis, Notification, NotificationKind, RelPath, SourceFile, Target};
use crate::source::{Changed, Contents, Read};

impl Scanner<'_> {
    /// Runs the analyzers of the project over the files that they asked for. What no file stands for is said only of a
    /// project that is looked at as a whole.
    pub fn project(&self, targets: &[Target], is_whole: bool, gathered: &mut Gathered) {
        let kept = std::mem::take(&mut gathered.kept);
        let mut sink = ProjectSink::default();
        for analyzer in self.project {
            let files: Vec<&SourceFile> = kept.iter().filter(|file| analyzer.wants(&file.target)).collect();
            if catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&files, targets, &mut sink))).is_err() {
                sink.notify(crash(analyzer.name(), Some(analyzer.analysis()), None));
            }
        }
        let mut by_path: BTreeMap<RelPath, Vec<Hit>> = BTreeMap::new();
        for (path, hit) in sink.hits {
            by_path.entry(path).or_default().push(hit);
        }
        for file in &kept {
            if let Some(hits) = by_path.remove(&file.target.path) {
                let mut outcome = Outcome::default();
                self.finish_file(file, hits, None, Vec::new(), &mut outcome);
                gathered.add(outcome);
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
    /// change, and what is said about the files that were touched is kept.
    pub fn changed_project(&self, changed: &Changed, gathered: &mut Gathered) {
        let touched: HashSet<RelPath> =
            std::mem::take(&mut gathered.kept).into_iter().map(|file| file.target.path).collect();
        if touched.is_empty() {
            return;
        }
        let Some(mut after) = self.state(changed, false, gathered) else { return };
        after.findings.retain(|finding| touched.contains(&finding.location.path));
        if changed.compares() && !after.findings.is_empty() {
            let Some(before) = self.state(changed, true, gathered) else { return };
            let known: HashSet<&str> =
                before.findings.iter().map(|finding| finding.fingerprint.gate.as_str()).collect();
            after.findings.retain(|finding| !known.contains(finding.fingerprint.gate.as_str()));
        }
        after.notifications.retain(|told| told.path.as_ref().is_none_or(|path| touched.contains(path)));
        after.inventories.retain(|inventory| touched.contains(&inventory.lockfile));
        gathered.findings.append(&mut after.findings);
        gathered.unshown.append(&mut after.unshown);
        gathered.notifications.append(&mut after.notifications);
        gathered.inventories.append(&mut after.inventories);
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
        self.project(&whole.targets, false, &mut state);
        Some(state)
    }
}
