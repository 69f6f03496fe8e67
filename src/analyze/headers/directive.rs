//! The tree that the configuration languages of nginx, Apache and Caddy have in common: directives with their words, each at
//! its place, and files that include others.

use std::collections::HashSet;
use std::ops::Range;

use globset::GlobBuilder;

use super::model::Spot;
use crate::model::SourceFile;

/// Deeper than any real configuration; bounds the tree that is built (and dropped) recursively.
pub const MAX_DEPTH: usize = 64;

/// How many files may include each other in a row; with [`MAX_DEPTH`] this bounds the depth of the whole.
const MOST_NESTED: usize = 8;

/// How many directives included files may add: files that include others twice grow without end.
const MOST_INCLUDED: usize = 20_000;

/// How many `include`s of one configuration are looked for.
const MOST_INCLUDES: usize = 1_000;

/// One word of a directive, quotes and escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Bytes of the file, quotes included.
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub name: Word,
    pub args: Vec<Word>,
    /// What stands between its braces; `None` for a directive that has none.
    pub block: Option<Vec<Directive>>,
    /// The number of the file that it stands in.
    pub file: usize,
}

impl Directive {
    /// Without regard to case, as Apache has it; the names of the others are in lower case anyway.
    pub fn is(&self, name: &str) -> bool {
        self.name.text.eq_ignore_ascii_case(name)
    }

    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).map(|word| word.text.as_str())
    }

    pub fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }

    /// From the name to the last word.
    pub fn spot(&self) -> Spot {
        let end = self.args.last().map_or(self.name.span.end, |word| word.span.end);
        Spot::new(self.file, self.name.span.start..end)
    }

    pub fn spot_of(&self, word: &Word) -> Spot {
        Spot::new(self.file, word.span.clone())
    }
}

/// Files of one language that may include each other.
pub struct Files<'f> {
    pub sources: &'f [&'f SourceFile],
    /// The tree of each of `sources`.
    pub trees: &'f [Vec<Directive>],
    /// Names of the directive that includes.
    pub include: &'static [&'static str],
}

impl Files<'_> {
    /// The tree of a file with what it includes in its place; a file that was not found leaves its directive. The second
    /// value are the files that were put in.
    pub fn expanded(&self, file: usize) -> (Vec<Directive>, HashSet<usize>) {
        let mut expansion = Expansion { files: self, stack: vec![file], used: HashSet::new(), count: 0, looked: 0 };
        let tree = expansion.expand(file, self.trees.get(file).map_or(&[], Vec::as_slice));
        (tree, expansion.used)
    }

    /// The files that `pattern` means in the file numbered `from`: what an absolute path means on the server is tried below
    /// each folder above the file, with less and less of its beginning.
    fn meant(&self, from: usize, pattern: &str) -> Vec<usize> {
        let Some(source) = self.sources.get(from) else { return Vec::new() };
        let parts: Vec<&str> = pattern.trim_start_matches("./").split('/').filter(|part| !part.is_empty()).collect();
        let parent = source.target.path.parent();
        for skipped in 0..parts.len() {
            let rest = parts.get(skipped..).unwrap_or_default().join("/");
            let mut folder = parent;
            loop {
                let path = if folder.is_empty() { rest.clone() } else { format!("{folder}/{rest}") };
                let found = self.matching(from, &normal(&path));
                if !found.is_empty() {
                    return found;
                }
                // A name alone is looked for only beside the file.
                if folder.is_empty() || !rest.contains('/') {
                    break;
                }
                folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            }
        }
        Vec::new()
    }

    fn matching(&self, from: usize, pattern: &str) -> Vec<usize> {
        let numbered = || self.sources.iter().enumerate().filter(|(index, _)| *index != from);
        if !pattern.contains(['*', '?', '[']) {
            return numbered()
                .filter(|(_, file)| file.target.path.as_str() == pattern)
                .map(|(index, _)| index)
                .collect();
        }
        let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else { return Vec::new() };
        let glob = glob.compile_matcher();
        numbered().filter(|(_, file)| glob.is_match(file.target.path.as_str())).map(|(index, _)| index).collect()
    }
}

/// The path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

struct Expansion<'e, 'f> {
    files: &'e Files<'f>,
    stack: Vec<usize>,
    used: HashSet<usize>,
    count: usize,
    looked: usize,
}

impl Expansion<'_, '_> {
    fn expand(&mut self, file: usize, directives: &[Directive]) -> Vec<Directive> {
        let mut expanded = Vec::new();
        for directive in directives {
            self.count += 1;
            if self.count > MOST_INCLUDED {
                break;
            }
            let includes = self.files.include.iter().any(|name| directive.is(name));
            self.looked += usize::from(includes);
            let meant = match directive.arg(0) {
                Some(pattern) if includes && directive.block.is_none() && self.looked < MOST_INCLUDES => {
                    self.files.meant(file, pattern)
                }
                _ => Vec::new(),
            };
            if meant.is_empty() {
                let block = directive.block.as_ref().map(|block| self.expand(file, block));
                expanded.push(Directive { block, file, ..directive.clone() });
            }
            for other in meant {
                if self.stack.contains(&other) || self.stack.len() > MOST_NESTED {
                    continue;
                }
                self.stack.push(other);
                self.used.insert(other);
                let tree = self.files.trees.get(other).map_or(&[][..], Vec::as_slice);
                expanded.extend(self.expand(other, tree));
                self.stack.pop();
            }
        }
        expanded
    }
}

#[cfg(test)]
mod tests {
    use super::super::nginx::parse;
    use super::*;
    use crate::model::{Encoding, Target};

    fn names(directives: &[Directive]) -> Vec<(String, usize)> {
        let below = directives.iter().flat_map(|directive| names(directive.children()));
        directives.iter().map(|directive| (directive.name.text.clone(), directive.file)).chain(below).collect()
    }

    #[test]
    fn included_files_stand_in_their_place() {
        let texts = [
            ("deploy/nginx/nginx.conf", "http { include /etc/nginx/conf.d/*.conf; include mime.types; }"),
            ("deploy/nginx/conf.d/a.conf", "server { include snippets/x.conf; }"),
            ("deploy/nginx/snippets/x.conf", "y; include ../nginx.conf;"),
            ("other/conf.d/b.conf", "z;"),
        ];
        let sources: Vec<SourceFile> = texts
            .iter()
            .map(|(path, text)| SourceFile::new(Target::at(path), (*text).to_owned(), Encoding::Utf8))
            .collect();
        let sources: Vec<&SourceFile> = sources.iter().collect();
        let trees: Vec<Vec<Directive>> = texts.iter().map(|(_, text)| parse(text).0).collect();
        let files = Files { sources: &sources, trees: &trees, include: &["include"] };
        let (tree, used) = files.expanded(0);
        let found = names(&tree);
        let found: Vec<(&str, usize)> = found.iter().map(|(name, file)| (name.as_str(), *file)).collect();
        // A file that includes itself in the end is left out the second time.
        assert_eq!(found, [("http", 0), ("server", 1), ("include", 0), ("y", 2)]);
        assert_eq!(used, HashSet::from([1, 2]));
    }
}
