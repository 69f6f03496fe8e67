//! Where a value comes from: what an expression is made of is followed back through the function, until a constant, a
//! source, or something that nothing is known about.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::collect::names_of;
use super::guard::{Guard, guard_of};
use super::lists::{Lists, Source};
use super::names::{Given, Giving, Names};
use super::parameter;
use super::shape::{Piece, Shape, shape_of};
use crate::syntax::{Node, Role, Syntax};

/// Where a value comes from, the worst last.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'t> {
    /// From the program itself, or harmless by now.
    Constant,
    Unknown,
    Input(Input<'t>),
}

/// Something that came from outside.
#[derive(Clone, Copy, Debug)]
pub struct Input<'t> {
    /// Where it enters.
    pub node: Node<'t>,
    /// The kind of input.
    pub origin: u8,
    /// It may be an object and not only text.
    pub data: bool,
    /// It is all that came, and no part of it.
    pub whole: bool,
}

impl<'t> Origin<'t> {
    /// The worse of the two.
    pub fn or(self, other: Origin<'t>) -> Origin<'t> {
        match (self, other) {
            (Origin::Input(_), _) => self,
            (_, Origin::Input(_)) | (Origin::Constant, _) => other,
            (Origin::Unknown, _) => self,
        }
    }

    fn map(self, change: impl FnOnce(&mut Input<'t>)) -> Origin<'t> {
        match self {
            Origin::Input(mut input) => {
                change(&mut input);
                Origin::Input(input)
            }
            other => other,
        }
    }

    /// A part of it.
    pub(super) fn part(self) -> Origin<'t> {
        self.map(|input| input.whole = false)
    }

    /// Text that it is written into.
    fn text(self) -> Origin<'t> {
        self.map(|input| (input.whole, input.data) = (false, false))
    }
}

/// Follows values through one file.
pub struct Tracer<'a, 'l> {
    pub syntax: &'a Syntax<'a>,
    pub lists: &'l Lists,
    names: RefCell<HashMap<Option<u32>, Rc<Names<'a>>>>,
    /// Steps that may still be taken in this file, and for this value.
    left_in_file: Cell<u32>,
    left: Cell<u32>,
}

/// What is asked, and how far down.
#[derive(Clone, Copy)]
pub struct Ask<'f, 'a> {
    pub danger: u8,
    pub(super) depth: u32,
    /// The call of a function of the file that is being followed, with what its parameters are given.
    pub(super) frame: Option<&'f Frame<'a>>,
}

/// A call of a function of the same file.
pub(super) struct Frame<'a> {
    pub(super) function: u32,
    pub(super) arguments: Vec<Origin<'a>>,
}

/// Bounds: a value is given up as unknown beyond them.
const MAX_DEPTH: u32 = 28;
const MAX_STEPS: u32 = 600;
const MAX_STEPS_OF_FILE: u32 = 100_000;

/// To look for conditions in so many bytes is as dear as a step.
const BYTES_FOR_A_STEP: usize = 200;

/// How many of the functions around a place are looked at for conditions.
const MAX_AROUND: usize = 3;

/// Names that the language gives values to.
const OWN_NAMES: &[&str] = &["__file__", "__name__", "__dirname", "__filename", "undefined", "NaN", "None", "Infinity"];

impl<'a, 'l> Tracer<'a, 'l> {
    pub fn new(syntax: &'a Syntax<'a>, lists: &'l Lists) -> Tracer<'a, 'l> {
        Tracer {
            syntax,
            lists,
            names: RefCell::default(),
            left_in_file: Cell::new(MAX_STEPS_OF_FILE),
            left: Cell::new(0),
        }
    }

    /// Where the value of `node` comes from, as far as `danger` goes.
    pub fn origin(&self, node: Node<'a>, danger: u8) -> Origin<'a> {
        self.left.set(MAX_STEPS);
        self.of(node, Ask { danger, depth: 0, frame: None })
    }

    pub fn names(&self, function: Option<u32>) -> Rc<Names<'a>> {
        if let Some(names) = self.names.borrow().get(&function) {
            return Rc::clone(names);
        }
        let names = Rc::new(names_of(self.syntax, function));
        self.names.borrow_mut().insert(function, Rc::clone(&names));
        names
    }

    fn step(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        self.charge(1);
        left > 0 && self.left_in_file.get() > 0
    }

    /// Counts work that is as dear as so many steps.
    pub(super) fn charge(&self, steps: usize) {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.left_in_file.set(self.left_in_file.get().saturating_sub(steps));
    }

    pub(super) fn of(&self, node: Node<'a>, ask: Ask<'_, 'a>) -> Origin<'a> {
        if ask.depth > MAX_DEPTH || !self.step() {
            return Origin::Unknown;
        }
        let ask = Ask { depth: ask.depth + 1, ..ask };
        let node = self.syntax.unwrap(node);
        match shape_of(self.syntax, node) {
            Shape::Text(pieces) => self.of_text(&pieces, ask),
            Shape::Any { same, inside } => {
                let same = self.worst(same, ask);
                if matches!(same, Origin::Input(_)) { same } else { same.or(self.worst(inside, ask).part()) }
            }
            shape => {
                let origin = match shape {
                    Shape::Name => self.of_name(node, ask),
                    Shape::Member(receiver) => self.of_member(node, receiver, ask),
                    Shape::Element(receiver) => self.of(receiver, ask).part(),
                    Shape::Call { callee, arguments } => self.of_call(node, callee, arguments, ask),
                    Shape::Constant => Origin::Constant,
                    Shape::Unknown | Shape::Text(_) | Shape::Any { .. } => Origin::Unknown,
                };
                self.unless_guarded(self.syntax.text_of(node), node.start_byte(), ask, origin)
            }
        }
    }

    pub(super) fn worst(&self, nodes: Vec<Node<'a>>, ask: Ask<'_, 'a>) -> Origin<'a> {
        let mut worst = Origin::Constant;
        for node in nodes {
            worst = worst.or(self.of(node, ask));
            if matches!(worst, Origin::Input(_)) {
                break;
            }
        }
        worst
    }

    pub(super) fn of_text(&self, pieces: &[Piece<'a>], ask: Ask<'_, 'a>) -> Origin<'a> {
        let by_beginning = matches!(self.lists.danger_name(ask.danger), "url" | "redirect");
        let mut before = String::new();
        let mut worst = Origin::Constant;
        for piece in pieces {
            let is_value = !matches!(piece, Piece::Text(_));
            if is_value && by_beginning && is_settled(&before) {
                break;
            }
            let origin = match piece {
                Piece::Text(text) => {
                    before.push_str(text);
                    continue;
                }
                Piece::Value(value) => {
                    let text = if by_beginning { self.syntax.value(*value).known_text() } else { None };
                    before.push_str(text.as_deref().unwrap_or("\0"));
                    self.of(*value, ask)
                }
                Piece::Name(name, offset) => {
                    before.push('\0');
                    self.unless_guarded(name, *offset, ask, self.named(name, *offset, ask))
                }
            };
            worst = worst.or(origin.text());
            if matches!(worst, Origin::Input(_)) {
                break;
            }
        }
        worst
    }

    fn of_name(&self, node: Node<'a>, ask: Ask<'_, 'a>) -> Origin<'a> {
        match self.source_at(node) {
            Some(input) => input,
            None => self.named(self.syntax.text_of(node), node.start_byte(), ask),
        }
    }

    /// What `name` holds at byte `offset`.
    fn named(&self, name: &'a str, offset: usize, ask: Ask<'_, 'a>) -> Origin<'a> {
        let mut function = self.syntax.function_index_at(offset);
        let mut at = offset;
        loop {
            if let Some(given) = self.names(function).reaching(name, at) {
                return self.worst_given(&given, function, ask);
            }
            let Some(around) = function.and_then(|index| self.syntax.functions.get(index as usize)) else { break };
            function = around.scope.function;
            // What stands outside of functions has run before any of them.
            at = if function.is_none() { usize::MAX } else { around.start };
        }
        if OWN_NAMES.contains(&name) || is_constant_name(name) { Origin::Constant } else { Origin::Unknown }
    }

    fn worst_given(&self, given: &[&Giving<'a>], function: Option<u32>, ask: Ask<'_, 'a>) -> Origin<'a> {
        if given.is_empty() {
            return Origin::Unknown;
        }
        // What is put behind the beginning of an address does not change where it leads.
        let by_beginning = matches!(self.lists.danger_name(ask.danger), "url" | "redirect");
        let mut worst = Origin::Constant;
        for one in given {
            let origin = match &one.what {
                Given::Added(_) if by_beginning && given.len() > 1 => continue,
                Given::Added(value) => self.of(*value, ask).part(),
                Given::Value { value, keys, part } => {
                    // Which element of what an own function returns is not followed.
                    let is_torn = *part
                        && self
                            .syntax
                            .child(*value, Role::Callee)
                            .is_some_and(|callee| self.own_function(callee).is_some());
                    let origin = if is_torn { Origin::Unknown } else { self.of_keys(*value, keys, ask) };
                    if *part { origin.part() } else { origin }
                }
                Given::Parameter { node, index, keys } => self.of_parameter(*node, *index, keys, function, ask),
                Given::Unknown => Origin::Unknown,
            };
            worst = worst.or(origin);
        }
        worst
    }

    /// What lies below `keys` of `value`.
    fn of_keys(&self, value: Node<'a>, keys: &[&str], ask: Ask<'_, 'a>) -> Origin<'a> {
        if keys.is_empty() {
            return self.of(value, ask);
        }
        let resolved = self.syntax.resolve(self.syntax.unwrap(value));
        let mut path = resolved.path;
        for (at, key) in keys.iter().enumerate() {
            path = format!("{path}.{key}");
            if let Some(source) = self.lists.source_of_path(self.syntax, &path, resolved.local) {
                let whole = at + 1 == keys.len();
                return input(source, value, whole);
            }
        }
        self.of(value, ask).part()
    }

    fn of_parameter(
        &self,
        node: Node<'a>,
        index: usize,
        keys: &[&str],
        function: Option<u32>,
        ask: Ask<'_, 'a>,
    ) -> Origin<'a> {
        if let Some(frame) = ask.frame.filter(|frame| Some(frame.function) == function) {
            let given = frame.arguments.get(index).copied().unwrap_or(Origin::Unknown);
            return if keys.is_empty() { given } else { given.part() };
        }
        let Some(function) = function.and_then(|index| self.syntax.functions.get(index as usize)) else {
            return Origin::Unknown;
        };
        if let Some(origin) = parameter::origin(self, node, keys, function) {
            return origin;
        }
        // `rows.map((row) => …)`: an element of what the method works on.
        match parameter::worked_on(self.syntax, function, index) {
            Some(receiver) => self.of(receiver, ask).part(),
            None => Origin::Unknown,
        }
    }

    fn of_member(&self, node: Node<'a>, receiver: Node<'a>, ask: Ask<'_, 'a>) -> Origin<'a> {
        if let Some(input) = self.source_at(node) {
            return input;
        }
        let name = self.syntax.last_name(node).unwrap_or_default();
        if matches!(name, "length" | "size" | "byteLength") {
            return Origin::Constant;
        }
        // `self.path` may have got its value in this function.
        let offset = node.start_byte();
        let function = self.syntax.function_index_at(offset);
        if let Some(given) =
            self.names(function).reaching(self.syntax.text_of(node), offset).filter(|one| !one.is_empty())
        {
            return self.worst_given(&given, function, ask);
        }
        match self.of(receiver, ask) {
            Origin::Input(input) if self.lists.origin_name(input.origin) == "upload" => self.of_upload(input, name),
            input @ Origin::Input(_) => input.part(),
            _ if is_constant_name(name) => Origin::Constant,
            _ => Origin::Unknown,
        }
    }

    /// A property of an uploaded file: its name is the client's, all else the server's. What is no property of a file is
    /// the name of a field, which leads to one.
    fn of_upload(&self, input: Input<'a>, name: &str) -> Origin<'a> {
        let upload = Input { whole: false, ..input };
        match (name, self.lists.origin("request")) {
            (
                "filename" | "originalname" | "originalFilename" | "originalName" | "name" | "raw_filename",
                Some(origin),
            ) => Origin::Input(Input { origin, ..upload }),
            ("path" | "filepath" | "tempFilePath" | "size" | "mimetype" | "buffer" | "file", _) => Origin::Unknown,
            _ => Origin::Input(upload),
        }
    }

    /// The source that the dotted expression `node` is.
    pub(super) fn source_at(&self, node: Node<'a>) -> Option<Origin<'a>> {
        let resolved = self.syntax.resolve(node);
        let source = self.lists.source_of_path(self.syntax, &resolved.path, resolved.local)?;
        Some(input(source, node, true))
    }

    /// `origin` of what is written as `subject` at byte `offset`, unless a condition around it or before makes it harmless.
    fn unless_guarded(&self, subject: &str, offset: usize, ask: Ask<'_, 'a>, origin: Origin<'a>) -> Origin<'a> {
        let Origin::Input(Input { whole, .. }) = origin else { return origin };
        let mut offset = offset;
        let mut function = self.syntax.function_index_at(offset);
        for _ in 0..MAX_AROUND {
            let names = self.names(function);
            self.charge(names.length / BYTES_FOR_A_STEP);
            match guard_of(self.syntax, self.lists, &names, (subject, offset, whole), ask.danger) {
                Guard::Strong => return Origin::Constant,
                Guard::Weak => return Origin::Unknown,
                Guard::None => {}
            }
            let Some(around) = function.and_then(|index| self.syntax.functions.get(index as usize)) else { break };
            (function, offset) = (around.scope.function, around.start);
        }
        origin
    }
}

pub fn input<'a>(source: &Source, node: Node<'a>, whole: bool) -> Origin<'a> {
    Origin::Input(Input { node, origin: source.origin, data: source.data, whole })
}

/// `MAX_SIZE`: by convention nobody changes it.
fn is_constant_name(name: &str) -> bool {
    name.len() > 1
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether the beginning of an address says already where it leads. What is not known shows as `\0`.
fn is_settled(before: &str) -> bool {
    match before.split_once("//") {
        // `https://example.com/…`
        Some((_, rest)) => rest.find(['/', '?', '#']).is_some_and(|at| at > 0),
        // An address of this program's own choice, or a path of this site.
        None => {
            before.starts_with('\0')
                || before.starts_with(['/', '?', '#', '.']) && before.len() > 1
                || before.contains('?')
        }
    }
}
