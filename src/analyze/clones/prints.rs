//! What is kept of a file to find its copies: seventeen bytes for each line of code.

use super::tokens::{Kind, Reading, Token, tokens};
use crate::model::Language;

/// The lines of code of one file, as hashes. Blank lines, comments and imports are no lines of code.
#[derive(Debug, Default)]
pub struct Prints {
    /// Of the tokens from the start of each line on, as many as make a copy; 0 where there are no more so many.
    windows: Vec<u64>,
    /// Of the tokens of each line.
    lines: Vec<u32>,
    /// How many tokens a line has, at most [`MOST`]; the highest bit is [`STEP`].
    sizes: Vec<u8>,
    /// Where the first token of each line is, in bytes.
    starts: Vec<u32>,
}

/// A line that does something: it decides, calls or assigns, and is no part of a longer expression.
const STEP: u8 = 0x80;
const MOST: u8 = 0x7f;

/// The base of the rolling hash: odd, and of no simple shape.
const BASE: u64 = 0x2545_f491_4f6c_dd1d;

impl Prints {
    /// Of `text`; a copy has at least `window` tokens.
    pub fn of(text: &str, language: Language, window: usize, reading: Reading) -> Prints {
        let mut reader = Reader::new(text);
        tokens(text, language, reading, |token| reader.take(token));
        reader.finish(window.max(1))
    }

    /// The number of lines of code.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// The hash of what begins with the line, if enough does.
    pub fn window(&self, line: usize) -> Option<u64> {
        self.windows.get(line).copied().filter(|hash| *hash != 0)
    }

    pub fn windows(&self) -> impl Iterator<Item = u64> {
        self.windows.iter().copied().filter(|hash| *hash != 0)
    }

    /// The hash of the line alone.
    pub fn line(&self, line: usize) -> Option<u32> {
        self.lines.get(line).copied()
    }

    /// In tokens.
    pub fn size(&self, line: usize) -> usize {
        usize::from(self.sizes.get(line).copied().unwrap_or_default() & MOST)
    }

    pub fn is_step(&self, line: usize) -> bool {
        self.sizes.get(line).is_some_and(|size| size & STEP != 0)
    }

    /// In bytes.
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or_default() as usize
    }
}

/// The line that is being read.
#[derive(Default)]
struct Line {
    hash: u64,
    size: u8,
    /// Whether it begins where a statement may, and whether it does something.
    is_open: bool,
    acts: bool,
}

struct Reader<'t> {
    bytes: &'t [u8],
    prints: Prints,
    /// Of all tokens before each.
    sums: Vec<u64>,
    /// The first token of each line.
    firsts: Vec<u32>,
    line: Line,
    /// How many round and square brackets are open within each brace.
    brackets: Vec<u32>,
    /// The kind of the token before.
    before: Kind,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        Reader {
            bytes: text.as_bytes(),
            prints: Prints::default(),
            sums: vec![0],
            firsts: Vec::new(),
            line: Line::default(),
            brackets: vec![0],
            before: Kind::Sign,
        }
    }

    fn take(&mut self, token: Token) {
        let sign = if token.kind == Kind::Sign { self.bytes.get(token.start).copied().unwrap_or_default() } else { 0 };
        if token.is_first {
            self.end_line();
            self.firsts.push((self.sums.len() - 1) as u32);
            self.prints.starts.push(token.start as u32);
            let is_continued = matches!(sign, b'.' | b'?' | b'&' | b'|' | b'+' | b'=' | b')' | b']');
            self.line.is_open = !is_continued && self.brackets.last() == Some(&0);
        }
        self.line.acts |= match token.kind {
            Kind::Keyword => true,
            Kind::Sign => self.acts(sign, token),
            Kind::Name | Kind::Literal => false,
        };
        match sign {
            b'{' => self.brackets.push(0),
            b'}' if self.brackets.len() > 1 => {
                self.brackets.pop();
            }
            b'(' | b'[' => self.brackets.iter_mut().last().into_iter().for_each(|open| *open += 1),
            b')' | b']' => self.brackets.iter_mut().last().into_iter().for_each(|open| *open = open.saturating_sub(1)),
            _ => {}
        }
        self.line.hash = self.line.hash.wrapping_mul(BASE).wrapping_add(token.hash);
        self.line.size = self.line.size.saturating_add(1).min(MOST);
        let sum = self.sums.last().copied().unwrap_or_default();
        self.sums.push(sum.wrapping_mul(BASE).wrapping_add(token.hash));
        self.before = token.kind;
    }

    /// `f(`, `=`, `+=`, `=>`; not `==` and `<=`.
    fn acts(&self, sign: u8, token: Token) -> bool {
        let next = self.bytes.get(token.start + 1).copied().unwrap_or_default();
        match sign {
            b'(' => self.before == Kind::Name,
            b'=' => next != b'=',
            b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'&' | b':' => next == b'=',
            _ => false,
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.size > 0 {
            self.prints.lines.push((line.hash >> 32) as u32 ^ line.hash as u32);
            self.prints.sizes.push(line.size | if line.is_open && line.acts { STEP } else { 0 });
        }
    }

    fn finish(mut self, window: usize) -> Prints {
        self.end_line();
        let power = (0..window).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        let sum = |at: usize| self.sums.get(at).copied();
        let hash = |first: u32| {
            let (Some(before), Some(all)) = (sum(first as usize), sum(first as usize + window)) else { return 0 };
            all.wrapping_sub(before.wrapping_mul(power)).max(1)
        };
        self.prints.windows = self.firsts.iter().map(|first| hash(*first)).collect();
        // They are kept until all files were read.
        self.prints.lines.shrink_to_fit();
        self.prints.sizes.shrink_to_fit();
        self.prints.starts.shrink_to_fit();
        self.prints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_acts_where_it_calls_decides_or_assigns_outside_of_brackets() {
        let text = "x = 1\nf(\n    a=g(),\n    b,\n)\n\nif x:\n    'text'\n    return y\nNAME\n{\n 'a': 1,\n}\n";
        let prints = Prints::of(text, Language::Python, 3, Reading::default());
        let steps: Vec<bool> = (0..prints.len()).map(|line| prints.is_step(line)).collect();
        assert_eq!(steps[..8], [true, true, false, false, false, true, false, true]);
        assert!(steps[8..].iter().all(|is_step| !is_step));
        assert_eq!((prints.size(0), prints.size(1), prints.start(2)), (3, 2, 13));
    }

    #[test]
    fn equal_tokens_have_equal_hashes_whatever_stands_between_and_around_them() {
        let one = Prints::of("a()\nx = f(1,\n  2)\ny\nz", Language::Python, 8, Reading::default());
        let other = Prints::of("b(2)\n\n# why\nx  =  f(1, 2)\n\ny\nz", Language::Python, 8, Reading::default());
        assert_eq!(one.window(1), other.window(1));
        assert!(one.window(1).is_some() && one.window(0) != other.window(0));
        assert_eq!(one.window(3), None, "less than eight tokens are left");
    }
}
