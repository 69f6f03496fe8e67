//! The history of a repository: which objects belong to it, and where in it a content first appeared.

use std::collections::HashSet as Set;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::hashtable::{HashMap, HashSet};

use super::commits::{Commit, Graph, Tag};
use super::diff;
use super::objects::{Objects, Visit};
use super::repository::{GitError, Repository, told};
use super::treewalk::{TreeWalk, Wanted};
use crate::model::{Analysis, Notification, NotificationKind, Origin, OriginKind, RelPath};
use crate::source::ignored::Ignored;

/// What of a repository's history is asked for.
pub struct History {
    repository: Repository,
    all_refs: bool,
    since: Option<Since>,
}

enum Since {
    Commit(ObjectId),
    /// Seconds since 1970.
    Date(i64),
}

/// Objects to look at, parted into units of work.
pub enum Sweep {
    /// All that there are.
    All(Box<Objects>),
    /// Those of some commits.
    Only(Box<Selection>),
}

/// Commits, and the blobs that came with them.
pub struct Selection {
    repository: Repository,
    ids: Vec<ObjectId>,
    /// The trees right before them.
    boundary: Vec<ObjectId>,
    /// Opened once and lent to whoever reads.
    idle: Mutex<Vec<gix::Repository>>,
}

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
    /// How many of them the asked-for history does not reach.
    pub elsewhere: usize,
    pub notifications: Vec<Notification>,
}

/// What the sweep met besides blobs.
#[derive(Default)]
pub struct Met {
    pub commits: Vec<Commit>,
    pub tags: Vec<Tag>,
}

/// Objects that a thread takes at once, where they are read one by one.
const UNIT: usize = 128;

impl History {
    /// The history that HEAD reaches, or all of it; since a commit or a date, if `since` names one.
    pub fn open(repository: Repository, since: Option<&str>, all_refs: bool) -> Result<History, GitError> {
        let local = repository.local();
        let failed = |error: gix::Error| GitError::Object { what: "HEAD".to_owned(), why: told(&error) };
        if !all_refs && local.head().map_err(failed)?.is_unborn() {
            return Err(GitError::Unborn(repository.git_dir()));
        }
        let since = since.map(|since| parse_since(&repository, &local, since)).transpose()?;
        Ok(History { repository, all_refs, since })
    }

    /// What `.gateignore` files of the work tree leave out.
    pub fn ignored(&self) -> Ignored {
        Ignored::new(&self.repository.work_tree().unwrap_or_else(|| self.repository.git_dir()))
    }

    /// A text that names the repository for a cache.
    pub fn name(&self) -> PathBuf {
        self.repository.git_dir()
    }

    pub fn hash_kind(&self) -> gix::hash::Kind {
        self.repository.local().object_hash()
    }

    /// What to look at, but for blobs in `seen`.
    pub fn sweep(&self, seen: &Set<ObjectId>, notifications: &mut Vec<Notification>) -> Result<Sweep, GitError> {
        notifications.extend(self.left_out());
        let Some(since) = &self.since else {
            let mut objects = Objects::open(&self.repository, seen)?;
            notifications.append(&mut objects.notifications);
            return Ok(Sweep::All(Box::new(objects)));
        };
        let local = self.repository.local();
        let (commits, boundary) = self.commits_since(&local, since)?;
        let mut walk = TreeWalk::new(&local, Wanted::All);
        boundary.iter().for_each(|tree| walk.tree(*tree, &mut |_, _| {}));
        let mut ids: Vec<ObjectId> = commits.iter().map(|commit| commit.id).collect();
        let mut blobs = HashSet::default();
        for commit in &commits {
            walk.tree(commit.tree, &mut |_, id| {
                if !seen.contains(&id) && blobs.insert(id) {
                    ids.push(id);
                }
            });
        }
        notifications.extend(walk.unreadable.iter().map(|(id, why)| unreadable(&format!("tree {id}"), why)));
        let repository = self.repository.clone();
        Ok(Sweep::Only(Box::new(Selection { repository, ids, boundary, idle: Mutex::default() })))
    }

    /// What a shallow clone does not have.
    fn left_out(&self) -> Option<Notification> {
        let command = self.repository.deepen()?;
        Some(incomplete(format!(
            "the history was only searched as far as it is here: this is a shallow clone; `{command}` fetches the rest"
        )))
    }

    /// Whether objects may be missing on purpose.
    fn is_partial(&self) -> bool {
        let local = self.repository.local();
        let config = local.config_snapshot();
        if config.string("extensions.partialClone").is_some() {
            return true;
        }
        let folder = local.objects.store_ref().path().join("pack");
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.path().extension().is_some_and(|found| found == "promisor"))
        })
    }

    /// The commits that `since` leaves, and the trees of those right before them.
    fn commits_since(&self, local: &gix::Repository, since: &Since) -> Result<(Vec<Commit>, Vec<ObjectId>), GitError> {
        use gix::revision::walk::Sorting;
        use gix::traverse::commit::simple::CommitTimeOrder;

        let failed = |error: gix::Error| GitError::Object { what: "the history".to_owned(), why: told(&error) };
        let tips = if self.all_refs { self.all_tips(local) } else { self.head_tips(local) };
        let walk = local.rev_walk(tips);
        let walk = match since {
            Since::Commit(commit) => walk.with_hidden([*commit]),
            Since::Date(seconds) => {
                walk.sorting(Sorting::ByCommitTimeCutoff { order: CommitTimeOrder::NewestFirst, seconds: *seconds })
            }
        };
        let read = |id: ObjectId| {
            let object = local.find_object(id).map_err(failed)?;
            Ok::<_, GitError>(Commit::read(id, &object.data).map(|(commit, _)| commit))
        };
        let mut commits = Vec::new();
        for info in walk.all().map_err(failed)? {
            commits.extend(read(info.map_err(failed)?.id)?);
        }
        let inside: HashSet<ObjectId> = commits.iter().map(|commit| commit.id).collect();
        let mut boundary: Vec<ObjectId> = Vec::new();
        for parent in commits.iter().flat_map(|commit| &commit.parents).filter(|parent| !inside.contains(*parent)) {
            // A shallow clone has no parents to show for its oldest commits.
            if local.has_object(parent) {
                boundary.extend(read(*parent)?.map(|commit| commit.tree));
            }
        }
        boundary.sort_unstable();
        boundary.dedup();
        Ok((commits, boundary))
    }

    /// HEAD, and the notes on its commits.
    fn head_tips(&self, local: &gix::Repository) -> Vec<ObjectId> {
        let head = local.head_id().ok().map(gix::Id::detach);
        head.into_iter().chain(notes(local)).collect()
    }

    /// All that a ref or a reflog names and that is a commit, or leads to one.
    fn all_tips(&self, local: &gix::Repository) -> Vec<ObjectId> {
        let mut tips = self.head_tips(local);
        let platform = local.references();
        let references = platform.iter().filter_map(|platform| platform.all().ok()).flatten().flatten();
        for mut reference in references {
            let mut log = reference.log_iter();
            if let Ok(Some(lines)) = log.all() {
                tips.extend(lines.flatten().flat_map(|line| [line.previous_oid(), line.new_oid()]));
            }
            tips.extend(reference.peel_to_id().ok().map(gix::Id::detach));
        }
        tips.sort_unstable();
        tips.dedup();
        tips.retain(|tip| {
            !tip.is_null() && local.find_header(*tip).is_ok_and(|it| it.kind() == gix::objs::Kind::Commit)
        });
        tips
    }

    /// Finds out where `suspects` first appeared. `met` is what the sweep met.
    pub fn locate(&self, sweep: &Sweep, met: Met, suspects: &[(ObjectId, OriginKind)]) -> Located {
        let local = self.repository.local();
        let mut located = Located::default();
        let graph = Graph::new(met.commits);
        let (chosen, missing) = match (sweep, self.all_refs) {
            (Sweep::Only(_), _) => (vec![true; graph.commits.len()], Vec::new()),
            (Sweep::All(_), true) => graph.reached(graph.commits.iter().map(|commit| commit.id)),
            (Sweep::All(_), false) => graph.reached(self.head_tips(&local)),
        };
        if self.repository.deepen().is_none() && !missing.is_empty() && !self.is_partial() {
            let told = missing.iter().map(|id| unreadable(&format!("commit {id}"), "it is not there"));
            located.notifications.extend(told);
        }
        let order = graph.oldest_first(&chosen);
        let of_notes = graph.reached(notes(&local)).0;
        let blobs: HashSet<ObjectId> =
            suspects.iter().filter(|(_, kind)| *kind == OriginKind::File).map(|(id, _)| *id).collect();
        let messages: HashMap<ObjectId, OriginKind> =
            suspects.iter().filter(|(_, kind)| *kind != OriginKind::File).copied().collect();
        let is_chosen = |id: &ObjectId| graph.index_of(id).is_some_and(|index| chosen[index]);
        let mut found: Set<ObjectId> = Set::new();
        // Tags stand before all commits: they have no order.
        for tag in met.tags.iter().filter(|tag| messages.contains_key(&tag.id)) {
            if self.all_refs || is_chosen(&tag.target) {
                found.insert(tag.id);
                located.appearances.push(appearance(tag.id, OriginKind::TagMessage, None));
            }
        }
        let contains = |id: &gix::oid| match sweep {
            Sweep::All(objects) => objects.contains(id),
            Sweep::Only(_) => local.has_object(id),
        };
        let mut walk = TreeWalk::new(&local, Wanted::These(&blobs));
        if self.is_partial() {
            walk.expects = Some(&contains);
        }
        if let Sweep::Only(selection) = sweep {
            selection.boundary.iter().for_each(|tree| walk.tree(*tree, &mut |_, _| {}));
        }
        for index in order {
            let commit = &graph.commits[index];
            if messages.contains_key(&commit.id) {
                found.insert(commit.id);
                located.appearances.push(appearance(commit.id, OriginKind::CommitMessage, Some(commit.id)));
            }
            if blobs.is_empty() && walk.expects.is_none() {
                continue;
            }
            walk.tree(commit.tree, &mut |path, id| {
                found.insert(id);
                located.appearances.push(if of_notes[index] {
                    appearance(id, OriginKind::Note, Some(commit.id))
                } else {
                    let path = RelPath::new(path.to_str_lossy().as_ref());
                    Appearance { object: id, kind: OriginKind::File, path, commit: Some(commit.id) }
                });
            });
        }
        let told = walk.unreadable.iter().map(|(id, why)| unreadable(&format!("tree {id}"), why));
        located.notifications.extend(told);
        located.notifications.extend(absent(walk.absent.len() + if self.is_partial() { missing.len() } else { 0 }));
        for (id, kind) in suspects.iter().filter(|(id, _)| !found.contains(id)) {
            if self.all_refs {
                located.appearances.push(appearance(*id, *kind, None));
            } else {
                located.elsewhere += 1;
            }
        }
        located
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

impl Sweep {
    pub fn units(&self) -> usize {
        match self {
            Sweep::All(objects) => objects.units(),
            Sweep::Only(selection) => selection.ids.len().div_ceil(UNIT),
        }
    }

    pub fn count(&self) -> u64 {
        match self {
            Sweep::All(objects) => objects.count(),
            Sweep::Only(selection) => selection.ids.len() as u64,
        }
    }

    /// Hands the objects of one unit to `visit`.
    pub fn run(&self, unit: usize, visit: &mut Visit<'_>) {
        match self {
            Sweep::All(objects) => objects.run(unit, visit),
            Sweep::Only(selection) => selection.run(unit, visit),
        }
    }
}

impl Selection {
    fn run(&self, unit: usize, visit: &mut Visit<'_>) {
        let lent = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let local = lent.unwrap_or_else(|| self.repository.local());
        for id in self.ids.iter().skip(unit * UNIT).take(UNIT) {
            visit.read(&local, *id);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(local);
    }
}

/// An object that is no version of a file is named by its id.
fn appearance(object: ObjectId, kind: OriginKind, commit: Option<ObjectId>) -> Appearance {
    Appearance { object, kind, path: RelPath::new(format!(".git/objects/{object}")), commit }
}

/// The newest commits of notes.
fn notes(local: &gix::Repository) -> Vec<ObjectId> {
    let Ok(platform) = local.references() else { return Vec::new() };
    let Ok(references) = platform.prefixed(b"refs/notes/".as_bstr()) else { return Vec::new() };
    references.flatten().filter_map(|mut reference| reference.peel_to_id().ok().map(gix::Id::detach)).collect()
}

fn parse_since(repository: &Repository, local: &gix::Repository, since: &str) -> Result<Since, GitError> {
    let unknown = match diff::commit(repository, local, since) {
        Ok(commit) => return Ok(Since::Commit(commit)),
        Err(unknown) => unknown,
    };
    match gix::date::parse(since, Some(jiff::Zoned::now())) {
        Ok(time) => Ok(Since::Date(time.seconds)),
        Err(_) => Err(unknown),
    }
}

fn incomplete(message: String) -> Notification {
    let kind = NotificationKind::AnalysisNotRun;
    Notification { kind, path: None, line: None, analysis: Some(Analysis::Secrets), message }
}

fn unreadable(what: &str, why: &str) -> Notification {
    Notification {
        kind: NotificationKind::Unreadable,
        path: None,
        line: None,
        analysis: Some(Analysis::Secrets),
        message: format!("the git {what} could not be read: {why}; `git fsck` says more"),
    }
}

fn absent(count: usize) -> Option<Notification> {
    (count > 0).then(|| {
        incomplete(format!(
            "{count} objects of the history are not here, so they were not searched: this is a partial clone; \
             `git fetch --refetch --no-filter` fetches them"
        ))
    })
}
