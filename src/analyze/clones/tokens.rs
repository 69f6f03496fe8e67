//! Code as a row of tokens, read from the bytes: a few nanoseconds a token, where a walk of the tree would cost as much as all rules.
//! What it takes wrongly (a quotation mark in a regular expression) it takes wrongly in every copy.

use crate::model::Language;

/// How tokens are compared, and what is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    /// Names and literals are all alike: copies in which something was renamed are found too.
    pub renamed: bool,
    /// Rust's `#[cfg(test)]` modules are read as well.
    pub tests: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// In bytes.
    pub start: usize,
    /// Of its text; the same for all names, or all literals, where [`Reading::renamed`] says so.
    pub hash: u64,
    pub kind: Kind,
    /// Whether it is the first on its line.
    pub is_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    /// A word of the language that decides something or ends a function.
    Keyword,
    /// Text or a number.
    Literal,
    /// Brackets, commas and semicolons one by one; of other signs all that stand together.
    Sign,
}

/// What a byte begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Newline,
    Word,
    Quote,
    /// `#`, `/`: perhaps a comment.
    Mark,
    Single,
    Operator,
}

const CLASSES: [Class; 256] = {
    let mut table = [Class::Operator; 256];
    let mut byte = 0;
    while byte < 256 {
        let sign = byte as u8;
        table[byte] = match sign {
            b'\n' => Class::Newline,
            0..=b' ' => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 128.. => Class::Word,
            b'"' | b'\'' | b'`' => Class::Quote,
            b'#' | b'/' => Class::Mark,
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b';' => Class::Single,
            _ => Class::Operator,
        };
        byte += 1;
    }
    table
};

/// Words that decide, repeat, leave or raise, in any of the languages.
const KEYWORDS: &[&[u8]] = &[
    b"if",
    b"elif",
    b"else",
    b"for",
    b"while",
    b"loop",
    b"match",
    b"switch",
    b"case",
    b"return",
    b"raise",
    b"throw",
    b"yield",
    b"await",
    b"break",
    b"continue",
    b"try",
    b"except",
    b"catch",
    b"finally",
    b"with",
    b"assert",
    b"del",
];

/// Words that stay themselves where names are alike, besides [`KEYWORDS`].
const WORDS: &[&[u8]] = &[
    b"def",
    b"fn",
    b"function",
    b"class",
    b"struct",
    b"enum",
    b"impl",
    b"trait",
    b"let",
    b"const",
    b"var",
    b"mut",
    b"pub",
    b"async",
    b"lambda",
    b"in",
    b"is",
    b"not",
    b"and",
    b"or",
    b"new",
    b"typeof",
    b"as",
    b"static",
    b"self",
    b"this",
    b"type",
    b"interface",
    b"default",
    b"where",
    b"dyn",
    b"ref",
    b"move",
    b"unsafe",
    b"of",
    b"extends",
    b"export",
];

const NAME: u64 = 1;
const LITERAL: u64 = 2;

/// Gives every token of `text` to `each`, without comments and imports.
pub fn tokens(text: &str, language: Language, reading: Reading, each: impl FnMut(Token)) {
    Lexer { bytes: text.as_bytes(), language, reading, at: 0, is_first: true, each }.run();
}

struct Lexer<'t, E> {
    bytes: &'t [u8],
    language: Language,
    reading: Reading,
    at: usize,
    is_first: bool,
    each: E,
}

impl<E: FnMut(Token)> Lexer<'_, E> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match CLASSES[usize::from(byte)] {
                Class::Blank => self.at += 1,
                Class::Newline => {
                    self.is_first = true;
                    self.at += 1;
                }
                Class::Word => self.word(),
                Class::Quote => self.quote(byte),
                Class::Mark if self.is_comment(byte) => self.comment(byte),
                Class::Mark if self.starts_tests() => return,
                Class::Single => self.sign(self.at + 1),
                Class::Mark | Class::Operator => {
                    let goes_on = |byte: &u8| CLASSES[usize::from(*byte)] == Class::Operator;
                    let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                    let length = rest.iter().position(|byte| !goes_on(byte)).unwrap_or(rest.len());
                    self.sign(self.at + 1 + length);
                }
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn give(&mut self, start: usize, hash: u64, kind: Kind) {
        (self.each)(Token { start, hash, kind, is_first: self.is_first });
        self.is_first = false;
    }

    fn sign(&mut self, end: usize) {
        let (start, hash) = (self.at, hash(self.bytes.get(self.at..end).unwrap_or_default()));
        self.at = end;
        self.give(start, hash, Kind::Sign);
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = self.rest();
        let length = rest.iter().position(|byte| CLASSES[usize::from(*byte)] != Class::Word).unwrap_or(rest.len());
        let word = &rest[..length];
        if self.is_first && self.is_import(word) {
            return self.skip_import();
        }
        let is_raw = self.language == Language::Rust && matches!(word, b"r" | b"br" | b"cr");
        let hash = hash(word);
        if word[0].is_ascii_digit() {
            self.at += length;
            return self.give(start, if self.reading.renamed { LITERAL } else { hash }, Kind::Literal);
        }
        let kind = if length <= 8 && KEYWORDS.contains(&word) { Kind::Keyword } else { Kind::Name };
        let is_alike = self.reading.renamed && kind == Kind::Name && !WORDS.contains(&word);
        self.at += length;
        if is_raw && matches!(self.peek(0), b'"' | b'#') {
            return self.raw_text(start);
        }
        self.give(start, if is_alike { NAME } else { hash }, kind);
    }

    /// Whether a line that begins with `word` only names what other files hold.
    fn is_import(&self, word: &[u8]) -> bool {
        let behind = |text: &[u8]| self.rest().get(word.len()..).is_some_and(|rest| rest.starts_with(text));
        match (self.language, word) {
            (Language::Python, b"import" | b"from") => true,
            (Language::Rust, b"use") => behind(b" "),
            (Language::Rust, b"mod") => behind(b" ") && self.ends_with_semicolon(),
            (Language::Rust, b"extern") => behind(b" crate "),
            (Language::Rust, b"pub") => {
                let rest = self.rest().get(word.len()..).unwrap_or_default();
                let rest = if rest.starts_with(b"(") {
                    rest.iter().position(|byte| *byte == b')').and_then(|end| rest.get(end + 1..)).unwrap_or_default()
                } else {
                    rest
                };
                rest.starts_with(b" use ") || rest.starts_with(b" mod ") && self.ends_with_semicolon()
            }
            (Language::Python | Language::Rust, _) => false,
            (_, b"import") => !behind(b"(") && !behind(b"."),
            (_, b"export") => behind(b" *") || behind(b" {") || behind(b" type {"),
            (_, b"const" | b"var" | b"let") => {
                let line = self.rest();
                let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
                memchr::memmem::find(line, b" = require(").is_some()
            }
            _ => false,
        }
    }

    fn ends_with_semicolon(&self) -> bool {
        matches!(self.rest().iter().find(|byte| matches!(byte, b';' | b'{' | b'\n')), Some(b';'))
    }

    /// To the end of the statement, which may go over lines between brackets.
    fn skip_import(&mut self) {
        let mut depth = 0_u32;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'(' | b'{' => depth += 1,
                b')' | b'}' => depth = depth.saturating_sub(1),
                b';' if depth == 0 => {
                    self.at += 1;
                    return;
                }
                b'\\' => self.at += 1,
                b'\n' if depth == 0 && self.language != Language::Rust => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn is_comment(&self, byte: u8) -> bool {
        match self.language {
            Language::Python => byte == b'#',
            _ => byte == b'/' && matches!(self.peek(1), b'/' | b'*') || self.at == 0 && self.rest().starts_with(b"#!/"),
        }
    }

    fn comment(&mut self, byte: u8) {
        if byte == b'#' || self.peek(1) == b'/' {
            self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
            return;
        }
        self.at += 2;
        let mut depth = 1;
        while depth > 0 {
            let Some(next) = memchr::memchr2(b'*', b'/', self.rest()) else {
                self.at = self.bytes.len();
                return;
            };
            self.at += next;
            match (self.peek(0), self.peek(1)) {
                (b'*', b'/') => (depth, self.at) = (depth - 1, self.at + 2),
                (b'/', b'*') if self.language == Language::Rust => (depth, self.at) = (depth + 1, self.at + 2),
                _ => self.at += 1,
            }
        }
    }

    /// Whether a module of tests begins here; it is the last thing in its file.
    fn starts_tests(&self) -> bool {
        const MARK: &[u8] = b"#[cfg(test)]";
        if self.reading.tests || self.language != Language::Rust || !self.rest().starts_with(MARK) {
            return false;
        }
        let behind = self.rest().get(MARK.len()..).unwrap_or_default();
        let is_between = |line: &&[u8]| line.is_empty() || line.starts_with(b"#[") || line.starts_with(b"//");
        let item = behind.split(|byte| *byte == b'\n').map(|line| line.trim_ascii()).find(|line| !is_between(line));
        item.is_some_and(|item| {
            [&b"mod "[..], b"pub mod ", b"pub(crate) mod "].iter().any(|start| item.starts_with(start))
        })
    }

    fn quote(&mut self, quote: u8) {
        let start = self.at;
        if quote == b'\'' && self.language == Language::Rust && !self.is_character() {
            // A lifetime.
            return self.sign(self.at + 1);
        }
        let triple = [quote; 3];
        if self.language == Language::Python && self.rest().starts_with(&triple) {
            let inner = self.bytes.get(self.at + 3..).unwrap_or_default();
            self.at += 3 + memchr::memmem::find(inner, &triple).map_or(inner.len(), |end| end + 3);
        } else {
            let goes_on = quote == b'`' || self.language == Language::Rust;
            self.at += 1;
            while let Some(&byte) = self.bytes.get(self.at) {
                match byte {
                    b'\\' => self.at += 1,
                    b'\n' if !goes_on => break,
                    _ if byte == quote => {
                        self.at += 1;
                        break;
                    }
                    _ => {}
                }
                self.at += 1;
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.literal(start);
    }

    /// Whether the `'` here is the first of two: `'x'`, `'\n'`, `'é'`.
    fn is_character(&self) -> bool {
        self.peek(1) == b'\\' || self.peek(2) == b'\'' || self.peek(1) >= 128
    }

    /// `r#"…"#`, of which the `r` was read.
    fn raw_text(&mut self, start: usize) {
        let hashes = self.rest().iter().take_while(|byte| **byte == b'#').count();
        if self.peek(hashes) != b'"' {
            // `r#type`
            return self.give(start, hash(self.bytes.get(start..self.at).unwrap_or_default()), Kind::Name);
        }
        let mut end = vec![b'#'; hashes + 1];
        end[0] = b'"';
        let inner = self.bytes.get(self.at + hashes + 1..).unwrap_or_default();
        self.at += hashes + 1 + memchr::memmem::find(inner, &end).map_or(inner.len(), |at| at + end.len());
        self.literal(start);
    }

    fn literal(&mut self, start: usize) {
        let text = self.bytes.get(start..self.at).unwrap_or_default();
        let hash = if self.reading.renamed { LITERAL } else { hash(text) };
        self.give(start, hash, Kind::Literal);
    }
}

/// Of a token's text; never [`NAME`] or [`LITERAL`] but by accident.
fn hash(text: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let (chunks, rest) = text.as_chunks::<8>();
    let words = chunks.iter().map(|chunk| u64::from_le_bytes(*chunk));
    let last = rest.iter().fold(text.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    for word in words.chain([last]) {
        hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, language: Language) -> Vec<(usize, Kind)> {
        let mut found = Vec::new();
        tokens(text, language, Reading::default(), |token| found.push((token.start, token.kind)));
        found
    }

    fn count(text: &str, language: Language) -> usize {
        texts(text, language).len()
    }

    #[test]
    fn comments_and_imports_are_no_tokens() {
        let python = "# licence\nimport os\nfrom a import (\n    b,\n    c,\n)\nimport x, \\\n    y\nrun(1)  # why\n";
        assert_eq!(count(python, Language::Python), 4);
        let rust = "//! x\nuse a::{\n  b,\n  c,\n};\npub(crate) use d;\nmod e;\n/* a /* b */ c */ fn f() {}\n";
        assert_eq!(count(rust, Language::Rust), 6);
        let script =
            "import {\n  a,\n} from 'b'\nexport * from './c';\nconst d = require('d');\nconst e = f();\nimport('x')";
        assert_eq!(count(script, Language::TypeScript), 7 + 4);
        // What only begins like one.
        assert_eq!(count("mod a {}", Language::Rust), 4);
        assert_eq!(count("importance = 1", Language::Python), 3);
    }

    #[test]
    fn text_is_one_token() {
        assert_eq!(count("x = '''a\nb \"c\" 'd\n'''", Language::Python), 3);
        assert_eq!(count("x = 'it''s' \"\\\"\"", Language::Python), 5);
        assert_eq!(count("let x = \"a\nb\"; let y = r#\"a \" b\"#;", Language::Rust), 10);
        assert_eq!(count("fn f<'a>(x: &'a str, y: char) { '\\'' }", Language::Rust), 21);
        assert_eq!(count("x = `a\n${b} 'c`;", Language::JavaScript), 4);
        // A quotation mark that is none is taken back at the end of its line.
        assert_eq!(count("/[']/.test(x)\ny()", Language::JavaScript), 2 + 1 + 3);
    }

    #[test]
    fn tests_of_rust_are_left_out_unless_asked_for() {
        let text = "fn f() {}\n#[cfg(test)]\n// why\n#[allow(x)]\nmod tests {\n  fn g() {}\n}\n";
        assert_eq!(count(text, Language::Rust), 6);
        let mut all = 0;
        tokens(text, Language::Rust, Reading { tests: true, renamed: false }, |_| all += 1);
        assert!(all > 20);
    }

    #[test]
    fn names_and_literals_are_alike_where_that_is_asked_for() {
        let hashes = |text: &str, renamed: bool| {
            let mut found = Vec::new();
            tokens(text, Language::Python, Reading { renamed, tests: false }, |token| found.push(token.hash));
            found
        };
        let (one, other) = ("for a in b: c(a, 1)", "for x in y: z(x, 'two')");
        assert_ne!(hashes(one, false), hashes(other, false));
        assert_eq!(hashes(one, true), hashes(other, true));
        assert_ne!(hashes(one, true), hashes("if a in b: c(a, 1)", true));
    }
}
