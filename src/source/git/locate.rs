//! Where in the history a content first appeared.

use std::collections::HashSet as Set;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::hashtable::{HashMap, HashSet};

use super::commits::{Commit, Graph, Tag};
use super::history::{History, Sweep, incomplete, notes, unreadable};
use super::recent::Recent;
use super::treewalk::{TreeWalk, Wanted};
use crate::model::{Notification, Origin, OriginKind, RelPath};

/// A content at the path, and in the commit, where it was first seen.
#[derive(Clone, Debug)]
pub struct Appearance {
    pub object: ObjectId,
    pub kind: OriginKind,
    pub path: RelPath,
    pub commit: Option<ObjectId>,
}

/// Where the contents are that were looked for.
#[derive(Default)]
pub struct Located {
    /// The oldest first.
    pub appearances: Vec<Appearance>,
    /// Those that the asked-for history does not reach.
    pub elsewhere: Vec<ObjectId>,
    pub notifications: Vec<Notification>,
}

/// What the sweep met besides blobs.
#[derive(Default)]
pub struct Met {
    pub commits: Vec<Commit>,
    pub tags: Vec<Tag>,
}

/// The commits that are asked for, and how to walk their trees.
struct Search<'a> {
    history: &'a History,
    sweep: &'a Sweep,
    graph: Graph,
    chosen: Vec<bool>,
    /// Files and notes that are looked for, and messages.
    blobs: HashSet<ObjectId>,
    messages: HashMap<ObjectId, OriginKind>,
    located: Located,
    found: Set<ObjectId>,
}

impl History {
    /// Finds out where `suspects` first appeared. `met` is what the sweep met.
    pub fn locate(&self, sweep: &Sweep, met: Met, suspects: &[(ObjectId, OriginKind)]) -> Located {
        let graph = Graph::new(met.commits);
        let mut local = self.repository.local();
        local.objects.set_pack_cache(|| Box::new(Recent::default()));
        let (chosen, missing) = match (sweep, self.all_refs) {
            (Sweep::Only(_), _) => (vec![true; graph.commits.len()], Vec::new()),
            (Sweep::All(_), true) => graph.reached(graph.commits.iter().map(|commit| commit.id)),
            (Sweep::All(_), false) => graph.reached(self.head_tips(&local)),
        };
        let is_file = |suspect: &&(ObjectId, OriginKind)| suspect.1 == OriginKind::File;
        let mut search = Search {
            history: self,
            sweep,
            graph,
            chosen,
            blobs: suspects.iter().filter(is_file).map(|(id, _)| *id).collect(),
            messages: suspects.iter().filter(|suspect| !is_file(suspect)).copied().collect(),
            located: Located::default(),
            found: Set::new(),
        };
        search.tags(&met.tags);
        search.commits(&local, missing);
        search.rest(suspects)
    }

    /// The bytes of an object that was found; of a commit or a tag its message.
    pub fn bytes(&self, appearance: &Appearance) -> Option<Vec<u8>> {
        let local = self.repository.local();
        let mut object = local.find_object(appearance.object).ok()?;
        let bytes = std::mem::take(&mut object.data);
        match appearance.kind {
            OriginKind::CommitMessage => Commit::read(appearance.object, &bytes).map(|(_, message)| message.to_vec()),
            OriginKind::TagMessage => Tag::read(appearance.object, &bytes).map(|(_, message)| message.to_vec()),
            OriginKind::File | OriginKind::Note => Some(bytes),
        }
    }

    /// Who brought it in, and when.
    pub fn origin(&self, appearance: &Appearance) -> Origin {
        let local = self.repository.local();
        let mut origin = Origin {
            kind: appearance.kind,
            object: appearance.object.to_string(),
            commit: appearance.commit.map(|id| id.to_string()),
            author: None,
            date: None,
        };
        let signed = appearance.commit.unwrap_or(appearance.object);
        let Ok(object) = local.find_object(signed) else { return origin };
        let signature = match object.kind {
            gix::objs::Kind::Commit => object.try_to_commit_ref().ok().and_then(|commit| commit.author().ok()),
            gix::objs::Kind::Tag => object.try_to_tag_ref().ok().and_then(|tag| tag.tagger().ok().flatten()),
            _ => None,
        };
        if let Some(signature) = signature {
            origin.author = Some(format!("{} <{}>", signature.name.trim().as_bstr(), signature.email.trim().as_bstr()));
            let date = signature.time().ok().and_then(|time| time.format(gix::date::time::format::ISO8601_STRICT).ok());
            origin.date = date;
        }
        origin
    }
}

impl Search<'_> {
    /// They stand before all commits: they have no order.
    fn tags(&mut self, tags: &[Tag]) {
        for tag in tags.iter().filter(|tag| self.messages.contains_key(&tag.id)) {
            let is_reached = self.graph.index_of(&tag.target).is_some_and(|index| self.chosen[index]);
            if self.history.all_refs || is_reached {
                self.found.insert(tag.id);
                self.located.appearances.push(appearance(tag.id, OriginKind::TagMessage, None));
            }
        }
    }

    fn commits(&mut self, local: &gix::Repository, missing: Vec<ObjectId>) {
        let is_partial = self.history.is_partial();
        let sweep = self.sweep;
        let contains = |id: &gix::oid| match sweep {
            Sweep::All(objects) => objects.contains(id),
            Sweep::Only(_) => local.has_object(id),
        };
        let blobs = std::mem::take(&mut self.blobs);
        let mut walk = TreeWalk::new(local, Wanted::These(&blobs));
        if is_partial {
            walk.expects = Some(&contains);
        }
        if let Sweep::Only(selection) = sweep {
            selection.boundary.iter().for_each(|tree| walk.tree(*tree, &mut |_, _| {}));
        }
        let of_notes = self.graph.reached(notes(local)).0;
        let order = self.graph.oldest_first(&self.chosen);
        if !blobs.is_empty() {
            order.iter().rev().for_each(|&index| walk.survey(self.graph.commits[index].tree));
        }
        for index in order {
            let commit = &self.graph.commits[index];
            if self.messages.contains_key(&commit.id) {
                self.found.insert(commit.id);
                self.located.appearances.push(appearance(commit.id, OriginKind::CommitMessage, Some(commit.id)));
            }
            if blobs.is_empty() && walk.expects.is_none() {
                continue;
            }
            let (found, appearances) = (&mut self.found, &mut self.located.appearances);
            walk.tree(commit.tree, &mut |path, id| {
                found.insert(id);
                appearances.push(if of_notes[index] {
                    appearance(id, OriginKind::Note, Some(commit.id))
                } else {
                    let path = RelPath::new(path.to_str_lossy().as_ref());
                    Appearance { object: id, kind: OriginKind::File, path, commit: Some(commit.id) }
                });
            });
        }
        let told = &mut self.located.notifications;
        told.extend(walk.unreadable.iter().map(|(id, why)| unreadable(&format!("tree {id}"), why)));
        if is_partial {
            told.extend(absent(walk.absent.len() + missing.len()));
        } else if self.history.repository.deepen().is_none() {
            told.extend(missing.iter().map(|id| unreadable(&format!("commit {id}"), "it is not there")));
        }
    }

    /// What nothing led to.
    fn rest(self, suspects: &[(ObjectId, OriginKind)]) -> Located {
        let Search { mut located, found, history, .. } = self;
        for (id, kind) in suspects.iter().filter(|(id, _)| !found.contains(id)) {
            if history.all_refs {
                located.appearances.push(appearance(*id, *kind, None));
            } else {
                located.elsewhere.push(*id);
            }
        }
        located
    }
}

/// An object that is no version of a file is named by its id.
fn appearance(object: ObjectId, kind: OriginKind, commit: Option<ObjectId>) -> Appearance {
    Appearance { object, kind, path: RelPath::new(format!(".git/objects/{object}")), commit }
}

pub(super) fn absent(count: usize) -> Option<Notification> {
    (count > 0).then(|| {
        incomplete(format!(
            "{count} objects of the history are not here, so they were not searched: this is a partial clone; \
             `git fetch --refetch --no-filter` fetches them"
        ))
    })
}
