use crate::model::{Ecosystem, HashAlgorithm, Package, PackageHash, PackageSource, Unpinned};

/// A container image that is used somewhere.
#[derive(Debug, PartialEq, Eq)]
pub enum Image {
    Pinned(Box<Package>),
    /// Without a tag or a digest, or with the tag that always moves.
    Unpinned(Unpinned),
}

/// Reads `registry/name:tag@digest`, which stands at `span`; `None` where it names no image.
pub fn image(reference: &str, span: (usize, usize)) -> Option<Image> {
    let (rest, digest) = reference.split_once('@').map_or((reference, None), |(rest, digest)| (rest, Some(digest)));
    // A colon before the last slash belongs to the registry's port.
    let name_start = rest.rfind('/').map_or(0, |at| at + 1);
    let tag_at = rest.get(name_start..)?.find(':').map(|at| name_start + at);
    let (path, tag) = match tag_at {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)),
        None => (rest, None),
    };
    let first = path.split('/').next().unwrap_or_default();
    let has_registry = path.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let (source, name) = match path.split_once('/').filter(|_| has_registry) {
        Some(("docker.io" | "index.docker.io" | "registry-1.docker.io", name)) => (PackageSource::Default, name),
        Some((registry, name)) => (PackageSource::registry(registry), name),
        None => (PackageSource::Default, path),
    };
    let name = name.strip_prefix("library/").unwrap_or(name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let tag = tag.filter(|tag| !tag.is_empty());
    let Some(version) = tag.filter(|tag| *tag != "latest").or(digest) else {
        return Some(Image::Unpinned(Unpinned { ecosystem: Ecosystem::Docker, name: name.to_owned(), span }));
    };
    let hash = digest.and_then(PackageHash::from_prefixed).filter(|hash| hash.algorithm == HashAlgorithm::Sha256);
    let package = Package::new(Ecosystem::Docker, name, version, span);
    let hashes = hash.into_iter().collect();
    Some(Image::Pinned(Box::new(Package { source, direct: Some(true), hashes, ..package })))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn references_have_many_parts() {
        for (reference, expected) in [
            ("ubuntu:22.04", "pkg:docker/ubuntu@22.04"),
            ("docker.io/library/ubuntu:22.04", "pkg:docker/ubuntu@22.04"),
            ("team/app:1", "pkg:docker/team/app@1"),
            ("registry.example.org:5000/team/app:1", "pkg:docker/team/app@1?repository_url=registry.example.org:5000"),
            ("alpine@sha256:01", "pkg:docker/alpine@sha256:01"),
        ] {
            let Some(Image::Pinned(package)) = image(reference, (0, 0)) else { panic!("{reference}") };
            assert_eq!(package.purl(), expected);
        }
        for reference in ["ubuntu", "ubuntu:latest", "registry.example.org:5000/app"] {
            assert!(matches!(image(reference, (0, 0)), Some(Image::Unpinned(_))), "{reference}");
        }
        for reference in ["", ":1", "${IMAGE}:1", "@sha256:01", "a b"] {
            assert_eq!(image(reference, (0, 0)), None, "{reference}");
        }
    }
}
