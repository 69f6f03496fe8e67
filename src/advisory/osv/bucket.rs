//! Keeps the indexes in the cache up to date with OSV's bucket or a copy of it: `<ecosystem>/all.zip` the first time, after that only
//! the records that `<ecosystem>/modified_id.csv` says have changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::{AdvisoryError, Client, Limits, Update, now, without_credentials};
use super::gather;
use super::index::{Contents, Header, Index, Unusable};
use super::shelf::{path_of, write};
use crate::model::Ecosystem;

/// The bucket (<https://google.github.io/osv.dev/data/#data-dumps>).
pub const DEFAULT_BUCKET: &str = "https://storage.googleapis.com/osv-vulnerabilities";

/// Above so many changed records the whole archive is the shorter way.
const MOST_SINGLE: usize = 200;

/// What is in the cache of one ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EcosystemStatus {
    /// As OSV calls it.
    pub ecosystem: String,
    pub path: PathBuf,
    /// Where it came from, without credentials.
    pub source: String,
    /// When, in UTC (RFC 3339).
    pub fetched: String,
    pub advisories: usize,
    pub packages: usize,
    /// When the newest record changed (RFC 3339).
    pub newest: Option<String>,
    /// BLAKE3 over all advisories, in hex.
    pub digest: String,
    /// Records that could not be read, and why: the first hundred of `problem_count`.
    pub problems: Vec<String>,
    pub problem_count: usize,
}

/// Every ecosystem in the cache; one whose index is damaged is an error of its own.
pub(in super::super) fn statuses(cache: &Path) -> Vec<Result<EcosystemStatus, AdvisoryError>> {
    let there = Ecosystem::all().filter_map(|ecosystem| Some((ecosystem, path_of(cache, ecosystem)?)));
    let status = |(ecosystem, path): (Ecosystem, PathBuf)| match Index::open(&path).and_then(|index| index.verified()) {
        Ok(index) => Some(Ok(status_of(&path, index.header))),
        Err(Unusable::Absent) => None,
        Err(Unusable::Damaged(how)) => Some(Err(AdvisoryError::Damaged(format!("{ecosystem}: {how}")))),
        Err(Unusable::Io(source)) => {
            Some(Err(AdvisoryError::Io { tried: format!("reading {}", path.display()), source }))
        }
    };
    there.filter_map(status).collect()
}

/// Brings the index of `ecosystem` up to date; whatever fails, the old one is still there.
pub(in super::super) fn refresh(
    ecosystem: Ecosystem,
    update: &Update<'_>,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<EcosystemStatus, AdvisoryError> {
    let Some((name, path)) = ecosystem.osv_name().zip(path_of(update.cache, ecosystem)) else {
        let message = format!("OSV has no records of {ecosystem}");
        return Err(AdvisoryError::Archive { origin: ecosystem.to_string(), message });
    };
    let old = Index::open(&path).and_then(|index| index.verified()).ok();
    let source = update.source.or(old.as_ref().map(|index| index.header.source.as_str())).unwrap_or(DEFAULT_BUCKET);
    let origin = without_credentials(source);
    let contents = if source.contains("://") {
        if update.offline {
            return Err(AdvisoryError::Offline { url: origin });
        }
        let base = format!("{}/{}", source.trim_end_matches('/'), name.replace(' ', "%20"));
        let remote =
            Remote { client: Client::of(source, &update.limits)?, base, ecosystem, limits: &update.limits, progress };
        remote.contents(old.filter(|index| index.header.source == origin))?
    } else {
        let folder = Path::new(source).join(name);
        gather::of_folder(&folder, ecosystem, &update.limits).map_err(|message| archive(source, message))?
    };
    if contents.stamps.is_empty() {
        return Err(archive(
            &origin,
            match contents.problems.first() {
                None => format!("not one record of {ecosystem} in it"),
                Some(first) => format!("not one record of {ecosystem} in it could be read, such as {first}"),
            },
        ));
    }
    let packed = contents
        .pack(name, &origin, &now())
        .map_err(|source| AdvisoryError::Io { tried: "packing".to_owned(), source })?;
    write(&path, &packed)?;
    let index = Index::of_bytes(packed).map_err(|_| archive(&origin, "it could not be packed".to_owned()))?;
    Ok(status_of(&path, index.header))
}

fn archive(origin: &str, message: String) -> AdvisoryError {
    AdvisoryError::Archive { origin: origin.to_owned(), message }
}

fn status_of(path: &Path, header: Header) -> EcosystemStatus {
    EcosystemStatus {
        ecosystem: header.ecosystem,
        path: path.to_path_buf(),
        source: header.source,
        fetched: header.fetched,
        advisories: header.advisories,
        packages: header.packages,
        newest: header.newest,
        digest: header.digest,
        problems: header.problems,
        problem_count: header.problem_count,
    }
}

/// The folder of an ecosystem on a server.
struct Remote<'a> {
    client: Client,
    base: String,
    ecosystem: Ecosystem,
    limits: &'a Limits,
    progress: &'a dyn Fn(u64, Option<u64>),
}

impl Remote<'_> {
    fn contents(&self, old: Option<Index>) -> Result<Contents, AdvisoryError> {
        let stamps = self.stamps()?;
        let old = old.and_then(|index| index.contents().ok());
        let (Some(mut contents), Some(stamps)) = (old, &stamps) else { return self.whole(stamps) };
        let is_gone = |id: &&String| !stamps.contains_key(*id);
        let gone: Vec<String> = contents.stamps.keys().filter(is_gone).cloned().collect();
        if gone.len() * 2 > contents.stamps.len() {
            let message = format!("{} lists less than half of the records that were there", gather::STAMPS);
            return Err(archive(&self.base, message));
        }
        let is_changed = |(id, stamp): &(&String, &String)| contents.stamps.get(*id) != Some(*stamp);
        let changed: Vec<(&String, &String)> = stamps.iter().filter(is_changed).collect();
        if changed.len() > MOST_SINGLE {
            return self.whole(Some(stamps.clone()));
        }
        gone.iter().for_each(|id| contents.remove(id));
        // Problems of records that are asked for again are found again.
        contents.problems.retain(|problem| !changed.iter().any(|(id, _)| problem.starts_with(&format!("{id}.json: "))));
        let mut done = 0;
        for (id, stamp) in changed {
            done += self.one(id, stamp, &mut contents)?;
            (self.progress)(done, None);
        }
        Ok(contents)
    }

    /// Record id → when it changed; `None` where the server has no such list.
    fn stamps(&self) -> Result<Option<BTreeMap<String, String>>, AdvisoryError> {
        let url = format!("{}/{}", self.base, gather::STAMPS);
        let bytes = match self.client.get(&url, self.progress) {
            Ok(bytes) => bytes,
            Err(AdvisoryError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let stamps = String::from_utf8(bytes).ok().and_then(|text| gather::stamps(&text));
        stamps.map(Some).ok_or_else(|| archive(&without_credentials(&url), "not a list of times and ids".to_owned()))
    }

    fn whole(&self, stamps: Option<BTreeMap<String, String>>) -> Result<Contents, AdvisoryError> {
        let url = format!("{}/{}", self.base, gather::ARCHIVE);
        let bytes = self.client.get(&url, self.progress)?;
        let mut contents = gather::unpack(&bytes, self.ecosystem, self.limits)
            .map_err(|message| archive(&without_credentials(&url), message))?;
        // The list was asked for first: a record that changed since then is fetched once more the next time, and none is missed.
        for (id, stamp) in &mut contents.stamps {
            if let Some(listed) = stamps.as_ref().and_then(|stamps| stamps.get(id)) {
                stamp.clone_from(listed);
            }
        }
        Ok(contents)
    }

    /// Puts the record `id` in the place of what was known of it; one that cannot be had or read leaves that as it was.
    fn one(&self, id: &str, stamp: &str, contents: &mut Contents) -> Result<u64, AdvisoryError> {
        let file = format!("{id}.json");
        let bytes = match self.client.get(&format!("{}/{file}", self.base), &|_, _| {}) {
            Ok(bytes) => bytes,
            Err(AdvisoryError::Missing { message, .. }) => {
                contents.problems.push(format!("{file}: {message}"));
                return Ok(0);
            }
            Err(error) => return Err(error),
        };
        let mut new = Contents::default();
        new.add(self.ecosystem, &file, &bytes);
        match (new.stamps.get_mut(id), new.problems.pop()) {
            (Some(changed), None) => {
                stamp.clone_into(changed);
                contents.remove(id);
                contents.extend(new);
            }
            (_, problem) => {
                contents.problems.push(problem.unwrap_or_else(|| format!("{file}: it has another id")));
            }
        }
        Ok(bytes.len() as u64)
    }
}
