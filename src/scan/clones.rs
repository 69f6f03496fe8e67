//! Copied code: what the files gave in the one pass is joined, and files with a copy are read again for what a report says of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use tracing::trace_span;

use super::exclusions;
use super::gathered::Gathered;
use super::pool::in_parallel;
use super::worker::{Outcome, Scanner};
use crate::analyze::{CopiedBlock, CopiedPlace, Prints};
use crate::model::{Analysis, BaselineState, Location, Notification, NotificationKind, RelPath, SourceFile, Target};
use crate::source::{Changed, Contents, Read};

impl Scanner<'_> {
    /// The copies among all files that were looked at.
    pub fn clones(&self, targets: &[Target], contents: &dyn Contents, gathered: &mut Gathered) {
        let _span = trace_span!("clones").entered();
        let prints = std::mem::take(&mut gathered.prints);
        let files: Vec<(&RelPath, &Prints)> = prints.iter().map(|(path, prints)| (path, prints)).collect();
        let copies = self.clones.join(&files, files.len());
        let lines = copies.lines();
        for file in &mut gathered.files {
            file.duplicated = lines.get(&file.file).copied().unwrap_or_default();
        }
        let outcomes = self.copied(&copies.blocks().collect::<Vec<_>>(), targets, contents);
        outcomes.into_iter().for_each(|outcome| gathered.add(outcome));
    }

    /// The copies that a change makes, of its own files and, if the rule asks for it, of those that it leaves alone; where nothing is
    /// compared, all copies that its files have. What was moved is no copy: there are no more of it than before.
    pub fn changed_clones(&self, changed: &Changed, contents: &dyn Contents, gathered: &mut Gathered) {
        let _span = trace_span!("clones").entered();
        let prints = std::mem::take(&mut gathered.prints);
        let more = changed.former().map(|former| self.more_than_before(changed, former, &prints));
        if prints.is_empty() || more.as_ref().is_some_and(HashSet::is_empty) {
            return;
        }
        let more = more.as_ref();
        let outcomes = if self.clones.reads_whole_tree() {
            match changed.whole(false) {
                Ok(whole) => {
                    let others = self.prints_of(&self.others(&prints, &whole.targets), &whole);
                    self.new_copies(&prints, &others, more, (&whole.targets, &whole))
                }
                Err(error) => return gathered.notifications.push(not_compared(&error)),
            }
        } else {
            self.new_copies(&prints, &[], more, (&changed.targets, contents))
        };
        for mut outcome in outcomes {
            if changed.compares() {
                let new = Some(BaselineState::New);
                outcome.findings.iter_mut().chain(&mut outcome.unshown).for_each(|finding| finding.baseline = new);
            }
            gathered.add(outcome);
        }
    }

    /// Those of `targets` that are read and have no prints yet.
    fn others(&self, prints: &[(RelPath, Prints)], targets: &[Target]) -> Vec<Target> {
        let touched: HashSet<&RelPath> = prints.iter().map(|(path, _)| path).collect();
        let excluded = exclusions(&self.request.config.scan);
        let is_other = |target: &&Target| {
            let path = &target.path;
            self.clones.reads(target) && !touched.contains(path) && !excluded.is_match(path.as_str())
        };
        targets.iter().filter(is_other).cloned().collect()
    }

    /// What to report of the blocks in `prints` of which there are `more` than before.
    fn new_copies(
        &self,
        prints: &[(RelPath, Prints)],
        others: &[(RelPath, Prints)],
        more: Option<&HashSet<u64>>,
        (targets, contents): (&[Target], &dyn Contents),
    ) -> Vec<Outcome> {
        let files: Vec<(&RelPath, &Prints)> =
            prints.iter().chain(others).map(|(path, prints)| (path, prints)).collect();
        let copies = self.clones.join(&files, prints.len());
        let is_new =
            |block: &CopiedBlock<'_>| more.is_none_or(|more| block.windows().any(|window| more.contains(&window)));
        self.copied(&copies.blocks().filter(is_new).collect::<Vec<_>>(), targets, contents)
    }

    /// The copies within one text.
    pub fn clones_within(&self, file: &SourceFile, outcome: &mut Outcome) {
        let prints = std::mem::take(&mut outcome.prints);
        let files: Vec<(&RelPath, &Prints)> = prints.iter().map(|(path, prints)| (path, prints)).collect();
        let copies = self.clones.join(&files, files.len());
        let hits = copies.blocks().filter_map(|block| {
            let locations = block.named().map(|place| place.location(file)).collect();
            self.clones.hit(file, &block, locations)
        });
        self.finish_file(file, hits.collect(), None, Vec::new(), outcome);
    }

    /// Windows of which there are more in `now`, the files that a change touches, than in what they were.
    fn more_than_before(&self, changed: &Changed, former: &dyn Contents, now: &[(RelPath, Prints)]) -> HashSet<u64> {
        let were = changed.targets.iter().chain(&changed.gone).filter(|target| former.has(target));
        let before = self.prints_of(&were.cloned().collect::<Vec<_>>(), former);
        let mut more: HashMap<u64, i64> = HashMap::new();
        now.iter().flat_map(|(_, prints)| prints.windows()).for_each(|window| *more.entry(window).or_default() += 1);
        before.iter().flat_map(|(_, prints)| prints.windows()).for_each(|window| *more.entry(window).or_default() -= 1);
        more.into_iter().filter(|(_, more)| *more > 0).map(|(window, _)| window).collect()
    }

    fn prints_of(&self, targets: &[Target], contents: &dyn Contents) -> Vec<(RelPath, Prints)> {
        let found = in_parallel(self.request.threads, targets, |_, target| {
            if !self.clones.reads(target) {
                return None;
            }
            match contents.read(target, self.request.config.scan.max_file_size) {
                Read::Text(file) => Some((file.target.path.clone(), self.clones.prints(&file)?)),
                _ => None,
            }
        });
        found.into_iter().flatten().collect()
    }

    /// What to report of `blocks`: the files that hold them are read again, each once for its places and once for its findings.
    fn copied(&self, blocks: &[CopiedBlock<'_>], targets: &[Target], contents: &dyn Contents) -> Vec<Outcome> {
        let locations = self.locations(blocks, targets, contents);
        let mut by_path: BTreeMap<&RelPath, Vec<usize>> = BTreeMap::new();
        for (index, block) in blocks.iter().enumerate() {
            by_path.entry(block.path).or_default().push(index);
        }
        in_parallel(self.request.threads, &among(targets, by_path.keys().copied()), |_, target| {
            let mut outcome = Outcome::default();
            let Read::Text(file) = contents.read(target, self.request.config.scan.max_file_size) else {
                return outcome;
            };
            let of_file = by_path.get(&target.path).into_iter().flatten();
            let hits = of_file.filter_map(|index| {
                let locations = locations.get(index).cloned().unwrap_or_default();
                self.clones.hit(&file, blocks.get(*index)?, locations)
            });
            self.finish_file(&file, hits.collect(), None, Vec::new(), &mut outcome);
            outcome
        })
    }

    /// Where else each of `blocks` stands, by its index.
    fn locations(
        &self,
        blocks: &[CopiedBlock<'_>],
        targets: &[Target],
        contents: &dyn Contents,
    ) -> HashMap<usize, Vec<Location>> {
        let mut by_path: BTreeMap<&RelPath, Vec<(usize, CopiedPlace<'_>)>> = BTreeMap::new();
        for (index, block) in blocks.iter().enumerate() {
            for place in block.named() {
                by_path.entry(place.path).or_default().push((index, place));
            }
        }
        let located = in_parallel(self.request.threads, &among(targets, by_path.keys().copied()), |_, target| {
            match contents.read(target, self.request.config.scan.max_file_size) {
                Read::Text(file) => {
                    let places = by_path.get(&target.path).into_iter().flatten();
                    places.map(|(index, place)| (*index, place.location(&file))).collect()
                }
                _ => Vec::new(),
            }
        });
        let mut locations: HashMap<usize, Vec<Location>> = HashMap::new();
        for (index, location) in located.into_iter().flatten() {
            locations.entry(index).or_default().push(location);
        }
        locations
    }
}

/// Those of `targets`, which are sorted by path, that have one of `paths`.
fn among<'p>(targets: &[Target], paths: impl Iterator<Item = &'p RelPath>) -> Vec<Target> {
    let find = |path: &RelPath| targets.binary_search_by(|target| target.path.cmp(path)).ok();
    paths.filter_map(find).filter_map(|index| targets.get(index)).cloned().collect()
}

fn not_compared(error: &dyn std::fmt::Display) -> Notification {
    Notification {
        kind: NotificationKind::AnalysisNotRun,
        path: None,
        line: None,
        analysis: Some(Analysis::Code),
        message: format!("copies of code were not looked for in files that the change leaves alone: {error}"),
    }
}
