//! What all rules ask about the place that they look at: the file's part in the project, and what is around a match.

use std::cell::OnceCell;

use super::predicate::Pattern;
use crate::analyze::authors::is_written_by_people;
use crate::model::{Confidence, Language, Level, Place, Rule, SourceFile, TargetRole};
use crate::syntax::{Node, Scope, Syntax};

/// One file while its rules run.
pub struct Scene<'a> {
    pub source: &'a SourceFile,
    pub syntax: &'a Syntax<'a>,
    written_by_people: OnceCell<bool>,
    script: OnceCell<bool>,
}

/// The longest name that a bundler gives to a function.
const MANGLED_NAME: usize = 3;

/// Fewer named functions say nothing about how a file came about: small modules of mathematics have short names too.
const MANY_FUNCTIONS: usize = 60;

/// What holds statements and items, each of which may have a comment of its own.
const CONTAINERS: &[&str] =
    &["block", "statement_block", "declaration_list", "source_file", "program", "module", "match_block", "class_body"];

impl<'a> Scene<'a> {
    pub fn new(source: &'a SourceFile, syntax: &'a Syntax<'a>) -> Scene<'a> {
        Scene { source, syntax, written_by_people: OnceCell::new(), script: OnceCell::new() }
    }

    /// Of code that nobody here writes only what is certain and bad is worth a word.
    pub fn is_silent(&self, rule: &Rule) -> bool {
        (rule.level < Level::Error || rule.confidence < Confidence::High) && !self.is_written_by_people()
    }

    /// Neither vendored, nor generated, nor minified.
    pub fn is_written_by_people(&self) -> bool {
        *self.written_by_people.get_or_init(|| is_written_by_people(self.source) && !self.has_mangled_names())
    }

    /// Whether most of its many functions have names such as `e` and `Tn`: a bundle, even where its lines are short.
    fn has_mangled_names(&self) -> bool {
        if !self.syntax.language.is_javascript_like() {
            return false;
        }
        let names = self.syntax.functions.iter().map(|function| function.name.rsplit('.').next().unwrap_or_default());
        let (mut short, mut all) = (0, 0);
        for name in names.filter(|name| !name.is_empty() && !name.starts_with('(')) {
            all += 1;
            short += usize::from(name.len() <= MANGLED_NAME);
        }
        all >= MANY_FUNCTIONS && short * 5 > all * 2
    }

    pub fn in_test(&self, scope: Scope) -> bool {
        scope.in_test || self.source.target.role == TargetRole::Test
    }

    /// A file that is run by hand or once: by its place, its first line, or its main guard.
    pub fn is_script(&self) -> bool {
        *self.script.get_or_init(|| {
            let text = self.source.text.as_str();
            self.source.target.role == TargetRole::Script
                || is_migration(self.source.target.path.as_str())
                || text.starts_with("#!/")
                || (self.syntax.language == Language::Python
                    && (text.contains("__name__ == \"__main__\"") || text.contains("__name__ == '__main__'")))
        })
    }

    /// Whether `node`, which has this `scope`, stands in `place`.
    pub fn is_in(&self, place: Place, node: Node<'a>, scope: Scope) -> bool {
        match place {
            Place::Loop => scope.in_loop.is_some(),
            Place::Async => self.is_async(node, scope),
            Place::Handler => scope.in_handler,
            Place::Try => scope.in_try,
            Place::Test => self.in_test(scope),
            Place::Script => self.is_script(),
            Place::Class => scope.in_class,
            Place::Function => scope.function.is_some(),
        }
    }

    /// In one of `inside` (if there are any), and in none of `not_inside`.
    pub fn fits(&self, inside: &[Place], not_inside: &[Place], node: Node<'a>, scope: Scope) -> bool {
        (inside.is_empty() || inside.iter().any(|place| self.is_in(*place, node, scope)))
            && !not_inside.iter().any(|place| self.is_in(*place, node, scope))
    }

    /// Whether the innermost condition around `node`, within its function, matches: somebody asked for what stands there.
    pub fn is_guarded(&self, node: Node<'a>, condition: &Pattern) -> bool {
        const FUNCTIONS: &[&str] =
            &["function_definition", "function_declaration", "function_item", "arrow_function", "lambda"];
        let within = self.syntax.around(node).take_while(|node| !FUNCTIONS.contains(&node.kind()));
        let asked = within.filter_map(|node| node.child_by_field_name("condition")).next();
        asked.is_some_and(|asked| condition.is_match(self.syntax.text_of(asked)))
    }

    /// Whether a comment that matches stands beside `node`: on its line, directly above the statement or item that it is a
    /// part of (attributes may stand between), or first in the block that it opens.
    pub fn has_comment(&self, node: Node<'a>, said: &Pattern) -> bool {
        let text = self.syntax.text;
        let whole =
            self.syntax.around(node).take_while(|node| !CONTAINERS.contains(&node.kind())).last().unwrap_or(node);
        let line_start = |at: usize| text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let is_beside = |line: &str| ["//", "/*", "*", "#["].iter().any(|mark| line.trim_start().starts_with(mark));
        let mut start = line_start(whole.start_byte());
        while start > 0 {
            let above = line_start(start - 1);
            if !text.get(above..start).is_some_and(is_beside) {
                break;
            }
            start = above;
        }
        let mut end = node.start_byte();
        let mut opens = true;
        for (index, line) in text.get(end..).unwrap_or_default().split_inclusive('\n').enumerate() {
            if index > 0 && (!opens || !line.trim_start().starts_with("//")) {
                break;
            }
            opens = index > 0 || line.trim_end().ends_with('{');
            end += line.len();
        }
        let first = self.syntax.comments.partition_point(|comment| comment.end <= start);
        let beside = self.syntax.comments.iter().skip(first).take_while(|comment| comment.start < end);
        // The annotations of a rule's fixture say nothing about the code.
        let is_annotation = |comment: &str| comment.contains("ruleid: ") || comment.contains("ok: ");
        beside
            .filter_map(|comment| text.get(comment.clone()))
            .any(|comment| said.is_match(comment) && !is_annotation(comment))
    }

    /// Whether it runs on the executor's thread. A closure that is not async itself is run by whoever it is given to,
    /// `spawn_blocking` for one.
    fn is_async(&self, node: Node<'a>, scope: Scope) -> bool {
        let in_async = self.syntax.in_async(scope);
        if self.syntax.language.is_javascript_like() || (self.syntax.language == Language::Python && !in_async) {
            return in_async;
        }
        let function = scope.function.and_then(|index| self.syntax.functions.get(index as usize));
        for node in self.syntax.around(node) {
            match node.kind() {
                "async_block" => return true,
                "closure_expression" | "lambda" => return false,
                _ if function.is_some_and(|function| function.node.id() == node.id()) => break,
                _ => {}
            }
        }
        in_async
    }
}

/// Runs once over the data that there is: slow is good enough.
fn is_migration(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    folders.split('/').any(|part| part == "migrations") || file.contains("_migration.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_known_by_folder_or_name() {
        assert!(is_migration("shop/migrations/0002_fill.py") && is_migration("core/old_migration.py"));
        assert!(!is_migration("shop/migrations.py") && !is_migration("migration_tools/run.py"));
    }
}
