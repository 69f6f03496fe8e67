//! The response headers that a browser needs to be told, and what their values mean.

use super::csp;
use super::model::UNKNOWN;

/// 180 days, in seconds: browsers' preload lists ask for a year, scanners accept half of it.
const HSTS_LEAST: u64 = 180 * 24 * 60 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    Csp,
    Hsts,
    ContentTypeOptions,
    FrameOptions,
    ReferrerPolicy,
    PermissionsPolicy,
    OpenerPolicy,
    ResourcePolicy,
}

impl Header {
    pub const ALL: [Header; 8] = [
        Header::Csp,
        Header::Hsts,
        Header::ContentTypeOptions,
        Header::FrameOptions,
        Header::ReferrerPolicy,
        Header::PermissionsPolicy,
        Header::OpenerPolicy,
        Header::ResourcePolicy,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Header::Csp => "Content-Security-Policy",
            Header::Hsts => "Strict-Transport-Security",
            Header::ContentTypeOptions => "X-Content-Type-Options",
            Header::FrameOptions => "X-Frame-Options",
            Header::ReferrerPolicy => "Referrer-Policy",
            Header::PermissionsPolicy => "Permissions-Policy",
            Header::OpenerPolicy => "Cross-Origin-Opener-Policy",
            Header::ResourcePolicy => "Cross-Origin-Resource-Policy",
        }
    }

    pub fn named(name: &str) -> Option<Header> {
        Header::ALL.into_iter().find(|header| header.name().eq_ignore_ascii_case(name))
    }

    /// Whether a server that sends it shows that somebody thought of such headers; the others refine.
    pub fn is_main(self) -> bool {
        !matches!(self, Header::PermissionsPolicy | Header::OpenerPolicy | Header::ResourcePolicy)
    }

    /// The rule that a server without the header breaks.
    pub fn missing_rule(self) -> &'static str {
        match self {
            Header::Csp => "headers/missing-csp",
            Header::Hsts => "headers/missing-hsts",
            Header::ContentTypeOptions => "headers/missing-content-type-options",
            Header::FrameOptions => "headers/missing-frame-options",
            Header::ReferrerPolicy => "headers/missing-referrer-policy",
            Header::PermissionsPolicy => "headers/missing-permissions-policy",
            Header::OpenerPolicy | Header::ResourcePolicy => "headers/missing-cross-origin-policy",
        }
    }

    /// A value that is safe for most sites.
    pub fn safe_value(self) -> &'static str {
        match self {
            Header::Csp => "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
            Header::Hsts => "max-age=31536000; includeSubDomains",
            Header::ContentTypeOptions => "nosniff",
            Header::FrameOptions => "SAMEORIGIN",
            Header::ReferrerPolicy => "strict-origin-when-cross-origin",
            Header::PermissionsPolicy => "camera=(), microphone=(), geolocation=()",
            Header::OpenerPolicy | Header::ResourcePolicy => "same-origin",
        }
    }
}

/// What is wrong with the value of a header that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub rule: &'static str,
    pub what: String,
    /// Otherwise it is worth a note.
    pub serious: bool,
}

/// The fault of `value`, all its weaknesses in one. What [`UNKNOWN`] stands for is taken to be right.
pub fn fault(header: Header, value: &str) -> Option<Fault> {
    let value = value.trim();
    let (rule, what, serious) = match header {
        Header::Csp => {
            let (what, serious) = weak_policy(value)?;
            ("headers/unsafe-csp", what, serious)
        }
        Header::Hsts => return hsts(value),
        _ if value.contains(UNKNOWN) => return None,
        Header::ContentTypeOptions => ("headers/unsafe-content-type-options", sniffing(value)?, true),
        Header::FrameOptions => ("headers/unsafe-frame-options", framing(value)?, true),
        Header::ReferrerPolicy => {
            let (what, serious) = referrer(value)?;
            ("headers/unsafe-referrer-policy", what, serious)
        }
        Header::PermissionsPolicy => ("headers/unsafe-permissions-policy", permissions(value)?, true),
        Header::OpenerPolicy | Header::ResourcePolicy => {
            let (what, serious) = cross_origin(header, value)?;
            ("headers/unsafe-cross-origin-policy", what, serious)
        }
    };
    Some(Fault { rule, what, serious })
}

fn weak_policy(value: &str) -> Option<(String, bool)> {
    let weaknesses = csp::weaknesses(value);
    let serious = weaknesses.iter().any(|weakness| weakness.serious);
    let worth_saying = weaknesses.iter().filter(|weakness| weakness.serious == serious);
    let what: Vec<&str> = worth_saying.map(|weakness| weakness.what.as_str()).collect();
    (!what.is_empty()).then(|| (what.join("; "), serious))
}

fn hsts(value: &str) -> Option<Fault> {
    if let Some(what) = short_hsts(value) {
        return Some(Fault { rule: "headers/short-hsts", what, serious: true });
    }
    let reaches_all = value.split(';').any(|part| part.trim().eq_ignore_ascii_case("includesubdomains"));
    let what = "add `includeSubDomains` once every subdomain speaks HTTPS".to_owned();
    (!reaches_all && !value.contains(UNKNOWN)).then_some(Fault {
        rule: "headers/hsts-without-subdomains",
        what,
        serious: true,
    })
}

fn short_hsts(value: &str) -> Option<String> {
    let age = value.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| value.trim().trim_matches('"'))
    });
    let Some(age) = age else {
        // What is not known may hold all of it.
        return (!value.contains(UNKNOWN)).then(|| "it has no `max-age`, so browsers ignore it".to_owned());
    };
    match age.parse::<u64>() {
        Ok(0) => Some("`max-age=0` switches the protection off".to_owned()),
        Ok(seconds) if seconds < HSTS_LEAST => {
            Some(format!("`max-age={seconds}` lasts {} days, under 180", seconds / (24 * 60 * 60)))
        }
        Err(_) if !age.contains(UNKNOWN) => Some(format!("`max-age={age}` is no number of seconds")),
        _ => None,
    }
}

fn sniffing(value: &str) -> Option<String> {
    // Fetch: the first of a list counts.
    let first = value.split(',').next().unwrap_or(value).trim();
    (!first.eq_ignore_ascii_case("nosniff"))
        .then(|| format!("browsers know no other value than `nosniff`, not `{first}`"))
}

fn framing(value: &str) -> Option<String> {
    let word = value.split([' ', ',', ':']).next().unwrap_or_default().to_ascii_uppercase();
    match word.as_str() {
        // Several headers of the same value are one to browsers.
        "DENY" | "SAMEORIGIN" if value.split(',').all(|part| part.trim().eq_ignore_ascii_case(&word)) => None,
        "ALLOW-FROM" => Some(
            "browsers ignore `ALLOW-FROM`, so anyone may frame the page; say it with `frame-ancestors` in the \
             Content-Security-Policy"
                .to_owned(),
        ),
        "ALLOWALL" => Some("`ALLOWALL` is no protection: anyone may frame the page".to_owned()),
        _ => Some(format!("`{value}` is not `DENY` or `SAMEORIGIN`, so browsers ignore it")),
    }
}

fn referrer(value: &str) -> Option<(String, bool)> {
    const KNOWN: &[&str] = &[
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    ];
    // The last of a list that a browser knows counts.
    let tokens: Vec<String> = value.split(',').map(|token| token.trim().to_ascii_lowercase()).collect();
    match tokens.iter().rev().find(|token| KNOWN.contains(&token.as_str())).map(String::as_str) {
        Some("unsafe-url") => Some(("`unsafe-url` gives the whole address to every site".to_owned(), true)),
        Some("no-referrer-when-downgrade") => {
            Some(("`no-referrer-when-downgrade` gives the whole address to every HTTPS site".to_owned(), false))
        }
        Some(_) => None,
        None => Some((format!("`{value}` is no policy that browsers know"), true)),
    }
}

/// Features that let a page watch or locate the visitor, or pay in his name.
const POWERFUL: &[&str] = &["camera", "microphone", "geolocation", "payment", "usb", "display-capture"];

fn permissions(value: &str) -> Option<String> {
    // A dictionary of structured fields (RFC 9651): a fault anywhere makes browsers ignore all of it.
    let parts = || value.split(',').map(str::trim).filter(|part| !part.is_empty());
    if let Some(part) = parts().find(|part| !part.contains('=') && part.contains([' ', '\''])) {
        let shown: String = part.chars().take(40).collect();
        return Some(format!("`{shown}` is the form of Feature-Policy; browsers expect `feature=()`"));
    }
    let wide = parts().find(|part| {
        part.split_once('=').is_some_and(|(name, list)| {
            POWERFUL.contains(&name.trim()) && matches!(list.trim().trim_matches(['(', ')']).trim(), "*")
        })
    })?;
    Some(format!("`{wide}` lets every frame use it"))
}

fn cross_origin(header: Header, value: &str) -> Option<(String, bool)> {
    let known: &[&str] = match header {
        Header::OpenerPolicy => &["same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"],
        _ => &["same-origin", "same-site", "cross-origin"],
    };
    let token = value.split(';').next().unwrap_or(value).trim();
    let name = header.name();
    match token {
        _ if !known.contains(&token) => {
            Some((format!("{name} of `{token}` is unknown to browsers, which ignore it"), true))
        }
        "unsafe-none" => Some((format!("{name} of `unsafe-none` keeps no other window away"), false)),
        "cross-origin" => Some((format!("{name} of `cross-origin` lets every site load it"), false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hsts_under_half_a_year_is_short() {
        for (value, rule) in [
            ("max-age=31536000; includeSubDomains; preload", None),
            ("max-age=15552000; IncludeSubdomains", None),
            ("max-age=15552000", Some("headers/hsts-without-subdomains")),
            ("max-age=15551999", Some("headers/short-hsts")),
            ("Max-Age = \"300\"", Some("headers/short-hsts")),
            ("max-age=0", Some("headers/short-hsts")),
            ("max-age=1 year", Some("headers/short-hsts")),
            ("includeSubDomains", Some("headers/short-hsts")),
            ("\0", None),
            ("max-age=\0", None),
        ] {
            assert_eq!(fault(Header::Hsts, value).map(|fault| fault.rule), rule, "{value}");
        }
    }

    #[test]
    fn values_that_browsers_ignore_or_that_open_too_much() {
        use Header::*;
        for (header, value, serious) in [
            (ContentTypeOptions, "nosniff", None),
            (ContentTypeOptions, "NoSniff", None),
            (ContentTypeOptions, "no-sniff", Some(true)),
            (ContentTypeOptions, "\0", None),
            (FrameOptions, "deny", None),
            (FrameOptions, "SAMEORIGIN, SAMEORIGIN", None),
            (FrameOptions, "SAMEORIGIN, DENY", Some(true)),
            (FrameOptions, "ALLOW-FROM https://example.com", Some(true)),
            (FrameOptions, "ALLOWALL", Some(true)),
            (FrameOptions, "none", Some(true)),
            (ReferrerPolicy, "no-referrer, strict-origin-when-cross-origin", None),
            (ReferrerPolicy, "unsafe-url", Some(true)),
            (ReferrerPolicy, "unsafe-url, same-origin", None),
            (ReferrerPolicy, "no-referrer-when-downgrade", Some(false)),
            (ReferrerPolicy, "strict", Some(true)),
            (PermissionsPolicy, "camera=(), geolocation=(self \"https://example.com\")", None),
            (PermissionsPolicy, "interest-cohort=()", None),
            (PermissionsPolicy, "fullscreen=*", None),
            (PermissionsPolicy, "camera=*", Some(true)),
            (PermissionsPolicy, "camera 'none'; microphone 'none'", Some(true)),
            (OpenerPolicy, "same-origin; report-to=\"x\"", None),
            (OpenerPolicy, "unsafe-none", Some(false)),
            (OpenerPolicy, "same-site", Some(true)),
            (ResourcePolicy, "same-site", None),
            (ResourcePolicy, "cross-origin", Some(false)),
        ] {
            assert_eq!(fault(header, value).map(|fault| fault.serious), serious, "{header:?} {value}");
        }
    }
}
