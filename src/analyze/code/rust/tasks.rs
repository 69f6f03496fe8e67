//! Tasks: what is held while one waits, and what gets lost when nobody does.

use std::sync::Arc;

use super::{RustFile, span_of, visit};
use crate::analyze::Hit;
use crate::model::{Place, Rule};
use crate::syntax::{Call, Node};

/// `let guard = mutex.lock().unwrap(); other().await;` with a lock of the standard library.
pub(super) fn lock_across_await<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    if call.arguments.is_none_or(|arguments| arguments.named_child_count() > 0)
        || !file.scene.fits(&[Place::Async], &[Place::Test], call.node, call.scope)
        || !(syntax.text.contains("std::sync") || syntax.text.contains("parking_lot"))
    {
        return None;
    }
    let guard = guard_of(file, call)?;
    let name = guard.child_by_field_name("pattern").map(|pattern| syntax.text_of(pattern))?;
    let name = name.trim_start_matches("mut ");
    let awaited = await_behind(file, guard, name)?;
    let hit = Hit::new(rule, span_of(syntax, call)).with("name", name);
    Some(hit.related(awaited.byte_range(), "waits while the lock is held"))
}

/// The `let` that keeps the guard. Of an asynchronous lock `lock()` is a future, which has no `unwrap`.
fn guard_of<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>) -> Option<Node<'a>> {
    let syntax = file.syntax;
    let mut is_unwrapped = false;
    for parent in syntax.around(call.node) {
        match parent.kind() {
            "field_expression" if !is_unwrapped => {
                let name = syntax.last_name(parent)?;
                if !matches!(name, "unwrap" | "expect" | "unwrap_or_else") {
                    return None;
                }
                is_unwrapped = true;
            }
            "call_expression" if is_unwrapped => {}
            "let_declaration" => {
                let sync_only = syntax.imports.has_module("parking_lot") && !syntax.text.contains("tokio::sync");
                let is_name =
                    parent.child_by_field_name("pattern").is_some_and(|pattern| pattern.kind() == "identifier");
                return (is_name && (is_unwrapped || sync_only)).then_some(parent);
            }
            _ => return None,
        }
    }
    None
}

/// The first `await` in the rest of the block, unless the guard is given away before.
fn await_behind<'a>(file: &RustFile<'_, 'a>, guard: Node<'a>, name: &str) -> Option<Node<'a>> {
    let dropped = [format!("drop({name})"), format!("mem::drop({name})")];
    let mut next = guard.next_named_sibling();
    while let Some(statement) = next {
        let mut found = None;
        let mut is_dropped = false;
        visit(statement, |node| {
            match node.kind() {
                "closure_expression" | "async_block" | "function_item" => return false,
                "call_expression" => is_dropped |= dropped.iter().any(|one| file.syntax.text_of(node).ends_with(one)),
                "await_expression" if found.is_none() && !is_dropped => found = Some(node),
                _ => {}
            }
            found.is_none() && !is_dropped
        });
        if found.is_some() || is_dropped {
            return found.filter(|_| !is_dropped);
        }
        next = statement.next_named_sibling();
    }
    None
}

const SPAWNS: &[&str] =
    &["tokio.spawn", "tokio.task.spawn", "async_std.task.spawn", "smol.spawn", "tokio.task.spawn_local"];

/// `tokio::spawn(async { f().await?; … });` whose handle nobody keeps: the error of `?` is seen by nobody.
pub(super) fn spawned_error_lost<'a>(file: &RustFile<'_, 'a>, call: &Call<'a>, rule: &Arc<Rule>) -> Option<Hit> {
    let syntax = file.syntax;
    let parent = file.parent(call.node).filter(|parent| parent.kind() == "expression_statement")?;
    if !syntax.text_of(parent).ends_with(';')
        || file.scene.fits(&[Place::Test], &[], call.node, call.scope)
        || !SPAWNS.contains(&syntax.resolve_call(call).path.as_str())
    {
        return None;
    }
    let given = syntax.arguments(call);
    let block = given.positional.first().copied().filter(|block| block.kind() == "async_block")?;
    let mut lost = None;
    visit(block, |node| {
        let is_own = !matches!(node.kind(), "closure_expression" | "function_item")
            && (node.kind() != "async_block" || node.id() == block.id());
        if is_own && node.kind() == "try_expression" && lost.is_none() {
            lost = Some(node);
        }
        is_own && lost.is_none()
    });
    let lost = lost?;
    let callee = syntax.text_of(call.callee);
    let hit = Hit::new(rule, call.callee.byte_range()).with("callee", callee);
    Some(hit.related(lost.end_byte() - 1..lost.end_byte(), "this error"))
}
