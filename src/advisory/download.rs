//! Fetches an archive over HTTPS: patient with servers, not with tampering.
//!
//! Plain http is used for this machine alone (a mirror or a test behind `localhost`). Proxies are those of the environment,
//! as the HTTP library reads them.

use std::io::Read;
use std::thread;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, Uri};

use super::{AdvisoryError, Limits};

/// The RustSec advisory database as its forge packs it.
pub const DEFAULT_SOURCE: &str = "https://github.com/RustSec/advisory-db/archive/refs/heads/main.tar.gz";

/// The bytes at `url`.
pub(super) fn fetch(url: &str, limits: &Limits, progress: &dyn Fn(u64, Option<u64>)) -> Result<Vec<u8>, AdvisoryError> {
    let shown = without_credentials(url);
    let agent = agent(url, limits).ok_or_else(|| AdvisoryError::Insecure { url: shown.clone() })?;
    let mut attempt = 1;
    loop {
        let failure = match try_once(&agent, url, limits, progress) {
            Ok(bytes) => return Ok(bytes),
            Err(failure) => failure,
        };
        let wait = failure.retry_after.unwrap_or(limits.backoff.saturating_mul(1 << (attempt - 1).min(16)));
        let last = attempt >= limits.attempts || !failure.may_pass || wait > limits.longest_wait;
        if last {
            let tries = if attempt == 1 { String::new() } else { format!(" ({attempt} attempts)") };
            return Err(AdvisoryError::Download { url: shown, message: format!("{}{tries}", failure.message) });
        }
        thread::sleep(wait);
        attempt += 1;
    }
}

/// `url` without the name and the password that it may carry.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rsplit_once('@') {
        Some((credentials, _)) => format!("{scheme}://{}", &rest[credentials.len() + 1..]),
        None => url.to_owned(),
    }
}

/// `None` for a URL that must not be asked.
fn agent(url: &str, limits: &Limits) -> Option<Agent> {
    let uri: Uri = url.parse().ok()?;
    let is_https = uri.scheme_str() == Some("https");
    let is_local = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_plain_and_local = uri.scheme_str() == Some("http") && is_local;
    if !(is_https || is_plain_and_local) {
        return None;
    }
    let mut config = Agent::config_builder()
        .https_only(is_https)
        .http_status_as_error(false)
        // A redirect would lead a plain request off this machine.
        .max_redirects(if is_https { 5 } else { 0 })
        .user_agent(concat!("gate/", env!("CARGO_PKG_VERSION")))
        // The archive is a gzip file; packed a second time it would escape the limit on what is downloaded.
        .accept_encoding("identity")
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.connect))
        .timeout_global(Some(limits.total));
    if is_local {
        config = config.proxy(None);
    }
    Some(config.build().into())
}

struct Failure {
    message: String,
    /// Whether another attempt may succeed.
    may_pass: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    fn new(message: impl Into<String>, may_pass: bool) -> Failure {
        Failure { message: message.into(), may_pass, retry_after: None }
    }
}

fn try_once(
    agent: &Agent,
    url: &str,
    limits: &Limits,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<Vec<u8>, Failure> {
    let response = agent.get(url).call().map_err(|error| Failure::new(error.to_string(), is_transient(&error)))?;
    let status = response.status();
    if !status.is_success() {
        let may_pass = status.as_u16() == 429 || status.is_server_error();
        let retry_after =
            header(&response, "retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
        return Err(Failure { message: format!("the server answered {status}"), may_pass, retry_after });
    }
    let length = header(&response, "content-length").and_then(|value| value.parse::<u64>().ok());
    let too_large = || Failure::new(format!("more than the {} bytes that it may have", limits.archive_bytes), false);
    if length.is_some_and(|length| length > limits.archive_bytes) {
        return Err(too_large());
    }
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count =
            reader.read(&mut buffer).map_err(|error| Failure::new(format!("the transfer broke off: {error}"), true))?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..count]);
        if bytes.len() as u64 > limits.archive_bytes {
            return Err(too_large());
        }
        progress(bytes.len() as u64, length);
    }
    match length.filter(|&length| length != bytes.len() as u64) {
        Some(length) => Err(Failure::new(format!("{} bytes came, {length} were announced", bytes.len()), true)),
        None => Ok(bytes),
    }
}

fn header<'a, T>(response: &'a Response<T>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn is_transient(error: &ureq::Error) -> bool {
    use ureq::Error;
    matches!(
        error,
        Error::Io(_) | Error::Timeout(_) | Error::HostNotFound | Error::ConnectionFailed | Error::Protocol(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_asked() {
        for (url, allowed) in [
            ("https://example.com/db.tar.gz", true),
            ("http://127.0.0.1:8080/db.tar.gz", true),
            ("http://[::1]/db.tar.gz", true),
            ("http://localhost/db.tar.gz", true),
            ("http://example.com/db.tar.gz", false),
            ("http://localhost.example.com/db.tar.gz", false),
            ("http://localhost@example.com/db.tar.gz", false),
            ("ftp://localhost/db.tar.gz", false),
            ("file:///db.tar.gz", false),
        ] {
            assert_eq!(agent(url, &Limits::default()).is_some(), allowed, "{url}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        let secret = "word";
        assert_eq!(without_credentials(&format!("https://me:{secret}@example.com/a@b")), "https://example.com/a@b");
        assert_eq!(without_credentials("https://example.com/a@b"), "https://example.com/a@b");
    }
}
