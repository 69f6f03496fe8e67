//! `go.mod` (<https://go.dev/ref/mod#go-mod-file>) and, for what it leaves out, `go.sum`. From Go 1.17 on `go.mod` lists all
//! modules that the build needs, at the versions that it uses; before, only `go.sum` knows those that others need.

use std::collections::{HashMap, HashSet};

use super::read::{Graph, lines, span_in};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, SourceFile};

pub struct GoMod;
pub struct GoSum;

/// The first version that lists everything in `go.mod`.
const COMPLETE: (u32, u32) = (1, 17);

impl Lockfile for GoMod {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "go.mod"
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let module = Module::read(&file.text)?;
        let mut graph = Graph::new();
        let root = module.name.map(|(name, span)| {
            let package = Package { source: PackageSource::Project, ..Package::new(Ecosystem::Go, name, "", span) };
            graph.add(format!("{name}@"), package)
        });
        for require in &module.requires {
            let package = module.replaced(require);
            let id = format!("{}@{}", package.name, package.version);
            graph.add(id.clone(), package);
            if let Some(root) = root.filter(|_| !require.is_indirect) {
                graph.edge(root, id);
            }
        }
        Ok(graph.finish(file))
    }
}

impl Lockfile for GoSum {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "go.sum"
    }

    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        let module = match others.beside(&file.target.path, "go.mod") {
            Some(module) => Module::read(&module.text)?,
            None => Module::default(),
        };
        let mut packages = Vec::new();
        let named: HashSet<&str> = module.requires.iter().map(|require| require.name).collect();
        for (start, line) in lines(&file.text).filter(|(_, line)| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let (Some(name), Some(version), Some(_hash), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                let message = "expected a module, a version and a hash".to_owned();
                return Err(LockfileError { offset: start, message });
            };
            // A hash of `go.mod` alone was needed to choose versions, not to build.
            if module.is_complete || named.contains(name) || version.ends_with("/go.mod") {
                continue;
            }
            let span = (start, span_in(start, line, version).1);
            packages.push(Package { direct: Some(false), ..Package::new(Ecosystem::Go, name, version, span) });
        }
        Ok(Inventory::new(file.target.path.clone(), packages, Vec::new()))
    }
}

#[derive(Default)]
struct Module<'t> {
    name: Option<(&'t str, (usize, usize))>,
    is_complete: bool,
    requires: Vec<Require<'t>>,
    /// By the name and, where only one version is replaced, that version.
    replaces: HashMap<(&'t str, Option<&'t str>), Replacement<'t>>,
}

struct Replacement<'t> {
    name: &'t str,
    /// None of a folder.
    version: Option<&'t str>,
    span: (usize, usize),
}

struct Require<'t> {
    name: &'t str,
    version: &'t str,
    is_indirect: bool,
    span: (usize, usize),
}

impl<'t> Module<'t> {
    fn read(text: &'t str) -> Result<Module<'t>, LockfileError> {
        let mut module = Module::default();
        let mut block: Option<&str> = None;
        let mut last = 0;
        for (start, line) in lines(text) {
            last = start;
            let (code, comment) = line.split_once("//").unwrap_or((line, ""));
            let code = code.trim();
            let mut words = code.split_whitespace();
            match (block, words.clone().next()) {
                (_, None) => {}
                (Some(_), Some(")")) => block = None,
                (None, Some(verb)) if code.ends_with('(') => block = Some(verb.trim_end_matches('(')),
                (Some(verb), Some(_)) => module.line(verb, words, comment, (start, line))?,
                (None, Some(verb)) => {
                    words.next();
                    module.line(verb, words, comment, (start, line))?;
                }
            }
        }
        match block {
            None => Ok(module),
            Some(_) => Err(LockfileError { offset: last, message: "a block has no closing bracket".to_owned() }),
        }
    }

    fn line(
        &mut self,
        verb: &str,
        words: impl Iterator<Item = &'t str>,
        comment: &str,
        (start, line): (usize, &'t str),
    ) -> Result<(), LockfileError> {
        let fault = |message: &str| LockfileError { offset: start, message: message.to_owned() };
        let words: Vec<&str> = words.map(|word| word.trim_matches(['"', '`'])).collect();
        match (verb, words.as_slice()) {
            ("module", [name]) => self.name = Some((name, span_in(start, line, name))),
            ("go", [version]) => {
                let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
                self.is_complete = (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= COMPLETE;
            }
            ("require", [name, version]) => {
                let span = (span_in(start, line, name).0, span_in(start, line, version).1);
                let is_indirect = comment.trim().split(';').any(|word| word.trim() == "indirect");
                self.requires.push(Require { name, version, is_indirect, span: (span.0.min(span.1), span.1) });
            }
            ("require", _) => return Err(fault("expected `require module version`")),
            ("replace", [from, "=>", to @ ..]) | ("replace", [from, _, "=>", to @ ..]) => {
                let version = words.get(1).copied().filter(|word| *word != "=>");
                let [name, to_version @ ..] = to else { return Err(fault("unreadable `replace`")) };
                let to_version = to_version.first().copied();
                let begin = start + line.rfind(name).unwrap_or(0);
                let end = begin
                    + to_version.map_or(name.len(), |version| {
                        line.rfind(version).map_or(name.len(), |at| start + at + version.len() - begin)
                    });
                self.replaces.insert((from, version), Replacement { name, version: to_version, span: (begin, end) });
            }
            ("replace" | "module" | "go", _) => return Err(fault(&format!("unreadable `{verb}`"))),
            // What is excluded or retracted is not built; later verbs say nothing about versions either.
            _ => {}
        }
        Ok(())
    }

    /// The package that is built for a requirement: that module, or what replaces it.
    fn replaced(&self, require: &Require<'t>) -> Package {
        let package = |name: &str, version: &str, span| Package {
            direct: Some(!require.is_indirect),
            ..Package::new(Ecosystem::Go, name, version, span)
        };
        let exact = self.replaces.get(&(require.name, Some(require.version)));
        match exact.or_else(|| self.replaces.get(&(require.name, None))) {
            None => package(require.name, require.version, require.span),
            Some(Replacement { name, version: Some(version), span }) => package(name, version, *span),
            Some(Replacement { name: path, version: None, .. }) => Package {
                source: PackageSource::Path((*path).to_owned()),
                ..package(require.name, require.version, require.span)
            },
        }
    }
}
