//! Security headers: what a server, a host of sites or an application tells the browser, read from its configuration or its
//! code. A reader for each gives what is sent ([`model::Reading`]); one judge says what that lacks.

mod apache;
mod aws;
mod caddy;
mod code;
mod csp;
mod directive;
mod django;
mod files;
mod haproxy;
mod header;
mod helmet;
mod hosting;
mod javascript;
mod judge;
mod line;
mod model;
mod next;
mod nginx;
mod nginx_server;
mod node;
mod project;
mod python;
mod report;
mod rust;
mod spring;
mod traefik;

use std::sync::Arc;

use self::files::Alone;
use self::judge::Rules;
use self::model::Reading;
pub use self::project::SharedHeaders;
pub use self::report::{ServerHeaders, headers_of};
use super::{Analyzer, Context, File, Sink};
use crate::document::{Fault, SoFar, hcl_so_far, json_so_far, toml_so_far, yaml_so_far};
use crate::model::{Analysis, Language, Matcher, Notification, NotificationKind, SourceFile, Target};
use crate::syntax::Syntax;

/// Judges files that stand alone: code, and configurations that include no other file.
pub struct Headers {
    rules: Rules,
}

/// The rules about headers that are switched on.
fn rules_of(context: &Context<'_>) -> Rules {
    let is_ours = |matcher: &Matcher| matches!(matcher, Matcher::Builtin(name) if name == "security-headers");
    let rules = context.rules.iter().filter(|rule| is_ours(&rule.matcher));
    rules.map(|rule| (rule.id.to_string(), Arc::clone(rule))).collect()
}

impl Headers {
    pub fn new(context: &Context<'_>) -> Headers {
        Headers { rules: rules_of(context) }
    }
}

impl Analyzer for Headers {
    fn name(&self) -> &'static str {
        "headers"
    }

    fn analysis(&self) -> Analysis {
        Analysis::Compliance
    }

    fn wants(&self, target: &Target) -> bool {
        !self.rules.is_empty() && (target.language.is_some() || files::alone(target).is_some())
    }

    fn needs_syntax(&self) -> bool {
        !self.rules.is_empty()
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        let reading = match file.syntax {
            Some(syntax) => in_code(syntax, file.source),
            None => match files::alone(&file.source.target) {
                Some(kind) => configuration(kind, file.source),
                None => return,
            },
        };
        judge::hits(&reading, &[file.source], &self.rules).into_iter().for_each(|(_, hit)| sink.report(hit));
        for (_, fault) in &reading.faults {
            sink.notify(malformed(file.source, fault));
        }
    }
}

fn in_code(syntax: &Syntax<'_>, source: &SourceFile) -> Reading {
    let target = &source.target;
    match syntax.language {
        Language::Python => python::read(syntax, target.role),
        Language::Rust => rust::read(syntax, target.role),
        _ if next::is_config(&target.path) => next::read(syntax, &target.path),
        _ => node::read(syntax, target.role),
    }
}

fn configuration(kind: Alone, source: &SourceFile) -> Reading {
    let text = source.text.as_str();
    match kind {
        Alone::Haproxy => {
            let (tree, fault) = haproxy::parse(text);
            if !haproxy::is_haproxy(&tree) {
                return Reading::default();
            }
            let mut reading = haproxy::read(&tree);
            reading.faults.extend(fault.map(|fault| (0, fault)));
            reading
        }
        Alone::Properties if is_spring(text) => spring::read_properties(text),
        Alone::Yaml if traefik::may_be(text) => tree(yaml_so_far(text), source, traefik::read),
        Alone::Yaml if aws::may_be(text) => tree(yaml_so_far(text), source, aws::formation),
        Alone::Yaml if is_spring(text) => tree(yaml_so_far(text), source, spring::read_yaml),
        Alone::Toml if traefik::may_be(text) => tree(toml_so_far(text), source, traefik::read),
        Alone::Json if aws::may_be(text) => tree(json_so_far(text), source, aws::formation),
        Alone::Terraform if aws::may_be(text) => tree(hcl_so_far(text), source, aws::terraform),
        _ => Reading::default(),
    }
}

fn is_spring(text: &str) -> bool {
    text.contains("security.headers") || text.contains("secure-headers") || text.contains("ResponseHeader=")
}

/// What `read` makes of the documents. A template of another language is no fault of the file.
fn tree(so_far: SoFar<'_>, source: &SourceFile, read: impl Fn(&[crate::document::Node<'_>]) -> Reading) -> Reading {
    let mut reading = read(&so_far.documents);
    let fault = so_far.fault.filter(|_| !is_template(&source.text));
    // What says nothing of headers is somebody else's to complain of.
    if !reading.servers.is_empty() || !reading.values.is_empty() {
        reading.faults.extend(fault.map(|fault| (0, fault)));
    }
    reading
}

fn is_template(text: &str) -> bool {
    ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark))
}

fn malformed(source: &SourceFile, fault: &Fault) -> Notification {
    let line = source.lines().line_of(fault.offset);
    Notification {
        kind: NotificationKind::Malformed,
        path: Some(source.target.path.clone()),
        line: Some(line),
        analysis: Some(Analysis::Compliance),
        message: format!("headers were judged only as far as line {line}: {}", fault.message),
    }
}
