//! Finds the inline directives of a text: `gate:allow RULE[,RULE…] reason`, inside a comment.

use std::ops::Range;

use memchr::memmem;

use super::Directive;
use crate::model::RelPath;

const MARK: &str = "gate:allow";

/// What opens a comment somewhere, or continues one.
const COMMENT_TOKENS: &[&str] = &["#", "//", "--", ";", "<!--", "/*", "*", "%"];

/// What starts with a comment token and is none: attributes and preprocessor lines.
const NOT_COMMENTS: &[&str] = &["#[", "#![", "#define", "#include", "#if", "#else", "#endif", "#pragma"];

/// The directives of `text`, in their order. `is_comment` says whether a byte range lies within a comment; where there is no
/// syntax tree to ask, [`looks_like_comment`] answers.
pub fn directives(path: &RelPath, text: &str, is_comment: impl Fn(Range<usize>) -> bool) -> Vec<Directive> {
    let mut found = Vec::new();
    let (mut line, mut counted) = (1u32, 0);
    for start in memmem::find_iter(text.as_bytes(), MARK) {
        line += text[counted..start].matches('\n').count() as u32;
        counted = start;
        let end = start + MARK.len();
        // In backticks or within a word it is prose about directives.
        let stands_alone = !text[..start].ends_with(|c: char| c.is_alphanumeric() || "`\"'_-".contains(c));
        if !stands_alone || !is_comment(start..end) {
            continue;
        }
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let (body, _) = split_comment_end(&text[end..line_end]);
        let Some((rules, reason)) = parse(body) else { continue };
        let target_line = target_line(text, line, start, &is_comment);
        let span = start..end + body.trim_end().len();
        found.push(Directive { path: path.clone(), line, target_line, rules, reason, span, foreign: None });
    }
    found
}

/// The line that the comment at `start` in line `line` speaks of: its own, or the next one of code where it has the line for itself.
pub fn target_line(text: &str, line: u32, start: usize, is_comment: &impl Fn(Range<usize>) -> bool) -> u32 {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let (_, after) = split_comment_end(&text[start..line_end]);
    let owns_line = after.is_empty() && is_comment_start(&text[line_start..start]);
    if owns_line { line + next_code_line(text, line_end, is_comment) } else { line }
}

/// Whether the line of `range` opens a comment before its end: a guess for files without a grammar.
pub fn looks_like_comment(text: &str, range: Range<usize>) -> bool {
    let Some(before) = text.get(..range.end) else { return false };
    let line = before.rsplit('\n').next().unwrap_or(before);
    COMMENT_TOKENS.iter().any(|token| line.match_indices(token).any(|(at, _)| opens_comment(token, &line[..at])))
}

/// Whether `token` may open a comment after `before`, the start of its line.
fn opens_comment(token: &str, before: &str) -> bool {
    // After an odd number of quotes it stands in a string.
    if before.matches(['"', '`']).count() % 2 == 1 {
        return false;
    }
    match token {
        // A lone star is multiplication unless it continues a block comment.
        "*" => before.trim().is_empty(),
        "#" | ";" | "%" => before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || "{;,".contains(c)),
        _ => true,
    }
}

/// The rule ids and the reason; `None` where no id follows.
fn parse(body: &str) -> Option<(Vec<String>, String)> {
    // Something must part the mark from the ids, or it is another word.
    let mut rest = body.strip_prefix([' ', '\t', ':'])?.trim_start();
    let mut rules = Vec::new();
    loop {
        let end = rest.find(|c: char| c.is_whitespace() || ",:".contains(c)).unwrap_or(rest.len());
        let (id, tail) = rest.split_at(end);
        let is_id = |c: char| c.is_ascii_alphanumeric() || "/-_*".contains(c);
        if id.is_empty() || !id.chars().all(is_id) {
            break;
        }
        rules.push(id.to_owned());
        rest = tail.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => break,
        }
    }
    let reason = rest.trim_start_matches(|c: char| c.is_whitespace() || "-–—:".contains(c)).trim();
    let reason = if reason.chars().any(char::is_alphanumeric) { reason } else { "" };
    (!rules.is_empty()).then(|| (rules, reason.to_owned()))
}

/// What stands before the end of a block comment, and the code after it.
fn split_comment_end(rest: &str) -> (&str, &str) {
    let rest = rest.trim_end();
    for closer in ["*/", "-->", "#}", "%}"] {
        if let Some((body, after)) = rest.split_once(closer) {
            return (body.trim_end(), after.trim_matches(|c: char| c.is_whitespace() || c == '}'));
        }
    }
    (rest, "")
}

/// Whether nothing but the opening of a comment stands in `before`.
fn is_comment_start(before: &str) -> bool {
    let before = before.trim_start_matches(|c: char| c.is_whitespace() || c == '{');
    if NOT_COMMENTS.iter().any(|prefix| before.starts_with(prefix)) {
        return false;
    }
    let Some(token) = COMMENT_TOKENS.iter().filter(|token| before.starts_with(**token)).max_by_key(|token| token.len())
    else {
        return before.is_empty();
    };
    // `*pointer = 1; // …` and `--count; // …` only look like comments: another one opens behind them.
    let is_operator = matches!(*token, "*" | "--" | ";" | "%");
    !(is_operator && ["//", "/*", "#"].iter().any(|other| before.contains(other)))
}

/// How many lines below the one that ends at `line_end` the next line of code is; 1 where there is none.
fn next_code_line(text: &str, line_end: usize, is_comment: &impl Fn(Range<usize>) -> bool) -> u32 {
    let mut start = line_end + 1;
    let mut below = 1;
    while let Some(rest) = text.get(start..) {
        if rest.is_empty() {
            break;
        }
        let line = rest.split('\n').next().unwrap_or(rest);
        let code = line.trim();
        let last = code.char_indices().next_back().map_or(0, |(at, c)| at + c.len_utf8());
        let code_start = start + (line.len() - line.trim_start().len());
        let is_blank_or_comment =
            code.is_empty() || (is_comment_start(code) && is_comment(code_start + last - 1..code_start + last));
        if !is_blank_or_comment {
            return below;
        }
        below += 1;
        start += line.len() + 1;
    }
    1
}
