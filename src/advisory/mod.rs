//! Where advisories come from.
//!
//! RustSec's advisories are kept as the texts that their publisher wrote, filed by package: in a checkout (`--db DIR`) or in the
//! cache that [`update`] fills; those of all other ecosystems as OSV records, one index for each ecosystem. Only what is said of
//! packages in question is ever read, so opening costs nothing.
//!
//! `archive` unpacks within limits, `download` fetches, `checkout` and `cache` hold texts, `rustsec` judges them; `osv` does all of
//! that for OSV; `exploited` knows KEV and EPSS; `database` is all of them as one, `aliases` tells what is about the same thing.

mod aliases;
mod archive;
mod cache;
mod checkout;
mod checksum;
mod database;
mod download;
mod exploited;
mod online;
mod osv;
mod rustsec;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::model::{Advisory, Ecosystem, Package};

pub use self::database::Database;
pub use self::download::DEFAULT_SOURCE;
pub use self::online::Online;
pub use self::osv::{DEFAULT_API, DEFAULT_BUCKET, EcosystemStatus};

use self::aliases::groups;
use self::checksum::crc32c_base64;
use self::download::{Client, without_credentials};
use self::exploited::Exploited;
use self::osv::Osv;
use self::rustsec::RustSec;

/// A database that was opened and answers for single packages.
pub trait AdvisorySource: Sync {
    /// Told of all packages before the first of them is asked about: some sources ask others about many at once.
    fn prepare(&self, _: &[&Package]) {}
    /// For reports: what it is and how old, such as `RustSec, 1225 advisories, newest of 2026-08-21`.
    fn describe(&self) -> String;
    /// Whether it holds advisories of the ecosystem at all.
    fn covers_ecosystem(&self, ecosystem: Ecosystem) -> bool;
    /// Whether it would know of an advisory for `package`: it is of the right ecosystem and registry.
    fn covers(&self, package: &Package) -> bool;
    /// Advisories that affect `package` at its version, withdrawn ones left out, sorted by id.
    fn affecting(&self, package: &Package) -> Vec<Advisory>;
    /// What could not be read of all that was asked for so far, sorted. Other advisories were judged all the same.
    fn problems(&self) -> Vec<String>;
    /// Whole parts that could not be asked so far, sorted: nothing is known of their packages.
    fn failures(&self) -> Vec<String> {
        Vec::new()
    }
    /// The date of the newest advisory of the ecosystem, `YYYY-MM-DD`: the closest thing to the age of a database.
    fn newest(&self, ecosystem: Ecosystem) -> Option<String>;
}

/// Whether a file of this name in the folder of a package is an advisory. Drafts are called `RUSTSEC-0000-0000.md`.
pub(crate) fn is_advisory(file: &str) -> bool {
    file.ends_with(".md") && !file.starts_with('.') && !file.starts_with("RUSTSEC-0000-0000.")
}

/// The file name and the text of an advisory.
pub(crate) type Text = (String, String);

/// Advisories as they were written, by package.
pub(crate) trait Texts: Send + Sync {
    /// Those of `package`, sorted by file name; an advisory that cannot be read is an error of its own.
    fn of(&self, package: &str) -> Vec<Result<Text, String>>;
    /// The number of advisories and the date of the newest.
    fn summary(&self) -> Summary;
}

/// A database in two figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub advisories: usize,
    pub newest: Option<String>,
}

/// Why there is no database, or no newer one.
#[derive(Debug, thiserror::Error)]
pub enum AdvisoryError {
    #[error(
        "no advisory database was downloaded yet: run `gate db update`, or give a folder with one to `gate scan --db DIR`"
    )]
    Absent,
    #[error(
        "{0}; expected a RustSec checkout: a folder with crates/<name>/RUSTSEC-….md; or OSV records: a folder with \
         <ecosystem>/all.zip or <ecosystem>/<id>.json"
    )]
    NotADatabase(String),
    #[error("the advisory database in the cache is damaged ({0}): `gate db update` replaces it")]
    Damaged(String),
    #[error("{tried}: {source}")]
    Io { tried: String, source: io::Error },
    #[error("{url} was not asked: --offline forbids the network; give a folder or an archive with --source")]
    Offline { url: String },
    #[error("{url}: only https is used, and http on this machine alone: nothing else proves what was sent")]
    Insecure { url: String },
    #[error("{url}: {message}")]
    Download { url: String, message: String },
    #[error("{url}: {message}")]
    Missing { url: String, message: String },
    #[error("{origin}: {message}; nothing was replaced")]
    Archive { origin: String, message: String },
}

/// What [`update`] may take. The defaults leave an order of magnitude of room above the RustSec database of 2026 (0.5 MB packed,
/// 2 MB in 1,100 files).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes that are downloaded.
    pub archive_bytes: u64,
    /// Bytes of the unpacked stream, all entries together.
    pub unpacked_bytes: u64,
    /// Bytes of one advisory.
    pub file_bytes: u64,
    /// Entries of the archive.
    pub entries: usize,
    /// To connect, and to the first byte of the answer.
    pub connect: Duration,
    /// For the whole answer.
    pub total: Duration,
    /// How often it is tried before giving up.
    pub attempts: u32,
    /// Before the second attempt; doubled for each one more.
    pub backoff: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            archive_bytes: 64 << 20,
            unpacked_bytes: 256 << 20,
            file_bytes: 1 << 20,
            entries: 100_000,
            connect: Duration::from_secs(15),
            total: Duration::from_secs(300),
            attempts: 4,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// For OSV's bucket, whose largest ecosystem has some 220,000 records in 2026.
    pub fn of_bucket() -> Limits {
        Limits {
            archive_bytes: 1 << 30,
            unpacked_bytes: 8 << 30,
            file_bytes: 16 << 20,
            entries: 1_000_000,
            total: Duration::from_secs(1800),
            ..Limits::default()
        }
    }
}

/// An update that was asked for.
#[derive(Clone, Debug)]
pub struct Update<'a> {
    /// For RustSec's a URL, a folder or a `.tar.gz`, or [`DEFAULT_SOURCE`]; for OSV's the URL of a bucket or a folder in its layout, or
    /// [`DEFAULT_BUCKET`].
    pub source: Option<&'a str>,
    /// The folder that the database is kept in; made when it is not there.
    pub cache: &'a Path,
    /// Forbids the network outright.
    pub offline: bool,
    pub limits: Limits,
}

/// What is in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    pub path: PathBuf,
    /// Where it came from, without credentials.
    pub source: String,
    /// When, in UTC (RFC 3339).
    pub fetched: String,
    pub advisories: usize,
    /// The date of the newest advisory.
    pub newest: Option<String>,
    /// BLAKE3 over all advisories, in hex.
    pub digest: String,
    /// Advisories that could not be read, and why.
    pub problems: Vec<String>,
}

/// The database at `database`, or else the one in the cache.
pub fn open(database: Option<&Path>, cache: &Path) -> Result<Database, AdvisoryError> {
    match database {
        Some(folder) => Database::of_folder(folder, cache),
        None => Database::of_cache(cache),
    }
}

/// What a database that keeps itself up to date may do.
#[derive(Clone, Debug)]
pub struct Fresh<'a> {
    /// Parts that were fetched longer ago are fetched again.
    pub max_age: Duration,
    /// Instead of the bucket that a part came from, or [`DEFAULT_BUCKET`].
    pub source: Option<&'a str>,
    /// Forbids the network outright.
    pub offline: bool,
    pub limits: Limits,
}

/// The database in the cache, brought up to date as far as packages need it. Parts that could not be had are told by
/// [`AdvisorySource::failures`].
pub fn open_fresh(cache: &Path, request: Fresh<'_>) -> Database {
    Database::fresh(cache, request)
}

fn checkout_in(folder: &Path) -> Result<RustSec, AdvisoryError> {
    Ok(RustSec::new(Box::new(checkout::Checkout::open(folder)?)))
}

fn rustsec_in_cache(cache: &Path) -> Result<RustSec, AdvisoryError> {
    Ok(RustSec::new(Box::new(cache::read(cache)?)))
}

/// This moment in UTC (RFC 3339).
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A file that others may read as far as the umask allows: a cache is often filled by one user and used by another.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// What is in the cache; [`AdvisoryError::Absent`] when nothing is.
pub fn status(cache: &Path) -> Result<Status, AdvisoryError> {
    cache::status(cache)
}

/// What is in the cache of each ecosystem of OSV's; one that is damaged is an error of its own.
pub fn ecosystem_statuses(cache: &Path) -> Vec<Result<EcosystemStatus, AdvisoryError>> {
    osv::statuses(cache)
}

/// Ecosystems of OSV's that are in the cache.
pub fn downloaded(cache: &Path) -> Vec<Ecosystem> {
    Osv::of_cache(cache).map(|osv| osv.ecosystems()).unwrap_or_default()
}

/// Ecosystems that a folder holds OSV records of.
pub fn ecosystems_in(folder: &Path) -> Vec<Ecosystem> {
    Osv::of_folder(folder, Path::new("")).map(|osv| osv.ecosystems()).unwrap_or_default()
}

/// Copies what is known of exploitation from beside one database to beside another.
pub fn copy_exploited(from: &Path, to: &Path) -> Result<(), AdvisoryError> {
    exploited::copy(from, to)
        .map_err(|source| AdvisoryError::Io { tried: format!("copying from {}", from.display()), source })
}

/// Brings the OSV records of `ecosystem` in the cache up to date: with `update.source`, or where they came from before, or the public
/// bucket. Whatever fails, the old ones are still there.
pub fn update_ecosystem(
    ecosystem: Ecosystem,
    update: &Update<'_>,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<EcosystemStatus, AdvisoryError> {
    osv::refresh(ecosystem, update, progress)
}

/// Replaces RustSec's database in the cache, in one step at the very end: whatever fails, the old one is still there.
/// `progress` is told the bytes that came and, where known, how many there are.
pub fn update(update: &Update<'_>, progress: &dyn Fn(u64, Option<u64>)) -> Result<Status, AdvisoryError> {
    let source = update.source.unwrap_or(DEFAULT_SOURCE);
    let (origin, texts) = if source.contains("://") {
        let origin = without_credentials(source);
        if update.offline {
            return Err(AdvisoryError::Offline { url: origin });
        }
        let bytes = download::fetch(source, &update.limits, progress)?;
        let texts = archive::unpack(&bytes, &update.limits);
        (origin.clone(), texts.map_err(|message| AdvisoryError::Archive { origin, message })?)
    } else {
        let path = Path::new(source);
        let origin = source.to_owned();
        if path.is_dir() {
            let texts = checkout::Checkout::open(path)?.all();
            (origin.clone(), texts.map_err(|message| AdvisoryError::Archive { origin, message })?)
        } else {
            (origin, from_file(path, &update.limits)?)
        }
    };
    let checked = rustsec::check(&texts);
    if checked.advisories == 0 {
        let message = match checked.problems.first() {
            None => "no advisory in it (expected crates/<name>/RUSTSEC-….md)".to_owned(),
            Some(first) => format!("not one advisory in it could be read, such as {first}"),
        };
        return Err(AdvisoryError::Archive { origin, message });
    }
    cache::write(update.cache, &origin, &texts, checked)
}

fn from_file(path: &Path, limits: &Limits) -> Result<BTreeMap<String, Vec<Text>>, AdvisoryError> {
    let failed = |source| AdvisoryError::Io { tried: format!("reading {}", path.display()), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    let origin = path.display().to_string();
    if size > limits.archive_bytes {
        let message = format!("{size} bytes, more than the {} that an archive may have", limits.archive_bytes);
        return Err(AdvisoryError::Archive { origin, message });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    archive::unpack(&bytes, limits).map_err(|message| AdvisoryError::Archive { origin, message })
}

/// What was found when every advisory was read once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    pub advisories: usize,
    pub newest: Option<String>,
    pub problems: Vec<String>,
}
