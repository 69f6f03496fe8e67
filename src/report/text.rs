//! The report that a person reads: by file, each finding with its line of code, then one line that sums it up.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Counts, Detail, Format, Options};
use crate::model::{
    BaselineState, Condition, Confidence, Finding, Level, Notification, NotificationKind, Outcome, Run, Snippet,
    Verdict,
};

pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn describe(&self) -> &'static str {
        "for people"
    }

    fn write(&self, run: &Run, options: Options, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page { out, color: options.color, width: options.width.unwrap_or(usize::MAX).max(LEAST_WIDTH) };
        if options.detail > Detail::Summary {
            page.findings(run, options.detail == Detail::Everything)?;
            page.reasons(run)?;
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
/// A longer hint is left to `gate explain`.
const HINT_WIDTH: usize = 240;
/// What a line takes at least, however narrow the terminal is.
const LEAST_WIDTH: usize = 40;
const TAB: &str = "    ";

struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
    /// In characters.
    width: usize,
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
        let mut advised = BTreeSet::new();
        let is_hidden =
            |finding: &Finding| finding.is_suppressed() || finding.is_known() || finding.outcome == Outcome::Off;
        let is_asked = |finding: &&Finding| with_suppressed || !is_hidden(finding);
        for finding in run.findings.iter().filter(is_asked) {
            if finding.location.path.as_str() != path {
                path = finding.location.path.as_str();
                advised.clear();
                self.put(PATH, path)?;
                self.out.write_all(b"\n\n")?;
            }
            self.finding(finding)?;
            // The same advice twice in a file is noise.
            if advised.insert(&finding.rule.id) {
                self.advice(finding)?;
            }
            self.end_line()?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let (style, region) = (level_style(finding.level), &finding.location.region);
        self.plain("  ")?;
        self.put(style, finding.level.name())?;
        self.plain("  ")?;
        self.wrapped(STRONG, &finding.message, finding.level.name().len() + 4)?;
        self.plain("    ")?;
        let mut facts =
            format!("{}:{}:{}  {}", finding.location.path, region.start_line, region.start_column, finding.rule.id);
        if finding.confidence < Confidence::High {
            facts += &format!("  ({} confidence)", finding.confidence);
        }
        self.put(DIM, &facts)?;
        self.end_line()?;
        self.frame(region.start_line, &finding.snippet, style)?;
        if let Some(origin) = &finding.origin {
            self.aside("in history", &origin.describe())?;
        }
        for related in &finding.related {
            let place = format!("{}:{}", related.location.path, related.location.region.start_line);
            self.aside("see", &format!("{place}: {}", related.message))?;
        }
        match finding.baseline {
            Some(BaselineState::Unchanged) => self.aside("baseline", "known before")?,
            Some(BaselineState::Updated) => self.aside("baseline", "known before, and worse now")?,
            _ => {}
        }
        for suppression in &finding.suppressions {
            let by = suppression
                .exception
                .as_ref()
                .map(|exception| format!(" ({}, until {}, {})", exception.owner, exception.expires, exception.place));
            let label = if by.is_some() { "exception" } else { "accepted" };
            self.aside(label, &format!("{}{}", suppression.justification, by.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// The entries of the policy that do not hold, which no single finding tells.
    fn reasons(&mut self, run: &Run) -> io::Result<()> {
        let limits = run.verdict.conditions().iter().filter(|condition| condition.limit.is_some());
        let told: Vec<String> = limits.map(Condition::describe_limit).collect();
        for reason in &told {
            self.put(RED, "policy")?;
            self.plain("  ")?;
            self.wrapped(Style::new(), reason, 8)?;
        }
        if told.is_empty() { Ok(()) } else { self.end_line() }
    }

    fn advice(&mut self, finding: &Finding) -> io::Result<()> {
        match &finding.rule.revoke {
            Some(place) => self.aside("revoke", &format!("it at {place}")),
            None => self.aside("fix", &first_sentence(&finding.rule.fix)),
        }
    }

    /// `text` and the end of its line; what goes beyond the width follows below, `indent` characters in.
    fn wrapped(&mut self, style: Style, text: &str, indent: usize) -> io::Result<()> {
        for (index, line) in lines(text, self.width.saturating_sub(indent)).into_iter().enumerate() {
            if index > 0 {
                self.plain(&" ".repeat(indent))?;
            }
            self.put(style, &line)?;
            self.end_line()?;
        }
        Ok(())
    }

    /// The line of code, its number beside it, the part that is meant underlined.
    fn frame(&mut self, line: u32, snippet: &Snippet, style: Style) -> io::Result<()> {
        let number = line.to_string();
        let Some(parts) = parts(snippet) else { return Ok(()) };
        let (before, marked, after) = fitted(parts, self.width.saturating_sub(number.len() + 7));
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
        self.plain(": ")?;
        self.wrapped(Style::new(), text, label.len() + 6)
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
            Verdict::Excepted(_) => (YELLOW, "passed by exception"),
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
        // `passed: 3 errors` would be a riddle.
        let harmless = counts.error > 0 && run.verdict.is_passed();
        let failing = if harmless { " (none fails the gate)".to_owned() } else { failing };
        let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
        parts.push(found + &failing);
        parts.extend(accepted(&counts, run.verdict.excepted()));
        if counts.unchanged > 0 {
            parts.push(format!("{} known before", grouped(counts.unchanged as u64)));
        }
        if counts.off > 0 {
            parts.push(format!("{} off by the policy", grouped(counts.off as u64)));
        }
        if counts.fixed > 0 {
            parts.push(format!("{} fixed", grouped(counts.fixed as u64)));
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

/// What someone accepted, and by which means.
fn accepted(counts: &Counts, failing: usize) -> Option<String> {
    let mut means = Vec::new();
    if counts.excepted > 0 {
        let would = if failing > 0 { format!(", {} of them failing", grouped(failing as u64)) } else { String::new() };
        means.push(format!("{} by exceptions{would}", grouped(counts.excepted as u64)));
    }
    if counts.suppressed_by_foreign_markers > 0 {
        means.push(format!("{} by other tools' markers", grouped(counts.suppressed_by_foreign_markers as u64)));
    }
    let means = if means.is_empty() { String::new() } else { format!(" ({})", means.join("; ")) };
    (counts.suppressed > 0).then(|| format!("{} accepted{means}", grouped(counts.suppressed as u64)))
}

/// The findings that fail the gate, by analysis.
fn failing(run: &Run) -> String {
    let tell = |condition: &Condition| {
        if let Some(limit) = &condition.limit {
            return limit.to_string();
        }
        let owner = condition.analysis.map_or("gate", |analysis| analysis.name());
        let place = condition.place.as_ref().map(|place| format!(" by {place}")).unwrap_or_default();
        format!("{} {owner}{place}", grouped(condition.count as u64))
    };
    run.verdict.conditions().iter().map(tell).collect::<Vec<_>>().join(", ")
}

fn looked_at(run: &Run) -> String {
    let mut seen = format!("{}, {}", plural(run.coverage.files, "file"), plural(run.coverage.lines, "line"));
    if run.coverage.packages > 0 {
        seen += &format!(", {}", plural(run.coverage.packages, "package"));
    }
    if run.coverage.objects > 0 {
        seen += &format!(", {} of the history", plural(run.coverage.objects, "object"));
    }
    seen
}

/// Notifications by kind, and what the configuration leaves out.
fn not_looked_at(run: &Run) -> Option<String> {
    let mut kinds: BTreeMap<NotificationKind, u64> = BTreeMap::new();
    for notification in run.notifications.iter().filter(|notification| notification.kind != NotificationKind::Note) {
        *kinds.entry(notification.kind).or_default() += 1;
    }
    let mut missed: Vec<String> = kinds.iter().map(|(kind, count)| counted(*kind, *count)).collect();
    if run.coverage.excluded > 0 {
        missed.push(format!("{} excluded", grouped(run.coverage.excluded)));
    }
    (!missed.is_empty()).then(|| missed.join(", "))
}

/// `3 unreadable`; of no input there is no number.
fn counted(kind: NotificationKind, count: u64) -> String {
    match kind {
        NotificationKind::NoInput => kind.describe().to_owned(),
        _ => format!("{} {}", grouped(count), kind.describe()),
    }
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

/// Of a line that is too long, what is around the highlight, whose start stays in view.
fn fitted((before, marked, after): (String, String, String), width: usize) -> (String, String, String) {
    let count = |text: &str| text.chars().count();
    let (left, middle) = (count(&before), count(&marked));
    if left + middle + count(&after) <= width {
        return (before, marked, after);
    }
    // At most a quarter of the width goes to what stands before, unless all the rest has room too.
    let skipped = if left + middle <= width.saturating_sub(1) { 0 } else { left.saturating_sub(width / 4) };
    let before = match skipped {
        0 => before,
        _ => format!("…{}", before.chars().skip(skipped + 1).collect::<String>()),
    };
    let mut room = width.saturating_sub(count(&before) + 1);
    if middle > room {
        return (before, marked.chars().take(room).chain(['…']).collect(), String::new());
    }
    room -= middle;
    let after = if count(&after) <= room + 1 { after } else { after.chars().take(room).chain(['…']).collect() };
    (before, marked, after)
}

/// `text` in lines of at most `width` characters, parted at blanks; a longer word has its line for itself.
fn lines(text: &str, width: usize) -> Vec<String> {
    if text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Control characters and those that reverse the reading direction become visible: no name or line of a scanned file moves
/// the cursor or starts a line. Tabs stay.
fn printable(text: &str) -> String {
    let is_hidden = |c: char| {
        (c.is_control() && c != '\t')
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(before: &str, marked: &str, after: &str, width: usize) -> String {
        let (before, marked, after) = fitted((before.to_owned(), marked.to_owned(), after.to_owned()), width);
        format!("{before}[{marked}]{after}")
    }

    #[test]
    fn a_long_line_is_cut_where_the_highlight_is_not() {
        assert_eq!(fit("ab", "cd", "ef", 6), "ab[cd]ef");
        assert_eq!(fit("ab", "cd", "efgh", 6), "ab[cd]e…");
        assert_eq!(fit("abcdefgh", "ij", "kl", 8), "…h[ij]kl");
        assert_eq!(fit("", "abcdefgh", "ij", 6), "[abcde…]");
        assert_eq!(fit("ééééé", "éééééé", "é", 8), "…é[ééééé…]");
        for width in 0..30 {
            let (before, marked, after) = fitted(("b".repeat(9), "m".repeat(7), "a".repeat(8)), width);
            assert!(before.len() + marked.len() + after.len() <= width.max(4) + 4, "{width}");
        }
    }

    #[test]
    fn words_are_kept_whole_and_nothing_is_lost() {
        assert_eq!(lines("one two  three", 7), ["one two", "three"]);
        assert_eq!(lines("a verylongword b", 5), ["a", "verylongword", "b"]);
        assert_eq!(lines("as it is", usize::MAX), ["as it is"]);
        assert_eq!(lines("", 5), [""]);
    }
}
