use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use super::args::{MetricsArgs, MetricsFormat};
use super::output::{self, Failure, plural};
use super::progress::Bar;
use super::project::Place;
use crate::model::{
    Analysis, FileMetrics, FunctionMetrics, Language, Measure, Notification, NotificationKind, RelPath, Run,
};
use crate::scan::{Input, Request, scan};

/// So many functions are printed as text unless asked otherwise; the other formats hold all.
const SHOWN: usize = 20;

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A whole number without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as u64) } else { json!(value) }
}

/// With two decimals.
fn read(measure: Measure, function: &FunctionMetrics) -> f64 {
    rounded(measure.of(function))
}

/// The names of all measures, as columns have them.
fn names() -> [&'static str; Measure::ALL.len()] {
    Measure::ALL.map(Measure::name)
}

pub fn run(args: &MetricsArgs) -> Result<u8, Failure> {
    if let Some(file) = &args.output {
        output::check_writable(file)?;
    }
    let run = measure(args)?;
    let mut functions = chosen(args, &run);
    let text = if args.format == MetricsFormat::Text {
        table(&functions, args.top, &run)
    } else {
        functions.truncate(args.top.unwrap_or(usize::MAX));
        if args.format == MetricsFormat::Json { format!("{:#}\n", report(&functions, &run)) } else { csv(&functions) }
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
        baseline: None,
        advisories: Err("not needed".to_owned()),
        threads: None,
        line_hashes: false,
        functions: true,
    };
    Ok(scan(&request, &Bar::new(true)))
}

/// The functions that were asked for, in the order that was asked for.
fn chosen<'a>(args: &MetricsArgs, run: &'a Run) -> Vec<&'a FunctionMetrics> {
    let is_over = |function: &FunctionMetrics| args.over.iter().all(|(name, least)| read(*name, function) > *least);
    let mut functions: Vec<&FunctionMetrics> = run.functions.iter().filter(|function| is_over(function)).collect();
    let default = (args.format == MetricsFormat::Text).then_some(Measure::Cyclomatic);
    if let Some(name) = args.sort.or(default) {
        // The worst first; equals stay in the order of their places.
        let worse = |function: &FunctionMetrics| match name {
            Measure::Maintainability => read(name, function),
            Measure::Cyclomatic => -(read(name, function) + f64::from(function.cognitive) / 1e6),
            _ => -read(name, function),
        };
        functions.sort_by(|a, b| worse(a).total_cmp(&worse(b)));
    }
    functions
}

fn table(functions: &[&FunctionMetrics], top: Option<usize>, run: &Run) -> String {
    if run.functions.is_empty() {
        return "no functions were found\n".to_owned();
    }
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{}  function", names().join("  "));
    let shown = top.unwrap_or(SHOWN);
    for function in functions.iter().take(shown) {
        for measure in Measure::ALL {
            let _ = write!(text, "{:>width$}  ", read(measure, function), width = measure.name().len());
        }
        let _ = writeln!(text, "{}:{} {}", function.file, function.line, function.name);
    }
    if functions.len() > shown {
        let _ = writeln!(text, "and {} more; --top N shows more, --format csv or json all", functions.len() - shown);
    }
    let averages: Vec<String> =
        Measure::ALL.into_iter().map(|measure| format!("{} {}", measure.name(), average(run, measure))).collect();
    let (functions, files) = (plural(run.functions.len(), "function"), plural(files(run), "file"));
    let _ = writeln!(text, "\n{functions} in {files}; average {}", averages.join(", "));
    let lines = lines(run);
    let _ = writeln!(
        text,
        "{} in {}: {} of code, {} of comments ({:.0} %), {} blank; {} of code stand elsewhere too ({:.1} %)",
        plural(lines.total as usize, "line"),
        plural(run.files.len(), "file"),
        lines.code,
        lines.comment,
        lines.share() * 100.0,
        lines.blank,
        lines.duplicated,
        lines.duplication()
    );
    text
}

/// The lines of all files.
struct Lines {
    total: u64,
    code: u64,
    comment: u64,
    blank: u64,
    duplicated: u64,
}

impl Lines {
    fn share(&self) -> f64 {
        FileMetrics::comment_share(self.code, self.comment)
    }

    /// In percent.
    fn duplication(&self) -> f64 {
        FileMetrics::duplication(self.code, self.duplicated)
    }
}

fn lines(run: &Run) -> Lines {
    let sum = |read: fn(&FileMetrics) -> u32| run.files.iter().map(|file| u64::from(read(file))).sum();
    Lines {
        total: sum(|file| file.lines),
        code: sum(|file| file.code),
        comment: sum(|file| file.comment),
        blank: sum(|file| file.blank),
        duplicated: sum(|file| file.duplicated),
    }
}

fn report(functions: &[&FunctionMetrics], run: &Run) -> Value {
    let each = |value: &dyn Fn(Measure) -> Value| -> serde_json::Map<String, Value> {
        Measure::ALL.into_iter().map(|measure| (measure.name().to_owned(), value(measure))).collect()
    };
    let entry = |function: &&FunctionMetrics| {
        let mut value = json!(function);
        for measure in [Measure::Volume, Measure::Difficulty, Measure::Maintainability] {
            value[measure.name()] = json!(read(measure, function));
        }
        value
    };
    let lines = lines(run);
    json!({
        "schema_version": 1,
        "functions": functions.iter().map(entry).collect::<Vec<_>>(),
        "files": run.files.iter().map(with_share).collect::<Vec<_>>(),
        "summary": {
            "functions": run.functions.len(),
            "files": files(run),
            "average": each(&|measure| json!(average(run, measure))),
            "maximum": each(&|measure| number(values(run, measure).fold(0.0, f64::max))),
            "lines": {
                "total": lines.total,
                "code": lines.code,
                "comment": lines.comment,
                "blank": lines.blank,
                "comment_share": rounded(lines.share()),
                "duplicated": lines.duplicated,
                "duplication": rounded(lines.duplication()),
            },
        },
        "notifications": run.notifications,
    })
}

fn with_share(file: &FileMetrics) -> Value {
    let mut value = json!(file);
    value["comment_share"] = json!(rounded(FileMetrics::comment_share(file.code.into(), file.comment.into())));
    value["duplication"] = json!(rounded(FileMetrics::duplication(file.code.into(), file.duplicated.into())));
    value
}

fn csv(functions: &[&FunctionMetrics]) -> String {
    let mut text = format!("file,name,line,end_line,{}\n", names().join(","));
    for function in functions {
        let (file, name) = (quoted(function.file.as_str()), quoted(&function.name));
        let values: Vec<String> = Measure::ALL.into_iter().map(|measure| read(measure, function).to_string()).collect();
        let _ = writeln!(text, "{file},{name},{},{},{}", function.line, function.end_line, values.join(","));
    }
    text
}

/// As RFC 4180 has it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// With two decimals; 0 where there is no function.
fn average(run: &Run, measure: Measure) -> f64 {
    rounded(values(run, measure).sum::<f64>() / run.functions.len().max(1) as f64)
}

fn values(run: &Run, measure: Measure) -> impl Iterator<Item = f64> {
    run.functions.iter().map(move |function| read(measure, function))
}

/// The number of files that have functions.
fn files(run: &Run) -> usize {
    run.functions.iter().map(|function| &function.file).collect::<BTreeSet<_>>().len()
}
