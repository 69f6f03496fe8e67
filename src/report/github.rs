//! Annotations of a GitHub workflow: what stands beside the lines of a pull request and on the page of the run.
//! The syntax is that of GitHub's "Workflow commands"; GitHub shows ten of each kind a step and drops the others.

use std::io::{self, Write};

use super::{Format, Omitted, Options, clean, rank, words};
use crate::model::{Finding, Level, Notification, Run};

pub struct GitHub;

/// GitHub shows so many annotations of each kind a step.
const MOST: usize = 10;

impl Format for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn describe(&self) -> &'static str {
        "annotations of a GitHub workflow, 10 of each kind"
    }

    fn write(&self, run: &Run, options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        let findings = rank::gravest_first(run, options.detail);
        let failing = findings.iter().take_while(|finding| finding.fails()).count();
        let (failing, others) = findings.split_at_checked(failing).unwrap_or_default();
        let doubts = run.notifications.iter().filter(|notification| notification.kind.is_incomplete());
        let mut counts = Counts::default();
        let annotations = (failing.iter().map(|finding| of_finding(finding)))
            .chain(doubts.map(|notification| of_doubt(run, notification)))
            .chain(others.iter().map(|finding| of_finding(finding)));
        for annotation in annotations {
            if counts.has_room_for(annotation.kind) {
                annotation.write(out)?;
            }
        }
        let facts = clean::one_line(&words::facts(run, "").join(" · "));
        writeln!(out, "gate {}: {facts}{}", words::verdict(&run.verdict), counts.left_out())?;
        Ok(None)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

/// Of each kind, how many there are.
#[derive(Default)]
struct Counts([usize; 3]);

impl Counts {
    fn has_room_for(&mut self, kind: Kind) -> bool {
        let [errors, warnings, notices] = &mut self.0;
        let count = match kind {
            Kind::Error => errors,
            Kind::Warning => warnings,
            Kind::Notice => notices,
        };
        *count += 1;
        *count <= MOST
    }

    fn left_out(&self) -> String {
        let more = self.0.iter().zip(["error", "warning", "notice"]).filter(|(count, _)| **count > MOST);
        let more: Vec<String> = more.map(|(count, name)| words::plural((count - MOST) as u64, name)).collect();
        match more.as_slice() {
            [] => String::new(),
            more => format!(" · without an annotation, as GitHub shows {MOST} of each kind: {} more", more.join(", ")),
        }
    }
}

struct Annotation {
    kind: Kind,
    /// Name and value, as they are.
    properties: Vec<(&'static str, String)>,
    message: String,
}

impl Annotation {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let name = match self.kind {
            Kind::Error => "error",
            Kind::Warning => "warning",
            Kind::Notice => "notice",
        };
        let properties = self.properties.iter().map(|(name, value)| format!("{name}={}", property(value)));
        let properties: Vec<String> = properties.collect();
        writeln!(out, "::{name} {}::{}", properties.join(","), data(&self.message))
    }
}

fn of_finding(finding: &Finding) -> Annotation {
    let kind = match finding.level {
        Level::Error => Kind::Error,
        Level::Warning => Kind::Warning,
        Level::Note | Level::None => Kind::Notice,
    };
    let mut properties = Vec::new();
    let mut message = finding.message.clone();
    match &finding.origin {
        // There is no line in the files of today to show it beside.
        Some(origin) => {
            message = format!("{}: {message} (in the history: {})", finding.location.path, origin.describe())
        }
        None => properties.extend(place(finding)),
    }
    properties.push(("title", finding.rule.id.to_string()));
    message += &format!("\n{}", words::advice(&finding.rule));
    Annotation { kind, properties, message }
}

fn place(finding: &Finding) -> Vec<(&'static str, String)> {
    let region = &finding.location.region;
    let mut place = vec![
        ("file", finding.location.path.to_string()),
        ("line", region.start_line.max(1).to_string()),
        ("endLine", region.end_line.max(region.start_line).max(1).to_string()),
    ];
    // GitHub takes columns for parts of one line only.
    if region.start_line == region.end_line && region.start_column < region.end_column {
        place.push(("col", region.start_column.to_string()));
        place.push(("endColumn", region.end_column.to_string()));
    }
    place
}

fn of_doubt(run: &Run, doubt: &Notification) -> Annotation {
    let kind = if run.verdict.doubts() > 0 { Kind::Error } else { Kind::Warning };
    let mut properties = Vec::new();
    properties.extend(doubt.path.as_ref().map(|path| ("file", path.to_string())));
    properties.extend(doubt.line.map(|line| ("line", line.max(1).to_string())));
    properties.push(("title", format!("gate: {}", doubt.kind.describe())));
    Annotation { kind, properties, message: doubt.message.clone() }
}

/// What follows the second pair of colons.
fn data(text: &str) -> String {
    escaped(text, false)
}

/// The value of a property, which a comma or a colon would end.
fn property(text: &str) -> String {
    escaped(text, true)
}

fn escaped(text: &str, is_property: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if is_property => out.push_str("%3A"),
            ',' if is_property => out.push_str("%2C"),
            c if c != '\t' && clean::is_hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_property_or_a_command_early() {
        assert_eq!(data("100%: a, b\r\n::error::c"), "100%25: a, b%0D%0A::error::c");
        assert_eq!(property("a,b:c%\nd\u{1b}"), "a%2Cb%3Ac%25%0Ad\u{fffd}");
    }
}
