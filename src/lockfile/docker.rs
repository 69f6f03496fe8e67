//! The images that a Dockerfile starts from or copies from (<https://docs.docker.com/reference/dockerfile/>), with the
//! defaults of its arguments.

use std::collections::{HashMap, HashSet};

use super::read::{Image, image, lines, span_in};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, RelPath, SourceFile, Unpinned};

pub struct Docker;

impl Lockfile for Docker {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        let stem = name.split('.').next().unwrap_or(name);
        matches!(stem, "Dockerfile" | "Containerfile") && !name.ends_with(".dockerignore")
            || name.to_ascii_lowercase().ends_with(".dockerfile")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut arguments: HashMap<&str, String> = HashMap::new();
        let mut stages: HashSet<String> = HashSet::new();
        let (mut packages, mut unpinned) = (Vec::new(), Vec::new());
        let mut continues = false;
        for (start, line) in lines(&file.text) {
            let begins = !continues;
            continues = line.trim_end().ends_with(['\\', '`']) || continues && line.trim_start().starts_with('#');
            let mut words = line.trim_end_matches(['\\', '`']).split_whitespace();
            let verb = words.next().unwrap_or_default().to_ascii_uppercase();
            let words = words.skip_while(|word| word.starts_with("--platform"));
            let words: Vec<&str> = words.collect();
            let reference = match (verb.as_str(), words.as_slice()) {
                _ if !begins => continue,
                ("ARG", [argument, ..]) => {
                    if let Some((name, value)) = argument.split_once('=') {
                        arguments.entry(name).or_insert_with(|| value.trim_matches(['"', '\'']).to_owned());
                    }
                    continue;
                }
                ("FROM", [reference, rest @ ..]) => {
                    if let [_, name, ..] = rest {
                        stages.insert(name.to_ascii_lowercase());
                    }
                    *reference
                }
                ("FROM", []) => {
                    return Err(LockfileError { offset: start, message: "`FROM` without an image".to_owned() });
                }
                ("COPY", _) => match words.iter().find_map(|word| word.strip_prefix("--from=")) {
                    // A number is a stage by its place.
                    Some(reference) if !reference.bytes().all(|byte| byte.is_ascii_digit()) => reference,
                    _ => continue,
                },
                _ => continue,
            };
            let name = substituted(reference, &arguments);
            let is_stage = stages.contains(&name.to_ascii_lowercase()) && !name.contains([':', '/']);
            if name == "scratch" || is_stage {
                continue;
            }
            let span = span_in(start, line, reference);
            match image(&name, span) {
                Some(Image::Pinned(package)) => packages.push(*package),
                Some(Image::Unpinned(image)) => unpinned.push(image),
                None => {
                    let ecosystem = Ecosystem::Docker;
                    unpinned.push(Unpinned { ecosystem, name: reference.to_owned(), span });
                }
            }
        }
        let inventory = Inventory::new(file.target.path.clone(), packages, Vec::new());
        Ok(Inventory { unpinned, ..inventory })
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
