//! The advisories of one ecosystem in one file that answers by package without being read as a whole.
//!
//! ```text
//! header    a line of JSON (`head -1` shows it)
//! offsets   of the buckets and of what follows them, from the end of the header: buckets + 2 numbers, u64, little endian
//! buckets   packages whose names hash alike, each bucket packed behind 8 bytes of its own BLAKE3
//! stamps    record id → when the publisher says that it changed, packed in the same way
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::record::Entry;

/// Raised when the packed part changes; a file of another format counts as absent.
const FORMAT: u32 = 1;

/// Bytes of the digest before each packed part.
const DIGEST: usize = 8;

/// Longer than any header: problems in it are counted, not listed without end.
const LONGEST_HEADER: u64 = 1 << 20;

/// What stands in the first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub format: u32,
    pub ecosystem: String,
    /// Where it came from, without credentials.
    pub source: String,
    /// When, in UTC (RFC 3339).
    pub fetched: String,
    /// Records that are not withdrawn and name a package of the ecosystem.
    pub advisories: usize,
    pub packages: usize,
    /// When the newest record changed (RFC 3339).
    pub newest: Option<String>,
    buckets: u64,
    /// BLAKE3 over all that follows the header, in hex.
    pub digest: String,
    /// Records that could not be read, and why; the first [`Contents::PROBLEMS`] of them.
    pub problems: Vec<String>,
    /// Their number.
    pub problem_count: usize,
}

/// All that an index is made of.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Normalized package name → what records say of it, sorted by id.
    pub packages: BTreeMap<String, Vec<Entry>>,
    /// Every record that was read, withdrawn ones too → when it changed.
    pub stamps: BTreeMap<String, String>,
    pub problems: Vec<String>,
}

impl Contents {
    const PROBLEMS: usize = 100;

    /// The index as the bytes of a file. The same contents give the same bytes but for `fetched`.
    pub(super) fn pack(mut self, ecosystem: &str, source: &str, fetched: &str) -> io::Result<Vec<u8>> {
        for entries in self.packages.values_mut() {
            entries.sort_by(|a, b| (&a.id, &a.release).cmp(&(&b.id, &b.release)));
        }
        let ids: BTreeSet<&str> = self.packages.values().flatten().map(|entry| entry.id.as_str()).collect();
        let (advisories, packages) = (ids.len(), self.packages.len());
        let count = (packages as u64 / 2).next_power_of_two();
        let mut buckets: Vec<Vec<(&String, &Vec<Entry>)>> = vec![Vec::new(); usize::try_from(count).unwrap_or(1)];
        for package in &self.packages {
            if let Some(bucket) = buckets.get_mut(usize::try_from(bucket_of(package.0, count)).unwrap_or(0)) {
                bucket.push(package);
            }
        }
        let mut parts = buckets.iter().map(pack).collect::<io::Result<Vec<_>>>()?;
        parts.push(pack(&self.stamps)?);
        let body = with_offsets(&parts);
        let header = Header {
            format: FORMAT,
            ecosystem: ecosystem.to_owned(),
            source: source.to_owned(),
            fetched: fetched.to_owned(),
            advisories,
            packages,
            newest: self.stamps.values().max().cloned(),
            buckets: count,
            digest: blake3::hash(&body).to_hex().to_string(),
            problem_count: self.problems.len(),
            problems: self.problems.into_iter().take(Contents::PROBLEMS).collect(),
        };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }
}

fn with_offsets(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut at = (parts.len() as u64 + 1) * 8;
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(&at.to_le_bytes());
        at += part.len() as u64;
    }
    body.extend_from_slice(&at.to_le_bytes());
    body.extend(parts.iter().flatten());
    body
}

fn pack<T: Serialize>(part: &T) -> io::Result<Vec<u8>> {
    let packed = postcard::to_stdvec(part).map_err(io::Error::other)?;
    let mut bytes = blake3::hash(&packed).as_bytes()[..DIGEST].to_vec();
    bytes.extend(packed);
    Ok(bytes)
}

fn bucket_of(name: &str, buckets: u64) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(first) % buckets
}

/// An open index.
pub(super) struct Index {
    pub header: Header,
    /// Where the offsets start.
    start: u64,
    data: Mutex<Box<dyn Data>>,
}

pub(super) trait Data: Read + Seek + Send {}
impl<T: Read + Seek + Send> Data for T {}

/// Why a file is no index that can be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// There is none, or one of another format.
    Absent,
    Damaged(String),
    Io(io::Error),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Unusable {
        match error.kind() {
            io::ErrorKind::NotFound => Unusable::Absent,
            io::ErrorKind::UnexpectedEof => Unusable::Damaged("it ends too early".to_owned()),
            _ => Unusable::Io(error),
        }
    }
}

impl Index {
    pub(super) fn open(path: &Path) -> Result<Index, Unusable> {
        Index::read(Box::new(std::fs::File::open(path)?))
    }

    pub(super) fn of_bytes(bytes: Vec<u8>) -> Result<Index, Unusable> {
        Index::read(Box::new(Cursor::new(bytes)))
    }

    fn read(mut data: Box<dyn Data>) -> Result<Index, Unusable> {
        let mut line = Vec::new();
        io::BufRead::read_until(&mut io::BufReader::new((&mut data).take(LONGEST_HEADER)), b'\n', &mut line)?;
        let damaged = |error: serde_json::Error| Unusable::Damaged(format!("its header: {error}"));
        let format: Format = serde_json::from_slice(&line).map_err(damaged)?;
        if format.format != FORMAT {
            return Err(Unusable::Absent);
        }
        let header: Header = serde_json::from_slice(&line).map_err(damaged)?;
        if header.buckets == 0 {
            return Err(Unusable::Damaged("it has no buckets".to_owned()));
        }
        Ok(Index { header, start: line.len() as u64, data: Mutex::new(data) })
    }

    /// Itself, when all that follows the header has the digest that it states.
    pub(super) fn verified(self) -> Result<Index, Unusable> {
        let mut hasher = blake3::Hasher::new();
        {
            let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
            data.seek(SeekFrom::Start(self.start))?;
            hasher.update_reader(&mut **data)?;
        }
        match hasher.finalize().to_hex().as_str() == self.header.digest {
            true => Ok(self),
            false => Err(Unusable::Damaged("its content does not have the digest that it states".to_owned())),
        }
    }

    /// What is said of the package with this normalized name.
    pub(super) fn of(&self, name: &str) -> Result<Vec<Entry>, Unusable> {
        let bucket: Vec<(String, Vec<Entry>)> = self.part(bucket_of(name, self.header.buckets))?;
        Ok(bucket.into_iter().find(|(package, _)| package == name).map(|found| found.1).unwrap_or_default())
    }

    /// Everything, to be packed anew.
    pub(super) fn contents(&self) -> Result<Contents, Unusable> {
        let mut packages = BTreeMap::new();
        for bucket in 0..self.header.buckets {
            packages.extend(self.part::<Vec<(String, Vec<Entry>)>>(bucket)?);
        }
        let stamps = self.part(self.header.buckets)?;
        Ok(Contents { packages, stamps, problems: self.header.problems.clone() })
    }

    fn part<T: DeserializeOwned>(&self, number: u64) -> Result<T, Unusable> {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = |at: u64, length: u64| -> Result<Vec<u8>, Unusable> {
            data.seek(SeekFrom::Start(self.start.saturating_add(at)))?;
            let mut bytes = Vec::new();
            (&mut **data).take(length).read_to_end(&mut bytes)?;
            if bytes.len() as u64 == length {
                Ok(bytes)
            } else {
                Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
            }
        };
        let offsets = read(number * 8, 16)?;
        let (from, to) = offsets.split_at(8);
        let offset = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or_default();
        let (from, to) = (offset(from), offset(to));
        let bytes = read(from, to.saturating_sub(from))?;
        let damaged = || Unusable::Damaged(format!("part {number} does not have the digest that it states"));
        let (digest, packed) = bytes.split_at_checked(DIGEST).ok_or_else(damaged)?;
        if blake3::hash(packed).as_bytes().get(..DIGEST) != Some(digest) {
            return Err(damaged());
        }
        postcard::from_bytes(packed).map_err(|error| Unusable::Damaged(error.to_string()))
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::Ecosystem;

    fn contents(packages: usize) -> Contents {
        let mut contents = Contents::default();
        for number in 0..packages {
            let record = serde_json::json!({
                "id": format!("X-{number}"), "modified": format!("2024-01-01T00:00:{:02}Z", number % 60),
                "affected": [{"package": {"ecosystem": "npm", "name": format!("p{}", number / 2)}, "versions": ["1.0.0"]}],
            });
            contents.add(Ecosystem::Npm, "x.json", &serde_json::to_vec(&record).unwrap());
        }
        contents
    }

    fn packed(packages: usize) -> Vec<u8> {
        contents(packages).pack("npm", "here", "2024-01-01T00:00:00Z").unwrap()
    }

    #[test]
    fn every_package_is_found_and_no_other() {
        for packages in [0, 1, 2, 3, 100, 1001] {
            let index = Index::of_bytes(packed(packages)).unwrap();
            assert_eq!((index.header.advisories, index.header.packages), (packages, packages.div_ceil(2)));
            for number in 0..packages.div_ceil(2) {
                let ids: Vec<String> = index.of(&format!("p{number}")).unwrap().into_iter().map(|one| one.id).collect();
                assert!(ids.contains(&format!("X-{}", number * 2)) && ids.len() <= 2, "{ids:?}");
            }
            assert!(index.of("q").unwrap().is_empty());
            let again = index.contents().unwrap().pack("npm", "here", "2024-01-01T00:00:00Z").unwrap();
            assert!(again == packed(packages), "what is read back packs to the same bytes");
        }
    }

    #[test]
    fn damage_is_noticed_where_it_is_read() {
        let whole = packed(40);
        let start = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let answers = |bytes: Vec<u8>| -> Result<usize, Unusable> {
            let index = Index::of_bytes(bytes)?;
            (0..20).map(|number| Ok(index.of(&format!("p{number}"))?.len())).sum()
        };
        assert_eq!(answers(whole.clone()).unwrap(), 40);
        let mut noticed = 0;
        for at in start..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            match answers(flipped) {
                Err(Unusable::Damaged(_)) => noticed += 1,
                // Buckets without packages and the stamps were not asked for.
                other => assert_eq!(other.unwrap(), 40, "byte {at}"),
            }
        }
        assert!(noticed * 2 > whole.len() - start, "{noticed} of {}", whole.len() - start);
        for end in [0, 10, start, start + 50, start + 900] {
            assert!(matches!(answers(whole[..end].to_vec()), Err(Unusable::Damaged(_))), "cut at {end}");
        }
        let other = String::from_utf8_lossy(&whole).replacen("\"format\":1", "\"format\":9", 1).into_bytes();
        assert!(matches!(answers(other), Err(Unusable::Absent)));
    }
}
