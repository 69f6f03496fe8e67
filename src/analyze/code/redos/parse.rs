//! Regexes of Python, JavaScript, Oniguruma and PCRE as trees. What a backtracking engine does not go back into (atomic
//! groups, possessive quantifiers) and what depends on groups (conditions) gives no tree.

use super::class::Class;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ast {
    Empty,
    Char(Class),
    Concat(Vec<Ast>),
    Alternation(Vec<Ast>),
    Repeat { inner: Box<Ast>, least: u32, most: Option<u32> },
    Guard(Guard),
}

/// What holds or does not hold at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    Start,
    End,
    /// A word boundary, look-around or back-reference: not worked out.
    Unknown,
}

/// How a pattern is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    pub ignore_case: bool,
    pub dot_all: bool,
    pub verbose: bool,
    pub multi_line: bool,
    /// JavaScript, where `[]` is empty and `[^]` is anything.
    pub is_javascript: bool,
}

/// Groups nested deeper than this are not read.
const MAX_DEPTH: u32 = 100;

/// The longest pattern that is read, in bytes.
const MAX_PATTERN: usize = 4000;

pub fn parse(pattern: &str, flags: Flags) -> Option<(Ast, Flags)> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let mut parser = Parser { chars: pattern.chars().collect(), at: 0, flags, depth: 0 };
    let ast = parser.alternation()?;
    (parser.at == parser.chars.len()).then_some((ast, parser.flags))
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    flags: Flags,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(index, c)| self.chars.get(self.at + index) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn until(&mut self, end: char) -> Option<String> {
        let rest = self.chars.get(self.at..)?;
        let length = rest.iter().position(|c| *c == end)?;
        let text = rest[..length].iter().collect();
        self.at += length + 1;
        Some(text)
    }

    fn alternation(&mut self) -> Option<Ast> {
        let mut branches = vec![self.concat()?];
        while self.eat("|") {
            branches.push(self.concat()?);
        }
        if branches.len() == 1 { branches.pop() } else { Some(Ast::Alternation(branches)) }
    }

    fn concat(&mut self) -> Option<Ast> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            if self.flags.verbose && (c.is_whitespace() || c == '#') {
                self.at += 1;
                while c == '#' && self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            let atom = self.atom()?;
            parts.push(self.quantified(atom)?);
        }
        Some(match parts.len() {
            0 => Ast::Empty,
            1 => parts.pop()?,
            _ => Ast::Concat(parts),
        })
    }

    fn quantified(&mut self, atom: Ast) -> Option<Ast> {
        let Some((least, most)) = self.quantifier() else { return Some(atom) };
        // Lazy: it tries in another order.
        self.eat("?");
        // Possessive: it never goes back. Anything else is an error in all engines.
        if self.quantifier().is_some() {
            return None;
        }
        Some(Ast::Repeat { inner: Box::new(atom), least, most })
    }

    fn quantifier(&mut self) -> Option<(u32, Option<u32>)> {
        if self.eat("*") {
            Some((0, None))
        } else if self.eat("+") {
            Some((1, None))
        } else if self.eat("?") {
            Some((0, Some(1)))
        } else {
            self.bounds()
        }
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; anything else in braces is text.
    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let start = self.at;
        let read = self.eat("{").then(|| self.until('}')).flatten().and_then(|inner| {
            let number = |text: &str| text.parse::<u32>().ok();
            match inner.split_once(',') {
                None => number(&inner).map(|times| (times, Some(times))),
                Some(("", "")) => None,
                Some(("", most)) => number(most).map(|most| (0, Some(most))),
                Some((least, "")) => number(least).map(|least| (least, None)),
                Some((least, most)) => number(least).zip(number(most)).map(|(least, most)| (least, Some(most))),
            }
        });
        if read.is_none() {
            self.at = start;
        }
        read
    }

    fn atom(&mut self) -> Option<Ast> {
        let c = self.peek()?;
        self.at += 1;
        Some(match c {
            '(' => return self.group(),
            '[' => Ast::Char(self.set()?),
            '^' => Ast::Guard(Guard::Start),
            '$' => Ast::Guard(Guard::End),
            '.' if self.flags.dot_all => Ast::Char(Class::any()),
            '.' => Ast::Char(Class::of(&[('\n', '\n')]).negated()),
            '\\' => return self.escape(),
            c => self.char(c),
        })
    }

    fn char(&self, c: char) -> Ast {
        let class = Class::of(&[(c, c)]);
        Ast::Char(if self.flags.ignore_case { class.folded() } else { class })
    }

    fn group(&mut self) -> Option<Ast> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let outer = self.flags;
        let mut looks_around = false;
        if self.eat("?") {
            if self.eat("#") {
                self.until(')')?;
                self.depth -= 1;
                return Some(Ast::Empty);
            }
            if self.eat("P=") {
                self.until(')')?;
                self.depth -= 1;
                return Some(Ast::Guard(Guard::Unknown));
            }
            if self.eat("=") || self.eat("!") || self.eat("<=") || self.eat("<!") {
                looks_around = true;
            } else if self.eat("P<") || self.eat("<") {
                self.until('>')?;
            } else if !self.eat(":") && !self.switch()? {
                // The flags hold for what follows in the group around.
                self.depth -= 1;
                return Some(Ast::Empty);
            }
        }
        let inner = self.alternation()?;
        if !self.eat(")") {
            return None;
        }
        self.flags = outer;
        self.depth -= 1;
        Some(if looks_around { Ast::Guard(Guard::Unknown) } else { inner })
    }

    /// `(?im)` and `(?i-m:`; whether a group follows.
    fn switch(&mut self) -> Option<bool> {
        let mut on = true;
        loop {
            let c = self.peek()?;
            self.at += 1;
            match c {
                '-' => on = false,
                'i' => self.flags.ignore_case = on,
                's' => self.flags.dot_all = on,
                'm' => self.flags.multi_line = on,
                'x' => self.flags.verbose = on,
                'a' | 'u' | 'L' => {}
                ':' => return Some(true),
                ')' => return Some(false),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<Ast> {
        let c = self.peek()?;
        match c {
            'b' | 'B' | 'G' | 'K' => {
                self.at += 1;
                Some(Ast::Guard(Guard::Unknown))
            }
            'A' | 'Z' | 'z' if !self.flags.is_javascript => {
                self.at += 1;
                Some(Ast::Guard(if c == 'A' { Guard::Start } else { Guard::End }))
            }
            'k' => {
                self.at += 1;
                if self.eat("<") {
                    self.until('>')?;
                }
                Some(Ast::Guard(Guard::Unknown))
            }
            '1'..='9' => {
                while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    self.at += 1;
                }
                Some(Ast::Guard(Guard::Unknown))
            }
            _ => {
                let class = self.escaped_class()?;
                Some(Ast::Char(if self.flags.ignore_case { class.folded() } else { class }))
            }
        }
    }

    /// What `\` and the next characters stand for, in a set as well as outside of one.
    fn escaped_class(&mut self) -> Option<Class> {
        let c = self.peek()?;
        self.at += 1;
        let one = |c: char| Class::of(&[(c, c)]);
        Some(match c {
            'd' => Class::digits(),
            'D' => Class::digits().negated(),
            'w' => Class::words(),
            'W' => Class::words().negated(),
            's' => Class::blanks(),
            'S' => Class::blanks().negated(),
            'n' => one('\n'),
            'r' => one('\r'),
            't' => one('\t'),
            'f' => one('\u{c}'),
            'v' => one('\u{b}'),
            '0' => one('\0'),
            'x' => one(self.hexadecimal(2)?),
            'u' if self.eat("{") => one(char::from_u32(u32::from_str_radix(&self.until('}')?, 16).ok()?)?),
            'u' => one(self.hexadecimal(4)?),
            'p' if self.eat("{") => {
                self.until('}')?;
                Class::letters()
            }
            'c' => {
                self.at += 1;
                one('\u{1}')
            }
            // Letters that mean something else in one of the engines.
            'P' | 'N' | 'R' | 'X' | 'h' | 'H' | 'Q' | 'E' => return None,
            c => one(c),
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let text: String = self.chars.get(self.at..self.at + digits)?.iter().collect();
        self.at += digits;
        // Half of a pair stands for something beyond the first plane.
        let code = u32::from_str_radix(&text, 16).ok()?;
        Some(char::from_u32(code).unwrap_or('\u{10000}'))
    }

    fn set(&mut self) -> Option<Class> {
        let negated = self.eat("^");
        let mut class = Class::default();
        let mut is_first = true;
        loop {
            let c = self.peek()?;
            self.at += 1;
            if c == ']' && (!is_first || self.flags.is_javascript) {
                break;
            }
            is_first = false;
            // Sets in sets.
            if c == '[' && self.peek() == Some(':') || (c == '&' && self.peek() == Some('&')) {
                return None;
            }
            let from = self.item(c)?;
            let is_range = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
            match (is_range, single(&from)) {
                (true, Some(first)) => {
                    self.at += 1;
                    let c = self.peek()?;
                    self.at += 1;
                    let to = self.item(c)?;
                    match single(&to) {
                        Some(last) => class.add(first, last),
                        None => {
                            class.union(&from);
                            class.union(&to);
                            class.union(&Class::of(&[('-', '-')]));
                        }
                    }
                }
                _ => class.union(&from),
            }
        }
        let class = if self.flags.ignore_case { class.folded() } else { class };
        Some(if negated { class.negated() } else { class })
    }

    fn item(&mut self, c: char) -> Option<Class> {
        if c != '\\' {
            return Some(Class::of(&[(c, c)]));
        }
        if self.eat("b") {
            return Some(Class::of(&[('\u{8}', '\u{8}')]));
        }
        self.escaped_class()
    }
}

/// The one character of a class that has no more.
fn single(class: &Class) -> Option<u32> {
    let c = class.example()?;
    (*class == Class::of(&[(c, c)])).then_some(u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(pattern: &str) -> bool {
        parse(pattern, Flags::default()).is_some()
    }

    #[test]
    fn what_engines_read_is_read() {
        for pattern in [
            "",
            "a|b|",
            "(?P<name>x)+?",
            "(?<name>x){2,}",
            "[]a]",
            "[^]a]",
            r"[\w-]",
            r"[a\-z\]]",
            "a{,3}b{x}",
            r"\u{1F600}\x41\u0041\p{L}",
            "(?i)a(?s:.)(?-i:b)",
            "(?<!a)b(?=c)(?#note)",
            r"(a)\1(?P=n)\k<n>",
        ] {
            assert!(parses(pattern), "{pattern}");
        }
        for pattern in ["(", "a)", "[a", "a++", "a**", "a{2}{3}", "(?>a)", "(?(1)a)", r"\P{L}", "[[:alpha:]]"] {
            assert!(!parses(pattern), "{pattern}");
        }
        let javascript = Flags { is_javascript: true, ..Flags::default() };
        assert_eq!(parse("[^]", javascript).map(|(ast, _)| ast), Some(Ast::Char(Class::any())));
        let verbose = Flags { verbose: true, ..Flags::default() };
        assert_eq!(parse("a # b\n c", verbose).map(|(ast, _)| ast), parse("ac", Flags::default()).map(|(ast, _)| ast));
    }
}
