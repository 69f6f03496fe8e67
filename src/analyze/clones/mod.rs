//! Code that stands in several places. Each file gives [`Prints`] in the one pass; when all were read they are joined, and
//! only files with a copy are looked at again, for the places to report.

mod join;
mod prints;
mod tokens;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Arc;

use self::join::{Block, Least, Stretch, blocks};
pub use self::prints::Prints;
use self::tokens::Reading;
use super::authors::is_written_by_people;
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{Analysis, Location, RelPath, RelatedLocation, Rule, SourceFile, Target, TargetRole};
use crate::rulebook::RuleSet;

/// Finds code that stands in several places; `None` where no rule asks for it.
pub struct Clones {
    rule: Option<Arc<Rule>>,
}

/// Other places that a finding names at the most.
const NAMED: usize = 10;

/// Other files that a message names at the most.
const NAMED_FILES: usize = 3;

impl Clones {
    pub fn new(context: &Context<'_>) -> Clones {
        Clones::of(context.rules)
    }

    pub fn of(rules: &RuleSet) -> Clones {
        Clones { rule: rules.with_builtin("duplicate-block").next().cloned() }
    }

    /// What to keep of a file; `None` for one in which copies are no fault.
    pub fn prints(&self, file: &SourceFile) -> Option<Prints> {
        let rule = self.rule.as_ref()?;
        let language = file.target.language?;
        if !self.reads(&file.target) || !is_written_by_people(file) {
            return None;
        }
        let reading = Reading { renamed: rule.flag("renamed"), tests: rule.flag("in-tests") };
        let prints = Prints::of(&file.text, language, self.least().tokens, reading);
        (!prints.is_empty()).then_some(prints)
    }

    /// Whether a change is also compared with the files that it leaves alone.
    pub fn reads_whole_tree(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.flag("whole-tree"))
    }

    /// Whether copies in such a file are a fault.
    pub fn reads(&self, target: &Target) -> bool {
        let Some(rule) = &self.rule else { return false };
        let is_code = target.language.is_some() || target.path.extension().is_none();
        is_code
            && match target.role {
                TargetRole::Source | TargetRole::Script => true,
                TargetRole::Test => rule.flag("in-tests"),
                TargetRole::Vendored => false,
            }
    }

    fn least(&self) -> Least {
        let option =
            |name| self.rule.as_ref().map_or(1, |rule| usize::try_from(rule.integer(name)).unwrap_or(1).max(1));
        Least { tokens: option("min-tokens"), lines: option("min-lines"), steps: option("min-steps") }
    }

    /// The copies among `files`, of which the first `primary` are looked at and the others only compared with.
    pub fn join<'a>(&self, files: &[(&'a RelPath, &'a Prints)], primary: usize) -> Copies<'a> {
        let prints: Vec<&Prints> = files.iter().map(|(_, prints)| *prints).collect();
        let blocks = if self.rule.is_some() { blocks(&prints, primary, self.least()) } else { Vec::new() };
        Copies { files: files.to_vec(), blocks }
    }

    /// What to report in `file` of the block; `locations` are its other places.
    pub fn hit(&self, file: &SourceFile, block: &CopiedBlock<'_>, locations: Vec<Location>) -> Option<Hit> {
        let rule = self.rule.as_ref()?;
        let hit = Hit::new(rule, block.span(file))
            .with("lines", block.here.lines().to_string())
            .with("tokens", block.tokens().to_string())
            .with("places", block.places())
            .property("lines", block.here.lines())
            .property("tokens", block.tokens())
            .property("places", block.others.len() + 1)
            .identity(block.identity());
        let message = || "the same code".to_owned();
        Some(hit.elsewhere(locations.into_iter().map(|location| RelatedLocation { location, message: message() })))
    }
}

impl Analyzer for Clones {
    fn name(&self) -> &'static str {
        "clones"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Code
    }

    fn wants(&self, target: &Target) -> bool {
        self.reads(target)
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        sink.prints = self.prints(file.source);
    }
}

/// The copies among some files.
pub struct Copies<'a> {
    files: Vec<(&'a RelPath, &'a Prints)>,
    blocks: Vec<Block>,
}

impl<'a> Copies<'a> {
    /// By path and place.
    pub fn blocks(&self) -> impl Iterator<Item = CopiedBlock<'_>> {
        self.blocks.iter().filter_map(|block| {
            let (path, prints) = self.files.get(block.here.file)?;
            Some(CopiedBlock { copies: self, path, prints, here: block.here, others: &block.others })
        })
    }

    /// How many lines of code of each file stand elsewhere too.
    pub fn lines(&self) -> BTreeMap<&'a RelPath, u32> {
        let mut covered: HashMap<usize, Vec<bool>> = HashMap::new();
        for stretch in self.blocks.iter().flat_map(|block| block.others.iter().chain([&block.here])) {
            let Some((_, prints)) = self.files.get(stretch.file) else { continue };
            let lines = covered.entry(stretch.file).or_insert_with(|| vec![false; prints.len()]);
            lines.iter_mut().take(stretch.last + 1).skip(stretch.first).for_each(|line| *line = true);
        }
        let count = |lines: &[bool]| lines.iter().filter(|line| **line).count() as u32;
        covered.iter().filter_map(|(file, lines)| Some((self.files.get(*file)?.0, count(lines)))).collect()
    }
}

/// One block of copied code, at its first place.
#[derive(Clone, Copy)]
pub struct CopiedBlock<'c> {
    copies: &'c Copies<'c>,
    pub path: &'c RelPath,
    prints: &'c Prints,
    here: Stretch,
    others: &'c [Stretch],
}

impl<'c> CopiedBlock<'c> {
    /// In bytes of `file`, which is the one at `path`.
    pub fn span(&self, file: &SourceFile) -> Range<usize> {
        span(self.prints, self.here, file)
    }

    /// The other places that are named: files, each with where to find the bytes.
    pub fn named(&self) -> impl Iterator<Item = CopiedPlace<'c>> + use<'c> {
        let copies = self.copies;
        self.others.iter().take(NAMED).filter_map(|stretch| {
            let (path, prints) = copies.files.get(stretch.file)?;
            Some(CopiedPlace { path, prints, stretch: *stretch })
        })
    }

    /// The hashes of the windows in it.
    pub fn windows(&self) -> impl Iterator<Item = u64> {
        (self.here.first..=self.here.last).filter_map(|line| self.prints.window(line))
    }

    fn tokens(&self) -> usize {
        (self.here.first..=self.here.last).map(|line| self.prints.size(line)).sum()
    }

    /// Of the tokens: neither where they stand nor how they are laid out.
    fn identity(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (self.here.first..=self.here.last).for_each(|line| self.prints.line(line).hash(&mut hasher));
        format!("{:016x}", hasher.finish())
    }

    /// `src/b.py, src/c.py and 2 more files`.
    fn places(&self) -> String {
        let mut paths: Vec<&RelPath> =
            self.others.iter().filter_map(|other| self.copies.files.get(other.file)).map(|(path, _)| *path).collect();
        paths.sort();
        paths.dedup();
        let name = |path: &&RelPath| if *path == self.path { "this file".to_owned() } else { path.to_string() };
        let mut named: Vec<String> = paths.iter().take(NAMED_FILES).map(name).collect();
        match paths.len().saturating_sub(NAMED_FILES) {
            0 => {}
            1 => named.push("one more file".to_owned()),
            more => named.push(format!("{more} more files")),
        }
        match named.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => named.concat(),
        }
    }
}

/// Where else a block stands.
#[derive(Clone, Copy)]
pub struct CopiedPlace<'c> {
    pub path: &'c RelPath,
    prints: &'c Prints,
    stretch: Stretch,
}

impl CopiedPlace<'_> {
    /// `file` is the one at `path`.
    pub fn location(&self, file: &SourceFile) -> Location {
        Location { path: self.path.clone(), region: file.region(span(self.prints, self.stretch, file)) }
    }
}

/// From the first token of the first line to the end of the last.
fn span(prints: &Prints, stretch: Stretch, file: &SourceFile) -> Range<usize> {
    let (start, last) = (prints.start(stretch.first), prints.start(stretch.last));
    let line = file.text.get(last..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    start..(last + line.trim_end().len()).max(start)
}

#[cfg(test)]
mod tests;
