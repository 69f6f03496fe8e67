//! Language facts: what a node kind is, read from `queries/<language>/*.scm` into a table by kind.
//!
//! A fact is a query of one node with captured fields, such as
//! `(call function: (_) @callee arguments: (_) @arguments) @call`. Running these as queries over whole trees costs several
//! times the parse; a table lookup in the one walk costs nothing that can be measured.

use tree_sitter::{Language as Grammar, Node};

/// What a kind is; a node may be several things. The names are the captures of the facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fact(u32);

impl Fact {
    pub const NONE: Fact = Fact(0);
    pub const FUNCTION: Fact = Fact(1);
    pub const CLOSURE: Fact = Fact(1 << 1);
    pub const CLASS: Fact = Fact(1 << 2);
    pub const CALL: Fact = Fact(1 << 3);
    pub const BRANCH: Fact = Fact(1 << 4);
    pub const NEST: Fact = Fact(1 << 5);
    pub const FLAT: Fact = Fact(1 << 6);
    pub const BOOLEAN: Fact = Fact(1 << 7);
    pub const LOOP: Fact = Fact(1 << 8);
    pub const TRY: Fact = Fact(1 << 9);
    pub const COMMENT: Fact = Fact(1 << 10);
    pub const STRING: Fact = Fact(1 << 11);
    pub const IMPORT: Fact = Fact(1 << 12);
    pub const BINDING: Fact = Fact(1 << 13);
    pub const ASSIGN: Fact = Fact(1 << 14);
    pub const ATTRIBUTE: Fact = Fact(1 << 15);
    pub const BRANCH_IF_ALTERNATIVE: Fact = Fact(1 << 16);
    pub const DECORATOR: Fact = Fact(1 << 17);
    /// Nothing is looked for below such a node.
    pub const LEAF: Fact = Fact(1 << 18);
    pub const MEMBER: Fact = Fact(1 << 19);
    pub const IDENTIFIER: Fact = Fact(1 << 20);
    /// Nothing is looked for below such a node whose text is plain: names and literals, and what stands between them.
    pub const PLAIN_LEAF: Fact = Fact(1 << 24);
    /// As before, and a `=` only gives a value to a parameter.
    pub const PLAIN_PAIRS: Fact = Fact(1 << 25);
    /// A keyword or operator that decides something where it stands among the tokens of a macro.
    pub const TOKEN: Fact = Fact(1 << 21);
    /// Tokens between brackets, in a macro.
    pub const TOKENS: Fact = Fact(1 << 22);
    pub const IN_MACRO: Fact = Fact(Fact::TOKEN.0 | Fact::TOKENS.0);
    /// An operator that only gives a default, which is no step for a reader: `x ?? y`.
    pub const SHORTHAND: Fact = Fact(1 << 23);
    /// What rules about the shape of the code look at.
    pub const SHAPE: Fact = Fact(1 << 26);
    /// A regex literal.
    pub const REGEX: Fact = Fact(1 << 27);
    /// Of a kind that some query rule starts with; set for a run, not by a fact file.
    pub const QUERIED: Fact = Fact(1 << 31);

    const NAMES: &'static [(&'static str, Fact)] = &[
        ("function", Fact::FUNCTION),
        ("closure", Fact::CLOSURE),
        ("class", Fact::CLASS),
        ("call", Fact::CALL),
        ("branch", Fact::BRANCH),
        ("nest", Fact::NEST),
        ("flat", Fact::FLAT),
        ("boolean", Fact::BOOLEAN),
        ("loop", Fact::LOOP),
        ("try", Fact::TRY),
        ("comment", Fact::COMMENT),
        ("string", Fact::STRING),
        ("regex", Fact::REGEX),
        ("import", Fact::IMPORT),
        ("binding", Fact::BINDING),
        ("assign", Fact::ASSIGN),
        ("attribute", Fact::ATTRIBUTE),
        ("decorator", Fact::DECORATOR),
        ("leaf", Fact::LEAF),
        ("plain-leaf", Fact::PLAIN_LEAF),
        ("plain-pairs", Fact::PLAIN_PAIRS),
        ("member", Fact::MEMBER),
        ("identifier", Fact::IDENTIFIER),
        ("tokens", Fact::TOKENS),
        ("shape", Fact::SHAPE),
        ("branch-if-alternative", Fact::BRANCH_IF_ALTERNATIVE),
    ];

    /// Facts that the walk has nothing to do for: others ask for them.
    const SILENT: Fact = Fact(
        Fact::LEAF.0
            | Fact::PLAIN_LEAF.0
            | Fact::PLAIN_PAIRS.0
            | Fact::MEMBER.0
            | Fact::IDENTIFIER.0
            | Fact::SHORTHAND.0,
    );

    /// Whether the walk has nothing to record here.
    pub fn is_silent(self) -> bool {
        self.0 & !Fact::SILENT.0 == 0
    }

    pub fn has(self, other: Fact) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn with(self, other: Fact) -> Fact {
        Fact(self.0 | other.0)
    }

    fn without(self, other: Fact) -> Fact {
        Fact(self.0 & !other.0)
    }
}

/// The part that a child plays in its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Name,
    Parameters,
    Body,
    Callee,
    Arguments,
    Target,
    Value,
    Condition,
    Alternative,
    Receiver,
}

impl Role {
    const NAMES: [(&'static str, Role); 10] = [
        ("name", Role::Name),
        ("parameters", Role::Parameters),
        ("body", Role::Body),
        ("callee", Role::Callee),
        ("arguments", Role::Arguments),
        ("target", Role::Target),
        ("value", Role::Value),
        ("condition", Role::Condition),
        ("alternative", Role::Alternative),
        ("receiver", Role::Receiver),
    ];
}

#[derive(Clone, Debug, Default)]
struct Entry {
    fact: Fact,
    /// Field id by role; 0 for none.
    fields: [u16; Role::NAMES.len()],
    /// For `@boolean`: the operator's field, and the kinds it must have.
    operator: u16,
    tokens: Vec<u16>,
}

/// Facts by `kind_id`.
#[derive(Clone, Debug)]
pub struct FactTable {
    entries: Vec<Entry>,
    facts: Vec<Fact>,
    /// Whether the walk goes everywhere: set for a run, where some query rule starts at a kind that it would pass over.
    is_exhaustive: bool,
    /// Whether a lone `;` is something: set for a run, where some query rule starts at an empty statement.
    has_empty_statements: bool,
    /// Whether `'` quotes text; in Rust it also begins a lifetime.
    pub(super) quotes_singly: bool,
}

impl FactTable {
    /// From the texts of fact files. Kinds that `grammar` does not have are left out: TypeScript shares JavaScript's
    /// facts and has no JSX. That no kind is misspelt is checked by a test, which compiles each file as a query.
    pub fn new(grammar: &Grammar, files: &[&str]) -> FactTable {
        let kinds = grammar.node_kind_count();
        // Punctuation and keywords have no children.
        let is_named = |kind| grammar.node_kind_is_named(kind);
        let facts = (0..kinds as u16).map(|kind| if is_named(kind) { Fact::NONE } else { Fact::LEAF }).collect();
        let mut table = FactTable {
            entries: vec![Entry::default(); kinds],
            facts,
            is_exhaustive: false,
            has_empty_statements: false,
            quotes_singly: grammar.id_for_node_kind("lifetime", true) == 0,
        };
        for pattern in files.iter().flat_map(|text| Reader::new(text).patterns()) {
            table.add(grammar, &pattern);
        }
        table
    }

    fn add(&mut self, grammar: &Grammar, pattern: &Pattern<'_>) {
        let kind = grammar.id_for_node_kind(pattern.kind, true);
        if kind == 0 {
            return;
        }
        let field_id = |name: &str| grammar.field_id_for_name(name).map_or(0, |id| id.get());
        let entry = &mut self.entries[kind as usize];
        for capture in &pattern.captures {
            if let Some((_, fact)) = Fact::NAMES.iter().find(|(name, _)| name == capture) {
                entry.fact = entry.fact.with(*fact);
            }
        }
        for child in &pattern.children {
            for (index, (name, _)) in Role::NAMES.iter().enumerate() {
                if child.captures.contains(name) {
                    entry.fields[index] = field_id(child.field);
                }
            }
            // Such tokens are alike wherever they stand; the walk looks at what they stand in.
            let facts_of_tokens = [("token", Fact::TOKEN), ("shorthand", Fact::SHORTHAND)];
            for (_, token_fact) in facts_of_tokens.iter().filter(|(name, _)| child.captures.contains(name)) {
                for token in &child.tokens {
                    let fact = &mut self.facts[grammar.id_for_node_kind(token, false) as usize];
                    *fact = fact.with(*token_fact);
                }
            }
            if !child.tokens.is_empty() {
                entry.operator = field_id(child.field);
                entry.tokens.extend(child.tokens.iter().map(|token| grammar.id_for_node_kind(token, false)));
            }
        }
        self.facts[kind as usize] = entry.fact;
    }

    pub fn fact(&self, kind: u16) -> Fact {
        self.facts.get(kind as usize).copied().unwrap_or(Fact::NONE)
    }

    /// Marks the kind `name` of `grammar` as one that a query rule starts with.
    pub fn mark_queried(&mut self, grammar: &Grammar, name: &str) {
        if let Some(fact) = self.facts.get_mut(grammar.id_for_node_kind(name, true) as usize) {
            *fact = fact.with(Fact::QUERIED);
        }
        self.has_empty_statements |= name == "empty_statement";
        if !NEVER_PASSED_OVER.iter().any(|ending| name.ends_with(ending)) {
            self.is_exhaustive = true;
            self.facts.iter_mut().for_each(|fact| *fact = fact.without(PASSED_OVER));
        }
    }

    /// Whether nothing below `node` is passed over.
    pub fn is_exhaustive(&self) -> bool {
        self.is_exhaustive
    }

    /// Whether a node may be passed over that is one sign, a bracket or a `;`, and the last in its parent.
    pub fn passes_over_end(&self) -> bool {
        !self.is_exhaustive && !self.has_empty_statements
    }

    /// The child of `node` that plays `role`.
    pub fn child<'t>(&self, node: Node<'t>, role: Role) -> Option<Node<'t>> {
        let field = self.entries.get(node.kind_id() as usize)?.fields[role as usize];
        if field == 0 { None } else { node.child_by_field_id(field) }
    }

    pub fn is_shorthand(&self, operator: u16) -> bool {
        self.fact(operator).has(Fact::SHORTHAND)
    }

    /// The operator of a `@boolean` node, if it is one of those that count.
    pub fn boolean_operator(&self, node: Node<'_>) -> Option<u16> {
        let entry = self.entries.get(node.kind_id() as usize)?;
        let operator = node.child_by_field_id(entry.operator)?.kind_id();
        entry.tokens.contains(&operator).then_some(operator)
    }
}

const PASSED_OVER: Fact = Fact(Fact::LEAF.0 | Fact::PLAIN_LEAF.0 | Fact::PLAIN_PAIRS.0);

/// Endings of the names of kinds that are not below leaves, and whose text is not plain.
const NEVER_PASSED_OVER: &[&str] =
    &["_statement", "_clause", "_definition", "_declaration", "_item", "_block", "default_parameter"];

struct Pattern<'q> {
    kind: &'q str,
    children: Vec<Child<'q>>,
    captures: Vec<&'q str>,
}

struct Child<'q> {
    field: &'q str,
    tokens: Vec<&'q str>,
    captures: Vec<&'q str>,
}

/// Reads the notation of the fact files: flat patterns with fields, alternations of tokens, quantifiers and captures.
struct Reader<'q> {
    tokens: Vec<&'q str>,
    at: usize,
}

impl<'q> Reader<'q> {
    fn new(text: &'q str) -> Reader<'q> {
        let mut tokens = Vec::new();
        for line in text.lines() {
            let mut rest = line.trim_start();
            while let Some(first) = rest.chars().next() {
                let length = match first {
                    ';' => break,
                    '(' | ')' | '[' | ']' | ':' | '?' | '*' | '+' => 1,
                    '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
                    _ => rest.find(|c: char| c.is_whitespace() || "()[]:?*+\"".contains(c)).unwrap_or(rest.len()),
                };
                tokens.push(&rest[..length]);
                rest = rest[length..].trim_start();
            }
        }
        Reader { tokens, at: 0 }
    }

    fn peek(&self) -> &'q str {
        self.tokens.get(self.at).copied().unwrap_or_default()
    }

    fn next(&mut self) -> &'q str {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn patterns(mut self) -> Vec<Pattern<'q>> {
        let mut patterns = Vec::new();
        while self.at < self.tokens.len() {
            if self.next() != "(" {
                continue;
            }
            let kind = self.next();
            let mut children = Vec::new();
            while !matches!(self.peek(), ")" | "") {
                // Anonymous children have no field.
                let field = if self.peek() == "[" { "" } else { self.next() };
                if self.peek() == ":" {
                    self.next();
                }
                let tokens = self.skip_node();
                children.push(Child { field, tokens, captures: self.captures() });
            }
            self.next();
            patterns.push(Pattern { kind, children, captures: self.captures() });
        }
        patterns
    }

    /// Passes over one node and gives the quoted tokens in it.
    fn skip_node(&mut self) -> Vec<&'q str> {
        let mut depth = 0;
        let mut quoted = Vec::new();
        loop {
            let token = self.next();
            match token {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "" => break,
                _ if token.starts_with('"') => quoted.push(token.trim_matches('"')),
                _ => {}
            }
            if depth <= 0 {
                break;
            }
        }
        quoted
    }

    fn captures(&mut self) -> Vec<&'q str> {
        let mut captures = Vec::new();
        loop {
            match self.peek() {
                "?" | "*" | "+" => self.at += 1,
                token if token.starts_with('@') => captures.push(&self.next()[1..]),
                _ => return captures,
            }
        }
    }
}
