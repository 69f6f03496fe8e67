//! pip's requirements files (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>), written by hand or by
//! pip-compile or uv, whose comments (`# via`) say who asks for a package. Only a pin says what gets installed; a pin in a
//! file that `-c` names counts as well. A file that `-r` names is a requirements file of its own.

use std::collections::HashMap;

use super::read::{Graph, PythonRequirement, python_file, python_index, requirement};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile, Unpinned};

pub struct Requirements;

impl Lockfile for Requirements {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        let in_folder = path.parent() == "requirements" || path.parent().ends_with("/requirements");
        name.ends_with(".txt")
            && !name.contains("constraint")
            && (in_folder || name.starts_with("requirements") || name.ends_with("requirements.txt"))
    }

    fn consults(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        name.ends_with(".txt") && name.contains("constraint")
    }

    fn parse(&self, file: &SourceFile, others: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut reader =
            Reader { graph: Graph::new(), unpinned: Vec::new(), asked: Vec::new(), index: PackageSource::Default };
        let lines = logical_lines(&file.text);
        let pins = constraints(file, &lines, others);
        for line in &lines {
            if let Some(url) = option(&line.text, &["-i", "--index-url", "--pypi-url"]) {
                reader.index = python_index(url);
            }
        }
        for line in &lines {
            reader.line(line, &pins)?;
        }
        for (index, via) in reader.asked {
            // Who asks is a file that a person writes, or the project: it is not among the packages.
            let is_known = |name: &String| reader.graph.find(Ecosystem::Pypi.normalized(name).as_ref()).is_some();
            let direct = via.iter().any(|name| is_file(name) || !is_known(name));
            if let Some(package) = reader.graph.package(index) {
                package.direct = Some(direct);
            }
        }
        Ok(Inventory { unpinned: reader.unpinned, ..reader.graph.finish(file) })
    }
}

/// A line with those that it continues on, and the comments below it.
struct Line {
    /// Without comments and line ends.
    text: String,
    span: (usize, usize),
    /// Names that `# via` gives.
    via: Vec<String>,
}

fn logical_lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut offset = 0;
    let mut continues = false;
    let mut in_via = false;
    for raw in text.split_inclusive('\n') {
        let start = offset;
        offset += raw.len();
        let line = raw.trim_end();
        let content = line.trim_start();
        if let Some(comment) = content.strip_prefix('#') {
            if let Some(last) = lines.last_mut() {
                in_via = last.comment(comment.trim(), in_via);
            }
            // A comment ends what the line before began; pip reads on behind it.
            continue;
        }
        in_via = false;
        let is_continued = line.ends_with('\\');
        let plain = line.strip_suffix('\\').unwrap_or(line);
        let comment = plain.find(" #").or_else(|| plain.find("\t#"));
        let (plain, comment) =
            comment.map_or((plain, None), |at| plain.split_at_checked(at).map_or((plain, None), |(a, b)| (a, Some(b))));
        let end = start + plain.trim_end().len();
        match lines.last_mut().filter(|_| continues) {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(plain.trim());
            }
            None if plain.trim().is_empty() => {}
            None => {
                let begin = start + (line.len() - content.len());
                lines.push(Line { text: plain.trim().to_owned(), span: (begin, end.max(begin)), via: Vec::new() });
            }
        }
        if let (Some(comment), Some(last)) = (comment, lines.last_mut()) {
            in_via = last.comment(comment.trim().trim_start_matches('#').trim(), false);
        }
        continues = is_continued;
    }
    lines
}

impl Line {
    /// Takes in a comment; gives whether the next one goes on with a list of names.
    fn comment(&mut self, comment: &str, in_via: bool) -> bool {
        let names = match comment.strip_prefix("via") {
            Some("") => return true,
            Some(rest) if rest.starts_with(' ') => rest,
            _ if in_via => comment,
            _ => return false,
        };
        self.via.extend(names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
        in_via
    }
}

struct Reader {
    graph: Graph<String>,
    unpinned: Vec<Unpinned>,
    /// Packages with the names that `# via` gives.
    asked: Vec<(usize, Vec<String>)>,
    /// Where packages come from unless they say so.
    index: PackageSource,
}

impl Reader {
    fn line(&mut self, line: &Line, pins: &HashMap<String, String>) -> Result<(), LockfileError> {
        let text = line.text.as_str();
        if let Some(editable) = option(text, &["-e", "--editable"]) {
            self.at_place(editable, line.span);
            return Ok(());
        }
        if text.starts_with('-') {
            return Ok(());
        }
        // What follows is for pip: `--hash=sha256:…`.
        let (wanted, options) = text.split_once(" --").map_or((text, ""), |(wanted, options)| (wanted, options));
        let hashes = options.split_whitespace().filter_map(|word| {
            PackageHash::from_prefixed(word.trim_start_matches("--").strip_prefix("hash=").unwrap_or(word))
        });
        let hashes: Vec<PackageHash> = hashes.collect();
        let is_place = wanted.starts_with(['.', '/']) || wanted.contains("://") && !wanted.contains('@');
        match requirement(wanted) {
            _ if is_place => self.at_place(wanted, line.span),
            Some(found) => self.add(&found, line, hashes, pins),
            None if wanted.contains(['/', '\\']) || wanted.ends_with(".whl") => self.at_place(wanted, line.span),
            None => {
                let message = "not a requirement (PEP 508), an option or a path".to_owned();
                return Err(LockfileError { offset: line.span.0, message });
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        found: &PythonRequirement<'_>,
        line: &Line,
        hashes: Vec<PackageHash>,
        pins: &HashMap<String, String>,
    ) {
        let plain = Ecosystem::Pypi.normalized(found.name).into_owned();
        let constrained = pins.get(&plain).map(String::as_str);
        let (version, source) = match (found.url, found.pinned.or(constrained)) {
            (Some(url), _) => ("", python_file(url)),
            (None, Some(version)) => (version, self.index.clone()),
            (None, None) => {
                let name = found.name.to_owned();
                self.unpinned.push(Unpinned { ecosystem: Ecosystem::Pypi, name, span: line.span });
                return;
            }
        };
        let package = Package { source, hashes, ..Package::new(Ecosystem::Pypi, found.name, version, line.span) };
        let index = self.graph.add(format!("{plain}@{version}"), package);
        self.graph.share(plain, index);
        // `# via` names who asks: the edge starts there.
        for via in line.via.iter().filter(|via| !is_file(via)) {
            self.graph.edge_back(Ecosystem::Pypi.normalized(via).into_owned(), index);
        }
        if !line.via.is_empty() {
            self.asked.push((index, line.via.clone()));
        }
    }

    /// A folder, a file or a URL, which is known by itself.
    fn at_place(&mut self, place: &str, span: (usize, usize)) {
        let egg = place.split_once("#egg=").map(|(_, name)| name.split('&').next().unwrap_or(name));
        let source = python_file(place);
        if let PackageSource::Path(path) = &source
            && path.trim_end_matches('/').ends_with('.')
        {
            // The project itself.
            return;
        }
        let last = place.trim_end_matches('/').rsplit('/').next().unwrap_or(place);
        let name = egg.unwrap_or(last.split(['@', '#']).next().unwrap_or(last));
        let name = name.split('[').next().unwrap_or(name);
        if !name.is_empty() {
            let package = Package { source, ..Package::new(Ecosystem::Pypi, name, "", span) };
            self.graph.add(place.to_owned(), package);
        }
    }
}

/// Whether `# via` names a file that a person writes: `-r requirements.in`, `app (pyproject.toml)`.
fn is_file(via: &str) -> bool {
    via.starts_with('-') || via.contains('(')
}

/// The value of an option, in either way to write it.
fn option<'t>(text: &'t str, names: &[&str]) -> Option<&'t str> {
    names.iter().find_map(|name| {
        let rest = text.strip_prefix(name)?;
        rest.starts_with([' ', '=', '\t']).then(|| rest.trim_start_matches([' ', '=', '\t']).trim())
    })
}

/// The pins in the files that `-c` names.
fn constraints(file: &SourceFile, lines: &[Line], others: &Files<'_>) -> HashMap<String, String> {
    let named = lines.iter().filter_map(|line| option(&line.text, &["-c", "--constraint"]));
    let mut pins = HashMap::new();
    for other in named.filter_map(|path| others.beside(&file.target.path, path)) {
        for line in logical_lines(&other.text) {
            if let Some(found) = requirement(line.text.split(" --").next().unwrap_or_default())
                && let Some(version) = found.pinned
            {
                pins.insert(Ecosystem::Pypi.normalized(found.name).into_owned(), version.to_owned());
            }
        }
    }
    pins
}
