//! Two branches that both change the baseline, merged by git.

use std::fs;
use std::path::Path;

use gate::config::{self, File};
use gate::model::BaselineEntry;
use tempfile::TempDir;

use crate::baseline::{FILE, digits};
use crate::git::git;

/// A repository whose baseline has an entry for each number.
struct Branches {
    folder: TempDir,
}

impl Branches {
    fn new(numbers: impl IntoIterator<Item = u64>, attributes: bool) -> Branches {
        let branches = Branches { folder: tempfile::tempdir().unwrap() };
        let path = branches.path();
        git(path, &["init", "-q", "-b", "main"]);
        fs::create_dir(path.join(".gate")).unwrap();
        if attributes {
            fs::write(path.join(".gate/.gitattributes"), "baseline.jsonl merge=union\n").unwrap();
        }
        branches.write(numbers);
        branches.commit();
        branches
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, numbers: impl IntoIterator<Item = u64>) {
        let entries: Vec<BaselineEntry> = numbers.into_iter().map(numbered).collect();
        fs::write(self.path().join(FILE), config::render_baseline(&entries)).unwrap();
    }

    fn commit(&self) {
        git(self.path(), &["add", "-A"]);
        git(self.path(), &["commit", "-q", "--allow-empty", "-m", "Change"]);
    }

    /// Merges two branches from here with these baselines; what the merge leaves, or `None` where it conflicts.
    fn merge(&self, ours: impl IntoIterator<Item = u64>, theirs: impl IntoIterator<Item = u64>) -> Option<String> {
        let path = self.path();
        git(path, &["switch", "-q", "-C", "theirs", "main"]);
        self.write(theirs);
        self.commit();
        git(path, &["switch", "-q", "-C", "ours", "main"]);
        self.write(ours);
        self.commit();
        let mut command = std::process::Command::new("git");
        let identity = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.com"];
        let merged =
            command.current_dir(path).args(identity).args(["merge", "-q", "--no-edit", "theirs"]).output().unwrap();
        let text = fs::read_to_string(path.join(FILE)).unwrap();
        if !merged.status.success() {
            assert!(text.contains("<<<<<<<"), "{merged:?}");
            git(path, &["merge", "--abort"]);
        }
        merged.status.success().then_some(text)
    }
}

fn numbered(number: u64) -> BaselineEntry {
    BaselineEntry {
        fingerprint: digits(number),
        rule: "python/eval".to_owned(),
        path: format!("src/module_{number}.py"),
        context: format!("eval(text_{number})"),
        count: 1,
        value: None,
        in_history: false,
    }
}

/// The fingerprints of a baseline, each once.
fn fingerprints(text: &str) -> Vec<String> {
    let baseline = config::parse_baseline(File::new(Path::new("b"), "b"), text).unwrap();
    let mut prints: Vec<String> = baseline.entries.into_iter().map(|(_, entry)| entry.fingerprint).collect();
    prints.sort();
    prints.dedup();
    prints
}

fn prints_of(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    let mut prints: Vec<String> = numbers.into_iter().map(digits).collect();
    prints.sort();
    prints
}

#[test]
fn two_branches_that_add_and_remove_merge_by_themselves() {
    // As `gate baseline` leaves a repository: with the attribute beside the file. Three entries, so that everything is adjacent.
    let branches = Branches::new([1, 2, 3], true);
    let merged = branches.merge([1, 2, 3, 10, 11, 12], [1, 2, 3, 20, 21]).expect("no conflict");
    assert_eq!(fingerprints(&merged), prints_of([1, 2, 3, 10, 11, 12, 20, 21]), "both additions are there");
    // Here git may keep a line that one side removed. It is stale then, which is told and pruned; nothing that is there is lost.
    let merged = branches.merge([1, 3, 10], [1, 2, 20]).expect("no conflict");
    let prints = fingerprints(&merged);
    for needed in prints_of([1, 10, 20]) {
        assert!(prints.contains(&needed), "{merged}");
    }
    assert!(prints.iter().all(|print| prints_of([1, 2, 3, 10, 20]).contains(print)), "{merged}");
}

#[test]
fn without_the_attribute_few_merges_conflict_and_a_conflict_is_seen() {
    // Four hundred entries; each branch adds three and removes two that the other leaves alone.
    let branches = Branches::new(0..400, false);
    let mut conflicts = 0;
    for round in 0..20u64 {
        let ours = (0..400).filter(|n| *n != round && *n != round + 40).chain(1000 + round * 10..1003 + round * 10);
        let theirs =
            (0..400).filter(|n| *n != round + 80 && *n != round + 120).chain(2000 + round * 10..2003 + round * 10);
        match branches.merge(ours, theirs) {
            Some(merged) => {
                let removed = [round, round + 40, round + 80, round + 120];
                let left = (0..400).filter(|n| !removed.contains(n));
                let added = (1000 + round * 10..1003 + round * 10).chain(2000 + round * 10..2003 + round * 10);
                assert_eq!(fingerprints(&merged), prints_of(left.chain(added)));
            }
            None => conflicts += 1,
        }
    }
    assert!(conflicts <= 1, "{conflicts} of 20 merges conflict");
    let small = Branches::new([1, 2, 3], false);
    assert_eq!(small.merge([1, 2, 3, 10, 11, 12], [1, 2, 3, 20, 21, 22]), None, "side by side there is a conflict");
}
