//! The log of a run on standard error, and the times that its phases took. Both listen to `tracing`; where neither is asked for
//! nobody does, and an event or a span costs one comparison.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use super::args::{LogFormat, ScanArgs};
use super::environment;
use super::output;

/// Listens to a run.
pub struct Log {
    timings: Option<Arc<Timings>>,
}

/// Whether there is a log, and in which format; errors go to it then.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// The format of the log, where there is one.
pub fn format() -> Option<LogFormat> {
    FORMAT.get().copied()
}

impl Log {
    /// Begins to listen, if there is anybody to tell. Once in a process.
    pub fn start(args: &ScanArgs) -> Log {
        let timings = args.timings.then(Arc::<Timings>::default);
        let lines = args.log_format.map(|format| {
            FORMAT.get_or_init(|| format);
            let run_id = args.run_id.clone().or_else(environment::run_id).unwrap_or_else(environment::random_id);
            Lines { format, run_id, level: level(args.verbose) }
        });
        if lines.is_some() || timings.is_some() {
            let subscriber = Registry::default().with(lines).with(timings.clone().map(Listener));
            // It fails where somebody listens already: then they are told.
            let _ = tracing::subscriber::set_global_default(subscriber);
        }
        Log { timings }
    }

    /// Tells where the time since the last report, or since the start, went.
    pub fn report_timings(&self, wall: Duration) {
        let Some(timings) = &self.timings else { return };
        let spent = timings.take();
        if format().is_some() {
            for (phase, Spent { time, count }) in &spent {
                tracing::info!(phase = phase.as_str(), ms = time.as_secs_f64() * 1e3, count, "timing");
            }
            tracing::info!(phase = "wall", ms = wall.as_secs_f64() * 1e3, count = 1, "timing");
            return;
        }
        let mut text = format!("{:<18} {:>10}  {:>9}\n", "phase", "ms", "times");
        for (phase, Spent { time, count }) in &spent {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{phase:<18} {:>10.1}  {count:>9}", time.as_secs_f64() * 1e3);
        }
        let _ = write!(text, "{:<18} {:>10.1}  (the phases add up over all threads)", "wall", wall.as_secs_f64() * 1e3);
        output::remark(&text);
    }
}

/// `-v` shows more in the report; from the second one on the log has more too.
fn level(verbose: u8) -> Level {
    match verbose {
        0 | 1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    }
}

/// Writes each event as a line.
struct Lines {
    format: LogFormat,
    run_id: String,
    level: Level,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level))
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.level || !is_own(metadata.target()) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let line = match self.format {
            LogFormat::Json => self.as_json(&time, metadata.level(), fields),
            LogFormat::Text => self.as_text(&time, metadata.level(), fields),
        };
        // GitHub and Azure look for commands such as `##[…]` in every line; in JSON's strings this is the same text.
        output::log_line(&line.replace("##", "#\\u0023"));
    }
}

impl Lines {
    fn as_json(&self, time: &str, level: &Level, fields: Fields) -> String {
        let mut line = Map::new();
        line.insert("time".to_owned(), json!(time));
        line.insert("level".to_owned(), json!(level.as_str().to_ascii_lowercase()));
        line.insert("run_id".to_owned(), json!(self.run_id));
        line.insert("message".to_owned(), json!(fields.message));
        for (name, value) in fields.others {
            line.insert(name.to_owned(), value);
        }
        Value::Object(line).to_string()
    }

    fn as_text(&self, time: &str, level: &Level, fields: Fields) -> String {
        let mut line = format!("{time} {level:<5} {} {}", self.run_id, visible(&fields.message));
        for (name, value) in fields.others {
            // Quoted and escaped as JSON does, so that nothing ends the line.
            let _ = write!(line, " {name}={value}");
        }
        line
    }
}

/// Other crates' events may hold anything.
fn is_own(target: &str) -> bool {
    target == "gate" || target.starts_with("gate::")
}

fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), &value) {
            ("message", Value::String(text)) => self.message.clone_from(text),
            (name, _) => self.others.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // Microseconds are enough.
        self.add(field, json!((value * 1e3).round() / 1e3));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, json!(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, json!(format!("{value:?}")));
    }
}

/// The time that was spent in spans, by name.
#[derive(Default)]
pub struct Timings {
    spent: Mutex<HashMap<String, Spent>>,
}

#[derive(Clone, Copy, Default)]
struct Spent {
    time: Duration,
    count: u64,
}

impl Timings {
    fn add(&self, phase: &str, time: Duration) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        // A phase has one name for thousands of files.
        if let Some(known) = spent.get_mut(phase) {
            known.time += time;
            known.count += 1;
        } else {
            spent.insert(phase.to_owned(), Spent { time, count: 1 });
        }
    }

    /// The longest first; from now on they count anew.
    fn take(&self) -> Vec<(String, Spent)> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<(String, Spent)> = spent.drain().collect();
        all.sort_by(|one, other| other.1.time.cmp(&one.1.time).then_with(|| one.0.cmp(&other.0)));
        all
    }
}

/// Measures the spans that are entered and left.
struct Listener(Arc<Timings>);

/// What a span carries: its phase, and since when it is entered.
struct Open {
    phase: String,
    since: Option<Instant>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        let Some(span) = context.span(id).filter(|_| is_own(metadata.target())) else { return };
        // An analyzer's span is called after the analyzer.
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let named = fields.others.into_iter().find_map(|(name, value)| match (name, value) {
            ("name", Value::String(name)) => Some(name),
            _ => None,
        });
        let phase = named.unwrap_or_else(|| metadata.name().to_owned());
        span.extensions_mut().insert(Open { phase, since: None });
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            open.since = Some(Instant::now());
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(open) = extensions.get_mut::<Open>() else { return };
        if let Some(since) = open.since.take() {
            self.0.add(&open.phase, since.elapsed());
        }
    }
}
