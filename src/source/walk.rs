use std::path::{Path, PathBuf};

use globset::GlobSet;
use ignore::{DirEntry, WalkBuilder};

use super::git::tracked_files;
use crate::model::{Language, Notification, NotificationKind, RelPath, Target, TargetRole};

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Sorted by path, none twice.
    pub targets: Vec<Target>,
    /// Folders and files that could not be looked at.
    pub notifications: Vec<Notification>,
    /// Files that `exclude` left out.
    pub excluded: u64,
}

/// Walks `paths` (files, or folders with all that is below them), which lie below `root`. Files that .gitignore, .ignore
/// or .gateignore name are left out, and those that `exclude` matches; hidden ones are not. Links are not followed:
/// what they point to is either below the root, and found there, or none of this scan's business.
pub fn walk(root: &Path, paths: &[PathBuf], exclude: &GlobSet) -> Walked {
    let mut walked = Walked::default();
    for path in paths {
        let mut builder = WalkBuilder::new(path);
        builder
            .hidden(false)
            .require_git(false)
            .follow_links(false)
            .add_custom_ignore_filename(".gateignore")
            .filter_entry(|entry| entry.file_name() != ".git" || !entry.file_type().is_some_and(|kind| kind.is_dir()));
        for entry in builder.build() {
            match entry {
                Ok(entry) => walked.add(root, &entry, exclude),
                Err(error) => walked.notifications.push(unreadable(root, &error)),
            }
        }
    }
    walked.targets.sort_by(|a, b| a.path.cmp(&b.path));
    walked.targets.dedup_by(|a, b| a.path == b.path);
    mark_tracked(root, &mut walked.targets);
    walked
}

impl Walked {
    fn add(&mut self, root: &Path, entry: &DirEntry, exclude: &GlobSet) {
        if entry.depth() > 0 && !entry.file_type().is_some_and(|kind| kind.is_file()) {
            return;
        }
        // A link that the user named is followed; its target must be a file then.
        let Ok(metadata) = std::fs::metadata(entry.path()) else {
            let message = "cannot be looked at: it vanished, or its folder may not be entered".to_owned();
            let path = Some(relative(root, entry.path()));
            let kind = NotificationKind::Unreadable;
            self.notifications.push(Notification { kind, path, line: None, analysis: None, message });
            return;
        };
        if !metadata.is_file() {
            return;
        }
        let path = relative(root, entry.path());
        if exclude.is_match(path.as_str()) {
            self.excluded += 1;
            return;
        }
        self.targets.push(Target {
            language: path.extension().and_then(Language::from_extension),
            role: TargetRole::of(&path),
            absolute: entry.path().to_owned(),
            size: metadata.len(),
            tracked: None,
            path,
        });
    }
}

/// `path` below `root`, with `/` between its parts.
fn relative(root: &Path, path: &Path) -> RelPath {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below
        .components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    RelPath::new(parts.join("/"))
}

fn unreadable(root: &Path, error: &ignore::Error) -> Notification {
    let (path, reason) = describe(error);
    let path = path.map(|path| relative(root, path));
    let message = format!("not read: {reason}; make it readable, or name it in .gateignore");
    Notification { kind: NotificationKind::Unreadable, path, line: None, analysis: None, message }
}

/// The path that an error is about, and what it says without it.
fn describe(error: &ignore::Error) -> (Option<&Path>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path), describe(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => describe(err),
        ignore::Error::Loop { child, .. } => (Some(child), "a link that leads back to a folder around it".to_owned()),
        ignore::Error::Io(error) => (None, error.to_string()),
        other => (None, other.to_string()),
    }
}

/// Whether a `.env` file is tracked decides what is wrong with it; the index is read only if there is one.
fn mark_tracked(root: &Path, targets: &mut [Target]) {
    if !targets.iter().any(is_env) {
        return;
    }
    if let Some(tracked) = tracked_files(root) {
        for target in targets.iter_mut().filter(|target| is_env(target)) {
            target.tracked = Some(tracked.contains(&target.absolute));
        }
    }
}

fn is_env(target: &Target) -> bool {
    let name = target.path.file_name();
    name.starts_with(".env") || name.ends_with(".env")
}
