//! Which blobs an earlier run found to be clean. A file for each repository and set of rules: `id` after `id`, in bytes,
//! behind a line that says what it is. It holds no content and no path.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::hashtable::HashSet;

const FIRST_LINE: &[u8] = b"gate: clean blobs, 1\n";

#[derive(Default)]
pub struct Seen {
    /// `None` to remember nothing.
    file: Option<PathBuf>,
    pub known: HashSet<ObjectId>,
}

impl Seen {
    /// What is remembered in `folder` under `key`; nothing if the file is not what it should be.
    pub fn load(folder: &Path, key: &str, hash: gix::hash::Kind) -> Seen {
        let file = folder.join(format!("{key}.seen"));
        let bytes = fs::read(&file).unwrap_or_default();
        let ids = bytes.strip_prefix(FIRST_LINE).unwrap_or_default().chunks_exact(hash.len_in_bytes());
        Seen { known: ids.filter_map(|id| ObjectId::try_from(id).ok()).collect(), file: Some(file) }
    }

    /// Adds `clean` to what is remembered. The new file replaces the old one in one step.
    pub fn save(&mut self, clean: impl IntoIterator<Item = ObjectId>) -> io::Result<()> {
        let Some(place) = &self.file else { return Ok(()) };
        self.known.extend(clean);
        let mut ids: Vec<&ObjectId> = self.known.iter().collect();
        ids.sort_unstable();
        let folder = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = io::BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
        file.write_all(FIRST_LINE)?;
        for id in ids {
            file.write_all(id.as_slice())?;
        }
        file.into_inner()?.persist(place)?;
        Ok(())
    }
}
