//! `yarn.lock` of Yarn 2 and later: YAML, entries under the descriptors that they answer
//! (<https://yarnpkg.com/advanced/lexicon#descriptor>). Members of the workspace are in it; whether they ask for a package
//! to run or to be worked on is not.

use super::read::{Entry, Graph, git_name, npm_source, split_name, yaml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, SourceFile};

pub struct YarnBerry;

/// `__metadata.version` from Yarn 2 to Yarn 4.
const KNOWN: &[&str] = &["4", "5", "6", "7", "8", "9"];

impl Lockfile for YarnBerry {
    fn wants(&self, path: &RelPath) -> bool {
        path.file_name() == "yarn.lock"
    }

    fn accepts(&self, text: &str) -> bool {
        text.lines().any(|line| line.starts_with("__metadata:"))
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        root.must_be_map("the document")?;
        if let Some(metadata) = root.get("__metadata") {
            metadata.version("version", KNOWN)?;
        }
        let mut graph = Graph::new();
        for entry in root.entries().iter().filter(|entry| entry.key != "__metadata") {
            add(&mut graph, entry)?;
        }
        Ok(graph.finish(file))
    }
}

fn add(graph: &mut Graph<String>, entry: &Entry<'_>) -> Result<(), LockfileError> {
    let node = &entry.value;
    node.must_be_map("a package")?;
    let version = node.need("version")?;
    let resolution = node.need("resolution")?;
    let (name, reference) = split_name(resolution.text().unwrap_or_default())
        .ok_or_else(|| resolution.fault("expected `name@reference`"))?;
    let (protocol, rest) = reference.split_once(':').unwrap_or(("", reference));
    let source = match protocol {
        "workspace" => PackageSource::Project,
        // A registry other than the usual one stands behind the version, as a bound parameter.
        "npm" => npm_source(rest.split_once("__archiveUrl=").map(|(_, url)| decoded(url)).as_deref()),
        // What is patched here is still the package of that version, which stands there as well.
        "patch" => PackageSource::Default,
        "portal" | "link" | "file" => PackageSource::Path(rest.to_owned()),
        _ if reference.contains("commit=") => {
            let (url, rest) = reference.split_once('#').unwrap_or((reference, ""));
            let commit = rest.split('&').find_map(|part| part.strip_prefix("commit="));
            let url = if url.contains("://") { url.to_owned() } else { format!("https://{}", git_name(url)) };
            PackageSource::git(&url, commit)
        }
        _ => npm_source(Some(reference)),
    };
    let plain = format!("{name}@npm:{}", version.text().unwrap_or_default());
    if let Some(index) = graph.find(plain.as_str()).filter(|_| protocol == "patch") {
        for descriptor in entry.key.split(", ") {
            graph.alias(descriptor.to_owned(), index);
        }
        return Ok(());
    }
    let version_text = match source {
        // Yarn writes `0.0.0-use.local` for all of them.
        PackageSource::Project => "",
        _ => version.text().unwrap_or_default(),
    };
    let span = entry.through(version);
    let index = graph.add(
        resolution.text().unwrap_or_default().to_owned(),
        Package { source, ..Package::new(Ecosystem::Npm, name, version_text, span) },
    );
    for descriptor in entry.key.split(", ") {
        graph.alias(descriptor.to_owned(), index);
    }
    for list in ["dependencies", "optionalDependencies"] {
        for need in node.map_of(list)? {
            let range = need.value.text().unwrap_or_default();
            // Before Yarn 4 a range of the registry stood there without its protocol.
            graph.edge(index, format!("{}@{range}", need.key));
            graph.edge(index, format!("{}@npm:{range}", need.key));
        }
    }
    Ok(())
}

/// The URL in a bound parameter, which ends at `&`.
fn decoded(parameter: &str) -> String {
    let parameter = parameter.split('&').next().unwrap_or(parameter);
    parameter.replace("%3A", ":").replace("%2F", "/").replace("%40", "@")
}
