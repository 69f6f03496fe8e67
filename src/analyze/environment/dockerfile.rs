//! The variables that a Dockerfile sets in the image that it ends with.

use super::setting::Setting;

struct Stage<'t> {
    base: &'t str,
    alias: &'t str,
    settings: Vec<Setting>,
}

/// Whether a file of this name is one.
pub fn is_dockerfile(file_name: &str) -> bool {
    let lower = file_name.to_ascii_lowercase();
    lower == "dockerfile"
        || lower == "containerfile"
        || lower.starts_with("dockerfile.")
        || lower.ends_with(".dockerfile")
}

/// What `ENV` sets in the last stage and in those that it is built from; of a stage that is named for development, nothing.
pub fn settings(text: &str) -> Vec<Setting> {
    let mut stages: Vec<Stage<'_>> = Vec::new();
    for (start, instruction) in instructions(text) {
        let trimmed = instruction.trim_start();
        let Some((keyword, rest)) = trimmed.split_once(char::is_whitespace) else { continue };
        let at = start + instruction.len() - rest.len();
        if keyword.eq_ignore_ascii_case("FROM") {
            let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
            let alias =
                words.iter().position(|word| word.eq_ignore_ascii_case("as")).and_then(|as_| words.get(as_ + 1));
            let base = words.first().copied().unwrap_or_default();
            stages.push(Stage { base, alias: alias.copied().unwrap_or_default(), settings: Vec::new() });
        } else if keyword.eq_ignore_ascii_case("ENV")
            && let Some(stage) = stages.last_mut()
        {
            stage.settings.extend(pairs(rest, at));
        }
    }
    let mut found: Vec<Setting> = Vec::new();
    let mut at = stages.len().checked_sub(1);
    while let Some(stage) = at.and_then(|at| stages.get(at)) {
        let is_for_work =
            ["dev", "test", "debug", "local"].iter().any(|word| stage.alias.to_ascii_lowercase().contains(word));
        if is_for_work {
            break;
        }
        // What a later stage sets anew counts.
        let new = stage.settings.iter().rev().filter(|one| !one.name.is_empty());
        for setting in new {
            if !found.iter().any(|other| other.name == setting.name) {
                found.push(setting.clone());
            }
        }
        let before = at.unwrap_or(0);
        at = stages.get(..before).and_then(|earlier| {
            earlier.iter().rposition(|other| !other.alias.is_empty() && other.alias.eq_ignore_ascii_case(stage.base))
        });
    }
    found.sort_by_key(|setting| setting.span.start);
    found
}

/// The instructions, each with the byte that it starts at; lines that end in `\` go on, comments between them are part of none.
fn instructions(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut offset, mut start, mut is_open) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        let from = offset;
        offset += line.len();
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if !is_open {
            start = from;
        }
        is_open = trimmed.ends_with('\\');
        if !is_open {
            found.push((start, text.get(start..offset).unwrap_or_default()));
        }
    }
    found
}

/// `A=1 B="two words"`, or `A 1` of old; `text` starts at byte `start`.
fn pairs(text: &str, start: usize) -> Vec<Setting> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let rest = text.trim_start();
        let value = rest.get(first.len()..).unwrap_or_default().trim();
        let at = start + text.find(value).unwrap_or(0);
        return vec![Setting { name: first.to_owned(), value: value.to_owned(), span: at..at + value.len() }];
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = text.get(at..).and_then(|rest| rest.find(|c: char| c.is_alphanumeric() || c == '_')) {
        let from = at + length;
        let rest = text.get(from..).unwrap_or_default();
        // A comment between the lines.
        if text.get(..from).is_some_and(|before| before.trim_end_matches([' ', '\t']).ends_with('#')) {
            at = from + rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let Some((name, value)) = rest.split_once('=').filter(|(name, _)| !name.contains(char::is_whitespace)) else {
            break;
        };
        let value_at = from + name.len() + 1;
        let (inner, skip) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => (value.get(1..).and_then(|it| it.split(quote).next()).unwrap_or_default(), 1),
            _ => (value.split(char::is_whitespace).next().unwrap_or_default(), 0),
        };
        let span = start + value_at + skip..start + value_at + skip + inner.len();
        found.push(Setting { name: name.to_owned(), value: inner.to_owned(), span });
        at = value_at + 2 * skip + inner.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        let settings = settings(text);
        settings.iter().for_each(|one| assert_eq!(text.get(one.span.clone()), Some(one.value.as_str())));
        settings.into_iter().map(|one| (one.name, one.value)).collect()
    }

    #[test]
    fn what_the_last_image_has_is_set() {
        let text = "FROM node AS build\nENV NODE_ENV=development\nFROM build AS base\nENV A=1 B=\"two words\" \\\n  # c\n  C='3'\n\
                    FROM node AS other\nENV X=1\nFROM base\nENV A=2\nENV OLD some value\n";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found(text),
            [
                pair("NODE_ENV", "development"),
                pair("B", "two words"),
                pair("C", "3"),
                pair("A", "2"),
                pair("OLD", "some value")
            ]
        );
    }

    #[test]
    fn stages_for_work_set_nothing() {
        assert_eq!(found("FROM node AS dev\nENV NODE_ENV=development\n"), []);
        assert_eq!(
            found("FROM node AS builder\nENV NODE_ENV=development\nFROM alpine\nCOPY --from=builder /a /a\n"),
            []
        );
        assert_eq!(found("ENV A=1\n"), []);
        assert_eq!(found("FROM a\nENV A=\\\n"), []);
    }
}
