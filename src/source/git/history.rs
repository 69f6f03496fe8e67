//! The history of a repository: which objects belong to it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::hashtable::HashSet;

use super::commits::Commit;
use super::diff;
use super::locate::absent;
use super::objects::{Objects, Visit};
use super::repository::{GitError, Repository, told};
use super::treewalk::{TreeWalk, Wanted};
use crate::model::{Analysis, Notification, NotificationKind};
use crate::source::ignored::Ignored;

/// What of a repository's history is asked for.
pub struct History {
    pub(super) repository: Repository,
    pub(super) all_refs: bool,
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
    pub(super) boundary: Vec<ObjectId>,
    /// How many blobs were left out because they were seen before.
    remembered: u64,
    /// Opened once and lent to whoever reads.
    idle: Mutex<Vec<gix::Repository>>,
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
    pub fn sweep(&self, seen: &HashSet<ObjectId>, notifications: &mut Vec<Notification>) -> Result<Sweep, GitError> {
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
        let mut remembered = 0;
        for commit in &commits {
            walk.tree(commit.tree, &mut |_, id| {
                if !blobs.insert(id) {
                } else if seen.contains(&id) {
                    remembered += 1;
                } else {
                    ids.push(id);
                }
            });
        }
        if self.is_partial() {
            let all = ids.len();
            ids.retain(|id| local.has_object(id));
            notifications.extend(absent(all - ids.len()));
        }
        notifications.extend(walk.unreadable.iter().map(|(id, why)| unreadable(&format!("tree {id}"), why)));
        let repository = self.repository.clone();
        Ok(Sweep::Only(Box::new(Selection { repository, ids, boundary, remembered, idle: Mutex::default() })))
    }

    /// What a shallow clone does not have.
    fn left_out(&self) -> Option<Notification> {
        let command = self.repository.deepen()?;
        Some(incomplete(format!(
            "the history was only searched as far as it is here: this is a shallow clone; `{command}` fetches the rest"
        )))
    }

    /// Whether objects may be missing on purpose.
    pub(super) fn is_partial(&self) -> bool {
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
    pub(super) fn head_tips(&self, local: &gix::Repository) -> Vec<ObjectId> {
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

    /// How many blobs were left out because they were seen before.
    pub fn remembered(&self) -> u64 {
        match self {
            Sweep::All(objects) => objects.remembered,
            Sweep::Only(selection) => selection.remembered,
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

/// The newest commits of notes.
pub(super) fn notes(local: &gix::Repository) -> Vec<ObjectId> {
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

pub(super) fn incomplete(message: String) -> Notification {
    let kind = NotificationKind::AnalysisNotRun;
    Notification { kind, path: None, line: None, analysis: Some(Analysis::Secrets), message }
}

pub(super) fn unreadable(what: &str, why: &str) -> Notification {
    Notification {
        kind: NotificationKind::Unreadable,
        path: None,
        line: None,
        analysis: Some(Analysis::Secrets),
        message: format!("the git {what} could not be read: {why}; `git fsck` says more"),
    }
}
