//! Markdown for the summary of a workflow's step and for a comment on a pull request. What comes from the repository is text
//! there and nothing else: no markup, no link, nobody's name called.

use std::io::{self, Write};

use super::{Counts, Format, Omitted, Options, clean, rank, words};
use crate::model::{BaselineState, Finding, Level, Notification, NotificationKind, Run, Snippet};

/// For one place that limits how much it takes.
pub struct Markdown {
    name: &'static str,
    description: &'static str,
    /// In bytes.
    limit: usize,
}

/// GitHub drops a step's summary over 1,024 KiB without a word.
pub const SUMMARY: Markdown = Markdown {
    name: "markdown",
    description: "a page for the summary of a workflow's step, up to 1,000 KiB",
    limit: 1_000 * 1024,
};

/// GitHub refuses a comment of more than 65,536 characters; no other host takes less.
pub const COMMENT: Markdown = Markdown {
    name: "markdown-comment",
    description: "the same for a comment on a pull request, up to 64 KiB",
    limit: 65_536,
};

/// By this a later run finds the comment of an earlier one, to write over it.
const MARK: &str = "<!-- gate-report -->";

/// A longer message or line of code is cut.
const LONGEST_MESSAGE: usize = 400;
const LONGEST_CODE: usize = 160;
/// With every analysis failing and all kinds of gaps they have some 500 characters; each entry of a policy adds to them.
const LONGEST_FACTS: usize = 1_000;
/// What the line about omitted rows takes at most.
const ROOM_FOR_OMITTED: usize = 200;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> &'static str {
        self.description
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        // The reasons, what was accepted and what was not looked at have an eighth each; what they leave goes to the findings.
        let head = head(run, self.limit / 8);
        let foot = foot(options);
        let accepted = accepted(run).written(self.limit / 8);
        let missed = missed(run).written(self.limit / 8);
        let others = [&head, &accepted.text, &missed.text, &foot].map(|text| text.len()).iter().sum::<usize>();
        let findings = findings(run, options).written(self.limit.saturating_sub(others));
        for part in [&head, &findings.text, &accepted.text, &missed.text, &foot] {
            out.write_all(part.as_bytes())?;
        }
        let omitted = findings.omitted + accepted.omitted + missed.omitted;
        Ok((omitted > 0).then(|| {
            format!(
                "{} of the {} report did not fit into its {} KiB",
                words::plural(omitted as u64, "line"),
                self.name,
                self.limit / 1024
            )
        }))
    }
}

/// A table, row by row.
struct Section<'a> {
    title: &'static str,
    header: &'static [&'static str],
    rows: Box<dyn Iterator<Item = String> + 'a>,
    count: usize,
}

struct Written {
    text: String,
    omitted: usize,
}

impl Section<'_> {
    /// As many rows as there is room for, in bytes; nothing at all without rows.
    fn written(self, room: usize) -> Written {
        let mut text =
            format!("### {}\n\n| {} |\n|{}\n", self.title, self.header.join(" | "), "---|".repeat(self.header.len()));
        let room = room.saturating_sub(ROOM_FOR_OMITTED);
        let mut written = 0;
        for row in self.rows {
            if text.len() + row.len() > room {
                break;
            }
            text += &row;
            written += 1;
        }
        let omitted = self.count - written;
        if omitted > 0 {
            text += &format!(
                "\n*{} more left out: there is no more room here. The other reports have them.*\n",
                words::grouped(omitted as u64)
            );
        }
        text.push('\n');
        if self.count == 0 { Written { text: String::new(), omitted: 0 } } else { Written { text, omitted } }
    }
}

/// The verdict, and as many reasons as there is room for, in bytes.
fn head(run: &Run, room: usize) -> String {
    let facts = inert(&clean::cut(&words::facts(run, "").join(" · "), LONGEST_FACTS));
    let mut text = format!("{MARK}\n## gate: {}\n\n{facts}\n\n", words::verdict(&run.verdict));
    let counts = Counts::of(run);
    if run.findings.iter().any(|finding| finding.baseline.is_some()) || counts.fixed > 0 {
        let new = counts.error + counts.warning + counts.note;
        let parts = [(new, "new"), (counts.unchanged, "known before"), (counts.fixed, "fixed")];
        let parts = parts.map(|(count, what)| format!("**{}** {what}", words::grouped(count as u64)));
        text += &format!("Against the baseline: {}.\n\n", parts.join(", "));
    }
    let reasons = words::reasons(run);
    for (index, reason) in reasons.iter().enumerate() {
        let line = format!("- {}\n", inert(&clean::cut(reason, LONGEST_MESSAGE)));
        if text.len() + line.len() > room.saturating_sub(ROOM_FOR_OMITTED) {
            text += &format!("- and {} more\n", reasons.len() - index);
            break;
        }
        text += &line;
    }
    if !reasons.is_empty() {
        text.push('\n');
    }
    text
}

fn findings<'a>(run: &'a Run, options: Options<'_>) -> Section<'a> {
    let findings = rank::gravest_first(run, options.detail);
    let count = findings.len();
    let rows = Box::new(findings.into_iter().map(finding));
    Section { title: "Findings", header: &["", "where", "what", "rule"], rows, count }
}

fn finding(finding: &Finding) -> String {
    let level = if finding.level == Level::None { Level::Note } else { finding.level };
    let level = if finding.fails() { format!("**{level}**, fails") } else { level.to_string() };
    let state = match finding.baseline {
        Some(BaselineState::New) => ", new",
        Some(BaselineState::Updated) => ", worse",
        Some(BaselineState::Unchanged) => ", known",
        Some(BaselineState::Absent) | None => "",
    };
    let mut what = inert(&clean::cut(&finding.message, LONGEST_MESSAGE));
    if let Some(code) = code(&finding.snippet) {
        what += &format!("<br><code>{code}</code>");
    }
    if let Some(origin) = &finding.origin {
        what += &format!("<br>in the history: {}", inert(&clean::cut(&origin.describe(), LONGEST_MESSAGE)));
    }
    what += &format!("<br>{}", inert(&words::advice(&finding.rule)));
    format!("| {level}{state} | {} | {what} | {} |\n", place(finding), inert(finding.rule.id.as_str()))
}

fn place(finding: &Finding) -> String {
    let path = inert(&clean::cut(finding.location.path.as_str(), LONGEST_MESSAGE));
    format!("{path}:{}", finding.location.region.start_line)
}

/// The line, or, where it is long, the part that is meant.
fn code(snippet: &Snippet) -> Option<String> {
    let line = snippet.line.trim();
    let code = if line.chars().count() <= LONGEST_CODE { line } else { snippet.marked()?.trim() };
    (!code.is_empty()).then(|| inert(&clean::cut(code, LONGEST_CODE)))
}

fn accepted(run: &Run) -> Section<'_> {
    let is_accepted = |finding: &&Finding| finding.is_suppressed();
    let rows = run.findings.iter().filter(is_accepted).map(|finding| {
        let reasons = finding.suppressions.iter().map(|suppression| {
            let by = suppression.exception.as_ref();
            let by = by.map(|by| format!(" ({}, until {}, {})", by.owner, by.expires, by.place)).unwrap_or_default();
            inert(&clean::cut(&format!("{}{by}", suppression.justification), LONGEST_MESSAGE))
        });
        let reasons: Vec<String> = reasons.collect();
        format!("| {} | {} | {} |\n", place(finding), inert(finding.rule.id.as_str()), reasons.join("<br>"))
    });
    let count = run.findings.iter().filter(is_accepted).count();
    Section { title: "Accepted", header: &["where", "rule", "reason"], rows: Box::new(rows), count }
}

fn missed(run: &Run) -> Section<'_> {
    let is_missed = |notification: &&Notification| notification.kind != NotificationKind::Note;
    let rows = run.notifications.iter().filter(is_missed).map(|notification| {
        let place = match (&notification.path, notification.line) {
            (Some(path), Some(line)) => format!("{}:{line}", inert(&clean::cut(path.as_str(), LONGEST_MESSAGE))),
            (Some(path), None) => inert(&clean::cut(path.as_str(), LONGEST_MESSAGE)),
            (None, _) => String::new(),
        };
        let message = inert(&clean::cut(&notification.message, LONGEST_MESSAGE));
        format!("| {place} | {} | {message} |\n", notification.kind.describe())
    });
    let count = run.notifications.iter().filter(is_missed).count();
    Section { title: "Not looked at", header: &["where", "why", ""], rows: Box::new(rows), count }
}

fn foot(options: Options<'_>) -> String {
    let run = options.run_id.map(|id| format!(", run {}", inert(id))).unwrap_or_default();
    format!("<sub>gate {}{run}</sub>\n", env!("CARGO_PKG_VERSION"))
}

/// `text` on one line, as text: what Markdown or HTML would read is escaped; what GitHub and GitLab look for in the rendered
/// text (people, issues, addresses) is parted by a character without width.
fn inert(text: &str) -> String {
    const JOINER: char = '\u{2060}';
    let line = clean::one_line(text);
    let mut out = String::with_capacity(line.len() + 16);
    let mut rest = line.as_str();
    while let Some(c) = rest.chars().next() {
        let next = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '$' => out.push_str("&#36;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '~' => out.extend(['\\', c]),
            _ => out.push(c),
        }
        let calls = "@#!%~&$^".contains(c) && next.starts_with(|c: char| c.is_alphanumeric() || "\"_[{".contains(c));
        let links = c == ':' && next.starts_with("//") || is_www(&out) && next.starts_with('.');
        if calls || links {
            out.push(JOINER);
        }
        rest = next;
    }
    out
}

fn is_www(before: &str) -> bool {
    before.len() >= 3 && before.get(before.len() - 3..).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_repository_is_text() {
        for (text, written) in [
            ("a | b", "a &#124; b"),
            ("`code` *b* _i_ ~s~", "\\`code\\` \\*b\\* \\_i\\_ \\~\u{2060}s\\~"),
            ("<img src=x onerror=1>", "&lt;img src=x onerror=1&gt;"),
            ("[a](javascript:b) ![c](d)", "\\[a\\](javascript:b) \\!\u{2060}\\[c\\](d)"),
            ("@octocat fixes #12", "@\u{2060}octocat fixes \\#\u{2060}12"),
            ("https://example.com www.example.com", "https:\u{2060}//example.com www\u{2060}.example.com"),
            ("a\r\nb\t\u{1b}[31m", "a b \u{fffd}\\[31m"),
            ("$x^2$ &amp;", "&#36;\u{2060}x^\u{2060}2&#36; &amp;\u{2060}amp;"),
        ] {
            assert_eq!(inert(text), written);
        }
    }
}
