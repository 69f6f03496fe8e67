//! Fetches over HTTPS: patient with servers, not with tampering.
//!
//! Plain http is used for this machine alone (a mirror or a test behind `localhost`). Proxies are those of the environment,
//! as the HTTP library reads them.

use std::io::Read;
use std::thread;
use std::time::Duration;

use ureq::http::{Response, Uri};
use ureq::{Agent, Body};

use super::{AdvisoryError, Limits, crc32c_base64};

/// The RustSec advisory database as its forge packs it.
pub const DEFAULT_SOURCE: &str = "https://github.com/RustSec/advisory-db/archive/refs/heads/main.tar.gz";

/// Asks one server.
pub(super) struct Client {
    agent: Agent,
    limits: Limits,
}

/// The bytes at `url`.
pub(super) fn fetch(url: &str, limits: &Limits, progress: &dyn Fn(u64, Option<u64>)) -> Result<Vec<u8>, AdvisoryError> {
    Client::of(url, limits)?.get(url, progress)
}

impl Client {
    /// For `url` and what lies below it.
    pub(super) fn of(url: &str, limits: &Limits) -> Result<Client, AdvisoryError> {
        let agent = agent(url, limits).ok_or_else(|| AdvisoryError::Insecure { url: without_credentials(url) })?;
        Ok(Client { agent, limits: limits.clone() })
    }

    /// The bytes at `url`; what came before a transfer broke off is not asked for again where the server can go on from there.
    pub(super) fn get(&self, url: &str, progress: &dyn Fn(u64, Option<u64>)) -> Result<Vec<u8>, AdvisoryError> {
        let mut partial = Partial::default();
        self.patiently(url, || {
            let mut request = self.agent.get(url);
            if let Some(validator) = partial.validator.as_deref().filter(|_| !partial.bytes.is_empty()) {
                request =
                    request.header("Range", format!("bytes={}-", partial.bytes.len())).header("If-Range", validator);
            }
            self.take(request.call(), &mut partial, progress)
        })
    }

    /// The answer to `body`, which is JSON.
    pub(super) fn post(&self, url: &str, body: &[u8]) -> Result<Vec<u8>, AdvisoryError> {
        self.patiently(url, || {
            let sent = self.agent.post(url).content_type("application/json").send(body);
            self.take(sent, &mut Partial::default(), &|_, _| {})
        })
    }

    fn patiently<T>(&self, url: &str, mut ask: impl FnMut() -> Result<T, Failure>) -> Result<T, AdvisoryError> {
        let limits = &self.limits;
        let mut attempt = 1;
        loop {
            let failure = match ask() {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = failure.retry_after.unwrap_or(limits.backoff.saturating_mul(1 << (attempt - 1).min(16)));
            let last = attempt >= limits.attempts || !failure.may_pass || wait > limits.longest_wait;
            if last {
                let tries = if attempt == 1 { String::new() } else { format!(" ({attempt} attempts)") };
                let (url, message) = (without_credentials(url), format!("{}{tries}", failure.message));
                return Err(if failure.is_missing {
                    AdvisoryError::Missing { url, message }
                } else {
                    AdvisoryError::Download { url, message }
                });
            }
            thread::sleep(wait);
            attempt += 1;
        }
    }

    fn take(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
        partial: &mut Partial,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<Vec<u8>, Failure> {
        let response = answer.map_err(|error| Failure::new(error.to_string(), is_transient(&error)))?;
        let status = response.status();
        if !status.is_success() {
            partial.bytes.clear();
            let is_missing = matches!(status.as_u16(), 404 | 410);
            // 416: what is there now is shorter than what came before.
            let may_pass = matches!(status.as_u16(), 416 | 429) || status.is_server_error();
            let retry_after =
                header(&response, "retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
            return Err(Failure {
                message: format!("the server answered {status}"),
                may_pass,
                is_missing,
                retry_after,
            });
        }
        partial.go_on(&response)?;
        let expected = response.headers().get_all("x-goog-hash").iter().filter_map(|value| value.to_str().ok());
        let expected = expected.flat_map(|value| value.split(',')).find_map(|one| one.trim().strip_prefix("crc32c="));
        let expected = expected.map(str::to_owned);
        self.read(response, partial, progress)?;
        let bytes = std::mem::take(&mut partial.bytes);
        match expected.filter(|expected| *expected != crc32c_base64(&bytes)) {
            Some(_) => Err(Failure::new("what came does not have the checksum that was announced", true)),
            None => Ok(bytes),
        }
    }

    /// Adds the body to what is there.
    fn read(
        &self,
        response: Response<Body>,
        partial: &mut Partial,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<(), Failure> {
        let most = self.limits.archive_bytes;
        let before = partial.bytes.len() as u64;
        let length = header(&response, "content-length").and_then(|value| value.parse::<u64>().ok());
        let length = length.map(|length| length.saturating_add(before));
        let too_large = || Failure::new(format!("more than the {most} bytes that it may have"), false);
        if length.is_some_and(|length| length > most) {
            return Err(too_large());
        }
        let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = reader
                .read(&mut buffer)
                .map_err(|error| Failure::new(format!("the transfer broke off: {error}"), true))?;
            if count == 0 {
                break;
            }
            partial.bytes.extend_from_slice(&buffer[..count]);
            if partial.bytes.len() as u64 > most {
                return Err(too_large());
            }
            progress(partial.bytes.len() as u64, length);
        }
        match length.filter(|&length| length != partial.bytes.len() as u64) {
            Some(length) => {
                Err(Failure::new(format!("{} bytes came, {length} were announced", partial.bytes.len()), true))
            }
            None => Ok(()),
        }
    }
}

/// What came of a transfer so far.
#[derive(Default)]
struct Partial {
    bytes: Vec<u8>,
    /// The entity tag of it, by which the server tells whether the rest still fits.
    validator: Option<String>,
}

impl Partial {
    /// Keeps what came before only where `response` goes on from there.
    fn go_on(&mut self, response: &Response<Body>) -> Result<(), Failure> {
        if response.status().as_u16() != 206 {
            self.bytes.clear();
            // A weak tag does not promise the same bytes.
            self.validator = header(response, "etag").filter(|tag| tag.starts_with('"')).map(str::to_owned);
            return Ok(());
        }
        let from = format!("bytes {}-", self.bytes.len());
        if header(response, "content-range").is_some_and(|range| range.starts_with(&from)) {
            return Ok(());
        }
        self.bytes.clear();
        Err(Failure::new("the server went on from another place than it was asked to", true))
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
    /// There is no such thing at the address.
    is_missing: bool,
    retry_after: Option<Duration>,
}

impl Failure {
    fn new(message: impl Into<String>, may_pass: bool) -> Failure {
        Failure { message: message.into(), may_pass, is_missing: false, retry_after: None }
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
