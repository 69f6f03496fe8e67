//! Content-Security-Policy: what a policy still lets through. After the W3C's CSP Level 3.

/// A weakness of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakness {
    pub what: String,
    /// It leaves script injection open; otherwise it is a gap that a stricter policy would close.
    pub serious: bool,
}

/// The directives of a policy: name in lower case, sources as written. The first of a name counts, as browsers have it.
struct Policy<'t> {
    directives: Vec<(String, Vec<&'t str>)>,
}

impl<'t> Policy<'t> {
    fn parse(text: &'t str) -> Policy<'t> {
        let mut directives: Vec<(String, Vec<&str>)> = Vec::new();
        for part in text.split(';') {
            let mut words = part.split_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
            if !directives.iter().any(|(known, _)| *known == name) {
                directives.push((name, words.collect()));
            }
        }
        Policy { directives }
    }

    fn get(&self, name: &str) -> Option<&[&'t str]> {
        self.directives.iter().find(|(known, _)| known == name).map(|(_, sources)| sources.as_slice())
    }
}

/// Whether the policy says who may frame the page.
pub fn has_frame_ancestors(policy: &str) -> bool {
    Policy::parse(policy).get("frame-ancestors").is_some()
}

/// What is weak in `policy`, the worst first. Variables (`$name`, `${name}`) are taken for harmless sources.
pub fn weaknesses(policy: &str) -> Vec<Weakness> {
    let policy = Policy::parse(policy);
    let mut found = Vec::new();
    let mut add = |serious: bool, what: String| found.push(Weakness { what, serious });
    let (name, scripts) = match (policy.get("script-src"), policy.get("default-src")) {
        (Some(sources), _) => ("script-src", sources),
        (None, Some(sources)) => ("default-src", sources),
        (None, None) => {
            // A policy that is only about framing or upgrades was not meant to restrict scripts.
            add(false, "it has neither `script-src` nor `default-src`, so scripts may come from anywhere".to_owned());
            return found;
        }
    };
    let has = |source: &str| scripts.iter().any(|known| known.eq_ignore_ascii_case(source));
    let is_vouched = scripts.iter().any(|source| {
        let source = source.to_ascii_lowercase();
        ["'nonce-", "'sha256-", "'sha384-", "'sha512-"].iter().any(|prefix| source.starts_with(prefix))
    });
    let strict = has("'strict-dynamic'");
    if has("'unsafe-inline'") && !is_vouched && !strict {
        add(true, format!("`{name}` allows `'unsafe-inline'`, so an injected script runs"));
    }
    if has("'unsafe-eval'") {
        add(true, format!("`{name}` allows `'unsafe-eval'`, so text can become code"));
    }
    for wide in ["*", "http:", "https:", "http://*", "https://*", "data:"] {
        if has(wide) && !strict {
            add(true, format!("`{name}` allows `{wide}`, so scripts may come from anywhere"));
            break;
        }
    }
    if policy.get("object-src").is_none() && policy.get("default-src").is_none() {
        add(false, "`object-src` is missing and there is no `default-src` to stand in for it".to_owned());
    }
    if policy.get("base-uri").is_none() {
        add(false, "`base-uri` is missing, so an injected `<base>` can redirect relative scripts".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serious(policy: &str) -> usize {
        weaknesses(policy).iter().filter(|weakness| weakness.serious).count()
    }

    #[test]
    fn what_lets_injected_script_run_is_serious() {
        for (policy, count) in [
            ("default-src 'self'", 0),
            ("default-src 'self' 'unsafe-inline'", 1),
            ("default-src 'self'; script-src 'self'; style-src 'unsafe-inline'", 0),
            ("default-src 'self' 'unsafe-inline'; script-src 'self'", 0),
            ("script-src 'nonce-abc' 'unsafe-inline'", 0),
            ("script-src 'strict-dynamic' 'nonce-$id' https: 'unsafe-inline'", 0),
            ("default-src * 'unsafe-inline' 'unsafe-eval'", 3),
            ("script-src https://*.example.com", 0),
            ("script-src 'self'; script-src *", 0),
            ("SCRIPT-SRC 'Unsafe-Eval'", 1),
            ("frame-ancestors 'none'", 0),
        ] {
            assert_eq!(serious(policy), count, "{policy}");
        }
    }

    #[test]
    fn gaps_are_named_but_not_serious() {
        let names = |policy: &str| weaknesses(policy).len();
        assert_eq!(names("default-src 'none'; base-uri 'none'"), 0);
        assert_eq!(names("default-src 'self'"), 1);
        assert_eq!(names("script-src 'self'; base-uri 'none'"), 1);
        assert_eq!(names("frame-ancestors 'none'"), 1);
    }
}
