//! A gemspec is a program; what it assigns as a literal is read.

use super::{Field, Form, Manifest, any_of, literal};

pub fn read(text: &str) -> Option<Manifest> {
    text.contains("Gem::Specification").then_some(())?;
    let mut manifest = Manifest::at(0..0);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let Some((attribute, value, at)) = assignment(line) else { continue };
        match attribute {
            "name" => {
                if let Some(name) = literal::texts(value, start + at).into_iter().next() {
                    manifest.name = name.span;
                }
            }
            "license" | "licenses" => {
                let licenses = words(value, start + at).unwrap_or_else(|| literal::texts(value, start + at));
                // A method or a constant says it.
                manifest.is_elsewhere |= licenses.is_empty();
                manifest.license = any_of(licenses).map(|license| (license, Form::Expression));
            }
            _ => {}
        }
    }
    Some(manifest)
}

/// `spec.license = "MIT"`: the attribute, what it is given, and where that starts in the line.
fn assignment(line: &str) -> Option<(&str, &str, usize)> {
    let (target, value) = line.split_once('=')?;
    let (receiver, attribute) = target.trim().rsplit_once('.')?;
    let is_plain = !receiver.is_empty() && receiver.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_plain && !value.starts_with(['=', '~', '>'])).then_some((attribute, value, line.len() - value.len()))
}

/// `%w[MIT Apache-2.0]`.
fn words(value: &str, start: usize) -> Option<Vec<Field>> {
    let rest = value.trim_start().strip_prefix("%w")?;
    let inner = rest.get(1..)?.split([']', ')', '}', '>', '|']).next()?;
    let mut at = start + value.len() - rest.len() + 1;
    let mut found = Vec::new();
    for part in inner.split(' ') {
        if !part.trim().is_empty() {
            found.push(Field { text: part.trim().to_owned(), span: at..at + part.trim().len() });
        }
        at += part.len() + 1;
    }
    Some(found)
}
