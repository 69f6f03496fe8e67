//! Whether the secrets analysis, which reads names and their values from the bytes, sees what a syntax tree sees:
//! `cargo bench --bench agreement -- FOLDER [--any-name] [--samples N] [--lexer]`.
//!
//! Every Python, TypeScript, JavaScript and Rust file below FOLDER is parsed. Each plain string literal that is bound to a
//! name which promises a secret (the analysis' own judgement of names), in any of the ways in [`WAYS`], is looked for among
//! what the analysis reads, whatever either value looks like. Prints the counts by way, and N of the places that only the
//! tree sees, or with `--lexer` of those that only the analysis sees: names in strings and comments, macros, setters.
//!
//! `--any-name` takes every name for one that promises a secret: a thousand times as many places, for the same reader.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench reports on the terminal")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ops::Range;
use std::path::PathBuf;

use gate::analyze::{bound_literals, bound_to_name, promises_secret};
use gate::source::{Read, read, walk};
use globset::GlobSet;
use tree_sitter::{Language, Node, Parser};

/// The kinds of node that bind what their second field holds to the name in their first.
const WAYS: &[(&str, &str, &str)] = &[
    // Python
    ("assignment", "left", "right"),
    ("keyword_argument", "name", "value"),
    ("default_parameter", "name", "value"),
    ("typed_default_parameter", "name", "value"),
    ("named_expression", "name", "value"),
    // Python, TypeScript and JavaScript
    ("pair", "key", "value"),
    // TypeScript and JavaScript
    ("variable_declarator", "name", "value"),
    ("augmented_assignment_expression", "left", "right"),
    ("public_field_definition", "name", "value"),
    ("field_definition", "property", "value"),
    ("required_parameter", "pattern", "value"),
    ("optional_parameter", "pattern", "value"),
    ("assignment_pattern", "left", "right"),
    ("object_assignment_pattern", "left", "right"),
    ("enum_assignment", "name", "value"),
    // TypeScript, JavaScript and Rust
    ("assignment_expression", "left", "right"),
    // Rust
    ("let_declaration", "pattern", "value"),
    ("let_condition", "pattern", "value"),
    ("const_item", "name", "value"),
    ("static_item", "name", "value"),
    ("field_initializer", "field", "value"),
    ("match_arm", "pattern", "value"),
];

/// Nodes around a name or a value that change nothing: parentheses, casts, `mut`, `&`.
const WRAPPERS: &[&str] = &[
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "reference_expression",
    "mut_pattern",
    "match_pattern",
    "computed_property_name",
    "jsx_expression",
];

/// Functions that give the text they are given, in another type.
const CONVERSIONS: &[&str] =
    &["String::from", "Some", "Ok", "Box::new", "Cow::Borrowed", "SecretString::from", "SecretStr", "Buffer.from"];

/// Methods of a literal that do the same.
const METHODS: &[&str] = &[
    "to_string",
    "to_owned",
    "into",
    "as_bytes",
    "to_vec",
    "as_str",
    "as_ref",
    "encode",
    "decode",
    "toString",
    "trim",
];

/// A literal as the tree has it.
struct Literal {
    /// Its text without quotes; of the first piece where there are several.
    content: Range<usize>,
    is_split: bool,
}

struct Seen {
    way: &'static str,
    name: Range<usize>,
    literal: Literal,
}

struct Visitor<'t> {
    text: &'t str,
    is_any_name: bool,
    seen: Vec<Seen>,
}

impl<'t> Visitor<'t> {
    fn visit(&mut self, root: Node<'t>) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            self.node(node);
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor).filter(Node::is_named));
        }
    }

    fn node(&mut self, node: Node<'t>) {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "comparison_operator" if node.named_child_count() == 2 => {
                let is_equality = node.children_by_field_name("operators", &mut node.walk()).all(|it| is_equality(it));
                if is_equality {
                    self.compared(node.named_child(0), node.named_child(1));
                }
            }
            "binary_expression" if field("operator").is_some_and(is_equality) => {
                self.compared(field("left"), field("right"));
            }
            "jsx_attribute" => self.bind("jsx_attribute", node.named_child(0), node.named_child(1)),
            // The others add to what is there.
            "augmented_assignment_expression" if !field("operator").is_some_and(|it| is_default(it)) => {}
            kind => {
                if let Some((way, name, value)) = WAYS.iter().find(|(way, ..)| *way == kind) {
                    self.bind(way, field(name), field(value));
                }
            }
        }
    }

    fn compared(&mut self, left: Option<Node<'t>>, right: Option<Node<'t>>) {
        // A literal that is compared is not a key.
        let is_literal = |node: Option<Node<'t>>| node.is_some_and(|node| self.literal(node).is_some());
        match (is_literal(left), is_literal(right)) {
            (false, true) => self.bind("comparison", left, right),
            (true, false) => self.bind("comparison, literal first", right, left),
            _ => {}
        }
    }

    fn bind(&mut self, way: &'static str, name: Option<Node<'t>>, value: Option<Node<'t>>) {
        let (Some(name), Some(value)) = (name, value) else { return };
        let is_list = |node: Node<'t>| {
            ["pattern_list", "tuple_pattern", "array_pattern", "list_pattern"].contains(&node.kind())
                || ["expression_list", "tuple", "tuple_expression", "array", "list"].contains(&node.kind())
        };
        if is_list(name) && is_list(value) {
            for index in 0..name.named_child_count().min(value.named_child_count()) as u32 {
                self.bind("tuple", name.named_child(index), value.named_child(index));
            }
            return;
        }
        let (Some(name), Some(literal)) = (self.name(name), self.literal(value)) else { return };
        let spelled = &self.text[name.clone()];
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-$.".contains(c);
        let is_asked = if self.is_any_name {
            spelled.len() <= 64
                && spelled.starts_with(|c: char| c.is_ascii_alphabetic())
                && spelled.chars().all(is_name)
        } else {
            promises_secret(spelled)
        };
        if is_asked && !literal.content.is_empty() && !(self.is_any_name && literal.is_split) {
            self.seen.push(Seen { way, name, literal });
        }
    }

    /// The last name of a target: `password` of `self.db.password` and of `config["password"]`.
    fn name(&self, node: Node<'t>) -> Option<Range<usize>> {
        let field = |name: &str| node.child_by_field_name(name).and_then(|node| self.name(node));
        match node.kind() {
            kind if WRAPPERS.contains(&kind) => {
                self.name(node.named_child((node.named_child_count() as u32).checked_sub(1)?)?)
            }
            "attribute" => field("attribute"),
            "member_expression" => field("property"),
            "subscript" => field("subscript"),
            "subscript_expression" => field("index"),
            "field_expression" => field("field"),
            "index_expression" => node.named_child(1).and_then(|index| self.name(index)),
            "string" | "string_literal" => self.literal(node).map(|literal| literal.content),
            kind if kind.ends_with("identifier") || kind == "shorthand_property_identifier_pattern" => {
                Some(node.byte_range())
            }
            _ => None,
        }
    }

    fn literal(&self, node: Node<'t>) -> Option<Literal> {
        let child = |index: usize| node.named_child(index as u32);
        let inner = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string" | "template_string" | "string_literal" | "raw_string_literal" => self.plain(node),
            "concatenated_string" => {
                let pieces: Option<Vec<Literal>> =
                    (0..node.named_child_count()).map(|index| self.literal(child(index)?)).collect();
                let first = pieces?.into_iter().next()?;
                Some(Literal { is_split: true, ..first })
            }
            "binary_operator" | "binary_expression" if inner("operator").is_some_and(|it| it.kind() == "+") => {
                let (left, _) = (self.literal(inner("left")?)?, self.literal(inner("right")?)?);
                Some(Literal { is_split: true, ..left })
            }
            // `("x" as const)`: what is wrapped comes first.
            kind if WRAPPERS.contains(&kind) => self.literal(child(0)?),
            "call_expression" | "call" => self.converted(node),
            _ => None,
        }
    }

    /// `String::from("…")`, `"…".to_owned()`.
    fn converted(&self, node: Node<'t>) -> Option<Literal> {
        let function = node.child_by_field_name("function")?;
        let arguments = node.child_by_field_name("arguments")?;
        let spelled = self.text.get(function.byte_range())?;
        if CONVERSIONS.iter().any(|known| spelled.ends_with(known)) {
            return self.literal(arguments.named_child(0)?);
        }
        let (object, method) = match function.kind() {
            "field_expression" => ("value", "field"),
            "member_expression" => ("object", "property"),
            "attribute" => ("object", "attribute"),
            _ => return None,
        };
        let method = self.text.get(function.child_by_field_name(method)?.byte_range())?;
        METHODS.contains(&method).then(|| self.literal(function.child_by_field_name(object)?))?
    }

    /// A literal in one piece; `None` where something is put into it.
    fn plain(&self, node: Node<'t>) -> Option<Literal> {
        let mut cursor = node.walk();
        if node.children(&mut cursor).any(|part| matches!(part.kind(), "interpolation" | "template_substitution")) {
            return None;
        }
        let spelled = self.text.get(node.byte_range())?;
        let open = spelled.find(['"', '\'', '`'])?;
        let quote = &spelled[open..open + 1];
        let width = if spelled[open..].starts_with(&quote.repeat(3)) && node.kind() == "string" { 3 } else { 1 };
        let close = spelled.rfind(quote)?.checked_sub(width - 1)?;
        let content = node.start_byte() + open + width..node.start_byte() + close;
        (content.start <= content.end).then_some(Literal { content, is_split: false })
    }
}

fn is_default(node: Node<'_>) -> bool {
    matches!(node.kind(), "||=" | "??=")
}

fn is_equality(node: Node<'_>) -> bool {
    matches!(node.kind(), "==" | "!=" | "===" | "!==")
}

fn grammar(extension: &str) -> Option<Language> {
    Some(match extension {
        "py" | "pyi" => tree_sitter_python::LANGUAGE.into(),
        "ts" | "mts" | "cts" => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        "tsx" => tree_sitter_typescript::LANGUAGE_TSX.into(),
        "js" | "jsx" | "mjs" | "cjs" => tree_sitter_javascript::LANGUAGE.into(),
        "rs" => tree_sitter_rust::LANGUAGE.into(),
        _ => return None,
    })
}

#[derive(Default)]
struct Count {
    both: usize,
    only_tree: Vec<String>,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(root) = arguments.first().and_then(|path| PathBuf::from(path).canonicalize().ok()) else {
        eprintln!("usage: agreement FOLDER [--any-name] [--samples N] [--lexer]");
        return;
    };
    let samples = arguments.iter().skip_while(|argument| *argument != "--samples").nth(1);
    let samples = samples.and_then(|number| number.parse::<usize>().ok()).unwrap_or(10);
    let is_any_name = arguments.iter().any(|argument| argument == "--any-name");
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut only_lexer: Vec<String> = Vec::new();
    let (mut files, mut lexer) = (0, 0);
    for target in walk(&root, std::slice::from_ref(&root), &GlobSet::empty()).targets {
        let Some(language) = target.path.extension().and_then(grammar) else { continue };
        let Read::Text(file) = read(&target, 10 << 20) else { continue };
        let mut parser = Parser::new();
        if parser.set_language(&language).is_err() {
            continue;
        }
        let Some(tree) = parser.parse(&file.text, None) else { continue };
        files += 1;
        let mut visitor = Visitor { text: &file.text, is_any_name, seen: Vec::new() };
        visitor.visit(tree.root_node());
        let bound = if is_any_name {
            let names = visitor.seen.iter().map(|seen| seen.name.clone());
            names.filter_map(|name| Some((name.clone(), bound_to_name(&file.text, &file.target, name)?))).collect()
        } else {
            bound_literals(&file.text, &file.target)
        };
        lexer += bound.len();
        let read: BTreeSet<usize> = bound.iter().map(|(_, value)| value.start).collect();
        let place = |at: usize| {
            let line = file.region(at..at).start_line;
            // The name, and what of its line stands close to it.
            let before = file.text[..at].rsplit('\n').next().unwrap_or_default();
            let before: String = before.chars().rev().take(60).collect();
            let after: String = file.text[at..].chars().take_while(|c| *c != '\n').take(100).collect();
            format!("{}:{line}: {}{after}", target.path, before.chars().rev().collect::<String>().trim_start())
        };
        let mut known = BTreeSet::new();
        for seen in visitor.seen {
            let start = seen.literal.content.start;
            known.insert(start);
            let value = &file.text[seen.literal.content.clone()];
            // Values of several lines are never judged to be secrets; they are counted apart.
            let way = match () {
                () if seen.literal.is_split => "(in pieces)",
                () if value.contains(['\n', '\r']) || value.len() > 512 => "(several lines, or over 512 bytes)",
                () => seen.way,
            };
            let count = counts.entry(way).or_default();
            if read.contains(&start) {
                count.both += 1;
            } else {
                count.only_tree.push(place(seen.name.start));
            }
        }
        only_lexer
            .extend(bound.iter().filter(|(_, value)| !known.contains(&value.start)).map(|(name, _)| place(name.start)));
    }
    let (mut both, mut only_tree) = (0, 0);
    for (way, count) in &counts {
        println!("{way:34} both {:6}  only the tree {:5}", count.both, count.only_tree.len());
        if !way.starts_with('(') {
            both += count.both;
            only_tree += count.only_tree.len();
        }
        if !arguments.iter().any(|argument| argument == "--lexer") {
            spread(&count.only_tree, samples);
        }
    }
    let share = 100.0 * both as f64 / (both + only_tree).max(1) as f64;
    println!("{files} files: both {both}, only the tree {only_tree} ({share:.2} % agree), the analysis {lexer}");
    println!("only the analysis: {}", only_lexer.len());
    if arguments.iter().any(|argument| argument == "--lexer") {
        spread(&only_lexer, samples);
    }
}

/// Some of `places`, from all over.
fn spread(places: &[String], samples: usize) {
    let step = places.len().div_ceil(samples.max(1)).max(1);
    places.iter().step_by(step).for_each(|place| println!("    {place}"));
}
