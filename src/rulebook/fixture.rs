//! Annotated examples of rules: what must be found and what must not, in the language of the fixture itself.
//!
//! A comment `ruleid: group/slug` says that the rule finds the next line, `ok: group/slug` that it does not; any comment
//! marker will do, several annotations may stand above one line, and words after the ids are for the reader. A finding
//! on a line that no `ruleid` announces is a fault.
//!
//! Secrets are never written out: `{{alnum:30}}` and its like are filled from a generator whose seed is the rule and the
//! line, so that a fixture reads the same in every run.

use super::template::{Random, expand_line};

/// A fixture, ready to be analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// The text with its templates filled in; a template of several lines moves the lines below it.
    pub text: String,
    pub expectations: Vec<Expectation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    pub rule: String,
    /// In the expanded text, from 1.
    pub line: u32,
    /// `ruleid` or `ok`.
    pub found: bool,
}

/// Reads the annotations of `source` and fills in its templates; the error names the line of a template it does not know.
pub fn expand(source: &str) -> Result<Fixture, String> {
    let mut fixture = Fixture { text: String::with_capacity(source.len()), expectations: Vec::new() };
    let mut pending: Vec<(String, bool)> = Vec::new();
    let mut out_line = 1u32;
    for (index, line) in source.split_inclusive('\n').enumerate() {
        if let Some((found, ids)) = annotation(line) {
            // Not quoted: what is no id may be anything.
            if !ids.iter().all(|id| is_id(id)) {
                return Err(format!("line {}: an annotation names rules by their ids, <group>/<slug>", index + 1));
            }
            pending.extend(ids.into_iter().map(|id| (id, found)));
            fixture.text.push_str(line);
            out_line += 1;
            continue;
        }
        if line.trim().is_empty() && !pending.is_empty() {
            return Err(format!("line {}: an annotation must stand right above its line", index + 1));
        }
        let seed = pending.first().map_or("", |(rule, _)| rule.as_str());
        let expanded = expand_line(line, &mut Random::new(seed, index as u64))
            .map_err(|message| format!("line {}: {message}", index + 1))?;
        fixture.expectations.extend(pending.drain(..).map(|(rule, found)| Expectation { rule, line: out_line, found }));
        out_line += expanded.matches('\n').count() as u32;
        fixture.text.push_str(&expanded);
    }
    match pending.first() {
        Some((rule, _)) => Err(format!("the last annotation, for `{rule}`, has no line below it")),
        None => Ok(fixture),
    }
}

/// What differs between the expectations and the findings (rule id, 1-based line), as sentences; empty when all is well.
pub fn compare(fixture: &Fixture, findings: &[(String, u32)]) -> Vec<String> {
    let mut faults = Vec::new();
    for wanted in &fixture.expectations {
        let is_found = findings.iter().any(|(rule, line)| *rule == wanted.rule && *line == wanted.line);
        if wanted.found && !is_found {
            faults
                .push((wanted.line, format!("line {}: `{}` should find this and does not", wanted.line, wanted.rule)));
        } else if !wanted.found && is_found {
            faults.push((wanted.line, format!("line {}: `{}` must not find this", wanted.line, wanted.rule)));
        }
    }
    for (rule, line) in findings {
        if !fixture.expectations.iter().any(|wanted| wanted.rule == *rule && wanted.line == *line) {
            faults.push((*line, format!("line {line}: `{rule}` finds something here that no annotation speaks of")));
        }
    }
    faults.sort();
    faults.dedup();
    faults.into_iter().map(|(_, fault)| fault).collect()
}

fn is_id(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.split_once('/').is_some_and(|(group, slug)| is_part(group) && is_part(slug))
}

const COMMENT_MARKERS: &[&str] = &["<!--", "{/*", "//", "/*", "--", "#", ";", "%", "*"];

/// `Some((must it be found, rule ids))` if the line is an annotation.
fn annotation(line: &str) -> Option<(bool, Vec<String>)> {
    let trimmed = line.trim_start();
    let rest = COMMENT_MARKERS.iter().find_map(|marker| trimmed.strip_prefix(marker))?.trim_start();
    let (found, rest) = match rest.strip_prefix("ruleid:") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("ok:")?),
    };
    let mut ids = Vec::new();
    for word in rest.split_whitespace() {
        let more = word.ends_with(',');
        ids.extend(word.split(',').filter(|id| !id.is_empty()).map(str::to_owned));
        if !more {
            break;
        }
    }
    (!ids.is_empty()).then_some((found, ids))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::encoding::crc32_base62;
    use super::*;

    #[test]
    fn annotations_count_for_the_next_line_in_any_comment_syntax() {
        let source = "x\n# ruleid: a/b\n// ok: a/c, a/d  (because)\ny\n<!-- ruleid: a/e -->\nz\n/* no annotation */\n";
        let fixture = expand(source).unwrap();
        let of = |rule: &str, line, found| Expectation { rule: rule.to_owned(), line, found };
        assert_eq!(
            fixture.expectations,
            [of("a/b", 4, true), of("a/c", 4, false), of("a/d", 4, false), of("a/e", 6, true)]
        );
        assert_eq!(fixture.text, source);
    }

    #[test]
    fn templates_expand_the_same_every_time_and_differ_between_lines() {
        let source = "t = x_{{alnum:30}}{{crc32-base62-6}} {{ not.ours }} ${{ secrets.X }}\nt = x_{{alnum:30}}\n";
        let first = expand(source).unwrap();
        assert_eq!(first, expand(source).unwrap());
        let lines: Vec<&str> = first.text.lines().collect();
        assert!(lines[0].ends_with(" {{ not.ours }} ${{ secrets.X }}"));
        let token = &lines[0][6..42];
        assert_eq!(crc32_base62(&token.as_bytes()[..30]), token[30..]);
        assert_ne!(lines[0][6..36], lines[1][6..36]);
        assert!(expand("{{nonsense:3}}").unwrap_err().contains("line 1"));
    }

    #[test]
    fn a_template_of_several_lines_moves_what_follows() {
        let fixture = expand("# ruleid: a/b\n{{pem:PRIVATE KEY}}\n# ok: a/c\nx\n").unwrap();
        let lines: Vec<&str> = fixture.text.lines().collect();
        assert_eq!(fixture.expectations[0].line, 2);
        assert_eq!(lines[fixture.expectations[1].line as usize - 1], "x");
    }

    #[test]
    fn every_difference_is_told() {
        let fixture = expand("# ruleid: a/b\nx\n# ok: a/b\ny\nz\n").unwrap();
        assert!(compare(&fixture, &[("a/b".to_owned(), 2)]).is_empty());
        let faults = compare(&fixture, &[("a/b".to_owned(), 4), ("a/c".to_owned(), 5)]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("line 2") && faults[1].contains("line 4") && faults[2].contains("line 5"));
    }
}
