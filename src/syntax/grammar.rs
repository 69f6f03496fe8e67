//! One grammar a language, with its facts and with what only the language itself can say.

use std::sync::OnceLock;

use tree_sitter::{Language as TreeSitterLanguage, Node};

use super::facts::FactTable;
use super::resolve::Imports;
use super::{Syntax, Value, javascript, python, rust};
use crate::model::Language;

/// What tables cannot say about a language.
pub trait Dialect: Sync {
    /// Adds the names that an import node binds.
    fn imports(&self, node: Node<'_>, text: &str, imports: &mut Imports);
    /// Whether a value that starts with `bytes` may be an import: a cheap look before [`Dialect::binding_imports`].
    fn may_import(&self, _bytes: &[u8]) -> bool {
        false
    }
    /// Adds the names that a `@binding` node imports: `const x = require("y")`.
    fn binding_imports(&self, _node: Node<'_>, _text: &str, _imports: &mut Imports) {}
    /// The names that a `@binding` node (or a loop) binds, with the value of each where it has one of its own.
    fn bindings<'t>(&self, node: Node<'t>, target: Node<'t>, value: Option<Node<'t>>, found: &mut Names<'t>);
    /// The names that a parameter list binds.
    fn parameters<'t>(&self, parameters: Node<'t>, found: &mut Names<'t>);
    /// The expression without parentheses, references, casts and the like.
    fn unwrap<'t>(&self, node: Node<'t>) -> Node<'t>;
    /// `f` of `f::<T>`.
    fn without_type_arguments<'t>(&self, _node: Node<'t>) -> Option<Node<'t>> {
        None
    }
    /// The value of a literal or of an operation on literals; [`Value::Dynamic`] for all else.
    fn value<'t>(&self, syntax: &Syntax<'t>, node: Node<'t>, depth: u32) -> Value;
    /// Whether what a name is bound to, `value`, may be filled with something else in place.
    fn may_change(&self, _value: Node<'_>, _text: &str) -> bool {
        false
    }
    /// Positional arguments of a call's argument node, and the named ones (keywords, keys of an options object).
    fn arguments<'t>(&self, syntax: &Syntax<'t>, arguments: Node<'t>) -> super::Arguments<'t>;
    fn is_async(&self, function: Node<'_>, text: &str) -> bool;
    /// A name for a function that has none of its own: the variable, property or key that it is bound to.
    fn bound_name<'t>(&self, _function: &Surroundings<'t>) -> Option<Node<'t>> {
        None
    }
    /// Whether the function answers requests.
    fn is_handler(&self, function: &Surroundings<'_>, parameters: Option<Node<'_>>) -> bool;
    /// Whether the function is a test, by its name or attributes.
    fn is_test(&self, name: &str, function: &Surroundings<'_>) -> bool;
    /// Whether the class or module holds tests.
    fn is_test_class(&self, _name: &str, _decorators: &[Node<'_>], _text: &str) -> bool {
        false
    }
    fn parameter_count(&self, parameters: Node<'_>, text: &str) -> u32;
    /// How many decisions a `@branch` node stands for: none for the last arm of a match, two for an arm with a guard.
    fn decisions(&self, _node: Node<'_>, _text: &str) -> u32 {
        1
    }
    /// Whether an `if` under `parent` continues a chain: `else if`.
    fn is_else_if(&self, _node: Node<'_>, _parent: Node<'_>) -> bool {
        false
    }
    /// The module that an expression stands for: `require("x")`.
    fn module(&self, _node: Node<'_>, _text: &str) -> Option<String> {
        None
    }
}

/// Names with their values.
pub type Names<'t> = Vec<(Node<'t>, Option<Node<'t>>)>;

/// A function with what stands around it.
pub struct Surroundings<'t> {
    pub parent: Option<Node<'t>>,
    pub grandparent: Option<Node<'t>>,
    /// Decorators or attributes.
    pub decorators: Vec<Node<'t>>,
    pub text: &'t str,
}

impl<'t> Surroundings<'t> {
    pub fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }
}

pub struct GrammarSpec {
    pub language: TreeSitterLanguage,
    pub facts: FactTable,
    pub dialect: &'static dyn Dialect,
}

/// The grammar of a language, made when a file first needs it.
pub fn grammar(language: Language) -> &'static GrammarSpec {
    static GRAMMARS: [OnceLock<GrammarSpec>; 5] = [const { OnceLock::new() }; 5];
    GRAMMARS[language as usize].get_or_init(|| {
        let (tree_sitter, dialect): (TreeSitterLanguage, &'static dyn Dialect) = match language {
            Language::Python => (tree_sitter_python::LANGUAGE.into(), &python::Python),
            Language::Rust => (tree_sitter_rust::LANGUAGE.into(), &rust::Rust),
            Language::JavaScript => (tree_sitter_javascript::LANGUAGE.into(), &javascript::JavaScript),
            Language::TypeScript => (tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), &javascript::JavaScript),
            Language::Tsx => (tree_sitter_typescript::LANGUAGE_TSX.into(), &javascript::JavaScript),
        };
        let facts = FactTable::new(&tree_sitter, fact_files(language));
        GrammarSpec { language: tree_sitter, facts, dialect }
    })
}

macro_rules! facts_of {
    ($language:literal) => {
        [
            include_str!(concat!("../../queries/", $language, "/bindings.scm")),
            include_str!(concat!("../../queries/", $language, "/branches.scm")),
            include_str!(concat!("../../queries/", $language, "/calls.scm")),
            include_str!(concat!("../../queries/", $language, "/comments.scm")),
            include_str!(concat!("../../queries/", $language, "/functions.scm")),
            include_str!(concat!("../../queries/", $language, "/imports.scm")),
            include_str!(concat!("../../queries/", $language, "/loops.scm")),
            include_str!(concat!("../../queries/", $language, "/members.scm")),
            include_str!(concat!("../../queries/", $language, "/shapes.scm")),
            include_str!(concat!("../../queries/", $language, "/skipped.scm")),
            include_str!(concat!("../../queries/", $language, "/strings.scm")),
        ]
    };
}

const PYTHON: &[&str] = &facts_of!("python");
const RUST: &[&str] = &facts_of!("rust");
const JAVASCRIPT: [&str; 11] = facts_of!("javascript");
const TYPESCRIPT: &[&str] = &{
    let [a, b, c, d, e, f, g, h, i, j, k] = JAVASCRIPT;
    let functions = include_str!("../../queries/typescript/functions.scm");
    [a, b, c, d, e, f, g, h, i, j, k, functions, include_str!("../../queries/typescript/skipped.scm")]
};

fn fact_files(language: Language) -> &'static [&'static str] {
    match language {
        Language::Python => PYTHON,
        Language::Rust => RUST,
        Language::JavaScript => &JAVASCRIPT,
        Language::TypeScript | Language::Tsx => TYPESCRIPT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The facts are valid queries of their grammar: no kind or field is misspelt.
    #[test]
    fn facts_are_valid_queries() {
        for language in [Language::Python, Language::Rust, Language::JavaScript, Language::Tsx] {
            let spec = grammar(language);
            for file in fact_files(language) {
                let query = tree_sitter::Query::new(&spec.language, file);
                assert!(query.is_ok(), "{language}: {query:?}");
            }
        }
    }
}
