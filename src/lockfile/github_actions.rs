//! What workflows and actions of GitHub use: `uses: owner/repository/path@ref` and container images
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>). A branch is no pin. Where a commit
//! is used, the tag that stands in a comment behind it tells its version, as the tools that pin commits write it.

use super::read::{Image, Node, image, yaml};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageSource, RelPath, Scope, SourceFile, Unpinned};

pub struct GitHubActions;

impl Lockfile for GitHubActions {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let parent = path.parent();
        let is_workflow = parent == ".github/workflows" || parent.ends_with("/.github/workflows");
        is_yaml && (is_workflow || matches!(name, "action.yml" | "action.yaml"))
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let root = yaml(&file.text)?;
        let mut reader = Reader { text: &file.text, packages: Vec::new(), unpinned: Vec::new() };
        for job in root.get("jobs").map(Node::entries).unwrap_or_default() {
            let job = &job.value;
            job.get("uses").into_iter().for_each(|node| reader.uses(node));
            let services = job.get("services").map(Node::entries).unwrap_or_default();
            for container in job.get("container").into_iter().chain(services.iter().map(|service| &service.value)) {
                let node = container.get("image").unwrap_or(container);
                reader.image(node, node.text().unwrap_or_default());
            }
            reader.steps(job);
        }
        if let Some(runs) = root.get("runs") {
            reader.steps(runs);
            runs.get("image").into_iter().for_each(|node| reader.uses(node));
        }
        let inventory = Inventory::new(file.target.path.clone(), reader.packages, Vec::new());
        Ok(Inventory { unpinned: reader.unpinned, ..inventory })
    }
}

struct Reader<'t> {
    text: &'t str,
    packages: Vec<Package>,
    unpinned: Vec<Unpinned>,
}

impl Reader<'_> {
    fn steps(&mut self, node: &Node<'_>) {
        let steps = node.get("steps").map(Node::items).unwrap_or_default();
        steps.iter().filter_map(|step| step.get("uses")).for_each(|node| self.uses(node));
    }

    fn uses(&mut self, node: &Node<'_>) {
        let text = node.text().unwrap_or_default();
        if let Some(reference) = text.strip_prefix("docker://") {
            self.image(node, reference);
        }
        // A path is an action of the repository itself; an expression is only known when it runs.
        let Some((path, reference)) = text.split_once('@').filter(|_| !text.starts_with('.') && !text.contains("${{"))
        else {
            return;
        };
        let mut parts = path.split('/');
        let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else { return };
        let name = format!("{owner}/{repository}");
        let is_commit = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
        let tag = self.tag_behind(node.span.1).filter(|_| is_commit);
        let (version, span, source) = match tag {
            Some((tag, end)) => (tag, (node.span.0, end), PackageSource::Default),
            // Of a commit alone nobody can tell which versions it comes after.
            None if is_commit => {
                let source = PackageSource::git(&format!("https://github.com/{name}"), Some(reference));
                (reference.to_owned(), node.span, source)
            }
            None if is_version(reference) => (reference.to_owned(), node.span, PackageSource::Default),
            None => {
                self.unpinned.push(Unpinned { ecosystem: Ecosystem::GitHubActions, name, span: node.span });
                return;
            }
        };
        let package = Package::new(Ecosystem::GitHubActions, name, version, span);
        self.packages.push(Package { source, scope: Some(Scope::Build), direct: Some(true), ..package });
    }

    fn image(&mut self, node: &Node<'_>, reference: &str) {
        match image(reference, node.span) {
            Some(Image::Pinned(package)) => self.packages.push(Package { scope: Some(Scope::Build), ..*package }),
            Some(Image::Unpinned(unpinned)) => self.unpinned.push(unpinned),
            None => {}
        }
    }

    /// The version in the comment behind byte `at`, and where it ends: `# v4.1.1`, `# tag=v4.1.1`.
    fn tag_behind(&self, at: usize) -> Option<(String, usize)> {
        let line = self.text.get(at..)?.lines().next()?;
        let comment = line.trim_start_matches(['"', '\'']).trim_start().strip_prefix('#')?.trim_start();
        let tag = comment.split_whitespace().next()?;
        let tag = tag.strip_prefix("tag=").unwrap_or(tag);
        is_version(tag).then(|| (tag.to_owned(), at + line.find(tag).unwrap_or(0) + tag.len()))
    }
}

/// `v4`, `4.1.1`, `release-1.2`: a name with a number that starts it or follows a dash or a slash.
fn is_version(reference: &str) -> bool {
    let last = reference.rsplit(['/', '-']).next().unwrap_or(reference);
    last.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit())
        || reference.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit())
}
