use std::cell::RefCell;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{DbArgs, DbCommand, DbStatusArgs, DbUpdateArgs, TextOrJson};
use super::cache;
use super::output::{self, Failure, emit_text};
use crate::advisory::{self, AdvisoryError, Limits, Status, Update};

pub fn run(args: &DbArgs) -> Result<u8, Failure> {
    match &args.command {
        DbCommand::Update(args) => update(args),
        DbCommand::Status(args) => status(args),
    }
}

fn update(args: &DbUpdateArgs) -> Result<u8, Failure> {
    let cache = cache::folder()?;
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
    let status = advisory::status(&cache::folder()?).map_err(|error| {
        let help = if matches!(error, AdvisoryError::Absent) { "; `gate db update` does it" } else { "" };
        Failure::new(format!("{error}{help}"))
    })?;
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
