//! What an expression is worth, as far as the file alone tells.

use super::{Node, Syntax};

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    /// A number that is no `i64`, or a literal of another kind: a float, a regex, a list of literals.
    Constant,
    True,
    False,
    None,
    /// Text put together at run time: its parts in order, `None` where a part is not known.
    Built(Vec<Option<String>>),
    Dynamic,
}

impl Value {
    pub fn is_constant(&self) -> bool {
        !matches!(self, Value::Built(_) | Value::Dynamic)
    }

    /// Text of parts joined one after another. Without any text among them it is not text at all.
    pub fn concat(parts: impl IntoIterator<Item = Value>) -> Value {
        let mut joined: Vec<Option<String>> = Vec::new();
        let mut has_text = false;
        for part in parts {
            match part {
                Value::Text(text) => {
                    has_text = true;
                    joined.push(Some(text));
                }
                Value::Built(parts) => {
                    has_text = true;
                    joined.extend(parts);
                }
                Value::Integer(number) => joined.push(Some(number.to_string())),
                Value::Constant | Value::True | Value::False | Value::None => joined.push(Some(String::new())),
                Value::Dynamic => joined.push(None),
            }
        }
        if !has_text {
            Value::Dynamic
        } else if joined.iter().all(Option::is_some) {
            Value::Text(joined.into_iter().flatten().collect())
        } else {
            Value::Built(joined)
        }
    }

    /// `template` with a value of its own at each placeholder; `split` gives the texts between them.
    pub fn filled<'a>(split: impl IntoIterator<Item = &'a str>, mut values: impl FnMut(usize) -> Value) -> Value {
        let mut parts = Vec::new();
        for (index, text) in split.into_iter().enumerate() {
            if index > 0 {
                parts.push(values(index - 1));
            }
            parts.push(Value::Text(text.to_owned()));
        }
        Value::concat(parts)
    }

    /// The constant parts of the text, joined by `\0` where something unknown stands between them.
    pub fn known_text(&self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text.clone()),
            Value::Built(parts) => Some(parts.iter().map(|part| part.as_deref().unwrap_or("\0")).collect()),
            _ => None,
        }
    }
}

/// How deep expressions are followed; a deeper one is [`Value::Dynamic`].
const MAX_DEPTH: u32 = 40;

impl<'t> Syntax<'t> {
    /// The value of `node`: a literal, an operation on literals, or a name that the file binds exactly once to one.
    pub fn value(&self, node: Node<'t>) -> Value {
        self.value_at(node, 0)
    }

    pub(super) fn value_at(&self, node: Node<'t>, depth: u32) -> Value {
        if depth > MAX_DEPTH {
            return Value::Dynamic;
        }
        let node = self.dialect.unwrap(node);
        // A name without a value may yet be a constant: `undefined`.
        if self.is_name(node)
            && let Some(value) = self.bound_value(node)
        {
            return if self.dialect.may_change(value, self.text) {
                Value::Dynamic
            } else {
                self.value_at(value, depth + 1)
            };
        }
        self.dialect.value(self, node, depth + 1)
    }
}

/// The texts around the `{…}` placeholders of a format string, `{{` and `}}` being braces.
pub(super) fn split_braces(template: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                push(&mut parts, '{');
            }
            '}' if chars.peek() == Some(&'}') => {
                chars.next();
                push(&mut parts, '}');
            }
            '{' => {
                for inner in chars.by_ref() {
                    if inner == '}' {
                        break;
                    }
                }
                parts.push(String::new());
            }
            c => push(&mut parts, c),
        }
    }
    parts
}

fn push(parts: &mut [String], c: char) {
    if let Some(last) = parts.last_mut() {
        last.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concatenation_knows_what_it_does_not_know() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(Value::concat([text("a"), Value::Integer(1)]), text("a1"));
        assert_eq!(Value::concat([Value::Dynamic, Value::Integer(1)]), Value::Dynamic);
        let built = Value::concat([text("a"), Value::Dynamic, text("b")]);
        assert_eq!(built.known_text().as_deref(), Some("a\0b"));
        assert_eq!(split_braces("a {x} {{b}} {}"), ["a ", " {b} ", ""]);
    }
}
