//! What compose files, Kubernetes, Helm values, Terraform and Dockerfiles set: credentials that everybody knows, services without
//! a password, and switches of development.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::credential::{is_everyones, is_known, is_made_up, is_password, user_of};
use super::production::{self, Switch};
use super::services::{self, Service};
use super::setting::{Setting, Stage};
use super::{dockerfile, dotenv};
use crate::analyze::{Context, Hit, Sink};
use crate::document::{Fault, Node, hcl_so_far, yaml_so_far};
use crate::model::{Analysis, Level, Notification, NotificationKind, RelPath, Rule, SourceFile, Target};

const EVERYONES: &str = "is set to a value that everybody tries first";

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Compose or Kubernetes; `is_named` where the name already says compose.
    Yaml {
        is_named: bool,
    },
    HelmValues,
    Terraform,
    Dockerfile,
    DotenvOfProduction,
    /// Of a framework, for production.
    Settings,
}

fn format(path: &RelPath) -> Option<Format> {
    let name = path.file_name().to_ascii_lowercase();
    if dockerfile::is_dockerfile(&name) {
        return Some(Format::Dockerfile);
    }
    if dotenv::kind(&name) == Some(dotenv::Kind::Live) && Stage::of(&name) == Stage::Production {
        return Some(Format::DotenvOfProduction);
    }
    if production::is_settings(path) {
        return Some(Format::Settings);
    }
    match path.extension()? {
        "tf" => Some(Format::Terraform),
        "yml" | "yaml" if name.starts_with("values") => Some(Format::HelmValues),
        "yml" | "yaml" => Some(Format::Yaml { is_named: name.contains("compose") }),
        _ => None,
    }
}

/// The rules about deployments.
pub struct Deployment {
    credential: Option<Arc<Rule>>,
    open: Option<Arc<Rule>>,
    debug: Option<Arc<Rule>>,
}

impl Deployment {
    pub fn new(context: &Context<'_>) -> Deployment {
        let rule = |id: &str| context.rules.get(id).cloned();
        Deployment {
            credential: rule("env/default-credential"),
            open: rule("env/no-password"),
            debug: rule("env/not-for-production"),
        }
    }

    pub fn wants(&self, target: &Target) -> bool {
        (self.credential.is_some() || self.open.is_some() || self.debug.is_some()) && format(&target.path).is_some()
    }

    pub fn judge(&self, file: &SourceFile, sink: &mut Sink) {
        let path = &file.target.path;
        let text = file.text.as_str();
        let stage = Stage::of(path.as_str());
        let mut found = Found { sink, seen: HashSet::new() };
        let fault = match format(path) {
            Some(Format::Yaml { is_named }) if is_named || looks_like_services(text) => {
                self.yaml(text, stage, &mut found).filter(|_| is_named)
            }
            // A template of values is none yet, and faulty by right.
            Some(Format::HelmValues) => self.helm(text, stage, &mut found).filter(|_| !text.contains("{{")),
            Some(Format::Terraform) => self.terraform(text, stage, &mut found),
            Some(Format::Dockerfile) if stage != Stage::Development => {
                self.debug(dockerfile::settings(text).iter().filter_map(production::switch), &mut found);
                None
            }
            Some(Format::DotenvOfProduction) => {
                let assignments = dotenv::assignments(text).into_iter();
                let settings: Vec<Setting> = assignments
                    .map(|it| Setting { name: it.name.to_owned(), value: it.value.to_owned(), span: it.span })
                    .collect();
                self.debug(settings.iter().filter_map(production::switch), &mut found);
                None
            }
            Some(Format::Settings) => {
                self.debug(production::switches(path, text).into_iter(), &mut found);
                None
            }
            _ => None,
        };
        if let Some(fault) = fault {
            sink.notify(malformed(file, &fault));
        }
    }

    fn yaml(&self, text: &str, stage: Stage, found: &mut Found<'_>) -> Option<Fault> {
        let read = yaml_so_far(text);
        for document in &read.documents {
            for service in services::of_compose(document) {
                self.service(&service, stage, found);
                if stage == Stage::Production {
                    self.debug(service.settings.iter().filter_map(production::switch), found);
                }
            }
            for container in services::of_kubernetes(document) {
                self.service(&container, stage, found);
                if stage != Stage::Development {
                    self.debug(container.settings.iter().filter_map(production::switch), found);
                }
            }
            if document.text_of("kind") == Some("Secret") {
                for entry in document.get("stringData").map(Node::entries).unwrap_or_default() {
                    if is_known(&entry.key, entry.value.text().unwrap_or_default(), None) {
                        self.credential(&entry.key, &entry.value, stage, found);
                    }
                }
            }
        }
        read.fault
    }

    fn service(&self, service: &Service, stage: Stage, found: &mut Found<'_>) {
        // What another machine can reach, and what production runs, is no plaything.
        let level = if stage == Stage::Production || (service.is_published && stage == Stage::Any) {
            Level::Warning
        } else {
            Level::Note
        };
        for setting in &service.settings {
            let user = user_of(&setting.name, &service.settings);
            if let Some(rule) = self.credential.as_ref().filter(|_| is_known(&setting.name, &setting.value, user)) {
                let hit = Hit::new(rule, setting.span.clone()).with("name", &setting.name).with("what", EVERYONES);
                found.report(shown(hit, &setting.value).level(level).identity(&setting.name));
            }
            if let (Some(what), Some(rule)) = (open_setting(setting), &self.open) {
                found.report(Hit::new(rule, setting.span.clone()).with("what", what).level(level));
            }
        }
        if let (Some(what), Some(rule)) =
            (open_service(service), self.open.as_ref().filter(|_| !service.place.is_empty()))
        {
            found.report(Hit::new(rule, service.place.clone()).with("what", what).level(level));
        }
    }

    fn debug(&self, switches: impl Iterator<Item = Switch>, found: &mut Found<'_>) {
        let Some(rule) = &self.debug else { return };
        for switch in switches {
            let hit = Hit::new(rule, switch.span).with("what", &switch.what);
            let level = if switch.is_mild { Level::Note } else { hit.level };
            found.report(hit.level(level.min(rule.level)).identity(&switch.what));
        }
    }

    fn credential(&self, name: &str, node: &Node<'_>, stage: Stage, found: &mut Found<'_>) {
        let Some(rule) = &self.credential else { return };
        let span = node.span.0..node.span.1;
        let level = if stage == Stage::Development { Level::Note } else { Level::Warning };
        let value = node.text().unwrap_or_default();
        let what = if is_everyones(value) { EVERYONES } else { "has its value written down" };
        let hit = Hit::new(rule, span).with("name", name).with("what", what);
        let hit = shown(hit.level(level.min(rule.level)).identity(name), value);
        found.report(hit);
    }

    fn helm(&self, text: &str, stage: Stage, found: &mut Found<'_>) -> Option<Fault> {
        let read = yaml_so_far(text);
        for document in &read.documents {
            let mut values = Vec::new();
            services::of_helm(document, &mut values);
            for (name, node, user) in values {
                if is_password(name) && is_known(name, node.text().unwrap_or_default(), user) {
                    self.credential(name, node, stage, found);
                }
            }
        }
        read.fault
    }

    fn terraform(&self, text: &str, stage: Stage, found: &mut Found<'_>) -> Option<Fault> {
        let read = hcl_so_far(text);
        for entry in read.documents.first().map(Node::entries).unwrap_or_default() {
            match &*entry.key {
                "variable" => {
                    for variable in entry.value.entries() {
                        let default = variable.value.get("default");
                        let Some(value) = default.filter(|node| is_made_up(node.text().unwrap_or_default())) else {
                            continue;
                        };
                        if is_password(&variable.key) {
                            self.credential(&variable.key, value, stage, found);
                        }
                    }
                }
                "resource" | "module" | "locals" => self.attributes(&entry.value, stage, found),
                _ => {}
            }
        }
        read.fault
    }

    /// Literals in attributes that are called a password, at any depth.
    fn attributes(&self, node: &Node<'_>, stage: Stage, found: &mut Found<'_>) {
        for entry in node.entries() {
            if is_password(&entry.key) && is_made_up(entry.value.text().unwrap_or_default()) {
                self.credential(&entry.key, &entry.value, stage, found);
            }
            self.attributes(&entry.value, stage, found);
        }
        node.items().iter().for_each(|item| self.attributes(item, stage, found));
    }
}

/// What is reported of a file, each place once: aliases and merge keys lead to one place many times.
struct Found<'s> {
    sink: &'s mut Sink,
    seen: HashSet<(String, Range<usize>)>,
}

impl Found<'_> {
    fn report(&mut self, hit: Hit) {
        if self.seen.insert((hit.rule.id.as_str().to_owned(), hit.span.clone())) {
            self.sink.report(hit);
        }
    }
}

/// What everybody knows may be shown; what somebody made up is a secret, weak as it is.
fn shown(hit: Hit, value: &str) -> Hit {
    let span = hit.span.clone();
    if is_everyones(value) { hit } else { hit.secret(span) }
}

/// Whether a YAML text may be of compose or Kubernetes; templates of them are no YAML yet.
fn looks_like_services(text: &str) -> bool {
    let has_key = |key: &str| text.starts_with(key) || text.contains(&format!("\n{key}"));
    !text.contains("{{")
        && ((has_key("services:") && text.contains("image:")) || (has_key("apiVersion:") && has_key("kind:")))
}

/// What the setting says of a service that asks for no password.
fn open_setting(setting: &Setting) -> Option<String> {
    let name = setting.name.to_ascii_lowercase();
    let is_open = match name.as_str() {
        "mysql_allow_empty_password" | "mariadb_allow_empty_root_password" | "allow_empty_password" => setting.is_on(),
        "disable_security_plugin" | "plugins.security.disabled" => setting.is_on(),
        "postgres_host_auth_method" => setting.value.eq_ignore_ascii_case("trust"),
        "xpack.security.enabled" => setting.is_off(),
        "neo4j_auth" => setting.value.eq_ignore_ascii_case("none"),
        _ => false,
    };
    is_open.then(|| format!("`{}` is set", setting.name))
}

/// A store that can be reached from other machines and was told no password.
fn open_service(service: &Service) -> Option<String> {
    let asks = ["requirepass", "--auth", "aclfile", ".conf", "keyfile", "password"];
    let has_password = service.has_files
        || asks.iter().any(|word| service.command.to_ascii_lowercase().contains(word))
        || service.names.iter().any(|name| {
            let name = name.to_ascii_uppercase();
            ["PASSWORD", "AUTH", "REDIS_ARGS"].iter().any(|word| name.contains(word))
        });
    let is_store =
        matches!(service.image.as_str(), "redis" | "valkey" | "keydb" | "redis-stack" | "redis-stack-server" | "mongo");
    (is_store && service.is_published && !has_password)
        .then(|| format!("{} publishes its port and was told none", service.image))
}

fn malformed(file: &SourceFile, fault: &Fault) -> Notification {
    Notification {
        kind: NotificationKind::Malformed,
        path: Some(file.target.path.clone()),
        line: Some(file.lines().line_of(fault.offset)),
        analysis: Some(Analysis::Compliance),
        message: format!("what this file deploys was read only up to here: {}", fault.message),
    }
}
