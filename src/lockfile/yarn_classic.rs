//! `yarn.lock` of Yarn 1: a syntax of its own, entries under the requirements that they answer
//! (<https://classic.yarnpkg.com/lang/en/docs/yarn-lock/>). What the project itself asks for is not in it.

use super::read::{Graph, npm_source, split_name};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct YarnClassic;

impl Lockfile for YarnClassic {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "yarn.lock"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut graph = Graph::new();
        let mut entry: Option<Entry<'_>> = None;
        let mut offset = 0;
        for line in file.text.split_inclusive('\n') {
            let at = offset;
            offset += line.len();
            let line = line.trim_end();
            let content = line.trim_start();
            let fault = |message: &str| LockfileError { offset: at, message: message.to_owned() };
            if let Some(version) = content.strip_prefix("# yarn lockfile v").filter(|version| *version != "1") {
                let version: String = version.chars().take(20).collect();
                return Err(fault(&format!("version {version} is not known here (1 is): a newer gate may read it")));
            }
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            match (line.len() - content.len(), &mut entry) {
                (0, _) => {
                    let patterns = content.strip_suffix(':').ok_or_else(|| fault("expected `name@range:`"))?;
                    add(&mut graph, entry.take())?;
                    let patterns = patterns.split(", ").map(unquoted).collect();
                    entry = Some(Entry { patterns, start: at, ..Entry::default() });
                }
                (_, None) => return Err(fault("a field without a package")),
                (2, Some(entry)) => entry.field(content, at + 2).ok_or_else(|| fault("expected `key value`"))?,
                (_, Some(entry)) => {
                    let (name, range) = pair(content).ok_or_else(|| fault("expected `name range`"))?;
                    if entry.in_needs {
                        entry.needs.push(format!("{name}@{range}"));
                    }
                }
            }
        }
        add(&mut graph, entry)?;
        Ok(graph.finish(file))
    }
}

#[derive(Default)]
struct Entry<'t> {
    patterns: Vec<&'t str>,
    start: usize,
    /// With the end of its line.
    version: Option<(&'t str, usize)>,
    resolved: Option<&'t str>,
    integrity: Option<&'t str>,
    needs: Vec<String>,
    /// Whether the lines that follow are dependencies.
    in_needs: bool,
}

impl<'t> Entry<'t> {
    /// `content` starts at byte `at`.
    fn field(&mut self, content: &'t str, at: usize) -> Option<()> {
        self.in_needs = matches!(content, "dependencies:" | "optionalDependencies:");
        if content.ends_with(':') {
            return Some(());
        }
        let (key, value) = pair(content)?;
        match key {
            "version" => self.version = Some((value, at + content.len())),
            "resolved" => self.resolved = Some(value),
            "integrity" => self.integrity = Some(value),
            _ => {}
        }
        Some(())
    }
}

fn add(graph: &mut Graph<String>, entry: Option<Entry<'_>>) -> Result<(), LockfileError> {
    let Some(entry) = entry else { return Ok(()) };
    let fault = |message: &str| LockfileError { offset: entry.start, message: message.to_owned() };
    let (version, end) = entry.version.ok_or_else(|| fault("missing `version`"))?;
    let Some(first) = entry.patterns.first() else { return Ok(()) };
    let (name, range) = split_name(first).ok_or_else(|| fault("expected `name@range:`"))?;
    // An alias: `odd@npm:is-odd@3.0.1`.
    let name = range.strip_prefix("npm:").map_or(name, |real| split_name(real).map_or(real, |(name, _)| name));
    let source = match range.split_once(':') {
        Some(("file" | "link", path)) => PackageSource::Path(path.to_owned()),
        _ => npm_source(entry.resolved),
    };
    let mut hashes = entry.integrity.map(PackageHash::from_integrity).unwrap_or_default();
    if hashes.is_empty()
        && let Some((_, sha1)) = entry.resolved.and_then(|url| url.rsplit_once('#'))
        && source == PackageSource::Default
    {
        hashes.extend(PackageHash::from_prefixed(&format!("sha1:{sha1}")));
    }
    let package = Package { source, hashes, ..Package::new(Ecosystem::Npm, name, version, (entry.start, end)) };
    let index = graph.add((*first).to_owned(), package);
    for pattern in &entry.patterns {
        graph.alias((*pattern).to_owned(), index);
    }
    for need in entry.needs {
        graph.edge(index, need);
    }
    Ok(())
}

fn pair(content: &str) -> Option<(&str, &str)> {
    let end = if content.starts_with('"') { content.get(1..)?.find('"')? + 2 } else { content.find(' ')? };
    let value = unquoted(content.get(end..)?.trim());
    (!value.is_empty()).then_some((unquoted(content.get(..end)?), value))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
