//! Where in a file a place is: in code, in a comment, in documentation, in a string, in a code block of a document.
//!
//! A small lexer reads this from the bytes, for every language with the same few shapes, and only for files in which a
//! value was found that could be a secret. The syntax tree would say it too, but only for three languages and only when
//! the code analysis runs as well: a secret would be found or not depending on which analyses were asked for.

use std::cell::OnceCell;
use std::ops::Range;

use super::format::Format;
use crate::model::Confidence;

/// What a stretch of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Comment,
    /// A doc comment or a docstring: it shows how something is used.
    Doc,
    /// A string literal with its quotes.
    Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    pub span: Range<usize>,
    pub kind: Kind,
}

/// A text and what is known about its parts, worked out when it is first asked for.
pub struct Regions<'t> {
    text: &'t str,
    format: Format,
    regions: OnceCell<Vec<Region>>,
    blocks: OnceCell<Vec<(Range<usize>, Format)>>,
}

impl<'t> Regions<'t> {
    pub fn new(text: &'t str, format: Format) -> Regions<'t> {
        Regions { text, format, regions: OnceCell::new(), blocks: OnceCell::new() }
    }

    /// The format at `at`: that of the file, or of the code block of a document.
    pub fn format_at(&self, at: usize) -> Format {
        if self.format != Format::Markdown {
            return self.format;
        }
        let blocks = self.blocks.get_or_init(|| code_blocks(self.text));
        let index = blocks.partition_point(|(span, _)| span.end <= at);
        blocks.get(index).filter(|(span, _)| span.contains(&at)).map_or(Format::Other, |(_, format)| *format)
    }

    /// The comment or string around `at`.
    pub fn around(&self, at: usize) -> Option<&Region> {
        let regions = self.regions.get_or_init(|| {
            let mut regions = Lexer::new(self.text, self.format).regions();
            if self.format == Format::Yaml {
                let shown = documentation(self.text);
                regions.retain(|region| !shown.iter().any(|doc| doc.span.contains(&region.span.start)));
                regions.extend(shown);
                regions.sort_by_key(|region| region.span.start);
            }
            regions
        });
        let index = regions.partition_point(|region| region.span.end <= at);
        regions.get(index).filter(|region| region.span.contains(&at))
    }

    /// The most that a value can be at `at`: documentation shows, and what is commented out may still be in use.
    pub fn most(&self, at: usize) -> Confidence {
        match self.around(at).map(|region| region.kind) {
            Some(Kind::Doc) => Confidence::Low,
            Some(Kind::Comment) => Confidence::Medium,
            Some(Kind::Text) | None => Confidence::High,
        }
    }

    /// The most that a provider's token can be at `at`, which shows by itself what it is also where it is commented out;
    /// what only its place makes a credential (`is_formless`) is none in documentation.
    pub fn most_of_token(&self, at: usize, is_formless: bool) -> Confidence {
        match self.around(at).map(|region| region.kind) {
            Some(Kind::Doc) if is_formless => Confidence::Low,
            Some(Kind::Doc) => Confidence::Medium,
            Some(Kind::Comment) if is_formless => Confidence::Medium,
            Some(Kind::Comment | Kind::Text) | None => Confidence::High,
        }
    }

    /// Whether `name` stands within a string or a comment that says more than it: text about code, not code.
    pub fn is_quoted_text(&self, name: &Range<usize>) -> bool {
        self.around(name.start).is_some_and(|region| {
            region.kind != Kind::Text || region.span.start + 4 < name.start || name.end + 4 < region.span.end
        })
    }
}

/// Block scalars of YAML that describe something: `description: |`, `EXAMPLES: |`.
fn documentation(text: &str) -> Vec<Region> {
    let mut found: Vec<Region> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, content) = (at, line.trim());
        at += line.len();
        let depth = line.len() - line.trim_start().len();
        if let Some((first, indent)) = open
            && !content.is_empty()
            && depth <= indent
        {
            found.push(Region { span: first..start, kind: Kind::Doc });
            open = None;
        }
        if open.is_none()
            && let Some((key, scalar)) = content.split_once(':')
            && scalar.trim().starts_with(['|', '>'])
        {
            let key = key.trim_start_matches("- ").to_ascii_lowercase();
            let is_doc = ["description", "documentation", "examples", "example", "return", "notes", "help"];
            open = is_doc.contains(&key.as_str()).then_some((at, depth));
        }
    }
    found.extend(open.map(|(first, _)| Region { span: first..text.len(), kind: Kind::Doc }));
    found
}

/// The insides of the fenced code blocks of a document.
fn code_blocks(text: &str) -> Vec<(Range<usize>, Format)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, &str, Format)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start_matches([' ', '\t', '>']);
        let next = at + line.len();
        let fence = ["```", "~~~"].into_iter().find(|fence| trimmed.starts_with(fence));
        match (&open, fence) {
            (Some((start, opener, format)), Some(fence)) if fence == *opener => {
                blocks.push((*start..at, *format));
                open = None;
            }
            (None, Some(fence)) => {
                let info = trimmed.trim_start_matches(['`', '~']).trim_start_matches([' ', '{', '.']);
                open = Some((next, fence, Format::of_fence(info)));
            }
            _ => {}
        }
        at = next;
    }
    blocks.extend(open.map(|(start, _, format)| (start..text.len(), format)));
    blocks
}

/// What comments and strings look like in a format.
struct Shapes {
    line: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
    /// Quotes of strings that end on their line.
    short: &'static [u8],
    /// Quotes of strings that may go on over lines.
    long: &'static [u8],
    /// A line comment must start its line or follow a blank: `a#b` is no comment.
    after_blank: bool,
}

fn shapes(format: Format) -> Shapes {
    let slashes = Some(("/*", "*/"));
    let (line, block, short, long): (&[&str], _, &[u8], &[u8]) = match format {
        Format::C | Format::Gradle => (&["//"], slashes, b"\"'", b"`"),
        Format::JavaScript => (&["//"], slashes, b"\"'", b"`"),
        Format::Rust => (&["//"], slashes, b"", b"\""),
        Format::Python => (&["#"], None, b"\"'", b""),
        Format::Script => (&["#"], None, b"\"'", b""),
        Format::Sql => (&["--"], slashes, b"", b""),
        Format::Hcl => (&["#", "//"], slashes, b"\"", b""),
        Format::Json => (&[], slashes, b"\"", b""),
        Format::Xml => (&[], Some(("<!--", "-->")), b"", b""),
        Format::Toml | Format::Yaml | Format::Shell | Format::Dockerfile | Format::DotEnv => (&["#"], None, b"", b""),
        Format::Ini | Format::Properties => (&["#", ";", "!"], None, b"", b""),
        Format::Other | Format::Plain => (&["#", "//"], None, b"", b""),
        Format::Markdown => (&[], None, b"", b""),
    };
    Shapes { line, block, short, long, after_blank: short.is_empty() && long.is_empty() }
}

struct Lexer<'t> {
    bytes: &'t [u8],
    format: Format,
    shapes: Shapes,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, format: Format) -> Lexer<'t> {
        Lexer { bytes: text.as_bytes(), format, shapes: shapes(format), at: 0 }
    }

    fn regions(mut self) -> Vec<Region> {
        let mut starts = [false; 256];
        let openers = self.shapes.line.iter().chain(self.shapes.block.iter().map(|(open, _)| open));
        for byte in openers.filter_map(|opener| opener.bytes().next()) {
            starts[usize::from(byte)] = true;
        }
        for &quote in
            self.shapes.short.iter().chain(self.shapes.long).chain((self.format == Format::Rust).then_some(&b'\''))
        {
            starts[usize::from(quote)] = true;
        }
        let mut regions = Vec::new();
        while let Some(skipped) = self.rest().iter().position(|&byte| starts[usize::from(byte)]) {
            self.at += skipped;
            let start = self.at;
            match self.region() {
                Some(kind) => regions.push(Region { span: start..self.at, kind }),
                None => self.at = self.at.max(start + 1),
            }
        }
        regions
    }

    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn before(&self) -> &'t [u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }

    /// Reads the comment or string that starts here, and leaves the place behind it.
    fn region(&mut self) -> Option<Kind> {
        let rest = self.rest();
        if let Some((open, close)) = self.shapes.block
            && rest.starts_with(open.as_bytes())
        {
            let is_doc = rest.starts_with(b"/**") && !rest.starts_with(b"/**/");
            let length = memchr::memmem::find(rest.get(open.len()..)?, close.as_bytes());
            self.at += length.map_or(rest.len(), |length| length + open.len() + close.len());
            return Some(if is_doc { Kind::Doc } else { Kind::Comment });
        }
        if self.shapes.line.iter().any(|marker| rest.starts_with(marker.as_bytes())) && self.may_start_comment() {
            self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let is_doc = rest.starts_with(b"///") || rest.starts_with(b"//!");
            return Some(if is_doc { Kind::Doc } else { Kind::Comment });
        }
        self.string()
    }

    fn may_start_comment(&self) -> bool {
        let last = self.before().last();
        match self.format {
            Format::Ini | Format::Properties => {
                self.before().iter().rev().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| *byte == b'\n')
            }
            // `https://` is no comment where strings are not read.
            _ if self.shapes.after_blank => last.is_none_or(u8::is_ascii_whitespace),
            _ => last != Some(&b':') || self.format == Format::Python,
        }
    }

    fn string(&mut self) -> Option<Kind> {
        let quote = *self.rest().first()?;
        if self.format == Format::Rust {
            return self.rust_string(quote);
        }
        let triple = [quote; 3];
        if self.format == Format::Python && self.rest().starts_with(&triple) {
            let is_doc = self.is_statement() || self.is_bound_to_documentation();
            let length = memchr::memmem::find(self.rest().get(3..)?, &triple);
            self.at += length.map_or(self.rest().len(), |length| length + 6);
            return Some(if is_doc { Kind::Doc } else { Kind::Text });
        }
        let is_long = self.shapes.long.contains(&quote);
        if !is_long && !self.shapes.short.contains(&quote) {
            return None;
        }
        self.until(quote, is_long)
    }

    fn rust_string(&mut self, quote: u8) -> Option<Kind> {
        if quote == b'\'' {
            // A character; else a lifetime.
            let length = if self.rest().get(1) == Some(&b'\\') { 4 } else { 3 };
            self.at += if self.rest().get(length - 1) == Some(&b'\'') { length } else { 1 };
            return None;
        }
        let hashes = self.before().iter().rev().take_while(|byte| **byte == b'#').count();
        if self.before().iter().rev().nth(hashes) == Some(&b'r') {
            let close = [&b"\""[..], &vec![b'#'; hashes]].concat();
            let length = memchr::memmem::find(self.rest().get(1..)?, &close);
            self.at += length.map_or(self.rest().len(), |length| length + 1 + close.len());
            return Some(Kind::Text);
        }
        self.until(quote, true)
    }

    /// The string up to its closing quote; `None` where its line ends before, because then it is none.
    fn until(&mut self, quote: u8, is_long: bool) -> Option<Kind> {
        let mut at = self.at + 1;
        loop {
            match *self.bytes.get(at)? {
                b'\\' => at += 2,
                b'\n' if !is_long => return None,
                byte => {
                    at += 1;
                    if byte == quote {
                        self.at = at;
                        return Some(Kind::Text);
                    }
                }
            }
        }
    }

    /// `EXAMPLES = """`, `help_text = """`.
    fn is_bound_to_documentation(&self) -> bool {
        let line = self.before().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let Some(equals) = memchr::memchr(b'=', line) else { return false };
        let name = String::from_utf8_lossy(line.get(..equals).unwrap_or_default()).to_ascii_lowercase();
        ["doc", "example", "help", "usage", "description", "epilog", "return"].iter().any(|word| name.contains(word))
    }

    /// Whether the string that starts here stands alone: nothing on its line before it, and no expression that goes on.
    fn is_statement(&self) -> bool {
        let before = self.before();
        let prefix = before.iter().rev().take_while(|byte| matches!(byte, b'r' | b'R' | b'u' | b'U')).count();
        let before = before.get(..before.len() - prefix).unwrap_or_default();
        let mut back = before.iter().rev().skip_while(|byte| matches!(byte, b' ' | b'\t'));
        match back.next() {
            None => true,
            Some(b'\n') => {
                let last = back.find(|byte| !byte.is_ascii_whitespace());
                !matches!(last, Some(b'=' | b'(' | b',' | b'[' | b'{' | b'+' | b'\\'))
            }
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(format: Format, text: &str, needle: &str) -> Option<Kind> {
        let regions = Regions::new(text, format);
        regions.around(text.find(needle)?).map(|region| region.kind)
    }

    #[test]
    fn comments_strings_and_documentation_are_told_from_code() {
        for (format, text, expected) in [
            (Format::C, "x = 1; // HERE", Some(Kind::Comment)),
            (Format::C, "/** @param HERE */", Some(Kind::Doc)),
            (Format::JavaScript, "a = 'it is // not'; HERE", None),
            (Format::JavaScript, "a = `two\nHERE`", Some(Kind::Text)),
            (Format::JavaScript, "r = /[\"]/;\nHERE", None),
            (Format::Rust, "fn f<'a>(x: &'a str) { HERE }", None),
            (Format::Rust, "let c = '\"'; HERE", None),
            (Format::Rust, "let c = r#\"a\"b HERE\"#;", Some(Kind::Text)),
            (Format::Rust, "/// HERE", Some(Kind::Doc)),
            (Format::Python, "def f():\n    \"\"\"Says\n    HERE\n    \"\"\"\n", Some(Kind::Doc)),
            (Format::Python, "EXAMPLES = r\"\"\"\nHERE\n\"\"\"\n", Some(Kind::Doc)),
            (Format::Python, "text = \"\"\"\nHERE\n\"\"\"\n", Some(Kind::Text)),
            (Format::Python, "x = '#'; HERE", None),
            (Format::Yaml, "a: b#HERE", None),
            (Format::Yaml, "a: b # HERE", Some(Kind::Comment)),
            (Format::Yaml, "EXAMPLES: |\n  HERE\nb: c", Some(Kind::Doc)),
            (Format::Yaml, "EXAMPLES: |\n  a\nb: HERE", None),
            (Format::Yaml, "data: |\n  HERE", None),
            (Format::Ini, "a = x;HERE", None),
            (Format::Ini, " ; HERE", Some(Kind::Comment)),
            (Format::Xml, "<a><!-- HERE --></a>", Some(Kind::Comment)),
            (Format::Xml, "<a><!-- x -->HERE</a>", None),
        ] {
            assert_eq!(kind(format, text, "HERE"), expected, "{text}");
        }
    }

    #[test]
    fn a_token_in_a_comment_may_be_in_use_and_documentation_shows() {
        for (text, token, password) in [
            ("x = 'HERE'", Confidence::High, Confidence::High),
            ("# HERE", Confidence::High, Confidence::Medium),
            ("def f():\n    \"\"\"HERE\"\"\"\n", Confidence::Medium, Confidence::Low),
        ] {
            let regions = Regions::new(text, Format::Python);
            let most = |is_formless| text.find("HERE").map(|at| regions.most_of_token(at, is_formless));
            assert_eq!((most(false), most(true)), (Some(token), Some(password)), "{text}");
        }
    }

    #[test]
    fn a_code_block_has_the_format_of_its_fence() {
        let text = "# T\n```yaml\nA\n```\nB\n~~~ sh\nC\n";
        let regions = Regions::new(text, Format::Markdown);
        let format = |needle: &str| text.find(needle).map(|at| regions.format_at(at));
        assert_eq!(format("A\n"), Some(Format::Yaml));
        assert_eq!(format("B\n"), Some(Format::Other));
        assert_eq!(format("C\n"), Some(Format::Shell));
    }

    #[test]
    fn any_bytes_are_read_to_the_end() {
        for format in
            [Format::C, Format::JavaScript, Format::Rust, Format::Python, Format::Xml, Format::Ini, Format::Json]
        {
            for text in ["\"", "'\\", "/*", "r#\"", "\"\"\"", "<!--", "é'é\"", "\\", "`${", "'''\\'''", "#"] {
                let regions = Regions::new(text, format);
                let _ = (regions.around(0), regions.around(9));
            }
        }
    }
}
