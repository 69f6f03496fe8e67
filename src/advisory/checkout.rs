//! A RustSec checkout on the disk: `crates/<package>/RUSTSEC-….md`. Only the folders that are asked for are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{AdvisoryError, Summary, Text, Texts, is_advisory};

#[derive(Debug)]
pub(super) struct Checkout {
    crates: PathBuf,
}

impl Checkout {
    /// A folder without a single advisory is an error: an empty database would find everything in order.
    pub(super) fn open(folder: &Path) -> Result<Checkout, AdvisoryError> {
        let shown = folder.display();
        if !folder.exists() {
            return Err(AdvisoryError::NotADatabase(format!("there is no such folder as {shown}")));
        }
        let crates = folder.join("crates");
        let packages = match fs::read_dir(&crates) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AdvisoryError::NotADatabase(format!("there is no folder `crates` in {shown}")));
            }
            Err(error) => return Err(AdvisoryError::NotADatabase(format!("{}: {error}", crates.display()))),
        };
        for package in packages.flatten() {
            if list(&package.path()).is_ok_and(|files| !files.is_empty()) {
                return Ok(Checkout { crates });
            }
        }
        Err(AdvisoryError::NotADatabase(format!("there is no advisory in {}", crates.display())))
    }

    /// Every advisory, or the first that cannot be read.
    pub(super) fn all(&self) -> Result<BTreeMap<String, Vec<Text>>, String> {
        let mut all = BTreeMap::new();
        for package in self.packages() {
            let texts = self.of(&package).into_iter().collect::<Result<Vec<Text>, String>>()?;
            if !texts.is_empty() {
                all.insert(package, texts);
            }
        }
        Ok(all)
    }

    fn packages(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.crates) else { return Vec::new() };
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

impl Texts for Checkout {
    fn of(&self, package: &str) -> Vec<Result<Text, String>> {
        let folder = self.crates.join(package);
        let files = match list(&folder) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => return vec![Err(format!("crates/{package}: {error}"))],
        };
        let read = |file: String| {
            let text = fs::read_to_string(folder.join(&file));
            text.map(|text| (file.clone(), text)).map_err(|error| format!("crates/{package}/{file}: {error}"))
        };
        files.into_iter().map(read).collect()
    }

    /// The newest date is that of the newest year, so that one file in five is read: ids begin with the year.
    fn summary(&self) -> Summary {
        let mut files = Vec::new();
        for package in self.packages() {
            let names = list(&self.crates.join(&package)).unwrap_or_default();
            files.extend(names.into_iter().map(|name| (name, package.clone())));
        }
        let year = |name: &str| name.strip_prefix("RUSTSEC-")?.get(..4)?.parse::<u16>().ok();
        let last = files.iter().filter_map(|(name, _)| year(name)).max();
        let newest = files
            .iter()
            .filter(|(name, _)| year(name) == last)
            .filter_map(|(name, package)| {
                date_of(&fs::read_to_string(self.crates.join(package).join(name)).ok()?).map(str::to_owned)
            })
            .max();
        Summary { advisories: files.len(), newest }
    }
}

/// The `date = "YYYY-MM-DD"` of an advisory.
fn date_of(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix("date = \""))?;
    line.split('"').next().filter(|date| date.len() == 10)
}

/// Names of the advisories in the folder of a package, sorted.
fn list(folder: &Path) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_advisory(name))
        .collect();
    names.sort();
    Ok(names)
}
