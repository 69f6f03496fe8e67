//! Which lines of which files are the same. Linear in the lines of code: each hash that occurs twice is looked at once.

use std::collections::HashSet;

use super::prints::Prints;

/// Lines of one file, counted in lines of code from 0; the last is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    pub file: usize,
    pub first: usize,
    pub last: usize,
}

impl Stretch {
    pub fn lines(&self) -> usize {
        self.last + 1 - self.first
    }

    fn meets(&self, other: &Stretch) -> bool {
        self.file == other.file && self.first <= other.last && other.first <= self.last
    }
}

/// Lines that stand elsewhere too, and where; all of them, or a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub here: Stretch,
    /// In the order of files and lines.
    pub others: Vec<Stretch>,
}

/// What makes a copy.
#[derive(Clone, Copy, Debug)]
pub struct Least {
    pub tokens: usize,
    pub lines: usize,
    /// Lines that do something: see [`Prints::is_step`].
    pub steps: usize,
}

/// A hash in so many places is followed through them only once.
const FOLLOWED: usize = 64;

/// Of a block, so many places are looked at; a text that is everywhere needs no longer list.
const MOST_PLACES: usize = 4096;

/// A line whose window occurs in several places.
#[derive(Clone, Copy)]
struct Occurrence {
    file: u32,
    line: u32,
    group: u32,
}

/// The blocks of the first `primary` of `files` that stand elsewhere in `files`, each once.
pub fn blocks(files: &[&Prints], primary: usize, least: Least) -> Vec<Block> {
    let mut join = Join { files, least, groups: Vec::new(), done: Vec::new() };
    let occurrences = join.repeated();
    let mut blocks = Vec::new();
    let mut rest = occurrences.as_slice();
    while let Some((first, _)) = rest.split_first() {
        if first.file as usize >= primary {
            break;
        }
        if join.is_done(first) {
            rest = &rest[1..];
            continue;
        }
        let (block, length) = join.block(rest);
        blocks.extend(block);
        rest = &rest[length..];
    }
    blocks
}

struct Join<'a> {
    files: &'a [&'a Prints],
    least: Least,
    /// File and line of each place where a window stands.
    groups: Vec<Vec<(u32, u32)>>,
    done: Vec<bool>,
}

impl Join<'_> {
    /// Every line whose window occurs twice, in the order of files and lines.
    fn repeated(&mut self) -> Vec<Occurrence> {
        let total: usize = self.files.iter().map(|file| file.len()).sum();
        // Most windows are unique; two bits for each keep them out of the sorting.
        let bits = (total * 8).next_power_of_two().max(64);
        let (mut once, mut twice) = (vec![0_u64; bits / 64], vec![0_u64; bits / 64]);
        let slot = |hash: u64| {
            let bit = (hash >> 16) as usize & (bits - 1);
            (bit / 64, 1_u64 << (bit % 64))
        };
        for hash in self.files.iter().flat_map(|file| file.windows()) {
            let (word, bit) = slot(hash);
            twice[word] |= once[word] & bit;
            once[word] |= bit;
        }
        let mut found: Vec<(u64, u32, u32)> = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            for line in 0..file.len() {
                let Some(hash) = file.window(line) else { continue };
                let (word, bit) = slot(hash);
                if twice[word] & bit != 0 {
                    found.push((hash, index as u32, line as u32));
                }
            }
        }
        found.sort_unstable();
        let mut occurrences = Vec::new();
        for same in found.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
            let group = self.groups.len() as u32;
            occurrences.extend(same.iter().map(|&(_, file, line)| Occurrence { file, line, group }));
            self.groups.push(same.iter().map(|&(_, file, line)| (file, line)).collect());
        }
        self.done = vec![false; self.groups.len()];
        occurrences.sort_unstable_by_key(|one| (one.file, one.line));
        occurrences
    }

    fn is_done(&self, one: &Occurrence) -> bool {
        self.done[one.group as usize]
    }

    /// The block that begins with the first of `rest`, if it is one, and how many of `rest` it takes.
    fn block(&mut self, rest: &[Occurrence]) -> (Option<Block>, usize) {
        let first = rest[0];
        let mut pairs: Vec<(u32, u32, u32)> = Vec::new();
        let mut before: HashSet<(u32, u32)> = HashSet::new();
        let mut length = 0;
        for (index, one) in rest.iter().enumerate() {
            if one.file != first.file || one.line as usize != first.line as usize + index {
                break;
            }
            let group = &self.groups[one.group as usize];
            let here = (one.file, one.line);
            let elsewhere = group.iter().copied().filter(|place| *place != here);
            if self.is_done(one) {
                // Told before, for some of its places; the block goes on where one of these goes on.
                let goes_on = |place: &(u32, u32)| place.1 > 0 && before.contains(&(place.0, place.1 - 1));
                if group.len() > FOLLOWED || !elsewhere.clone().any(|place| goes_on(&place)) {
                    break;
                }
            }
            before.clear();
            before.extend(elsewhere.clone().take(FOLLOWED));
            pairs.extend(elsewhere.take(MOST_PLACES).map(|(file, line)| (file, line, one.line)));
            self.done[one.group as usize] = true;
            length = index + 1;
        }
        let last = first.line as usize + length - 1;
        (self.judge(first, last, pairs), length)
    }

    /// `pairs` are places elsewhere, each with the line here whose window is the same.
    fn judge(&self, first: Occurrence, last: usize, mut pairs: Vec<(u32, u32, u32)>) -> Option<Block> {
        let file = first.file as usize;
        let mut here = Stretch { file, first: first.line as usize, last: self.end(file, last) };
        // Neighbours in both are one stretch.
        pairs.sort_unstable();
        pairs.dedup_by_key(|pair| (pair.0, pair.1));
        let mut others = Vec::new();
        for run in pairs.chunk_by(|one, next| one.0 == next.0 && one.1 + 1 == next.1) {
            let (Some(&(file, from, _)), Some(&(_, to, line))) = (run.first(), run.last()) else { continue };
            let (end, end_here) = self.extended((file as usize, to as usize), (here.file, line as usize));
            here.last = here.last.max(end_here);
            others.push(Stretch { file: file as usize, first: from as usize, last: end });
        }
        others.retain(|other| !other.meets(&here) && other.lines() >= self.least.lines);
        // Copies of one another that overlap are one text that repeats itself.
        others.dedup_by(|next, kept| next.meets(kept));
        (!others.is_empty() && self.is_worth_telling(here)).then_some(Block { here, others })
    }

    /// The last line that lies within the window that begins with `line`.
    fn end(&self, file: usize, line: usize) -> usize {
        let Some(prints) = self.files.get(file) else { return line };
        let mut tokens = prints.size(line);
        let mut end = line;
        while end + 1 < prints.len() && tokens + prints.size(end + 1) <= self.least.tokens {
            end += 1;
            tokens += prints.size(end);
        }
        end
    }

    /// The last lines that are the same, there and here, from two lines with the same window on.
    fn extended(&self, there: (usize, usize), here: (usize, usize)) -> (usize, usize) {
        let line = |(file, line): (usize, usize)| self.files.get(file).and_then(|prints| prints.line(line));
        let mut end = ((there.0, self.end(there.0, there.1)), (here.0, self.end(here.0, here.1)));
        loop {
            let next = ((end.0.0, end.0.1 + 1), (end.1.0, end.1.1 + 1));
            if line(next.0).is_none() || line(next.0) != line(next.1) {
                return (end.0.1, end.1.1);
            }
            end = next;
        }
    }

    /// Long enough, and neither a table nor one statement, nor a few lines again and again.
    fn is_worth_telling(&self, here: Stretch) -> bool {
        let Some(prints) = self.files.get(here.file) else { return false };
        let lines = || here.first..=here.last;
        let tokens: usize = lines().map(|line| prints.size(line)).sum();
        let steps = lines().filter(|line| prints.is_step(*line)).count();
        let distinct: HashSet<u32> = lines().filter_map(|line| prints.line(line)).collect();
        here.lines() >= self.least.lines
            && tokens >= self.least.tokens
            && steps >= self.least.steps
            && distinct.len() * 2 > self.least.lines
            && distinct.len() * 3 >= here.lines()
            && steps * 4 >= here.lines()
    }
}
