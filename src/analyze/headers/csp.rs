//! Content-Security-Policy: what a policy still lets through. After the W3C's CSP Level 3.

use super::model::UNKNOWN;

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

    /// Whether whole directives may be in what is not known.
    fn is_partly_unknown(&self) -> bool {
        self.directives.iter().any(|(name, sources)| {
            name.contains(UNKNOWN) || sources.iter().any(|source| source.chars().all(|c| c == UNKNOWN))
        })
    }
}

/// Whether the policy says who may frame the page, or may do so in a part that is not known.
pub fn has_frame_ancestors(policy: &str) -> bool {
    let policy = Policy::parse(policy);
    policy.is_partly_unknown() || policy.get("frame-ancestors").is_some()
}

/// What is weak in `policy`, the worst first. What is [`UNKNOWN`] is taken for harmless.
pub fn weaknesses(policy: &str) -> Vec<Weakness> {
    let policy = Policy::parse(policy);
    let mut found = Vec::new();
    let mut add = |serious: bool, what: String| found.push(Weakness { what, serious });
    let (name, scripts) = match (policy.get("script-src"), policy.get("default-src")) {
        (Some(sources), _) => ("script-src", sources),
        (None, Some(sources)) => ("default-src", sources),
        (None, None) => {
            // A sandbox runs no scripts unless it is told to.
            let is_sandbox = policy.get("sandbox").is_some_and(|allowed| !allowed.contains(&"allow-scripts"));
            if !policy.is_partly_unknown() && !is_sandbox {
                let what = "it has neither `script-src` nor `default-src`, so scripts may come from anywhere";
                add(false, what.to_owned());
            }
            return found;
        }
    };
    scripts_of(name, scripts, &mut add);
    if let Some(elements) = policy.get("script-src-elem") {
        scripts_of("script-src-elem", elements, &mut add);
    }
    if let Some(objects) = policy.get("object-src").filter(|objects| objects.contains(&"*")) {
        add(true, format!("`object-src` allows `{}`, so plug-ins may come from anywhere", objects.join(" ")));
    }
    let is_unknown = policy.is_partly_unknown();
    if policy.get("object-src").is_none() && policy.get("default-src").is_none() && !is_unknown {
        add(false, "`object-src` is missing and there is no `default-src` to stand in for it".to_owned());
    }
    if policy.get("base-uri").is_none() && !is_unknown {
        add(false, "`base-uri` is missing, so an injected `<base>` can redirect relative scripts".to_owned());
    }
    found
}

/// What the sources of one directive about scripts let through.
fn scripts_of(name: &str, scripts: &[&str], add: &mut impl FnMut(bool, String)) {
    let has = |source: &str| scripts.iter().any(|known| known.eq_ignore_ascii_case(source));
    let is_vouched = scripts.iter().any(|source| {
        let source = source.to_ascii_lowercase();
        source.contains(UNKNOWN)
            || ["'nonce-", "'sha256-", "'sha384-", "'sha512-"].iter().any(|prefix| source.starts_with(prefix))
    });
    let strict = has("'strict-dynamic'");
    if has("'unsafe-inline'") && !is_vouched && !strict {
        add(true, format!("`{name}` allows `'unsafe-inline'`, so an injected script runs"));
    }
    if has("'unsafe-eval'") {
        add(true, format!("`{name}` allows `'unsafe-eval'`, so text can become code"));
    }
    let wide = ["*", "http:", "https:", "http://*", "https://*", "data:"].into_iter().find(|wide| has(wide));
    if let Some(wide) = wide.filter(|_| !strict) {
        let what =
            if wide == "data:" { "so an injected address is a script" } else { "so scripts may come from anywhere" };
        add(true, format!("`{name}` allows `{wide}`, {what}"));
    }
    if let Some(nonce) = scripts.iter().find(|source| is_fixed_nonce(source)) {
        add(true, format!("`{name}` has the nonce `{nonce}` in every response, so an attacker knows it"));
    }
}

/// A nonce that is written in a configuration is the same for everyone; one that stands for another is not.
fn is_fixed_nonce(source: &str) -> bool {
    let Some(nonce) = source.strip_prefix("'nonce-").and_then(|rest| rest.strip_suffix('\'')) else { return false };
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    // Capitals with underscores are a mark that something else replaces.
    let is_mark =
        nonce.chars().all(|c| c.is_ascii_uppercase() || c == '_') || nonce.to_ascii_lowercase().contains("nonce");
    !nonce.is_empty() && nonce.chars().all(is_base64) && !is_mark
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
            ("script-src 'nonce-\0' 'unsafe-inline'", 0),
            ("script-src 'sha256-abc' 'unsafe-inline'", 0),
            ("script-src 'strict-dynamic' 'nonce-\0' https: 'unsafe-inline'", 0),
            ("script-src 'nonce-\0'", 0),
            ("script-src 'nonce-r4nd0m'", 1),
            ("script-src 'nonce-NONCE_HERE'", 0),
            ("script-src 'self' data:", 1),
            ("script-src 'self'; object-src *", 1),
            ("script-src 'self'; script-src-elem 'unsafe-inline'", 1),
            ("\0 script-src 'unsafe-eval'", 0),
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
        assert_eq!(names("sandbox"), 0);
        assert_eq!(names("sandbox allow-scripts"), 1);
        assert_eq!(names("\0"), 0);
        assert_eq!(names("default-src 'self'; \0"), 0);
        assert_eq!(names("default-src 'self' https://\0.example.com"), 1);
    }
}
