use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use super::args::{MetricsArgs, MetricsFormat};
use super::output::{self, Failure, plural};
use super::progress::Bar;
use super::project::Place;
use crate::model::{Analysis, FunctionMetrics, Language, Notification, NotificationKind, RelPath, Run};
use crate::scan::{Input, Request, scan};

/// One measure: its name, and how to read it.
type Measure = (&'static str, fn(&FunctionMetrics) -> u32);

const MEASURES: &[Measure] = &[
    ("cyclomatic", |function| function.cyclomatic),
    ("cognitive", |function| function.cognitive),
    ("length", |function| function.length),
    ("parameters", |function| function.parameters),
    ("nesting", |function| function.nesting),
];

/// Of the most complex functions, so many are printed as text; the other formats hold all.
const SHOWN: usize = 20;

pub fn run(args: &MetricsArgs) -> Result<u8, Failure> {
    if let Some(file) = &args.output {
        output::check_writable(file)?;
    }
    let run = measure(args)?;
    let text = match args.format {
        MetricsFormat::Text => table(&run),
        MetricsFormat::Json => format!("{:#}\n", report(&run)),
        MetricsFormat::Csv => csv(&run),
    };
    output::emit_text(args.output.as_deref(), &text)?;
    for notification in run.notifications.iter().filter(|notification| is_about_figures(notification)) {
        let place = notification.path.as_ref().map_or(String::new(), |path| format!("{path}: "));
        output::remark(&format!("{}: {place}{}", notification.kind.describe(), notification.message));
    }
    let is_complete = !run.notifications.iter().any(|notification| notification.kind.is_incomplete());
    Ok(if is_complete { 0 } else { 2 })
}

/// Whether functions may be missing or measured wrongly because of it.
fn is_about_figures(notification: &Notification) -> bool {
    let kind = notification.kind;
    let is_code = notification.path.as_ref().and_then(RelPath::extension).and_then(Language::from_extension).is_some();
    kind.is_incomplete() || kind == NotificationKind::ParseError || (kind == NotificationKind::TooLarge && is_code)
}

fn measure(args: &MetricsArgs) -> Result<Run, Failure> {
    let place = Place::of(&args.paths)?;
    let rules = place.rules(None)?;
    let config = place.config(args.config.as_deref(), &rules)?;
    let request = Request {
        input: Input::Paths(place.paths),
        history: None,
        root: place.root,
        config,
        rules,
        analyses: BTreeSet::from([Analysis::Code]),
        advisories: Err("not needed".to_owned()),
        threads: None,
        line_hashes: false,
        functions: true,
    };
    Ok(scan(&request, &Bar::new(true)))
}

fn table(run: &Run) -> String {
    let mut functions: Vec<&FunctionMetrics> = run.functions.iter().collect();
    functions.sort_by_key(|function| (std::cmp::Reverse(function.cyclomatic), std::cmp::Reverse(function.cognitive)));
    let mut text = String::new();
    if functions.is_empty() {
        return "no functions were found\n".to_owned();
    }
    // Writing to a text cannot fail.
    let _ = writeln!(text, "cyclomatic  cognitive  length  parameters  nesting  function");
    for function in functions.iter().take(SHOWN) {
        for (name, read) in MEASURES {
            let _ = write!(text, "{:>width$}  ", read(function), width = name.len());
        }
        let _ = writeln!(text, "{}:{} {}", function.file, function.line, function.name);
    }
    if functions.len() > SHOWN {
        let _ = writeln!(text, "and {} more; --format csv or json lists all", functions.len() - SHOWN);
    }
    let averages: Vec<String> = MEASURES.iter().map(|(name, read)| format!("{name} {}", average(run, *read))).collect();
    let _ = writeln!(
        text,
        "\n{} in {}; average {}",
        plural(functions.len(), "function"),
        plural(files(run), "file"),
        averages.join(", ")
    );
    text
}

fn report(run: &Run) -> Value {
    let each = |value: &dyn Fn(&Measure) -> Value| -> serde_json::Map<String, Value> {
        MEASURES.iter().map(|measure| (measure.0.to_owned(), value(measure))).collect()
    };
    json!({
        "schema_version": 1,
        "functions": run.functions,
        "summary": {
            "functions": run.functions.len(),
            "files": files(run),
            "average": each(&|(_, read)| json!(average(run, *read))),
            "maximum": each(&|(_, read)| json!(run.functions.iter().map(read).max().unwrap_or_default())),
        },
        "notifications": run.notifications,
    })
}

fn csv(run: &Run) -> String {
    let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
    let mut text = format!("file,name,line,end_line,{}\n", names.join(","));
    for function in &run.functions {
        let (file, name) = (quoted(function.file.as_str()), quoted(&function.name));
        let values: Vec<String> = MEASURES.iter().map(|(_, read)| read(function).to_string()).collect();
        let _ = writeln!(text, "{file},{name},{},{},{}", function.line, function.end_line, values.join(","));
    }
    text
}

/// As RFC 4180 has it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// With two decimals; 0 where there is no function.
fn average(run: &Run, read: fn(&FunctionMetrics) -> u32) -> f64 {
    let sum: u64 = run.functions.iter().map(|function| u64::from(read(function))).sum();
    (sum as f64 / run.functions.len().max(1) as f64 * 100.0).round() / 100.0
}

/// The number of files that have functions.
fn files(run: &Run) -> usize {
    run.functions.iter().map(|function| &function.file).collect::<BTreeSet<_>>().len()
}
