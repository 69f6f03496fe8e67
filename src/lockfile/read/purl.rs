use crate::model::{Ecosystem, Package, PackageSource};

/// Reads a package URL (<https://github.com/package-url/purl-spec>) that stands at `span`; `None` where it is none.
pub fn purl(text: &str, span: (usize, usize)) -> Option<Package> {
    let rest = text.trim().strip_prefix("pkg:")?.trim_start_matches('/');
    let (rest, subpath) = rest.split_once('#').map_or((rest, None), |(rest, subpath)| (rest, Some(subpath)));
    let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, path) = rest.split_once('/')?;
    // An `@` that is not encoded stands before the version only, or before a scope that somebody forgot to encode.
    let (path, version) =
        match path.rfind('@').filter(|at| *at > 0 && !path.get(*at..).is_some_and(|rest| rest.contains('/'))) {
            Some(at) => (path.get(..at)?, decoded(path.get(at + 1..)?)),
            None => (path, String::new()),
        };
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let (name, namespace) = parts.split_last()?;
    let ecosystem = if kind.eq_ignore_ascii_case("github") { Ecosystem::Git } else { Ecosystem::from_purl_type(kind) };
    let joined = |separator: &str| match namespace {
        [] => name.clone(),
        _ => format!("{}{separator}{name}", namespace.join("/")),
    };
    let name = match ecosystem {
        Ecosystem::Maven => joined(":"),
        Ecosystem::Git => format!("github.com/{}", joined("/")),
        Ecosystem::CocoaPods => subpath.map_or_else(|| name.clone(), |part| format!("{name}/{}", decoded(part))),
        // The vendor or the user is not a part of the name.
        Ecosystem::Debian | Ecosystem::Alpine | Ecosystem::Rpm | Ecosystem::Conan => name.clone(),
        _ => joined("/"),
    };
    let qualifier = |key: &str| {
        let found = qualifiers.split('&').find_map(|one| one.strip_prefix(key)?.strip_prefix('='));
        found.map(decoded)
    };
    let source = match (qualifier("vcs_url"), qualifier("repository_url"), qualifier("download_url")) {
        (Some(url), ..) => {
            let (url, revision) =
                match url.rfind('@').filter(|at| url.get(*at..).is_some_and(|rest| !rest.contains('/'))) {
                    Some(at) => (url.get(..at).unwrap_or_default(), url.get(at + 1..)),
                    None => (url.as_str(), None),
                };
            PackageSource::git(url, revision)
        }
        (None, Some(url), _) => PackageSource::registry(&url),
        (None, None, Some(url)) => PackageSource::url(&url),
        (None, None, None) => PackageSource::Default,
    };
    Some(Package { source, ..Package::new(ecosystem, name, version, span) })
}

/// With `%XX` as the bytes that they stand for; what is not UTF-8 then stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            "pkg:npm/%40babel/core@7.0.0",
            "pkg:maven/org.apache.commons/io@1.0",
            "pkg:golang/github.com/a/b/v2@v2.0.0%2Bincompatible",
            "pkg:cargo/a@1.0.0?vcs_url=git%2Bhttps://example.com/a.git%400123abc",
            "pkg:cargo/a@1.0.0?repository_url=https://registry.example.org/index",
            "pkg:pypi/a@1.0?download_url=https://example.com/a.whl",
            "pkg:cocoapods/Firebase@1#Core",
            "pkg:github/a/b@v1",
            "pkg:docker/team/app@sha256:01",
            "pkg:swift/github.com/apple/swift-nio@2.0.0",
            "pkg:composer/a/b@v1",
            "pkg:npm/a",
        ] {
            assert_eq!(purl(text, (0, 0)).unwrap().purl(), text);
        }
        assert_eq!(purl("pkg:npm/@scope/name@1", (0, 0)).unwrap().name, "@scope/name");
        assert_eq!(purl("pkg:deb/debian/curl@7.50?arch=i386&distro=jessie", (0, 0)).unwrap().name, "curl");
        for text in ["", "pkg:", "pkg:npm", "pkg:npm/", "http://a/b", "pkg:npm/@"] {
            assert!(purl(text, (0, 0)).is_none_or(|package| !package.name.is_empty()), "{text}");
        }
    }
}
