//! The report that a person reads: by file, each finding with its line of code, then one line that sums it up.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::clean::{leading, printable};
use super::{Detail, Format, Omitted, Options, words};
use crate::model::{
    BaselineState, Condition, Confidence, Finding, Level, Notification, Outcome, Run, Snippet, Verdict,
};

pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn describe(&self) -> &'static str {
        "for people"
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        let mut page = Page { out, color: options.color, width: options.width.unwrap_or(usize::MAX).max(LEAST_WIDTH) };
        if options.detail > Detail::Summary {
            page.findings(run, options.detail == Detail::Everything)?;
            page.reasons(run)?;
            page.notifications(run, options.detail == Detail::Everything)?;
        }
        page.summary(run, options.detail)?;
        Ok(None)
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
                self.put(PATH, &leading(path))?;
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
        let path = leading(finding.location.path.as_str());
        let mut facts = format!("{path}:{}:{}  {}", region.start_line, region.start_column, finding.rule.id);
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
            Some(place) => self.aside("revoke", place),
            None => self.aside("fix", &words::first_sentence(&finding.rule.fix)),
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
        let hint = if detail < Detail::Everything { " (-v lists them)" } else { "" };
        self.plain(&format!(": {}", words::facts(run, hint).join(" · ")))?;
        self.end_line()
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
