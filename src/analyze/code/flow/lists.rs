//! The lists of sources, sinks and what lies between, ready to be asked: found by the last name.

use std::collections::HashMap;

use super::super::calls::{Callee, language_bit};
use super::super::predicate::{Condition, Pattern};
use crate::model::{FlowArgument, FlowFilter, FlowList, FlowSource};
use crate::syntax::{Node, Syntax};

/// Everything that the lists say.
#[derive(Default)]
pub struct Lists {
    /// Names of dangers and of origins; elsewhere they are numbers.
    dangers: Vec<String>,
    origins: Vec<String>,
    /// By resolved path.
    paths: HashMap<Box<str>, Vec<usize>>,
    /// By the last name of a call.
    source_calls: Named<usize>,
    parameters: Vec<usize>,
    sources: Vec<Source>,
    pub sinks: Vec<Sink>,
    pub sinks_by_name: Named<usize>,
    pub sinks_by_property: HashMap<Box<str>, Vec<usize>>,
    pub key_sinks: Vec<usize>,
    pub returned_sinks: Vec<usize>,
    sanitizers: Named<Filter>,
    guards: Named<Filter>,
    passes: Named<Pass>,
}

/// Entries by the last name of a callee.
type Named<T> = HashMap<Box<str>, Vec<(u8, Callee, T)>>;

/// Where input enters.
pub struct Source {
    pub origin: u8,
    /// It may hold objects and not only text.
    pub data: bool,
    languages: u8,
    receiver: Option<Pattern>,
    entry: FlowSource,
}

/// A place where input does harm.
pub struct Sink {
    pub danger: u8,
    pub languages: u8,
    pub at: Vec<FlowArgument>,
    pub first: bool,
    /// Last names of the decorators of functions whose returned values are meant.
    pub returned: Vec<String>,
    pub value: Option<Condition>,
    pub args: Vec<(usize, Condition)>,
    pub keywords: Vec<(String, Condition)>,
    pub receiver: Option<Pattern>,
    pub imports: Vec<String>,
    pub data: bool,
    pub whole: Option<bool>,
}

/// The kinds of danger that are taken away; empty for all.
struct Filter(Vec<u8>);

/// A call whose result holds what went in.
#[derive(Clone, Copy)]
pub struct Pass {
    pub part: bool,
    pub text: bool,
}

/// The number of `name`, which may be new.
fn number(names: &mut Vec<String>, name: &str) -> u8 {
    let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    u8::try_from(at).unwrap_or(u8::MAX)
}

impl Lists {
    pub fn new(lists: Vec<FlowList>) -> Lists {
        let mut all = Lists::default();
        for list in lists {
            let languages = list.languages.iter().fold(0, |bits, language| bits | language_bit(*language));
            list.sources.into_iter().for_each(|source| all.add_source(source, languages));
            list.sinks.into_iter().for_each(|sink| all.add_sink(sink, languages));
            for filter in list.sanitizers {
                add_filter(&mut all.sanitizers, &mut all.dangers, &filter, languages);
            }
            for filter in list.guards {
                add_filter(&mut all.guards, &mut all.dangers, &filter, languages);
            }
            for pass in list.passes {
                let kind = Pass { part: pass.part, text: pass.text };
                pass.callee.iter().for_each(|callee| add(&mut all.passes, callee, languages, kind));
            }
        }
        all
    }

    fn add_source(&mut self, entry: FlowSource, languages: u8) {
        let index = self.sources.len();
        for path in &entry.path {
            self.paths.entry(path.as_str().into()).or_default().push(index);
        }
        for callee in &entry.call {
            add(&mut self.source_calls, callee, languages, index);
        }
        if entry.attribute.is_empty() && entry.path.is_empty() && entry.call.is_empty() {
            self.parameters.push(index);
        }
        for (parameter, attribute) in
            entry.parameter.iter().flat_map(|name| entry.attribute.iter().map(move |attribute| (name, attribute)))
        {
            self.paths.entry(format!("{parameter}.{attribute}").into()).or_default().push(index);
        }
        self.sources.push(Source {
            origin: number(&mut self.origins, &entry.origin),
            data: entry.data,
            languages,
            receiver: entry.receiver.as_deref().map(Pattern::new),
            entry,
        });
    }

    fn add_sink(&mut self, sink: crate::model::FlowSink, languages: u8) {
        let index = self.sinks.len();
        for callee in &sink.callee {
            add(&mut self.sinks_by_name, callee, languages, index);
        }
        for property in &sink.property {
            self.sinks_by_property.entry(property.as_str().into()).or_default().push(index);
        }
        self.key_sinks.extend(sink.key.then_some(index));
        self.returned_sinks.extend((!sink.returned.is_empty()).then_some(index));
        self.sinks.push(Sink {
            danger: number(&mut self.dangers, &sink.danger),
            languages,
            at: sink.at,
            first: sink.first,
            returned: sink.returned,
            value: sink.value.as_ref().map(Condition::new),
            args: sink.args.iter().map(|(at, one)| (usize::from(*at), Condition::new(one))).collect(),
            keywords: sink.keywords.iter().map(|(name, one)| (name.clone(), Condition::new(one))).collect(),
            receiver: sink.receiver.as_deref().map(Pattern::new),
            imports: sink.imports,
            data: sink.data,
            whole: sink.whole,
        });
    }

    pub fn danger(&mut self, name: &str) -> u8 {
        number(&mut self.dangers, name)
    }

    /// The number of a danger that some list or rule names.
    pub fn danger_number(&self, name: &str) -> Option<u8> {
        self.dangers.iter().position(|known| known == name).and_then(|at| u8::try_from(at).ok())
    }

    /// The number of an origin that some source has.
    pub fn origin(&self, name: &str) -> Option<u8> {
        self.origins.iter().position(|known| known == name).and_then(|at| u8::try_from(at).ok())
    }

    pub fn danger_name(&self, danger: u8) -> &str {
        self.dangers.get(usize::from(danger)).map(String::as_str).unwrap_or_default()
    }

    pub fn origin_name(&self, origin: u8) -> &str {
        self.origins.get(usize::from(origin)).map(String::as_str).unwrap_or_default()
    }

    /// The source that `path` is exactly. With `local` its first name is one of the file, and a parameter that counts by
    /// its name.
    pub fn source_of_path(&self, syntax: &Syntax<'_>, path: &str, local: bool) -> Option<&Source> {
        let sources = self.paths.get(path)?.iter().filter_map(|index| self.sources.get(*index));
        sources.into_iter().find(|source| {
            // A name of the file is only meant where the source is a parameter.
            let of_parameter = !source.entry.parameter.is_empty();
            (of_parameter || !local) && source.fits(syntax)
        })
    }

    /// The source that a call of `callee` is.
    pub fn source_of_call<'t>(&self, syntax: &Syntax<'t>, callee: Node<'t>) -> Option<&Source> {
        let found = self.find(&self.source_calls, syntax, callee, |index| {
            self.sources.get(*index).is_some_and(|source| source.fits(syntax) && source.fits_receiver(syntax, callee))
        });
        found.and_then(|index| self.sources.get(*index))
    }

    /// The sources that are parameters as such.
    pub fn parameters<'l>(&'l self, syntax: &'l Syntax<'_>) -> impl Iterator<Item = (&'l Source, &'l FlowSource)> {
        let sources = self.parameters.iter().filter_map(|index| self.sources.get(*index));
        sources.filter(|source| source.fits(syntax)).map(|source| (source, &source.entry))
    }

    pub fn is_sanitizer<'t>(&self, syntax: &Syntax<'t>, callee: Node<'t>, danger: u8) -> bool {
        self.find(&self.sanitizers, syntax, callee, |filter| filter.removes(danger)).is_some()
    }

    pub fn is_guard<'t>(&self, syntax: &Syntax<'t>, callee: Node<'t>, danger: u8) -> bool {
        self.find(&self.guards, syntax, callee, |filter| filter.removes(danger)).is_some()
    }

    pub fn pass<'t>(&self, syntax: &Syntax<'t>, callee: Node<'t>) -> Option<Pass> {
        self.find(&self.passes, syntax, callee, |_| true).copied()
    }

    /// The entry for a call of `callee` that `fits`.
    fn find<'l, 't, T>(
        &self,
        named: &'l Named<T>,
        syntax: &Syntax<'t>,
        callee: Node<'t>,
        fits: impl Fn(&T) -> bool,
    ) -> Option<&'l T> {
        let resolved = std::cell::OnceCell::new();
        let path = || resolved.get_or_init(|| syntax.resolve(callee));
        let is_member = syntax.member(callee).is_some();
        let name = syntax.last_name(callee)?;
        let by_name = named.get(name);
        // A function that was imported under another name.
        let renamed =
            syntax.imports.path_of(name).and_then(|path| path.rsplit('.').next()).filter(|last| *last != name);
        let by_import = renamed.and_then(|last| named.get(last));
        by_name.into_iter().chain(by_import).flatten().find_map(|(languages, callee, entry)| {
            let is_it =
                languages & language_bit(syntax.language) != 0 && callee.matches(is_member, path) && fits(entry);
            is_it.then_some(entry)
        })
    }
}

fn add<T>(named: &mut Named<T>, callee: &str, languages: u8, entry: T) {
    let callee = Callee::new(callee);
    named.entry(callee.key().into()).or_default().push((languages, callee, entry));
}

fn add_filter(named: &mut Named<Filter>, dangers: &mut Vec<String>, filter: &FlowFilter, languages: u8) {
    for callee in &filter.callee {
        let removed = filter.removes.iter().map(|name| number(dangers, name)).collect();
        add(named, callee, languages, Filter(removed));
    }
}

impl Filter {
    fn removes(&self, danger: u8) -> bool {
        self.0.is_empty() || self.0.contains(&danger)
    }
}

impl Source {
    fn fits(&self, syntax: &Syntax<'_>) -> bool {
        self.languages & language_bit(syntax.language) != 0
            && (self.entry.imports.is_empty()
                || self.entry.imports.iter().any(|module| syntax.imports.has_module(module)))
    }

    fn fits_receiver<'t>(&self, syntax: &Syntax<'t>, callee: Node<'t>) -> bool {
        let Some(pattern) = &self.receiver else { return true };
        syntax.member(callee).is_some_and(|(receiver, _)| pattern.is_match(syntax.text_of(receiver)))
    }
}
