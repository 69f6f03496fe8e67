//! JUnit's XML, as Jenkins and GitLab read it: a suite for each analysis, in it a test for each finding. One that fails the gate
//! is a failure, one that somebody accepted is skipped, any other passes and tells what it is. The suite `gate` has the verdict
//! and what was not looked at. The shape is that of Jenkins' `junit-10.xsd`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::{Format, Omitted, Options, clean, rank, words};
use crate::model::{Analysis, Finding, Notification, NotificationKind, Run, Verdict};

pub struct JUnit;

impl Format for JUnit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn describe(&self) -> &'static str {
        "JUnit XML: a test for each finding, which fails where the gate does"
    }

    fn write(&self, run: &Run, _options: Options<'_>, out: &mut dyn Write) -> io::Result<Omitted> {
        let shown = run.findings.iter().filter_map(|finding| finding.rule.analysis());
        let analyses: BTreeSet<Analysis> = run.analyses.iter().copied().chain(shown).collect();
        let suites: Vec<(Analysis, Tally)> =
            analyses.into_iter().map(|one| (one, Tally::of(of_analysis(run, Some(one)).map(result)))).collect();
        let told = std::iter::once(verdict_result(run)).chain(missed(run).map(|told| missed_result(run, told)));
        let own = Tally::of(told.chain(of_analysis(run, None).map(result)));
        let mut total = own;
        suites.iter().for_each(|(_, tally)| total.add(*tally));
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        let Tally { tests, failures, errors, .. } = total;
        writeln!(out, "<testsuites name=\"gate\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">")?;
        for (analysis, tally) in suites {
            open_suite(out, analysis.name(), tally)?;
            of_analysis(run, Some(analysis)).try_for_each(|finding| case_of_finding(out, finding))?;
            writeln!(out, "  </testsuite>")?;
        }
        open_suite(out, "gate", own)?;
        own_suite(run, out)?;
        writeln!(out, "  </testsuite>\n</testsuites>")?;
        Ok(None)
    }
}

/// The verdict, what was not looked at, and findings about the use of the tool itself.
fn own_suite(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let verdict = words::verdict(&run.verdict);
    let facts = format!("{verdict}: {}", words::facts(run, "").join(" · "));
    let text = [vec![facts], words::reasons(run)].concat().join("\n");
    case(out, "gate", "verdict", verdict_result(run), verdict, &text)?;
    for told in missed(run) {
        let path = told.path.as_ref().map_or("gate", |path| path.as_str());
        case(out, path, told.kind.describe(), missed_result(run, told), &told.message, &told.message)?;
    }
    of_analysis(run, None).try_for_each(|finding| case_of_finding(out, finding))
}

/// What became of a test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TestResult {
    Passed,
    Failed,
    Error,
    Skipped,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Tally {
    fn of(results: impl Iterator<Item = TestResult>) -> Tally {
        let mut tally = Tally::default();
        for result in results {
            tally.tests += 1;
            tally.failures += usize::from(result == TestResult::Failed);
            tally.errors += usize::from(result == TestResult::Error);
            tally.skipped += usize::from(result == TestResult::Skipped);
        }
        tally
    }

    fn add(&mut self, other: Tally) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

fn of_analysis(run: &Run, analysis: Option<Analysis>) -> impl Iterator<Item = &Finding> {
    let is_shown = move |finding: &&Finding| finding.is_suppressed() || rank::is_open(finding);
    run.findings.iter().filter(is_shown).filter(move |finding| finding.rule.analysis() == analysis)
}

fn missed(run: &Run) -> impl Iterator<Item = &Notification> {
    run.notifications.iter().filter(|told| told.kind != NotificationKind::Note)
}

fn result(finding: &Finding) -> TestResult {
    match finding {
        _ if finding.fails() => TestResult::Failed,
        _ if finding.is_suppressed() => TestResult::Skipped,
        _ => TestResult::Passed,
    }
}

fn verdict_result(run: &Run) -> TestResult {
    match run.verdict {
        Verdict::Passed | Verdict::Excepted(_) => TestResult::Passed,
        Verdict::Failed(_) => TestResult::Failed,
        Verdict::Incomplete(_) => TestResult::Error,
    }
}

fn missed_result(run: &Run, told: &Notification) -> TestResult {
    if told.kind.is_incomplete() && run.verdict.doubts() > 0 { TestResult::Error } else { TestResult::Skipped }
}

fn open_suite(out: &mut dyn Write, name: &str, tally: Tally) -> io::Result<()> {
    let Tally { tests, failures, errors, skipped } = tally;
    writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
    )
}

fn case_of_finding(out: &mut dyn Write, finding: &Finding) -> io::Result<()> {
    let region = &finding.location.region;
    let path = finding.location.path.as_str();
    let place = format!("{path}:{}:{}", region.start_line, region.start_column);
    let name = format!("{} at {}:{}", finding.rule.id, region.start_line, region.start_column);
    let mut text = format!("{}: {}\n{place}\n", finding.level, finding.message);
    if let Some(origin) = &finding.origin {
        text += &format!("in the history: {}\n", origin.describe());
    }
    if !finding.snippet.line.trim().is_empty() {
        text += &format!("    {}\n", finding.snippet.line.trim());
    }
    text += &words::advice(&finding.rule);
    let reasons = finding.suppressions.iter().map(|suppression| {
        let kind = if suppression.exception.is_some() { "exception" } else { "accepted" };
        format!("{kind}: {}", suppression.justification)
    });
    let reasons: Vec<String> = reasons.collect();
    let message = if reasons.is_empty() { finding.message.clone() } else { reasons.join("; ") };
    case(out, path, &name, result(finding), &message, &text)
}

fn case(out: &mut dyn Write, class: &str, name: &str, result: TestResult, message: &str, text: &str) -> io::Result<()> {
    writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", attribute(class), attribute(name))?;
    let text = escaped(text);
    let element = match result {
        TestResult::Passed => {
            writeln!(out, "      <system-out>{text}</system-out>\n    </testcase>")?;
            return Ok(());
        }
        TestResult::Failed => "failure",
        TestResult::Error => "error",
        TestResult::Skipped => "skipped",
    };
    writeln!(out, "      <{element} message=\"{}\">{text}</{element}>\n    </testcase>", attribute(message))
}

fn attribute(text: &str) -> String {
    escaped(&clean::one_line(text))
}

/// Text of an element or an attribute; what XML cannot hold becomes visible, and no line is a command to the build system.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean::without_commands(text.to_owned()).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            // GitHub takes a line that starts with two colons for a command.
            ':' if out.trim_end_matches([' ', '\t']).ends_with('\n') => out.push_str("&#58;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if clean::is_hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escaped("a ::b\n \t::c"), "a ::b\n \t&#58;:c");
        assert_eq!(
            escaped("a<b>&\"c'\u{0}\u{1b}\u{ffff}\r\nd]]>"),
            "a&lt;b&gt;&amp;&quot;c'\u{fffd}\u{fffd}\u{fffd}\u{fffd}\nd]]&gt;"
        );
        assert_eq!(attribute("a\n\tb"), "a b");
    }
}
