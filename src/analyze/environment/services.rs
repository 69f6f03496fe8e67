//! The services that YAML describes: those of a compose file, the containers of Kubernetes.

use std::ops::Range;

use super::setting::Setting;
use crate::document::{Entry, Node};

/// One container and what it is told.
#[derive(Debug)]
pub struct Service {
    /// Where it is named.
    pub place: Range<usize>,
    pub image: String,
    pub settings: Vec<Setting>,
    /// Of all variables, those included whose values stand elsewhere.
    pub names: Vec<String>,
    /// A port of it can be reached from outside of the machine.
    pub is_published: bool,
    /// How it is started, and what is put into it: a password may be there.
    pub command: String,
    pub has_files: bool,
}

/// The services of a compose file; none if it is something else.
pub fn of_compose(document: &Node<'_>) -> Vec<Service> {
    let services = document.get("services").map(Node::entries).unwrap_or_default();
    let is_service = |entry: &&Entry<'_>| {
        ["image", "build", "extends", "environment", "env_file", "ports"]
            .iter()
            .any(|key| entry.value.get(key).is_some())
    };
    services.iter().filter(is_service).map(compose_service).collect()
}

fn compose_service(entry: &Entry<'_>) -> Service {
    let node = &entry.value;
    let environment = node.get("environment");
    let pairs = environment.map(Node::entries).unwrap_or_default();
    let mut settings: Vec<Setting> = pairs.iter().filter_map(|pair| Setting::of(&pair.key, &pair.value)).collect();
    settings.extend(environment.map(Node::items).unwrap_or_default().iter().filter_map(Setting::of_pair));
    let mut names: Vec<String> = pairs.iter().map(|pair| pair.key.to_string()).collect();
    let items = environment.map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    names.extend(items.map(|item| item.split('=').next().unwrap_or(item).trim().to_owned()));
    let ports = node.get("ports").map(Node::items).unwrap_or_default();
    Service {
        place: entry.key_span.0..entry.key_span.1,
        image: image_name(node.text_of("image").unwrap_or_default()),
        settings,
        names,
        is_published: ports.iter().any(is_public) || node.text_of("network_mode") == Some("host"),
        command: command(node),
        has_files: ["env_file", "secrets", "configs"].iter().any(|key| node.get(key).is_some())
            || node.get("volumes").is_some_and(|volumes| volumes.items().iter().any(is_configuration)),
    }
}

/// `5432:5432`, and not `127.0.0.1:5432:5432` or `5432`, which another container alone can reach or only an unknown port.
fn is_public(port: &Node<'_>) -> bool {
    let Some(text) = port.text() else {
        return port.get("published").is_some() && port.text_of("host_ip").is_none_or(|host| !host.starts_with("127."));
    };
    let is_local = ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| text.contains(local));
    // The colon of `${PORT:-80}` is none between ports.
    let parts = text.split("${").map(|part| part.split_once('}').map_or(part, |(_, behind)| behind));
    !is_local && parts.into_iter().any(|part| part.contains(':'))
}

fn is_configuration(volume: &Node<'_>) -> bool {
    let target = volume.text().or_else(|| volume.text_of("target")).unwrap_or_default();
    [".conf", ".cnf", ".ini", ".yml", ".yaml", ".acl", ".json"].iter().any(|end| target.contains(end))
}

fn command(node: &Node<'_>) -> String {
    let parts = ["command", "entrypoint", "args"].iter().filter_map(|key| node.get(key));
    let texts = parts.flat_map(|part| part.items().iter().chain([part]).filter_map(Node::text));
    texts.collect::<Vec<_>>().join(" ")
}

/// The image without its registry, folder, tag and digest.
fn image_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split([':', '@']).next().unwrap_or(last).to_owned()
}

/// The containers of a Kubernetes document, wherever its kind has them.
pub fn of_kubernetes(document: &Node<'_>) -> Vec<Service> {
    let mut found = Vec::new();
    if document.get("kind").is_some() && document.get("apiVersion").is_some() {
        containers(document, 0, &mut found);
    }
    found
}

fn containers(node: &Node<'_>, depth: usize, found: &mut Vec<Service>) {
    if depth > 16 {
        return;
    }
    for entry in node.entries() {
        if matches!(&*entry.key, "containers" | "initContainers") {
            found.extend(entry.value.items().iter().map(container));
        } else {
            containers(&entry.value, depth + 1, found);
        }
    }
    node.items().iter().for_each(|item| containers(item, depth + 1, found));
}

fn container(node: &Node<'_>) -> Service {
    let variables = node.get("env").map(Node::items).unwrap_or_default();
    let setting = |variable: &Node<'_>| Setting::of(variable.text_of("name")?, variable.get("value")?);
    Service {
        place: node.span.0..node.span.0,
        image: image_name(node.text_of("image").unwrap_or_default()),
        settings: variables.iter().filter_map(setting).collect(),
        names: variables.iter().filter_map(|variable| Some(variable.text_of("name")?.to_owned())).collect(),
        is_published: false,
        command: command(node),
        has_files: node.get("envFrom").is_some() || node.get("volumeMounts").is_some(),
    }
}

/// The values of a Helm chart that let someone in, each with the one that names its user.
pub fn of_helm<'n>(node: &'n Node<'_>, found: &mut Vec<(&'n str, &'n Node<'n>, Option<&'n str>)>) {
    for entry in node.entries() {
        if entry.value.text().is_some() {
            let user = ["username", "user", "adminUser", "rootUser"].iter().find_map(|key| node.text_of(key));
            found.push((&entry.key, &entry.value, user));
        }
        of_helm(&entry.value, found);
    }
    node.items().iter().for_each(|item| of_helm(item, found));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::document::yaml_so_far;

    #[test]
    fn a_compose_file_is_read_with_anchors_and_merges() {
        let text = "x-env: &env\n  PASSWORD: admin\nservices:\n  db:\n    image: registry.example.org/a/postgres:16\n    environment:\n      <<: *env\n      USER: u\n    ports: [\"5432:5432\"]\n  web:\n    build: .\n    environment: [\"A=1\", \"B=${B}\", C]\n    ports: [\"127.0.0.1:80:80\", \"81\", \"${P:-82}\", \"${H:-127.0.0.1}:83:83\"]\n";
        let documents = yaml_so_far(text).documents;
        let services = of_compose(&documents[0]);
        let names = |service: &Service| service.settings.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        assert_eq!((services[0].image.as_str(), services[0].is_published), ("postgres", true));
        let password = services[0].settings.iter().find(|one| one.name == "PASSWORD").unwrap();
        assert_eq!((&text[password.span.clone()], password.span.start), ("admin", 24));
        assert_eq!((names(&services[1]), services[1].is_published), (vec!["A".to_owned()], false));
    }

    #[test]
    fn containers_are_found_in_any_kind() {
        let text = "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: a\n              env:\n                - name: A\n                  value: \"1\"\n                - name: B\n                  valueFrom: {}\n";
        let documents = yaml_so_far(text).documents;
        let services = of_kubernetes(&documents[0]);
        assert_eq!(services[0].settings.len(), 1);
        assert!(of_kubernetes(&yaml_so_far("containers: []\n").documents[0]).is_empty());
    }
}
