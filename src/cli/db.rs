use std::cell::RefCell;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{DbArgs, DbCommand, DbStatusArgs, DbUpdateArgs, TextOrJson};
use super::output::{self, Failure, emit_text};
use crate::advisory::{self, Database, Limits, Status, Update};

/// Names another folder than the user's cache.
const CACHE_VARIABLE: &str = "GATE_CACHE_DIR";

pub fn run(args: &DbArgs) -> Result<u8, Failure> {
    match &args.command {
        DbCommand::Update(args) => update(args),
        DbCommand::Status(args) => status(args),
    }
}

/// The database to scan with: the one in `folder`, or else in the cache; or why there is none.
pub fn open(folder: Option<&Path>) -> Result<Database, String> {
    let cache = cache().map_err(|failure| failure.to_string())?;
    advisory::open(folder, &cache).map_err(|error| error.to_string())
}

fn update(args: &DbUpdateArgs) -> Result<u8, Failure> {
    let cache = cache()?;
    let update =
        Update { source: args.source.as_deref(), cache: &cache, offline: args.offline, limits: Limits::default() };
    let meter = Meter::new();
    let status = advisory::update(&update, &|done, all| meter.tell(done, all));
    drop(meter);
    let status = status.map_err(|error| Failure::new(format!("the advisory database was not updated: {error}")))?;
    emit_text(None, &described(&status))?;
    Ok(0)
}

fn status(args: &DbStatusArgs) -> Result<u8, Failure> {
    let status = advisory::status(&cache()?).map_err(|error| Failure::new(error.to_string()))?;
    let text = match args.format {
        TextOrJson::Text => described(&status),
        TextOrJson::Json => {
            let mut value = serde_json::to_value(&status).unwrap_or_default();
            if let Some(map) = value.as_object_mut() {
                map.insert("schema_version".to_owned(), 1.into());
            }
            format!("{value:#}\n")
        }
    };
    emit_text(None, &text)?;
    Ok(0)
}

fn described(status: &Status) -> String {
    let newest = status.newest.as_deref().unwrap_or("unknown");
    let mut text = format!(
        "{} advisories, the newest of {newest}\nfrom    {}\nfetched {}\nkept in {}\n",
        status.advisories,
        status.source,
        status.fetched,
        status.path.display()
    );
    for problem in &status.problems {
        text += &format!("could not be read: {problem}\n");
    }
    text
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

    fn tell(&self, done: u64, all: Option<u64>) {
        if !output::stderr_is_terminal() {
            return;
        }
        let mut slot = self.bar.borrow_mut();
        let bar = slot.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(all, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}") {
                bar.set_style(style);
            }
            bar
        });
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
