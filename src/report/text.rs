//! The report that a person reads: by file, each finding with its line of code, then one line that sums it up.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Counts, Detail, Format, Options};
use crate::model::{Condition, Confidence, Finding, Level, Notification, NotificationKind, Run, Snippet, Verdict};

pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn describe(&self) -> &'static str {
        "for people"
    }

    fn write(&self, run: &Run, options: Options, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page { out, color: options.color };
        if options.detail > Detail::Summary {
            page.findings(run, options.detail == Detail::Everything)?;
            page.notifications(run, options.detail == Detail::Everything)?;
        }
        page.summary(run, options.detail)
    }
}

const DIM: Style = Style::new().dimmed();
const PATH: Style = Style::new().bold().underline();
const STRONG: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();

/// Of the notifications that leave the verdict in doubt, so many are shown unasked.
const SHOWN_DOUBTS: usize = 10;
/// A hint is one line.
const HINT_WIDTH: usize = 110;
const TAB: &str = "    ";

struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
}

impl Page<'_> {
    /// `text` as it may be shown: what a scanned file chose to hold cannot steer the terminal.
    fn put(&mut self, style: Style, text: &str) -> io::Result<()> {
        let text = printable(text);
        if self.color { write!(self.out, "{style}{text}{style:#}") } else { write!(self.out, "{text}") }
    }

    fn plain(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(printable(text).as_bytes())
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    fn findings(&mut self, run: &Run, with_suppressed: bool) -> io::Result<()> {
        let mut path = "";
        for finding in run.findings.iter().filter(|finding| with_suppressed || !finding.is_suppressed()) {
            if finding.location.path.as_str() != path {
                path = finding.location.path.as_str();
                self.put(PATH, path)?;
                self.out.write_all(b"\n\n")?;
            }
            self.finding(finding)?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let (style, region) = (level_style(finding.level), &finding.location.region);
        self.plain("  ")?;
        self.put(style, finding.level.name())?;
        self.plain("  ")?;
        self.put(STRONG, &finding.message)?;
        self.plain("\n    ")?;
        let mut facts =
            format!("{}:{}:{}  {}", finding.location.path, region.start_line, region.start_column, finding.rule.id);
        if finding.confidence < Confidence::High {
            facts += &format!("  ({} confidence)", finding.confidence);
        }
        self.put(DIM, &facts)?;
        self.end_line()?;
        self.frame(region.start_line, &finding.snippet, style)?;
        for related in &finding.related {
            let place = format!("{}:{}", related.location.path, related.location.region.start_line);
            self.aside("see", &format!("{place}: {}", related.message))?;
        }
        for suppression in &finding.suppressions {
            self.aside("accepted", &suppression.justification)?;
        }
        match &finding.rule.revoke {
            Some(place) => self.aside("revoke", &format!("it at {place}"))?,
            None => self.aside("fix", &first_sentence(&finding.rule.fix))?,
        }
        self.end_line()
    }

    /// The line of code, its number beside it, the part that is meant underlined.
    fn frame(&mut self, line: u32, snippet: &Snippet, style: Style) -> io::Result<()> {
        let Some((before, marked, after)) = parts(snippet) else { return Ok(()) };
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        self.put(DIM, &format!("    {number} │ "))?;
        self.plain(&format!("{before}{marked}{after}"))?;
        self.end_line()?;
        let width = marked.chars().count();
        if width > 0 {
            self.put(DIM, &format!("    {gutter} │ "))?;
            self.plain(&" ".repeat(before.chars().count()))?;
            self.put(style, &"^".repeat(width))?;
            self.end_line()?;
        }
        Ok(())
    }

    fn aside(&mut self, label: &str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.plain("    ")?;
        self.put(CYAN, label)?;
        self.plain(&format!(": {text}"))?;
        self.end_line()
    }

    /// All of them when asked, and always the first of those that leave the verdict in doubt.
    fn notifications(&mut self, run: &Run, all: bool) -> io::Result<()> {
        let shown = |notification: &&Notification| all || notification.kind.is_incomplete();
        let most = if all { usize::MAX } else { SHOWN_DOUBTS };
        let total = run.notifications.iter().filter(shown).count();
        for notification in run.notifications.iter().filter(shown).take(most) {
            self.put(if notification.kind.is_incomplete() { YELLOW } else { DIM }, notification.kind.describe())?;
            let place = match (&notification.path, notification.line) {
                (Some(path), Some(line)) => format!("  {path}:{line}"),
                (Some(path), None) => format!("  {path}"),
                (None, _) => String::new(),
            };
            self.plain(&format!("{place}  {}", notification.message))?;
            self.end_line()?;
        }
        if total > most {
            self.put(DIM, &format!("and {} more; -v lists each one", total - most))?;
            self.end_line()?;
        }
        if total > 0 { self.end_line() } else { Ok(()) }
    }

    /// One line: the verdict, what was found, what was looked at and what was not.
    fn summary(&mut self, run: &Run, detail: Detail) -> io::Result<()> {
        let (style, verdict) = match &run.verdict {
            Verdict::Passed => (GREEN, "passed"),
            Verdict::Failed(_) => (RED, "failed"),
            Verdict::Incomplete(_) => (YELLOW, "incomplete"),
        };
        self.put(style, verdict)?;
        let counts = Counts::of(run);
        let mut parts = Vec::new();
        let levels = [(counts.error, "error"), (counts.warning, "warning"), (counts.note, "note")];
        let found: Vec<String> =
            levels.iter().filter(|(count, _)| *count > 0).map(|(count, name)| plural(*count as u64, name)).collect();
        let failing =
            if run.verdict.conditions().is_empty() { String::new() } else { format!(" (failing: {})", failing(run)) };
        parts.push(if found.is_empty() { "no findings".to_owned() } else { found.join(", ") + &failing });
        if counts.suppressed > 0 {
            parts.push(format!("{} accepted", grouped(counts.suppressed as u64)));
        }
        if run.coverage.below_confidence > 0 {
            parts.push(format!("{} below the confidence shown", grouped(run.coverage.below_confidence)));
        }
        parts.push(looked_at(run));
        if let Some(missed) = not_looked_at(run) {
            let hint = if detail < Detail::Everything { " (-v lists them)" } else { "" };
            parts.push(format!("not looked at: {missed}{hint}"));
        }
        self.plain(&format!(": {}", parts.join(" · ")))?;
        self.end_line()
    }
}

/// The findings that fail the gate, by analysis.
fn failing(run: &Run) -> String {
    let tell = |condition: &Condition| {
        let owner = condition.analysis.map_or("gate", |analysis| analysis.name());
        format!("{} {owner}", grouped(condition.count as u64))
    };
    run.verdict.conditions().iter().map(tell).collect::<Vec<_>>().join(", ")
}

fn looked_at(run: &Run) -> String {
    let mut seen = format!("{}, {}", plural(run.coverage.files, "file"), plural(run.coverage.lines, "line"));
    if run.coverage.packages > 0 {
        seen += &format!(", {}", plural(run.coverage.packages, "package"));
    }
    seen
}

/// Notifications by kind, and what the configuration leaves out.
fn not_looked_at(run: &Run) -> Option<String> {
    let mut kinds: BTreeMap<NotificationKind, u64> = BTreeMap::new();
    for notification in run.notifications.iter().filter(|notification| notification.kind != NotificationKind::Note) {
        *kinds.entry(notification.kind).or_default() += 1;
    }
    let mut missed: Vec<String> =
        kinds.iter().map(|(kind, count)| format!("{} {}", grouped(*count), kind.describe())).collect();
    if run.coverage.excluded > 0 {
        missed.push(format!("{} excluded", grouped(run.coverage.excluded)));
    }
    (!missed.is_empty()).then(|| missed.join(", "))
}

fn level_style(level: Level) -> Style {
    match level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Note | Level::None => CYAN,
    }
}

/// The snippet before, within and after its highlight: indentation removed, tabs widened.
fn parts(snippet: &Snippet) -> Option<(String, String, String)> {
    let (start, end) = snippet.highlight;
    let (before, marked, after) = (snippet.line.get(..start)?, snippet.line.get(start..end)?, snippet.line.get(end..)?);
    let widen = |text: &str| printable(text).replace('\t', TAB);
    (!snippet.line.trim().is_empty()).then(|| (widen(before.trim_start()), widen(marked), widen(after.trim_end())))
}

/// Control characters and those that reverse the reading direction become visible; line ends and tabs stay.
fn printable(text: &str) -> String {
    let is_hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// The first sentence of a text, on one line, cut where it is long.
fn first_sentence(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = line.split_once(". ").map_or(line.as_str(), |(first, _)| first);
    let sentence = sentence.trim_end_matches(['.', ':', ';']);
    if sentence.chars().count() <= HINT_WIDTH {
        return sentence.to_owned();
    }
    let cut: String = sentence.chars().take(HINT_WIDTH).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{words} …")
}

fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `12345` as `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
