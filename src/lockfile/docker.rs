//! The images that a Dockerfile starts from or copies from (<https://docs.docker.com/reference/dockerfile/>), with the
//! defaults of its arguments.

use std::collections::{HashMap, HashSet};

use super::read::{Image, image, lines, span_in};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, RelPath, SourceFile, Unpinned};

pub struct Docker;

impl Lockfile for Docker {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        let stem = name.split('.').next().unwrap_or(name);
        matches!(stem, "Dockerfile" | "Containerfile") && !name.ends_with(".dockerignore")
            || name.to_ascii_lowercase().ends_with(".dockerfile")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut reader = Reader::default();
        let mut continues = false;
        for (start, line) in lines(&file.text) {
            if !continues {
                reader.instruction(start, line)?;
            }
            continues = line.trim_end().ends_with(['\\', '`']) || continues && line.trim_start().starts_with('#');
        }
        let inventory = Inventory::new(file.target.path.clone(), reader.packages, Vec::new());
        Ok(Inventory { unpinned: reader.unpinned, ..inventory })
    }
}

#[derive(Default)]
struct Reader<'t> {
    /// With their defaults.
    arguments: HashMap<&'t str, String>,
    stages: HashSet<String>,
    packages: Vec<Package>,
    unpinned: Vec<Unpinned>,
}

impl<'t> Reader<'t> {
    fn instruction(&mut self, start: usize, line: &'t str) -> Result<(), LockfileError> {
        let mut words = line.trim_end_matches(['\\', '`']).split_whitespace();
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        let words: Vec<&str> = words.skip_while(|word| word.starts_with("--platform")).collect();
        match (verb.as_str(), words.as_slice()) {
            ("ARG", [argument, ..]) => {
                if let Some((name, value)) = argument.split_once('=') {
                    self.arguments.entry(name).or_insert_with(|| value.trim_matches(['"', '\'']).to_owned());
                }
            }
            ("FROM", []) => {
                return Err(LockfileError { offset: start, message: "`FROM` without an image".to_owned() });
            }
            ("FROM", [reference, rest @ ..]) => {
                self.image(reference, span_in(start, line, reference));
                if let [_, name, ..] = rest {
                    self.stages.insert(name.to_ascii_lowercase());
                }
            }
            ("COPY", _) => {
                if let Some(reference) = words.iter().find_map(|word| word.strip_prefix("--from=")) {
                    self.image(reference, span_in(start, line, reference));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn image(&mut self, reference: &str, span: (usize, usize)) {
        let name = substituted(reference, &self.arguments);
        // A stage before this one, by its name or its number, is no image of its own.
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        if name == "scratch" || is_number || self.stages.contains(&name.to_ascii_lowercase()) {
            return;
        }
        match image(&name, span) {
            Some(Image::Pinned(package)) => self.packages.push(*package),
            Some(Image::Unpinned(image)) => self.unpinned.push(image),
            None => {
                self.unpinned.push(Unpinned { ecosystem: Ecosystem::Docker, name: reference.to_owned(), span });
            }
        }
    }
}

/// `${NAME}`, `$NAME` and `${NAME:-default}` with the defaults of the arguments; unknown ones stay.
fn substituted(text: &str, arguments: &HashMap<&str, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (expression, behind) = match after.strip_prefix('{') {
            Some(inner) => inner.split_once('}').unwrap_or((inner, "")),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                after.split_at(end)
            }
        };
        let (name, default) =
            expression.split_once(":-").map_or((expression, None), |(name, default)| (name, Some(default)));
        match arguments.get(name).map(String::as_str).filter(|value| !value.is_empty()).or(default) {
            Some(value) => out.push_str(value),
            None => out.push_str(&format!("${{{expression}}}")),
        }
        rest = behind;
    }
    out + rest
}
