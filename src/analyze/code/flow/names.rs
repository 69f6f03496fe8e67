//! What the names of one function hold: each place that gives one a value, what is asked about them, and which of those
//! places are still valid further down.

use std::collections::HashMap;
use std::ops::Range;

use crate::syntax::Node;

/// The names of one function, or of a file outside its functions.
#[derive(Default)]
pub struct Names<'t> {
    pub(super) text: &'t str,
    /// By name (`x`, `self.x`), in the order of the text.
    pub(super) given: HashMap<&'t str, Vec<Giving<'t>>>,
    pub(super) blocks: Vec<Block>,
    pub(super) owners: Vec<Owner>,
    pub(super) tests: Vec<Test<'t>>,
    /// Calls that stand alone, with their blocks: `check(path)`.
    pub(super) checks: Vec<(Node<'t>, usize)>,
    pub returns: Vec<Node<'t>>,
    /// The bytes of the function.
    pub length: usize,
}

/// A place that gives a value to a name.
pub struct Giving<'t> {
    /// It holds from this byte on.
    pub(super) from: usize,
    pub(super) block: usize,
    pub what: Given<'t>,
}

/// What a name is given.
pub enum Given<'t> {
    /// This value, or of it what lies below `keys`; or some part of it.
    Value {
        value: Node<'t>,
        keys: Vec<&'t str>,
        part: bool,
    },
    /// This comes on top of what it holds.
    Added(Node<'t>),
    Parameter {
        node: Node<'t>,
        index: usize,
        keys: Vec<&'t str>,
    },
    Unknown,
}

/// Statements that do not run each time.
pub(super) struct Block {
    pub(super) range: Range<usize>,
    pub(super) parent: usize,
    /// The `if` or `match` that it is a branch of.
    pub(super) owner: Option<usize>,
    /// What comes after the `if` is not reached from here.
    pub(super) leaves: bool,
}

pub(super) struct Owner {
    pub(super) range: Range<usize>,
    pub(super) branches: usize,
    /// Branches that come to no end of their own.
    pub(super) leaving: usize,
    pub(super) is_complete: bool,
}

/// A condition, and where it is known to hold or not to hold.
pub(super) struct Test<'t> {
    pub(super) condition: Node<'t>,
    pub(super) holds: Option<Range<usize>>,
    pub(super) fails: Option<Range<usize>>,
    /// From this byte on, in this block, it is so, or nothing is known.
    pub(super) end: usize,
    pub(super) block: usize,
    pub(super) after: Option<bool>,
}

/// How many places that give a value to one name are looked at, from the last one up.
const MAX_GIVEN: usize = 24;

impl<'t> Names<'t> {
    /// What `name` may hold at byte `offset`; `None` where nothing here ever gives it a value.
    pub fn reaching(&self, name: &str, offset: usize) -> Option<Vec<&Giving<'t>>> {
        let given = self.given.get(name)?;
        let mut found = Vec::new();
        let mut covered: Vec<(usize, usize)> = Vec::new();
        for one in given.iter().rev().filter(|one| one.from <= offset).take(MAX_GIVEN) {
            let Some(branch) = self.reach(one.block, offset) else { continue };
            found.push(one);
            if matches!(one.what, Given::Added(_)) {
                continue;
            }
            match branch {
                None => break,
                Some((Some(owner), block)) => {
                    if !covered.contains(&(owner, block)) {
                        covered.push((owner, block));
                    }
                    if self.is_covered(owner, &covered, offset) {
                        break;
                    }
                }
                Some((None, _)) => {}
            }
        }
        Some(found)
    }

    /// `None` if what happens in `block` cannot be seen at `offset`; else the outermost block that may not have run, with
    /// its owner.
    fn reach(&self, block: usize, offset: usize) -> Option<Option<(Option<usize>, usize)>> {
        let mut unsure = None;
        let mut index = block;
        while let Some(block) = self.blocks.get(index).filter(|block| !block.range.contains(&offset)) {
            let excluded =
                block.owner.and_then(|owner| self.owners.get(owner)).is_some_and(|owner| owner.range.contains(&offset));
            if block.leaves || excluded {
                return None;
            }
            unsure = Some((block.owner, index));
            if index == 0 {
                break;
            }
            index = block.parent;
        }
        Some(unsure)
    }

    /// Whether every branch that ends gives a value.
    fn is_covered(&self, owner: usize, covered: &[(usize, usize)], offset: usize) -> bool {
        let count = covered.iter().filter(|(one, _)| *one == owner).count();
        self.owners.get(owner).is_some_and(|owner| {
            owner.is_complete && count + owner.leaving >= owner.branches && owner.range.end <= offset
        })
    }

    /// The conditions about which something is known at `offset`, and whether they hold there. Behind `if bad(x): x = "y"`
    /// what `subject` still holds is not bad.
    pub fn known_at(&self, offset: usize, subject: &str) -> impl Iterator<Item = (Node<'t>, bool)> {
        let given = self.given.get(subject).map(Vec::as_slice).unwrap_or_default();
        let is_given_in = |range: &Option<Range<usize>>| {
            range.as_ref().is_some_and(|range| given.iter().any(|one| range.contains(&one.from.saturating_sub(1))))
        };
        let within = move |range: &Option<Range<usize>>| range.as_ref().is_some_and(|range| range.contains(&offset));
        self.tests.iter().filter_map(move |test| {
            let is_after = test.end <= offset && self.is_within(test.block, offset);
            let changed = || match (is_given_in(&test.holds), is_given_in(&test.fails)) {
                (true, false) => Some(false),
                (false, true) => Some(true),
                _ => None,
            };
            let known = if within(&test.holds) {
                Some(true)
            } else if within(&test.fails) {
                Some(false)
            } else {
                Some(is_after).filter(|after| *after).and_then(|_| test.after.or_else(changed))
            };
            let is_itself = test.condition.byte_range().contains(&offset);
            known.filter(|_| !is_itself).map(|holds| (test.condition, holds))
        })
    }

    /// The calls that stand alone and have been made before `offset`.
    pub fn checks_before(&self, offset: usize) -> impl Iterator<Item = Node<'t>> {
        let made = move |check: &&(Node<'t>, usize)| check.0.end_byte() <= offset && self.is_within(check.1, offset);
        self.checks.iter().filter(made).map(|(call, _)| *call)
    }

    /// Names whose value was made of `subject`.
    pub fn derived_from(&self, subject: &str) -> Vec<&'t str> {
        let is_made = |one: &Giving<'t>| match &one.what {
            Given::Value { value, .. } | Given::Added(value) => self.mentions(*value, subject),
            Given::Parameter { .. } | Given::Unknown => false,
        };
        let mut names: Vec<&'t str> =
            self.given.iter().filter(|(_, given)| given.iter().any(is_made)).map(|(name, _)| *name).collect();
        names.retain(|name| *name != subject);
        names.sort_unstable();
        names
    }

    /// Whether `subject` stands in the text of `node`, as a whole word.
    fn mentions(&self, node: Node<'t>, subject: &str) -> bool {
        mentions(self.text.get(node.byte_range()).unwrap_or_default(), subject)
    }

    fn is_within(&self, block: usize, offset: usize) -> bool {
        self.blocks.get(block).is_some_and(|block| block.range.contains(&offset))
    }
}

/// Whether `word` stands in `text`, and no part of a longer name.
pub fn mentions(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    !word.is_empty()
        && text
            .match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_name) && !text[at + word.len()..].starts_with(is_name))
}
