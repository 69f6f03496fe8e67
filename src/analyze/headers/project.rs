//! Configurations that are read with others: nginx, Apache and Caddy include files; a host's file lies beside a
//! framework's.

use std::collections::HashSet;

use super::directive::{Directive, Files};
use super::files::{Host, Shared, shared};
use super::hosting::Beside;
use super::judge::{Rules, hits};
use super::model::Reading;
use super::{apache, caddy, hosting, is_template, malformed, nginx, nginx_server, rules_of};
use crate::analyze::{Context, ProjectAnalyzer, ProjectSink, Tree};
use crate::document::{Fault, SoFar, json_so_far, toml_so_far};
use crate::model::{Analysis, SourceFile, Target};

pub struct SharedHeaders {
    rules: Rules,
}

impl SharedHeaders {
    pub fn new(context: &Context<'_>) -> SharedHeaders {
        SharedHeaders { rules: rules_of(context) }
    }

    fn report(&self, reading: &Reading, sources: &[&SourceFile], sink: &mut ProjectSink) {
        for (file, hit) in hits(reading, sources, &self.rules) {
            if let Some(source) = sources.get(file) {
                sink.report(&source.target.path, hit);
            }
        }
        for (file, fault) in &reading.faults {
            sources.get(*file).into_iter().for_each(|source| sink.notify(malformed(source, fault)));
        }
    }
}

impl ProjectAnalyzer for SharedHeaders {
    fn name(&self) -> &'static str {
        "headers"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, target: &Target) -> bool {
        !self.rules.is_empty() && shared(target).is_some()
    }

    fn analyze(&self, tree: &Tree<'_>, sink: &mut ProjectSink) {
        for (reading, sources) in readings(tree.files, tree.targets) {
            self.report(&reading, &sources, sink);
        }
    }
}

/// What the files of each language say together, with the files that the reading numbers.
pub fn readings<'f>(files: &[&'f SourceFile], targets: &[Target]) -> Vec<(Reading, Vec<&'f SourceFile>)> {
    let of = |kind: Shared| -> Vec<&'f SourceFile> {
        files.iter().copied().filter(|file| shared(&file.target) == Some(kind)).collect()
    };
    let (nginx, apache): (Vec<_>, Vec<_>) = of(Shared::Server).into_iter().partition(|file| is_nginx(&file.text));
    let (folders, caddy) = (of(Shared::Htaccess), of(Shared::Caddyfile));
    let mut readings = vec![
        (NGINX.read_all(&nginx, is_surely_nginx), nginx),
        (APACHE.read_all(&apache, |_| true), apache),
        (HTACCESS.read_all(&folders, |_| true), folders),
        (CADDY.read_all(&caddy, |_| true), caddy),
    ];
    for &file in files {
        if let Some(Shared::Hosting(host)) = shared(&file.target) {
            readings.push((hosted(host, file, targets), vec![file]));
        }
    }
    readings
}

const NGINX: Language =
    Language { parse: nginx::parse, include: &["include"], is_root: nginx_server::is_nginx, read: nginx_server::read };
const APACHE: Language = Language {
    parse: apache::parse,
    include: &["include", "includeoptional"],
    is_root: apache::is_apache,
    read: apache::read,
};
const HTACCESS: Language =
    Language { parse: apache::parse, include: &[], is_root: |_| true, read: apache::read_folder };
const CADDY: Language = Language { parse: caddy::parse, include: &["import"], is_root: |_| true, read: caddy::read };

/// A language whose files include each other.
struct Language {
    parse: fn(&str) -> (Vec<Directive>, Option<Fault>),
    include: &'static [&'static str],
    /// Whether a file is a configuration of its own and no part of one.
    is_root: fn(&[Directive]) -> bool,
    read: fn(&[Directive]) -> Reading,
}

impl Language {
    /// Reads every file that no other includes. A fault is told where `is_sure` that the file was meant for this language.
    fn read_all(&self, sources: &[&SourceFile], is_sure: impl Fn(&SourceFile) -> bool) -> Reading {
        let mut whole = Reading::default();
        let mut trees: Vec<Vec<Directive>> = Vec::new();
        for (index, source) in sources.iter().enumerate() {
            let (tree, fault) = (self.parse)(&source.text);
            let is_read = fault.is_none() || is_sure(source) && !is_template(&source.text);
            if is_read && (self.is_root)(&tree) {
                whole.faults.extend(fault.map(|fault| (index, fault)));
            }
            trees.push(if is_read { tree } else { Vec::new() });
        }
        let files = Files { sources, trees: &trees, include: self.include };
        let roots = (0..sources.len()).filter(|&index| trees.get(index).is_some_and(|tree| (self.is_root)(tree)));
        let expanded: Vec<_> = roots.map(|index| (index, files.expanded(index))).collect();
        let included: HashSet<usize> = expanded.iter().flat_map(|(_, (_, used))| used.iter().copied()).collect();
        for (_, (tree, _)) in expanded.iter().filter(|(index, _)| !included.contains(index)) {
            let reading = (self.read)(tree);
            whole.servers.extend(reading.servers);
            whole.values.extend(reading.values);
            whole.lost.extend(reading.lost);
            whole.only_on_success.extend(reading.only_on_success);
        }
        whole
    }
}

/// nginx ends directives with `;` and opens blocks with `{`, Apache does neither.
fn is_nginx(text: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_apache = |line: &str| line.starts_with('<') && line.ends_with('>');
    !lines().any(is_apache) && lines().any(|line| line.ends_with([';', '{']) || line == "}" || line.contains("; #"))
}

/// Whether a file that does not parse was meant for nginx: then it is said, otherwise it is another format.
fn is_surely_nginx(source: &SourceFile) -> bool {
    let has_server = source.text.lines().any(|line| matches!(line.trim(), "server {" | "http {" | "server{" | "http{"));
    has_server && source.target.path.as_str().to_ascii_lowercase().contains("nginx")
}

/// What a host's file says, given what lies beside it.
fn hosted(host: Host, file: &SourceFile, targets: &[Target]) -> Reading {
    let folder = file.target.path.parent();
    let names = || targets.iter().map(|target| (target.path.parent(), target.path.file_name()));
    const FRAMEWORKS: &[&str] = &[
        "next.config.",
        "nuxt.config.",
        "svelte.config.",
        "astro.config.",
        "remix.config.",
        "gatsby-config.",
        "angular.json",
    ];
    let beside = Beside {
        framework: names().any(|(at, name)| at == folder && FRAMEWORKS.iter().any(|start| name.starts_with(start))),
        headers_file: names().any(|(_, name)| name == "_headers"),
        wrangler: names().any(|(_, name)| name.starts_with("wrangler.")),
    };
    let text = file.text.as_str();
    match host {
        Host::HeadersFile => hosting::headers_file(text, beside),
        Host::Netlify => of_tree(toml_so_far(text), |tree| hosting::netlify(tree, beside)),
        Host::Vercel => of_tree(json_so_far(text), |tree| hosting::vercel(tree, beside)),
        Host::Firebase => of_tree(json_so_far(text), |tree| hosting::firebase(tree, beside)),
    }
}

fn of_tree(so_far: SoFar<'_>, read: impl Fn(&crate::document::Node<'_>) -> Reading) -> Reading {
    let mut reading = so_far.documents.first().map(read).unwrap_or_default();
    reading.faults.extend(so_far.fault.map(|fault| (0, fault)));
    reading
}
