//! Which added file is a removed one under another name: the same content, or most of the same lines.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use gix::ObjectId;

use crate::model::RelPath;

/// A file that only one of the two states has.
pub(super) struct Candidate {
    pub path: RelPath,
    pub id: ObjectId,
    pub size: u64,
}

impl Candidate {
    pub fn new(repository: &gix::Repository, path: RelPath, id: ObjectId) -> Candidate {
        Candidate { path, id, size: repository.find_header(id).map_or(0, |header| header.size()) }
    }
}

/// Larger files are only known again by their whole content.
pub(super) const LARGEST_COMPARED: u64 = 4 << 20;

/// Pairs of files that are compared by their lines, at the most; beyond it only those of one name are (git: 1000 × 1000).
const MOST_PAIRS: usize = 250_000;

/// Of a hundred bytes of the larger file so many must be in both, as for git.
const SAME: u64 = 50;

/// Added and removed files that are one, as indices into `added` and `gone`. Each is in one pair at most: a copy is new.
pub(super) fn renames(
    added: &[Candidate],
    gone: &[Candidate],
    read: impl Fn(ObjectId) -> Option<Vec<u8>>,
) -> Vec<(usize, usize)> {
    let mut pairs = same_content(added, gone);
    let (to, from): (HashSet<usize>, HashSet<usize>) = pairs.iter().copied().unzip();
    let is_open = |all: &[Candidate], taken: &HashSet<usize>| -> Vec<usize> {
        let open = |index: &usize| !taken.contains(index) && (1..=LARGEST_COMPARED).contains(&all[*index].size);
        (0..all.len()).filter(open).collect()
    };
    let (to, from) = (is_open(added, &to), is_open(gone, &from));
    let by_name = to.len().saturating_mul(from.len()) > MOST_PAIRS;
    let mut lines: HashMap<ObjectId, HashMap<u64, u64>> = HashMap::new();
    let mut likely = Vec::new();
    for &to in &to {
        for &from in &from {
            let (new, old) = (&added[to], &gone[from]);
            let has_name = new.path.file_name() == old.path.file_name();
            let (less, more) = (new.size.min(old.size), new.size.max(old.size));
            if (by_name && !has_name) || less * 100 < more * SAME {
                continue;
            }
            for candidate in [new, old] {
                lines.entry(candidate.id).or_insert_with(|| lines_of(&read(candidate.id).unwrap_or_default()));
            }
            let common = common(&lines[&new.id], &lines[&old.id]);
            if common * 100 >= more * SAME {
                likely.push((Reverse(common * 1000 / more), !has_name, to, from));
            }
        }
    }
    likely.sort_unstable();
    let (mut used_to, mut used_from) = (HashSet::new(), HashSet::new());
    for (_, _, to, from) in likely {
        if !used_to.contains(&to) && !used_from.contains(&from) {
            used_to.insert(to);
            used_from.insert(from);
            pairs.push((to, from));
        }
    }
    pairs
}

/// Those with one id, first of the same file name, then in the order of their paths.
fn same_content(added: &[Candidate], gone: &[Candidate]) -> Vec<(usize, usize)> {
    let mut by_id: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (index, candidate) in gone.iter().enumerate().filter(|(_, candidate)| candidate.size > 0) {
        by_id.entry(candidate.id).or_default().push(index);
    }
    let mut pairs = Vec::new();
    let mut open: Vec<usize> = (0..added.len()).collect();
    for needs_name in [true, false] {
        open.retain(|&to| {
            let Some(left) = by_id.get_mut(&added[to].id) else { return true };
            let fits = |from: &usize| !needs_name || gone[*from].path.file_name() == added[to].path.file_name();
            let Some(at) = left.iter().position(fits) else { return true };
            pairs.push((to, left.remove(at)));
            false
        });
    }
    pairs
}

/// The bytes of each line that occurs, by the line's hash.
fn lines_of(bytes: &[u8]) -> HashMap<u64, u64> {
    let mut lines = HashMap::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        *lines.entry(hasher.finish()).or_insert(0) += line.len() as u64;
    }
    lines
}

fn common(one: &HashMap<u64, u64>, other: &HashMap<u64, u64>) -> u64 {
    one.iter().map(|(line, bytes)| other.get(line).map_or(0, |found| *found.min(bytes))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[byte; 20])
    }

    fn found(added: &[(&str, u8)], gone: &[(&str, u8)], texts: &[&str]) -> Vec<(usize, usize)> {
        let of = |all: &[(&str, u8)]| -> Vec<Candidate> {
            let one = |(path, byte): &(&str, u8)| Candidate {
                path: RelPath::new(*path),
                id: id(*byte),
                size: texts[usize::from(*byte)].len() as u64,
            };
            all.iter().map(one).collect()
        };
        let read = |asked: ObjectId| {
            texts.iter().zip(0u8..).find(|(_, byte)| id(*byte) == asked).map(|(text, _)| text.as_bytes().to_vec())
        };
        renames(&of(added), &of(gone), read)
    }

    #[test]
    fn a_file_is_known_again_by_its_content_or_most_of_its_lines() {
        let texts = ["one\ntwo\nthree\nfour\n", "one\ntwo\nthree\nfive\n", "other\nlines\nin\nhere\n", "one\n", ""];
        assert_eq!(found(&[("b.py", 0)], &[("a.py", 0)], &texts), [(0, 0)]);
        assert_eq!(found(&[("b.py", 1)], &[("a.py", 0)], &texts), [(0, 0)]);
        assert_eq!(found(&[("b.py", 2), ("c.py", 3)], &[("a.py", 0)], &texts), []);
        // The same name goes first, a copy is new, and what is empty is nobody's.
        assert_eq!(found(&[("x/a.py", 0), ("x/b.py", 0)], &[("b.py", 0)], &texts), [(1, 0)]);
        assert_eq!(found(&[("x/a.py", 1), ("x/b.py", 1)], &[("b.py", 0)], &texts), [(1, 0)]);
        assert_eq!(found(&[("b.py", 4)], &[("a.py", 4)], &texts), []);
    }
}
