use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{DbArgs, DbCommand, DbStatusArgs, DbUpdateArgs, TextOrJson};
use super::output::{self, Failure, emit_text};
use crate::advisory::{self, AdvisoryError, AdvisorySource, EcosystemStatus, Fresh, Limits, Online, Status, Update};
use crate::model::Ecosystem;

/// Names another folder than the user's cache.
const CACHE_VARIABLE: &str = "GATE_CACHE_DIR";

/// Names the bucket that `--db auto` downloads from, where that is another than the public one.
const SOURCE_VARIABLE: &str = "GATE_OSV_SOURCE";

pub fn run(args: &DbArgs) -> Result<u8, Failure> {
    match &args.command {
        DbCommand::Update(args) => update(args),
        DbCommand::Status(args) => status(args),
    }
}

/// The value of `--db` that keeps the downloaded database up to date.
const AUTO: &str = "auto";

/// With `--db auto` what is older is fetched again.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// What to ask about packages: the service at `online`, the database in `folder`, or else that in the cache; or why there is none.
pub fn open(folder: Option<&Path>, online: Option<&str>, offline: bool) -> Result<Box<dyn AdvisorySource>, String> {
    let cache = cache().map_err(|failure| failure.to_string())?;
    let limits = Limits::of_bucket();
    if let Some(api) = online {
        return Ok(Box::new(Online::new(api, &cache, limits)));
    }
    if folder.is_some_and(|folder| folder.as_os_str() == AUTO) {
        let source = std::env::var(SOURCE_VARIABLE).ok();
        let request = Fresh { max_age: FRESH, source: source.as_deref(), offline, limits };
        return Ok(Box::new(advisory::open_fresh(&cache, request)));
    }
    let database = advisory::open(folder, &cache).map_err(|error| error.to_string())?;
    Ok(Box::new(database))
}

fn update(args: &DbUpdateArgs) -> Result<u8, Failure> {
    let cache = cache()?;
    let plan = Plan::of(args, &cache);
    let meter = Meter::new();
    let mut failures = Vec::new();
    let mut text = String::new();
    let update = |limits| Update { source: args.source.as_deref(), cache: &cache, offline: args.offline, limits };
    if plan.rustsec {
        match advisory::update(&update(Limits::default()), &|done, all| meter.tell("RustSec", done, all)) {
            Ok(status) => text += &described(&status),
            Err(error) => failures.push(error.to_string()),
        }
    }
    for ecosystem in plan.ecosystems {
        let tell = |done, all| meter.tell(ecosystem.osv_name().unwrap_or_default(), done, all);
        match advisory::update_ecosystem(ecosystem, &update(Limits::of_bucket()), &tell) {
            Ok(status) => text += &ecosystem_described(&status),
            Err(error) => failures.push(error.to_string()),
        }
    }
    if let Some(folder) = args.source.as_deref().map(Path::new).filter(|folder| folder.is_dir()) {
        failures.extend(advisory::copy_exploited(folder, &cache).err().map(|error| error.to_string()));
    }
    drop(meter);
    emit_text(None, &text)?;
    match failures.as_slice() {
        [] => Ok(0),
        failures => Err(Failure::new(format!("the advisory database was not updated: {}", failures.join("; ")))),
    }
}

/// What an update is about.
struct Plan {
    rustsec: bool,
    ecosystems: Vec<Ecosystem>,
}

impl Plan {
    fn of(args: &DbUpdateArgs, cache: &Path) -> Plan {
        if !args.ecosystem.is_empty() {
            return Plan { rustsec: false, ecosystems: args.ecosystem.clone() };
        }
        let Some(source) = args.source.as_deref() else {
            return Plan { rustsec: true, ecosystems: advisory::downloaded(cache) };
        };
        let ecosystems = advisory::ecosystems_in(Path::new(source));
        // A folder with neither is an error that RustSec's part tells.
        Plan { rustsec: ecosystems.is_empty() || Path::new(source).join("crates").is_dir(), ecosystems }
    }
}

fn status(args: &DbStatusArgs) -> Result<u8, Failure> {
    let cache = cache()?;
    let rustsec = match advisory::status(&cache) {
        Ok(status) => Some(status),
        Err(AdvisoryError::Absent) => None,
        Err(error) => return Err(Failure::new(error.to_string())),
    };
    let ecosystems = advisory::ecosystem_statuses(&cache).into_iter().collect::<Result<Vec<_>, _>>();
    let ecosystems = ecosystems.map_err(|error| Failure::new(error.to_string()))?;
    if rustsec.is_none() && ecosystems.is_empty() {
        return Err(Failure::new(AdvisoryError::Absent.to_string()));
    }
    let text = match args.format {
        TextOrJson::Text => {
            rustsec.iter().map(described).chain(ecosystems.iter().map(ecosystem_described)).collect::<String>()
        }
        TextOrJson::Json => {
            let mut value = serde_json::to_value(&rustsec).unwrap_or_default();
            if !value.is_object() {
                value = serde_json::json!({});
            }
            value["schema_version"] = 1.into();
            value["ecosystems"] = serde_json::to_value(&ecosystems).unwrap_or_default();
            format!("{value:#}\n")
        }
    };
    emit_text(None, &text)?;
    Ok(0)
}

fn described(status: &Status) -> String {
    let newest = status.newest.as_deref().unwrap_or("unknown");
    let mut text = format!("RustSec: {} advisories, the newest of {newest}\n", status.advisories);
    text += &origin(&status.source, &status.fetched, &status.digest, &status.path);
    for problem in &status.problems {
        text += &format!("could not be read: {problem}\n");
    }
    text
}

fn ecosystem_described(status: &EcosystemStatus) -> String {
    let newest = status.newest.as_deref().and_then(|moment| moment.get(..10)).unwrap_or("unknown");
    let (name, advisories, packages) = (&status.ecosystem, status.advisories, status.packages);
    let mut text = format!("OSV {name}: {advisories} advisories of {packages} packages, the newest of {newest}\n");
    text += &origin(&status.source, &status.fetched, &status.digest, &status.path);
    for problem in &status.problems {
        text += &format!("could not be read: {problem}\n");
    }
    match status.problem_count.saturating_sub(status.problems.len()) {
        0 => text,
        more => text + &format!("and {more} more could not be read\n"),
    }
}

fn origin(source: &str, fetched: &str, digest: &str, path: &Path) -> String {
    let age = match days_since(fetched) {
        None => String::new(),
        Some(0) => " (today)".to_owned(),
        Some(1) => " (yesterday)".to_owned(),
        Some(days) => format!(" ({days} days ago)"),
    };
    format!("from    {source}\nfetched {fetched}{age}\ndigest  {digest}\nkept in {}\n", path.display())
}

/// Whole days from `moment` (RFC 3339) to now.
fn days_since(moment: &str) -> Option<i64> {
    let moment: jiff::Timestamp = moment.parse().ok()?;
    Some(jiff::Timestamp::now().duration_since(moment).as_hours() / 24)
}

/// The folder that downloads are kept in.
pub fn cache() -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os(CACHE_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Failure::new(format!("there is no place for the advisory database: {error}; set {CACHE_VARIABLE} to a folder"))
    })?;
    Ok(strategy.cache_dir().join("gate"))
}

/// How much was downloaded, on a terminal.
struct Meter {
    bar: RefCell<Option<ProgressBar>>,
}

impl Meter {
    fn new() -> Meter {
        Meter { bar: RefCell::new(None) }
    }

    /// `what` is being downloaded.
    fn tell(&self, what: &str, done: u64, all: Option<u64>) {
        if !output::stderr_is_terminal() {
            return;
        }
        let mut slot = self.bar.borrow_mut();
        let bar = slot.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(all, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {bytes} of {total_bytes}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(what.to_owned());
        bar.set_length(all.unwrap_or(done));
        bar.set_position(done);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}
