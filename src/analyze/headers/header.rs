//! The response headers that a browser needs to be told, and what their values mean.

use super::csp;

/// 180 days, in seconds: browsers' preload lists ask for a year, scanners accept half of it.
const HSTS_LEAST: u64 = 180 * 24 * 60 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    Csp,
    Hsts,
    ContentTypeOptions,
    FrameOptions,
    ReferrerPolicy,
}

impl Header {
    pub const ALL: [Header; 5] =
        [Header::Csp, Header::Hsts, Header::ContentTypeOptions, Header::FrameOptions, Header::ReferrerPolicy];

    pub fn name(self) -> &'static str {
        match self {
            Header::Csp => "Content-Security-Policy",
            Header::Hsts => "Strict-Transport-Security",
            Header::ContentTypeOptions => "X-Content-Type-Options",
            Header::FrameOptions => "X-Frame-Options",
            Header::ReferrerPolicy => "Referrer-Policy",
        }
    }

    pub fn named(name: &str) -> Option<Header> {
        Header::ALL.into_iter().find(|header| header.name().eq_ignore_ascii_case(name))
    }

    /// The rule that a server without the header breaks.
    pub fn missing_rule(self) -> &'static str {
        match self {
            Header::Csp => "headers/missing-csp",
            Header::Hsts => "headers/missing-hsts",
            Header::ContentTypeOptions => "headers/missing-content-type-options",
            Header::FrameOptions => "headers/missing-frame-options",
            Header::ReferrerPolicy => "headers/missing-referrer-policy",
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

/// The fault of `value`, all its weaknesses in one.
pub fn fault(header: Header, value: &str) -> Option<Fault> {
    match header {
        Header::Csp => {
            let weaknesses = csp::weaknesses(value);
            let serious = weaknesses.iter().any(|weakness| weakness.serious);
            let worth_saying: Vec<&str> = weaknesses
                .iter()
                .filter(|weakness| weakness.serious == serious)
                .map(|weakness| weakness.what.as_str())
                .collect();
            let what = worth_saying.join("; ");
            (!what.is_empty()).then_some(Fault { rule: "headers/unsafe-csp", what, serious })
        }
        Header::Hsts => short_hsts(value).map(|what| Fault { rule: "headers/short-hsts", what, serious: true }),
        _ => None,
    }
}

fn short_hsts(value: &str) -> Option<String> {
    let age = value.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| value.trim().trim_matches('"'))
    });
    let Some(age) = age else {
        // A variable may hold all of it.
        return (!value.contains('$')).then(|| "it has no `max-age`, so browsers ignore it".to_owned());
    };
    match age.parse::<u64>() {
        Ok(0) => Some("`max-age=0` switches the protection off".to_owned()),
        Ok(seconds) if seconds < HSTS_LEAST => {
            Some(format!("`max-age={seconds}` lasts {} days, under 180", seconds / (24 * 60 * 60)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hsts_under_half_a_year_is_short() {
        for (value, is_short) in [
            ("max-age=31536000; includeSubDomains; preload", false),
            ("max-age=15552000", false),
            ("max-age=15551999", true),
            ("Max-Age = \"300\"", true),
            ("max-age=0", true),
            ("includeSubDomains", true),
            ("$hsts_header", false),
            ("max-age=$age", false),
        ] {
            assert_eq!(fault(Header::Hsts, value).is_some(), is_short, "{value}");
        }
    }
}
