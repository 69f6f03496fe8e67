//! The analyzers that need the files of the whole project together.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::gathered::Gathered;
use super::worker::{Outcome, Scanner, crash};
use crate::analyze::{Hit, ProjectAnalyzer, ProjectSink, finish_rootless};
use crate::model::{RelPath, SourceFile, Target};

impl Scanner<'_> {
    /// Runs the analyzers of the project over the files that they asked for.
    pub fn project(&self, project: &[Box<dyn ProjectAnalyzer + '_>], targets: &[Target], gathered: &mut Gathered) {
        let kept = std::mem::take(&mut gathered.kept);
        let mut sink = ProjectSink::default();
        for analyzer in project {
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
                self.finish_file(file, hits, Vec::new(), &mut outcome);
                gathered.add(outcome);
            }
        }
        let root = kept.first().map(|file| file.target.path.clone());
        let root = root.or_else(|| targets.first().map(|target| target.path.clone()));
        let root = root.unwrap_or_else(|| RelPath::new("."));
        gathered.findings.extend(sink.rootless.into_iter().map(|hit| finish_rootless(hit, root.clone())));
        gathered.notifications.append(&mut sink.notifications);
        gathered.coverage.packages += sink.inventories.iter().map(|one| one.packages.len() as u64).sum::<u64>();
        gathered.inventories.append(&mut sink.inventories);
    }
}
