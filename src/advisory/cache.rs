//! The downloaded database: one file, so that replacing it is one rename. A line of JSON says what it is (`head -1` shows it),
//! then come the advisories, packed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{AdvisoryError, Checked, Status, Summary, Text, Texts, now, temporary};

const FILE: &str = "rustsec.db";

/// Raised when the packed part changes; a file of another format counts as absent.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    source: String,
    fetched: String,
    advisories: usize,
    newest: Option<String>,
    digest: String,
    problems: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Cache {
    header: Header,
    texts: BTreeMap<String, Vec<Text>>,
}

impl Texts for Cache {
    fn of(&self, package: &str) -> Vec<Result<Text, String>> {
        self.texts.get(package).into_iter().flatten().map(|text| Ok(text.clone())).collect()
    }

    fn summary(&self) -> Summary {
        Summary { advisories: self.header.advisories, newest: self.header.newest.clone() }
    }
}

pub(super) fn read(cache: &Path) -> Result<Cache, AdvisoryError> {
    let (header, bytes) = load(cache)?;
    let start = bytes.len() - body(&bytes).len();
    let texts = postcard::from_bytes(&bytes[start..]).map_err(|error| AdvisoryError::Damaged(error.to_string()))?;
    Ok(Cache { header, texts })
}

pub(super) fn status(cache: &Path) -> Result<Status, AdvisoryError> {
    let (header, _) = load(cache)?;
    Ok(status_of(cache, header))
}

/// Writes beside the old database, then renames over it.
pub(super) fn write(
    cache: &Path,
    source: &str,
    texts: &BTreeMap<String, Vec<Text>>,
    checked: Checked,
) -> Result<Status, AdvisoryError> {
    let failed = |source| AdvisoryError::Io { tried: format!("writing to {}", cache.display()), source };
    let packed = postcard::to_stdvec(texts).map_err(|error| failed(io::Error::other(error)))?;
    let header = Header {
        format: FORMAT,
        source: source.to_owned(),
        fetched: now(),
        advisories: checked.advisories,
        newest: checked.newest,
        digest: blake3::hash(&packed).to_hex().to_string(),
        problems: checked.problems,
    };
    let line = serde_json::to_string(&header).map_err(|error| failed(io::Error::other(error)))?;
    fs::create_dir_all(cache).map_err(failed)?;
    let mut file = temporary(cache).map_err(failed)?;
    file.write_all(line.as_bytes()).map_err(failed)?;
    file.write_all(b"\n").map_err(failed)?;
    file.write_all(&packed).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(cache.join(FILE)).map_err(|error| failed(error.error))?;
    Ok(status_of(cache, header))
}

fn status_of(cache: &Path, header: Header) -> Status {
    Status {
        path: cache.join(FILE),
        source: header.source,
        fetched: header.fetched,
        advisories: header.advisories,
        newest: header.newest,
        digest: header.digest,
        problems: header.problems,
    }
}

/// The header and the whole file, its digest checked.
fn load(cache: &Path) -> Result<(Header, Vec<u8>), AdvisoryError> {
    let path = cache.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(AdvisoryError::Absent),
        Err(source) => return Err(AdvisoryError::Io { tried: format!("reading {}", path.display()), source }),
    };
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let format: Format = serde_json::from_slice(line).map_err(|error| AdvisoryError::Damaged(error.to_string()))?;
    if format.format != FORMAT {
        return Err(AdvisoryError::Absent);
    }
    let header: Header = serde_json::from_slice(line).map_err(|error| AdvisoryError::Damaged(error.to_string()))?;
    if blake3::hash(body(&bytes)).to_hex().as_str() != header.digest {
        return Err(AdvisoryError::Damaged("its content does not have the digest that it states".to_owned()));
    }
    Ok((header, bytes))
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// What follows the first line.
fn body(bytes: &[u8]) -> &[u8] {
    bytes.iter().position(|&byte| byte == b'\n').map_or(&[], |at| &bytes[at + 1..])
}
