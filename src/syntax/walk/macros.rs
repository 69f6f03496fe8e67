//! What is known of the code inside a Rust macro, where the grammar has tokens and no tree: the decisions, which belong to
//! the function around, and functions that are written there (`cfg_rt! { fn … }`, `macro_rules!`).

use tree_sitter::Node;

use super::{Leave, Open, Walker};
use crate::syntax::facts::Fact;
use crate::syntax::{Function, Scope};

/// Macros whose tokens are code of somewhere else: what they decide is not decided here.
const QUOTES: &[&str] = &["quote", "quote_spanned", "parse_quote", "parse_quote_spanned"];

/// From the name of a function to its body are at most so many bytes.
const MAX_HEADER: usize = 4096;

/// What was seen of a construct whose brackets are still to come. Each stands at a depth of the tree.
#[derive(Default)]
pub(super) struct Pending<'t> {
    /// A function: where it starts, and its parameters.
    function: Option<(u32, Node<'t>, Option<Node<'t>>)>,
    /// A match, for its arms.
    arms: Option<u32>,
    /// Brackets with the arms of a match in them, and whether one was seen: of so many arms, one is what is left.
    pub(super) matches: Vec<(u32, bool)>,
    quoted: bool,
    /// The last boolean operator and the brackets that it stands in.
    boolean: Option<(usize, u16)>,
}

impl<'t> Walker<'t> {
    /// Tokens of a macro; whether there are some within.
    pub(super) fn in_macro(&mut self, node: Node<'t>, fact: Fact, depth: u32) -> bool {
        if fact.has(Fact::TOKENS) {
            self.tokens(node, depth);
        } else {
            self.token(node, depth);
        }
        fact.has(Fact::TOKENS)
    }

    /// A token that decides something or begins a function, if it stands in a macro.
    fn token(&mut self, node: Node<'t>, depth: u32) {
        let Some(tokens) = self.ancestors.last().copied().filter(is_tokens) else { return };
        if self.pending.quoted {
            return;
        }
        let before = self.syntax.text.as_bytes().get(..node.start_byte()).unwrap_or_default().trim_ascii_end();
        let after = self.syntax.text.as_bytes().get(node.end_byte()..).unwrap_or_default().trim_ascii_start();
        let ends_operand = before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_)]}?\"'".contains(byte));
        // Arms may stand in a repetition: `$( $name => …, )*`.
        let arms_at = if tokens.kind() == "token_repetition" { depth.saturating_sub(1) } else { depth };
        match node.kind() {
            "fn" => self.pending.function = Some((depth, node, None)),
            "match" => {
                self.pending.arms = Some(depth);
                self.decide(0, true);
            }
            "=>" => {
                if let Some((_, seen)) = self.pending.matches.last_mut().filter(|(at, _)| *at == arms_at) {
                    let decisions = u32::from(std::mem::replace(seen, true));
                    self.decide(decisions, false);
                }
            }
            "if" => {
                // `else if` goes on; a guard is a part of its arm.
                let is_first =
                    !before.ends_with(b"else") && self.pending.matches.last().is_none_or(|(at, _)| *at != arms_at);
                self.decide(1, is_first);
            }
            "while" => self.decide(1, true),
            // `for<'a>` binds a lifetime.
            "for" if after.first() != Some(&b'<') => self.decide(1, true),
            // `?Sized` and the end of a repetition are none.
            "?" if ends_operand => self.decide(1, false),
            // `|| x` is a closure, `&&x` a reference to a reference.
            "&&" | "||" if ends_operand && !before.ends_with(b"move") => {
                self.decide(1, false);
                let boolean = (tokens.id(), node.kind_id());
                if self.pending.boolean.replace(boolean) != Some(boolean) {
                    self.step();
                }
            }
            _ => {}
        }
    }

    /// Adds to the measures of the innermost function. How deep it is nested among the tokens is not known.
    fn decide(&mut self, decisions: u32, is_step: bool) {
        let Some(open) = self.open.last() else { return };
        let Some(function) = self.syntax.functions.get_mut(open.index) else { return };
        function.cyclomatic += decisions;
        if is_step {
            function.cognitive = function.cognitive.saturating_add(1 + open.nesting);
        }
    }

    fn step(&mut self) {
        if let Some(function) = self.open.last().and_then(|open| self.syntax.functions.get_mut(open.index)) {
            function.cognitive = function.cognitive.saturating_add(1);
        }
    }

    /// Brackets with tokens: of a macro, or of a construct that began before them.
    fn tokens(&mut self, node: Node<'t>, depth: u32) {
        let parent = self.ancestors.last().copied();
        if !parent.as_ref().is_some_and(is_tokens) {
            let name = parent.and_then(|parent| parent.child_by_field_name("macro"));
            let name = name.map(|name| self.syntax.text_of(name)).unwrap_or_default();
            let quoted = QUOTES.contains(&name.rsplit("::").next().unwrap_or(name));
            self.pending = Pending { quoted, ..Pending::default() };
            return;
        }
        let first = self.syntax.text.as_bytes().get(node.start_byte());
        if first == Some(&b'{') && self.pending.arms == Some(depth) {
            self.pending.arms = None;
            self.pending.matches.push((depth + 1, false));
            self.leaves.push((depth, Leave::Arms));
        }
        match self.pending.function {
            Some((at, start, None)) if at == depth && first == Some(&b'(') => {
                self.pending.function = Some((at, start, Some(node)));
            }
            Some((at, start, Some(parameters))) if at == depth && first == Some(&b'{') => {
                self.pending.function = None;
                self.open_function_of_tokens(start, parameters, node, depth);
            }
            _ => {}
        }
    }

    fn open_function_of_tokens(&mut self, start: Node<'t>, parameters: Node<'t>, body: Node<'t>, depth: u32) {
        let text = self.syntax.text;
        let between = |from: usize, to: usize| text.get(from..to).filter(|text| text.len() < MAX_HEADER);
        let name = between(start.end_byte(), parameters.start_byte()).unwrap_or_default().trim();
        let name = name.split(|c: char| c == '<' || c.is_whitespace()).next().unwrap_or_default();
        // A signature without a body ends before the brackets; arrays have a `;` of their own.
        let header = between(parameters.end_byte(), body.start_byte()).unwrap_or(";");
        let mut brackets = 0;
        let ends = |c: char| {
            brackets += i32::from(c == '[') - i32::from(c == ']');
            c == ';' && brackets == 0
        };
        if name.is_empty() || header.chars().any(ends) {
            return;
        }
        let qualified = self.qualified(name);
        let index = self.syntax.functions.len();
        let outer = self.scope;
        self.scope = Scope { function: Some(index as u32), in_loop: None, in_try: false, ..outer };
        let mut cursor = parameters.walk();
        let colons = parameters.children(&mut cursor).filter(|token| token.kind() == ":").count();
        self.syntax.functions.push(Function {
            node: body,
            start: start.start_byte(),
            scope: outer,
            inner: self.scope,
            name: qualified,
            cyclomatic: 1,
            cognitive: 0,
            nesting: 0,
            parameters: colons as u32,
            is_async: false,
        });
        self.names.push(name.to_owned());
        self.open.push(Open { index, nesting: 0 });
        self.leaves.push((depth, Leave::Function(outer)));
    }
}

fn is_tokens(node: &Node<'_>) -> bool {
    matches!(node.kind(), "token_tree" | "token_repetition")
}
