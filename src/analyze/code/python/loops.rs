//! Loops that change what they go through, lose their variable, or ask for the same thing in each round.

use super::{Check, has_word};
use crate::analyze::Sink;
use crate::analyze::code::loops::{is_over_data, names_in};
use crate::analyze::code::scene::Scene;
use crate::rulebook::RuleSet;
use crate::syntax::{Assign, Call, Loop, Node, Role, Syntax};

pub struct PythonLoops {
    changed: Check,
    reused: Check,
    sorted: Check,
    related: Check,
    readlines: Check,
    grown: Check,
}

/// Methods that take something out of a collection, or put something into a set: what a loop over it does not bear.
const CHANGES: &[&str] = &["remove", "pop", "popitem", "discard", "clear"];

/// Questions to the manager of related rows.
const QUESTIONS: &[&str] =
    &["all", "filter", "exclude", "first", "last", "count", "exists", "get", "order_by", "values_list"];

impl PythonLoops {
    pub fn new(rules: &RuleSet) -> PythonLoops {
        PythonLoops {
            changed: Check::new(rules, "python-changed-while-iterated"),
            reused: Check::new(rules, "python-reused-loop-variable"),
            sorted: Check::new(rules, "python-sort-in-loop"),
            related: Check::new(rules, "python-related-query-in-loop"),
            readlines: Check::new(rules, "python-readlines-loop"),
            grown: Check::new(rules, "python-array-grown"),
        }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        let syntax = scene.syntax;
        if syntax.loops.is_empty() {
            return;
        }
        for one in &syntax.loops {
            self.variable(syntax, one, sink);
            if let Some(value) = one.value
                && is_readlines(syntax, value)
            {
                self.readlines.report(&value.byte_range(), sink);
            }
        }
        for assign in syntax.assigns.iter().filter(|assign| assign.scope.in_loop.is_some()) {
            if let Some(call) = assign.value
                && let Some(callee) = grows_array(syntax, assign, call)
                && !scene.in_test(assign.scope)
            {
                self.grown.report_name(&call.byte_range(), callee, sink);
            }
        }
        for call in &syntax.calls {
            if let Some(around) = call.scope.in_loop.and_then(|index| syntax.loops.get(index as usize)) {
                self.call(scene, around, call, sink);
            }
        }
    }

    /// A call in the body of `around`.
    fn call<'a>(&self, scene: &Scene<'a>, around: &Loop<'a>, call: &Call<'a>, sink: &mut Sink) {
        let syntax = scene.syntax;
        let Some(name) = syntax.last_name(call.callee) else { return };
        let span = call.node.byte_range();
        if CHANGES.contains(&name) && changes_iterated(syntax, around, call) {
            self.changed.report_name(&span, syntax.text_of(call.callee), sink);
        }
        // The rest is about the time that it takes.
        if scene.in_test(call.scope) {
            return;
        }
        if QUESTIONS.contains(&name) {
            if asks_for_related(syntax, around, call) && !scene.is_script() {
                self.related.report_name(&span, syntax.text_of(call.callee), sink);
            }
        } else if matches!(name, "sorted" | "sort") && sorts_the_same(syntax, around, call) {
            self.sorted.report(&span, sink);
        }
    }

    /// An inner loop takes the variable of the outer one, which is needed afterwards.
    fn variable<'a>(&self, syntax: &'a Syntax<'a>, inner: &Loop<'a>, sink: &mut Sink) {
        let outer = inner.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
        let Some((outer, target)) = outer.zip(inner.target) else { return };
        let (Some(outer_target), Some(body)) = (outer.target, outer.body) else { return };
        // Records of one group have the group's values too: several names at once are no slip.
        let name = syntax.text_of(target);
        if target.kind() == "identifier"
            && !name.starts_with('_')
            && names_in(syntax, outer_target).contains(&name)
            && !is_replaced(syntax, inner, name)
            && is_read_behind(syntax, inner.node, body, name)
        {
            self.reused.report_name(&target.byte_range(), name, sink);
        }
    }
}

/// Whether what runs after `node`, up to the end of `body`, reads `name` before it gives it another value.
fn is_read_behind<'a>(syntax: &'a Syntax<'a>, node: Node<'a>, body: Node<'a>, name: &str) -> bool {
    let mut end = node.end_byte();
    for block in syntax.around(node).filter(|outer| outer.kind() == "block") {
        let mut cursor = block.walk();
        for statement in block.named_children(&mut cursor).filter(|statement| statement.start_byte() >= end) {
            let text = syntax.text_of(statement);
            if has_word(text, name) {
                return is_read_first(text, name);
            }
            if matches!(
                statement.kind(),
                "break_statement" | "continue_statement" | "return_statement" | "raise_statement"
            ) {
                return false;
            }
        }
        if block.id() == body.id() {
            break;
        }
        end = block.end_byte();
    }
    false
}

/// Whether the first mention of `name` in `text` is not another assignment to it.
fn is_read_first(text: &str, name: &str) -> bool {
    let first = text.lines().find(|line| has_word(line.split('#').next().unwrap_or_default(), name));
    first.is_some_and(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix(name).map(str::trim_start);
        !rest.is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="))
            && !line.starts_with(&format!("for {name}"))
    })
}

/// The callee of `values = numpy.append(values, x)`, which copies all that is there.
fn grows_array<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>, call: Node<'a>) -> Option<&'a str> {
    const COPIES: &[&str] = &[
        "numpy.append",
        "numpy.concatenate",
        "numpy.hstack",
        "numpy.vstack",
        "numpy.insert",
        "pandas.concat",
        "torch.cat",
    ];
    let callee = syntax.child(call, Role::Callee)?;
    let (_, "append" | "concatenate" | "hstack" | "vstack" | "insert" | "concat" | "cat") = syntax.member(callee)?
    else {
        return None;
    };
    let arguments = syntax.child(call, Role::Arguments)?;
    let grows = assign.target.kind() == "identifier"
        && has_word(syntax.text_of(arguments), syntax.text_of(assign.target))
        && is_kept_over_rounds(syntax, assign)
        && COPIES.contains(&syntax.resolve(callee).path.as_str());
    grows.then(|| syntax.text_of(callee))
}

/// Whether the loop gives the name no other value: one that is made anew in each round does not grow.
fn is_kept_over_rounds<'a>(syntax: &'a Syntax<'a>, assign: &Assign<'a>) -> bool {
    let around = assign.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
    let Some(body) = around.and_then(|around| around.body).map(|body| body.byte_range()) else { return false };
    let name = syntax.text_of(assign.target);
    !syntax.assigns.iter().any(|other| {
        other.node.id() != assign.node.id()
            && body.contains(&other.node.start_byte())
            && syntax.text_of(other.target) == name
    })
}

/// `for line in file.readlines():`
fn is_readlines<'a>(syntax: &'a Syntax<'a>, value: Node<'a>) -> bool {
    let Some(callee) = syntax.child(value, Role::Callee) else { return false };
    syntax.member(callee).is_some_and(|(_, name)| name == "readlines")
        && syntax.child(value, Role::Arguments).is_some_and(|arguments| arguments.named_child_count() == 0)
}

/// The collection that a loop goes through: itself, or by its keys, items or values.
fn iterated<'a>(syntax: &'a Syntax<'a>, one: &Loop<'a>) -> Option<Node<'a>> {
    let value = one.value?;
    let collection = match syntax.child(value, Role::Callee) {
        None => value,
        Some(callee) => match syntax.member(callee)? {
            (receiver, "keys" | "values" | "items") => receiver,
            _ => return None,
        },
    };
    matches!(collection.kind(), "identifier" | "attribute").then_some(collection)
}

/// Whether `call` takes something out of what a loop around it goes through, and the loop goes on.
fn changes_iterated<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, call: &Call<'a>) -> bool {
    let Some((receiver, _)) = syntax.member(call.callee) else { return false };
    let receiver = syntax.text_of(receiver);
    // What an object's own methods do to it is not known here.
    if receiver == "self" {
        return false;
    }
    let mut next = Some(around);
    while let Some(one) = next {
        if iterated(syntax, one).is_some_and(|collection| syntax.text_of(collection) == receiver) {
            return !ends_loop(syntax, one, call.node) && !is_replaced(syntax, one, receiver);
        }
        next = one.scope.in_loop.and_then(|index| syntax.loops.get(index as usize));
    }
    false
}

/// Whether a `return`, `break` or `raise` follows in one of the blocks between `node` and the loop.
fn ends_loop<'a>(syntax: &'a Syntax<'a>, one: &Loop<'a>, node: Node<'a>) -> bool {
    let within = syntax.around(node).take_while(|outer| outer.id() != one.node.id());
    within.filter(|outer| outer.kind() == "block").any(|block| {
        let behind = |statement: &Node<'a>| {
            statement.start_byte() > node.start_byte()
                && matches!(statement.kind(), "return_statement" | "break_statement" | "raise_statement")
        };
        (0..block.named_child_count() as u32).filter_map(|at| block.named_child(at)).any(|statement| behind(&statement))
    })
}

/// Whether the loop's body gives the collection's name another value.
fn is_replaced(syntax: &Syntax<'_>, one: &Loop<'_>, collection: &str) -> bool {
    let Some(body) = one.body.map(|body| body.byte_range()) else { return false };
    syntax
        .assigns
        .iter()
        .any(|assign| body.contains(&assign.node.start_byte()) && syntax.text_of(assign.target) == collection)
}

/// `author.books.all()` in a loop over `Author.objects…`, whose related rows were not fetched with it.
fn asks_for_related<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, call: &Call<'a>) -> bool {
    let Some((manager, _)) = syntax.member(call.callee) else { return false };
    let Some((row, _)) = syntax.member(manager) else { return false };
    let (Some(target), Some(value)) = (around.target, around.value) else { return false };
    let rows = syntax.bound_value(value).unwrap_or(value);
    let rows = syntax.text_of(rows);
    target.kind() == "identifier"
        && syntax.text_of(row) == syntax.text_of(target)
        && rows.contains(".objects.")
        && !rows.contains("prefetch_related")
}

/// Whether a list that is not made in the loop is sorted in each round.
fn sorts_the_same<'a>(syntax: &'a Syntax<'a>, around: &Loop<'a>, call: &Call<'a>) -> bool {
    if !is_over_data(syntax, around) {
        return false;
    }
    let list = match syntax.member(call.callee) {
        Some((receiver, _)) => Some(receiver),
        None => syntax.arguments(call).positional.first().copied(),
    };
    let Some(list) = list.filter(|list| list.kind() == "identifier") else { return false };
    let Some(value) = syntax.bound_value(list) else { return false };
    // What an error says is put together once.
    if syntax.around(call.node).any(|outer| outer.kind() == "raise_statement") {
        return false;
    }
    let is_list = matches!(value.kind(), "list" | "list_comprehension" | "call");
    is_list && value.start_byte() < around.node.start_byte()
}
