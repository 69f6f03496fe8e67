use std::fmt;

use globset::{Glob, GlobSet, GlobSetBuilder};

/// Globs of paths below the root; a folder means all that it holds.
#[derive(Clone, Default)]
pub struct Paths {
    globs: Vec<String>,
    set: GlobSet,
}

impl Paths {
    /// `globs` as written. Fails with the first that is no glob.
    pub fn new(globs: impl IntoIterator<Item = String>) -> Result<Paths, globset::Error> {
        let globs: Vec<String> = globs.into_iter().flat_map(|glob| with_contents(&glob)).collect();
        let mut builder = GlobSetBuilder::new();
        for glob in &globs {
            builder.add(Glob::new(glob)?);
        }
        Ok(Paths { set: builder.build()?, globs })
    }

    pub fn holds(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

/// A path may be a file or a folder: it itself, and all below it.
pub fn with_contents(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.ends_with('*') { vec![path.to_owned()] } else { vec![path.to_owned(), format!("{path}/**")] }
}

impl PartialEq for Paths {
    fn eq(&self, other: &Paths) -> bool {
        self.globs == other.globs
    }
}

impl fmt::Debug for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.globs.fmt(f)
    }
}
