//! The trees of many commits: each is read once, however many commits share it.

use std::collections::HashSet as Set;

use gix::ObjectId;
use gix::hashtable::{HashMap, HashSet};
use gix::objs::{FindExt as _, TreeRefIter};

use super::repository::told;
use super::tree::{DEEPEST, NodeKind, kind};

/// What the walk is after.
pub enum Wanted<'a> {
    /// Every file, once for each content, wherever it is met first.
    All,
    /// These contents, at each path that they ever had.
    These(&'a HashSet<ObjectId>),
}

pub struct TreeWalk<'a> {
    repository: &'a gix::Repository,
    wanted: Wanted<'a>,
    /// Trees that were read, and whether something wanted is below them.
    visited: HashMap<ObjectId, bool>,
    /// Trees with something wanted, and the path where they were met.
    met: Set<(ObjectId, Vec<u8>)>,
    /// Only [`TreeWalk::visited`] is to be filled in.
    is_survey: bool,
    buffers: Vec<Vec<u8>>,
    /// Trees that could not be read, and why.
    pub unreadable: Vec<(ObjectId, String)>,
    /// Whether to ask of every object that is named if it is there.
    pub expects: Option<&'a dyn Fn(&gix::oid) -> bool>,
    /// Those that are not.
    pub absent: HashSet<ObjectId>,
}

impl<'a> TreeWalk<'a> {
    pub fn new(repository: &'a gix::Repository, wanted: Wanted<'a>) -> TreeWalk<'a> {
        TreeWalk {
            repository,
            wanted,
            visited: HashMap::default(),
            met: Set::new(),
            is_survey: false,
            buffers: Vec::new(),
            unreadable: Vec::new(),
            expects: None,
            absent: HashSet::default(),
        }
    }

    /// Hands to `found` the path and the content of each wanted file below `tree`.
    pub fn tree(&mut self, tree: ObjectId, found: &mut dyn FnMut(&[u8], ObjectId)) {
        self.folder(tree, &mut Vec::new(), 0, found);
    }

    /// Finds out below which trees something wanted is, and tells of nothing. Asked of the newest trees first, each is the
    /// difference from one that was just read, as git stores them.
    pub fn survey(&mut self, tree: ObjectId) {
        self.is_survey = true;
        self.folder(tree, &mut Vec::new(), 0, &mut |_, _| {});
        self.is_survey = false;
    }

    /// Whether something wanted is below.
    fn folder(
        &mut self,
        tree: ObjectId,
        path: &mut Vec<u8>,
        depth: usize,
        found: &mut dyn FnMut(&[u8], ObjectId),
    ) -> bool {
        match self.visited.get(&tree) {
            Some(false) => return false,
            Some(true) if self.is_survey || self.met.contains(&(tree, path.clone())) => return true,
            _ => {}
        }
        if depth > DEEPEST {
            self.unreadable.push((tree, "folders are nested too deeply".to_owned()));
            return false;
        }
        let mut buffer = self.buffers.pop().unwrap_or_default();
        let mut is_met = false;
        match self.repository.objects.find_tree_iter(&tree, &mut buffer) {
            Ok(entries) => is_met = self.entries(entries, tree, path, depth, found),
            Err(_) if self.expects.is_some_and(|is_there| !is_there(&tree)) => {
                self.absent.insert(tree);
            }
            Err(error) => self.unreadable.push((tree, told(&error))),
        }
        self.buffers.push(buffer);
        self.visited.insert(tree, is_met);
        if is_met && !self.is_survey {
            self.met.insert((tree, path.clone()));
        }
        is_met
    }

    fn entries(
        &mut self,
        entries: TreeRefIter<'_>,
        tree: ObjectId,
        path: &mut Vec<u8>,
        depth: usize,
        found: &mut dyn FnMut(&[u8], ObjectId),
    ) -> bool {
        let mut is_met = false;
        for entry in entries {
            let Ok(entry) = entry else {
                self.unreadable.push((tree, "it is no valid tree".to_owned()));
                break;
            };
            let length = path.len();
            match kind(entry.mode) {
                NodeKind::Submodule => {}
                NodeKind::Folder => {
                    if self.visited.get(entry.oid) != Some(&false) {
                        path.extend_from_slice(entry.filename);
                        path.push(b'/');
                        is_met |= self.folder(entry.oid.to_owned(), path, depth + 1, found);
                    }
                }
                NodeKind::File | NodeKind::Link => {
                    if self.expects.is_some_and(|is_there| !is_there(entry.oid)) {
                        self.absent.insert(entry.oid.to_owned());
                    }
                    let is_wanted = match self.wanted {
                        Wanted::All => true,
                        Wanted::These(ids) => ids.contains(entry.oid),
                    };
                    if is_wanted {
                        // Where all are wanted, no tree need be read twice.
                        is_met |= matches!(self.wanted, Wanted::These(_));
                        path.extend_from_slice(entry.filename);
                        found(path, entry.oid.to_owned());
                    }
                }
            }
            path.truncate(length);
        }
        is_met
    }
}
