//! nginx's configuration language as a tree: directives with their words, each at its place. Follows the tokenizer that
//! nginx documents by its own `ngx_conf_read_token`: a quote counts only where a word starts, a backslash takes the next
//! character with it, `${name}` opens no block.

use super::directive::{Directive, MAX_DEPTH, Word};
use crate::document::Fault;

enum Token {
    Word(Word),
    Semicolon,
    Open,
    Close,
}

/// The directives of a file as far as it is faultless, and what is wrong with the rest.
pub fn parse(text: &str) -> (Vec<Directive>, Option<Fault>) {
    let mut tree = Tree::default();
    let fault = read(text, &mut tree).err();
    // What was open where the fault stands counts as far as it was read.
    while let Some((mut directive, outer)) = tree.open.pop() {
        directive.block = Some(std::mem::replace(&mut tree.current, outer));
        tree.current.push(directive);
    }
    (tree.current, fault)
}

#[derive(Default)]
struct Tree {
    /// Blocks that are open, outermost first: the directive that a block belongs to, and what stands before it.
    open: Vec<(Directive, Vec<Directive>)>,
    current: Vec<Directive>,
}

fn expected(offset: usize, what: &str) -> Fault {
    Fault { offset, message: format!("expected {what}") }
}

fn read(text: &str, tree: &mut Tree) -> Result<(), Fault> {
    let mut tokens = Tokens { text, at: 0 };
    let mut words: Vec<Word> = Vec::new();
    while let Some((token, offset)) = tokens.next()? {
        match token {
            Token::Word(word) => words.push(word),
            Token::Semicolon => match directive(&mut words) {
                Some(directive) => tree.current.push(directive),
                None => return Err(expected(offset, "a directive before `;`")),
            },
            Token::Open => {
                let Some(mut directive) = directive(&mut words) else {
                    return Err(expected(offset, "the name of a block before `{`"));
                };
                if directive.name.text.ends_with("_by_lua_block") {
                    tokens.skip_lua(offset)?;
                    directive.block = Some(Vec::new());
                    tree.current.push(directive);
                } else if tree.open.len() >= MAX_DEPTH {
                    return Err(expected(offset, "fewer blocks inside each other"));
                } else {
                    tree.open.push((directive, std::mem::take(&mut tree.current)));
                }
            }
            Token::Close => {
                if !words.is_empty() {
                    return Err(expected(offset, "`;` before `}`"));
                }
                let Some((mut directive, outer)) = tree.open.pop() else {
                    return Err(expected(offset, "no `}`: there is no open block"));
                };
                directive.block = Some(std::mem::replace(&mut tree.current, outer));
                tree.current.push(directive);
            }
        }
    }
    if !words.is_empty() {
        return Err(expected(text.len(), "`;` or `{` after the last directive"));
    }
    if !tree.open.is_empty() {
        return Err(expected(text.len(), "`}` for every open block"));
    }
    Ok(())
}

fn directive(words: &mut Vec<Word>) -> Option<Directive> {
    let mut words = std::mem::take(words).into_iter();
    Some(Directive { name: words.next()?, args: words.collect(), block: None, file: 0 })
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Result<Option<(Token, usize)>, Fault> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                break;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let mark = match first {
            ';' => Some(Token::Semicolon),
            '{' => Some(Token::Open),
            '}' => Some(Token::Close),
            _ => None,
        };
        let token = match mark {
            Some(mark) => {
                self.at += 1;
                mark
            }
            None if first == '"' || first == '\'' => Token::Word(self.quoted(first)?),
            None => Token::Word(self.bare()),
        };
        Ok(Some((token, start)))
    }

    fn quoted(&mut self, quote: char) -> Result<Word, Fault> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((index, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at = start + index + 1;
                    return Ok(Word { text, span: start..self.at });
                }
                '\\' => match chars.next() {
                    Some((_, c)) => push_escaped(&mut text, c),
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err(expected(start, "a closing quote"))
    }

    fn bare(&mut self) -> Word {
        let start = self.at;
        let mut text = String::new();
        let mut in_variable = false;
        let mut length = self.rest().len();
        let mut chars = self.rest().char_indices();
        while let Some((index, c)) = chars.next() {
            match c {
                '\\' => {
                    if let Some((_, c)) = chars.next() {
                        push_escaped(&mut text, c);
                    }
                    continue;
                }
                '{' if text.ends_with('$') => in_variable = true,
                '}' if in_variable => in_variable = false,
                ';' | '{' | '}' => {
                    length = index;
                    break;
                }
                c if c.is_whitespace() => {
                    length = index;
                    break;
                }
                _ => {}
            }
            text.push(c);
        }
        self.at = start + length;
        Word { text, span: start..self.at }
    }

    /// Skips a block of Lua, whose `{` was at `open`: braces balance in it outside of strings and comments.
    fn skip_lua(&mut self, open: usize) -> Result<(), Fault> {
        let mut depth = 1usize;
        let mut quote: Option<char> = None;
        let mut chars = self.rest().char_indices().peekable();
        while let Some((index, c)) = chars.next() {
            match (quote, c) {
                (Some(_), '\\') => {
                    chars.next();
                }
                (Some(open), c) if c == open || c == '\n' => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '-') if chars.peek().is_some_and(|&(_, next)| next == '-') => {
                    while chars.peek().is_some_and(|&(_, next)| next != '\n') {
                        chars.next();
                    }
                }
                (None, '{') => depth += 1,
                (None, '}') => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += index + 1;
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err(expected(open, "`}` at the end of the Lua block"))
    }
}

/// nginx resolves these escapes; any other keeps its backslash, as regular expressions need it.
fn push_escaped(text: &mut String, c: char) {
    match c {
        't' => text.push('\t'),
        'r' => text.push('\r'),
        'n' => text.push('\n'),
        '"' | '\'' | '\\' => text.push(c),
        c => {
            text.push('\\');
            text.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(text: &str) -> Vec<String> {
        parse(text).0.iter().map(|directive| directive.name.text.clone()).collect()
    }

    #[test]
    fn words_quotes_comments_and_variables() {
        let text = "a 'x; {' \"say \\\"hi\\\"\" ${b}c; # d e;\nlocation ~ \\.php$ { f; }\n";
        let tree = parse(text).0;
        assert_eq!(names(text), ["a", "location"]);
        let words: Vec<&str> = tree[0].args.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["x; {", "say \"hi\"", "${b}c"]);
        assert_eq!(&text[tree[0].args[0].span.clone()], "'x; {'");
        assert_eq!(tree[1].arg(1), Some("\\.php$"));
        assert!(tree[1].children()[0].is("f"));
    }

    #[test]
    fn a_quote_inside_a_word_is_a_plain_character() {
        let tree = parse("a b'c d;").0;
        assert_eq!(tree[0].arg(0), Some("b'c"));
        assert_eq!(tree[0].args.len(), 2);
    }

    #[test]
    fn lua_is_skipped_whole() {
        assert_eq!(names("content_by_lua_block { local t = { '}' } -- }\n } b;"), ["content_by_lua_block", "b"]);
    }

    #[test]
    fn faults_are_named_at_their_place() {
        for (text, offset) in [("a { b }", 6), ("a;}", 2), ("a {", 3), ("a", 1), (";", 0), ("a 'b;", 2), ("{ a; }", 0)]
        {
            assert_eq!(parse(text).1.unwrap().offset, offset, "{text}");
        }
    }

    #[test]
    fn what_stands_before_a_fault_is_read() {
        let (tree, fault) = parse("a { b c; d } e;");
        assert_eq!(fault.unwrap().message, "expected `;` before `}`");
        assert_eq!(tree[0].children()[0].arg(0), Some("c"));
    }

    #[test]
    fn a_hundred_thousand_brackets_are_refused_not_a_crash() {
        assert!(parse(&"a {".repeat(100_000)).1.is_some());
    }
}
