//! From the tree of a pattern to its pieces.

use super::super::facts::{Fact, Role};
use super::super::grammar::grammar;
use super::super::walk::KindSet;
use super::super::{Node, Syntax, Value};
use super::children::children;
use super::kinds::{alike, is_literal, is_tokens, strip, wraps_hole};
use super::notation::Parsed;
use super::{Anchor, Pattern, PatternError, Piece, PieceId, Shape};
use crate::model::{CodePattern, Hole, Language};

/// How deep the code of a pattern may be nested.
const MAX_DEPTH: usize = 100;

/// How many names are looked for before a pattern is tried.
const MAX_REQUIRED: usize = 4;

/// Facts of which the walk makes lists, wherever their nodes stand.
const LISTED: Fact = Fact::CALL.with(Fact::FUNCTION).with(Fact::LOOP).with(Fact::BINDING).with(Fact::ATTRIBUTE);

impl Pattern {
    /// # Errors
    /// When the pattern is no valid code of `language`, or says nothing.
    pub fn new(language: Language, pattern: &CodePattern) -> Result<Pattern, PatternError> {
        let parsed = Parsed::new(pattern, language)?;
        let kinds = KindSet::default();
        let syntax = parsed.tree().index(parsed.text(), &kinds);
        let mut compiler =
            Compiler { syntax: &syntax, parsed: &parsed, pieces: Vec::new(), variables: Vec::new(), in_text: None };
        let mut root = Vec::new();
        for node in parsed.roots() {
            root.push(compiler.piece(node, None, 0)?);
        }
        let Compiler { pieces, variables, in_text, .. } = compiler;
        if let Some(name) = in_text.filter(|name| !variables.contains(name)) {
            let message = format!(
                "`${name}` stands in a text, where it is no metavariable: ask for the text with `where` and `matches`"
            );
            return Err(PatternError { at: 0, message });
        }
        let is_many = |id: &PieceId| matches!(pieces.get(*id), Some(Piece::Many { .. }));
        while root.len() > 1 && root.last().is_some_and(is_many) {
            root.pop();
        }
        let first = root.iter().position(|id| !is_many(id)).unwrap_or_default();
        root.drain(..first);
        let mut pattern =
            Pattern { language, pieces, root, variables, anchor: Anchor::Kinds(Vec::new()), required: Vec::new() };
        pattern.anchor = pattern.find_anchor(&parsed)?;
        pattern.required = pattern.find_required();
        Ok(pattern)
    }

    /// Node kinds that the walk must list for this pattern, besides what it lists for everyone.
    pub fn walked_kinds(&self) -> Vec<&'static str> {
        match &self.anchor {
            Anchor::Call(_) => Vec::new(),
            Anchor::Kinds(kinds) => kinds.iter().copied().filter(|kind| !is_listed(self.language, kind)).collect(),
        }
    }

    fn find_anchor(&self, parsed: &Parsed<'_>) -> Result<Anchor, PatternError> {
        let facts = &grammar(self.language).facts;
        let nothing =
            || PatternError { at: 0, message: "the pattern matches everything: write some code around it".to_owned() };
        let first = self.root.first().and_then(|id| self.pieces.get(*id)).ok_or_else(nothing)?;
        Ok(match first {
            Piece::Anything | Piece::Variable(_) | Piece::Many { .. } => return Err(nothing()),
            Piece::Path { path, .. } => {
                let wanted = if path.contains('.') { Fact::IDENTIFIER.with(Fact::MEMBER) } else { Fact::IDENTIFIER };
                Anchor::Kinds(kinds_with(self.language, wanted))
            }
            Piece::Literal(..) | Piece::AnyText | Piece::Leaf(_) => {
                let node = parsed.roots().into_iter().map(strip).next().ok_or_else(nothing)?;
                let is_text = node.kind() == "string" && self.language.is_javascript_like();
                Anchor::Kinds(if is_text {
                    vec!["string", "template_string"]
                } else {
                    vec![kind_of(self.language, node)]
                })
            }
            Piece::Node(shape) => {
                let kind = grammar(self.language).language.id_for_node_kind(shape.kind, true);
                match self.called_name(shape).filter(|_| facts.fact(kind).has(Fact::CALL)) {
                    Some(name) => Anchor::Call(name),
                    None => Anchor::Kinds(alike(shape.kind)),
                }
            }
        })
    }

    /// The last name of the callee, where `shape` is a call of something that has one.
    fn called_name(&self, shape: &Shape) -> Option<Box<str>> {
        shape.elements.iter().find_map(|id| match self.pieces.get(*id)? {
            Piece::Path { path, is_callee: true } => path.rsplit('.').next().map(Into::into),
            Piece::Node(callee) if self.is_member(callee) => match self.pieces.get(*callee.elements.last()?)? {
                Piece::Leaf(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        })
    }

    fn is_member(&self, shape: &Shape) -> bool {
        let grammar = grammar(self.language);
        grammar.facts.fact(grammar.language.id_for_node_kind(shape.kind, true)).has(Fact::MEMBER)
    }

    fn find_required(&self) -> Vec<Box<str>> {
        let is_name = |text: &&str| text.len() > 2 && text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let mut names: Vec<Box<str>> = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Path { path, .. } => names.extend(path.split('.').filter(is_name).map(Into::into)),
                Piece::Leaf(text) if is_name(&&**text) => names.push(text.clone()),
                Piece::Node(shape) => {
                    names.extend(shape.keyed.iter().map(|(key, _)| key.clone()).filter(|key| is_name(&&**key)));
                }
                _ => {}
            }
        }
        names.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        names.dedup();
        names.truncate(MAX_REQUIRED);
        names
    }
}

/// Whether the walk lists nodes of this kind for everyone.
pub fn is_listed(language: Language, kind: &str) -> bool {
    let grammar = grammar(language);
    grammar.facts.fact(grammar.language.id_for_node_kind(kind, true)).has(LISTED)
}

fn kind_of(language: Language, node: Node<'_>) -> &'static str {
    grammar(language).language.node_kind_for_id(node.kind_id()).unwrap_or_default()
}

fn kinds_with(language: Language, wanted: Fact) -> Vec<&'static str> {
    let grammar = grammar(language);
    let kinds = 0..grammar.language.node_kind_count() as u16;
    let mut kinds: Vec<&'static str> = kinds
        .filter(|kind| grammar.facts.fact(*kind).has(wanted))
        .filter_map(|kind| grammar.language.node_kind_for_id(kind))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

struct Compiler<'c, 't, 'p> {
    syntax: &'c Syntax<'t>,
    parsed: &'c Parsed<'p>,
    pieces: Vec<Piece>,
    variables: Vec<Box<str>>,
    /// A metavariable that was seen in a text.
    in_text: Option<Box<str>>,
}

impl<'t, 'p> Compiler<'_, 't, 'p> {
    fn piece(&mut self, node: Node<'t>, parent: Option<Node<'t>>, depth: usize) -> Result<PieceId, PatternError> {
        if depth > MAX_DEPTH {
            return Err(PatternError { at: 0, message: format!("the pattern is nested more than {MAX_DEPTH} deep") });
        }
        let node = strip(node);
        let piece = match self.hole(node, parent) {
            Some(hole) => self.hole_piece(hole, parent.is_some_and(is_tokens)),
            None => match self.literal(node).or_else(|| self.name(node, parent)) {
                Some(piece) => piece,
                None if node.child_count() == 0 => Piece::Leaf(self.syntax.text_of(node).into()),
                None => self.shape(node, depth)?,
            },
        };
        self.pieces.push(piece);
        Ok(self.pieces.len() - 1)
    }

    /// The hole that `node` is, alone or in a wrapper that has no meaning of its own.
    fn hole(&self, node: Node<'t>, parent: Option<Node<'t>>) -> Option<Hole<'p>> {
        let text = self.syntax.text_of(node).trim();
        if node.child_count() == 0 || node.kind() == "jsx_text" {
            // Between what is filled into a text.
            let is_text = matches!(node.kind(), "string_content" | "string_fragment");
            let in_text = is_text && parent.is_some_and(|parent| parent.kind().contains("string"));
            return if in_text && self.parsed.restored(text) == "..." {
                Some(Hole::Many(None))
            } else {
                self.parsed.hole(text)
            };
        }
        let name = text.get(text.find("__gate_")?..)?;
        let name = name.get(..name.get(7..)?.find("__")? + 9)?;
        let hole = self.parsed.hole(name)?;
        let rest = text.replace(name, "");
        let is_alone = !rest.trim_start_matches("case").contains(|c: char| c.is_alphanumeric());
        (is_alone && wraps_hole(node, matches!(hole, Hole::Many(_)))).then_some(hole)
    }

    fn hole_piece(&mut self, hole: Hole<'p>, in_tokens: bool) -> Piece {
        match hole {
            Hole::Any if in_tokens => Piece::Many { variable: None, one_expression: true },
            Hole::One(name) if in_tokens => Piece::Many { variable: Some(self.variable(name)), one_expression: true },
            Hole::Any => Piece::Anything,
            Hole::One(name) => Piece::Variable(self.variable(name)),
            Hole::Many(name) => Piece::Many { variable: name.map(|name| self.variable(name)), one_expression: false },
        }
    }

    fn variable(&mut self, name: &str) -> usize {
        let known = self.variables.iter().position(|known| **known == *name);
        known.unwrap_or_else(|| {
            self.variables.push(name.into());
            self.variables.len() - 1
        })
    }

    fn literal(&mut self, node: Node<'t>) -> Option<Piece> {
        if !is_literal(node) {
            return None;
        }
        match self.syntax.dialect.value(self.syntax, node, 0) {
            Value::Text(text) => {
                let text = self.parsed.restored(&text);
                if text == "..." {
                    return Some(Piece::AnyText);
                }
                let seen = CodePattern { text: text.clone(), at: 0 };
                for (_, hole) in seen.holes() {
                    if let Hole::One(name) = hole {
                        self.in_text.get_or_insert(name.into());
                    }
                }
                Some(Piece::Literal(Value::Text(text.clone()), text.into()))
            }
            value @ (Value::Integer(_) | Value::True | Value::False | Value::None) => {
                Some(Piece::Literal(value, self.syntax.text_of(node).into()))
            }
            _ => None,
        }
    }

    fn name(&self, node: Node<'t>, parent: Option<Node<'t>>) -> Option<Piece> {
        let role = |role: Role| parent.and_then(|parent| self.syntax.child(parent, role)).map(|child| child.id());
        if role(Role::Name) == Some(node.id()) {
            // What is declared, or looked up in something, is no name of its own.
            return (node.child_count() == 0).then(|| Piece::Leaf(self.syntax.text_of(node).into()));
        }
        let path = self.syntax.written_path(node).filter(|path| !path.contains("__gate_"))?;
        let is_call = parent.is_some_and(|parent| self.syntax.facts.fact(parent.kind_id()).has(Fact::CALL));
        let is_callee = is_call && role(Role::Callee) == Some(node.id());
        Some(Piece::Path { path: path.into(), is_callee })
    }

    fn shape(&mut self, node: Node<'t>, depth: usize) -> Result<Piece, PatternError> {
        let kind = kind_of(self.syntax.language, node);
        let mut shape = Shape { kind, elements: Vec::new(), keyed: Vec::new(), has_many: false };
        let list = children(node);
        for (index, child) in list.iter().enumerate() {
            if child.is_keyed
                && self.hole(child.node, Some(node)).is_none()
                && let Some((key, value)) =
                    self.syntax.key_and_value(child.node).filter(|(key, _)| !key.contains("__gate_"))
            {
                let value = value.map(|value| self.piece(value, Some(child.node), depth + 1)).transpose()?;
                shape.keyed.push((key.into(), value));
                continue;
            }
            // The comma beside `...` goes with what is not there.
            let is_many = |at: Option<usize>| {
                let beside = at.and_then(|at| list.get(at)).and_then(|child| self.hole(child.node, Some(node)));
                matches!(beside, Some(Hole::Many(_)))
            };
            if child.node.kind() == "," && (is_many(index.checked_sub(1)) || is_many(Some(index + 1))) {
                continue;
            }
            let id = self.piece(child.node, Some(node), depth + 1)?;
            shape.has_many |= matches!(self.pieces.get(id), Some(Piece::Many { one_expression: false, .. }));
            shape.elements.push(id);
        }
        Ok(Piece::Node(shape))
    }
}
