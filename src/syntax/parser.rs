use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState};

use super::Syntax;
use super::grammar::grammar;
use super::walk::{KindSet, walk};
use crate::model::Language;

/// One parser a language, made when first needed. A worker owns one and keeps it.
#[derive(Default)]
pub struct Parser {
    parsers: [Option<tree_sitter::Parser>; 5],
}

/// A parsed text.
pub struct Tree {
    tree: tree_sitter::Tree,
    language: Language,
}

/// The parser gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not parsed within {limit:?}")]
pub struct ParseTimeout {
    pub limit: Duration,
}

impl Parser {
    /// # Errors
    /// When parsing takes longer than `limit`.
    pub fn parse(&mut self, language: Language, text: &str, limit: Duration) -> Result<Tree, ParseTimeout> {
        let timeout = ParseTimeout { limit };
        let slot = &mut self.parsers[language as usize];
        let parser = match slot {
            Some(parser) => parser,
            None => {
                let mut parser = tree_sitter::Parser::new();
                parser.set_language(&grammar(language).language).map_err(|_| timeout)?;
                slot.insert(parser)
            }
        };
        let deadline = Instant::now() + limit;
        let mut give_up = |_: &ParseState| {
            if Instant::now() > deadline { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = text.as_bytes();
        let tree = parser.parse_with_options(
            &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
            None,
            Some(ParseOptions::new().progress_callback(&mut give_up)),
        );
        match tree {
            Some(tree) => Ok(Tree { tree, language }),
            None => {
                parser.reset();
                Err(timeout)
            }
        }
    }
}

impl Tree {
    pub(super) fn root(&self) -> tree_sitter::Node<'_> {
        self.tree.root_node()
    }

    /// The facts of the tree, which was parsed from `text`. Nodes of the kinds in `wanted` are listed too.
    pub fn index<'t>(&'t self, text: &'t str, wanted: &'t KindSet) -> Syntax<'t> {
        walk(&self.tree, self.language, text, wanted)
    }
}
