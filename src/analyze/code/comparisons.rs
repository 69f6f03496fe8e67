//! Comparisons of something with itself. Looked for in the text, since the walk does not go into plain conditions; the tree
//! is asked only where the two sides are the same.

use std::ops::Range;
use std::sync::Arc;

use super::scene::Scene;
use crate::analyze::{Hit, Sink};
use crate::model::{Language, Rule};
use crate::rulebook::RuleSet;

pub struct Comparisons {
    rules: Vec<Arc<Rule>>,
}

/// Longer ones first. `!=` and `!==` of a number with itself ask whether it is none: not here.
const SIGNS: &[&str] = &["===", "==", "<=", ">="];

impl Comparisons {
    pub fn new(rules: &RuleSet) -> Comparisons {
        Comparisons { rules: rules.with_builtin("self-comparison").cloned().collect() }
    }

    pub fn run(&self, scene: &Scene<'_>, sink: &mut Sink) {
        if self.rules.is_empty() || !scene.is_written_by_people() {
            return;
        }
        let text = scene.syntax.text;
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'=', text.as_bytes().get(at..).unwrap_or_default()) {
            let equals = at + found;
            at = equals + 1;
            let Some(sign) = sign(text.as_bytes(), equals) else { continue };
            at = sign.end;
            if let Some(span) = same_sides(text, &sign)
                && is_comparison(scene, &sign, &span)
            {
                for rule in &self.rules {
                    let what = text.get(span.start..sign.start).unwrap_or_default().trim();
                    sink.report(Hit::new(rule, span.clone()).with("what", what));
                }
            }
        }
    }
}

/// The sign of a comparison whose first `=` is at `equals`.
fn sign(text: &[u8], equals: usize) -> Option<Range<usize>> {
    let before = equals.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or_default();
    let start = if matches!(before, b'<' | b'>') { equals - 1 } else { equals };
    let rest = text.get(start..)?;
    let sign = SIGNS.iter().find(|sign| rest.starts_with(sign.as_bytes()))?;
    let end = start + sign.len();
    let is_longer = text.get(end) == Some(&b'=')
        || matches!(start.checked_sub(1).map(|at| text[at]), Some(b'=' | b'!' | b'<' | b'>'));
    (!is_longer).then_some(start..end)
}

/// Names with dots and plain brackets on both sides of the sign, and the same; all of it.
fn same_sides(text: &str, sign: &Range<usize>) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '[' | ']');
    let before = text.get(..sign.start)?.trim_end_matches([' ', '\t']);
    let left = before.get(before.trim_end_matches(is_part).len()..)?;
    let after = text.get(sign.end..)?;
    let right = after.trim_start_matches([' ', '\t']);
    let start = sign.end + (after.len() - right.len());
    if left.is_empty()
        || !right.starts_with(left)
        || left.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ']' | '['))
    {
        return None;
    }
    // Neither side may be a part of something longer.
    let outside = before.strip_suffix(left)?.trim_end().chars().last().unwrap_or('\n');
    let behind = right.get(left.len()..)?;
    let following = behind.trim_start_matches([' ', '\t']).chars().next().unwrap_or('\n');
    let is_whole =
        !behind.starts_with(is_part) && !"+-*/%.^~!)'\"`<>".contains(outside) && !"+-*/%(?!^<>~".contains(following);
    is_whole.then_some(before.len() - left.len()..start + left.len())
}

/// Whether the tree has a comparison there, neither text nor a comment nor a test of the comparison itself.
fn is_comparison(scene: &Scene<'_>, sign: &Range<usize>, span: &Range<usize>) -> bool {
    let syntax = scene.syntax;
    let Some(node) = syntax.root.named_descendant_for_byte_range(sign.start, sign.end) else { return false };
    let kind = if syntax.language == Language::Python { "comparison_operator" } else { "binary_expression" };
    // JavaScript asks in this way whether a value is a number; of a property hardly.
    let asks =
        syntax.language.is_javascript_like() && syntax.text.get(span.clone()).is_some_and(|text| !text.contains('.'));
    let scope = syntax.function_at(span.start).map(|function| function.inner).unwrap_or_default();
    node.kind() == kind && !asks && node.byte_range() == *span && !scene.in_test(scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_whole_and_the_same() {
        let same = |text: &str| {
            let equals = text.find('=').unwrap_or_default();
            sign(text.as_bytes(), equals).and_then(|sign| same_sides(text, &sign)).is_some()
        };
        for text in ["if a == a:", "x && a.b === a.b", "(a[i]>=a[i])", "a <= a and b"] {
            assert!(same(text), "{text}");
        }
        for text in [
            "a == ab",
            "b.a == a",
            "a == a.b",
            "a == a()",
            "x + a == a",
            "a != a",
            "a !== a",
            "a = a",
            "1 == 1",
            "-a == a",
            "a => a",
            "f(a) == a",
            "a == a + 1",
            "a <<= a",
        ] {
            assert!(!same(text), "{text}");
        }
    }
}
