//! Passwords in URLs: `scheme://user:password@host`.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::chars::{Classes, reads_like_words};
use super::filter::{is_placeholder, is_sequence};
use crate::model::Confidence;

/// The longest authority that is read, in bytes.
const LONGEST: usize = 512;

/// Passwords that are a product's default or everyone's first thought.
const DEFAULTS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "root",
    "admin",
    "guest",
    "user",
    "test",
    "postgres",
    "mysql",
    "redis",
    "mongo",
    "rabbitmq",
    "port",
    "anon",
    "anonymous",
    "letmein",
    "default",
    "token",
    "1234",
    "12345",
    "pw",
    "hunter2",
    "foo",
    "bar",
    "baz",
];

/// The password of the URL whose `://` is at `separator`, and how likely it opens something.
pub fn credentials(text: &str, separator: Range<usize>) -> Option<(Range<usize>, Confidence)> {
    let bytes = text.as_bytes();
    let scheme = bytes.get(..separator.start)?.last()?;
    if !scheme.is_ascii_alphanumeric() {
        return None;
    }
    let authority = bytes.get(separator.end..(separator.end + LONGEST).min(bytes.len()))?;
    let length = authority.iter().position(|&byte| ends_authority(byte)).unwrap_or(authority.len());
    let authority = authority.get(..length)?;
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', authority.get(..at)?)?;
    let span = separator.end + colon + 1..separator.end + at;
    let user = text.get(separator.end..separator.end + colon)?;
    let password = text.get(span.clone())?;
    let host = text.get(separator.end + at + 1..separator.end + length)?;
    let host = host.split(':').next().unwrap_or(host);
    judge(user, password, host).map(|confidence| (span, confidence))
}

fn ends_authority(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || byte.is_ascii_control()
        || matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' | b'^')
}

pub fn judge(user: &str, password: &str, host: &str) -> Option<Confidence> {
    let is_syntax = |c: char| matches!(c, '{' | '}' | '(' | ')' | '[' | ']' | '$' | ',' | ';' | '*');
    let is_host = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']'));
    if password.len() < 3 || password.contains(is_syntax) || user.contains(is_syntax) || !is_host {
        return None;
    }
    if is_placeholder(password) || password.starts_with('%') && !password.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let lower = password.to_ascii_lowercase();
    let is_default = DEFAULTS.iter().any(|word| lower == *word)
        || lower == user.to_ascii_lowercase()
        || lower.contains("passw")
        || ["mypass", "my_pass", "yourpass", "userpass"].contains(&lower.as_str())
        || lower.contains("secret")
        || is_sequence(password);
    if is_default || is_unreachable_host(host) {
        return Some(Confidence::Low);
    }
    let classes = Classes::of(password);
    let is_made_up = classes.digit || !reads_like_words(password);
    let is_strong = password.len() >= 8 && classes.count() >= 2 && is_made_up;
    Some(if is_strong { Confidence::High } else { Confidence::Medium })
}

/// Hosts that nobody outside can reach, or that are reserved for examples (RFC 2606, RFC 6761).
fn is_unreachable_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let in_domain = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    [
        "localhost",
        "example",
        "test",
        "invalid",
        "local",
        "example.com",
        "example.org",
        "example.net",
        "host.com",
        "domain.com",
        "company.com",
        "acme.com",
        "acme.io",
        "acme.org",
        "site.com",
        "server.com",
    ]
    .iter()
    .any(|domain| in_domain(domain))
        || host.parse::<Ipv4Addr>().is_ok_and(|address| {
            address.is_loopback() || address.is_private() || address.is_unspecified() || address.is_documentation()
        })
        || host.starts_with('[')
        || !host.contains('.')
        || host.contains("example")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(url: &str) -> Option<(&str, Confidence)> {
        let at = url.find("://")?;
        let (span, confidence) = credentials(url, at..at + 3)?;
        Some((url.get(span)?, confidence))
    }

    #[test]
    fn the_password_is_between_the_colon_and_the_last_at() {
        let url = format!("https://u:{}@db.initech.io/x", "q8Zx7@Lm2");
        assert_eq!(judged(&url), Some(("q8Zx7@Lm2", Confidence::High)));
        assert_eq!(judged("postgres://u:q8Zx7Lm2@localhost:5432/x"), Some(("q8Zx7Lm2", Confidence::Low)));
        assert_eq!(judged("amqp://guest:guest@mq.initech.io"), Some(("guest", Confidence::Low)));
    }

    #[test]
    fn urls_without_a_password_and_templates_are_none() {
        for url in [
            "https://example.com/a:b@c",
            "https://user@db.acme.io",
            "https://${USER}:${PASSWORD}@db.acme.io",
            "https://user:{password}@db.acme.io",
            "https://user:<password>@db.acme.io",
            "https://example.com:8080",
            "https://a b:c@d",
            "https://user:pass@$HOST",
        ] {
            assert_eq!(judged(url), None, "{url}");
        }
    }

    #[test]
    fn hosts_for_examples_are_known() {
        for host in ["localhost", "127.0.0.1", "db", "www.example.com", "10.0.0.3", "x.test"] {
            assert!(is_unreachable_host(host), "{host}");
        }
        assert!(!is_unreachable_host("db.prod.initech.io"));
    }
}
