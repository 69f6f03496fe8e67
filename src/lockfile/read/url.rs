use crate::model::PackageSource;

/// Where npm, yarn, pnpm and bun say that they get a package from; nothing means the usual registry.
pub fn npm_source(resolved: Option<&str>) -> PackageSource {
    let Some(resolved) = resolved.filter(|resolved| !resolved.is_empty()) else { return PackageSource::Default };
    if let Some(path) = resolved.strip_prefix("file:").or_else(|| resolved.strip_prefix("link:")) {
        return PackageSource::Path(path.to_owned());
    }
    let scheme = resolved.split_once(':').map_or("", |(scheme, _)| scheme);
    if scheme.starts_with("git") {
        let url = resolved.strip_prefix("github:").map(|rest| format!("https://github.com/{rest}"));
        return PackageSource::git(url.as_deref().unwrap_or(resolved), None);
    }
    let Some((_, rest)) = resolved.split_once("://") else { return PackageSource::Path(resolved.to_owned()) };
    if let Some(rest) = rest.strip_prefix("codeload.github.com/")
        && let Some((repository, commit)) = rest.split_once("/tar.gz/")
    {
        return PackageSource::git(&format!("https://github.com/{repository}"), Some(commit));
    }
    let host = rest.split('/').next().unwrap_or(rest);
    if matches!(host, "registry.npmjs.org" | "registry.yarnpkg.com") {
        return PackageSource::Default;
    }
    // The path that registries of this protocol give a file: NAME/-/NAME-VERSION.tgz.
    match resolved.split_once("/-/") {
        Some((package, _)) => {
            let name_start = package.find("/@").or_else(|| package.rfind("/%40")).or_else(|| package.rfind('/'));
            PackageSource::registry(package.get(..name_start.unwrap_or(package.len())).unwrap_or(package))
        }
        None => PackageSource::url(resolved),
    }
}

/// The name and what follows its `@`; a name with a scope starts with an `@` of its own.
pub fn split_name(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@')?.0;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A repository's host and path, which are its name wherever it is cloned from: `github.com/owner/name` of
/// `git+ssh://git@github.com/owner/name.git#main` and of `git@github.com:owner/name`.
pub fn git_name(url: &str) -> String {
    let url = url.strip_prefix("git+").unwrap_or(url);
    let url = url.split(['#', '?']).next().unwrap_or(url);
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => url.replacen(':', "/", 1),
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(host_end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.trim_end_matches('/');
    format!("{}{}", host.to_ascii_lowercase(), path.strip_suffix(".git").unwrap_or(path))
}

/// A package of Python that is a file at a URL, a repository, or a folder.
pub fn python_file(url: &str) -> PackageSource {
    let Some((scheme, _)) = url.split_once("://") else { return PackageSource::Path(url.to_owned()) };
    match scheme {
        "file" => PackageSource::Path(url.trim_start_matches("file://").to_owned()),
        _ if scheme.starts_with("git") => {
            // The revision stands behind an `@` in the path.
            let at = url.rfind('/').and_then(|slash| url.get(slash..)?.find('@').map(|at| slash + at));
            let (url, revision) = match at {
                Some(at) => (url.get(..at).unwrap_or(url), url.get(at + 1..)),
                None => (url, None),
            };
            let revision = revision.and_then(|revision| revision.split(['#', '?']).next());
            PackageSource::git(url, revision)
        }
        _ => PackageSource::url(url.split('#').next().unwrap_or(url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_npm() {
        for (resolved, expected) in [
            ("", PackageSource::Default),
            ("https://registry.npmjs.org/ms/-/ms-2.0.0.tgz", PackageSource::Default),
            ("https://registry.yarnpkg.com/@a/b/-/b-1.tgz#0123", PackageSource::Default),
            (
                "https://me:pw@registry.example.org/npm/@a/b/-/b-1.tgz",
                PackageSource::Registry("https://registry.example.org/npm".to_owned()),
            ),
            (
                "https://registry.example.org/ms/-/ms-1.tgz",
                PackageSource::Registry("https://registry.example.org".to_owned()),
            ),
            ("https://example.com/x.tgz", PackageSource::Url("https://example.com/x.tgz".to_owned())),
            ("file:../x", PackageSource::Path("../x".to_owned())),
            (
                "git+ssh://git@github.com/o/r.git#0123",
                PackageSource::Git { url: "ssh://github.com/o/r.git".to_owned(), revision: Some("0123".to_owned()) },
            ),
            (
                "https://codeload.github.com/o/r/tar.gz/0123",
                PackageSource::Git { url: "https://github.com/o/r".to_owned(), revision: Some("0123".to_owned()) },
            ),
        ] {
            assert_eq!(npm_source(Some(resolved)), expected, "{resolved}");
        }
    }

    #[test]
    fn a_repository_has_one_name() {
        for url in ["https://GitHub.com/o/r", "git+ssh://git@github.com/o/r.git#main", "git@github.com:o/r.git"] {
            assert_eq!(git_name(url), "github.com/o/r");
        }
    }

    #[test]
    fn a_revision_of_python_stands_behind_an_at() {
        let git = |revision: Option<&str>| PackageSource::Git {
            url: "https://example.com/o/r.git".to_owned(),
            revision: revision.map(str::to_owned),
        };
        assert_eq!(python_file("git+https://me@example.com/o/r.git@v1#egg=r"), git(Some("v1")));
        assert_eq!(python_file("git+https://example.com/o/r.git"), git(None));
        assert_eq!(
            python_file("https://example.com/r.whl#sha256=01"),
            PackageSource::Url("https://example.com/r.whl".to_owned())
        );
        assert_eq!(python_file("./x"), PackageSource::Path("./x".to_owned()));
    }
}
