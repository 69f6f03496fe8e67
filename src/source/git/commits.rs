//! Commits and how they descend from each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gix::ObjectId;
use gix::hashtable::HashMap;
use gix::objs::{CommitRef, TagRef};

/// What of a commit decides where it stands.
#[derive(Clone, Debug)]
pub struct Commit {
    pub id: ObjectId,
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

impl Commit {
    /// The commit and its message.
    pub fn read(id: ObjectId, bytes: &[u8]) -> Option<(Commit, &[u8])> {
        let commit = CommitRef::from_bytes(bytes, id.kind()).ok()?;
        let time = commit.time().map_or(0, |time| time.seconds);
        let message: &[u8] = commit.message;
        Some((Commit { id, tree: commit.tree(), parents: commit.parents().collect(), time }, message))
    }
}

/// An annotated tag.
#[derive(Clone, Debug)]
pub struct Tag {
    pub id: ObjectId,
    pub target: ObjectId,
}

impl Tag {
    /// The tag and its message.
    pub fn read(id: ObjectId, bytes: &[u8]) -> Option<(Tag, &[u8])> {
        let tag = TagRef::from_bytes(bytes, id.kind()).ok()?;
        let message: &[u8] = tag.message;
        Some((Tag { id, target: tag.target() }, message))
    }
}

pub struct Graph {
    /// Sorted by id.
    pub commits: Vec<Commit>,
    by_id: HashMap<ObjectId, usize>,
}

impl Graph {
    pub fn new(mut commits: Vec<Commit>) -> Graph {
        commits.sort_unstable_by_key(|commit| commit.id);
        commits.dedup_by_key(|commit| commit.id);
        let by_id = commits.iter().enumerate().map(|(index, commit)| (commit.id, index)).collect();
        Graph { commits, by_id }
    }

    pub fn index_of(&self, id: &ObjectId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Which commits are reached from `tips`, and which of their ancestors are not there.
    pub fn reached(&self, tips: impl IntoIterator<Item = ObjectId>) -> (Vec<bool>, Vec<ObjectId>) {
        let mut reached = vec![false; self.commits.len()];
        let mut missing = Vec::new();
        let mut next: Vec<ObjectId> = tips.into_iter().collect();
        while let Some(id) = next.pop() {
            match self.by_id.get(&id) {
                Some(&index) if !reached[index] => {
                    reached[index] = true;
                    next.extend(&self.commits[index].parents);
                }
                Some(_) => {}
                None => missing.push(id),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        (reached, missing)
    }

    /// The chosen commits, every one behind its parents, and otherwise the oldest first.
    pub fn oldest_first(&self, chosen: &[bool]) -> Vec<usize> {
        let is_chosen = |index: &usize| chosen.get(*index).copied().unwrap_or(false);
        let parents = |index: usize| {
            self.commits[index].parents.iter().filter_map(|id| self.by_id.get(id).copied()).filter(is_chosen)
        };
        let mut waits_for = vec![0usize; self.commits.len()];
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.commits.len()];
        let all: Vec<usize> = (0..self.commits.len()).filter(is_chosen).collect();
        for &index in &all {
            for parent in parents(index) {
                waits_for[index] += 1;
                children[parent].push(index);
            }
        }
        let key = |index: usize| Reverse((self.commits[index].time, index));
        let mut ready: BinaryHeap<_> = all.iter().filter(|&&index| waits_for[index] == 0).map(|&it| key(it)).collect();
        let mut order = Vec::with_capacity(all.len());
        while let Some(Reverse((_, index))) = ready.pop() {
            order.push(index);
            for &child in &children[index] {
                waits_for[child] -= 1;
                if waits_for[child] == 0 {
                    ready.push(key(child));
                }
            }
        }
        order
    }
}
