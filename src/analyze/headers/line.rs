//! Lines of words, as the configurations of Apache and HAProxy are made of.

use super::directive::Word;
use crate::document::Fault;

/// A line with those that it goes on in, and where it starts.
pub struct Line<'t> {
    pub start: usize,
    pub text: &'t str,
}

/// The lines that are neither blank nor comments; a backslash at the end of one joins the next to it.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if line.trim_end_matches(['\n', '\r']).ends_with('\\') && end < text.len() {
            continue;
        }
        let whole = text.get(start..end).unwrap_or_default();
        let trimmed = whole.trim_start();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            lines.push(Line { start: start + whole.len() - trimmed.len(), text: trimmed.trim_end() });
        }
        start = end;
    }
    lines
}

/// How a language quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Apache's: a quote counts at the start of a word alone.
    Whole,
    /// HAProxy's: as in a shell; `#` starts a comment anywhere.
    Shell,
}

impl Line<'_> {
    /// The words, quotes and escapes resolved.
    pub fn words(&self, quoting: Quoting) -> Result<Vec<Word>, Fault> {
        let mut words = Vec::new();
        let mut chars = self.text.char_indices().peekable();
        while let Some(&(at, first)) = chars.peek() {
            if first.is_whitespace() || is_joint(self.text, at) {
                chars.next();
                continue;
            }
            if first == '#' && quoting == Quoting::Shell {
                break;
            }
            let mut text = String::new();
            let mut quote: Option<(char, usize)> = None;
            let mut end = self.text.len();
            while let Some(&(index, c)) = chars.peek() {
                match quote {
                    None if c.is_whitespace() || is_joint(self.text, index) => {
                        end = index;
                        break;
                    }
                    None if matches!(c, '"' | '\'') && (quoting == Quoting::Shell || index == at) => {
                        quote = Some((c, index));
                    }
                    Some((open, _)) if c == open => {
                        quote = None;
                        if quoting == Quoting::Whole {
                            chars.next();
                            end = index + c.len_utf8();
                            break;
                        }
                    }
                    _ if c == '\\' && !is_joint(self.text, index) => {
                        chars.next();
                        let Some(&(_, next)) = chars.peek() else { break };
                        // Regular expressions keep their backslashes.
                        let is_escape = matches!(next, '"' | '\'' | '\\') || quoting == Quoting::Shell;
                        text.extend((!is_escape).then_some('\\'));
                        text.push(next);
                    }
                    _ if c == '\n' || is_joint(self.text, index) => {}
                    _ => text.push(c),
                }
                chars.next();
            }
            if let Some((_, open)) = quote {
                return Err(Fault { offset: self.start + open, message: "expected a closing quote".to_owned() });
            }
            words.push(Word { text, span: self.start + at..self.start + end });
        }
        Ok(words)
    }
}

/// Whether the backslash at `at` joins two lines.
fn is_joint(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with("\\\n") || rest.starts_with("\\\r\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(text: &str, quoting: Quoting) -> Vec<String> {
        lines(text).iter().flat_map(|line| line.words(quoting).unwrap()).map(|word| word.text).collect()
    }

    #[test]
    fn words_are_quoted_as_each_language_does() {
        let text = "Header set \"a \\\"b\\\" \\.c\" \\\n  o'x # d\n# e\n";
        assert_eq!(words(text, Quoting::Whole), ["Header", "set", "a \"b\" \\.c", "o'x", "#", "d"]);
        assert_eq!(words("a \"b c\"'d' e\\ f # g\n", Quoting::Shell), ["a", "b cd", "e f"]);
        let line = &lines("  x \"y z\"\n")[0];
        assert_eq!(line.words(Quoting::Whole).unwrap()[1].span, 4..9);
        assert_eq!(lines("a 'b\n")[0].words(Quoting::Whole).unwrap_err().offset, 2);
    }
}
