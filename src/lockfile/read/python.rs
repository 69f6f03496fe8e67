use crate::model::{PackageSource, Scope};

/// A requirement as PEP 508 writes it: `name[extra] == 1.2 ; marker` or `name @ url ; marker`.
#[derive(Debug, PartialEq, Eq)]
pub struct PythonRequirement<'t> {
    pub name: &'t str,
    /// Comma-separated, as it is written.
    pub extras: &'t str,
    /// The version of a pin, `==` or `===` alone, without a wildcard.
    pub pinned: Option<&'t str>,
    pub url: Option<&'t str>,
    pub marker: Option<&'t str>,
}

/// Reads one requirement; `None` where it does not start with a name.
pub fn requirement(text: &str) -> Option<PythonRequirement<'_>> {
    let text = text.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = rest.trim_start();
    let (extras, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let rest = rest.trim_start();
    if let Some(url) = rest.strip_prefix('@') {
        // A `;` is part of a URL unless a blank stands before it.
        let (url, marker) = url.split_once(" ;").map_or((url, None), |(url, marker)| (url, Some(marker.trim())));
        return Some(PythonRequirement { name, extras, pinned: None, url: Some(url.trim()), marker });
    }
    let (wanted, marker) = rest.split_once(';').map_or((rest, None), |(rest, marker)| (rest, Some(marker.trim())));
    let wanted = wanted.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let is_faulty = !wanted.is_empty() && !wanted.starts_with(['=', '<', '>', '!', '~']);
    let version = wanted.strip_prefix("===").or_else(|| wanted.strip_prefix("=="));
    let pinned = version.map(str::trim).filter(|version| {
        !version.is_empty() && !version.contains(['*', ',', ' ', '=', '<', '>', '{', '$', '%']) && version.is_ascii()
    });
    (!is_faulty).then_some(PythonRequirement { name, extras, pinned, url: None, marker })
}

/// What the packages of a group are for, by its name: only the one that is always installed and those for development
/// have names of their own; the rest are extras that a person picks.
pub fn group_scope(group: &str) -> Scope {
    let group = group.to_ascii_lowercase();
    match group.as_str() {
        "main" | "default" => Scope::Runtime,
        _ if ["dev", "test", "lint", "doc", "typing", "ci"].iter().any(|word| group.contains(word)) => {
            Scope::Development
        }
        _ => Scope::Optional,
    }
}

/// The package index at `url`, which is PyPI's own or another.
pub fn python_index(url: &str) -> PackageSource {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    match host {
        "" | "pypi.org" | "pypi.python.org" | "files.pythonhosted.org" => PackageSource::Default,
        _ => PackageSource::registry(url),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_one_version_is_a_pin() {
        for (text, name, pinned) in [
            ("a==1.0", "a", Some("1.0")),
            ("a [x, y] === 1.0+local ; python_version < '3'", "a", Some("1.0+local")),
            ("a (==1.0)", "a", Some("1.0")),
            ("a==1.*", "a", None),
            ("a==1.0,!=1.0.1", "a", None),
            ("a>=1", "a", None),
            ("Zope.Interface", "Zope.Interface", None),
            ("a==${VERSION}", "a", None),
        ] {
            let found = requirement(text).unwrap();
            assert_eq!((found.name, found.pinned), (name, pinned), "{text}");
        }
        let found = requirement("a[x] @ https://example.com/a;b.whl ; os_name == 'nt'").unwrap();
        assert_eq!(found.url, Some("https://example.com/a;b.whl"));
        assert_eq!((found.extras, found.marker), ("x", Some("os_name == 'nt'")));
        for text in ["", "-e .", "./x", "a b", "[x]", "a[x"] {
            assert_eq!(requirement(text), None, "{text}");
        }
    }
}
