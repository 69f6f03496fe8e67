//! Security headers: what a web server or an Express application tells the browser, read from its configuration.

mod csp;
mod express;
mod header;
mod nginx;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::server::Verdict;
use super::{Analyzer, Context, File, Hit, Sink};
use crate::model::{
    Analysis, Language, Level, Matcher, Notification, NotificationKind, Rule, SourceFile, Target, TargetRole,
};
use crate::syntax::Syntax;

pub struct Headers {
    /// Those that are switched on, by id.
    rules: BTreeMap<String, Arc<Rule>>,
}

impl Headers {
    pub fn new(context: &Context<'_>) -> Headers {
        let is_ours = |rule: &&Arc<Rule>| matches!(&rule.matcher, Matcher::Builtin(name) if name.ends_with("-headers"));
        let rules = context.rules.iter().filter(is_ours);
        Headers { rules: rules.map(|rule| (rule.id.to_string(), Arc::clone(rule))).collect() }
    }

    fn nginx(&self, source: &SourceFile, sink: &mut Sink) {
        // What a test starts serves nobody.
        if source.target.role == TargetRole::Test {
            return;
        }
        let tree = match nginx::parse(&source.text) {
            Ok(tree) => tree,
            Err(error) => {
                if is_surely_nginx(&source.target, &source.text) {
                    sink.notify(malformed(source, &error));
                }
                return;
            }
        };
        if !server::is_nginx(&tree) {
            return;
        }
        for verdict in server::judge(&tree) {
            if let Some(hit) = self.hit(verdict) {
                sink.report(hit);
            }
        }
    }

    fn express(&self, source: &SourceFile, syntax: &Syntax<'_>, sink: &mut Sink) {
        for found in express::judge(syntax, source.target.role) {
            let Some(rule) = self.rules.get(found.rule) else { continue };
            let hit = Hit::new(rule, found.span).at_most(found.confidence);
            sink.report(found.fills.iter().fold(hit, |hit, (name, value)| hit.with(name, value)));
        }
    }

    fn hit(&self, verdict: Verdict) -> Option<Hit> {
        Some(match verdict {
            Verdict::Missing { header, server, confidence, doubt } => {
                let rule = self.rules.get(header.missing_rule())?;
                let line = format!("add_header {} \"{}\" always;", header.name(), header.safe_value());
                let doubt = doubt.map_or(String::new(), |doubt| format!(" ({doubt})"));
                Hit::new(rule, server)
                    .with("subject", "This server")
                    .with("doubt", doubt)
                    .with("remedy", format!("add `{line}`"))
                    .property("header", header.name())
                    .at_most(confidence)
            }
            Verdict::Faulty { value, fault } => {
                let hit = Hit::new(self.rules.get(fault.rule)?, value).with("what", &fault.what);
                let least = hit.level.min(Level::Note);
                if fault.serious { hit } else { hit.level(least) }
            }
            Verdict::Lost { at, headers, from } => {
                let names: Vec<&str> = headers.iter().map(|header| header.name()).collect();
                Hit::new(self.rules.get("headers/lost-by-inheritance")?, at)
                    .with("headers", names.join(", "))
                    .related(from, "the headers that are lost are added here")
            }
        })
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
        !self.rules.is_empty() && (is_nginx_path(target) || target.language.is_some_and(Language::is_javascript_like))
    }

    fn needs_syntax(&self) -> bool {
        !self.rules.is_empty()
    }

    fn analyze(&self, file: &File<'_>, sink: &mut Sink) {
        match file.syntax {
            Some(syntax) if syntax.language.is_javascript_like() => self.express(file.source, syntax, sink),
            _ if is_nginx_path(&file.source.target) => self.nginx(file.source, sink),
            _ => {}
        }
    }
}

/// Names under which nginx's configuration is kept; what the file really is, its text must show.
fn is_nginx_path(target: &Target) -> bool {
    let path = target.path.as_str().to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or(&path);
    let in_nginx_folder = path
        .split('/')
        .rev()
        .skip(1)
        .any(|part| part.contains("nginx") || matches!(part, "sites-available" | "sites-enabled" | "conf.d"));
    match target.path.extension() {
        Some("conf" | "nginx" | "nginxconf" | "vhost") => true,
        Some("template" | "tmpl" | "tpl") => file.contains(".conf.") || file.contains("nginx"),
        _ => file.starts_with("nginx.conf") || (in_nginx_folder && target.language.is_none()),
    }
}

/// Whether a file that does not parse was meant for nginx: then it is said, otherwise it is another format.
fn is_surely_nginx(target: &Target, text: &str) -> bool {
    let is_template = ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark));
    let has_server = text.lines().any(|line| matches!(line.trim(), "server {" | "http {" | "server{" | "http{"));
    !is_template && has_server && target.path.as_str().to_ascii_lowercase().contains("nginx")
}

fn malformed(source: &SourceFile, error: &nginx::SyntaxError) -> Notification {
    let line = source.lines().line_of(error.offset);
    Notification {
        kind: NotificationKind::Malformed,
        path: Some(source.target.path.clone()),
        line: Some(line),
        analysis: Some(Analysis::Compliance),
        message: format!("the nginx configuration was not judged: line {line} should have {}", error.expected),
    }
}
