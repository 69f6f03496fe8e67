//! What `.gateignore` files leave out, for sources that are not walked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::model::RelPath;

/// The `.gateignore` files of a tree, each read when a path below its folder is first asked about.
pub struct Ignored {
    root: PathBuf,
    /// By folder below the root; `None` where there is no such file.
    files: HashMap<String, Option<Gitignore>>,
}

impl Ignored {
    pub fn new(root: &Path) -> Ignored {
        Ignored { root: root.to_owned(), files: HashMap::new() }
    }

    /// Whether the file `path` below the root is left out. A file nearer to it has the last word.
    pub fn leaves_out(&mut self, path: &RelPath) -> bool {
        let mut folder = path.parent();
        loop {
            if let Some(file) = self.file(folder) {
                let below = path.as_str().strip_prefix(folder).unwrap_or(path.as_str()).trim_start_matches('/');
                let matched = file.matched_path_or_any_parents(below, false);
                if !matched.is_none() {
                    return matched.is_ignore();
                }
            }
            match folder.rsplit_once('/') {
                Some((above, _)) => folder = above,
                None if folder.is_empty() => return false,
                None => folder = "",
            }
        }
    }

    fn file(&mut self, folder: &str) -> Option<&Gitignore> {
        let root = &self.root;
        let read = || {
            let folder = root.join(folder);
            let file = folder.join(".gateignore");
            file.is_file().then(|| {
                // Relative, since the paths that are asked about are.
                let mut builder = GitignoreBuilder::new("");
                builder.add(file);
                builder.build().ok()
            })?
        };
        self.files.entry(folder.to_owned()).or_insert_with(read).as_ref()
    }
}
